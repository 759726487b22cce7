"""Duties that people's steps made, on the page, in the terminal and in the artifact: regulation first, and where each comes from."""

from __future__ import annotations

from dataclasses import replace

from registry.domain.triage import TriageDay
from reports.markdown import triage_markdown
from reports.terminal import triage_text
from reports.triage_page import render_triage
from reports.triage_summary import figures, headline
from reports.triage_view import duty_lines
from tests.reports import samples
from tests.reports.test_triage_page import Page


def a_day() -> TriageDay:
    day = samples.a_rich_day()
    return replace(day, duties=(*day.duties, *samples.some_promises()))


def page(day: TriageDay) -> str:
    return Page(render_triage(day, system_names=samples.SYSTEM_NAMES, zone=samples.ZONE)).text


def test_a_day_without_promises_says_nothing_of_them() -> None:
    assert "due today" not in headline(samples.a_rich_day())
    assert "Regulatory deadline" not in page(samples.a_rich_day())


def test_overdue_reports_come_first_then_what_is_overdue_and_due_today() -> None:
    told = [(line.duty.status.value, line.duty.duty) for line in duty_lines(a_day())]
    assert told[0] == ("overdue", "notify the authority")
    assert [status for status, _ in told] == ["overdue"] * 3 + ["due_today"] * 2 + ["at_risk"] * 2 + ["open"] * 2 + ["accepted"]


def test_the_page_names_where_a_deadline_comes_from_and_how_much_of_its_time_is_used() -> None:
    text = page(a_day())
    assert "Regulatory deadline · gdpr_data_breach: Regulation (EU) 2016/679, Article 33(1)" in text
    assert "75 % of the time used" in text and "100 %" not in text
    assert "Accepted risk · asked for by Ana: two users" in text


def test_the_headline_and_the_strip_count_what_is_due_today() -> None:
    assert headline(a_day()).startswith("3 duties are overdue; 2 duties are due today;")
    assert figures(a_day())[0].note == "of 10 duties; 2 due today, 2 at risk"


def test_the_terminal_and_the_artifact_name_the_citation_and_the_artifact_leaves_out_what_can_wait() -> None:
    assert "(regulatory deadline; gdpr_data_breach: Regulation (EU) 2016/679" in triage_text(a_day())
    shown = triage_markdown(a_day())
    assert "Due today" in shown and "Article 33" in shown and "tests only" not in shown

"""The page of a recurrence window and the list of a run: what they say, of a window of nothing first."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from checks.recurrence import judge_window
from registry.domain.exposure import EffectKind, EffectSpec, FeedTerms, NamedBy
from registry.domain.policy_recurrence import BeganWith
from registry.domain.recurrence import Purpose, WindowInputs
from registry.domain.recurrence_run import WindowJudged
from reports.window_chart import seen_by_day
from reports.window_page import render_window
from reports.window_pages import window_pages
from tests.recurrence_builders import FIX_AT, some_window_inputs
from tests.reports import window_samples as samples
from tests.windows.scenario import a_rate_window
from tests.windows.segments import PREPAID, WEB, split

POLICY = samples.a_clean_window().policy
COUNTED = FeedTerms("complaints", EffectSpec(), 7, NamedBy.NOTHING, "sha256:" + "0" * 64)


def page_of(inputs: WindowInputs) -> str:
    return render_window(judge_window(inputs), inputs, samples.indicators()).decode()


def text_of(page: str) -> str:
    """Return what a reader sees: no markup, one blank between words."""
    body = page.partition("<body>")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def part(page: str, name: str) -> str:
    """Return what a reader sees of one section."""
    return text_of("<body>" + page.partition(f'id="{name}"')[2].partition("</section>")[0].partition(">")[2])


def test_a_fix_that_never_served_says_so_and_that_nothing_was_counted() -> None:
    text = text_of(page_of(samples.a_window_of_nothing()))
    assert "Not open" in text
    assert "Let a version at or after the fix serve all traffic" in text
    assert "No day has a bound: nothing could be counted yet" in text
    assert "Clean" not in text


def test_a_clean_window_tells_its_days_its_exposure_and_its_bound_with_what_each_is_of() -> None:
    text = text_of(page_of(samples.a_clean_window()))
    assert "0 occurrences in 5,300 decisions since the fix, 60 of 60 days observed" in text
    assert "5,300 decisions needed: 2,938" in text
    assert "0.565 in 1,000 at most the bound today; 1.02 in 1,000 is the line" in text
    assert "11 of 8,000 decisions on 80 observed days" in text
    assert "Nothing is missing." in text
    assert "Judges the seven gates" in text


def test_what_happened_is_lettered_in_the_order_of_time() -> None:
    page = page_of(samples.a_clean_window())
    told = re.findall(r"<b>(\w)</b><span>([^<]*)</span><span><bdi>([^<]*)", page)
    assert [(letter, on, what.split(":")[0]) for letter, on, what in told] == [
        ("A", "19 Feb 2021", "a temporary control came into force"),
        ("B", "1 Mar 2021", "the fix is effective"),
        ("C", "31 Mar 2021", "30 observed days were reached"),
        ("D", "8 Apr 2021", "the window closes at the earliest"),
        ("E", "1 May 2021", "the day it was judged for"),
    ]


def test_an_interruption_of_the_fix_is_marked() -> None:
    decision = judge_window(samples.a_clean_window())
    cut = replace(decision, effective=replace(decision.effective, interrupted_at=(FIX_AT - timedelta(days=2),)))
    assert "an older version served again" in render_window(cut, samples.a_clean_window()).decode()


def test_a_window_that_came_back_names_each_occurrence_and_sends_somebody_back_to_the_cause() -> None:
    text = text_of(page_of(samples.a_window_that_came_back()))
    assert "2 occurrences decided at or after the fix" in text
    assert "3900900" in text and "3900901" in text
    assert "The issue is open again" in text


def test_a_late_report_is_listed_apart_and_resets_nothing() -> None:
    inputs = samples.a_clean_window()
    before, after, late = seen_by_day(inputs, judge_window(inputs))
    assert (sum(before.values()), sum(after.values()), sum(late.values())) == (12, 0, 1)
    assert "an older decision, reported after the fix" in text_of(page_of(inputs))


def test_days_that_do_not_count_are_told_in_a_row_with_their_reason() -> None:
    text = text_of(page_of(samples.a_watched_window()))
    assert "9 Mar 2021 to 12 Mar 2021 4 the feed complaints was not read" in text
    assert "20 Mar 2021 to 21 Mar 2021 2 observed, and not counted towards the floor: override spike was amber or red" in text
    assert "33 observed days 2 observed, not counted 4 not observed" in text


def test_a_rate_is_told_as_a_share_against_what_it_may_be() -> None:
    text = text_of(page_of(samples.a_rate_window()))
    assert "275 of 53,000 (5.19 in 1,000) since the fix; at most 2.17 in 1,000 may be" in text
    assert "What the rate shows" in text


def test_a_share_that_is_over_without_evidence_is_not_said_to_have_stayed_away() -> None:
    rare = a_rate_window(0.003, per_day=100, today=date(2021, 6, 7))
    text = text_of(page_of(rare))
    assert "Over without evidence" in text
    assert "shown neither to be within what is allowed nor to be above it" in text
    assert "nothing came back" not in text


def test_a_review_of_a_closed_issue_says_that_it_is_one() -> None:
    text = text_of(page_of(replace(samples.a_clean_window(), purpose=Purpose.EFFECTIVENESS)))
    assert "Review of a closed issue" in text
    assert "Record whether the fix held" in text


@pytest.mark.parametrize("name", sorted(samples.WINDOWS))
def test_the_same_values_give_the_same_bytes(name: str) -> None:
    assert page_of(samples.WINDOWS[name]()) == page_of(samples.WINDOWS[name]())


def test_a_run_has_a_page_for_each_window_and_its_list_leads_to_them() -> None:
    pages = window_pages(*samples.a_run(), "UTC")
    page = pages["report.html"].decode()
    assert sorted(pages) == [
        "report-00001.html",
        "report-00002.html",
        "report-00003.html",
        "report-00004.html",
        "report-00005.html",
        "report.html",
    ]
    assert re.findall(r'href="(report-\d+\.html)"', page) == [name for name in sorted(pages) if name != "report.html"]
    assert 'href="report.html"' in pages["report-00001.html"].decode()
    assert 'href="decision-00001.json"' in pages["report-00001.html"].decode()


def test_the_list_of_a_run_tells_who_must_act_the_most_pressing_first() -> None:
    page = window_pages(*samples.a_run(), "UTC")["report.html"].decode()
    acts = part(page, "acts")
    assert acts.index("is came back") < acts.index("is rate") < acts.index("is nothing") < acts.index("is clean")
    assert "is watched" not in acts


@pytest.mark.parametrize(
    ("began", "who", "what"),
    [
        (BeganWith(POLICY.digest, None, (COUNTED,)), "model owner", "Count decisions in the catalogue (exposure) as when the window began"),
        (BeganWith(POLICY.digest, None), "operations lead", "Bring the package of the first judgement back into the archive."),
    ],
    ids=["counted otherwise", "policy lost"],
)
def test_a_window_that_is_watched_in_vain_asks_somebody_to_act_on_its_page_and_in_the_list(began: BeganWith, who: str, what: str) -> None:
    inputs = replace(samples.a_clean_window(), policy=POLICY, terms=(replace(COUNTED, counted_by="sha256:" + "1" * 64),), began=began)
    acts = part(page_of(inputs), "acts")
    assert who in acts and what in acts and "nobody yet" not in acts
    day, judged = samples.a_run()
    listed = part(window_pages(day, (*judged, WindowJudged(inputs, judge_window(inputs))), "UTC")["report.html"].decode(), "acts")
    assert who in listed and f"{inputs.title}: {what}" in listed


def test_a_run_over_no_window_is_no_pass() -> None:
    text = text_of(window_pages(samples.a_run_of_nothing(), (), "UTC")["report.html"].decode())
    assert "No window could be judged" in text
    assert "Inconclusive" in text
    assert "no issue has a fix in force" in text


def test_a_share_that_was_never_above_its_limit_says_so_and_what_to_do() -> None:
    inputs = replace(a_rate_window(0.009), effect=EffectSpec(EffectKind.RATE, 0.05))
    page = render_window(judge_window(inputs), inputs).decode()
    assert "not above what is allowed before the fix either" in page
    assert "Set a target for the feed below the level that it had before the fix" in page


def test_a_window_of_one_product_says_whose_decisions_count_wherever_it_counts_them() -> None:
    page = page_of(split(some_window_inputs(), {PREPAID: 5}, {PREPAID: 5}))
    text = text_of(page)
    assert "0 occurrences in 265 decisions of Prepaid card alone since the fix" in text
    assert "265 decisions of Prepaid card alone needed: 149" in text
    told = "Counted decisions those of product Prepaid card alone: 12 of 12 occurrences before the fix, and 265 of 5,300 decisions since"
    assert f"{told}, were of it" in part(page, "bound")
    assert "the 5.0 decisions a day of product 'Prepaid card' alone count" in html.unescape(part(page, "found"))


@pytest.mark.parametrize(("cells", "told", "noted"), [
    ({}, "There is no count of decisions by segment: each is held against all of them", 0),
    ({PREPAID: 5}, "Each segment is counted in its own decisions , but where “of all of them” stands below it.", 1),
    ({PREPAID: 5, WEB: 60}, "Each segment is counted in its own decisions .", 0),
])  # fmt: skip
def test_before_and_after_says_what_the_rates_of_segments_are_of(cells: dict[tuple[str, str], int], told: str, noted: int) -> None:
    change = part(page_of(split(some_window_inputs(), cells, cells)), "change")
    assert told in change
    assert change.count("channel: Web of all of them") == noted


def test_a_window_that_waits_for_reports_longer_than_its_feeds_may_be_late_says_how_long() -> None:
    inputs = samples.a_clean_window()
    slow = tuple(replace(one, reported_at=one.decided_at + timedelta(days=20)) for one in inputs.seen)
    page = page_of(replace(inputs, seen=slow))
    assert "21 Apr 2021 the window closes at the earliest: reports take up to 20 days" in part(page, "days")
    assert "the window waits 20 days for reports about each of its own days" in part(page, "gaps")


def test_days_whose_decisions_are_not_counted_yet_are_told_as_that_and_make_no_day_missed() -> None:
    inputs = samples.a_clean_window()
    last = {inputs.business_date - timedelta(days=back) for back in (1, 2)}
    page = page_of(replace(inputs, days=tuple(replace(day, exposure_count=None) if day.on in last else day for day in inputs.days)))
    assert "58 of 58 since the fix" in text_of(page)
    assert "no decision is counted yet" in part(page, "days")

"""The summary in a terminal."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from reports.foreign_text import cell_width
from reports.terminal import MAX_LINES, triage_text
from tests.payloads import PAYLOADS, Payload
from tests.reports import samples


def test_an_empty_day_says_that_nothing_was_received() -> None:
    text = triage_text(samples.an_empty_day())

    assert text.startswith("PASS BUT NOTHING WAS RECEIVED")
    assert "no feed was due or read" in text
    assert "feeds read   0 of 0" in text


def test_the_verdict_comes_first_then_the_overdue_then_what_was_not_looked_at() -> None:
    text = triage_text(samples.a_rich_day())
    places = [text.index(part) for part in ("FAIL", "OVERDUE", "AT RISK", "OPEN", "Not looked at", "New, came back", "Counts")]

    assert places == sorted(places)


def test_columns_line_up_even_beside_wide_letters() -> None:
    duties = samples.a_rich_day().duties[:2]
    mixed = (replace(duties[0], owner="業務担当"), replace(duties[1], owner="Operations"))
    lines = [
        line
        for line in triage_text(samples.a_rich_day(duties=mixed)).splitlines()
        if "fraud_filter-0001 " in line or "router-0031 " in line
    ]
    starts = {cell_width(line[: re.search(r"(fraud_filter-0001|router-0031) ", line).start()]) for line in lines[:2]}  # type: ignore[union-attr]

    assert len(starts) == 1


def test_a_long_list_is_cut_and_says_so() -> None:
    duty = samples.a_rich_day().duties[2]
    text = triage_text(samples.a_rich_day(duties=(duty,) * (MAX_LINES + 30)))

    assert text.count("OVERDUE") == MAX_LINES
    assert "and 30 more on the page" in text


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda p: f"{p.kind}-{PAYLOADS.index(p)}")
def test_no_hostile_text_moves_the_cursor_or_adds_a_line(payload: Payload) -> None:
    plain, hostile = (triage_text(samples.with_text(samples.a_rich_day(), text)) for text in ("two words", payload.text))

    assert re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", hostile) is None
    assert hostile.count("\n") == plain.count("\n")
    assert len(hostile.encode()) < 100_000

"""The page of validation: every rule in words with its counts, rows as examples, and nothing passed that was not looked at."""

from __future__ import annotations

import re
from typing import Any

import pytest

from registry.errors import ReportError
from reports.rendering import CONTENT_SECURITY_POLICY
from reports.validation_page import render_validation
from reports.validation_view import MAX_EXAMPLES_PER_REASON, MAX_ROW_NUMBERS, RULE_WORDS
from tests.reports import samples, validations
from tests.reports.test_triage_page import Page


def text_of(page: bytes) -> str:
    return Page(page).text


def test_a_day_without_a_source_says_that_nothing_was_validated() -> None:
    text = text_of(validations.rendered({}, samples.an_empty_day()))

    assert "Not everything was validated" in text
    assert "No source was due or read. This page says nothing about the data." in text
    assert "Every rule was kept" not in text


def test_sources_without_a_record_are_named_with_the_reason_of_their_feed() -> None:
    text = text_of(validations.rendered())

    assert "2 sources were not validated" in text
    assert "appeals_2020-10-15.jsonl does not exist" in text
    assert "Newest row is of 11 Oct 2020" in text


def test_a_day_of_which_only_a_part_was_validated_is_never_shown_as_clean() -> None:
    good = {"validation-001.json": validations.a_record(), "validation-002.json": validations.a_record("reviews", 5)}
    part, whole = validations.rendered(good), validations.rendered(good, samples.a_quiet_day())

    assert b'class="verdict inconclusive' in part
    assert b'class="verdict pass' in whole
    assert "2 sources, every row by every rule" in text_of(whole)


def test_a_source_without_a_new_row_never_passes_whatever_stands_beside_it() -> None:
    day = samples.a_quiet_day()
    empty = validations.rendered({"validation-001.json": validations.a_record(rows=0)}, day)
    both = {"validation-001.json": validations.a_record(rows=0), "validation-002.json": validations.a_record("other")}

    assert b'class="verdict inconclusive' in empty
    assert "No row to look at" in text_of(empty)
    assert b'class="verdict inconclusive' in validations.rendered(both, day)
    assert "1 source had no new row" in text_of(validations.rendered(both, day))


def test_each_rule_is_told_in_words_with_what_it_saw_and_what_broke_it() -> None:
    text = text_of(validations.rendered())

    assert all(words in text for words in RULE_WORDS.values())
    assert re.search(r"Every column that a feed needs is there.*column:Complaint ID, Date received.*Found", text, re.DOTALL)
    assert re.search(r"When it happened is a date that can be read.*?Broken.*?1,614.*?4.*?rows 17, 204, 205, 1,102", text, re.DOTALL)
    assert f"and {40 - MAX_ROW_NUMBERS} more" in text
    assert "2 rules were broken" in text


def test_a_rule_that_could_not_run_or_is_new_is_never_shown_as_kept() -> None:
    record = validations.a_record()
    record["rows"]["rules"] = [validations.a_rule("brand_new", 0, status="errored", detail="engine stopped")]
    page = validations.rendered({"validation-001.json": record}, samples.a_quiet_day())

    assert b'class="verdict inconclusive' in page
    assert re.search(r"Brand new.*?Could not be run.*?engine stopped.*?none.*?not known", text_of(page), re.DOTALL)


def test_rows_set_aside_are_shown_some_of_each_reason_with_their_redacted_cells() -> None:
    text = text_of(validations.rendered(rows=validations.bad_rows(12)))

    assert f"{MAX_EXAMPLES_PER_REASON + 1} of 13, some of each reason" in text
    assert "expected a date not after 16 Oct 2020" in text
    assert text.count("expected a date, found '2021-13-40'") == MAX_EXAMPLES_PER_REASON
    assert "Complaint ID 3904102" in re.sub(r"\s+", " ", text)


def test_a_missing_column_is_named_and_the_others_keep_their_lines() -> None:
    record = validations.a_record(rows=0)
    record["columns"]["rules"][1].update(status="failed", failed_count=1)
    text = text_of(validations.rendered({"validation-001.json": record}))

    assert re.search(r"Column Date received is there.*?Missing.*?the columns.*?the source", text, re.DOTALL)
    assert "Column Complaint ID is there" in text


def _without_columns(record: dict[str, Any]) -> None:
    del record["columns"]


def _of_a_new_status(record: dict[str, Any]) -> None:
    record["rows"]["rules"][0]["status"] = "skipped"


def _without_a_count(record: dict[str, Any]) -> None:
    record["rows"]["rules"][1]["failed_count"] = None


@pytest.mark.parametrize("spoil", [_without_columns, _of_a_new_status, _without_a_count])
def test_a_record_that_cannot_be_read_is_an_error_and_no_page(spoil: Any) -> None:
    record = validations.a_record()
    spoil(record)

    with pytest.raises(ReportError, match=r"validation-001\.json: expected a validation record"):
        validations.rendered({"validation-001.json": record})


@pytest.mark.parametrize("content", [b"", b"[", b"null", b"\xff", b"[]"])
def test_bytes_that_are_no_record_are_an_error(content: bytes) -> None:
    with pytest.raises(ReportError):
        render_validation(samples.a_quiet_day(), {"validation-001.json": content})
    if content != b"[]":
        with pytest.raises(ReportError, match=r"quarantine\.json"):
            render_validation(samples.a_quiet_day(), {}, content)


def test_the_page_has_no_script_and_the_policy_of_our_pages() -> None:
    page = validations.rendered(rows=validations.bad_rows()).decode()

    assert CONTENT_SECURITY_POLICY.replace("'", "&#39;") in page
    assert not re.search(r"<script|https?://|url\(|@import", page)
    assert validations.rendered(rows=validations.bad_rows()).decode() == page


def test_every_link_leads_to_a_place_in_the_page_or_a_file_of_the_package() -> None:
    page = Page(validations.rendered(rows=validations.bad_rows()))
    text = validations.rendered(rows=validations.bad_rows()).decode()

    assert {link for link in page.links if not link.startswith("#")} == {"validation-001.json", "validation-002.json"}
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(re.findall(r' id="([^"]+)"', text))

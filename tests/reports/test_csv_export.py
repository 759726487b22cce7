"""CSV exports: nothing runs in a spreadsheet, and nothing is lost on the way back."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reports.csv_export import ids_csv, neutral_cell, original_cell, quarantine_csv, render_csv
from tests.payloads import PAYLOADS, Payload
from tests.reports import samples

DANGEROUS = tuple("=+-@\t\r\n＝＋－＠")
FORMULA = re.compile(r"[\s\ufeff\u200b\u2060\x00-\x1f]*[=+\-@＝＋－＠]")


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_an_empty_quarantine_is_a_header_and_no_rows() -> None:
    rows = read(quarantine_csv([]))

    assert rows == [["source", "row_number", "signal_id", "column", "reason_code", "reason", "content_digest"]]


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda p: f"{p.kind}-{PAYLOADS.index(p)}")
def test_no_cell_or_header_starts_as_a_formula_and_every_cell_can_be_restored(payload: Payload) -> None:
    writable = payload.text.encode("utf-8", "backslashreplace").decode()
    row = samples.with_text(samples.a_quarantined_row(), payload.text)
    header, cells = read(quarantine_csv([row]))

    assert not [cell for cell in header + cells if cell.startswith(DANGEROUS)]
    assert not [cell for cell in header + cells if FORMULA.match(cell)]
    assert [original_cell(cell) for cell in (cells[0], cells[-1])] == [writable, writable]


@pytest.mark.parametrize("start", [*DANGEROUS, "'"])
def test_each_dangerous_start_gets_exactly_one_apostrophe(start: str) -> None:
    assert neutral_cell(f"{start}1+1") == f"'{start}1+1"
    assert neutral_cell(f"a{start}1+1") == f"a{start}1+1"


HIDING = ("\u00a0", " ", "\u3000", "\ufeff", "\u200b", "\u2060", "\x00", "\x0b", "\u2003 ", "\u202a", "\u3164", "\x1f")


@pytest.mark.parametrize("hidden", HIDING, ids=ascii)
@pytest.mark.parametrize("operator", "=+-@＝＋－＠﹦−")
def test_blanks_and_unseen_letters_before_an_operator_hide_nothing(hidden: str, operator: str) -> None:
    assert neutral_cell(f"{hidden}{operator}1") == f"'{hidden}{operator}1"


@pytest.mark.parametrize("split", [";", "\t"])
def test_a_spreadsheet_that_splits_at_another_sign_or_misreads_quotes_finds_no_formula(split: str) -> None:
    """As such a spreadsheet reads it: a field ends at ``split`` or a line end once its first quote is closed."""
    texts = ["a;=1+1", "a\t=1+1", "x\r\n=1+1", 'q";=1', "; @x", "\n;\t-1"]
    parts = re.split(f"[{split}\r\n]", render_csv(["a", "b"], [[text, text] for text in texts]).decode("utf-8-sig"))

    assert [part for part in parts if FORMULA.match(part)] == []


@given(st.text(st.sampled_from("=+-@'; \t\r\n,\"a\ufeff\u2060＝")))
@example("'=1")
@example("\t'\t=;'';=")
def test_every_text_comes_back_as_it_was(text: str) -> None:
    assert original_cell(neutral_cell(text)) == text
    assert not FORMULA.match(neutral_cell(text))


def test_numbers_of_ours_stay_numbers() -> None:
    assert read(render_csv(["n"], [[-3]])) == [["n"], ["-3"]]


def test_rows_with_different_cells_share_one_table() -> None:
    rows = [samples.a_quarantined_row(row={"b": "2"}), samples.a_quarantined_row(row={"a": "1"})]
    table = read(quarantine_csv(rows))

    assert table[0][-2:] == ["cell a", "cell b"]
    assert [line[-2:] for line in table[1:]] == [["", "2"], ["1", ""]]


def test_ids_are_one_a_row_with_what_became_of_them() -> None:
    content = ids_csv([("complaints", "unmatched", ("1", "=2")), ("complaints", "ambiguous", ("3",))])

    assert read(content)[1:] == [["complaints", "unmatched", "1"], ["complaints", "unmatched", "'=2"], ["complaints", "ambiguous", "3"]]


def test_accents_survive_a_spreadsheet() -> None:
    assert render_csv(["café"], []).startswith(b"\xef\xbb\xbf")

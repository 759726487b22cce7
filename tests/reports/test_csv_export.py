"""CSV exports: nothing runs in a spreadsheet, and nothing is lost on the way back."""

from __future__ import annotations

import csv
import io

import pytest

from reports.csv_export import ids_csv, neutral_cell, quarantine_csv, render_csv
from tests.payloads import PAYLOADS, Payload
from tests.reports import samples

DANGEROUS = tuple("=+-@\t\r\n＝＋－＠")


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
    restored = [cell.removeprefix("'") for cell in (cells[0], cells[-1])]
    assert restored == [writable, writable]


@pytest.mark.parametrize("start", [*DANGEROUS, "'"])
def test_each_dangerous_start_gets_exactly_one_apostrophe(start: str) -> None:
    assert neutral_cell(f"{start}1+1") == f"'{start}1+1"
    assert neutral_cell(f"a{start}1+1") == f"a{start}1+1"


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

"""CSV for people who open it in a spreadsheet: every cell is text, none is a formula.

Put exports of lists here. A cell that a spreadsheet would run gets an apostrophe in front; so does one that already starts with an
apostrophe, which makes the change exact: take one leading apostrophe away and the cell is as it was. The bytes start with a UTF-8
mark, without which spreadsheets misread accents. The record is the JSON beside it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from registry.domain.feed import QuarantinedRow

# Full-width forms count too: East Asian editions of spreadsheets read them as the operator.
_DANGEROUS_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20", "'")


def neutral_cell(text: str) -> str:
    """Return ``text`` with an apostrophe in front when a spreadsheet could take it for more than text.

    >>> neutral_cell("=1+1"), neutral_cell("a=1"), neutral_cell("'t")
    ("'=1+1", 'a=1', "''t")
    """
    return "'" + text if text.startswith(_DANGEROUS_STARTS) else text


def render_csv(header: Sequence[str], rows: Iterable[Sequence[str | int]]) -> bytes:
    """Return a quoted CSV table; whole numbers stay numbers, texts are neutralised, code points that UTF-8 lacks are written out."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([neutral_cell(name) for name in header])
    writer.writerows([cell if isinstance(cell, int) else neutral_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig", errors="backslashreplace")


def quarantine_csv(rows: Sequence[QuarantinedRow]) -> bytes:
    """Return the rows set aside: where each stands, why, and its redacted cells in columns of their own."""
    columns = sorted({column for row in rows for column in row.row})
    header = ["source", "row_number", "signal_id", "column", "reason_code", "reason", "content_digest"]
    return render_csv(header + [f"cell {column}" for column in columns], (_quarantine_row(row, columns) for row in rows))


def ids_csv(lists: Iterable[tuple[str, str, Sequence[str]]]) -> bytes:
    """Return lists of ids (source, what became of them, ids), one id a row: the unmatched and the ambiguous."""
    return render_csv(["source", "outcome", "signal_id"], ([source, outcome, item] for source, outcome, ids in lists for item in ids))


def _quarantine_row(row: QuarantinedRow, columns: Sequence[str]) -> list[str | int]:
    place: list[str | int] = [row.source, row.row_number, row.signal_id, row.column, row.reason_code, row.reason, row.content_digest]
    return place + [row.row.get(column, "") for column in columns]

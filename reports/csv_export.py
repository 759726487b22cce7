"""CSV for people who open it in a spreadsheet: every cell is text, none is a formula.

Put exports of lists here; no other module writes CSV for people. The bytes start with a UTF-8 mark, without which spreadsheets misread
accents. The record is the JSON beside it.

 * A text that a spreadsheet would run gets an apostrophe in front, blanks and invisible letters before the operator notwithstanding.
 * So does each part after a line end, a tab or a semicolon: a spreadsheet that splits at semicolons sees cells there.
 * So does a part that already starts with an apostrophe. That makes the change exact: ``original_cell`` takes it back.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from registry.domain.feed import QuarantinedRow

# Full-width, small and other forms count too: some editions of spreadsheets read them as the operator.
_OPERATORS = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212"
# Blanks of every kind, controls and letters without a shape, which an importer may drop.
_UNSEEN = r"\s\x00-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202f\u205f-\u206f\u2800\u3164"
_UNSEEN += r"\ufe00-\ufe0f\ufeff\uffa0"
_ENDS = r"\t\r\n;"
_RISKY = re.compile(f"^(?=[\\t\\r\\n])|(^|[{_ENDS}])(?=(?:(?![{_ENDS}])[{_UNSEEN}])*[{_OPERATORS}'])")
_MARKED = re.compile(f"(^|[{_ENDS}])'")


def neutral_cell(text: str) -> str:
    """Return ``text`` with an apostrophe wherever a spreadsheet could begin to take it for more than text.

    >>> neutral_cell("=1+1"), neutral_cell("a=1"), neutral_cell("'t"), neutral_cell(" +1;-2")
    ("'=1+1", 'a=1', "''t", "' +1;'-2")
    """
    return _RISKY.sub(r"\g<0>'", text)


def original_cell(cell: str) -> str:
    """Return the text that ``neutral_cell`` made ``cell`` of.

    >>> original_cell("'=1+1"), original_cell("''t"), original_cell("a;'-2")
    ('=1+1', "'t", 'a;-2')
    """
    return _MARKED.sub(r"\1", cell)


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

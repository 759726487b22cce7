"""The tables ``severity`` and ``grade`` as a whole: the first row that matches decides, so only the last may match everything, and it must.

Put rules here that need every row of those tables; those of one row are its model in ``tables.py``.
"""

from __future__ import annotations

from typing import Any


def find_open_ends(table: str, rows: dict[str, Any]) -> list[str]:
    """Return what is wrong between the rows of ``table``: a row before the last that matches everything, or none that does."""
    if table == "severity":
        open_rows = [name for name, row in rows.items() if not row.categories and not row.impacts]
    elif table == "grade":
        open_rows = [name for name, row in rows.items() if not row.requires]
    else:
        return []
    last = list(rows)[-1]
    if open_rows == [last]:
        return []
    found = f"{', '.join(open_rows)} matching everything" if open_rows else "none that matches everything"
    return [f"expected only the last row, {last}, to match everything, found {found}; correct the rows"]

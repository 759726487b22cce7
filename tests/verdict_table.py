"""The table of what was expected and what was found, as proofs and real input print it and write it as JSON.

Put here how such a table looks and is written; what its rows say belongs to ``tests/proof`` and ``tests/real``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One case of the table."""

    case: str
    expected: str
    found: str
    ok: bool


def rows_text(rows: Sequence[Row]) -> str:
    """Return the rows below their names, a line each; what was found may be long and comes last."""
    widths = [max(len(name), *(len(getattr(row, name)) for row in rows)) for name in ("case", "expected")]
    lines = [("case", "expected", "", "found")]
    lines += [(row.case, row.expected, "ok" if row.ok else "NOT OK", row.found) for row in rows]
    return "\n".join(f"{case:{widths[0]}} | {expected:{widths[1]}} | {judged:6} | {found}" for case, expected, judged, found in lines)


def write_rows(path: Path, rows: Sequence[Row], seconds: float, **more: Any) -> None:
    """Write the rows and what else was found as JSON; folders of ``path`` that are absent are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"rows": [asdict(row) for row in rows], "seconds": round(seconds, 1), **more}
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")

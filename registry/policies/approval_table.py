"""The table ``approvals`` as a whole: each step of each severity has one rule at most; plans, closures and waived gates have one.

Put rules here that need more than one row of that table; those of one row are ``ApprovalRow`` in ``tables_work.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry.domain.signal import Severity
from registry.domain.work import StepKind

# Without a row nobody could approve the first two, and nobody would be asked about the last.
_NEEDED = {
    StepKind.PLAN: "no such plan could be approved",
    StepKind.CLOSE: "no such issue could be closed",
    StepKind.NOT_APPLICABLE: "nobody would be asked about the gate",
}


def find_approval_problems(rows: Mapping[str, Any]) -> list[str]:
    """Return what is wrong between the rows: a step that nobody could approve, or that two rows judge."""
    problems = []
    for action in sorted({row.action for row in rows.values()} | set(_NEEDED)):
        mine = {name: row for name, row in rows.items() if row.action == action}
        for severity in Severity:
            found = [name for name, row in mine.items() if severity in row.severities]
            if len(found) > 1:
                told = f"expected one row for {action} at {severity}, found {', '.join(found)}; leave the severity in one of them"
                problems.append(told)
            elif not found and action in _NEEDED:
                listed = ", ".join(mine) or "none at all"
                told = f"expected a row for {action} at {severity}, found it in none of {listed}; add it: {_NEEDED[action]}"
                problems.append(told)
    return problems

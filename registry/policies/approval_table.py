"""The table ``approvals`` as a whole: each step of each severity has one rule at most, and each plan has one.

Put rules here that need more than one row of that table; those of one row are ``ApprovalRow`` in ``tables_work.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry.domain.signal import Severity
from registry.domain.work import StepKind


def find_approval_problems(rows: Mapping[str, Any]) -> list[str]:
    """Return what is wrong between the rows: a plan that nobody could approve, or a step that two rows judge."""
    problems = []
    for action in sorted({row.action for row in rows.values()} | {StepKind.PLAN}):
        mine = {name: row for name, row in rows.items() if row.action == action}
        for severity in Severity:
            found = [name for name, row in mine.items() if severity in row.severities]
            if len(found) > 1:
                told = f"expected one row for {action} at {severity}, found {', '.join(found)}; leave the severity in one of them"
                problems.append(told)
            elif not found and action is StepKind.PLAN:
                listed = ", ".join(mine) or "none at all"
                told = f"expected a row for {action} at {severity}, found it in none of {listed}; add it: no such plan could be approved"
                problems.append(told)
    return problems

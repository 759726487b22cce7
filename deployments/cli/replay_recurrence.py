"""What a replay tells of the recurrence monitoring: how each window stood on each day.

Put here how a stretch of its runs is summed up; playing it is ``replay.py``.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from deployments.cli.running import run_recurrence, scheduled_instant
from deployments.cli.session import RECURRENCE_AT

if TYPE_CHECKING:
    from registry.settings import Workspace

RECURRENCE = "recurrence-monitoring"


def play_recurrence(workspace: Workspace, systems: tuple[str, ...], day: date) -> dict[str, Any]:
    """Run the recurrence monitoring of ``day`` and keep of it what a stretch is read for; the whole decisions are in the archive."""
    result = run_recurrence(workspace.root, systems, scheduled_instant(day, workspace.settings.timezone, RECURRENCE_AT))
    decision = result.decision
    return {
        "flow": RECURRENCE,
        "business_date": day.isoformat(),
        "verdict": decision.verdict.value,
        "reasons": [{"code": reason.code, "text": reason.text} for reason in decision.reasons],
        "issue_windows": [_window(one) for one in decision.windows],
        "evidence": {"seal": result.seal, "digest": result.bundle_digest},
        "repeated": result.repeated,
    }


def told_of_recurrence(day: dict[str, Any]) -> list[str]:
    """Return a day of the windows as lines of progress; a day without a window is one line."""
    lines = [f"{day['business_date']}  {day['verdict']}  recurrence{'  (done before)' if day['repeated'] else ''}"]
    return [*lines, *(f"  {one['issue']}  {one['outcome']}  {one['title']}" for one in day["issue_windows"])]


def _window(decision: Any) -> dict[str, Any]:
    return {
        "issue": decision.issue_id,
        "system": decision.system,
        "title": decision.title,
        "purpose": decision.purpose.value,
        "outcome": decision.outcome.value,
        "observed_days": decision.observed_days,
        "required_days": decision.required_days,
        "occurrences": len(decision.occurrences),
    }

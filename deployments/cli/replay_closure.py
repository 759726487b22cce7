"""What a replay tells of the closure verification: how each closure stood on each day.

Put here how a stretch of its runs is summed up; playing it is ``replay.py``.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from deployments.cli.running import run_closure, scheduled_instant
from deployments.cli.session import CLOSURE_AT

if TYPE_CHECKING:
    from registry.settings import Workspace

CLOSURE = "closure-verification"


def play_closure(workspace: Workspace, systems: tuple[str, ...], day: date) -> dict[str, Any]:
    """Run the closure verification of ``day``, which is of all systems, and keep of it what a stretch of ``systems`` is read for."""
    result = run_closure(workspace.root, (), scheduled_instant(day, workspace.settings.timezone, CLOSURE_AT))
    decision = result.decision
    return {
        "flow": CLOSURE,
        "business_date": day.isoformat(),
        "verdict": decision.verdict.value,
        "reasons": [{"code": reason.code, "text": reason.text} for reason in decision.reasons],
        "closures": [_closure(one) for one in decision.closures if not systems or one.system in systems],
        "evidence": {"seal": result.seal, "digest": result.bundle_digest},
        "repeated": result.repeated,
    }


def told_of_closure(day: dict[str, Any]) -> list[str]:
    """Return a day of the closures as lines of progress; a day without an issue in verification is one line."""
    lines = [f"{day['business_date']}  {day['verdict']}  closures{'  (done before)' if day['repeated'] else ''}"]
    return [*lines, *(f"  {one['issue']}  {one['verdict']}  {', '.join(one['lacking']) or 'all gates passed'}" for one in day["closures"])]


def _closure(decision: Any) -> dict[str, Any]:
    return {
        "issue": decision.issue_id,
        "system": decision.system,
        "verdict": decision.verdict.value,
        "lacking": [gate.gate.value for gate in decision.gates if gate.lacks],
    }

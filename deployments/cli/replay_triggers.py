"""What a replay tells of the retraining triggers: each day's windows and requests, and what another policy would have asked for.

Put here how a stretch of trigger runs is summed up and compared; playing it is ``replay.py``.

The rules of a comparison:
 * What was asked is what the ledger's events say; what would be asked is what the days played into an empty ledger came to, with every
   window counted again from its source. Neither ledger nor archive is written.
 * An empty ledger knows no acts of people: a request that was closed then stays open in the what-if until the policy lets go of it.
"""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from deployments.cli.running import run_triggers, scheduled_instant
from deployments.cli.session import TRIGGERS_AT
from registry.domain.times import local_date, parse_instant

if TYPE_CHECKING:
    from registry.settings import Workspace

TRIGGERS = "retraining-triggers"
Asked = dict[tuple[str, str], dict[str, list[str]]]
"""What was asked for and withheld, by system and first day of the window."""


def play_triggers(workspace: Workspace, systems: tuple[str, ...], day: date) -> dict[str, Any]:
    """Run the triggers of ``day`` and keep of it what a stretch is read for; the whole decisions are in the archive."""
    result = run_triggers(workspace.root, systems, scheduled_instant(day, workspace.settings.timezone, TRIGGERS_AT))
    windows = [] if result.repeated else [_window(decision) for decision in result.decisions]
    return {
        "flow": TRIGGERS,
        "business_date": day.isoformat(),
        "verdict": result.decision.verdict.value,
        "reasons": [{"code": reason.code, "text": reason.text} for reason in result.decision.reasons],
        "windows": windows,
        "requests": [{"system": one["system"], "action": action} for one in windows for action in one["asked"]],
        "evidence": {"seal": result.seal, "digest": result.bundle_digest},
        "repeated": result.repeated,
    }


def told_of_triggers(day: dict[str, Any]) -> list[str]:
    """Return a day of the triggers as lines of progress; a day without a window is one line."""
    lines = [f"{day['business_date']}  {day['verdict']}  triggers{'  (done before)' if day['repeated'] else ''}"]
    return [*lines, *(f"  {one['system']}  {one['from']} to {one['to']}  {one['verdict']}  {_said(one)}" for one in day["windows"])]


def read_asked(workspace: Workspace, systems: tuple[str, ...], start: date, end: date) -> Asked:
    """Return what the ledger's events of runs from ``start`` to ``end`` asked for; nothing where there is no ledger yet."""
    from deployments.cli.issues import is_new, opened_ledger
    from registry.domain.events import EventKind

    zone = workspace.settings.timezone
    found: Asked = {}
    if is_new(workspace):
        return found
    with opened_ledger(workspace) as ledger:
        for event in ledger.read_events(0, (EventKind.TRIGGERS_EVALUATED,)):
            envelope = json.loads(event.body)
            data, is_ours = envelope["data"], not systems or envelope["system"] in systems
            if is_ours and data["judged"] and start <= local_date(parse_instant(envelope["as_of"]), zone) <= end:
                said = found.setdefault((envelope["system"], data["window"]["start_on"]), {"asked": []})  # twice where rows came late
                said["asked"] += [one["action"] for one in data["requests"]]
                said["withheld"] = [one[0] for one in data["withheld"]]
    return found


def compared(days: list[dict[str, Any]], asked: Asked) -> list[dict[str, Any]]:
    """Return each window of either side with what was asked for and what would be; None where a side did not judge it."""
    would = {(one["system"], one["from"]): one for day in days for one in day.get("windows", ())}
    return [
        {
            "system": key[0],
            "from": key[1],
            "asked": asked[key]["asked"] if key in asked else None,
            "withheld": asked[key]["withheld"] if key in asked else None,
            "would_ask": would[key]["asked"] if key in would else None,
            "would_withhold": would[key]["withheld"] if key in would else None,
        }
        for key in sorted({*would, *asked})
    ]


def compared_lines(windows: list[dict[str, Any]]) -> list[str]:
    """Return the comparison for people: every window, those that differ marked."""
    from deployments.cli.issues import aligned

    rows = [("", "system", "window from", "was asked", "would be asked")]
    rows += [(_mark(one), one["system"], one["from"], _side(one["asked"]), _side(one["would_ask"])) for one in windows]
    different = sum(one["asked"] != one["would_ask"] for one in windows)
    return ["", f"{different} of {len(windows)} windows come out otherwise; nothing was written", *aligned(rows)]


def _mark(window: dict[str, Any]) -> str:
    return "*" if window["asked"] != window["would_ask"] else ""


def _side(actions: list[str] | None) -> str:
    return "not judged" if actions is None else ", ".join(actions) or "nothing"


def _window(decision: Any) -> dict[str, Any]:
    return {
        "system": decision.system,
        "from": decision.window.start_on.isoformat(),
        "to": decision.window.end_on.isoformat(),
        "verdict": decision.verdict.value,
        "asked": [request.action.value for request in decision.requests],
        "withheld": [one.action.value for one in decision.withheld],
    }


def _said(window: dict[str, Any]) -> str:
    asked = f"asked: {', '.join(window['asked'])}" if window["asked"] else "nothing asked"
    return f"{asked}, withheld: {', '.join(window['withheld'])}" if window["withheld"] else asked

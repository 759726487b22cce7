"""``proofloop replay``: every day of a stretch in order, as the schedule would have run it.

The same command catches up after an outage (days that were done stay as they are) and answers what-if questions: with ``--dry-run`` the
days are played into an empty ledger of their own that is thrown away, optionally under other policies.

Put here how a stretch of days is played and summed up; one day is ``running.py``, what is told of the triggers ``replay_triggers.py``, of
windows ``replay_recurrence.py``, of closures ``replay_closure.py``.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from deployments.cli.replay_closure import CLOSURE, play_closure, told_of_closure
from deployments.cli.replay_recurrence import RECURRENCE, play_recurrence, told_of_recurrence
from deployments.cli.replay_triggers import TRIGGERS, Asked, compared, compared_lines, play_triggers, read_asked, told_of_triggers
from deployments.cli.running import record_of, run_triage, scheduled_instant
from deployments.cli.session import VERDICT_CODES, Session, with_global_options
from registry.errors import ConfigurationError, ProofloopError
from registry.settings import POLICIES_VARIABLE, STATE_VARIABLE, Workspace

TRIAGE = "daily-triage"
_FLOW_NAMES = (TRIAGE, TRIGGERS, RECURRENCE, CLOSURE)
_WORST_FIRST = ("fail", "inconclusive", "pass")


@click.command("replay")
@click.option("--from", "start", required=True, type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="First business date.")
@click.option("--to", "end", required=True, type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Last business date, included.")
@click.option("--system", "systems", multiple=True, metavar="ID", help="Only this system; may be repeated.")
@click.option("--flow", "flows", multiple=True, type=click.Choice(_FLOW_NAMES), help="May be repeated; daily-triage if left out.")
@click.option("--policies", type=click.Path(path_type=Path), metavar="DIR", help="What if these overrides were in force; needs --dry-run.")
@click.option("--dry-run", is_flag=True, help="Play into an empty ledger that is thrown away; yours stays as it is.")
@with_global_options
@click.pass_obj
def command(
    session: Session,
    start: datetime,
    end: datetime,
    systems: tuple[str, ...],
    flows: tuple[str, ...],
    policies: Path | None,
    dry_run: bool,
) -> None:
    """Run every day of a stretch in order, as the schedule would have: daily-triage unless --flow says otherwise."""
    workspace = session.workspace()
    days = _days(start.date(), end.date(), workspace)
    if policies is not None and not dry_run:
        raise click.UsageError("--policies: expected --dry-run with it; policies of a real run are those of the workspace")
    wanted = [flow for flow in _FLOW_NAMES if flow in (flows or (TRIAGE,))]
    asked = read_asked(workspace, systems, days[0], days[-1]) if dry_run and TRIGGERS in wanted else {}
    with _what_if(policies) if dry_run else _as_it_is():
        played = [_play(session, workspace, systems, day, flow) for day in days for flow in wanted]
    _answer(session, played, dry_run, asked, is_compared=dry_run and TRIGGERS in wanted)


def _answer(session: Session, played: list[dict[str, Any]], dry_run: bool, asked: Asked, *, is_compared: bool) -> None:
    verdict = next(found for found in _WORST_FIRST if any(day["verdict"] == found for day in played))
    document = {"kind": "replay", "schema_version": 1, "verdict": verdict, "dry_run": dry_run, "days": played}
    lines = _lines(played, verdict)
    if is_compared:
        windows = compared(played, asked)
        document["compared"] = windows
        lines += compared_lines(windows)
    session.answer(document, lines, VERDICT_CODES[verdict])


def _days(start: date, end: date, workspace: Workspace) -> list[date]:
    if end < start:
        raise click.UsageError(f"--to: expected {start} or later, found {end}")
    days = [start + timedelta(days=offset) for offset in range((end - start).days + 1)]
    if scheduled_instant(end, workspace.settings.timezone) > datetime.now(UTC):
        raise click.UsageError(f"--to: expected a day whose run was due, found {end}; a day cannot be judged before its data arrive")
    return days


@contextmanager
def _what_if(policies: Path | None) -> Iterator[None]:
    if policies is not None and not policies.is_dir():
        raise ConfigurationError([f"{policies}: expected a folder of policy overrides, found none; create it or correct the path"])
    with tempfile.TemporaryDirectory(prefix="proofloop-what-if-") as state:
        os.environ[STATE_VARIABLE] = state
        if policies is not None:
            os.environ[POLICIES_VARIABLE] = str(policies.resolve())
        try:
            yield
        finally:
            os.environ.pop(STATE_VARIABLE)
            os.environ.pop(POLICIES_VARIABLE, None)


@contextmanager
def _as_it_is() -> Iterator[None]:
    yield


def _play(session: Session, workspace: Workspace, systems: tuple[str, ...], day: date, flow: str) -> dict[str, Any]:
    try:
        played = _FLOWS[flow](workspace, systems, day)
    except ProofloopError:
        session.progress(f"{day}  stopped: days before it are done; run again with --from {day}")
        raise
    for line in _TOLD[flow](played):
        session.progress(line)
    return played


def _triaged(workspace: Workspace, systems: tuple[str, ...], day: date) -> dict[str, Any]:
    return _summary(day, record_of(run_triage(workspace.root, systems, scheduled_instant(day, workspace.settings.timezone))))


def _summary(day: date, record: dict[str, Any]) -> dict[str, Any]:
    """Keep of a day what a stretch is read for; the whole decision is in the archive."""
    changes = [change for change in record["changes"] if change["kind"] in {"opened", "escalated", "reactivated"}]
    return {
        "flow": TRIAGE,
        "business_date": day.isoformat(),
        "verdict": record["verdict"],
        "reasons": record["reasons"],
        "changes": [_change(change) for change in changes],
        "counts": {name: record[name]["count"] for name in ("new", "reactivated", "untouched", "suppressed", "quarantined", "unmatched")},
        "evidence": record["evidence"],
        "repeated": record["repeated"],
    }


def _change(change: dict[str, Any]) -> dict[str, Any]:
    issue = change["issue"]
    kept = {name: issue[name] for name in ("issue_id", "system_id", "severity", "title")}
    return {"kind": change["kind"], "reason": change["reason"], **kept}


def _told(day: dict[str, Any]) -> list[str]:
    done = f"{day['business_date']}  {day['verdict']}{'  (done before)' if day['repeated'] else ''}"
    changes = [f"  {change['kind']}  {change['severity']}  {change['issue_id']}  {change['title']}" for change in day["changes"]]
    return [done, *changes]


_FLOWS: dict[str, Callable[[Workspace, tuple[str, ...], date], dict[str, Any]]] = {
    TRIAGE: _triaged,
    TRIGGERS: play_triggers,
    RECURRENCE: play_recurrence,
    CLOSURE: play_closure,
}
_TOLD: dict[str, Callable[[dict[str, Any]], list[str]]] = {
    TRIAGE: _told,
    TRIGGERS: told_of_triggers,
    RECURRENCE: told_of_recurrence,
    CLOSURE: told_of_closure,
}


def _lines(days: list[dict[str, Any]], verdict: str) -> list[str]:
    counted = ", ".join(f"{sum(day['verdict'] == name for day in days)} {name}" for name in _WORST_FIRST)
    kinds = [change["kind"] for day in days for change in day.get("changes", ())]
    changes = ", ".join(f"{kinds.count(kind)} {kind}" for kind in ("opened", "escalated", "reactivated"))
    requests = [request for day in days for request in day.get("requests", ())]
    flows = {day["flow"] for day in days}
    lines = [f"{verdict.upper()}  {len(days)} days: {counted}"]
    lines += [f"issues: {changes}"] if TRIAGE in flows else []
    lines += [f"requests: {len(requests)} asked"] if TRIGGERS in flows else []
    outcomes = [one["outcome"] for day in days for one in day.get("issue_windows", ())]
    return [*lines, *([f"windows: {outcomes.count('recurred')} came back"] if RECURRENCE in flows else [])]

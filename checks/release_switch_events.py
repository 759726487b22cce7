"""The events of a switch: its start before anything is moved, and its end after what was moved was read back.

Put the bodies of these events here, and what is to be done between them; ``registry/domain/release_history.py`` reads them back.

The rules:
 * The start says what is put in force in whose place, by digest, and who asked for it; it is recorded before anything is moved. The digest
   of its files is there where they were compared.
 * The end says what was read back, and how long it was since the start. With it, in one transaction, goes the version that is in force.
 * A switch had no effect where something else was read back: then nothing is in force by it.
 * Every other start of the artifact without an end is ended with it, by what was read back.
 * An alias counts as read from MLflow; a canary, which no daily run reads, and what no MLflow keeps count as released.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from checks.release_switch_common import is_in_place
from registry.domain.events import Event, EventKind
from registry.domain.release import ReleasedSystem
from registry.domain.release_acts import needs_override
from registry.domain.release_run import SwitchMade
from registry.domain.release_switch import Aim, Moved, RegistryNow, SwitchDecision, SwitchPlan, read_back_of, spec_of
from registry.domain.times import format_instant, local_date
from registry.domain.versions import BY_RELEASE, MLFLOW, WHOLE

TAG = "proofloop"
"""What the names of our tags on versions begin with."""
RELEASED_BY, ROLLED_BACK = f"{TAG}.release", f"{TAG}.rolled_back_at"
"""The tag that is written last of a release, and that of a version that was taken back."""


def begun(plan: SwitchPlan, aim: Aim, registry: RegistryNow) -> SwitchDecision:
    """Return the switch as it may be made: what its aliases are to name, what is written on versions, and its start where it has none."""
    in_place = is_in_place(aim, registry)
    events = () if aim.resumed or (aim.repeated and in_place) else (_start(plan, aim, registry),)
    wanted = _wanted(aim) if registry.is_kept and not in_place else {}
    return SwitchDecision(plan, (), aim, events, wanted, _expected(aim, registry), _tags(plan, aim, registry))


def ended(decision: SwitchDecision, made: SwitchMade | None, moved: Moved, at: datetime) -> tuple[Event, ...]:
    """Return what ends a switch that was begun, and every start that it leaves behind; nothing where it was ended before."""
    aim = decision.aim
    if made is None or aim is None or made.ended_event:
        return ()
    return (*_left(decision, at), *end_events(made, aim.system, read_back_of(aim.system, made, moved), at, decision.plan.by))


def end_events(made: SwitchMade, system: ReleasedSystem, read_back: str, at: datetime, by: str = "machine") -> tuple[Event, ...]:
    """Return what ends a switch with what was read back at ``at``, and the version that is in force by it where it had an effect."""
    zone = system.entry.timezone
    body = {
        "started_event": made.started_event,
        "release_id": made.release_id,
        "artifact": made.artifact,
        "to_version": made.to_version,
        "read_back": read_back,
        "milliseconds": max(0, round((at - made.started_at).total_seconds() * 1000)),
    }
    ended = Event(EventKind.SWITCH_ENDED, made.system_id, str(made.started_event), at, local_date(at, zone), body, actor=by)
    return (ended, _in_force(made, system, at, by)) if read_back == made.to_version else (ended,)


def _start(plan: SwitchPlan, aim: Aim, registry: RegistryNow) -> Event:
    zone, name = aim.system.entry.timezone, f"{aim.artifact} {aim.to_version} {aim.share_percent}"
    target = registry.target.digest if registry.target else aim.digest
    body: dict[str, Any] = {
        "artifact": aim.artifact,
        "release_id": aim.release.release_id if aim.release else "",
        "is_rollback": plan.is_rollback,
        "from_version": _taken_out(aim, registry),
        "to_version": aim.to_version,
        "to_digest": target,
        "files_digest": registry.files_digest,
        "share_percent": aim.share_percent,
        "alias": _alias(aim) if registry.is_kept else "",
        "role": plan.role.value,
        "reason": plan.document.reason.strip(),
        "approval": "asserted",
        "is_override": aim.release is not None and needs_override(aim.release),
        "decision_digest": aim.release.decision_digest if aim.release else "",
        "ends": [one.started_event for one in aim.left_open],
    }
    subject = f"{name} {format_instant(plan.as_of)}"  # a version may come and go within a day
    return Event(EventKind.SWITCH_STARTED, aim.system_id, subject, plan.as_of, local_date(plan.as_of, zone), body, actor=plan.by)


def _left(decision: SwitchDecision, at: datetime) -> Iterator[Event]:
    """Yield what ends the starts that a switch leaves behind: by what the aliases named when it was judged."""
    if (aim := decision.aim) is None:
        return
    for one in aim.left_open:
        yield from end_events(one, aim.system, read_back_of(aim.system, one, Moved(decision.expected)), at, decision.plan.by)


def _taken_out(aim: Aim, registry: RegistryNow) -> str:
    """Return what the version comes in place of: of a canary that is taken back, the canary."""
    serving = registry.serving.version if registry.serving else ""
    return registry.canary if serving == aim.to_version and registry.canary else serving


def _in_force(made: SwitchMade, system: ReleasedSystem, at: datetime, by: str) -> Event:
    spec, share = spec_of(system), made.share_percent
    name, is_read = spec.mlflow_model or spec.mlflow_prompt, bool(spec.alias) and share == WHOLE
    body: dict[str, Any] = {
        "artifact": made.artifact,
        "version": made.to_version,
        "source": MLFLOW if is_read else BY_RELEASE,
        "share_percent": share,
        "release_id": made.release_id,
        "started_event": made.started_event,
    }
    if spec.alias:
        body |= {"alias": f"{name}@{spec.alias if is_read else system.release.canary_alias}", "on_event": True}
    subject = f"{made.artifact} {made.to_version} {format_instant(at)}"
    return Event(EventKind.VERSION_OBSERVED, made.system_id, subject, at, local_date(at, system.entry.timezone), body, actor=by)


def _alias(aim: Aim) -> str:
    return aim.spec.alias if aim.share_percent == WHOLE else aim.system.release.canary_alias


def _wanted(aim: Aim) -> dict[str, str]:
    """Return what each alias is to name: a canary leaves the champion's alone, and all of it ends the canary."""
    canary = aim.system.release.canary_alias
    return {canary: aim.to_version} if aim.share_percent < WHOLE else {canary: "", aim.spec.alias: aim.to_version}


def _expected(aim: Aim, registry: RegistryNow) -> dict[str, str]:
    if not registry.is_kept:
        return {}
    return {aim.system.release.canary_alias: registry.canary, aim.spec.alias: registry.serving.version if registry.serving else ""}


def _tags(plan: SwitchPlan, aim: Aim, registry: RegistryNow) -> dict[str, dict[str, str]]:
    """Return what MLflow's own pages tell of the versions: why one serves, and that another was taken back."""
    if not registry.is_kept:
        return {}
    if aim.release is None:
        since = aim.resumed.started_at if aim.resumed else plan.as_of
        left = aim.resumed.from_version if aim.resumed else _taken_out(aim, registry)
        return {left: {ROLLED_BACK: format_instant(since)}} if left and left != aim.to_version else {}
    told = {"verdict": aim.release.verdict.value, "evidence_digest": aim.release.decision_digest}
    told |= {"override": "true"} if needs_override(aim.release) else {}
    return {aim.to_version: {f"{TAG}.{name}": text for name, text in told.items()} | {RELEASED_BY: aim.release.release_id}}

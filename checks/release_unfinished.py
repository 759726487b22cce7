"""Switches without an end, as a daily run meets them: is one done but for its record, or has somebody to do it again?

Put here what is made of a switch that was cut off. What ends one in its own run is ``release_switch_events.py``.

The rules:
 * One whose alias names its version, by digest, whose canary is ended where it ends one, and whose tags are written is done but for its
   end, which is recorded now. A daily run writes nothing to MLflow.
 * Any other is told, with what its alias names and how it is finished: it is for people to say whether it is still wanted.
 * What no MLflow keeps, what is released no more, and what MLflow does not answer about is told too: nobody can say what it came to.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from checks.release_switch_common import called, finished_by
from checks.release_switch_events import RELEASED_BY, ROLLED_BACK, end_events
from registry.domain.decision import Finding, Verdict
from registry.domain.events import EventKind
from registry.domain.release_run import SwitchMade
from registry.domain.release_switch import OpenSwitch, Settled, read_back_of, spec_of
from registry.domain.times import format_instant
from registry.domain.version_run import VersionsRead
from registry.domain.versions import WHOLE

CHECK = "switches"


def judge_unfinished(opened: Sequence[OpenSwitch], at: datetime) -> Settled:
    """Return what ends the switches that are done but for their record, and what is told of the others."""
    done = [one for one in opened if _is_done(one)]
    events = (event for one in done if one.system for event in end_events(one.made, one.system, one.made.to_version, at))
    return Settled(tuple(events), tuple(_told(one) for one in opened if one not in done))


def with_settled(read: VersionsRead, settled: Settled) -> VersionsRead:
    """Return what a refresh read with what became of the switches that it found without an end."""
    observed = (event for event in settled.events if event.kind is EventKind.VERSION_OBSERVED)
    return VersionsRead((*observed, *read.changes), (*settled.findings, *read.findings))


def _is_done(one: OpenSwitch) -> bool:
    made, system = one.made, one.system
    if one.problem or system is None or not spec_of(system).alias:
        return False
    if read_back_of(system, made, one.moved) != made.to_version or made.to_digest not in ("", one.digest):
        return False
    if made.share_percent == WHOLE and one.moved.aliases.get(system.release.canary_alias):
        return False
    return _is_tagged(one)


def _is_tagged(one: OpenSwitch) -> bool:
    made = one.made
    if not made.is_rollback:
        return one.tags.get(RELEASED_BY) == made.release_id
    return made.from_version in ("", made.to_version) or one.tags.get(ROLLED_BACK) == format_instant(made.started_at)


def _told(one: OpenSwitch) -> Finding:
    made = one.made
    since = f"started by {made.by} at {made.started_at:%Y-%m-%d %H:%M} UTC (event {made.started_event})"
    text = f"expected an end of {called(made)} of {made.system_id}, {since}, found none: {_found(one)}; {_remedy(made)}"
    return Finding(CHECK, made.system_id, Verdict.INCONCLUSIVE, "unfinished_switch", text)


def _found(one: OpenSwitch) -> str:
    if one.problem:
        return one.problem
    if one.system is None:
        return f"the catalogue does not release its {one.made.artifact} any more"
    spec = spec_of(one.system)
    if not spec.alias:
        return f"no MLflow keeps the {one.made.artifact}, so that nobody can say whether it was deployed"
    alias = spec.alias if one.made.share_percent == WHOLE else one.system.release.canary_alias
    named = read_back_of(one.system, one.made, one.moved) or "nothing"
    more = ", and its tags are not written" if named == one.made.to_version else ""
    return f"the alias {alias} names {named}{more}"


def _remedy(made: SwitchMade) -> str:
    back = "" if made.is_rollback else f", or go back with `proofloop release rollback {made.system_id}`"
    return f"finish it with `{finished_by(made)}`{back}"

"""Is it the comparison that was asked for, by what is on record: with what is in force, on the outcomes that were judged before?

Put here what speaks against a comparison that reads well: whoever asks chooses the champion and writes the table of outcomes. Whether there
is one at all is ``checks/gate_wiring.py``; what earlier decisions say is read back by ``registry/domain/gate_history.py``.

The rules:
 * In force: a champion that is not the version in force is one of choice, and anything is better than a version chosen for it.
   INCONCLUSIVE, naming both. Where several share the traffic the one with most of it is meant, and told. Where nobody ever recorded what is
   in force, the champion is taken as it was named, and told.
 * Not known: where the record begins only later, or an alias moved since it was recorded, what was in force is recorded and nobody looked.
   INCONCLUSIVE, whichever champion is named.
 * Outcomes: a version that was judged on this set and has other outcomes now is INCONCLUSIVE, naming that decision. With a reason they are
   judged, the reason is told, and it is a look.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.gate_wiring import CHECK
from registry.domain.decision import Finding, Verdict
from registry.domain.gate import ChangedOutcomes, GateInputs, MovedAlias
from registry.domain.versions import WHOLE

SUBJECT = "champion"


def find_record_problems(inputs: GateInputs) -> tuple[Finding, ...]:
    """Return what the record says against the comparison."""
    return (*_in_force(inputs), *(_changed(one, inputs.reason) for one in inputs.changed))


def _in_force(inputs: GateInputs) -> Iterator[Finding]:
    artifact, at, named = inputs.spec.artifact, f"{inputs.as_of:%Y-%m-%d %H:%M} UTC", inputs.champion.version
    most = max((one.share_percent for one in inputs.in_force), default=0)
    serving = ", ".join(f"{one.version} with {one.share_percent} %" for one in inputs.in_force)
    if inputs.moved is not None:
        yield Finding(CHECK, SUBJECT, Verdict.INCONCLUSIVE, "stale", _moved(inputs.moved, artifact))
    elif inputs.recorded_from is not None:
        begins = f"{inputs.recorded_from:%Y-%m-%d %H:%M} UTC"
        text = f"expected the {artifact} in force at {at}, found none: the record begins at {begins}; "
        text += "have recorded what served then with `proofloop versions record`, or ask of a later instant"
        yield Finding(CHECK, SUBJECT, Verdict.INCONCLUSIVE, "none_in_force", text)
    elif not inputs.in_force:
        text = f"nobody recorded which {artifact} was in force at {at}: {named!r} is compared with because it was named; "
        text += "record what serves with `proofloop versions refresh` or `versions record`"
        yield Finding(CHECK, SUBJECT, Verdict.PASS, "in_force_unknown", text, blocking=False)
    elif named not in {one.version for one in inputs.in_force if one.share_percent == most}:
        text = f"expected the {artifact} in force at {at} as the champion ({serving}), found {named!r}; compare with what the candidate is "
        text += "to replace, or have recorded what serves"
        yield Finding(CHECK, SUBJECT, Verdict.INCONCLUSIVE, "not_in_force", text)
    elif most < WHOLE:
        text = f"several versions shared the traffic at {at}: {serving}; only {named!r} is compared with"
        yield Finding(CHECK, SUBJECT, Verdict.PASS, "traffic_shared", text, blocking=False)


def _moved(moved: MovedAlias, artifact: str) -> str:
    known = repr(moved.known) if moved.known else "none"
    text = f"expected {moved.alias} to name the {artifact} that the ledger last heard of it ({known}), found "
    if not moved.found:
        return f"{text}that it names no version; set it, or have recorded what serves with `proofloop versions record`"
    return f"{text}{moved.found!r}; have it recorded with `proofloop versions refresh`, then ask again"


def _changed(one: ChangedOutcomes, reason: str) -> Finding:
    before = f"the decision of {one.decided_on} (event {one.event})"
    text = f"{one.version}: expected the outcomes on this set that {before} is about, found others; "
    if reason:
        return Finding(CHECK, one.version, Verdict.PASS, "outcomes_changed", f"{text}the reason given: {reason!r}", blocking=False)
    text += "put them back, or give the reason that they were made anew (--reason)"
    return Finding(CHECK, one.version, Verdict.INCONCLUSIVE, "outcomes_changed", text)

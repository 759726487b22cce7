"""Gate 4, rollback: is there a way back, was it tried lately, and is it fast enough?

Put here what the way back has to show before a release. Trying it is the rehearsal of ``registry/versions``; going it is another decision.

The rules:
 * The proposal says how the release is taken back, and by whom. FAIL where it says nothing.
 * What is gone back to is the champion that the evaluation gate compared with. Without a candidate it is not known. INCONCLUSIVE.
 * Where the catalogue names smoke cases the champion was loaded and asked them. A rehearsal that was not made, ended in an error, is of a
   day to come, older than ``max_rehearsal_age_days``, has no measured time, or asked fewer than ``min_smoke_case_count`` cases is
   INCONCLUSIVE. One of another version, with a case that was not answered, or slower than ``max_rollback_minutes``, is a FAIL.
 * Where it names none, versions cannot be loaded here: a drill is asked for, a record that counts (``release_records.py``), signed in a
   role that policy takes, not by who made the candidate, back to the champion, as recent and as fast.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta

from checks.release_records import find_record_problems, only_record
from checks.work.answers import is_placeholder, quoted
from registry.domain.approving import person_key
from registry.domain.decision import Finding, Verdict
from registry.domain.gate import PinnedVersion
from registry.domain.release import PreDeploymentGate, RecordKind
from registry.domain.release_read import Rehearsal, SignedRecord
from registry.domain.release_run import ReleaseInputs
from registry.domain.times import local_date

CHECK = PreDeploymentGate.ROLLBACK.value
REHEARSAL, PLAN = "rehearsal", "rollback plan"
_DAY = timedelta(days=1)
_V = Verdict


def find_rollback(inputs: ReleaseInputs) -> tuple[Finding, ...]:
    """Return what is missing on the way back, and what was shown of it."""
    judged, plan = inputs.judged, tuple(_plan(inputs))
    if judged is None:
        text = "expected a champion to go back to, found none: no decision of the evaluation gate says what is replaced"
        return (*plan, Finding(CHECK, REHEARSAL, _V.INCONCLUSIVE, "no_champion", text))
    if inputs.spec.smoke is None:
        return (*plan, *_drilled(inputs, judged.champion))
    return (*plan, *_rehearsed(inputs, judged.champion))


def _plan(inputs: ReleaseInputs) -> Iterator[Finding]:
    text = inputs.proposal.rollback_plan
    if is_placeholder(text, inputs.policy.cards.placeholders):
        told = f"rollback_plan: expected how the release is taken back, and by whom, found {quoted(text)}; write it in the proposal"
        yield Finding(CHECK, PLAN, _V.FAIL, "no_plan", told)


def _rehearsed(inputs: ReleaseInputs, champion: PinnedVersion) -> Iterator[Finding]:
    made = inputs.rehearsal
    if made is None:
        yield _open("not_rehearsed", f"expected {champion.version} loaded and asked the smoke cases, found no rehearsal; make one")
        return
    if made.problem:
        yield _open("errored", f"{made.version}: {made.problem}")
        return
    against = (*_version(made, champion), *_cases(made, inputs), *_time(made.seconds, inputs, REHEARSAL), *_rehearsal_age(made, inputs))
    yield from against
    if not against:
        text = (
            f"{made.version} was loaded and answered {made.answered_count} of {made.asked_count} smoke cases in {made.seconds:.3g} seconds"
        )
        limit = 60 * inputs.policy.rollback.max_rollback_minutes
        yield Finding(CHECK, REHEARSAL, _V.PASS, "rehearsed", text, value=made.seconds, limit=limit, n=made.asked_count)


def _version(made: Rehearsal, champion: PinnedVersion) -> Iterator[Finding]:
    if not champion.digest or (made.version, made.version_digest) != (champion.version, champion.digest):
        text = f"expected a rehearsal of {champion.version} ({champion.digest or 'no digest'}), found one of {made.version} "
        yield Finding(CHECK, REHEARSAL, _V.FAIL, "other_version", f"{text}({made.version_digest}); rehearse what is gone back to")


def _cases(made: Rehearsal, inputs: ReleaseInputs) -> Iterator[Finding]:
    least = inputs.policy.rollback.min_smoke_case_count
    if made.asked_count < max(least, 1):
        text = f"expected at least {max(least, 1)} smoke cases, found {made.asked_count}; add cases that a version must answer"
        yield Finding(CHECK, REHEARSAL, _V.INCONCLUSIVE, "too_few", text, n=made.asked_count)
    if made.answered_count != made.asked_count:
        text = f"expected an answer to each of {made.asked_count} smoke cases, found {made.answered_count}; mend {made.version} first"
        yield Finding(CHECK, REHEARSAL, _V.FAIL, "unanswered", text, n=made.asked_count)


def _rehearsal_age(made: Rehearsal, inputs: ReleaseInputs) -> Iterator[Finding]:
    # One that is made for this very decision ends after the instant that the decision is taken for.
    if made.at > inputs.as_of + _DAY:
        yield _open("in_the_future", f"expected a rehearsal of {inputs.business_date} or before, found one of {made.at:%Y-%m-%d %H:%M} UTC")
    else:
        yield from _age(local_date(made.at, inputs.system.timezone), inputs, REHEARSAL)


def _drilled(inputs: ReleaseInputs, champion: PinnedVersion) -> Iterator[Finding]:
    record = only_record(CHECK, RecordKind.ROLLBACK_DRILL, inputs)
    if isinstance(record, Finding):
        yield record
        return
    problems = find_record_problems(CHECK, record, inputs, inputs.policy.rollback.drill_roles, must_end=False)
    against = (*problems, *_of_drill(record, inputs, champion))
    yield from against
    if not against:
        text = (
            f"{record.path}: back to {record.version} in {record.measured_seconds} seconds on {record.approved_on}, as {record.by} signed"
        )
        limit, seconds = 60 * inputs.policy.rollback.max_rollback_minutes, float(record.measured_seconds or 0)
        yield Finding(CHECK, "rollback drill", _V.PASS, "drilled", text, value=seconds, limit=limit)


def _of_drill(record: SignedRecord, inputs: ReleaseInputs, champion: PinnedVersion) -> Iterator[Finding]:
    if not record.version or record.version not in (champion.version, champion.digest):
        text = f"{record.path}: version: expected a drill back to {champion.version}, found {record.version or 'none'}; drill what is gone "
        yield Finding(CHECK, "rollback drill", _V.FAIL, "other_version", f"{text}back to")
    if person_key(record.by) in {person_key(name) for name in inputs.proposal.made_by}:
        text = f"{record.path}: by: expected somebody who did not make the candidate, found {record.by}; have somebody else try it"
        yield Finding(CHECK, "rollback drill", _V.FAIL, "own_work", text)
    yield from _time(record.measured_seconds, inputs, "rollback drill")
    if record.approved_on is not None:
        yield from _age(record.approved_on, inputs, "rollback drill")


def _time(seconds: float | None, inputs: ReleaseInputs, subject: str) -> Iterator[Finding]:
    minutes = inputs.policy.rollback.max_rollback_minutes
    if seconds is None or not 0 < seconds < math.inf:
        text = f"expected the measured time of the way back, found {'none' if seconds is None else seconds}; measure it"
        yield Finding(CHECK, subject, _V.INCONCLUSIVE, "not_measured", text)
    elif not seconds <= 60 * minutes:
        text = f"expected the way back within {minutes:g} minutes, found {seconds:.5g} seconds; make it faster"
        yield Finding(CHECK, subject, _V.FAIL, "too_slow", text, value=seconds, limit=60 * minutes)


def _age(on: date, inputs: ReleaseInputs, subject: str) -> Iterator[Finding]:
    most = inputs.policy.rollback.max_rehearsal_age_days
    if (inputs.business_date - on).days > most:
        text = f"expected the way back tried in the last {most} days, found it tried on {on}; try it again"
        yield Finding(CHECK, subject, _V.INCONCLUSIVE, "stale", text)


def _open(code: str, text: str) -> Finding:
    return Finding(CHECK, REHEARSAL, _V.INCONCLUSIVE, code, text)

"""Closure gate scope: is it written down who and what was affected, and does that hold everything that was reported?

Put a rule here when it judges the scope of an issue that is to be closed. What one must say when it is handed in, and how a report lies
inside it, is ``checks/work/scope.py``.

The rules:
 * A scope of the present occurrence is there, and says something in each of its lists.
 * The issue's signals are known: a scope that is held against nothing covers nothing.
 * Every signal of its own about a decision before the fix lies inside it: its segments, its step of the journey, its versions and its
   time. One that does not is named.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.closure_gate import find_unsaid_fields, judged, nodes_of
from checks.work.scope import find_outside
from registry.domain.closure import ClosureInputs, GateJudgement, Lack
from registry.domain.recurrence import Seen
from registry.domain.reported import Reported
from registry.domain.steps_closure import ClosureGate, Scope
from registry.domain.work import Refusal, StepKind, StepTaken

_FIELDS = ("customers", "segments", "journeys", "versions", "evidence")
_SHOWN = 3


def judge_scope(inputs: ClosureInputs) -> GateJudgement:
    """Return whether everything that was reported lies inside the scope that was recorded."""
    step = inputs.case.latest(StepKind.SCOPE)
    if step is None:
        missing = "expected who and what was affected, recorded in the present occurrence, found no scope"
        return judged(ClosureGate.SCOPE, (Lack("no_scope", missing, "take the step `scope`"),), (), "")
    before = tuple(seen for seen in inputs.signals if not seen.is_after_fix and not seen.same_cause_issue)
    lacks = (*find_unsaid_fields(inputs, step, _FIELDS, "empty_scope"), *_find_uncovered(step, before))
    scope: Scope = step.document
    summary = f"{len(before)} signals about decisions before the fix lie inside it: {scope.from_at:%Y-%m-%d} to {scope.until_at:%Y-%m-%d}"
    return judged(ClosureGate.SCOPE, lacks, nodes_of(inputs, step), summary)


def _find_uncovered(step: StepTaken, before: tuple[Seen, ...]) -> Iterator[Lack]:
    if not before:
        missing = "expected the issue's signals about decisions before the fix, found none to hold the scope against"
        yield Lack("no_signals", missing, "run `proofloop triage` over the days that the issue is about")
    outside: dict[str, list[str]] = {}
    reasons: dict[str, tuple[str, str]] = {}
    known: dict[Reported, tuple[Refusal, ...]] = {}
    for seen in before:
        what = _what(seen)
        if what not in known:  # many signals report the same of different days
            known[what] = tuple(find_outside(step.document, what))
        when = Reported(first_at=seen.decided_at, last_at=seen.decided_at)
        for refusal in (*known[what], *find_outside(step.document, when)):
            aspect = refusal.reason.partition(":")[0]
            reasons.setdefault(aspect, (refusal.reason, refusal.remedy))
            outside.setdefault(aspect, []).append(seen.signal_id)
    for aspect, signals in outside.items():
        reason, remedy = reasons[aspect]
        more = f" and {len(signals) - _SHOWN} more" if len(signals) > _SHOWN else ""
        missing = f"expected every signal inside the scope, found {', '.join(signals[:_SHOWN])}{more} outside: {reason}"
        yield Lack(f"{aspect}_outside", missing, f"take the step `scope` again: {remedy}")


def _what(seen: Seen) -> Reported:
    """Return what one signal is about, apart from when, as a scope is held against it."""
    return Reported(
        journeys=(seen.journey_step,) if seen.journey_step else (),
        segments=tuple(sorted((name, value) for name, value in seen.segment.items() if value)),
        versions=tuple(sorted(seen.versions.items())),
    )

"""Closure gate verification: is it shown that the fix works, by evidence strong enough and by what production counted?

Put a rule here when it judges all evidence of a fix together. Which piece counts is ``closure_pieces.py``, whether others were harmed
``closure_adverse.py``.

The rules:
 * Each strength that the policy asks at the severity is met by a piece of its own, and where it asks for one, one is a production KRI.
 * Where two pieces are asked, one at least was recorded by somebody who neither linked nor released the changes, nor owns one of the
   planned actions.
 * The rates before and after are there as the window counted them, of the whole and by segment: of other decisions, not of the same twice.
 * No segment, and no system that shares the artifact, has become worse.
 * A piece that does not count is told where one is lacking; otherwise it is only left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.closure_adverse import find_adverse
from checks.closure_gate import judged, nodes_of, severity_of
from checks.closure_pieces import Piece, find_pieces
from registry.domain.approving import person_key
from registry.domain.closure import ClosureInputs, GateJudgement, Lack
from registry.domain.decision import Verdict
from registry.domain.hands import owners_of
from registry.domain.policy_work import Strength
from registry.domain.recurrence import SegmentChange
from registry.domain.steps import VerificationKind
from registry.domain.steps_closure import ClosureGate
from registry.domain.work import StepKind

_ORDER = list(Strength)
_ADD = "take the step `add-evidence`"


def judge_verification(inputs: ClosureInputs) -> GateJudgement:
    """Return whether the evidence that the fix works is enough."""
    pieces, left_out = find_pieces(inputs)
    weak = (*_find_strengths(inputs, pieces), *_find_own(inputs, pieces))
    lacks = (*weak, *(left_out if weak else ()), *_find_figures(inputs), *find_adverse(inputs))
    told = ", ".join(f"{piece.step.document.kind.replace('_', ' ')} ({piece.rule.strength.replace('_', ' ')})" for piece in pieces)
    return judged(ClosureGate.VERIFICATION, lacks, nodes_of(inputs, *(piece.step for piece in pieces)), f"shown by {told}")


def before_after(inputs: ClosureInputs) -> tuple[SegmentChange, ...]:
    """Return the rates before and after the fix as the window counted them: the whole first, then each segment."""
    window = inputs.window
    if window is None:
        return ()
    whole = next((one for one in window.segments if not one.name), SegmentChange("", "", window.before, window.after, None, None))
    return (whole, *(one for one in window.segments if one.name))


def _find_strengths(inputs: ClosureInputs, pieces: tuple[Piece, ...]) -> Iterator[Lack]:
    severity = severity_of(inputs)
    asked = sorted(inputs.policy.min_evidence.get(severity, (Strength.HIGH,)), key=_ORDER.index, reverse=True)
    had = sorted((piece.rule.strength for piece in pieces), key=_ORDER.index, reverse=True)
    for place, strength in enumerate(asked):
        if place >= len(had) or _ORDER.index(had[place]) < _ORDER.index(strength):
            found = had[place].replace("_", " ") if place < len(had) else "none"
            missing = (
                f"expected a piece of evidence of {strength.replace('_', ' ')} strength or more ({place + 1} of {len(asked)} at {severity})"
            )
            yield Lack("too_weak", f"{missing}, found {found}", f"{_ADD} with a kind that is strong enough: table verification")
    if severity in inputs.policy.needs_production_kri and not any(_is_production(piece) for piece in pieces):
        missing = f"expected a production KRI among the evidence at {severity}, found none that counts"
        yield Lack("no_production_kri", missing, f"{_ADD} of the kind production_kri, measured since the release")


def _is_production(piece: Piece) -> bool:
    return piece.step.document.kind is VerificationKind.PRODUCTION_KRI


def _find_own(inputs: ClosureInputs, pieces: tuple[Piece, ...]) -> Iterator[Lack]:
    made = {person_key(step.by) for kind in (StepKind.LINK_CHANGE, StepKind.IMPLEMENT) for step in inputs.case.current(kind)}
    made |= owners_of(inputs.case).keys()
    severity = severity_of(inputs)
    if pieces and len(inputs.policy.min_evidence.get(severity, ())) > 1 and all(person_key(one.step.by) in made for one in pieces):
        missing = f"expected a piece of evidence by somebody who did not make the change, found all of them by {pieces[0].step.by}"
        yield Lack("own_evidence", missing, f"let somebody else {_ADD}")


def _find_figures(inputs: ClosureInputs) -> Iterator[Lack]:
    watch = "run `proofloop recurrence` until the window has counted both"
    if inputs.window is None:
        yield Lack("no_figures", "expected the rates before and after the fix, found no window that counted them", watch)
        return
    whole = before_after(inputs)[0]
    for name, level in (("before", whole.before), ("after", whole.after)):
        if level.exposure_count <= 0 or level.day_count <= 0:
            yield Lack("no_figures", f"expected a rate {name} the fix, found no exposure that was counted", watch)
    if whole.before == whole.after and whole.before.occurrence_count:
        counts = f"{whole.after.occurrence_count} in {whole.after.exposure_count}"
        missing, remedy = f"expected other decisions after the fix than before, found {counts} twice", "run `evidence verify --recompute`"
        yield Lack("compared_with_itself", missing, remedy, Verdict.FAIL)
    before = [seen for seen in inputs.signals if not seen.is_after_fix]
    if whole.before.occurrence_count and all(seen.segment for seen in before) and len(before_after(inputs)) == 1:
        yield Lack("no_segments", "expected the rates by segment, as the signals name them, found those of the whole alone", watch)

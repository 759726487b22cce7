"""Pieces of evidence that a fix works: which count for a closure, and why another does not.

Put a rule here when it says that one piece counts, or does not. Whether those that count are strong enough is
``closure_verification.py``; what a piece must say when it is handed in is ``checks/work/proof.py``.

The rules, the first that is broken told:
 * It is about the fix, not about the recovery of customers, and the policy says how strong its kind is.
 * It was recorded for the present plan, and not before it.
 * What needs the changes in force was recorded after they served.
 * It is not older than the policy allows, nor from the future.
 * It shows figures of before and after that are not the same text, and where they come from.
 * The figure after was had as well as the one before, or better.
 * It is not another one again: the same places, or the same words and figures, are one piece.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from checks.closure_gate import fixed_by, is_empty
from checks.work.wording import normalised
from registry.domain.closure import ClosureInputs, Lack
from registry.domain.policy_work import EvidenceRule, Shows
from registry.domain.steps_change import EvidenceQuality, VerificationEvidence
from registry.domain.work import StepKind, StepTaken

_QUALITIES = list(EvidenceQuality)


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece that counts, by its step and the policy's row for its kind."""

    step: StepTaken
    rule: EvidenceRule


def find_pieces(inputs: ClosureInputs) -> tuple[tuple[Piece, ...], tuple[Lack, ...]]:
    """Return the pieces that count, in the order in which they were recorded, and why each of the others does not."""
    rules = {rule.kind: rule for rule in inputs.work.evidence}
    counted: list[Piece] = []
    left_out: list[Lack] = []
    for step in reversed(tuple(inputs.case.current(StepKind.ADD_EVIDENCE))):
        rule = rules.get(step.document.kind)
        if rule and rule.shows is not Shows.FIX:
            continue
        why = _problem(inputs, step, rule) or _repeated(step, counted)
        if why:
            code, expected = why
            missing = f"expected of the {step.document.kind.replace('_', ' ')} of event {step.seq} {expected}; it does not count"
            left_out.append(Lack(code, missing, "add another piece: take the step `add-evidence`"))
        elif rule:
            counted.append(Piece(step, rule))
    return tuple(counted), tuple(left_out)


def _problem(inputs: ClosureInputs, step: StepTaken, rule: EvidenceRule | None) -> tuple[str, str] | None:
    plan, oldest_at = inputs.case.latest(StepKind.PLAN), inputs.as_of - timedelta(days=inputs.policy.max_evidence_age_days)
    if rule is None:
        return "unknown_strength", "a row of the policy table verification, found none"
    if plan is None or step.seq < plan.seq:
        return "older_plan", "that it was recorded for the present plan, found it before"
    if rule.needs_release and not _is_after_release(inputs, step):
        return "before_release", "that it was recorded after the changes served, found it before"
    if not oldest_at <= step.at <= inputs.as_of:
        return "stale_evidence", f"a day within {inputs.policy.max_evidence_age_days} days, found {step.at:%Y-%m-%d}"
    return _unshown(inputs, step.document)


def _is_after_release(inputs: ClosureInputs, step: StepTaken) -> bool:
    release, fix = fixed_by(inputs), inputs.case.issue.fix
    return release is not None and fix is not None and step.seq > release.seq and step.at >= fix.effective_at


def _unshown(inputs: ClosureInputs, document: VerificationEvidence) -> tuple[str, str] | None:
    if any(is_empty(inputs, text) for text in (document.summary, *document.pointers)) or not document.pointers:
        return "empty_evidence", "a summary and where it can be seen, found one that says nothing"
    if not document.before.strip() or normalised(document.before) == normalised(document.after):
        return "same_figure", "figures of before and after, found one compared with itself"
    if _QUALITIES.index(document.quality_after) < _QUALITIES.index(document.quality_before):
        return "weaker_after", f"a figure after as good as {document.quality_before} before, found {document.quality_after}"
    return None


def _repeated(step: StepTaken, counted: Iterable[Piece]) -> tuple[str, str] | None:
    for other in counted:
        if _identities(step.document) & _identities(other.step.document):
            return "same_piece", f"something else than event {other.step.seq} shows, found it again"
    return None


def _identities(document: VerificationEvidence) -> set[tuple[str, ...]]:
    """Return what makes two pieces the same: the places that they point to, or what they say."""
    places = ("places", *sorted(" ".join(pointer.split()) for pointer in document.pointers))
    return {places, ("words", normalised(document.summary), normalised(document.before), normalised(document.after))}

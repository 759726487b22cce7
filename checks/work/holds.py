"""Preservation holds: who sets and releases one, what it must point to, and what it forbids meanwhile.

Put here what a hold asks of steps. Which steps change a system is ``registry/domain/effects.py``.

The rules:
 * Setting: a role that the policy table ``holds`` names. Model, data, configuration and logs each say where they are preserved, in
   words of their own: a placeholder preserves nothing. A hold that was released before says what is new.
 * Releasing: a role that the table names, a hold in force of this very issue, a reason, and somebody other than who set it.
 * While a hold of the system is in force, a step that promotes, changes an alias or purges is refused, by every hold. A containment
   does so only by going back to another version; a change of communication alone touches no system.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

from checks.work.answers import is_placeholder
from registry.domain.effects import effects_of_step, is_guarded
from registry.domain.preservation import ending_of, hold_id_of, told
from registry.domain.steps import Artifact, Containment, ContainmentPattern
from registry.domain.steps_change import ChangeLink, Implementation, PreservationHold
from registry.domain.work import Case, Refusal, StepKind
from registry.domain.work_run import HoldInForce, StepKnowledge, StepPlan

_POINTERS = ("model", "data_window", "configuration", "logs")
# What can be followed names a place, a version, a date or a digest: it has a digit, or a sign that paths and addresses have.
_FOLLOWED = re.compile(r"[0-9/:#@]")


def find_set_refusals(case: Case, plan: StepPlan, known: StepKnowledge) -> tuple[Refusal, ...]:
    """Return what is missing before the plan's hold preserves anything."""
    document: PreservationHold = plan.submission.document
    return (
        *_find_role(plan),
        *_find_reason(plan),
        *_find_pointers(document, plan.policies.limits.placeholders),
        *_find_again(case, document, known),
    )


def find_release_refusals(case: Case, plan: StepPlan, known: StepKnowledge) -> tuple[Refusal, ...]:
    """Return what is missing before the plan's release ends a hold."""
    return (*_find_role(plan), *_find_reason(plan), *_find_hold(case, plan, known))


def find_held(case: Case, plan: StepPlan, known: StepKnowledge) -> tuple[Refusal, ...]:
    """Return one refusal for each hold in force, where the plan's step would change what is held."""
    if not is_guarded(effects_of_step(plan.submission.kind)) or not _touches(plan.submission.document, case):
        return ()
    return tuple(_held(plan.submission.kind, hold) for hold in known.holds)


def names_of(plan: StepPlan, known: StepKnowledge, document_digest: str) -> dict[str, Any]:
    """Return what the event of a hold says beside its document: its id, and at its end who had set it."""
    if plan.submission.kind is StepKind.HOLD:
        return {"hold": hold_id_of(document_digest), "set_by": plan.submission.by}
    if plan.submission.kind is StepKind.RELEASE_HOLD:
        hold = _hold(plan.submission.document.hold, known)
        return {"hold": hold.hold_id, "set_by": hold.by, "released_by": plan.submission.by} if hold else {}
    return {}


def _held(kind: StepKind, hold: HoldInForce) -> Refusal:
    reason = f"{kind}: expected {hold.system_id} to be free to change, found {told(hold)}"
    return Refusal("preservation_hold", reason, f"it ends with `{ending_of(hold)}`, by somebody other than {hold.by}")


def _touches(document: Any, case: Case) -> bool:
    if isinstance(document, Containment):
        return document.pattern is ContainmentPattern.REVERT_ARTIFACT
    if isinstance(document, ChangeLink):
        return document.artifact is not Artifact.COMMUNICATION
    if isinstance(document, Implementation) and (links := case.links()):
        return any(link.document.artifact is not Artifact.COMMUNICATION for link in links.values())
    return True


def _find_role(plan: StepPlan) -> Iterator[Refusal]:
    submission, policies = plan.submission, plan.policies
    allowed = policies.hold_setters if submission.kind is StepKind.HOLD else policies.hold_releasers
    if submission.role not in allowed:
        listed = ", ".join(allowed) or "nobody"
        reason = f"{submission.kind}: expected one of {listed}, as the policy table holds says, found {submission.role}"
        yield Refusal("wrong_hold_role", reason, "ask one of them to take the step")


def _find_reason(plan: StepPlan) -> Iterator[Refusal]:
    reason = plan.submission.document.reason
    if is_placeholder(reason, plan.policies.limits.placeholders):
        yield Refusal("no_reason", f"reason: expected why, found {reason!r}", "name the investigation, authority or claim")


def _find_pointers(document: PreservationHold, placeholders: Collection[str]) -> Iterator[Refusal]:
    found = {name: getattr(document, name) for name in _POINTERS}
    for name, text in found.items():
        if is_placeholder(text, placeholders) or not _FOLLOWED.search(text):
            reason = f"{name}: expected where it is preserved, with a version, date, path or address, found {text!r}"
            yield Refusal("no_pointer", reason, f"preserve it first, then say where: {name} cannot be brought back later")
    written = [name for name in _POINTERS if found[name]]
    same = [name for name in written if sum(found[name].casefold() == found[other].casefold() for other in written) > 1]
    if same:
        reason = f"{', '.join(same)}: expected a pointer of its own for each, found the same text"
        yield Refusal("repeated_pointer", reason, "say for each where exactly it is")


def _find_again(case: Case, document: PreservationHold, known: StepKnowledge) -> Iterator[Refusal]:
    for step in case.steps:
        if step.kind is StepKind.HOLD and step.document == document and _hold(hold_id_of(step.document_digest), known) is None:
            released = hold_id_of(step.document_digest)
            yield Refusal(
                "released_before", f"expected a hold of its own, found {released}, which was released", "say in the reason what is new"
            )
            return


def _find_hold(case: Case, plan: StepPlan, known: StepKnowledge) -> Iterator[Refusal]:
    document, issue_id = plan.submission.document, case.issue.issue_id
    hold = _hold(document.hold, known)
    if hold is None:
        listed = ", ".join(each.hold_id for each in known.holds) or "none is"
        reason = f"hold: expected one in force on {case.issue.system_id} ({listed}), found {document.hold!r}"
        yield Refusal("no_such_hold", reason, f"see `proofloop issue show {issue_id}`")
    elif hold.issue_id != issue_id:
        reason = f"hold: expected one of {issue_id}, found {hold.hold_id}, which belongs to {hold.issue_id}"
        yield Refusal("hold_of_another_issue", reason, f"release it with `{ending_of(hold)}`")
    elif hold.by == plan.submission.by:
        reason = f"expected somebody other than {hold.by}, who set the hold, to release it, found the same person"
        yield Refusal("own_hold", reason, "ask somebody else who may release holds")


def _hold(hold_id: str, known: StepKnowledge) -> HoldInForce | None:
    return next((hold for hold in known.holds if hold.hold_id == hold_id), None)

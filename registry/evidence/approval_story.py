"""The story of one issue in an archive, and what it says about an approval: who else did what, and what was approved before.

Put a rule here when it looks at one approval against what was recorded of its issue. The walk itself is ``approval_walk.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.domain.approving import person_key, severity_meant
from registry.domain.hands import HANDS, hands_of
from registry.domain.retention import ApprovalKind
from registry.domain.times import parse_instant
from registry.domain.work import StepKind
from registry.evidence.approval_package import RecordedApproval
from registry.evidence.report import Problem

_LATER = HANDS - {StepKind.PLAN}


@dataclass(slots=True)
class Step:
    """One step of the present occurrence of an issue. People are told by the keys of their names.

    ``owners`` are those of the actions that a plan names, ``checker`` is whom a recovery names.
    """

    seq: int
    kind: str
    actor: str
    digest: str
    owners: frozenset[str] = frozenset()
    checker: str = ""


@dataclass(slots=True)
class Story:
    """What was seen of one issue so far. Steps are those of its present occurrence."""

    steps: list[Step] = field(default_factory=list)
    approvals: list[RecordedApproval] = field(default_factory=list)

    def newest(self, kind: str) -> Step | None:
        return next((step for step in reversed(self.steps) if step.kind == kind), None)

    def of(self, step: Step) -> list[RecordedApproval]:
        """Return the approvals of what a step recorded."""
        return [found for found in self.approvals if found.seq > step.seq and found.data.get("document_digest") == step.digest]


def step_of(seq: int, envelope: Mapping[str, Any]) -> Step:
    """Return the step that an event recorded."""
    data = envelope["data"]
    document = data.get("document", {})
    actions = document.get("actions", ()) if data["step"] == StepKind.PLAN else ()
    owners = frozenset(person_key(str(action.get("owner"))) for action in actions)
    checker = person_key(str(document.get("checker", ""))) if data["step"] == StepKind.RECOVERY else ""
    return Step(seq, data["step"], envelope["actor"], data.get("document_digest", ""), owners, checker)


def find_superseded(story: Story, approval: RecordedApproval) -> Iterator[Problem]:
    """Yield that something newer than what was approved had been recorded before."""
    newest, digest = story.newest(str(approval.data.get("action"))), approval.data.get("document_digest")
    if newest is None or newest.digest != digest:
        found = f"{newest.digest} of event {newest.seq}" if newest else "none"
        yield Problem(approval.place, f"{digest} as the newest {approval.data.get('action')} of the issue recorded before it", found)
    elif newest.kind == StepKind.PLAN and (cause := story.newest(StepKind.ROOT_CAUSE)) and cause.seq > newest.seq:
        yield Problem(approval.place, f"a plan that follows the root cause of event {cause.seq}", f"that of event {newest.seq}")


def find_own_work(story: Story, approval: RecordedApproval) -> Iterator[Problem]:
    """Yield that whoever approved had a hand in it, as ``hands.py`` tells."""
    name, newest = person_key(str(approval.data.get("name"))), story.newest(str(approval.data.get("action")))
    hands = hands_of(str(approval.data.get("action")))
    made = (step for step in story.steps if step.kind in hands or step is newest)
    for step in (step for step in made if person_key(step.actor) == name):
        found = f"{step.actor}, who took the step {step.kind} (event {step.seq})"
        yield Problem(approval.place, "an approver who made nothing of what is approved", found)
    if approval.data.get("action") != StepKind.CLOSE:
        return
    plan, recovery = story.newest(StepKind.PLAN), story.newest(StepKind.RECOVERY)
    if plan and name in plan.owners:
        found = f"{approval.data.get('name')}, who owns an action of the plan (event {plan.seq})"
        yield Problem(approval.place, "an approver who made nothing of what is approved", found)
    if recovery and recovery.checker and name == recovery.checker:
        found = f"{approval.data.get('name')}, who checked what was done for the customers (event {recovery.seq})"
        yield Problem(approval.place, "an approver who made and checked nothing of what is approved", found)


def find_own_approvals(story: Story, step: Step, issue: str) -> Iterator[Problem]:
    """Yield that whoever carries the present plan out approved it."""
    plan = story.newest(StepKind.PLAN)
    if plan is None or step.kind not in _LATER:
        return
    for approval in story.of(plan):
        if person_key(str(approval.data.get("name"))) == person_key(step.actor):
            found = f"{step.actor}, who took the step {step.kind} of issue {issue} later (event {step.seq})"
            yield Problem(approval.place, "an approver who does not carry out what was approved", found)


def find_given_twice(story: Story, approval: RecordedApproval) -> Iterator[Problem]:
    """Yield that somebody, or a key, approved it before."""
    step = story.newest(str(approval.data.get("action")))
    for before in story.of(step) if step else ():
        if approval.at >= parse_instant(before.data["expires_at"]) or _was_less(before, approval):
            continue
        if person_key(str(before.data.get("name"))) == person_key(str(approval.data.get("name"))):
            yield Problem(approval.place, "somebody who had not approved it yet", f"an approval by the same person, event {before.seq}")
        elif before.data.get("fingerprint") and before.data.get("fingerprint") == approval.data.get("fingerprint"):
            yield Problem(approval.place, "a key that had not approved it yet", f"an approval by the same key, event {before.seq}")


def _was_less(before: RecordedApproval, approval: RecordedApproval) -> bool:
    """Whether an approval counted for less than a later one: typed, and then signed, or given at a lower severity."""
    then, now = (severity_meant(str(found.data.get("meaning"))) for found in (before, approval))
    signed = (before.data.get("kind"), approval.data.get("kind")) == (ApprovalKind.ASSERTED, ApprovalKind.SIGNED)
    return (signed or bool(then and now and then.rank < now.rank)) and before.data.get("role") == approval.data.get("role")

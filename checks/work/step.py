"""One step of a person: may it be taken now, by them, and what does it record?

Put here what holds for every kind of step; what one kind requires beside is a module of its own, listed in ``_REQUIREMENTS``.

The rules, all of them told at once:
 * Somebody named takes it, in a role that the catalogue or ``allowed_signers`` gives them for the issue's system.
 * The issue is in a state in which the step is taken; a move that it makes is one of the legal moves of that role.
 * Instants have passed: nothing is in force, deployed or known in the future.
 * Free text holds no structured personal data: what is recorded is sealed for years.
 * Then what its kind requires.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from checks.redaction import redact
from checks.work import containment
from registry.domain.canonical import digest_of, plain
from registry.domain.issue import LEGAL_MOVES, IssueState
from registry.domain.steps_change import Reopening
from registry.domain.work import STEPS, Case, Refusal, StepDecision, StepKind
from registry.domain.work_run import StepKnowledge, StepPlan

Requirement = Callable[[Case, StepPlan, StepKnowledge], tuple[Refusal, ...]]

_REQUIREMENTS: Mapping[StepKind, Requirement] = {
    StepKind.CONTAIN: containment.find_refusals,
}
# Names of people are often mail addresses, and are meant to be there.
_PEOPLE = frozenset({"owner", "approver"})


def judge_step(case: Case, plan: StepPlan, known: StepKnowledge) -> StepDecision:
    """Return whether the plan's step may be taken on ``case``, and the body of its event if so."""
    submission = plan.submission
    digest = digest_of({"issue": submission.issue_id, "step": submission.kind, "document": plain(submission.document)})
    move = _move(case, plan)
    refusals = (*_find_actor(case, plan), *_find_state(case, plan, move), *_find_future(plan), *_find_personal_data(plan))
    required = _REQUIREMENTS.get(submission.kind)
    refusals += required(case, plan, known) if required else ()
    if refusals:
        return StepDecision(submission, refusals, {}, digest)
    body = {"step": submission.kind, "role": submission.role, "document": plain(submission.document), "document_digest": digest}
    return StepDecision(submission, (), body | _moved(case, move) | _told(case, plan), digest)


def _move(case: Case, plan: StepPlan) -> IssueState | None:
    """Return the state the step leads to; None where the issue stays where it is."""
    document = plan.submission.document
    if isinstance(document, Reopening):
        return IssueState(document.to.value)
    return STEPS[plan.submission.kind].moves.get(case.issue.state)


def _moved(case: Case, to: IssueState | None) -> dict[str, Any]:
    return {"from": case.issue.state, "to": to} if to else {}


def _find_actor(case: Case, plan: StepPlan) -> Iterator[Refusal]:
    submission, system = plan.submission, plan.system(case.issue.system_id)
    owners = {system.owners[submission.role]} if system and submission.role in system.owners else set()
    allowed = owners | set(plan.deputies.get(submission.role, ()))
    if not submission.by.strip():
        yield Refusal("no_actor", "expected the name of the person who takes the step, found none", "say who you are")
    elif submission.by not in allowed:
        known = ", ".join(sorted(allowed)) or "nobody"
        yield Refusal(
            "wrong_actor",
            f"expected {known} to act as {submission.role} for {case.issue.system_id}, found {submission.by!r}",
            "act in a role you hold, or name the person in the catalogue's owners or in allowed_signers",
        )


def _find_state(case: Case, plan: StepPlan, to: IssueState | None) -> Iterator[Refusal]:
    kind, state = plan.submission.kind, case.issue.state
    if state not in STEPS[kind].states:
        taken = ", ".join(each for each in IssueState if each in STEPS[kind].states)
        yield Refusal("wrong_state", f"{kind}: expected the issue in {taken}, found it in {state}", _way_to(STEPS[kind].states, state))
    elif to is not None:
        roles = sorted(
            move.role.value for move in LEGAL_MOVES if (move.from_state, move.to_state) == (state, to) and move.role != "machine"
        )
        if plan.submission.role.value not in roles:
            listed = ", ".join(roles) or "no person"
            reason = f"expected {listed} to move an issue from {state} to {to}, found {plan.submission.role}"
            yield Refusal("wrong_role", reason, "ask one of them to take the step")


def _way_to(states: frozenset[IssueState], now: IssueState) -> str:
    """Return the step that leads from here towards one of ``states``."""
    leads = {StepKind.PLAN: IssueState.RCA_IN_PROGRESS}
    nearer = [kind for kind, rule in STEPS.items() if rule.moves.get(now)] + [kind for kind, state in leads.items() if state is now]
    if not nearer or now in states:
        return "see `proofloop issue show` for what comes next"
    return f"take the step `{nearer[0]}` first"


def _find_future(plan: StepPlan) -> Iterator[Refusal]:
    for name, value in _instants(plan.submission.document):
        if value.tzinfo is None:
            yield Refusal(
                "naive_instant", f"{name}: expected an instant with its offset, found {value.isoformat()}", "write the offset too"
            )
        elif value > plan.as_of:
            yield Refusal("in_the_future", f"{name}: expected an instant that has passed, found {value.isoformat()}", "wait for it")


def _instants(document: Any) -> Iterator[tuple[str, datetime]]:
    for field in fields(document):
        value = getattr(document, field.name)
        if isinstance(value, datetime):
            yield field.name, value


def _find_personal_data(plan: StepPlan) -> Iterator[Refusal]:
    for name, text in _texts("", plan.submission.document):
        _, counts = redact(text, plan.policies.redacted_kinds)
        if counts:
            kinds = ", ".join(sorted(counts))
            yield Refusal("personal_data", f"{name}: expected no personal data, found {kinds}", "take it out: what is recorded is sealed")


def _texts(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            if field.name not in _PEOPLE:
                yield from _texts(f"{name}.{field.name}" if name else field.name, getattr(value, field.name))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _texts(f"{name}[{index}]", item)
    elif isinstance(value, str):
        yield name, value


def _told(case: Case, plan: StepPlan) -> dict[str, Any]:
    """Return what the event says beside its document, for those who fold or list events."""
    document = plan.submission.document
    told: dict[str, Any] = {}
    reason = getattr(document, "reason", "") or getattr(document, "measure", "") or getattr(document, "next_step", "")
    if reason:
        told["reason"] = reason
    if plan.submission.kind is StepKind.CLASSIFY:
        told["severity"] = document.severity
    if plan.submission.kind is StepKind.IMPLEMENT:
        told["effective_at"] = document.deployed_at
        told["versions"] = {link.document.artifact: link.document.version for link in case.links().values()}
    return told

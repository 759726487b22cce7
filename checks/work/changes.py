"""Changes: does the link name what will serve so exactly that its decisions can be told from all others?

Put here what a link must say about the action, the artifact and the request; the checklist is ``checklist.py``, whether the changes are in
force ``implementation.py``.

The rules:
 * The plan is approved as the highest severity of the occurrence asks, and the action is one of it.
 * Name and change request are there, and the change was approved by somebody who neither links nor makes it.
 * A version that MLflow registers is one of its numbers, and MLflow has it. What is not known is refused, never passed.
 * Any other version is exact by its form: a version text or a whole digest. The short digest of a dataset covers a part of its rows.
 * A model or prompt is one that the catalogue follows or records for the system: else nothing tells its decisions apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.work.answers import Asked, find_unsaid
from checks.work.checklist import find_unanswered
from checks.work.coverage import find_unapproved
from checks.work.nearest import nearest
from registry.domain.approving import person_key
from registry.domain.catalogue import SystemEntry
from registry.domain.exactness import find_inexact
from registry.domain.steps import Artifact
from registry.domain.steps_change import ChangeLink
from registry.domain.tracking import REGISTERED, TrackedVersion, followed_names, track
from registry.domain.work import Case, Refusal, StepKind
from registry.domain.work_run import StepKnowledge, StepPlan

_DATA = frozenset({Artifact.DATASET, Artifact.EVAL_SET})
_SHORT_DIGEST = re.compile(r"(?=.*[a-f])[0-9a-f]{8}")
_NAME = Asked("name", "write what it is called where it is kept", "card_fraud_filter")
_REQUEST = Asked("change_request", "name the change request, pull request or ticket", "CHG-2050")
_APPROVER = Asked("approver", "name who approved the change request")


def find_refusals(case: Case, plan: StepPlan, known: StepKnowledge) -> tuple[Refusal, ...]:
    """Return what is missing before the plan's change is linked."""
    link: ChangeLink = plan.submission.document
    system, rules = plan.system(case.issue.system_id), plan.policies
    return (
        *find_unapproved(case, rules, plan.as_of),
        *_find_action(case, link),
        *(found for asked, text in _texts(link) for found in find_unsaid(asked, text, 1, rules.limits.placeholders)),
        *_find_approver(case, link, plan.submission.by),
        *(_find_version(system, link, known) if system else _no_system(case)),
        *find_unanswered(link, rules.controls, rules.limits),
    )


def _texts(link: ChangeLink) -> tuple[tuple[Asked, str], ...]:
    return ((_NAME, link.name), (_REQUEST, link.change_request), (_APPROVER, link.approver))


def _no_system(case: Case) -> Iterator[Refusal]:
    reason = f"expected {case.issue.system_id} in the catalogue, found no such system"
    yield Refusal("no_system", reason, "bring its file back to systems/: without it nothing says which versions serve")


def _find_action(case: Case, link: ChangeLink) -> Iterator[Refusal]:
    plan = case.latest(StepKind.PLAN)
    if plan is None:
        yield Refusal("no_plan", "action: expected one of an approved plan, found no plan", "take the step `plan` and have it approved")
        return
    names = [planned.action for planned in plan.document.actions]
    if link.action not in names:
        reason = f"action: expected one of the plan's {', '.join(names)}, found {link.action!r}"
        yield Refusal("unknown_action", reason, f"write {nearest(link.action, names)!r}, or have a plan approved that names this one")


def _find_approver(case: Case, link: ChangeLink, by: str) -> Iterator[Refusal]:
    plan, approver = case.latest(StepKind.PLAN), person_key(link.approver)
    owners = {person_key(planned.owner) for planned in plan.document.actions if planned.action == link.action} if plan else set()
    if approver and approver == person_key(by):
        yield _APPROVER.refuse("own_change", f"somebody other than {by}, who links the change", "the same person")
    elif approver and approver in owners:
        yield _APPROVER.refuse("own_change", f"somebody other than the owner of {link.action}, who makes the change", link.approver)


def _find_version(system: SystemEntry, link: ChangeLink, known: StepKnowledge) -> Iterator[Refusal]:
    tracked = track(system, link.artifact, link.name)
    if tracked is None and link.artifact in REGISTERED:
        yield _untracked(system, link)
    elif tracked and tracked.registered_as:
        yield from _find_unregistered(tracked, link, known)
        return
    if inexact := find_inexact(link.version, {spec.alias for spec in system.versions if spec.alias}):
        expected = "version: expected the exact version or digest that will serve"
        yield Refusal("not_exact", f"{expected}, found {inexact}", "write the version, or sha256: with its 64 digits")
    elif link.artifact in _DATA and _SHORT_DIGEST.fullmatch(link.version):
        reason = f"version: expected what stands for all rows, found {link.version!r}, which looks like the short digest of its first rows"
        yield Refusal("not_exact", reason, "write a version, or sha256: with the 64 digits over the whole data")


def _untracked(system: SystemEntry, link: ChangeLink) -> Refusal:
    names = followed_names(system, link.artifact)
    expected = f"one that {system.system_id} follows in MLflow ({', '.join(names)})" if names else "one that the catalogue knows"
    remedy = f"add it to `versions` in systems/{system.system_id}.yaml: followed in MLflow, or `recorded: true` where it is kept elsewhere"
    if names:
        remedy = f"write {nearest(link.name, names)!r}, or {remedy}"
    return Refusal("unknown_artifact", f"name: expected a {link.artifact}, {expected}, found {link.name!r}", remedy)


def _find_unregistered(tracked: TrackedVersion, link: ChangeLink, known: StepKnowledge) -> Iterator[Refusal]:
    asked = (tracked.registered_as, link.name, link.version)
    answer = next((one for one in known.versions if (one.artifact, one.name, one.version) == asked), None)
    what = f"version: expected a version of {tracked.registered_as} {link.name!r} that MLflow has, by its number"
    if answer is None or answer.exists is None:
        why = answer.reason if answer else "that MLflow was not asked"
        remedy = (
            "set mlflow_uri in proofloop.yaml, or write `recorded: true` for it in the system's `versions` where MLflow does not have it"
        )
        yield Refusal("version_unknown", f"{what}, found {why}", remedy)
    elif not answer.exists:
        reason = f"{what}, found {link.version!r}: {answer.reason}"
        yield Refusal("no_such_version", reason, "register the version first, or correct its number")

"""Implementation: is everything that was planned in force, since when, and can it be taken back?

Put here what a release must say, and which versions it brings; what a link must say is ``changes.py``.

The rules:
 * The plan is approved as the highest severity of the occurrence asks, and each of its actions has a linked change.
 * It was deployed after its plan was approved: what served before was not what people agreed to.
 * It serves a share of the traffic from 1 to 100 percent.
 * The way back is there, in words.
 * One artifact serves in one version, whatever the links say of it.

The versions of a fix are kept by the catalogue's kinds, so that the triage tells decisions after it from those before. What no kind
tracks is kept by artifact and name: its decisions are told by the instant alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.work.answers import Asked, find_unsaid
from checks.work.coverage import find_unapproved
from registry.domain.issue import IssueState
from registry.domain.steps_change import ChangeLink, Implementation
from registry.domain.tracking import serving_key
from registry.domain.work import Case, Refusal, StepKind
from registry.domain.work_run import StepKnowledge, StepPlan

_ROLLBACK = Asked("rollback", "write the version to return to, and the command or runbook", "serve 2.3.0 again: runbook RB-12, step 4")


def find_refusals(case: Case, plan: StepPlan, _known: StepKnowledge) -> tuple[Refusal, ...]:
    """Return what is missing before the plan's release counts."""
    document: Implementation = plan.submission.document
    return (
        *find_unapproved(case, plan.policies, plan.as_of),
        *_find_unlinked(case),
        *_find_early(case, document),
        *_find_share(document),
        *find_unsaid(_ROLLBACK, document.rollback, plan.policies.limits.min_why_words, plan.policies.limits.placeholders),
        *_find_clashes(case, plan),
    )


def fix_versions(case: Case, plan: StepPlan) -> dict[str, str]:
    """Return the versions that the linked changes bring, by what they are kept under."""
    return {key: versions[0][1] for key, versions in _versions(case, plan).items()}


def kept_as(case: Case, plan: StepPlan, link: ChangeLink) -> str:
    """Return what a linked version is kept under; empty for what decides nothing, or of a system that left the catalogue."""
    system = plan.system(case.issue.system_id)
    return serving_key(system, link.artifact, link.name) if system else ""


def _find_unlinked(case: Case) -> Iterator[Refusal]:
    plan = case.latest(StepKind.PLAN)
    if plan is None:
        yield Refusal("no_plan", "expected an approved plan, found none", "take the step `plan` and have it approved")
        return
    links = case.links()
    for planned in plan.document.actions:
        if planned.action not in links:
            reason = f"expected a change linked to each action of the plan, found none for the {planned.kind} action {planned.action}"
            remedy = f"take the step `link-change` for {planned.action}, which {planned.owner} does"
            yield Refusal("unlinked_action", reason, remedy)


def _find_early(case: Case, document: Implementation) -> Iterator[Refusal]:
    approved_at = case.issue.state_since if case.issue.state is IssueState.ACTION_APPROVED else None
    at = document.deployed_at
    if approved_at and at.tzinfo and at < approved_at:
        reason = f"deployed_at: expected an instant after the plan was approved, {approved_at.isoformat()}, found {at.isoformat()}"
        yield Refusal("before_approval", reason, "write since when the approved changes serve; what served before belongs to `contain`")


def _find_share(document: Implementation) -> Iterator[Refusal]:
    if not 1 <= document.share_percent <= 100:
        reason = f"share_percent: expected 1 to 100, found {document.share_percent}"
        yield Refusal("no_share", reason, "write the share of the traffic that the new versions serve")


def _find_clashes(case: Case, plan: StepPlan) -> Iterator[Refusal]:
    for key, versions in _versions(case, plan).items():
        if len(versions) > 1:
            found = " and ".join(f"{name} {version}" for name, version in versions)
            reason = f"expected the linked changes to bring one version of {key}, found {found}"
            remedy = "link the actions to the version that serves"
            if len({name for name, _ in versions}) > 1:
                remedy = f"give each a kind of its own, called by its name, in `versions` of systems/{case.issue.system_id}.yaml"
            yield Refusal("two_versions", reason, remedy)


def _versions(case: Case, plan: StepPlan) -> dict[str, list[tuple[str, str]]]:
    """Return the names and versions linked under each key, each once, in the order of the links."""
    found = dict[str, list[tuple[str, str]]]()
    for step in case.links().values():
        link = step.document
        key = kept_as(case, plan, link)
        if key and (link.name, link.version) not in found.setdefault(key, []):
            found[key].append((link.name, link.version))
    return found

"""A removal under retention from end to end: decided, approved, sealed, and only then carried out.

Put the order of a removal here; what is due is ``checks/retention.py``, each step's effect ``tasks/retention.py``. No schedule runs this: a
person does, and dry unless told otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from checks.retention import judge_retention, keeps
from flows.clock import now
from registry.domain.anchoring import SealPlan
from registry.domain.canonical import record_json
from registry.domain.decision import Finding
from registry.domain.preservation import is_preservation
from registry.domain.retention import Approval, LegalHold, RecordKind, RetentionFacts, RetentionItem, RetentionPolicy, RetentionStatus
from registry.errors import ConfigurationError
from registry.evidence.files import Checkpoint, no_checkpoint
from registry.evidence.removal import Removed, removal_request
from registry.evidence.verify import verify_archive
from registry.sealing import known_signers
from tasks.evidence import publish_pending
from tasks.retention import (
    find_unsealed_removals,
    finish_promised_removals,
    promise_removal,
    read_retention_facts,
    read_retention_policy,
)
from tasks.workspace import workspace_of


@dataclass(frozen=True, slots=True)
class PlannedRemoval:
    """What would go, the rules it is due under, and the bytes that an approval is over.

    ``held_back`` is what would go too, were it not for the preservation holds ``holding``.
    """

    items: tuple[RetentionItem, ...]
    policy: RetentionPolicy
    request: dict[str, Any]
    held_back: tuple[RetentionItem, ...] = ()
    holding: tuple[LegalHold, ...] = ()

    @property
    def request_bytes(self) -> bytes:
        return record_json(self.request)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run took away, and what is still promised, waiting or refused."""

    removed: Removed
    pending: tuple[Finding, ...]
    bundle_digest: str = ""


def judge(plan: SealPlan, on: date) -> tuple[RetentionFacts, RetentionPolicy, tuple[RetentionItem, ...]]:
    """Return every sealed file with what becomes of it on ``on``, and what that rests on."""
    facts, policy = read_retention_facts(plan, now), read_retention_policy(plan)
    return facts, policy, judge_retention(facts, policy, on)


def plan_removal(
    plan: SealPlan, on: date, reason: str, kinds: Collection[RecordKind] = (), packages: Collection[int] = ()
) -> PlannedRemoval:
    """Return what is due on ``on``, of these kinds and packages where any are named.

    Raises:
        ConfigurationError: that day has not come: what is due then is not due yet.
    """
    require_day_has_come(plan, on)
    facts, policy, items = judge(plan, on)
    chosen = tuple(item for item in _due(items) if (not kinds or item.kind in kinds) and (not packages or item.package in packages))
    return PlannedRemoval(chosen, policy, removal_request(chosen, policy, facts.holds, on, reason), *_held_back(facts, policy, on, items))


def _due(items: Iterable[RetentionItem]) -> list[RetentionItem]:
    return [item for item in items if item.status is RetentionStatus.DUE]


def _held_back(
    facts: RetentionFacts, policy: RetentionPolicy, on: date, items: tuple[RetentionItem, ...]
) -> tuple[tuple[RetentionItem, ...], tuple[LegalHold, ...]]:
    """Return what preservation holds alone keep from being due, and those holds."""
    holding = tuple(hold for hold in facts.holds if is_preservation(hold.hold_id))
    if not holding:
        return (), ()
    legal = tuple(hold for hold in facts.holds if hold not in holding)
    due = {item.path for item in _due(items)}
    kept = tuple(item for item in _due(judge_retention(replace(facts, holds=legal), policy, on)) if item.path not in due)
    return kept, holding if kept else ()


def require_day_has_come(plan: SealPlan, on: date) -> None:
    """Refuse to remove what is due on a later day than today.

    Raises:
        ConfigurationError: it is one.
    """
    if on > plan.business_date:
        raise ConfigurationError([f"request: expected a day up to today, {plan.business_date}, found {on}; wait for it, or ask again"])


def require_role(planned: PlannedRemoval, role: str) -> None:
    """Refuse a role that the policy does not let approve every kind that would go.

    Raises:
        ConfigurationError: one problem for each kind.
    """
    kinds = {item.kind for item in planned.items}
    refused = [rule for rule in planned.policy.rules if rule.kind in kinds and role not in rule.approvers]
    if refused:
        raise ConfigurationError(
            [f"role {role!r}: expected one of {', '.join(rule.approvers)} to approve that {rule.kind.value} goes" for rule in refused]
        )


def require_sound_archive(plan: SealPlan) -> None:
    """Refuse to take anything out of an archive that does not verify: what is wrong with it could be what goes, or what says so.

    Only what an interrupted run left to be finished is no reason: finishing it is what comes next.

    Raises:
        ConfigurationError: the archive fails, is a part of one, or cannot be told.
    """
    workspace = workspace_of(plan)
    report = verify_archive(workspace.archive_dir, signers=known_signers(workspace))
    wrong = [str(problem) for problem in report.problems if not problem.is_unfinished]
    if report.is_partial:
        wrong.append(report.scope)
    if wrong:
        raise ConfigurationError([f"archive: expected one that verifies, found {wrong[0]}; nothing more was removed"])


def carry_out(
    plan: SealPlan, planned: PlannedRemoval, approval: Approval, signature: bytes, checkpoint: Checkpoint = no_checkpoint
) -> Outcome:
    """Seal the certificate of ``planned`` and remove its files. Killed anywhere, ``finish`` ends it."""
    bundle_digest = promise_removal(plan, planned.request, approval, signature, now, checkpoint)
    outcome = finish(plan, checkpoint)
    return Outcome(outcome.removed, outcome.pending, bundle_digest)


def finish(plan: SealPlan, checkpoint: Checkpoint = no_checkpoint) -> Outcome:
    """Seal what is promised, and remove what sealed certificates list.

    Raises:
        ConfigurationError: the archive does not verify; nothing more was removed.
    """
    pending = publish_pending(plan, now)
    checkpoint("removal_sealed")
    require_sound_archive(plan)
    removed = finish_promised_removals(plan, _held_paths(plan), now, checkpoint)
    return Outcome(removed, (*pending, *find_unsealed_removals(plan, now)))


def together(first: Outcome, second: Outcome) -> Outcome:
    """Return what two steps of one run did."""
    paths = (*first.removed.paths, *second.removed.paths)
    return Outcome(Removed(paths, second.removed.waiting), second.pending, second.bundle_digest or first.bundle_digest)


def _held_paths(plan: SealPlan) -> Callable[[str], bool]:
    """Return what tells whether a hold that was perhaps set after the approval, or an issue that is open again, keeps a path."""
    facts = read_retention_facts(plan, now)
    held = {f"{found.number:06d}" for found in facts.packages if keeps(facts, found)}
    return lambda path: path.partition("/")[0] in held

"""Recording a version by hand: may this person say it, and does it fit what was said before?

Put here what a record of a version requires. What claims add up to is ``registry/domain/versions.py``.

The rules, all of them told at once:
 * Somebody named records it, in a role that they hold for the system (``work/actor.py``).
 * Instants have passed, and no text holds personal data (``work/contents.py``).
 * The artifact is one that the system's catalogue file declares; version and reason are not empty.
 * No preservation hold of the system was set before the version served, and none stands over what the record would rewrite: what served
   earlier may be told as long as what is in force since the hold stays the same.
 * The share is 1 to 100 percent. No instant may come to more than 100 percent by it; what an earlier record had left so is not its fault.
A correction is a new record. The same record again, where the first still stands, is no second one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby

from checks.work.actor import find_actor_refusals
from checks.work.contents import find_document_refusals
from registry.domain.canonical import digest_of, plain
from registry.domain.events import Event, EventKind
from registry.domain.preservation import ending_of
from registry.domain.preservation import told as told_of
from registry.domain.times import format_instant
from registry.domain.version_run import RecordDecision, RecordPlan
from registry.domain.versions import BY_PERSON, WHOLE, Stretch, VersionClaim, stretches
from registry.domain.work import Refusal
from registry.domain.work_run import HoldInForce


def judge_version_record(plan: RecordPlan, claims: Sequence[VersionClaim], holds: Sequence[HoldInForce] = ()) -> RecordDecision:
    """Return whether the plan's version may be recorded beside ``claims``, and its event if so."""
    document, system = plan.document, plan.system
    claim = _claim(plan, 1 + max((one.seq for one in claims), default=0))
    refusals = (
        *find_actor_refusals(plan.by, plan.role, system.system_id, system, plan.deputies),
        *find_document_refusals(document, plan.as_of, plan.redacted_kinds),
        *_find_gaps(plan),
        *_find_held(plan, claims, claim, holds),
    )
    if refusals:
        return RecordDecision(plan, refusals, None)
    if crowded := _find_crowded(claims, claim):
        return RecordDecision(plan, (crowded,), None)
    return RecordDecision(plan, (), _event(plan), _standing(claims, claim))


def _find_gaps(plan: RecordPlan) -> Iterator[Refusal]:
    document, declared = plan.document, [spec.artifact for spec in plan.system.versions]
    if document.artifact not in declared:
        known = ", ".join(declared) or "no artifact"
        remedy = f"name one of them, or declare it in systems/{plan.system.system_id}.yaml: versions: {{index: {{recorded: true}}}}"
        yield Refusal("unknown_artifact", f"artifact: expected {known}, found {document.artifact!r}", remedy)
    if not document.version.strip():
        yield Refusal("no_version", "version: expected the exact version, found nothing", "name it")
    if not document.reason.strip():
        yield Refusal("no_reason", "reason: expected why it is recorded, found nothing", "say it in a sentence")
    if not 1 <= document.share_percent <= WHOLE:
        found = f"share_percent: expected 1 to {WHOLE}, found {document.share_percent}"
        yield Refusal("bad_share", found, f"to end a version's share, record the one that serves alone with {WHOLE}")


def _find_held(plan: RecordPlan, claims: Sequence[VersionClaim], claim: VersionClaim, holds: Sequence[HoldInForce]) -> Iterator[Refusal]:
    if claim.from_at.tzinfo is None:
        return  # refused as such; it cannot be compared
    for hold in holds:
        if hold.system_id != plan.system.system_id:
            continue
        expected = ""
        if claim.from_at >= hold.set_at:
            expected = "a version that served before the system came under hold"
        elif _since(claims, claim, hold.set_at) != _since([*claims, claim], claim, hold.set_at):
            expected = "a record that changes nothing of what is in force since the system came under hold"
        if expected:
            reason = f"from_at: expected {expected}, found {told_of(hold)}"
            remedy = (
                f"it ends with `{ending_of(hold)}`; if the system changed all the same, say so with `proofloop issue note {hold.issue_id}`"
            )
            yield Refusal("preservation_hold", reason, remedy)


def _since(claims: Iterable[VersionClaim], claim: VersionClaim, at: datetime) -> list[tuple[datetime, str, int]]:
    """Return what is in force of the claim's artifact at ``at`` and from then on."""
    ours = (one for one in claims if (one.system_id, one.artifact) == (claim.system_id, claim.artifact))
    lasting = (one for one in stretches(ours) if one.until_at is None or one.until_at > at)
    return [(max(one.from_at, at), one.claim.version, one.share_percent) for one in lasting]


def _find_crowded(claims: Sequence[VersionClaim], claim: VersionClaim) -> Refusal | None:
    """Return the refusal of a share for which there is no room, at its own instant or at a later one."""
    before = {(at, tuple(told)) for at, told, total in _totals(claims, claim) if total > WHOLE}
    for at, told, total in _totals([*claims, claim], claim):
        if total > WHOLE and at >= claim.from_at and (at, tuple(told)) not in before:
            return Refusal(
                "too_much",
                f"share_percent: expected at most {WHOLE} percent in all, found {total} from {format_instant(at)} on: {', '.join(told)}",
                "record smaller shares of the other versions first, from the same instant",
            )
    return None


def _totals(claims: Iterable[VersionClaim], claim: VersionClaim) -> Iterator[tuple[datetime, list[str], int]]:
    ours = [one for one in claims if (one.system_id, one.artifact) == (claim.system_id, claim.artifact)]
    for at, group in groupby(stretches(ours), key=lambda one: one.from_at):
        shares: list[Stretch] = list(group)
        yield at, [f"{one.claim.version} {one.share_percent}" for one in shares], sum(one.share_percent for one in shares)


def _standing(claims: Sequence[VersionClaim], claim: VersionClaim) -> VersionClaim | None:
    """Return the same record made before, where nothing that was recorded since for its artifact took it back."""
    ours = [one for one in claims if (one.system_id, one.artifact, one.from_at) == (claim.system_id, claim.artifact, claim.from_at)]
    same = [one for one in ours if _said(one) == _said(claim)]
    return same[-1] if same and same[-1].seq == max(one.seq for one in ours) else None


def _said(claim: VersionClaim) -> tuple[str, int, str, str, str]:
    return claim.version, claim.share_percent, claim.by, claim.role, claim.reason


def _claim(plan: RecordPlan, seq: int) -> VersionClaim:
    document = plan.document
    return VersionClaim(
        seq,
        plan.system.system_id,
        document.artifact,
        document.version,
        document.from_at,
        BY_PERSON,
        plan.as_of,
        document.share_percent,
        by=plan.by,
        role=plan.role.value,
        reason=document.reason,
    )


def _event(plan: RecordPlan) -> Event:
    document = plain(plan.document)
    return Event(
        kind=EventKind.VERSION_OBSERVED,
        system_id=plan.system.system_id,
        subject=f"{plan.document.artifact} {plan.document.version} {digest_of(document)} {format_instant(plan.as_of)}",
        as_of=plan.as_of,
        business_date=plan.business_date,
        body={**document, "source": BY_PERSON, "role": plan.role},
        actor=plan.by,
    )

"""The daily seal: must the day have a record of its own, what does it state, and is the evidence in order at its end?

Put a rule here when it is about the day as a whole. Ages of seals and anchors are ``checks/anchoring.py``.

The rules for the record:
 * A day is recorded once. It is due when no package was sealed that day, or when anything but receipts of anchors is unsealed at its end:
   a day on which nothing happened is a sealed statement, so that a missing day is visible.
 * Receipts alone ask for no further seal, which would ask for a further receipt.

The rules for the verdict, strictest first:
 * FAIL: the head could not be handed out, is older than the policy allows, or is not what was handed out before.
 * INCONCLUSIVE: a promised package is lost or not sealed, no anchor was ever made, or an age asks for attention.
 * PASS: everything recorded is sealed in time and, where an anchor is configured, known elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping

from checks.anchoring import judge_attempt, judge_exposure
from checks.verdict import find_reasons, grouped, judge_overall
from registry.domain.anchoring import Attempt, DayActivity, DayRecord, Exposure, Head, SealedDay, SealPlan
from registry.domain.decision import Finding, InputDigest, KnowledgeCut, Reason, Verdict
from registry.domain.events import EventKind
from registry.domain.policy import EvidencePolicy

_IN_ORDER = Reason("in_order", "everything recorded is sealed, and what was asked of anchors is done")


def find_record(plan: SealPlan, activity: DayActivity) -> DayRecord | None:
    """Return the record that the day needs, None where it needs none."""
    happened = {kind: count for kind, count in activity.unsealed_kinds.items() if kind != EventKind.HEAD_ANCHORED}
    if activity.is_recorded or (activity.seal_count and not happened):
        return None
    return DayRecord(
        kind="day_record",
        business_date=plan.business_date,
        as_of=plan.as_of,
        zone=plan.zone,
        statement=_statement(activity, happened),
        event_count=sum(activity.unsealed_kinds.values()),
        event_kinds=dict(sorted(activity.unsealed_kinds.items())),
        last_event=activity.last_event,
        seal_before=activity.head.seal if activity.head else 0,
        head_before=activity.head.digest if activity.head else "",
        seal_count=activity.seal_count,
    )


def judge_sealed_day(
    plan: SealPlan,
    record: DayRecord | None,
    pending: tuple[Finding, ...],
    attempt: Attempt,
    exposure: Exposure,
    head: Head | None,
    policy: EvidencePolicy,
) -> SealedDay:
    """Return the decision about the day's evidence."""
    findings = (*pending, *judge_attempt(attempt), *judge_exposure(exposure, policy))
    verdict = judge_overall(findings)
    return SealedDay(
        kind="sealed_day",
        system="*",
        as_of=plan.as_of,
        verdict=verdict,
        reasons=(_IN_ORDER,) if verdict is Verdict.PASS else grouped(find_reasons(findings)),
        findings=findings,
        not_evaluated=(),
        inputs=(InputDigest(f"seals/{head.seal:06d}.seal", head.digest),) if head else (),
        policy_digest=policy.digest,
        knowledge_cut=KnowledgeCut(exposure.recorded, plan.as_of),
        business_date=plan.business_date,
        statement=record.statement if record else "",
        seal=head.seal if head else 0,
        digest=head.digest if head else "",
        attempt=attempt.status,
        exposure=exposure,
    )


def _statement(activity: DayActivity, happened: Mapping[str, int]) -> str:
    since = f"since seal {activity.head.seal:06d}" if activity.head else "since the archive began"
    receipts = activity.unsealed_kinds.get(EventKind.HEAD_ANCHORED, 0)
    also = f" but {receipts} receipt{'s' if receipts != 1 else ''} of anchors" if receipts else ""
    if not happened:
        return f"Nothing was recorded {since}{also}."
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(activity.unsealed_kinds.items()))
    total = sum(activity.unsealed_kinds.values())
    return f"{total} event{'s' if total != 1 else ''} recorded {since}: {kinds}."

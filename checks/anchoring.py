"""Exposure of the evidence: how long events lie unsealed, and how long seals lie where nobody else knows them.

Put a rule here when it judges ages of seals and anchors. Measuring them belongs to ``registry/evidence``.

The rules for sealing, strictest first:
 * Nothing sealed yet is INCONCLUSIVE: there is no evidence to judge.
 * An event that waits for its seal longer than ``warn_after_hours`` is INCONCLUSIVE.

The rules for anchors, strictest first:
 * A seal that is not what was anchored under its number is a FAIL: the archive was rewritten.
 * No command, no seal, or no anchor yet is INCONCLUSIVE; a seal that has waited for its first anchor too long is a FAIL.
 * An anchor, or a seal without one, older than ``breach_after_days`` is a FAIL, older than ``warn_after_days`` INCONCLUSIVE.
 * An attempt that failed is a FAIL whatever the ages are.
"""

from __future__ import annotations

from datetime import timedelta

from registry.domain.anchoring import Attempt, AttemptStatus, Exposure, spoken_age
from registry.domain.decision import Finding, Verdict
from registry.domain.policy import AnchorPolicy, EvidencePolicy, SealingPolicy

SEALING, ANCHOR = "sealing", "anchor"
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


def judge_exposure(exposure: Exposure, policy: EvidencePolicy, *, blocking: bool = True) -> tuple[Finding, Finding]:
    """Return the findings about sealing and about anchors; ``blocking`` where they decide the verdict.

    Having no anchor is for the workspace to decide: it is said every time, and blocks nothing.
    """
    anchor_blocks = blocking and (exposure.has_command or bool(exposure.contradicted))
    return _judge_sealing(exposure, policy.sealing, blocking), _judge_anchor(exposure, policy.anchor, anchor_blocks)


def judge_attempt(attempt: Attempt) -> tuple[Finding, ...]:
    """Return a finding for an attempt that failed; what an attempt leaves undone is told by the exposure."""
    if attempt.status is not AttemptStatus.FAILED:
        return ()
    subject = f"seal {attempt.head.seal:06d}" if attempt.head else "head"
    reason = f"the anchor command failed: {attempt.reason}; what is sealed stays sealed, and the next run tries again"
    return (Finding(ANCHOR, subject, Verdict.FAIL, "anchor_failed", reason),)


def _judge_sealing(exposure: Exposure, policy: SealingPolicy, blocking: bool) -> Finding:
    limit = policy.warn_after_hours
    is_late = exposure.unsealed_age > limit * _HOUR
    if not exposure.seal and not is_late:
        return Finding(SEALING, "ledger", Verdict.INCONCLUSIVE, "no_data", "nothing is sealed yet", blocking, limit=limit, n=0)
    if not is_late:  # events of the last hours are not counted: a run that was killed and repeated says the same
        reason = f"sealed up to event {exposure.sealed:,}; nothing that was recorded later waits longer than {limit:g} h"
        return Finding(SEALING, "ledger", Verdict.PASS, "sealed", reason, blocking, limit=limit, n=exposure.sealed)
    counts = f"{exposure.unsealed_count:,} of {exposure.recorded:,} events recorded and not sealed"
    waiting = f"the oldest for {spoken_age(exposure.unsealed_age)}, more than {limit:g} h"
    reason = f"{counts}, {waiting}; run `proofloop evidence seal-day`"
    age = round(exposure.unsealed_age / _HOUR, 3)
    return Finding(SEALING, "ledger", Verdict.INCONCLUSIVE, "unsealed", reason, blocking, age, limit=limit, n=exposure.sealed)


def _judge_anchor(exposure: Exposure, policy: AnchorPolicy, blocking: bool) -> Finding:
    verdict, code, reason = _anchor_verdict(exposure, policy)
    age = _anchor_age(exposure)
    value = None if age is None else round(age / _DAY, 3)
    return Finding(
        ANCHOR, "archive", verdict, code, reason, blocking, value, None, policy.breach_after_days, None, exposure.unanchored_count
    )


def _anchor_verdict(exposure: Exposure, policy: AnchorPolicy) -> tuple[Verdict, str, str]:
    behind = _behind(exposure)
    if exposure.contradicted:
        seals = ", ".join(f"{seal:06d}" for seal in exposure.contradicted)
        reason = (
            f"expected the seals that were anchored, found others under {seals}: the archive was rewritten; compare it with the anchors"
        )
        return Verdict.FAIL, "anchor_contradicted", reason
    if not exposure.seal:
        return Verdict.INCONCLUSIVE, "no_data", "nothing is sealed yet, so nothing can be anchored"
    if not exposure.has_command:
        reason = f"no anchor_command in proofloop.yaml: {behind}; who can write to the archive could rewrite or shorten it unseen"
        return Verdict.INCONCLUSIVE, "not_configured", reason
    return _judge_age(exposure, policy, f"{_newest(exposure)}; {behind}")


def _judge_age(exposure: Exposure, policy: AnchorPolicy, told: str) -> tuple[Verdict, str, str]:
    age = _anchor_age(exposure) or timedelta(0)
    if age > policy.breach_after_days * _DAY:
        return Verdict.FAIL, "anchor_stale", f"{told}: older than {policy.breach_after_days:g} days; run `proofloop evidence anchor`"
    if age > policy.warn_after_days * _DAY:
        return Verdict.INCONCLUSIVE, "anchor_stale", f"{told}: older than {policy.warn_after_days:g} days; run `proofloop evidence anchor`"
    if exposure.anchored_at is None:
        return Verdict.INCONCLUSIVE, "never_anchored", f"{told}; run `proofloop evidence anchor`"
    return Verdict.PASS, "anchored", told


def _anchor_age(exposure: Exposure) -> timedelta | None:
    """The age that counts: of the newest anchor, or of the oldest seal that should have had one."""
    if not exposure.has_command or not exposure.seal:
        return None
    return exposure.anchor_age if exposure.anchor_age is not None else exposure.unanchored_age


def _newest(exposure: Exposure) -> str:
    if exposure.anchor_age is None:
        return f"no anchor yet, and the oldest seal is {spoken_age(exposure.unanchored_age)} old"
    return f"newest anchor: seal {exposure.anchored_seal:06d}, {spoken_age(exposure.anchor_age)} old"


def _behind(exposure: Exposure) -> str:
    if exposure.seal and exposure.anchored_seal == exposure.seal:
        return "every sealed event is anchored"
    seals = f"{exposure.unanchored_seal_count:,} of {exposure.seal:,} seals"
    return f"{exposure.unanchored_count:,} of {exposure.sealed:,} sealed events are in {seals} that nobody else knows"

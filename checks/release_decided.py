"""Is the decision that people signed still the answer to what is asked now?

Put rules here about what became of a release's decision since: in the archive, and by the days. What the evaluation gate decided
since is ``release_evaluation.py``; who signed it is ``release_signed.py``.

The rules:
 * It lies in its package as it was recorded, by digest, with nothing else of the package altered. Before everybody signed there may be no
   package yet, where another account seals: nobody can ask for a sign-off until then.
 * It is not older than the policy allows.
 * The policy tables that it was judged by are in force still, by digest: ``gate`` for the evaluation gate's decision, ``release`` for the
   five gates. Another policy asks another question, whoever signed the answer to the one before; an override answers for what was known.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from checks.release_signed import find_sign_off_standing
from registry.domain.release_run import KnownRelease
from registry.domain.release_switch import SealedDecision, SwitchPlan
from registry.domain.work import Refusal


def find_outdated(plan: SwitchPlan, release: KnownRelease, sealed: SealedDecision) -> Iterator[Refusal]:
    """Yield why the decision about ``release`` is not, or not any more, one to put it in force by."""
    yield from _find_edited(plan, release, sealed)
    yield from _find_old(plan, release)
    yield from _find_other_policy(plan, release)


def _find_edited(plan: SwitchPlan, release: KnownRelease, sealed: SealedDecision) -> Iterator[Refusal]:
    if not sealed.is_there and not find_sign_off_standing(release, plan.policy.sign_off, plan.as_of).is_complete:
        return
    if sealed.digest != release.decision_digest:
        found = sealed.digest or "none that can be read untouched"
        reason = f"decision: expected {release.decision_digest} in the package {release.bundle_digest}, found {found}"
        yield Refusal("edited_decision", reason, "find out who altered the archive: `proofloop evidence verify`")


def _find_old(plan: SwitchPlan, release: KnownRelease) -> Iterator[Refusal]:
    most = plan.policy.sign_off.max_decision_age_days
    if (age := plan.as_of - release.proposed_at) > timedelta(days=most):
        reason = f"decision: expected one of the last {most} days, found one made {age.days} days ago"
        yield Refusal("stale_decision", reason, "propose the release again: what it was judged by has aged")


def _find_other_policy(plan: SwitchPlan, release: KnownRelease) -> Iterator[Refusal]:
    for table, now, then, again in (
        (
            "gate",
            plan.gate_policy_digest,
            release.gate_policy_digest,
            "judge it again with `proofloop gate`, then propose it anew",
        ),
        ("release", plan.policy.digest, release.policy_digest, "propose the release again"),
    ):
        if now != then:
            reason = f"decision: expected one by the policy table {table} in force now ({now}), found one by {then or 'none that it names'}"
            yield Refusal("other_policy", reason, again)

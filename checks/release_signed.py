"""Who signed a release off: which sign-offs count at an instant, and which are missing.

Put rules here about what sign-offs add up to. Whether a new one may be recorded is ``release_sign_off.py``, what else a switch needs
``release_switch.py``.

The rules:
 * A sign-off counts while it has not expired, and only about the decision that was sealed with the release.
 * One person counts once, and one key counts once, in the role signed in first.
 * Where a gate does not pass only overrides count, and where all pass no override does.
 * Every role of the policy has to sign, and somebody at least: where it names no role nobody can. An override has at least as many people
   as the policy says, whichever of these roles they hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from registry.domain.approving import person_key
from registry.domain.policy_release import SignOffPolicy
from registry.domain.release_acts import SignOffStanding, needs_override
from registry.domain.release_run import KnownRelease, SignOff


def find_sign_off_standing(release: KnownRelease, policy: SignOffPolicy, as_of: datetime, more: Iterable[SignOff] = ()) -> SignOffStanding:
    """Return who signed ``release`` off as it counts at ``as_of``; ``more`` are sign-offs that are not recorded yet."""
    is_override = needs_override(release)
    counted = tuple(_apart(_counting(release, policy, as_of, (*release.sign_offs, *more))))
    missing = tuple(role for role in policy.roles if role.value not in {one.role for one in counted})
    least = max(policy.min_override_signer_count if is_override else 1, len(policy.roles))
    standing = SignOffStanding(is_override, counted, missing, least)
    if not standing.is_complete:
        return standing
    return SignOffStanding(is_override, counted, missing, least, min((one.expires_at for one in counted), default=None))


def _counting(release: KnownRelease, policy: SignOffPolicy, as_of: datetime, given: Iterable[SignOff]) -> Iterator[SignOff]:
    roles = {role.value for role in policy.roles}
    for one in given:
        is_about = one.evidence_digest == release.decision_digest and one.is_override is needs_override(release)
        if is_about and one.role in roles and one.signed_at <= as_of < one.expires_at:
            yield one


def _apart(given: Iterable[SignOff]) -> Iterator[SignOff]:
    people, keys = set[str](), set[str]()
    for one in given:
        if person_key(one.name) not in people and one.fingerprint not in keys:
            people.add(person_key(one.name))
            keys.add(one.fingerprint)
            yield one

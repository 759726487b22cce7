"""Gate 5, sign-off, as far as it can be judged before anybody signed: is it known who has to, and whom nobody may be?

Put here what has to be known before people are asked. Whether a signature counts is ``release_sign_off.py``.

The rules:
 * Policy names the roles that sign. INCONCLUSIVE where it names none: a release that nobody answers for is none.
 * It is known who made the candidate, and who proposes it. INCONCLUSIVE: nobody could be shown to be independent of them.
 * Owners who may not sign, because they made or propose it, or are asked in two roles, are told: somebody else has to sign for them.
 * Until people signed the gate is open, and that blocks nothing here: the release may be proposed, and not carried out.
"""

from __future__ import annotations

from collections.abc import Iterator

from registry.domain.approving import person_key
from registry.domain.decision import Finding, Verdict
from registry.domain.release import PreDeploymentGate
from registry.domain.release_run import ReleaseInputs

CHECK = PreDeploymentGate.SIGN_OFF.value
SIGNERS, MAKERS = "signers", "makers"


def find_signers(inputs: ReleaseInputs) -> tuple[Finding, ...]:
    """Return what has to be known before anybody signs, and that the sign-off is still to come."""
    against = tuple(_unknown(inputs))
    return against or (*_conflicts(inputs), *_waiting(inputs))


def _unknown(inputs: ReleaseInputs) -> Iterator[Finding]:
    if not inputs.policy.sign_off.roles:
        text = "expected roles that sign a release in the policy table release, found none; name them under sign_off"
        yield Finding(CHECK, SIGNERS, Verdict.INCONCLUSIVE, "not_configured", text)
    if not inputs.proposal.made_by or not all(name.strip() for name in inputs.proposal.made_by):
        text = "made_by: expected who made the candidate, found nobody; name them all: none of them signs it off"
        yield Finding(CHECK, MAKERS, Verdict.INCONCLUSIVE, "no_makers", text)
    if not inputs.proposed_by.strip():
        text = "expected the name of the person who proposes the release, found none; say who you are"
        yield Finding(CHECK, MAKERS, Verdict.INCONCLUSIVE, "no_proposer", text)


def _conflicts(inputs: ReleaseInputs) -> Iterator[Finding]:
    hands = {person_key(name): "made it" for name in inputs.proposal.made_by}
    hands.setdefault(person_key(inputs.proposed_by), "proposes it")
    asked: dict[str, str] = {}
    for role in inputs.policy.sign_off.roles:
        owner = inputs.system.owners.get(role, "")
        said = hands.get(person_key(owner)) or (f"signs as {asked[person_key(owner)]}" if person_key(owner) in asked else "")
        if owner and said:
            text = f"{owner} is {_named(role)} and {said}: somebody else whom allowed_signers names for the role has to sign"
            yield Finding(CHECK, SIGNERS, Verdict.PASS, "may_not_sign", text, blocking=False)
        asked.setdefault(person_key(owner), _named(role))


def _waiting(inputs: ReleaseInputs) -> Iterator[Finding]:
    policy, owners = inputs.policy.sign_off, inputs.system.owners
    named = [f"{_named(role)} ({owners[role]})" if role in owners else _named(role) for role in policy.roles]
    yield Finding(CHECK, MAKERS, Verdict.PASS, "makers_known", f"made by {', '.join(inputs.proposal.made_by)}, who do not sign")
    text = f"waits for {' and '.join(named)}, each with a signature that is valid for at most {policy.max_valid_days} days"
    yield Finding(CHECK, SIGNERS, Verdict.INCONCLUSIVE, "not_signed", text, blocking=False)


def _named(role: str) -> str:
    return role.replace("_", " ")

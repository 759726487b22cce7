"""Proposing a release: may this person do it, is the candidate one that the evaluation gate decided about, and does the proposal say what
the calendar needs?

Put here what a proposal requires before anything is judged; what it lacks is refused and nothing is recorded. The judgement is
``release_gates.py``.

The rules, all of them told at once:
 * Somebody named acts, in a role that they hold for the system and that the policy table ``acts`` names for it.
 * The evaluation gate decided about this candidate, by its digest. A decision that is named is one of these, and no other begins like it;
   one that passed is not named past a later one that did not: whoever asks until it passes once has shown nothing.
 * Somebody made the candidate; whoever it was is named once, and as the catalogue or allowed_signers names them: by another spelling
   they could sign off their own work. The change, who is affected and the way back are said.
 * What is said holds no personal data: it is sealed. Names of people are meant to be there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from checks.work.actor import find_actor_refusals
from checks.work.contents import find_document_refusals
from registry.domain.approving import person_key
from registry.domain.decision import Verdict
from registry.domain.release_acts import ProposalKnown, ReleasePlan
from registry.domain.release_run import JudgedCandidate
from registry.domain.work import Refusal

_SAID = ("change", "affected_population", "rollback_plan")
_ANY_DIGEST_CHARS = 6
_APART = re.compile(r"[^\w@.+-]+")
"""What stands between the names of people that somebody wrote into one."""


def find_proposal_refusals(plan: ReleasePlan, known: ProposalKnown) -> tuple[Refusal, ...]:
    """Return everything for which the plan's release may not be proposed."""
    document = replace(plan.proposal, made_by=())
    return (
        *find_actor_refusals(plan.by, plan.role, plan.system.system_id, plan.system, plan.deputies),
        *_find_role(plan),
        *_find_decision(plan, known),
        *_find_said(plan),
        *find_document_refusals(document, plan.as_of, plan.redacted_kinds),
    )


def judged_of(plan: ReleasePlan, known: ProposalKnown) -> JudgedCandidate | None:
    """Return the decision that the proposal rests on: the one it names, else the newest about the candidate."""
    found = _named(plan, known.judged)
    return found[-1] if found else None


def _named(plan: ReleasePlan, judged: tuple[JudgedCandidate, ...]) -> tuple[JudgedCandidate, ...]:
    """Return the decisions that the proposal's text may mean, oldest first; all of them where it names none."""
    name = plan.proposal.decision.strip().lower().removeprefix("sha256:")
    return tuple(one for one in judged if one.bundle_digest.removeprefix("sha256:").startswith(name))


def _find_role(plan: ReleasePlan) -> Iterator[Refusal]:
    if plan.role not in plan.roles:
        listed = ", ".join(plan.roles) or "nobody"
        reason = f"propose: expected one of {listed}, as the policy table acts says, found {plan.role}"
        yield Refusal("wrong_role", reason, "ask one of them to do it")


def _find_decision(plan: ReleasePlan, known: ProposalKnown) -> Iterator[Refusal]:
    system_id, version, name = plan.system.system_id, plan.candidate.version, plan.proposal.decision.strip()
    again = f"judge it with `proofloop gate {system_id} --candidate {plan.candidate.asked}`, then propose it"
    if not known.judged:
        reason = f"candidate: expected one that the evaluation gate decided about, found {plan.spec.artifact} {version}, which it has not"
        yield Refusal("not_judged", reason, again)
    elif name and len(name.removeprefix("sha256:")) < _ANY_DIGEST_CHARS:
        reason = f"decision: expected at least {_ANY_DIGEST_CHARS} characters of the digest of a decision's package, found {name!r}"
        yield Refusal("short_decision", reason, "write more of it, or leave it empty for the newest one")
    elif not (meant := _named(plan, known.judged)):
        other = "one about another candidate" if _named(plan, known.other) else "none of this digest"
        reason = f"decision: expected a decision of the gate about {plan.spec.artifact} {version}, found {other}"
        yield Refusal("other_decision", reason, f"name {known.judged[-1].bundle_digest}, the newest one, or leave it empty")
    elif name and len({one.bundle_digest for one in meant}) > 1:
        listed = ", ".join(one.bundle_digest for one in meant)
        yield Refusal("ambiguous_decision", f"decision: expected the beginning of one digest, found that of {listed}", "write more of it")
    elif meant[-1].verdict is Verdict.PASS and (later := [one for one in known.judged if _is_against(one, meant[-1])]):
        reason = f"decision: expected one that no later decision about {system_id} {version} is against, found event {later[-1].event}: "
        yield Refusal("superseded_decision", f"{reason}{later[-1].verdict}", f"leave it empty for the newest one, or {again}")


def _is_against(one: JudgedCandidate, named: JudgedCandidate) -> bool:
    return one.event > named.event and one.verdict is not Verdict.PASS


def _find_said(plan: ReleasePlan) -> Iterator[Refusal]:
    for name in _SAID:
        if not getattr(plan.proposal, name).strip():
            yield Refusal("not_said", f"{name}: expected a sentence, found nothing", "say it: the release calendar tells it")
    people = [person_key(name) for name in plan.proposal.made_by]
    if not people or not all(people):
        reason = "made_by: expected the name of everybody who made the candidate, found none"
        yield Refusal("nobody_made_it", reason, "name them: none of them signs the release off")
    elif len(set(people)) < len(people):
        yield Refusal("named_twice", "made_by: expected each person once, found one again", "leave one of them out")
    known = {person_key(name) for name in (*plan.system.owners.values(), *(name for held in plan.deputies.values() for name in held))}
    for name in sorted(set(people) - known):
        if meant := sorted(one for one in known if one in _APART.split(name) or one.partition("@")[0] == name):
            reason = f"made_by: expected each person by the name that signs, found {name!r}, which may be {' and '.join(meant)}"
            yield Refusal("other_spelling", reason, "write the names that the catalogue or allowed_signers has, one for each person")

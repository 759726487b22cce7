"""Gate 2, evaluation: did this very candidate earn it, in a decision that is sealed, recent, and about what it would replace?

Put here what is asked of the evaluation gate's decision. How it came about is ``checks/eval_gate.py``; whether its champion is still in
force is ``release_conditions.py``.

The rules:
 * There is a decision about the candidate, the one that the proposal names where it names one. INCONCLUSIVE: it was not evaluated.
 * Its package is in the archive, and what is in it has the digest that its event names. INCONCLUSIVE: nobody can say what was decided.
 * Candidate and champion are pinned to digests, and are not the same. FAIL: it would replace itself.
 * It passed, and asks for approval or a canary: its verdict is this gate's, and a pass that asks for anything else is INCONCLUSIVE.
 * It was made by the policy table ``gate`` that is in force now. INCONCLUSIVE: another one asked for something else.
 * It is not of a day to come, and not older than ``max_decision_age_days``. INCONCLUSIVE: what served since is not in it.
 * At a switch: the newest decision about the candidate since the proposal passed too, and asks for no canary where all of the traffic is
   switched, unless people overrode what the gates say.
 * Where outcomes come from elsewhere nobody looked at the files behind the candidate: that is listed.
 * Where the catalogue keeps a sealed set for the last decision, it was made on it. INCONCLUSIVE: the other was looked at before.
 * It was made on the set that the catalogue locks now. INCONCLUSIVE: one that was passed on, and then taken away, shows nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checks.work.answers import quoted
from registry.domain.decision import Finding, NotEvaluated, Verdict
from registry.domain.gate import GateAction
from registry.domain.release import PreDeploymentGate
from registry.domain.release_acts import needs_override
from registry.domain.release_run import JudgedCandidate, KnownRelease, ReleaseInputs
from registry.domain.versions import WHOLE
from registry.domain.work import Refusal

CHECK = PreDeploymentGate.EVALUATION.value
SUBJECT = "candidate"
_AGAIN = "judge it again with `proofloop gate`"


def find_evaluation(inputs: ReleaseInputs) -> tuple[Finding, ...]:
    """Return what speaks against the decision about the candidate, and that it passed where nothing does."""
    judged = inputs.judged
    if judged is None:
        named = inputs.proposal.decision.strip()
        asked = f"the decision {named} of the evaluation gate" if named else "a decision of the evaluation gate about the candidate"
        return (_open("no_decision", f"expected {asked}, found none; {_AGAIN}"),)
    against = (*_identity(judged, inputs.proposal.decision), *_outcome(judged), *_age(judged, inputs), *_asked(judged, inputs))
    if against:
        return against
    text = f"{judged.candidate.version} may replace {judged.champion.version}: {judged.verdict}, {judged.action}, "
    text += f"decided on {judged.decided_on} (event {judged.event})"
    return (Finding(CHECK, SUBJECT, Verdict.PASS, "evaluated", text),)


def find_unseen_files(inputs: ReleaseInputs) -> Iterator[NotEvaluated]:
    """Yield that the files behind the candidate were compared with nothing; what was sealed without a word of them says none."""
    if inputs.judged and inputs.judged.files_digest == "":
        text = "the files behind the candidate were not compared, as the catalogue has its outcomes from elsewhere: what is overwritten "
        text += "under the same version is not seen; have versions scored here (evaluation.score)"
        yield NotEvaluated("files of the candidate", "not_compared", text)


def find_judged_since(release: KnownRelease, judged: Iterable[JudgedCandidate], share_percent: int) -> Iterator[Refusal]:
    """Yield that the gate does not pass the candidate any more, or not for so much, by a decision made after the release was proposed."""
    about = [one for one in judged if one.candidate.digest == release.candidate.digest and one.event > release.event]
    newest = max(about, key=lambda one: one.event, default=None)
    if newest is None or needs_override(release):
        return
    if newest.verdict is not Verdict.PASS:
        found = f"{newest.verdict} since the proposal (event {newest.event})"
        remedy = "read that decision; what passes again is proposed anew, anything else only with an override"
        yield Refusal("judged_since", f"candidate: expected the evaluation gate to pass it still, found {found}", remedy)
    elif (newest.action, share_percent) == (GateAction.CANARY, WHOLE) and release.action is not GateAction.CANARY:
        found = f"that it asks for a canary since the proposal (event {newest.event})"
        remedy = "read that decision; try a canary with --share-percent, or propose it anew"
        yield Refusal("judged_since", f"candidate: expected the evaluation gate to approve it still, found {found}", remedy)


def _identity(judged: JudgedCandidate, asked: str) -> Iterator[Finding]:
    named, found = asked.strip().lower().removeprefix("sha256:"), judged.bundle_digest.removeprefix("sha256:")
    if named and not found.startswith(named):
        text = f"expected the decision {quoted(asked)}, found {judged.bundle_digest}; name another, or none for the newest"
        yield Finding(CHECK, SUBJECT, Verdict.FAIL, "other_decision", text)
    digests = (judged.bundle_digest, judged.decision_digest, judged.set_digest)
    if not judged.is_verified or not all(digests):
        text = (
            f"expected the sealed decision of event {judged.event} in the archive with the digest that the event names, found it missing "
        )
        yield _open("not_verified", f"{text}or another; seal it with `proofloop evidence seal`, or see `proofloop evidence verify`")
    pinned = (judged.candidate, judged.champion)
    if not all(one.version and one.digest for one in pinned):
        yield _open("not_pinned", f"expected candidate and champion pinned to digests, found one without; {_AGAIN}")
    elif judged.candidate.digest == judged.champion.digest:
        text = f"expected another version than the champion, found {judged.champion.version} itself; name the one that replaces it"
        yield Finding(CHECK, SUBJECT, Verdict.FAIL, "same_version", text)


def _outcome(judged: JudgedCandidate) -> Iterator[Finding]:
    verdict, told = Verdict(judged.verdict), f"the decision of {judged.decided_on} (event {judged.event})"
    if verdict is not Verdict.PASS:
        text = f"expected a decision that passed, found {told}: {verdict}; read its page, and release a candidate that earned it"
        yield Finding(CHECK, SUBJECT, verdict, f"gate_{verdict.value}", text)
    elif judged.action not in (GateAction.APPROVE, GateAction.CANARY):
        yield _open("gate_holds", f"expected a decision that asks for approval or a canary, found {told}: {judged.action}; {_AGAIN}")


def _age(judged: JudgedCandidate, inputs: ReleaseInputs) -> Iterator[Finding]:
    age, most = (inputs.business_date - judged.decided_on).days, inputs.policy.sign_off.max_decision_age_days
    if age < 0:
        yield _open("in_the_future", f"expected a decision of {inputs.business_date} or before, found one of {judged.decided_on}; {_AGAIN}")
    elif age > most:
        yield _open("stale", f"expected a decision of the last {most} days, found one of {judged.decided_on}, {age} days ago; {_AGAIN}")


def _asked(judged: JudgedCandidate, inputs: ReleaseInputs) -> Iterator[Finding]:
    locked, policy = inputs.spec.set_digest, inputs.gate_policy_digest
    if policy is not None and judged.policy_digest != policy:
        text = f"expected one by the policy table gate in force now ({policy}), found one by another ({judged.policy_digest}); {_AGAIN}"
        yield _open("other_policy", text)
    if judged.needs_reserve and not judged.on_reserve:
        text = "expected the decision on the sealed reserve set that the catalogue keeps for the last one, found one on the locked set; "
        yield _open("not_on_reserve", f"{text}{_AGAIN} on the reserve")
    elif locked and judged.set_digest != locked:
        text = f"expected a decision on the set that is locked now ({locked}), found one on another ({judged.set_digest}); {_AGAIN}"
        yield _open("other_set", text)


def _open(code: str, text: str) -> Finding:
    return Finding(CHECK, SUBJECT, Verdict.INCONCLUSIVE, code, text)

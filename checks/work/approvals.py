"""One approval: may this person give it, in this role, to this document, and does the issue move on?

Put rules here about who approves. What the request says is ``requests.py``, what a policy asks in all ``coverage.py``, who made what is
approved ``duties.py``.

The rules, all of them told at once:
 * The policy asks for an approval of this kind of step at the occurrence's severity, and the step is taken, or led, where the issue is.
 * The role is one that is asked and not given yet; who breaks the glass acts in any role that may approve.
 * Nobody approves twice; who made what is approved does not approve it, in an emergency either.
 * A key that `allowed_signers` gives to somebody else too approves nothing: one key is one person.
 * A signature verifies for this person and role with a key that was valid when it was signed and is not revoked.
 * A typed name is asserted: its person holds the role, and it is not enough where the policy asks for signatures, or to break the glass.
 * Nothing is closed in an emergency: what waits to be closed can wait for the people whom the policy asks.
 * The approval that completes a plan, or a closure, moves the issue.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.work.actor import find_actor_refusals
from checks.work.coverage import find_counting, find_coverage, find_rule, is_approved, severity_asked
from checks.work.duties import find_given_before, find_own_work
from checks.work.giving import body_of, given_of, move_of
from checks.work.requests import find_request_refusals
from registry.domain.approving import LEADS, ApprovalDecision, ApprovalKnowledge, ApprovalPapers, ApprovalRequest, SignatureVerdict
from registry.domain.issue import IssueState, movers
from registry.domain.policy_work import ApprovalRule
from registry.domain.retention import ApprovalKind
from registry.domain.work import STEPS, Case, Refusal, StepKind, StepTaken, Submission
from registry.domain.work_run import StepPlan


def judge_approval(case: Case, plan: StepPlan, papers: ApprovalPapers, known: ApprovalKnowledge) -> ApprovalDecision:
    """Return whether the approval counts, the body of its event if so, and what is then still missing."""
    request = papers.request
    kind = ApprovalKind.SIGNED if papers.signature else ApprovalKind.ASSERTED
    rule, step = find_rule(plan.policies, request.action, severity_asked(case)), case.latest(request.action)
    refusals = (
        *find_request_refusals(case, request, known, plan.policies, plan.as_of, plan.business_date),
        *_find_handed_in(request, plan.submission),
        *_find_asked(case, request, rule),
        *(_find_person(case, plan, request, step) if step else ()),
        *(_find_role(case, plan, request, rule, step) if rule and step else ()),
        *_find_proof(plan, case, request, rule, kind, known),
    )
    if refusals or step is None:
        return ApprovalDecision(request, refusals, kind)
    given = given_of(request, kind, known, plan.as_of)
    coverage = find_coverage(case, step, plan.policies, plan.as_of, [given])
    body = body_of(given, papers) | (move_of(case, request.action) if coverage and coverage.is_complete else {})
    return ApprovalDecision(request, (), kind, body, coverage)


def _states(action: StepKind) -> frozenset[IssueState]:
    """Where a step may be approved: where it is taken, and where its approval led, for what is asked of a severity raised since."""
    leads = {LEADS[action][1]} if action in LEADS else set()
    return STEPS[action].states | leads


def _find_handed_in(request: ApprovalRequest, by: Submission) -> Iterator[Refusal]:
    if (request.printed_name, request.role, request.action) != (by.by, by.role, by.kind):
        found = f"{request.printed_name} as {request.role} for {request.action}"
        reason = f"expected a request of {by.by} as {by.role} for {by.kind}, found one of {found}"
        yield Refusal("other_person", reason, "hand in the request of the person, role and action that you name")


def _find_asked(case: Case, request: ApprovalRequest, rule: ApprovalRule | None) -> Iterator[Refusal]:
    states, state, severity = _states(request.action), case.issue.state, severity_asked(case)
    if rule is None:
        reason = f"action: expected a step that the policy table approvals lists for {severity}, found {request.action}"
        yield Refusal("not_approvable", reason, "leave it out: nobody has to approve it")
    if request.break_glass and request.action is StepKind.CLOSE:
        reason = "expected a closure signed by the people whom the policy asks, found somebody who breaks the glass"
        yield Refusal("no_emergency", reason, "wait for them: an issue that waits to be closed harms nobody")
    if state not in states:
        taken = ", ".join(each for each in IssueState if each in states)
        yield Refusal(
            "wrong_state", f"expected the issue in {taken}, found it in {state}", "see `proofloop issue show` for what comes next"
        )


def _find_person(case: Case, plan: StepPlan, request: ApprovalRequest, step: StepTaken) -> Iterator[Refusal]:
    yield from find_own_work(case, step, request.printed_name)
    yield from find_given_before(find_counting(case, step, plan.policies, plan.as_of), request.printed_name)


def _find_role(case: Case, plan: StepPlan, request: ApprovalRequest, rule: ApprovalRule, step: StepTaken) -> Iterator[Refusal]:
    coverage = find_coverage(case, step, plan.policies, plan.as_of)
    able = [role.value for role in movers(*LEADS[StepKind.PLAN])]
    if is_approved(case, step, plan.policies, plan.as_of):
        yield Refusal("complete", "expected an approval that is missing, found that none is", "nothing is left to approve")
    elif request.break_glass and request.role.value not in able:
        reason = f"role: expected one of {', '.join(able)} to break the glass, found {request.role}"
        yield Refusal("wrong_role", reason, "approve in a role that you hold among them")
    elif not request.break_glass and request.role not in rule.roles:
        reason = f"role: expected one of {', '.join(rule.roles)} at {severity_asked(case)}, found {request.role}"
        yield Refusal("wrong_role", reason, "let somebody in a role that is asked approve")
    elif not request.break_glass and coverage and request.role not in coverage.missing:
        reason = f"role: expected one that is missing, {', '.join(coverage.missing)}, found {request.role}"
        yield Refusal("role_given", reason, "let somebody in a missing role approve")


def _find_proof(
    plan: StepPlan, case: Case, request: ApprovalRequest, rule: ApprovalRule | None, kind: ApprovalKind, known: ApprovalKnowledge
) -> Iterator[Refusal]:
    step = case.latest(request.action)
    if kind is ApprovalKind.SIGNED:
        if known.signature.verdict is not SignatureVerdict.GOOD:
            remedy = f"sign the request as it is with `ssh-keygen -Y sign -n {request.role}`, with a key that allowed_signers lists for it"
            yield Refusal(known.signature.verdict.value, known.signature.reason, remedy)
        elif known.signature.also:
            people = " and ".join((request.printed_name, *known.signature.also))
            reason = f"expected a key of one person, found {known.signature.fingerprint}, which allowed_signers gives to {people}"
            yield Refusal("shared_key", reason, "give each a key of their own: one key, two people; `proofloop check` names the lines")
        if step and known.signature.fingerprint in {found.fingerprint for found in find_counting(case, step, plan.policies, plan.as_of)}:
            reason = f"expected a key that has not approved it yet, found {known.signature.fingerprint}, which has"
            yield Refusal("same_key", reason, "sign with a key of your own: one key is one person")
        return
    if request.break_glass or (rule and rule.needs_signature):
        why = "breaking the glass" if request.break_glass else f"{request.action} at {severity_asked(case)}"
        reason = f"expected a signature for {why}, found a typed name, which is only asserted"
        yield Refusal("needs_signature", reason, f"sign the request with `ssh-keygen -Y sign -n {request.role}`")
    system_id = case.issue.system_id
    yield from find_actor_refusals(request.printed_name, request.role, system_id, plan.system(system_id), plan.deputies)

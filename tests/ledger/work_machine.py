"""People working one issue in any order, beside a plain model that says what the ledger must hold.

Put here what the machine does; how often it runs on which database is ``test_work_machine.py``. Steps and approvals are judged by the
product's own rules and written to a real ledger; the model knows only names, a table of moves and a list.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from checks.work.approvals import judge_approval
from checks.work.step import judge_step
from registry.domain.approving import ApprovalKnowledge, ApprovalPapers, ApprovalRequest, SignatureAnswer, SignatureVerdict, meaning_of
from registry.domain.canonical import digest_of, plain
from registry.domain.catalogue import OwnerRole
from registry.domain.events import Event, EventKind
from registry.domain.issue import IssueState, Role
from registry.domain.preservation import preserved
from registry.domain.signal import Severity
from registry.domain.steps import ActionKind, Artifact, Assignment, Classification, Containment, ContainmentPattern, ReopenTo
from registry.domain.steps_change import HoldRelease, IssueSuppression, Note, PreservationHold, Reopening, RiskAcceptance
from registry.domain.work import TAKEN_BY_PEOPLE, Case, StepKind, Submission
from registry.domain.work_run import StepKnowledge, StepPlan, VersionAnswer
from registry.errors import ApprovalRefusedError, IllegalMoveError
from registry.ledger.store import Ledger
from registry.ledger.verification import verify_ledger
from tasks.steps import case_of, step_event
from tests.builders import NOON, SYSTEM, TODAY, a_system
from tests.checks.work.cases import a_step_plan
from tests.checks.work.closing_steps import a_gate_left_out, a_recovery, a_review, a_same_cause, a_scope, knowing
from tests.checks.work.releases import a_link, a_plan, an_action, an_implementation, some_evidence
from tests.checks.work.worksheets import GOOD, a_worksheet
from tests.closing import a_proposal, closure_approved, closure_judged, window_judged
from tests.ledger_writes import ISSUE_ID, approved, moved, opened

S, K, R = IssueState, StepKind, OwnerRole
PEOPLE = {
    R.PRODUCT_OWNER: "owner@bank.example",
    R.OPERATIONS_LEAD: "ops@bank.example",
    R.RISK_COMPLIANCE: "risk@bank.example",
    R.MODEL_RISK: "model.risk@bank.example",
    R.MODEL_OWNER: "maker@bank.example",
}
SYSTEMS = (a_system(owners={role.value: name for role, name in PEOPLE.items()}),)
MINUTE = timedelta(minutes=1)
LINK = "https://changes.bank.example/CHG-"

# The model's own table: which step leads from where to where. Reopening and tracking depend on what the document says.
LEADS = {
    (K.ASSIGN, S.NEW_SIGNAL): S.TRIAGE,
    (K.CONTAIN, S.TRIAGE): S.CONTAINED,
    (K.ROOT_CAUSE, S.CONTAINED): S.RCA_IN_PROGRESS,
    (K.IMPLEMENT, S.ACTION_APPROVED): S.IMPLEMENTED,
    (K.PLAN, S.ACTION_APPROVED): S.RCA_IN_PROGRESS,
    (K.ROOT_CAUSE, S.ACTION_APPROVED): S.RCA_IN_PROGRESS,
}
LEGAL = {
    (S.NEW_SIGNAL, S.TRIAGE),
    (S.NEW_SIGNAL, S.TRACKED),
    (S.TRIAGE, S.TRACKED),
    (S.TRIAGE, S.CONTAINED),
    (S.CONTAINED, S.RCA_IN_PROGRESS),
    (S.RCA_IN_PROGRESS, S.ACTION_APPROVED),
    (S.ACTION_APPROVED, S.IMPLEMENTED),
    (S.ACTION_APPROVED, S.RCA_IN_PROGRESS),
    (S.IMPLEMENTED, S.VERIFYING),
    (S.VERIFYING, S.CLOSED),
    (S.VERIFYING, S.RCA_IN_PROGRESS),
    (S.VERIFYING, S.TRIAGE),
    (S.CLOSED, S.TRIAGE),
    (S.CLOSED, S.RCA_IN_PROGRESS),
}
# What usually comes next, so that a walk gets somewhere; every other step is tried as often.
NEXT = {
    S.NEW_SIGNAL: (K.ASSIGN,),
    S.TRIAGE: (K.ASSIGN, K.CONTAIN),
    S.CONTAINED: (K.ROOT_CAUSE,),
    S.RCA_IN_PROGRESS: (K.ROOT_CAUSE, K.PLAN),
    S.ACTION_APPROVED: (K.LINK_CHANGE, K.IMPLEMENT),
    S.IMPLEMENTED: (K.ADD_EVIDENCE,),
    S.VERIFYING: (K.ADD_EVIDENCE, K.REOPEN),
    S.CLOSED: (K.REOPEN,),
    S.TRACKED: (K.NOTE,),
}


@dataclass(frozen=True)
class Handed:
    """One step as it was handed in, to be handed in again."""

    kind: StepKind
    role: OwnerRole
    by: str
    document: Any


def some_documents(number: int, at: datetime, hold: str) -> dict[StepKind, tuple[Any, ...]]:
    """Return documents of each kind, good ones first; few enough to be repeated by chance."""
    containment = Containment(
        pattern=ContainmentPattern.RAISE_HUMAN_GATE, measure="An agent decides.", in_force_at=at, evidence=(LINK + "1",)
    )
    preventive = an_action(
        action="code-check",
        what="Refuse terminal codes that nobody mapped, at the door",
        closure_evidence="Nightly count of unmapped codes at the door",
        kind=ActionKind.PREVENTIVE,
        owner=PEOPLE[R.OPERATIONS_LEAD],
    )
    link = a_link(approver=PEOPLE[R.RISK_COMPLIANCE])
    reopening = Reopening(to=ReopenTo.TRIAGE, reason="Blocked again since the morning.", evidence=(f"{LINK}{number}",))
    held = PreservationHold(
        reason="The supervisor asked.",
        model="card_fraud_filter 2.3.0, vault model-2.3.0.tar",
        data_window="2020-09-01 to 2020-10-01, vault window-09",
        configuration="tag hold-1 of the configuration repository",
        logs="2020-09-01 to 2020-10-01, vault log-09",
    )
    return {
        K.ASSIGN: tuple(Assignment(owner=PEOPLE[role], next_step="Read the log.", due_on=date(2020, 10, 20)) for role in list(PEOPLE)[:2]),
        K.CLASSIFY: tuple(
            Classification(severity=severity, reason="This is what was seen in the log.")
            for severity in (Severity.L2, Severity.L3, Severity.L0)
        ),
        K.CONTAIN: (containment, replace(containment, evidence=()), replace(containment, pattern=ContainmentPattern.NOT_NEEDED)),
        K.ROOT_CAUSE: (a_worksheet(), *list(GOOD.values())[1:2], a_worksheet(direct_cause="tbd")),
        K.PLAN: (
            a_plan(an_action(), preventive),
            replace(
                a_plan(an_action(what="Map the new code to the old one"), preventive),
                reason="The vendor delivers the new code in July at the earliest.",
            ),
            a_plan(an_action()),
        ),
        K.LINK_CHANGE: (
            link,
            replace(
                a_link(artifact=Artifact.WORKFLOW, approver=PEOPLE[R.RISK_COMPLIANCE]),
                action="code-check",
                name="terminal-codes",
                version="2",
            ),
            replace(link, version="9.9.9"),
        ),
        K.IMPLEMENT: (an_implementation(deployed_at=at), an_implementation(deployed_at=at + 365 * 1440 * MINUTE)),
        K.ADD_EVIDENCE: (some_evidence(), some_evidence(pointers=())),
        K.ACCEPT_RISK: (
            RiskAcceptance(
                owner=PEOPLE[R.RISK_COMPLIANCE], reason="Few purchases, rung by hand.", proof=(LINK + "2",), expires_on=date(2020, 11, 1)
            ),
        ),
        K.SUPPRESS: (IssueSuppression(reason="Every complaint is the known one.", until_on=date(2020, 10, 25)),),
        K.HOLD: (held,),
        K.RELEASE_HOLD: (HoldRelease(hold=hold or "preserve-000000000000", reason="The supervisor closed the inquiry, letter 26/118."),),
        K.NOTE: (Note(text="The vendor answers in May."), Note(text="Call 212-555-0143.")),
        K.REOPEN: (replace(reopening, to=ReopenTo.RCA_IN_PROGRESS), reopening, replace(reopening, evidence=())),
        K.SCOPE: (a_scope(), a_scope(customers="tbd")),
        K.RECOVERY: (a_recovery(), a_recovery(identified_count=313)),
        K.NOT_APPLICABLE: (a_gate_left_out(), a_gate_left_out(evidence=())),
        K.SAME_CAUSE: (a_same_cause(), a_same_cause(issue=ISSUE_ID)),
        K.REVIEW: (a_review(), a_review(observed="tbd")),
    }


class WorkMachine(RuleBasedStateMachine):
    """Hands in steps and approvals of one issue, new ones and repeated ones, by people who may and people who may not."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self.ledger = ledger
        self.now = NOON
        self.bodies: list[str] = []  # the model: every event of the issue, in order
        self.state = S.NEW_SIGNAL
        self.seen = {self.state}
        self.handed: list[Handed] = []
        self.requests: list[tuple[ApprovalRequest, bool]] = []

    @initialize(severity=st.sampled_from((Severity.L1, Severity.L3)))
    def open_it(self, severity: Severity) -> None:
        """Open the issue: only one without harm may turn out to be a learning signal."""
        opening, _ = opened(fingerprint="f" * 16)
        opening = replace(opening, body={**opening.body, "severity": severity})
        self.bodies += [event.body for event in self.ledger.append([opening])]

    # What people do.

    @rule(data=st.data())
    def take_what_comes_next(self, data: st.DataObject) -> None:
        kind = data.draw(st.sampled_from(NEXT[self.state]))
        self.hand_in(Handed(kind, R.PRODUCT_OWNER, PEOPLE[R.PRODUCT_OWNER], data.draw(st.sampled_from(self.documents()[kind][:2]))))

    @rule()
    def go_on(self) -> None:
        """Do what leads further, as people who know their way do."""
        case, documents = self.case(), self.documents()
        if self.state is S.IMPLEMENTED:
            self.open_window()
        elif self.state is S.RCA_IN_PROGRESS and (step := case.latest(K.PLAN)) and case.latest(K.ROOT_CAUSE):
            given = {approval.role for approval in case.approvals_of(step.document_digest) if approval.seq > step.seq}
            self.ask(
                next((role for role in (R.PRODUCT_OWNER, R.RISK_COMPLIANCE, R.MODEL_RISK) if role not in given), R.RISK_COMPLIANCE), True
            )
        elif self.state in {S.RCA_IN_PROGRESS, S.ACTION_APPROVED}:
            wanted = K.IMPLEMENT if len(case.links()) > 1 else K.LINK_CHANGE
            kind = wanted if self.state is S.ACTION_APPROVED else K.PLAN if case.latest(K.ROOT_CAUSE) else K.ROOT_CAUSE
            document = documents[kind][len(case.links()) if kind is K.LINK_CHANGE else 0]
            self.hand_in(Handed(kind, R.MODEL_OWNER, PEOPLE[R.MODEL_OWNER], document))
        elif self.state is not S.VERIFYING:
            kind = NEXT[self.state][-1] if case.latest(K.ASSIGN) else NEXT[self.state][0]
            self.hand_in(Handed(kind, R.PRODUCT_OWNER, PEOPLE[R.PRODUCT_OWNER], documents[kind][0]))

    @rule()
    def go_on_again(self) -> None:
        self.go_on()

    @rule()
    def go_on_once_more(self) -> None:
        self.go_on()

    @rule(data=st.data(), kind=st.sampled_from(TAKEN_BY_PEOPLE), role=st.sampled_from(sorted(PEOPLE)))
    def take_any_step(self, data: st.DataObject, kind: StepKind, role: OwnerRole) -> None:
        self.hand_in(Handed(kind, role, PEOPLE[role], data.draw(st.sampled_from(self.documents()[kind]))))

    @rule(data=st.data(), kind=st.sampled_from(TAKEN_BY_PEOPLE), by=st.sampled_from(("stranger@bank.example", "")))
    def take_a_step_as_somebody_else(self, data: st.DataObject, kind: StepKind, by: str) -> None:
        self.hand_in(Handed(kind, R.PRODUCT_OWNER, by, data.draw(st.sampled_from(self.documents()[kind]))))

    @precondition(lambda self: self.state in {S.NEW_SIGNAL, S.TRIAGE})
    @rule(seldom=st.integers(0, 5))
    def find_that_nobody_was_harmed(self, seldom: int) -> None:
        if seldom == 0:  # it ends the walk
            document = self.documents()[K.CLASSIFY][-1]
            self.hand_in(Handed(K.CLASSIFY, R.OPERATIONS_LEAD, PEOPLE[R.OPERATIONS_LEAD], document))

    @precondition(lambda self: self.handed)
    @rule()
    def repeat_the_last(self) -> None:
        self.hand_in(self.handed[-1])

    @precondition(lambda self: self.handed)
    @rule(data=st.data())
    def repeat_any_earlier(self, data: st.DataObject) -> None:
        self.hand_in(data.draw(st.sampled_from(self.handed)))

    @precondition(lambda self: self.state is S.RCA_IN_PROGRESS)
    @rule(role=st.sampled_from(sorted(PEOPLE)), signed=st.booleans())
    def approve_the_plan(self, role: OwnerRole, signed: bool) -> None:
        self.ask(role, signed)

    def ask(self, role: OwnerRole, signed: bool) -> None:
        """Write a request for the newest plan, and hand it in as the person of ``role``."""
        step = self.case().latest(K.PLAN)
        if step is None:
            return
        request = ApprovalRequest(
            action=K.PLAN,
            issue=ISSUE_ID,
            evidence_digest=step.document_digest,
            bundle_digest=step.bundle_digest,
            head="sha256:" + "c" * 64,
            meaning=meaning_of(self.case().issue, step, role, is_break_glass=False),
            printed_name=PEOPLE[role],
            role=role,
            nonce=f"{len(self.requests):032x}",
            signed_at=self.now,
            expires=self.now + timedelta(days=2),
            break_glass=False,
        )
        self.requests.append((request, signed))
        self.hand_in_approval(request, signed)

    @precondition(lambda self: self.requests)
    @rule(data=st.data())
    def replay_an_approval(self, data: st.DataObject) -> None:
        self.hand_in_approval(*data.draw(st.sampled_from(self.requests)))

    @precondition(lambda self: self.state is S.IMPLEMENTED)
    @rule()
    def open_the_verification_window(self) -> None:
        self.open_window()

    def open_window(self) -> None:
        self.write(moved(ISSUE_ID, S.IMPLEMENTED, S.VERIFYING, Role.MACHINE, subject=f"{ISSUE_ID} {len(self.bodies)}"), S.VERIFYING)

    @precondition(lambda self: self.state is S.VERIFYING)
    @rule()
    def close(self) -> None:
        """Only the approval of a proposal that stands closes it: not a move, and not an approval that nothing was proposed for."""
        number = len(self.bodies)
        self.refused(moved(ISSUE_ID, S.VERIFYING, S.CLOSED, Role.RISK_COMPLIANCE, subject=f"{ISSUE_ID} {number}"))
        proposal = a_proposal(business_date=TODAY + timedelta(days=number))
        approval = closure_approved(ISSUE_ID, proposal, f"closing {number}")
        self.refused(replace(approval, subject=f"{ISSUE_ID} early {number}"))
        self.write(window_judged(ISSUE_ID, subject=f"{ISSUE_ID}:closure:{number}"), self.state)
        self.write(closure_judged(ISSUE_ID, proposal), self.state)
        self.write(approval, S.CLOSED)

    @rule(before=st.sampled_from(sorted(S)), after=st.sampled_from(sorted(S)), role=st.sampled_from(sorted(Role)))
    def move_it_past_the_rules(self, before: IssueState, after: IssueState, role: Role) -> None:
        """A bare move is refused where it is not legal, where it closes, and where it approves what nobody has approved since."""
        is_approving = after is S.ACTION_APPROVED and not self.approved_since_the_move()
        if before is not self.state or (before, after) not in LEGAL or is_approving or after is S.CLOSED:
            self.refused(moved(ISSUE_ID, before, after, role, subject=f"{ISSUE_ID} {len(self.bodies)}"))

    # What becomes of it.

    def hand_in(self, handed: Handed) -> None:
        """Take a step as the flow does, and tell the model."""
        self.now += MINUTE
        self.handed.append(handed)
        case, plan = self.case(), self.plan(handed)
        decision = judge_step(case, plan, self.known())
        assert all(refusal.code and refusal.reason and refusal.remedy for refusal in decision.refusals)
        if case.taken(decision.document_digest):
            assert decision.document_digest in {body["data"].get("document_digest") for body in map(json.loads, self.bodies)}
        elif decision.is_accepted:
            self.write(step_event(plan, case, decision, digest_of([len(self.bodies)])), self.led_to(handed))

    def led_to(self, handed: Handed) -> IssueState:
        if isinstance(handed.document, Reopening):
            return S(handed.document.to.value)
        if (
            isinstance(handed.document, Classification)
            and handed.document.severity is Severity.L0
            and self.state in {S.NEW_SIGNAL, S.TRIAGE}
        ):
            return S.TRACKED
        return LEADS.get((handed.kind, self.state), self.state)

    def hand_in_approval(self, request: ApprovalRequest, signed: bool) -> None:
        self.now += MINUTE
        case = self.case()
        plan = self.plan(Handed(request.action, request.role, request.printed_name, None))
        used = any(given.nonce == request.nonce for given in case.approvals)
        answer = SignatureAnswer(SignatureVerdict.GOOD, f"SHA256:{request.printed_name}", "ED25519") if signed else SignatureAnswer()
        nonce = "sha256:used" if used else ""
        known = ApprovalKnowledge(answer, nonce_digest=nonce, sealed_digest=request.evidence_digest, is_head_known=True)
        decision = judge_approval(case, plan, ApprovalPapers(request, "{}", "sha256:x", "signature" if signed else ""), known)
        assert all(refusal.code and refusal.reason and refusal.remedy for refusal in decision.refusals)
        if decision.is_accepted:
            coverage = decision.coverage
            complete = coverage is not None and coverage.is_complete
            assert coverage is None or not complete or set(coverage.rule.roles) <= self.approved_since_the_plan() | {request.role}
            self.write(self.approval_event(request, dict(decision.body)), S.ACTION_APPROVED if complete else self.state)
        if used:
            assert not decision.is_accepted
            forged = approved(ISSUE_ID, "plan", request.nonce, subject=f"{ISSUE_ID} replayed {len(self.bodies)}")
            self.refused(forged, ApprovalRefusedError)

    def approved_since_the_plan(self) -> set[str]:
        """Return the roles in which somebody approved since the newest plan: what an earlier one was given is not its own."""
        told = [(body["kind"], body["data"].get("role", "")) for body in self.envelopes()]
        planned = max(number for number, (kind, _) in enumerate(told) if kind == EventKind.ACTIONS_PLANNED)
        return {role for kind, role in told[planned:] if kind == EventKind.APPROVAL_RECORDED}

    def approved_since_the_move(self) -> bool:
        """Return whether somebody approved a plan in the state that the issue is in."""
        told = self.envelopes()
        moved_at = max((number for number, body in enumerate(told) if "to" in body["data"]), default=0)
        return any(body["kind"] == EventKind.APPROVAL_RECORDED and body["data"].get("action") == K.PLAN for body in told[moved_at:])

    def approval_event(self, request: ApprovalRequest, body: dict[str, Any]) -> Event:
        said = plain({**body, "bundle_digest": digest_of([len(self.bodies)])})
        subject = f"{ISSUE_ID}:{request.nonce}"
        return Event(EventKind.APPROVAL_RECORDED, SYSTEM, subject, self.now, TODAY, said, ISSUE_ID, request.printed_name)

    def write(self, event: Event, to: IssueState) -> None:
        """Append what was accepted, once more as a retry does, and advance the model."""
        (stored,) = self.ledger.append([event])
        assert self.ledger.append([event]) == (stored,)
        assert to is self.state or (self.state, to) in LEGAL
        self.bodies.append(stored.body)
        self.state = to
        self.seen.add(to)

    def refused(self, event: Event, error: type[Exception] = IllegalMoveError) -> None:
        head = self.ledger.head()
        with pytest.raises(error):
            self.ledger.append([event])
        assert self.ledger.head() == head

    # What is known.

    def case(self) -> Case:
        (issue,) = self.ledger.read_issues()
        return case_of(issue, self.ledger.read_issue_events(ISSUE_ID))

    def plan(self, handed: Handed) -> StepPlan:
        submission = Submission(handed.kind, ISSUE_ID, handed.by, handed.role, handed.document)
        return replace(a_step_plan(Note(text="x")), as_of=self.now, submission=submission, systems=SYSTEMS)

    def known(self) -> StepKnowledge:
        versions = (VersionAnswer("model", "card_fraud_filter", "2.4.0", True), VersionAnswer("model", "card_fraud_filter", "9.9.9", False))
        return knowing(versions=versions, holds=preserved(self.envelopes()))

    def envelopes(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.bodies]

    def documents(self) -> dict[StepKind, tuple[Any, ...]]:
        holds = preserved(self.envelopes())
        since = [body["as_of"] for body in self.envelopes() if body["data"].get("to") == S.ACTION_APPROVED]
        at = datetime.fromisoformat(since[-1]) if since else NOON
        return some_documents(len(self.bodies), at, holds[0].hold_id if holds else "")

    # What must hold.

    @invariant()
    def the_ledger_holds_every_step_once_and_in_order(self) -> None:
        assert [event.body for event in self.ledger.read_issue_events(ISSUE_ID)] == self.bodies

    @invariant()
    def the_issue_is_where_the_model_says(self) -> None:
        (issue,) = self.ledger.read_issues()
        assert (issue.state, issue.version) == (self.state, len(self.bodies))

    def teardown(self) -> None:
        assert verify_ledger(self.ledger) == ()
        self.ledger.close()

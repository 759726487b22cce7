"""When an issue may be closed: what the ledger keeps of judged windows and closures, and whether a proposal stands.

Put here how the events ``WindowJudged`` and ``ClosureJudged`` are written and read for the fold, the database's rows and ``verify``, which
must agree. How a window or a closure is judged belongs to ``checks``; what the database refuses is ``migrations/guards_0005.py``.

 * A window may close an issue when it is clean, or when its days are over without evidence and the risk of that is accepted.
 * A proposal is a passing closure of an issue in verification: seven gates passed, on the newest judgement of its window.
 * A closure that was judged for a date that was over proposes nothing, and says nothing of a proposal: ``RUNS`` are what moves dates on.
 * It stands until something happens on the issue that it did not know: ``UNSETTLING`` lists what, and so is an approval of anything else,
   and a review that concludes to reopen the issue.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from registry.domain.canonical import digest_of, plain
from registry.domain.closure import ClosureDecision, GateStanding
from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.issue import Issue, IssueState
from registry.domain.recurrence import Outcome, Purpose, WindowDecision
from registry.domain.steps_closure import ClosureGate, ClosureProposal, ReviewConclusion
from registry.domain.work import StepKind

_ANSWERS = frozenset({Outcome.CLEAN, Outcome.RECURRED, Outcome.ELAPSED_UNEVIDENCED})  # after any other the question stays open

# What the ledger holds of runs for a business date: after one of them, the dates before are over.
RUNS = frozenset({EventKind.TRIAGE_DECIDED, EventKind.INDICATORS_READ, EventKind.CLOSURE_JUDGED, EventKind.PORTFOLIO_READ})

# What a proposal that was made before it did not know. Notes, holds, reviews that let the window run on, an owner and a link to another
# issue change nothing that it rests on; a window judged anew takes it back by another outcome alone, else no signature would outlive a day
# (``folding.py``).
UNSETTLING = frozenset(
    {
        EventKind.SIGNALS_JOINED,
        EventKind.LATE_EVIDENCE_RECORDED,
        EventKind.ISSUE_ESCALATED,
        EventKind.ISSUE_REOPENED,
        EventKind.SEVERITY_SET,
        EventKind.ROOT_CAUSE_RECORDED,
        EventKind.ACTIONS_PLANNED,
        EventKind.CHANGE_LINKED,
        EventKind.FIX_RELEASED,
        EventKind.CONTAINMENT_RECORDED,
        EventKind.EVIDENCE_ADDED,
        EventKind.SCOPE_RECORDED,
        EventKind.RECOVERY_RECORDED,
        EventKind.NOT_APPLICABLE_RECORDED,
        EventKind.RISK_ACCEPTED,
        EventKind.RISK_ACCEPTANCE_ENDED,
        EventKind.CAUSE_SHARED,
    }
)


@dataclass(frozen=True, slots=True)
class RecordedClosure:
    """A judged closure as its event tells it. ``document_digest`` is that of the proposal; empty where it did not pass.

    ``is_overtaken``: it was judged for a date that was over. It proposes nothing, and takes back nothing that was proposed.
    """

    verdict: str
    passed_count: int
    window: str
    is_risk_accepted: bool
    document_digest: str
    is_overtaken: bool = False

    @property
    def is_pass(self) -> bool:
        return self.verdict == Verdict.PASS


def recorded_closure(data: Mapping[str, Any]) -> RecordedClosure:
    """Return what the body of a ``ClosureJudged`` says."""
    gates, verdict = data["gates"], data["verdict"]
    passed = sum(gates.get(gate, {}).get("verdict") == Verdict.PASS for gate in ClosureGate)
    standing = gates.get(ClosureGate.RECURRENCE, {}).get("standing", "")
    digest = data.get("document_digest", "") if verdict == Verdict.PASS else ""
    return RecordedClosure(verdict, passed, data["window"], standing == GateStanding.RISK_ACCEPTED, digest, is_overtaken(data))


def is_overtaken(data: Mapping[str, Any]) -> bool:
    """Return whether a ``ClosureJudged`` was for a date that was over; one that passes never is.

    >>> is_overtaken({"verdict": "fail", "is_overtaken": True}), is_overtaken({"verdict": "pass", "is_overtaken": True})
    (True, False)
    """
    return bool(data.get("is_overtaken")) and data["verdict"] != Verdict.PASS


def unsettles(kind: EventKind, data: Mapping[str, Any]) -> bool:
    """Return whether an event takes a proposal back: what remains, and who answers for it, is in what people sign.

    >>> unsettles(EventKind.APPROVAL_RECORDED, {"action": "accept-risk"}), unsettles(EventKind.APPROVAL_RECORDED, {"action": "close"})
    (True, False)
    >>> unsettles(EventKind.WINDOW_REVIEWED, {"document": {"conclusion": "reopen"}})
    True
    """
    if kind is EventKind.WINDOW_REVIEWED:
        return bool(data.get("document", {}).get("conclusion") == ReviewConclusion.REOPEN)
    return kind in UNSETTLING or (kind is EventKind.APPROVAL_RECORDED and data.get("action") != StepKind.CLOSE)


def led_to(issue_id: str, links: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the issues as whose occurrences the signals of ``issue_id`` count, the nearest first; ``links`` are of the same cause.

    >>> led_to("ISS-1", [("ISS-1", "ISS-2"), ("ISS-2", "ISS-3"), ("ISS-4", "ISS-1")])
    ('ISS-2', 'ISS-3')
    """
    known, reached = tuple(links), [issue_id]
    for name in reached:
        reached += [target for source, target in known if source == name and target not in reached]
    return tuple(reached[1:])


def closes_by_window(window: str, *, is_risk_accepted: bool) -> bool:
    """Return whether a window of this outcome lets an issue be closed.

    >>> closes_by_window("clean", is_risk_accepted=False), closes_by_window("elapsed_unevidenced", is_risk_accepted=False)
    (True, False)
    """
    return window == Outcome.CLEAN or (window == Outcome.ELAPSED_UNEVIDENCED and is_risk_accepted)


def proposal_problem(issue: Issue, actor: str, data: Mapping[str, Any]) -> str:
    """Return what keeps a passing ``ClosureJudged`` from being a proposal to close ``issue``; empty where nothing does."""
    found = recorded_closure(data)
    if actor != "machine" or data.get("role") != "machine" or data.get("step") != StepKind.CLOSE:
        return f"expected a proposal by the machine, found one by {actor}"
    if issue.state is not IssueState.VERIFYING:
        return f"expected it in verifying, found it in {issue.state}"
    if found.passed_count != len(ClosureGate):
        return f"expected all {len(ClosureGate)} gates passed, found {found.passed_count}"
    if found.window != issue.window:
        return f"expected the newest judgement of its window, {issue.window or 'none'}, found {found.window or 'none'}"
    if not closes_by_window(found.window, is_risk_accepted=found.is_risk_accepted):
        return f"expected a window that is clean, or elapsed with its risk accepted, found {found.window}"
    return "" if found.document_digest else "expected the digest of what is proposed, found none"


def closing_problem(issue: Issue, kind: str, data: Mapping[str, Any]) -> str:
    """Return why an event may not move ``issue`` from verifying to closed; empty where it may: the approval of the standing proposal."""
    if not issue.closure:
        return "expected a proposal of the closure verification that stands, found none"
    if kind != EventKind.APPROVAL_RECORDED or data.get("action") != StepKind.CLOSE:
        return f"expected the approval of its closure to close it, found {kind}"
    if data.get("document_digest") != issue.closure:
        return f"expected an approval of the standing proposal {issue.closure}, found one of {data.get('document_digest')}"
    return ""


def window_body(decision: WindowDecision) -> dict[str, Any]:
    """Return what a ``WindowJudged`` has to say for the fold; its flow says more beside."""
    return {"purpose": decision.purpose.value, "outcome": decision.outcome.value, "verdict": decision.verdict.value}


def is_of_closure(data: Mapping[str, Any]) -> bool:
    """Return whether a ``WindowJudged`` is about earning a closure, and not about a closed issue."""
    return bool(data["purpose"] == Purpose.CLOSURE)


def is_answer(data: Mapping[str, Any]) -> bool:
    """Return whether a ``WindowJudged`` says of a closed issue whether its fix held, or that nobody will ever know."""
    return not is_of_closure(data) and data["outcome"] in _ANSWERS


def closure_body(decision: ClosureDecision, window: str, decision_digest: str, bundle_digest: str) -> dict[str, Any]:
    """Return the body of a ``ClosureJudged``; ``window`` is the outcome that it rests on (empty: none was judged)."""
    gates = {found.gate.value: {"verdict": found.verdict.value, "standing": found.standing.value} for found in decision.gates}
    told: dict[str, Any] = {"verdict": decision.verdict.value, "gates": gates, "window": window}
    told |= {"is_overtaken": True} if decision.is_overtaken else {}
    return {**told, "decision_digest": decision_digest, "bundle_digest": bundle_digest}


def proposal_body(issue_id: str, proposal: ClosureProposal) -> dict[str, Any]:
    """Return what the body of a passing ``ClosureJudged`` says beside: the step that people sign, as those of people tell theirs."""
    return {
        "step": StepKind.CLOSE.value,
        "role": "machine",
        "document": plain(proposal),
        "document_digest": proposal_digest(issue_id, proposal),
    }


def proposal_digest(issue_id: str, proposal: ClosureProposal) -> str:
    """Return the digest that approvals of a proposal name."""
    return digest_of({"issue": issue_id, "step": StepKind.CLOSE, "document": plain(proposal)})

"""An issue's life as events: every step that people take, told with the examples that the forms show.

Put here what tests of graphs and pages of issues share. The documents are those of ``registry/domain/step_examples.py``.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from registry.domain.canonical import digest_of, plain
from registry.domain.events import Event, EventKind
from registry.domain.folding import fold
from registry.domain.issue import Issue
from registry.domain.step_examples import EXAMPLES
from registry.domain.steps_closure import ClosureProposal
from registry.domain.work import STEPS, StepKind
from registry.step_documents import read_step
from tests.builders import a_signal
from tests.closing import a_proposal, closure_body

ISSUE = "ISS-20260309-1a2b3c4d"
SYSTEM = "card_fraud_filter"
OPENED_AT = datetime(2026, 3, 9, 10, tzinfo=UTC)
LEAD, OWNER, RISK = "operations.lead@bank.example", "product.owner@bank.example", "risk@bank.example"
Told = tuple[int, dict[str, Any]]


def example(document: str, **changes: Any) -> dict[str, Any]:
    """Return the example of a document, complete, as an event holds it."""
    given = dict(EXAMPLES[document])
    if document == "RootCause":
        given |= {"five_whys": [f"answer {number}: {given['five_whys'][0]}" for number in range(1, 6)], "reach": dict(EXAMPLES["Reach"])}
    if document == "ActionPlan":
        corrective = dict(EXAMPLES["PlannedAction"])
        preventive = corrective | {"action": "code-check", "kind": "preventive", "what": "Refuse unknown terminal codes at the door."}
        given["actions"] = [corrective, preventive]
    if document == "ChangeLink":
        given["controls"] = [dict(EXAMPLES["ControlAnswer"])]
    return given | changes


class Story:
    """Events of one issue in the order they are told, an hour apart."""

    def __init__(self) -> None:
        self.events: list[Told] = []

    def add(self, kind: EventKind, data: dict[str, Any], actor: str = "machine") -> Story:
        """Tell one event."""
        seq = len(self.events) + 1
        event = Event(kind, SYSTEM, f"{ISSUE}:{seq}", OPENED_AT + timedelta(hours=seq), date(2026, 3, 9), plain(data), ISSUE, actor)
        self.events.append((seq, json.loads(event.canonical_body())))
        return self

    def open(self, **data: Any) -> Story:
        """Tell that a rise opened the issue."""
        body = {
            "fingerprint": "fp",
            "fingerprint_version": 1,
            "title": "Card declined",
            "state": "triage",
            "severity": "L2",
            "opened_by": "spike",
            "signal_count": 41,
            "last_signal_on": "2026-03-08",
            "reason": "41 in 7 days against 12 expected",
        }
        return self.add(EventKind.ISSUE_OPENED, body | data)

    def step(
        self, kind: StepKind, by: str = LEAD, role: str = "operations_lead", told: dict[str, Any] | None = None, **changes: Any
    ) -> Story:
        """Tell a step with its example document, changed; ``told`` is what the event says beside it."""
        shape = STEPS[kind].document
        document = plain(read_step(shape, example(shape.__name__, **changes)))
        digest = digest_of({"issue": ISSUE, "step": kind, "document": document})
        data = {"step": kind, "role": role, "document": document, "document_digest": digest, "bundle_digest": "sha256:" + "b" * 64}
        data |= {name: document[name] for name in ("reason", "severity") if name in document}
        data |= {"effective_at": document["deployed_at"], "versions": {}} if kind is StepKind.IMPLEMENT else {}
        return self.add(STEPS[kind].event, data | (told or {}), by)

    def approve(self, name: str, role: str, action: StepKind = StepKind.PLAN, **changes: Any) -> Story:
        """Tell an approval of the newest document of ``action``."""
        digests = [envelope["data"]["document_digest"] for _, envelope in self.events if envelope["data"].get("step") == action]
        at = OPENED_AT + timedelta(hours=len(self.events) + 1)
        data = {
            "action": action,
            "document_digest": digests[-1],
            "name": name,
            "role": role,
            "kind": "signed",
            "fingerprint": "SHA256:" + "f" * 43,
            "nonce": f"n{len(self.events)}",
            "meaning": "I have read and approve the plan.",
            "signed_at": at,
            "expires_at": at + timedelta(days=7),
            "is_break_glass": False,
            "bundle_digest": "sha256:" + "c" * 64,
        }
        return self.add(EventKind.APPROVAL_RECORDED, data | changes, name)

    def window(self, outcome: str = "clean", purpose: str = "closure", **data: Any) -> Story:
        """Tell how the window was judged."""
        return self.add(EventKind.WINDOW_JUDGED, {"purpose": purpose, "outcome": outcome, "bundle_digest": "sha256:" + "d" * 64} | data)

    def propose(self, proposal: ClosureProposal | None = None) -> Story:
        """Tell that the closure verification passed."""
        return self.add(EventKind.CLOSURE_JUDGED, closure_body(ISSUE, proposal or a_proposal()))

    def issue(self) -> Issue:
        """Return what the events make of the issue."""
        issue: Issue | None = None
        for _, envelope in self.events:
            issue = fold(issue, envelope)
        assert issue is not None
        return issue

    def packages(self) -> dict[int, str]:
        """Return a package for each event."""
        return {seq: f"{seq:06d}" for seq, _ in self.events}


def to_implemented() -> Story:
    """Return the story from its opening to a fix in force, with a hold beside it."""
    story = Story().open().step(StepKind.ASSIGN)
    story.step(StepKind.CLASSIFY)
    story.step(StepKind.CONTAIN, told={"from": "triage", "to": "contained"}).step(StepKind.HOLD, by=RISK, role="risk_compliance")
    elsewhere = [{"system": "loan_scoring", "shared": [], "issues": ["ISS-20260301-5e6f7a8b"], "why": "reads data/complaints.csv too"}]
    way = {"from": "contained", "to": "rca_in_progress", "elsewhere": elsewhere}
    story.step(StepKind.ROOT_CAUSE, by=OWNER, role="product_owner", told=way)
    story.step(StepKind.PLAN, by=LEAD).approve(OWNER, "product_owner")
    story.approve(
        RISK, "risk_compliance", StepKind.PLAN, **{"from": "rca_in_progress", "to": "action_approved", "reason": "the last approval"}
    )
    story.step(StepKind.LINK_CHANGE).step(StepKind.LINK_CHANGE, action="code-check", artifact="workflow", name="schema-check", version="7")
    fix = {"versions": {"model": "2.4.0"}, "from": "action_approved", "to": "implemented"}
    return story.step(StepKind.IMPLEMENT, by=OWNER, role="product_owner", told=fix).step(StepKind.ADD_EVIDENCE)


def to_closed() -> Story:
    """Return the story of a fix that held: its window, scope, customers, proposal, signatures and the closing."""
    story = to_implemented().add(EventKind.ISSUE_MOVED, {"from": "implemented", "to": "verifying", "role": "machine", "reason": "in force"})
    story.step(StepKind.SCOPE).step(StepKind.RECOVERY).window("watching").window(observed_days=60, exposure=4100, occurrence_count=0)
    story.propose().approve(OWNER, "product_owner", StepKind.CLOSE)
    return story.approve(RISK, "risk_compliance", StepKind.CLOSE, **{"from": "verifying", "to": "closed"})


def signals(count: int = 2) -> list[tuple[str, dict[str, Any]]]:
    """Return signals on the issue, each with its relation."""
    made = (a_signal(key=f"key-{number}", signal_id=f"CMP-{number}", system_id=SYSTEM) for number in range(count))
    return [("opened" if number == 0 else "joined", plain(signal)) for number, signal in enumerate(made)]

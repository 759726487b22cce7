"""The story of an issue that is closed, as events: every step that people took, who took it, and who approved what.

Put here how a story is told and changed. Its documents are ``tests/closure_documents.py``; what a closure is judged from beside it is
``tests/closure_builders.py``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from registry.domain.canonical import digest_of, plain
from registry.domain.catalogue import OwnerRole
from registry.domain.events import Event, EventKind
from registry.domain.folding import fold
from registry.domain.issue import Issue
from registry.domain.recurrence import Outcome
from registry.domain.signal import Severity
from registry.domain.work import STEPS, StepKind
from tests.builders import DIGEST, SYSTEM
from tests.closure_documents import DOCUMENTS, People, a_recovery, documents_of
from tests.recurrence_builders import FIX_AT, ISSUE

OPENED_AT = datetime(2020, 12, 5, 10, tzinfo=UTC)
VERIFIED_AT = FIX_AT + timedelta(days=45)
_L, _R = Severity, OwnerRole
SEVERE = (_L.L3, _L.L4)
ROLES = {
    _L.L1: (_R.PRODUCT_OWNER,),
    _L.L2: (_R.PRODUCT_OWNER, _R.OPERATIONS_LEAD),
    _L.L3: (_R.PRODUCT_OWNER, _R.RISK_COMPLIANCE, _R.MODEL_RISK),
    _L.L4: (_R.PRODUCT_OWNER, _R.RISK_COMPLIANCE, _R.MODEL_RISK, _R.BUSINESS_PROCESS_OWNER),
}


@dataclass(frozen=True)
class ClosureStory:
    """What happened on one issue, as events in order (number, envelope); a change gives another story and leaves the issue as it was."""

    events: tuple[tuple[int, dict[str, Any]], ...] = ()

    def add(self, at: datetime, kind: EventKind, data: Mapping[str, Any], actor: str = "machine") -> ClosureStory:
        """Tell one more event."""
        seq = self.events[-1][0] + 1 if self.events else 1
        event = Event(kind, SYSTEM, f"{ISSUE}:{seq}", at, at.date(), plain(dict(data)), ISSUE, actor)
        return ClosureStory((*self.events, (seq, json.loads(event.canonical_body()))))

    def take(self, at: datetime, kind: StepKind, document: Any, by: str, role: str, **told: Any) -> ClosureStory:
        """Tell a step; ``told`` is what its event says beside the document (``move=(from, to)`` for a move)."""
        move = dict(zip(("from", "to"), told.pop("move", ()), strict=False))
        told |= {name: value for name in ("severity",) if (value := getattr(document, name, None))}
        digest = digest_of({"issue": ISSUE, "step": kind, "document": plain(document)})
        bundle = digest_of([ISSUE, kind, len(self.events)])
        data = {"step": kind, "role": role, "document": plain(document), "document_digest": digest, "bundle_digest": bundle}
        return self.add(at, STEPS[kind].event, data | move | told, by)

    def approve(self, at: datetime, role: str, action: StepKind = StepKind.PLAN, name: str = "", **changes: Any) -> ClosureStory:
        """Tell a signed approval of the newest document of ``action`` by whoever has ``role``."""
        name = name or People[role]
        data = {
            "action": action,
            "document_digest": [told["data"]["document_digest"] for _, told in self.events if told["data"].get("step") == action][-1],
            "name": name,
            "role": role,
            "kind": "signed",
            "fingerprint": f"SHA256:{digest_of(name)[7:50]}",
            "nonce": f"n{len(self.events)}",
            "meaning": "I have read and approve it.",
            "signed_at": at,
            "expires_at": at + timedelta(days=7),
            "is_break_glass": False,
            "bundle_digest": digest_of([ISSUE, "approval", len(self.events)]),
        }
        move = dict(zip(("from", "to"), changes.pop("move", ()), strict=False))
        return self.add(at, EventKind.APPROVAL_RECORDED, data | move | changes, name)

    def steps(self, kind: StepKind) -> list[int]:
        """Return the numbers of the events of one kind of step."""
        return [seq for seq, told in self.events if told["data"].get("step") == kind]

    def without(self, kind: StepKind, place: int | None = None) -> ClosureStory:
        """Return the story in which nobody took the step, or not the one at ``place``; its moves stay made."""
        gone = self.steps(kind) if place is None else [self.steps(kind)[place]]
        return ClosureStory(tuple(one for one in self.events if one[0] not in gone))

    def without_approvals(self, action: StepKind = StepKind.PLAN, role: str = "") -> ClosureStory:
        """Return the story in which nobody, or nobody in ``role``, approved the step."""
        kept = (one for one in self.events if one[1]["data"].get("action") != action or role not in ("", one[1]["data"]["role"]))
        return ClosureStory(tuple(kept))

    def changed(self, kind: StepKind, place: int = -1, /, **changes: Any) -> ClosureStory:
        """Return the story with other fields in one document; its digest follows, and so do approvals of it."""
        seq = self.steps(kind)[place]
        before = dict(self.events)[seq]["data"]
        document = before["document"] | plain(changes)
        digest = digest_of({"issue": ISSUE, "step": kind, "document": document})
        story = self.retold(lambda told: told.get("document_digest") == before["document_digest"], document_digest=digest)
        return story.retold(lambda told: told.get("document_digest") == digest and "step" in told, document=document)

    def retold(self, is_meant: Callable[[dict[str, Any]], bool], **data: Any) -> ClosureStory:
        """Return the story in which the events that are meant, told by their bodies, say something else."""
        return ClosureStory(
            tuple((seq, {**told, "data": told["data"] | plain(data)} if is_meant(told["data"]) else told) for seq, told in self.events)
        )

    def at(self, kind: StepKind, at: datetime, by: str = "", place: int = -1) -> ClosureStory:
        """Return the story in which a step was taken at another time, or by somebody else."""
        seq = self.steps(kind)[place]
        return ClosureStory(
            tuple((one, {**told, "as_of": plain(at), "actor": by or told["actor"]} if one == seq else told) for one, told in self.events)
        )

    def issue(self) -> Issue:
        """Return what the events make of the issue."""
        issue: Issue | None = None
        for _, told in self.events:
            issue = fold(issue, told)
        assert issue is not None
        return issue


@cache
def a_story(severity: Severity = Severity.L2) -> ClosureStory:
    """Return the story from the opening to a window that was judged clean."""
    made = documents_of(severity)
    hours = timedelta(hours=1)
    story = ClosureStory().add(OPENED_AT, EventKind.ISSUE_OPENED, _opening(severity))
    for number, kind in enumerate((StepKind.ASSIGN, StepKind.CLASSIFY, StepKind.CONTAIN, StepKind.ROOT_CAUSE, StepKind.PLAN), 1):
        story = story.take(OPENED_AT + number * hours, kind, made[kind][0], *DOCUMENTS[kind].taken_by, **DOCUMENTS[kind].told)
    roles = [role.value for role in ROLES[severity]]
    for number, role in enumerate(roles):
        move = ("rca_in_progress", "action_approved") if role == roles[-1] else ()
        story = story.approve(OPENED_AT + (10 + number) * hours, role, move=move)
    for number, link in enumerate(made[StepKind.LINK_CHANGE]):
        story = story.take(FIX_AT - (9 - number) * hours, StepKind.LINK_CHANGE, link, *DOCUMENTS[StepKind.LINK_CHANGE].taken_by)
    for kind, at in ((StepKind.IMPLEMENT, FIX_AT + hours), (StepKind.SCOPE, FIX_AT + 2 * hours)):
        story = story.take(at, kind, made[kind][0], *DOCUMENTS[kind].taken_by, **DOCUMENTS[kind].told)
    watching = {"from": "implemented", "to": "verifying", "role": "machine", "reason": "the fix serves all traffic"}
    story = story.add(FIX_AT + timedelta(days=1), EventKind.ISSUE_MOVED, watching)
    for number, evidence in enumerate(made[StepKind.ADD_EVIDENCE]):
        story = story.take(VERIFIED_AT + number * hours, StepKind.ADD_EVIDENCE, evidence, *DOCUMENTS[StepKind.ADD_EVIDENCE].taken_by)
    if severity in SEVERE:
        story = story.take(VERIFIED_AT + 5 * hours, StepKind.RECOVERY, a_recovery(), *DOCUMENTS[StepKind.RECOVERY].taken_by)
    judged_at = datetime(2021, 5, 10 if severity in SEVERE else 1, 11, tzinfo=UTC)
    clean = {"outcome": Outcome.CLEAN, "purpose": "closure", "verdict": "pass", "decision_digest": DIGEST, "bundle_digest": DIGEST}
    return story.add(judged_at, EventKind.WINDOW_JUDGED, clean)


def _opening(severity: Severity) -> dict[str, Any]:
    return {
        "fingerprint": "0123456789abcdef",
        "fingerprint_version": 1,
        "title": "Wrong explanation of a fee",
        "state": "triage",
        "severity": severity,
        "opened_by": "spike",
        "signal_count": 12,
        "last_signal_on": "2020-12-04",
        "reason": "12 in 7 days against 3 expected",
    }

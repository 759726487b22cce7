"""Cases from events: everything that people did on an issue, folded in the order it was recorded.

Put here how one event adds to a case; the ledger and the archive both tell their cases through it. What a case means is ``work.py`` and the
checks that read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from registry.domain.closing import is_answer
from registry.domain.events import EventKind
from registry.domain.issue import Issue, IssueState
from registry.domain.reading import from_plain
from registry.domain.signal import Severity
from registry.domain.times import parse_instant
from registry.domain.work import STEPS, ApprovalGiven, Case, StepKind, StepTaken

# Every kind of event that adds to a case. Machines append the last one, and a ``ClosureJudged``: a step only where it proposes something.
CASE_KINDS = frozenset(
    {rule.event for rule in STEPS.values()} | {EventKind.APPROVAL_RECORDED, EventKind.RISK_ACCEPTANCE_ENDED, EventKind.WINDOW_JUDGED}
)
_ACTIONS = frozenset(kind.value for kind in StepKind)


def advanced(case: Case, seq: int, envelope: Mapping[str, Any]) -> Case:
    """Return ``case`` after an event of its issue. The issue itself is folded elsewhere (``folding.py``)."""
    kind, data = EventKind(envelope["kind"]), envelope["data"]
    if kind is EventKind.ISSUE_REOPENED:
        # What was severe until now is settled by a closure alone: whoever lowered it does not wash it off by reopening.
        kept = () if data.get("from", IssueState.CLOSED) == IssueState.CLOSED else case.severities
        case = replace(case, reopened_seq=seq, reopened_at=parse_instant(envelope["as_of"]), severities=kept, answered_at=None)
    elif kind is EventKind.SEVERITY_SET:
        given = (Severity(data[name]) for name in ("issue_severity", "severity") if name in data)
        case = replace(case, severities=tuple(dict.fromkeys((*case.severities, *given))))
    elif kind is EventKind.APPROVAL_RECORDED and data.get("action") in _ACTIONS:  # other things are approved too
        return replace(case, approvals=(*case.approvals, _approval(seq, envelope)))
    elif kind is EventKind.RISK_ACCEPTANCE_ENDED:
        return replace(case, ended=(*case.ended, data["document_digest"]))
    elif kind is EventKind.WINDOW_JUDGED:
        return replace(case, answered_at=parse_instant(envelope["as_of"])) if is_answer(data) else case
    if kind in CASE_KINDS and "step" in data:
        case = replace(case, steps=(*case.steps, _step(seq, envelope)))
    return case


def cases_of(issues: Iterable[Issue], events: Iterable[tuple[int, dict[str, Any]]]) -> tuple[Case, ...]:
    """Return the case of each of ``issues`` that has any of ``events``, by issue id."""
    known = {issue.issue_id: issue for issue in issues}
    cases: dict[str, Case] = {}
    for seq, envelope in events:
        issue_id = envelope["issue"]
        if issue_id in known:
            cases[issue_id] = advanced(cases.get(issue_id) or Case(known[issue_id]), seq, envelope)
    return tuple(cases[issue_id] for issue_id in sorted(cases))


def closed_before(events: Iterable[tuple[int, dict[str, Any]]], seq: int) -> int:
    """Return the newest event of an issue before ``seq`` that closed it; 0 where none did."""
    return max((number for number, envelope in events if number < seq and envelope["data"].get("to") == IssueState.CLOSED), default=0)


def _step(seq: int, envelope: Mapping[str, Any]) -> StepTaken:
    data = envelope["data"]
    kind = StepKind(data["step"])
    document = from_plain(STEPS[kind].document, data["document"])
    severity = Severity(data["issue_severity"]) if "issue_severity" in data else None
    at, digests = parse_instant(envelope["as_of"]), (data["document_digest"], data["bundle_digest"])
    return StepTaken(seq, kind, envelope["actor"], data["role"], at, document, *digests, severity)


def _approval(seq: int, envelope: Mapping[str, Any]) -> ApprovalGiven:
    approval: ApprovalGiven = from_plain(ApprovalGiven, {**envelope["data"], "seq": seq, "at": envelope["as_of"]})
    return approval

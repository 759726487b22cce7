"""The ledger events of one run of the recurrence monitoring, in the one order in which they are appended.

Put the bodies of a run's events here; what the fold reads of a judged window is ``registry/domain/closing.py``.

The rules:
 * Window by window, as they were judged: an issue moves to ``verifying`` once its window is open, or its problem came back while a part of
   the traffic had the fix; then its judgement is recorded; then the issue comes back where its problem did. The window of a closed issue is
   recorded from its review date on until it has an answer, and whenever something came back.
 * An issue comes back to root-cause analysis, by the machine, one occurrence more; a severity that a person set stays. Its signals hang on
   it already: none is counted again.
 * The indicators of each system come last, on every date: a run that looked at nothing else is seen, too.
 * Every event but a move or a return cites the run's package. No body holds a fraction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from registry.domain.canonical import decimal_text, plain
from registry.domain.closing import window_body
from registry.domain.events import Event, EventKind
from registry.domain.issue import IssueState, Role
from registry.domain.recurrence import Indicator, Outcome, Purpose, WindowDecision, WindowInputs
from registry.domain.recurrence_beginnings import terms_body

_INDICATORS = "indicators"


def window_events(inputs: WindowInputs, decision: WindowDecision, judged: Event) -> Iterator[Event]:
    """Yield what a judged window changes, around the event ``judged`` that records it."""
    state = inputs.state
    is_back = decision.outcome is Outcome.RECURRED
    if state is IssueState.IMPLEMENTED and (is_back or decision.effective.effective_at is not None):
        move = {"from": state, "to": IssueState.VERIFYING, "role": Role.MACHINE, "reason": decision.effective.reason}
        state = IssueState.VERIFYING
        yield _event(inputs, EventKind.ISSUE_MOVED, f"{inputs.issue_id}/window", move)
    yield judged
    if is_back:
        yield _event(inputs, EventKind.ISSUE_REOPENED, f"{inputs.issue_id}/window", _return(state, decision))


def window_event(inputs: WindowInputs, decision: WindowDecision, bundle_digest: str, record_digest: str, record: str) -> Event:
    """Return the event that records a window and cites its sealed evidence: the package, the record's digest and its file in it."""
    body = window_body(decision) | {
        "reasons": [reason.code for reason in decision.reasons],
        "fix": {"effective_at": inputs.fix.effective_at, "versions": inputs.fix.versions},
        "effective_at": decision.effective.effective_at,
        "start_on": decision.effective.start_on,
        "floor_on": decision.floor_on,
        "closes_on": decision.closes_on,
        "observed_days": decision.observed_days,
        "required_days": decision.required_days,
        "exposure": decision.exposure,
        "required_exposure": None if decision.required_exposure is None else decimal_text(decision.required_exposure),
        "occurrence_count": len(decision.occurrences),
        "late_count": len(decision.late),
        "policy_digest": decision.policy_digest,
        "terms": terms_body(inputs.terms),
        "bundle_digest": bundle_digest,
        "record_digest": record_digest,
        "record": record,
    }
    return _event(inputs, EventKind.WINDOW_JUDGED, f"{inputs.issue_id}:{decision.purpose}", body)


def indicators_event(
    system_id: str, indicators: Sequence[Indicator], as_of: datetime, on: date, bundle_digest: str, decision_digest: str
) -> Event:
    """Return the event that records the key risk indicators of one system, citing the run's package and decision."""
    ours = [_told(one) for one in indicators if one.system_id == system_id]
    body = {_INDICATORS: ours, "bundle_digest": bundle_digest, "decision_digest": decision_digest}
    return Event(EventKind.INDICATORS_READ, system_id, _INDICATORS, as_of, on, plain(body))


def is_told(decision: WindowDecision, *, is_recorded: bool) -> bool:
    """Return whether a window is recorded: on its date, or because something came back."""
    return is_recorded or decision.purpose is Purpose.CLOSURE or decision.outcome is Outcome.RECURRED


def _return(state: IssueState, decision: WindowDecision) -> dict[str, Any]:
    through = sorted({found.reason_code for found in decision.occurrences})
    last_at = max((found.decided_at for found in decision.occurrences), default=None)
    return {
        "from": state,
        "to": IssueState.RCA_IN_PROGRESS,
        "role": Role.MACHINE,
        "reason": "; ".join(reason.text for reason in decision.reasons) or "its problem came back after the fix",
        "reason_code": "recurred",
        "through": through,
        "last_decided_at": last_at,
        "feed": "",  # whose signals it takes: none
        "signal_count": 0,
        "severity": decision.severity_after,
    }


def _told(one: Indicator) -> dict[str, Any]:
    numbers = {name: None if number is None else decimal_text(number) for name, number in (("value", one.value), ("limit", one.limit))}
    return {"kind": one.kind, "light": one.light, "reason": one.reason, **numbers, "n": one.n, "is_missing": one.is_missing}


def _event(inputs: WindowInputs, kind: EventKind, subject: str, body: dict[str, Any]) -> Event:
    return Event(kind, inputs.system_id, subject, inputs.as_of, inputs.business_date, plain(body), inputs.issue_id)

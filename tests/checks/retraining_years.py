"""Windows judged one after the other, each with the history that the events before it fold to.

Put here what tests of several windows share; values of one window are ``tests/trigger_builders.py``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from checks.retraining import decide
from checks.retraining_conditions import Looked
from checks.trigger_events import evaluated_event
from registry.domain.events import Event, EventKind
from registry.domain.monitoring import MonitoredSystem, Window, WindowKind, window_of
from registry.domain.policy_triggers import TriggerPolicies
from registry.domain.trigger_folding import fold_history
from registry.domain.triggers import TriggerDecision, TriggerHistory
from tests.trigger_builders import POLICIES, a_watched_system, trigger_inputs

DIGEST = "sha256:" + "7" * 64


@dataclass
class Story:
    """A watched system, its ledger as (number, envelope) pairs, and every decision made."""

    system: MonitoredSystem = field(default_factory=a_watched_system)
    policies: TriggerPolicies = POLICIES
    events: list[tuple[int, Mapping[str, Any]]] = field(default_factory=list)
    decisions: list[TriggerDecision] = field(default_factory=list)

    def judge(self, window: Window, looked: Looked, as_of: datetime | None = None, **changes: Any) -> TriggerDecision:
        """Return the decision about a window at ``as_of``, the morning after it unless told otherwise, and record it."""
        decision = decide(self.inputs(window, as_of, **changes), looked)
        self.decisions.append(decision)
        self.append(evaluated_event(decision, DIGEST, DIGEST, "decision.json"))
        return decision

    def inputs(self, window: Window, as_of: datetime | None = None, **changes: Any) -> Any:
        at = as_of or datetime(window.end_on.year, window.end_on.month, window.end_on.day, 8, tzinfo=UTC)
        kind = self.system.monitoring.window
        told = {"system": self.system, "policies": self.policies, "window_kind": kind, "as_of": at, "business_date": at.date(), **changes}
        return trigger_inputs(window, **({} if "history" in told else {"history": self.history(at)}), **told)

    def history(self, at: datetime) -> TriggerHistory:
        return fold_history(self.system, self.events, self.policies, at)

    def append(self, event: Event) -> None:
        self.events.append((len(self.events) + 1, json.loads(event.canonical_body())))

    def close(self, request_id: str, at: datetime) -> None:
        self.append(told(EventKind.REQUEST_CLOSED, at, request_id, outcome="not_needed"))


def told(kind: EventKind, at: datetime, subject: str = "", issue_id: str = "", **body: Any) -> Event:
    """Return an event of the watched system."""
    return Event(kind, "credit_model", subject, at, at.date(), body, issue_id=issue_id)


def months(count: int, first: date = date(2026, 2, 1)) -> list[Window]:
    """Return consecutive months."""
    found = [window_of(first, WindowKind.MONTH)]
    while len(found) < count:
        found.append(window_of(found[-1].end_on, WindowKind.MONTH))
    return found


def days(count: int, first: date = date(2026, 2, 1)) -> list[Window]:
    return [window_of(first + timedelta(days=number), WindowKind.DAY) for number in range(count)]


def seen(*cells: Any, **others: Any) -> Looked:
    """Return what a window shows: these cells, and findings by name."""
    return replace(Looked(cells=cells), **others)

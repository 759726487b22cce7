"""What a decision about a window knows of before, folded from the ledger's events: there is no other state.

Put here how events become ``TriggerHistory``. What an evaluation's event holds is ``checks/trigger_events.py``.

The rules:
 * Memory does not grow with history: of the windows, those that persistence and clearing can ask for are kept, and those whose requests
   can still be counted or be in flight. Claims about versions of the model and of policies are kept; they are few.
 * A window that was not settled and was judged later is one window: the later decision, with the requests of both.
 * After the windows' length was changed, what stands and what was asked for goes on: the same question is not asked anew.
 * A model is trained on the day since which the version in force serves. A policy or law takes effect where the ledger says that another
   version of the artifact ``policy`` is in force (``proofloop versions record``); the first version ever is no change.
 * Labels known at training are those known at the newest evaluation, or freezing of a reference, before that version was recorded; where
   nothing was recorded before, those of the first record after it.
 * An incident is an issue opened by a feed of incidents, or one that a person classified as an incident; it counts when it was opened.
 * A request is closed when a person said so. A preservation hold counts while it is in force at the decision's instant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from registry.domain.events import EventKind
from registry.domain.monitoring import MonitoredSystem, Window, WindowKind
from registry.domain.policy_triggers import TriggerPolicies
from registry.domain.preservation import PRESERVATION_KINDS, preserved, told
from registry.domain.signal import SignalCategory
from registry.domain.times import local_date, parse_instant
from registry.domain.trigger_memory import TriggerMemory
from registry.domain.trigger_windows import is_of_kind
from registry.domain.triggers import PastWindow, TriggerAction, TriggerHistory, TriggerKind, TriggerRequest
from registry.domain.versions import VersionClaim, claim_of, serving_at, stretches

HISTORY_KINDS = (
    EventKind.TRIGGERS_EVALUATED,
    EventKind.REFERENCE_FROZEN,
    EventKind.REQUEST_CLOSED,
    EventKind.VERSION_OBSERVED,
    EventKind.ISSUE_OPENED,
    EventKind.SEVERITY_SET,
    *PRESERVATION_KINDS,
)
"""The kinds of events that a history is folded from."""

MODEL, POLICY = "model", "policy"
_MONTH = timedelta(days=30)
_YEAR = timedelta(days=366)


def fold_history(
    system: MonitoredSystem, events: Iterable[tuple[int, Mapping[str, Any]]], policies: TriggerPolicies, as_of: datetime
) -> TriggerHistory:
    """Return what a decision about a system at ``as_of`` knows; see ``fold_histories``."""
    return fold_histories((system,), events, policies, as_of)[system.entry.system_id]


def fold_histories(
    systems: Iterable[MonitoredSystem], events: Iterable[tuple[int, Mapping[str, Any]]], policies: TriggerPolicies, as_of: datetime
) -> dict[str, TriggerHistory]:
    """Return what decisions at ``as_of`` know, by system, from (number, stored envelope) in order; others' events are passed by.

    The caller ends ``events`` at the knowledge cut: one that is in them counts as known.
    """
    foldings = {system.entry.system_id: _Folding(system, policies, as_of) for system in systems}
    latest = 0
    for seq, envelope in events:
        latest = max(latest, seq)
        folding = foldings.get(envelope["system"])
        if folding is not None:
            folding.add(seq, envelope)
    return {system_id: replace(folding.finish(), events=latest) for system_id, folding in foldings.items()}


def with_window(history: TriggerHistory, past: PastWindow) -> TriggerHistory:
    """Return what is known after one more decision, as if its event had been folded."""
    windows = {one.window: one for one in history.windows}
    windows[past.window] = _merged(windows.get(past.window), past)
    return replace(history, windows=tuple(windows[window] for window in sorted(windows)))


def past_window(envelope: Mapping[str, Any]) -> PastWindow:
    """Return the window that an evaluation's envelope tells of."""
    data = envelope["data"]
    memory = data["memory"]
    return PastWindow(
        window=Window(*(date.fromisoformat(data["window"][name]) for name in ("start_on", "end_on"))),
        decided_at=parse_instant(envelope["as_of"]),
        reference_digest=data["reference_digest"],
        judged=data["judged"],
        settled=data["settled"],
        over=_cells(data["over"]),
        drifted=_cells(data["drifted"]),
        not_evaluated=_cells(data["not_evaluated"]),
        conditions=frozenset(data["conditions"]),
        requests=tuple(map(_request, data["requests"])),
        memory=TriggerMemory(
            seen=frozenset(memory["seen"]),
            unknown=frozenset(memory["unknown"]),
            on=frozenset(memory["on"]),
            asked=frozenset(memory["asked"]),
            since=tuple((key, date.fromisoformat(day)) for key, day in memory["since"]),
            label_count=memory["label_count"],
        ),
    )


def _cells(groups: Iterable[tuple[list[str], list[str]]]) -> frozenset[str]:
    return frozenset(f"{column}|{segment}" for columns, segments in groups for segment in segments for column in columns)


def _request(told_of: Mapping[str, Any]) -> TriggerRequest:
    return TriggerRequest(
        request_id=told_of["request_id"],
        action=TriggerAction(told_of["action"]),
        triggers=tuple(map(TriggerKind, told_of["triggers"])),
        reason=told_of["reason"],
        data_from=date.fromisoformat(told_of["data_from"]),
        data_to=date.fromisoformat(told_of["data_to"]),
    )


def _merged(before: PastWindow | None, past: PastWindow) -> PastWindow:
    """Return the two decisions about one window as one: what was judged counts, and what either asked for was asked for."""
    if before is None:
        return past
    newer = before if (before.settled, before.judged) > (past.settled, past.judged) else past
    requests = tuple({one.request_id: one for one in (*before.requests, *past.requests)}.values())
    return replace(newer, requests=requests, memory=replace(newer.memory, asked=before.memory.asked | past.memory.asked))


class _Folding:
    """Takes events one at a time and keeps what the rules can ask for."""

    def __init__(self, system: MonitoredSystem, policies: TriggerPolicies, as_of: datetime) -> None:
        self._system, self._policies, self._as_of = system, policies, as_of
        drift, requests, kind = policies.drift, policies.requests, system.monitoring.window
        # Twice what is asked for at once: a cell may have been left out of some windows.
        self._kept_windows = 2 * (drift.persistence[kind].of_windows + drift.clear_windows)
        # A run looks again at what earlier ones could not judge: it has to know which those are.
        self._kept_again = max(self._kept_windows, requests.catch_up_windows + 1)
        self._kept_for = max(_MONTH, timedelta(days=max(requests.cooldown_days, requests.max_in_flight_days)))
        self._windows: dict[Window, PastWindow] = {}
        self._closed: dict[str, datetime] = {}
        self._claims: dict[str, list[VersionClaim]] = {MODEL: [], POLICY: []}
        self._holds: list[Mapping[str, Any]] = []
        self._opened: dict[str, tuple[datetime, bool]] = {}
        self._known_labels: int | None = None
        self._labels_at_training: int | None = None

    def add(self, seq: int, envelope: Mapping[str, Any]) -> None:
        kind, data = EventKind(envelope["kind"]), envelope["data"]
        if kind is EventKind.TRIGGERS_EVALUATED:
            self._evaluated(past_window(envelope), WindowKind(data["window_kind"]))
            self._labels_known(data["memory"]["label_count"])
        elif kind is EventKind.REFERENCE_FROZEN:
            self._labels_known(data.get("label_count"))
        elif kind is EventKind.REQUEST_CLOSED:
            self._closed[envelope["subject"]] = parse_instant(envelope["as_of"])
        elif kind is EventKind.VERSION_OBSERVED and data["artifact"] in self._claims:
            self._observed(claim_of(seq, envelope))
        elif kind in (EventKind.ISSUE_OPENED, EventKind.SEVERITY_SET):
            self._issue(envelope)
        elif kind in PRESERVATION_KINDS:
            self._holds.append(envelope)

    def finish(self) -> TriggerHistory:
        self._forget()
        hold = next(iter(preserved(self._holds, until=self._as_of)), None)
        requested = {request.request_id for past in self._windows.values() for request in past.requests}
        return TriggerHistory(
            events=0,
            windows=tuple(self._windows[window] for window in sorted(self._windows)),
            closed_requests={name: at for name, at in sorted(self._closed.items()) if name in requested},
            incidents_at=tuple(sorted(at for at, is_incident in self._opened.values() if is_incident)),
            policy_changes_on=self._policy_changes(),
            trained_on=self._trained_on(),
            label_count_at_training=self._labels_at_training,
            held=told(hold) if hold else "",
        )

    def _evaluated(self, past: PastWindow, kind: WindowKind) -> None:
        if kind is not self._system.monitoring.window or not is_of_kind(past.window, kind):
            # Other windows are no neighbours of these: what stands and was asked for goes on, what their cells were does not count.
            nothing: frozenset[str] = frozenset()
            past = replace(past, judged=False, over=nothing, drifted=nothing, not_evaluated=nothing)
        self._windows[past.window] = _merged(self._windows.get(past.window), past)
        if len(self._windows) > 2 * self._kept_again + self._kept_windows:  # now and then: looking through them costs more than an event
            self._forget()

    def _forget(self) -> None:
        newest_first = sorted(self._windows, reverse=True)
        judged = [window for window in newest_first if self._windows[window].judged or self._windows[window].settled]
        kept = {*newest_first[: self._kept_again], *judged[: self._kept_windows]}
        self._windows = {window: past for window, past in self._windows.items() if window in kept or self._may_count(past)}

    def _may_count(self, past: PastWindow) -> bool:
        return bool(past.requests) and abs(self._as_of - past.decided_at) <= self._kept_for

    def _labels_known(self, count: int | None) -> None:
        self._known_labels = self._known_labels if count is None else count
        if self._labels_at_training is None:
            self._labels_at_training = self._known_labels

    def _observed(self, claim: VersionClaim) -> None:
        before = self._serving(MODEL)
        self._claims[claim.artifact].append(claim)
        if claim.artifact == MODEL and before and self._serving(MODEL) != before:
            self._labels_at_training = self._known_labels

    def _serving(self, artifact: str) -> frozenset[str]:
        return frozenset(stretch.claim.version for stretch in serving_at(self._claims[artifact], self._as_of))

    def _trained_on(self) -> date | None:
        since = [stretch.claim.from_at for stretch in serving_at(self._claims[MODEL], self._as_of)]
        return local_date(max(since), self._system.entry.timezone) if since else None

    def _policy_changes(self) -> tuple[tuple[date, str], ...]:
        changes = [(stretch.from_at, stretch.claim.version) for stretch in stretches(self._claims[POLICY])][1:]
        zone = self._system.entry.timezone
        return tuple((local_date(at, zone), version) for at, version in changes if abs(self._as_of - at) <= _YEAR)

    def _issue(self, envelope: Mapping[str, Any]) -> None:
        issue_id, data = envelope["issue"], envelope["data"]
        if envelope["kind"] == EventKind.ISSUE_OPENED:
            at = parse_instant(envelope["as_of"])
            if abs(self._as_of - at) <= _MONTH:
                self._opened[issue_id] = (at, data.get("feed", "") in self._incident_feeds())
        elif issue_id in self._opened and data.get("document", {}).get("incident"):
            self._opened[issue_id] = (self._opened[issue_id][0], True)

    def _incident_feeds(self) -> frozenset[str]:
        return frozenset(feed.name for feed in self._system.entry.feeds if feed.category is SignalCategory.INCIDENT)

"""What people do about what watching predictions found: freeze the reference anew, close a request, start a training.

Put the documents of these acts here, what each is judged by, and how requests follow from events. What an act requires is
``checks/trigger_acts.py``; which request is made is ``checks/retraining.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from registry.domain.catalogue import OwnerRole, SystemEntry
from registry.domain.decision import Finding
from registry.domain.events import Event, EventKind
from registry.domain.monitoring import MonitoredSystem, Window
from registry.domain.profile import ReferenceProfile
from registry.domain.steps import DOCUMENT
from registry.domain.times import parse_instant
from registry.domain.trigger_run import FrozenReference
from registry.domain.triggers import TriggerAction
from registry.domain.work import Refusal

REQUEST_KINDS = (EventKind.TRIGGERS_EVALUATED, EventKind.REQUEST_CLOSED, EventKind.TRAINING_STARTED)
"""The events that say which requests there are and what became of them."""

_MIN_SHORT = 8


class ActKind(StrEnum):
    """The acts, named as the commands are."""

    FREEZE = "freeze"
    CLOSE = "close"
    START = "start"


class RequestOutcome(StrEnum):
    """What became of a request."""

    RETRAINED = "retrained"
    NOT_NEEDED = "not_needed"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceFreeze:
    """The reference is counted anew from the days that the catalogue names, and later windows are compared with it."""

    __pydantic_config__ = DOCUMENT
    reason: str
    """Why later windows are to be compared with other days than until now. It is sealed: no personal data and no secrets."""
    acknowledge: bool = False
    """Say that you know what the refusal without it names: conditions that stand end with the old reference, and months that failed become
    the measure of later ones. They are sealed with the event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestClosure:
    """A request is done with."""

    __pydantic_config__ = DOCUMENT
    request: str
    """The request, by its id or enough of its beginning; `proofloop triggers list` shows them."""
    outcome: RequestOutcome
    """What became of it: retrained, not_needed after somebody looked, or superseded by another request or change."""
    reason: str
    """What was done or found, and where it can be read. It is sealed: no personal data and no secrets."""
    version: str = ""
    """The version that came of it; needed where the outcome is retrained."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingStart:
    """The team's own training deployment is run for a request. Nothing is promoted by it."""

    __pydantic_config__ = DOCUMENT
    request: str
    """The request to retrain, by its id or enough of its beginning; `proofloop triggers list` shows them."""
    reason: str
    """Why a retraining is right now, in your words. It is sealed: no personal data and no secrets."""


ActDocument = ReferenceFreeze | RequestClosure | TrainingStart


@dataclass(frozen=True, slots=True)
class KnownRequest:
    """One request as the ledger holds it. ``event`` is the evaluation that made it; 0 for what has not happened yet.

    ``closed`` and ``started`` hold the documents of those acts, with who did them.
    """

    request_id: str
    system_id: str
    action: TriggerAction
    reason: str
    triggers: tuple[str, ...]
    data_from: date
    data_to: date
    asked_at: datetime
    event: int
    close_event: int = 0
    closed_at: datetime | None = None
    closed: Mapping[str, Any] | None = None
    start_event: int = 0
    started_at: datetime | None = None
    started: Mapping[str, Any] | None = None

    @property
    def is_open(self) -> bool:
        return not self.close_event


@dataclass(frozen=True, slots=True)
class TrainingTarget:
    """The training deployment as Prefect knows it: which of our parameters it takes, or why it cannot be run."""

    name: str
    problem: str = ""
    remedy: str = ""
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ActPlan:
    """One act and what it is judged by: the systems, who holds which role, and who may do what."""

    workspace: str
    as_of: datetime
    zone: str
    kind: ActKind
    by: str
    role: OwnerRole
    document: Any
    systems: tuple[SystemEntry, ...]
    watched: tuple[MonitoredSystem, ...]
    deputies: Mapping[str, tuple[str, ...]]
    roles: tuple[OwnerRole, ...]
    redacted_kinds: tuple[str, ...]
    system_id: str = ""

    def system(self, system_id: str) -> SystemEntry | None:
        """Return the catalogue's entry of a system; None where the catalogue has none any more."""
        return next((system for system in self.systems if system.system_id == system_id), None)

    def watching(self, system_id: str) -> MonitoredSystem | None:
        """Return how a system is watched; None where it is not, or not any more."""
        return next((one for one in self.watched if one.entry.system_id == system_id), None)


@dataclass(frozen=True, slots=True)
class ReferenceBefore:
    """The reference that a system's windows are compared with until now; ``profile`` is None where it cannot be read any more.

    ``by`` and ``reason`` are those of the event that froze it, ``event`` is its number: a run that adds the outcomes later tells of
    the same counts in an event of its own, which ``frozen`` is then. ``standing`` are the conditions that stand against it, ``failed`` the
    windows that their newest decision calls FAIL.
    """

    frozen: FrozenReference
    profile: ReferenceProfile | None
    by: str
    reason: str
    event: int
    standing: tuple[str, ...] = ()
    failed: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class ActDecision:
    """Whether an act may be done: all refusals, or its event. ``repeated``: the event it had been recorded as before, else 0."""

    plan: ActPlan
    refusals: tuple[Refusal, ...]
    event: Event | None = None
    request: KnownRequest | None = None
    repeated: int = 0


@dataclass(frozen=True, slots=True)
class ActResult:
    """What became of an act; ``seq`` is its event, 0 where it was refused.

    ``run``: the training run, where one was started. ``reference_digest``: what was frozen; ``pending``: what could not be sealed yet.
    """

    decision: ActDecision
    seq: int
    run: str = ""
    reference_digest: str = ""
    pending: tuple[Finding, ...] = ()


def requests_of(events: Iterable[tuple[int, Mapping[str, Any]]]) -> tuple[KnownRequest, ...]:
    """Return every request that the events (number, envelope) made, oldest first, with what became of it."""
    found: dict[str, KnownRequest] = {}
    for seq, envelope in events:
        at, data = parse_instant(envelope["as_of"]), envelope["data"]
        if envelope["kind"] == EventKind.TRIGGERS_EVALUATED:
            for told in data["requests"]:
                found.setdefault(told["request_id"], _request(seq, envelope["system"], at, told))
        elif (known := found.get(envelope["subject"])) is not None:
            said = {**data, "by": envelope["actor"]}
            if envelope["kind"] == EventKind.REQUEST_CLOSED:
                found[known.request_id] = replace(known, close_event=seq, closed_at=at, closed=said)
            elif envelope["kind"] == EventKind.TRAINING_STARTED:
                found[known.request_id] = replace(known, start_event=seq, started_at=at, started=said)
    return tuple(found.values())


def find_requests(name: str, requests: Iterable[KnownRequest]) -> tuple[KnownRequest, ...]:
    """Return the requests that ``name`` may mean: the one of this id, or those whose id begins so, eight characters at least.

    >>> find_requests("sha256:", ())
    ()
    """
    wanted, known = name.strip().lower().removeprefix("sha256:"), tuple(requests)
    exact = tuple(one for one in known if one.request_id.removeprefix("sha256:") == wanted)
    if exact or len(wanted) < _MIN_SHORT:
        return exact
    return tuple(one for one in known if one.request_id.removeprefix("sha256:").startswith(wanted))


def _request(seq: int, system_id: str, at: datetime, told: Mapping[str, Any]) -> KnownRequest:
    return KnownRequest(
        request_id=told["request_id"],
        system_id=system_id,
        action=TriggerAction(told["action"]),
        reason=told["reason"],
        triggers=tuple(told["triggers"]),
        data_from=date.fromisoformat(told["data_from"]),
        data_to=date.fromisoformat(told["data_to"]),
        asked_at=at,
        event=seq,
    )

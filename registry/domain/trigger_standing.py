"""Which conditions stand for each watched system, since when: what its newest judged window left.

Put here how the newest state of watching follows from events. What a decision knows of before is ``trigger_folding.py``.

What stood under a reference that was replaced since does not stand: it was a difference from what nothing is compared with any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.monitoring import Window

STANDING_KINDS = (EventKind.TRIGGERS_EVALUATED, EventKind.REFERENCE_FROZEN)
"""The events that say what stands."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the newest window of a system left: its verdict, and each condition with the first day of the window in which it began."""

    system_id: str
    start_on: date
    end_on: date
    verdict: str
    event: int
    conditions: tuple[tuple[str, date], ...]
    superseded: tuple[tuple[str, date], ...] = ()
    """Conditions that ended because a person froze another reference: nothing was seen of them since, so they were not cleared."""


def standing_of_each(events: Iterable[tuple[int, Mapping[str, Any]]]) -> tuple[Standing, ...]:
    """Return what stands for each system that was judged (number, envelope), by system; of two of one window the later counts."""
    newest: dict[str, tuple[date, int, Mapping[str, Any]]] = {}
    references: dict[str, str] = {}
    for seq, envelope in events:
        if envelope["kind"] == EventKind.REFERENCE_FROZEN:
            references[envelope["system"]] = envelope["data"]["counts_digest"]
            continue
        end_on = date.fromisoformat(envelope["data"]["window"]["end_on"])
        before = newest.get(envelope["system"])
        if before is None or (end_on, seq) > before[:2]:
            newest[envelope["system"]] = (end_on, seq, envelope["data"])
    return tuple(_standing(system_id, seq, data, references.get(system_id)) for system_id, (_, seq, data) in sorted(newest.items()))


def failed_windows(events: Iterable[tuple[int, Mapping[str, Any]]]) -> tuple[Window, ...]:
    """Return the windows of one system (number, envelope) that their newest decision calls FAIL, oldest first."""
    verdicts: dict[Window, str] = {}
    for _, envelope in events:
        if envelope["kind"] == EventKind.TRIGGERS_EVALUATED:
            days = envelope["data"]["window"]
            verdicts[Window(*(date.fromisoformat(days[name]) for name in ("start_on", "end_on")))] = envelope["data"]["verdict"]
    return tuple(sorted(window for window, verdict in verdicts.items() if verdict == Verdict.FAIL))


def _standing(system_id: str, seq: int, data: Mapping[str, Any], reference: str | None) -> Standing:
    start_on, end_on = (date.fromisoformat(data["window"][name]) for name in ("start_on", "end_on"))
    since = {name: date.fromisoformat(day) for name, day in data["memory"]["since"]}
    is_replaced = reference is not None and data["reference_digest"] not in {reference, ""}
    conditions = tuple((name, since.get(name, start_on)) for name in data["conditions"])
    kept, ended = ((), conditions) if is_replaced else (conditions, ())
    return Standing(system_id, start_on, end_on, data["verdict"], seq, kept, ended)

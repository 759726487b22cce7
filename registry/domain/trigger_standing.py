"""Which conditions stand for each watched system, since when: what its newest judged window left.

Put here how the newest state of watching follows from events. What a decision knows of before is ``trigger_folding.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Standing:
    """What the newest window of a system left: its verdict, and each condition with the first day of the window in which it began."""

    system_id: str
    start_on: date
    end_on: date
    verdict: str
    event: int
    conditions: tuple[tuple[str, date], ...]


def standing_of_each(events: Iterable[tuple[int, Mapping[str, Any]]]) -> tuple[Standing, ...]:
    """Return what stands for each system by its evaluations (number, envelope), by system; of two of one window the later counts."""
    newest: dict[str, tuple[date, int, Mapping[str, Any]]] = {}
    for seq, envelope in events:
        end_on = date.fromisoformat(envelope["data"]["window"]["end_on"])
        before = newest.get(envelope["system"])
        if before is None or (end_on, seq) > before[:2]:
            newest[envelope["system"]] = (end_on, seq, envelope["data"])
    return tuple(_standing(system_id, seq, data) for system_id, (_, seq, data) in sorted(newest.items()))


def _standing(system_id: str, seq: int, data: Mapping[str, Any]) -> Standing:
    start_on, end_on = (date.fromisoformat(data["window"][name]) for name in ("start_on", "end_on"))
    since = {name: date.fromisoformat(day) for name, day in data["memory"]["since"]}
    conditions = tuple((name, since.get(name, start_on)) for name in data["conditions"])
    return Standing(system_id, start_on, end_on, data["verdict"], seq, conditions)

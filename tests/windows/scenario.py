"""One scenario of a recurrence window: what happened, and what must come of it.

Put here how a scenario is told and compared; the scenarios themselves are ``fixes.py``, ``signals.py``, ``days.py``, ``zones.py``,
``rates.py`` and ``segments.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any

from checks.contribution import VersionHistory, is_post_fix
from checks.recurrence import judge_window
from registry.domain.catalogue import VersionInForce
from registry.domain.exposure import EffectKind, EffectSpec
from registry.domain.issue import Fix
from registry.domain.recurrence import Outcome, Seen, WatchDay, WindowInputs
from registry.domain.times import local_date, start_of_day
from tests.builders import SYSTEM, ZONE
from tests.recurrence_builders import FIRST_DAY, FIX_AT, JUDGED_ON, a_seen, some_watch_days, some_window_inputs


@dataclass(frozen=True, slots=True)
class Scenario:
    """A window by name. ``codes`` are the reason codes in order; ``facts`` are further attributes of the decision, dotted.

    ``late`` are the ids of the signals that were reported late about older versions.
    """

    name: str
    inputs: WindowInputs
    outcome: Outcome
    codes: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    late: tuple[str, ...] | None = None


def find_differences(scenario: Scenario) -> tuple[str, ...]:
    """Return what came out otherwise than the scenario says."""
    decision = judge_window(scenario.inputs)
    wanted = {"outcome": scenario.outcome, "codes": scenario.codes, **scenario.facts}
    found = {name: attrgetter(name)(decision) for name in scenario.facts}
    found |= {"outcome": decision.outcome, "codes": tuple(reason.code for reason in decision.reasons)}
    if scenario.late is not None:
        wanted["late"], found["late"] = scenario.late, tuple(one.signal_id for one in decision.late)
    return tuple(f"{name}: expected {wanted[name]!r}, found {found[name]!r}" for name in wanted if wanted[name] != found[name])


def serving(*rows: tuple[datetime, str] | tuple[datetime, str, int], artifact: str = "model") -> tuple[VersionInForce, ...]:
    """Return a history of what served: from when, which version, and with what share where it was not all."""
    return tuple(VersionInForce(SYSTEM, artifact, row[1], row[0], "mlflow", row[2] if len(row) > 2 else 100) for row in rows)


def a_report(inputs: WindowInputs, decided_at: datetime, version: str = "", number: int = 900, **changes: Any) -> Seen:
    """Return a signal whose side of the fix is told as the product tells it, by ``version`` or else by the instant."""
    versions = {"model": version} if version else {}
    is_after = is_post_fix(versions, decided_at, inputs.fix, VersionHistory(inputs.versions), SYSTEM)
    reported_at = changes.pop("reported_at", decided_at + timedelta(days=2))
    return a_seen(number, decided_at=decided_at, reported_at=reported_at, versions=versions, is_after_fix=is_after, **changes)


def reported(inputs: WindowInputs, *reports: tuple[datetime, str], **changes: Any) -> WindowInputs:
    """Return ``inputs`` with reports of decisions made at these instants by these versions (empty: nobody recorded which)."""
    seen = [a_report(inputs, at, version, 900 + number, **changes) for number, (at, version) in enumerate(reports)]
    return replace(inputs, seen=(*inputs.seen, *seen))


def told_days(inputs: WindowInputs, **changes: Any) -> WindowInputs:
    """Return ``inputs`` with their days told anew, as ``some_watch_days`` does."""
    return replace(inputs, days=some_watch_days(inputs.days[0].on, inputs.business_date, **changes))


def fixed_at(at: datetime, zone: str = ZONE, days: int = 60, **changes: Any) -> WindowInputs:
    """Return a quiet window whose fix came into force at ``at``, judged ``days`` days after it."""
    today = local_date(at, zone) + timedelta(days=days)
    return some_window_inputs(**{"fix": Fix(at, {"model": "8"}), "zone": zone, "business_date": today} | changes)


RATE_PER_DAY, RATE_BEGAN_ON = 2_000, FIRST_DAY - timedelta(days=61)
NORMAL, RAISED = 0.0016, 0.009


def a_rate_window(after: float, per_day: int = RATE_PER_DAY, today: date = JUDGED_ON, **changes: Any) -> WindowInputs:
    """Return a window of a share: normal for 180 days, raised for 60, then fixed and ``after``."""
    first, fixed_on = RATE_BEGAN_ON - timedelta(days=180), FIRST_DAY - timedelta(days=1)
    base = some_window_inputs(
        effect=EffectSpec(EffectKind.RATE),
        business_date=today,
        began_on=RATE_BEGAN_ON,
        days=some_watch_days(first, today, per_day),
    )
    levels = ((first, RATE_BEGAN_ON, NORMAL), (RATE_BEGAN_ON, fixed_on, RAISED), (FIRST_DAY, today, after))
    days = [day for start, end, ratio in levels for day in shared(start, end, ratio * per_day)]
    seen = tuple(_on_day(base, number, day) for number, day in enumerate(days))
    return replace(base, seen=seen, **changes)


def shared(start: date, end: date, per_day: float) -> Iterator[date]:
    """Yield the day of each signal, as evenly as ``per_day`` a day can be."""
    for offset in range((end - start).days):
        for _ in range(int(per_day * (offset + 1) + 1e-9) - int(per_day * offset + 1e-9)):
            yield start + timedelta(days=offset)


def _on_day(inputs: WindowInputs, number: int, day: date) -> Seen:
    at = start_of_day(day, inputs.zone) + timedelta(hours=12)
    return a_report(inputs, at, "7" if at < FIX_AT else "8", number)


def without(days: Sequence[WatchDay], dead: Iterable[date]) -> tuple[WatchDay, ...]:
    """Return ``days`` with none of those on ``dead``."""
    gone = set(dead)
    return tuple(day for day in days if day.on not in gone)


def dates(first: date, count: int) -> tuple[date, ...]:
    """Return ``count`` days from ``first`` on."""
    return tuple(first + timedelta(days=offset) for offset in range(count))

"""Complaints about what one version did and another mended, and how many decisions were made meanwhile.

Put here what is told by the day of a decision, and not by that of a complaint. What happened, and until when, is ``story.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cache

from deployments.demo.rows import COLUMNS, REGIONS, Row, complaint
from deployments.demo.story import HISTORY_FROM, OUTBREAKS, Outbreak
from deployments.demo.volumes import Symptom, stream

DECISIONS_PER_DAY = {"fraud_filter": 5200, "credit_model": 90, "complaint_router": 240}
"""How often each system decides on a working day, about; at weekends half as often."""
DECISIONS = "decisions.csv"
_DAY = timedelta(days=1)


def outbreak_rows(day: date, seed: int) -> list[Row]:
    """Return the complaints of all outbreaks that are received on ``day``."""
    found = [one for outbreak in OUTBREAKS for one in _received(outbreak, day, seed)]
    return [{**row, "Complaint ID": f"CMP-{day:%y%m%d}-O{number:02d}"} for number, row in enumerate(found)]


def decision_rows(before: date, seed: int) -> tuple[Row, ...]:
    """Return how often each system decided in each region, for every day before ``before``."""
    days = (before - HISTORY_FROM).days
    return tuple(row for offset in range(days) for row in _decided(HISTORY_FROM + offset * _DAY, seed))


def _received(outbreak: Outbreak, day: date, seed: int) -> Iterator[Row]:
    for delay in range(outbreak.min_delay_days, outbreak.max_delay_days + 1):
        decided_on = day - delay * _DAY
        if outbreak.from_on <= decided_on < outbreak.to_on:
            yield from (row for after, row in _written(outbreak, decided_on, seed) if after == delay)


def _written(outbreak: Outbreak, decided_on: date, seed: int) -> Iterator[tuple[int, Row]]:
    """Yield the complaints about one day's decisions, and after how many days each is received."""
    symptom = Symptom("complaints", outbreak.system_id, outbreak.symptom, outbreak.per_day, outbreak.consequence)
    chance = stream(seed, "outbreak", outbreak.symptom, decided_on)
    whole, part = divmod(outbreak.per_day, 1)
    for _ in range(int(whole) + (chance.random() < part)):
        after = chance.randint(outbreak.min_delay_days, outbreak.max_delay_days)
        at = datetime.combine(decided_on + after * _DAY, time(9)) + timedelta(minutes=chance.randrange(600))
        yield after, complaint(symptom, at, chance, decided_on=decided_on)


@cache
def _decided(day: date, seed: int) -> tuple[Row, ...]:
    rows = list[Row]()
    for system_id, usual in DECISIONS_PER_DAY.items():
        chance = stream(seed, "decisions", system_id, day)
        for region in REGIONS:
            count = round(usual / len(REGIONS) * (0.5 if day.weekday() >= 5 else 1.0) * chance.uniform(0.9, 1.1))
            rows.append(dict(zip(COLUMNS["decisions"], (day.isoformat(), system_id, region, count), strict=True)))
    return tuple(rows)

"""What arrives on a morning: ordinary files, and the story's mishaps of delivery and content.

Put injected rows and files here, each traceable to a date in ``story.py``. Bytes are ``files.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from deployments.demo.outbreaks import outbreak_rows
from deployments.demo.rows import COLUMNS, Row, complaint, register_rows, rows_of
from deployments.demo.story import (
    AMBIGUOUS_COUNT,
    BAD_ROWS_ON,
    BATCH_COUNT,
    BATCH_ON,
    BROKEN_OF,
    CANARY_BURST_COUNT,
    CANARY_BURST_ON,
    LATE_OF,
    LATE_ON,
    PRIVACY_ON,
    RESENT_OF,
    RESENT_ON,
    UNMATCHED_COUNT,
    UNMATCHED_ON,
)
from deployments.demo.volumes import SYMPTOMS, Symptom, stream

_DAY = timedelta(days=1)
BAD_ROW_COUNT = 5


@dataclass(frozen=True, slots=True)
class Arrival:
    """One file that is placed on a morning, with its header where the format has one."""

    source: str
    name: str
    rows: tuple[Row, ...]
    columns: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        return f"data/{self.source}/{self.name}"


def arrivals(morning: date, seed: int) -> tuple[Arrival, ...]:
    """Return the files placed on ``morning``, in order: the day before's, then what was resent, late or repaired."""
    placed = [_day_file(source, day, seed) for source in _ENDINGS for day in first_readable(source, morning)]
    register = Arrival("register", "register.csv", tuple(register_rows(morning)), COLUMNS["register"])
    return (*placed, register, *_unreadable_or_repeated(morning, seed))


def first_readable(source: str, morning: date) -> tuple[date, ...]:
    """Return the civil days whose file of ``source`` can be read for the first time on ``morning``."""
    day = morning - _DAY
    if source != "credit_overrides":
        return (day,)
    exceptions = {LATE_OF + _DAY: (), LATE_ON: (LATE_OF, day), BROKEN_OF + _DAY: (), BROKEN_OF + 2 * _DAY: (BROKEN_OF, day)}
    return exceptions.get(morning, (day,))


def complaint_injections(day: date, seed: int) -> list[Row]:
    """Return the rows that the story adds to the complaints of ``day``."""
    chance = stream(seed, "story", day)
    at = datetime.combine(day, time(16, 30))
    rows = [_canary(day, number) for number in range(CANARY_BURST_COUNT if day == CANARY_BURST_ON else 1)]
    rows += outbreak_rows(day, seed)
    if day == BATCH_ON:
        refused = _symptom("Loan refused without a reason")
        rows += [complaint(refused, at, chance, f"CMP-{day:%y%m%d}-B{number:02d}", "Letter") for number in range(BATCH_COUNT)]
    if day == PRIVACY_ON:
        seen = Symptom("complaints", "complaint_router", "Shown data of another customer", 0.0, "data seen by others")
        rows.append(complaint(seen, at, chance, f"CMP-{day:%y%m%d}-P01"))
    if day == UNMATCHED_ON:
        rows += [_touched(day, number, "savings calculator", "U") for number in range(UNMATCHED_COUNT)]
        rows += [_touched(day, number, "complaint router; fraud filter", "A") for number in range(AMBIGUOUS_COUNT)]
    return rows + (_bad_rows(day, seed) if day == BAD_ROWS_ON else [])


_ENDINGS = {"complaints": "csv.gz", "overrides": "jsonl", "credit_overrides": "csv", "reviews": "parquet", "evals": "jsonl"}
_FAMILIES = {"overrides": ("overrides", "reroutes")}


def _day_file(source: str, day: date, seed: int) -> Arrival:
    rows = [row for family in _FAMILIES.get(source, (source,)) for row in rows_of(family, day, seed)]
    rows += complaint_injections(day, seed) if source == "complaints" else []
    return Arrival(source, f"{source}-{day}.{_ENDINGS[source]}", tuple(rows), COLUMNS.get(source, ()))


def _unreadable_or_repeated(morning: date, seed: int) -> tuple[Arrival, ...]:
    if morning == RESENT_ON:
        return (replace(_day_file("overrides", RESENT_OF, seed), name=f"overrides-{RESENT_OF}-resent.jsonl"),)
    if morning == BROKEN_OF + _DAY:
        return (_without_reason(_day_file("credit_overrides", BROKEN_OF, seed)),)
    return ()


def _without_reason(arrival: Arrival) -> Arrival:
    kept = tuple(column for column in arrival.columns if column != "reason")
    rows = tuple({column: row[column] for column in kept} for row in arrival.rows)
    return replace(arrival, rows=rows, columns=kept)


def _symptom(name: str) -> Symptom:
    return next(symptom for symptom in SYMPTOMS if symptom.name == name)


def _canary(day: date, number: int) -> Row:
    at = datetime.combine(day, time(8, 0, number))
    row = complaint(_symptom("Payment held"), at, stream("canary", day, number), f"CMP-{day:%y%m%d}-T{number:02d}", "Web")
    return {**row, "Test record": "yes", "Narrative": "Synthetic record of the monitoring probe."}


def _touched(day: date, number: int, touchpoint: str, letter: str) -> Row:
    at = datetime.combine(day, time(10, number))
    row = complaint(_symptom("Reply took too long"), at, stream("touched", day, number, letter), f"CMP-{day:%y%m%d}-{letter}{number:02d}")
    return {**row, "AI touchpoint": touchpoint}


def _bad_rows(day: date, seed: int) -> list[Row]:
    """Return the five ways in which a row of an otherwise good file goes wrong."""
    at = datetime.combine(day, time(11))
    chance = stream(seed, "bad rows")
    rows = [complaint(_symptom("Reply took too long"), at, chance, f"CMP-{day:%y%m%d}-X{number:02d}") for number in range(4)]
    taken = rows_of("complaints", day - _DAY, seed)[0]
    return [
        {**rows[0], "Received at": "31/06/2026"},
        {**rows[1], "Received at": "2126-01-15 09:00:00"},
        {**rows[2], "Channel": "Carrier pigeon"},
        {**rows[3], "Complaint ID": ""},
        {**taken, "Region": "Overseas"},
    ]

"""Answers that came too late: a fix recorded in November 2021, and a share that halves, halves again and is not normal for all that.

Put here the case of the complaint routing; what people did is ``recurrence_people.py``. The public file knows every complaint, so that its
share of late answers has a denominator that is counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from checks.recurrence import judge_window
from registry.domain.recurrence import Outcome
from tests.real.complaints import FILE
from tests.real.recurrence_bank import HANDLING, Bank, a_bank, days
from tests.real.recurrence_counts import Counts, read_counts
from tests.real.recurrence_fraud import Told
from tests.real.recurrence_people import handling_fix, work
from tests.recurrence_builders import FIX_AT
from tests.verdict_table import Row
from tests.windows.scenario import NORMAL, RAISED, a_rate_window

SEEN_FROM, SERVED_ON = date(2021, 1, 10), date(2021, 11, 1)
END = date(2022, 1, 14)  # the answers to the last complaints of the file were due by then
_NOVEMBER, _DECEMBER, _NEXT = date(2021, 11, 1), date(2021, 12, 1), date(2022, 1, 1)
_NORMAL = (date(2018, 1, 1), date(2019, 1, 1))


def handling_case(root: Path, data: Path) -> Told:
    """Live through it and return what came of it."""
    counts = read_counts(data / FILE, "\"Timely response?\" = 'No'", "Date received")
    bank = a_bank(root / "handling", data, HANDLING)
    for day in days(SEEN_FROM, SERVED_ON + timedelta(days=1)):
        bank.run("triage", day)
    return lived(bank.of(HANDLING), counts)


def lived(bank: Bank, counts: Counts) -> Told:
    """Fix the issue that was opened, and watch it day by day, and once at the end."""
    late, count = counts.of(date(2021, 6, 1), date(2021, 7, 1))
    for what, came_to in work(bank, handling_fix(counts.of(date(2021, 5, 1), date(2021, 6, 1))[0], late, count)):
        print(f"  late answers: {what:<24} {came_to}", flush=True)
    first = _first_return(bank.branch("handling_daily"))
    for day in days(SERVED_ON + timedelta(days=1), END + timedelta(days=1)):
        bank.run("triage", day)
    (last,) = bank.run("recurrence", END)["windows"]
    state = bank.say("issue", "show", bank.issue)["issue"]["state"]
    return Told((*_told(first, last, state, counts), *_small(counts)), (first, last))


def _first_return(bank: Bank) -> dict[str, Any]:
    """Run triage and monitoring of every day until the monitoring says that it came back."""
    outcomes: list[str] = []
    window: dict[str, Any] = {}
    for day in days(SERVED_ON + timedelta(days=1), END):
        bank.run("triage", day)
        (window,) = bank.run("recurrence", day)["windows"]
        outcomes.append(window["outcome"])
        if window["outcome"] == "recurred":
            break
    return window | {"outcomes": outcomes, "state": bank.say("issue", "show", bank.issue)["issue"]["state"]}


def _told(first: dict[str, Any], last: dict[str, Any], state: str, counts: Counts) -> Iterator[Row]:
    november, december = counts.of(_NOVEMBER, _DECEMBER), counts.of(_DECEMBER, _NEXT)
    normal = counts.of(*_NORMAL)
    told = f"November {_ratio(november)}, December {_ratio(december)}; in all of 2018 it was {_ratio(normal)}"
    ok = _of(november) > 20 * _of(normal) and _of(december) > 20 * _of(normal)
    yield Row("late answers, the rows counted", "both months far above normal", told, ok)
    outcomes = first["outcomes"]
    found = f"{len(outcomes) - 1} days {', '.join(sorted(set(outcomes[:-1])))}, then {outcomes[-1]} on {first['business_date']}: "
    found += f"{_window(first)}; issue {first['state']}"
    ok = outcomes[-1] == "recurred" and "clean" not in outcomes and first["state"] == "rca_in_progress"
    yield Row("late answers, looked at on every day", "never clean; comes back, and is reopened", found, ok)
    ok = last["outcome"] == "recurred" and state == "rca_in_progress"
    yield Row("late answers, looked at once at the end", "not clean", f"{last['outcome']}: {_window(last)}; issue {state}", ok)
    after, wanted = last["after"], counts.of(date(2021, 11, 2), _NEXT - timedelta(days=3))
    exact = (after["occurrence_count"], after["exposure_count"]) == wanted
    found = f"{after['occurrence_count']} of {after['exposure_count']:,}"
    yield Row("late answers, the window counted again", f"{wanted[0]} of {wanted[1]:,}", found, exact)


def _small(counts: Counts) -> Iterator[Row]:
    """Judge windows of as many complaints as the bank has, with shares that one could take for mended."""
    per_day = round(counts.of(_NOVEMBER, _NEXT)[1] / (_NEXT - _NOVEMBER).days)
    for share, length in ((RAISED, 69), (RAISED, 365), (NORMAL, 69)):
        today = FIX_AT.date() + timedelta(days=length)
        window = replace(a_rate_window(share, per_day=per_day, today=today), window_days=60)
        decision = judge_window(window)
        after, low, high = decision.after, decision.after.low or 0.0, decision.after.high or 0.0
        counted = f"{after.occurrence_count} of {after.exposure_count:,}, {low:.2%} to {high:.2%}, limit {decision.limit or 0:.2%}"
        name = f"{share:.2%} where {NORMAL:.2%} was normal, {per_day} a day for {length} days"
        yield Row(name, "not clean", f"{decision.outcome}: {counted}", decision.outcome is not Outcome.CLEAN)


def _window(window: dict[str, Any]) -> str:
    after, normal = window["after"], window["normal"]
    low = min((float(one["low"]) for one in [after] if one["low"] is not None), default=0.0)
    counted = f"{after['occurrence_count']} of {after['exposure_count']:,} mature complaints, at least {low:.2%} for certain"
    level = f"{normal['occurrence_count']} of {normal['exposure_count']:,}"
    return f"{counted}, allowed {float(window['limit']):.2%} by the level before, {level}"


def _of(counted: tuple[int, int]) -> float:
    return counted[0] / counted[1]


def _ratio(counted: tuple[int, int]) -> str:
    return f"{counted[0]} of {counted[1]:,} ({_of(counted):.2%})"

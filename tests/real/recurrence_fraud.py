"""The fraud filter on benefit cards, from its signals to a dossier: what five months after its fix show, and what they cannot.

Put here the case of the card fraud filter; what people did is ``recurrence_people.py``. The feed names neither decisions nor versions, so
that a complaint counts from the day it was submitted and days, or other complaints, are all there is to hold it against. Three ways are
told from the same fix: as it stands, with the target that its owner set, and with rows that are made up and appended after the fix.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from tests.clocks import set_clock
from tests.real.complaints import FILE
from tests.real.recurrence_bank import FRAUD, ROWS, Bank, a_bank, days, set_target, write_rows
from tests.real.recurrence_bank import at as at_hour
from tests.real.recurrence_counts import Counts, read_counts
from tests.real.recurrence_people import accept_risk, fraud_fix, tell_evidence, tell_scope, work
from tests.verdict_table import Row

SEEN_FROM = date(2020, 7, 15)  # what a rise is measured against, and the issue that it opens
OPENED_BY = date(2020, 10, 21)
READ_FROM = date(2021, 2, 15)  # ninety days before its containment; the days between are those of `make real WHAT=triage`
END = date(2021, 12, 31)
RETURNS_FROM = date(2021, 8, 1)
LEVEL = (date(2020, 7, 1), date(2020, 10, 1))  # the quarter before the rise: 28 to 41 complaints a month
MAX_RATIO = 1.25  # of the shipped policy
_MADE_UP = 15  # a day
_EVERY = 7  # days: what a window says between is on the next of them


@dataclass(frozen=True, slots=True)
class Told:
    """What one way came to."""

    rows: tuple[Row, ...]
    windows: tuple[dict[str, Any], ...]


def fraud_case(root: Path, data: Path) -> Told:
    """Live through it and return what came of it."""
    counts = read_counts(data / FILE, "\"Sub-product\" = 'Government benefit card'", "Date submitted")
    return lived(_opened(root / "fraud", data), data, counts)


def lived(bank: Bank, data: Path, counts: Counts) -> Told:
    """Fix the issue that was opened, watch it in three ways, and ask for its closure."""
    quarter = [counts.of(*LEVEL)[0] // 3, counts.of(date(2020, 10, 1), date(2021, 1, 1))[0] // 3]
    for what, came_to in work(bank, fraud_fix(*quarter)):
        print(f"  fraud filter: {what:<24} {came_to}", flush=True)
    absence = _watched(bank.branch("fraud_absence"), date(2021, 6, 16))
    hits, complaints = counts.of(*LEVEL)
    set_target(bank, round(hits / complaints * MAX_RATIO, 4))
    _until(bank, RETURNS_FROM)
    back = _watched(_with_made_up_rows(bank.branch("fraud_back"), data), date(2021, 8, 25), RETURNS_FROM)
    _until(bank, END, RETURNS_FROM)
    last = bank.run("recurrence", date(2021, 12, 30))
    return Told((*_absent(absence), *_targeted(bank, last, counts), *_back(back)), (absence, last["windows"][0], back))


def _opened(root: Path, data: Path) -> Bank:
    bank = a_bank(root, data, FRAUD)
    for day in (*days(SEEN_FROM, OPENED_BY), *days(READ_FROM, date(2021, 6, 8))):
        bank.run("triage", day)
    return bank.of(FRAUD)


def _until(bank: Bank, end: date, first: date = date(2021, 6, 8)) -> None:
    """Run every day's triage, and the monitoring on the first day and every seventh."""
    for number, day in enumerate(days(first, end)):
        bank.run("triage", day)
        if number % _EVERY == 0:
            bank.run("recurrence", day)


def _watched(bank: Bank, end: date, first: date = date(2021, 6, 8)) -> dict[str, Any]:
    """Run triage and monitoring of every day until something came back, and return the window as it was then."""
    window: dict[str, Any] = {}
    for day in days(first, end):
        bank.run("triage", day)
        window = next(iter(bank.run("recurrence", day)["windows"]), window)
        if window.get("outcome") == "recurred":
            break
    return window | {"state": bank.say("issue", "show", bank.issue)["issue"]["state"]}


def _with_made_up_rows(bank: Bank, data: Path) -> Bank:
    """Append complaints that nobody made, so that something does come back."""
    path = bank.root / "data/made_up.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(_columns(data))
        for day in days(RETURNS_FROM, date(2021, 8, 31)):
            for number in range(_MADE_UP):
                told = ("Government benefit card", "Trouble using the card", "", "", "", "Yes")
                rows.writerow((f"MADE-UP-{day:%Y%m%d}-{number}", "Web", day, day, "CA", "Credit card or prepaid card", *told))
    (bank.root / ROWS).unlink()
    write_rows(bank.root, [data / FILE, path])
    return bank


def _columns(data: Path) -> list[str]:
    import gzip

    with gzip.open(data / FILE, "rt", encoding="utf-8") as stream:
        return next(csv.reader(stream))


def _absent(window: dict[str, Any]) -> Iterator[Row]:
    found = f"{window['outcome']} on {window['business_date']}: {len(window['occurrences'])} complaints, issue {window['state']}"
    told = {one["reason_code"] for one in window["not_evaluated"]}
    ok = window["outcome"] == "recurred" and window["state"] == "rca_in_progress" and "exposure_by_days" in told
    yield Row("fraud filter, no complaint at all", "not clean; days are the unit, and told so", found, ok)


def _targeted(bank: Bank, last: dict[str, Any], counts: Counts) -> Iterator[Row]:
    (window,) = last["windows"]
    after, limit = window["after"], float(window["limit"])
    wanted = counts.of(date(2021, 6, 8), date(2021, 12, 7))
    counted = f"{after['occurrence_count']} of {after['exposure_count']:,} complaints, {_share(after['low'])} to {_share(after['high'])}"
    found = f"{window['outcome']} on {window['business_date']}: {counted}, limit {limit:.2%}"
    codes = [one["reason_code"] for one in window["findings"] if one["verdict"] != "pass"]
    ok = window["outcome"] == "elapsed_unevidenced" and codes == ["not_within_limit"]
    yield Row("fraud filter, back to the quarter before", "over, and neither shown mended nor shown not to be", found, ok)
    exact = (after["occurrence_count"], after["exposure_count"]) == wanted
    yield Row("fraud filter, the rows counted again", f"{wanted[0]} of {wanted[1]:,}", counted, exact)
    yield from _closure(bank, last, counts)


def _closure(bank: Bank, last: dict[str, Any], counts: Counts) -> Iterator[Row]:
    set_clock(at_hour(date(2021, 12, 30), 9))
    scope = tell_scope(bank, date(2020, 1, 1), date(2021, 6, 7))
    (window,) = last["windows"]
    before = "{} of {:,} complaints, October 2020 to May 2021".format(*counts.of(date(2020, 10, 1), date(2021, 6, 1)))
    after = f"{window['after']['occurrence_count']} of {window['after']['exposure_count']:,} complaints, 8 June to 6 December 2021"
    print(f"  fraud filter: scope {scope}; evidence {tell_evidence(bank, before, after)}")
    set_clock(at_hour(date(2021, 12, 30), 10))
    lacks, state, dossier = _judged(bank, 10)
    found = f"{dossier[0]}, {state}: " + "; ".join(f"{name}: {', '.join(codes)}" for name, codes in lacks.items())
    ok = set(lacks) == {"verification", "customer_recovery", "recurrence"} and state == "verifying"
    yield Row("fraud filter, closure", "not closed; lacks proof, customers, evidence of the window", found, ok)
    ok = all(word in dossier[1] for word in ("found no recovery", "expected the risk accepted", "of high strength or more"))
    yield Row("fraud filter, the dossier", "a page that names each lack", f"{len(dossier[1]):,} characters", ok)
    yield from _accepted(bank)


def _accepted(bank: Bank) -> Iterator[Row]:
    taken = accept_risk(bank)
    set_clock(at_hour(date(2021, 12, 30), 11))
    lacks, state, dossier = _judged(bank, 11)
    found = f"{dossier[0]}, {state}: lacks in {', '.join(lacks)} ({taken})"
    ok = set(lacks) == {"verification", "customer_recovery"} and state == "verifying"
    yield Row("fraud filter, the window's risk accepted and signed", "the window passes on it; the rest still lacks", found, ok)
    set_clock(at_hour(date(2021, 12, 30), 12))
    verdict = bank.say("evidence", "verify", "--recompute")["verdict"]
    yield Row("fraud filter, the archive", "whole, and every decision comes out again", verdict, verdict == "pass")


def _judged(bank: Bank, hour: int) -> tuple[dict[str, list[str]], str, tuple[str, str]]:
    """Ask for the closure, and return the codes that each gate lacks, where the issue is, and the verdict with the dossier's page."""
    day = bank.say("closure", bank.issue, "--as-of", at_hour(date(2021, 12, 30), hour).isoformat())
    (judged,), (package,) = day["closures"], day["packages"]
    told = [(gate["gate"], lack) for gate in judged["gates"] for lack in gate["lacks"]]
    print("\n".join(f"    {gate}: {lack['missing']}" for gate, lack in told), flush=True)
    lacks: dict[str, list[str]] = {}
    for gate, lack in told:
        lacks.setdefault(gate, []).append(lack["code"])
    state = bank.say("issue", "show", bank.issue)["issue"]["state"]
    return lacks, state, (judged["verdict"], Path(package["report"]).read_text())


def _back(window: dict[str, Any]) -> Iterator[Row]:
    after = window["after"]
    counted = f"{after['occurrence_count']} of {after['exposure_count']:,} complaints, at least {_share(after['low'])}"
    found = f"{window['outcome']} on {window['business_date']}: {counted}, limit {float(window['limit']):.2%}; issue {window['state']}"
    ok = window["outcome"] == "recurred" and window["state"] == "rca_in_progress"
    yield Row("fraud filter, with rows made up after the fix", "came back, and is reopened", found, ok)


def _share(ratio: float | str | None) -> str:
    return "unknown" if ratio is None else f"{float(ratio):.2%}"


Case = Callable[[Path, Path], Told]

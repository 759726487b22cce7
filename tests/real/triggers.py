"""Four real prediction logs watched month by month with the shipped policies, compared with what really happened in them.

Put the expected findings here; the workspaces are ``tests/real/watched.py``. Run by ``make real WHAT=triggers``; prints a table and every
window in which something began, ended or was asked for, writes both as JSON and exits 1 when a row is not as expected, 0 with a message
where the data are absent.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from registry.domain.decision import Verdict
from registry.domain.profile import WHOLE, ColumnRole, Segment
from registry.domain.triggers import TriggerAction, TriggerDecision
from tests.real.watched import WATCHED, Watched, write_workspace
from tests.verdict_table import Row, rows_text, write_rows

BUILD = Path("build/real")
MAY_2010, APRIL_2020 = date(2010, 5, 1), date(2020, 4, 1)
SIXTY = Segment("term", "60")
Decisions = Sequence[TriggerDecision]


def main() -> int:
    """Watch, compare, print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    arguments = parser.parse_args()
    if absent := [watched.file for watched in WATCHED if not (arguments.data / watched.file).is_file()]:
        print(f"skipped: {arguments.data / absent[0]} is not here; name the folder with DATA=")
        return 0
    started = time.perf_counter()
    found = {watched.system_id: watch(watched, arguments.data) for watched in WATCHED}
    seconds = time.perf_counter() - started
    rows = [*_loans(found["credit_model"]), _census(found["employment_model"]), *_cards(found["card_default_model"])]
    rows += _complaints(found["complaint_intake"])
    report(rows, [one for decisions in found.values() for one in decisions], seconds)
    return 0 if all(row.ok for row in rows) else 1


def watch(watched: Watched, data: Path) -> Decisions:
    """Run the flow on the first day of every month and return the decisions in order."""
    from flows.retraining_triggers import retraining_triggers
    from tasks.engine import run

    root = BUILD / "triggers" / watched.system_id
    shutil.rmtree(root, ignore_errors=True)
    workspace = str(write_workspace(root, data, watched).resolve())
    decisions: list[TriggerDecision] = []
    for day in watched.runs:
        decisions += run(retraining_triggers, as_of=datetime(day.year, day.month, day.day, 11, tzinfo=UTC), workspace=workspace).decisions
    print(f"  {watched.system_id}: {len(decisions)} windows", file=sys.stderr)
    return decisions


def _loans(decisions: Decisions) -> list[Row]:
    (may,) = [one for one in decisions if one.window.start_on == MAY_2010]
    asked = "drift|term" in may.opened and any(request.action is TriggerAction.INVESTIGATE for request in may.requests)
    (term,) = [cell for cell in may.cells if (cell.column, cell.segment) == ("term", WHOLE)]
    since = [one for one in decisions if one.row_count and one.window.start_on >= MAY_2010]
    score = max(cell.psi or 0.0 for one in since for cell in one.cells if cell.role is ColumnRole.SCORE and cell.segment == WHOLE)
    verified = _life(decisions, "drift|verification_status")
    sixty = _opened(decisions, f"performance|calibration|{SIXTY.name}")
    told = next((f.reason for one in decisions if one.as_of.date() == sixty for f in one.performance if _is_of_sixty(f)), "never named")
    prices = [one.window.start_on for one in decisions if any("int_rate" in key and key.startswith("drift") for key in one.opened)]
    grids = [one.window.start_on for one in decisions if "data_quality|int_rate|grid_moved" in one.opened]
    recoded = [_opened(decisions, key) for key in ("data_quality|emp_length|unseen_level", "data_quality|purpose|vanished_level")]
    retrained = [one for one in decisions if any(request.action is TriggerAction.RETRAIN for request in one.requests)]
    measured = [one for one in retrained if any(key.startswith("performance|") for key in one.opened)]
    at = ", ".join(str(one.as_of.date()) for one in retrained)
    return [
        Row("loans: term, May 2010", "drifted, and somebody is asked", f"PSI {term.psi:.2f}, asked: {asked}", asked),
        Row("loans: score from May 2010 on", "PSI never above 0.1: it alone misses it", f"at most {score:.3f}", score <= 0.1),
        Row("loans: verification_status", "alert in early 2010, clears by itself", _told_life(verified), _is_short(verified)),
        Row("loans: emp_length n/a", "data quality, 2010", str(recoded[0]), recoded[0] is not None and recoded[0] < date(2010, 7, 1)),
        Row("loans: purpose educational gone", "data quality, from November 2010", str(recoded[1]), _is_in(recoded[1], 2010, 11, 2011, 2)),
        Row(
            "loans: int_rate's price grid",
            "told once as moved, never as drift",
            f"moved {_dates(grids)}, drift {_dates(prices)}",
            len(grids) == 1 and not prices,
        ),
        Row("loans: 60 months, outcomes", "calibration named once outcomes are mature", f"{sixty}: {told}", sixty is not None),
        Row("loans: retraining", "asked for only with a loss that was measured", at, bool(retrained) and measured == retrained),
    ]


def _dates(days: Sequence[date]) -> str:
    return ", ".join(map(str, days)) or "never"


def _is_of_sixty(finding: object) -> bool:
    return SIXTY.name in str(getattr(finding, "subject", "")) and getattr(finding, "verdict", None) is Verdict.FAIL


def _census(decisions: Decisions) -> Row:
    passed = sum(one.verdict is Verdict.PASS for one in decisions)
    asked = sum(len(one.requests) for one in decisions)
    text = f"{passed} of {len(decisions)} months PASS, {asked} requests"
    return Row("census, 2016 to 2018", "no trigger at all", text, passed == len(decisions) == 36 and not asked)


def _cards(decisions: Decisions) -> list[Row]:
    august, september = decisions
    opened = september.opened
    return [
        Row("cards, August 2005", "quiet", august.verdict.value, august.verdict is Verdict.PASS),
        Row(
            "cards: pay_status, September 2005",
            "data quality, no retrain",
            f"{', '.join(opened)}; {len(september.requests)} requests",
            any(key.startswith("data_quality|pay_status") for key in opened) and not september.requests,
        ),
    ]


def _complaints(decisions: Decisions) -> list[Row]:
    early = [one for one in decisions if one.window.start_on < APRIL_2020 and one.requests]
    after = _opened([one for one in decisions if one.window.start_on >= APRIL_2020], "drift|Sub-product")
    timely = [one.window.start_on for one in decisions if "drift|Timely response?" in one.opened]
    return [
        Row(
            "complaints before April 2020",
            "no or one trigger",
            f"{len(early)}: {[str(one.window.start_on) for one in early]}",
            len(early) <= 1,
        ),
        Row("complaints: Sub-product", "drifts in 2020", f"named on {after}", after is not None and after.year == 2020),
        Row("complaints: Timely response?", "drifts in June 2021", str([str(day) for day in timely]), timely == [date(2021, 6, 1)]),
    ]


def _opened(decisions: Decisions, key: str) -> date | None:
    """Return the date of the run that first told a condition."""
    return next((one.as_of.date() for one in decisions if key in one.opened), None)


def _life(decisions: Decisions, key: str) -> tuple[date | None, date | None]:
    """Return the first months of the windows in which a condition began and was over."""
    began = next((one.window.start_on for one in decisions if key in one.opened), None)
    ended = next((one.window.start_on for one in decisions if began and key in one.cleared and one.window.start_on > began), None)
    return began, ended


def _told_life(life: tuple[date | None, date | None]) -> str:
    return f"from {life[0]}, over with the second clean window {life[1]}"


def _is_short(life: tuple[date | None, date | None]) -> bool:
    return life[0] in (date(2010, 1, 1), date(2010, 2, 1)) and life[1] == MAY_2010


def _is_in(day: date | None, year: int, month: int, to_year: int, to_month: int) -> bool:
    return day is not None and date(year, month, 1) <= day <= date(to_year, to_month, 1)


def report(rows: Sequence[Row], decisions: Iterable[TriggerDecision], seconds: float) -> None:
    """Print the table and every window with news, and write both as JSON."""
    print(rows_text(rows))
    listed = list(decisions)
    print(f"{len(listed)} windows in {seconds:.0f} s, {1000 * seconds / len(listed):.0f} ms a window")
    news = [one for one in listed if one.opened or one.cleared or one.requests]
    for one in news:
        asked = ", ".join(request.action for request in one.requests) or "nothing"
        print(f"  {one.system} {one.window.start_on:%Y-%m}: began {list(one.opened)}, over {list(one.cleared)}, asked for {asked}")
    told = [{"system": one.system, "window": str(one.window.start_on), "opened": one.opened, "cleared": one.cleared} for one in news]
    write_rows(BUILD / "triggers.json", rows, seconds, windows=len(listed), news=told)


if __name__ == "__main__":
    sys.exit(main())

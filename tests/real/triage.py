"""Five years of real complaints through the daily triage, one run a day, compared with what really happened.

Put the expected findings here; the workspace is ``tests/real/complaints.py``. Run by ``make real WHAT=triage``; prints a table, writes it
as JSON and exits 1 when a row is not as expected, 0 with a message where the data are absent.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from registry.domain.triage import ChangeKind, TriageDay
from tests.real.complaints import FILE, write_workspace
from tests.verdict_table import Row, rows_text, write_rows

BUILD = Path("build/real")
FIRST, LAST = date(2017, 5, 2), date(2022, 1, 1)
QUIET = (date(2017, 6, 1), date(2020, 1, 1))


@dataclass(frozen=True, slots=True)
class Seen:
    """An issue that opened or escalated on a business date."""

    on: date
    kind: ChangeKind
    system: str
    issue_id: str
    title: str
    severity: str
    reason: str


def main() -> int:
    """Replay, compare, print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--until", type=date.fromisoformat, default=LAST)
    arguments = parser.parse_args()
    if not (arguments.data / FILE).is_file():
        print(f"skipped: {arguments.data / FILE} is not here; name the folder with DATA=")
        return 0
    started = time.perf_counter()
    days = replay(arguments.data, arguments.until)
    seconds = time.perf_counter() - started
    rows = compare(days)
    report(rows, days, seconds)
    return 0 if all(row.ok for row in rows) else 1


def replay(data: Path, until: date) -> list[TriageDay]:
    """Run the flow for every business date in order on a fresh workspace and return its decisions."""
    from flows.daily_triage import daily_triage
    from tasks.engine import run

    root = BUILD / "triage"
    shutil.rmtree(root, ignore_errors=True)
    workspace = str(write_workspace(root, data).resolve())
    days = []
    for offset in range((until - FIRST).days + 1):
        as_of = datetime(FIRST.year, FIRST.month, FIRST.day, 11, tzinfo=UTC) + timedelta(days=offset)
        days.append(run(daily_triage, as_of=as_of, workspace=workspace).decision)
        if offset % 200 == 0:
            print(f"  {days[-1].business_date}: {days[-1].verdict}", file=sys.stderr)
    return days


def compare(days: list[TriageDay]) -> list[Row]:
    """Return the table: what really happened against what the triage said."""
    seen = list(_seen(days))
    return [_fraud(seen, days), _fraud_stays_one(seen, days), _mortgage(seen), _untimely(seen), *_batches(days), _dip(days), _quiet(seen)]


def _fraud(seen: list[Seen], days: list[TriageDay]) -> Row:
    found = [one for one in seen if one.system == "fraud_filter" and one.on <= date(2020, 11, 1)]
    step = [one for one in found if one.on >= date(2020, 10, 1)]
    text = "; ".join(f"{one.on} {one.kind} {one.issue_id} {one.severity}" for one in found)
    one_issue = len({one.issue_id for one in found}) == 1
    return Row("fraud filter, autumn 2020", "one issue, opened or escalated by October 2020", text, bool(step) and one_issue)


def _fraud_stays_one(seen: list[Seen], days: list[TriageDay]) -> Row:
    ids = {one.issue_id for one in seen if one.system == "fraud_filter" and one.kind is ChangeKind.OPENED and one.on <= date(2021, 7, 1)}
    alive = [
        day.business_date
        for day in days
        if date(2020, 11, 1) <= day.business_date <= date(2021, 7, 1) and not ids & {*day.untouched.ids, *day.absent.ids, *day.new.ids}
    ]
    text = f"{len(ids)} issue(s), live on every day" if not alive else f"{len(ids)} issue(s), not live on {len(alive)} day(s)"
    return Row("fraud filter, to mid-2021", "one live issue throughout", text, len(ids) == 1 and not alive)


def _mortgage(seen: list[Seen]) -> Row:
    found = [one for one in seen if "Trouble during payment process" in one.title and one.kind is ChangeKind.OPENED]
    in_time = [one for one in found if date(2020, 8, 1) <= one.on < date(2020, 11, 1)]
    text = "; ".join(f"{one.on} {one.issue_id}" for one in found)
    return Row("mortgage payments, August to October 2020", "one issue, not three", text, len(found) == len(in_time) == 1)


def _untimely(seen: list[Seen]) -> Row:
    found = [one for one in seen if one.system == "complaint_handling"]
    in_june = [one for one in found if date(2021, 6, 1) <= one.on < date(2021, 7, 1)]
    text = "; ".join(f"{one.on} {one.kind} {one.severity}" for one in found)
    return Row("untimely responses, June 2021", "raised in June 2021, high", text, bool(in_june) and in_june[-1].severity == "L3")


def _batches(days: list[TriageDay]) -> list[Row]:
    named = {(batch.on, batch.channel): batch for day in days for batch in day.batches}
    rows = []
    for on in (date(2018, 9, 24), date(2018, 12, 11), date(2019, 5, 31)):
        batch = named.get((on, "Referral"))
        text = f"{batch.count} of {batch.day_count}, {batch.expected:.1f} expected" if batch else "not named"
        rows.append(Row(f"referrals of {on}", "named a batch arrival", text, batch is not None))
    return rows


def _dip(days: list[TriageDay]) -> Row:
    warned = [day.business_date for day in days if date(2018, 11, 1) <= day.business_date < date(2019, 4, 1) and _dipped(day)]
    text = f"warned on {len(warned)} days, {warned[0]} to {warned[-1]}" if warned else "no warning"
    return Row("volume, November 2018 to March 2019", "a completeness warning", text, len(warned) >= 60)


def _dipped(day: TriageDay) -> bool:
    return any(dip.subject.endswith(":complaint") or "complaints" in dip.subject for dip in day.dips)


def _quiet(seen: list[Seen]) -> Row:
    opened = [one for one in seen if one.kind is ChangeKind.OPENED and QUIET[0] <= one.on < QUIET[1]]
    text = "; ".join(f"{one.on} {one.system}: {one.title}" for one in opened) or "none"
    return Row("quiet stretch, June 2017 to December 2019", "at most 3 spike issues", f"{len(opened)}: {text}", len(opened) <= 3)


def _seen(days: Iterable[TriageDay]) -> Iterable[Seen]:
    for day in days:
        for change in day.changes:
            if change.kind in {ChangeKind.OPENED, ChangeKind.ESCALATED}:
                issue = change.issue
                yield Seen(
                    day.business_date, change.kind, issue.system_id, issue.issue_id, issue.title, issue.severity.value, change.reason
                )


def report(rows: list[Row], days: list[TriageDay], seconds: float) -> None:
    """Print the table and everything that opened or escalated, and write both as JSON."""
    print(rows_text(rows))
    print(f"{len(days)} days in {seconds:.0f} s, {1000 * seconds / len(days):.0f} ms a day")
    seen = [asdict(one) | {"on": one.on.isoformat()} for one in _seen(days)]
    for one in seen:
        print(f"  {one['on']} {one['kind']:9} {one['severity']} {one['system']}: {one['title']}: {one['reason']}")
    write_rows(BUILD / "triage.json", rows, seconds, days=len(days), issues=seen)


if __name__ == "__main__":
    sys.exit(main())

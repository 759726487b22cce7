"""How often a system decided: which row counts on which day, and what happens where a source does not say."""

from __future__ import annotations

import csv
import gzip
import sqlite3
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.catalogue import SourceSpec, TimeField
from registry.domain.exposure import EffectSpec, ExposureRead, ExposureSpec, FeedWatch
from registry.errors import SourceUnavailableError
from registry.sources.caps import SourceCaps
from registry.sources.exposure import by_source, read_exposure, read_exposures, unread_exposures
from registry.sources.exposure_tally import MAX_COUNT, MAX_VALUES
from tests.architecture.project import ROOT
from tests.sources.prediction_scenes import KINDS, Rows, a_place, local, write_rows

ZONE = "America/New_York"
START, END = date(2026, 3, 6), date(2026, 3, 11)  # the clocks go forward on 8 March
FALL = date(2026, 11, 1)
DAY = timedelta(days=1)


def a_watch(name: str = "rows.parquet", feed: str = "complaints", system: str = "fraud_filter", **exposure: Any) -> FeedWatch:
    spec = ExposureSpec(SourceSpec(name, path=name), TimeField("at"), "decision")
    return FeedWatch(system, feed, EffectSpec(), replace(spec, **exposure))


def read(folder: Path, rows: Rows, name: str = "rows.parquet", start: date = START, end: date = END, **exposure: Any) -> ExposureRead:
    write_rows(folder, rows, name)
    return read_exposure(a_watch(name, **exposure), ZONE, start, end, a_place(folder))


def whole(found: ExposureRead) -> dict[date, int]:
    return {day.on: day.count for day in found.days if not day.name}


def told(found: ExposureRead) -> tuple[str, ...]:
    """Return what was told beside that nothing says when a row arrived, which holds of most sources here."""
    return tuple(one for one in found.told if "name one by exposure.received_at" not in one)


def split(found: ExposureRead) -> dict[tuple[date, str, str], int]:
    return {(day.on, day.name, day.value): day.count for day in found.days if day.name}


def on(day: int, hour: int = 12, **cells: Any) -> dict[str, Any]:
    return {"at": local(f"2026-03-{day:02} {hour:02}:00"), **cells}


@pytest.mark.parametrize("kind", KINDS)
def test_a_source_without_rows_has_no_days_and_is_no_failure(tmp_path: Path, kind: str) -> None:
    rows: Rows = []
    if kind.startswith("rows.csv"):
        rows = [on(1)]  # of another month
    write_rows(tmp_path, rows, kind, {"at": pa.timestamp("us")})
    found = read_exposure(a_watch(kind), ZONE, START, END, a_place(tmp_path))
    assert (found.days, found.reason, told(found)) == ((), "", ())
    assert (found.system_id, found.feed, found.unit, found.start_on, found.end_on) == ("fraud_filter", "complaints", "decision", START, END)


def test_days_without_an_end_have_no_rows_and_nothing_is_read(tmp_path: Path) -> None:
    found = read_exposure(a_watch("gone.csv"), ZONE, START, START, a_place(tmp_path))
    assert (found.days, found.reason) == ((), "")


@pytest.mark.parametrize("kind", KINDS)
def test_each_row_is_one_decision_on_its_day_in_every_kind_of_file(tmp_path: Path, kind: str) -> None:
    found = read(tmp_path, [on(5), on(6, 0), on(6, 23), on(9), on(10, 23), on(11, 0)], kind)
    assert whole(found) == {date(2026, 3, 6): 2, date(2026, 3, 9): 1, date(2026, 3, 10): 1}
    assert len(found.digests) == 1 and found.digests[0].startswith("sha256:")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("day", "quarters"), [(date(2026, 3, 8), 92), (FALL, 100), (date(2026, 3, 7), 96)])
def test_instants_count_on_the_civil_day_also_where_it_has_23_or_25_hours(tmp_path: Path, kind: str, day: date, quarters: int) -> None:
    start = datetime.combine(day, datetime.min.time(), UTC) - timedelta(hours=12)
    rows = [{"at": start + timedelta(minutes=15 * number)} for number in range(240)]
    assert whole(read(tmp_path, rows, kind, day, day + DAY)) == {day: quarters}


@pytest.mark.parametrize("kind", KINDS)
def test_a_local_time_that_the_zone_skips_or_repeats_has_its_day(tmp_path: Path, kind: str) -> None:
    rows = [{"at": local(text)} for text in ("2026-03-08 02:30", "2026-11-01 01:30", "2026-11-01 01:30")]
    assert whole(read(tmp_path, rows, kind, START, date(2026, 12, 1))) == {date(2026, 3, 8): 1, FALL: 2}


def test_a_column_may_say_how_many_a_row_stands_for(tmp_path: Path) -> None:
    found = read(tmp_path, [on(6, n=10), on(6, n=5), on(7, n=0), on(8, n=1)], "rows.csv", count="n")
    assert whole(found) == {date(2026, 3, 6): 15, date(2026, 3, 8): 1} and not told(found)


def test_large_counts_are_exact(tmp_path: Path) -> None:
    found = read(tmp_path, [on(6, n=MAX_COUNT), on(6, n=MAX_COUNT - 1), on(6, n=MAX_COUNT - 2)], count="n")
    assert whole(found) == {date(2026, 3, 6): 3 * MAX_COUNT - 3}


@pytest.mark.parametrize("cell", ["", "many", "-1", "1.5", "nan", "inf", "1,000", str(MAX_COUNT + 1)])
def test_a_count_that_is_none_leaves_its_day_without_a_count_and_the_others_alone(tmp_path: Path, cell: str) -> None:
    rows = [on(6, n="4", p="card"), on(6, n=cell, p="card"), on(7, n="3", p="card")]
    found = read(tmp_path, rows, "rows.csv", count="n", segment={"product": "p"})
    assert whole(found) == {date(2026, 3, 7): 3} and split(found) == {(date(2026, 3, 7), "product", "card"): 3}
    assert told(found) == (
        "rows.csv, 'n': expected a whole number of 0 or more in every row, found others on 2026-03-06; "
        "these days have no exposure until they are corrected",
    )


def test_many_days_without_a_count_are_told_in_short(tmp_path: Path) -> None:
    rows = [{"at": date(2026, 1, 1) + number * DAY, "n": -1} for number in range(9)]
    found = read(tmp_path, rows, start=date(2026, 1, 1), end=date(2026, 2, 1), count="n")
    assert "found others on 2026-01-01, 2026-01-02, 2026-01-03, 2026-01-04, 2026-01-05 and 4 more;" in told(found)[0]
    assert (found.days, found.reason) == ((), "")


def test_a_file_of_several_that_does_not_count_leaves_its_days_without_a_count(tmp_path: Path) -> None:
    write_rows(tmp_path, [on(6, n=1)], "a.parquet")
    write_rows(tmp_path, [on(7)], "b.parquet")
    found = read_exposure(a_watch("?.parquet", count="n"), ZONE, START, END, a_place(tmp_path))
    assert whole(found) == {date(2026, 3, 6): 1} and "found others on 2026-03-07" in told(found)[0] and len(found.digests) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_rows_count_by_the_values_of_segments_too_and_an_empty_cell_is_of_none(tmp_path: Path, kind: str) -> None:
    rows = [on(6, p="card", c="web"), on(6, p="card", c="app"), on(6, p=None, c="app"), on(7, p="loan", c=None)]
    found = read(tmp_path, rows, kind, segment={"product": "p", "channel": "c"})
    sixth, seventh = date(2026, 3, 6), date(2026, 3, 7)
    assert whole(found) == {sixth: 3, seventh: 1}
    assert split(found) == {
        (sixth, "product", "card"): 2,
        (sixth, "channel", "web"): 1,
        (sixth, "channel", "app"): 2,
        (seventh, "product", "loan"): 1,
    }
    assert list(found.days) == sorted(found.days)


@pytest.mark.parametrize("over", [0, 1])
def test_a_segment_with_many_values_splits_nothing_and_the_whole_stays(tmp_path: Path, over: int) -> None:
    rows = [on(6, p=f"product {number}") for number in range(MAX_VALUES + over)]
    found = read(tmp_path, rows, segment={"product": "p"})
    assert whole(found) == {date(2026, 3, 6): MAX_VALUES + over}
    assert (len(split(found)), len(told(found))) == ((0, 1) if over else (MAX_VALUES, 0))


def test_values_of_other_days_do_not_make_a_segment_too_wide(tmp_path: Path) -> None:
    rows = [on(1, p=f"product {number}") for number in range(2 * MAX_VALUES)] + [on(6, p="card")]
    kinds = {"p": pa.dictionary(pa.int32(), pa.string())}
    write_rows(tmp_path, rows, types=kinds, group=1000)
    found = read_exposure(a_watch(segment={"product": "p"}), ZONE, START, END, a_place(tmp_path))
    assert (split(found), told(found)) == ({(date(2026, 3, 6), "product", "card"): 1}, ())


def test_a_value_that_names_a_person_is_kept_without_the_name(tmp_path: Path) -> None:
    def redact(text: str) -> tuple[str, dict[str, int]]:
        return ("[email]", {"email": 1}) if "@" in text else (text, {})

    write_rows(tmp_path, [on(6, p="ana@bank.example"), on(6, p="card")])
    found = read_exposure(a_watch(segment={"product": "p"}), ZONE, START, END, a_place(tmp_path, redact=redact))
    assert {value.partition(" #")[0] for _, _, value in split(found)} == {"[email]", "card"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_condition_says_which_rows_are_decisions(tmp_path: Path, kind: str) -> None:
    rows = [on(6, p="card"), on(6, p="loan"), on(7, p="loan")]
    assert whole(read(tmp_path, rows, kind, where="p = 'loan'")) == {date(2026, 3, 6): 1, date(2026, 3, 7): 1}


def test_a_few_rows_of_no_day_are_told_and_many_leave_nothing_known(tmp_path: Path) -> None:
    rows = [on(6) for _ in range(2000)]
    few = read(tmp_path, [*rows, {"at": None}, {"at": None}])
    assert whole(few) == {date(2026, 3, 6): 2000}
    assert "found 2 without a day that can be read beside 2,000 of these days" in told(few)[0] and "exposure.where" in told(few)[0]
    many = read(tmp_path, [*rows, {"at": None}, {"at": None}, {"at": None}])
    assert (many.days, told(many)) == ((), ()) and "found 3 without a day that can be read" in many.reason


def test_rows_of_no_day_can_be_left_out_by_the_condition(tmp_path: Path) -> None:
    found = read(tmp_path, [on(6), {"at": None}], where='"at" IS NOT NULL')
    assert (whole(found), told(found)) == ({date(2026, 3, 6): 1}, ())


def test_a_row_that_cannot_be_read_is_a_row_of_no_day(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("at,n\n2026-03-06,1\n2026-03-07\n")
    assert "found 1 without a day" in read_exposure(a_watch("rows.csv"), ZONE, START, END, a_place(tmp_path)).reason


@pytest.mark.parametrize("kind", ["rows.parquet", "rows.csv"])
def test_a_log_that_was_delivered_twice_is_not_twice_as_much_exposure(tmp_path: Path, kind: str) -> None:
    rows = [on(6, id=f"D{number}") for number in range(50)]
    assert whole(read(tmp_path, rows, kind, row_id="id")) == {date(2026, 3, 6): 50}
    twice = read(tmp_path, rows + rows, kind, row_id="id")
    assert twice.days == () and "found 50 that are there twice beside 100 of these days" in twice.reason


@pytest.mark.parametrize(
    ("exposure", "told"),
    [
        ({"time": TimeField("att")}, "expected a column 'att', found none (did you mean 'at'?); correct exposure.time"),
        ({"count": "nn"}, "expected a column 'nn', found none; correct exposure.count"),
        ({"row_id": "idd"}, "expected a column 'idd', found none; correct exposure.id"),
        ({"where": "product = 1"}, "exposure.where: expected a condition that can be evaluated, found"),
        ({"where": "p = "}, "exposure.where: expected a condition that can be evaluated, found"),
        ({"source": SourceSpec("gone", path="gone.csv")}, "gone.csv: expected a file, found none"),
        ({"source": SourceSpec("out", path="../rows.csv")}, "expected a file below an allowed root"),
        ({"source": SourceSpec("crm", connection="crm", query_file="rows.sql")}, "rows.sql: expected a query file, found none"),
    ],
)
@pytest.mark.parametrize("kind", ["rows.parquet", "rows.csv"])
def test_what_cannot_be_read_is_a_reason_and_the_others_are_read_all_the_same(
    tmp_path: Path, kind: str, exposure: dict[str, Any], told: str
) -> None:
    inside = tmp_path / "bank"
    inside.mkdir()
    write_rows(tmp_path, [on(6, p="card")], "rows.csv")
    write_rows(inside, [on(6, p="card")], kind)
    watches = (a_watch(kind, feed="broken", **exposure), a_watch(kind, feed="good"))
    broken, good = read_exposures(watches, {"fraud_filter": ZONE}, START, END, a_place(inside))
    assert told in broken.reason and broken.days == () and broken.feed == "broken"
    assert (whole(good), good.reason, good.feed) == ({date(2026, 3, 6): 1}, "", "good")


def test_a_segment_column_that_is_not_there_is_told_and_the_whole_counts(tmp_path: Path) -> None:
    found = read(tmp_path, [on(6, product="card")], segment={"product": "produkt"})
    assert whole(found) == {date(2026, 3, 6): 1}
    assert told(found) == (
        "rows.parquet: expected a column 'produkt' for the segment product, found none (did you mean 'product'?); nothing is counted by it",
    )


def test_a_source_over_the_limits_is_a_reason(tmp_path: Path) -> None:
    write_rows(tmp_path, [on(6) for _ in range(30)], "rows.csv")
    found = read_exposure(a_watch("rows.csv"), ZONE, START, END, a_place(tmp_path, caps=SourceCaps(max_rows=20)))
    assert "expected at most 20 rows" in found.reason and found.days == ()


def test_the_digest_follows_the_rows_that_were_read(tmp_path: Path) -> None:
    first = read(tmp_path, [on(6), on(7)], "rows.csv")
    assert read(tmp_path, [on(6), on(7)], "rows.csv") == first
    assert read(tmp_path, [on(6), on(8)], "rows.csv").digests != first.digests


def test_a_watch_without_exposure_reads_nothing(tmp_path: Path) -> None:
    watches = (replace(a_watch(feed="incidents"), exposure=None), a_watch())
    write_rows(tmp_path, [on(6)])
    assert [one.feed for one in read_exposures(watches, {"fraud_filter": ZONE}, START, END, a_place(tmp_path))] == ["complaints"]
    assert by_source(watches) == ((watches[1],),)


def a_query(folder: Path) -> SourceSpec:
    with sqlite3.connect(folder / "bank.db") as database:
        database.execute("CREATE TABLE decisions (at TEXT, n INTEGER, p TEXT)")
        database.executemany("INSERT INTO decisions VALUES (?, ?, ?)", [("2026-03-06", 4, "card"), ("2026-03-07", 2, "loan")])
    (folder / "rows.sql").write_text("SELECT * FROM decisions WHERE at >= :window_start AND at < :window_end")
    return SourceSpec("crm-rows", connection="crm", query_file="rows.sql")


def test_feeds_that_count_the_same_rows_share_one_reading_whatever_they_count(tmp_path: Path) -> None:
    source, asked = a_query(tmp_path), Counter[str]()

    def url(name: str) -> str:
        asked[name] += 1
        return f"sqlite:///{tmp_path / 'bank.db'}"

    query: dict[str, Any] = {"source": source, "count": "n"}
    watches = (
        a_watch(feed="one", **query),
        a_watch(feed="two", **query),
        a_watch(feed="three", source=source),
        a_watch(feed="four", **query, segment={"product": "p"}),
    )
    asked.clear()
    found = read_exposures(watches, {"fraud_filter": ZONE}, START, END, a_place(tmp_path, connection_url=url))
    alone = [read_exposure(watch, ZONE, START, END, a_place(tmp_path, connection_url=url)) for watch in watches]
    assert list(found) == alone
    assert [sum(whole(one).values()) for one in found] == [6, 6, 2, 6]
    calls = asked["crm"]
    asked.clear()
    read_exposures(watches, {"fraud_filter": ZONE}, START, END, a_place(tmp_path, connection_url=url))
    assert asked["crm"] * (1 + len(watches)) == calls


def test_systems_in_other_zones_count_the_same_rows_on_their_own_days(tmp_path: Path) -> None:
    write_rows(tmp_path, [{"at": datetime(2026, 3, 7, 3, tzinfo=UTC)}])
    watches = (a_watch(), a_watch(system="berlin"))
    here, there = read_exposures(watches, {"fraud_filter": ZONE, "berlin": "Europe/Berlin"}, START, END, a_place(tmp_path))
    assert (whole(here), whole(there)) == ({date(2026, 3, 6): 1}, {date(2026, 3, 7): 1})


def test_an_outage_is_raised_and_after_the_last_try_every_feed_of_the_source_has_its_reason(tmp_path: Path) -> None:
    source = a_query(tmp_path)
    watches = (a_watch(source=source), a_watch(feed="appeals", source=source), a_watch("other.csv", feed="incidents"))
    place = a_place(tmp_path, connection_url=lambda _: f"sqlite:///{tmp_path / 'gone' / 'bank.db'}")
    with pytest.raises(SourceUnavailableError) as caught:
        read_exposures(watches[:2], {"fraud_filter": ZONE}, START, END, place)
    found = unread_exposures(watches[:2], START, END, caught.value)
    assert [(one.feed, one.days, one.reason) for one in found] == [(feed, (), str(caught.value)) for feed in ("complaints", "appeals")]
    assert [[one.feed for one in group] for group in by_source(watches)] == [["complaints", "appeals"], ["incidents"]]


MOMENTS = st.one_of(
    st.datetimes(datetime(2026, 3, 5), datetime(2026, 3, 12)),  # noqa: DTZ001 - local times
    st.datetimes(datetime(2026, 3, 5), datetime(2026, 3, 12), timezones=st.just(UTC)),  # noqa: DTZ001 - its zone is the next argument
    st.dates(date(2026, 3, 5), date(2026, 3, 12)),
)
CELLS = st.lists(st.tuples(MOMENTS, st.sampled_from(["card", "loan", ""]), st.integers(0, 3)), max_size=12)


@given(cells=CELLS, kind=st.sampled_from(["rows.csv", "rows.jsonl"]), is_counted=st.booleans())
def test_every_day_has_what_a_plain_count_gives_it(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[Any, str, int]], kind: str, is_counted: bool
) -> None:
    rows: Rows = [{"at": at.isoformat(), "p": product or None, "n": count} for at, product, count in cells]
    folder = tmp_path_factory.mktemp("rows")
    found = read(folder, rows or [{"at": "2026-01-01", "p": "x", "n": 1}], kind, segment={"product": "p"}, count="n" if is_counted else "")
    expected: Counter[Any] = Counter()
    for at, product, count in cells:
        day = civil(at)
        if START <= day < END:
            expected[day] += count if is_counted else 1
            expected[day, "product", product] += (count if is_counted else 1) if product else 0
    assert whole(found) | split(found) == {key: count for key, count in expected.items() if count}
    assert found.reason == ""


def civil(at: Any) -> date:
    if not isinstance(at, datetime):
        return at  # type: ignore[no-any-return]
    return at.date() if at.tzinfo is None else at.astimezone(ZoneInfo(ZONE)).date()


COMPLAINTS = ROOT.parent / "shared" / "data" / "complaints_2017-05_2021-12.csv.gz"


@pytest.mark.skipif(not COMPLAINTS.exists(), reason="needs ../shared/data: five years of real complaints")
def test_five_years_of_real_complaints_are_what_the_csv_module_counts(tmp_path: Path) -> None:
    start, end = date(2017, 5, 1), date(2022, 1, 1)
    spec = ExposureSpec(
        SourceSpec("complaints", path=str(COMPLAINTS)),
        TimeField("Date received", plus_days=15),
        "complaint",
        "Product <> 'Mortgage'",
        segment={"channel": "Submitted via"},
        row_id="Complaint ID",
    )
    place = a_place(tmp_path, roots=(COMPLAINTS.parent,))
    found = read_exposure(FeedWatch("complaint_handling", "untimely_responses", EffectSpec(), spec), ZONE, start, end, place)
    expected: Counter[Any] = Counter()
    with gzip.open(COMPLAINTS, "rt", newline="") as stream:
        for row in csv.DictReader(stream):
            day = date.fromisoformat(row["Date received"]) + 15 * DAY
            if row["Product"] != "Mortgage" and start <= day < end:
                expected[day] += 1
                expected[day, "channel", row["Submitted via"]] += 1
    assert (found.reason, told(found)) == ("", ())
    assert whole(found) | split(found) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_that_arrived_after_the_counted_days_is_not_known_yet(tmp_path: Path, kind: str) -> None:
    """A replay of the tenth sees no row that came on the eleventh, whatever day it is about."""
    rows = [on(day, came=local(f"2026-03-{came:02} {hour:02}:00")) for day, came, hour in ((6, 6, 13), (6, 11, 0), (9, 10, 23), (9, 12, 9))]
    received = {"received": TimeField("came")}
    assert whole(read(tmp_path, rows, kind, **received)) == {date(2026, 3, 6): 1, date(2026, 3, 9): 1}
    assert whole(read(tmp_path, rows, kind, end=END + 3 * DAY, **received)) == {date(2026, 3, 6): 2, date(2026, 3, 9): 2}
    assert whole(read(tmp_path, rows, kind)) == {date(2026, 3, 6): 2, date(2026, 3, 9): 2}, "where nothing says when it came"


@pytest.mark.parametrize(("received", "count"), [(None, 1), (TimeField("came"), 0)])
def test_where_nothing_says_when_a_row_arrived_it_is_told(tmp_path: Path, received: TimeField | None, count: int) -> None:
    assert len(read(tmp_path, [on(6, came=local("2026-03-06 13:00"))], received=received).told) == count
    assert read(tmp_path, [on(1, came=local("2026-03-06 13:00"))], received=received).told == (), "nothing was counted"


def test_a_second_copy_that_arrived_later_is_no_second_row_yet(tmp_path: Path) -> None:
    rows = [on(6, came=local("2026-03-06 13:00"), number="1"), on(6, came=local("2026-03-12 13:00"), number="1")]
    found = read(tmp_path, rows, row_id="number", received=TimeField("came"))
    assert (whole(found), found.reason, told(found)) == ({date(2026, 3, 6): 1}, "", ())


def test_rows_whose_arrival_cannot_be_read_are_told_and_many_leave_no_count(tmp_path: Path) -> None:
    rows = [on(6, came="2026-03-06 13:00")] * 2_000 + [on(7, came="soon")]
    found = read(tmp_path, rows, "rows.csv", received=TimeField("came"))
    assert whole(found) == {date(2026, 3, 6): 2_000}
    assert "1 without a day that can be read" in told(found)[0]
    assert read(tmp_path, [*rows, *rows[-5:] * 5], "rows.csv", received=TimeField("came")).days == ()


def test_a_source_without_the_column_of_arrivals_is_not_counted(tmp_path: Path) -> None:
    found = read(tmp_path, [on(6, came="2026-03-06")], received=TimeField("come"))
    assert found.days == () and "expected a column 'come', found none (did you mean 'came'?)" in found.reason
    assert "exposure.received_at" in found.reason

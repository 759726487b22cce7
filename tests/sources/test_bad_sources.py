"""Bad sources: refused whole with an exact reason, quickly, and read completely once they are mended."""

from __future__ import annotations

import gzip
import os
import resource
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from registry.domain.catalogue import SourceSpec
from registry.domain.feed import FeedStatus
from registry.errors import SourceUnavailableError
from registry.sources.caps import SourceCaps
from registry.sources.window import errored_delivery
from tests.sources.scenes import GOOD, GOOD_IDS, HEADER, deliver, ids, pair, write

ERRORED, BROKEN = FeedStatus.ERRORED, FeedStatus.SCHEMA_BROKEN


def source(path: str = "rows.csv", **changes: Any) -> SourceSpec:
    return SourceSpec("rows", path, **changes)


def in_file(content: bytes, name: str = "rows.csv") -> Callable[[Path], None]:
    def prepare(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return prepare


def nothing(folder: Path) -> None:
    """Leave the folder as it is."""


def text(*lines: str, header: str = HEADER) -> bytes:
    return (header + "".join(lines)).encode()


def outside(folder: Path) -> None:
    (folder.parent / "outside.csv").write_bytes(text(*GOOD))


def linked_outside(folder: Path) -> None:
    outside(folder)
    (folder / "rows.csv").symlink_to(folder.parent / "outside.csv")


def parquet_bomb(folder: Path) -> None:
    """Write a file of a few kilobytes that is a gigabyte of text once unpacked."""
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 1_000, pa.int32()), pa.array(["x" * 1_000_000]))
    names = HEADER.strip().split(",")
    table = pa.table([column] + [pa.array(["1"] * 1_000)] * 6, names=names)
    pq.write_table(table, folder / "rows.parquet", compression="zstd")


def parquet_giant(folder: Path) -> None:
    """Write a file of a few kilobytes that holds one text of 300 MB."""
    table = pa.table({name: pa.array(["x" * 300_000_000 if name == "text" else "1"]) for name in HEADER.strip().split(",")})
    pq.write_table(table, folder / "rows.parquet", compression="zstd", use_dictionary=False, write_statistics=False)


def gzip_bomb(folder: Path) -> None:
    (folder / "rows.csv.gz").write_bytes(gzip.compress(text() + b"a" * 300_000_000, 1))


def lying_gzip_bomb(folder: Path) -> None:
    gzip_bomb(folder)
    with (folder / "rows.csv.gz").open("r+b") as stream:
        stream.seek(-4, os.SEEK_END)
        stream.write((1000).to_bytes(4, "little"))


@dataclass(frozen=True)
class BadSource:
    """What stands in the folder, and the exact reason for refusing it; ``{folder}`` stands for where it is."""

    name: str
    prepare: Callable[[Path], None]
    reason: str
    status: FeedStatus = ERRORED
    source: SourceSpec = field(default_factory=source)
    feed: dict[str, Any] = field(default_factory=dict)
    plan: dict[str, Any] = field(default_factory=dict)


CASES = (
    BadSource("file missing", nothing, "rows.csv: expected a file, found none; check source.path and that the export ran"),
    BadSource(
        "glob without a match",
        nothing,
        "day/*.csv: expected at least one file, found none; check source.path and that the export ran",
        source=source("day/*.csv"),
    ),
    BadSource("empty file", in_file(b""), "rows.csv: expected a header line, found an empty file; have it sent again"),
    BadSource(
        "a URL",
        nothing,
        "expected a file path below an allowed root, found a URL (https); fetch the file first, or use a named connection",
        source=source("https://bank.example/rows.csv"),
    ),
    BadSource(
        "a path out of the roots",
        outside,
        "../outside.csv: expected a file below an allowed root ({folder}), found one that leads to {parent}/outside.csv; "
        "move it, or add its folder to allowed_source_roots",
        source=source("../outside.csv"),
    ),
    BadSource(
        "a link out of the roots",
        linked_outside,
        "rows.csv: expected a file below an allowed root ({folder}), found one that leads to {parent}/outside.csv; "
        "move it, or add its folder to allowed_source_roots",
    ),
    BadSource(
        "a folder in its place",
        lambda folder: (folder / "rows.csv").mkdir(),
        "rows.csv: expected a regular file, found a folder, pipe or device; correct source.path",
    ),
    BadSource(
        "a pipe in its place",
        lambda folder: os.mkfifo(folder / "rows.csv"),
        "rows.csv: expected a regular file, found a folder, pipe or device; correct source.path",
    ),
    BadSource(
        "another kind of file",
        in_file(b"", "rows.xlsx"),
        "rows.xlsx: expected a file ending in .csv, .csv.gz, .jsonl, .jsonl.gz, .parquet, found another kind; convert or rename it",
        source=source("rows.xlsx"),
    ),
    BadSource(
        "a gzip file cut off",
        in_file(gzip.compress(text(*GOOD))[:-20], "rows.csv.gz"),
        "rows.csv.gz: expected a whole gzip file, found one that is cut off or damaged "
        "(Compressed file ended before the end-of-stream marker was reached); have it sent again",
        source=source("rows.csv.gz"),
    ),
    BadSource(
        "no gzip file at all",
        in_file(text(*GOOD), "rows.csv.gz"),
        "rows.csv.gz: expected a whole gzip file, found one that is cut off or damaged (Not a gzipped file (b'id')); have it sent again",
        source=source("rows.csv.gz"),
    ),
    BadSource(
        "a gzip bomb",
        gzip_bomb,
        "rows.csv.gz: expected a file that unpacks to at most 200 times its size, found {size} bytes unpacking to 261832704 or more; "
        "have the export checked, it looks like a decompression bomb",
        source=source("rows.csv.gz"),
    ),
    BadSource(
        "no Parquet file at all",
        in_file(b"id,occurred,received", "rows.parquet"),
        "rows.parquet: expected a whole Parquet file, found a damaged one (Parquet magic bytes not found in footer. "
        "Either the file is corrupted or this is not a parquet file.); have it sent again",
        source=source("rows.parquet"),
    ),
    BadSource(
        "one giant text in a small Parquet file",
        parquet_giant,
        "rows.parquet: expected cells of at most 1000000 bytes, found 300000035 on average in column 'text'; "
        "leave the column out of the export or raise limits.max_cell_bytes",
        source=source("rows.parquet"),
    ),
    BadSource(
        "one text repeated to a gigabyte in a small Parquet file",
        parquet_bomb,
        "rows.parquet: expected a file that unpacks to at most 200 times its size, found {size} bytes unpacking to 1000006000 or more; "
        "have the export checked, it looks like a decompression bomb",
        source=source("rows.parquet"),
    ),
    BadSource(
        "too many columns",
        in_file(text(header=",".join(f"c{n}" for n in range(600)) + "\n")),
        "rows.csv: expected at most 500 columns, found 600; export only the columns that feeds use or raise limits.max_columns",
    ),
    BadSource(
        "too many rows",
        in_file(text(*GOOD)),
        "rows.csv: expected at most 3 rows, found more; split the export or raise limits.max_rows",
        plan={"caps": SourceCaps(max_rows=3)},
    ),
    BadSource(
        "too many bytes",
        in_file(text(*GOOD)),
        "rows.csv: expected at most 100 bytes once unpacked, found 289 or more; split the export or raise limits.max_source_bytes",
        plan={"caps": SourceCaps(max_source_bytes=100)},
    ),
    BadSource(
        "too many malformed rows",
        in_file(text(*GOOD, *["a,b\n"] * 4)),
        "rows.csv: expected CSV with utf-8 text, found more than 3 malformed rows; check source.encoding, source.delimiter and the export",
        plan={"caps": SourceCaps(max_malformed_rows=3)},
    ),
    BadSource(
        "a header in another encoding",
        in_file(text(*GOOD, header=HEADER.replace("kind", "genre_é")).decode().encode("utf-16")),
        "rows.csv: expected a header in utf-8, found bytes that are not; set source.encoding to the file's own",
    ),
    BadSource(
        "a column twice",
        in_file(text(header="id,occurred,received,channel,issue,kind,text,ID\n")),
        "rows.csv: expected column names that differ in more than case, found 'id' twice; rename one in the export",
    ),
    BadSource(
        "a reserved column",
        in_file(text(header=HEADER.strip() + ",__row\n")),
        "rows.csv: expected no column called '__row', which is reserved; rename it in the export",
    ),
    BadSource(
        "a renamed column",
        in_file(text(*GOOD, header=HEADER.replace("received", "Received "))),
        "rows.csv: expected a column 'received', found none (did you mean 'Received '?); "
        "correct the feed's fields or have the export corrected",
        BROKEN,
    ),
    BadSource(
        "two columns missing",
        in_file(text(header="id,occurred,received,channel,issue\n")),
        "rows.csv: expected a column 'kind', found none; correct the feed's fields or have the export corrected; "
        "rows.csv: expected a column 'text', found none; correct the feed's fields or have the export corrected",
        BROKEN,
    ),
    BadSource(
        "a condition that is no SQL",
        in_file(text(*GOOD)),
        'feed complaints: expected a where that can be evaluated, found Parser Error: syntax error at or near "="; '
        "correct it in the catalogue",
        feed={"where": "channel = = 'Web'"},
    ),
    BadSource(
        "a condition that is two",
        in_file(text(*GOOD)),
        'feed complaints: expected a where that can be evaluated, found Parser Error: syntax error at or near ")"; '
        "correct it in the catalogue",
        feed={"where": "true) OR (true"},
    ),
    BadSource(
        "a condition on an unknown column",
        in_file(text(*GOOD)),
        'feed complaints: expected a where that can be evaluated, found Binder Error: Referenced column "chanel" not found in FROM clause! '
        "(did you mean 'channel'?); correct it in the catalogue",
        BROKEN,
        feed={"where": "chanel = 'Web'"},
    ),
    BadSource(
        "a condition that does not convert",
        in_file(text(*GOOD)),
        "feed complaints: expected a where that can be evaluated, found a value that does not convert; use TRY_CAST; "
        "correct it in the catalogue",
        feed={"where": "CAST(channel AS INTEGER) > 3"},
    ),
    BadSource(
        "a condition that reads a file",
        in_file(text(*GOOD)),
        'feed complaints: expected a where that can be evaluated, found Permission Error: Cannot access file "/etc/hostname" - '
        "file system operations are disabled by configuration; correct it in the catalogue",
        feed={"where": "(SELECT count(*) FROM read_text('/etc/hostname')) > 0"},
    ),
    BadSource(
        "a query file missing",
        nothing,
        "sql/rows.sql: expected a query file, found none; check source.query_file",
        source=source("", connection="crm", query_file="sql/rows.sql"),
    ),
    BadSource(
        "a query file out of the roots",
        nothing,
        "../rows.sql: expected a query file of the workspace, found one that leads to {parent}/rows.sql; move it",
        source=source("", connection="crm", query_file="../rows.sql"),
    ),
    BadSource(
        "an empty query file",
        in_file(b"\n", "rows.sql"),
        "rows.sql: expected a query, found an empty file; write the SELECT",
        source=source("", connection="crm", query_file="rows.sql"),
    ),
    BadSource(
        "a query that the database refuses",
        in_file(b"SELECT * FROM nowhere", "rows.sql"),
        "rows.sql: expected a query that runs on crm, found OperationalError: no such table: nowhere; correct it",
        source=source("", connection="crm", query_file="rows.sql"),
        plan={"connection_url": lambda _name: "sqlite://"},
    ),
    BadSource(
        "a query with a parameter of its own",
        in_file(b"SELECT :customer", "rows.sql"),
        "rows.sql: expected no parameters but :window_start and :window_end, found customer; "
        "write values into the query (and \\: for a plain colon)",
        source=source("", connection="crm", query_file="rows.sql"),
        plan={"connection_url": lambda _name: "sqlite://"},
    ),
    BadSource(
        "a connection that nobody named",
        in_file(b"SELECT 1", "rows.sql"),
        "connection crm: expected a named connection, found none in this workspace; add it under connections",
        source=source("", connection="crm", query_file="rows.sql"),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_bad_source_is_refused_with_its_reason_and_read_whole_once_mended(case: BadSource, tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    folder.mkdir()
    case.prepare(folder)

    delivery = deliver(folder, pair(source=case.source, **case.feed), **case.plan)

    feed = delivery.feeds[0]
    path = folder / case.source.path
    size = path.stat().st_size if path.is_file() else 0
    assert feed.reason == case.reason.replace("{folder}", str(folder)).replace("{parent}", str(tmp_path)).replace("{size}", str(size))
    assert (feed.status, feed.signals, feed.new_count) == (case.status, None, 0)

    mended = folder / "mended"
    mended.mkdir()
    write(mended)
    assert ids(deliver(mended), mended) == GOOD_IDS


@pytest.mark.parametrize("prepare", [parquet_bomb, parquet_giant, gzip_bomb, lying_gzip_bomb])
def test_a_bomb_is_refused_before_it_takes_memory(prepare: Callable[[Path], None], tmp_path: Path) -> None:
    prepare(tmp_path)
    name = next(path.name for path in tmp_path.iterdir())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    assert deliver(tmp_path, pair(source=source(name))).feeds[0].status is ERRORED

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000


def test_a_feed_whose_column_is_gone_is_refused_and_the_others_go_on(tmp_path: Path) -> None:
    write(tmp_path)
    broken = pair("other", segment={"channel": "chanel"}, where="channel = 'Phone'")

    delivery = deliver(tmp_path, pair(), broken)

    assert [feed.status for feed in delivery.feeds] == [FeedStatus.OK, BROKEN]
    assert ids(delivery, tmp_path) == GOOD_IDS


def test_a_feed_whose_condition_cannot_be_evaluated_does_not_stop_the_others(tmp_path: Path) -> None:
    write(tmp_path)

    delivery = deliver(tmp_path, pair(), pair("other", where="channel = ="))

    assert [feed.status for feed in delivery.feeds] == [FeedStatus.OK, ERRORED]
    assert ids(delivery, tmp_path) == GOOD_IDS


def test_one_file_of_many_without_a_column_breaks_the_feed_and_is_named(tmp_path: Path) -> None:
    write(tmp_path, GOOD[:2], "day/1.csv")
    write(tmp_path, GOOD[2:], "day/2.csv", HEADER.replace("channel", "via"))

    delivery = deliver(tmp_path, pair(source=source("day/*.csv")))

    assert delivery.feeds[0].reason.startswith("day/2.csv: expected a column 'channel', found none")


def test_a_header_alone_is_no_error_and_delivers_nothing(tmp_path: Path) -> None:
    write(tmp_path, ())

    delivery = deliver(tmp_path)

    feed = delivery.feeds[0]
    assert (feed.status, feed.received_count, feed.signals, feed.newest_received_at) == (FeedStatus.OK, 0, None, None)


def test_a_database_that_does_not_answer_is_raised_to_be_tried_again_and_then_named(tmp_path: Path) -> None:
    (tmp_path / "rows.sql").write_text("SELECT 1")
    feed = pair(source=source("", connection="crm", query_file="rows.sql"))
    away = f"sqlite:///{tmp_path}/nowhere/crm.db"

    with pytest.raises(SourceUnavailableError) as raised:
        deliver(tmp_path, feed, connection_url=lambda _name: away)

    assert str(raised.value) == (
        "connection crm: expected a database that answers, found OperationalError: unable to open database file; "
        "see that it is up and retry"
    )
    delivery = errored_delivery((feed,), raised.value)
    assert (delivery.feeds[0].status, delivery.feeds[0].reason) == (ERRORED, str(raised.value))


def test_a_locked_database_is_an_outage_not_a_broken_query(tmp_path: Path) -> None:
    (tmp_path / "rows.sql").write_text("SELECT * FROM rows")
    holder = sqlite3.connect(tmp_path / "crm.db", isolation_level=None)
    holder.execute("CREATE TABLE rows (id TEXT)")
    holder.execute("BEGIN EXCLUSIVE")
    feed = pair(source=source("", connection="crm", query_file="rows.sql"))

    with pytest.raises(SourceUnavailableError, match="database is locked"):
        deliver(tmp_path, feed, connection_url=lambda _name: f"sqlite:///{tmp_path}/crm.db?timeout=0")
    holder.close()


def test_a_validation_that_could_not_run_is_errored_and_lets_no_row_pass(tmp_path: Path) -> None:
    from checks.expectations import signals

    class Stuck:
        validate_columns = staticmethod(signals.validate_columns)

        @staticmethod
        def validate_rows(columns: Any) -> Any:
            result = signals.validate_rows(columns)
            stuck = replace(result.rules[-1], status=type(result.status).ERRORED, detail="MetricError")
            return replace(result, rules=(*result.rules[:-1], stuck))

    write(tmp_path)

    feed = deliver(tmp_path, validator=Stuck()).feeds[0]

    assert feed.status is ERRORED
    assert feed.reason == (
        "rows: expected every validation rule to answer for each row, found one that did not (values_listed: MetricError); "
        "no row was taken, mend it and run again"
    )
    assert feed.signals is None

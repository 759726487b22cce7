"""The shelf of staged files: parsed once while a file stays the same, never stale when it does not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from registry.sources import shelf
from registry.sources.store import store_in
from tests.sources.scenes import GOOD_IDS, deliver, ids, pair, write


@pytest.fixture
def staged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list that each staging of a file adds to."""
    seen: list[str] = []
    stage_files = shelf.stage_files

    def noted(files: Any, *rest: Any) -> Any:
        seen.append(files[0].name)
        return stage_files(files, *rest)

    monkeypatch.setattr(shelf, "stage_files", noted)
    return seen


def test_many_days_over_one_unchanged_file_read_it_once(tmp_path: Path, staged: list[str]) -> None:
    write(tmp_path)

    days = [date(2020, 10, 12) + timedelta(days=offset) for offset in range(4)]
    counts = [deliver(tmp_path, pair(allowed_lateness_days=0), business_date=day).feeds[0].new_count for day in days]

    assert counts == [1, 1, 1, 1]
    assert staged == ["rows.csv"]


def overwrite(path: Path) -> None:
    path.write_text(path.read_text().replace("g1", "h1"))


def replace_file(path: Path) -> None:
    other = path.with_suffix(".new")
    other.write_text(path.read_text().replace("g1", "h1"))
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.replace(path)


def overwrite_and_reset_time(path: Path) -> None:
    status = path.stat()
    overwrite(path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize("change", [overwrite, replace_file, overwrite_and_reset_time])
def test_a_file_that_changed_without_changing_its_size_is_read_anew(change: Callable[[Path], None], tmp_path: Path) -> None:
    path = write(tmp_path)
    first = deliver(tmp_path)
    change(path)

    again = deliver(tmp_path)

    assert ids(again, tmp_path) == GOOD_IDS - {"g1"} | {"h1"}
    assert again.inputs != first.inputs


def test_the_stage_of_a_changed_file_is_dropped(tmp_path: Path) -> None:
    path = write(tmp_path)
    deliver(tmp_path)
    overwrite(path)
    deliver(tmp_path)

    tables = store_in(tmp_path / "spool", 768).cursor().execute("SELECT table_name FROM duckdb_tables()").fetchall()

    assert len({name.split("_")[1] for (name,) in tables}) == 1


def test_a_file_that_could_not_be_read_is_not_remembered_as_such(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("")
    assert deliver(tmp_path).feeds[0].reason
    write(tmp_path)

    assert ids(deliver(tmp_path), tmp_path) == GOOD_IDS


def test_threads_that_share_a_source_each_get_it_whole(tmp_path: Path, staged: list[str]) -> None:
    write(tmp_path)
    days = [date(2020, 10, 12) + timedelta(days=offset) for offset in range(4)] * 3

    def count(day: date) -> int:
        return deliver(tmp_path, pair(allowed_lateness_days=0), business_date=day).feeds[0].received_count

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(count, days)) == [1] * 12
    assert staged == ["rows.csv"]


def test_staged_rows_of_a_process_that_was_killed_are_removed_by_the_next(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    script = f"""
import os, signal
from pathlib import Path
from registry.sources.store import store_in
store_in(Path({str(spool)!r}), 64)
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[2], check=False)
    [left] = spool.glob("staging-*")

    alive = store_in(spool, 64)

    assert [path.name for path in spool.glob("staging-*")] == [alive.folder.name]
    assert alive.folder != left


def test_a_store_in_use_is_left_alone_by_other_processes(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    store = store_in(spool, 64)
    script = f"from pathlib import Path; from registry.sources.store import store_in; store_in(Path({str(spool)!r}), 64)"

    subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[2], check=True)

    assert [path.name for path in spool.glob("staging-*")] == [store.folder.name]


def test_rows_beyond_memory_spill_and_are_all_there(tmp_path: Path) -> None:
    from registry.sources.caps import SourceCaps

    text = "x" * 900
    write(tmp_path, (f"r{n},2020-10-11,2020-10-11,Web,{n}{text},hold,\n" for n in range(60_000)))

    delivery = deliver(tmp_path, pair(journey_step="", fingerprint=()), caps=SourceCaps(duckdb_memory_mb=64))

    assert delivery.feeds[0].reason == ""
    assert delivery.feeds[0].new_count == 60_000

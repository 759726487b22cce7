"""What a version answered is kept whole and durably, or not at all: a decision is made of it, and made again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from registry.sources.evaluation_scored import COLUMNS, SCORED, join_scored, write_scored

ROWS = [("v2", "case-1", "fraud", "0.91", "0.004000", ""), ("v2", "case-2", "", "", "0.002000", "no answer")]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_was_scored_is_on_the_disk_before_it_has_its_name_and_its_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, synced, sync = tmp_path / "scored/answers.parquet", list[tuple[str, bool]](), os.fsync

    def watched(handle: int) -> None:
        found = Path(f"/proc/self/fd/{handle}").readlink()
        synced.append(("folder" if found == path.parent else found.suffix, path.exists()))
        sync(handle)

    monkeypatch.setattr(os, "fsync", watched)
    write_scored(path, ROWS)
    assert synced == [(".parquet", False), ("folder", True)]
    assert names(path.parent) == [path.name]


def test_a_disk_that_takes_nothing_leaves_no_file_to_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "scored/answers.parquet"
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_scored(path, ROWS)
    assert names(path.parent) == []


def test_what_was_written_is_read_back_cell_for_cell(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    for name in ("first", "second"):
        write_scored(tmp_path / name, ROWS)
    join_scored([tmp_path / "first", tmp_path / "second"], tmp_path)
    table = pq.read_table(tmp_path / SCORED.path).to_pylist()
    assert table == [dict(zip(COLUMNS, row, strict=True)) for row in (*ROWS, *ROWS)]
    write_scored(tmp_path / "empty", [])
    assert pq.read_table(tmp_path / "empty").column_names == list(COLUMNS)

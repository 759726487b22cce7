"""Outcomes that were made here, as the table that every other table of outcomes is: written once for each version, and joined to be read.

Put here how answers of a scored version become rows. How they are made is ``registry/versions/scoring.py``; what a row means is
``evaluation_outcomes.py``.

 * All cells are texts; a case that ended in an error has no answer, no score.
 * A file is there whole and on the disk, or not at all: what a killed run left is never read.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from registry.domain.catalogue import SourceSpec
from registry.evidence.files import publish_file

COLUMNS = ("version", "case_id", "answer", "score", "seconds", "error")
SCORED = SourceSpec("scored here", path="scored.parquet")
"""The table of a run, below the folder that it was joined in."""

Row = Sequence[str]


def write_scored(path: Path, rows: Iterable[Row]) -> None:
    """Write ``rows``, a text for each of ``COLUMNS``, as the file ``path``."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    cells = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    table = pa.table({name: pa.array(column, pa.string()) for name, column in zip(COLUMNS, cells, strict=True)})
    written = io.BytesIO()
    pq.write_table(table, written)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".unfinished-") as workroom:
        publish_file(path, written.getvalue(), Path(workroom), lambda: None)


def join_scored(files: Iterable[Path], folder: Path) -> None:
    """Write the rows of all ``files`` as the table of a run below ``folder``."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.concat_tables([pq.read_table(path) for path in files]), folder / SCORED.path)

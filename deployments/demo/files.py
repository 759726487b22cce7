"""Bytes of the demonstration's files: the same rows give the same bytes, whenever and wherever they are written.

Put formats here. What the rows say is ``rows.py``.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Sequence

from deployments.demo.rows import Row


def file_bytes(name: str, rows: Sequence[Row], columns: Sequence[str]) -> bytes:
    """Return ``rows`` in the format that the name's ending asks for."""
    if name.endswith(".csv.gz"):
        # Without a fixed time gzip would write the clock into its header.
        return gzip.compress(_csv(rows, columns), mtime=0)
    if name.endswith(".csv"):
        return _csv(rows, columns)
    return _parquet(rows) if name.endswith(".parquet") else _jsonl(rows)


def _csv(rows: Sequence[Row], columns: Sequence[str]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _jsonl(rows: Sequence[Row]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=True) + "\n" for row in rows).encode("ascii")


def _parquet(rows: Sequence[Row]) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    stream = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(list(rows)), stream, compression="zstd")
    return stream.getvalue()

"""How much a source may cost before it is refused.

Put limits on reading here, and the refusals that need only numbers. The workspace's own numbers are ``registry/settings.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

from registry.errors import SourceError

_EXPANSION_FLOOR_BYTES = 64_000_000  # small files may pack as tightly as they like


@dataclass(frozen=True, slots=True)
class SourceCaps:
    """Limits on one source; sizes are after decompression. ``max_expansion_ratio`` counts only above 64 MB."""

    max_source_bytes: int = 4_000_000_000
    max_rows: int = 20_000_000
    max_columns: int = 500
    max_cell_bytes: int = 1_000_000
    duckdb_memory_mb: int = 768
    max_expansion_ratio: int = 200
    max_malformed_rows: int = 10_000


def refuse_bytes(name: str, expanded_bytes: int, stored_bytes: int, caps: SourceCaps) -> None:
    """Refuse a file that is, or would become, too large.

    Raises:
        SourceError: more bytes than allowed, or a file that expands like a decompression bomb.
    """
    if expanded_bytes > caps.max_source_bytes:
        raise SourceError(
            f"{name}: expected at most {caps.max_source_bytes} bytes once unpacked, found {expanded_bytes} or more; "
            "split the export or raise limits.max_source_bytes"
        )
    if expanded_bytes > _EXPANSION_FLOOR_BYTES and expanded_bytes > stored_bytes * caps.max_expansion_ratio:
        raise SourceError(
            f"{name}: expected a file that unpacks to at most {caps.max_expansion_ratio} times its size, "
            f"found {stored_bytes} bytes unpacking to {expanded_bytes} or more; have the export checked, it looks like a decompression bomb"
        )


def refuse_rows(name: str, row_count: int, caps: SourceCaps) -> None:
    """Refuse more rows than allowed.

    Raises:
        SourceError: too many rows.
    """
    if row_count > caps.max_rows:
        raise SourceError(f"{name}: expected at most {caps.max_rows} rows, found more; split the export or raise limits.max_rows")


def refuse_columns(name: str, column_count: int, caps: SourceCaps) -> None:
    """Refuse more columns than allowed.

    Raises:
        SourceError: too many columns.
    """
    if column_count > caps.max_columns:
        raise SourceError(
            f"{name}: expected at most {caps.max_columns} columns, found {column_count}; "
            "export only the columns that feeds use or raise limits.max_columns"
        )

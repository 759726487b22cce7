"""The file that imported findings are kept in: JSON Lines that a feed reads, each finding received once.

Put here how an import joins what was imported before. What a finding says is read by the module of its format.

 * A finding is received when it is first imported, and stays so: importing it again, alone or with others, moves nothing.
 * A finding that the other program no longer lists stays: what was a signal is not unsaid by deleting it there.
 * What the other program says anew (mitigated, say) replaces what it said.
 * The same imports give the same bytes. The file is replaced whole or not at all.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from registry.domain.canonical import dense_json, record_json
from registry.domain.times import format_instant
from registry.errors import ConfigurationError
from registry.evidence.files import storage_errors, sync_folder, write_durably
from registry.exchange.rows import Imported, Row, SetAside

_KEPT = ("signal_id", "received_at", "occurred_at")


@dataclass(frozen=True, slots=True)
class Joined:
    """What an import did to the file: how many findings it then holds, and how many of the imported were new, changed or as before."""

    row_count: int
    new_count: int
    changed_count: int
    unchanged_count: int
    set_aside: tuple[SetAside, ...]


def join_file(path: Path, imported: Imported, received_at: datetime) -> Joined:
    """Bring ``imported`` into the file at ``path``, made where there is none.

    Raises:
        ConfigurationError: the file holds something else than imported findings.
        EvidenceUnavailableError: the storage does not answer or is full.
    """
    before = _read(path)
    rows = dict(before)
    for signal_id, row in imported.rows.items():
        rows[signal_id] = _received(row, before.get(signal_id), received_at)
    new = imported.rows.keys() - before.keys()
    changed = sum(rows[signal_id] != before[signal_id] for signal_id in imported.rows.keys() - new)
    ordered = sorted(rows.values(), key=lambda row: (row["received_at"], row["signal_id"]))
    _replace(path, b"".join(map(dense_json, ordered)))
    return Joined(len(rows), len(new), changed, len(imported.rows) - len(new) - changed, imported.set_aside)


def quarantine_path(path: Path) -> Path:
    """Return where the rows set aside are listed: beside the file, by a name that no feed reads.

    >>> quarantine_path(Path("data/dojo.jsonl")).name
    'dojo.quarantine.json'
    """
    return path.with_name(f"{path.stem}.quarantine.json")


def write_quarantine(path: Path, source: str, set_aside: Iterable[SetAside]) -> Path | None:
    """List the rows of this import that were set aside beside the file at ``path``; a list of an earlier import is replaced."""
    rows, target = list(set_aside), quarantine_path(path)
    if not rows and not target.exists():
        return None
    _replace(target, record_json({"kind": "exchange_quarantine", "schema_version": 1, "file": source, "count": len(rows), "rows": rows}))
    return target if rows else None


def _received(row: Row, known: Row | None, received_at: datetime) -> Row:
    received = known["received_at"] if known else format_instant(received_at)
    occurred = row["occurred_at"] or (known["occurred_at"] if known else received)
    return {**row, "occurred_at": occurred, "received_at": received}


def _read(path: Path) -> dict[str, Row]:
    with storage_errors(str(path)):
        lines = path.read_bytes().splitlines() if path.exists() else []
    rows: dict[str, Row] = {}
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, Mapping) or not all(isinstance(row.get(name), str) for name in _KEPT):
            expected = "expected a finding that an import wrote, found something else"
            raise ConfigurationError([f"{path}:{number}: {expected}; nothing was written: choose another --out"])
        rows[row["signal_id"]] = row
    return rows


def _replace(path: Path, content: bytes) -> None:
    with storage_errors(str(path)):
        path.parent.mkdir(parents=True, exist_ok=True)
        temp = path.with_name(f".{path.name}.{os.getpid()}")
        temp.unlink(missing_ok=True)
        write_durably(temp, [content])
        temp.replace(path)
        sync_folder(path.parent)

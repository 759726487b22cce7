"""Spool files of a delivery: sorted, one canonical JSON value a line, written in bounded memory.

Put writing of deliveries here. What is in a line is decided before.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from registry.domain.feed import FileRef
from registry.domain.signal import Signal
from registry.domain.times import format_instant

_RUN_LINES = 50_000
_MAX_STEM = 44

# The bytes of ``canonical_json`` for values whose shape is known, without walking them first: a fifth of the time.
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode
_instant = lru_cache(maxsize=65_536)(format_instant)


def signal_line(signal: Signal) -> bytes:
    """Return ``canonical_json(signal)``."""
    return _encode(
        {
            "key": signal.key,
            "system_id": signal.system_id,
            "feed": signal.feed,
            "category": signal.category.value,
            "signal_id": signal.signal_id,
            "occurred_at": _instant(signal.occurred_at),
            "received_at": _instant(signal.received_at),
            "business_date": signal.business_date.isoformat(),
            "journey_step": signal.journey_step,
            "impact": signal.impact.value,
            "segment": signal.segment,
            "versions": signal.versions,
            "version_source": signal.version_source.value,
            "fingerprint": signal.fingerprint,
            "fingerprint_fields": signal.fingerprint_fields,
            "grade": signal.grade.value,
            "grade_rule": signal.grade_rule,
            "severity": signal.severity.value,
            "severity_rule": signal.severity_rule,
            "usage": signal.usage,
            "source_evidence": signal.source_evidence,
            "content_digest": signal.content_digest,
            "narrative_digest": signal.narrative_digest,
            "redactions": signal.redactions,
            "synthetic": signal.synthetic,
            "pre_fix": signal.pre_fix,
        }
    ).encode("ascii")


def narrative_line(key: str, salt: bytes, text: str) -> bytes:
    """Return the line that keeps a redacted narrative and the salt of its digest."""
    return _encode({"key": key, "salt": salt.hex(), "text": text}).encode("ascii")


class SortedLines:
    """Collects lines by key and writes them sorted; what does not fit in memory waits in sorted runs beside the file."""

    def __init__(self, spool: Path, name: str) -> None:
        self._spool, self._name = spool, name
        self._pending: list[tuple[str, bytes]] = []
        self._runs: list[Path] = []

    def add(self, key: str, line: bytes) -> None:
        """Add one line under its key; keys sort as ASCII text."""
        self._pending.append((key, line))
        if len(self._pending) >= _RUN_LINES:
            self._write_run()

    def finish(self) -> FileRef | None:
        """Write the file and return where it is, or None where there is nothing to write."""
        if not self._pending and not self._runs:
            return None
        if not self._runs:
            self._pending.sort()
            return write_lines(self._spool, self._name, (line for _, line in self._pending))
        if self._pending:
            self._write_run()
        try:
            merged = heapq.merge(*(_keyed_lines(run) for run in self._runs))
            return write_lines(self._spool, self._name, (line.partition(b"\t")[2][:-1] for line in merged))
        finally:
            for run in self._runs:
                run.unlink(missing_ok=True)

    def _write_run(self) -> None:
        run = self._spool / f"{self._name}.run{len(self._runs)}"
        self._pending.sort()
        with run.open("wb") as stream:
            stream.writelines(key.encode("ascii") + b"\t" + line + b"\n" for key, line in self._pending)
        self._runs.append(run)
        self._pending = []


def write_lines(spool: Path, name: str, lines: Iterable[bytes]) -> FileRef:
    """Write ``lines`` as the spool file ``name``, whole or not at all, and return its reference."""
    digest, size, count = hashlib.sha256(), 0, 0
    unfinished = spool / f"{name}.unfinished"
    with unfinished.open("wb") as stream:
        for line in lines:
            content = line + b"\n"
            stream.write(content)
            digest.update(content)
            size, count = size + len(content), count + 1
    unfinished.replace(spool / name)
    return FileRef(name, f"sha256:{digest.hexdigest()}", size, count)


def file_name(kind: str, *names: str, suffix: str = "jsonl") -> str:
    """Return a name of at most 64 characters that only these ``names`` have.

    >>> file_name("signals", "fraud_filter", "complaints")
    'signals-fraud_filter-complaints.jsonl'
    """
    stem = "-".join(names)
    if len(stem) > _MAX_STEM or any("-" in name for name in names):
        stem = stem[: _MAX_STEM - 9] + "." + hashlib.sha256("\0".join(names).encode()).hexdigest()[:8]
    return f"{kind}-{stem}.{suffix}"


def _keyed_lines(run: Path) -> Iterator[bytes]:
    with run.open("rb") as stream:
        yield from stream

"""Spool files of a delivery: sorted, one canonical JSON value a line, written in bounded memory.

Put writing of deliveries here. What is in a line is decided before.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from registry.domain.canonical import text_json, texts_json
from registry.domain.feed import FileRef
from registry.domain.signal import Signal
from registry.domain.times import format_instant

_RUN_LINES = 50_000
_MAX_STEM = 44

_instant = lru_cache(maxsize=65_536)(format_instant)


def signal_line(signal: Signal) -> bytes:
    """Return ``canonical_json(signal)``, written out for this one shape: a million of them a day are made."""
    return (
        f'{{"business_date":"{signal.business_date.isoformat()}","category":"{signal.category}"'
        f',"content_digest":{text_json(signal.content_digest)},"feed":{text_json(signal.feed)}'
        f',"fingerprint":{text_json(signal.fingerprint)},"fingerprint_fields":{texts_json(signal.fingerprint_fields)}'
        f',"grade":"{signal.grade}","grade_rule":{text_json(signal.grade_rule)},"impact":"{signal.impact}"'
        f',"journey_step":{text_json(signal.journey_step)},"key":{text_json(signal.key)}'
        f',"narrative_digest":{text_json(signal.narrative_digest)},"occurred_at":"{_instant(signal.occurred_at)}"'
        f',"pre_fix":{_flag(signal.pre_fix)},"received_at":"{_instant(signal.received_at)}"'
        f',"redactions":{_counts(signal.redactions)},"segment":{texts_json(signal.segment)}'
        f',"severity":"{signal.severity}","severity_rule":{text_json(signal.severity_rule)}'
        f',"signal_id":{text_json(signal.signal_id)},"source_evidence":[{",".join(map(text_json, signal.source_evidence))}]'
        f',"synthetic":{_flag(signal.synthetic)},"system_id":{text_json(signal.system_id)},"usage":{texts_json(signal.usage)}'
        f',"version_source":"{signal.version_source}","versions":{texts_json(signal.versions)}}}'
    ).encode("ascii")


def _counts(counts: dict[str, int]) -> str:
    return "{" + ",".join([f"{text_json(name)}:{counts[name]}" for name in sorted(counts)]) + "}" if counts else "{}"


def _flag(is_set: bool) -> str:
    return "true" if is_set else "false"


def narrative_line(key: str, salt: bytes, text: str) -> bytes:
    """Return the line that keeps a redacted narrative and the salt of its digest."""
    return f'{{"key":{text_json(key)},"salt":"{salt.hex()}","text":{text_json(text)}}}'.encode("ascii")


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

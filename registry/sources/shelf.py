"""Staged files that are kept while they stay the same: a replay of many days parses each file once.

Put the life of a staged source here. Content is told apart by path, size, modification and change time, and inode; a file that moved in any
of them is staged anew and its old stage is dropped. Sources in databases are never kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from registry.domain.catalogue import SourceSpec
from registry.sources.caps import SourceCaps
from registry.sources.locations import SourceFile
from registry.sources.staging import Stage, stage_files
from registry.sources.store import Store

_MAX_KEPT_ROWS = 4_000_000
_MAX_KEPT_STAGES = 64


@dataclass(slots=True)
class _Place:
    """One stage on the shelf; its users take turns, so that what they derive is derived once."""

    turn: threading.Lock = field(default_factory=threading.Lock)
    stage: Stage | None = None
    user_count: int = 0


_shelf: OrderedDict[Any, _Place] = OrderedDict()
_guard = threading.Lock()


@contextmanager
def staged_files(files: tuple[SourceFile, ...], spec: SourceSpec, caps: SourceCaps, store: Store) -> Iterator[Stage]:
    """Lend the stage of ``files``, from the shelf where they did not change.

    Raises:
        SourceError: a file cannot be read.
        SourceUnavailableError: storage does not answer.
    """
    key = (store.folder, tuple(file.identity for file in files), tuple(file.name for file in files), spec.encoding, spec.delimiter, caps)
    place = _taken(key)
    try:
        with place.turn:
            if place.stage is None:
                place.stage = stage_files(files, spec, caps, store)
            yield place.stage
    finally:
        _given_back(key, place)


def _taken(key: Any) -> _Place:
    with _guard:
        place = _shelf.setdefault(key, _Place())
        _shelf.move_to_end(key)
        place.user_count += 1
        return place


def _given_back(key: Any, place: _Place) -> None:
    with _guard:
        place.user_count -= 1
        kept_rows = 0
        for kept, (other_key, other) in enumerate(reversed(list(_shelf.items())), start=1):
            kept_rows += other.stage.row_count if other.stage else 0
            is_old = other_key[0] == key[0] and other_key[2] == key[2] and other_key[1] != key[1]
            is_over = other is not place and (kept > _MAX_KEPT_STAGES or kept_rows > _MAX_KEPT_ROWS)
            if other.user_count == 0 and (is_old or is_over or other.stage is None):
                del _shelf[other_key]
                if other.stage:
                    other.stage.drop()

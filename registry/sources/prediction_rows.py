"""The rows of one window of a system's predictions, wherever they are, chunk by chunk in bounded memory.

Put here what all kinds of sources have in common; what is peculiar to one is ``prediction_parquet.py`` and ``prediction_stage.py``.

 * The rules of feeds hold: allowed roots, limits, refusals and their words. Limits count what a window has to read.
 * A row belongs to the window that holds its civil day in the system's zone; one without a readable time belongs to none and is counted.
 * A condition sees every column as text, as a feed's does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from registry.domain.canonical import digest_of
from registry.domain.catalogue import TimeField
from registry.domain.decision import InputDigest
from registry.domain.monitoring import MonitoredSystem, Window
from registry.errors import SchemaBrokenError, SourceError
from registry.sources.caps import SourceCaps
from registry.sources.column_values import texts_of
from registry.sources.columns import suggestion
from registry.sources.locations import find_files
from registry.sources.plan import Redact

_WORKERS = 2


def _no_connection(name: str) -> str:
    raise SourceError(f"connection {name}: expected a named connection, found none in this workspace; add it under connections")


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionPlace:
    """Where predictions may be read: paths are relative to ``base`` and lie below ``roots``; texts are staged below ``spool``."""

    base: Path
    roots: tuple[Path, ...]
    spool: Path
    caps: SourceCaps = field(default_factory=SourceCaps)
    connection_url: Callable[[str], str] = _no_connection
    redact: Redact | None = None
    """What takes personal data out of a text; without it, as where nothing is kept, levels are called by their texts."""


@dataclass(frozen=True, slots=True)
class CatalogueKeys:
    """Where the catalogue names the column of times, and the condition."""

    time: str = "predictions.columns.time"
    where: str = "predictions.where"


@dataclass(frozen=True, slots=True)
class Request:
    """Which columns of which window of a system's rows are asked for; what cannot be read is told by ``keys`` of the catalogue."""

    system: MonitoredSystem
    window: Window
    columns: tuple[str, ...]
    keys: CatalogueKeys = CatalogueKeys()

    @property
    def time(self) -> TimeField:
        return self.system.predictions.time

    @property
    def zone(self) -> str:
        return self.system.entry.timezone

    @property
    def name(self) -> str:
        return self.system.predictions.source.source_id


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of the window: Arrow arrays of the columns that are there, and the place of each row's day in the window."""

    columns: Mapping[str, Any]
    days: Any
    undated_count: int = 0

    @property
    def row_count(self) -> int:
        return len(self.days)


class Part(Protocol):
    """A piece of a source that can be read by itself, beside the others."""

    @property
    def digest(self) -> str:
        """Return the digest of the bytes that its rows were read from, once they were."""

    @property
    def name(self) -> str:
        """Return the file, or the source where it is no file."""

    def chunks(self) -> Iterator[Chunk]:
        """Yield its rows of the window."""


@dataclass(frozen=True, slots=True)
class PredictionRows:
    """What a source has for a request. ``columns`` are all that any part of it has; ``undated_count`` are rows that no part hands out."""

    columns: frozenset[str]
    parts: Sequence[Part]
    inputs: Callable[[], tuple[InputDigest, ...]]
    undated_count: int = 0

    def missing(self, names: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name in names if name not in self.columns)

    def digest(self) -> str:
        """Return one digest of everything that was read, once all of it was."""
        return digest_of([[one.name, one.digest] for one in self.inputs()])


class Tally(Protocol):
    """What a scan adds up."""

    def add(self, chunk: Chunk, /) -> None:
        """Count the rows of a chunk."""

    def merge(self, other: Any, /) -> None:
        """Add what was counted in another part."""


T = TypeVar("T", bound=Tally)


def scanned(rows: PredictionRows, new_tally: Callable[[int], T]) -> T:
    """Return the tally of all parts, each counted by itself and then added in their order; ``new_tally`` is given the part's number.

    Raises:
        SourceError: what is found while reading.
        SourceUnavailableError: storage that does not answer.
    """
    total = new_tally(len(rows.parts))
    if len(rows.parts) == 1:
        total.merge(_tallied(rows.parts[0], new_tally(0)))
        return total
    pool = ThreadPoolExecutor(_WORKERS)
    try:
        for tally in pool.map(_tallied, rows.parts, map(new_tally, range(len(rows.parts)))):
            total.merge(tally)
    finally:
        pool.shutdown(cancel_futures=True)
    return total


def _tallied(part: Part, tally: T) -> T:
    for chunk in part.chunks():
        with values_told(part.name, chunk):
            tally.add(chunk)
    return tally


@contextmanager
def values_told(name: str, chunk: Chunk) -> Iterator[None]:
    """Say of values that cannot be read in which file and column they are.

    Raises:
        SourceError: there are such values.
    """
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, ArithmeticError, UnicodeError) as error:
        raise _unreadable(name, chunk) from error


def _unreadable(name: str, chunk: Chunk) -> SourceError:
    import pyarrow as pa

    found = []
    for column, values in chunk.columns.items():
        try:
            texts_of(values)
        except (pa.ArrowException, ArithmeticError, UnicodeError):
            found.append(f"{values.type} in column {column!r}")
    return SourceError(
        f"{name}: expected columns of numbers, texts or dates, found values that cannot be read ({', '.join(found) or 'in some column'}); "
        "take the column out of predictions or have the export corrected"
    )


@contextmanager
def open_rows(request: Request, place: PredictionPlace) -> Iterator[PredictionRows]:
    """Lend the rows that ``request`` asks for.

    Raises:
        SchemaBrokenError: the source has no column of times, or the condition names one that it has not.
        SourceError: it cannot be read.
        SourceUnavailableError: its database or storage does not answer.
    """
    from registry.sources.level_names import named_rows
    from registry.sources.prediction_parquet import parquet_rows
    from registry.sources.prediction_stage import staged_predictions

    source = request.system.predictions.source
    files = find_files(source.path, place.base, place.roots) if source.path else ()
    if files and all(file.kind == "parquet" for file in files):
        yield named_rows(parquet_rows(request, files, place), request, place)
        return
    with staged_predictions(request, files, place) as rows:
        yield named_rows(rows, request, place)


def refuse_without_times(request: Request, name: str, columns: Sequence[str]) -> None:
    """Refuse a source without the column that says when a prediction was made.

    Raises:
        SchemaBrokenError: it has none.
    """
    column = request.time.column
    if column not in columns:
        raise SchemaBrokenError(
            f"{name}: expected a column {column!r}, found none{suggestion(column, columns)}; "
            f"correct {request.keys.time} or have the export corrected"
        )

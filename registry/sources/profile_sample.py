"""A small sample of a window's rows, for pages that show rows rather than counts; nothing is decided on it.

Put drawing of samples here.

 * Each row draws a number from a seed that depends on the window alone; the lowest numbers of a stratum are its sample.
 * Strata are the values of the first segment column that the reference has, and everything else together; each has its share of the sample.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from registry.domain.drift_sample import ColumnKind, Sample, SampleColumn
from registry.domain.monitoring import MonitoredSystem, Window
from registry.domain.profile import WHOLE, ColumnBins, ReferenceProfile
from registry.sources.column_values import numbers_of, texts_of
from registry.sources.prediction_rows import Chunk, PredictionPlace, Request, open_rows, scanned

MAX_ROWS = 10_000
_SEED = 20_250_102


@dataclass(slots=True)
class _Drawn:
    """The rows drawn so far of one stratum: their numbers, and their values column by column."""

    keys: Any
    values: dict[str, Any]
    row_count: int = 0

    def limit(self) -> float:
        """Return the number that a row must be below to be drawn."""
        return float(self.keys[-1]) if len(self.keys) >= MAX_ROWS else math.inf

    def join(self, keys: Any, values: dict[str, Any]) -> None:
        import numpy as np

        joined = np.concatenate([self.keys, keys])
        order = np.argsort(joined, kind="stable")[:MAX_ROWS]
        self.keys = joined[order]
        self.values = (
            {name: np.concatenate([self.values[name], values[name]])[order] for name in values}
            if self.values
            else {name: found[order] for name, found in values.items()}
        )


@dataclass(slots=True)
class _SampleTally:
    """The rows drawn of one part of a source."""

    columns: tuple[ColumnBins, ...]
    stratum_column: str
    strata: tuple[str, ...]
    seed: tuple[int, ...]
    drawn: list[_Drawn] = field(init=False)
    chance: Any = field(init=False)

    def __post_init__(self) -> None:
        import numpy as np

        self.drawn = [_Drawn(np.empty(0), {}) for _ in range(len(self.strata) + 1)]
        self.chance = np.random.default_rng(self.seed)

    def add(self, chunk: Chunk) -> None:
        import numpy as np

        keys, strata = self.chance.random(chunk.row_count), self._strata(chunk)
        limits = np.array([one.limit() for one in self.drawn])
        taken = keys < limits[strata]
        values = {bins.name: _values(bins, chunk, taken) for bins in self.columns}
        for place, one in enumerate(self.drawn):
            one.row_count += int(np.count_nonzero(strata == place))
            mine = strata[taken] == place
            if mine.any():
                one.join(keys[taken][mine], {name: found[mine] for name, found in values.items()})

    def merge(self, other: _SampleTally) -> None:
        for one, found in zip(self.drawn, other.drawn, strict=True):
            one.row_count += found.row_count
            if len(found.keys):
                one.join(found.keys, found.values)

    def _strata(self, chunk: Chunk) -> Any:
        import numpy as np

        if self.stratum_column not in chunk.columns:
            return np.zeros(chunk.row_count, np.intp)
        found = texts_of(chunk.columns[self.stratum_column])
        places = {value: place for place, value in enumerate(self.strata, start=1)}
        return np.array([places.get(text or "", 0) for text in found.texts] + [0])[found.positions]


def sample_window(system: MonitoredSystem, reference: ReferenceProfile, window: Window, place: PredictionPlace) -> Sample:
    """Return at most ``MAX_ROWS`` rows of ``window`` with the columns of ``reference`` that the source has; the same rows every time.

    Raises:
        SchemaBrokenError: the source has no column of times, or the condition names a column that it has not.
        SourceError: it cannot be read.
        SourceUnavailableError: its database or storage does not answer.
    """
    column = next((name for name in system.predictions.segments), "")
    strata = tuple(segment.value for segment in reference.segments() if segment != WHOLE and segment.column == column)
    names = (*(bins.name for bins in reference.columns), *((column,) if column else ()))
    request = Request(system, window, tuple(dict.fromkeys(names)))
    with open_rows(request, place) as rows:
        columns = tuple(bins for bins in reference.columns if bins.name in rows.columns)
        seed = (_SEED, window.start_on.toordinal(), window.end_on.toordinal())
        tally = scanned(rows, lambda part: _SampleTally(columns, column, strata, (*seed, part)))
    return _sample(window, columns, tally.drawn)


def _sample(window: Window, columns: tuple[ColumnBins, ...], drawn: list[_Drawn]) -> Sample:
    import numpy as np

    row_count = sum(one.row_count for one in drawn)
    chosen = [one for one in zip(drawn, _shares([one.row_count for one in drawn]), strict=True) if one[1]]
    found = {
        bins.name: np.concatenate([one.values[bins.name][:share] for one, share in chosen]).tolist() if chosen else [] for bins in columns
    }
    size = sum(share for _, share in chosen)
    label = f"{window.start_on} to before {window.end_on}: {size:,} of {row_count:,} rows"
    return Sample(label, tuple(SampleColumn(bins.name, bins.kind, _shown(bins, found[bins.name])) for bins in columns))


def _shown(bins: ColumnBins, values: list[Any]) -> tuple[Any, ...]:
    if bins.kind is ColumnKind.CATEGORY:
        return tuple(values)
    return tuple(None if math.isnan(value) else value for value in values)


def _shares(sizes: list[int]) -> list[int]:
    """Return how many rows of each stratum are shown: all of few, else in proportion, the largest remainders first."""
    total = sum(sizes)
    if total <= MAX_ROWS:
        return sizes
    shares = [size * MAX_ROWS // total for size in sizes]
    order = sorted(range(len(sizes)), key=lambda place: (-(sizes[place] * MAX_ROWS % total), place))
    for place in order[: MAX_ROWS - sum(shares)]:
        shares[place] += 1
    return shares


def _values(bins: ColumnBins, chunk: Chunk, taken: Any) -> Any:
    """Return the taken values of a column, missing ones where this part of the source does not have it."""
    import numpy as np

    if bins.name not in chunk.columns:
        missing = math.nan if bins.kind is ColumnKind.NUMBER else None
        return np.full(int(np.count_nonzero(taken)), missing, float if bins.kind is ColumnKind.NUMBER else object)
    if bins.kind is ColumnKind.NUMBER:
        return numbers_of(chunk.columns[bins.name])[taken]
    found = texts_of(chunk.columns[bins.name])
    return np.array([*found.texts, None], object)[found.positions[taken]]

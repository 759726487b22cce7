"""Two samples to compare column by column: what it was, and what it is now.

Put types of samples and of how to compare them here. Drawing them is ``reports/drift_report.py``; deciding whether a drift matters is
``checks``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from registry.errors import ReportError


class ColumnKind(StrEnum):
    NUMBER = "number"
    CATEGORY = "category"


class DriftMethod(StrEnum):
    """How far apart two distributions are; the names are the ones the charts' library uses."""

    WASSERSTEIN = "wasserstein"
    KOLMOGOROV_SMIRNOV = "ks"
    JENSEN_SHANNON = "jensenshannon"
    HELLINGER = "hellinger"
    PSI = "psi"
    CHI_SQUARE = "chisquare"


_OF_NUMBERS = frozenset(DriftMethod) - {DriftMethod.CHI_SQUARE}
_OF_CATEGORIES = frozenset(DriftMethod) - {DriftMethod.WASSERSTEIN, DriftMethod.KOLMOGOROV_SMIRNOV}


@dataclass(frozen=True, slots=True)
class DriftMethods:
    """Which measure is shown for each kind of column: always named, because a library's own choice changes with the number of rows."""

    numbers: DriftMethod = DriftMethod.WASSERSTEIN
    categories: DriftMethod = DriftMethod.JENSEN_SHANNON

    def __post_init__(self) -> None:
        for chosen, allowed, kind in ((self.numbers, _OF_NUMBERS, "numbers"), (self.categories, _OF_CATEGORIES, "categories")):
            if chosen not in allowed:
                raise ReportError(f"expected a measure for {kind}, one of {', '.join(sorted(allowed))}; found {chosen!r}")

    def of(self, kind: ColumnKind) -> DriftMethod:
        """Return the measure for a kind of column."""
        return self.numbers if kind is ColumnKind.NUMBER else self.categories


@dataclass(frozen=True, slots=True)
class SampleColumn:
    """The values of one column, row by row; None is a missing value."""

    name: str
    kind: ColumnKind
    values: tuple[float | None, ...] | tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows of one window by column; ``label`` says which rows, in words."""

    label: str
    columns: tuple[SampleColumn, ...]

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        if len(set(names)) != len(names):
            raise ReportError(f"{self.label}: expected each column once, found {sorted({n for n in names if names.count(n) > 1})!r} again")
        lengths = {len(column.values) for column in self.columns}
        if len(lengths) > 1:
            raise ReportError(f"{self.label}: expected columns of one length, found {sorted(lengths)}; missing values are None")

    @property
    def row_count(self) -> int:
        return len(self.columns[0].values) if self.columns else 0

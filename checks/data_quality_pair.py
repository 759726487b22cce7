"""One column in one segment, in the reference and now: what the data-quality rules look at, and what they say.

Put the shape of that pair and of a problem here. The rules are ``checks/data_quality_levels.py`` and ``checks/data_quality_values.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from registry.domain.drift_sample import ColumnKind
from registry.domain.policy_triggers import DataQualityPolicy
from registry.domain.profile import WHOLE, CellCounts, ColumnBins


@dataclass(frozen=True)
class Pair:
    """The counts of one column in one segment, ``before`` (the reference) and ``now``; ``level`` is that of one test.

    ``population``: the column is a product dimension, where a new or vanished level is a change of customers, not of coding.
    ``reference_error`` is how often a reference may be unlucky; ``cell_level`` and ``cell_reference_error`` are those of a drift cell.
    """

    bins: ColumnBins
    before: CellCounts
    now: CellCounts
    policy: DataQualityPolicy
    level: float
    reference_error: float
    population: bool = False
    cell_level: float = 0.0
    cell_reference_error: float = 0.0

    @property
    def is_whole(self) -> bool:
        return self.now.segment == WHOLE

    @property
    def is_category(self) -> bool:
        return self.bins.kind is ColumnKind.CATEGORY

    @cached_property
    def rows(self) -> int:
        return self.now.row_count

    @cached_property
    def rows_before(self) -> int:
        return self.before.row_count

    @property
    def where(self) -> str:
        return self.bins.name if self.is_whole else f"{self.bins.name} in {self.now.segment.name}"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a column: a stable ``code``, a sentence, and the numbers of the finding.

    ``explains`` are the bins whose difference the problem is, None for the whole column: without them the rest can still be compared.
    """

    code: str
    text: str
    value: float | None = None
    limit: float | None = None
    baseline: float | None = None
    n: int | None = None
    explains: frozenset[int] | None = frozenset()
    blocking: bool = True


def percent(share: float) -> str:
    """
    >>> percent(0.1234), percent(0.00002)
    ('12.3 %', '0.002 %')
    """
    return f"{100 * share:.1f} %" if share == 0 or share >= 0.0005 else f"{100 * share:.2g} %"

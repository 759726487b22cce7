"""Outcomes of one segment over one or more windows, added up by score bin.

Put sums over windows here. Which windows may be added is ``checks/performance_maturity.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from registry.domain.monitoring import LabelKind, Window
from registry.domain.outcomes import ScoreBin, WindowOutcomes
from registry.domain.policy_triggers import PerformancePolicy
from registry.domain.profile import Segment


@dataclass(frozen=True, slots=True)
class Pool:
    """The outcomes of one segment over one or more windows, added up by score bin."""

    segment: Segment
    kind: LabelKind
    windows: tuple[Window, ...]
    prediction_count: int
    bins: tuple[ScoreBin, ...]

    @property
    def rows(self) -> int:
        return sum(one.row_count for one in self.bins)

    @property
    def scores(self) -> float:
        return sum(one.score_total for one in self.bins)

    @property
    def labels(self) -> float:
        return sum(one.label_total for one in self.bins)

    @property
    def squared_errors(self) -> float:
        return sum(one.squared_error_total for one in self.bins)

    @property
    def absolute_errors(self) -> float:
        return sum(one.absolute_error_total for one in self.bins)

    @property
    def correct(self) -> int:
        return sum(one.correct_count for one in self.bins)

    @property
    def days(self) -> str:
        """Return which predictions these are, in words."""
        count = f" in {len(self.windows)} windows" if len(self.windows) > 1 else ""
        first, last = self.windows[0].start_on, self.windows[-1].end_on
        return f"{self.rows:,} known of {self.prediction_count:,} predictions from {first} until {last}{count}"

    def is_enough(self, policy: PerformancePolicy) -> bool:
        """Return whether these are enough outcomes to judge."""
        rare = min(self.labels, self.rows - self.labels) if self.kind is LabelKind.BINARY else policy.min_event_count
        return self.rows >= policy.min_known_count and rare >= policy.min_event_count


def pool(segment: Segment, windows: Iterable[WindowOutcomes]) -> Pool:
    """Return the outcomes of a segment added up over ``windows``, at least one."""
    listed = tuple(windows)
    found = [one for one in (each.of(segment) for each in listed) if one is not None]
    bins = tuple(_add(parts) for parts in zip(*(one.bins for one in found), strict=True))
    predictions = sum(one.prediction_count for one in found)
    return Pool(segment, listed[0].kind, tuple(one.window for one in listed), predictions, bins)


def _add(parts: tuple[ScoreBin, ...]) -> ScoreBin:
    return ScoreBin(
        sum(one.row_count for one in parts),
        sum(one.score_total for one in parts),
        sum(one.label_total for one in parts),
        sum(one.squared_error_total for one in parts),
        sum(one.absolute_error_total for one in parts),
        sum(one.correct_count for one in parts),
    )

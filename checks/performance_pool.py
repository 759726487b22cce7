"""Outcomes of one segment over one or more windows, added up by score bin, and what the unknown ones could make of them.

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
    """The outcomes of one segment over one or more windows; ``all_scores`` are the scores of all its ``scored_count`` predictions."""

    segment: Segment
    kind: LabelKind
    windows: tuple[Window, ...]
    prediction_count: int
    scored_count: int
    all_scores: float
    bins: tuple[ScoreBin, ...]

    @property
    def rows(self) -> int:
        return sum(one.row_count for one in self.bins)

    @property
    def unknown(self) -> int:
        """Return how many scored predictions have no outcome yet."""
        return max(0, self.scored_count - self.rows)

    @property
    def predicted(self) -> float:
        """Return the sum of the scores whose outcomes are known or could still come."""
        return self.all_scores if self.unknown else self.scores

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
        """Return whether these are enough outcomes to judge; events that were predicted and did not come count as events."""
        events, others = max(self.labels, self.scores), self.rows - min(self.labels, self.scores)
        rare = min(events, others) if self.kind is LabelKind.BINARY else policy.min_event_count
        return self.rows >= policy.min_known_count and rare >= policy.min_event_count

    def has_both(self, policy: PerformancePolicy) -> bool:
        """Return whether enough events and enough non-events happened to rank one against the other."""
        return min(self.labels, self.rows - self.labels) >= policy.min_event_count


def pool(segment: Segment, windows: Iterable[WindowOutcomes]) -> Pool:
    """Return the outcomes of a segment added up over ``windows``, at least one."""
    listed = tuple(windows)
    found = [one for one in (each.of(segment) for each in listed) if one is not None]
    bins = tuple(_add(parts) for parts in zip(*(one.bins for one in found), strict=True))
    return Pool(
        segment,
        listed[0].kind,
        tuple(one.window for one in listed),
        sum(one.prediction_count for one in found),
        sum(one.scored_count for one in found),
        sum(one.score_total for one in found),
        bins,
    )


def _add(parts: tuple[ScoreBin, ...]) -> ScoreBin:
    return ScoreBin(
        sum(one.row_count for one in parts),
        sum(one.score_total for one in parts),
        sum(one.label_total for one in parts),
        sum(one.squared_error_total for one in parts),
        sum(one.absolute_error_total for one in parts),
        sum(one.correct_count for one in parts),
    )

"""How often one cell may be over by chance in one window, so that a whole system stays within its false alarms a year.

Put here how the yearly budget is divided. What PSI comes to by chance is ``checks/drift_by_chance.py``.

The rules:
 * A false alarm is a window in which a cell becomes drifted: over, with at least k - 1 of the m - 1 windows before over too; or suddenly,
   by one window alone. Half of the budget is for either.
 * Given the reference, windows are independent; with probability p of being over in each, that happens with probability
   p * P(Binomial(m - 1, p) >= k - 1), which is at most C(m - 1, k - 1) p^k. No cell is assumed independent of another: they are added up.
 * The level p of one cell in one window solves: cells x windows a year x C(m - 1, k - 1) p^k = half. It is never more than one in four.
 * The reference's own error is divided over the cells likewise: one reference, one chance.
"""

from __future__ import annotations

import math

from registry.domain.monitoring import WindowKind
from registry.domain.policy_triggers import DriftPolicy, Persistence

WINDOWS_PER_YEAR = {WindowKind.DAY: 366, WindowKind.WEEK: 53, WindowKind.MONTH: 12}
_HIGHEST_LEVEL = 0.25


def level_of_one_cell(policy: DriftPolicy, kind: WindowKind, cell_count: int) -> float:
    """Return how often one of ``cell_count`` judged cells may be over in one window when nothing changed.

    Raises:
        ValueError: there is no cell to judge, or the policy has no persistence for this kind of window.
    """
    persistence = persistence_of(policy, kind)
    ways = math.comb(persistence.of_windows - 1, persistence.min_windows - 1)
    return min(_HIGHEST_LEVEL, math.pow(level_of_a_sudden_cell(policy, kind, cell_count) / ways, 1 / persistence.min_windows))


def level_of_a_sudden_cell(policy: DriftPolicy, kind: WindowKind, cell_count: int) -> float:
    """Return how often one of ``cell_count`` judged cells may be above what one window is enough for.

    Raises:
        ValueError: there is no cell to judge.
    """
    return min(_HIGHEST_LEVEL, policy.max_false_alarms_per_year / 2 / (_counted(cell_count) * WINDOWS_PER_YEAR[kind]))


def reference_error_of_one_cell(policy: DriftPolicy, cell_count: int) -> float:
    """Return how often one cell's reference may be further off than its threshold allows for."""
    return policy.reference_error_probability / _counted(cell_count)


def alarm_probability(over: float, persistence: Persistence) -> float:
    """Return the probability that a cell which is over with probability ``over`` becomes drifted in a window, at most.

    >>> round(alarm_probability(0.5, Persistence(2, 3)), 4)  # over now, and in at least one of the two before
    0.375
    """
    before, needed = persistence.of_windows - 1, persistence.min_windows - 1
    ways = (math.comb(before, number) * over**number * (1 - over) ** (before - number) for number in range(needed, before + 1))
    return over * math.fsum(ways)


def persistence_of(policy: DriftPolicy, kind: WindowKind) -> Persistence:
    """Return how many windows of how many must be over."""
    persistence = policy.persistence.get(kind)
    if persistence is None or not 1 <= persistence.min_windows <= persistence.of_windows:
        raise ValueError(f"expected drift.persistence.{kind} with 1 <= min_windows <= of_windows, found {persistence}; complete the policy")
    return persistence


def _counted(cell_count: int) -> int:
    if cell_count < 1:
        raise ValueError(f"expected at least one cell to judge, found {cell_count}")
    return cell_count

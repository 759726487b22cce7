"""Would so much be lost if chance alone had said, case by case, which of the two results is whose?

Put what exchanging the versions of a case comes to here. What a case adds to the loss is said by the measure: ``checks/paired_cells.py``,
``checks/paired_amounts.py``.

The rules:
 * If the versions are alike, the two results of a case may as well change places, and the difference it adds changes its sign (Fisher,
   The Design of Experiments, 1935, section 21). Of right and wrong that is McNemar's test: 3 lost and 0 won is 1 in 8, in every measure.
 * Cases that add the same are drawn together, 10,000 times, seeded by the caller.
 * What no draw reaches is not called 1 in 10,001: among 500 segments that could never be more than chance. Beyond the draws stands
   Chernoff's bound (Ann. Math. Stat. 23, 1952), which no chance exceeds; of n cases that are all lost it is 1 in 2 to the n, exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RESAMPLES = 10_000
_AT_ONCE = 2_000_000
"""Drawn numbers in memory together."""
_ROUNDING = 1e-9
"""Of what all cases could lose: sums that are nearer to each other than that are the same."""
_STEPS, _STEEPEST = 60, 700.0


def chance_of_swaps(added: Floats, counts: NDArray[np.intp], seed: int) -> float:
    """Return how often chance loses as much as was lost; ``counts`` cases each add ``added`` to the difference, below zero a loss.

    >>> import numpy as np
    >>> round(chance_of_swaps(np.array([-1.0]), np.array([100]), 1) * 2**100, 6), chance_of_swaps(np.array([1.0]), np.array([3]), 1)
    (1.0, 1.0)
    """
    import numpy as np  # costs a fifth of a second: not at import

    weights, counts = np.abs(added[added != 0]), counts[added != 0]
    total, lost = float(weights @ counts), -float(added[added != 0] @ counts)
    if lost <= _ROUNDING * total:
        return 1.0
    reached = _reached(weights, counts, lost - _ROUNDING * total, seed)
    counted = (1 + reached) / (1 + RESAMPLES)
    return counted if reached else min(counted, _most(weights / weights.max(), counts, lost / float(weights.max())))


def in_turns(numbers: int) -> Iterator[int]:
    """Yield how many draws of so many ``numbers`` are made together, until all are: so that they fit into memory."""
    rows = max(1, min(RESAMPLES, _AT_ONCE // numbers))
    yield from (min(rows, RESAMPLES - start) for start in range(0, RESAMPLES, rows))


def _reached(weights: Floats, counts: NDArray[np.intp], lost: float, seed: int) -> int:
    """Return in how many draws as much is lost."""
    import numpy as np

    # the old generator, because its stream is frozen: a decision is redone years later with another numpy
    chance, found = np.random.RandomState(seed), 0
    for rows in in_turns(len(counts)):
        kept = chance.binomial(counts, 0.5, (rows, len(counts)))
        found += int(((2 * kept - counts) @ weights >= lost).sum())
    return found


def _most(weights: Floats, counts: NDArray[np.intp], lost: float) -> float:
    """Return Chernoff's bound, at the slope where it is lowest: any other is a bound as well, so that nothing hangs on the last digit."""
    import numpy as np

    low, high = 0.0, _STEEPEST
    for _ in range(_STEPS):
        slope = (low + high) / 2
        if float((counts * weights) @ np.tanh(weights * slope)) < lost:
            low = slope
        else:
            high = slope
    steep = weights * low
    return float(np.exp(min(0.0, float(counts @ (steep + np.log1p(np.exp(-2 * steep)) - np.log(2))) - low * lost)))

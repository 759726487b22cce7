"""The distribution of PSI itself, where so few rows fall into the bins that no large-sample form holds.

Put the arithmetic of that distribution here. The shares it is of are ``checks/plausible_shares.py``, what thresholds make of it is
``checks/drift_by_chance.py``.

The rules:
 * Given their total, independent Poisson counts are multinomial, and PSI is a sum over bins of a function of each bin's count. So PSI and
   the total have a joint characteristic function that is a product over bins; Fourier inversion gives PSI where the total is the window's.
 * Exact but for the grid: PSI is smoothed by ``blur``, a value that many counts share spreads by as much to either side.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from checks.drift_measures import SMOOTHING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Complex = NDArray[np.complex128]

BLUR = 2.0  # steps of the grid by which the inversion is smoothed, against ringing
_GRID = 256  # steps of PSI: one is about a hundredth of the quantiles asked for
_KEPT = _GRID * 3 // 4  # above it lies what smoothing moved below zero
_BEYOND = 1e-8  # a tail this small is cut off
_REACH = 9.0  # standard deviations of a count that are looked at


def psi_tails(reference: Sequence[int], shares: Floats, rows: int) -> tuple[Floats, Floats]:
    """Return values of PSI, ascending, and P(PSI > value) of ``rows`` rows that fall into the bins with these ``shares``.

    Given their total, independent Poisson counts are multinomial. The joint characteristic function of PSI and total is a product over
    bins; a sum over frequencies of the total conditions on it, a Fourier series in PSI inverts it (smoothed a little against ringing).
    """
    import numpy as np
    from scipy.fft import next_fast_len
    from scipy.special import chdtri

    parts = list(_parts(reference, shares, rows))
    span = max(2 * float(chdtri(len(shares) - 1, _BEYOND)) / rows, _farthest(parts))
    waves = 2j * np.pi / span * np.arange(_GRID // 2 + 1)
    # Totals that differ by a turn count as one: ten standard deviations apart, they do not disturb each other.
    turn = next_fast_len(max(math.ceil(10 * math.sqrt(rows)), *(len(count) for _, count, _ in parts)))
    joint = np.ones((len(waves), turn), dtype=complex)
    for term, count, chance in parts:
        placed = np.zeros_like(joint)
        placed[:, count.astype(int) % turn] = chance * _powers(term / span)
        joint *= np.fft.fft(placed)
    given = joint @ np.exp(2j * np.pi * (rows % turn) / turn * np.arange(turn))
    given = given / given[0] * np.exp((BLUR * waves * span / _GRID) ** 2 / 2)
    density = np.fft.irfft(np.conj(given), _GRID)
    tails = np.clip(np.cumsum(density[_KEPT:0:-1])[::-1], 0.0, 1.0)
    values = np.linspace(0.0, span * _KEPT / _GRID, _KEPT, endpoint=False, dtype=np.float64)
    return values, np.maximum.accumulate(tails[::-1])[::-1]


def _powers(cycles: Floats) -> Complex:
    """Return exp(2 pi i k cycles) for the waves k = 0, 1, ...: from sixteenths, for exponentials are what takes the time."""
    import numpy as np

    low, high = (np.exp(2j * np.pi * np.outer(steps, cycles)) for steps in (np.arange(16), np.arange(0, _GRID // 2 + 16, 16)))
    powers: Complex = (high[:, None] * low[None]).reshape(-1, len(cycles))[: _GRID // 2 + 1]
    return powers


def _farthest(parts: Sequence[tuple[Floats, Floats, Floats]]) -> float:
    """Return what PSI hardly ever reaches where the shares lie far from the reference, as those of a bin that was hardly met may."""
    mean = sum(float(chance @ term) for term, _, chance in parts)
    square = sum(float(chance @ term**2 - (chance @ term) ** 2) for term, _, chance in parts)
    return 1.5 * (mean + 15 * math.sqrt(max(0.0, square)))


def _parts(reference: Sequence[int], shares: Floats, rows: int) -> Iterator[tuple[Floats, Floats, Floats]]:
    """Yield, for each bin, what each likely count adds to PSI, those counts, and their Poisson probabilities."""
    import numpy as np
    from scipy.special import gammaln, xlogy

    filled, total = sum(1 for count in reference if count), sum(reference)
    for met, share in zip(reference, shares, strict=True):
        taking_part = filled + (met == 0)
        mean, reach = rows * share, _REACH * (math.sqrt(rows * share) + 1)
        count = np.arange(max(0.0, math.floor(mean - reach)), math.ceil(mean + reach))
        before = (met + SMOOTHING) / (total + SMOOTHING * taking_part)
        now = (count + SMOOTHING) / (rows + SMOOTHING * taking_part)
        term = (now - before) * np.log(now / before)
        if met == 0:
            term[count == 0] = 0.0  # empty on both sides: takes no part
        yield term, count, np.exp(xlogy(count, mean) - mean - gammaln(count + 1))

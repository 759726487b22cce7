"""How large PSI comes out when nothing has changed: the part of every threshold that depends on how many rows there are.

Put the distribution of PSI under no drift here. How often it may be exceeded is ``checks/drift_budget.py``.

The reference is ONE sample: its error is the same in every window, so windows are not independent of it. Therefore:
 * Its error, sum (r/R - p)^2 / p, is held below its own quantile once (chi-square over R rows); a bin that the reference hardly met may be
   as common as the Poisson limit of its count says. Given the reference, windows are independent samples of the same p.
 * A large window: R and C large, C x PSI is noncentral chi-square, K - 1 degrees of freedom, with C times that error as noncentrality.
 * A small window, where the logarithm makes the tail heavier (50 rows, 10 bins: PSI > 0.2 in 27 of 100): the distribution of the very
   statistic, as counts of independent Poisson bins given their total, by Fourier inversion; the reference's error stretches it by as much
   as it stretches the chi-square.
 * The closed form serves alone where twice its quantile stays below ``min_psi``: there the policy's number decides, not chance.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from checks.drift_measures import SMOOTHING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_HARDLY_MET = 10  # rows of the reference in a bin below which its share is known to no better than a factor
_GRID = 256  # steps of PSI in the inversion: a step is about a hundredth of the quantiles asked for
_BEYOND = 1e-8  # a tail this small is cut off
_KEPT = _GRID * 3 // 4
_BLOCK = 8
_SMOOTH = 1.5  # steps of the grid by which the inversion is smoothed, against ringing
_REACH = 9.0  # standard deviations of a count that are looked at


@dataclass(frozen=True, slots=True)
class ByChance:
    """What chance alone gives: PSI exceeds ``quantile`` with probability ``level``, and max(``min_psi``, quantile) with ``tail``."""

    quantile: float
    tail: float


@lru_cache(maxsize=1 << 14)
def psi_by_chance(reference: tuple[int, ...], row_count: int, reference_error: float, level: float, min_psi: float) -> ByChance:
    """Return how large PSI is by chance in a window of ``row_count`` rows against these reference counts.

    ``reference_error`` is the probability with which the reference's own error may be larger than allowed for. Nothing can differ where
    there is but one bin. Where the reference fills one of several, a stray row may fill another.
    """
    if row_count < 1 or not any(reference) or not 0 < level < 1 or not 0 < reference_error < 1:
        raise ValueError(
            f"expected rows on both sides and probabilities in 0..1, found {reference}, {row_count}, {reference_error}, {level}"
        )
    if len(reference) == 1:
        return ByChance(0.0, 0.0)
    closed = _large_window(_degrees(reference), row_count, sum(reference), reference_error, level, min_psi)
    if 2 * closed.quantile <= min_psi:
        return closed
    return _small_window(reference, row_count, reference_error, level, min_psi)


def _large_window(degrees: int, rows: int, reference_rows: int, reference_error: float, level: float, min_psi: float) -> ByChance:
    from scipy.special import chdtri, chndtr, chndtrix  # costs a tenth of a second: not at import

    noncentrality = rows * chdtri(degrees, reference_error) / reference_rows
    quantile = float(chndtrix(1 - level, degrees, noncentrality)) / rows
    return ByChance(quantile, max(0.0, 1 - float(chndtr(rows * max(min_psi, quantile), degrees, noncentrality))))


def _small_window(reference: tuple[int, ...], rows: int, reference_error: float, level: float, min_psi: float) -> ByChance:
    import numpy as np
    from scipy.special import chdtri, chndtrix

    degrees = _degrees(reference)
    well_met = sum(1 for count in reference if count >= _HARDLY_MET) - 1  # the others' error is in their likely shares
    noncentrality = rows * chdtri(well_met, reference_error) / sum(reference) if well_met > 0 else 0.0
    stretch = float(chndtrix(1 - level, degrees, noncentrality) / chdtri(degrees, level))
    values, tails = psi_tails(reference, likely_shares(reference, reference_error), rows)
    blur = _SMOOTH * float(values[1])  # a value that many counts share must not hide half of itself below a threshold
    quantile = stretch * (float(values[np.argmax(tails <= level)]) + blur)
    return ByChance(quantile, float(np.interp(max(min_psi, quantile) / stretch - blur, values, tails)))


def _degrees(reference: Sequence[int]) -> int:
    return max(1, sum(1 for count in reference if count) - 1)


def likely_shares(reference: Sequence[int], reference_error: float) -> Floats:
    """Return the share that each bin may have: as met, and the upper Poisson limit where it was hardly met."""
    import numpy as np
    from scipy.special import gammainccinv

    met = np.asarray(reference, dtype=float)
    shares = np.where(met < _HARDLY_MET, gammainccinv(met + 1, reference_error), met)
    return np.asarray(shares / shares.sum(), dtype=float)


def psi_tails(reference: Sequence[int], shares: Floats, rows: int) -> tuple[Floats, Floats]:
    """Return values of PSI, ascending, and P(PSI > value) of ``rows`` rows that fall into the bins with these ``shares``.

    Given their total, independent Poisson counts are multinomial. The joint characteristic function of PSI and total is a product over
    bins; a sum over frequencies of the total conditions on it, a Fourier series in PSI inverts it (smoothed a little against ringing).
    """
    import numpy as np
    from scipy.special import chdtri

    span = 2 * float(chdtri(len(shares) - 1, _BEYOND)) / rows  # the upper quarter holds what smoothing moved below zero
    parts = list(_parts(reference, shares, rows))
    waves = 2j * np.pi / span * np.arange(_GRID // 2).reshape(-1, _BLOCK)
    turns = 2j * np.pi / (10 * math.sqrt(rows)) * np.arange(-15, 16)
    joint = np.ones((*waves.shape, len(turns)), dtype=complex)
    for term, count, chance in parts:
        # In blocks of few waves: for a larger product the library starts threads, which cost many times what it takes.
        joint *= (chance * np.exp(waves[:, :, None] * term)) @ np.exp(turns * count[:, None])
    given = (joint * np.exp(-turns * rows)).sum(axis=2)
    given = given / given[0, 0] * np.exp((_SMOOTH * waves * span / _GRID) ** 2 / 2)
    density = np.fft.irfft(np.conj(given).ravel(), _GRID)
    tails = np.clip(np.cumsum(density[_KEPT:0:-1])[::-1], 0.0, 1.0)
    values = np.linspace(0.0, span * _KEPT / _GRID, _KEPT, endpoint=False, dtype=np.float64)
    return values, np.minimum.accumulate(tails)


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

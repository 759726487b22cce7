"""How large PSI comes out when nothing has changed: the part of every threshold that depends on how many rows there are.

Put here how a threshold follows from chance. How often it may be exceeded is ``checks/drift_budget.py``; the distribution in a small window
is ``checks/psi_distribution.py``.

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

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from checks.psi_distribution import BLUR, HARDLY_MET, likely_shares, psi_tails

if TYPE_CHECKING:
    from checks.psi_distribution import Floats


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
    well_met = sum(1 for count in reference if count >= HARDLY_MET) - 1  # the others' error is in their likely shares
    noncentrality = rows * chdtri(well_met, reference_error) / sum(reference) if well_met > 0 else 0.0
    stretch = float(chndtrix(1 - level, degrees, noncentrality) / chdtri(degrees, level))
    values, tails = _tails(reference, rows, reference_error)
    blur = BLUR * float(values[1])  # a value that many counts share must not hide half of itself below a threshold
    quantile = stretch * (float(values[np.searchsorted(-tails, -level).clip(max=len(values) - 1)]) + blur)
    return ByChance(quantile, float(np.interp(max(min_psi, quantile) / stretch - blur, values, tails)))


@lru_cache(maxsize=1 << 12)  # asked for at several levels
def _tails(reference: tuple[int, ...], rows: int, reference_error: float) -> tuple[Floats, Floats]:
    return psi_tails(reference, likely_shares(reference, reference_error), rows)


def _degrees(reference: Sequence[int]) -> int:
    return max(1, sum(1 for count in reference if count) - 1)

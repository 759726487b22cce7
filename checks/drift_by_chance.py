"""How large PSI comes out when nothing has changed: the part of every threshold that depends on how many rows there are.

Put here how a threshold follows from chance. How often it may be exceeded is ``checks/drift_budget.py``; the shares that a reference leaves
plausible are ``checks/plausible_shares.py``, the distribution in a small window is ``checks/psi_distribution.py``.

The reference is ONE sample: its error is the same in every window, so windows are not independent of it. Therefore PSI is judged at the
truth p* that lies as far from the reference as the reference's error allows, once; given it, windows are independent samples:
 * A large window: C x PSI is noncentral chi-square, bins met - 1 degrees of freedom, with C x J as noncentrality, J = PSI(reference, p*).
   It serves alone where twice its quantile stays below ``min_psi``: there the policy's number decides, not chance.
 * A small window, where the logarithm makes the tail heavier (50 rows, 10 bins: PSI > 0.2 in 27 of 100): the distribution of the very
   statistic at p*, as counts of independent Poisson bins given their total, by Fourier inversion.
 * More rows than that is worked out for: the logarithm matters the less the more rows there are, so what lies above J shrinks from there
   at least as fast as the closed form says. A threshold falls with every row of the window, to J and not below.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from checks.plausible_shares import distance, plausible_shares
from checks.psi_distribution import BLUR, psi_tails

if TYPE_CHECKING:
    from checks.plausible_shares import Floats

_MANY_ROWS = 1_000  # of a window; the distribution of more follows from that of so many


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
    closed = _large_window(reference, row_count, reference_error, level, min_psi)
    return closed if 2 * closed.quantile <= min_psi else _small_window(reference, row_count, reference_error, level, min_psi)


def _large_window(reference: tuple[int, ...], rows: int, reference_error: float, level: float, min_psi: float) -> ByChance:
    from scipy.special import chndtr, chndtrix  # costs a tenth of a second: not at import

    degrees, noncentrality = max(1, sum(map(bool, reference)) - 1), rows * _truth(reference, reference_error)[1]
    quantile = float(chndtrix(1 - level, degrees, noncentrality)) / rows
    return ByChance(quantile, max(0.0, 1 - float(chndtr(rows * max(min_psi, quantile), degrees, noncentrality))))


def _small_window(reference: tuple[int, ...], rows: int, reference_error: float, level: float, min_psi: float) -> ByChance:
    import numpy as np

    values, tails = _tails(reference, min(rows, _MANY_ROWS), reference_error)
    values = values + BLUR * values[1]  # a value that many counts share must not hide half of itself below a threshold
    if rows > _MANY_ROWS:
        apart = _truth(reference, reference_error)[1]
        wide, narrow = (_large_window(reference, count, reference_error, level, 0.0).quantile - apart for count in (_MANY_ROWS, rows))
        values = apart + narrow / wide * np.maximum(0.0, values - apart)
    quantile = float(values[np.searchsorted(-tails, -level).clip(max=len(values) - 1)])
    return ByChance(quantile, min(level, float(np.interp(max(min_psi, quantile), values, tails))))


@lru_cache(maxsize=1 << 12)
def _truth(reference: tuple[int, ...], reference_error: float) -> tuple[Floats, float]:
    """Return the plausible shares farthest from the reference, and how far they are."""
    shares = plausible_shares(reference, reference_error)
    return shares, distance(reference, shares)


@lru_cache(maxsize=1 << 12)  # asked for at several levels
def _tails(reference: tuple[int, ...], rows: int, reference_error: float) -> tuple[Floats, Floats]:
    return psi_tails(reference, _truth(reference, reference_error)[0], rows)

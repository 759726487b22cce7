"""Which shares a reference leaves plausible: those that lie as far from what it met as its own sampling error may have put it.

Put here what a sample says of the shares it was drawn from. What PSI comes to under them is ``checks/psi_distribution.py``, the threshold
that follows ``checks/drift_by_chance.py``.

The rules, of which the one that leads farther from the reference counts:
 * Spread over all bins: 4 R sum (sqrt(r / R) - sqrt(p))^2 is chi-square, bins - 1 degrees of freedom (Freeman and Tukey, Ann. Math. Stat.
   21, 1950). On roots, shares are points of a sphere: they are turned by the angle that this statistic may reach, by as much in each bin,
   up and down by turns, the bin met least up. Half a row in every bin gives an empty one a place on the sphere.
 * Bins that were hardly met apart, the others as above: minus the logarithms of P(so few or fewer | share) of independent Poisson bins add
   up to at most Gamma(bins) (Fisher, Statistical Methods, 1932). Each bin has its upper Poisson limit at an equal part of what that sum
   may reach. One empty bin: (1 - share)^R is as small as allowed, the rule of three.
 * Either part has half of the allowed error (Bonferroni). The reference's error is counted here, once, and nowhere else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from checks.drift_measures import SMOOTHING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

HARDLY_MET = 10  # rows of the reference in a bin below which its share is known to no better than a factor


def plausible_shares(reference: Sequence[int], reference_error: float) -> Floats:
    """Return the share that each bin may have, at the distance that the reference's own error may come to with this probability."""
    import numpy as np

    met = np.asarray(reference, dtype=float)
    well, apart = met >= HARDLY_MET, met.copy()
    apart[well] = _turned(met[well], reference_error / 2)
    apart[~well] = _limits(met[~well], reference_error / 2)
    likely = (_turned(met + SMOOTHING, reference_error / 2), apart)
    return np.asarray(max((rows / rows.sum() for rows in likely), key=lambda shares: distance(reference, shares)))


def distance(reference: Sequence[int], shares: Floats) -> float:
    """Return the PSI between a reference and an endless window with these shares, all above zero."""
    import numpy as np

    before = np.asarray(reference, dtype=float) + SMOOTHING
    before /= before.sum()
    return float(((shares - before) * np.log(shares / before)).sum())


def _turned(met: Floats, error: float) -> Floats:
    import numpy as np
    from scipy.special import chdtri  # costs a tenth of a second: not at import

    if len(met) < 2:
        return met
    root = np.sqrt(met / met.sum())
    signs = np.empty_like(root)
    signs[np.argsort(met, kind="stable")] = np.resize([1.0, -1.0], len(met))
    across = signs - (signs @ root) * root
    angle = math.sqrt(float(chdtri(len(met) - 1, error)) / (4 * met.sum()))
    turned = math.cos(angle) * root + math.sin(angle) * across / np.linalg.norm(across)
    return np.asarray(met.sum() * np.maximum(turned**2, np.finfo(float).tiny))


def _limits(met: Floats, error: float) -> Floats:
    import numpy as np
    from scipy.special import gammainccinv

    if not len(met):
        return met
    alone = math.exp(-float(gammainccinv(len(met), error)) / len(met))
    return np.asarray(gammainccinv(met + 1, alone))

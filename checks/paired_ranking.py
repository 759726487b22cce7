"""AUC on the same cases: does the candidate tell events from non-events as well as the champion?

Put arithmetic on rankings here. Whether an answer is right is ``checks/paired.py``, how far a score is off
``checks/paired_calibration.py``.

The rules:
 * AUC is the share of pairs of an event and a non-event in which the event has the higher score, a tie counting half.
 * The two AUCs come from the same cases, so their errors go together: DeLong, DeLong and Clarke-Pearson (Biometrics 44, 1988) take the
   covariance from each case's own share of pairs, which sorting gives at once (Sun and Xu, IEEE Signal Process. Lett. 21, 2014).
   It is what resampling whole cases converges to, without resampling.
 * Normal errors need ``FEWEST`` events and as many non-events: ranks against fewer jump, and their spread is that of nobody.
 * Where every case has the same share under both, there is no error: the bounds are the difference itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from checks.paired import normal_quantile
from registry.domain.paired import PairedDifference

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FEWEST = 10
"""Events, and non-events, below which an AUC's error is not known."""


def can_be_ranked(labels: Sequence[int]) -> bool:
    """Return whether there are events and non-events enough for ``compare_auc``."""
    return min(sum(labels), len(labels) - sum(labels)) >= FEWEST


def compare_auc(
    labels: Sequence[int], champion: Sequence[float] | Floats, candidate: Sequence[float] | Floats, level: float
) -> PairedDifference:
    """Return how a candidate's AUC compares; ``labels`` are 0 or 1, scores finite, all in the same order of cases.

    Raises:
        ValueError: fewer than ``FEWEST`` events or non-events, or a score that is no finite number.

    >>> one = compare_auc([0, 0, 1, 1] * 5, [0.1, 0.4, 0.35, 0.8] * 5, [0.1, 0.2, 0.35, 0.8] * 5, 0.05)
    >>> one.champion, one.candidate, one.difference
    (0.75, 1.0, 0.25)
    """
    import numpy as np  # costs a fifth of a second: not at import

    is_event = np.asarray(labels) == 1
    events, others = int(is_event.sum()), int((~is_event).sum())
    if min(events, others) < FEWEST:
        raise ValueError(f"expected {FEWEST} events and {FEWEST} non-events or more, found {events} and {others}")
    scores = np.asarray([champion, candidate], dtype=float)
    if not np.isfinite(scores).all():
        raise ValueError("expected finite scores, found some that are not; leave out or repair their cases")
    of_events, of_others = zip(*(_shares(one[is_event], one[~is_event]) for one in scores), strict=True)
    before, now = (float(one.mean()) for one in of_events)
    error = math.sqrt(_variance(of_events) / events + _variance(of_others) / others)
    difference, reach = now - before, normal_quantile(1 - level) * error
    harm = 0.5 * math.erfc(-difference / error / math.sqrt(2)) if error else float(difference >= 0)
    return PairedDifference(len(is_event), before, now, difference, difference - reach, difference + reach, harm, "DeLong")


def _shares(events: Floats, others: Floats) -> tuple[Floats, Floats]:
    """Return, of each event, the share of non-events below it, and of each non-event the share of events above it; a tie is half."""
    return _below(events, others), 1.0 - _below(others, events)


def _below(scores: Floats, against: Floats) -> Floats:
    import numpy as np

    ordered = np.sort(against)
    below = np.searchsorted(ordered, scores, side="left") + np.searchsorted(ordered, scores, side="right")
    return below / (2.0 * len(against))


def _variance(shares: tuple[Floats, Floats]) -> float:
    """Return the variance of candidate minus champion over cases."""
    champion, candidate = shares
    return float((candidate - champion).var(ddof=1))

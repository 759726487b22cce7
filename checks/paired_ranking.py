"""AUC on the same cases: does the candidate tell events from non-events as well as the champion?

Put arithmetic on rankings here. Whether an answer is right is ``checks/paired.py``, F1 and calibration ``checks/paired_cells.py``.

The rules:
 * AUC is the share of pairs of an event and a non-event in which the event has the higher score, a tie counting half.
 * The two AUCs come from the same cases, so their errors go together: DeLong, DeLong and Clarke-Pearson (Biometrics 44, 1988) take the
   covariance from each case's own share of pairs, which midranks give in one sort (Sun and Xu, IEEE Signal Process. Lett. 21, 2014).
   It is what resampling whole cases converges to, without resampling.
 * Where every case has the same share under both, there is no error: the bounds are the difference itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from checks.paired import normal_quantile
from registry.domain.paired import PairedDifference


def compare_auc(labels: Sequence[int], champion: Sequence[float], candidate: Sequence[float], level: float) -> PairedDifference:
    """Return how a candidate's AUC compares; ``labels`` are 0 or 1, scores finite, all in the same order of cases.

    Raises:
        ValueError: fewer than two events or two non-events, whose spread nobody knows.

    >>> one = compare_auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], [0.1, 0.2, 0.35, 0.8], 0.05)
    >>> one.champion, one.candidate, one.difference
    (0.75, 1.0, 0.25)
    """
    import numpy as np  # costs a fifth of a second: not at import

    is_event = np.asarray(labels) == 1
    events, others = int(is_event.sum()), int((~is_event).sum())
    if min(events, others) < 2:
        raise ValueError(f"expected two events and two non-events or more, found {events} and {others}")
    scores = np.asarray([champion, candidate], dtype=float)
    of_events, of_others = zip(*(_shares(one[is_event], one[~is_event]) for one in scores), strict=True)
    before, now = (float(one.mean()) for one in of_events)
    error = math.sqrt(_variance(of_events) / events + _variance(of_others) / others)
    difference, reach = now - before, normal_quantile(1 - level) * error
    harm = 0.5 * math.erfc(-difference / error / math.sqrt(2)) if error else float(difference >= 0)
    return PairedDifference(len(is_event), before, now, difference, difference - reach, difference + reach, harm, "DeLong")


def _shares(events: Any, others: Any) -> tuple[Any, Any]:
    """Return, of each event, the share of non-events below it, and of each non-event the share of events above it."""
    import numpy as np
    from scipy.stats import rankdata

    ranks = rankdata(np.concatenate([events, others]))
    above = (ranks[: len(events)] - rankdata(events)) / len(others)
    below = 1.0 - (ranks[len(events) :] - rankdata(others)) / len(events)
    return above, below


def _variance(shares: tuple[Any, Any]) -> float:
    """Return the variance of candidate minus champion over cases."""
    champion, candidate = shares
    return float((candidate - champion).var(ddof=1))

"""F1 and calibration error on the same cases: measures of a whole table, which no case has by itself.

Put measures that are functions of counts here. Those with a value for each case are ``checks/paired.py`` and ``checks/paired_amounts.py``.

The rules:
 * Cases that are alike (same label, same answers of both versions; same bins of both scores) are one cell. Resampling cases is drawing the
   cells' counts from their multinomial distribution, exactly: its cost depends on the cells and not on the cases.
 * Bounds are the percentiles of the difference over 10,000 draws, seeded by the caller (Efron and Tibshirani, An Introduction to the Bootstrap,
   1993, chapter 13); harm is how often the difference, moved to zero, falls as low as observed.
 * F1 of several classes is the mean over the classes that are labels in the set (macro): a class that a version never answers counts as 0.
 * Expected calibration error: the distance of events from the sum of scores in each of ``bins`` equal bins, over all cases, lower is better.
   Within a cell of two bins and a label its mean scores stand for its cases.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from registry.domain.paired import PairedDifference

_RESAMPLES = 10_000
_AT_ONCE = 2_000_000
"""Drawn counts in memory together."""


def compare_f1(
    labels: Sequence[str], champion: Sequence[str], candidate: Sequence[str], level: float, *, seed: int, positive: str = ""
) -> PairedDifference:
    """Return how a candidate's F1 compares: of ``positive`` where one is named, otherwise the mean over the labels of the set.

    >>> one = compare_f1(["a", "a", "b", "b"], ["a", "b", "b", "b"], ["a", "a", "b", "b"], 0.05, seed=1)
    >>> round(one.champion, 4), one.candidate
    (0.7333, 1.0)
    """
    import numpy as np

    cells = sorted(Counter(zip(labels, champion, candidate, strict=True)).items())
    classes = [positive] if positive else sorted(set(labels))
    counts = np.array([count for _, count in cells], dtype=float)

    def f1(drawn: Any, place: int) -> Any:
        found = []
        for name in classes:
            labelled = np.array([cell[0] == name for cell, _ in cells], dtype=float)
            answered = np.array([cell[place] == name for cell, _ in cells], dtype=float)
            both = drawn @ (labelled + answered)
            found.append(np.divide(2 * (drawn @ (labelled * answered)), both, out=np.zeros(len(drawn)), where=both > 0))
        return np.mean(found, axis=0)

    return _resampled(counts, lambda drawn: (f1(drawn, 1), f1(drawn, 2)), level, seed, sign=1.0, method="multinomial bootstrap of cells")


def compare_calibration(
    labels: Sequence[int], champion: Sequence[float], candidate: Sequence[float], level: float, *, bins: int, seed: int
) -> PairedDifference:
    """Return how a candidate's expected calibration error compares; a positive ``difference`` is a smaller error.

    >>> one = compare_calibration([0, 1] * 10, [0.5] * 20, [0.9] * 20, 0.05, bins=10, seed=1)
    >>> one.champion, round(one.candidate, 4), round(one.difference, 4)
    (0.0, 0.4, -0.4)
    """
    import numpy as np

    events, scores = np.asarray(labels, dtype=float), [np.asarray(one, dtype=float) for one in (champion, candidate)]
    places = [np.clip((one * bins).astype(int), 0, bins - 1) for one in scores]
    codes, inverse = np.unique((places[0] * bins + places[1]) * 2 + (events > 0), return_inverse=True)
    counts = np.bincount(inverse).astype(float)
    bin_of = [codes // 2 // bins, codes // 2 % bins]
    distance = [(np.bincount(inverse, events - one) / counts) for one in scores]

    def error(drawn: Any, side: int) -> Any:
        by_bin = np.zeros((len(codes), bins))
        by_bin[np.arange(len(codes)), bin_of[side]] = distance[side]
        return np.abs(drawn @ by_bin).sum(axis=1) / drawn.sum(axis=1)

    return _resampled(
        counts, lambda drawn: (error(drawn, 0), error(drawn, 1)), level, seed, sign=-1.0, method="multinomial bootstrap of bins"
    )


def _resampled(
    counts: Any, measure: Callable[[Any], tuple[Any, Any]], level: float, seed: int, *, sign: float, method: str
) -> PairedDifference:
    import numpy as np

    total = int(counts.sum())
    if total < 2:
        raise ValueError(f"expected two cases or more, found {total}")
    champion, candidate = (float(one[0]) for one in measure(counts[None, :]))
    chance, found = np.random.Generator(np.random.PCG64(seed)), []
    rows = max(1, min(_RESAMPLES, _AT_ONCE // len(counts)))
    for start in range(0, _RESAMPLES, rows):
        drawn = chance.multinomial(total, counts / total, min(rows, _RESAMPLES - start)).astype(float)
        before, now = measure(drawn)
        found.append(sign * (now - before))
    gains, difference = np.concatenate(found), sign * (candidate - champion)
    low, high = (float(np.quantile(gains, share)) for share in (level, 1 - level))
    harm = (1 + float((gains - gains.mean() <= difference).sum())) / (1 + _RESAMPLES)
    return PairedDifference(total, champion, candidate, difference, low, high, harm, method)

"""F1 and calibration error on the same cases: measures of a whole table, which no case has by itself.

Put measures that are functions of counts here. Those with a value for each case are ``checks/paired.py`` and ``checks/paired_amounts.py``.

The rules:
 * Cases that are alike (same label, same answers of both versions; same bins of both scores) are one cell. Resampling cases is drawing the
   cells' counts from their multinomial distribution, exactly: its cost depends on the cells and not on the cases.
 * Bounds are the percentiles of the difference over 10,000 draws, seeded by the caller (Efron and Tibshirani, An Introduction to the
   Bootstrap, 1993, chapter 13); harm is how often the difference, moved to zero, falls as low as observed.
 * F1 of several classes is the mean over the classes that are labels in the set (macro): a class that a version never answers counts as 0.
   Answers that are no label of the set are one and the same to it.
 * Expected calibration error: the distance of events from the sum of scores in each of ``bins`` equal bins, over all cases, lower is
   better. Within a cell of two bins and a label its mean scores stand for its cases.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from registry.domain.paired import PairedDifference

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Measure = Callable[[Floats], tuple[Floats, Floats]]

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
    import numpy as np  # costs a fifth of a second: not at import

    classes = [positive] if positive else sorted(set(labels))
    numbers, none = {name: number for number, name in enumerate(classes)}, len(classes)
    coded = np.array([[numbers.get(name, none) for name in names] for names in (labels, champion, candidate)])
    cells, counts = np.unique(np.ravel_multi_index(tuple(coded), (none + 1,) * 3), return_counts=True)
    is_class = [np.equal.outer(one, np.arange(none)) for one in np.unravel_index(cells, (none + 1,) * 3)]

    def f1(drawn: Floats, side: int) -> Floats:
        right, both = drawn @ (is_class[0] & is_class[side]), drawn @ (is_class[0].astype(float) + is_class[side])
        return np.divide(2 * right, both, out=np.zeros_like(both), where=both > 0).mean(axis=1)

    return _resampled(counts, lambda drawn: (f1(drawn, 1), f1(drawn, 2)), level, seed, sign=1.0, method="multinomial bootstrap of cells")


def compare_calibration(
    labels: Sequence[int], champion: Sequence[float] | Floats, candidate: Sequence[float] | Floats, level: float, *, bins: int, seed: int
) -> PairedDifference:
    """Return how a candidate's expected calibration error compares; a positive ``difference`` is a smaller error.

    Raises:
        ValueError: fewer than two cases, or a score that is no finite number.

    >>> one = compare_calibration([0, 1] * 10, [0.5] * 20, [0.9] * 20, 0.05, bins=10, seed=1)
    >>> one.champion, round(one.candidate, 4), round(one.difference, 4)
    (0.0, 0.4, -0.4)
    """
    import numpy as np

    events, scores = np.asarray(labels, dtype=float), np.asarray([champion, candidate], dtype=float)
    if not np.isfinite(scores).all():
        raise ValueError("expected finite scores, found some that are not; leave out or repair their cases")
    before, now = np.clip((scores * bins).astype(int), 0, bins - 1)
    codes, cell_of, counts = np.unique((before * bins + now) * 2 + (events > 0), return_inverse=True, return_counts=True)
    by_bin = [np.zeros((len(codes), bins)) for _ in scores]
    for table, score, bin_of in zip(by_bin, scores, (codes // 2 // bins, codes // 2 % bins), strict=True):
        table[np.arange(len(codes)), bin_of] = np.bincount(cell_of, events - score) / counts

    def error(drawn: Floats, side: int) -> Floats:
        return np.abs(drawn @ by_bin[side]).sum(axis=1) / drawn.sum(axis=1)

    return _resampled(
        counts, lambda drawn: (error(drawn, 0), error(drawn, 1)), level, seed, sign=-1.0, method="multinomial bootstrap of bins"
    )


def _resampled(counts: NDArray[np.intp], measure: Measure, level: float, seed: int, *, sign: float, method: str) -> PairedDifference:
    import numpy as np

    total = int(counts.sum())
    if total < 2:
        raise ValueError(f"expected two cases or more, found {total}")
    champion, candidate = (float(one[0]) for one in measure(counts[None, :].astype(float)))
    # the old generator, because its stream is frozen: a decision is redone years later with another numpy
    chance, found = np.random.RandomState(seed), []
    rows = max(1, min(_RESAMPLES, _AT_ONCE // len(counts)))
    for start in range(0, _RESAMPLES, rows):
        before, now = measure(chance.multinomial(total, counts / total, min(rows, _RESAMPLES - start)).astype(float))
        found.append(sign * (now - before))
    gains, difference = np.concatenate(found), sign * (candidate - champion)
    low, high = (float(np.quantile(gains, share)) for share in (level, 1 - level))
    harm = (1 + float((gains - gains.mean() <= difference).sum())) / (1 + _RESAMPLES)
    return PairedDifference(total, champion, candidate, difference, low, high, harm, method)

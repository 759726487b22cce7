"""F1 on the same cases: a measure of a whole table of answers, which no case has by itself.

Put measures that are functions of counts here. Those with a value for each case are ``checks/paired.py`` and
``checks/paired_amounts.py``.

The rules:
 * F1 of several classes is the mean over the classes that are labels in the set (macro): a class that a version never answers counts as 0.
   Answers that are no label of the set are one and the same to it.
 * Cases that are alike (same label, same answers of both versions) are one cell. Resampling cases is drawing the cells' counts from their
   multinomial distribution, exactly: its cost depends on the cells and not on the cases.
 * Bounds are the percentiles of the difference over 10,000 draws, seeded by the caller (Efron and Tibshirani, An Introduction to the
   Bootstrap, 1993, chapter 13).
 * Harm is how often chance loses as much by exchanging the versions case by case (``checks/paired_swaps.py``), and never less often than
   the draws, moved to zero, fall as low as observed. The draws alone would call a class of 3 cases, all lost, certain. What a case adds
   is taken at the table of both versions together, which an exchange leaves as it is.
 * Where no case differs there is nothing to resample: the bounds are the difference itself, and the number of cases is policy's to ask.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from checks.paired_swaps import chance_of_swaps, in_turns
from registry.domain.paired import PairedDifference

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Measure = Callable[[Floats], tuple[Floats, Floats]]


def compare_f1(labels: Sequence[str], champion: Sequence[str], candidate: Sequence[str], level: float, *, seed: int) -> PairedDifference:
    """Return how a candidate's F1 compares: the mean over the labels of the set.

    >>> one = compare_f1(["a", "a", "b", "b"], ["a", "b", "b", "b"], ["a", "a", "b", "b"], 0.05, seed=1)
    >>> round(one.champion, 4), one.candidate
    (0.7333, 1.0)
    """
    import numpy as np  # costs a fifth of a second: not at import

    classes = sorted(set(labels))
    numbers, none = {name: number for number, name in enumerate(classes)}, len(classes)
    coded = np.array([[numbers.get(name, none) for name in names] for names in (labels, champion, candidate)], dtype=np.intp)
    cells, counts = np.unique(np.ravel_multi_index(tuple(coded), (none + 1,) * 3), return_counts=True)
    is_class = [np.equal.outer(one, np.arange(none)) for one in np.unravel_index(cells, (none + 1,) * 3)]

    def f1(drawn: Floats, side: int) -> Floats:
        right, both = drawn @ (is_class[0] & is_class[side]), drawn @ (is_class[0].astype(float) + is_class[side])
        by_class = np.divide(2 * right, both, out=np.zeros_like(both), where=both > 0)
        return np.asarray(by_class.mean(axis=1), dtype=float)

    gains = _resampled(counts, lambda drawn: (f1(drawn, 1), f1(drawn, 2)), seed)
    before, now = (float(f1(counts[None, :].astype(float), side)[0]) for side in (1, 2))
    low, high = (float(np.quantile(gains, share)) for share in (level, 1 - level))
    harm = _harm(gains, now - before, chance_of_swaps(_added(counts, is_class), counts, seed))
    return PairedDifference(len(labels), before, now, now - before, low, high, harm, "multinomial bootstrap of cells")


def _added(counts: NDArray[np.intp], is_class: Sequence[NDArray[np.bool_]]) -> Floats:
    """Return what a case of each cell adds to the difference of F1, to first order, at the table of both versions together."""
    import numpy as np

    is_label, was, is_ = (one.astype(float) for one in is_class)
    both = counts @ (2 * is_label + was + is_) / 2
    f1 = np.divide(counts @ (is_label * (was + is_)), both, out=np.zeros_like(both), where=both > 0)
    gained = (2 * is_label - f1) * (is_ - was)
    return np.asarray(np.divide(gained, both, out=np.zeros_like(gained), where=both > 0).mean(axis=1), dtype=float)


def _harm(gains: Floats, difference: float, swapped: float) -> float:
    reached = int((gains - gains.mean() <= difference).sum())
    return max(swapped, (1 + reached) / (1 + len(gains)) if reached else 0.0)


def _resampled(counts: NDArray[np.intp], measure: Measure, seed: int) -> Floats:
    """Return the candidate's measure less the champion's in each draw of the cells' counts.

    Raises:
        ValueError: fewer than two cases, whose spread nobody knows.
    """
    import numpy as np

    total = int(counts.sum())
    if total < 2:
        raise ValueError(f"expected two cases or more, found {total}")
    # the old generator, because its stream is frozen: a decision is redone years later with another numpy
    chance, found = np.random.RandomState(seed), []
    for rows in in_turns(len(counts)):
        before, now = measure(chance.multinomial(total, counts / total, rows).astype(float))
        found.append(now - before)
    return np.concatenate(found)

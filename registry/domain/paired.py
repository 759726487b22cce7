"""One comparison of two versions on the same cases: what was counted, and what is said of it.

Put values of paired comparisons here. The arithmetic is ``checks/paired*.py``, what it means for a release ``checks/eval_gate.py``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PairedCounts:
    """Cases of a metric that is right or wrong: by what both versions made of the same case.

    ``lost``: the champion was right and the candidate is wrong; ``won``: the other way round.
    """

    both_right: int
    lost: int
    won: int
    both_wrong: int

    @property
    def n(self) -> int:
        return self.both_right + self.lost + self.won + self.both_wrong

    @property
    def champion(self) -> float:
        """Return the champion's rate; of no case there is none."""
        return (self.both_right + self.lost) / self.n

    @property
    def candidate(self) -> float:
        return (self.both_right + self.won) / self.n

    @property
    def difference(self) -> float:
        """Return candidate minus champion, in -1..1: below zero the candidate is worse."""
        return (self.won - self.lost) / self.n


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """What a comparison of two versions came to, oriented so that more is better.

    ``low`` and ``high`` hold the true difference at the level that was asked for, each end by itself (two one-sided bounds).
    ``harm_p`` is how often chance alone shows so much of a loss where there is none. ``method`` names the arithmetic.
    """

    n: int
    champion: float
    candidate: float
    difference: float
    low: float
    high: float
    harm_p: float
    method: str

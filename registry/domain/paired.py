"""One comparison of two versions on the same cases: what was counted, and what is said of it.

Put values of paired comparisons here, and how their numbers are written in a sentence. The arithmetic is ``checks/paired*.py``, what it
means for a release ``checks/eval_gate.py``.
"""

from __future__ import annotations

import math
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

    @property
    def turned(self) -> PairedCounts:
        """Return the cases by what they are where it is right not to be so: its rates are of those that are."""
        return PairedCounts(self.both_wrong, self.won, self.lost, self.both_right)


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


def chance_text(p: float) -> str:
    """Return a probability without an exponent, which not everybody reads.

    >>> chance_text(0.1149), chance_text(0.0078125), chance_text(0.000012), chance_text(1e-9)
    ('0.11', '0.0078', '0.000012', 'below 0.00001')
    """
    if not math.isfinite(p):
        return "not computed"
    if p < 1e-5:
        return "below 0.00001"
    return f"{p:.2g}" if p >= 1e-4 else f"{p:.6f}"


def signed_text(value: float, digits: str = ".3f") -> str:
    """Return a difference with its sign; nothing has none, whatever is left of it beyond the digits.

    >>> signed_text(0.035), signed_text(-0.0002), signed_text(-0.0002, ".3g")
    ('+0.035', '0.000', '-0.0002')
    """
    text = f"{value:+{digits}}"
    return text[1:] if not text[1:].strip("0.") else text

"""Whether a colour can be told from its ground, as the accessibility guidelines compute it.

Put arithmetic on colours that a browser reports here.
"""

from __future__ import annotations

import re


def contrast(one: str, other: str) -> float:
    """Return the ratio of luminances of two colours, written as ``rgb(...)``."""
    low, high = sorted(_luminance([int(part) for part in re.findall(r"\d+", colour)[:3]]) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def _luminance(rgb: list[int]) -> float:
    linear = [part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

"""The dates of seals: which days have none, and which date cannot be right.

Put here what can be told from the times that seals say. None of it is a verdict: a clock may have stood wrong, a service may have been
down; what matters is that nobody has to look for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from registry.evidence.seal import Seal


def days_without_seal(seals: Iterable[Seal]) -> Iterator[str]:
    """Yield the days (UTC) between seals on which nothing was sealed, and each seal that is dated before the one before it."""
    previous: Seal | None = None
    for seal in seals:
        if previous and seal.sealed_at < previous.sealed_at:
            yield f"seal {seal.seq:06d} is dated before the seal before it: a clock was set back, or the date is not true"
        elif previous and (days := (seal.sealed_at.date() - previous.sealed_at.date()).days - 1) > 0:
            first, last = previous.sealed_at.date() + timedelta(days=1), seal.sealed_at.date() - timedelta(days=1)
            yield f"no seal on {days} day{'s' * (days > 1)} (UTC) before seal {seal.seq:06d}: {first} to {last}"
        previous = seal

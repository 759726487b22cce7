"""The name that somebody probably meant.

Put here how a wrong name is answered with a right one.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches


def nearest(name: str, names: Iterable[str]) -> str:
    """Return the one of ``names`` that is written most like ``name``; the first of several; empty where there are none.

    >>> nearest("model_rolback", ["model_watch", "model_rollback"]), nearest("x", [])
    ('model_rollback', '')
    """
    return max(names, key=lambda known: SequenceMatcher(None, name.casefold(), known.casefold()).ratio(), default="")


def most_like(name: str, names: Iterable[str], count: int = 3) -> tuple[str, ...]:
    """Return up to ``count`` of ``names`` that are written much like ``name``, the closest first; nothing where none is.

    >>> most_like("iss-12", ["ISS-1", "ISS-2", "other"]), most_like("", ["ISS-1"])
    (('ISS-2', 'ISS-1'), ())
    """
    known = {one.casefold(): one for one in names}
    return tuple(known[one] for one in get_close_matches(name.casefold(), known, count))

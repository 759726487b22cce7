"""The name that somebody probably meant.

Put here how a wrong name is answered with a right one.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher


def nearest(name: str, names: Iterable[str]) -> str:
    """Return the one of ``names`` that is written most like ``name``; the first of several; empty where there are none.

    >>> nearest("model_rolback", ["model_watch", "model_rollback"]), nearest("x", [])
    ('model_rollback', '')
    """
    return max(names, key=lambda known: SequenceMatcher(None, name.casefold(), known.casefold()).ratio(), default="")

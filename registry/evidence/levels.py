"""How far a verified archive can be relied on, and what each level leaves invisible.

Put levels and their wording here: the same words are in ``verify.sh`` and in the guide. When one is reached is ``verify.py``.

Nothing here says that an archive cannot be altered: a level says which alterations would be seen.
"""

from __future__ import annotations

from enum import IntEnum


class Level(IntEnum):
    """What vouches for an archive, beyond its own digests. A higher one sees whatever a lower one sees."""

    MANIFESTS = 0
    SIGNED = 1
    TIMED = 2
    HEAD_KNOWN = 3

    def __str__(self) -> str:
        return f"L{self.value} {_NAMES[self]}"

    @property
    def invisible(self) -> str:
        """What could have been done to the archive without being seen at this level."""
        return _INVISIBLE[self]


_NAMES = {
    Level.MANIFESTS: "manifests",
    Level.SIGNED: "signed chain",
    Level.TIMED: "signed chain with a time token",
    Level.HEAD_KNOWN: "head known elsewhere",
}
_INVISIBLE = {
    Level.MANIFESTS: "whoever can write the archive can rewrite it whole, or cut its end, unseen",
    Level.SIGNED: "whoever holds the sealing key can rewrite it, and anybody can cut its end, unseen",
    Level.TIMED: "whoever holds the sealing key can rewrite what came after the newest token, or all of it under a later one, "
    "and anybody can cut the end, unseen",
    Level.HEAD_KNOWN: "nothing up to the known head; what came after it as at the levels below",
}

"""What one decision about a window leaves to the next beside its cells, conditions and requests.

Put here what edges are told by: what was met, what could not be looked at, what has been asked for. It is kept in the ledger's event alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class TriggerMemory:
    """Names of conditions and of triggers, as one window left them.

    ``seen``: conditions met in the window itself; the others that stand are clearing, or ``unknown``: they could not be looked at.
    ``on``: triggers beside the conditions that were on, like ``incidents`` or ``schedule|2026-01-01|1``. ``asked``: those of all that stand
    for which a request was made since they began; what stands and is not among them is still owed. ``since``: the first day of the window
    in which each of them began. ``label_count``: outcomes that were known then.
    """

    seen: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    on: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()
    since: tuple[tuple[str, date], ...] = ()
    label_count: int | None = None


NO_MEMORY = TriggerMemory()

"""Decisions of a window in words: how many, and of which value of a segment where only its decisions count.

Put here how the exposure of a window is written; what it is compared with is ``window_view.py``.
"""

from __future__ import annotations

from registry.domain.recurrence import WindowDecision
from reports import wording
from reports.foreign_text import visible

_LONG = 60


def units_text(decision: WindowDecision) -> str:
    """Return the exposure of a window with its unit, and whose it is."""
    return wording.counted(decision.exposure, decision.unit or "observed day") + alone_text(decision)


def alone_text(decision: WindowDecision) -> str:
    """Return whose decisions alone count; empty where all do."""
    return f" of {visible(decision.holder.value, _LONG)} alone" if decision.holder else ""


def held_text(decision: WindowDecision) -> str:
    """Return why only the decisions of one value of a segment count; empty where all do."""
    held = decision.holder
    if held is None:
        return ""
    share = f"{held.occurrence_count:,} of {wording.counted(held.of_occurrence_count, 'occurrence')} before the fix"
    now = f"{held.after_count:,} of {wording.counted(held.of_after_count, decision.unit or 'observed day')} since"
    return f"those of {visible(held.name, _LONG)} {visible(held.value, _LONG)} alone: {share}, and {now}, were of it"

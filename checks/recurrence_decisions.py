"""Decisions out of signals: several reports about one decision are one occurrence, on either side of a fix.

Put here which signals are about the same decision. What a signal counts as is ``recurrence_occurrences.py``, what the number of them means
``recurrence_silence.py`` and ``recurrence_rate.py``.

The rules:
 * Signals that name their decision, and name the same one, are about one. Those that came through another issue are about its decisions.
 * A signal that names none is about a decision of its own: after a fix nothing that came back is hidden, and of a rate both sides are
   counted alike.
 * For the rate before a fix of what should be absent, too few are safer than too many: there, signals of one instant that name no decision
   count as one, and as none where another names the decision of that instant.
 * Of several signals about one decision the earliest stands for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from registry.domain.recurrence import Seen


def as_decisions(seen: Iterable[Seen]) -> tuple[Seen, ...]:
    """Return one signal for each decision, by the instant of the decision."""
    found: dict[tuple[str, ...], Seen] = {}
    for one in sorted(seen, key=_order):
        found.setdefault(_decision(one), one)
    return tuple(found.values())


def surely_distinct(seen: Iterable[Seen]) -> tuple[Seen, ...]:
    """Return as many signals as there are decisions at the least, by the instant of the decision."""
    ordered = sorted(seen, key=_order)
    named_at = {one.decided_at for one in ordered if one.decision_ref}
    found: dict[tuple[str, ...] | datetime, Seen] = {}
    for one in ordered:
        if one.decision_ref:
            found.setdefault(_decision(one), one)
        elif one.decided_at not in named_at:
            found.setdefault(one.decided_at, one)
    return tuple(found.values())


def _decision(one: Seen) -> tuple[str, ...]:
    return (one.same_cause_issue, "decision", one.decision_ref) if one.decision_ref else ("", "signal", one.key)


def _order(one: Seen) -> tuple[datetime, str]:
    return one.decided_at, one.key

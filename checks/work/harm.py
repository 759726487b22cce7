"""Harm: is it known that customers were harmed?

Put here how harm is known before an issue is to be closed; whether its customers are restored is ``checks/closure_recovery.py``.

The rules:
 * A signal of the present occurrence reports an impact that the policy calls harm, or the highest severity of the occurrence is one.
 * Where no signal says what happened to customers nobody knows, and that is no "no".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from checks.work.coverage import severity_asked
from registry.domain.reported import Reported
from registry.domain.signal import CustomerImpact, Severity
from registry.domain.work import Case


def find_harm(case: Case, reported: Reported, impacts: Collection[CustomerImpact], severities: Collection[Severity]) -> Iterator[str]:
    """Yield, in words, how harm is known; nothing where it is not."""
    yield from (f"{count} report {impact}" for impact, count in reported.impacts if impact in impacts)
    if (severity := severity_asked(case)) in severities:
        yield f"the occurrence was {severity}"


def is_harm_possible(case: Case, reported: Reported, impacts: Collection[CustomerImpact], severities: Collection[Severity]) -> bool:
    """Return whether customers were harmed, or nobody knows."""
    return not reported.impacts or any(find_harm(case, reported, impacts, severities))

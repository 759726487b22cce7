"""The effective fix: since when all traffic that a fix is about is served by a version at or after it.

Put a rule here when it says what the artifacts of a fix add up to. How each of them serves is ``recurrence_service.py``, what is counted
from then on belongs to ``recurrence.py``.

The rules, in the order the code applies them:
 * A fix is effective when all of its artifacts are, from the latest of their instants on.
 * It is never effective before the instant that was recorded for it, and not yet where that lies ahead.
 * Where the issue is closed and its fix does not serve all traffic, it says so: somebody should know before it comes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checks.recurrence_days import first_whole_day
from checks.recurrence_gaps import Gap, since_closing
from checks.recurrence_service import Service, find_services
from registry.domain.issue import EffectiveFix
from registry.domain.recurrence import Purpose, WindowInputs


@dataclass(frozen=True, slots=True)
class FixStanding:
    """How a fix serves: since when it is effective, or the code of why it is not, and how each artifact serves.

    ``gaps`` are the times in which it was taken back that last beyond the closure of its issue.
    """

    effective: EffectiveFix
    code: str
    services: Mapping[str, Service]
    gaps: tuple[Gap, ...]


def find_standing(inputs: WindowInputs) -> FixStanding:
    """Return how the fix of a window serves."""
    services = find_services(inputs)
    gaps = since_closing((gap for service in services.values() for gap in service.gaps), inputs.closed_at)
    return FixStanding(*_effective(inputs, services), services, gaps)


def _effective(inputs: WindowInputs, services: Mapping[str, Service]) -> tuple[EffectiveFix, str]:
    """Return since when the fix is effective, and the reason code where it is not."""
    interrupted = tuple(sorted({gap.from_at for service in services.values() for gap in service.gaps}))
    lacking = next((service for service in services.values() if service.effective_at is None), None)
    if lacking is not None:
        return EffectiveFix(None, None, _lacking(inputs, lacking), interrupted), lacking.code
    at = max([inputs.fix.effective_at, *(service.effective_at for service in services.values() if service.effective_at)])
    if at > inputs.as_of:
        reason = f"the fix is recorded as in force from {at:%Y-%m-%d %H:%M} UTC only"
        return EffectiveFix(None, None, reason, interrupted), "not_yet_in_force"
    reason = "; ".join(service.reason for service in services.values())
    return EffectiveFix(at, first_whole_day(at, inputs.zone), reason, interrupted), ""


def _lacking(inputs: WindowInputs, service: Service) -> str:
    if inputs.purpose is Purpose.CLOSURE:
        return service.reason
    return f"the issue is closed, and its fix does not serve all traffic: {service.reason}; serve it again, or reopen the issue"

"""What the key risk indicators of a day mean for a window: which of them stood on it, and which nobody knows to have been green.

Put here what becomes of a day's indicators in a window. How one is read is ``indicators.py``, how days are counted ``recurrence_days.py``.

The rules, of the indicators that the policy names:
 * One that was amber or red stood.
 * One that no run read was not read, nor one whose evidence was missing: neither is green.
 * One that is unknown because there is nothing that it could be read from holds nothing up: it would for ever.
"""

from __future__ import annotations

from collections.abc import Sequence

from registry.domain.policy_recurrence import RecurrencePolicy
from registry.domain.recurrence import Indicator, IndicatorKind, Light

_STANDS = frozenset({Light.AMBER, Light.RED})
Kinds = tuple[IndicatorKind, ...]


def lights_of(indicators: Sequence[Indicator], system_id: str, policy: RecurrencePolicy) -> tuple[Kinds, Kinds]:
    """Return which indicators stood on a day, and which were not read."""
    named = {IndicatorKind(name) for name in policy.indicators.amber_extends}
    ours = [one for one in indicators if one.system_id == system_id and one.kind in named]
    stood = {one.kind for one in ours if one.light in _STANDS}
    return tuple(sorted(stood)), tuple(sorted(named - {one.kind for one in ours if not one.is_missing}))

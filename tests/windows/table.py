"""Every scenario of a recurrence window, in one table.

Put here which scenarios there are; what they are belongs to the modules beside this one.
"""

from __future__ import annotations

from tests.windows.days import day_scenarios
from tests.windows.fixes import fix_scenarios
from tests.windows.rates import rate_scenarios
from tests.windows.scenario import Scenario
from tests.windows.segments import segment_scenarios
from tests.windows.signals import signal_scenarios
from tests.windows.taken_back import taken_back_scenarios
from tests.windows.zones import zone_scenarios


def every_scenario() -> tuple[Scenario, ...]:
    """Return the whole table, in the order it is printed."""
    return (
        *fix_scenarios(),
        *signal_scenarios(),
        *day_scenarios(),
        *zone_scenarios(),
        *rate_scenarios(),
        *segment_scenarios(),
        *taken_back_scenarios(),
    )

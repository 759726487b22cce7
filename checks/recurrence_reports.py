"""Reports of an issue that come late: as long as they took before the fix, quiet after it says nothing yet.

Put here how long a window waits for reports. What is late by the rows of a feed is its allowed lateness; days are ``recurrence_days.py``.

The rules, in the order the code applies them:
 * What counts is the time from the decision to its report, in civil days, of the issue's own signals about decisions from before the fix.
 * A window waits as long as the policy's share of them took, to the day, and at least as long as its slowest feed may be late. So a
   complaint that comes six weeks after the decision is waited for, whatever lateness the catalogue allows.
 * Where that is longer than the feeds may be late, it is told.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from registry.domain.decision import NotEvaluated
from registry.domain.recurrence import WindowInputs
from registry.domain.times import local_date


def waits_days(inputs: WindowInputs) -> int:
    """Return how many whole days after a decision its reports are waited for."""
    delays = _delays(inputs)
    return max(inputs.lateness_days, delays[math.ceil(inputs.policy.watch.report_delay_ratio * len(delays)) - 1] if delays else 0)


def find_slow_reports(inputs: WindowInputs) -> Iterator[NotEvaluated]:
    """Yield that the window waits longer than its feeds may be late."""
    waited = waits_days(inputs)
    if waited > inputs.lateness_days:
        share, own = f"{inputs.policy.watch.report_delay_ratio:.0%}", f"{len(_delays(inputs)):,} reports before the fix"
        told = f"{share} of the issue's own {own} came within {waited} days of the decision, where its feeds may be"
        reason = f"{told} {inputs.lateness_days} days late: the window waits {waited} days for reports about each of its own days"
        yield NotEvaluated("reports", "reports_take_longer", reason)


def _delays(inputs: WindowInputs) -> list[int]:
    """Return how many civil days each report took, in order."""
    own = (one for one in inputs.seen if not one.same_cause_issue and one.decided_at < inputs.fix.effective_at)
    return sorted((local_date(one.reported_at, inputs.zone) - local_date(one.decided_at, inputs.zone)).days for one in own)

"""Which windows a run does not judge that it should have, and what that means for its verdict.

Put here what is said of windows that are missing from a run. Which are due is ``registry/domain/trigger_windows.py``.

The rules, each of which keeps the run from passing:
 * Windows that the run leaves out for good are named by it, once.
 * A window that is not settled, among those that persistence looks back on, is named in every run until it is older: what it holds would
   count for what is decided now. Windows that begin before the end of the reference do not count: no run reads them again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from registry.domain.monitoring import Window, WindowKind, last_window_before
from registry.domain.trigger_run import Judged, SystemKnown, SystemRead, TriggerPlan
from registry.domain.trigger_windows import due_windows, first_from


def find_left_out(plan: TriggerPlan, known: SystemKnown, read: SystemRead, judged: Sequence[Judged]) -> Iterator[str]:
    """Yield what the run does not judge and what that means, newest windows last."""
    kind, most = known.system.monitoring.window, plan.policies.requests.catch_up_windows
    if read.skipped:
        yield (
            f"{_span(read.skipped, kind)} not judged, and no run will: {most} {kind}s are caught up; to have them judged after all, raise "
            "catch_up_windows of the policy; this is said once"
        )
    told = {one.decision.window for one in judged}
    newest = last_window_before(read.data_before_on, kind)
    counted = plan.policies.drift.persistence[kind].of_windows
    recent = due_windows(first_from(reference_to(known, read), kind), newest, kind, counted)
    waiting = [one.window for one in known.history.windows if one.window in recent and one.window not in told and not one.settled]
    if waiting:
        yield (
            f"{_span(waiting, kind)} not settled: not to be judged, or short of rows, and still so; read again in every run for {most} "
            f"{kind}s, and no run passes while they are among the last {counted}, which persistence counts"
        )


def reference_to(known: SystemKnown, read: SystemRead) -> date:
    """Return the day from which windows count for persistence: before it is the reference."""
    reference = read.reference.reference
    if reference is not None:
        return reference.profile.window.end_on
    return known.frozen.reference_to if known.frozen else known.system.monitoring.reference_to


def _span(windows: Sequence[Window], kind: WindowKind) -> str:
    told = f"{len(windows)} {kind}s" if len(windows) > 1 else f"1 {kind}"
    return f"{told} from {windows[0].start_on} until {windows[-1].end_on}"

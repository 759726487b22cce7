"""Which stories are not ok in a replay, for tests that spoil one thing of it.

Put here what tests of comparisons share; what they compare is ``true_replay.py``,
``true_windows.py``, ``true_releases.py`` and ``true_closings.py``.
"""

from __future__ import annotations

from dataclasses import replace

from deployments.demo.expectations import compare
from deployments.demo.played import PlayedClosing, PlayedRelease
from tests.demo.true_closings import true_closings
from tests.demo.true_releases import true_releases
from tests.demo.true_replay import Days, true_history
from tests.demo.true_windows import Windows, true_windows


def not_ok(
    days: Days,
    windows: Windows | None = None,
    releases: dict[str, PlayedRelease] | None = None,
    closings: dict[str, PlayedClosing] | None = None,
    **changes: object,
) -> set[str]:
    history = replace(true_history(), **changes) if changes else true_history()  # type: ignore[arg-type]
    judged = true_windows() if windows is None else windows
    played = true_releases() if releases is None else releases
    worked = true_closings() if closings is None else closings
    rows = compare(tuple(days.values()), history, tuple(judged.values()), releases=tuple(played.values()), closings=tuple(worked.values()))
    return {row.case for row in rows if not row.ok}

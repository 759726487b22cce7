"""Which stories are not ok in a replay, for tests that spoil one thing of it.

Put here what tests of comparisons share; what they compare is ``true_replay.py`` and ``true_windows.py``.
"""

from __future__ import annotations

from dataclasses import replace

from deployments.demo.expectations import compare
from tests.demo.true_replay import Days, true_history
from tests.demo.true_windows import Windows, true_windows


def not_ok(days: Days, windows: Windows | None = None, **changes: object) -> set[str]:
    history = replace(true_history(), **changes) if changes else true_history()  # type: ignore[arg-type]
    judged = true_windows() if windows is None else windows
    return {row.case for row in compare(tuple(days.values()), history, tuple(judged.values())) if not row.ok}

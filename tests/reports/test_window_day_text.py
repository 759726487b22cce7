"""A run of the recurrence monitoring as its artifact in the Prefect page: a table that fits, and the numbers of each window below it."""

from __future__ import annotations

from reports.window_day_text import recurrence_day_markdown, window_line
from tests.reports import window_samples as samples


def test_the_artifact_has_a_narrow_table_and_tells_each_window_below_it() -> None:
    day, _ = samples.a_run()
    shown = recurrence_day_markdown(day, "handed out").replace("\\", "")
    rows = [line for line in shown.splitlines() if line.startswith("| ") and not line.startswith("| ---")]
    assert rows[0] == "| Issue | Severity | Window |"
    assert len(rows) == 1 + len(day.windows) and all(len(row) < 140 for row in rows)
    for window in day.windows:
        assert f"- {window.issue_id}: {window_line(window)}" in shown
        assert all(f"- {window.issue_id}, missing: {text}" in shown for text in window.missing)
    assert any(window.missing for window in day.windows)


def test_a_run_without_windows_says_so() -> None:
    assert "No issue has a fix in force." in recurrence_day_markdown(samples.a_run_of_nothing())

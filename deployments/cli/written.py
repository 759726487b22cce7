"""Where the answer of a daily run is: its page, its seal, its anchor and its copies, as lines for people.

Put what daily commands say below their answer here; the answer itself is ``reports``.
"""

from __future__ import annotations

from registry.domain.triage_run import TriageResult
from registry.domain.trigger_run import TriggersResult


def where_written(result: TriageResult | TriggersResult) -> list[str]:
    """Return the lines, an empty one first; nothing where nothing was written."""
    from reports.exposure_view import attempt_text  # not needed for --help

    lines = [f"report  {result.report_path}"] if result.report_path else []
    if result.seal:
        lines.append(f"sealed  {result.seal:06d}{' (this day had been decided before; nothing was written)' if result.repeated else ''}")
    if result.attempt:
        lines.append(f"anchor  {attempt_text(result.attempt)}")
    lines += [f"copy    {found.subject}: {found.verdict} {found.reason}" for found in result.copies]
    return ["", *lines] if lines else []

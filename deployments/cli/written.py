"""Where the answer of a daily run is: its page, its seal, its anchor and its copies, as lines for people.

Put what daily commands say below their answer here; the answer itself is ``reports``.
"""

from __future__ import annotations

from registry.domain.closure_run import ClosureResult
from registry.domain.recurrence_run import RecurrenceResult
from registry.domain.triage_run import TriageResult
from registry.domain.trigger_run import TriggersResult


def where_closures_written(result: ClosureResult) -> list[str]:
    """Return the lines of a run over closures: the dossier of each that was news, then what ``where_written`` says."""
    dossiers = [f"dossier {one.decision.issue_id}  {one.report_path}" for one in result.judged if one.report_path]
    unchanged = len(result.judged) - len(dossiers) if any((result.seal, result.bundle_digest, dossiers)) else 0
    told = [f"{unchanged} of {len(result.judged)} closures say what they said before: not recorded again"] if unchanged else []
    lines = where_written(result)
    return ["", *dossiers, *told, *lines[1:]] if dossiers or told or lines else []


def where_written(result: TriageResult | TriggersResult | RecurrenceResult | ClosureResult) -> list[str]:
    """Return the lines, an empty one first; nothing where nothing was written."""
    from reports.exposure_view import attempt_text  # not needed for --help

    lines = [f"report  {result.report_path}"] if result.report_path else []
    if result.seal:
        lines.append(f"sealed  {result.seal:06d}{' (this day had been decided before; nothing was written)' if result.repeated else ''}")
    if result.attempt:
        lines.append(f"anchor  {attempt_text(result.attempt)}")
    lines += [f"copy    {found.subject}: {found.verdict} {found.reason}" for found in result.copies]
    return ["", *lines] if lines else []

"""Closures in words: the terminal, the Prefect artifact and the file of lines in a package say the same.

Put here how a closure, and a run over several, reads as text; its page is ``dossier_page.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

from registry.domain.closure import ClosureDecision, Dossier
from registry.domain.closure_run import ClosureDay
from registry.domain.decision import Verdict
from reports import wording
from reports.foreign_text import visible
from reports.markdown import markdown_text

_LONG, _MAX_LINES = 400, 50


def headline(day: ClosureDay) -> str:
    """Return the run in one sentence."""
    if not day.closures:
        return "No issue is in verification"
    counts = [(sum(one.verdict is verdict for one in day.closures), verdict) for verdict in Verdict]
    told = ", ".join(f"{count} {wording.VERDICT_WORDS[verdict].lower()}" for count, verdict in counts if count)
    return f"{wording.counted(len(day.closures), 'closure')}: {told}"


def closure_lines(decision: ClosureDecision) -> Iterator[str]:
    """Yield one closure: its verdict, then every gate with what it lacks and how to supply it, then who signs."""
    yield f"{decision.issue_id}  {decision.severity}  {decision.verdict.value.upper()}  {visible(decision.title, _LONG)}"
    for gate in decision.gates:
        yield f"  {gate.verdict.value:<12}  {wording.spoken(gate.gate)}: {visible(gate.summary, _LONG)}"
        for lack in gate.lacks:
            yield f"      missing  {visible(lack.missing, _LONG)}"
            yield f"      do       {visible(lack.remedy, _LONG)}"
    signers = ", ".join(role.replace("_", " ") for role in decision.asked) or "nobody: no rule of the policy covers it"
    yield f"  signs  {signers}{' (a signature of each)' if decision.needs_signature else ''}"
    if decision.residual:
        yield f"  remains  {visible(decision.residual, _LONG)}"


def dossier_lines(dossier: Dossier) -> list[str]:
    """Return one dossier as lines of text."""
    return list(closure_lines(dossier.decision))


def closure_day_text(day: ClosureDay) -> str:
    """Return the run for a terminal: the verdict first, then every closure with what it lacks."""
    lines = [f"{day.verdict.value.upper()}  {headline(day)}  ({day.business_date})"]
    for decision in day.closures:
        lines += ["", *closure_lines(decision)]
    return "\n".join(lines)


def closure_day_markdown(day: ClosureDay, anchored: str = "") -> str:
    """Return the run as Markdown for an artifact: verdict, a table, then what each closure lacks and how to supply it, or who signs."""
    shown = day.closures[:_MAX_LINES]
    table = ["| Issue | Severity | Verdict |", "| --- | --- | --- |"]
    for one in shown:
        cells = (f"{one.issue_id} {one.title}", one.severity.value, wording.VERDICT_WORDS[one.verdict])
        table.append(f"| {' | '.join(markdown_text(visible(cell, _LONG), _LONG) for cell in cells)} |")
    parts = [
        f"# {wording.VERDICT_WORDS[day.verdict]}: closures of {wording.day_text(day.business_date)}",
        headline(day),
        "\n".join(table) if day.closures else "",
        *(item for one in shown for item in _items(one)),
        f"{len(day.closures) - _MAX_LINES} more closures are in the report." if len(day.closures) > _MAX_LINES else "",
        f"Anchor of this run's seal: {markdown_text(anchored)}" if anchored else "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _items(decision: ClosureDecision) -> Iterator[str]:
    """Yield what has to be done about one closure, as items of a list."""
    if decision.verdict is Verdict.PASS:
        signers = ", ".join(role.replace("_", " ") for role in decision.asked) or "nobody"
        how = f"proofloop approve request {decision.issue_id} --action close writes what each signs"
        yield f"- **{decision.issue_id}: waits for the signatures of {markdown_text(signers)}**\n\n  {markdown_text(how)}"
    for gate in decision.gates:
        for lack in gate.lacks:
            missing = markdown_text(f"{wording.spoken(gate.gate)}: {lack.missing}", _LONG)
            yield f"- **{decision.issue_id}, {missing}**\n\n  {markdown_text(lack.remedy, _LONG)}"

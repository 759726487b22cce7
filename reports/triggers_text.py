"""A trigger decision for a terminal and as Markdown: what a person on call reads before opening the page.

Put plain text and Markdown of one decision here; the run over all systems is ``triggers_day_view``, the words both share are
``triggers_summary``. Texts from the world lose every control character, and every mark that Markdown could read.
"""

from __future__ import annotations

from collections.abc import Sequence

from registry.domain.monitoring import Window
from registry.domain.triggers import TriggerDecision, TriggerRequest
from reports import triggers_view as view
from reports import triggers_words as words
from reports.condition_words import plain_reason
from reports.foreign_text import visible
from reports.gaps_view import gaps
from reports.markdown import markdown_text
from reports.standing_view import conditions
from reports.triggers_summary import condition_text, headline, verdict_words, why_nothing

MAX_LINES = 8
_LONG = 300


def decision_lines(decision: TriggerDecision) -> list[str]:
    """Return the lines of one window: its verdict, what happened, what is asked or why nothing is, and what was not evaluated."""
    window = words.window_text(decision.window, decision.window_kind)
    blocks = (
        ("asked", [_asked(request) for request in decision.requests] or [f"nothing. {why_nothing(decision)}"]),
        ("withheld", _withheld(decision) if decision.requests else []),
        *((state, told) for state, told in _moved(decision).items()),
        ("note", [note for note in (view.score_note(decision),) if note]),
        ("condition", [f"{condition_text(one)}: {one.state.lower()}" for one in conditions(decision)]),
        ("not evaluated", [f"{gap.subject}: {gap.reason}" for gap in gaps(decision)]),
    )
    lines = [f"{visible(decision.system, _LONG)}  {decision.verdict.value}  {window}  {decision.row_count:,} rows"]
    lines.append(f"  {visible(headline(decision), _LONG)}")
    return [*lines, *(line for title, told in blocks for line in _block(title, told))]


def decision_markdown(decision: TriggerDecision) -> str:
    """Return one window as a section of an artifact."""
    window = words.window_text(decision.window, decision.window_kind)
    asked = [f"**Asked:** {markdown_text(_asked(request), _LONG)}" for request in decision.requests]
    parts = [
        f"## {markdown_text(decision.system)}, {window}: {markdown_text(verdict_words(decision).lower())}",
        markdown_text(headline(decision), _LONG),
        "  \n".join(asked) or f"**Nothing is asked.** {markdown_text(why_nothing(decision), _LONG)}",
        markdown_text(view.score_note(decision), _LONG),
        _table(("Condition", "State"), [(condition_text(one), one.state) for one in conditions(decision)]),
        _table(("Not evaluated", "Why"), [(gap.subject, gap.reason) for gap in gaps(decision)]),
    ]
    return "\n\n".join(part for part in parts if part)


def _asked(request: TriggerRequest) -> str:
    days = words.days_text(Window(request.data_from, request.data_to))
    return f"{words.ACTION_WORDS[request.action].lower()}, with the data of {days}: {plain_reason(request.reason)}"


def _moved(decision: TriggerDecision) -> dict[str, list[str]]:
    """Return the cells above their threshold or clearing, by what they came to."""
    found: dict[str, list[str]] = {}
    for cell in view.moved(decision):
        figures = f"psi {words.psi_text(cell.psi)}, threshold {words.psi_text(cell.threshold)}, {cell.row_count:,} rows"
        state = "clearing" if view.is_clearing(cell) else cell.state.value
        found.setdefault(state, []).append(f"{cell.column} in {cell.segment.name}  {figures}")
    return found


def _withheld(decision: TriggerDecision) -> list[str]:
    return [f"{words.ACTION_WORDS[one.action].lower()}: {plain_reason(one.reason)}" for one in decision.withheld]


def _block(title: str, told: Sequence[str]) -> list[str]:
    more = [f"  {title}  and {len(told) - MAX_LINES:,} more on the page"] if len(told) > MAX_LINES else []
    return [*(f"  {title}  {visible(line, _LONG)}" for line in told[:MAX_LINES]), *more]


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    lines = [header, ("---",) * len(header), *(tuple(map(markdown_text, row)) for row in rows[:MAX_LINES])]
    more = f"\n\nand {len(rows) - MAX_LINES:,} more on the page" if len(rows) > MAX_LINES else ""
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + more

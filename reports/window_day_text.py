"""A run of the recurrence monitoring in words: the terminal, the Prefect artifact and the list on its page say the same.

Put here how a run reads as text; a window's page of its own belongs elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from registry.domain.decision import Verdict
from registry.domain.exposure import EffectKind
from registry.domain.recurrence import Light, Outcome, WindowDecision
from registry.domain.recurrence_run import RecurrenceDay
from reports import wording
from reports.foreign_text import visible
from reports.markdown import markdown_text
from reports.window_units import units_text

OUTCOME_WORDS = {
    Outcome.NOT_OPEN: "not open: some traffic is not served by the fix",
    Outcome.WATCHING: "still watched",
    Outcome.SUSPENDED: "suspended: nobody is looking",
    Outcome.CLEAN: "clean",
    Outcome.RECURRED: "came back",
    Outcome.ELAPSED_UNEVIDENCED: "over without evidence",
}
_LONG, _MAX_LINES = 400, 50


def headline(day: RecurrenceDay) -> str:
    """Return the run in one sentence."""
    if not day.windows:
        return "No window could be judged"
    counts = [(sum(one.outcome is outcome for one in day.windows), words.partition(":")[0]) for outcome, words in OUTCOME_WORDS.items()]
    told = ", ".join(f"{count} {words}" for count, words in sorted(counts, reverse=True) if count)
    return f"{wording.counted(len(day.windows), 'window')}: {told}"


def window_line(window: WindowDecision) -> str:
    """Return one window in a sentence: how it stands, its days, its exposure and what came back."""
    days = f"{window.observed_days} of {window.required_days} observed days"
    if window.observed_days > window.required_days:
        days = f"{window.observed_days} observed days where {window.required_days} are needed"
    return "; ".join((OUTCOME_WORDS[window.outcome], days, *_counts(window)))


def recurrence_day_text(day: RecurrenceDay) -> str:
    """Return the run for a terminal: the verdict first, then every window with what it lacks, then indicators that are not green."""
    lines = [f"{day.verdict.value.upper()}  {headline(day)}  ({day.business_date})"]
    for window in day.windows:
        lines += ["", f"{window.issue_id}  {window.severity}  {visible(window.title, _LONG)}", f"  {window_line(window)}"]
        lines += [f"  because  {visible(reason.text, _LONG)}" for reason in window.reasons]
        lines += [f"  missing  {visible(text, _LONG)}" for text in window.missing]
    beside = list(_beside(day))
    return "\n".join([*lines, *([""] if beside else []), *beside])


def recurrence_day_markdown(day: RecurrenceDay, anchored: str = "") -> str:
    """Return the run as Markdown for an artifact: verdict, a table of the windows, then the numbers of each with what it lacks."""
    shown = day.windows[:_MAX_LINES]
    table = ["| Issue | Severity | Window |", "| --- | --- | --- |"]
    for window in shown:
        cells = (f"{window.issue_id} {window.title}", window.severity.value, OUTCOME_WORDS[window.outcome])
        table.append(f"| {' | '.join(markdown_text(visible(cell, _LONG), _LONG) for cell in cells)} |")
    parts = [
        f"# {wording.VERDICT_WORDS[day.verdict]}: recurrence windows of {wording.day_text(day.business_date)}",
        headline(day),
        "\n".join(table) if day.windows else "No issue has a fix in force.",
        "\n".join(f"- {markdown_text(line, _LONG)}" for window in shown for line in _numbers(window)),
        f"{len(day.windows) - _MAX_LINES} more windows are in the report." if len(day.windows) > _MAX_LINES else "",
        "\n".join(f"- {markdown_text(line, _LONG)}" for line in _beside(day)),
        f"Anchor of this run's seal: {markdown_text(anchored)}" if anchored else "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _numbers(window: WindowDecision) -> Iterator[str]:
    yield f"{window.issue_id}: {window_line(window)}"
    yield from (f"{window.issue_id}, missing: {text}" for text in window.missing)


def _counts(window: WindowDecision) -> tuple[str, ...]:
    unit = window.unit or "observed day"
    if window.effect.kind is EffectKind.RATE:
        limit = "nobody knows how many" if window.limit is None else f"{window.limit:.3%}"
        return (f"{window.after.occurrence_count:,} of {wording.counted(window.exposure, unit)}, where {limit} may be",)
    exposure = f"{units_text(window)}, of {_required(window)}" if window.holder else f"{units_text(window)} of {_required(window)}"
    return exposure, wording.counted(len(window.occurrences), "occurrence")


def _required(window: WindowDecision) -> str:
    return "an amount that cannot be known" if window.required_exposure is None else f"{window.required_exposure:,.0f}"


def _beside(day: RecurrenceDay) -> Iterator[str]:
    for one in day.indicators:
        if one.light is not Light.GREEN:
            yield f"indicator  {one.system_id}  {wording.spoken(one.kind)}: {one.light}  {visible(one.reason, _LONG)}"
    for found in day.findings:
        if found.check not in {"recurrence", "indicator"} and found.verdict is not Verdict.PASS:
            yield f"{found.check}  {found.verdict.value}  {visible(found.reason, _LONG)}"

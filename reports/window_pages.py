"""The pages of a run of the recurrence monitoring: the list of its windows, which a person opens first, and one page for each window.

Put here which pages a run has, under which names, and what the list shows; what the page of one window shows is ``window_page.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from registry.domain.canonical import digest_bytes, record_json
from registry.domain.decision import NotEvaluated, Verdict
from registry.domain.feed import FileRef
from registry.domain.recurrence import Light, Outcome, WindowDecision
from registry.domain.recurrence_run import RecurrenceDay, WindowJudged
from reports import wording
from reports.rendering import render_page
from reports.triage_package import DECISION, PAGE
from reports.triage_summary import Figure
from reports.triggers_package import record_name
from reports.window_acts import Act, acts, waits_for_somebody
from reports.window_day_text import headline, window_line
from reports.window_page import render_window
from reports.window_view import LIGHT_TONES, OUTCOME_TITLES

# Outcomes somebody has something to do about, the most pressing first; of the others the watch takes care.
_ACTING = (Outcome.RECURRED, Outcome.SUSPENDED, Outcome.ELAPSED_UNEVIDENCED, Outcome.NOT_OPEN, Outcome.CLEAN)
_MAX_ROWS, _MAX_ACTS = 200, 12
_MEANINGS = {
    Verdict.PASS: "Every window that was looked at is clean.",
    Verdict.INCONCLUSIVE: "Nothing came back for certain, and not every window shows that it stays away.",
    Verdict.FAIL: "Something came back after its fix. Someone has to act.",
}


@dataclass(frozen=True, slots=True)
class WindowRow:
    """One window in the list: the decision, its outcome and its numbers in words, and the file of its page."""

    decision: WindowDecision
    outcome: str
    line: str
    page: str


def page_name(record: str) -> str:
    """Return the file of a window's page, by the file of its decision.

    >>> page_name("decision-00007.json")
    'report-00007.html'
    """
    return record.replace("decision-", "report-").replace(".json", ".html")


def window_pages(day: RecurrenceDay, judged: Sequence[WindowJudged], zone: str) -> dict[str, bytes]:
    """Return every page of a run by its file: the same bytes for the same values."""
    names = [record_name(number) for number in range(1, len(judged) + 1)]
    pages = {page_name(name): _window_page(day, one, name) for name, one in zip(names, judged, strict=True)}
    return {PAGE: render_window_day(day, judged, list(pages), zone), **pages}


def render_window_day(day: RecurrenceDay, judged: Sequence[WindowJudged], pages: Sequence[str], zone: str) -> bytes:
    """Return the list of the windows; ``pages`` are the files of their pages, in the same order."""
    lights = [
        (one.system_id, wording.spoken(one.kind.value), LIGHT_TONES[one.light], one.light.value, one.reason) for one in day.indicators
    ]
    return render_page(
        "window_day.html.j2",
        day=day,
        headline=headline(day),
        meaning=_MEANINGS[day.verdict],
        date_text=wording.day_text(day.business_date),
        decided_at=wording.time_text(day.as_of, zone),
        tone=day.verdict.value,
        verdict_word=wording.VERDICT_WORDS[day.verdict],
        figures=_figures(day),
        acts=list(_acts(judged))[:_MAX_ACTS],
        gaps=list(_gaps(day)),
        rows=[_row(one.decision, page) for one, page in zip(judged, pages, strict=True)][:_MAX_ROWS],
        left_out=max(0, len(judged) - _MAX_ROWS),
        indicators=lights,
        max_rows=_MAX_ROWS,
        digests=[(item.name, item.digest) for item in day.inputs],
        record_name=DECISION,
    )


def _window_page(day: RecurrenceDay, one: WindowJudged, name: str) -> bytes:
    indicators = [light for light in day.indicators if light.system_id == one.decision.system]
    content = record_json(one.decision)
    evidence = (FileRef(name, digest_bytes(content), len(content), 0),)
    return render_window(one.decision, one.told, indicators, evidence=evidence, record_name=name, run_page=PAGE)


def _row(decision: WindowDecision, page: str) -> WindowRow:
    return WindowRow(decision, OUTCOME_TITLES[decision.outcome], window_line(decision), page)


def _acts(judged: Sequence[WindowJudged]) -> Iterator[Act]:
    """Yield what has to be done now, the most pressing first, each with the issue it is about."""
    asking = [one for outcome in _ACTING for one in judged if one.decision.outcome is outcome]
    for one in (*asking, *(one for one in judged if waits_for_somebody(one.decision))):
        first = acts(one.decision, one.inputs)[0]
        yield replace(first, what=f"{one.decision.title}: {first.what}")


def _gaps(day: RecurrenceDay) -> Iterator[NotEvaluated]:
    """Yield what was not evaluated, each thing once with how many windows it is of."""
    found: dict[tuple[str, str], list[NotEvaluated]] = {}
    for one in day.not_evaluated:
        found.setdefault((one.reason_code, one.reason), []).append(one)
    for same in found.values():
        yield same[0] if len(same) == 1 else replace(same[0], subject=f"{same[0].subject}, and {len(same) - 1:,} more")


def _figures(day: RecurrenceDay) -> tuple[Figure, ...]:
    count = {outcome: sum(one.outcome is outcome for one in day.windows) for outcome in Outcome}
    of = f"of {wording.counted(len(day.windows), 'window')}"
    lights = sum(one.light in (Light.AMBER, Light.RED) for one in day.indicators)
    unseen = count[Outcome.SUSPENDED]
    return (
        Figure(f"{count[Outcome.RECURRED]:,}", "came back", of, bool(count[Outcome.RECURRED])),
        Figure(f"{unseen:,}", "suspended", of, bool(unseen)),
        Figure(f"{count[Outcome.ELAPSED_UNEVIDENCED]:,}", "over without evidence", of, False),
        Figure(f"{count[Outcome.WATCHING] + count[Outcome.NOT_OPEN]:,}", "watched or not open", of, False),
        Figure(f"{count[Outcome.CLEAN]:,}", "clean", of, False),
        Figure(f"{lights:,}", "amber or red", f"of {wording.counted(len(day.indicators), 'indicator')}", bool(lights)),
    )

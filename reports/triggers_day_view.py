"""A run over the watched systems as it is read: page, artifact and terminal.

Put here what is shown of a run as a whole, what acts first; one window has a page of its own, ``triggers_page``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from registry.domain.catalogue import SystemEntry
from registry.domain.decision import Finding, Verdict
from registry.domain.monitoring import Window
from registry.domain.trigger_run import Judged, SystemDay, TriggersDay
from registry.domain.triggers import TriggerDecision, TriggerRequest
from reports import wording
from reports.condition_words import plain_reason
from reports.foreign_text import visible
from reports.markdown import markdown_text
from reports.rendering import render_page
from reports.triggers_summary import headline as headline_of
from reports.triggers_text import decision_lines, decision_markdown
from reports.triggers_view import owner_of
from reports.triggers_words import ACTION_WORDS, VERDICT_MEANINGS, days_text, window_text

MAX_ROWS = 200
_WORST = {Verdict.FAIL: 0, Verdict.INCONCLUSIVE: 1, Verdict.PASS: 2}
_MARKS = {Verdict.FAIL: "■", Verdict.INCONCLUSIVE: "▲", Verdict.PASS: "●"}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: a system, or one of its windows."""

    system: str
    tone: str
    mark: str
    word: str
    window: str
    reason: str
    file: str = ""


def headline(day: TriggersDay) -> str:
    """Return the run in one sentence."""
    if not day.days:
        return "No system is watched"
    counts = [(sum(one.verdict is verdict for one in day.days), word) for verdict, word in _HEADS]
    told = ", ".join(f"{count} {word}" for count, word in counts if count)
    return f"{wording.counted(len(day.days), 'watched system')}: {told}"


_HEADS = ((Verdict.FAIL, "moved, broken, worse or due"), (Verdict.INCONCLUSIVE, "could not be told"), (Verdict.PASS, "quiet"))


def asked(day: TriggersDay, judged: Sequence[Judged] = ()) -> list[tuple[str, str]]:
    """Return what is asked for and why, for each request; of whom, where ``judged`` holds the catalogue's entry of the system."""
    entries = {one.decision.system: one.inputs.system.entry for one in judged}
    return [
        (
            f"{one.system}: {_whom(request, entries.get(one.system))}, with the data of "
            f"{days_text(Window(request.data_from, request.data_to))}",
            plain_reason(request.reason),
        )
        for one in day.days
        for request in one.requests
    ]


def asked_lines(day: TriggersDay) -> list[str]:
    """Return what is asked for, a line for each request."""
    return [f"{line}: {reason}" for line, reason in asked(day)]


def _whom(request: TriggerRequest, entry: SystemEntry | None) -> str:
    action = ACTION_WORDS[request.action].lower()
    if entry is None:
        return action
    owner, role = owner_of(request.action, entry)
    return f"{action}, asked of {owner or 'nobody, since the catalogue names nobody'} ({role.lower()})"


def system_rows(day: TriggersDay, pages: dict[str, str] | None = None, decisions: Sequence[TriggerDecision] = ()) -> list[Row]:
    """Return a row for each system, what acts or is missing first; ``pages`` holds the page of each decision's record.

    ``decisions`` are those of this run: a system that was judged is told as its own page tells it.
    """
    ranked = sorted(day.days, key=lambda one: (_WORST[one.verdict], one.system))
    return [_row(one, (pages or {}).get(one.record, ""), decisions) for one in ranked]


def render_triggers_day(day: TriggersDay, judged: Sequence[Judged], pages: dict[str, str], zone: str) -> bytes:
    """Return the page that lists every system and window of a run: the same bytes for the same values."""
    rows = system_rows(day, pages, [one.decision for one in judged])
    return render_page(
        "triggers_day.html.j2",
        headline=headline(day),
        date_text=wording.day_text(day.business_date),
        decided_at=wording.time_text(day.as_of, zone),
        tone=day.verdict.value,
        verdict_word=wording.VERDICT_WORDS[day.verdict],
        meaning=VERDICT_MEANINGS[day.verdict],
        asked=asked(day, judged)[:MAX_ROWS],
        rows=rows[:MAX_ROWS],
        more=max(0, len(rows) - MAX_ROWS),
        windows=list(_window_rows(judged, pages))[:MAX_ROWS],
        policy_digest=day.policy_digest,
        events=day.knowledge_cut.events,
    )


def triggers_day_text(day: TriggersDay, decisions: Sequence[TriggerDecision]) -> str:
    """Return the run for a terminal: the verdict first, what is asked, what stands, what was not judged."""
    lines = [f"{day.verdict.value.upper()}  {headline(day)}  ({day.business_date})"]
    lines += [f"  asked  {visible(line, _LONG)}" for line in asked_lines(day)] or ["  nothing is asked"]
    for decision in decisions:
        lines += ["", *decision_lines(decision)]
    judged = {decision.system for decision in decisions}
    standing = [f"{one.system}  {one.verdict.value}  {visible(one.reason, _LONG)}" for one in day.days if one.system not in judged]
    findings = [f"{found.check}  {found.verdict.value}  {visible(found.reason, _LONG)}" for found in day.findings if _is_beside(found)]
    return "\n".join([*lines, *([""] if standing else []), *standing, *([""] if findings else []), *findings])


def triggers_day_markdown(day: TriggersDay, anchored: str = "", decisions: Sequence[TriggerDecision] = ()) -> str:
    """Return the run as Markdown for an artifact: verdict, what is asked, a table of the systems, and the first windows of this run."""
    rows = system_rows(day, decisions=decisions)
    table = ["| System | Verdict | Window | Why |", "| --- | --- | --- | --- |"]
    table += [
        f"| {' | '.join(markdown_text(text) for text in (row.system, row.word, row.window, row.reason))} |" for row in rows[:_MAX_LINES]
    ]
    parts = [
        f"# {wording.VERDICT_WORDS[day.verdict]}: retraining triggers of {wording.day_text(day.business_date)}",
        f"{headline(day)}\n\n{VERDICT_MEANINGS[day.verdict]}",
        "\n".join(f"- {markdown_text(line)}" for line in asked_lines(day)) or "Nothing is asked.",
        "\n".join(table),
        f"{len(rows) - _MAX_LINES} more systems are in the report." if len(rows) > _MAX_LINES else "",
        *(decision_markdown(decision) for decision in decisions[:_MAX_WINDOWS]),
        f"Anchor of this run's seal: {markdown_text(anchored)}" if anchored else "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


_MAX_LINES, _MAX_WINDOWS = 20, 5
_LONG = 400


def _row(one: SystemDay, page: str, decisions: Sequence[TriggerDecision]) -> Row:
    window = days_text(one.window) if one.window else ""
    return Row(one.system, one.verdict.value, _MARKS[one.verdict], wording.VERDICT_WORDS[one.verdict], window, _why(one, decisions), page)


def _why(one: SystemDay, decisions: Sequence[TriggerDecision]) -> str:
    """Return why a system has its verdict: its worst window of this run in a sentence, and what was left out of the run."""
    own = [decision for decision in decisions if decision.system == one.system]
    if not own:
        return plain_reason(one.reason)
    worst = min(own, key=lambda decision: _WORST[decision.verdict])
    named = f"{window_text(worst.window, worst.window_kind)}: " if worst.window != one.window else ""
    return " ".join((*(f"{text[:1].upper()}{text[1:]}." for text in one.left_out), f"{named}{headline_of(worst)}"))


def _window_rows(judged: Sequence[Judged], pages: dict[str, str]) -> Iterator[Row]:
    for one, page in zip(judged, pages.values(), strict=True):
        decision = one.decision
        asked = ", ".join(ACTION_WORDS[request.action] for request in decision.requests) or "nothing"
        shown = window_text(decision.window, decision.window_kind)
        yield Row(
            decision.system, decision.verdict.value, _MARKS[decision.verdict], wording.VERDICT_WORDS[decision.verdict], shown, asked, page
        )


def _is_beside(finding: Finding) -> bool:
    """Return whether a finding is of the run itself, and not a system's verdict, which stands above it."""
    return finding.verdict is not Verdict.PASS and (finding.check != "triggers" or finding.subject == "*")

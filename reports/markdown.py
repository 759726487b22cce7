"""The day as Markdown for an artifact of the run: a verdict, a table of counts, the duties that press.

Put Markdown here. Every mark that Markdown or HTML could read in a text from the world has a backslash before it, addresses included, so
that a text stays a text and nothing becomes a link or a picture. (Prefect's page shows character references as they are written.)
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from registry.domain.anchoring import SealedDay
from registry.domain.approving import ApprovalResult
from registry.domain.triage import TriageDay
from registry.domain.work import Refusal
from registry.domain.work_run import StepResult
from reports import triage_summary, triage_view, wording
from reports.exposure_view import exposure_findings, sealed_day_rows
from reports.foreign_text import MAX_SHOWN_CHARS, visible

MAX_ROWS = 20
# ASCII punctuation but the marks that mean nothing to any Markdown dialect inside a table cell.
_MEANT = re.compile(r"[!-$&-+\-.:<-@\[-`{-~]")


def markdown_text(text: str, max_chars: int = 200) -> str:
    """Return ``text`` so that Markdown shows it as it is.

    >>> print(markdown_text("a|<b>"))
    a\\|\\<b\\>
    """
    return _MEANT.sub(r"\\\g<0>", visible(text, max_chars).strip(" "))  # blanks in front of an item would make a block of code of it


def triage_markdown(day: TriageDay, anchored: str = "") -> str:
    """Return the day in the order it is acted on: the pressing duties, what changed, the counts, what was not looked at.

    ``anchored`` says what became of handing out the head that this day's seal made.
    """
    doubt = ", but nothing was received" if triage_summary.is_unproven(day) else ""
    word = f"{wording.VERDICT_WORDS[day.verdict]}{doubt}"
    parts = [
        f"# {word}: daily triage of {wording.day_text(day.business_date)}",
        f"{triage_summary.headline(day)}\n\n{triage_summary.meaning(day)}",
        "\n".join(f"- {markdown_text(reason.text)}" for reason in day.reasons),
        _section("Who must act by when", ("Status", "Due", "What", "Owner", "Issue"), _duties(day)),
        _section("New, came back, escalated", ("What", "Severity", "Issue", "Arithmetic"), _changes(day)),
        _table(
            ("What", "Count"),
            [(figure.label, f"{figure.number} ({figure.note})") for figure in triage_summary.figures(day)] + _tallies(day),
        ),
        _section("Not looked at", ("Subject", "State", "Why"), _gaps(day)),
        _section("Evidence, before this day was sealed", ("What", "Found"), [(f.check, f.reason) for f in exposure_findings(day)]),
        "" if not anchored else f"Anchor of this day's seal: {markdown_text(anchored)}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def sealed_day_markdown(day: SealedDay) -> str:
    """Return the daily seal: its verdict, why, and the exposure window as a table."""
    parts = [
        f"# {wording.VERDICT_WORDS[day.verdict]}: daily seal of {wording.day_text(day.business_date)}",
        "\n".join(f"- {markdown_text(reason.text)}" for reason in day.reasons),
        _table(("What", "Found"), sealed_day_rows(day)),
    ]
    return "\n\n".join(parts) + "\n"


def _tallies(day: TriageDay) -> list[tuple[str, str]]:
    return [(row.label.lower(), wording.share(row.tally)) for row in triage_view.set_aside(day) + triage_view.quiet_issues(day)]


def _duties(day: TriageDay) -> list[tuple[str, ...]]:
    return [
        (
            wording.DUTY_STATUS_WORDS[line.duty.status],
            wording.distance(line.duty.due_at, day.as_of),
            wording.spoken(line.duty.duty) + (f" ({line.duty.basis})" if line.duty.basis else ""),
            triage_view.owner_of(line.duty) or "nobody named",
            line.title or line.duty.issue_id,
        )
        for line in triage_view.duty_lines(day)
        if line.duty.status not in triage_view.WAITING
    ]


def _gaps(day: TriageDay) -> list[tuple[str, ...]]:
    if not day.feeds:
        return [("every system", "No feed", "no feed was due or read")]
    return [(gap.subject, gap.state, gap.reason) for gap in triage_view.gaps(day, {})]


def _changes(day: TriageDay) -> list[tuple[str, ...]]:
    return [
        (
            wording.CHANGE_WORDS[line.change.kind],
            line.change.issue.severity.value,
            line.change.issue.title,
            wording.arithmetic(line.change.spike) if line.change.spike else line.change.reason,
        )
        for line in triage_view.headline_changes(day)
    ]


def step_markdown(result: StepResult) -> str:
    """Return what became of a step: what it still lacks and how to meet it, or where it is recorded."""
    submission, receipt = result.decision.submission, result.receipt
    what = f"{submission.kind} on {submission.issue_id} by {submission.by} as {submission.role}"
    if receipt is None:
        return _refused(what, result.decision.refusals)
    rows = [
        ("Event", str(receipt.seq)),
        ("State now", receipt.state),
        ("Document", receipt.document_digest),
        ("Package", receipt.bundle_digest),
    ]
    word = "Recorded before" if result.repeated else "Recorded"
    look = _section("Look", ("Where", "Why"), [(found.subject, found.reason) for found in result.decision.findings])
    return "\n\n".join(filter(None, [f"# {word}: {markdown_text(what)}", _table(("What", "Value"), rows), look])) + "\n"


def approval_markdown(result: ApprovalResult) -> str:
    """Return what became of an approval: what it lacks and how to meet it, or where it is recorded and who is still asked."""
    request, receipt = result.decision.request, result.receipt
    what = f"{request.action} of {request.issue} by {request.printed_name} as {request.role}"
    if receipt is None:
        return _refused(what, result.decision.refusals)
    coverage = result.decision.coverage
    rows = [("Event", str(receipt.seq)), ("State now", receipt.state), ("Known as", result.decision.kind.value)]
    if coverage is not None:
        rows.append(("Still asked", "nobody" if coverage.is_complete else ", ".join(coverage.missing)))
    if request.break_glass:
        rows.append(("Glass broken", "yes: every report of the issue shows it"))
    return f"# {'Recorded before' if result.repeated else 'Recorded'}: {markdown_text(what)}\n\n{_table(('What', 'Value'), rows)}\n"


def _refused(what: str, refusals: Sequence[Refusal]) -> str:
    """Return everything that is missing as a list: Prefect's page cuts the cells of a table off at its edge."""
    lines = [(markdown_text(one.reason, MAX_SHOWN_CHARS), markdown_text(one.remedy, MAX_SHOWN_CHARS)) for one in refusals]
    listed = [f"- **{reason}**  \n  {remedy}" for reason, remedy in lines]
    told = (
        f"Nothing was recorded. {wording.counted(len(refusals), 'requirement is', 'requirements are')} not met; do what stands below each:"
    )
    return "\n\n".join([f"# Refused: {markdown_text(what)}", told, *listed]) + "\n"


def _section(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    more = f"\n\nand {len(rows) - MAX_ROWS:,} more on the page" if len(rows) > MAX_ROWS else ""
    return f"## {title}\n\n{_table(header, rows[:MAX_ROWS])}{more}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *([markdown_text(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)

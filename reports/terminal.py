"""The day in a terminal: what a person on call reads before opening the page.

Put plain-text summaries here. Texts from the world lose every control character, so that none can colour, move or erase what was printed.
"""

from __future__ import annotations

from collections.abc import Sequence

from registry.domain.decision import Verdict
from registry.domain.triage import Duty, DutyKind, TriageDay
from reports import triage_summary, triage_view, wording
from reports.foreign_text import cell_width, visible

MAX_LINES = 12
_MAX_CELL = 60


def triage_text(day: TriageDay) -> str:
    """Return the summary: verdict first, then who must act, what was not looked at, what changed, and counts with denominators."""
    blocks = [_verdict_block(day), _held_block(day), _duty_block(day), _gap_block(day), _change_block(day), _count_block(day)]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _verdict_block(day: TriageDay) -> list[str]:
    word = wording.VERDICT_WORDS[day.verdict].upper()
    doubt = " BUT NOTHING WAS RECEIVED" if triage_summary.is_unproven(day) else ""
    systems = wording.counted(len(day.systems), "system")
    lines = [f"{word}{doubt}  daily triage of {wording.day_text(day.business_date)}, {systems}", f"  {triage_summary.headline(day)}"]
    return lines + [f"  - {visible(reason.text, 200)}" for reason in day.reasons]


def _held_block(day: TriageDay) -> list[str]:
    rows = [("CHANGED" if found.verdict is Verdict.FAIL else "held", found.subject, found.reason) for found in triage_view.held(day)]
    return _titled("Must stay as it is", rows)


def _duty_block(day: TriageDay) -> list[str]:
    rows = [
        (
            wording.DUTY_STATUS_WORDS[line.duty.status].upper(),
            wording.distance(line.duty.due_at, day.as_of),
            line.duty.severity.value,
            wording.spoken(line.duty.duty),
            triage_view.owner_of(line.duty) or "nobody named",
            " ".join(filter(None, (line.duty.issue_id, line.title, f"({clock})" if (clock := _clock(line.duty)) else ""))),
        )
        for line in triage_view.duty_lines(day)
    ]
    return _titled("Who must act by when", rows)


def _clock(duty: Duty) -> str:
    """Return where a deadline comes from, beyond its severity, and how much of its time is used."""
    kind = "" if duty.kind is DutyKind.SEVERITY else wording.DUTY_KIND_WORDS[duty.kind]
    return "; ".join(filter(None, (kind, duty.basis, wording.alarm(duty))))


def _gap_block(day: TriageDay) -> list[str]:
    if not day.feeds:
        return ["Not looked at", "  no feed was due or read"]
    return _titled("Not looked at", [(gap.subject, gap.state, gap.reason) for gap in triage_view.gaps(day, {})])


def _change_block(day: TriageDay) -> list[str]:
    changes = [line.change for line in triage_view.headline_changes(day)]
    return _titled(
        "New, came back, escalated",
        [
            (
                wording.CHANGE_WORDS[change.kind],
                change.issue.severity.value,
                change.issue.issue_id,
                change.issue.title,
                wording.arithmetic(change.spike) if change.spike else change.reason,
            )
            for change in changes
        ],
    )


def _count_block(day: TriageDay) -> list[str]:
    read = len(day.feeds) - len(triage_view.unread_feeds(day))
    tallies = [("new issues", day.new), ("came back", day.reactivated)]
    tallies += [(row.label.lower(), row.tally) for row in triage_view.set_aside(day) + triage_view.quiet_issues(day)]
    rows = [("feeds read", f"{read:,} of {len(day.feeds):,}")] + [(label, wording.share(tally)) for label, tally in tallies]
    return ["Counts", *_aligned(rows)]


def _titled(title: str, rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    more = [f"  and {len(rows) - MAX_LINES:,} more on the page"] if len(rows) > MAX_LINES else []
    return [title, *_aligned(rows[:MAX_LINES]), *more]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Pad every column but the last, which alone may be long."""
    shown = [[*(visible(cell, _MAX_CELL) for cell in row[:-1]), visible(row[-1], 200)] for row in rows]
    widths = [max(cell_width(row[column]) for row in shown) for column in range(len(shown[0]) - 1)]
    return ["  " + "".join(_padded(cell, width) for cell, width in zip(row, [*widths, 0], strict=True)).rstrip() for row in shown]


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - cell_width(cell) + 2)

"""How imports and exports read: what came in and which lines a catalogue file needs, what went out and what stayed.

Put wording of ``proofloop exchange`` here; its questions are ``exchange.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from registry.domain.exchange import IssueExported, RegisterExported

if TYPE_CHECKING:
    from registry.exchange.feed_file import Joined
    from registry.exchange.rows import Imported

_MAX_LINES = 20


def import_text(imported: Imported, joined: Joined, out: Path, quarantine: Path | None, feed: str) -> list[str]:
    """Return what an import did, for people, and the feed that reads its file."""
    counts = f"{joined.new_count} new, {joined.changed_count} changed, {joined.unchanged_count} as before"
    aside = [f"  row {row.row}: {row.reason}" for row in joined.set_aside[:_MAX_LINES]]
    more = [f"  and {len(joined.set_aside) - _MAX_LINES} more"] if len(joined.set_aside) > _MAX_LINES else []
    return [
        f"{imported.of_rows} findings: {counts}, {imported.duplicate_count} said twice, {len(joined.set_aside)} set aside",
        f"{out} holds {joined.row_count}",
        *([f"set aside, listed in {quarantine}:", *aside, *more] if quarantine else []),
        "",
        "A system reads them with these lines below `signals:` in its file of systems/; change what they mean there:",
        "",
        *feed.rstrip().splitlines(),
    ]


def export_text(exported: IssueExported | RegisterExported, out: Path) -> list[str]:
    """Return what was handed out, and what was not, for people."""
    if isinstance(exported, RegisterExported):
        return [f"{exported.count} issues written to {out}, as after event {exported.last_event}"]
    left = exported.withheld
    return [
        f"{exported.issue.issue_id} written to {out}: {len(exported.steps)} steps, {len(exported.approvals)} approvals, "
        f"{len(exported.signals)} of {left.of} signals for {exported.purpose}",
        *(f"  left out {count}: {reason}" for reason, count in left.reasons.items()),
    ]

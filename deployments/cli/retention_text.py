"""How retention reads: what is due, what would go and what went, as lines for people and documents for programs.

Put wording of ``proofloop retention`` here; its questions are ``retention.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deployments.cli.issues import aligned
from registry.domain.canonical import digest_bytes, plain
from registry.domain.preservation import order_told
from registry.domain.retention import LegalHold, RetentionItem, RetentionStatus

if TYPE_CHECKING:
    from deployments.removal import Outcome, PlannedRemoval

_MAX_LINES = 40


def shown_item(item: RetentionItem) -> dict[str, Any]:
    """Return a file as the documents show it."""
    return {**plain(item), "path": item.path}


def due_text(on: date, items: Iterable[RetentionItem], holds: Iterable[LegalHold]) -> list[str]:
    """Return what is due, what is held and what has no date, for people."""
    listed = list(items)
    counts = Counter((item.kind.value, item.status.value) for item in listed)
    rows = [(kind, status, f"{count} files") for (kind, status), count in sorted(counts.items())]
    orders = [(hold.hold_id, hold.scope.value, hold.target, hold.by, hold.reason) for hold in holds]
    return [
        f"{sum(item.status is RetentionStatus.DUE for item in listed)} of {len(listed)} files are due on {on}",
        *aligned(rows),
        *(["", "Holds", *aligned(orders)] if orders else []),
        *_files("Due", [item for item in listed if item.status is RetentionStatus.DUE]),
        *_files("Never due as it stands", [item for item in listed if item.status in (RetentionStatus.NO_START, RetentionStatus.NO_RULE)]),
    ]


def _files(title: str, items: list[RetentionItem]) -> list[str]:
    if not items:
        return []
    rows = [(item.path, item.kind.value, item.due_on.isoformat() if item.due_on else "no date", item.reason) for item in items[:_MAX_LINES]]
    more = [f"  and {len(items) - _MAX_LINES} more with --json"] if len(items) > _MAX_LINES else []
    return ["", title, *aligned(rows), *more]


def dry_text(planned: PlannedRemoval, request: Path | None) -> list[str]:
    """Return what a removal would take, for people."""
    count, size = len(planned.items), sum(item.size_bytes for item in planned.items)
    written = [f"request written to {request}: sign it with `ssh-keygen -Y sign -f KEY -n ROLE {request}`"] if request else []
    return [
        f"dry run: {count} files, {size} bytes would be removed; nothing was changed",
        *_files("Due", list(planned.items)),
        *held_back_text(planned),
        *written,
    ]


def held_back_text(planned: PlannedRemoval) -> list[str]:
    """Return what preservation holds keep from going, for people; nothing where they keep nothing."""
    if not planned.held_back:
        return []
    return [f"{len(planned.held_back)} files that are due otherwise are refused:", *(f"  {order_told(hold)}" for hold in planned.holding)]


def done_text(outcome: Outcome) -> list[str]:
    """Return what a removal took, for people."""
    removed, waiting = outcome.removed.paths, outcome.removed.waiting
    return [
        f"{len(removed)} files removed" if removed else "no file removed: nothing is due, or nothing may go yet",
        *(f"  {path}" for path in removed[:_MAX_LINES]),
        *([f"  and {len(removed) - _MAX_LINES} more with --json"] if len(removed) > _MAX_LINES else []),
        *([f"certificate sealed in package {outcome.bundle_digest}"] if outcome.bundle_digest else []),
        *(
            f"{path}: listed as removed, and kept by a hold or an open issue since; `evidence verify` tells so until that ends"
            for path in waiting
        ),
        *(finding.reason for finding in outcome.pending),
    ]


def removal_document(planned: PlannedRemoval, outcome: Outcome | None) -> dict[str, Any]:
    """Return the JSON document of a removal; without ``outcome``, of a dry run."""
    return {
        "kind": "retention_removal",
        "schema_version": 1,
        "dry_run": outcome is None,
        "request_digest": digest_bytes(planned.request_bytes),
        "files": [shown_item(item) for item in planned.items],
        "held_back": [item.path for item in planned.held_back],
        "holding": plain(planned.holding),
        "removed": list(outcome.removed.paths) if outcome else [],
        "waiting": list(outcome.removed.waiting) if outcome else [],
        "bundle_digest": outcome.bundle_digest if outcome else "",
        "pending": [plain(finding) for finding in outcome.pending] if outcome else [],
    }

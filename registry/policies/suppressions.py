"""Suppressions: named, dated decisions of people not to open issues for certain signals (``suppressions.yaml`` of a workspace).

Put the reading of that file here; what a suppression hides on a day is decided in ``checks``.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from registry.documents import Document, read_document
from registry.domain.catalogue import SystemEntry
from registry.domain.policy import Suppression, SuppressionMode
from registry.errors import ConfigurationError
from registry.schemas import Schema, Slug, Text, refusal, shown, validated


def _written_date(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise refusal("a date like 2026-01-31", shown(value), "write the last day as year-month-day") from None


class SuppressionRow(Schema):
    """One entry. ``expires_on`` is the last day on which it applies; ``monitor`` only reports what it would hide."""

    id: Slug
    owner: Text
    reason: Annotated[Text, Field(min_length=10)]
    expires_on: Annotated[date, BeforeValidator(_written_date, json_schema_input_type=date)]
    mode: SuppressionMode
    system: Slug
    feed: Slug | None = None
    match: Annotated[dict[Text, str], Field(min_length=1)]


class SuppressionFile(Schema):
    """``suppressions.yaml``."""

    suppressions: Annotated[tuple[SuppressionRow, ...], Field(min_length=1)]


def load_suppressions(path: Path) -> tuple[Suppression, ...]:
    """Return the suppressions in ``path``, expired ones too; none where there is no such file.

    Raises:
        ConfigurationError: every problem of the file.
    """
    if not path.exists():
        return ()
    document = read_document(path)
    rows = validated(SuppressionFile, document).suppressions
    repeated = _repeated_ids(document, rows)
    if repeated:
        raise ConfigurationError(repeated)
    return tuple(_suppression(row) for row in rows)


def find_dangling_suppressions(path: Path, systems: tuple[SystemEntry, ...]) -> tuple[str, ...]:
    """Return a problem for each suppression that names a system, feed or fingerprint field that the catalogue does not have."""
    if not path.exists():
        return ()
    document = read_document(path)
    known = {system.system_id: {feed.name: set(feed.fingerprint) for feed in system.feeds} for system in systems}
    problems = (_dangling(document, index, found, known) for index, found in enumerate(load_suppressions(path)))
    return tuple(problem for problem in problems if problem)


def _dangling(document: Document, index: int, found: Suppression, known: dict[str, dict[str, set[str]]]) -> str | None:
    at: tuple[str | int, ...] = ("suppressions", index)
    if found.system_id not in known:
        return document.problem((*at, "system"), f"expected one of {_listed(known)}, found {found.system_id!r}; correct the system")
    feeds = known[found.system_id]
    if found.feed and found.feed not in feeds:
        return document.problem((*at, "feed"), f"expected one of {_listed(feeds)}, found {found.feed!r}; correct the feed")
    fields = feeds[found.feed] if found.feed else set().union(*feeds.values())
    unknown = sorted(set(found.match) - fields)
    if unknown:
        return document.problem(
            (*at, "match", unknown[0]), f"expected one of {_listed(fields)}, found {unknown[0]!r}; name a fingerprint field"
        )
    return None


def _repeated_ids(document: Document, rows: tuple[SuppressionRow, ...]) -> list[str]:
    ids = [row.id for row in rows]
    again = [index for index, found in enumerate(ids) if found in ids[:index]]
    return [document.problem(("suppressions", i, "id"), f"expected each id once, found {ids[i]!r} again; rename one") for i in again]


def _suppression(row: SuppressionRow) -> Suppression:
    return Suppression(row.id, row.owner, row.reason, row.expires_on, row.mode, row.system, row.feed or "", dict(row.match))


def _listed(names: Any) -> str:
    return ", ".join(sorted(names)) or "none"

"""Binders for pages: an empty one, one of a long archive, and ones that say given texts in every place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from registry.domain.binder import Binder, BoundEvent, BoundFile, BoundPackage, Checked
from registry.domain.canonical import digest_of
from registry.domain.issue_file import IssueFile
from reports.binder_issue import render_bound_issue
from reports.binder_pages import binder_pages
from reports.binder_places import places_of
from tests.reports.issue_samples import a_full_issue

FIRST = date(2020, 10, 1)
MADE_AT = datetime(2020, 11, 1, 12, tzinfo=UTC)
CHECKED = Checked("pass", 1, 3, 1, 0, "L1 signed", "a rewritten archive", ())


def a_package(seq: int = 1, **changes: Any) -> BoundPackage:
    """Return a package of a triage that failed."""
    files = tuple(BoundFile(name, digest_of(name), is_here=True) for name in ("decision.json", "ledger.jsonl", "report.html"))
    base = BoundPackage(
        seq=seq,
        sealed_at=MADE_AT,
        digest=digest_of(f"seal {seq}"),
        prev="none",
        manifest_digest=digest_of("manifest"),
        bundle_digest=digest_of(f"bundle {seq}"),
        day=FIRST,
        flow="triage",
        verdict="fail",
        systems=("fraud_filter",),
        issues=(),
        files=files,
        events=(BoundEvent(seq, "0" * 64, "TriageDecided", "fraud_filter", "", "machine", digest_of(f"bundle {seq}")),),
    )
    return replace(base, **changes)


def a_binder(packages: Sequence[BoundPackage] = (), issues: Sequence[IssueFile] = (), **changes: Any) -> Binder:
    """Return a binder beside the archive."""
    return replace(Binder(MADE_AT, "UTC", "../../archive", CHECKED, tuple(packages), tuple(issues)), **changes)


def a_long_binder(days: int) -> Binder:
    """Return a binder of a package a day."""
    return a_binder([a_package(number + 1, day=FIRST + timedelta(days=number)) for number in range(days)])


def pages_of(binder: Binder) -> dict[str, bytes]:
    """Return every page by its path."""
    return dict(binder_pages(binder))


def page_of(binder: Binder, path: str) -> bytes:
    """Return one page."""
    return pages_of(binder)[path]


def issue_page(binder: Binder, file: IssueFile) -> bytes:
    """Return the page of an issue in a binder."""
    return render_bound_issue(file, binder.packages, places_of(binder), ("Binder", "../index.html"))


def named_by(texts: Sequence[str]) -> Binder:
    """A package that says each text in every place, and an issue of each as title, system and id."""
    files = tuple(BoundFile(text, text, is_here=here) for text in texts for here in (True, False))
    events = tuple(BoundEvent(number, text, text, text, text, text, text) for number, text in enumerate(texts, 1))
    package = a_package(
        systems=tuple(texts), issues=tuple(texts), files=files, events=events, verdict=texts[0], prev=texts[0], digest=texts[-1]
    )
    full = a_full_issue()
    issues = [
        replace(full, case=replace(full.case, issue=replace(full.case.issue, issue_id=f"{n} {text}", title=text, system_id=text)))
        for n, text in enumerate(texts[:3])
    ]
    checked = replace(CHECKED, verdict="fail", problems=tuple(texts), level=texts[0], leaves_unseen=texts[-1])
    return a_binder([package], issues, checked=checked)

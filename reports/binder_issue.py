"""An issue's page in the binder: the page that ``issue page`` writes, with every event's package and the last piece of evidence on it.

Put what leads from an issue into the archive here. Everything else on the page is ``issue_page.py``'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from registry.domain.binder import BoundPackage
from registry.domain.events import EventKind
from registry.domain.issue_export import DOSSIER_PAGE
from registry.domain.issue_file import IssueFile, ToldEvent
from reports import wording
from reports.binder_places import Places, Way, package_page
from reports.issue_page import event_title, issue_values
from reports.rendering import render_page


def render_bound_issue(file: IssueFile, packages: Sequence[BoundPackage], places: Places, back: Way) -> bytes:
    """Return the page; ``back`` leads to the binder's first page."""
    by_name = {package.name: package for package in packages}
    record = [_row(event, file, by_name, places) for event in file.events]
    rested = [row for row in record if row["cited"]]
    dossiers = [pages for row in rested if (pages := _dossier(row))]
    return render_page(
        "binder_issue.html.j2",
        ways=[back, *places.system_ways([file.case.issue.system_id])],
        record=record,
        last_evidence=_last(rested[-1]) if rested else None,
        dossier=dossiers[-1] if dossiers else [],
        **issue_values(file),
    )


def _row(event: ToldEvent, file: IssueFile, packages: Mapping[str, BoundPackage], places: Places) -> Mapping[str, Any]:
    cites = str(event.envelope["data"].get("bundle_digest") or "")
    sealed, cited = packages.get(Path(event.package).name), places.bundles.get(cites)
    return {
        "seq": event.seq,
        "kind": event.envelope["kind"],
        "when": wording.time_text(datetime.fromisoformat(event.envelope["as_of"]), file.zone),
        "what": event_title(event),
        "digest": event.digest,
        "sealed": sealed and (sealed.name, package_page(sealed), sealed.digest),
        "cites": cites,
        "cited": cited and (cited.name, package_page(cited), cited.bundle_digest),
        "pages": places.page_ways(cited) if cited else [],
    }


def _dossier(row: Mapping[str, Any]) -> list[Way]:
    """Return the dossier as it was proposed, or as it was sealed with the signature that closed the issue."""
    pages: list[Way] = row["pages"]
    return pages if row["kind"] == EventKind.CLOSURE_JUDGED else [way for way in pages if way[0] == DOSSIER_PAGE]


def _last(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"what": row["what"], "when": row["when"], "package": row["cited"], "pages": row["pages"]}

"""The pages of a binder: an index, lists by system, flow, verdict and month, and a page of each package and of each issue.

Put what these pages say here, and which of them there are. An issue's page is the one of ``issue_page.py`` with its way into the archive
around it; names and links are ``binder_places.py``. It shows values and decides nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from registry.domain.binder import FLOWS, VERDICTS, Binder, BoundEvent, BoundPackage
from registry.domain.issue import IssueState
from registry.domain.issue_file import IssueFile
from reports import wording
from reports.binder_issue import render_bound_issue
from reports.binder_places import FOLDER, INDEX, Places, Way, package_page, places_of
from reports.rendering import render_page
from reports.triage_summary import Figure

MARK = "proofloop binder"
"""What the first page of a binder says, and no other page: by it a folder is known that may be replaced."""

_BACK: Way = ("Binder", f"../{INDEX}")
_MAX_ROWS, _MAX_EVENTS, _MAX_ISSUES = 100, 500, 3
_WHAT = {"flow": FLOWS, "verdict": VERDICTS}
_ISSUES = "issues.html"


def binder_pages(binder: Binder) -> Iterator[tuple[str, bytes]]:
    """Yield each page's path in the folder and its bytes; the same values give the same bytes."""
    places = places_of(binder)
    lists = _lists(binder, places)
    yield INDEX, _index(binder, lists)
    for found in (page for pages in lists.values() for page in pages):
        yield from _list_pages(found, binder, places)
    everything = [_issue_row(file, places) for file in binder.issues]
    yield f"{FOLDER}/{_ISSUES}", _list_page("All issues", wording.counted(len(everything), "issue"), issues=everything)
    for package in binder.packages:
        yield f"{FOLDER}/{package_page(package)}", _package(package, binder, places)
    for file in binder.issues:
        yield f"{FOLDER}/{places.issues[file.case.issue.issue_id]}", render_bound_issue(file, binder.packages, places, _BACK)


class _List:
    """One list: its title, its page, and what stands on it."""

    def __init__(self, title: str, page: str, packages: Sequence[BoundPackage], issues: Sequence[IssueFile] = ()) -> None:
        self.title, self.page, self.packages, self.issues = title, page, packages, issues

    @property
    def count(self) -> str:
        issues = f"{wording.counted(len(self.issues), 'issue')}, " if self.issues else ""
        return issues + wording.counted(len(self.packages), "package")


def _lists(binder: Binder, places: Places) -> Mapping[str, list[_List]]:
    of_system, of = defaultdict(list), defaultdict(list)
    for package in binder.packages:
        for system in package.systems:
            of_system[system].append(package)
        for what in ("flow", "verdict", "month"):
            of[what, getattr(package, what)].append(package)
    issues = {system: [file for file in binder.issues if file.case.issue.system_id == system] for system in places.systems}
    months = sorted({package.month for package in binder.packages}, reverse=True)
    return {
        "By system": [_List(system, page, of_system[system], issues[system]) for system, page in places.systems.items()],
        "By flow": [_List(wording.spoken(flow), f"flow-{flow}.html", of["flow", flow]) for flow in FLOWS],
        "By verdict": [_List(_verdict_word(one), f"verdict-{one}.html", of["verdict", one]) for one in VERDICTS],
        "By month": [_List(month, f"month-{month}.html", of["month", month]) for month in months],
    }


def _verdict_word(verdict: str) -> str:
    return "Nothing judged" if verdict == "none" else wording.spoken(verdict)


def _index(binder: Binder, lists: Mapping[str, list[_List]]) -> bytes:
    checked, last = binder.checked, binder.packages[-1] if binder.packages else None
    notes = {"By flow": "of the run or act it is from", "By verdict": "the worst that it says", "By month": "of the day it is about"}
    ways = [
        (title, notes.get(title, ""), [(found.title, found.count, f"{FOLDER}/{found.page}") for found in pages])
        for title, pages in lists.items()
    ]
    issues = [("All issues", wording.counted(len(binder.issues), "issue"), f"{FOLDER}/{_ISSUES}")]
    return render_page(
        "binder.html.j2",
        mark=MARK,
        made=wording.time_text(binder.made_at, binder.zone),
        figures=_figures(binder),
        checked=checked,
        problem_count=wording.counted(len(checked.problems), "problem"),
        head=last
        and {
            "name": last.name,
            "digest": last.digest,
            "link": f"{FOLDER}/{package_page(last)}",
            "sealed": wording.time_text(last.sealed_at, binder.zone),
        },
        lists=[("Issues", "each with its graph", issues), *ways],
    )


def _figures(binder: Binder) -> tuple[Figure, ...]:
    states = [file.case.issue.state for file in binder.issues]
    failed = sum(package.verdict == "fail" for package in binder.packages)
    files = sum(len(package.files) for package in binder.packages)
    closed = sum(state is IssueState.CLOSED for state in states)
    return (
        Figure(f"{len(binder.packages):,}", "packages", f"{files:,} files", False),
        Figure(f"{len(states):,}", "issues", f"{closed:,} closed", False),
        Figure(f"{failed:,}", "packages that say fail", "each says why", bool(failed)),
        Figure(f"{len(binder.checked.problems):,}", "problems found", "while it was verified", binder.checked.verdict != "pass"),
    )


def _list_pages(found: _List, binder: Binder, places: Places) -> Iterator[tuple[str, bytes]]:
    """Yield a list, and where it is long a page for each of its months."""
    issues = [_issue_row(file, places) for file in found.issues]
    by_month: dict[str, list[BoundPackage]] = defaultdict(list)
    for package in found.packages:
        by_month[package.month].append(package)
    if len(found.packages) <= _MAX_ROWS or len(by_month) < 2:
        rows = _rows(found.packages, binder, places)
        yield f"{FOLDER}/{found.page}", _list_page(found.title, found.count, issues=issues, packages=rows)
        return
    stem = found.page.removesuffix(".html")
    pages = {month: f"{stem}.{month}.html" for month in sorted(by_month, reverse=True)}
    months = [(month, wording.counted(len(by_month[month]), "package"), page) for month, page in pages.items()]
    yield f"{FOLDER}/{found.page}", _list_page(found.title, found.count, issues=issues, months=months)
    for month, page in pages.items():
        title, note = f"{found.title}, {month}", wording.counted(len(by_month[month]), "package")
        rows, ways = _rows(by_month[month], binder, places), [_BACK, (found.title, found.page)]
        yield f"{FOLDER}/{page}", _list_page(title, note, ways=ways, packages=rows)


def _list_page(title: str, note: str, ways: Sequence[Way] = (_BACK,), **shown: Sequence[Any]) -> bytes:
    return render_page("binder_list.html.j2", title=title, note=note, ways=ways, **{"issues": (), "months": (), "packages": (), **shown})


def _rows(packages: Iterable[BoundPackage], binder: Binder, places: Places) -> list[Mapping[str, Any]]:
    return [
        {
            "name": package.name,
            "link": package_page(package),
            "day": wording.day_text(package.day),
            "sealed": wording.time_text(package.sealed_at, binder.zone),
            "flow": package.flow,
            "verdict": package.verdict,
            "systems": places.system_ways(package.systems),
            "issues": places.issue_ways(package.issues)[:_MAX_ISSUES],
            "more_issues": max(0, len(package.issues) - _MAX_ISSUES),
            "pages": places.page_ways(package),
        }
        for package in packages
    ]


def _issue_row(file: IssueFile, places: Places) -> Mapping[str, Any]:
    issue = file.case.issue
    return {
        "issue_id": issue.issue_id,
        "title": issue.title,
        "link": places.issues[issue.issue_id],
        "state": issue.state.value,
        "severity": issue.severity.value,
        "system": issue.system_id,
    }


def _package(package: BoundPackage, binder: Binder, places: Places) -> bytes:
    return render_page(
        "binder_package.html.j2",
        package=package,
        ways=[_BACK, (wording.spoken(package.flow), f"flow-{package.flow}.html"), (package.month, f"month-{package.month}.html")],
        systems=places.system_ways(package.systems),
        issues=places.issue_ways(package.issues),
        sealed=wording.time_text(package.sealed_at, binder.zone),
        files=[(file, places.file_link(package, file.name) if file.is_here else "") for file in package.files],
        events=[_event(event, places) for event in package.events[:_MAX_EVENTS]],
    )


def _event(event: BoundEvent, places: Places) -> tuple[BoundEvent, str, list[Way]]:
    ways = places.issue_ways([event.issue]) or places.system_ways([event.system])
    return event, wording.event_words(event.kind) if event.kind else "not readable", ways

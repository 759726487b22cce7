"""The binder's pages: what stands on them, that long lists are cut by month, and that every link between them leads to a page."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from registry.domain.binder import Binder, BoundFile
from registry.domain.canonical import digest_of
from reports.binder_places import named
from tests.reports.binder_samples import CHECKED, a_binder, a_long_binder, a_package, named_by, pages_of
from tests.reports.issue_samples import a_full_issue
from tests.reports.test_issue_page import text_of
from tests.walking import links, walked


def laid_out(binder: Binder, folder: Path) -> Path:
    """Write the pages, and an archive of empty files beside them; return the first page."""
    for path, content in pages_of(binder).items():
        (folder / "binder" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "binder" / path).write_bytes(content)
    for package in binder.packages:
        for file in package.files:
            (folder / "archive" / package.name).mkdir(parents=True, exist_ok=True)
            (folder / "archive" / package.name / file.name).write_bytes(b"")
    return folder / "binder" / "index.html"


def test_a_binder_of_nothing_says_so(tmp_path: Path) -> None:
    binder = a_binder(checked=replace(CHECKED, verdict="inconclusive", level="", packages=0, problems=("expected packages, found none",)))

    page = text_of(pages_of(binder)["index.html"])
    assert "none: nothing is sealed yet" in page and "expected packages, found none" in page and "0 issues" in page
    walked(laid_out(binder, tmp_path))


def test_the_first_page_says_that_it_is_no_record_and_what_was_not_looked_at() -> None:
    page = text_of(pages_of(a_binder([a_package()]))["index.html"])

    assert "The binder is a rendering; the archive is the record." in page
    assert "When this binder was made, and not since." in page
    assert "L1 signed : a rewritten archive" in page
    assert "proofloop evidence verify --recompute" in page
    assert digest_of("seal 1") in page


def test_an_archive_that_does_not_verify_has_no_level_and_names_its_problems() -> None:
    checked = replace(CHECKED, verdict="fail", level="", problems=tuple(f"000001/a{number}: altered" for number in range(30)))
    page = text_of(pages_of(a_binder([a_package()], checked=checked))["index.html"])

    assert "none: only an archive that passes has one" in page
    assert "30 problems, the first 20 here" in page and "000001/a19: altered" in page and "000001/a20" not in page


def test_a_package_is_in_the_list_of_its_system_flow_verdict_and_month() -> None:
    pages = pages_of(a_binder([a_package(flow="gate", verdict="inconclusive")]))

    for name in ("system-fraud_filter", "flow-gate", "verdict-inconclusive", "month-2020-10"):
        assert "package-000001.html" in links(pages[f"pages/{name}.html"])
    for name in ("flow-triage", "verdict-pass"):
        assert "Nothing is here." in text_of(pages[f"pages/{name}.html"])


def test_every_link_leads_to_a_page_and_every_page_is_reached(tmp_path: Path) -> None:
    binder = a_binder([a_package(), a_package(2, flow="archive", systems=(), verdict="none")], [a_full_issue()])
    first = laid_out(binder, tmp_path)

    found = walked(first)
    assert set(first.parent.rglob("*.html")) <= found.keys()
    assert set((tmp_path / "archive").rglob("*.*")) <= found.keys()


def test_a_long_list_is_cut_by_month_and_a_short_one_is_not(tmp_path: Path) -> None:
    short, long = pages_of(a_long_binder(100)), pages_of(a_long_binder(365))

    assert "pages/flow-triage.2020-10.html" not in short
    assert len([path for path in long if re.fullmatch(r"pages/flow-triage\.\d{4}-\d\d\.html", path)]) == 12
    assert "package-000001.html" not in links(long["pages/flow-triage.html"])
    assert "package-000001.html" in links(long["pages/flow-triage.2020-10.html"])
    walked(laid_out(a_long_binder(120), tmp_path))


def test_the_same_values_give_the_same_bytes() -> None:
    assert pages_of(a_binder([a_package()], [a_full_issue()])) == pages_of(a_binder([a_package()], [a_full_issue()]))


def test_a_file_that_was_removed_is_named_and_not_linked() -> None:
    page = pages_of(a_binder([a_package(files=(BoundFile("signals.jsonl", digest_of("gone"), is_here=False),))]))[
        "pages/package-000001.html"
    ]

    assert "signals.jsonl not here" in text_of(page) and digest_of("gone") in text_of(page)
    assert not [link for link in links(page) if "signals" in link]


def test_an_issue_leads_to_the_package_that_each_event_rests_on() -> None:
    file = a_full_issue()
    data = {**file.events[-1].envelope["data"], "bundle_digest": digest_of("bundle 1")}
    last = replace(file.events[-1], envelope={**file.events[-1].envelope, "data": data}, package="/somewhere/000002")
    file = replace(file, events=(*file.events[:-1], last))
    pages = pages_of(a_binder([a_package(), a_package(2)], [file]))
    page = pages[f"pages/issue-{file.case.issue.issue_id}.html"]

    assert {"package-000001.html", "package-000002.html", "../../archive/000001/report.html"} <= set(links(page))
    assert "package 000001 : report.html" in text_of(page)
    assert all(event.digest in page.decode() for event in file.events)


def test_names_that_no_file_may_have_become_others_and_lead_there(tmp_path: Path) -> None:
    hostile = ("../../etc/passwd", "javascript:alert(1)", "a b#c?d", "<script>", "x" * 300)
    binder = named_by(hostile)
    pages = pages_of(binder)

    assert all(re.fullmatch(r"(pages/)?[A-Za-z0-9_.-]{1,120}\.html", path) and ".." not in path for path in pages)
    for content in pages.values():
        assert not [link for link in links(content) if ":" in link or "etc" in link or " " in link]
        assert b"<script" not in content


def test_names_that_differ_in_case_only_have_pages_of_their_own() -> None:
    pages = named("issue", ["ISS-1", "iss-1", "ISS-2"])

    assert pages["ISS-2"] == "issue-ISS-2.html"
    assert len({page.lower() for page in pages.values()}) == 3

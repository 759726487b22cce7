"""The binder of a bank whose issue was closed by signatures: read in a browser from its first page to the last piece of evidence."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from registry.domain.issue_export import DOSSIER_PAGE
from tests.browser import chromium
from tests.cli.calling import Called
from tests.clocks import a_set_clock
from tests.closed_bank import CLEAN_ON, ClosedBank, settled
from tests.walking import walked

__all__ = ["chromium", "settled"]


@pytest.fixture(scope="module")
def finished(settled: ClosedBank, tmp_path_factory: pytest.TempPathFactory) -> ClosedBank:
    """Return the bank after the last signature. Not to be changed."""
    bank = settled.copy(tmp_path_factory.mktemp("finished") / "bank")
    with a_set_clock():
        bank.verify(CLEAN_ON)
        assert bank.approve_on(CLEAN_ON) == "closed"
    return bank


@pytest.fixture
def closed(finished: ClosedBank, tmp_path: Path) -> ClosedBank:
    """Return a bank of the test's own whose issue was closed by signatures."""
    return finished.copy(tmp_path / "bank")


def made(bank: ClosedBank, *words: object, code: int = 0) -> Called:
    return bank.say("binder", *words, "--json", code=code)


def archive_of(bank: ClosedBank) -> Path:
    return bank.root / ".state" / "archive"


def last_approval(bank: ClosedBank) -> Path:
    return max(archive_of(bank).glob("*/approval.html"))


def test_every_page_and_every_sealed_file_is_reached_and_the_archive_still_verifies(closed: ClosedBank) -> None:
    called = made(closed)
    assert (called.document["verdict"], called.document["problems"]) == ("pass", [])

    index = Path(called.document["index"])
    assert index == closed.root / ".state" / "binder" / "index.html"
    found = walked(index)
    sealed = {path for path in archive_of(closed).glob("[0-9]*/*") if path.is_file()}
    assert sealed and {path.resolve() for path in sealed} <= found.keys()
    assert set(index.parent.resolve().rglob("*.html")) <= found.keys()
    assert closed.say("evidence", "verify", "--json").document["verdict"] == "pass"


def test_one_clicks_from_the_first_page_to_the_last_evidence_of_the_closed_issue(closed: ClosedBank, chromium: Any) -> None:
    index = Path(made(closed).document["index"])
    chromium.get(index.as_uri())
    for link in ("fee_bot", closed.issue.title, "approval.html"):
        if link == "approval.html":
            assert chromium.find_element("css selector", "#last-evidence").find_elements("link text", DOSSIER_PAGE)
            assert "closed" in chromium.find_element("css selector", "header").text.lower()
            chromium.find_element("css selector", "#last-evidence").find_element("link text", link).click()
        else:
            chromium.find_element("link text", link).click()
        assert chromium.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
    assert chromium.current_url == last_approval(closed).resolve().as_uri()
    assert "proposal to close" in chromium.find_element("css selector", "body").text
    assert not [entry for entry in chromium.get_log("browser") if entry["level"] == "SEVERE"]


def test_a_binder_is_replaced_and_nothing_else_is(closed: ClosedBank, tmp_path: Path) -> None:
    target, other = tmp_path / "a binder", tmp_path / "other"
    made(closed, "--to", target)
    (target / "pages" / "old.html").write_text("of an earlier one")
    made(closed, "--to", target)
    assert not (target / "pages" / "old.html").exists() and walked(target / "index.html")
    (other / "pages").mkdir(parents=True)
    (other / "index.html").write_text("a site of somebody")
    refused = made(closed, "--to", other, code=2)
    assert "an earlier binder" in refused.err
    assert (other / "index.html").read_text() == "a site of somebody"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("place", ["archive", "archive/binder", "", "archive/000001"])
def test_it_is_never_written_into_the_archive_or_around_it(closed: ClosedBank, place: str) -> None:
    refused = made(closed, "--to", archive_of(closed).parent / place, code=2)

    assert "outside the archive" in refused.err
    assert closed.say("evidence", "verify", "--json").document["verdict"] == "pass"


def test_of_an_altered_archive_it_says_so_on_its_first_page_and_in_its_exit_code(closed: ClosedBank) -> None:
    altered = archive_of(closed) / "000001" / "ledger.jsonl"
    altered.write_bytes(b"not a line\n" + altered.read_bytes())
    (archive_of(closed) / "seals" / "000002.sha256").write_bytes(b"not a manifest\n")
    called = made(closed, code=1)

    page = Path(called.document["index"]).read_text()
    assert "000001/ledger.jsonl: expected" in page and "none: only an archive that passes has one" in page
    walked(Path(called.document["index"]))


def test_an_archive_whose_files_are_gone_is_listed_without_links_to_them(closed: ClosedBank) -> None:
    shutil.rmtree(archive_of(closed) / "000001")
    called = made(closed, code=1)

    assert json.dumps(called.document["problems"]).count("000001")
    index = Path(called.document["index"])
    assert "not here" in (index.parent / "pages" / "package-000001.html").read_text()
    walked(index)


def test_the_issue_page_of_the_binder_names_every_event_and_its_seal(closed: ClosedBank) -> None:
    index = Path(made(closed).document["index"])
    page = (index.parent / "pages" / f"issue-{closed.issue.issue_id}.html").read_text()
    shown = closed.say("issue", "show", closed.issue.issue_id, "--json").document

    assert len(shown["events"]) > 5
    assert all(f"{event['seq']:,}" in page and event.get("digest", event.get("hash", "")) in page for event in shown["events"])

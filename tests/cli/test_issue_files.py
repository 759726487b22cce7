"""issue show and issue page: what comes next, the evidence graph, and the page that is handed to others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.catalogue.workspaces import a_workspace
from tests.cli.calling import an_opening, call, fill_ledger


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace whose only system has one issue that a machine opened."""
    fill_ledger(a_workspace(tmp_path), an_opening("A-1", state="new_signal"))
    return tmp_path


def test_an_issue_says_what_comes_next_by_whom_and_which_command_starts_it(capsys: pytest.CaptureFixture[str], workspace: Path) -> None:
    lines = call(capsys, "--workspace", workspace, "issue", "show", "A-1").out.splitlines()

    told = lines[lines.index("What comes next") :]
    assert told[1].startswith("  assign: ")
    assert any(line.startswith("    start proofloop issue assign A-1 --by ") for line in told)
    assert lines.index("What comes next") < lines.index("What happened")


def test_the_graph_is_told_with_what_it_lacks(capsys: pytest.CaptureFixture[str], workspace: Path) -> None:
    out = call(capsys, "--workspace", workspace, "issue", "show", "A-1").out

    assert "Evidence graph: 3 gaps up to new_signal" in out
    assert "missing  signal: an issue in new_signal is asked for it" in out
    assert "      -> classified as L3" in out


def test_the_document_keeps_its_shape_and_adds_the_graph(capsys: pytest.CaptureFixture[str], workspace: Path) -> None:
    document = call(capsys, "--workspace", workspace, "issue", "show", "A-1", "--json").document

    assert {"kind", "schema_version", "issue", "events", "signals"} < document.keys()
    assert [node["kind"] for node in document["graph"]["nodes"]] == ["issue", "harm_or_control_classification"]
    assert [edge["relation"] for edge in document["graph"]["edges"]] == ["classified as"]
    assert document["graph"]["is_complete"] is False
    assert document["present"]["next"]["step"] == "assign"


def test_an_issue_is_readable_while_the_catalogue_is_broken_and_says_what_it_cannot_tell(
    capsys: pytest.CaptureFixture[str], workspace: Path
) -> None:
    for path in (workspace / "systems").glob("*.yaml"):
        path.write_text("id: [", encoding="utf-8")

    shown = call(capsys, "--workspace", workspace, "issue", "show", "A-1")

    assert shown.code == 0
    assert "cannot be told: 1 problem in the workspace's files; see `proofloop check`" in shown.out


def test_an_issue_of_a_system_that_left_the_catalogue_says_that_nobody_is_known_to_work_on_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    fill_ledger(a_workspace(tmp_path), replace(an_opening("A-1"), system_id="gone"))

    assert "gone is not in the catalogue any more" in call(capsys, "--workspace", tmp_path, "issue", "show", "A-1").out


def test_the_page_is_written_in_one_file_that_loads_nothing(capsys: pytest.CaptureFixture[str], workspace: Path) -> None:
    out = workspace / "a-1.html"
    arguments = ("--workspace", workspace, "issue", "page", "A-1", "--out", out, "--as-of", "2020-10-15T16:00:00+0000")
    document = call(capsys, *arguments, "--json").document
    first = out.read_bytes()
    call(capsys, *arguments)

    assert (document["file"], document["bytes"]) == (str(out), len(first))
    assert b"<script" not in first and b"http://" not in first and b"https://" not in first
    assert b"What comes next: assign" in first
    assert out.read_bytes() == first, "the same events and instant give the same bytes"


def test_a_page_that_cannot_be_written_says_where(capsys: pytest.CaptureFixture[str], workspace: Path) -> None:
    called = call(capsys, "--workspace", workspace, "issue", "page", "A-1", "--out", workspace / "none" / "a.html")

    assert called.code == 2
    assert "expected a file that can be written" in called.err


def test_the_page_of_an_issue_that_is_not_there_names_the_nearest(capsys: pytest.CaptureFixture[str], workspace: Path) -> None:
    called = call(capsys, "--workspace", workspace, "issue", "page", "A-2", "--out", workspace / "a.html")

    assert called.code == 2
    assert "did you mean A-1?" in called.err
    assert not (workspace / "a.html").exists()

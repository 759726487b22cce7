"""issue, evidence, report: the commands that read what was recorded."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from deployments.cli.issues import opened_ledger
from registry.domain.canonical import record_json
from registry.domain.events import EventKind
from registry.evidence.archive import publish
from registry.evidence.draft import draft_package
from tests.builders_triage import a_triage_day
from tests.catalogue.workspaces import a_workspace, write_workspace
from tests.cli.calling import a_move, an_opening, call, fill_ledger
from tests.evidence.archives import an_archive

SEALED_AT = datetime(2020, 10, 15, 11, tzinfo=UTC)


def test_a_workspace_that_never_ran_has_no_issues_and_says_why(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    called = call(capsys, "--workspace", write_workspace(tmp_path), "issue", "list")
    assert (called.code, called.out) == (2, "")
    assert "expected a ledger, found none yet; run `proofloop triage` first" in called.err
    assert not (tmp_path / ".state").exists()


def test_an_empty_ledger_lists_no_issue(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    fill_ledger(a_workspace(tmp_path))
    assert call(capsys, "--workspace", tmp_path, "issue", "list").out == "0 of 0 issues\n"


def test_issues_come_most_severe_first_with_their_owner(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    fill_ledger(a_workspace(tmp_path), an_opening("A-1", severity="L1"), an_opening("B-2", severity="L4", owner=""))
    called = call(capsys, "--workspace", tmp_path, "issue", "list")
    assert called.out.splitlines() == [
        "2 of 2 issues",
        "  L4  B-2  triage  fraud_filter  41 signals  2020-10-14  nobody            Problem using the card",
        "  L1  A-1  triage  fraud_filter  41 signals  2020-10-14  ana@bank.example  Problem using the card",
    ]


def test_issues_of_another_system_are_left_out_when_one_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    fill_ledger(a_workspace(tmp_path), an_opening())
    document = call(capsys, "--workspace", tmp_path, "issue", "list", "--system", "other", "--json").document
    assert (document["count"], document["of"], document["issues"]) == (0, 0, [])


def test_a_tracked_issue_is_listed_only_on_request(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    fill_ledger(a_workspace(tmp_path), an_opening(state="tracked", severity="L0"))
    assert call(capsys, "--workspace", tmp_path, "issue", "list").out == "0 of 1 issues\n"
    assert "tracked" in call(capsys, "--workspace", tmp_path, "issue", "list", "--all").out


def test_an_issue_is_shown_with_everything_that_happened_to_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    fill_ledger(a_workspace(tmp_path), an_opening("FRAUD-1"), an_opening("FRAUD-2"))
    shown = call(capsys, "--workspace", tmp_path, "issue", "show", "FRAUD-1")
    assert shown.out.startswith("FRAUD-1  Problem using the card\n")
    assert "41 in 7 days against 12 expected" in shown.out
    document = call(capsys, "issue", "show", "FRAUD-1", "--json", "--workspace", tmp_path).document
    assert [event["kind"] for event in document["events"]] == [EventKind.ISSUE_OPENED.value]
    assert document["issue"]["opened_at"] == "2020-10-15T10:00:00.000000Z"


def test_each_step_of_an_issue_names_the_package_it_was_sealed_in(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path)
    fill_ledger(workspace, an_opening("A-1", state="new_signal"), a_move("A-1"))
    with opened_ledger(workspace) as ledger:
        events = list(ledger.read_events())
    publish(workspace.archive_dir, draft_package(tmp_path / "spool", {"decision.json": b"{}"}), events[:1], SEALED_AT)
    document = call(capsys, "issue", "show", "A-1", "--json", "--workspace", tmp_path).document
    assert [event["package"] for event in document["events"]] == [f"{workspace.archive_dir}/000001", ""]
    told = call(capsys, "issue", "show", "A-1", "--workspace", tmp_path).out
    assert "[000001] 41 in 7 days against 12 expected" in told
    assert "[not sealed yet] seen" in told


def test_an_unknown_issue_names_the_nearest(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    fill_ledger(a_workspace(tmp_path), an_opening("FRAUD-1"))
    called = call(capsys, "--workspace", tmp_path, "issue", "show", "FRUAD-1")
    assert called.code == 2
    assert "issue 'FRUAD-1': expected one of the ledger's 1 issues, found none of this name; did you mean FRAUD-1?" in called.err


def test_a_title_that_steers_a_terminal_is_shown_as_text(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    fill_ledger(a_workspace(tmp_path), an_opening(title="\x1b[2Jgone"))
    assert "\\x1b[2Jgone" in call(capsys, "--workspace", tmp_path, "issue", "list").out


def test_an_archive_that_is_not_there_is_no_pass(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    called = call(capsys, "evidence", "verify", "--archive", tmp_path / "none")
    assert called.code == 3


def test_a_whole_archive_verifies_without_a_workspace(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    archive = an_archive(tmp_path)
    called = call(capsys, "evidence", "verify", "--archive", archive, "--json")
    assert (called.code, called.document["verdict"], called.document["packages"]) == (0, "pass", 3)
    assert called.document["head"]["seal"] == 3


def test_an_altered_file_fails_by_name(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    archive = an_archive(tmp_path)
    page = archive / "000002" / "report.html"
    page.chmod(0o600)
    page.write_text("<p>all was well</p>", encoding="utf-8")
    called = call(capsys, "evidence", "verify", "--archive", archive)
    assert called.code == 1
    assert "000002/report.html" in called.out


def test_a_ledger_that_is_behind_the_archive_fails(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path)
    fill_ledger(workspace)
    an_archive(workspace.state_dir)
    called = call(capsys, "--workspace", tmp_path, "evidence", "verify")
    assert called.code == 1
    assert "fail: ledger: expected all 6 sealed events" in called.out
    assert call(capsys, "--workspace", tmp_path, "evidence", "verify", "--no-ledger").code == 0


@pytest.mark.parametrize("elsewhere", ["--archive", "--copy"])
def test_a_ledger_that_would_not_be_compared_is_refused_and_not_passed_over(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, elsewhere: str
) -> None:
    workspace = a_workspace(tmp_path)
    fill_ledger(workspace)
    archive = an_archive(workspace.state_dir)
    place = archive.as_uri() if elsewhere == "--copy" else archive
    called = call(capsys, "--workspace", tmp_path, "evidence", "verify", elsewhere, place, "--against-ledger")
    assert (called.code, called.out) == (2, "") and "--against-ledger without --archive and --copy" in called.err
    assert call(capsys, "--workspace", tmp_path, "evidence", "verify", elsewhere, place, "--no-ledger").code == 0
    assert call(capsys, "--workspace", tmp_path, "evidence", "verify", "--against-ledger").code == 1


def test_packages_are_listed_as_their_seals_say(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    archive = an_archive(tmp_path)
    lines = call(capsys, "evidence", "list", "--archive", archive).out.splitlines()
    assert lines[0] == "3 packages"
    assert lines[1].startswith("  000001  2020-03-02 11:00  ")
    assert call(capsys, "evidence", "list", "--archive", archive, "--json").document["count"] == 3


def test_the_page_of_a_day_is_found_in_the_archive(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path)
    files = {"decision.json": record_json(a_triage_day()), "report.html": b"<p>calm</p>"}
    publish(workspace.archive_dir, draft_package(tmp_path / "spool", files), [], SEALED_AT)
    called = call(capsys, "--workspace", tmp_path, "report", "2020-10-15")
    assert called.out == f"{workspace.archive_dir}/000001/report.html\n"


def test_a_day_without_a_sealed_triage_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    called = call(capsys, "--workspace", write_workspace(tmp_path), "report", "2020-10-15")
    assert called.code == 2
    assert "expected a sealed run of 2020-10-15, found none; run `proofloop triage --as-of 2020-10-15`, or" in called.err


def test_a_date_that_is_none_is_bad_usage(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert call(capsys, "--workspace", write_workspace(tmp_path), "report", "yesterday").code == 2


def test_events_are_told_in_the_order_they_happened(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    fill_ledger(a_workspace(tmp_path), an_opening("A-1", state="new_signal"), a_move("A-1"))
    document = call(capsys, "issue", "show", "A-1", "--json", "--workspace", tmp_path).document
    assert [event["kind"] for event in document["events"]] == ["IssueOpened", "IssueMoved"]

"""``proofloop recurrence``, its replay and its report as a user meets them."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from registry.domain.events import EventKind
from tests.cli.calling import Called, call
from tests.fixed_bank import BOT, FIRST, FIX_ON, WINDOW_FROM, FixedBank, a_fixed_bank, bank, fixed
from tests.flows.ledger_bytes import events_of

__all__ = ["bank", "fixed"]

Capture = pytest.CaptureFixture[str]
DAY = timedelta(days=1)
FLOWS = ("--flow", "daily-triage", "--flow", "recurrence-monitoring")


def proofloop(capsys: Capture, bank: FixedBank, *words: object) -> Called:
    return call(capsys, "--workspace", bank.root, *words)


def test_without_a_fix_it_could_not_tell_and_says_why(capsys: Capture, tmp_path: Path) -> None:
    bare = a_fixed_bank(tmp_path / "bank")
    called = proofloop(capsys, bare, "recurrence", "--as-of", FIRST)
    assert called.code == 3
    assert called.out.startswith(f"INCONCLUSIVE  No window could be judged  ({FIRST})")


def test_the_verdict_is_the_exit_code_and_every_window_says_what_it_lacks(capsys: Capture, bank: FixedBank) -> None:
    bank.triage(WINDOW_FROM)
    called = proofloop(capsys, bank, "recurrence", "--as-of", WINDOW_FROM)
    lines = called.out.splitlines()
    assert (called.code, lines[0]) == (3, f"INCONCLUSIVE  1 window: 1 still watched  ({WINDOW_FROM})")
    assert any("0 of 4 observed days" in line for line in lines)
    assert any(line.startswith("  missing  ") for line in lines)
    assert any(line.startswith("report  ") and line.endswith("report.html") for line in lines)


def test_what_came_back_is_a_fail(capsys: Capture, bank: FixedBank) -> None:
    bank.complain((FIX_ON + 2 * DAY, FIX_ON + 3 * DAY))
    bank.run(WINDOW_FROM, FIX_ON + 3 * DAY)
    bank.triage(FIX_ON + 4 * DAY)
    document = proofloop(capsys, bank, "recurrence", "--as-of", FIX_ON + 4 * DAY, "--json").document
    assert (document["kind"], document["verdict"]) == ("recurrence_day", "fail")
    assert [window["outcome"] for window in document["windows"]] == ["recurred"]
    assert document["evidence"]["seal"] > 0
    again = proofloop(capsys, bank, "recurrence", "--as-of", FIX_ON + 4 * DAY)
    assert again.code == 1
    assert any("this day had been decided before; nothing was written" in line for line in again.out.splitlines())


def test_an_unknown_system_is_an_error_of_usage(capsys: Capture, bank: FixedBank) -> None:
    called = proofloop(capsys, bank, "recurrence", "--system", "nobody", "--as-of", WINDOW_FROM)
    assert (called.code, "expected one of fee_bot" in called.err) == (2, True)


def test_a_dry_run_shows_and_writes_nothing(capsys: Capture, bank: FixedBank) -> None:
    bank.triage(WINDOW_FROM)
    before = events_of(bank.ledger)
    called = proofloop(capsys, bank, "recurrence", "--system", BOT, "--as-of", WINDOW_FROM, "--dry-run")
    assert (called.code, events_of(bank.ledger)) == (3, before)
    assert not any(line.startswith("sealed ") for line in called.out.splitlines())


def test_a_replay_runs_it_after_the_triage_of_each_date(capsys: Capture, bank: FixedBank) -> None:
    last = FIX_ON + 7 * DAY
    document = proofloop(capsys, bank, "replay", "--from", WINDOW_FROM, "--to", last, *FLOWS[2:], *FLOWS[:2], "--json").document
    flows = [day["flow"] for day in document["days"]]
    assert flows == ["daily-triage", "recurrence-monitoring"] * 7
    outcomes = [one["outcome"] for day in document["days"] for one in day.get("issue_windows", ())]
    assert outcomes == ["watching"] * 6 + ["clean"]


def test_a_replay_changes_no_verdict(capsys: Capture, bank: FixedBank) -> None:
    bank.complain((FIX_ON + 2 * DAY, FIX_ON + 3 * DAY))
    results = bank.run(WINDOW_FROM, FIX_ON + 5 * DAY)
    before = events_of(bank.ledger)
    words = ("replay", "--from", WINDOW_FROM, "--to", FIX_ON + 5 * DAY, *FLOWS)
    document = proofloop(capsys, bank, *words, "--json").document
    played = [day for day in document["days"] if day["flow"] == "recurrence-monitoring"]
    assert [day["verdict"] for day in played] == [result.decision.verdict.value for result in results]
    assert all(day["repeated"] for day in document["days"])
    assert events_of(bank.ledger) == before
    assert "1 came back" in proofloop(capsys, bank, *words).out


def test_a_date_that_was_missed_comes_out_as_it_would_have(capsys: Capture, bank: FixedBank, fixed: FixedBank, tmp_path: Path) -> None:
    """The monitoring of a week is made up for after its triage: nothing that came later is known to it."""
    bank.complain((FIX_ON + 5 * DAY, FIX_ON + 6 * DAY))
    for offset in range(1, 8):
        bank.triage(FIX_ON + offset * DAY)
    words = ("replay", "--from", WINDOW_FROM, "--to", FIX_ON + 7 * DAY, "--flow", "recurrence-monitoring", "--json")
    document = proofloop(capsys, bank, *words).document
    outcomes = [one["outcome"] for day in document["days"] for one in day["issue_windows"]]
    assert outcomes == ["watching"] * 6 + ["recurred"]


def test_the_report_of_a_date_names_its_page(capsys: Capture, bank: FixedBank) -> None:
    (result,) = bank.run(WINDOW_FROM, WINDOW_FROM)
    document = proofloop(capsys, bank, "report", WINDOW_FROM, "--json").document
    assert [report["kind"] for report in document["reports"]] == ["triage_decision", "recurrence_day"]
    assert document["reports"][1]["page"] == result.report_path


def test_an_issue_shows_how_its_window_stood_at_an_event(capsys: Capture, bank: FixedBank) -> None:
    bank.run(WINDOW_FROM, WINDOW_FROM)
    (seq,) = (event.seq for event in bank.ledger.read_events(0, (EventKind.WINDOW_JUDGED,)))
    then = proofloop(capsys, bank, "as-of", "--event", seq, "--issue", bank.issue.issue_id, "--json").document
    assert then["events"][-1]["kind"] == "WindowJudged"
    assert then["events"][-1]["data"]["outcome"] == "watching"


def test_the_record_of_a_window_is_printed_as_it_was_sealed(capsys: Capture, bank: FixedBank) -> None:
    (result,) = bank.run(WINDOW_FROM, WINDOW_FROM)
    (seq,) = (event.seq for event in bank.ledger.read_events(0, (EventKind.WINDOW_JUDGED,)))
    asked = ("as-of", "--event", seq, "--decision", f"{WINDOW_FROM}/{bank.issue.issue_id}", "--json")
    document = proofloop(capsys, bank, *asked).document
    assert (document["kind"], document["outcome"]) == ("recurrence_window", "watching")
    sealed = Path(result.report_path).with_name("decision-00001.json").read_bytes()
    assert json.loads(sealed) == document
    archived = proofloop(capsys, bank, *asked, "--archive", bank.workspace.archive_dir).document
    assert archived == document

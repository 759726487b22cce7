"""``narratives erase``: dry by default, gone for good with ``--yes``, never against a hold, and never back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from checks.identity import signal_key
from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.ledger.verification import verify_ledger
from tests.cli.calling import Called, call
from tests.flows.workspaces import FRAUD, MONDAY, Bank, Complaint, a_bank

STORY = "The clerk at the north branch told me about my brother's debts in front of the whole queue."
OTHER = "My own story is shorter and stays where it is."
REQUEST = ("--reason", "request 12", "--requested-by", "privacy_officer")


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    """Return a bank after one day with two complaints, one of them to be forgotten."""
    made = a_bank(tmp_path / "bank")
    received = MONDAY - timedelta(days=1)
    made.write_complaints([Complaint(1, received, text=STORY), Complaint(2, received, text=OTHER), Complaint(3, received, text="")])
    made.triage(MONDAY)
    return made


def key(number: int = 1) -> str:
    return signal_key(FRAUD, "complaints", f"C-{number}")


def erase(capsys: pytest.CaptureFixture[str], bank: Bank, *arguments: object) -> Called:
    return call(capsys, "--workspace", bank.root, "--json", "narratives", "erase", *REQUEST, *arguments)


def state_bytes(bank: Bank) -> bytes:
    paths = (path for path in bank.workspace.state_dir.rglob("*") if path.is_file())
    return b"\n".join(path.read_bytes() for path in paths)


def erasures(bank: Bank) -> int:
    return len(list(bank.ledger.read_events(0, [EventKind.NARRATIVE_ERASED])))


def test_without_yes_nothing_changes(capsys: pytest.CaptureFixture[str], bank: Bank) -> None:
    done = erase(capsys, bank, "--signal", f"{FRAUD}/complaints/C-1")
    assert (done.code, done.document["dry_run"], done.document["narratives"]) == (0, True, [key()])
    assert STORY.encode() in state_bytes(bank) and erasures(bank) == 0


def test_with_yes_the_text_and_its_salt_are_in_no_file_of_the_workspace_state(capsys: pytest.CaptureFixture[str], bank: Bank) -> None:
    salt = bank.ledger.read_kept_narratives([key()])[key()]
    left_behind = bank.workspace.spool_dir / "triage-2026-03-15-killed/narratives-fraud_filter-complaints.jsonl"
    left_behind.parent.mkdir(parents=True)
    left_behind.write_text(f'{{"key":"{key()}","salt":"{salt}","text":"{STORY}"}}\n')
    done = erase(capsys, bank, "--signal", key(), "--yes")
    assert (done.code, done.document["verdict"]) == (0, "pass")
    assert not left_behind.exists()
    content = state_bytes(bank)
    assert STORY.encode() not in content and salt.encode() not in content and OTHER.encode() in content


def test_verify_tells_it_as_erased_under_its_event_and_a_narrative_that_is_missing_without_one_fails(
    capsys: pytest.CaptureFixture[str], bank: Bank
) -> None:
    done = erase(capsys, bank, "--signal", key(), "--yes")
    (noted,) = verify_ledger(bank.ledger)
    assert (noted.verdict, noted.reason) == (Verdict.PASS, f"erased under event {done.document['event']}")
    verified = call(capsys, "--workspace", bank.root, "evidence", "verify")
    assert verified.code == 0 and f"narrative {key()}: erased under event {done.document['event']}" in verified.out


def test_a_rerun_and_the_days_after_do_not_bring_it_back(capsys: pytest.CaptureFixture[str], bank: Bank) -> None:
    erase(capsys, bank, "--signal", key(), "--yes")
    assert bank.triage(MONDAY).repeated
    later = bank.triage(MONDAY + timedelta(days=1))
    assert later.decision.signal_counts["known"] >= 2
    assert STORY.encode() not in state_bytes(bank)
    assert call(capsys, "--workspace", bank.root, "replay", "--from", MONDAY, "--to", MONDAY + timedelta(days=2)).code in (0, 1, 3)
    assert STORY.encode() not in state_bytes(bank) and bank.ledger.read_kept_narratives([key()]) == {}
    assert not [found for found in verify_ledger(bank.ledger) if found.verdict is not Verdict.PASS]


def test_a_row_that_comes_back_changed_is_set_aside_without_its_text(capsys: pytest.CaptureFixture[str], bank: Bank) -> None:
    erase(capsys, bank, "--signal", key(), "--yes")
    bank.write_complaints([Complaint(1, MONDAY - timedelta(days=1), text=STORY + " Again.")])
    assert bank.triage(MONDAY + timedelta(days=1)).decision.quarantined.count == 1
    assert STORY.encode() not in state_bytes(bank)


def test_asking_again_finishes_what_was_interrupted_and_writes_no_second_event(capsys: pytest.CaptureFixture[str], bank: Bank) -> None:
    salt = bank.ledger.read_kept_narratives([key()])[key()]
    erase(capsys, bank, "--signal", key(), "--yes")
    left_behind = bank.workspace.spool_dir / "triage-killed/narratives-a.jsonl"
    left_behind.parent.mkdir(parents=True)
    left_behind.write_text(f'{{"salt":"{salt}","text":"{STORY}"}}\n')
    again = erase(capsys, bank, "--signal", key(), "--yes")
    assert (again.code, again.document["event"], again.document["narratives"]) == (0, None, [])
    assert erasures(bank) == 1 and not left_behind.exists()


def test_a_draft_that_holds_an_erased_text_is_told_and_stays(capsys: pytest.CaptureFixture[str], bank: Bank) -> None:
    salt = bank.ledger.read_kept_narratives([key()])[key()]
    draft = bank.workspace.spool_dir / "drafts/abc/notes.json"
    draft.parent.mkdir(parents=True)
    draft.write_text(salt)
    done = erase(capsys, bank, "--signal", key(), "--yes")
    assert done.code == 1 and draft.exists()


def test_the_event_says_who_asked_and_why_with_structured_personal_data_taken_out(capsys: pytest.CaptureFixture[str], bank: Bank) -> None:
    arguments = ("--reason", "asked by 212-555-0147", "--requested-by", "data_subject", "--signal", key(), "--yes")
    call(capsys, "--workspace", bank.root, "narratives", "erase", *arguments)
    (event,) = bank.ledger.read_events(0, [EventKind.NARRATIVE_ERASED])
    assert b'"reason":"asked by [phone]"' in event.body and b'"requested_by":"data_subject"' in event.body
    assert b'"systems":["fraud_filter"]' in event.body


def test_an_issue_chooses_every_signal_that_hangs_on_it(capsys: pytest.CaptureFixture[str], bank: Bank) -> None:
    bank.write_complaints([Complaint(9, MONDAY, text=STORY, consequence="no access")])
    bank.triage(MONDAY + timedelta(days=1))
    (issue,) = bank.ledger.read_issues()
    assert erase(capsys, bank, "--issue", issue.issue_id, "--yes").document["narratives"] == [key(9)]
    assert sorted(bank.ledger.read_kept_narratives([key(1), key(9)])) == [key(1)]


def test_an_ids_file_names_keys_or_ids_of_the_source(capsys: pytest.CaptureFixture[str], bank: Bank, tmp_path: Path) -> None:
    ids = tmp_path / "ids.txt"
    ids.write_text(f"{key(1)}\n\n{FRAUD}/complaints/C-2\n{FRAUD}/complaints/C-3\n")
    done = erase(capsys, bank, "--ids-file", ids, "--yes")
    assert done.document["narratives"] == sorted([key(1), key(2)]) and len(done.document["signals"]) == 3
    assert bank.ledger.read_kept_narratives([key(n) for n in (1, 2, 3)]) == {}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "expected --signal, --issue or --ids-file"),
        (("--signal", "C-1"), "expected a key like sha256"),
        (("--signal", f"{FRAUD}/complaints/C-99"), "expected one of the ledger's"),
        (("--issue", "ISS-none"), "expected one with signals"),
    ],
)
def test_what_names_nothing_is_refused_whole(capsys: pytest.CaptureFixture[str], bank: Bank, arguments: tuple[str, ...], said: str) -> None:
    done = erase(capsys, bank, *arguments, "--yes")
    assert done.code == 2 and said in done.err and erasures(bank) == 0


def test_a_role_that_policy_does_not_name_may_not_ask(capsys: pytest.CaptureFixture[str], bank: Bank) -> None:
    done = call(
        capsys, "--workspace", bank.root, "narratives", "erase", "--reason", "x", "--requested-by", "anybody", "--signal", key(), "--yes"
    )
    assert done.code == 2 and "expected one of data_subject, privacy_officer" in done.err


def test_a_legal_hold_wins_over_the_request(capsys: pytest.CaptureFixture[str], bank: Bank) -> None:
    held = call(
        capsys,
        "--workspace",
        bank.root,
        "--json",
        "retention",
        "hold",
        "--system",
        FRAUD,
        "--by",
        "legal@bank.example",
        "--reason",
        "inquiry",
    )
    refused = erase(capsys, bank, "--signal", key(), "--yes")
    assert refused.code == 1 and held.document["hold"] in refused.out
    assert STORY.encode() in state_bytes(bank) and erasures(bank) == 0
    call(capsys, "--workspace", bank.root, "retention", "lift", held.document["hold"], "--by", "legal@bank.example", "--reason", "over")
    assert erase(capsys, bank, "--signal", key(), "--yes").code == 0

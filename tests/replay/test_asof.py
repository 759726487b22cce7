"""The past as it was known: the same bytes as were printed then, from the ledger and from the archive alone."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from deployments.pasts import ArchivePast, LedgerPast, Past, issues_of
from registry.domain.events import Event, EventKind
from registry.domain.times import parse_instant
from registry.evidence.packages import list_packages
from registry.ledger.store import open_ledger
from tests.cli.calling import call
from tests.flows.workspaces import CREDIT, FRAUD, MONDAY, ROUTER, moved
from tests.replay.busy_history import BusyHistory

_CLOCK = datetime(2026, 4, 1, tzinfo=UTC)


def test_an_archive_without_packages_cannot_tell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    called = call(capsys, "as-of", "--event", "1", "--list", "--archive", tmp_path, "--json")
    assert (called.code, called.document["kind"]) == (3, "error")


def test_at_every_event_the_issues_are_those_of_a_ledger_that_ends_there(busy: BusyHistory, tmp_path: Path) -> None:
    stored = list(busy.bank.ledger.read_events())
    growing = open_ledger(f"sqlite:///{tmp_path}/growing.db", lambda: _CLOCK, create=True)
    pasts: tuple[Past, ...] = (LedgerPast(busy.bank.ledger, busy.archive), ArchivePast(busy.archive))
    for event in stored:
        growing.append([_again(event.body)])
        for past in pasts:
            issues, _ = issues_of(past.events(event.seq))
            assert tuple(issues[issue_id] for issue_id in sorted(issues)) == growing.read_issues()
    assert growing.head().seq == len(stored) > 100
    growing.close()


def test_what_was_printed_after_each_run_is_printed_again_byte_for_byte(busy: BusyHistory, capsys: pytest.CaptureFixture[str]) -> None:
    compared = 0
    for event, commands in busy.shown.items():
        for (_, verb, *rest), then in commands.items():
            asked = ["--issue", *rest] if verb == "show" else ["--list", *rest]
            for where in (["--workspace", busy.bank.root], ["--archive", busy.archive]):
                now = call(capsys, "as-of", "--event", event, *asked, *where, "--json")
                assert (now.code, now.out) == (0, then), (event, asked)
                compared += 1
    assert compared > 60


def test_a_decision_is_the_sealed_record_byte_for_byte_once_it_was_taken(busy: BusyHistory, capsys: pytest.CaptureFixture[str]) -> None:
    taken = list(busy.bank.ledger.read_events(0, [EventKind.TRIAGE_DECIDED]))
    for event in taken:
        envelope = json.loads(event.body)
        wanted = f"{envelope['business_date']}/{envelope['data']['systems'][0]}"
        package = next(one for one in list_packages(busy.archive) if one.seal.bundle_digest == envelope["data"]["bundle_digest"])
        for where in (["--workspace", busy.bank.root], ["--archive", busy.archive]):
            now = call(capsys, "as-of", "--event", event.seq, "--decision", wanted, *where, "--json")
            assert (now.code, now.out.encode()) == (0, (package.path / "decision.json").read_bytes())
            assert str(package.path / "report.html") in now.err
            before = call(capsys, "as-of", "--event", event.seq - 1, "--decision", wanted, *where)
            assert before.code == 2 and "found none yet" in before.err


def test_a_day_done_in_parts_asks_for_the_part(busy: BusyHistory, capsys: pytest.CaptureFixture[str]) -> None:
    last = busy.bank.ledger.head().seq
    both = call(capsys, "as-of", "--event", last, "--decision", moved(MONDAY, 3), "--archive", busy.archive)
    assert both.code == 2 and f"{moved(MONDAY, 3)}/{FRAUD}" in both.err
    for system, systems in ((FRAUD, [FRAUD]), (CREDIT, [ROUTER, CREDIT])):
        one = call(capsys, "as-of", "--event", last, "--decision", f"{moved(MONDAY, 3)}/{system}", "--archive", busy.archive, "--json")
        assert one.document["systems"] == systems


def test_a_time_names_the_last_event_that_the_ledger_had_written_by_then(busy: BusyHistory, capsys: pytest.CaptureFixture[str]) -> None:
    stored = list(busy.bank.ledger.read_events())
    for event in (stored[0], stored[40], stored[-1]):
        last = max(other.seq for other in stored if other.recorded_at <= event.recorded_at)
        where = ("--list", "--all", "--workspace", busy.bank.root, "--json")
        at = call(capsys, "as-of", "--at", event.recorded_at.isoformat(), *where)
        assert (at.code, at.out) == (0, call(capsys, "as-of", "--event", last, *where).out)
        assert f"as of event {last}," in at.err
    early = (stored[0].recorded_at - timedelta(seconds=1)).isoformat()
    assert call(capsys, "as-of", "--at", early, "--list", "--workspace", busy.bank.root).code == 2


def test_seal_times_bound_what_an_archive_alone_can_tell_of_a_time(busy: BusyHistory, capsys: pytest.CaptureFixture[str]) -> None:
    packages = list_packages(busy.archive)
    (issue_id, *_) = [issue.issue_id for issue in busy.bank.ledger.read_issues([ROUTER])]
    for package, following in pairwise(packages):
        at = call(capsys, "as-of", "--at", package.seal.sealed_at.isoformat(), "--issue", issue_id, "--archive", busy.archive, "--json")
        touched = any(
            json.loads(event.body)["issue"] == issue_id
            for event in busy.bank.ledger.read_events(package.seal.last_event)
            if event.seq <= following.seal.last_event
        )
        assert at.code == (3 if touched else 0), package.seal.seq
        assert (
            at.out
            == call(capsys, "as-of", "--event", package.seal.last_event, "--issue", issue_id, "--archive", busy.archive, "--json").out
        )
        assert f"events {package.seal.last_event + 1} to {following.seal.last_event} were sealed at" in at.err
    after = call(capsys, "as-of", "--at", "2099-01-01T00:00:00Z", "--issue", issue_id, "--archive", busy.archive)
    assert (after.code, "this archive cannot tell" in after.err) == (0, True)


def test_before_the_first_seal_an_archive_cannot_tell(busy: BusyHistory, capsys: pytest.CaptureFixture[str]) -> None:
    early = "2020-01-01T00:00:00Z"
    issue_id = busy.bank.ledger.read_issues([ROUTER])[0].issue_id
    for asked in (("--list",), ("--issue", issue_id), ("--decision", MONDAY)):
        assert call(capsys, "as-of", "--at", early, *asked, "--archive", busy.archive).code == 3


def test_removed_signals_or_decisions_are_told_and_never_left_out_silently(
    busy: BusyHistory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(busy.archive, tmp_path / "kept")
    for path in (tmp_path / "kept").glob("00000[12]/*"):
        if path.name.startswith("signals-") or path.name == "decision.json":
            path.unlink()
    issue_id = busy.bank.ledger.read_issues([ROUTER])[0].issue_id
    issue = call(capsys, "as-of", "--event", "20", "--issue", issue_id, "--archive", tmp_path / "kept")
    assert issue.code == 3 and "removed since" in issue.err
    decision = call(capsys, "as-of", "--event", "20", "--decision", MONDAY, "--archive", tmp_path / "kept")
    assert decision.code == 3 and "removed since" in decision.err


def test_an_archive_with_a_hole_or_a_changed_event_tells_nothing_after_it(
    busy: BusyHistory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(busy.archive, tmp_path / "holed")
    path = tmp_path / "holed/000003/ledger.jsonl"
    path.write_bytes(path.read_bytes().replace(b"machine", b"machinx", 1))
    assert call(capsys, "as-of", "--event", "90", "--list", "--archive", tmp_path / "holed").code == 3
    shutil.rmtree(tmp_path / "holed/000003")
    assert call(capsys, "as-of", "--event", "90", "--list", "--archive", tmp_path / "holed").code == 3
    assert call(capsys, "as-of", "--event", "12", "--list", "--archive", tmp_path / "holed").code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--list",), "either --event N or --at INSTANT"),
        (("--event", "1", "--at", "2026-01-01T00:00:00Z", "--list"), "either --event N or --at INSTANT"),
        (("--event", "1"), "one of --issue ID, --list and --decision"),
        (("--event", "1", "--list", "--issue", "x"), "one of --issue ID, --list and --decision"),
        (("--event", "1", "--issue", "x", "--all"), "expected --list with it"),
        (("--event", "9999", "--list"), "the last event"),
        (("--at", "2026-01-01T00:00:00", "--list"), "with its offset"),
        (("--event", "1", "--decision", "yesterday"), "expected a date like"),
        (("--event", "60", "--issue", "ISS-1"), "expected one of the ledger's"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_with_what_to_ask(
    busy: BusyHistory, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    called = call(capsys, "as-of", *arguments, "--archive", busy.archive)
    assert called.code == 2 and said in called.err


def _again(body: bytes) -> Event:
    """Return the event that was stored with this body."""
    stored = json.loads(body)
    event = Event(
        EventKind(stored["kind"]),
        stored["system"],
        stored["subject"],
        parse_instant(stored["as_of"]),
        datetime.fromisoformat(stored["business_date"]).date(),
        stored["data"],
        stored["issue"],
        stored["actor"],
    )
    assert event.canonical_body() == body
    return event


def test_an_event_of_a_package_that_was_not_complete_was_not_sealed_yet(busy: BusyHistory, capsys: pytest.CaptureFixture[str]) -> None:
    issue_id = busy.bank.ledger.read_issues([ROUTER])[0].issue_id
    events = list(busy.bank.ledger.read_issue_events(issue_id))
    moved_by_hand = next(event for event in events if json.loads(event.body)["actor"] != "machine")
    for where in (["--workspace", busy.bank.root], ["--archive", busy.archive]):
        shown = call(capsys, "as-of", "--event", moved_by_hand.seq, "--issue", issue_id, *where, "--json").document["events"]
        assert shown[-1]["package"] == "" and shown[0]["package"].endswith("000001")

"""The daily seal, inline and as Prefect's: a day is sealed once, whatever it brought, and its head is handed out."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from deployments.cli.running import scheduled_instant
from flows.daily_seal import daily_seal
from registry.domain.anchoring import AttemptStatus, SealedDay
from registry.domain.decision import Verdict
from registry.domain.events import Event, EventKind
from registry.domain.times import local_date
from registry.evidence.packages import list_packages
from registry.evidence.verify import verify_against_ledger, verify_archive
from tasks import engine
from tests.anchors.sealed import a_command, a_noting_command
from tests.cli.calling import call
from tests.flows.ledger_bytes import assert_sound, events_of
from tests.flows.workspaces import MONDAY, ZONE, Bank, a_bank, at, moved

TUESDAY = moved(MONDAY, 1)


def seal(bank: Bank, day: date = MONDAY) -> SealedDay:
    return engine.run(daily_seal, as_of=at(day, 22), workspace=str(bank.root))


def seal_count(bank: Bank) -> int:
    return len(list_packages(bank.workspace.archive_dir))


def record_of(bank: Bank, number: int) -> dict[str, object]:
    content: dict[str, object] = json.loads((bank.workspace.archive_dir / f"{number:06d}" / "day.json").read_bytes())
    return content


def receipts_of(bank: Bank) -> list[str]:
    return [json.loads(event.body)["subject"] for event in bank.ledger.read_events(0, [EventKind.HEAD_ANCHORED])]


def a_decision_of_a_person(subject: str) -> Event:
    return Event(EventKind.ROWS_QUARANTINED, "", subject, at(MONDAY, 12), MONDAY, {"rows": 1}, actor="ana@bank.example")


def test_a_day_on_which_nothing_happened_is_sealed_as_such(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    day = seal(bank)
    assert (day.seal, day.statement, day.attempt) == (1, "Nothing was recorded since the archive began.", AttemptStatus.NOT_CONFIGURED)
    assert (record_of(bank, 1)["statement"], record_of(bank, 1)["business_date"]) == (day.statement, MONDAY.isoformat())
    assert day.verdict is Verdict.PASS
    assert verify_against_ledger(verify_archive(bank.workspace.archive_dir), bank.ledger.read_events()).verdict is Verdict.PASS
    assert_sound(bank)


def test_a_day_is_sealed_once_however_often_it_is_asked_for(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    days = [seal(bank), seal(bank), seal(bank, TUESDAY)]
    assert [day.seal for day in days] == [1, 1, 2]
    assert [day.statement for day in days[1:]] == ["", "Nothing was recorded since seal 000001."]
    assert [json.loads(event.body)["kind"] for event in bank.ledger.read_events()] == ["DaySealed", "DaySealed"]


def test_what_people_did_after_the_last_seal_is_sealed_at_the_end_of_the_day(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    bank.triage(MONDAY)
    bank.ledger.append((a_decision_of_a_person("by hand"),))
    day = seal(bank)
    assert (day.seal, day.statement) == (2, "1 event recorded since seal 000001: 1 RowsQuarantined.")
    assert (day.exposure.unsealed_count, day.exposure.recorded) == (0, len(events_of(bank.ledger)))


def test_a_day_that_was_sealed_by_its_triage_needs_no_record(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    bank.triage(MONDAY)
    sealed_on = local_date(list_packages(bank.workspace.archive_dir)[0].seal.sealed_at, ZONE)
    assert (seal(bank, sealed_on).statement, seal_count(bank)) == ("", 1)


def test_a_record_that_was_promised_and_not_sealed_is_sealed_by_the_next_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bank = a_bank(tmp_path)
    with monkeypatch.context() as outage:
        outage.setattr("flows.daily_seal.publish_pending", lambda *_: ())
        assert seal(bank).seal == 0
    assert seal_count(bank) == 0
    assert (seal(bank).seal, seal_count(bank)) == (1, 1)
    assert bank.ledger.pending_outbox() == ()


def test_the_head_is_anchored_once_and_the_receipt_is_sealed_the_next_day(tmp_path: Path) -> None:
    bank = a_bank(tmp_path, more_settings=a_noting_command(tmp_path))
    days = [seal(bank), seal(bank)]
    assert [day.attempt for day in days] == [AttemptStatus.ANCHORED, AttemptStatus.ALREADY]
    assert days[0].verdict is Verdict.PASS
    assert (days[1].exposure.receipts, days[1].exposure.unsealed_count, days[1].exposure.unanchored_count) == (1, 1, 0)
    assert len((tmp_path / "called.txt").read_text().splitlines()) == 4
    assert seal(bank, TUESDAY).statement == "Nothing was recorded since seal 000001 but 1 receipt of anchors."
    assert receipts_of(bank) == ["000001", "000002"]
    assert '"kind":"HeadAnchored"' in (bank.workspace.archive_dir / "000002/ledger.jsonl").read_text().replace('\\"', '"')


def test_an_anchor_that_fails_loses_nothing_is_seen_and_is_tried_again(tmp_path: Path) -> None:
    bank = a_bank(tmp_path, more_settings=a_command(tmp_path, "[ -e open ] || { echo the remote hung up >&2; exit 7; }"))
    result = bank.triage(MONDAY)
    assert (result.decision.verdict, result.seal) == (Verdict.PASS, 1)
    assert result.attempt is not None
    assert (result.attempt.status, "found 7: the remote hung up" in result.attempt.reason) == (AttemptStatus.FAILED, True)
    day = seal(bank)
    assert (day.verdict, {reason.code for reason in day.reasons}) == (Verdict.FAIL, {"anchor_failed", "never_anchored"})
    assert (day.seal, receipts_of(bank)) == (2, [])
    (tmp_path / "open").touch()
    assert (bank.triage(MONDAY).attempt or result.attempt).status is AttemptStatus.ANCHORED
    assert receipts_of(bank) == ["000002"]


def test_the_next_day_says_on_its_page_what_nobody_else_knew(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    pages = [Path(bank.triage(day).report_path).read_text(encoding="utf-8") for day in (MONDAY, TUESDAY)]
    assert "nothing is sealed yet" in pages[0]
    assert "1 of 1 seal" in pages[1] and "could rewrite or shorten it unseen" in pages[1]
    assert "sealed up to event" in pages[1]


def test_a_command_that_is_killed_between_anchor_and_receipt_is_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bank = a_bank(tmp_path, more_settings=a_noting_command(tmp_path))
    with monkeypatch.context() as killed:
        killed.setattr("tasks.anchors.receipt_event", lambda *_: pytest.exit("killed"))
        with pytest.raises(pytest.exit.Exception):
            seal(bank)
    assert seal(bank).attempt is AttemptStatus.ANCHORED
    assert receipts_of(bank) == ["000001"]
    assert len((tmp_path / "called.txt").read_text().splitlines()) == 8


def test_the_daily_seal_runs_as_prefects_and_shows_what_it_found(prefect_api: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect.client.orchestration import get_client

    monkeypatch.setenv("PREFECT_API_URL", prefect_api)
    bank = a_bank(tmp_path, more_settings=a_noting_command(tmp_path))
    day = seal(bank)
    assert (day.verdict, day.attempt, day.seal) == (Verdict.PASS, AttemptStatus.ANCHORED, 1)
    with get_client(sync_client=True) as client:
        shown = [artifact for artifact in client.read_artifacts() if artifact.key == "daily-seal"]
        runs = [run.name for run in client.read_flow_runs()]
    assert f"seal-{MONDAY}" in runs
    assert any("newest anchor" in str(artifact.data) and "Pass: daily seal of 16 Mar 2026" in str(artifact.data) for artifact in shown)


def test_a_day_that_has_not_begun_is_refused(tmp_path: Path) -> None:
    from registry.errors import ConfigurationError

    with pytest.raises(ConfigurationError, match="expected a day that has begun"):
        engine.run(daily_seal, as_of=scheduled_instant(date(2999, 1, 1), ZONE), workspace=str(a_bank(tmp_path).root))


def test_where_another_account_seals_its_command_seals_and_anchors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bank = a_bank(tmp_path, more_settings=a_noting_command(tmp_path) + "sealing: {by: sealer}\n")
    day = seal(bank)
    assert (day.seal, day.attempt, day.verdict) == (0, AttemptStatus.LEFT_TO_SEALER, Verdict.INCONCLUSIVE)
    called = call(capsys, "--workspace", bank.root, "evidence", "seal", "--json")
    assert (called.code, len(called.document["seals"]), called.document["anchor"]["status"]) == (0, 1, "anchored")
    later = seal(bank)
    assert (later.seal, later.verdict, receipts_of(bank)) == (1, Verdict.PASS, ["000001"])

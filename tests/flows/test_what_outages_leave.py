"""What an outage, a part of a day or a lost draft leaves behind: nothing is lost, and no later day passes over it."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from checks.verdict import badness
from registry.domain.decision import Verdict
from registry.domain.feed import FeedStatus
from registry.errors import ConfigurationError, EvidenceUnavailableError
from tests.flows.workspaces import CREDIT, MONDAY, ROUTER, a_bank

DAY = timedelta(days=1)


def test_a_feed_that_was_away_longer_than_its_lateness_is_read_from_where_it_stopped(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    file = tmp_path / "data/complaints.csv"
    bank.triage(MONDAY)
    shutil.move(file, tmp_path / "away.csv")
    away = [bank.triage(MONDAY + back * DAY).decision for back in range(1, 6)]
    assert {feed.status for day in away for feed in day.feeds if feed.feed == "complaints"} == {FeedStatus.ERRORED}
    assert all(day.verdict is not Verdict.PASS for day in away)

    shutil.move(tmp_path / "away.csv", file)
    back = bank.triage(MONDAY + 6 * DAY).decision
    received = [count for count in bank.ledger.read_counts(MONDAY, MONDAY + 6 * DAY) if count.feed == "complaints"]
    assert {count.on for count in received} == {MONDAY + offset * DAY for offset in range(6)}
    assert back.signal_counts["new"] >= sum(count.count for count in received)


def test_a_total_is_never_better_than_a_part_that_was_decided_before(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    shutil.move(tmp_path / "data/overrides.jsonl", tmp_path / "away")
    worst = max((bank.triage(MONDAY, system).decision for system in (ROUTER, CREDIT)), key=lambda day: badness(day.verdict))
    shutil.move(tmp_path / "away", tmp_path / "data/overrides.jsonl")
    total = bank.triage(MONDAY).decision
    assert badness(total.verdict) >= badness(worst.verdict)
    assert "decided_before" in {finding.reason_code for finding in total.findings}


def test_a_day_that_has_not_begun_is_refused(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    with pytest.raises(ConfigurationError, match="expected a day that has begun"):
        bank.triage(MONDAY + 36_500 * DAY)


def test_a_lost_draft_stops_no_other_day_and_no_day_passes_over_it(tmp_path: Path) -> None:
    from tasks import evidence

    bank = a_bank(tmp_path)
    real = evidence.publish
    evidence.publish = _stopped
    try:
        with pytest.raises(KeyboardInterrupt):
            bank.triage(MONDAY)
    finally:
        evidence.publish = real
    shutil.rmtree(tmp_path / ".state/spool/drafts")
    day = bank.triage(MONDAY + DAY)
    assert day.seal == 1
    assert day.decision.verdict is not Verdict.PASS
    assert "evidence_pending" in {finding.reason_code for finding in day.decision.findings}


def test_an_archive_that_is_not_mounted_begins_no_second_chain(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    bank.triage(MONDAY)
    archive = bank.workspace.archive_dir
    shutil.move(archive, tmp_path / "elsewhere")
    with pytest.raises(EvidenceUnavailableError, match="mount the archive"):
        bank.triage(MONDAY + DAY)
    assert not (archive / "seals").exists()

    shutil.rmtree(archive, ignore_errors=True)
    shutil.move(tmp_path / "elsewhere", archive)
    assert bank.triage(MONDAY + DAY).seal == 2


def _stopped(*_: object, **__: object) -> None:
    raise KeyboardInterrupt

"""The demonstration's files: the same for a seed, complete, and with every mishap where the story says."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from statistics import mean

import pyarrow.parquet
import pytest

from deployments.demo.generator import deliver_day, replay_days, write_workspace
from deployments.demo.story import (
    HISTORY_DAYS,
    HISTORY_FROM,
    LAST_RUN_ON,
    REPLAY_FROM,
    RESENT_ON,
    SEED,
    VERSION_CHANGES,
)
from deployments.demo.volumes import SYMPTOMS, count_on
from registry.catalogue.loader import load_catalogue
from registry.policies.suppressions import find_dangling_suppressions, load_suppressions
from registry.settings import load_workspace
from tests.demo.demo_files import IDS, rows_in
from tests.demo.true_replay import truth_of

_DAY = timedelta(days=1)


def digests(root: Path) -> dict[str, str]:
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def before_replay(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("before")
    write_workspace(root)
    return root


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(whole: Path, tmp_path: Path) -> None:
    write_workspace(tmp_path / "again")
    for day in replay_days():
        deliver_day(tmp_path / "again", day)
    write_workspace(tmp_path / "other", seed=1)
    assert digests(tmp_path / "again") == digests(whole)
    assert (
        digests(tmp_path / "other")["data/complaints/complaints-2026-01.csv.gz"]
        != digests(whole)["data/complaints/complaints-2026-01.csv.gz"]
    )


def test_the_workspace_loads_before_and_after_the_replay(before_replay: Path, whole: Path) -> None:
    for root in (before_replay, whole):
        workspace = load_workspace(root)
        systems = load_catalogue(workspace)
        assert [system.system_id for system in systems] == ["complaint_router", "credit_model", "fraud_filter"]
        assert all(not system.missing_owners for system in systems)
        assert find_dangling_suppressions(workspace.suppressions_path, systems) == ()


def test_suppressions_have_an_owner_a_reason_an_expiry_and_both_modes(whole: Path) -> None:
    rules = load_suppressions(load_workspace(whole).suppressions_path)
    assert {rule.mode for rule in rules} == {"enforce", "monitor"}
    assert all(rule.owner and rule.reason and rule.expires_on > LAST_RUN_ON for rule in rules)


def test_every_feed_reads_columns_that_its_files_have(whole: Path) -> None:
    for system in load_catalogue(load_workspace(whole)):
        for feed in system.feeds:
            path = sorted(whole.glob(feed.source.path))[-1]
            found = set(pyarrow.parquet.read_schema(path).names) if path.suffix == ".parquet" else set(rows_in(path)[0])
            named = {feed.signal_id, feed.occurred_at.column, feed.received_at.column, feed.impact.column, feed.narrative, feed.synthetic}
            named |= {feed.journey_step, feed.reproducible, *feed.fingerprint, *feed.source_evidence, *feed.versions.values()}
            assert named | set(feed.segment.values()) | set(feed.known_values) <= found | {""}


def test_history_ends_before_the_replay_and_covers_two_hundred_days(before_replay: Path, whole: Path) -> None:
    received = sorted(row["Received at"][:10] for row in rows_in(before_replay / "data/complaints/complaints-2025-12.csv.gz"))
    assert received[0] == HISTORY_FROM.isoformat()
    days = {
        row[:10]
        for row in (row["Received at"] for path in (whole / "data/complaints").iterdir() for row in rows_in(path))
        if row[:2] == "20"
    }
    assert {(HISTORY_FROM + offset * _DAY).isoformat() for offset in range(HISTORY_DAYS)} <= days
    assert (
        max(row["Received at"] for path in (before_replay / "data/complaints").iterdir() for row in rows_in(path)) < REPLAY_FROM.isoformat()
    )


def test_a_morning_delivers_only_the_days_before_it(whole: Path) -> None:
    for source in IDS:
        newest = max(path.name for path in (whole / "data" / source).glob("*-????-??-??*"))
        assert (LAST_RUN_ON - _DAY).isoformat() in newest


def test_delivering_a_day_twice_changes_nothing(tmp_path: Path) -> None:
    deliver_day(tmp_path, RESENT_ON)
    once = digests(tmp_path)
    deliver_day(tmp_path, RESENT_ON)
    assert digests(tmp_path) == once


def test_customers_write_less_at_weekends() -> None:
    quiet = [HISTORY_FROM + offset * _DAY for offset in range(126)]
    totals = {on: sum(count_on(symptom, on, SEED) for symptom in SYMPTOMS if symptom.source == "complaints") for on in quiet}
    weekend = mean(count for on, count in totals.items() if on.weekday() > 4)
    assert weekend < 0.8 * mean(count for on, count in totals.items() if on.weekday() <= 4)


def test_narratives_hold_personal_data_that_has_to_be_redacted(whole: Path) -> None:
    texts = " ".join(row["Narrative"] for path in (whole / "data/complaints").iterdir() for row in rows_in(path))
    assert all(piece in texts for piece in ("@mail.example", "202-555-01", "4111 1111 1111 1111", "DE89 3704", "123-45-6789", "192.0.2."))


def test_recorded_versions_change_on_their_morning_and_not_before(tmp_path: Path) -> None:
    write_workspace(tmp_path)
    change = VERSION_CHANGES[1]
    path = tmp_path / "systems" / f"{change.system_id}.yaml"
    deliver_day(tmp_path, change.on - _DAY)
    assert change.before in path.read_text()
    deliver_day(tmp_path, change.on)
    assert change.after in path.read_text()
    assert change.before not in path.read_text()


def test_the_baseline_is_long_enough_before_the_first_story() -> None:
    assert (truth_of("spike").from_on - REPLAY_FROM).days >= 56 + 7

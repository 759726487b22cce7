"""The demonstration's files: the same for a seed, complete, and with every mishap where the story says."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from statistics import mean

import pyarrow.parquet
import pytest

from deployments.demo.generator import deliver_day, replay_days, write_workspace
from deployments.demo.mishaps import arrivals
from deployments.demo.played import expected_new
from deployments.demo.rows import rows_of
from deployments.demo.story import (
    BAD_ROWS_ON,
    BATCH_COUNT,
    BATCH_ON,
    BROKEN_OF,
    CANARY_BURST_COUNT,
    CANARY_BURST_ON,
    DIP_FROM,
    DIP_TO,
    HISTORY_DAYS,
    HISTORY_FROM,
    LAST_RUN_ON,
    LATE_OF,
    LATE_ON,
    PRIVACY_ON,
    REPLAY_FROM,
    RESENT_OF,
    RESENT_ON,
    SEED,
    STOPPED_FROM,
    STOPPED_TO,
    VERSION_CHANGES,
)
from deployments.demo.truth import TRUTH
from deployments.demo.volumes import SYMPTOMS, count_on
from registry.catalogue.loader import load_catalogue
from registry.policies.suppressions import find_dangling_suppressions, load_suppressions
from registry.settings import load_workspace
from tests.demo.true_replay import truth_of

_DAY = timedelta(days=1)
IDS = {"complaints": "Complaint ID", "overrides": "override_id", "credit_overrides": "override_id", "evals": "case_run_id"}


def digests(root: Path) -> dict[str, str]:
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def rows_in(path: Path) -> list[dict[str, str]]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    if path.name.endswith((".csv", ".csv.gz")):
        return list(csv.DictReader(content.decode().splitlines()))
    return [json.loads(line) for line in content.splitlines()]


def ids_in(root: Path, source: str) -> list[str]:
    paths = sorted(path for path in (root / "data" / source).iterdir())
    return [row[IDS[source]] for path in paths for row in rows_in(path)]


def complaints_of(root: Path, day: date) -> list[dict[str, str]]:
    deliver_day(root, day + _DAY)
    return rows_in(root / f"data/complaints/complaints-{day}.csv.gz")


@pytest.fixture(scope="module")
def before_replay(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("before")
    write_workspace(root)
    return root


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("whole")
    write_workspace(root)
    for day in replay_days():
        deliver_day(root, day)
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


@pytest.mark.parametrize("place", ["fraud_filter/overrides", "credit_model/overrides"])
def test_what_is_counted_as_true_is_what_the_files_bring_for_the_first_time(place: str, tmp_path: Path) -> None:
    source = "overrides" if place.startswith("fraud") else "credit_overrides"
    truth = next(truth for truth in TRUTH if truth.place == place)
    known: set[str] = set()
    for morning in (RESENT_OF + offset * _DAY for offset in range(20)):
        deliver_day(tmp_path, morning)
        readable = [path for path in (tmp_path / "data" / source).iterdir() if source == "overrides" or "reason" in rows_in(path)[0]]
        found = {row["override_id"] for path in readable for row in rows_in(path) if row.get("system", "") in {"", "fraud_filter"}}
        assert len(found - known) == expected_new(truth, morning, SEED)
        known |= found


def test_the_resent_file_holds_the_same_rows_under_another_name(whole: Path) -> None:
    folder = whole / "data/overrides"
    assert rows_in(folder / f"overrides-{RESENT_OF}.jsonl") == rows_in(folder / f"overrides-{RESENT_OF}-resent.jsonl")
    assert max(Counter(ids_in(whole, "overrides")).values()) == 2


def test_the_late_file_is_not_there_before_its_day(tmp_path: Path) -> None:
    name = f"data/credit_overrides/credit_overrides-{LATE_OF}.csv"
    for morning in (LATE_OF + _DAY, LATE_ON - _DAY):
        deliver_day(tmp_path, morning)
    assert not (tmp_path / name).exists()
    deliver_day(tmp_path, LATE_ON)
    assert rows_in(tmp_path / name)


def test_the_broken_file_lacks_a_column_for_one_morning_only(tmp_path: Path) -> None:
    path = tmp_path / f"data/credit_overrides/credit_overrides-{BROKEN_OF}.csv"
    deliver_day(tmp_path, BROKEN_OF + _DAY)
    broken = rows_in(path)
    deliver_day(tmp_path, BROKEN_OF + 2 * _DAY)
    assert broken
    assert "reason" not in broken[0]
    assert [{key: value for key, value in row.items() if key != "reason"} for row in rows_in(path)] == broken
    assert all(row["reason"] for row in rows_in(path))


def test_the_bad_rows_are_bad_in_five_ways(tmp_path: Path) -> None:
    before, rows = complaints_of(tmp_path, BAD_ROWS_ON - _DAY), complaints_of(tmp_path, BAD_ROWS_ON)
    earlier = {row["Complaint ID"]: row for row in before}
    again = [row for row in rows if row["Complaint ID"] in earlier]
    assert [
        row["Received at"] for row in rows if row["Received at"][:10] not in {BAD_ROWS_ON.isoformat(), (BAD_ROWS_ON - _DAY).isoformat()}
    ] == [
        "31/06/2026",
        "2126-01-15 09:00:00",
    ]
    assert [row["Channel"] for row in rows if "pigeon" in row["Channel"]] == ["Carrier pigeon"]
    assert sum(row["Complaint ID"] == "" for row in rows) == 1
    assert len(again) == 1
    assert again[0] != earlier[again[0]["Complaint ID"]]


def test_the_batch_comes_in_one_day_by_one_channel(tmp_path: Path) -> None:
    day, next_day = complaints_of(tmp_path, BATCH_ON), complaints_of(tmp_path, BATCH_ON + _DAY)
    letters = [row for row in day if row["Channel"] == "Letter"]
    assert len(letters) >= BATCH_COUNT > len(day) / 2
    assert sum(row["Channel"] == "Letter" for row in next_day) < 10


def test_canaries_come_every_day_and_once_in_a_burst(tmp_path: Path) -> None:
    burst, usual = complaints_of(tmp_path, CANARY_BURST_ON), complaints_of(tmp_path, CANARY_BURST_ON + _DAY)
    assert sum(row["Test record"] == "yes" for row in burst) == CANARY_BURST_COUNT
    assert sum(row["Test record"] == "yes" for row in usual) == 1


def test_one_complaint_alone_is_about_privacy(whole: Path) -> None:
    every = [row for path in (whole / "data/complaints").iterdir() for row in rows_in(path)]
    assert [row["Received at"][:10] for row in every if row["Consequence"] == "data seen by others"] == [PRIVACY_ON.isoformat()]


def test_the_stopped_feed_delivers_no_file_at_all(whole: Path) -> None:
    days = {path.name for path in (whole / "data/evals").iterdir()}
    silent = {f"evals-{STOPPED_FROM + offset * _DAY}.jsonl" for offset in range((STOPPED_TO - STOPPED_FROM).days)}
    assert not silent & days
    assert f"evals-{STOPPED_TO}.jsonl" in days


def test_the_dip_loses_most_of_the_volume() -> None:
    reroutes = [symptom for symptom in SYMPTOMS if symptom.source == "reroutes"]
    low = mean(sum(count_on(s, DIP_FROM + offset * _DAY, SEED) for s in reroutes) for offset in range((DIP_TO - DIP_FROM).days))
    usual = mean(sum(count_on(s, DIP_FROM - offset * _DAY, SEED) for s in reroutes) for offset in range(1, 57))
    assert low < usual / 4


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


@pytest.mark.parametrize("seed", range(3, 8))
def test_any_seed_makes_a_story_whose_special_days_have_rows(seed: int) -> None:
    """Seed 3 once had no complaint of the router on the day before the bad rows, and the generator stopped."""
    assert [rows for rows in arrivals(BAD_ROWS_ON + _DAY, seed) if rows.source == "complaints" and rows.rows]
    assert rows_of("credit_overrides", BROKEN_OF, seed)
    assert rows_of("credit_overrides", LATE_OF, seed)

"""The mishaps of the demonstration: each is in the files of the day that the story names, and nowhere else."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path
from statistics import mean

import pytest

from deployments.demo.generator import deliver_day
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
    LATE_OF,
    LATE_ON,
    PRIVACY_ON,
    RESENT_OF,
    SEED,
    STOPPED_FROM,
    STOPPED_TO,
)
from deployments.demo.truth import TRUTH
from deployments.demo.volumes import SYMPTOMS, count_on
from tests.demo.demo_files import complaints_of, ids_in, rows_in

_DAY = timedelta(days=1)


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


@pytest.mark.parametrize("seed", range(3, 8))
def test_any_seed_makes_a_story_whose_special_days_have_rows(seed: int) -> None:
    """Seed 3 once had no complaint of the router on the day before the bad rows, and the generator stopped."""
    assert [rows for rows in arrivals(BAD_ROWS_ON + _DAY, seed) if rows.source == "complaints" and rows.rows]
    assert rows_of("credit_overrides", BROKEN_OF, seed)
    assert rows_of("credit_overrides", LATE_OF, seed)

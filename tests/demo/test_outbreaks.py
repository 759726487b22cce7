"""What one version did and another mended, in the files: told by the day of the decision, however late customers write."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from deployments.demo.outbreaks import DECISIONS, DECISIONS_PER_DAY, decision_rows, outbreak_rows
from deployments.demo.story import (
    ASKED_TWICE_FIXED_ON,
    HISTORY_FROM,
    LANGUAGE_FIXED_ON,
    LAST_RUN_ON,
    OUTBREAKS,
    OUTBREAKS_FROM,
    RETURNED_AFTER_DAYS,
    RETURNED_FROM,
    RETURNED_TO,
    SEED,
)
from registry.catalogue.loader import load_catalogue, load_watches
from registry.settings import load_workspace
from tests.demo.demo_files import rows_in

_DAY = timedelta(days=1)
_EVERY = [row for offset in range(80) for row in outbreak_rows(OUTBREAKS_FROM + offset * _DAY, SEED)]


def decided(symptom: str) -> list[date]:
    return [date.fromisoformat(row["Decided on"]) for row in _EVERY if row["Issue"] == symptom]


def test_nothing_comes_in_before_the_first_decision() -> None:
    assert outbreak_rows(OUTBREAKS_FROM - _DAY, SEED) == []


def test_the_mended_symptom_ends_with_the_last_decision_of_the_old_version_and_some_write_later() -> None:
    on = decided("Answered in the wrong language")
    assert min(on) >= OUTBREAKS_FROM and max(on) < LANGUAGE_FIXED_ON
    received = [row["Received at"][:10] for row in _EVERY if row["Issue"] == "Answered in the wrong language"]
    assert max(received) >= LANGUAGE_FIXED_ON.isoformat()


def test_the_other_returns_by_decisions_of_the_new_version_that_are_written_about_late() -> None:
    after = [row for row in _EVERY if row["Issue"] == "Payment asked about twice" and row["Decided on"] >= ASKED_TWICE_FIXED_ON.isoformat()]
    assert after
    for row in after:
        on = date.fromisoformat(row["Decided on"])
        assert RETURNED_FROM <= on < RETURNED_TO
        assert row["Received at"][:10] == (on + RETURNED_AFTER_DAYS * _DAY).isoformat()


def test_each_complaint_has_an_id_of_its_own_and_comes_once() -> None:
    assert max(Counter(row["Complaint ID"] for row in _EVERY).values()) == 1
    expected = sum(outbreak.per_day * (outbreak.to_on - outbreak.from_on).days for outbreak in OUTBREAKS)
    assert 0.7 * expected < len(_EVERY) < 1.3 * expected


def test_decisions_are_counted_for_every_day_system_and_region_before_the_morning(whole: Path) -> None:
    rows = rows_in(whole / "data/decisions" / DECISIONS)
    assert [row["day"] for row in rows[:1] + rows[-1:]] == [HISTORY_FROM.isoformat(), (LAST_RUN_ON - _DAY).isoformat()]
    assert Counter(row["system"] for row in rows) == dict.fromkeys(DECISIONS_PER_DAY, 4 * 200)
    assert all(int(row["count"]) > 0 for row in rows)
    assert len(decision_rows(HISTORY_FROM, SEED)) == 0


def test_what_customers_and_auditors_report_is_measured_against_counted_decisions(whole: Path) -> None:
    workspace = load_workspace(whole)
    assert {system.system_id for system in load_catalogue(workspace)} == set(DECISIONS_PER_DAY)
    watches = [watch for watch in load_watches(workspace) if watch.feed in {"complaints", "audit_findings"}]
    assert len(watches) == 4
    assert all(watch.exposure is not None and watch.exposure.unit == "decision" for watch in watches)

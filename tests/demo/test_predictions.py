"""The prediction logs of the demonstration: the same for a seed, never ahead of their day, with each change where the story says."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from deployments.demo.generator import deliver_day, write_workspace
from deployments.demo.mishaps import Arrival
from deployments.demo.predictions import BROKER_SHARE, PER_DAY, exported_logs, prediction_logs
from deployments.demo.story import BROKERS_FROM, LOG_FROM, RECODED_FROM, RECODED_TO, REPLAY_FROM, SEED, WATCHED_ON
from registry.catalogue.loader import load_monitored
from registry.settings import load_workspace
from tests.demo.demo_files import rows_in

_DAY = timedelta(days=1)
TIMES = {"credit_model.parquet": "decided_on", "fraud_filter.csv.gz": "paid_at", "complaint_router.jsonl": "routed_at"}


def logs_of(before: date, seed: int = SEED) -> dict[str, Arrival]:
    return {arrival.name: arrival for arrival in prediction_logs(before, seed)}


def day_of(row: dict[str, Any], name: str) -> date:
    made = row[TIMES[name]]
    return made if isinstance(made, date) else datetime.fromisoformat(made).date()


def test_a_log_that_is_exported_before_its_first_day_is_empty() -> None:
    assert [arrival.rows for arrival in prediction_logs(LOG_FROM, SEED)] == [(), (), ()]


def test_logs_are_exported_when_the_workspace_is_made_and_on_the_mornings_that_the_triggers_have_a_window() -> None:
    days = [REPLAY_FROM + offset * _DAY for offset in range(126)]
    assert [day for day in days if exported_logs(day, SEED)] == [REPLAY_FROM, *WATCHED_ON]


def test_a_log_has_as_many_predictions_on_every_day_before_its_export_and_none_after() -> None:
    for name, log in logs_of(WATCHED_ON[0]).items():
        days = Counter(day_of(row, name) for row in log.rows)
        assert days == {LOG_FROM + offset * _DAY: PER_DAY for offset in range((WATCHED_ON[0] - LOG_FROM).days)}
        assert len({next(iter(row.values())) for row in log.rows}) == len(log.rows)


def test_an_outcome_is_in_the_log_only_once_it_is_known() -> None:
    rows = logs_of(WATCHED_ON[0])["credit_model.parquet"].rows
    known = [row for row in rows if row["missed_first"] is not None]
    assert max(row["first_due_on"] for row in known) == WATCHED_ON[0] - _DAY
    assert all((row["missed_first"] is None) is (row["decided_on"] + 30 * _DAY >= WATCHED_ON[0]) for row in rows)
    assert all((row["first_due_on"] is None) is (row["missed_first"] is None) for row in rows)


def test_a_later_export_says_the_same_of_what_an_earlier_one_knew() -> None:
    earlier, later = (logs_of(on)["complaint_router.jsonl"].rows for on in WATCHED_ON[:2])
    for before, after in zip(earlier, later, strict=False):
        assert {name: value for name, value in before.items() if value is not None}.items() <= after.items()


def test_brokers_bring_others_from_their_day_on_who_are_scored_alike_and_pay_worse() -> None:
    rows = logs_of(WATCHED_ON[-1])["credit_model.parquet"].rows
    brokered = [row for row in rows if row["channel"] == "broker"]
    others = [row for row in rows if row["channel"] != "broker"]
    assert min(row["decided_on"] for row in brokered) == BROKERS_FROM
    assert len(brokered) == pytest.approx(BROKER_SHARE * PER_DAY * (WATCHED_ON[-1] - BROKERS_FROM).days, rel=0.1)
    assert _mean(brokered, "risk") == pytest.approx(_mean(others, "risk"), rel=0.05)
    assert _mean(others, "missed_first") == pytest.approx(_mean(others, "risk"), rel=0.15)
    assert _mean(brokered, "missed_first") > 1.8 * _mean(brokered, "risk")


def test_terminals_are_recoded_for_two_weeks_and_nothing_else_of_the_payments_changes() -> None:
    name = "fraud_filter.csv.gz"
    rows = logs_of(WATCHED_ON[-1])[name].rows
    days = {mode: {day_of(row, name) for row in rows if row["entry_mode"] == mode} for mode in ("CTLS", "contactless")}
    assert (min(days["CTLS"]), max(days["CTLS"])) == (RECODED_FROM, RECODED_TO - _DAY)
    assert not days["CTLS"] & days["contactless"]


def test_the_workspace_watches_columns_that_its_logs_have(tmp_path: Path) -> None:
    write_workspace(tmp_path)
    deliver_day(tmp_path, WATCHED_ON[0])
    watched = load_monitored(load_workspace(tmp_path))
    assert [one.entry.system_id for one in watched] == ["complaint_router", "credit_model", "fraud_filter"]
    for one in watched:
        path = tmp_path / one.predictions.source.path
        found = set(pyarrow.parquet.read_schema(path).names) if path.suffix == ".parquet" else set(rows_in(path)[0])
        spec = one.predictions
        outcome = {spec.label, spec.label_known_at.column if spec.label_known_at else ""}
        assert {spec.row_id, spec.time.column, spec.score, *spec.numeric, *spec.categorical, *spec.segments, *outcome} <= found | {""}
        assert one.monitoring.reference_from == LOG_FROM
        assert one.monitoring.reference_to == BROKERS_FROM, "nothing has changed yet in the days that are compared with"


def _mean(rows: list[dict[str, Any]], column: str) -> float:
    values = [row[column] for row in rows if row[column] is not None]
    return float(sum(values)) / len(values)

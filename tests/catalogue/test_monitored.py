"""What is watched of a system's predictions: what may be written, and how what is wrong is told."""

# ruff: noqa: E501 - a case and its exact message stand on one line
from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from registry.catalogue.loader import load_catalogue, load_monitored
from registry.domain.catalogue import SourceSpec, TimeField
from registry.domain.monitoring import LabelKind, MonitoringSpec, PredictionSpec, WindowKind
from registry.errors import ConfigurationError
from tests.catalogue.workspaces import SYSTEM, a_workspace

FILE = "systems/fraud_filter.yaml"
WATCHED = """\
predictions:
  source: {path: data/scored.parquet}
  columns: {id: loan_id, time: issued_on, version: model_version, score: score, label: charged_off, label_known_on: last_payment_on}
  features: {numeric: [amount], categorical: [term, purpose]}
  segments: [term]
monitoring:
  reference: {from: 2009-01-01, to: 2010-05-01}
  window: month
"""


def swapped(old: str, new: str) -> str:
    """The watched part with one passage replaced."""
    assert WATCHED.count(old) == 1, f"{old!r} must stand once"
    return WATCHED.replace(old, new)


def problems(root: Path, watched: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load_monitored(a_workspace(root, system=SYSTEM + watched))
    return caught.value.problems


def test_a_system_without_predictions_is_not_watched(tmp_path: Path) -> None:
    assert load_monitored(a_workspace(tmp_path)) == ()


def test_every_key_of_a_watched_system_arrives(tmp_path: Path) -> None:
    more = WATCHED + "  allowed_lateness_days: 3\n  retrain_every_days: 90\n  training_deployment: train/loans\n"
    more += "  closed_on: [2010-04-02]\n  accepted_miscalibration: ranks only\n"
    (watched,) = load_monitored(a_workspace(tmp_path, system=SYSTEM + more.replace("  segments", "  where: amount > 0\n  segments")))
    assert watched.predictions == PredictionSpec(
        source=SourceSpec(watched.predictions.source.source_id, path="data/scored.parquet"),
        time=TimeField("issued_on"),
        row_id="loan_id",
        where="amount > 0",
        version="model_version",
        score="score",
        label="charged_off",
        label_kind=LabelKind.BINARY,
        label_known_at=TimeField("last_payment_on"),
        numeric=("amount",),
        categorical=("term", "purpose"),
        segments=("term",),
    )
    assert watched.monitoring == MonitoringSpec(
        date(2009, 1, 1),
        date(2010, 5, 1),
        WindowKind.MONTH,
        3,
        90,
        training_deployment="train/loans",
        closed_on=(date(2010, 4, 2),),
        accepted_miscalibration="ranks only",
    )
    assert (
        watched.entry
        == load_catalogue(a_workspace(tmp_path, system=SYSTEM + more.replace("  segments", "  where: amount > 0\n  segments")))[0]
    )


BAD = [
    ("predictions alone", WATCHED.split("monitoring", maxsplit=1)[0], "14: predictions: expected monitoring beside it, found none; add monitoring with a reference and a window"),
    ("monitoring alone", "monitoring" + WATCHED.split("monitoring")[1], "14: monitoring: expected predictions beside it, found none; add predictions with their source and columns"),
    ("no time", swapped("time: issued_on, ", ""), "16: predictions.columns.time: expected a value, found nothing; add this key"),
    ("nothing to watch", swapped("  features: {numeric: [amount], categorical: [term, purpose]}\n", "").replace(" score: score, label: charged_off, label_known_on: last_payment_on", ""), "14: predictions: expected a feature or a score to watch, found none; add features or columns.score"),
    ("a label without a score", swapped("score: score, ", ""), "16: predictions.columns.label: expected a score that the label is compared with, found none; add columns.score"),
    ("a date of a label without the label", swapped("label: charged_off, ", ""), "16: predictions.columns.label_known_on: expected a label beside it, found none; add columns.label"),
    ("a kind of label that is none", swapped("  segments", "  label_kind: text\n  segments"), "18: predictions.label_kind: expected 'binary' or 'number', found 'text'; use one of these"),
    ("a score that is a feature", swapped("numeric: [amount]", "numeric: [amount, score]"), "17: predictions.features.numeric[1]: expected each column once, found 'score' again after columns.score; remove one of them"),
    ("a feature of two kinds", swapped("numeric: [amount]", "numeric: [amount, purpose]"), "17: predictions.features.categorical[1]: expected each column once, found 'purpose' again after features.numeric; remove one of them"),
    ("a segment twice", swapped("segments: [term]", "segments: [term, term]"), "18: predictions.segments[1]: expected each segment once, found 'term' again; remove one of them"),
    ("a segment that is the label", swapped("segments: [term]", "segments: [charged_off]"), "18: predictions.segments[0]: expected a column that splits the rows, found 'charged_off', which is columns.label; choose another"),
    ("a bar in a name", swapped("[amount]", '["a|b"]'), "17: predictions.features.numeric[0]: expected a column name without |, found 'a|b'; rename the column in the query or export"),
    ("a source outside the roots", swapped("data/scored", "../scored"), "15: predictions.source.path: expected a path below an allowed source root (.), found '../scored.parquet'; move the file or allow its folder"),
    ("a reference that ends before it begins", swapped("to: 2010-05-01", "to: 2009-01-01"), "20: monitoring.reference.to: expected a day after 2009-01-01, found 2009-01-01; it is the first day left out"),
    ("a reference of a number", swapped("from: 2009-01-01", "from: 20090101"), "20: monitoring.reference.from: expected a date like 2026-01-31, found 20090101; write it as year-month-day"),
    ("a window that is none", swapped("window: month", "window: quarter"), "21: monitoring.window: expected 'day', 'week' or 'month', found 'quarter'; use one of these"),
    ("a schedule of no days", WATCHED + "  retrain_every_days: 0\n", "22: monitoring.retrain_every_days: expected a number of at least 1, found 0; correct it"),
    ("a training that names no flow", WATCHED + "  training_deployment: loans\n", "22: monitoring.training_deployment: expected text matching ^[^/]+/[^/]+$, found 'loans'; rename it"),
]  # fmt: skip


@pytest.mark.parametrize(("watched", "message"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_what_cannot_be_watched_is_told_with_line_key_and_fix(tmp_path: Path, watched: str, message: str) -> None:
    assert problems(tmp_path, watched) == [f"{FILE}:{message}"]


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    watched = swapped("numeric: [amount]", "numeric: [score, charged_off]").replace("to: 2010-05-01", "to: 2008-01-01")
    found = problems(tmp_path, watched.replace("segments: [term]", "segments: [term, term]"))
    assert [problem.split(": ")[1] for problem in found] == [
        "predictions.features.numeric[0]",
        "predictions.features.numeric[1]",
        "predictions.segments[1]",
        "monitoring.reference.to",
    ]


def test_a_segment_may_be_a_feature_too(tmp_path: Path) -> None:
    (watched,) = load_monitored(a_workspace(tmp_path, system=SYSTEM + WATCHED))
    assert set(watched.predictions.segments) <= set(watched.predictions.categorical)

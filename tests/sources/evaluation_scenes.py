"""A small locked set and a table of outcomes, in every kind of file."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from registry.domain.catalogue import SourceSpec
from registry.domain.evaluation import (
    EvaluationSet,
    EvaluationSpec,
    FairnessSpec,
    MetricKind,
    MetricSpec,
    OutcomeColumns,
    OutcomesRead,
    VersionOutcomes,
)
from registry.sources.evaluation_outcomes import read_outcomes
from registry.sources.evaluation_set import read_evaluation_set
from registry.sources.prediction_rows import PredictionPlace
from tests.sources.prediction_scenes import Rows, a_place, write_rows

METRICS = (
    MetricSpec("accuracy", MetricKind.ACCURACY),
    MetricSpec("grounded", MetricKind.PASSED, "grounded"),
    MetricSpec("seconds", MetricKind.AMOUNT, "seconds", more_is_better=False),
)
COLUMNS = OutcomeColumns("version", "case", answer="answer", score="score", error="error")
CHAMPION, CANDIDATE = "router-1", "router-2"


def a_case(case_id: str | None, **changes: Any) -> dict[str, Any]:
    made = {"id": case_id, "product": "card", "text": f"what is {case_id}", "channel": "app", "group": "a", "must": "false"}
    return made | changes


def a_row(version: str | None, case_id: str | None, **changes: Any) -> dict[str, Any]:
    made = {"version": version, "case": case_id, "answer": "card", "score": "0.5", "error": None, "grounded": "true", "seconds": "1.5"}
    return made | changes


CASES: Rows = [a_case("c1"), a_case("c2", product="loan", must="True"), a_case("c3", channel="branch", group="b")]


def a_spec(folder: Path, name: str = "locked.csv", **changes: Any) -> EvaluationSpec:
    """Return an evaluation whose set is the file ``name``, locked as it is now."""
    locked = hashlib.sha256((folder / name).read_bytes()).hexdigest() if (folder / name).exists() else ""
    made = EvaluationSpec(
        artifact="model",
        cases=SourceSpec("cases", name),
        set_digest=locked,
        case_id="id",
        outcomes=SourceSpec("outcomes", "rows.csv"),
        columns=COLUMNS,
        metrics=METRICS,
        label="product",
        content=("text",),
        segments=("channel",),
        critical="must",
        fairness=FairnessSpec(("group",), "card"),
    )
    return replace(made, **changes)


def a_read_set(folder: Path, rows: Rows = CASES, name: str = "locked.csv", **changes: Any) -> EvaluationSet:
    """Write ``rows`` as the set and read it."""
    write_rows(folder, rows, name)
    return read_evaluation_set(a_spec(folder, name, **changes), a_place(folder))


def outcomes_read(
    folder: Path, rows: Rows, name: str = "rows.csv", versions: tuple[str, ...] = (CHAMPION, CANDIDATE), **changes: Any
) -> OutcomesRead:
    """Write ``rows`` as the table of outcomes and read them on ``CASES``."""
    write_rows(folder, rows, name)
    return outcomes_at(folder, a_place(folder), versions, **{"outcomes": SourceSpec("outcomes", name)} | changes)


def outcomes_at(folder: Path, place: PredictionPlace, versions: tuple[str, ...] = (CHAMPION, CANDIDATE), **changes: Any) -> OutcomesRead:
    write_rows(folder, CASES, "locked.csv")
    spec = a_spec(folder, **changes)
    return read_outcomes(spec, read_evaluation_set(spec, place), versions, place)


def of_candidate(folder: Path, rows: Rows, **changes: Any) -> tuple[VersionOutcomes | None, list[tuple[str, str]]]:
    """Return what was read of the candidate alone, with code and text of every finding."""
    read = outcomes_read(folder, rows, versions=(CANDIDATE,), **changes)
    return read.outcomes.get(CANDIDATE), [(one.reason_code, one.reason) for one in read.findings]

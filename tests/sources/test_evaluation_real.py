"""A real table of fourteen language models on a thousand complaints, read as two of them are compared."""

from __future__ import annotations

import csv
import gzip
import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.domain.catalogue import SourceSpec
from registry.domain.evaluation import EvaluationSpec, MetricKind, MetricSpec, OutcomeColumns
from registry.sources.evaluation_outcomes import read_outcomes
from registry.sources.evaluation_set import read_evaluation_set
from tests.sources.prediction_scenes import a_place

ROUTER = Path(__file__).parents[2].parent / "shared" / "data" / "complaint_router_eval_14models.csv.gz"

pytestmark = pytest.mark.skipif(not ROUTER.exists(), reason="expected the real evaluation of language models in ../shared/data, found none")


def long_rows(rows: list[dict[str, str]]) -> Iterator[tuple[str, str, str, str]]:
    names = list(rows[0])
    answered = [(name, names[names.index(name) + 1]) for name in names if name.endswith("_prediction")]
    for answer, seconds in answered:
        for row in rows:
            yield answer.removesuffix("_prediction"), row["id"], row[answer], row[seconds]


def write(folder: Path) -> tuple[EvaluationSpec, list[dict[str, str]]]:
    """Write the wide file as a locked set and a long table of outcomes."""
    with gzip.open(ROUTER, "rt", newline="") as lines:
        rows = list(csv.DictReader(lines))
    with (folder / "set.csv").open("w", newline="") as made:
        csv.writer(made).writerows([["id", "product", "narrative"], *([row["id"], row["product"], row["narrative"]] for row in rows)])
    with (folder / "outcomes.csv").open("w", newline="") as made:
        csv.writer(made).writerows([["model", "id", "answer", "seconds"], *long_rows(rows)])
    spec = EvaluationSpec(
        artifact="model",
        cases=SourceSpec("set", "set.csv"),
        set_digest=hashlib.sha256((folder / "set.csv").read_bytes()).hexdigest(),
        case_id="id",
        outcomes=SourceSpec("outcomes", "outcomes.csv"),
        columns=OutcomeColumns("model", "id", "answer"),
        metrics=(MetricSpec("accuracy", MetricKind.ACCURACY), MetricSpec("seconds", MetricKind.AMOUNT, "seconds")),
        label="product",
        content=("narrative",),
        segments=("product",),
    )
    return spec, rows


def test_two_of_fourteen_models_are_read_as_the_file_has_them(tmp_path: Path) -> None:
    spec, rows = write(tmp_path)
    place = a_place(tmp_path)
    cases = read_evaluation_set(spec, place)
    read = read_outcomes(spec, cases, ("gpt_4o", "gpt-4.5-preview"), place)
    assert (len(cases.case_ids), Counter(cases.labels)) == (1000, Counter(row["product"] for row in rows))
    assert read.findings == ()
    for name, seconds in (("gpt_4o", "time-gpt-4o"), ("gpt-4.5-preview", "time-gpt-4.5-preview-2025-02-27")):
        assert read.outcomes[name].answers == tuple(row[f"{name}_prediction"] for row in rows)
        assert read.outcomes[name].amounts["seconds"] == tuple(float(row[seconds]) for row in rows)


def test_complaints_that_are_there_twice_are_seen_by_what_they_ask(tmp_path: Path) -> None:
    spec, rows = write(tmp_path)
    cases = read_evaluation_set(spec, a_place(tmp_path))
    assert len(set(cases.contents)) == len({row["narrative"] for row in rows}) < 1000


def test_a_model_by_another_spelling_is_told_with_the_nearest(tmp_path: Path) -> None:
    spec, _ = write(tmp_path)
    place = a_place(tmp_path)
    read = read_outcomes(spec, read_evaluation_set(spec, place), ("gpt-4o",), place)
    assert "found 14 others, nearest 'gpt_4o'" in read.findings[0].reason

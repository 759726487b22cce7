"""What guards an evaluation in the catalogue: training data that no case of the set may stand in."""

# ruff: noqa: E501 - a case and its exact message stand on one line
from __future__ import annotations

from pathlib import Path

import pytest

from registry.catalogue.loader import load_evaluated
from registry.domain.catalogue import SourceSpec
from registry.domain.evaluation import TrainingSpec
from tests.catalogue.test_evaluated import EVALUATED, FILE, evaluation, problems, swapped
from tests.catalogue.workspaces import SYSTEM, a_workspace

TRAINED = EVALUATED + "  training: {source: {path: data/train-*.parquet}, case_id: row, content: [asked]}\n"


def test_training_data_arrives(tmp_path: Path) -> None:
    found = evaluation(tmp_path, TRAINED).training
    assert found is not None
    assert found == TrainingSpec(SourceSpec(found.source.source_id, path="data/train-*.parquet"), "row", ("asked",))
    assert evaluation(tmp_path / "without", EVALUATED).training is None


def test_training_data_may_be_a_query_and_known_by_ids_alone(tmp_path: Path) -> None:
    text = TRAINED.replace("{path: data/train-*.parquet}", "{connection: lake, query_file: sql/train.sql}").replace(", content: [asked]", "")
    files, settings = {"sql/train.sql": "SELECT 1"}, "connections: {lake: 'sqlite:///e.db'}\n"
    (found,) = load_evaluated(a_workspace(tmp_path, files, system=SYSTEM + text, settings=settings))
    assert found.evaluation.training is not None and found.evaluation.training.source.query_file == "sql/train.sql"


BAD = [
    ("training data by nothing", TRAINED.replace(", case_id: row, content: [asked]", ""), "35: evaluation.training: expected case_id or content, by which a case is found, found neither; add one of them, or both"),
    ("the set as training data", TRAINED.replace("data/train-*", "eval/locked"), "35: evaluation.training.source.path: expected another file than the set's, found 'eval/locked.parquet'; name what versions were trained on"),
    ("the outcomes as training data", TRAINED.replace("data/train-*", "./eval/outcomes"), "35: evaluation.training.source.path: expected another file than the outcomes', found './eval/outcomes.parquet'; name what versions were trained on"),
    ("training data outside the roots", TRAINED.replace("data/train", "/train"), "35: evaluation.training.source.path: expected a path below an allowed source root (.), found '/train-*.parquet'; move the file or allow its folder"),
    ("training data on no connection", TRAINED.replace("{path: data/train-*.parquet}", "{connection: lake, query_file: a.sql}"), ("35: evaluation.training.source.connection: expected a connection of proofloop.yaml (none), found 'lake'; add it there", "35: evaluation.training.source.query_file: expected a file, found no 'a.sql'; create it or correct the path")),
    ("more columns than a case asks with", TRAINED.replace("[asked]", "[asked, more]"), "35: evaluation.training.content: expected the columns that hold what those of set.content hold, in their order (narrative), found 2 (asked, more); name as many, or set.content first"),
    ("what a case asks is not named", swapped("    content: [narrative]\n", "", TRAINED), "34: evaluation.training.content: expected the columns that hold what those of set.content hold, in their order (none), found 1 (asked); name as many, or set.content first"),
    ("the id as what a row asks", TRAINED.replace("[asked]", "[row]"), "35: evaluation.training.content[0]: expected each column once, found 'row' again after training.case_id; remove one of them"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [pytest.param(text, expected, id=name) for name, text, expected in BAD])
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, expected: str | tuple[str, ...]) -> None:
    told = (expected,) if isinstance(expected, str) else expected
    assert problems(tmp_path, text) == [f"{FILE}:{one}" for one in told]


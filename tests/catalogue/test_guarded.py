"""What guards an evaluation in the catalogue: training data that no case of the set may stand in, a set for the last decision, bundles, levels and presets."""

# ruff: noqa: E501 - a case and its exact message stand on one line
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from registry.catalogue.loader import load_catalogue, load_evaluated
from registry.domain.catalogue import SourceSpec
from registry.domain.evaluation import MetricKind, TrainingSpec
from registry.policies.gate import gate_policy
from registry.policies.loader import load_tables
from tests.catalogue.test_evaluated import DIGEST, EVALUATED, FILE, evaluation, problems, swapped
from tests.catalogue.test_released import EVALUATION, RELEASED, release
from tests.catalogue.workspaces import SYSTEM, a_workspace

TRAINED = EVALUATED + "  training: {source: {path: data/train-*.parquet}, case_id: row, content: [asked]}\n"


def test_training_data_arrives(tmp_path: Path) -> None:
    found = evaluation(tmp_path, TRAINED).training
    assert found is not None
    assert found == TrainingSpec(SourceSpec(found.source.source_id, path="data/train-*.parquet"), "row", ("asked",))
    assert evaluation(tmp_path / "without", EVALUATED).training is None


def test_training_data_may_be_a_query_and_known_by_ids_alone(tmp_path: Path) -> None:
    text = TRAINED.replace("{path: data/train-*.parquet}", "{connection: lake, query_file: sql/train.sql}").replace(
        ", content: [asked]", ""
    )
    files, settings = {"sql/train.sql": "SELECT 1"}, "connections: {lake: 'sqlite:///e.db'}\n"
    (found,) = load_evaluated(a_workspace(tmp_path, files, system=SYSTEM + text, settings=settings))
    assert found.evaluation.training is not None and found.evaluation.training.source.query_file == "sql/train.sql"


RESERVED = (
    EVALUATED
    + f"  reserve: {{set: {{source: {{path: eval/kept.csv}}, sha256: {'ab' * 32}}}, outcomes: {{source: {{path: eval/kept_outcomes.csv}}}}}}\n"
)


def test_a_reserve_arrives_and_takes_the_place_of_the_set(tmp_path: Path) -> None:
    spec = evaluation(tmp_path, RESERVED)
    assert spec.reserve is not None and (spec.on_reserve, spec.reserve.set_digest) == (False, "sha256:" + "ab" * 32)
    last = spec.of_reserve(spec.reserve)
    assert (last.cases.path, last.outcomes.path, last.set_digest) == ("eval/kept.csv", "eval/kept_outcomes.csv", spec.reserve.set_digest)
    assert last.on_reserve and replace(last, cases=spec.cases, outcomes=spec.outcomes, set_digest=spec.set_digest, on_reserve=False) == spec


BUNDLED = EVALUATED.replace("model: {recorded: true}", "model: {mlflow_model: router}").replace(
    "  artifact: model\n", "  artifact: model\n  bundle: [model, prompt, index]\n"
)


def test_a_bundle_is_what_versions_of_the_evaluated_artifact_stand_for(tmp_path: Path) -> None:
    (entry,) = load_catalogue(a_workspace(tmp_path, system=SYSTEM + BUNDLED, settings="timezone: UTC\nmlflow_uri: 'sqlite:///m.db'\n"))
    assert {one.artifact: one.bundle for one in entry.versions} == {"model": ("model", "prompt", "index"), "policy": ()}


LEVELLED = swapped(
    "name: brier, kind: brier", "name: harmful, kind: passed, column: harmful, more_is_better: false, max_level: 0.005"
).replace("kind: accuracy, max", "kind: accuracy, min_level: 0.8, max")


def test_levels_arrive_with_their_direction(tmp_path: Path) -> None:
    accuracy, _, harmful = evaluation(tmp_path, LEVELLED).metrics
    assert (accuracy.min_level, accuracy.max_level, accuracy.is_less_better, accuracy.has_level) == (0.8, None, False, True)
    assert (harmful.min_level, harmful.max_level, harmful.is_less_better) == (None, 0.005, True)


PRESET = swapped(EVALUATED[EVALUATED.index("  metrics:") : EVALUATED.index("  segments")], "  preset: rag\n")
OWN = PRESET.replace(
    "preset: rag",
    "preset: llm\n  metrics:\n    - {name: cost, kind: amount, column: euros, more_is_better: false}\n    - {name: tone, kind: passed, column: tone}",
)
READY = ["relevance", "grounding", "citation_support", "refusal", "format_ok", "harmful", "seconds", "cost"]


def test_a_preset_is_measures_of_columns_of_their_names_each_with_its_better_side(tmp_path: Path) -> None:
    spec = evaluation(tmp_path, PRESET)
    assert [(one.name, one.column) for one in spec.metrics] == [(name, name) for name in READY]
    assert [one.name for one in spec.metrics if one.is_less_better] == ["harmful", "seconds", "cost"]
    assert [one.name for one in spec.metrics if one.kind is MetricKind.AMOUNT] == ["seconds", "cost"]


def test_a_measure_of_ones_own_takes_the_place_of_the_one_of_its_name_and_another_is_beside_them(tmp_path: Path) -> None:
    found = evaluation(tmp_path, OWN).metrics
    assert [(one.name, one.column) for one in found[-2:]] == [("cost", "euros"), ("tone", "tone")]
    assert [one.name for one in found] == ["relevance", "refusal", "format_ok", "harmful", "seconds", "cost", "tone"]


def test_policy_holds_the_measures_of_a_preset_to_levels_and_the_catalogues_own_level_counts(tmp_path: Path) -> None:
    policy = gate_policy(load_tables(None))
    held = {one.name: (one.min_level, one.max_level) for one in policy.held(evaluation(tmp_path / "a", PRESET)).metrics if one.has_level}
    assert held == {"relevance": (0.75, None), "grounding": (0.92, None), "harmful": (None, 0.005)}
    own = PRESET.replace("preset: rag", "preset: rag\n  metrics: [{name: relevance, kind: passed, column: good, min_level: 0.9}]")
    assert policy.held(evaluation(tmp_path / "b", own)).metrics[0].min_level == 0.9
    plain = evaluation(tmp_path / "c", EVALUATED)
    assert policy.held(plain) == plain


BAD = [
    ("no measures at all", PRESET.replace("  preset: rag\n", ""), "15: evaluation: expected metrics, or a preset that names some, found neither; add what versions are compared by"),
    ("a preset that is none", PRESET.replace("rag", "agent"), "28: evaluation.preset: expected 'llm' or 'rag', found 'agent'; use one of these"),
    ("a measure of the preset under another name", OWN.replace("column: tone", "column: relevance"), "31: evaluation.metrics[1]: expected each measure once, found that of 'relevance' again; remove one of them"),
    ("harm of one's own without its better side", OWN.replace("name: tone", "name: harmful"), "31: evaluation.metrics[1]: expected more_is_better for 'harmful', which takes the place of the preset's, of which less is better, found none; write false, or true where the column says the opposite"),
    ("a column of the preset that is the error", PRESET.replace("error: error", "error: harmful"), "28: evaluation.preset: expected 'harmful' to be the column of a measure, found outcomes.columns.error; rename it in the table"),
    ("a level of a rank", LEVELLED.replace("kind: accuracy, min", "kind: f1, min"), "29: evaluation.metrics[0].min_level: expected no level of f1, only of accuracy, passed and amount, found 0.8; remove it"),
    ("the most of what should be more", LEVELLED.replace("min_level", "max_level"), "29: evaluation.metrics[0].max_level: expected min_level for 'accuracy', of which more is better, found max_level; correct it, or more_is_better"),
    ("the least of what should be less", LEVELLED.replace("max_level", "min_level"), "31: evaluation.metrics[2].min_level: expected max_level for 'harmful', of which less is better, found min_level; correct it, or more_is_better"),
    ("a level in percent", LEVELLED.replace("0.8", "80"), "29: evaluation.metrics[0].min_level: expected a share of more than 0 and less than 1 (0.75 for 75 %), found 80; no number of cases shows that none will ever be otherwise: name those that must be right under critical"),
    ("never", LEVELLED.replace("0.005", "0"), "31: evaluation.metrics[2].max_level: expected a share of more than 0 and less than 1 (0.75 for 75 %), found 0; no number of cases shows that none will ever be otherwise: name those that must be right under critical"),
    ("a name of the levels", LEVELLED.replace("name: harmful", "name: level"), "31: evaluation.metrics[2].name: expected a name that no other check of the gate has, found 'level'; choose another"),
    ("a bundle that nothing tells", BUNDLED.replace("mlflow_model: router", "recorded: true"), "17: evaluation.bundle: expected an artifact that is a model of MLflow's, whose tags tell the parts, found 'model', which is none; register bundles as versions of an external model, or remove bundle"),
    ("a part twice", BUNDLED.replace("[model, prompt, index]", "[model, prompt, model]"), "17: evaluation.bundle: expected each entry once, found 'model' again; remove one of them"),
    ("the set as its own reserve", RESERVED.replace("eval/kept.csv", "./eval/locked.parquet"), "35: evaluation.reserve.set.source.path: expected another file than the set's, found './eval/locked.parquet'; keep cases that nobody works with"),
    ("the set's bytes as its reserve", RESERVED.replace("ab" * 32, DIGEST), "35: evaluation.reserve.set.sha256: expected other cases than the set's, found its digest; keep cases that nobody works with"),
    ("no outcomes on the reserve", RESERVED.replace(", outcomes: {source: {path: eval/kept_outcomes.csv}}", ""), "35: evaluation.reserve: expected outcomes on the reserve beside those on the set, found none; add reserve.outcomes"),
    ("outcomes in the reserve's file", RESERVED.replace("kept_outcomes", "kept"), "35: evaluation.reserve.outcomes.source.path: expected another file than a set's, which is locked, found 'eval/kept.csv'; keep outcomes apart"),
    ("a reserve outside the roots", RESERVED.replace("eval/kept.csv", "/kept.csv"), "35: evaluation.reserve.set.source.path: expected a path below an allowed source root (.), found '/kept.csv'; move the file or allow its folder"),
    ("a reserve that is a glob", RESERVED.replace("eval/kept.csv", "eval/*.csv"), "35: evaluation.reserve.set.source: expected the path of one file, because its bytes are locked, found 'eval/*.csv'; write the cases into one file"),
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


def test_a_release_needs_the_reserve_that_the_evaluation_keeps(tmp_path: Path) -> None:
    kept = f"  reserve: {{set: {{source: {{path: eval/kept.csv}}, sha256: {'ab' * 32}}}, outcomes: {{source: {{path: eval/kept_outcomes.csv}}}}}}\n"
    assert not release(tmp_path / "a", RELEASED).needs_reserve
    found = release(tmp_path / "b", swapped(EVALUATION, EVALUATION + kept, RELEASED))
    assert (found.needs_reserve, found.set_digest) == (True, "sha256:" + "ab" * 32)

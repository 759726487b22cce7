"""How candidates are evaluated where their models are asked here: what may be written, and how what is wrong is told."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from deployments.cli.schema import schema_of
from registry.catalogue.loader import load_evaluated
from registry.documents import parse_document
from registry.domain.evaluation import OutcomeColumns, ScoreSpec
from registry.errors import ConfigurationError
from tests.catalogue.workspaces import SYSTEM, a_workspace

FILE = "systems/fraud_filter.yaml"
SCORED = f"""\
versions: {{model: {{mlflow_model: fraud}}, policy: {{recorded: true}}}}
evaluation:
  artifact: model
  set:
    source: {{path: eval/locked.parquet}}
    sha256: {"ab" * 32}
    case_id: id
    label: is_fraud
  score: {{inputs: [amount, channel], answer: label, score: '1'}}
  metrics:
    - {{name: accuracy, kind: accuracy}}
    - {{name: brier, kind: brier}}
    - {{name: speed, kind: amount, column: seconds, more_is_better: false}}
"""
SETTINGS = "mlflow_uri: sqlite:///mlflow.db\n"


def swapped(old: str, new: str) -> str:
    assert SCORED.count(old) == 1, f"{old!r} must stand once"
    return SCORED.replace(old, new)


def problems(root: Path, text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load_evaluated(a_workspace(root, system=SYSTEM + text, settings=SETTINGS))
    return [one.removeprefix(f"{FILE}:") for one in caught.value.problems]


def test_a_system_may_be_scored_here(tmp_path: Path) -> None:
    (found,) = load_evaluated(a_workspace(tmp_path, system=SYSTEM + SCORED, settings=SETTINGS))
    assert found.evaluation.score == ScoreSpec(("amount", "channel"), "label", "1", 1000)
    assert found.evaluation.columns == OutcomeColumns("version", "case_id", "answer", "score", "error")
    assert found.evaluation.outcomes.path == ""


def test_the_schema_for_editors_knows_it() -> None:
    jsonschema.validate(parse_document(SYSTEM + SCORED, FILE).value, schema_of("system"))


BOTH = "either outcomes, made elsewhere, or score, made here"
BAD = [
    ("nothing asked", swapped("answer: label, score: '1'", "cases_at_once: 1"), ["answer or the score"]),
    ("no inputs", swapped("[amount, channel]", "[]"), ["evaluation.score.inputs"]),
    ("an input twice", swapped("[amount, channel]", "[amount, amount]"), ["expected each entry once, found 'amount' again"]),
    ("the label as an input", swapped("[amount, channel]", "[amount, is_fraud]"), ["inputs without the label, found 'is_fraud'"]),
    ("an artifact that MLflow does not keep", swapped("artifact: model", "artifact: policy"), ["an artifact with mlflow_model"]),
    ("an amount that nobody measures", swapped("column: seconds", "column: cost"), ["expected 'seconds', which is all that is measured"]),
    ("neither way", swapped("  score: {inputs: [amount, channel], answer: label, score: '1'}\n", ""), [BOTH]),
    (
        "both ways",
        swapped("  metrics:", "  outcomes: {source: {path: a.csv}, columns: {version: v, case_id: id}}\n  metrics:"),
        [BOTH],
    ),
    ("no answer to be right", swapped("answer: label, ", ""), ["add score.answer"]),
    ("no score to be right", swapped(", score: '1'", ""), ["add score.score"]),
    ("none at once", swapped("score: '1'", "score: '1', cases_at_once: 0"), ["cases_at_once"]),
]


@pytest.mark.parametrize(("text", "told"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_what_cannot_be_scored_is_told(tmp_path: Path, text: str, told: list[str]) -> None:
    found = problems(tmp_path, text)
    assert len(found) == len(told)
    assert all(one in line for one, line in zip(told, found, strict=True)), found


def test_a_measure_cannot_be_taken_for_the_scoring(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, swapped("name: brier", "name: scoring"))
    assert "expected a name that no other check of the gate has, found 'scoring'" in found

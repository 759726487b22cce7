"""How candidates of a system are evaluated: what may be written, and how what is wrong is told."""

# ruff: noqa: E501 - a case and its exact message stand on one line
from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from checks import gate_critical, gate_fairness, gate_wiring
from deployments.cli.schema import schema_of
from registry.catalogue.loader import load_catalogue, load_evaluated, load_monitored
from registry.documents import parse_document
from registry.domain.catalogue import SourceSpec
from registry.domain.evaluation import EvaluationSpec, FairnessSpec, MetricKind, MetricSpec, OutcomeColumns
from registry.errors import ConfigurationError
from registry.sources import evaluation_told
from tasks import gate_reading
from tests.architecture.project import ROOT
from tests.catalogue.workspaces import SYSTEM, a_workspace

FILE = "systems/fraud_filter.yaml"
DIGEST = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
EVALUATED = f"""\
versions: {{model: {{recorded: true}}, policy: {{recorded: true}}}}
evaluation:
  artifact: model
  set:
    source: {{path: eval/locked.parquet}}
    sha256: {DIGEST}
    case_id: id
    label: product
    content: [narrative]
  outcomes:
    source: {{path: eval/outcomes.parquet}}
    columns: {{version: version, case_id: id, answer: answer, score: score, error: error, repeat: repeat}}
  answers: [card, loan]
  refusals: [declined]
  metrics:
    - {{name: accuracy, kind: accuracy, max_regression: 0.02}}
    - {{name: seconds, kind: amount, column: seconds, more_is_better: false}}
    - {{name: brier, kind: brier}}
  segments: [product]
  critical: is_critical
  fairness: {{columns: [region], favourable: card}}
"""


def swapped(old: str, new: str, text: str = EVALUATED) -> str:
    """The evaluated part with one passage replaced."""
    assert text.count(old) == 1, f"{old!r} must stand once"
    return text.replace(old, new)


def problems(root: Path, evaluated: str, settings: str = "timezone: UTC\n") -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load_evaluated(a_workspace(root, system=SYSTEM + evaluated, settings=settings))
    return caught.value.problems


def evaluation(root: Path, evaluated: str) -> EvaluationSpec:
    (found,) = load_evaluated(a_workspace(root, system=SYSTEM + evaluated))
    return found.evaluation


def test_a_system_without_evaluation_is_not_evaluated(tmp_path: Path) -> None:
    assert load_evaluated(a_workspace(tmp_path)) == ()


def test_every_key_of_an_evaluated_system_arrives(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path, system=SYSTEM + EVALUATED)
    (found,) = load_evaluated(workspace)
    assert (found.entry,) == load_catalogue(workspace)
    assert found.evaluation == EvaluationSpec(
        artifact="model",
        cases=SourceSpec(found.evaluation.cases.source_id, path="eval/locked.parquet"),
        set_digest=f"sha256:{DIGEST}",
        case_id="id",
        outcomes=SourceSpec(found.evaluation.outcomes.source_id, path="eval/outcomes.parquet"),
        columns=OutcomeColumns("version", "id", "answer", "score", "error", "repeat"),
        metrics=(
            MetricSpec("accuracy", MetricKind.ACCURACY, max_regression=0.02),
            MetricSpec("seconds", MetricKind.AMOUNT, "seconds", more_is_better=False),
            MetricSpec("brier", MetricKind.BRIER, more_is_better=False),
        ),
        label="product",
        content=("narrative",),
        answers=("card", "loan"),
        refusals=("declined",),
        segments=("product",),
        critical="is_critical",
        fairness=FairnessSpec(("region",), "card"),
    )


LEAST = f"""\
versions: {{prompt: {{recorded: true}}}}
evaluation:
  artifact: prompt
  set: {{source: {{path: eval/locked.csv}}, sha256: {DIGEST}, case_id: id}}
  outcomes: {{source: {{path: "eval/outcomes-*.csv"}}, columns: {{version: version, case_id: id}}}}
  metrics: [{{name: grounded, kind: passed, column: grounded}}]
"""


def test_a_set_without_labels_is_judged_by_what_the_teams_own_scorer_found(tmp_path: Path) -> None:
    found = evaluation(tmp_path, LEAST)
    assert (found.label, found.answers, found.segments, found.critical, found.fairness) == ("", (), (), "", FairnessSpec())
    assert found.metrics == (MetricSpec("grounded", MetricKind.PASSED, "grounded"),)


def test_a_digest_in_capitals_is_the_same_digest(tmp_path: Path) -> None:
    assert evaluation(tmp_path, swapped(DIGEST, DIGEST.upper())).set_digest == f"sha256:{DIGEST}"


@pytest.mark.parametrize("kind", list(MetricKind))
def test_which_side_of_a_measure_is_better_is_known_of_its_kind(tmp_path: Path, kind: MetricKind) -> None:
    key = {"amount": "column: it, more_is_better: true, ", "passed": "column: it, "}.get(kind.value, "")
    text = swapped("name: brier, kind: brier", f"name: it, {key}kind: {kind.value}").replace(
        "name: accuracy, kind: accuracy", "name: ok, kind: passed, column: ok"
    )
    assert evaluation(tmp_path, text).metrics[2].more_is_better is (kind not in {MetricKind.BRIER, MetricKind.CALIBRATION})


def test_outcomes_may_come_from_a_query(tmp_path: Path) -> None:
    text = swapped("{path: eval/outcomes.parquet}", "{connection: evals, query_file: sql/outcomes.sql}")
    files = {"sql/outcomes.sql": "SELECT 1"}
    (found,) = load_evaluated(a_workspace(tmp_path, files, system=SYSTEM + text, settings="connections: {evals: 'sqlite:///e.db'}\n"))
    assert (found.evaluation.outcomes.connection, found.evaluation.outcomes.query_file) == ("evals", "sql/outcomes.sql")


def test_segments_and_groups_may_be_the_label_or_each_other(tmp_path: Path) -> None:
    found = evaluation(
        tmp_path, swapped("segments: [product]", "segments: [product, region]").replace("columns: [region]", "columns: [region, product]")
    )
    assert set(found.segments) == set(found.fairness.columns) == {"product", "region"}


def test_how_a_system_is_evaluated_is_part_of_its_digest_and_watches_nothing(tmp_path: Path) -> None:
    first = load_catalogue(a_workspace(tmp_path / "a", system=SYSTEM + EVALUATED))[0]
    other = load_catalogue(a_workspace(tmp_path / "b", system=SYSTEM + swapped("0.02", "0.03")))[0]
    assert replace(first, digest="") == replace(other, digest="") and first.digest != other.digest
    assert load_monitored(a_workspace(tmp_path / "a", system=SYSTEM + EVALUATED)) == ()


COLUMNS = "answer: answer, score: score, error: error, repeat: repeat"
ABOUT_ANSWERS = "expected a column of answers that it is about, found none; add outcomes.columns.answer"
ACCURACY_LINE, BRIER_LINE = "    - {name: accuracy, kind: accuracy, max_regression: 0.02}\n", "    - {name: brier, kind: brier}\n"
ONLY_SECONDS = swapped(ACCURACY_LINE, "", swapped(BRIER_LINE, ""))
BAD = [
    ("an artifact that is not there", swapped("artifact: model", "artifact: prompt"), "16: evaluation.artifact: expected one of the system's versions (model, policy), found 'prompt'; add it under versions or correct it"),
    ("a system without versions", EVALUATED.partition("\n")[2], "15: evaluation.artifact: expected one of the system's versions (none), found 'model'; add it under versions or correct it"),
    ("no set", swapped(EVALUATED[EVALUATED.index("  set:") : EVALUATED.index("  outcomes:")], ""), "15: evaluation.set: expected a value, found nothing; add this key"),
    ("a set that is a glob", swapped("locked.parquet", "locked-*.parquet"), "18: evaluation.set.source: expected the path of one file, because its bytes are locked, found 'eval/locked-*.parquet'; write the cases into one file"),
    ("a set that is a query", swapped("{path: eval/locked.parquet}", "{connection: a, query_file: b.sql}"), "18: evaluation.set.source: expected the path of one file, because its bytes are locked, found a query; write the cases into one file"),
    ("a set outside the roots", swapped("eval/locked", "../locked"), "18: evaluation.set.source.path: expected a path below an allowed source root (.), found '../locked.parquet'; move the file or allow its folder"),
    ("outcomes outside the roots", swapped("eval/outcomes", "/outcomes"), "24: evaluation.outcomes.source.path: expected a path below an allowed source root (.), found '/outcomes.parquet'; move the file or allow its folder"),
    ("outcomes in the set's file", swapped("eval/outcomes", "./eval/locked"), "24: evaluation.outcomes.source.path: expected another file than the set's, which is locked, found './eval/locked.parquet'; keep outcomes apart"),
    ("a digest that is cut off", swapped(DIGEST, DIGEST[:-1]), f"19: evaluation.set.sha256: expected 64 hex digits, found '{DIGEST[:-1]}'; write what `sha256sum FILE` prints for the set's file"),
    ("a digest of something else", swapped(DIGEST, "todo"), "19: evaluation.set.sha256: expected 64 hex digits, found 'todo'; write what `sha256sum FILE` prints for the set's file"),
    ("a digest that is a number", swapped(DIGEST, "12"), "19: evaluation.set.sha256: expected 64 hex digits, found 12; write what `sha256sum FILE` prints for the set's file"),
    ("no digest", swapped(f"    sha256: {DIGEST}\n", ""), "17: evaluation.set.sha256: expected a value, found nothing; add this key"),
    ("no id of cases", swapped("    case_id: id\n", ""), "17: evaluation.set.case_id: expected a value, found nothing; add this key"),
    ("no version of outcomes", swapped("version: version, ", ""), "25: evaluation.outcomes.columns.version: expected a value, found nothing; add this key"),
    ("an id that is the label", swapped("label: product", "label: id"), "21: evaluation.set.label: expected each column once, found 'id' again after set.case_id; remove one of them"),
    ("a content that is the label", swapped("[narrative]", "[narrative, product]"), "22: evaluation.set.content[1]: expected each column once, found 'product' again after set.label; remove one of them"),
    ("a content twice", swapped("[narrative]", "[narrative, narrative]"), "22: evaluation.set.content: expected each entry once, found 'narrative' again; remove one of them"),
    ("critical cases by the label", swapped("is_critical", "product"), "33: evaluation.critical: expected each column once, found 'product' again after set.label; remove one of them"),
    ("an answer that is the error", swapped("error: error", "error: answer"), "25: evaluation.outcomes.columns.error: expected each column once, found 'answer' again after outcomes.columns.answer; remove one of them"),
    ("segments by id", swapped("segments: [product]", "segments: [id]"), "32: evaluation.segments[0]: expected a column that splits the cases, found 'id', which is set.case_id; choose another"),
    ("segments by what is asked", swapped("segments: [product]", "segments: [product, narrative]"), "32: evaluation.segments[1]: expected a column that splits the cases, found 'narrative', which is set.content; choose another"),
    ("groups by critical cases", swapped("columns: [region]", "columns: [is_critical]"), "34: evaluation.fairness.columns[0]: expected a column that splits the cases, found 'is_critical', which is critical; choose another"),
    ("a segment twice", swapped("segments: [product]", "segments: [product, product]"), "32: evaluation.segments: expected each entry once, found 'product' again; remove one of them"),
    ("a bar in a segment", swapped("segments: [product]", 'segments: ["a|b"]'), "32: evaluation.segments[0]: expected a column name without |, found 'a|b'; rename the column in the query or export"),
    ("no measures", swapped(EVALUATED[EVALUATED.index("    - {name: acc") : EVALUATED.index("  segments")], "").replace("metrics:", "metrics: []"), "28: evaluation.metrics: expected at least 1 entries, found 0; add what is missing or remove the key"),
    ("a candidate that would pass by its seconds alone", ONLY_SECONDS, "28: evaluation.metrics: expected a measure of right answers (accuracy, f1, auc, brier, calibration or passed), found amounts only (seconds); seconds and cost say nothing of answers: add one, of set.label or of a column that says whether a case passed"),
    ("a measure that is none", swapped("kind: accuracy", "kind: exactness"), "29: evaluation.metrics[0].kind: expected 'accuracy', 'passed', 'amount', 'auc', 'f1', 'brier' or 'calibration', found 'exactness'; use one of these"),
    ("a name twice", swapped("name: brier", "name: seconds"), "31: evaluation.metrics[2].name: expected each name once, found 'seconds' again; rename one"),
    ("a name of another check", swapped("name: brier", "name: fairness"), "31: evaluation.metrics[2].name: expected a name that no other check of the gate has, found 'fairness'; choose another"),
    ("a measure twice", swapped("name: brier, kind: brier", "name: second, kind: accuracy"), "31: evaluation.metrics[2]: expected each measure once, found that of 'accuracy' again; remove one of them"),
    ("an amount of nothing", swapped("column: seconds, ", ""), "30: evaluation.metrics[1]: expected a column of the outcomes for amount, found none; add column"),
    ("a check of nothing", swapped("kind: brier", "kind: passed"), "31: evaluation.metrics[2]: expected a column of the outcomes for passed, found none; add column"),
    ("an accuracy of a column", swapped("kind: accuracy", "kind: accuracy, column: right"), "29: evaluation.metrics[0]: expected no column for accuracy, which is of the answer or score, found 'right'; remove column"),
    ("an amount without a better side", swapped(", more_is_better: false", ""), "30: evaluation.metrics[1]: expected more_is_better for an amount, found none; write false for seconds or cost, true for a grade"),
    ("a better side of accuracy", swapped("kind: accuracy", "kind: accuracy, more_is_better: false"), "29: evaluation.metrics[0]: expected no more_is_better for accuracy, whose better side is known, found one; remove it"),
    ("a margin in points", swapped("0.02", "2"), "29: evaluation.metrics[0]: expected max_regression of less than 1 (0.02 for two points), found 2; correct it"),
    ("a margin below zero", swapped("0.02", "-0.02"), "29: evaluation.metrics[0].max_regression: expected a number of at least 0, found -0.02; correct it"),
    ("an amount of the answer", swapped("column: seconds", "column: answer"), "30: evaluation.metrics[1].column: expected a column of its own, found 'answer', which is outcomes.columns.answer; choose another"),
    ("a score without its column", swapped("score: score, ", ""), "31: evaluation.metrics[2].kind: expected a column of scores for brier, found none; add outcomes.columns.score"),
    ("an answer that is agreed and declines", swapped("[declined]", "[declined, loan]"), "27: evaluation.refusals[1]: expected an answer that is not among answers, found 'loan'; remove one of them"),
    ("an answer twice", swapped("[card, loan]", "[card, loan, card]"), "26: evaluation.answers: expected each entry once, found 'card' again; remove one of them"),
    ("an answer that is a number", swapped("[card, loan]", "[0, 1]"), ("26: evaluation.answers[0]: expected text, found the number 0; put it in quotes", "26: evaluation.answers[1]: expected text, found the number 1; put it in quotes")),
    ("a favour that nobody answers", swapped("favourable: card", "favourable: cards"), "34: evaluation.fairness.favourable: expected one of answers (card, loan), found 'cards'; correct it"),
    ("fairness without a favour", swapped(", favourable: card", ""), "34: evaluation.fairness.favourable: expected a value, found nothing; add this key"),
    ("fairness of nobody", swapped("columns: [region]", "columns: []"), "34: evaluation.fairness.columns: expected at least 1 entries, found 0; add what is missing or remove the key"),
    ("no label", swapped("    label: product\n", ""), ("28: evaluation.metrics[0].kind: expected a label that accuracy compares with, found none; add set.label", "30: evaluation.metrics[2].kind: expected a label that brier compares with, found none; add set.label", "32: evaluation.critical: expected a label that critical cases compare with, found none; add set.label")),
    ("no answers", swapped("answer: answer, ", ""), ("29: evaluation.metrics[0].kind: expected a column of answers for accuracy, found none; add outcomes.columns.answer", f"26: evaluation.answers: {ABOUT_ANSWERS}", f"27: evaluation.refusals: {ABOUT_ANSWERS}", f"33: evaluation.critical: {ABOUT_ANSWERS}", f"34: evaluation.fairness: {ABOUT_ANSWERS}")),
    ("a key that is misspelled", swapped("critical: is", "criticals: is"), "33: evaluation.criticals: expected one of answers, artifact, bundle, critical, fairness, metrics, outcomes, preset, refusals, reserve, score, segments, set, training, found the unknown key 'criticals'; did you mean 'critical'?"),
]  # fmt: skip


@pytest.mark.parametrize(("evaluated", "told"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_what_cannot_be_evaluated_is_told_with_line_key_and_fix(tmp_path: Path, evaluated: str, told: str | tuple[str, ...]) -> None:
    expected = [told] if isinstance(told, str) else list(told)
    assert problems(tmp_path, evaluated) == [f"{FILE}:{message}" for message in expected]


@pytest.mark.parametrize("kind", ["accuracy", "auc", "f1", "brier", "calibration"])
def test_every_measure_of_answers_or_scores_needs_a_label_and_what_it_is_made_of(tmp_path: Path, kind: str) -> None:
    found = problems(tmp_path, swapped("name: grounded, kind: passed, column: grounded", f"name: it, kind: {kind}", LEAST))
    made_of = "answer" if kind in ("accuracy", "f1") else "score"
    assert found == [
        f"{FILE}:19: evaluation.metrics[0].kind: expected a label that {kind} compares with, found none; add set.label",
        f"{FILE}:19: evaluation.metrics[0].kind: expected a column of {made_of}s for {kind}, found none; add outcomes.columns.{made_of}",
    ]


@pytest.mark.parametrize(
    "name", [gate_wiring.CHECK, gate_critical.CHECK, gate_fairness.CHECK, gate_reading.CHECK, evaluation_told.CHECK, "validation"]
)
def test_a_measure_cannot_be_taken_for_another_check_of_the_decision(tmp_path: Path, name: str) -> None:
    (found,) = problems(tmp_path, swapped("name: brier", f"name: {name}"))
    assert found.endswith(f"expected a name that no other check of the gate has, found {name!r}; choose another")


def test_problems_of_the_evaluation_come_with_all_others_of_the_file(tmp_path: Path) -> None:
    monitored = "monitoring: {reference: {from: 2009-01-01, to: 2010-05-01}, window: month}\n"
    text = (
        swapped("eval/locked", "../locked").replace("artifact: model", "artifact: prompt").replace("favourable: card", "favourable: cards")
    )
    assert [one.split(": ")[1] for one in problems(tmp_path, monitored + text)] == [
        "monitoring",
        "evaluation.artifact",
        "evaluation.fairness.favourable",
        "evaluation.set.source.path",
    ]


def test_the_json_schema_takes_what_loads_and_refuses_what_is_unknown() -> None:
    schema = schema_of("system")
    for text in (EVALUATED, LEAST):
        jsonschema.validate(parse_document(SYSTEM + text, FILE).value, schema)
    for wrong in (swapped("artifact: model", "artefact: model"), swapped("kind: brier", "kind: bier"), swapped("    case_id: id\n", "")):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(parse_document(SYSTEM + wrong, FILE).value, schema)


def test_every_key_is_described_where_the_editor_shows_it() -> None:
    definitions = schema_of("system")["$defs"]
    for name in ("LockedSet", "OutcomeColumns", "Metric", "Fairness"):
        undescribed = [key for key, found in definitions[name]["properties"].items() if "description" not in found]
        assert undescribed == [], f"{name}: {undescribed}"


GUIDE = (ROOT / "docs/guides/configure.md").read_text(encoding="utf-8").partition("## Evaluated candidates")[2].partition("\n## ")[0]


def test_the_example_of_the_guide_loads(tmp_path: Path) -> None:
    example = GUIDE.partition("# systems/complaint_router.yaml\n")[2].partition("```")[0]
    (found,) = load_evaluated(a_workspace(tmp_path, system=SYSTEM + example, settings="mlflow_uri: 'sqlite:///m.db'\n"))
    assert [metric.name for metric in found.evaluation.metrics] == ["accuracy", "grounded", "seconds"]


def test_the_guide_names_every_key_and_every_kind_of_measure() -> None:
    definitions = schema_of("system")["$defs"]
    keys = {
        key
        for name in ("Evaluation", "LockedSet", "Outcomes", "OutcomeColumns", "Metric", "Fairness")
        for key in definitions[name]["properties"]
    }
    told = set(re.findall(r"[a-z_0-9]+", " ".join(re.findall(r"`([^`\n]+)`", GUIDE))))
    assert (keys | set(MetricKind)) - told == set()

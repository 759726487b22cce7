"""How candidates of a system are released: what may be written, and how what is wrong is told."""

# ruff: noqa: E501 - a case and its exact message stand on one line
from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from deployments.cli.schema import schema_of
from registry.catalogue.loader import load_catalogue, load_evaluated, load_released
from registry.documents import parse_document
from registry.domain.catalogue import SourceSpec
from registry.domain.release import CardKind, ErrorBudgetSpec, ObjectType, RecordKind, ReleaseSpec, SmokeSpec
from registry.errors import ConfigurationError
from tests.architecture.project import ROOT
from tests.catalogue.test_evaluated import DIGEST
from tests.catalogue.workspaces import SYSTEM, a_workspace

FILE = "systems/fraud_filter.yaml"
MLFLOW = "mlflow_uri: 'sqlite:///m.db'\n"
EVALUATION = f"""\
evaluation:
  artifact: model
  set: {{source: {{path: eval/locked.csv}}, sha256: {DIGEST}, case_id: id}}
  outcomes: {{source: {{path: eval/outcomes.csv}}, columns: {{version: version, case_id: id}}}}
  metrics: [{{name: grounded, kind: passed, column: grounded}}]
"""
RELEASE = """\
release:
  object_type: model
  purpose: Sorting out card payments that the holder did not make
  cards: {model_card: cards/model.md, system_card: cards/system.md}
  records: {dpia: records/dpia.yaml, tra: records/tra.yaml}
  smoke:
    source: {path: eval/smoke.csv}
    columns: [amount, country]
  error_budget:
    source: {path: data/outages.csv}
    day: day
    minutes: minutes
  canary_alias: canary
"""
RELEASED = "versions: {model: {mlflow_model: fraud}, index: {recorded: true}}\n" + EVALUATION + RELEASE
LEAST = (
    "versions: {model: {recorded: true}}\n"
    + EVALUATION
    + "release: {object_type: prompt, purpose: Answering, cards: {model_card: m.md, system_card: s.md}, records: {rollback_drill: drill.yaml}}\n"
)


def swapped(old: str, new: str, text: str = RELEASED) -> str:
    """The released part with one passage replaced."""
    assert text.count(old) == 1, f"{old!r} must stand once"
    return text.replace(old, new)


def problems(root: Path, released: str, settings: str = MLFLOW) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load_released(a_workspace(root, system=SYSTEM + released, settings=settings))
    return caught.value.problems


def release(root: Path, released: str) -> ReleaseSpec:
    (found,) = load_released(a_workspace(root, system=SYSTEM + released, settings=MLFLOW))
    return found.release


def test_a_system_without_release_is_not_released_though_it_is_evaluated(tmp_path: Path) -> None:
    assert load_released(a_workspace(tmp_path / "a")) == ()
    workspace = a_workspace(tmp_path / "b", system=SYSTEM + swapped(RELEASE, ""), settings=MLFLOW)
    assert (len(load_evaluated(workspace)), load_released(workspace)) == (1, ())


def test_every_key_of_a_released_system_arrives(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path, system=SYSTEM + swapped("cards/model.md", "./cards//model.md"), settings=MLFLOW)
    (found,) = load_released(workspace)
    assert (found.entry,) == load_catalogue(workspace)
    assert found.release.smoke is not None and found.release.error_budget is not None
    assert found.release == ReleaseSpec(
        artifact="model",
        object_type=ObjectType.MODEL,
        purpose="Sorting out card payments that the holder did not make",
        cards={CardKind.MODEL_CARD: "cards/model.md", CardKind.SYSTEM_CARD: "cards/system.md"},
        records={RecordKind.DPIA: "records/dpia.yaml", RecordKind.TRA: "records/tra.yaml"},
        smoke=SmokeSpec(SourceSpec(found.release.smoke.source.source_id, path="eval/smoke.csv"), ("amount", "country")),
        error_budget=ErrorBudgetSpec(SourceSpec(found.release.error_budget.source.source_id, path="data/outages.csv"), "day", "minutes"),
        canary_alias="canary",
        set_digest=f"sha256:{DIGEST}",
    )


def test_what_cannot_be_loaded_here_is_released_with_the_record_of_a_drill(tmp_path: Path) -> None:
    found = release(tmp_path, LEAST)
    assert (found.smoke, found.error_budget, found.records) == (None, None, {RecordKind.ROLLBACK_DRILL: "drill.yaml"})


def test_a_model_that_is_too_large_to_be_loaded_here_has_a_drill_too(tmp_path: Path) -> None:
    smoke = RELEASE[RELEASE.index("  smoke:") : RELEASE.index("  error_budget:")]
    found = release(tmp_path, swapped(smoke, "").replace("tra: records/tra.yaml", "rollback_drill: records/drill.yaml"))
    assert (found.smoke, found.records[RecordKind.ROLLBACK_DRILL]) == (None, "records/drill.yaml")


def test_smoke_cases_and_the_error_budget_may_come_from_queries(tmp_path: Path) -> None:
    text = swapped("{path: data/outages.csv}", "{connection: ops, query_file: sql/outages.sql}")
    workspace = a_workspace(
        tmp_path, {"sql/outages.sql": "SELECT 1"}, system=SYSTEM + text, settings=MLFLOW + "connections: {ops: 'sqlite:///o.db'}\n"
    )
    (found,) = load_released(workspace)
    assert found.release.error_budget is not None
    assert found.release.error_budget.source.query_file == "sql/outages.sql"


@pytest.mark.parametrize("kind", list(ObjectType))
def test_everything_that_is_released_has_its_own_kind(tmp_path: Path, kind: ObjectType) -> None:
    assert release(tmp_path, swapped("object_type: model", f"object_type: {kind}")).object_type is kind


def test_how_a_system_is_released_is_part_of_its_digest(tmp_path: Path) -> None:
    first = load_catalogue(a_workspace(tmp_path / "a", system=SYSTEM + RELEASED, settings=MLFLOW))[0]
    other = load_catalogue(a_workspace(tmp_path / "b", system=SYSTEM + swapped("Sorting", "Finding"), settings=MLFLOW))[0]
    assert replace(first, digest="") == replace(other, digest="") and first.digest != other.digest


NEITHER = "expected smoke cases, or the record of a drill where versions cannot be loaded here, found neither; the way back has to be shown: add smoke or records.rollback_drill"
NO_ROOT = "expected a path below an allowed source root (.), found {!r}; move the file or allow its folder"
SMOKE = RELEASE[RELEASE.index("  smoke:") : RELEASE.index("  error_budget:")]
BAD = [
    ("nothing that is evaluated", swapped(EVALUATION, ""), "15: release: expected evaluation, which says what is released and how it is judged, found none; add evaluation"),
    ("a release of nothing", swapped(RELEASE, "release: {}\n"), ("20: release.object_type: expected a value, found nothing; add this key", "20: release.purpose: expected a value, found nothing; add this key", "20: release.cards: expected a value, found nothing; add this key")),
    ("an object that is none", swapped("object_type: model", "object_type: models"), "21: release.object_type: expected 'model', 'prompt', 'data', 'knowledge', 'tool', 'policy', 'workflow' or 'dashboard', found 'models'; use one of these"),
    ("a purpose of blanks", swapped("Sorting out card payments that the holder did not make", "'  '"), "22: release.purpose: expected text that is not empty, found '  '; correct it"),
    ("one card only", swapped(", system_card: cards/system.md", ""), "23: release.cards.system_card: expected a value, found nothing; add this key"),
    ("a card that is no markdown", swapped("cards/model.md", "cards/model.pdf"), "23: release.cards.model_card: expected the path of one file that ends in .md, found 'cards/model.pdf'; name the file in which it is kept"),
    ("a card that is a glob", swapped("cards/model.md", "cards/*.md"), "23: release.cards.model_card: expected the path of one file that ends in .md, found 'cards/*.md'; name the file in which it is kept"),
    ("a card of the web", swapped("cards/model.md", "https://cards.example/model.md"), "23: release.cards.model_card: expected the path of one file that ends in .md, found 'https://cards.example/model.md'; name the file in which it is kept"),
    ("a card outside the roots", swapped("cards/model.md", "../model.md"), "23: release.cards.model_card: " + NO_ROOT.format("../model.md")),
    ("one card as both", swapped("cards/system.md", "./cards/model.md"), "23: release.cards.system_card: expected a file of its own, found that of cards.model_card; one document cannot be both"),
    ("a record that is no YAML", swapped("records/dpia.yaml", "records/dpia.pdf"), "24: release.records.dpia: expected the path of one file that ends in .yaml, found 'records/dpia.pdf'; name the file in which it is kept"),
    ("a record outside the roots", swapped("records/dpia.yaml", "/dpia.yaml"), "24: release.records.dpia: " + NO_ROOT.format("/dpia.yaml")),
    ("one assessment as both", swapped("records/tra.yaml", "records/dpia.yaml"), "24: release.records.tra: expected a file of its own, found that of records.dpia; one document cannot be both"),
    ("a record that nobody knows", swapped("dpia: records", "dpa: records"), "24: release.records.dpa: expected one of dpia, rollback_drill, tra, found the unknown key 'dpa'; did you mean 'dpia'?"),
    ("no way back", swapped(SMOKE, ""), f"20: release: {NEITHER}"),
    ("smoke cases of what is no model", swapped("artifact: model", "artifact: index").replace("  canary_alias: canary\n", ""), "25: release.smoke: expected no smoke cases for 'index', which is no MLflow model and cannot be loaded here, found some; remove them and add records.rollback_drill"),
    ("smoke cases outside the roots", swapped("eval/smoke", "../smoke"), "26: release.smoke.source.path: " + NO_ROOT.format("../smoke.csv")),
    ("smoke cases without inputs", swapped("[amount, country]", "[]"), "27: release.smoke.columns: expected at least 1 entries, found 0; add what is missing or remove the key"),
    ("an input twice", swapped("[amount, country]", "[amount, amount]"), "27: release.smoke.columns: expected each column once, found 'amount' again; remove one of them"),
    ("a budget outside the roots", swapped("data/outages", "../outages"), "29: release.error_budget.source.path: " + NO_ROOT.format("../outages.csv")),
    ("minutes that are the day", swapped("minutes: minutes", "minutes: day"), "31: release.error_budget.minutes: expected another column than the day's, found 'day'; correct it"),
    ("the champion's alias for a canary", swapped("canary_alias: canary", "canary_alias: champion"), "32: release.canary_alias: expected another alias than the champion's, found 'champion'; a part of the traffic is not all of it"),
    ("the champion's own alias for a canary", swapped("mlflow_model: fraud", "mlflow_model: fraud, alias: live").replace("canary_alias: canary", "canary_alias: live"), "32: release.canary_alias: expected another alias than the champion's, found 'live'; a part of the traffic is not all of it"),
    ("the champion named canary", swapped("mlflow_model: fraud", "mlflow_model: fraud, alias: canary").replace("  canary_alias: canary\n", ""), "20: release.canary_alias: expected another alias than the champion's, found 'canary'; a part of the traffic is not all of it"),
    ("an alias that MLflow keeps", swapped("canary_alias: canary", "canary_alias: Latest"), "32: release.canary_alias: expected an alias that MLflow takes (letters, digits, - and _), found 'Latest'; choose another, such as canary"),
    ("an alias that is a version", swapped("canary_alias: canary", "canary_alias: v2"), "32: release.canary_alias: expected an alias that MLflow takes (letters, digits, - and _), found 'v2'; choose another, such as canary"),
    ("an alias of what has none", LEAST.replace("purpose: Answering", "purpose: Answering, canary_alias: part"), "20: release.canary_alias: expected no alias for 'model', which no MLflow keeps, found 'part'; remove it"),
    ("a key that is misspelled", swapped("purpose:", "purpos:"), ("20: release.purpose: expected a value, found nothing; add this key", "22: release.purpos: expected one of canary_alias, cards, error_budget, object_type, purpose, records, smoke, found the unknown key 'purpos'; did you mean 'purpose'?")),
]  # fmt: skip


@pytest.mark.parametrize(("released", "told"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_what_cannot_be_released_is_told_with_line_key_and_fix(tmp_path: Path, released: str, told: str | tuple[str, ...]) -> None:
    expected = [told] if isinstance(told, str) else list(told)
    assert problems(tmp_path, released) == [f"{FILE}:{message}" for message in expected]


def test_an_artifact_that_is_not_there_is_told_once_and_of_the_evaluation(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, swapped("artifact: model", "artifact: prompt"))
    assert ": evaluation.artifact: " in found


def test_the_json_schema_takes_what_loads_and_refuses_what_is_unknown() -> None:
    schema = schema_of("system")
    for text in (RELEASED, LEAST):
        jsonschema.validate(parse_document(SYSTEM + text, FILE).value, schema)
    for wrong in (swapped("object_type: model", "object_type: models"), swapped("purpose:", "purpos:"), swapped("    day: day\n", "")):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(parse_document(SYSTEM + wrong, FILE).value, schema)


def test_every_key_is_described_where_the_editor_shows_it() -> None:
    definitions = schema_of("system")["$defs"]
    for name in ("Release", "Cards", "Records", "Smoke", "ErrorBudget"):
        undescribed = [key for key, found in definitions[name]["properties"].items() if "description" not in found and "$ref" not in found]
        assert undescribed == [], f"{name}: {undescribed}"


GUIDE = (ROOT / "docs/guides/configure.md").read_text(encoding="utf-8").partition("## Released candidates")[2].partition("\n## ")[0]


def test_the_example_of_the_guide_loads(tmp_path: Path) -> None:
    example = GUIDE.partition("# systems/fraud_filter.yaml\n")[2].partition("```")[0]
    found = release(tmp_path, "versions: {model: {mlflow_model: fraud}}\n" + EVALUATION + example)
    assert (set(found.cards), set(found.records)) == (set(CardKind), {RecordKind.DPIA, RecordKind.TRA})
    assert found.smoke is not None and found.error_budget is not None


def test_the_guide_names_every_key_and_every_kind_of_object() -> None:
    definitions = schema_of("system")["$defs"]
    keys = {key for name in ("Release", "Cards", "Records", "Smoke", "ErrorBudget") for key in definitions[name]["properties"]}
    told = set(re.findall(r"[a-z_0-9]+", " ".join(re.findall(r"`([^`\n]+)`", GUIDE))))
    assert (keys | set(ObjectType)) - told == set()

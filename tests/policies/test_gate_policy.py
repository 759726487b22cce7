"""The table of the evaluation gate: complete as shipped, checked across its keys, sealed apart, read back as it was."""

# ruff: noqa: E501 - a case and its exact message stand on one line
from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from deployments.cli.schema import schema_of
from registry.documents import parse_document
from registry.domain.canonical import digest_bytes
from registry.domain.evaluation import MetricKind
from registry.domain.policy_gate import FairnessPolicy, GatePolicy, GateStatistics, MarginPolicy, OutcomePolicy, PresetPolicy, TooFewAction
from registry.errors import EvidenceError, PolicyError
from registry.policies.gate import gate_policy, gate_record, read_gate_policy
from registry.policies.loader import load_tables, load_triage_policies
from registry.policies.tables import row_model
from registry.policies.triggers import load_trigger_policies
from tests.architecture.project import ROOT


def a_policy(overrides_dir: Path | None) -> GatePolicy:
    return gate_policy(load_tables(overrides_dir))


SHIPPED = a_policy(None)


def overriding(folder: Path, text: str) -> Path:
    found = folder / "policies"
    found.mkdir()
    (found / "gate.yaml").write_text(text, encoding="utf-8")
    return found


def test_an_empty_override_is_refused_like_in_every_table(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="expected at least one row, found an empty table"):
        a_policy(overriding(tmp_path, ""))


def test_every_kind_of_measure_has_margins_and_what_is_shipped_is_what_was_agreed() -> None:
    assert {kind.value: (found.max_regression, found.max_segment_regression) for kind, found in SHIPPED.margins.items()} == {
        "accuracy": (0.02, 0.05),
        "passed": (0.02, 0.05),
        "amount": (0.10, 0.20),
        "auc": (0.01, 0.03),
        "f1": (0.02, 0.05),
        "brier": (0.005, 0.02),
        "calibration": (0.01, 0.03),
    }
    assert SHIPPED.statistics == GateStatistics(0.05, 0.05, 0.8, 100, 30, 200, 10)
    assert SHIPPED.outcomes == OutcomePolicy(0.02, 0.02, 0.05)
    assert SHIPPED.fairness == FairnessPolicy(0.05, 50)
    assert SHIPPED.presets == PresetPolicy(0.75, 0.92, 0.005)
    assert (SHIPPED.max_looks_count, SHIPPED.max_final_looks_count, SHIPPED.too_few_segments) == (20, 3, TooFewAction.CANARY)


ROWS = [
    *((kind.value, MarginPolicy) for kind in MetricKind),
    ("statistics", GateStatistics),
    ("outcomes", OutcomePolicy),
    ("fairness", FairnessPolicy),
    ("presets", PresetPolicy),
]


@pytest.mark.parametrize(("row", "policy"), ROWS)
def test_a_row_has_exactly_the_keys_of_its_policy_value(row: str, policy: Any) -> None:
    assert set(row_model("gate", row).model_fields) == {field.name for field in fields(policy)}


def test_nothing_of_the_policy_is_without_a_row() -> None:
    rows = {name: row.model_dump() for name, row in load_tables(None).rows["gate"].items()}
    elsewhere = {"looks": ["max_looks_count", "max_final_looks_count"], "segments": ["too_few"]}
    assert {name: list(row) for name, row in rows.items() if name in elsewhere} == elsewhere
    assert {field.name for field in fields(GatePolicy)} == {
        "margins", "statistics", "outcomes", "fairness", "max_looks_count", "max_final_looks_count", "presets", "too_few_segments", "digest",
    }  # fmt: skip


def test_an_override_of_one_key_leaves_every_other(tmp_path: Path) -> None:
    changed = a_policy(overriding(tmp_path, "accuracy: {max_regression: 0.01}\n"))
    margins = {**SHIPPED.margins, MetricKind.ACCURACY: MarginPolicy(0.01, 0.05)}
    assert changed == replace(SHIPPED, margins=margins, digest=changed.digest)
    assert changed.digest != SHIPPED.digest


@pytest.mark.parametrize("action", list(TooFewAction))
def test_what_too_few_cases_do_is_chosen_by_name(tmp_path: Path, action: TooFewAction) -> None:
    assert a_policy(overriding(tmp_path, f"segments: {{too_few: {action}}}\n")).too_few_segments is action


@pytest.mark.parametrize("text", ["accuracy: {max_regression: 0}", "amount: {max_regression: 1.5}", "statistics: {min_case_count: 30}"])
def test_no_loss_at_all_a_doubled_amount_and_a_small_set_may_be_asked_for(tmp_path: Path, text: str) -> None:
    assert a_policy(overriding(tmp_path, text)) != SHIPPED


BAD = [
    ("accuracy: {max_regression: 2}", "accuracy.max_regression: expected a number of less than 1, found 2; correct it"),
    ("accuracy: {max_regression: -0.01}", "accuracy.max_regression: expected a number of at least 0, found -0.01; correct it"),
    ("accuracy: {max_regression: '0.02'}", "accuracy.max_regression: expected a number, found '0.02'; correct it"),
    ("accuracy: {max_regresion: 0.02}", "accuracy.max_regresion: expected one of max_regression, max_segment_regression, found the unknown key 'max_regresion'; did you mean 'max_regression'?"),
    ("auc: {max_segment_regression: 1}", "auc.max_segment_regression: expected a number of less than 1, found 1; correct it"),
    ("amount: {max_regression: 11}", "amount.max_regression: expected a number of at most 10, found 11; correct it"),
    ("statistics: {false_pass_probability: 0}", "statistics.false_pass_probability: expected a number of more than 0, found 0; correct it"),
    ("statistics: {false_pass_probability: 0.5}", "statistics.false_pass_probability: expected a number of less than 0.5, found 0.5; correct it"),
    ("statistics: {false_alarm_probability: 1}", "statistics.false_alarm_probability: expected a number of less than 0.5, found 1; correct it"),
    ("statistics: {target_power: 0.2}", "statistics.target_power: expected a number of at least 0.5, found 0.2; correct it"),
    ("statistics: {min_segment_case_count: 1}", "statistics.min_segment_case_count: expected a number of at least 2, found 1; correct it"),
    ("statistics: {min_segment_case_count: 30.5}", "statistics.min_segment_case_count: expected a whole number, found 30.5; correct it"),
    ("statistics: {min_segment_case_count: 200}", "statistics: expected min_segment_case_count at most min_case_count, found 200 > 100; change one"),
    ("statistics: {normal_from_count: 2}", "statistics.normal_from_count: expected a number of at least 30, found 2; correct it"),
    ("statistics: {calibration_bin_count: 1}", "statistics.calibration_bin_count: expected a number of at least 2, found 1; correct it"),
    ("outcomes: {max_error_ratio: 1}", "outcomes.max_error_ratio: expected a number of less than 1, found 1; correct it"),
    ("outcomes: {max_duplicate_ratio: null}", "outcomes.max_duplicate_ratio: expected a number, found nothing; correct it"),
    ("fairness: {min_group_case_count: 0}", "fairness.min_group_case_count: expected a number of at least 2, found 0; correct it"),
    ("looks: {max_final_looks_count: 21}", "looks: expected max_final_looks_count at most max_looks_count, found 21 > 20; change one"),
    ("looks: {max_looks_count: 0}", "looks.max_looks_count: expected a number of at least 1, found 0; correct it"),
    ("presets: {max_harmful_ratio: 0}", "presets.max_harmful_ratio: expected a number of more than 0, found 0; correct it"),
    ("segments: {too_few: ignore}", "segments.too_few: expected 'block', 'canary' or 'waive', found 'ignore'; use one of these"),
    ("segments: {}", "segments: expected the keys that differ, found an empty row; write them or remove the row"),
    ("margins: {accuracy: 1}", "margins: expected one of the rows accuracy, amount, auc, brier, calibration, f1, fairness, looks, outcomes, passed, presets, segments, statistics, found the unknown row 'margins'; correct its name"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), BAD, ids=[case[1][:60] for case in BAD])
def test_a_wrong_override_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        a_policy(overriding(tmp_path, text))
    assert caught.value.problems == [f"policies/gate.yaml:1: {message}"]


def test_sealed_bytes_give_back_the_policy_of_the_decision_whatever_the_table_is_now(tmp_path: Path) -> None:
    folder = overriding(tmp_path, "accuracy: {max_regression: 0.01}\nsegments: {too_few: block}\n")
    sealed, decided_by = gate_record(load_tables(folder)), a_policy(folder)
    (folder / "gate.yaml").unlink()
    assert read_gate_policy(sealed) == decided_by != a_policy(folder)
    assert decided_by.digest == digest_bytes(sealed)


BROKEN = [
    b"",
    b"[]",
    b"{}",
    b'{"gate": 3}',
    b'{"gate": [["statistics", {}]]}',
    b'{"gate": [["unheard", {}]]}',
    b'{"gate": []}',
    b'{"triggers": []}',
]


@pytest.mark.parametrize("content", BROKEN)
def test_a_sealed_table_that_cannot_be_read_is_refused_as_evidence(content: bytes) -> None:
    with pytest.raises(EvidenceError, match="expected a table of the gate that this version reads"):
        read_gate_policy(content)


def test_a_sealed_number_out_of_its_range_is_named() -> None:
    sealed = json.loads(gate_record(load_tables(None)))
    dict(sealed["gate"])["accuracy"]["max_regression"] = -1
    with pytest.raises(EvidenceError, match=r"found Input should be greater than or equal to 0 at MarginRow\.max_regression"):
        read_gate_policy(json.dumps(sealed).encode())


def test_a_day_of_triage_and_the_triggers_know_nothing_of_the_table(tmp_path: Path) -> None:
    folder = overriding(tmp_path, "accuracy: {max_regression: 0.01}\n")
    assert load_triage_policies(folder) == load_triage_policies(None)
    assert load_trigger_policies(folder) == load_trigger_policies(None)
    assert b'"gate"' not in load_tables(folder).record


@pytest.mark.parametrize(("table", "text"), [("triage", "spike: {min_count: 20}\n"), ("triggers", "drift: {min_psi: 0.25}\n")])
def test_another_table_changes_nothing_for_the_gate(tmp_path: Path, table: str, text: str) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / f"{table}.yaml").write_text(text, encoding="utf-8")
    assert a_policy(tmp_path / "policies") == SHIPPED


def test_the_json_schema_takes_part_of_a_row_and_refuses_what_is_unknown() -> None:
    schema = schema_of("policy-gate")
    jsonschema.validate(parse_document("accuracy: {max_regression: 0.01}\nsegments: {too_few: block}", "gate").value, schema)
    for wrong in ("accuracy: {max_regression: -1}", "accuracy: {unknown: 1}", "other: {}", "segments: {too_few: ignore}"):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(parse_document(wrong, "gate").value, schema)


def test_the_guide_shows_every_number_as_it_is_shipped() -> None:
    shown, row = {}, ""
    for line in (ROOT / "docs/guides/configure.md").read_text(encoding="utf-8").partition("| Row of `gate` |")[2].splitlines()[2:]:
        if not line.startswith("|"):
            break
        name, key, value, _ = (cell.strip().strip("`") for cell in line.strip("|").split("|"))
        row = name or row
        shown[row, key] = value
    rows = load_tables(None).rows["gate"]
    assert shown == {(name, key): str(value) for name, found in rows.items() for key, value in found.model_dump(mode="json").items()}

"""The table of the retraining triggers: complete as shipped, checked across its keys, sealed apart, read back as it was."""

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
from registry.domain.monitoring import WindowKind
from registry.domain.policy_triggers import DataQualityPolicy, DriftPolicy, PerformancePolicy, Persistence, ProfilePolicy, RequestPolicy
from registry.domain.triggers import TriggerAction
from registry.errors import EvidenceError, PolicyError
from registry.policies.loader import load_tables, load_triage_policies
from registry.policies.tables import row_model
from registry.policies.triggers import load_trigger_policies, read_trigger_policies
from tests.architecture.project import ROOT
from tests.trigger_builders import POLICIES

SHIPPED = load_trigger_policies(None)


def overriding(folder: Path, text: str) -> Path:
    found = folder / "policies"
    found.mkdir()
    (found / "triggers.yaml").write_text(text, encoding="utf-8")
    return found


def test_an_empty_override_is_refused_like_in_every_table(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="expected at least one row, found an empty table"):
        load_trigger_policies(overriding(tmp_path, ""))


def test_the_shipped_numbers_are_those_that_the_builders_of_tests_use() -> None:
    assert replace(SHIPPED, digest=POLICIES.digest) == POLICIES


ROWS = [
    ("profile", ProfilePolicy),
    ("drift", DriftPolicy),
    ("data_quality", DataQualityPolicy),
    ("performance", PerformancePolicy),
    ("requests", RequestPolicy),
]


@pytest.mark.parametrize(("row", "policy"), ROWS)
def test_a_row_has_exactly_the_keys_of_its_policy_value(row: str, policy: Any) -> None:
    assert set(row_model("triggers", row).model_fields) == {field.name for field in fields(policy)}


def test_every_trigger_asks_for_an_action_that_there_is_and_drift_alone_for_no_retraining() -> None:
    assert {TriggerAction(action) for action in SHIPPED.actions.values()} == set(TriggerAction)
    assert SHIPPED.actions["data_drift"] == TriggerAction.INVESTIGATE


def test_an_override_of_one_key_leaves_every_other(tmp_path: Path) -> None:
    changed = load_trigger_policies(overriding(tmp_path, "drift: {min_psi: 0.25}\n"))
    assert changed == replace(SHIPPED, drift=replace(SHIPPED.drift, min_psi=0.25), digest=changed.digest)
    assert changed.digest != SHIPPED.digest


def test_persistence_is_overridden_as_a_whole_so_that_no_kind_of_window_is_forgotten(tmp_path: Path) -> None:
    text = "drift: {persistence: {day: {min_windows: 2, of_windows: 2}, week: {min_windows: 1, of_windows: 1}, month: {min_windows: 1, of_windows: 2}}}"
    changed = load_trigger_policies(overriding(tmp_path, text)).drift.persistence
    assert changed == {WindowKind.DAY: Persistence(2, 2), WindowKind.WEEK: Persistence(1, 1), WindowKind.MONTH: Persistence(1, 2)}


BAD = [
    ("drift: {min_psi: 0}", "drift.min_psi: expected a number of more than 0, found 0; correct it"),
    ("drift: {min_psi: '0.2'}", "drift.min_psi: expected a number, found '0.2'; correct it"),
    ("drift: {min_psy: 0.3}", "drift.min_psy: expected one of clear_windows, max_false_alarms_per_year, min_psi, min_rows, persistence, reference_error_probability, sudden_psi, found the unknown key 'min_psy'; did you mean 'min_psi'?"),
    ("drift: {max_false_alarms_per_year: 0}", "drift.max_false_alarms_per_year: expected a number of more than 0, found 0; correct it"),
    ("drift: {clear_windows: 0}", "drift.clear_windows: expected a number of at least 1, found 0; correct it"),
    ("drift: {reference_error_probability: 1}", "drift.reference_error_probability: expected a number of less than 1, found 1; correct it"),
    ("drift: {persistence: {day: {min_windows: 2, of_windows: 2}}}", "drift: expected persistence for every kind of window, found none for week, month; add them"),
    ("profile: {bin_count: 1}", "profile.bin_count: expected a number of at least 2, found 1; correct it"),
    ("profile: {min_segment_rows: 900}", "profile: expected min_segment_rows at most min_reference_rows, found 900 > 500; change one"),
    ("data_quality: {max_unseen_ratio: 1.5}", "data_quality.max_unseen_ratio: expected a number of at most 1, found 1.5; correct it"),
    ("data_quality: {max_range_factor: 0.5}", "data_quality.max_range_factor: expected a number of at least 1, found 0.5; correct it"),
    ("performance: {min_known_ratio: 0}", "performance.min_known_ratio: expected a number of more than 0, found 0; correct it"),
    ("performance: {max_accuracy_drop_ratio: 5}", "performance.max_accuracy_drop_ratio: expected a number of less than 1, found 5; correct it"),
    ("performance: {min_event_count: 200}", "performance: expected min_event_count at most min_known_count, found 200 > 100; change one"),
    ("requests: {max_in_30_days: 0}", "requests.max_in_30_days: expected a number of at least 1, found 0; correct it"),
    ("requests: {cooldown_days: 91}", "requests: expected cooldown_days at most max_in_flight_days, found 91 > 90; change one"),
    ("requests: {cooldown_days: 1.5}", "requests.cooldown_days: expected a whole number, found 1.5; correct it"),
    ("actions: {schedule: promote}", "actions.schedule: expected 'retrain', 'investigate', 'review_dataset', 'rca_review' or 'reassess_controls', found 'promote'; use one of these"),
    ("actions: {}", "actions: expected the keys that differ, found an empty row; write them or remove the row"),
    ("retrain: {min_psi: 1}", "retrain: expected one of the rows actions, data_quality, drift, performance, profile, requests, found the unknown row 'retrain'; correct its name"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), BAD, ids=[case[1][:60] for case in BAD])
def test_a_wrong_override_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        load_trigger_policies(overriding(tmp_path, text))
    assert caught.value.problems == [f"policies/triggers.yaml:1: {message}"]


def test_a_persistence_of_more_windows_than_are_looked_at_is_refused(tmp_path: Path) -> None:
    text = "drift:\n  persistence:\n    day: {min_windows: 3, of_windows: 2}\n    week: {min_windows: 1, of_windows: 1}\n    month: {min_windows: 1, of_windows: 1}\n"
    with pytest.raises(PolicyError) as caught:
        load_trigger_policies(overriding(tmp_path, text))
    assert caught.value.problems == [
        "policies/triggers.yaml:3: drift.persistence.day: expected min_windows at most of_windows, found 3 > 2; change one"
    ]


def test_sealed_bytes_give_back_the_policies_of_the_decision_whatever_the_tables_are_now(tmp_path: Path) -> None:
    folder = overriding(tmp_path, "drift: {min_psi: 0.25}\nrequests: {cooldown_days: 7}\n")
    sealed, decided_by = load_tables(folder).trigger_record, load_trigger_policies(folder)
    (folder / "triggers.yaml").unlink()
    assert read_trigger_policies(sealed) == decided_by != load_trigger_policies(folder)
    assert decided_by.digest == digest_bytes(sealed)


BROKEN = [b"", b"[]", b"{}", b'{"triggers": 3}', b'{"triggers": [["drift", {}]]}', b'{"triggers": [["unheard", {}]]}', b'{"triggers": []}']


@pytest.mark.parametrize("content", BROKEN)
def test_a_sealed_table_that_cannot_be_read_is_refused_as_evidence(content: bytes) -> None:
    with pytest.raises(EvidenceError, match="expected a table of triggers that this version reads"):
        read_trigger_policies(content)


def test_a_sealed_number_out_of_its_range_is_named(tmp_path: Path) -> None:
    sealed = json.loads(load_tables(None).trigger_record)
    dict(sealed["triggers"])["drift"]["min_psi"] = -1
    with pytest.raises(EvidenceError, match=r"found Input should be greater than 0 at DriftRow\.min_psi"):
        read_trigger_policies(json.dumps(sealed).encode())


def test_a_day_of_triage_knows_nothing_of_the_table(tmp_path: Path) -> None:
    folder = overriding(tmp_path, "drift: {min_psi: 0.25}\n")
    assert load_triage_policies(folder) == load_triage_policies(None)
    assert b'"triggers"' not in load_tables(folder).record
    assert load_tables(folder).record == load_tables(None).record != load_tables(None).trigger_record


def test_another_table_changes_nothing_for_the_triggers(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "triage.yaml").write_text("spike: {min_count: 20}\n", encoding="utf-8")
    assert load_trigger_policies(tmp_path / "policies") == SHIPPED


def test_the_json_schema_takes_part_of_a_row_and_refuses_what_is_unknown() -> None:
    schema = schema_of("policy-triggers")
    jsonschema.validate(parse_document("drift: {min_psi: 0.25}", "triggers").value, schema)
    for wrong in ("drift: {min_psi: -1}", "drift: {unknown: 1}", "other: {}", "actions: {schedule: promote}"):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(parse_document(wrong, "triggers").value, schema)


def test_the_guide_shows_every_number_as_it_is_shipped() -> None:
    rows = load_tables(None).rows["triggers"]
    shown, row = {}, ""
    for line in (ROOT / "docs/guides/configure.md").read_text(encoding="utf-8").partition("| Row | Key | Shipped |")[2].splitlines()[2:]:
        if not line.startswith("|"):
            break
        name, key, value, _ = (cell.strip().strip("`") for cell in line.strip("|").split("|"))
        row = name or row
        shown[row, key] = value
    assert shown == {(name, key): _as_told(key, value) for name, found in rows.items() for key, value in found.model_dump().items()}


def _as_told(key: str, value: Any) -> str:
    if key == "persistence":
        return ", ".join(f"{one['min_windows']} of {one['of_windows']} {kind}s" for kind, one in value.items())
    return str(getattr(value, "value", value))

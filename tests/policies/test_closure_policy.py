"""The table of closures: complete as shipped, checked across its keys, sealed apart, read back as it was."""

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
from registry.domain.policy_closure import ClosurePolicy
from registry.domain.policy_work import Strength
from registry.domain.signal import Severity
from registry.errors import EvidenceError, PolicyError
from registry.policies.closure import closure_record, load_closure_policy, read_closure_policy
from registry.policies.loader import load_tables, load_triage_policies
from registry.policies.tables import row_model
from tests.architecture.project import ROOT
from tests.closure_builders import a_closure_policy

SHIPPED = load_closure_policy(None)
WORSE = "{L0: [medium], L1: [medium], L2: [high, medium], L3: [high, high], L4: [high, high, high]}"


def overriding(folder: Path, text: str) -> Path:
    found = folder / "policies"
    found.mkdir()
    (found / "closure.yaml").write_text(text, encoding="utf-8")
    return found


def test_an_empty_override_is_refused_like_in_every_table(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="expected at least one row, found an empty table"):
        load_closure_policy(overriding(tmp_path, ""))


def test_what_is_shipped_is_what_was_agreed_and_what_tests_judge_by() -> None:
    assert replace(a_closure_policy(), digest=SHIPPED.digest) == SHIPPED


def test_every_key_of_the_policy_has_a_row() -> None:
    rows = {name: set(row_model("closure", name).model_fields) for name in load_tables(None).rows["closure"]}
    keys = {key for found in rows.values() for key in found} - {"min_strengths"} | {"min_evidence", "digest"}
    assert keys == {field.name for field in fields(ClosurePolicy)}


def test_an_override_of_one_key_leaves_every_other(tmp_path: Path) -> None:
    changed = load_closure_policy(overriding(tmp_path, "age: {max_window_age_days: 1}\n"))
    assert changed == replace(SHIPPED, max_window_age_days=1, digest=changed.digest)
    assert changed.digest != SHIPPED.digest


def test_a_severity_may_ask_for_more(tmp_path: Path) -> None:
    changed = load_closure_policy(overriding(tmp_path, f"evidence: {{min_strengths: {WORSE}}}\n"))
    assert changed.min_evidence[Severity.L4] == (Strength.HIGH,) * 3
    assert list(changed.min_evidence) == list(Severity)


BAD = [
    ("evidence: {min_strengths: {L0: [medium]}}", "evidence: expected min_strengths for every severity, found none for L1, L2, L3, L4; add them"),
    (f"evidence: {{min_strengths: {WORSE.replace('L4: [high, high, high]', 'L4: [high]')}}}", "evidence: expected min_strengths of L4 at least those of L3, found weaker or fewer ones; change one"),
    (f"evidence: {{min_strengths: {WORSE.replace('L3: [high, high]', 'L3: [medium, medium]')}}}", "evidence: expected min_strengths of L3 at least those of L2, found weaker or fewer ones; change one"),
    ("evidence: {needs_production_kri: [L3, L3]}", "evidence.needs_production_kri: expected each of them once, found 'L3' again; remove one of them"),
    ("evidence: {max_evidence_age_days: 0}", "evidence.max_evidence_age_days: expected a number of at least 1, found 0; correct it"),
    ("recovery: {harmful_impacts: []}", "recovery.harmful_impacts: expected at least 1 entries, found 0; add what is missing or remove the key"),
    ("recovery: {harmful_impacts: [none]}", "recovery.harmful_impacts: expected impacts that are harm, found 'none'; remove it: no impact harms nobody"),
    ("recovery: {max_residual_ratio: 1}", "recovery.max_residual_ratio: expected a number of less than 1, found 1; correct it"),
    ("age: {max_window_age_days: 1.5}", "age.max_window_age_days: expected a whole number, found 1.5; correct it"),
    ("adverse: {adverse_confidence: 0.2}", "adverse.adverse_confidence: expected a number of at least 0.5, found 0.2; correct it"),
    ("adverse: {min_adverse_ratio: 0.5}", "adverse.min_adverse_ratio: expected a number of at least 1, found 0.5; correct it"),
    ("adverse: {min_ratio: 2}", "adverse.min_ratio: expected one of adverse_confidence, min_adverse_ratio, found the unknown key 'min_ratio'; did you mean 'min_adverse_ratio'?"),
    ("gates: {scope: no}", "gates: expected one of the rows adverse, age, evidence, recovery, found the unknown row 'gates'; correct its name"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), BAD, ids=[case[1][:60] for case in BAD])
def test_a_wrong_override_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        load_closure_policy(overriding(tmp_path, text))
    assert caught.value.problems == [f"policies/closure.yaml:1: {message}"]


def test_sealed_bytes_give_back_the_policy_of_the_decision_whatever_the_table_is_now(tmp_path: Path) -> None:
    folder = overriding(tmp_path, "age: {max_window_age_days: 1}\n")
    sealed, decided_by = closure_record(load_tables(folder)), load_closure_policy(folder)
    (folder / "closure.yaml").unlink()
    assert read_closure_policy(sealed) == decided_by != load_closure_policy(folder)
    assert decided_by.digest == digest_bytes(sealed)


BROKEN = [b"", b"[]", b"{}", b'{"closure": 3}', b'{"closure": []}', b'{"closure": [["unheard", {}]]}', b'{"gate": []}']


@pytest.mark.parametrize("content", BROKEN)
def test_a_sealed_table_that_cannot_be_read_is_refused_as_evidence(content: bytes) -> None:
    with pytest.raises(EvidenceError, match="expected a table of closures that this version reads"):
        read_closure_policy(content)


def test_a_sealed_number_out_of_its_range_is_named() -> None:
    sealed = json.loads(closure_record(load_tables(None)))
    dict(sealed["closure"])["adverse"]["min_adverse_ratio"] = 0
    with pytest.raises(EvidenceError, match=r"found Input should be greater than or equal to 1 at AdverseRow\.min_adverse_ratio"):
        read_closure_policy(json.dumps(sealed).encode())


def test_a_day_of_triage_knows_nothing_of_the_table(tmp_path: Path) -> None:
    folder = overriding(tmp_path, "age: {max_window_age_days: 1}\n")
    assert load_triage_policies(folder) == load_triage_policies(None)
    assert b'"max_window_age_days"' not in load_tables(folder).record


def test_the_json_schema_takes_part_of_a_row_and_refuses_what_is_unknown() -> None:
    schema = schema_of("policy-closure")
    jsonschema.validate(parse_document("age: {max_window_age_days: 1}\nrecovery: {harmful_severities: [L4]}", "closure").value, schema)
    for wrong in ("age: {max_window_age_days: 0}", "age: {unknown: 1}", "other: {}", "recovery: {harmful_impacts: [annoyed]}"):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(parse_document(wrong, "closure").value, schema)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_shown(found)}" for name, found in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def test_the_guide_shows_every_number_as_it_is_shipped() -> None:
    shown, row = {}, ""
    for line in (ROOT / "docs/guides/configure.md").read_text(encoding="utf-8").partition("| Row of `closure` |")[2].splitlines()[2:]:
        if not line.startswith("|"):
            break
        name, key, value, _ = (cell.strip().strip("`") for cell in line.strip("|").split("|"))
        row = name or row
        shown[row, key] = value
    rows = load_tables(None).rows["closure"]
    assert shown == {(name, key): _shown(value) for name, found in rows.items() for key, value in found.model_dump(mode="json").items()}

"""The table of releases: complete as shipped, checked across its keys, sealed apart, read back as it was; and who may act."""

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
from registry.domain.catalogue import OwnerRole
from registry.domain.policy_release import CardPolicy, CompliancePolicy, ErrorBudgetPolicy, ReleasePolicy, RollbackPolicy, SignOffPolicy
from registry.domain.release import CardKind, RecordKind, ReleaseAct
from registry.errors import EvidenceError, PolicyError
from registry.policies.gate import gate_policy
from registry.policies.loader import load_tables, load_triage_policies
from registry.policies.release import load_release_policy, read_release_policy, release_act_roles, release_record
from registry.policies.tables import row_model
from registry.policies.triggers import load_trigger_policies
from tests.architecture.project import ROOT

SHIPPED = load_release_policy(None)
OWNER, GOVERNANCE = OwnerRole.PRODUCT_OWNER, OwnerRole.GOVERNANCE_LEAD


def overriding(folder: Path, text: str, table: str = "release") -> Path:
    found = folder / "policies"
    found.mkdir()
    (found / f"{table}.yaml").write_text(text, encoding="utf-8")
    return found


def test_an_empty_override_is_refused_like_in_every_table(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="expected at least one row, found an empty table"):
        load_release_policy(overriding(tmp_path, ""))


def test_what_is_shipped_is_what_was_agreed() -> None:
    assert SHIPPED.cards.sections[CardKind.MODEL_CARD][:2] == ("Intended use", "Out of scope")
    assert SHIPPED.cards.sections[CardKind.SYSTEM_CARD][-2:] == ("Rollback", "Contact")
    both = (RecordKind.DPIA, RecordKind.TRA)
    assert SHIPPED.compliance.required == {"low": (RecordKind.TRA,), "medium": both, "high": both}
    assert set(SHIPPED.compliance.roles) == {RecordKind.DPIA, RecordKind.TRA}
    assert SHIPPED.rollback == RollbackPolicy(5.0, 10, 90, (OwnerRole.OPERATIONS_LEAD, OwnerRole.MODEL_OWNER))
    assert SHIPPED.sign_off == SignOffPolicy((OWNER, GOVERNANCE), 7, 2, 2, 14)
    assert SHIPPED.error_budget == ErrorBudgetPolicy(43.2, 30, 0.2)
    assert (SHIPPED.review_after_days, SHIPPED.max_canary_share_percent) == ({"low": 90, "medium": 60, "high": 30}, 20)


ROWS = [
    ("cards", CardPolicy),
    ("compliance", CompliancePolicy),
    ("rollback", RollbackPolicy),
    ("sign_off", SignOffPolicy),
    ("error_budget", ErrorBudgetPolicy),
]


@pytest.mark.parametrize(("row", "policy"), ROWS)
def test_a_row_has_exactly_the_keys_of_its_policy_value(row: str, policy: Any) -> None:
    assert set(row_model("release", row).model_fields) == {field.name for field in fields(policy)}


def test_nothing_of_the_policy_is_without_a_row() -> None:
    rows = set(load_tables(None).rows["release"])
    assert {field.name for field in fields(ReleasePolicy)} == rows - {"canary"} | {"max_canary_share_percent", "digest"}


def test_an_override_of_one_key_leaves_every_other(tmp_path: Path) -> None:
    changed = load_release_policy(overriding(tmp_path, "sign_off: {max_valid_days: 3}\n"))
    assert changed == replace(SHIPPED, sign_off=replace(SHIPPED.sign_off, max_valid_days=3), digest=changed.digest)
    assert changed.digest != SHIPPED.digest


def test_more_people_may_be_asked_and_a_tier_may_need_no_assessment(tmp_path: Path) -> None:
    text = "sign_off: {roles: [product_owner, governance_lead, model_risk]}\ncompliance: {required: {low: [], medium: [tra], high: [dpia, tra]}}\n"
    changed = load_release_policy(overriding(tmp_path, text))
    assert changed.sign_off.roles == (OWNER, GOVERNANCE, OwnerRole.MODEL_RISK)
    assert changed.compliance.required["low"] == ()


BAD = [
    ("cards: {sections: {model_card: [Data]}}", "cards.sections.system_card: expected a value, found nothing; add this key"),
    ("cards: {sections: {model_card: [], system_card: [Data]}}", "cards.sections.model_card: expected at least 1 entries, found 0; add what is missing or remove the key"),
    ("cards: {sections: {model_card: [Data, data], system_card: [Data]}}", "cards.sections.model_card: expected each entry once, found 'data' again; remove one of them"),
    ("cards: {min_section_words_count: 0}", "cards.min_section_words_count: expected a number of at least 1, found 0; correct it"),
    ("cards: {placeholders: []}", "cards.placeholders: expected at least 1 entries, found 0; add what is missing or remove the key"),
    ("compliance: {required: {low: [dpia], medium: [dpia]}}", "compliance.required.high: expected a value, found nothing; add this key"),
    ("compliance: {required: {low: [rollback_drill], medium: [], high: []}}", "compliance.required.low[0]: expected 'dpia' or 'tra', found 'rollback_drill'; use one of these"),
    ("compliance: {required: {low: [tra, tra], medium: [], high: []}}", "compliance.required.low: expected each entry once, found 'tra' again; remove one of them"),
    ("compliance: {roles: {dpia: [], tra: [model_risk]}}", "compliance.roles.dpia: expected at least 1 entries, found 0; add what is missing or remove the key"),
    ("rollback: {max_rollback_minutes: 0}", "rollback.max_rollback_minutes: expected a number of more than 0, found 0; correct it"),
    ("rollback: {min_smoke_case_count: 0}", "rollback.min_smoke_case_count: expected a number of at least 1, found 0; correct it"),
    ("rollback: {drill_roles: []}", "rollback.drill_roles: expected at least 1 entries, found 0; add what is missing or remove the key"),
    ("sign_off: {roles: [product_owner]}", "sign_off.roles: expected at least 2 entries, found 1; add what is missing or remove the key"),
    ("sign_off: {roles: [product_owner, product_owner]}", "sign_off.roles: expected each entry once, found 'product_owner' again; remove one of them"),
    ("sign_off: {min_override_signer_count: 1}", "sign_off.min_override_signer_count: expected a number of at least 2, found 1; correct it"),
    ("sign_off: {max_override_valid_days: 8}", "sign_off: expected max_override_valid_days at most max_valid_days, found 8 > 7; change one"),
    ("sign_off: {max_decision_age_days: 0}", "sign_off.max_decision_age_days: expected a number of at least 1, found 0; correct it"),
    ("error_budget: {min_left_ratio: 1}", "error_budget.min_left_ratio: expected a number of less than 1, found 1; correct it"),
    ("error_budget: {budget_minutes: 0}", "error_budget.budget_minutes: expected a number of more than 0, found 0; correct it"),
    ("review_after_days: {high: 0}", "review_after_days.high: expected a number of at least 1, found 0; correct it"),
    ("review_after_days: {highest: 3}", "review_after_days.highest: expected one of high, low, medium, found the unknown key 'highest'; did you mean 'high'?"),
    ("canary: {max_canary_share_percent: 100}", "canary.max_canary_share_percent: expected a number of at most 99, found 100; correct it"),
    ("canary: {max_canary_share_percent: 0}", "canary.max_canary_share_percent: expected a number of at least 1, found 0; correct it"),
    ("signoff: {max_valid_days: 3}", "signoff: expected one of the rows canary, cards, compliance, error_budget, review_after_days, rollback, sign_off, found the unknown row 'signoff'; correct its name"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), BAD, ids=[case[1][:60] for case in BAD])
def test_a_wrong_override_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        load_release_policy(overriding(tmp_path, text))
    assert caught.value.problems == [f"policies/release.yaml:1: {message}"]


def test_sealed_bytes_give_back_the_policy_of_the_decision_whatever_the_table_is_now(tmp_path: Path) -> None:
    folder = overriding(tmp_path, "sign_off: {max_valid_days: 3}\ncompliance: {required: {low: [], medium: [], high: [tra]}}\n")
    sealed, decided_by = release_record(load_tables(folder)), load_release_policy(folder)
    (folder / "release.yaml").unlink()
    assert read_release_policy(sealed) == decided_by != load_release_policy(folder)
    assert decided_by.digest == digest_bytes(sealed)


BROKEN = [
    b"",
    b"[]",
    b"{}",
    b'{"release": 3}',
    b'{"release": [["sign_off", {}]]}',
    b'{"release": [["unheard", {}]]}',
    b'{"release": []}',
    b'{"gate": []}',
]


@pytest.mark.parametrize("content", BROKEN)
def test_a_sealed_table_that_cannot_be_read_is_refused_as_evidence(content: bytes) -> None:
    with pytest.raises(EvidenceError, match="expected a table of releases that this version reads"):
        read_release_policy(content)


def test_a_sealed_number_out_of_its_range_is_named() -> None:
    sealed = json.loads(release_record(load_tables(None)))
    dict(sealed["release"])["sign_off"]["min_override_signer_count"] = 1
    with pytest.raises(EvidenceError, match=r"found Input should be greater than or equal to 2 at SignOffRow\.min_override_signer_count"):
        read_release_policy(json.dumps(sealed).encode())


def test_no_other_decision_knows_of_the_table(tmp_path: Path) -> None:
    folder = overriding(tmp_path, "sign_off: {max_valid_days: 3}\n")
    assert load_triage_policies(folder) == load_triage_policies(None)
    assert load_trigger_policies(folder) == load_trigger_policies(None)
    assert gate_policy(load_tables(folder)) == gate_policy(load_tables(None))
    assert "release" not in json.loads(load_tables(folder).record)


@pytest.mark.parametrize(("table", "text"), [("gate", "looks: {max_looks_count: 3}\n"), ("acts", "switch: {roles: [model_owner]}\n")])
def test_another_table_changes_nothing_for_a_release(tmp_path: Path, table: str, text: str) -> None:
    assert load_release_policy(overriding(tmp_path, text, table)) == SHIPPED


@pytest.mark.parametrize("act", list(ReleaseAct))
def test_somebody_may_do_every_act_and_nobody_signs_off_by_proposing(act: ReleaseAct) -> None:
    roles = release_act_roles(load_tables(None), act)
    assert roles and set(roles) <= set(OwnerRole)
    assert GOVERNANCE not in roles


def test_whoever_may_switch_is_chosen_by_the_team(tmp_path: Path) -> None:
    tables = load_tables(overriding(tmp_path, "switch: {roles: [operations_lead]}\n", "acts"))
    assert release_act_roles(tables, ReleaseAct.SWITCH) == (OwnerRole.OPERATIONS_LEAD,)
    assert release_act_roles(tables, ReleaseAct.ROLLBACK) == release_act_roles(load_tables(None), ReleaseAct.ROLLBACK)


def test_the_json_schema_takes_part_of_a_row_and_refuses_what_is_unknown() -> None:
    schema = schema_of("policy-release")
    text = "sign_off: {max_valid_days: 3}\ncompliance: {required: {low: [], medium: [tra], high: [dpia]}}"
    jsonschema.validate(parse_document(text, "release").value, schema)
    for wrong in ("sign_off: {max_valid_days: 0}", "sign_off: {unknown: 1}", "other: {}", "sign_off: {roles: [product_owner]}"):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(parse_document(wrong, "release").value, schema)


def test_the_guide_shows_every_number_as_it_is_shipped() -> None:
    guide = (ROOT / "docs/guides/configure.md").read_text(encoding="utf-8")
    shown, row = {}, ""
    for line in guide.partition("| Row of `release` |")[2].splitlines()[2:]:
        if not line.startswith("|"):
            break
        name, key, value, _ = (cell.strip().strip("`") for cell in line.strip("|").split("|"))
        row = name or row
        shown[row, key] = value
    rows = {name: found.model_dump(mode="json") for name, found in load_tables(None).rows["release"].items()}
    cards = rows["cards"].pop("sections")
    assert shown.pop(("cards", "sections")) == "see below"
    assert shown == {(name, key): as_written(value) for name, found in rows.items() for key, value in found.items()}
    told = " ".join(guide.split())
    assert f"A model card must say: {', '.join(cards['model_card'])}." in told
    assert f"A system card: {', '.join(cards['system_card'])}." in told


def as_written(value: Any) -> str:
    """A value as the guide's table writes it: lists by commas, mappings by semicolons."""
    if isinstance(value, dict):
        return "; ".join(f"{key}: {as_written(found)}" for key, found in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)

"""The decision tables: complete as shipped, overridden by row, refused when in doubt, one digest."""

# ruff: noqa: E501 - a case and its exact message stand on one line
from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from checks.redaction import unknown_kinds
from deployments.cli.schema import schema_of
from registry.documents import parse_document
from registry.domain.issue import LEGAL_MOVES, IssueState, movers
from registry.domain.policy import (
    BatchPolicy,
    ClockRule,
    DipPolicy,
    EscalationPolicy,
    FeedPolicy,
    GradeRule,
    SeverityRule,
    SpikePolicy,
    UsageRule,
)
from registry.domain.policy_work import DeadlineRule, IncidentRule
from registry.domain.retention import RetentionRule
from registry.domain.signal import CustomerImpact, Grade, Severity, SignalCategory
from registry.errors import PolicyError
from registry.policies.loader import (
    SHIPPED_DIR,
    load_legal_moves,
    load_required_owners,
    load_tables,
    load_triage_policies,
    load_work_policies,
)
from registry.policies.tables import TABLES, row_model

SHIPPED = load_triage_policies(None)


def _overrides(folder: Path, **tables: str) -> Path:
    found = folder / "policies"
    found.mkdir()
    for table, text in tables.items():
        (found / f"{table}.yaml").write_text(text, encoding="utf-8")
    return found


def test_an_empty_override_folder_changes_nothing(tmp_path: Path) -> None:
    assert load_triage_policies(_overrides(tmp_path)) == SHIPPED


def test_the_shipped_numbers_are_those_the_design_settled() -> None:
    assert SHIPPED.spike == SpikePolicy((7, 28), 182, 56, 10, 2.0, 1.0, 1.5, 4)
    assert SHIPPED.batch == BatchPolicy(182, 28, 10, 3.0, 0.5, 12.0, 2, 1.5)
    assert SHIPPED.dip == DipPolicy((7, 28), 182, 56, 0.75, 0.9, 2.0, 1.5)
    assert SHIPPED.feed == FeedPolicy(3, 14, 0.001, 3)
    assert SHIPPED.escalation == EscalationPolicy(1, Severity.L3)
    assert SHIPPED.each_min_severity is Severity.L3


ROWS = [
    ("triage", "spike", SpikePolicy, set()),
    ("triage", "batch", BatchPolicy, set()),
    ("triage", "dip", DipPolicy, set()),
    ("triage", "feed", FeedPolicy, set()),
    ("triage", "escalation", EscalationPolicy, set()),
    ("severity", "", SeverityRule, {"name"}),
    ("grade", "", GradeRule, {"name"}),
    ("usage", "", UsageRule, {"category"}),
    ("clocks", "", ClockRule, {"severity"}),
    ("retention", "decision", RetentionRule, {"kind"}),
    ("deadlines", "", DeadlineRule, {"deadline"}),
    ("incidents", "", IncidentRule, {"incident"}),
]


@pytest.mark.parametrize(("table", "row", "policy", "named_by_row"), ROWS)
def test_a_row_has_exactly_the_keys_of_its_policy_value(table: str, row: str, policy: Any, named_by_row: set[str]) -> None:
    assert set(row_model(table, row).model_fields) == {field.name for field in fields(policy)} - named_by_row


def test_the_shipped_moves_are_the_ones_the_ledger_enforces() -> None:
    assert load_legal_moves() == LEGAL_MOVES


def test_every_role_that_is_asked_to_approve_a_plan_may_complete_it() -> None:
    asked = {role.value for rule in load_work_policies(None).approvals if rule.action == "plan" for role in rule.roles}
    assert asked == {role.value for role in movers(IssueState.RCA_IN_PROGRESS, IssueState.ACTION_APPROVED)}


def test_every_table_is_shipped_and_nothing_else_is() -> None:
    assert {path.stem for path in SHIPPED_DIR.glob("*.yaml")} == set(TABLES)


def test_every_category_and_severity_has_its_row() -> None:
    assert {rule.category for rule in SHIPPED.usage} == set(SignalCategory)
    assert {rule.severity for rule in SHIPPED.clocks} == set(Severity)
    assert set(load_required_owners(None)) == {"low", "medium", "high"}


@pytest.mark.parametrize("category", list(SignalCategory))
@pytest.mark.parametrize("impact", list(CustomerImpact))
def test_every_signal_has_a_severity_and_harm_is_never_below_l3(category: SignalCategory, impact: CustomerImpact) -> None:
    fired = [r for r in SHIPPED.severity if (not r.categories or category in r.categories) and (not r.impacts or impact in r.impacts)]
    harm = impact in {CustomerImpact.ACCESS, CustomerImpact.FUNDS, CustomerImpact.PRIVACY, CustomerImpact.FAIRNESS}
    assert (fired[0].severity is Severity.L3) == harm


def test_locked_sets_complaints_and_drift_never_train() -> None:
    never = {rule.category for rule in SHIPPED.usage if rule.train.startswith("no")}
    assert {SignalCategory.EVAL_FAILURE, SignalCategory.COMPLAINT, SignalCategory.DRIFT_ALERT} <= never


def test_a_more_severe_issue_never_has_more_time() -> None:
    for clock in ("first_response_hours", "contain_hours", "rca_hours"):
        hours = [getattr(rule, clock) for rule in sorted(SHIPPED.clocks, key=lambda rule: rule.severity.rank)]
        asked = [found for found in hours if found is not None]
        assert asked == sorted(asked, reverse=True)


def test_an_override_changes_its_key_and_leaves_every_other(tmp_path: Path) -> None:
    changed = load_triage_policies(_overrides(tmp_path, triage="spike: {min_count: 20}\n"))
    assert changed.spike == SpikePolicy((7, 28), 182, 56, 20, 2.0, 1.0, 1.5, 4)
    assert (changed.batch, changed.severity) == (SHIPPED.batch, SHIPPED.severity)


def test_an_override_keeps_the_order_in_which_rows_decide(tmp_path: Path) -> None:
    text = "control_weakness: {severity: L2}\nmaterial_harm: {severity: L4}\n"
    changed = load_triage_policies(_overrides(tmp_path, severity=text))
    assert [rule.name for rule in changed.severity] == [rule.name for rule in SHIPPED.severity]
    assert [rule.severity for rule in changed.severity] == [Severity.L4, Severity.L2, Severity.L2, Severity.L0]


def test_a_clock_can_be_taken_away_by_writing_null(tmp_path: Path) -> None:
    changed = load_triage_policies(_overrides(tmp_path, clocks="L1: {rca_hours: null}\n"))
    assert changed.clocks[1].rca_hours is None


def test_a_kind_of_redaction_can_be_switched_off(tmp_path: Path) -> None:
    assert "ip" not in load_triage_policies(_overrides(tmp_path, redaction="ip: {redact: false}\n")).redacted_kinds


def test_every_kind_of_redaction_is_one_that_the_redactor_knows() -> None:
    assert not unknown_kinds(SHIPPED.redacted_kinds)


def test_required_owners_can_be_overridden(tmp_path: Path) -> None:
    assert load_required_owners(_overrides(tmp_path, owners="low: {required: [vendor_manager]}\n"))["low"] == ("vendor_manager",)


def test_the_digest_follows_the_effective_rows_and_not_their_spelling(tmp_path: Path) -> None:
    same = load_triage_policies(_overrides(tmp_path, triage="# as shipped\nspike: {min_ratio: 2}\n")).digest
    assert same == SHIPPED.digest


@pytest.mark.parametrize("text", ["spike: {min_count: 11}", "each: {min_severity: L2}", "feed: {allowed_lateness_days: 0}"])
def test_any_other_number_gives_another_digest(tmp_path: Path, text: str) -> None:
    assert load_triage_policies(_overrides(tmp_path, triage=text)).digest != SHIPPED.digest


_TABLE_FILES = ", ".join(f"{name}.yaml" for name in sorted(TABLES))
BAD = [
    ("triage", "", "policies/triage.yaml:1: document: expected at least one row, found an empty table; write the rows that differ or remove the file"),
    ("triage", "{}", "policies/triage.yaml:1: document: expected at least one row, found an empty table; write the rows that differ or remove the file"),
    ("triage", "- spike", "policies/triage.yaml:1: document: expected at least one row, found a list; write the rows that differ or remove the file"),
    ("triage", "spike: {min_count: 12}\nspyke: {min_count: 3}", "policies/triage.yaml:2: spyke: expected one of the rows batch, dip, each, escalation, feed, spike, found the unknown row 'spyke'; correct its name"),
    ("triage", "spike: {}", "policies/triage.yaml:1: spike: expected the keys that differ, found an empty row; write them or remove the row"),
    ("triage", "spike: 3", "policies/triage.yaml:1: spike: expected the keys that differ, found 3; write them or remove the row"),
    ("triage", "spike:\n  min_cuont: 3", "policies/triage.yaml:2: spike.min_cuont: expected one of baseline_max_days, baseline_min_days, default_dispersion_ratio, max_false_alarms_per_year, min_count, min_dispersion_blocks, min_ratio, window_days, found the unknown key 'min_cuont'; did you mean 'min_count'?"),
    ("triage", "spike: {min_count: 3}\nspike: {min_count: 4}", "policies/triage.yaml:2: spike: expected each key once, found it again (first on line 1); remove one of them"),
    ("triage", "spike: {min_count: many}", "policies/triage.yaml:1: spike.min_count: expected a whole number, found 'many'; correct it"),
    ("triage", "spike: {min_count: 0}", "policies/triage.yaml:1: spike.min_count: expected a number of at least 1, found 0; correct it"),
    ("triage", "spike: {min_ratio: 1}", "policies/triage.yaml:1: spike.min_ratio: expected a number of more than 1, found 1; correct it"),
    ("triage", "spike: {max_false_alarms_per_year: .inf}", "policies/triage.yaml:1: spike.max_false_alarms_per_year: expected a number, found '.inf'; correct it"),
    ("triage", "spike: {window_days: [28, 7]}", "policies/triage.yaml:1: spike: expected window_days in ascending order, each once, found [28, 7]; sort them"),
    ("triage", "spike: {window_days: []}", "policies/triage.yaml:1: spike.window_days: expected at least 1 entries, found 0; add what is missing or remove the key"),
    ("triage", "batch: {baseline_min_days: 400}", "policies/triage.yaml:1: batch: expected baseline_min_days at most baseline_max_days, found 400 > 182; change one"),
    ("triage", "dip: {recovered_ratio: 0.5}", "policies/triage.yaml:1: dip: expected recovered_ratio at least max_ratio, found 0.5 < 0.75; change one"),
    ("severity", "material_harm: {severity: L5}", "policies/severity.yaml:1: material_harm.severity: expected 'L0', 'L1', 'L2', 'L3' or 'L4', found 'L5'; use one of these"),
    ("severity", "learning_signal: {impacts: [none]}", "policies/severity.yaml:1: document: expected only the last row, learning_signal, to match everything, found none that matches everything; correct the rows"),
    ("severity", "material_harm: {impacts: []}", "policies/severity.yaml:1: document: expected only the last row, learning_signal, to match everything, found material_harm, learning_signal matching everything; correct the rows"),
    ("grade", "weak: {requires: [luck]}", "policies/grade.yaml:1: weak.requires[0]: expected 'impact', 'version', 'evidence', 'reproducible' or 'owner', found 'luck'; use one of these"),
    ("usage", "complaint: {train: maybe}", "policies/usage.yaml:1: complaint.train: expected text matching ^(yes|no|review)(: .+)?$, found 'maybe'; rename it"),
    ("clocks", "L2: {at_risk_ratio: 75}", "policies/clocks.yaml:1: L2.at_risk_ratio: expected a number of at most 1, found 75; correct it"),
    ("clocks", "L5: {rca_hours: 1}", "policies/clocks.yaml:1: L5: expected one of the rows L0, L1, L2, L3, L4, found the unknown row 'L5'; correct its name"),
    (
        "evidence",
        "anchor: {warn_after_days: 9}",
        "policies/evidence.yaml:1: anchor: expected breach_after_days at least warn_after_days, found 7.0 < 9.0; change one",
    ),
    ("incidents", "infra_error: {severe_mitigate_minutes: 300}", "policies/incidents.yaml:1: infra_error: expected severe_mitigate_minutes at most mitigate_minutes, found 300.0 > 240.0; change one"),
    ("redaction", "email: {redact: no}", "policies/redaction.yaml:1: email.redact: expected true or false, found 'no'; correct it"),
    ("moves", "triage_to_contained: {roles: [machine]}", "policies/moves.yaml:1: document: expected no override of moves, found one; remove it: the ledger enforces these rows"),
    ("approvals", "plan_L2: {roles: [data_owner]}", "policies/approvals.yaml:1: plan_L2: expected roles among business_process_owner, model_risk, operations_lead, product_owner, risk_compliance, found data_owner; choose roles that the table moves lets approve a plan"),
    ("spikes", "spike: {min_count: 3}", f"policies/spikes.yaml:1: document: expected {_TABLE_FILES}, found 'spikes.yaml'; rename or remove it"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "text", "message"), BAD, ids=[case[2][9:70] for case in BAD])
def test_a_wrong_override_is_refused_with_its_line(tmp_path: Path, table: str, text: str, message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        load_tables(_overrides(tmp_path, **{table: text}))
    assert caught.value.problems == [message]


def test_problems_of_every_table_come_together(tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        load_tables(_overrides(tmp_path, triage="spike: {min_count: 0}", grade="", usage="a: *x"))
    assert len(caught.value.problems) == 3


def test_a_named_folder_that_is_not_there_is_not_taken_for_no_overrides(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="expected a folder of policy overrides, found none"):
        load_triage_policies(tmp_path / "policies")


def test_a_readme_in_the_folder_is_no_table(tmp_path: Path) -> None:
    folder = _overrides(tmp_path)
    (folder / "README.md").write_text("why", encoding="utf-8")
    assert load_triage_policies(folder) == SHIPPED


@pytest.mark.parametrize("table", sorted(set(TABLES) - {"moves"}))
def test_the_json_schema_of_an_override_accepts_the_shipped_rows_and_refuses_unknown_ones(table: str) -> None:
    schema = schema_of(f"policy-{table}")
    shipped = parse_document((SHIPPED_DIR / f"{table}.yaml").read_text(encoding="utf-8"), table).value
    jsonschema.validate(shipped, schema)
    for wrong in ({}, {"zzz": {}}, {next(iter(shipped)): {"zzz": 1}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def test_no_grade_row_gives_d_which_is_for_duplicates() -> None:
    assert Grade.D not in {rule.grade for rule in SHIPPED.grade}

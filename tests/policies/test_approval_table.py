"""The table of approvals as a whole: no plan that nobody could approve, and no step that two rows judge differently."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.errors import PolicyError
from registry.policies.approval_table import find_approval_problems
from registry.policies.loader import load_tables, load_work_policies


def overridden(folder: Path, text: str) -> str:
    """Return the problems of an override of the table."""
    (folder / "approvals.yaml").write_text(text)
    with pytest.raises(PolicyError) as caught:
        load_work_policies(folder)
    return "\n".join(caught.value.problems)


def test_no_rows_leave_every_plan_closure_and_waived_gate_without() -> None:
    assert len(find_approval_problems({})) == 15


def test_the_shipped_table_has_one_row_for_every_plan_closure_and_waived_gate() -> None:
    assert find_approval_problems(load_tables(None).rows["approvals"]) == []


def test_a_severity_whose_plan_no_row_lists_is_told_at_load(tmp_path: Path) -> None:
    told = overridden(tmp_path, "plan_L1: {severities: [L0]}\n")
    assert "approvals.yaml:1" in told and "expected a row for plan at L1, found it in none of plan_L1, plan_L2, plan_L3, plan_L4" in told


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("close_L2: {severities: [L3]}", "expected a row for close at L2"),
        ("not_applicable_L1: {severities: [L0]}", "nobody would be asked about the gate"),
        ("close_L1: {roles: [data_owner]}", "choose roles that the table moves lets approve a close"),
        ("close_L1: {needs_signature: false}", "needs_signature: true for a closure"),
    ],
)
def test_a_closure_that_nobody_could_sign_or_a_gate_that_nobody_answers_for_is_told_at_load(tmp_path: Path, row: str, said: str) -> None:
    assert said in overridden(tmp_path, f"{row}\n")


def test_two_rows_for_one_step_and_severity_are_told_at_load(tmp_path: Path) -> None:
    assert "expected one row for plan at L2, found plan_L1, plan_L2" in overridden(tmp_path, "plan_L1: {severities: [L0, L1, L2]}\n")
    told = overridden(tmp_path, "accept_risk_L1: {severities: [L0, L1, L2, L3]}\n")
    assert "expected one row for accept-risk at L3, found accept_risk_L1, accept_risk_L3" in told


def test_a_row_that_moves_whole_to_another_step_leaves_its_plans_without(tmp_path: Path) -> None:
    assert "expected a row for plan at L4" in overridden(tmp_path, "plan_L4: {action: root-cause}\n")


def test_an_accepted_risk_without_a_row_needs_nobody(tmp_path: Path) -> None:
    (tmp_path / "approvals.yaml").write_text("accept_risk_L1: {severities: [L0]}\n")
    assert load_work_policies(tmp_path).approvals

"""What the gate reads: which file the outcomes stood in is in the evidence, and a version is found among any number of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployments.recompute import recompute
from registry.domain.canonical import digest_bytes
from registry.domain.decision import InputDigest, Verdict
from registry.errors import ConfigurationError
from registry.records import read_gate_decision, read_sealed_gate
from registry.sources import evaluation_versions
from tests.evaluated_bank import BETTER, CASES, VERSIONS, an_evaluated_bank, gate, write_outcomes
from tests.flows.workspaces import FRAUD, Bank


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    return an_evaluated_bank(tmp_path / "bank")


def test_the_evidence_names_the_file_that_the_outcomes_stood_in_and_it_is_judged_again_alike(bank: Bank) -> None:
    folder = Path(gate(bank).report_path).parent
    read = InputDigest("data/outcomes.csv", digest_bytes((bank.root / "data/outcomes.csv").read_bytes()))
    assert read in read_gate_decision((folder / "decision.json").read_bytes()).inputs
    assert read_sealed_gate((folder / "inputs.json").read_bytes()).sources == (read,)
    found = recompute(bank.workspace.archive_dir)
    assert (found.verdict, found.same_count, found.problems) == (Verdict.PASS, 1, ())


def test_a_table_that_gained_another_version_is_the_same_question(bank: Bank) -> None:
    first = gate(bank)
    write_outcomes(bank, {**VERSIONS, "v5": range(CASES)})
    again = gate(bank)
    assert (again.repeated, again.decision) == (True, first.decision)


def test_a_candidate_behind_more_versions_than_are_remembered_is_judged(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation_versions, "_MAX_REMEMBERED", 0)
    assert gate(bank, BETTER).decision.verdict is Verdict.PASS
    with pytest.raises(ConfigurationError, match="'v9': expected a version with outcomes"):
        gate(bank, "v9")


def name_training(bank: Bank, *rows: str, text: str = "") -> None:
    """Have the catalogue name training data with ``rows`` of id and text."""
    (bank.root / "data/train.csv").write_text(text or "\n".join(("row,asked", *rows, "")), encoding="utf-8")
    path = bank.root / f"systems/{FRAUD}.yaml"
    key = "  training: {source: {path: data/train.csv}, case_id: row, content: [asked]}\n"
    path.write_text(path.read_text(encoding="utf-8") + key, encoding="utf-8")


def test_cases_of_the_set_in_the_training_data_keep_a_version_from_passing_and_it_is_judged_again_alike(bank: Bank) -> None:
    name_training(bank, "t1,nothing", "C0007,reworded", "t3,purchase 9 of Jane Roe")
    result = gate(bank)
    sealed = (Path(result.report_path).parent / "inputs.json").read_bytes()
    read = InputDigest("training data: data/train.csv", digest_bytes((bank.root / "data/train.csv").read_bytes()))
    assert [one.code for one in result.decision.reasons] == ["taught_cases"] and "C0007, C0009" in result.decision.reasons[0].text
    assert read in result.decision.inputs and read_sealed_gate(sealed).training is not None and b"Jane Roe" not in sealed
    assert "cases of the set in the training data" in Path(result.report_path).read_text(encoding="utf-8").lower()
    found = recompute(bank.workspace.archive_dir)
    assert (found.verdict, found.same_count) == (Verdict.PASS, 1)


def test_training_data_without_the_cases_lets_a_better_candidate_pass_and_other_data_is_another_question(bank: Bank) -> None:
    name_training(bank, "t1,nothing")
    first = gate(bank)
    assert first.decision.verdict is Verdict.PASS and gate(bank).repeated
    (bank.root / "data/train.csv").write_text("row,asked\nt2,nothing\n", encoding="utf-8")
    assert not gate(bank).repeated


@pytest.mark.parametrize(("text", "code"), [("row,other\nt1,x\n", "schema_broken"), ("row,asked\n", "no_data"), ("", "no_data")])
def test_training_data_that_cannot_be_used_keeps_a_version_from_passing(bank: Bank, text: str, code: str) -> None:
    name_training(bank, text=text)
    decision = gate(bank, dry_run=True).decision
    assert decision.verdict is Verdict.INCONCLUSIVE and [one.code for one in decision.reasons] == [code]

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
from tests.flows.workspaces import Bank


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

"""Ready-made measures through the whole gate: held to policy's levels, which are sealed, and a column that the table lacks is named."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from deployments.recompute import recompute
from registry.domain.decision import Verdict
from registry.records import read_sealed_gate
from tests.evaluated_bank import BETTER, CASES, CHAMPION, an_evaluated_bank, case_id, gate
from tests.flows.workspaces import FRAUD, Bank

PASSED = ("relevance", "refusal", "format_ok", "harmful")
COLUMNS = ("version", "case_id", *PASSED, "seconds", "cost")


def with_preset(root: Path, left_out: str = "") -> Bank:
    """Return a bank whose candidates are judged by the measures of language models; a column may be left out of the table."""
    bank = an_evaluated_bank(root)
    path = bank.root / f"systems/{FRAUD}.yaml"
    text = path.read_text(encoding="utf-8").replace("  metrics:\n    - {name: accuracy, kind: accuracy}\n", "  preset: llm\n")
    path.write_text(text.replace(", answer: answer, error: error", "").replace("  answers: [fraud, genuine]\n", ""), encoding="utf-8")
    with (bank.root / "data/outcomes.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, [name for name in COLUMNS if name != left_out], extrasaction="ignore")
        writer.writeheader()
        for version, wrong in ((CHAMPION, 11), (BETTER, 13)):
            for place in range(CASES):
                said = {"version": version, "case_id": case_id(place), "relevance": int(place % wrong > 0), "refusal": 1, "format_ok": 1}
                writer.writerow({**said, "harmful": 0, "seconds": 1 + place % 7 / 10, "cost": 0.002 + place % 5 / 10_000})
    return bank


def test_policys_levels_are_judged_and_sealed_and_the_decision_is_judged_again_alike(tmp_path: Path) -> None:
    bank = with_preset(tmp_path / "bank")
    result = gate(bank)
    told = {one.subject: one.reason_code for one in result.decision.findings if one.check == "level"}
    assert told == {"relevance": "level_shown", "harmful": "level_open"} and result.decision.verdict is Verdict.INCONCLUSIVE
    sealed = read_sealed_gate((Path(result.report_path).parent / "inputs.json").read_bytes()).spec
    levels = {one.name: (one.min_level, one.max_level) for one in sealed.metrics if one.has_level}
    assert levels == {"relevance": (0.75, None), "harmful": (None, 0.005)}
    found = recompute(bank.workspace.archive_dir)
    assert (found.verdict, found.same_count) == (Verdict.PASS, 1)


@pytest.mark.parametrize("column", ["relevance", "cost"])
def test_a_column_of_the_preset_that_the_table_lacks_is_named(tmp_path: Path, column: str) -> None:
    decision = gate(with_preset(tmp_path / "bank", left_out=column), dry_run=True).decision
    assert decision.verdict is Verdict.INCONCLUSIVE and [one.code for one in decision.reasons] == ["schema_broken"]
    assert f"data/outcomes.csv: expected a column '{column}'" in decision.reasons[0].text

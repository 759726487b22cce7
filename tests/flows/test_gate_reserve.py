"""The last decision: made on a set that nobody works with, said to be so, and not often."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import pytest

from deployments.recompute import recompute
from flows.eval_gate import eval_gate
from registry.domain.decision import Verdict
from registry.domain.gate_run import GateResult
from registry.domain.policy_gate import GatePolicy
from registry.domain.release_told import judged_by
from registry.errors import ConfigurationError
from registry.policies.gate import gate_policy
from registry.policies.loader import load_tables
from tasks import engine
from tests.evaluated_bank import AT, BETTER, CASES, CHAMPION, WORSE, an_evaluated_bank, gate, label
from tests.flows.workspaces import FRAUD, Bank


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    made = an_evaluated_bank(tmp_path / "bank")
    keep_reserve(made)
    return made


def keep_reserve(bank: Bank) -> None:
    """Keep other cases, of which the better candidate loses as many as it won on the set, and the worse one none."""
    with (bank.root / "data/reserve.csv").open("w", encoding="utf-8", newline="") as stream:
        rows = [(f"R{place:04d}", ("web", "shop")[place // 2 % 2], f"kept {place}", label(place)) for place in range(CASES)]
        csv.writer(stream).writerows([("case_id", "channel", "text", "label"), *rows])
    with (bank.root / "data/reserve_outcomes.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("version", "case_id", "answer", "error"))
        for version, wrong in ((CHAMPION, range(40)), (BETTER, range(100)), (WORSE, range(20))):
            writer.writerows((version, f"R{place:04d}", label(place + (place in wrong)), "") for place in range(CASES))
    sha256 = hashlib.sha256((bank.root / "data/reserve.csv").read_bytes()).hexdigest()
    path = bank.root / f"systems/{FRAUD}.yaml"
    kept = f'{{source: {{path: data/reserve.csv}}, sha256: "{sha256}"}}'
    key = f"  reserve: {{set: {kept}, outcomes: {{source: {{path: data/reserve_outcomes.csv}}}}}}\n"
    path.write_text(path.read_text(encoding="utf-8") + key, encoding="utf-8")


def final(bank: Bank, candidate: str = BETTER, *, reason: str = "for the last time") -> GateResult:
    asked = {"system_id": FRAUD, "candidate": candidate, "reason": reason, "final": True}
    return engine.run(eval_gate, **asked, as_of=AT, workspace=str(bank.root))


def events(bank: Bank) -> list[dict[str, object]]:
    told = [json.loads(event.body) for event in bank.ledger.read_events()]
    return [one for one in told if one["kind"] == "GateDecided"]


def test_without_a_reserve_there_is_no_final_decision(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"expected evaluation\.reserve, the set of a final decision, found none"):
        final(an_evaluated_bank(tmp_path / "bank"))


def test_the_set_decides_until_the_final_decision_is_asked_for_and_the_reserve_decides_otherwise(bank: Bank) -> None:
    first, last = gate(bank), final(bank)
    assert (first.decision.verdict, first.decision.on_reserve) == (Verdict.PASS, False)
    assert (last.decision.verdict, last.decision.on_reserve) == (Verdict.FAIL, True)
    assert last.decision.set_digest != first.decision.set_digest and not last.repeated and final(bank).repeated


def test_page_record_and_event_say_that_it_was_the_reserve_and_it_is_judged_again_alike(bank: Bank) -> None:
    gate(bank)
    last = final(bank, WORSE)
    assert last.decision.verdict is Verdict.PASS
    assert "in the reserve, for the last decision" in Path(last.report_path).read_text(encoding="utf-8")
    told = events(bank)
    assert [one["data"]["on_reserve"] for one in told] == [False, True]  # type: ignore[index]
    judged = [judged_by(1, one, needs_reserve=True) for one in told]
    assert [(one.needs_reserve, one.on_reserve) for one in judged] == [(True, False), (True, True)]
    found = recompute(bank.workspace.archive_dir)
    assert (found.verdict, found.same_count) == (Verdict.PASS, 2)


def test_looks_at_the_reserve_are_counted_by_themselves_and_are_few(bank: Bank) -> None:
    for candidate in (BETTER, WORSE):
        gate(bank, candidate)
    assert [final(bank, candidate).decision.looks for candidate in (BETTER, WORSE)] == [0, 1]
    shipped: GatePolicy = gate_policy(load_tables(bank.workspace.policies_dir))
    assert (shipped.most_looks(on_reserve=True), shipped.most_looks(on_reserve=False)) == (3, 20)


def test_a_reserve_whose_bytes_changed_decides_nothing(bank: Bank) -> None:
    with (bank.root / "data/reserve.csv").open("a", encoding="utf-8") as stream:
        stream.write("R9999,web,added,fraud\n")
    decision = final(bank, WORSE).decision
    assert decision.verdict is Verdict.INCONCLUSIVE and [one.code for one in decision.reasons] == ["set_changed"]


def keep(bank: Bank, rows: list[dict[str, str]]) -> None:
    """Make these rows the reserve, on which the better candidate is better."""
    path, catalogue = bank.root / "data/reserve.csv", bank.root / f"systems/{FRAUD}.yaml"
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with (bank.root / "data/reserve_outcomes.csv").open("w", encoding="utf-8", newline="") as stream:
        told = csv.writer(stream)
        told.writerow(("version", "case_id", "answer", "error"))
        for version, wrong in ((CHAMPION, 60), (BETTER, 40)):
            told.writerows(
                (version, one["case_id"], ("fraud", "genuine")[(one["label"] == "fraud") == (place < wrong)], "")
                for place, one in enumerate(rows)
            )
    after = hashlib.sha256(path.read_bytes()).hexdigest()
    catalogue.write_text(catalogue.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")


def rows_of(bank: Bank, name: str) -> list[dict[str, str]]:
    with (bank.root / f"data/{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_locked_set_in_another_order_is_no_reserve_and_it_is_judged_again_alike(bank: Bank) -> None:
    keep(bank, rows_of(bank, "cases")[::-1])
    last = final(bank)
    (reason,) = last.decision.reasons
    assert (last.decision.verdict, reason.code) == (Verdict.INCONCLUSIVE, "shared_cases")
    assert "among the 400 of the locked set, found 400 of 400 (400 by id, 400 by what they ask): C0399, C0398" in reason.text
    assert "cases of the reserve in the locked set" in Path(last.report_path).read_text(encoding="utf-8").lower()
    assert "locked set: data/cases.csv" in [one.name for one in last.decision.inputs]
    found = recompute(bank.workspace.archive_dir)
    assert (found.verdict, found.same_count) == (Verdict.PASS, 1)


@pytest.mark.parametrize(("column", "told"), [("case_id", "1 by id, 0 by what they ask"), ("text", "0 by id, 1 by what they ask")])
def test_one_case_of_the_locked_set_in_the_reserve_keeps_it_from_passing(bank: Bank, column: str, told: str) -> None:
    rows = rows_of(bank, "reserve")
    keep(bank, [*rows[:-1], {**rows[-1], column: rows_of(bank, "cases")[7][column]}])
    (reason,) = final(bank).decision.reasons
    assert reason.code == "shared_cases" and told in reason.text


def test_that_no_case_of_the_reserve_is_in_the_locked_set_is_told(bank: Bank) -> None:
    (told,) = [one for one in final(bank, WORSE).decision.findings if one.subject == "reserve"]
    assert (told.reason_code, told.verdict, told.blocking) == ("unshared", Verdict.PASS, False)


def test_beside_another_locked_set_than_the_one_that_was_locked_the_reserve_decides_nothing(bank: Bank) -> None:
    with (bank.root / "data/cases.csv").open("a", encoding="utf-8") as stream:
        stream.write("C9999,web,added,fraud\n")
    decision = final(bank, WORSE).decision
    assert decision.verdict is Verdict.INCONCLUSIVE and [one.code for one in decision.reasons] == ["set_changed"]


def test_on_the_locked_set_nothing_is_said_of_the_reserve(bank: Bank) -> None:
    assert not [one for one in gate(bank).decision.findings if one.subject == "reserve"]

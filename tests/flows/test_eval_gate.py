"""The gate's flow: what is pinned, decided, sealed and recorded, and what a second run of the same question does."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.eval_gate import judge_gate
from deployments.recompute import recompute
from registry.domain.canonical import digest_bytes, record_json
from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.gate_run import GateResult
from registry.errors import ConfigurationError, EvidenceError, LedgerError
from registry.evidence.packages import list_packages
from registry.evidence.verify import verify_archive
from registry.ledger.verification import verify_ledger
from registry.policies.gate import read_gate_policy
from registry.records import read_gate_decision, read_sealed_gate
from reports import gate_charts
from tasks.gate_rendering import charts_problem
from tests.evaluated_bank import (
    AT,
    BETTER,
    CHAMPION,
    OPEN,
    VERSIONS,
    WORSE,
    an_evaluated_bank,
    gate,
    lock,
    registered,
    serves,
    write_outcomes,
    write_set,
)
from tests.flows.workspaces import FRAUD, ROUTER, Bank


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    return an_evaluated_bank(tmp_path / "bank")


def decided(bank: Bank) -> list[dict[str, Any]]:
    return [json.loads(event.body) for event in bank.ledger.read_events(0, (EventKind.GATE_DECIDED,))]


def package(result: GateResult) -> Path:
    return Path(result.report_path).parent


def codes(result: GateResult) -> set[str]:
    return {one.reason_code for one in result.decision.findings if one.verdict is not Verdict.PASS}


def test_outcomes_of_no_version_stop_before_anything_is_read(bank: Bank) -> None:
    write_outcomes(bank, {})
    with pytest.raises(ConfigurationError, match="there is none yet"):
        gate(bank)
    assert decided(bank) == []


def test_a_better_candidate_passes_and_its_decision_is_sealed_and_recorded_once(bank: Bank) -> None:
    result = gate(bank)
    decision = result.decision
    assert (decision.verdict, decision.action, decision.candidate.version, decision.champion.version) == (
        "pass",
        "approve",
        BETTER,
        CHAMPION,
    )
    assert {path.name for path in package(result).iterdir()} >= {
        *("contents.json", "decision.json", "evidently.html", "evidently.json", "inputs.json", "junit.xml", "policies.json", "report.html")
    }
    (event,) = decided(bank)
    data, record = event["data"], (package(result) / "decision.json").read_bytes()
    assert read_gate_decision(record) == decision and record == record_json(decision)
    assert (data["verdict"], data["action"], data["decision_digest"]) == ("pass", "approve", digest_bytes(record))
    assert (data["bundle_digest"], data["set_digest"], data["reason"]) == (
        result.bundle_digest,
        decision.set_digest,
        "retrained on February",
    )
    assert (data["candidate"]["digest"], data["champion"]["digest"]) == (decision.candidate.digest, decision.champion.digest)
    assert (result.seal > 0, result.seq > 0, result.repeated) == (True, True, False)
    assert verify_ledger(bank.ledger) == ()


def test_a_decision_is_sealed_without_charts_where_the_library_fails_and_the_package_says_why(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> bytes:
        raise RuntimeError("out of ideas")

    monkeypatch.setattr(gate_charts, "render_with_charts", fail)
    result = gate(bank)

    assert (result.decision.verdict, len(decided(bank))) == ("pass", 1)
    assert not (package(result) / "evidently.html").exists()
    assert charts_problem(Path(result.report_path)) == "the library could not draw it (RuntimeError)"
    assert verify_archive(bank.workspace.archive_dir).problems == ()


def test_a_worse_candidate_fails_by_its_segment_and_is_held(bank: Bank) -> None:
    result = gate(bank, WORSE)
    assert (result.decision.verdict, result.decision.action) == ("fail", "hold")
    assert "segment_regression" in codes(result)


def test_a_candidate_that_is_as_often_right_on_other_cases_is_not_shown(bank: Bank) -> None:
    result = gate(bank, OPEN)
    assert (result.decision.verdict, result.decision.action) == ("inconclusive", "hold")


def test_the_champion_compared_with_itself_is_no_candidate(bank: Bank) -> None:
    result = gate(bank, CHAMPION)
    assert result.decision.verdict is Verdict.FAIL and "same_version" in codes(result)


def test_the_sealed_inputs_redo_the_decision_and_hold_no_narrative(bank: Bank) -> None:
    result = gate(bank)
    sealed = read_sealed_gate((package(result) / "inputs.json").read_bytes())
    policy = read_gate_policy((package(result) / "policies.json").read_bytes())
    assert record_json(judge_gate(sealed.judged_with(policy))) == (package(result) / "decision.json").read_bytes()
    assert all("Jane Roe" not in path.read_text(encoding="utf-8") for path in package(result).iterdir() if path.is_file())


def test_answers_outside_of_the_contract_are_kept_without_what_a_person_is_known_by(bank: Bank) -> None:
    told = "I cannot tell. Ask the customer at 212-555-0147, who wrote at length about a purchase in another town."
    write_outcomes(bank, VERSIONS, {(BETTER, place): told for place in range(3)})
    result = gate(bank)
    assert "off_contract" in {one.reason_code for one in result.decision.findings}
    kept = [path.read_text(encoding="utf-8") for path in package(result).iterdir() if path.is_file()]
    assert all("212-555-0147" not in text and "at length" not in text for text in kept)
    assert any("I cannot tell. Ask the customer at" in text for text in kept)


def test_the_same_question_on_the_same_date_is_one_event_and_one_package(bank: Bank) -> None:
    first, again = gate(bank), gate(bank, as_of=AT + timedelta(hours=2))
    assert (again.repeated, again.seq, again.seal, again.bundle_digest) == (True, first.seq, first.seal, first.bundle_digest)
    assert again.decision == first.decision
    assert (len(decided(bank)), len(list_packages(bank.workspace.archive_dir))) == (1, 1)


def test_a_repeated_question_is_not_answered_from_an_edited_decision(bank: Bank) -> None:
    path = package(gate(bank, WORSE)) / "decision.json"
    sealed = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(sealed.replace(b'"verdict": "fail"', b'"verdict": "pass"'))
    expected, found = digest_bytes(sealed), digest_bytes(path.read_bytes())
    with pytest.raises(EvidenceError, match=f"expected {expected}, found {found}; run `proofloop evidence verify`"):
        gate(bank, WORSE)


def test_the_pages_of_two_candidates_that_were_tried_on_one_day_both_stay(bank: Bank) -> None:
    write_outcomes(bank, {**VERSIONS, "../a b": VERSIONS[WORSE], "..-a b": VERSIONS[OPEN]})
    pages = [Path(gate(bank, one, dry_run=True).report_path) for one in (BETTER, WORSE, "../a b", "..-a b", BETTER)]
    assert len({page.parent for page in pages}) == 4 and pages[0] == pages[-1]
    assert {page.parent.parent for page in pages} == {bank.workspace.state_dir / "preview"}
    verdicts = [read_gate_decision((page.parent / "decision.json").read_bytes()).verdict for page in pages]
    assert verdicts == ["pass", "fail", "fail", "inconclusive", "pass"]


def test_the_same_question_on_another_date_is_decided_again_and_is_no_further_look(bank: Bank) -> None:
    gate(bank)
    again = gate(bank, as_of=AT + timedelta(days=1))
    assert (again.repeated, again.decision.looks, len(decided(bank))) == (False, 0, 2)
    assert gate(bank, WORSE, as_of=AT + timedelta(days=1)).decision.looks == 1


def test_another_table_of_outcomes_is_another_question(bank: Bank) -> None:
    gate(bank)
    write_outcomes(bank, {**VERSIONS, BETTER: range(41)})
    assert gate(bank).repeated is False
    assert len(decided(bank)) == 2


def test_looks_at_the_set_by_other_candidates_are_counted(bank: Bank) -> None:
    assert [gate(bank, candidate).decision.looks for candidate in (WORSE, OPEN, BETTER)] == [0, 1, 2]
    write_set(bank, conflicting=1)
    lock(bank)
    assert gate(bank, BETTER).decision.looks == 0, "another set was never looked at"


def test_a_changed_set_is_not_judged_and_the_attempt_is_recorded(bank: Bank) -> None:
    path = bank.root / "data/cases.csv"
    path.write_bytes(path.read_bytes().replace(b"purchase 7 ", b"purchase 8 ", 1))
    result = gate(bank)
    assert (result.decision.verdict, result.decision.case_count) == ("inconclusive", 0)
    assert "set_changed" in codes(result)
    (event,) = decided(bank)
    assert (event["data"]["verdict"], event["data"]["compared"]) == ("inconclusive", False)
    path.write_bytes(path.read_bytes().replace(b"purchase 8 ", b"purchase 7 ", 1))
    assert gate(bank).decision.verdict is Verdict.PASS


def test_a_table_without_a_column_is_not_judged_and_says_which(bank: Bank) -> None:
    path = bank.root / "data/outcomes.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("answer", "reply", 1), encoding="utf-8")
    result = gate(bank)
    assert result.decision.verdict is Verdict.INCONCLUSIVE
    assert any("'answer'" in one.text for one in result.decision.reasons)


@pytest.mark.parametrize("candidate", ["v22", "V2", "nothing like it"])
def test_a_candidate_without_outcomes_is_refused_with_the_nearest_names(bank: Bank, candidate: str) -> None:
    with pytest.raises(ConfigurationError, match=f"'{candidate}': expected a version with outcomes.*'v[1-4]'"):
        gate(bank, candidate)
    assert decided(bank) == []


def test_an_empty_candidate_is_refused(bank: Bank) -> None:
    with pytest.raises(ConfigurationError, match="found an empty text"):
        gate(bank, "  ")


def test_the_champion_is_what_the_ledger_says_was_in_force_then(bank: Bank) -> None:
    bank.ledger.append([serves(CHAMPION), serves(BETTER, since=AT + timedelta(days=1))])
    assert gate(bank, WORSE).decision.champion.version == CHAMPION
    assert gate(bank, WORSE, as_of=AT + timedelta(days=2)).decision.champion.version == BETTER
    assert gate(bank, WORSE, OPEN).decision.champion.version == OPEN


def test_versions_that_share_the_traffic_are_no_champion(bank: Bank) -> None:
    bank.ledger.append([serves(CHAMPION), serves(BETTER, 20, since=AT - timedelta(days=1))])
    with pytest.raises(ConfigurationError, match="found v1 with 80 %, v2 with 20 %; name the champion"):
        gate(bank, WORSE)


def test_versions_of_mlflow_are_pinned_to_number_and_digest(tmp_path: Path) -> None:
    uri = registered(tmp_path)
    versions = {"1": VERSIONS[CHAMPION], "2": VERSIONS[BETTER]}
    model, settings = "{mlflow_model: fraud, alias: champion}", f"mlflow_uri: {uri}"
    bank = an_evaluated_bank(tmp_path / "bank", versions, model=model, more_settings=settings)
    with pytest.raises(ConfigurationError, match="expected one model in force"):
        gate(bank, "@candidate")
    bank.ledger.append([serves("1")])

    decision = gate(bank, "@candidate").decision
    by_number = gate(bank, "models:/fraud/2", "@champion")

    assert (decision.verdict, decision.candidate.asked, decision.candidate.version, decision.champion.version) == (
        "pass",
        "@candidate",
        "2",
        "1",
    )
    assert decision.candidate.digest != decision.champion.digest
    assert by_number.repeated, "the same versions by other names are the same question"
    with pytest.raises(ConfigurationError, match=r"expected a version of 'fraud'.*'@candidate'"):
        gate(bank, "@candidat")
    unevaluated = gate(bank, "3")
    assert (unevaluated.decision.verdict, codes(unevaluated)) == ("inconclusive", {"no_outcomes"})


def test_a_system_that_is_not_evaluated_is_refused(bank: Bank) -> None:
    from flows.eval_gate import eval_gate
    from tasks import engine

    for name, expected in ((ROUTER, "found one without; add evaluation"), ("nobody", "found another")):
        with pytest.raises(ConfigurationError, match=f"expected a system with evaluation \\({FRAUD}\\), {expected}"):
            engine.run(eval_gate, system_id=name, candidate=BETTER, workspace=str(bank.root))


def test_a_day_that_has_not_begun_is_refused(bank: Bank) -> None:
    with pytest.raises(ConfigurationError, match="expected a day that has begun"):
        gate(bank, as_of=AT + timedelta(days=365 * 60))


def test_a_dry_run_judges_and_shows_and_leaves_no_trace(bank: Bank) -> None:
    result = gate(bank, dry_run=True)
    assert (result.decision.verdict, result.seal, result.seq) == ("pass", 0, 0)
    assert Path(result.report_path).is_file() and decided(bank) == []
    assert not bank.workspace.archive_dir.exists() or not list_packages(bank.workspace.archive_dir)
    assert gate(bank).decision.looks == 0


def test_the_reserve_is_not_tried_out_for_that_look_would_not_be_counted(bank: Bank) -> None:
    from flows.eval_gate import eval_gate
    from tasks import engine

    with pytest.raises(ConfigurationError, match="expected a decision that is recorded, found a dry run; a look at the reserve counts"):
        engine.run(eval_gate, system_id=FRAUD, candidate=BETTER, as_of=AT, workspace=str(bank.root), final=True, dry_run=True)


def test_a_secret_in_the_reason_is_refused_and_nothing_is_recorded(bank: Bank) -> None:
    from flows.eval_gate import eval_gate
    from tasks import engine

    secret = "AKIA" + "IOSFODNN7EXAMPLQ"
    with pytest.raises((EvidenceError, LedgerError), match="secret"):
        engine.run(eval_gate, system_id=FRAUD, candidate=BETTER, reason=f"key {secret}", as_of=AT, workspace=str(bank.root))
    assert decided(bank) == []


def test_a_run_killed_before_its_event_is_finished_by_the_next(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    import flows.eval_gate as module

    def die(*_given: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
        killed.setattr(module, "append_gate", die)
        gate(bank)
    assert decided(bank) == []
    assert gate(bank).seal > 0
    assert len(decided(bank)) == 1


def test_a_run_killed_after_its_event_is_sealed_by_the_next(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    import flows.eval_gate as module

    def die(*_given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
        killed.setattr(module, "publish_pending", die)
        gate(bank)
    assert len(decided(bank)) == 1
    again = gate(bank)
    assert (again.repeated, again.seal > 0, again.decision.verdict) == (True, True, "pass")


def test_what_was_sealed_is_judged_again_byte_for_byte(bank: Bank) -> None:
    for candidate in (WORSE, BETTER, CHAMPION):
        gate(bank, candidate)
    found = recompute(bank.workspace.archive_dir)
    assert (found.verdict, found.same_count, found.day_count, found.problems) == (Verdict.PASS, 3, 3, ())
    assert verify_archive(bank.workspace.archive_dir).problems == ()


def test_a_sealed_decision_that_was_edited_does_not_come_out_the_same(bank: Bank) -> None:
    path = package(gate(bank, WORSE)) / "decision.json"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b'"verdict": "fail"', b'"verdict": "pass"'))
    found = recompute(bank.workspace.archive_dir)
    assert (found.verdict, found.same_count) == (Verdict.FAIL, 0)


def test_sealed_inputs_that_are_gone_are_told_as_not_to_be_judged(bank: Bank) -> None:
    path = package(gate(bank)) / "inputs.json"
    path.parent.chmod(0o755)
    path.unlink()
    found = recompute(bank.workspace.archive_dir)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "removed since" in found.problems[0].found


def test_the_same_inputs_give_the_same_bytes_in_another_workspace(bank: Bank, tmp_path: Path) -> None:
    other = an_evaluated_bank(tmp_path / "other")
    first, second = gate(bank), gate(other)
    assert (package(first) / "decision.json").read_bytes() == (package(second) / "decision.json").read_bytes()
    assert first.bundle_digest == second.bundle_digest


def test_listing_versions_keeps_nothing_of_their_rows(bank: Bank) -> None:
    from registry.catalogue.loader import load_evaluated
    from tasks.gate_reading import list_evaluated

    (evaluated,) = load_evaluated(bank.workspace)
    assert list_evaluated(bank.workspace, evaluated.evaluation) == tuple(sorted(VERSIONS))

"""Proposing a release: what is read, judged, sealed and recorded; what is missing never passes, what may not be asked leaves no trace."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from registry.domain.canonical import digest_bytes, record_json
from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.gate import GateAction
from registry.domain.release_acts import ProposalResult
from registry.errors import ConfigurationError, EvidenceError, SourceUnavailableError
from registry.evidence.packages import find_package, list_packages
from registry.evidence.verify import verify_archive
from registry.ledger.verification import verify_ledger
from registry.records import read_release_decision
from tests.evaluated_bank import BETTER, CHAMPION, VERSIONS, WORSE, gate, serves, write_outcomes
from tests.flows.workspaces import ROUTER
from tests.released_bank import (
    MAKER,
    PEOPLE,
    PROPOSER,
    SIGNERS,
    ReleasedBank,
    a_released_bank,
    codes,
    write_budget,
    write_cards,
)


def events(bank: ReleasedBank) -> list[dict[str, Any]]:
    kinds = (EventKind.RELEASE_PROPOSED, EventKind.ROLLBACK_REHEARSED)
    return [json.loads(event.body) for event in bank.bank.ledger.read_events(0, kinds)]


def package(result: ProposalResult) -> Path:
    return Path(result.report_path).parent


def verdicts(result: ProposalResult) -> dict[str, str]:
    assert result.decision is not None
    return {one.gate.value: one.verdict.value for one in result.decision.gates}


def found(result: ProposalResult) -> set[str]:
    assert result.decision is not None
    return {one.reason_code for one in result.decision.findings if one.verdict is not Verdict.PASS and one.blocking}


def test_a_candidate_that_nobody_judged_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    bank = a_released_bank(tmp_path, judged=False)
    result = bank.propose()
    assert (codes(result), result.decision, result.seq) == ({"not_judged"}, None, 0)
    assert events(bank) == [] and not list_packages(bank.bank.workspace.archive_dir)


def test_a_release_with_everything_passes_and_is_sealed_and_recorded_once(bank: ReleasedBank) -> None:
    result = bank.propose()
    decision = result.decision
    assert decision is not None
    assert (decision.verdict, decision.action) == (Verdict.PASS, GateAction.APPROVE), decision.reasons
    assert verdicts(result) == {
        **dict.fromkeys(("documentation", "evaluation", "compliance", "rollback"), "pass"),
        "sign_off": "inconclusive",
    }
    (event,) = events(bank)
    data, record = event["data"], (package(result) / "decision.json").read_bytes()
    assert read_release_decision(record) == decision and record == record_json(decision)
    assert (event["subject"], event["actor"], data["decision_digest"]) == (decision.release_id, PROPOSER, digest_bytes(record))
    assert (data["bundle_digest"], data["made_by"], data["candidate"]["version"]) == (result.bundle_digest, [MAKER], BETTER)
    kept = {path.name for path in package(result).iterdir()}
    assert kept >= {"decision.json", "inputs.json", "policies.json", "report.html", "model_card.md", "tra.yaml", "tra.yaml.sig"}
    assert (package(result) / "tra.yaml").read_bytes() == (bank.root / "data/tra.yaml").read_bytes()
    (known,) = bank.releases()
    assert (known.release_id, known.event, known.proposed_by, known.sign_offs) == (decision.release_id, result.seq, PROPOSER, ())
    assert verify_ledger(bank.bank.ledger) == () and verify_archive(bank.bank.workspace.archive_dir).verdict is not Verdict.FAIL


def test_the_same_proposal_on_the_same_date_is_one_event_and_one_package(bank: ReleasedBank) -> None:
    first, again = bank.propose(), bank.propose()
    assert (again.repeated, again.seq, again.bundle_digest, again.decision) == (True, first.seq, first.bundle_digest, first.decision)
    assert len(events(bank)) == 1 and len(bank.releases()) == 1


def test_a_proposal_that_is_asked_again_is_not_answered_from_a_decision_that_was_edited_since(bank: ReleasedBank) -> None:
    write_cards(bank.bank, leave_out="Limitations")
    first = bank.propose()
    assert first.decision is not None and first.decision.verdict is not Verdict.PASS
    record = package(first) / "decision.json"
    record.chmod(0o644)
    record.write_bytes(record.read_bytes().replace(first.decision.verdict.value.encode(), b"pass"))
    with pytest.raises(EvidenceError, match="expected the files that were sealed as"):
        bank.propose()


def test_a_card_that_was_mended_makes_another_release_on_the_same_date(bank: ReleasedBank) -> None:
    write_cards(bank.bank, leave_out="Limitations")
    failed = bank.propose()
    assert verdicts(failed)["documentation"] == "fail" and failed.decision is not None and failed.decision.action is GateAction.HOLD
    write_cards(bank.bank)
    mended = bank.propose()
    assert mended.decision is not None and mended.decision.verdict is Verdict.PASS and mended.seq != failed.seq
    assert [one.release_id for one in bank.releases()] == [failed.decision.release_id, mended.decision.release_id]


@pytest.mark.parametrize(
    ("name", "gate_of_it"),
    [
        ("model_card.md", "documentation"),
        ("system_card.md", "documentation"),
        ("tra.yaml", "compliance"),
        ("tra.yaml.sig", "compliance"),
        ("drill.yaml", "rollback"),
        ("drill.yaml.sig", "rollback"),
    ],
)
def test_a_paper_that_is_not_there_does_not_pass(bank: ReleasedBank, name: str, gate_of_it: str) -> None:
    (bank.root / f"data/{name}").unlink()
    result = bank.propose()
    assert verdicts(result)[gate_of_it] in {"fail", "inconclusive"} and result.decision is not None
    assert (result.decision.verdict is Verdict.PASS, result.decision.action) == (False, GateAction.HOLD)


def test_a_budget_that_is_gone_or_used_up_holds_the_release(bank: ReleasedBank) -> None:
    write_budget(bank.bank, {3: 40})
    frozen = bank.propose()
    assert "budget_frozen" in found(frozen)
    (bank.root / "data/outages.csv").unlink()
    gone = bank.propose()
    assert "unreadable_budget" in found(gone) and gone.decision is not None and gone.decision.action is GateAction.HOLD


def test_another_version_in_force_than_was_compared_with_does_not_pass(bank: ReleasedBank) -> None:
    bank.bank.ledger.append([serves(WORSE, since=datetime(2026, 11, 1, tzinfo=UTC))])
    assert found(bank.propose()) == {"champion_replaced"}


def test_a_candidate_that_failed_is_held_with_its_evidence(bank: ReleasedBank) -> None:
    gate(bank.bank, WORSE, as_of=None)
    write_cards(bank.bank, WORSE)
    result = bank.propose(WORSE)
    assert verdicts(result)["evaluation"] == "fail" and result.seq and result.decision is not None
    assert result.decision.action is GateAction.HOLD and bank.releases()[-1].candidate.version == WORSE


def test_a_decision_whose_package_was_edited_is_not_believed(bank: ReleasedBank) -> None:
    (event,) = bank.bank.ledger.read_events(0, (EventKind.GATE_DECIDED,))
    sealed = find_package(bank.bank.workspace.archive_dir, json.loads(event.body)["data"]["bundle_digest"])
    assert sealed is not None
    (sealed.path / "decision.json").chmod(0o644)
    (sealed.path / "decision.json").write_bytes((sealed.path / "decision.json").read_bytes().replace(b"approve", b"canary "))
    assert found(bank.propose()) == {"not_verified"}


def test_a_decision_that_is_named_is_the_one_and_one_about_another_candidate_is_refused(bank: ReleasedBank) -> None:
    other = gate(bank.bank, WORSE, as_of=None)
    (event, *_) = bank.bank.ledger.read_events(0, (EventKind.GATE_DECIDED,))
    ours = json.loads(event.body)["data"]["bundle_digest"]
    result = bank.propose(decision=ours[:20])
    assert result.decision is not None and result.decision.gate_bundle == ours
    assert codes(bank.propose(decision=other.bundle_digest)) == {"other_decision"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"by": "eve@bank.example"}, {"wrong_actor"}),
        ({"by": PEOPLE["operations_lead"], "role": "operations_lead"}, {"wrong_role"}),
        ({"made_by": ()}, {"nobody_made_it"}),
        ({"change": "for jane.roe@customer.example"}, {"personal_data"}),
    ],
)
def test_what_may_not_be_proposed_so_leaves_no_trace(bank: ReleasedBank, changes: dict[str, Any], expected: set[str]) -> None:
    assert codes(bank.propose(**changes)) == expected
    assert events(bank) == []


def test_whoever_proposes_is_told_that_somebody_else_signs_in_their_role(bank: ReleasedBank) -> None:
    result = bank.propose(by=SIGNERS["product_owner"], role="product_owner")
    assert result.decision is not None and "may_not_sign" in {one.reason_code for one in result.decision.findings}
    with pytest.raises(ConfigurationError, match="who proposed it"):
        bank.request(result.decision.release_id, "product_owner")


def test_a_system_that_is_not_released_or_not_there_is_told_what_is(bank: ReleasedBank) -> None:
    from flows.release_propose import release_propose
    from tasks import engine
    from tests.released_bank import a_proposal

    given = {"candidate": BETTER, "by": PROPOSER, "role": "model_owner", "document": a_proposal(), "workspace": str(bank.root)}
    for name, expected in ((ROUTER, "found one without; add release"), ("nobody", "found another")):
        with pytest.raises(ConfigurationError, match=f"expected a system with release .*{expected}"):
            engine.run(release_propose, system_id=name, **given)
    with pytest.raises(ConfigurationError, match="found an empty text"):
        bank.propose(" ")


def test_a_secret_in_the_proposal_is_refused_and_nothing_is_recorded(bank: ReleasedBank) -> None:
    body = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW"
    with pytest.raises(EvidenceError, match="secret"):
        bank.propose(change=f"-----BEGIN OPENSSH PRIVATE KEY-----\n{body}\n-----END OPENSSH PRIVATE KEY-----")
    assert events(bank) == []


def test_storage_that_does_not_answer_is_no_decision(bank: ReleasedBank, monkeypatch: pytest.MonkeyPatch) -> None:
    from tasks import release_reading

    def silent(*_: Any) -> Any:
        raise SourceUnavailableError("share: expected an answer, found none; it may come back")

    monkeypatch.setattr(release_reading, "read_release_documents", silent)
    with pytest.raises(SourceUnavailableError):
        bank.propose()
    assert events(bank) == []


def test_the_champion_itself_is_no_candidate(bank: ReleasedBank) -> None:
    gate(bank.bank, CHAMPION, as_of=None)
    write_cards(bank.bank, CHAMPION)
    result = bank.propose(CHAMPION)
    assert verdicts(result)["evaluation"] == "fail"


def test_a_decision_that_the_gate_takes_while_the_way_back_is_tried_is_the_one_that_counts(
    bank: ReleasedBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    import flows.proposing

    def tried(*_: Any) -> None:
        write_outcomes(bank.bank, {**VERSIONS, BETTER: range(200)})
        gate(bank.bank, BETTER, as_of=None, reason="the outcomes were made anew")

    monkeypatch.setattr(flows.proposing, "rehearse_way_back", tried)
    assert verdicts(bank.propose())["evaluation"] == "fail"

"""A release that was signed off is put in force only while what people signed still answers the question: by command as by form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from deployments.recompute import recompute
from registry.domain.decision import Verdict
from registry.evidence.packages import find_package
from registry.policies.gate import gate_policy
from registry.policies.loader import load_tables
from tests.evaluated_bank import gate
from tests.flows.workspaces import FRAUD
from tests.released_bank import PEOPLE, ReleasedBank, command
from tests.switched_bank import SwitchedBank

Capture = pytest.CaptureFixture[str]
BY = ("--by", PEOPLE["operations_lead"], "--role", "operations_lead")


def sealed_decision(bank: ReleasedBank) -> Path:
    """Return the decision that people signed, as it lies in the archive, made writable."""
    (release,) = bank.releases()
    package = find_package(bank.archive, release.bundle_digest)
    assert package is not None
    path = package.path / "decision.json"
    path.chmod(0o644)
    return path


def edit(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"approve", b"canary "))


def edit_beside(path: Path) -> None:
    page = path.with_name("report.html")
    page.chmod(0o644)
    page.write_bytes(page.read_bytes() + b"<!-- read and approved -->")


SPOILT: dict[str, Callable[[Path], None]] = {"edited": edit, "removed": Path.unlink, "with another page": edit_beside}


@pytest.mark.parametrize("how", sorted(SPOILT))
def test_a_decision_that_was_altered_after_it_was_signed_is_not_put_in_force_by_command(
    signed: ReleasedBank, capsys: Capture, how: str
) -> None:
    SPOILT[how](sealed_decision(signed))
    (release,) = signed.releases()
    before = signed.bank.ledger.head()
    called = command(capsys, signed, "promote", release.release_id, *BY, "--json")
    assert (called.code, [one["code"] for one in called.document["refusals"]]) == (1, ["edited_decision"])
    assert "proofloop evidence verify" in called.document["refusals"][0]["remedy"]
    assert signed.bank.ledger.head() == before


def test_what_was_put_in_force_can_be_taken_back_whatever_became_of_its_decision(signed: ReleasedBank, capsys: Capture) -> None:
    (release,) = signed.releases()
    assert signed.promote(release.release_id).is_done
    sealed_decision(signed).unlink()
    called = command(capsys, signed, "rollback", FRAUD, *BY, "--reason", "held purchases doubled")
    assert called.code == 0, called.out


def tighten(bank: ReleasedBank, table: str, text: str) -> None:
    """Say in the workspace's own table what the policy asks for from now on."""
    folder = bank.bank.workspace.policies_dir
    assert folder is not None
    folder.mkdir(exist_ok=True)
    (folder / f"{table}.yaml").write_text(text, encoding="utf-8")


TIGHTER = {
    "gate": ("accuracy: {max_regression: 0.001}\n", "`proofloop gate`"),
    "release": ("rollback: {max_rollback_minutes: 4}\n", "propose the release again"),
}


@pytest.mark.parametrize("table", sorted(TIGHTER))
def test_a_decision_by_a_policy_that_is_no_longer_in_force_puts_nothing_in_force(signed: ReleasedBank, capsys: Capture, table: str) -> None:
    (release,), (text, remedy) = signed.releases(), TIGHTER[table]
    tighten(signed, table, text)
    called = command(capsys, signed, "promote", release.release_id, *BY, "--json")
    (refusal,) = called.document["refusals"]
    assert (called.code, refusal["code"]) == (1, "other_policy")
    assert f"the policy table {table} in force now" in refusal["reason"] and remedy in refusal["remedy"]


@pytest.mark.parametrize("table", sorted(TIGHTER))
def test_no_change_of_policy_keeps_anybody_from_going_back(signed: ReleasedBank, table: str) -> None:
    (release,) = signed.releases()
    assert signed.promote(release.release_id).is_done
    tighten(signed, table, TIGHTER[table][0])
    assert SwitchedBank(signed.bank).rollback(by=PEOPLE["operations_lead"]).is_done


def test_a_proposal_on_a_decision_by_another_policy_waits_for_the_gate_to_be_run_again(bank: ReleasedBank) -> None:
    assert (before := bank.propose().decision) and before.verdict is Verdict.PASS
    tighten(bank, "gate", TIGHTER["gate"][0])
    after = bank.propose().decision
    assert after and after.release_id != before.release_id and after.verdict is Verdict.INCONCLUSIVE
    (found,) = [one for one in after.findings if one.reason_code == "other_policy"]
    assert "judge it again with `proofloop gate`" in found.reason
    assert gate(bank.bank, as_of=None).decision.policy_digest == after_policy(bank)
    again = bank.propose().decision
    assert again and not [one for one in again.findings if one.reason_code == "other_policy"]
    assert bank.seal_day() == 0 and recompute(bank.archive).problems == ()


def after_policy(bank: ReleasedBank) -> str:
    return gate_policy(load_tables(bank.bank.workspace.policies_dir)).digest

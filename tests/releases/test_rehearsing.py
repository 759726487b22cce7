"""The way back, rehearsed when a release is proposed: the champion that MLflow keeps is loaded apart and asked the smoke cases."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from flows.versions_refresh import versions_refresh
from registry.domain.canonical import digest_bytes
from registry.domain.decision import InputDigest, Verdict
from registry.domain.gate import GateAction
from registry.domain.release import PreDeploymentGate
from registry.domain.release_run import ReleaseDecision
from registry.versions.scoring_allowed import digest_model
from tasks import engine
from tests.evaluated_bank import gate, write_outcomes
from tests.flows.workspaces import FRAUD
from tests.released_bank import ReleasedBank, a_released_bank, copied, write_cards
from tests.versions.scoring_models import a_model, allow, can_enclose, registered

ANSWERS = "return ['genuine'] * len(frame)"
PICKY = "return ['genuine' if amount < 20 else None for amount in frame['amount']]"
_DRILL = "records: {tra: data/tra.yaml, rollback_drill: data/drill.yaml}\n"
_SMOKE = "records: {tra: data/tra.yaml}\n  smoke: {source: {path: data/smoke.csv}, columns: [amount]}\n"

pytestmark = pytest.mark.skipif(
    not can_enclose(), reason="needs namespaces of the kernel, in which models are run; nothing is scored without"
)


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """The bank whose filter MLflow keeps, and the folders of its two versions."""

    bank: ReleasedBank
    models: tuple[Path, Path]

    def smoke(self, *amounts: object) -> None:
        (self.bank.root / "data/smoke.csv").write_text("amount,merchant\n" + "".join(f"{amount},shop\n" for amount in amounts))

    def proposed(self) -> ReleaseDecision:
        decision = self.bank.propose("2").decision
        assert decision
        return decision


def a_rehearsed_bank(root: Path, champion: str = ANSWERS) -> Rehearsed:
    """Return the bank with a champion that predicts so, 20 smoke cases, both models allowed, and its candidate judged."""
    uri = f"sqlite:///{root}/mlflow.db"
    models = a_model(root / "first", champion), a_model(root / "second", "return ['fraud'] * len(frame)")
    registered(uri, "fraud", *models)
    _name_champion(uri)
    bank = a_released_bank(root, judged=False, model="{mlflow_model: fraud, alias: champion}", more_settings=f"mlflow_uri: {uri}")
    system = bank.root / f"systems/{FRAUD}.yaml"
    system.write_text(system.read_text().replace(_DRILL, _SMOKE))
    write_outcomes(bank.bank, {"1": range(60), "2": range(40)})
    write_cards(bank.bank, "2")
    made = Rehearsed(bank, models)
    made.smoke(*range(20))
    allow(bank.root, *map(digest_model, models))
    assert engine.run(versions_refresh, systems=[FRAUD], workspace=str(bank.root)).verdict is Verdict.PASS
    assert gate(bank.bank, "2", as_of=None).decision.verdict is Verdict.PASS
    return made


def rollback(decision: ReleaseDecision) -> tuple[Verdict, str]:
    (found,) = [one for one in decision.gates if one.gate is PreDeploymentGate.ROLLBACK]
    return found.verdict, found.reason


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    """Return a bank whose models and registry are not to be changed."""
    return a_rehearsed_bank(tmp_path_factory.mktemp("rehearsed"))


@pytest.fixture
def rehearsed(template: Rehearsed, tmp_path: Path) -> Rehearsed:
    return Rehearsed(copied(template.bank, tmp_path), template.models)


def test_a_smoke_set_without_cases_rehearses_nothing(rehearsed: Rehearsed) -> None:
    rehearsed.smoke()
    verdict, reason = rollback(rehearsed.proposed())
    assert verdict is Verdict.INCONCLUSIVE and "smoke cases, found 0" in reason


def test_a_champion_that_loads_and_answers_every_case_is_a_way_back(rehearsed: Rehearsed) -> None:
    decision = rehearsed.proposed()
    verdict, reason = rollback(decision)
    assert (decision.verdict, decision.action, verdict) == (Verdict.PASS, GateAction.APPROVE, Verdict.PASS)
    assert "1 was loaded and answered 20 of 20 smoke cases" in reason
    smoke = digest_bytes((rehearsed.bank.root / "data/smoke.csv").read_bytes())
    assert InputDigest("smoke cases", smoke) in decision.inputs


def test_a_champion_that_nobody_allows_to_run_was_not_rehearsed(rehearsed: Rehearsed) -> None:
    allow(rehearsed.bank.root, digest_model(rehearsed.models[1]))
    decision = rehearsed.proposed()
    verdict, reason = rollback(decision)
    assert (decision.verdict, verdict) == (Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE) and "allowed_models" in reason


def test_a_champion_that_was_changed_since_it_was_allowed_is_not_run(tmp_path: Path) -> None:
    rehearsed = a_rehearsed_bank(tmp_path)
    (rehearsed.models[0] / "code/scored_model.py").write_text("raise SystemExit('not what was reviewed')\n")
    verdict, reason = rollback(rehearsed.proposed())
    assert verdict is Verdict.INCONCLUSIVE and "not what was reviewed" not in reason


def test_a_champion_that_leaves_a_case_unanswered_is_no_way_back(tmp_path: Path) -> None:
    rehearsed = a_rehearsed_bank(tmp_path, PICKY)
    rehearsed.smoke(*range(1, 21))
    decision = rehearsed.proposed()
    verdict, reason = rollback(decision)
    assert (decision.verdict, verdict) == (Verdict.FAIL, Verdict.FAIL)
    assert "expected an answer to each of 20 smoke cases, found 19" in reason


def _name_champion(uri: str) -> None:
    from mlflow import MlflowClient

    MlflowClient(tracking_uri=uri, registry_uri=uri).set_registered_model_alias("fraud", "champion", "1")

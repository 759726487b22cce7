"""The files behind a candidate: those that were judged go into force, and no others under the same version and source."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

import tasks.release_files
from deployments.recompute import recompute
from flows.versions_refresh import versions_refresh
from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.release_switch import SwitchResult
from registry.errors import ConfigurationError, VersionsUnavailableError
from registry.versions.scoring_allowed import digest_model
from reports.release_switch_text import switch_lines
from tasks import engine
from tests.evaluated_bank import gate
from tests.flows.test_gate_scoring import ANSWERING, SCORE
from tests.flows.workspaces import FRAUD
from tests.released_bank import PEOPLE, SIGNERS, ReleasedBank, a_released_bank, write_cards
from tests.switched_bank import SwitchedBank, client_of
from tests.versions.scoring_models import a_model, allow, can_enclose, registered

SUBJECT = "files of the candidate"


@dataclass(frozen=True, slots=True)
class Scored:
    """The bank whose filter's versions the gate scores itself, and the folders of the candidate's files and of the champion's."""

    bank: ReleasedBank
    files: Path
    before: Path

    def release(self) -> str:
        """Propose the candidate, have everybody sign it off, and return the release's id."""
        proposed = self.bank.propose("2").decision
        assert proposed and proposed.verdict is Verdict.PASS, proposed and proposed.reasons
        assert all(self.bank.sign_off(proposed.release_id, role).seq for role in SIGNERS)
        return proposed.release_id

    def back(self) -> SwitchResult:
        """Go back as the operations lead."""
        return SwitchedBank(self.bank.bank).rollback(by=PEOPLE["operations_lead"])

    @property
    def serving(self) -> str:
        return str(client_of(self.bank.bank.workspace.mlflow_uri() or "").get_model_version_by_alias("fraud", "champion").version)


@pytest.fixture
def scored(tmp_path: Path) -> Scored:
    if not can_enclose():
        pytest.skip("this machine allows no namespaces: nothing is scored on it")
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    wrong = {"first": range(60), "second": range(40)}
    models = [a_model(tmp_path / name, ANSWERING % ("", [*places]), takes={"text": "string"}) for name, places in wrong.items()]
    registered(uri, "fraud", *models)
    client_of(uri).set_registered_model_alias("fraud", "champion", "1")
    bank = a_released_bank(tmp_path, judged=False, model="{mlflow_model: fraud, alias: champion}", more_settings=f"mlflow_uri: {uri}")
    system = bank.root / f"systems/{FRAUD}.yaml"
    head, _, rest = system.read_text(encoding="utf-8").partition("  outcomes:\n")
    system.write_text(head + SCORE + rest[rest.index("  answers:") :], encoding="utf-8")
    write_cards(bank.bank, "2")
    bank.write_record("drill", "rollback_drill", PEOPLE["operations_lead"], "operations_lead", version="'1'", measured_seconds=120)
    allow(bank.root, *map(digest_model, models))
    assert engine.run(versions_refresh, systems=[FRAUD], workspace=str(bank.root)).verdict is Verdict.PASS
    assert gate(bank.bank, "2", as_of=None).decision.verdict is Verdict.PASS
    return Scored(bank, models[1], models[0])


def test_files_that_were_overwritten_since_they_were_judged_are_refused_and_those_that_were_judged_go(scored: Scored) -> None:
    release, judged = scored.release(), digest_model(scored.files)
    before, code = scored.bank.bank.ledger.head().seq, scored.files / "code/scored_model.py"
    kept = code.read_bytes()
    code.write_bytes(kept + b"# other weights\n")
    result = scored.bank.promote(release)
    (refusal,) = result.decision.refusals
    assert refusal.code == "files_changed" and f"({judged}), found {digest_model(scored.files)}" in refusal.reason
    assert (scored.bank.bank.ledger.head().seq, scored.serving) == (before, "1")
    code.write_bytes(kept)
    assert scored.bank.promote(release).is_done and scored.serving == "2"


def test_files_that_are_gone_are_refused_and_nothing_moves(scored: Scored) -> None:
    release = scored.release()
    for path in scored.files.rglob("*"):
        if path.is_file():
            path.unlink()
    (refusal,) = scored.bank.promote(release).decision.refusals
    assert (refusal.code, scored.serving) == ("files_changed", "1")


def test_the_release_says_which_files_were_judged_and_is_judged_again_alike(scored: Scored) -> None:
    decision = scored.bank.propose("2").decision
    (event,) = scored.bank.bank.ledger.read_events(0, (EventKind.RELEASE_PROPOSED,))
    told = json.loads(event.body)["data"]
    assert (told["files_digest"], told["champion_files_digest"]) == (digest_model(scored.files), digest_model(scored.before))
    assert decision and SUBJECT not in [one.subject for one in decision.not_evaluated]
    assert scored.bank.seal_day() == 0
    found = recompute(scored.bank.archive)
    assert (found.verdict, found.problems) == (Verdict.PASS, ())


def test_the_way_back_is_refused_to_files_that_were_overwritten_since_they_were_in_force(scored: Scored) -> None:
    release, code = scored.release(), scored.before / "code/scored_model.py"
    assert scored.bank.promote(release).is_done
    kept, known = code.read_bytes(), digest_model(scored.before)
    code.write_bytes(kept + b"# other weights\n")
    (refusal,) = scored.back().decision.refusals
    assert refusal.code == "files_changed" and f"({known}), found {digest_model(scored.before)}" in refusal.reason
    assert scored.serving == "2"
    code.write_bytes(kept)
    result = scored.back()
    assert (result.is_done, result.decision.uncompared, scored.serving) == (True, "", "1")
    assert scored.bank.seal_day() == 0 and recompute(scored.bank.archive).problems == ()


@pytest.mark.parametrize("error", [VersionsUnavailableError("the storage does not answer"), ConfigurationError(["the storage refused"])])
def test_a_storage_that_does_not_hand_out_files_keeps_nobody_from_going_back(
    scored: Scored, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def out_of_reach(*_given: object) -> NoReturn:
        raise error

    assert scored.bank.promote(scored.release()).is_done
    monkeypatch.setattr(tasks.release_files, "fetched", out_of_reach)
    result = scored.back()
    assert (result.is_done, scored.serving) == (True, "1")
    assert "not compared" in "\n".join(switch_lines(result)) and "the storage" in result.decision.uncompared


def test_where_outcomes_come_from_elsewhere_it_is_listed_that_no_files_were_compared(bank: ReleasedBank) -> None:
    result = bank.propose()
    assert result.decision
    (told,) = [one for one in result.decision.not_evaluated if one.subject == SUBJECT]
    assert "the catalogue has its outcomes from elsewhere" in told.reason
    (event,) = bank.bank.ledger.read_events(0, (EventKind.RELEASE_PROPOSED,))
    assert "files_digest" not in json.loads(event.body)["data"]
    assert bank.seal_day() == 0 and recompute(bank.archive).verdict is Verdict.PASS


def test_a_decision_that_was_sealed_before_files_were_looked_for_says_nothing_of_them() -> None:
    from checks.release_gates import judge_release
    from tests.release_builders import a_judged, release_inputs

    told = [judge_release(release_inputs(judged=a_judged(files_digest=one))).not_evaluated for one in (None, "sha256:" + "f" * 64, "")]
    assert [[one.subject for one in lines].count(SUBJECT) for lines in told] == [0, 0, 1]

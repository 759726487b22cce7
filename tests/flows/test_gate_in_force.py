"""Which version the gate takes for the one in force: by the ledger, before the ledger begins, and where MLflow has moved on since."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from deployments.recompute import recompute
from registry.domain.decision import Finding, Verdict
from registry.domain.events import Event, EventKind
from registry.domain.gate import GateAction
from registry.domain.gate_run import GateResult
from registry.errors import ConfigurationError, VersionsUnavailableError
from tests.evaluated_bank import AT, BETTER, CHAMPION, OPEN, VERSIONS, WORSE, an_evaluated_bank, gate, registered, serves
from tests.flows.workspaces import FRAUD, Bank

DAY = timedelta(days=1)
EARLY = AT - 20 * DAY
NUMBERED = {"1": VERSIONS[CHAMPION], "2": VERSIONS[BETTER], "3": VERSIONS[WORSE]}


def told(result: GateResult, code: str) -> list[Finding]:
    return [one for one in result.decision.findings if one.reason_code == code]


def a_followed_bank(tmp_path: Path, uri: str) -> Bank:
    model = "{mlflow_model: fraud, alias: champion}"
    return an_evaluated_bank(tmp_path / "bank", NUMBERED, model=model, more_settings=f"mlflow_uri: {uri}")


def followed(version: str, since: timedelta = timedelta(days=-5)) -> Event:
    """Return the event of a refresh that found the alias at ``version``."""
    body = {"artifact": "model", "version": version, "source": "mlflow", "alias": "fraud@champion"}
    return Event(EventKind.VERSION_OBSERVED, FRAUD, f"model {version}", AT + since, (AT + since).date(), body)


def move(uri: str, version: str) -> None:
    from mlflow import MlflowClient

    MlflowClient(tracking_uri=uri, registry_uri=uri).set_registered_model_alias("fraud", "champion", version)


def holds(result: GateResult, code: str) -> Finding:
    (found,) = told(result, code)
    assert (found.verdict, found.blocking, found.subject) == (Verdict.INCONCLUSIVE, True, "champion")
    assert (result.decision.verdict, result.decision.action) == (Verdict.INCONCLUSIVE, GateAction.HOLD)
    assert told(result, "in_force_unknown") == []
    return found


def test_before_the_ledger_begins_the_catalogue_says_what_is_in_force(tmp_path: Path) -> None:
    bank = an_evaluated_bank(tmp_path / "bank")
    bank.ledger.append([serves(CHAMPION, since=AT)])
    early = gate(bank, BETTER, WORSE, as_of=EARLY)
    assert len(told(early, "not_in_force")) == 1 and early.decision.verdict is Verdict.INCONCLUSIVE
    assert gate(bank, BETTER, as_of=EARLY).decision.champion.version == CHAMPION


def test_a_weak_champion_named_for_a_day_before_the_ledger_begins_holds_the_candidate(tmp_path: Path) -> None:
    bank = an_evaluated_bank(tmp_path / "bank", model="{recorded: true}")
    bank.ledger.append([serves(CHAMPION, since=AT)])
    found = holds(gate(bank, BETTER, WORSE, as_of=EARLY), "none_in_force")
    assert "2026-03-16" in found.reason and "versions record" in found.reason
    assert gate(bank, BETTER, CHAMPION).decision.verdict is Verdict.PASS
    assert recompute(bank.workspace.archive_dir).verdict is Verdict.PASS


def test_an_alias_that_moved_since_the_last_refresh_holds_the_candidate(tmp_path: Path) -> None:
    uri = registered(tmp_path)
    bank = a_followed_bank(tmp_path, uri)
    bank.ledger.append([followed("1")])
    assert gate(bank, "2").decision.verdict is Verdict.PASS
    move(uri, "3")
    for champion in ("", "1", "3"):
        found = holds(gate(bank, "2", champion), "stale")
        assert "'3'" in found.reason and "'1'" in found.reason and "proofloop versions refresh" in found.reason
    bank.ledger.append([followed("3", -DAY)])
    refreshed = gate(bank, "2")
    assert (refreshed.decision.verdict, refreshed.decision.champion.version) == (Verdict.PASS, "3")


def test_a_ledger_that_never_heard_of_the_alias_is_refreshed_first(tmp_path: Path) -> None:
    bank = a_followed_bank(tmp_path, registered(tmp_path))
    found = holds(gate(bank, "2", "3"), "stale")
    assert "none" in found.reason and "'1'" in found.reason


def test_what_people_recorded_since_stands_where_the_alias_says_what_it_said(tmp_path: Path) -> None:
    bank = a_followed_bank(tmp_path, registered(tmp_path))
    bank.ledger.append([followed("1"), serves("3", since=AT - DAY)])
    result = gate(bank, "2")
    assert (result.decision.champion.version, told(result, "stale")) == ("3", [])


def test_an_alias_says_nothing_of_a_version_that_was_replaced_long_ago(tmp_path: Path) -> None:
    uri = registered(tmp_path)
    bank = a_followed_bank(tmp_path, uri)
    bank.ledger.append([followed("3", -9 * DAY), followed("1")])
    move(uri, "2")
    assert told(gate(bank, "2", as_of=AT - 7 * DAY), "stale") == []
    holds(gate(bank, "2"), "stale")


def test_an_alias_that_is_gone_leaves_open_what_serves_until_people_record_it(tmp_path: Path) -> None:
    from mlflow import MlflowClient

    uri = registered(tmp_path)
    bank = a_followed_bank(tmp_path, uri)
    bank.ledger.append([followed("1")])
    MlflowClient(tracking_uri=uri, registry_uri=uri).delete_registered_model_alias("fraud", "champion")
    assert "names no version" in holds(gate(bank, "2"), "stale").reason
    bank.ledger.append([serves("3", since=AT - DAY)])
    assert told(gate(bank, "2"), "stale") == []


def test_a_registry_out_of_reach_is_no_answer(tmp_path: Path) -> None:
    bank = a_followed_bank(tmp_path, f"sqlite:///{tmp_path}/none.db")
    bank.ledger.append([followed("1")])
    with pytest.raises(VersionsUnavailableError):
        gate(bank, "2")
    assert list(bank.ledger.read_events(0, (EventKind.GATE_DECIDED,))) == []


def test_nothing_in_force_at_that_time_is_no_champion(tmp_path: Path) -> None:
    bank = an_evaluated_bank(tmp_path / "bank", model="{recorded: true}")
    bank.ledger.append([serves(OPEN, since=AT + DAY)])
    with pytest.raises(ConfigurationError, match="expected one model in force at 2026-03-16 15:00 UTC, found none"):
        gate(bank, WORSE)

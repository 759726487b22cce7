"""Starting the team's own training on a real Prefect server: one run of one request, whatever was cut off in between."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from flows.training_start import training_start
from registry.domain.catalogue import OwnerRole
from registry.domain.events import EventKind
from registry.domain.trigger_acts import ActResult, TrainingStart
from registry.errors import TrainingUnavailableError
from tasks import engine
from tests.flows.workspaces import FRAUD, Bank
from tests.watched_bank import INVESTIGATE, RETRAIN, a_watched_bank, asked

OWNER = "ana@bank.example"


@pytest.fixture
def server(prefect_api: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point this process at the server as people do: flows are Prefect runs of their own."""
    monkeypatch.setenv("PREFECT_API_URL", prefect_api)


@pytest.fixture
def deployment(server: None) -> str:
    """A training deployment of the team, which takes some of what it is handed; nothing serves it, so that its runs stay scheduled."""
    from prefect import flow
    from prefect.client.orchestration import get_client

    name = f"train-{uuid4().hex[:8]}"

    def train(data_from: str, data_to: str, rounds: int = 100) -> None:
        """Train."""

    made = flow(name=name)(train)
    schema = {"type": "object", "properties": {"data_from": {}, "data_to": {}, "rounds": {}}, "required": []}
    with get_client(sync_client=True) as client:
        flow_id = client.create_flow(made)
        client.create_deployment(flow_id=flow_id, name="fraud", parameter_openapi_schema=schema)
    return f"{name}/fraud"


@pytest.fixture
def bank(deployment: str, tmp_path: Path) -> Bank:
    made = a_watched_bank(tmp_path, deployment=deployment)
    asked(made)
    return made


def start(bank: Bank, request: str = RETRAIN, by: str = OWNER) -> ActResult:
    document = TrainingStart(request=request, reason="the new terminals are here to stay")
    return engine.run(training_start, by=by, role=OwnerRole.PRODUCT_OWNER, document=document, workspace=str(bank.root))


def starts(bank: Bank) -> list[dict[str, Any]]:
    return [json.loads(event.body) for event in bank.ledger.read_events(0, (EventKind.TRAINING_STARTED,))]


def runs(deployment: str) -> list[Any]:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        wanted = client.read_deployment_by_name(deployment).id
        return [run for run in client.read_flow_runs() if run.deployment_id == wanted]


def test_a_refused_start_runs_nothing_and_records_nothing(bank: Bank, deployment: str) -> None:
    result = start(bank, INVESTIGATE, by="nobody@bank.example")
    assert [refusal.code for refusal in result.decision.refusals] == ["wrong_actor", "not_a_retrain"]
    assert (starts(bank), runs(deployment)) == ([], [])


def test_a_start_runs_the_deployment_with_the_data_of_the_request_and_says_which_run(bank: Bank, deployment: str) -> None:
    result = start(bank)
    (run,) = runs(deployment)
    assert (result.run, run.parameters) == (str(run.id), {"data_from": "2020-07-01", "data_to": "2020-10-01"})
    assert {"proofloop", FRAUD} <= set(run.tags)
    (event,) = starts(bank)
    assert (event["subject"], event["actor"], event["data"]["approval"]) == (RETRAIN, OWNER, "asserted")


def test_starting_again_is_one_event_and_one_run(bank: Bank, deployment: str) -> None:
    first, again = start(bank), start(bank)
    assert (again.decision.repeated, again.run) == (first.seq, first.run)
    assert (len(starts(bank)), len(runs(deployment))) == (1, 1)


def test_a_start_that_was_cut_off_before_its_run_is_finished_by_doing_it_again(
    bank: Bank, deployment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import prefect.deployments

    def dies(*_words: Any, **_given: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(prefect.deployments, "run_deployment", dies)
        with pytest.raises(SystemExit):
            training_start.fn(OWNER, OwnerRole.PRODUCT_OWNER, TrainingStart(request=RETRAIN, reason="drift"), str(bank.root))
    assert (len(starts(bank)), runs(deployment)) == (1, [])
    assert start(bank).run
    assert (len(starts(bank)), len(runs(deployment))) == (1, 1)


def test_a_deployment_that_the_server_does_not_have_is_refused(server: None, tmp_path: Path) -> None:
    bank = a_watched_bank(tmp_path, deployment="train/nowhere")
    asked(bank)
    (refusal,) = start(bank).decision.refusals
    assert refusal.code == "no_training" and "train/nowhere" in refusal.reason
    assert starts(bank) == []


def test_a_server_that_is_away_is_an_outage_and_nothing_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings

    bank = a_watched_bank(tmp_path)
    asked(bank)
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    with (
        temporary_settings(updates={PREFECT_API_URL: "http://127.0.0.1:9/api", PREFECT_CLIENT_MAX_RETRIES: 0}),
        pytest.raises(TrainingUnavailableError),
    ):
        training_start.fn(OWNER, OwnerRole.PRODUCT_OWNER, TrainingStart(request=RETRAIN, reason="drift"), str(bank.root))
    assert starts(bank) == []

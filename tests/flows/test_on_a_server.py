"""The deployed triage on a real Prefect server: deployed, scheduled, run by a worker process, shown in the page, retried on outages only.

Nothing here waits for a clock: a worker that polls once ends when its runs have ended, and what the server does later is asked for until a
deadline.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest

from registry.domain.events import EventKind
from registry.domain.feed import FeedStatus
from registry.domain.times import parse_instant
from registry.errors import SourceUnavailableError
from tests.flows.ledger_bytes import assert_sound
from tests.flows.workspaces import CREDIT, FRAUD, MONDAY, ZONE, Bank, a_bank, an_override, calm_complaints, moved

ROOT = Path(__file__).parents[2]
DEPLOYMENT = "daily-triage/daily-triage"
PATIENCE_SECONDS = 120
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Deployed:
    """A bank that was deployed to the server with the command line."""

    bank: Bank
    environ: dict[str, str]
    answer: dict[str, Any]

    def deployment(self) -> Any:
        with _client() as client:
            return client.read_deployment_by_name(DEPLOYMENT)

    def runs(self) -> list[Any]:
        """Return the runs that the server has made by the schedule."""
        with _client() as client:
            return [run for run in client.read_flow_runs() if run.deployment_id == self.deployment().id and run.auto_scheduled]


@pytest.fixture(scope="module")
def deployed(prefect_api: str, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    bank = _a_bank_of_today(tmp_path_factory.mktemp("deployed"))
    environ = {**os.environ, "PREFECT_API_URL": prefect_api}
    words = [sys.executable, "-m", "deployments.cli.main", "--workspace", str(bank.root), "--json", "deploy"]
    done = [subprocess.run(words, cwd=ROOT, env=environ, capture_output=True, text=True, check=False) for _ in range(2)]
    # twice: deploying again is safe, the work pool is there by then
    assert [one.returncode for one in done] == [0, 0], done[-1].stderr
    return Deployed(bank, environ, json.loads(done[0].stdout))


def _a_bank_of_today(root: Path) -> Bank:
    """The bank with complaints of the last days, and an override of yesterday that opens an issue."""
    bank = a_bank(root)
    today = datetime.now(ZoneInfo(ZONE)).date()
    bank.write_complaints([replace(row, received=row.received + (today - MONDAY)) for row in calm_complaints(until=MONDAY)])
    bank.write_overrides([an_override(1, moved(today, -1), kind="locked out", consequence="no access")])
    return bank


def test_the_deployment_is_scheduled_in_the_workspaces_zone(deployed: Deployed) -> None:
    deployment = deployed.deployment()
    (schedule,) = deployment.schedules
    assert (schedule.schedule.cron, schedule.schedule.timezone, schedule.active) == ("0 6 * * *", ZONE, True)
    assert deployment.job_variables["env"]["PROOFLOOP_WORKSPACE"] == str(deployed.bank.root) == deployed.answer["workspace"]
    assert (deployment.work_pool_name, deployment.concurrency_options.collision_strategy) == ("proofloop", "CANCEL_NEW")


def test_the_form_describes_every_parameter(deployed: Deployed) -> None:
    properties = deployed.deployment().parameter_openapi_schema["properties"]
    assert set(properties) == {"systems", "as_of", "dry_run", "workspace"}
    assert all(field["description"].endswith(".") for field in properties.values())


def test_the_scheduler_makes_runs_for_the_coming_mornings(deployed: Deployed) -> None:
    runs = _until(deployed.runs, lambda found: len(found) >= 3)
    hours = {run.expected_start_time.astimezone(ZoneInfo(ZONE)).hour for run in runs}
    assert hours == {6}
    assert len({run.expected_start_time for run in runs}) == len(runs)


@dataclass(frozen=True, slots=True)
class Ran:
    """A run that a worker has executed, and its artifacts by key."""

    run: Any
    artifacts: dict[str, Any]


@pytest.fixture(scope="module")
def ran(deployed: Deployed) -> Ran:
    return _run_by_a_worker(deployed)


def _run_by_a_worker(deployed: Deployed, **parameters: Any) -> Ran:
    words = [sys.executable, "-m", "prefect", "worker", "start", "--pool", "proofloop", "--run-once", "--install-policy", "never"]
    with _client() as client:
        asked = client.create_flow_run_from_deployment(deployed.deployment().id, parameters=parameters)
        worker = subprocess.run(
            words, cwd=ROOT, env=deployed.environ, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
        )
        run = client.read_flow_run(asked.id)
        assert run.state.name == "Completed", worker.stdout + worker.stderr
        return Ran(run, {artifact.key: artifact for artifact in client.read_artifacts() if artifact.flow_run_id == run.id})


def test_a_worker_ran_the_day_and_the_ledger_judged_it_at_its_scheduled_time(deployed: Deployed, ran: Ran) -> None:
    today = ran.run.expected_start_time.astimezone(ZoneInfo(ZONE)).date()
    (decided,) = deployed.bank.ledger.read_decisions(EventKind.TRIAGE_DECIDED, today, moved(today, 1))
    body = json.loads(decided.body)
    assert parse_instant(body["as_of"]) == ran.run.expected_start_time.astimezone(UTC)
    assert body["data"]["verdict"] == "fail"
    assert [issue.title for issue in deployed.bank.ledger.read_issues()] == ["locked out"]
    assert_sound(deployed.bank)


def test_a_failed_day_is_a_completed_run_with_its_date_in_the_name(ran: Ran) -> None:
    today = ran.run.expected_start_time.astimezone(ZoneInfo(ZONE)).date()
    assert ran.run.name == f"triage-{today}"


def test_a_day_of_the_past_can_be_asked_for_in_the_form(deployed: Deployed, ran: Ran) -> None:
    # one o'clock in UTC on Tuesday is Monday evening at the bank
    late = _run_by_a_worker(deployed, as_of=f"{moved(MONDAY, 1)}T01:00:00Z", dry_run=True)
    assert late.run.name == f"triage-{MONDAY}"
    assert len(deployed.bank.ledger.read_decisions(EventKind.TRIAGE_DECIDED, MONDAY, moved(MONDAY, 2))) == 0
    assert "16 Mar 2026" in late.artifacts["daily-triage"].data


def test_the_run_shows_its_table_and_links_to_the_sealed_page(ran: Ran, deployed: Deployed) -> None:
    table, link = ran.artifacts["daily-triage"], ran.artifacts["daily-triage-report"]
    assert table.data.startswith("# Fail: daily triage of ")
    assert "| What | Count |" in table.data
    assert "locked out" in table.data
    assert (deployed.bank.workspace.archive_dir / "000001/report.html").as_uri() in link.data


def test_a_workspace_that_is_not_there_fails_the_run_and_says_so(prefect_api: str, tmp_path: Path) -> None:
    from flows.daily_triage import daily_triage

    state = daily_triage(workspace=str(tmp_path / "nowhere"), return_state=True)
    assert state.is_final()
    assert "found no proofloop.yaml" in state.message


def test_an_outage_is_retried_until_the_source_answers(prefect_api: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = _failing_source(monkeypatch, failures=2)
    result = _run_on_the_server(a_bank(tmp_path))
    assert len(attempts) == 4  # the first source three times, the other once
    assert {feed.status for feed in result.decision.feeds} == {FeedStatus.OK}


def test_an_outage_that_lasts_is_a_finding_after_the_last_attempt(
    prefect_api: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = _failing_source(monkeypatch, failures=4)
    result = _run_on_the_server(a_bank(tmp_path))
    assert len(attempts) == 5
    assert {feed.system_id for feed in result.decision.feeds if feed.status is FeedStatus.ERRORED} == {CREDIT, FRAUD}
    assert result.seal == 1


def test_a_refusal_is_not_retried(prefect_api: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = _failing_source(monkeypatch, failures=1, error=ValueError("a bug"))
    with pytest.raises(ValueError, match="a bug"):
        _run_on_the_server(a_bank(tmp_path))
    assert len(attempts) == 1


def _failing_source(monkeypatch: pytest.MonkeyPatch, failures: int, error: Exception | None = None) -> list[int]:
    """Let the first ``failures`` readings of a source fail; returns the list that every reading is added to."""
    from tasks import sources

    attempts: list[int] = []
    deliver = sources.deliver_source

    def reading(*arguments: Any) -> Any:
        attempts.append(len(attempts))
        if len(attempts) <= failures:
            raise error or SourceUnavailableError("crm: expected an answer, found none; it may come back")
        return deliver(*arguments)

    monkeypatch.setattr(sources, "deliver_source", reading)
    monkeypatch.setattr(sources.read_source, "retry_delay_seconds", [0, 0, 0])
    return attempts


def _run_on_the_server(bank: Bank) -> Any:
    from deployments.cli.running import scheduled_instant
    from flows.daily_triage import daily_triage

    return daily_triage(as_of=scheduled_instant(MONDAY, ZONE), workspace=str(bank.root))


def _client() -> Any:
    from prefect.client.orchestration import get_client

    return get_client(sync_client=True)


def _until(ask: Callable[[], T], is_there: Callable[[T], bool]) -> T:
    """Ask the server until what is wanted is there; the last answer after the deadline."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    found = ask()
    while not is_there(found) and time.monotonic() < deadline:
        found = ask()
    return found

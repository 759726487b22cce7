"""The form of the gate on a real Prefect server, filled in in Chromium by a release lead, the first carried out by a worker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from registry.domain.events import EventKind
from tests.browser import chromium
from tests.evaluated_bank import BETTER, WORSE, an_evaluated_bank
from tests.flows.workspaces import FRAUD, Bank
from tests.forms import HEIGHT, ROOT, WIDTH, Desk, prefect_client

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

__all__ = ["chromium"]


@dataclass(frozen=True, slots=True)
class ReleaseDesk(Desk):
    """A workspace with candidates to judge, deployed to the server."""

    bank: Bank

    def decided(self) -> list[dict[str, Any]]:
        return [json.loads(event.body)["data"] for event in self.bank.ledger.read_events(0, [EventKind.GATE_DECIDED])]

    def fill_in(self, candidate: str) -> None:
        self.open_form("eval-gate")
        self.write("AI system", FRAUD)
        self.write("Candidate", candidate)
        self.write("Why now (Optional)", "Retrained on February.")


@pytest.fixture(scope="module")
def desk(own_prefect_api: str, chromium: Chrome, tmp_path_factory: pytest.TempPathFactory) -> ReleaseDesk:
    bank = an_evaluated_bank(tmp_path_factory.mktemp("desk"))
    environ = {**os.environ, "PREFECT_API_URL": own_prefect_api, "PREFECT_LOGGING_TO_API_ENABLED": "true"}
    words = [sys.executable, "-m", "deployments.cli.main", "--workspace", str(bank.root), "deploy"]
    done = subprocess.run(words, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    chromium.set_window_size(WIDTH, HEIGHT)
    return ReleaseDesk(chromium, own_prefect_api.removesuffix("/api"), environ, bank)


def test_the_form_asks_for_what_a_release_lead_knows_with_help_at_every_field(desk: ReleaseDesk) -> None:
    desk.open_form("eval-gate")
    titles = desk.titles()
    optional = ("Compared with", "Why now", "Judged at", "Final decision", "Only try it", "Workspace")
    assert titles == ["AI system", "Candidate", *(f"{title} (Optional)" for title in optional)]
    assert len(desk.helps()) == len(titles) and all(desk.helps())


def test_a_candidate_that_passes_and_one_that_fails_are_completed_runs_with_a_report(desk: ReleaseDesk) -> None:
    for candidate, ended, said in ((BETTER, desk.submit, "PASS: approve"), (WORSE, desk.carry_out, "FAIL: hold")):
        desk.fill_in(candidate)
        run = ended()
        assert run.state.name == "Completed", run.state.message
        shown = artifacts_of(run)
        assert said in shown["eval-gate"] and "report.html" in shown["eval-gate-report"]
    assert [(one["verdict"], one["reason"]) for one in desk.decided()] == [
        ("pass", "Retrained on February."),
        ("fail", "Retrained on February."),
    ]


def test_a_candidate_that_names_nothing_fails_the_run_in_words_and_records_nothing(desk: ReleaseDesk) -> None:
    before = desk.decided()
    desk.fill_in("v22")
    run = desk.carry_out()
    assert run.state.name == "Failed" and "name one that is there, like 'v2'" in str(run.state.message)
    assert desk.decided() == before


def artifacts_of(run: Any) -> dict[str, str]:
    """Return what a run shows in its page, by key."""
    with prefect_client() as client:
        return {each.key: str(each.data) for each in client.read_artifacts() if each.flow_run_id == run.id}

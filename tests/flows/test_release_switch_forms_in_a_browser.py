"""The forms of promotion and rollback on real Prefect and MLflow servers, filled in in Chromium, one carried out by a worker."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.browser import chromium
from tests.flows.workspaces import FRAUD
from tests.forms import HEIGHT, ROOT, WIDTH, Desk, artifact_of
from tests.mlflow_stores import fraud_server, fraud_store
from tests.switched_bank import OPERATIONS, SwitchedBank, a_switched_bank
from tests.versions.servers import MlflowServer

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

__all__ = ["chromium", "fraud_server", "fraud_store"]


@dataclass(frozen=True, slots=True)
class SwitchedDesk(Desk):
    """The bank whose fraud filter is on a real MLflow server, deployed to a Prefect server."""

    switched: SwitchedBank

    def sign(self) -> None:
        self.write("Your name", OPERATIONS)
        self.choose("You act as", "operations_lead")


@pytest.fixture(scope="module")
def desk(own_prefect_api: str, chromium: Chrome, fraud_server: MlflowServer, tmp_path_factory: pytest.TempPathFactory) -> SwitchedDesk:
    switched = a_switched_bank(tmp_path_factory.mktemp("desk"), fraud_server.uri)
    environ = {**os.environ, "PREFECT_API_URL": own_prefect_api, "PREFECT_LOGGING_TO_API_ENABLED": "true"}
    words = [sys.executable, "-m", "deployments.cli.main", "--workspace", str(switched.root), "deploy"]
    done = subprocess.run(words, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    chromium.set_window_size(WIDTH, HEIGHT)
    return SwitchedDesk(chromium, own_prefect_api.removesuffix("/api"), environ, switched)


def test_the_forms_ask_for_little_and_say_what_each_field_is(desk: SwitchedDesk) -> None:
    asked = {
        "release-promote": ["Release", "Your name", "You act as", "Share of the traffic, in percent (Optional)", "Reason (Optional)"],
        "release-rollback": ["AI system", "Your name", "You act as", "Reason", "Back to version (Optional)"],
    }
    for name, titles in asked.items():
        desk.open_form(name)
        assert desk.titles() == [*titles, "Workspace (Optional)"]
        assert len(desk.helps()) == len(titles) + 1 and all(desk.helps())


def promote(desk: SwitchedDesk, release: str) -> None:
    desk.open_form("release-promote")
    desk.write("Release", release)
    desk.sign()


def test_a_release_that_nobody_signed_is_refused_in_words_and_moves_nothing(desk: SwitchedDesk) -> None:
    promote(desk, desk.switched.proposed())
    run = desk.carry_out()
    assert (run.state.name, run.state.type.value) == ("Refused", "CANCELLED")
    assert "missing product_owner and governance_lead" in str(artifact_of(run).data)
    assert (desk.switched.aliases, desk.switched.switches) == ({"champion": "1"}, ())


def test_a_release_is_put_in_force_from_the_form_and_taken_back_from_the_form(desk: SwitchedDesk) -> None:
    promote(desk, desk.switched.signed("REL-20260316-00000002"))
    run = desk.submit()
    assert run.state.name == "Completed", run.state.message
    assert (desk.switched.aliases, set(desk.switched.tags("2"))) == ({"champion": "2"}, {"verdict", "evidence_digest", "release"})

    desk.open_form("release-rollback")
    desk.write("AI system", FRAUD)
    desk.sign()
    desk.write("Reason", "Complaints of held payments doubled since this morning.")
    run = desk.carry_out()
    assert run.state.name == "Completed", run.state.message
    assert "model 1 is in force in place of 2" in str(artifact_of(run).data)
    assert desk.switched.aliases == {"champion": "1"}
    made = desk.switched.switches[-1]
    assert (made.is_rollback, made.by, made.read_back) == (True, OPERATIONS, "1")
    assert made.seconds < 300

"""The forms of what people do about the triggers on a real Prefect server, filled in in Chromium, one carried out by a worker."""

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
from tests.flows.workspaces import FRAUD, Bank
from tests.forms import HEIGHT, ROOT, WIDTH, Desk, artifact_of
from tests.watched_bank import RETRAIN, a_watched_bank, asked

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

__all__ = ["chromium"]

OWNER = "ana@bank.example"


@dataclass(frozen=True, slots=True)
class AskedDesk(Desk):
    """A workspace of which a retraining and an investigation were asked, deployed to the server."""

    bank: Bank

    def events(self, kind: EventKind) -> list[dict[str, Any]]:
        return [json.loads(event.body) for event in self.bank.ledger.read_events(0, [kind])]


@pytest.fixture(scope="module")
def desk(own_prefect_api: str, chromium: Chrome, tmp_path_factory: pytest.TempPathFactory) -> AskedDesk:
    bank = a_watched_bank(tmp_path_factory.mktemp("desk"))
    asked(bank)
    environ = {**os.environ, "PREFECT_API_URL": own_prefect_api, "PREFECT_LOGGING_TO_API_ENABLED": "true"}
    words = [sys.executable, "-m", "deployments.cli.main", "--workspace", str(bank.root), "deploy"]
    done = subprocess.run(words, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    chromium.set_window_size(WIDTH, HEIGHT)
    return AskedDesk(chromium, own_prefect_api.removesuffix("/api"), environ, bank)


def test_a_request_to_close_shows_its_choices_as_a_list_and_help_at_every_field(desk: AskedDesk) -> None:
    desk.open_form("request-close")
    titles = desk.titles()
    assert titles == ["Your name", "You act as", "Closing", "Request", "Outcome", "Reason", "Version (Optional)", "Workspace (Optional)"]
    assert len(desk.helps()) == len(titles) and all(desk.helps())
    options = [option.get_attribute("value") for option in desk.field("Outcome").find_elements("css selector", "option")]
    assert set(options) == {"retrained", "not_needed", "superseded"}


def test_a_closing_without_its_version_is_refused_in_words_and_records_nothing(desk: AskedDesk) -> None:
    _fill_closing(desk, outcome="retrained")
    run = desk.carry_out()
    assert (run.state.name, run.state.type.value) == ("Refused", "CANCELLED")
    assert "version" in str(artifact_of(run).data)
    assert not desk.events(EventKind.REQUEST_CLOSED)


def test_a_request_is_closed_from_the_form(desk: AskedDesk) -> None:
    _fill_closing(desk, outcome="not_needed")
    run = desk.submit()
    assert run.state.name == "Completed", run.state.message
    (closed,) = desk.events(EventKind.REQUEST_CLOSED)
    assert (closed["actor"], closed["data"]["outcome"], closed["data"]["approval"]) == (OWNER, "not_needed", "asserted")


def test_a_training_that_nobody_deployed_is_refused_with_its_name(desk: AskedDesk) -> None:
    desk.open_form("training-start")
    _sign(desk)
    desk.write("Request", RETRAIN)
    desk.write("Reason", "The loss is measured.")
    run = desk.carry_out()
    assert run.state.name == "Refused", run.state.message
    assert not desk.events(EventKind.TRAINING_STARTED)


def test_a_reference_is_frozen_from_the_form(desk: AskedDesk) -> None:
    desk.open_form("reference-freeze")
    desk.write("AI system", FRAUD)
    _sign(desk)
    desk.write("Reason", "The first year of the version in force.")
    run = desk.carry_out()
    assert run.state.name == "Completed", run.state.message
    (frozen,) = desk.events(EventKind.REFERENCE_FROZEN)
    assert (frozen["actor"], frozen["data"]["reason"]) == (OWNER, "The first year of the version in force.")


def _fill_closing(desk: AskedDesk, outcome: str) -> None:
    desk.open_form("request-close")
    _sign(desk)
    desk.write("Request", RETRAIN)
    desk.choose("Outcome", outcome)
    desk.write("Reason", "Looked at on 3 March.")


def _sign(desk: AskedDesk) -> None:
    desk.write("Your name", OWNER)
    desk.choose("You act as", "product_owner")

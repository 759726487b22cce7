"""The forms of people's steps on a real Prefect server, filled in and submitted in Chromium, and carried out by a worker."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from registry.domain.issue import IssueState
from registry.domain.steps import ContainmentPattern
from registry.ledger.store import open_ledger
from registry.settings import Workspace, find_workspace
from tests.browser import chromium
from tests.cli.calling import an_opening, fill_ledger

if TYPE_CHECKING:
    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

__all__ = ["chromium"]

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 120
LEAD = "operations.lead@bank.example"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Desk:
    """A workspace with one issue in triage, deployed to a server whose pages a browser can open."""

    workspace: Workspace
    browser: Chrome
    page: str
    environ: dict[str, str]

    def open_form(self, name: str) -> None:
        """Open the form of a deployment and wait until its fields are there."""
        with _client() as client:
            deployment = client.read_deployment_by_name(f"{name}/{name}")
        self.browser.get(f"{self.page}/deployments/deployment/{deployment.id}/run")
        _until(lambda: self.browser.find_elements("css selector", ".schema-form-property textarea"), bool)

    def field(self, title: str) -> WebElement:
        """Return the part of the form with a title; a field that may be left empty says so in its title."""
        label = f'//span[contains(@class,"schema-form-property__label")][normalize-space(.)="{title}"]'
        return self.browser.find_element("xpath", label + '/ancestor::div[contains(concat(" ",@class," ")," p-label ")][1]')

    def write(self, title: str, text: str) -> None:
        self.field(title).find_element("css selector", "textarea").send_keys(text)

    def choose(self, title: str, value: str) -> None:
        from selenium.webdriver.support.ui import Select

        Select(self.field(title).find_element("css selector", "select")).select_by_value(value)

    def submit(self) -> Any:
        """Submit the form, let a worker run what was asked for, and return the run."""
        self.browser.find_element("xpath", '//button[normalize-space(.)="Submit"]').click()
        run = _until(self._newest, lambda found: found is not None and not found.state.is_final())
        words = [sys.executable, "-m", "prefect", "worker", "start", "--pool", "proofloop", "--run-once", "--install-policy", "never"]
        worker = subprocess.run(words, cwd=ROOT, env=self.environ, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
        with _client() as client:
            ended = client.read_flow_run(run.id)
        assert ended.state.is_final(), worker.stdout + worker.stderr
        return ended

    def state(self) -> IssueState:
        ledger = open_ledger(self.workspace.ledger_url({}), lambda: an_opening().as_of)
        (issue,) = ledger.read_issues()
        ledger.close()
        return issue.state

    def _newest(self) -> Any:
        with _client() as client:
            runs = [run for run in client.read_flow_runs() if "issue" in run.tags]
        return max(runs, key=lambda run: run.created, default=None)


@pytest.fixture(scope="module")
def desk(prefect_api: str, chromium: Chrome, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    root = tmp_path_factory.mktemp("desk") / "bank"
    environ = {**os.environ, "PREFECT_API_URL": prefect_api, "PREFECT_LOGGING_TO_API_ENABLED": "true", "PREFECT_LOGGING_LEVEL": "INFO"}
    for words in (["init", str(root)], ["--workspace", str(root), "deploy"]):
        done = subprocess.run(
            [sys.executable, "-m", "deployments.cli.main", *words], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    workspace = find_workspace(root, root, {})
    fill_ledger(workspace, replace(an_opening("ISS-1"), system_id="card_fraud_filter"))
    chromium.set_window_size(1200, 2400)
    return Desk(workspace, chromium, prefect_api.removesuffix("/api"), environ)


def test_a_form_shows_choices_as_lists_days_as_pickers_and_help_at_every_field(desk: Desk) -> None:
    desk.open_form("issue-contain")
    titles = [label.text for label in desk.browser.find_elements("css selector", ".schema-form-property__label")]
    assert titles == [
        "Issue",
        "Your name",
        "You act as",
        "What protects customers",
        "Pattern",
        "Measure",
        "In force at",
        "Approver (Optional)",
        "Evidence (Optional)",
        "Counts from (Optional)",
        "Workspace (Optional)",
    ]
    helped = [field.text for field in desk.browser.find_elements("css selector", ".schema-form-property__description")]
    assert len(helped) == len(titles) and all(helped)
    patterns = [option.get_attribute("value") for option in desk.field("Pattern").find_elements("css selector", "option")]
    assert set(patterns) == {pattern.value for pattern in ContainmentPattern}
    assert desk.field("In force at").find_elements("css selector", "input[type=date], input[type=datetime-local], .p-date-input")
    assert "Example: Purchases at unattended terminals" in desk.field("Measure").text


def test_a_step_that_lacks_something_ends_as_refused_and_tells_everything_it_lacks(desk: Desk) -> None:
    _fill_assignment(desk, by="nobody@bank.example", role="product_owner", day="12312099")
    run = desk.submit()
    assert (run.state.name, run.state.type.value) == ("Refused", "CANCELLED")  # grey in the page: not green, and no failure
    assert "found 'nobody@bank.example'" in run.state.message
    assert "# Refused: assign on ISS-1" in _artifact(run)
    assert "1 requirement is not met" in _artifact(run)
    assert "- **expected product.owner@bank.example to act as product_owner" in _artifact(run)
    levels = {log.level for log in _logs(run)}
    assert 30 in levels and max(levels) == 30, "what is missing is a warning, and no error is told"


def test_a_step_of_the_form_is_recorded_and_the_issue_has_its_owner(desk: Desk) -> None:
    _fill_assignment(desk, by=LEAD, role="operations_lead", day="12312099")
    run = desk.submit()
    assert (run.state.name, run.name) == ("Completed", "assign-ISS-1"), run.state.message
    assert "# Recorded: assign on ISS-1" in _artifact(run)


def test_a_containment_from_the_form_moves_the_issue(desk: Desk) -> None:
    desk.open_form("issue-contain")
    desk.write("Issue", "ISS-1")
    desk.write("Your name", LEAD)
    desk.choose("You act as", "operations_lead")
    desk.choose("Pattern", "raise_human_gate")
    desk.write("Measure", "An agent looks at every blocked purchase.")
    desk.field("In force at").find_element("css selector", "input").send_keys("03102026")
    _add_evidence(desk, "https://changes.bank.example/CHG-2041")
    run = desk.submit()
    assert run.state.name == "Completed", run.state.message
    assert desk.state() is IssueState.CONTAINED


def test_the_command_line_tells_a_refusal_the_same_with_a_server_as_without(desk: Desk) -> None:
    words = ["issue", "assign", "ISS-1", "--by", "nobody@bank.example", "--role", "product_owner"]
    options = ["--owner", LEAD, "--next-step", "Look at it.", "--due-on", "2099-12-31"]
    command = [sys.executable, "-m", "deployments.cli.main", "--workspace", str(desk.workspace.root), *words, *options]
    alone = {name: value for name, value in desk.environ.items() if name != "PREFECT_API_URL"}
    served, inline = (
        subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False) for environ in (desk.environ, alone)
    )
    assert (served.returncode, served.stdout) == (inline.returncode, inline.stdout) != (0, "")
    assert served.stdout.startswith("refused: assign on ISS-1")


def _add_evidence(desk: Desk, link: str) -> None:
    field = desk.field("Evidence (Optional)")
    field.find_element("xpath", './/button[normalize-space(.)="Add item"]').click()
    (item,) = _until(lambda: field.find_elements("css selector", "textarea"), bool)
    item.send_keys(link)


def _fill_assignment(desk: Desk, by: str, role: str, day: str) -> None:
    desk.open_form("issue-assign")
    desk.write("Issue", "ISS-1")
    desk.write("Your name", by)
    desk.choose("You act as", role)
    desk.write("Owner", LEAD)
    desk.write("Next step", "Find which purchases the filter blocks.")
    desk.field("Due on").find_element("css selector", "input[type=date]").send_keys(day)


def _artifact(run: Any) -> str:
    with _client() as client:
        (found,) = [each for each in client.read_artifacts() if each.flow_run_id == run.id]
    return str(found.data).replace("\\", "")


def _logs(run: Any) -> list[Any]:
    from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId

    with _client() as client:
        wanted = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run.id]))
        return _until(lambda: client.read_logs(wanted), lambda logs: any("Refused(" in log.message for log in logs))


def _client() -> Any:
    from prefect.client.orchestration import get_client

    return get_client(sync_client=True)


def _until(ask: Callable[[], T], is_there: Callable[[T], bool]) -> T:
    """Ask until what is wanted is there; the last answer after the deadline."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    found = ask()
    while not is_there(found) and time.monotonic() < deadline:
        found = ask()
    return found

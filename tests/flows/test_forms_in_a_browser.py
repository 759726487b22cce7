"""The forms of people's steps on a real Prefect server, filled in and submitted in Chromium: the first carried out by a worker, the others
in this process, whose clock is set to the days of their bank for those towards a closure.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from registry.domain.issue import IssueState
from registry.domain.steps import ContainmentPattern
from registry.ledger.store import open_ledger
from registry.settings import Workspace, find_workspace
from tests.browser import chromium
from tests.cli.calling import an_opening, fill_ledger
from tests.clocks import set_clock
from tests.closed_bank import ANA, CLEAN_ON, SIGNERS, ClosedBank, bank, settled
from tests.closing_desk import OTHER_ID, ClosingDesk, closing_form, prepare
from tests.fixed_bank import at
from tests.forms import HEIGHT, ROOT, WIDTH, Desk, artifact_of, prefect_client, until

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

__all__ = ["bank", "chromium", "settled"]

A_WEEK_ON = (datetime.now(UTC) + timedelta(days=7)).strftime("%m%d%Y")
LEAD = "operations.lead@bank.example"


@dataclass(frozen=True, slots=True)
class OneIssue(Desk):
    """A workspace with one issue in triage, deployed to the server."""

    workspace: Workspace

    def state(self) -> IssueState:
        ledger = open_ledger(self.workspace.ledger_url({}), lambda: an_opening().as_of)
        (issue,) = ledger.read_issues()
        ledger.close()
        return issue.state


@pytest.fixture(scope="module")
def desk(own_prefect_api: str, chromium: Chrome, tmp_path_factory: pytest.TempPathFactory) -> OneIssue:
    root = tmp_path_factory.mktemp("desk") / "bank"
    environ = {**os.environ, "PREFECT_API_URL": own_prefect_api, "PREFECT_LOGGING_TO_API_ENABLED": "true", "PREFECT_LOGGING_LEVEL": "INFO"}
    for words in (["init", str(root)], ["--workspace", str(root), "deploy"]):
        done = subprocess.run(
            [sys.executable, "-m", "deployments.cli.main", *words], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    workspace = find_workspace(root, root, {})
    fill_ledger(workspace, replace(an_opening("ISS-1"), system_id="card_fraud_filter"))
    chromium.set_window_size(WIDTH, HEIGHT)
    return OneIssue(chromium, own_prefect_api.removesuffix("/api"), environ, workspace)


def test_a_form_shows_choices_as_lists_days_as_pickers_and_help_at_every_field(desk: OneIssue) -> None:
    desk.open_form("issue-contain")
    titles = desk.titles()
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
    helped = desk.helps()
    assert len(helped) == len(titles) and all(helped)
    patterns = [option.get_attribute("value") for option in desk.field("Pattern").find_elements("css selector", "option")]
    assert set(patterns) == {pattern.value for pattern in ContainmentPattern}
    assert desk.field("In force at").find_elements("css selector", "input[type=date], input[type=datetime-local], .p-date-input")
    assert "Example: Purchases at unattended terminals" in desk.field("Measure").text


def test_a_step_that_lacks_something_ends_as_refused_and_tells_everything_it_lacks(desk: OneIssue) -> None:
    _fill_assignment(desk, by="nobody@bank.example", role="product_owner", day=A_WEEK_ON)
    run = desk.submit()
    assert (run.state.name, run.state.type.value) == ("Refused", "CANCELLED")  # grey in the page: not green, and no failure
    assert "found 'nobody@bank.example'" in run.state.message
    assert "# Refused: assign on ISS-1" in _artifact(run)
    assert "1 requirement is not met" in _artifact(run)
    assert "- **expected product.owner@bank.example to act as product_owner" in _artifact(run)
    levels = {log.level for log in _logs(run)}
    assert 30 in levels and max(levels) == 30, "what is missing is a warning, and no error is told"


def test_a_step_of_the_form_is_recorded_and_the_issue_has_its_owner(desk: OneIssue) -> None:
    _fill_assignment(desk, by=LEAD, role="operations_lead", day=A_WEEK_ON)
    run = desk.carry_out()
    assert (run.state.name, run.name) == ("Completed", "assign-ISS-1"), run.state.message
    assert "# Recorded: assign on ISS-1" in _artifact(run)


def test_a_containment_from_the_form_moves_the_issue(desk: OneIssue) -> None:
    desk.open_form("issue-contain")
    desk.write("Issue", "ISS-1")
    desk.write("Your name", LEAD)
    desk.choose("You act as", "operations_lead")
    desk.choose("Pattern", "raise_human_gate")
    desk.write("Measure", "An agent looks at every blocked purchase.")
    desk.field("In force at").find_element("css selector", "input").send_keys("03102026")
    _add_evidence(desk, "https://changes.bank.example/CHG-2041")
    run = desk.carry_out()
    assert run.state.name == "Completed", run.state.message
    assert desk.state() is IssueState.CONTAINED


def test_the_command_line_tells_a_refusal_the_same_with_a_server_as_without(desk: OneIssue) -> None:
    words = ["issue", "assign", "ISS-1", "--by", "nobody@bank.example", "--role", "product_owner"]
    options = ["--owner", LEAD, "--next-step", "Look at it.", "--due-on", (datetime.now(UTC) + timedelta(days=7)).date().isoformat()]
    command = [sys.executable, "-m", "deployments.cli.main", "--workspace", str(desk.workspace.root), *words, *options]
    alone = {name: value for name, value in desk.environ.items() if name != "PREFECT_API_URL"}
    served, inline = (
        subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False) for environ in (desk.environ, alone)
    )
    assert (served.returncode, served.stdout) == (inline.returncode, inline.stdout) != (0, "")
    assert served.stdout.startswith("refused: assign on ISS-1")


@pytest.fixture
def closing(desk: OneIssue, bank: ClosedBank) -> Iterator[ClosingDesk]:
    """The same pages, and a bank of each test's own whose issue may be proposed for closure; its folder is typed into each form."""
    found = ClosingDesk(desk.browser, desk.page, desk.environ, prepare(bank))
    yield found
    bank.ledger.close()


@pytest.mark.parametrize("name", ["issue-not-applicable", "issue-recovery", "issue-review", "issue-same-cause", "issue-scope"])
def test_a_step_towards_a_closure_explains_its_fields_refuses_what_is_wrong_in_words_and_records_the_rest(
    closing: ClosingDesk, name: str
) -> None:
    form = closing_form(name, closing.bank.issue.issue_id)
    on = OTHER_ID if name == "issue-same-cause" else closing.bank.issue.issue_id
    closing.open_form(name)
    helps = closing.helps()
    assert closing.titles() == form.titles
    assert len(helps) == len(form.titles) and all(helps)
    before = closing.recorded(form.recorded, on)
    closing.fill_step(name, form, on, form.wrong)
    run = closing.carry_out()
    assert (run.state.name, run.state.type.value) == ("Refused", "CANCELLED"), run.state.message
    assert form.refused in closing.read_page(run, form.refused)
    assert closing.recorded(form.recorded, on) == before

    closing.fill_step(name, form, on, form.right)
    run = closing.carry_out()
    assert run.state.name == "Completed", (run.state.message, run.parameters["document"])
    *known, recorded = closing.recorded(form.recorded, on)
    assert known == before
    assert (recorded["actor"], recorded["data"]["role"]) == (form.by, form.role)


def test_a_closure_is_judged_signed_and_recorded_by_forms_and_its_dossier_and_page_open(closing: ClosingDesk) -> None:
    closing.open_form("closure-verification")
    assert closing.titles() == ["Issues (Optional)", "Judged at (Optional)", "Only try it (Optional)", "Workspace (Optional)"]
    assert len(closing.helps()) == 4 and all(closing.helps())
    closing.name_issue()
    run = closing.carry_out()
    assert run.state.name == "Completed", run.state.message
    assert "1 closure: 1 pass" in closing.read_page(run, "1 closure: 1 pass", key="closure-verification")

    set_clock(at(CLEAN_ON, 10))
    texts = {role: closing.signed(role) for role in SIGNERS}
    unsigned = closing.approve("product_owner", ANA, request=texts["product_owner"]["request"])
    assert unsigned.state.name == "Refused"
    assert "only asserted" in closing.read_page(unsigned, "only asserted")
    for role, name in SIGNERS.items():
        run = closing.approve(role, name, **texts[role])
        assert run.state.name == "Completed", run.state.message
    assert closing.bank.issue.state is IssueState.CLOSED
    assert "closed" in closing.read_page(run, "closed")
    for page in (closing.issue_page(), closing.dossier()):
        closing.browser.get(page.as_uri())
        said = closing.browser.find_element("tag name", "body").text
        assert closing.bank.issue.issue_id in said and all(name in said for name in SIGNERS.values())


def test_the_recurrence_monitoring_can_be_started_by_hand(closing: ClosingDesk) -> None:
    closing.open_form("recurrence-monitoring")
    assert closing.titles() == ["AI systems (Optional)", "Judged at (Optional)", "Only try it (Optional)", "Workspace (Optional)"]
    assert len(closing.helps()) == 4 and all(closing.helps())
    closing.write("Workspace (Optional)", str(closing.bank.root))
    run = closing.carry_out()
    assert run.state.name == "Completed", run.state.message
    assert "1 window: 1 clean" in closing.read_page(run, "1 window: 1 clean", key="recurrence-monitoring")


def _add_evidence(desk: OneIssue, link: str) -> None:
    field = desk.field("Evidence (Optional)")
    field.find_element("xpath", './/button[normalize-space(.)="Add item"]').click()
    (item,) = until(lambda: field.find_elements("css selector", "textarea"), bool)
    item.send_keys(link)


def _fill_assignment(desk: OneIssue, by: str, role: str, day: str) -> None:
    desk.open_form("issue-assign")
    desk.write("Issue", "ISS-1")
    desk.write("Your name", by)
    desk.choose("You act as", role)
    desk.write("Owner", LEAD)
    desk.write("Next step", "Find which purchases the filter blocks.")
    desk.field("Due on").find_element("css selector", "input[type=date]").send_keys(day)


def _artifact(run: Any) -> str:
    return str(artifact_of(run).data).replace("\\", "")


def _logs(run: Any) -> list[Any]:
    from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId

    with prefect_client() as client:
        wanted = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run.id]))
        return until(lambda: client.read_logs(wanted), lambda logs: any("Refused(" in log.message for log in logs))

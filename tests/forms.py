"""The forms of people's steps in a browser: a form is opened, filled in and submitted, a worker carries it out, and the run is looked at.

Put here what reads or writes Prefect's pages. What a step should come to belongs to the tests, and to ``tests/real``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from unittest.mock import patch

from registry.domain.step_examples import field_title

if TYPE_CHECKING:
    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

ROOT = Path(__file__).parents[1]
PATIENCE_SECONDS = 120
PAUSE_SECONDS = 0.05
"""Between two questions: the browser and the server need the core to come to what is asked for."""
WIDTH, HEIGHT, SHORTEST = 1200, 2400, 600
_SUBMIT = '//button[normalize-space(.)="Submit"]'
_TURNED_AWAY = ".p-toast-container .p-toast__close-btn"
_LOOKS = 40
"""After so many it is sure that nothing came of what was submitted: another request of the page may have been turned away in its place."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Desk:
    """A browser at the pages of a Prefect server that a workspace was deployed to."""

    browser: Chrome
    page: str
    environ: dict[str, str]

    def open_form(self, name: str) -> None:
        """Open the form of a deployment and wait until its fields are there and each shows its title."""
        with prefect_client() as client:
            deployment = client.read_deployment_by_name(f"{name}/{name}")
        self.browser.get(f"{self.page}/deployments/deployment/{deployment.id}/run")
        until(lambda: self.browser.find_elements("css selector", ".schema-form-property textarea"), bool)
        until(self.titles, lambda titles: bool(titles) and all(titles))

    def titles(self, within: WebElement | None = None) -> list[str]:
        """Return the titles of the form's fields, from the top, as a person sees them."""
        return self._texts(".schema-form-property__label", within)

    def helps(self) -> list[str]:
        """Return the help texts of the form's fields, from the top."""
        return self._texts(".schema-form-property__description", None)

    def see(self, path: str, part: str) -> None:
        """Open a page of the server and wait until a part of it is there."""
        self.browser.get(f"{self.page}/{path}")
        until(lambda: self.browser.find_elements("css selector", part), bool)

    def field(self, title: str, within: WebElement | None = None) -> WebElement:
        """Return the part of the form with a title; a field that may be left empty says so in its title."""
        label = f'.//span[contains(@class,"schema-form-property__label")][normalize-space(.)="{title}"]'
        place = label + '/ancestor::div[contains(concat(" ",@class," ")," p-label ")][1]'
        return (within or self.browser.find_element("tag name", "form")).find_element("xpath", place)

    def write(self, title: str, text: str) -> None:
        _type(self.field(title), text)

    def choose(self, title: str, value: str) -> None:
        _choose(self.field(title), value)

    def fill(self, document: Mapping[str, Any], within: WebElement) -> None:
        """Fill the fields of a document in, lists item by item; a field that the form calls optional is found all the same."""
        for name, value in document.items():
            title = field_title(name, None)
            self._put(self.field(title if self._has(title, within) else f"{title} (Optional)", within), value)

    def use(self, title: str, kind: str) -> None:
        """Say that a field which may be left empty is to hold something; the page calls that ``list``, ``date-time`` and the like."""
        self.field(title).find_element("xpath", f'.//button[normalize-space(.)="{kind}"]').click()

    def submit(self) -> Any:
        """Submit the form, let a worker run what was asked for, and return the run once it has ended, or waits for people."""
        return self.work(self._asked())

    def carry_out(self) -> Any:
        """Submit the form, run what was asked for in this process as a worker's own would, and return the run as the server has it.

        It takes a fraction of a worker's time, and the clock of the house can be set for it (``tests/clocks.py``).
        """
        from prefect.flow_engine import load_flow_and_flow_run, run_flow

        run, flow = load_flow_and_flow_run(self._asked().id)
        with prefect_client() as client:
            deployed = client.read_deployment(run.deployment_id).job_variables
        with patch.dict(os.environ, deployed.get("env", {})):
            run_flow(flow, flow_run=run, return_type="state")
        with prefect_client() as client:
            return client.read_flow_run(run.id)

    def shown(self) -> list[str]:
        """Return what the fields of the form hold, from the top."""
        read = "return [...document.querySelectorAll('form textarea, form input, form select')].map(field => field.value)"
        return [str(value) for value in self.browser.execute_script(read)]

    def _asked(self) -> Any:
        before = _newest()

        def is_new(found: Any) -> bool:
            return found is not None and (before is None or found.id != before.id)

        turned_away = 0

        def answer() -> Any:
            # a server on SQLite turns a request away while another is written; the page says so, and a person submits again
            nonlocal turned_away
            found = _newest()
            told, submit = self.browser.find_elements("css selector", _TURNED_AWAY), self.browser.find_elements("xpath", _SUBMIT)
            turned_away = turned_away + 1 if told and submit and not is_new(found) else 0
            if turned_away > _LOOKS:
                self.browser.execute_script("arguments[0].click(); arguments[1].click()", told[0], submit[0])  # by hand: it slides in
                turned_away = 0
            return found

        self.browser.find_element("xpath", _SUBMIT).click()
        run = until(answer, is_new)
        assert is_new(run), self.browser.find_element("tag name", "body").text
        return run

    def work(self, run: Any) -> Any:
        """Let a worker do what there is for one, and return the run as it stands then."""
        words = [sys.executable, "-m", "prefect", "worker", "start", "--pool", "proofloop", "--run-once", "--install-policy", "never"]
        worker = subprocess.run(words, cwd=ROOT, env=self.environ, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
        with prefect_client() as client:
            found = client.read_flow_run(run.id)
        assert found.state.is_final() or found.state.is_paused(), worker.stdout + worker.stderr
        return found

    def look(self, path: Path) -> None:
        """Save a picture of the whole page, however long it is."""
        longest = "return Math.max(...[...document.querySelectorAll('*')].map(part => part.scrollHeight))"
        self.browser.set_window_size(WIDTH, SHORTEST)  # a page is at least as long as its window
        self.browser.set_window_size(WIDTH, int(self.browser.execute_script(longest)) + 200)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.browser.save_screenshot(str(path))
        self.browser.set_window_size(WIDTH, HEIGHT)

    def _texts(self, part: str, within: WebElement | None) -> list[str]:
        # one question, answered at one moment: the page renders a field anew while its neighbours are asked one by one
        read = "return [...(arguments[0] || document).querySelectorAll(arguments[1])].map(part => part.innerText.trim())"
        return [str(text) for text in self.browser.execute_script(read, within, part)]

    def _has(self, title: str, within: WebElement) -> bool:
        asked = (title, f"{title} (Optional)")
        return title in until(lambda: self.titles(within), lambda titles: any(each in titles for each in asked))

    def _put(self, field: WebElement, value: Any) -> None:
        if isinstance(value, Mapping):
            self.fill(value, field)
        elif isinstance(value, list):
            for item in value:
                self._put(_new_item(field), item)
        elif field.find_elements("css selector", ".schema-form-property-date-time"):
            self._write_as_json(field, f'"{value}"')
        elif field.find_elements("css selector", "select"):
            _choose(field, value)
        elif days := field.find_elements("css selector", "input[type=date]"):
            days[0].send_keys(f"{date.fromisoformat(value):%m%d%Y}")
        else:
            _type(field, str(value))

    def _write_as_json(self, field: WebElement, text: str) -> None:
        """Type the exact value: without a mouse the page offers a day and no time of day."""
        field.find_element("css selector", ".schema-form-property-menu button").click()
        offered = '//*[contains(@class,"p-overflow-menu-item")][normalize-space(.)="Use JSON input"]'
        until(lambda: self.browser.find_elements("xpath", offered), bool)[0].click()
        until(lambda: field.find_elements("css selector", ".schema-form-property-kind-json textarea"), bool)[0].send_keys(text)


def artifact_of(run: Any, key: str = "") -> Any:
    """Return the page that a run left; the one of a key where it left several."""
    with prefect_client() as client:
        (found,) = [each for each in client.read_artifacts() if each.flow_run_id == run.id and key in {"", each.key}]
    return found


def prefect_client() -> Any:
    """Return a client of the server that this process is pointed at."""
    from prefect.client.orchestration import get_client

    return get_client(sync_client=True)


def until(ask: Callable[[], T], is_there: Callable[[T], bool]) -> T:
    """Ask until what is wanted is there; the last answer after the deadline."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    found = ask()
    while not is_there(found) and time.monotonic() < deadline:
        time.sleep(PAUSE_SECONDS)
        found = ask()
    return found


def _type(field: WebElement, text: str) -> None:
    """Put the whole text in at once, as if pasted: on a busy machine the page renders a field anew between two keys, and loses some."""
    paste = """
        const [into, text] = arguments;
        Object.getOwnPropertyDescriptor(Object.getPrototypeOf(into), 'value').set.call(into, text);
        into.dispatchEvent(new Event('input', {bubbles: true}));
        into.dispatchEvent(new Event('change', {bubbles: true}));
    """

    def typed() -> str:
        into = field.find_element("css selector", "textarea, input")
        if into.get_attribute("value") != text:
            field.parent.execute_script(paste, into, text)
        return str(into.get_attribute("value"))

    until(typed, lambda there: there == text)


def _choose(field: WebElement, value: str) -> None:
    from selenium.webdriver.support.ui import Select

    Select(field.find_element("css selector", "select")).select_by_value(value)


def _new_item(field: WebElement) -> WebElement:
    """Add an item to a list; the list's own button comes after those of lists inside its items."""
    items = './/div[contains(concat(" ",@class," ")," schema-form-property-array-item ")]'
    before = len(field.find_elements("xpath", items))
    field.find_elements("xpath", './/button[normalize-space(.)="Add item"]')[-1].click()
    return until(lambda: field.find_elements("xpath", items), lambda found: len(found) > before)[-1]


def _newest() -> Any:
    with prefect_client() as client:
        runs = [run for run in client.read_flow_runs() if not run.auto_scheduled]
    return max(runs, key=lambda run: run.created, default=None)

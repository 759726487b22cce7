"""The fraud filter's issue from five years of real complaints, worked by the Prefect forms in a browser, against real servers.

Put here what the forms have to carry; the documents, the people and the end that is expected are those of ``work.py``. Every step is filled
in and submitted in Chromium and carried out by a worker, the approvals with signatures that were made on the command line. Run by
``make real WHAT=forms`` after ``make real WHAT=triage``; prints what each step came to and leaves a picture of each form, of what it left
and of a refused run in ``build/real/forms``. Exits 1 when the issue does not end as it should, 0 with a message where there is no replay.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from tests import forms
from tests.browser import start_chromium
from tests.prefect_server import start_server
from tests.real import work
from tests.real.complaints import FILE
from tests.versions.servers import serving

FOLDER = work.BUILD / "forms"


@dataclass(frozen=True, slots=True)
class Pages:
    """The forms of one issue, and the command line beside them."""

    desk: forms.Desk
    shell: work.Desk

    def take(self, row: str, step: str, by: str, role: str, document: Mapping[str, Any]) -> tuple[str, str]:
        """Take a step by its form; return its row and how it ended, and leave pictures of the form and of the page of the run."""
        self.desk.open_form(f"issue-{step}")
        self.desk.write("Issue", self.shell.issue)
        self.desk.write("Your name", by)
        self.desk.choose("You act as", role)
        self.desk.fill(document, self.desk.browser.find_element("css selector", ".schema-form-property-object"))
        self.desk.look(FOLDER / f"{row}-form.png")
        run = self.desk.submit()
        self._look_at(row, run)
        state = self.shell.say("issue", "show", self.shell.issue)["issue"]["state"]
        return row, f"{run.state.name}, {state}"

    def approve(self, role: str, name: str) -> tuple[str, str]:
        """Hand a signed approval in by pasting the request and the signature."""
        request = self.shell.sign(role, name)
        pasted = {"action": "plan", "request": request.read_text(), "signature": Path(f"{request}.sig").read_text()}
        return self.take(f"approve-{role}", "approve", name, role, pasted)

    def _look_at(self, row: str, run: Any) -> None:
        left = forms.artifact_of(run)
        self.desk.see(f"artifacts/artifact/{left.id}", ".artifact-page, article.markdown-renderer")
        self.desk.look(FOLDER / f"{row}-left.png")
        if run.state.name == "Refused":
            self.desk.see(f"runs/flow-run/{run.id}", ".flow-run-logs, .p-tabs")
            self.desk.look(FOLDER / f"{row}-run.png")


def main() -> int:
    """Work the issue by its forms and print what each step came to; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    if missing := _missing(parser.parse_args().data):
        print(f"skipped: {missing}")
        return 0
    began = time.monotonic()
    shutil.rmtree(FOLDER, ignore_errors=True)
    root = (FOLDER / "bank").absolute()
    work.copy_replay(root)
    with ExitStack() as open_until_the_end:
        work.follow_mlflow(root, open_until_the_end.enter_context(serving(root / "mlflow")).uri)
        desk = open_until_the_end.enter_context(_a_desk(root))
        pages = Pages(desk, work.Desk(root, work.issue_of(root)))
        for row, came_to in _worked(pages):
            print(f"{row:<24} {came_to}", flush=True)
        code = work.judge_end(pages.shell)
    print(f"took {time.monotonic() - began:.0f} seconds; the pictures are in {FOLDER}")
    return code


def _missing(data: Path) -> str:
    if not (work.BUILD / "triage/.state").is_dir() or not (data / FILE).is_file():
        return "there is no replay to go on from; run `make real WHAT=triage` where the data are"
    if not shutil.which("chromium") or not shutil.which("chromedriver"):
        return "chromium and chromedriver are not installed"
    return ""


def _worked(pages: Pages) -> Iterator[tuple[str, str]]:
    lead, owner, product = (work.LEAD, "operations_lead"), (work.OWNER, "model_owner"), (work.PRODUCT, "product_owner")
    soon, later = ((datetime.now(UTC) + timedelta(days=days)).strftime(work.DAY) for days in (14, 21))
    assigned = work.assignment(soon)
    yield pages.take("assign-in-a-wrong-role", "assign", work.PRODUCT, "frontline_champion", assigned)
    yield pages.take("assign", "assign", *product, assigned)
    yield pages.take("contain", "contain", *lead, work.containment() | {"evidence": ["CHG-1000"]})
    yield pages.take("root-cause", "root-cause", *product, _read(work.ROOT_CAUSE))
    yield pages.take("plan", "plan", *lead, _read(work.PLAN.format(soon=soon, later=later)))
    for role, name in work.APPROVERS.items():
        yield pages.approve(role, name)
    yield pages.take("link-version-2", "link-change", *owner, _read(work.MODEL))
    yield pages.take("link-the-weekly-check", "link-change", *lead, _read(work.WORKFLOW))
    yield pages.take("implement", "implement", *owner, work.implementation())


def _read(text: str) -> dict[str, Any]:
    """Return a document as it is typed: `yes` is a word, and a day is what is written in a calendar."""
    document: dict[str, Any] = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - the safest loader: everything is text
    return document


@contextmanager
def _a_desk(root: Path) -> Iterator[forms.Desk]:
    """Serve Prefect's pages, deploy the workspace to them, and open a browser."""
    run = root / "prefect"
    run.mkdir()
    quiet = {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false", "DO_NOT_TRACK": "true"}
    os.environ.update(PREFECT_HOME=str(run / "home"), **quiet)
    server = start_server(run)
    api = os.environ["PREFECT_API_URL"] = str(server["url"])
    from prefect.settings import PREFECT_API_URL, temporary_settings

    browser = start_chromium(run / "browser")
    browser.set_window_size(forms.WIDTH, forms.HEIGHT)
    try:
        deploy = [sys.executable, "-m", "deployments.cli.main", "--workspace", str(root), "deploy"]
        subprocess.run(deploy, check=True, capture_output=True)
        with temporary_settings(updates={PREFECT_API_URL: api}):
            yield forms.Desk(browser, api.removesuffix("/api"), dict(os.environ))
    finally:
        browser.quit()
        with suppress(ProcessLookupError):
            os.killpg(int(str(server["pid"])), signal.SIGKILL)  # nothing of it is kept


if __name__ == "__main__":
    sys.exit(main())

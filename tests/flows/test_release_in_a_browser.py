"""A release from its form to the version in force, as a release lead walks it in Chromium: a real Prefect server, a worker, real keys."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import chromium
from tests.evaluated_bank import BETTER
from tests.flows.workspaces import FRAUD
from tests.forms import HEIGHT, ROOT, WIDTH, Desk, prefect_client, until
from tests.released_bank import PROPOSER, SIGNERS, ReleasedBank, a_released_bank, command
from tests.switched_bank import SwitchedBank

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

__all__ = ["chromium"]

SAID = {
    "change": "The filter is retrained on the purchases of February",
    "affected_population": "Everybody who pays with a card of the bank in a shop or on the web",
    "made_by": ["mia@bank.example"],
    "rollback_plan": "The operations lead records version v1 again and has it deployed when held purchases double within a day",
}


class Archive(SimpleHTTPRequestHandler):
    """Serves the archive as a bank's own web server would."""

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@dataclass(frozen=True, slots=True)
class ReleaseDesk(Desk):
    """The bank whose filter is released, its archive served over http, deployed to the server."""

    bank: ReleasedBank

    def sign(self, capsys: pytest.CaptureFixture[str], release: str, role: str) -> None:
        """Sign a release off as the run's page says: ask, sign with ssh-keygen, record."""
        file = self.bank.root / f"request-{role}.json"
        asked = command(capsys, self.bank, "request", release, "--by", SIGNERS[role], "--role", role, "--out", file)
        assert asked.code == 0, asked.err
        self.bank.sign(file, SIGNERS[role], role)
        signed = command(capsys, self.bank, "sign", release, "--request", file)
        assert signed.code == 0, signed.out + signed.err

    def resume(self, run: Any) -> Any:
        """Press Resume in the page of the run, let a worker take it up, and return the run."""
        self.see_run(run, "Suspended")
        for word in ("Resume", "Submit"):
            until(lambda word=word: self.browser.find_elements("xpath", f'//button[normalize-space(.)="{word}"]'), bool)[0].click()
        with prefect_client() as client:
            until(lambda: client.read_flow_run(run.id), lambda found: not found.state.is_paused())
        return self.work(run)

    def see_run(self, run: Any, state: str) -> None:
        """Open the page of the run, and see the state that it says."""
        self.see(f"runs/flow-run/{run.id}", ".p-tabs")
        badge = f'//*[contains(@class,"state-badge")][normalize-space(.)="{state}"]'
        assert until(lambda: self.browser.find_elements("xpath", badge), bool), self.browser.find_element("tag name", "body").text


@pytest.fixture(scope="module")
def desk(own_prefect_api: str, chromium: Chrome, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReleaseDesk]:
    root = tmp_path_factory.mktemp("desk")
    archive = ThreadingHTTPServer(("127.0.0.1", 0), partial(Archive, directory=root / "bank/.state/archive"))
    threading.Thread(target=archive.serve_forever, daemon=True).start()
    bank = a_released_bank(root, more_settings=f"archive_address: http://127.0.0.1:{archive.server_port}")
    environ = {**os.environ, "PREFECT_API_URL": own_prefect_api, "PREFECT_LOGGING_TO_API_ENABLED": "true"}
    chromium.set_window_size(WIDTH, HEIGHT)
    words = [sys.executable, "-m", "deployments.cli.main", "--workspace", str(bank.root), "deploy"]
    done = subprocess.run(words, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    yield ReleaseDesk(chromium, own_prefect_api.removesuffix("/api"), environ, bank)
    archive.shutdown()
    archive.server_close()


def test_a_release_waits_for_its_signers_and_is_in_force_once_they_signed_and_somebody_resumed_it(
    desk: ReleaseDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.open_form("release")
    titles = ("AI system", "Candidate", "Your name", "You act as", "Release", "Change", "Affected population", "Made by", "Rollback plan")
    assert desk.titles()[: len(titles)] == list(titles)
    assert len(desk.helps()) == len(desk.titles()) and all(desk.helps())
    for title, text in (("AI system", FRAUD), ("Candidate", BETTER), ("Your name", PROPOSER)):
        desk.write(title, text)
    desk.choose("You act as", "model_owner")
    desk.fill(SAID, desk.field("Release"))
    run = desk.submit()
    assert run.state.name == "Suspended", run.state
    (release,) = desk.bank.releases()
    desk.see_run(run, "Suspended")
    (waits,) = artifacts_of(run, "release-next")
    for person in SIGNERS.values():
        assert f"release request {release.release_id} --by {person}" in waits.data
    desk.see(f"artifacts/artifact/{waits.id}", ".artifact-page, article.markdown-renderer")

    desk.sign(capsys, release.release_id, "product_owner")
    run = desk.resume(run)
    assert run.state.name == "Suspended", "resuming signs nothing"
    assert "waits for sign-off: governance lead" in artifacts_of(run, "release-next")[-1].data
    assert SwitchedBank(desk.bank.bank).switches == ()

    desk.sign(capsys, release.release_id, "governance_lead")
    run = desk.resume(run)
    assert run.state.name == "Completed", run.state
    (made,) = SwitchedBank(desk.bank.bank).switches
    assert (made.release_id, made.to_version, made.by, made.read_back) == (release.release_id, BETTER, PROPOSER, BETTER)
    assert len(desk.bank.releases()) == 1
    desk.see_run(run, "Completed")

    (report,) = artifacts_of(run, "release-report")
    desk.see(f"artifacts/artifact/{report.id}", 'a[href$="report.html"]')
    desk.browser.get(str(desk.browser.find_element("css selector", 'a[href$="report.html"]').get_attribute("href")))
    assert release.release_id in desk.browser.title


def artifacts_of(run: Any, key: str) -> list[Any]:
    """Return what a run shows in its page under a key, oldest first."""
    with prefect_client() as client:
        found = [each for each in client.read_artifacts() if each.flow_run_id == run.id and each.key == key]
    return sorted(found, key=lambda each: each.created)

"""The gate as a Prefect run: a FAIL is a completed run that shows its page, and an outage is tried again by the server's own means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.errors import ConfigurationError, SourceUnavailableError
from tests.evaluated_bank import BETTER, WORSE, an_evaluated_bank, gate
from tests.flows.workspaces import Bank


@pytest.fixture
def bank(prefect_api: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bank:
    """A bank whose runs are Prefect's, and whose retries wait for nothing."""
    from tasks import gate_reading

    monkeypatch.setenv("PREFECT_API_URL", prefect_api)
    monkeypatch.setattr(gate_reading.read_evaluation, "retry_delay_seconds", 0)
    return an_evaluated_bank(tmp_path / "bank")


def test_a_fail_is_a_completed_run_that_shows_why(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    links: list[dict[str, Any]] = []
    monkeypatch.setattr("prefect.artifacts.create_markdown_artifact", lambda markdown, **_: shown.append(markdown))
    monkeypatch.setattr("prefect.artifacts.create_link_artifact", lambda link, **told: links.append({"link": link, **told}))
    result = gate(bank, WORSE)
    assert (result.decision.verdict, result.seal) == (Verdict.FAIL, 1)
    assert "FAIL: hold" in shown[0] and "channel=web" in shown[0]
    assert links[0]["link"].endswith("/000001/report.html")


def test_an_outage_is_tried_again(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = failing(monkeypatch, failures=1)
    assert (gate(bank, BETTER).decision.verdict, len(attempts)) == (Verdict.PASS, 2)


def test_an_outage_that_lasts_is_no_decision(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = failing(monkeypatch, failures=9)
    with pytest.raises(SourceUnavailableError):
        gate(bank, BETTER)
    assert (len(attempts), list(bank.ledger.read_events(0, (EventKind.GATE_DECIDED,)))) == (4, [])


def test_a_version_that_names_nothing_fails_the_run_with_the_nearest_names(bank: Bank) -> None:
    with pytest.raises(ConfigurationError, match="like 'v1'"):
        gate(bank, "v9")


def failing(monkeypatch: pytest.MonkeyPatch, failures: int) -> list[int]:
    """Let the first ``failures`` readings of the set fail; returns the list that every one is added to."""
    from tasks import gate_reading

    attempts: list[int] = []
    read = gate_reading.read_evaluation_set

    def reading(*arguments: Any) -> Any:
        attempts.append(len(attempts))
        if len(attempts) <= failures:
            raise SourceUnavailableError("share: expected an answer, found none; it may come back")
        return read(*arguments)

    monkeypatch.setattr(gate_reading, "read_evaluation_set", reading)
    return attempts

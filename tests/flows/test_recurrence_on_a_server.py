"""The recurrence monitoring as a Prefect run: the same answer, shown in the page, and an outage tried again by the server's own means."""

from __future__ import annotations

from typing import Any

import pytest

from registry.domain.recurrence import Outcome
from registry.errors import SourceUnavailableError
from tests.fixed_bank import WINDOW_FROM, FixedBank, bank, fixed
from tests.flows.ledger_bytes import assert_sound

__all__ = ["bank", "fixed"]


@pytest.fixture
def triaged(bank: FixedBank) -> FixedBank:
    """A bank whose triage ran inline, before there is a server to talk to."""
    bank.triage(WINDOW_FROM)
    return bank


@pytest.fixture
def served(triaged: FixedBank, prefect_api: str, monkeypatch: pytest.MonkeyPatch) -> FixedBank:
    """Let a run be Prefect's, and its retries wait for nothing."""
    from tasks import recurrence_exposure

    monkeypatch.setenv("PREFECT_API_URL", prefect_api)
    monkeypatch.setattr(recurrence_exposure.read_source_exposure, "retry_delay_seconds", 0)
    return triaged


def test_an_outage_is_tried_again_and_the_run_shows_what_it_found(served: FixedBank, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    monkeypatch.setattr("prefect.artifacts.create_markdown_artifact", lambda markdown, **_: shown.append(markdown))
    attempts = _failing(monkeypatch, failures=1)
    result = served.watch(WINDOW_FROM)
    (window,) = result.decision.windows
    assert (window.outcome, len(attempts), result.exposures[0].reason) == (Outcome.WATCHING, 2, "")
    assert f"recurrence windows of {WINDOW_FROM.day} Mar 2026" in shown[0]
    assert served.watch(WINDOW_FROM).repeated
    assert_sound(served)


def test_an_outage_that_lasts_is_told_and_is_no_silence(served: FixedBank, monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = _failing(monkeypatch, failures=9)
    result = served.watch(WINDOW_FROM)
    (window,) = result.decision.windows
    assert len(attempts) == 4
    assert "expected an answer, found none" in result.exposures[0].reason
    assert window.outcome is not Outcome.CLEAN


def _failing(monkeypatch: pytest.MonkeyPatch, failures: int) -> list[int]:
    """Let the first ``failures`` countings fail; returns the list that every one is added to."""
    from tasks import recurrence_exposure

    attempts: list[int] = []
    read = recurrence_exposure.read_exposures

    def reading(*arguments: Any) -> Any:
        attempts.append(len(attempts))
        if len(attempts) <= failures:
            raise SourceUnavailableError("share: expected an answer, found none; it may come back")
        return read(*arguments)

    monkeypatch.setattr(recurrence_exposure, "read_exposures", reading)
    return attempts

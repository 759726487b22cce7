"""The retraining triggers as a Prefect run: the same answer, shown in the page, and an outage tried again by the server's own means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from registry.domain.decision import Verdict
from registry.errors import SourceUnavailableError
from tests.flows.ledger_bytes import assert_sound
from tests.flows.watched import CARDS, MARCH, a_watch


@pytest.fixture
def served(prefect_api: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a run be Prefect's, and its retries wait for nothing."""
    from tasks import profiles

    monkeypatch.setenv("PREFECT_API_URL", prefect_api)
    monkeypatch.setattr(profiles.read_shard, "retry_delay_seconds", 0)


@pytest.mark.usefixtures("served")
def test_an_outage_is_tried_again_and_the_run_shows_what_it_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tasks import profiles

    shown: list[Any] = []
    monkeypatch.setattr("prefect.artifacts.create_markdown_artifact", lambda markdown, **_: shown.append(markdown))
    attempts = _failing(monkeypatch, profiles, failures=1)
    watch = a_watch(tmp_path / "watch", systems=[CARDS])
    result = watch.run(MARCH)
    assert (result.decision.verdict, result.seal, len(attempts)) == (Verdict.PASS, 1, 2)
    assert "retraining triggers of 1 Mar 2026" in shown[0]
    assert_sound(watch)


@pytest.mark.usefixtures("served")
def test_an_outage_that_lasts_is_a_finding_after_the_last_attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tasks import profiles

    attempts = _failing(monkeypatch, profiles, failures=9)
    result = a_watch(tmp_path / "watch", systems=[CARDS]).run(MARCH)
    assert (result.decision.verdict, len(attempts)) == (Verdict.INCONCLUSIVE, 4)
    assert "expected an answer, found none" in result.decision.days[0].reason


def _failing(monkeypatch: pytest.MonkeyPatch, profiles: Any, failures: int) -> list[int]:
    """Let the first ``failures`` freezings fail; returns the list that every one is added to."""
    attempts: list[int] = []
    freeze = profiles.freeze_reference

    def reading(*arguments: Any) -> Any:
        attempts.append(len(attempts))
        if len(attempts) <= failures:
            raise SourceUnavailableError("share: expected an answer, found none; it may come back")
        return freeze(*arguments)

    monkeypatch.setattr(profiles, "freeze_reference", reading)
    return attempts

"""The closure verification as a Prefect run: the same answer, shown in the page, made once for a date."""

from __future__ import annotations

from typing import Any

import pytest

from registry.domain.decision import Verdict
from tests.closed_bank import CLEAN_ON, ClosedBank, bank, settled
from tests.flows.ledger_bytes import assert_sound

__all__ = ["bank", "settled"]


@pytest.fixture
def served(bank: ClosedBank, prefect_api: str, monkeypatch: pytest.MonkeyPatch) -> ClosedBank:
    monkeypatch.setenv("PREFECT_API_URL", prefect_api)
    return bank


def test_a_run_shows_its_closures_and_is_made_once(served: ClosedBank, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    monkeypatch.setattr("prefect.artifacts.create_markdown_artifact", lambda markdown, **_: shown.append(markdown))
    result = served.judge_closures(CLEAN_ON)
    (closure,) = result.decision.closures
    assert (closure.verdict, result.judged[0].bundle_digest != "") == (Verdict.PASS, True)
    assert f"closures of {CLEAN_ON.day} Apr 2026" in shown[0]
    assert served.judge_closures(CLEAN_ON).repeated
    assert_sound(served)

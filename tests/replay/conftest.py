"""One busy history for all replay tests: they read it, and change copies only."""

from __future__ import annotations

import pytest

from tests.replay.busy_history import BusyHistory, a_busy_history


@pytest.fixture(scope="session")
def busy(tmp_path_factory: pytest.TempPathFactory) -> BusyHistory:
    return a_busy_history(tmp_path_factory.mktemp("busy"))

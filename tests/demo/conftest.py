"""One whole demonstration for all tests of its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployments.demo.generator import deliver_day, replay_days, write_workspace


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("whole")
    write_workspace(root)
    for day in replay_days():
        deliver_day(root, day)
    return root

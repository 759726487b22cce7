"""One bank with a plan that waits, made once for each worker; tests change a copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.approvals.scenes import PEOPLE, Scene, copied, planned


@pytest.fixture(scope="session")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Return the bank whose plan nobody approved. Not to be changed."""
    return planned(tmp_path_factory.mktemp("waiting"))


@pytest.fixture(scope="session")
def done(waiting: Scene, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Return the bank whose plan everybody approved. Not to be changed."""
    scene = copied(waiting, tmp_path_factory.mktemp("done"))
    assert [scene.approve(role) for role in PEOPLE] == [0, 0, 0]
    return scene


@pytest.fixture
def scene(waiting: Scene, tmp_path: Path) -> Scene:
    """Return a bank of the test's own whose plan nobody approved."""
    return copied(waiting, tmp_path)

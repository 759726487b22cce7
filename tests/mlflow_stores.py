"""Fixtures of MLflow for tests of switches: a registry in a file of one's own, and a real server.

Put here how a test gets a registry that it may write to. Making one takes ten seconds, copying it none.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.switched_bank import SwitchedBank, a_switched_bank, copied_store, register_versions
from tests.versions.servers import MlflowServer, serving


@pytest.fixture(scope="session")
def fraud_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a registry with three versions of the fraud model; it is copied, never written to."""
    path = tmp_path_factory.mktemp("fraud_store") / "mlflow.db"
    register_versions(f"sqlite:///{path}")
    return path


@pytest.fixture
def store(fraud_store: Path, tmp_path: Path) -> str:
    """The address of a registry of this test's own."""
    return copied_store(fraud_store, tmp_path)


@pytest.fixture
def switched(store: str, tmp_path: Path) -> SwitchedBank:
    """The bank whose fraud filter is in MLflow, version 1 as champion."""
    return a_switched_bank(tmp_path / "bank", store)


@pytest.fixture(scope="session")
def fraud_server(fraud_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    """A real server over a copy of that registry."""
    folder = tmp_path_factory.mktemp("fraud_server")
    copied_store(fraud_store, folder)
    with serving(folder) as started:
        yield started

"""What holds for every test: nothing leaves the machine, nothing starts a server unasked, and a failure can be replayed.

Put here settings that every test needs. Fixtures belong to the folder of the tests that use them.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import settings

# read by the libraries at import, so they must stand before any test module is loaded
os.environ.update(
    DO_NOT_TRACK="true",
    MLFLOW_DISABLE_TELEMETRY="true",
    PREFECT_SERVER_ANALYTICS_ENABLED="false",
    GX_ANALYTICS_ENABLED="false",
    PREFECT_SERVER_ALLOW_EPHEMERAL_MODE="false",  # a forgotten fixture fails at once instead of starting a server
    PREFECT_LOGGING_TO_API_ENABLED="false",
    PREFECT_LOGGING_LEVEL="ERROR",
    MLFLOW_HTTP_REQUEST_MAX_RETRIES="2",
    MLFLOW_HTTP_REQUEST_TIMEOUT="10",
    MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR="1",
)
for inherited in ("PREFECT_API_URL", "PROOFLOOP_WORKSPACE", "MLFLOW_TRACKING_URI"):
    os.environ.pop(inherited, None)

# one folder a session, made by the first process and shared by all xdist workers
MADE_HERE = "PROOFLOOP_TEST_RUN" not in os.environ
if MADE_HERE:
    os.environ["PROOFLOOP_TEST_RUN"] = tempfile.mkdtemp(prefix="proofloop-tests-")
os.environ["PREFECT_HOME"] = str(Path(os.environ["PROOFLOOP_TEST_RUN"]) / "prefect")

settings.register_profile("proofloop", deadline=None, print_blob=True)
# `make check` runs the core after every edit: fewer examples there, all of them in `make test`.
settings.register_profile("quick", settings.get_profile("proofloop"), max_examples=10)
settings.load_profile("proofloop")

SLOW, FAST = {"flows"}, {"domain", "checks"}
"""Folders whose files take longest and shortest: with the long ones first and the short ones last both processes end at about one time."""

MAY_BE_ABSENT = "../shared/data"
"""The only thing that a CI machine may lack: the real data are not part of the project."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: (SLOW.isdisjoint(item.path.parts), not FAST.isdisjoint(item.path.parts)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skipped test is a failed one: a missing browser or database must not look like a pass."""
    report = yield
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail") and MAY_BE_ABSENT not in str(report.longrepr):
        report.outcome = "failed"
        report.longrepr = f"CI must not skip: {report.longrepr}"
    return report


def pytest_sessionfinish() -> None:
    run = Path(os.environ["PROOFLOOP_TEST_RUN"])
    if not MADE_HERE or not run.exists():
        return
    server = run / "server.json"  # noted by tests/flows/conftest.py when a test asked for a server
    if server.exists():
        with suppress(ProcessLookupError):
            os.killpg(json.loads(server.read_text())["pid"], signal.SIGKILL)  # nothing of it is kept
    shutil.rmtree(run, ignore_errors=True)

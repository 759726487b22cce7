"""Nothing is looked up on the network: the settings that switch reporting off are set, and they work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import socket, sys
asked = []
def refuse(host, *rest, **named):
    asked.append(str(host))
    raise socket.gaierror(f"no look-ups here: {host}")
socket.getaddrinfo = socket.gethostbyname = refuse

import pandas, prefect, great_expectations
import great_expectations.expectations as expectations
from mlflow import MlflowClient

batch = (
    great_expectations.get_context(mode="ephemeral").data_sources.add_pandas("rows").add_dataframe_asset("rows")
    .add_batch_definition_whole_dataframe("rows").get_batch(batch_parameters={"dataframe": pandas.DataFrame({"id": [1, 2]})})
)
assert batch.validate(expectations.ExpectColumnValuesToBeUnique(column="id")).success
client = MlflowClient(f"sqlite:///{sys.argv[1]}/mlflow.db")
client.create_registered_model("fraud_filter")
assert prefect.flow(lambda: 1).fn() == 1
print(asked)
"""


CHARTS = """
import pathlib, socket, sys
asked = []
def refuse(host, *rest, **named):
    asked.append(str(host))
    raise socket.gaierror(f"no look-ups here: {host}")
socket.getaddrinfo = socket.gethostbyname = refuse

from registry.domain.drift_sample import ColumnKind, Sample, SampleColumn
from reports.drift_report import render_drift_report

sample = Sample("all", (SampleColumn("score", ColumnKind.NUMBER, (0.1, 0.2, 0.3)),))
assert not render_drift_report(sample, sample, title="Score").left_out
print(asked, sorted(path.name for path in pathlib.Path.home().rglob("*") if path.is_file()))
"""


def test_drawing_charts_looks_up_no_host_and_leaves_no_file_whatever_the_environment_says(tmp_path: Path) -> None:
    environment = {name: text for name, text in os.environ.items() if name != "DO_NOT_TRACK"}
    environment |= {"HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", CHARTS], capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines()[-1] == "[] []"


def test_the_libraries_look_up_no_host(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_command_line_switches_reporting_off_unless_told_otherwise() -> None:
    from deployments.cli.running import QUIET

    assert {name: os.environ[name] for name in QUIET if name in os.environ}.items() <= QUIET.items()
    assert {"DO_NOT_TRACK", "GX_ANALYTICS_ENABLED", "MLFLOW_DISABLE_TELEMETRY", "PREFECT_SERVER_ANALYTICS_ENABLED"} <= set(QUIET)

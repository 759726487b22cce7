"""Every entry of ``prefect.yaml`` loads, and its names, parameters and times follow the house's rules."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from prefect.utilities.callables import parameter_schema

from tasks.engine import REFUSED
from tests.architecture.project import ROOT

PROJECT: dict[str, Any] = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
DEPLOYMENTS: list[dict[str, Any]] = PROJECT["deployments"]
NAMES = [deployment["name"] for deployment in DEPLOYMENTS]
QUIET = {
    "DO_NOT_TRACK": "true",
    "GX_ANALYTICS_ENABLED": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
}


def test_there_are_deployments_and_each_has_a_name_of_its_own() -> None:
    assert NAMES and len(set(NAMES)) == len(NAMES)


def test_every_flow_of_the_house_is_deployed() -> None:
    flows = {path.stem for path in (ROOT / "flows").glob("*.py") if "@flow" in path.read_text(encoding="utf-8")}
    assert flows == {entrypoint(deployment)[0].rpartition(".")[2] for deployment in DEPLOYMENTS}


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=NAMES)
def test_file_function_flow_and_deployment_have_one_name(deployment: dict[str, Any]) -> None:
    module, function = entrypoint(deployment)
    flow = getattr(import_module(module), function)
    assert (module, flow.name) == (f"flows.{function}", deployment["name"])
    assert deployment["name"] == function.replace("_", "-")


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=NAMES)
def test_the_parameters_are_those_of_the_flow(deployment: dict[str, Any]) -> None:
    module, function = entrypoint(deployment)
    flow = getattr(import_module(module), function)
    parameters = inspect.signature(flow.fn).parameters
    given = deployment.get("parameters") or {}
    assert set(given) <= set(parameters)
    required = {name for name, parameter in parameters.items() if parameter.default is inspect.Parameter.empty}
    assert not deployment.get("schedules") or required <= set(given), "a scheduled run has nobody to fill in a form"
    if required <= set(given):
        flow.validate_parameters(given)


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=NAMES)
def test_a_form_explains_every_parameter_and_the_list_says_what_it_is_for(deployment: dict[str, Any]) -> None:
    module, function = entrypoint(deployment)
    schema = parameter_schema(getattr(import_module(module), function))
    named = {f"#/definitions/{name}": definition for name, definition in schema.definitions.items()}
    explained = [named.get(field.get("$ref", ""), {}) | field for field in schema.properties.values()]
    assert [field["title"] for field in explained if not field.get("description")] == []
    assert len(deployment["description"].strip()) > 40
    assert deployment["tags"][0] == "proofloop"


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=NAMES)
def test_schedules_have_slugs_stay_out_of_the_night_and_never_reactivate(deployment: dict[str, Any]) -> None:
    for schedule in deployment.get("schedules") or ():
        minute, hour = schedule["cron"].split()[:2]
        assert minute.isdigit() and 4 <= int(hour) <= 23, "days change length between 00:00 and 04:00"
        assert schedule["slug"]
        assert "active" not in schedule, "true would switch on again what an operator paused"
        assert schedule["timezone"] == "{{ $PROOFLOOP_TIMEZONE }}" or ZoneInfo(schedule["timezone"])


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=NAMES)
def test_a_scheduled_flow_runs_once_at_a_time_and_a_persons_step_is_never_cancelled(deployment: dict[str, Any]) -> None:
    limit = deployment.get("concurrency_limit")
    waits = {"limit": 1, "collision_strategy": "ENQUEUE"}
    assert limit in ([{"limit": 1, "collision_strategy": "CANCEL_NEW"}] if deployment.get("schedules") else [None, waits])


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=NAMES)
def test_nothing_is_told_to_anyone(deployment: dict[str, Any]) -> None:
    assert QUIET.items() <= deployment["work_pool"]["job_variables"]["env"].items()


def test_a_run_that_was_refused_is_not_taken_for_one_that_died() -> None:
    """Prefect names the event of a run's end after its state, and the automation waits for every end there is."""
    automations = yaml.safe_load((ROOT / "deployments/automations/crashed-runs.yaml").read_text(encoding="utf-8"))["automations"]
    assert f"prefect.flow-run.{REFUSED}" in automations[0]["trigger"]["expect"]


def entrypoint(deployment: dict[str, Any]) -> tuple[str, str]:
    file, _, function = deployment["entrypoint"].partition(":")
    return file.removesuffix(".py").replace("/", "."), function

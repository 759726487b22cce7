"""Running the team's own training deployment in Prefect, for a request and after a person said so.

Put tasks here that ask Prefect about that deployment or run it. Whether it may be run is ``checks/training_start.py``; what it does is the
team's business, and nothing it makes is promoted by this program.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from registry.domain.trigger_acts import ActPlan, ActResult, KnownRequest, TrainingTarget, find_requests
from registry.errors import TrainingUnavailableError
from tasks.engine import has_server, task


@task
def read_training_target(plan: ActPlan, requests: Sequence[KnownRequest]) -> TrainingTarget | None:
    """Return the training deployment of the request's system as Prefect knows it; None where the catalogue names none.

    Raises:
        TrainingUnavailableError: Prefect does not answer (retried).
    """
    watched = [plan.watching(one.system_id) for one in find_requests(plan.document.request, requests)]
    name = next((one.monitoring.training_deployment for one in watched if one), "")
    if not name:
        return None
    if not has_server():
        remedy = "name one in PREFECT_API_URL, or start `training-start` from its page; or train by hand, then close the request"
        return TrainingTarget(name, f"expected a Prefect server that runs {name}, found none", remedy)
    return _known_to_prefect(name)


@task
def start_training_run(result: ActResult, target: TrainingTarget) -> ActResult:
    """Run the deployment for the request, and say which run it is. Safe to retry: Prefect makes one run of one request.

    Raises:
        TrainingUnavailableError: Prefect does not answer (retried). The start is recorded: doing it again finishes it.
    """
    request = result.decision.request
    if request is None or not result.seq:
        return result
    from prefect.deployments import run_deployment

    handed = {
        "request_id": request.request_id,
        "system_id": request.system_id,
        "data_from": request.data_from.isoformat(),
        "data_to": request.data_to.isoformat(),
    }
    with _answering():
        run = run_deployment(
            target.name,
            parameters={name: value for name, value in handed.items() if name in target.parameters},
            timeout=0,
            idempotency_key=request.request_id,
            tags=["proofloop", request.system_id],
            as_subflow=False,
        )
    return replace(result, run=str(getattr(run, "id", "")))


def _known_to_prefect(name: str) -> TrainingTarget:
    from prefect.client.orchestration import get_client
    from prefect.exceptions import ObjectNotFound

    try:
        with _answering(), get_client(sync_client=True) as client:
            deployment = client.read_deployment_by_name(name)
    except ObjectNotFound:
        remedy = "deploy it, or correct monitoring.training_deployment in the catalogue"
        return TrainingTarget(name, f"expected the deployment {name} on the Prefect server, found none of this name", remedy)
    return TrainingTarget(name, parameters=tuple((deployment.parameter_openapi_schema or {}).get("properties", {})))


@contextmanager
def _answering() -> Iterator[None]:
    """Tell a server that is away, or breaks, as the outage that it is."""
    import httpx

    try:
        yield
    except (httpx.TransportError, httpx.HTTPStatusError) as error:
        if isinstance(error, httpx.HTTPStatusError) and error.response.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
            raise
        raise TrainingUnavailableError(f"Prefect: expected an answer, found {type(error).__name__}: {error}; try again") from error

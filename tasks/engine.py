"""The thin ``flow`` and ``task`` of the house: Prefect's when a Prefect API is there, plain calls when it is not.

Put how flows and tasks run here; what they do is theirs. The embedded default runs the same bodies inline in milliseconds: an
ephemeral Prefect server would cost seconds a process and lose task runs when it exits.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, ParamSpec, TypeVar, cast, overload

from prefect import Flow, Task
from prefect.cache_policies import NO_CACHE
from prefect.context import FlowRunContext
from prefect.exceptions import Abort
from prefect.tasks import exponential_backoff

from registry.errors import UnavailableError

P = ParamSpec("P")
R = TypeVar("R")

RETRIES = 3
REFUSED = "Refused"
"""The name of the final state of a run that did nothing, because what it was asked for may not be done."""


class InlineTask(Task[P, R]):
    """A Prefect task that is a plain call when no flow run is active."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:  # type: ignore[override]
        """Run the body, through Prefect's engine only inside a flow run."""
        if FlowRunContext.get() is None:
            return self.fn(*args, **kwargs)
        return super().__call__(*args, **kwargs)


def is_outage(_task: Any, _run: Any, state: Any) -> bool:
    """Return whether a failed task run is worth repeating: an outage may pass, a refusal will not."""
    try:
        state.result()
    except UnavailableError:
        return True
    except Exception:  # noqa: BLE001 - any other failure is a refusal or a bug, and is not repeated
        return False
    return False


@overload
def task(body: Callable[P, R]) -> InlineTask[P, R]: ...
@overload
def task(*, name: str) -> Callable[[Callable[P, R]], InlineTask[P, R]]: ...
def task(body: Callable[P, R] | None = None, *, name: str | None = None) -> Any:
    """Make ``body`` a task: one effect, safe to repeat, retried on outages only, its result never taken from a cache.

    Prefect's default cache key is the arguments alone, which returns another task's result.
    """
    if body is None:
        return partial(task, name=name)
    return InlineTask(
        body,
        name=name,
        cache_policy=NO_CACHE,
        retries=RETRIES,
        retry_delay_seconds=exponential_backoff(backoff_factor=2),
        retry_condition_fn=is_outage,
        persist_result=False,
    )


def has_server() -> bool:
    """Return whether this process talks to a Prefect API."""
    return bool(os.environ.get("PREFECT_API_URL")) or is_served()


def is_served() -> bool:
    """Return whether a Prefect flow run is active, so that artifacts have somewhere to go."""
    return FlowRunContext.get() is not None


def is_last_attempt() -> bool:
    """Return whether the current task run will not be repeated: its retries are used up, or it runs inline."""
    if not is_served():
        return True
    from prefect.runtime import task_run

    return int(task_run.run_count or 0) > RETRIES


class RefusedRun(Abort):
    """Ends the process of a refused run as one that the server aborts ends: without the trace of an error. ``outcome`` is its result."""

    def __init__(self, outcome: Any, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome


def refused(result: R, reason: str) -> R:
    """Return what a flow returns when it refused what it was asked for, and did nothing.

    Inline that is ``result``. In a Prefect run it is the run's final state: called Refused, with the reason, neither green nor the red
    of machinery that broke; the type is Prefect's for runs that end without having done their work. ``run`` gives ``result`` back.
    """
    if not is_served():
        return result
    from prefect.states import Cancelled

    return cast("R", Cancelled(name=REFUSED, message=reason, data=RefusedRun(result, reason)))


def run(flow: Flow[..., R], **parameters: Any) -> R:
    """Run ``flow`` as Prefect's where a Prefect API is configured, inline otherwise; parameters are validated either way."""
    if has_server():
        state: Any = flow(**parameters, return_state=True)
        if state.name == REFUSED:
            return cast("R", state.result(raise_on_failure=False).outcome)
        return cast("R", state.result())
    result: R = flow.fn(**flow.validate_parameters(parameters))
    return result


@contextmanager
def rare_collection() -> Iterator[None]:
    """Look for cyclic garbage rarely while millions of small values are made that hold none: 4 to 7 % of a day's time."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)

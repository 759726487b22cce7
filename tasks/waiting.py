"""Waiting for people in a Prefect run: it is suspended, its process ends, and pressing Resume in the page starts it from the top.

Put here what a run needs to wait. What it waits for is somebody else's record: Prefect knows no people, and resuming a run says nothing but
that somebody wants it looked at again.
"""

from __future__ import annotations

from typing import Any

from tasks.engine import is_served

_SEPARATOR = "#"


def can_wait() -> bool:
    """Return whether the run may be suspended: Prefect starts again only what has a deployment."""
    run = _run()
    return run is not None and run.deployment_id is not None


def waited_for() -> tuple[str, ...]:
    """Return the names of what this run waited for before it was started again; nothing the first time."""
    return tuple(sorted({key.partition(_SEPARATOR)[0] for key in _waits()}))


def wait_for_people(name: str, seconds: float) -> None:
    """Suspend the run until somebody resumes it, or Prefect fails it after so many seconds; where it cannot be, go on.

    A wait has a key, which Prefect fires once: each wait for the same ``name`` gets another one.
    """
    if not can_wait():
        return
    from prefect.flow_runs import suspend_flow_run

    suspend_flow_run(timeout=max(1, int(seconds)), key=f"{name}{_SEPARATOR}{len(_waits()) + 1}")


def _waits() -> set[str]:
    run = _run()
    return set(run.empirical_policy.pause_keys or ()) if run is not None else set()


def _run() -> Any:
    """Return the run of Prefect as it was when it was started, None without one."""
    if not is_served():
        return None
    from prefect.context import FlowRunContext

    context = FlowRunContext.get()
    return context.flow_run if context else None

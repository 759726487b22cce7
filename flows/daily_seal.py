"""The daily seal: whatever the day brought, at its end it is sealed, and somebody else knows the head.

Put the order of the end of the day here; what is written belongs to tasks, what it is worth to checks.
"""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from checks.daily_seal import find_record, judge_sealed_day
from flows.clock import now, scheduled_start
from registry.domain.anchoring import SealedDay
from tasks.anchors import (
    anchor_head,
    load_exposure_policy,
    load_seal_plan,
    measure_exposure,
    read_day_activity,
    read_head,
    record_day,
)
from tasks.evidence import publish_pending
from tasks.rendering import show_sealed_day
from tasks.replica import copy_evidence
from tasks.workspace import run_date


def _run_name() -> str:
    """Name a Prefect run after the date it is for."""
    from prefect.runtime import flow_run

    given = flow_run.parameters  # as the server keeps them: an instant is a text
    return f"seal-{run_date(given.get('workspace') or '', given.get('as_of') or scheduled_start())}"


@flow(name="daily-seal", flow_run_name=_run_name)
def daily_seal(as_of: datetime | None = None, workspace: str = "") -> SealedDay:
    """Seal what is promised and the day's own record, then hand the head to the anchor command.

    A FAIL is a completed run: it says that the evidence is exposed, and nothing that was sealed is lost by it.

    Args:
        as_of: The instant whose civil day is sealed. Leave empty for the scheduled time.
        workspace: The folder of the workspace; leave empty for the one named by PROOFLOOP_WORKSPACE.
    """
    plan = load_seal_plan(workspace, as_of or scheduled_start(), now())
    publish_pending(plan, now)

    record = find_record(plan, read_day_activity(plan, now))
    if record:
        record_day(plan, record, now)
    pending = (*publish_pending(plan, now), *copy_evidence(plan.workspace))
    attempt = anchor_head(plan, now)

    exposure, policy = measure_exposure(plan, now), load_exposure_policy(plan)
    day = judge_sealed_day(plan, record, pending, attempt, exposure, read_head(plan), policy)
    show_sealed_day(plan, day)
    return day

"""Reading recorded training data, for the cases of the set that stand in it, and the locked set for those of the reserve.

Put here the tasks that open them; which rows are cases is ``registry/sources/evaluation_training.py``.

The rules:
 * Training data that does not answer is an outage: it is tried again and then raised. What cannot be read is a finding.
 * It is looked through only where there is a set: without one nothing could be found in it.
"""

from __future__ import annotations

from dataclasses import replace

from registry.domain.decision import Finding, Verdict
from registry.domain.gate_run import GatePlan, GateRead
from registry.errors import SourceError
from registry.sources.evaluation_training import read_shared, read_training
from registry.sources.plan import Redact
from tasks.engine import task
from tasks.gate_reading import CHECK
from tasks.profiles import prediction_place
from tasks.workspace import workspace_of

SUBJECT, RESERVE = "training data", "reserve"


@task
def read_taught(plan: GatePlan, read: GateRead, redact: Redact) -> GateRead:
    """Return what was read, with the cases of the set that recorded training data has.

    Raises:
        SourceUnavailableError: its database or storage does not answer (retried).
    """
    if plan.spec.training is None or read.cases is None:
        return read
    try:
        found = read_training(plan.spec.training, read.cases, prediction_place(workspace_of(plan), redact))
    except SourceError as error:
        finding = Finding(CHECK, SUBJECT, Verdict.INCONCLUSIVE, error.reason_code, str(error))
        return replace(read, findings=(*read.findings, finding))
    return replace(read, training=found)


@task
def read_shared_cases(plan: GatePlan, read: GateRead, redact: Redact) -> GateRead:
    """Return what was read, with the cases of the reserve that the locked set has too; on the locked set itself nothing is looked for.

    Raises:
        SourceUnavailableError: its storage does not answer (retried).
    """
    if plan.locked is None or read.cases is None:
        return read
    try:
        found = read_shared(plan.locked, read.cases, prediction_place(workspace_of(plan), redact))
    except SourceError as error:
        finding = Finding(CHECK, RESERVE, Verdict.INCONCLUSIVE, error.reason_code, f"locked set beside the reserve: {error}")
        return replace(read, findings=(*read.findings, finding))
    return replace(read, shared=found)

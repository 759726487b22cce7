"""What a step has to look up elsewhere before it is judged: versions in the model registry, holds of the system.

Put the gathering for steps here, one private function for each kind that needs something; a step without one looks nothing up.
"""

from __future__ import annotations

from registry.domain.work import Case
from registry.domain.work_run import StepKnowledge, StepPlan
from tasks.engine import task
from tasks.ledger import Clock


@task
def look_up(plan: StepPlan, case: Case, clock: Clock) -> StepKnowledge:  # noqa: ARG001 - kinds that ask use them
    """Return what the plan's step is judged by beside its case.

    Raises:
        VersionsUnavailableError: the model registry does not answer (retried).
        LedgerUnavailableError: the database is out of reach (retried).
    """
    return StepKnowledge()

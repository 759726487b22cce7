"""Reading what the gate judges: the locked set, the outcomes of two versions on it, and before that which versions have any.

Put here what opens the sources of an evaluation; what a row means is ``registry/sources/evaluation_*.py``.

The rules:
 * A source that does not answer is an outage of a run that somebody asked for: it is tried again and then raised, and nothing is recorded.
 * What is there and cannot be judged (a set that was changed, a column that is missing, rows that are no outcomes) is a finding. Where not
   even the versions can be listed there is no question yet: the run stops.
 * What the outcomes stood in goes with them, by digest.
"""

from __future__ import annotations

from checks.expectations import evaluations
from registry.domain.decision import Finding, Verdict
from registry.domain.evaluation import EvaluationSet, EvaluationSpec, OutcomesRead
from registry.domain.gate_run import GatePlan, GateRead
from registry.errors import SourceError
from registry.settings import Workspace
from registry.sources.evaluation_outcomes import read_outcomes
from registry.sources.evaluation_set import read_evaluation_set
from registry.sources.evaluation_versions import staged_versions
from registry.sources.plan import Redact
from tasks.engine import task
from tasks.gate_scoring import score_outcomes
from tasks.profiles import prediction_place
from tasks.workspace import workspace_of

CHECK = "reading"


@task
def read_evaluation(plan: GatePlan, redact: Redact) -> GateRead:
    """Return the plan's cases and outcomes, with what could not be read as findings.

    Raises:
        SourceUnavailableError, VersionsUnavailableError, EvidenceUnavailableError: a source, MLflow or ``ssh-keygen`` does not answer
            (retried).
        ConfigurationError: versions are to be scored here, and no model can be kept apart on this machine.
    """
    place = prediction_place(workspace_of(plan), redact)
    try:
        cases = read_evaluation_set(plan.spec, place, evaluations)
    except SourceError as error:
        return GateRead(findings=(_unread("set", error),))
    versions = tuple(dict.fromkeys((plan.champion.version, plan.candidate.version)))
    try:
        read = score_outcomes(plan, cases, place) if plan.spec.score else read_outcomes(plan.spec, cases, versions, place, evaluations)
    except SourceError as error:
        return GateRead(cases, findings=(_unread("outcomes", error),))
    return _matched(plan, cases, read)


def list_evaluated(workspace: Workspace, spec: EvaluationSpec, sought: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the versions that have outcomes, sorted; nothing of their rows is kept.

    Of very many names those of ``sought`` are there if they have outcomes, and of the others enough to say which is near.

    Raises:
        SourceError: the table cannot be read.
        SourceUnavailableError: its database or storage does not answer.
    """
    with staged_versions(spec, (), prediction_place(workspace, _nothing_kept), sought) as (_, found):
        return tuple(sorted(found.seen))


def _matched(plan: GatePlan, cases: EvaluationSet, read: OutcomesRead) -> GateRead:
    candidate, champion = (read.outcomes.get(one.version) for one in (plan.candidate, plan.champion))
    return GateRead(cases, candidate, champion, read.findings, read.inputs)


def _unread(subject: str, error: SourceError) -> Finding:
    return Finding(CHECK, subject, Verdict.INCONCLUSIVE, error.reason_code, str(error))


def _nothing_kept(_text: str) -> tuple[str, dict[str, int]]:
    return "", {}

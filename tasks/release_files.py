"""The files behind a candidate, as MLflow hands them out now: fetched and digested, and nothing of them run.

Put here what a promotion reads of a version's files. What is made of them is ``checks/release_candidate.py``.

The rules:
 * They are fetched only for a promotion, and only where the release says which files were judged: a model can be gigabytes.
 * What MLflow has no files of is a refusal and no outage; a storage that does not answer is one.
"""

from __future__ import annotations

from dataclasses import replace

from registry.domain.release_switch import Aim, RegistryNow, SwitchPlan
from registry.errors import ScoringError
from registry.versions.scoring import fetched
from tasks.engine import task
from tasks.workspace import workspace_of


@task
def read_files(plan: SwitchPlan, aim: Aim | None, registry: RegistryNow) -> RegistryNow:
    """Return what is known of the registry, with the digest of the candidate's files where they are compared.

    Raises:
        VersionsUnavailableError: MLflow, or the storage of its files, does not answer (retried).
        ConfigurationError: no address, or the registry refused.
    """
    if aim is None or not _is_compared(plan, aim, registry):
        return registry
    try:
        with fetched(aim.spec, aim.to_version, workspace_of(plan).mlflow_uri() or "") as (_, digest):
            return replace(registry, files_digest=digest)
    except ScoringError as error:
        return replace(registry, files_problem=str(error))


def _is_compared(plan: SwitchPlan, aim: Aim, registry: RegistryNow) -> bool:
    is_told = aim.release is not None and bool(aim.release.files_digest)
    return is_told and bool(aim.spec.mlflow_model) and registry.target is not None and not (plan.is_rollback or aim.repeated)

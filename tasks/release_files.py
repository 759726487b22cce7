"""The files behind a version, as MLflow hands them out now: fetched and digested, and nothing of them run.

Put here what a switch reads of a version's files. What is made of them is ``checks/release_files.py``.

The rules:
 * They are fetched only where it is known which files were judged, and only of a version that does not serve yet: a model can be gigabytes.
 * What MLflow has no files of is a refusal. A storage that does not answer, or does not let us, is an outage to a promotion; it does not
   keep anybody from going back, once it was asked again as often as tasks are.
"""

from __future__ import annotations

from dataclasses import replace

from registry.domain.release_switch import Aim, RegistryNow, SwitchPlan
from registry.errors import ConfigurationError, ScoringError, UnavailableError
from registry.versions.scoring import fetched
from tasks.engine import is_last_attempt, task
from tasks.workspace import workspace_of


@task
def read_files(plan: SwitchPlan, aim: Aim | None, registry: RegistryNow) -> RegistryNow:
    """Return what is known of the registry, with the digest of the version's files where they are compared.

    Raises:
        VersionsUnavailableError: MLflow, or the storage of its files, does not answer (retried; a rollback goes on without in the end).
        ConfigurationError: no address, or the registry refused a promotion.
    """
    if aim is None or not _is_compared(plan, aim, registry):
        return registry
    try:
        with fetched(aim.spec, aim.to_version, workspace_of(plan).mlflow_uri() or "") as (_, digest):
            return replace(registry, files_digest=digest)
    except ScoringError as error:
        return replace(registry, files_problem=str(error))
    except ConfigurationError as error:
        if not plan.is_rollback:
            raise
        return replace(registry, files_unread=str(error))
    except UnavailableError as error:
        if not (plan.is_rollback and is_last_attempt()):
            raise
        return replace(registry, files_unread=str(error))


def _is_compared(plan: SwitchPlan, aim: Aim, registry: RegistryNow) -> bool:
    is_brought_in = not (registry.serves(aim.to_version) if plan.is_rollback else aim.repeated)
    return is_brought_in and bool(aim.files and aim.spec.mlflow_model) and registry.target is not None

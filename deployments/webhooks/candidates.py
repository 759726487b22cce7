"""Which systems have a new candidate, by what a webhook of MLflow says: the alias ``candidate`` was set on what they evaluate.

Put here how a webhook is read. Taking it and starting runs is ``mlflow_relay.py``; what the alias names the gate reads from the registry.
"""

from __future__ import annotations

import json
from typing import Any

from registry.catalogue.loader import load_evaluated
from registry.domain.catalogue import VersionSpec
from registry.domain.evaluation import EvaluatedSystem
from registry.settings import Workspace

ALIAS = "candidate"
_KEPT_AS = {"model_version_alias": "mlflow_model", "prompt_alias": "mlflow_prompt"}


def systems_with_candidate(body: bytes, alias: str, workspace: Workspace) -> tuple[str, ...]:
    """Return the systems of the catalogue, as it is now, that evaluate what ``alias`` was set on; none for any other webhook.

    Raises:
        ValueError: the body is no JSON.
        ConfigurationError: every problem of every file of the catalogue.
    """
    kind, name = _set_on(json.loads(body), alias)
    if not name:
        return ()
    return tuple(one.entry.system_id for one in load_evaluated(workspace) if getattr(_evaluated(one), kind) == name)


def _set_on(told: Any, alias: str) -> tuple[str, str]:
    """Return which key of the catalogue says what the alias was set on, and its name; nothing where no such alias was set."""
    if not isinstance(told, dict) or told.get("action") != "created" or not isinstance(data := told.get("data"), dict):
        return "", ""
    kind, name = _KEPT_AS.get(str(told.get("entity")), ""), data.get("name")
    return (kind, name) if kind and isinstance(name, str) and data.get("alias") == alias else ("", "")


def _evaluated(system: EvaluatedSystem) -> VersionSpec:
    artifact = system.evaluation.artifact
    return next((one for one in system.entry.versions if one.artifact == artifact), VersionSpec(artifact))

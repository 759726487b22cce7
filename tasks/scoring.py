"""Scoring here: which models this workspace lets run, apart from what, and with which limits.

Put here what of a workspace a scoring needs. How a version is scored is ``registry/versions/scoring.py``, the gate's use of it
``gate_scoring.py``.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from registry.domain.catalogue import SystemEntry, VersionSpec
from registry.settings import Workspace
from registry.versions.scoring import ScoringPlace
from registry.versions.scoring_allowed import read_allowed
from registry.versions.scoring_room import ScoringLimits


def scoring_place(workspace: Workspace, at: datetime) -> ScoringPlace:
    """Return where versions of ``workspace`` are scored, by the list of models that is signed at an instant.

    Raises:
        ScoringError: there is no list, or no good signature of it.
        ConfigurationError: a variable that the address of MLflow refers to is not set.
        EvidenceUnavailableError: ``ssh-keygen`` is missing or does not answer.
    """
    settings = workspace.settings.scoring
    limits = ScoringLimits(
        seconds=settings.seconds, memory_mb=settings.memory_mb, output_mb=settings.output_mb, python=settings.python or ""
    )
    allowed = read_allowed(workspace.root, workspace.allowed_signers_path, workspace.revoked_keys_path, at)
    hidden = (workspace.root, workspace.state_dir, workspace.archive_dir, *workspace.source_roots, Path.home())
    return ScoringPlace(workspace.mlflow_uri() or "", allowed, hidden, limits)


def artifact_of(system: SystemEntry, artifact: str) -> VersionSpec:
    """Return how the catalogue says that ``artifact`` of ``system`` is kept."""
    return next((one for one in system.versions if one.artifact == artifact), VersionSpec(artifact))

"""Which of a system's versions a change is about, as the daily triage tells decisions apart.

Put here how an artifact that people name is found among the version kinds of the catalogue. What is judged of it is ``checks/work``.

The rules, the first that fits:
 * The kind that follows a model or prompt of this name in MLflow.
 * A kind of this name, else the artifact's own kind, that people record or that rows of a feed name.
 * No kind: nothing tells its decisions apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from registry.domain.catalogue import SystemEntry, VersionSpec
from registry.domain.steps import Artifact

REGISTERED = frozenset({Artifact.MODEL, Artifact.PROMPT})
"""Artifacts that MLflow registers under a name of their own."""

# What takes part in a decision by itself.
_DECIDING = REGISTERED | {Artifact.INDEX, Artifact.TOOL_POLICY, Artifact.POLICY, Artifact.WORKFLOW}
_KINDS = {Artifact.TOOL_POLICY: ("tool_policy", "tool")}


@dataclass(frozen=True, slots=True)
class TrackedVersion:
    """The catalogue's kind of an artifact, and as what MLflow knows it: ``model``, ``prompt``, or empty where people record it."""

    kind: str
    registered_as: str


def track(system: SystemEntry, artifact: Artifact, name: str) -> TrackedVersion | None:
    """Return how the version of an artifact is told; None where the catalogue tracks none by this name."""
    followed = sorted(_followed(system, artifact, name), key=lambda one: (one.kind != artifact, one.kind))
    if followed:
        return followed[0]
    declared = {spec.artifact: spec for spec in system.versions}
    named = {kind for feed in system.feeds for kind in feed.versions}
    for kind in (name, *_KINDS.get(artifact, (artifact.value,))):
        if kind in declared and not _registered_name(declared[kind]):
            return TrackedVersion(kind, "")
        if kind in named and kind not in declared:
            return TrackedVersion(kind, artifact.value if artifact in REGISTERED else "")
    return None


def followed_names(system: SystemEntry, artifact: Artifact) -> tuple[str, ...]:
    """Return the names that the system follows in MLflow and that an artifact of this kind may have."""
    return tuple(sorted({_registered_name(spec) for spec in system.versions if _fits(spec, artifact)}))


def _followed(system: SystemEntry, artifact: Artifact, name: str) -> Iterator[TrackedVersion]:
    for spec in system.versions:
        if _fits(spec, artifact) and _registered_name(spec) == name:
            yield TrackedVersion(spec.artifact, "prompt" if spec.mlflow_prompt else "model")


def _fits(spec: VersionSpec, artifact: Artifact) -> bool:
    """An index or a policy may be registered as a model or prompt; a model never is one as a prompt."""
    if artifact is Artifact.MODEL:
        return bool(spec.mlflow_model)
    if artifact is Artifact.PROMPT:
        return bool(spec.mlflow_prompt)
    return bool(_registered_name(spec)) and spec.artifact in _KINDS.get(artifact, (artifact.value,))


def _registered_name(spec: VersionSpec) -> str:
    return spec.mlflow_model or spec.mlflow_prompt


def serving_key(system: SystemEntry, artifact: Artifact, name: str) -> str:
    """Return what a released version is kept under: its kind in the catalogue, or artifact and name where it decides and none tracks it.

    Empty for what decides nothing by itself: data and evaluation sets act through what learns from them, messages act on people.
    """
    tracked = track(system, artifact, name)
    if tracked:
        return tracked.kind
    return f"{artifact}:{name}" if artifact in _DECIDING else ""

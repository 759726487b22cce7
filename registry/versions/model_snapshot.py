"""What MLflow holds of the versions that serve a system now: metadata and digests, to be sealed when the system comes under hold.

Put reading for a snapshot here; which alias says what for the daily triage is ``aliases.py``.

 * Files of a model are digested where they lie on this machine. Elsewhere only its ``MLmodel`` is read, which lists what belongs to it:
   a model can be many gigabytes, and a hold must not wait for them.
 * What could not be read says so in ``not_read``; the metadata stand all the same.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from registry.domain.canonical import digest_of
from registry.domain.catalogue import SystemEntry, VersionSpec
from registry.versions.aliases import read_aliases
from registry.versions.changes import AliasReading, AliasStatus

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class ModelSnapshot:
    """One model or prompt as the registry has it: ``metadata_digest`` is over ``metadata``, ``files`` maps paths to digests."""

    artifact: str
    name: str
    alias: str
    version: str
    status: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    metadata_digest: str = ""
    files: tuple[tuple[str, str], ...] = ()
    not_read: str = ""


def read_snapshots(uri: str, system: SystemEntry) -> tuple[ModelSnapshot, ...]:
    """Return what serves ``system`` by the aliases that its catalogue entry follows; empty where it follows none.

    Raises:
        VersionsUnavailableError: the registry does not answer.
        ConfigurationError: no address, or the registry refused it.
    """
    specs = {spec.artifact: spec for spec in system.versions}
    return tuple(_snapshot(uri, specs[reading.artifact], reading) for reading in read_aliases(uri, [system]))


def _snapshot(uri: str, spec: VersionSpec, reading: AliasReading) -> ModelSnapshot:
    if reading.status is not AliasStatus.FOUND:
        return ModelSnapshot(reading.artifact, reading.name, reading.alias, "", reading.status, not_read=f"MLflow says {reading.status}")
    try:
        metadata, where = _described(uri, spec, reading.version)
    except Exception as error:  # noqa: BLE001 - the alias is known, and a hold must not wait for the rest
        told = f"MLflow did not describe version {reading.version} ({type(error).__name__})"
        return ModelSnapshot(reading.artifact, reading.name, reading.alias, reading.version, reading.status, not_read=told)
    files, not_read = _files(where) if where else ((), "")
    return ModelSnapshot(
        reading.artifact, reading.name, reading.alias, reading.version, reading.status, metadata, digest_of(metadata), files, not_read
    )


def _described(uri: str, spec: VersionSpec, version: str) -> tuple[dict[str, str], str]:
    """Return the metadata of a version as texts, and the address of its files."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    if spec.mlflow_prompt:
        prompt = client.get_prompt_version(spec.mlflow_prompt, version)
        return {"template": str(prompt.template), "tags": _tags(prompt.tags), "created_at_ms": str(prompt.creation_timestamp)}, ""
    found = client.get_model_version(spec.mlflow_model, version)
    metadata = {
        "source": str(found.source or ""),
        "run_id": str(found.run_id or ""),
        "status": str(found.status or ""),
        "description": str(found.description or ""),
        "created_at_ms": str(found.creation_timestamp),
        "tags": _tags(found.tags),
        "aliases": ", ".join(sorted(map(str, found.aliases))),
    }
    return metadata, str(client.get_model_version_download_uri(spec.mlflow_model, version))


def _tags(tags: Mapping[str, Any] | None) -> str:
    return "; ".join(f"{name}={tags[name]}" for name in sorted(tags)) if tags else ""


def _files(where: str) -> tuple[tuple[tuple[str, str], ...], str]:
    try:
        folder = _local(where)
        if folder is not None:
            return _digests(folder), "" if folder.is_dir() else f"expected the model's files at {folder}, found nothing there"
        return _digests_elsewhere(where), ""
    except Exception as error:  # noqa: BLE001 - any store may fail in its own way; what is known of the version is worth keeping
        return (), f"the files at {urlsplit(where).scheme or 'that address'} could not be read ({type(error).__name__})"


def _local(where: str) -> Path | None:
    parts = urlsplit(where)
    if parts.scheme == "file":
        return Path(url2pathname(parts.path))
    return Path(where) if not parts.scheme else None


def _digests(folder: Path) -> tuple[tuple[str, str], ...]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return tuple((path.relative_to(folder).as_posix(), _digest(path)) for path in files)


def _digests_elsewhere(where: str) -> tuple[tuple[str, str], ...]:
    from mlflow.artifacts import download_artifacts

    with tempfile.TemporaryDirectory() as folder:
        path = Path(download_artifacts(artifact_uri=f"{where.rstrip('/')}/MLmodel", dst_path=folder))
        return (("MLmodel", _digest(path)),)


def _digest(path: Path) -> str:
    hasher = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            hasher.update(chunk)
    return "sha256:" + hasher.hexdigest()

"""The workspace: where a team keeps its configuration, and how ``proofloop.yaml`` is read.

Put settings of the whole workspace here; systems are ``registry/catalogue``, decision tables ``registry/policies``.

Secrets are only ever references to the environment (``${NAME}``). They are looked up when something connects, so a ``Workspace`` value,
which crosses task boundaries and may be stored by Prefect, never holds one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from registry.archive_copies import ArchiveCopy
from registry.documents import read_document
from registry.errors import ConfigurationError, WorkspaceNotFoundError
from registry.key_file import key_in_file
from registry.schemas import Positive, Schema, Slug, Text, Zone, validated
from registry.sealing import Sealing
from registry.secret_references import SecretReference, Url, fill, references_in

FILE_NAME = "proofloop.yaml"
SIGNERS_FILE = "allowed_signers"
REVOKED_FILE = "revoked_keys"
STATE_FOLDER = ".state"
ENVIRONMENT_VARIABLE = "PROOFLOOP_WORKSPACE"
# A what-if run (`proofloop replay --dry-run`) keeps its ledger, archive and spool in a folder of its own, and may bring other policies.
STATE_VARIABLE = "PROOFLOOP_STATE"
POLICIES_VARIABLE = "PROOFLOOP_POLICIES"


class Limits(Schema):
    """How much a source may cost before it is refused."""

    max_source_bytes: Positive = 4_000_000_000
    max_rows: Positive = 20_000_000
    max_columns: Positive = 500
    max_cell_bytes: Positive = 1_000_000
    duckdb_memory_mb: Annotated[int, Field(strict=True, ge=64)] = 768


class Scoring(Schema):
    """What a model may use up while it is scored here, and the interpreter with the packages it needs; ours where left out."""

    python: Text | None = None
    seconds: Positive = 900
    memory_mb: Annotated[int, Field(strict=True, ge=512)] = 4096
    output_mb: Positive = 64


class Settings(Schema):
    """``proofloop.yaml``. Every key has a default, so an empty file is a working workspace."""

    ledger_url: Url = "sqlite:///.state/ledger.db"
    archive_dir: Text = ".state/archive"
    mlflow_uri: Url | None = None
    timezone: Zone = "UTC"
    allowed_source_roots: Annotated[tuple[Text, ...], Field(min_length=1)] = (".",)
    connections: dict[Slug, Url] = Field(default={})
    limits: Limits = Limits()
    scoring: Scoring = Scoring()
    archive_copies: dict[Slug, ArchiveCopy] = Field(default={})
    archive_address: Text | None = None  # where people open the archive over http, for links in the Prefect page
    anchor_command: tuple[Text, ...] = ()  # run after each seal with the head; recipes in docs/guides/anchor.md
    sealing: Sealing = Sealing()
    anchor_timeout_seconds: Positive = 60
    narrative_key: SecretReference | None = None


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder with a valid ``proofloop.yaml``: where everything of it is. Methods that need a secret look it up when called."""

    root: Path
    settings: Settings
    state_override: Path | None = None
    policies_override: Path | None = None

    @property
    def settings_path(self) -> Path:
        return self.root / FILE_NAME

    @property
    def systems_dir(self) -> Path:
        return self.root / "systems"

    @property
    def policies_dir(self) -> Path | None:
        """The folder of overrides, or None where the workspace has none."""
        if self.policies_override is not None:
            return self.policies_override
        found = self.root / "policies"
        return found if found.is_dir() else None

    @property
    def suppressions_path(self) -> Path:
        return self.root / "suppressions.yaml"

    @property
    def allowed_signers_path(self) -> Path:
        return self.root / SIGNERS_FILE

    @property
    def revoked_keys_path(self) -> Path:
        return self.root / REVOKED_FILE

    @property
    def state_dir(self) -> Path:
        return self.state_override or self.root / STATE_FOLDER

    @property
    def spool_dir(self) -> Path:
        return self.state_dir / "spool"

    @property
    def archive_dir(self) -> Path:
        return self.state_override / "archive" if self.state_override else self.resolve(self.settings.archive_dir)

    @property
    def source_roots(self) -> tuple[Path, ...]:
        """The folders that sources may be read from, links followed."""
        return tuple(self.resolve(root).resolve() for root in self.settings.allowed_source_roots)

    def resolve(self, path: str) -> Path:
        """Return ``path`` as written in a workspace file: relative to the workspace, absolute as it is."""
        return self.root / path

    def is_allowed_source(self, path: Path) -> bool:
        """Return whether ``path``, links followed, lies below an allowed source root."""
        resolved = self.resolve(str(path)).resolve()
        return any(resolved.is_relative_to(root) for root in self.source_roots)

    def ledger_url(self, environ: Mapping[str, str] | None = None) -> str:
        """Return the ledger's SQLAlchemy URL, secrets filled in; a relative SQLite path is resolved below the workspace."""
        if self.state_override is not None:
            return f"sqlite:///{self.state_override / 'ledger.db'}"
        url = self.filled("ledger_url", self.settings.ledger_url, environ)
        scheme, _, path = url.partition(":///")
        if scheme.partition("+")[0] != "sqlite" or not path or path.startswith((":memory:", "file:")):
            return url
        return f"{scheme}:///{self.resolve(path)}"

    def mlflow_uri(self, environ: Mapping[str, str] | None = None) -> str | None:
        """Return the MLflow tracking URI, secrets filled in; None where the workspace uses no MLflow."""
        if self.settings.mlflow_uri is None:
            return None
        uri = self.filled("mlflow_uri", self.settings.mlflow_uri, environ)
        scheme, found, path = uri.partition(":///")
        return f"{scheme}:///{self.resolve(path)}" if found and scheme == "sqlite" else uri

    def connection_url(self, name: str, environ: Mapping[str, str] | None = None) -> str:
        """Return the URL of the named connection, secrets filled in.

        Raises:
            ConfigurationError: there is no such connection, or a variable it needs is not set.
        """
        if name not in self.settings.connections:
            known = ", ".join(sorted(self.settings.connections)) or "none"
            raise ConfigurationError([self.problem(("connections",), f"expected one of {known}, found {name!r}; add it under connections")])
        return self.filled(f"connections.{name}", self.settings.connections[name], environ)

    def narrative_key(self, environ: Mapping[str, str] | None = None) -> bytes:
        """Return the key that salts narratives: from the environment where configured, else a file made once in ``.state``."""
        if self.settings.narrative_key is not None:
            return self.filled("narrative_key", self.settings.narrative_key, environ).encode()
        return key_in_file(self.state_dir / "narrative.key")

    def secrets_in_use(self, environ: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return name and value of every environment variable that the settings refer to: what must never be sealed or shown."""
        values = os.environ if environ is None else environ
        named = references_in(self.settings.model_dump_json())
        return {name: values[name] for name in named if values.get(name)}

    def problem(self, location: tuple[str | int, ...], message: str) -> str:
        """Return a problem of ``proofloop.yaml`` with the line of ``location``."""
        return read_document(self.settings_path, FILE_NAME).problem(location, message)

    def filled(self, key: str, text: str, environ: Mapping[str, str] | None) -> str:
        """Return ``text`` with its references looked up; ``key`` is where the settings say it.

        Raises:
            ConfigurationError: a variable that it refers to is not set.
        """
        missing, filled = fill(text, os.environ if environ is None else environ)
        if missing:
            asked = f"expected the environment variable {missing} to be set, found nothing; export it before running"
            raise ConfigurationError([self.problem(tuple(key.split(".")), asked)])
        return filled


def load_workspace(root: Path, environ: Mapping[str, str] | None = None) -> Workspace:
    """Return the workspace in ``root``; ``environ`` (the process's where left out) may say that this is a what-if run.

    Raises:
        WorkspaceNotFoundError: ``root`` holds no ``proofloop.yaml``.
        ConfigurationError: every problem of the file.
    """
    values = os.environ if environ is None else environ
    root = root.resolve()
    path = root / FILE_NAME
    if not path.is_file():
        raise WorkspaceNotFoundError(
            f"expected a workspace in {root}, found no {FILE_NAME}; run `proofloop init {root}` or name another folder"
        )
    settings = validated(Settings, read_document(path, FILE_NAME))
    return Workspace(root, settings, _path_in(values, STATE_VARIABLE), _path_in(values, POLICIES_VARIABLE))


def find_workspace(start: Path, override: Path | None, environ: Mapping[str, str]) -> Workspace:
    """Return the workspace: ``override``, else ``PROOFLOOP_WORKSPACE``, else the nearest from ``start`` upwards.

    Raises:
        WorkspaceNotFoundError: there is none.
        ConfigurationError: every problem of its ``proofloop.yaml``.
    """
    return load_workspace(override or _path_in(environ, ENVIRONMENT_VARIABLE) or _nearest(start.resolve()), environ)


def _path_in(environ: Mapping[str, str], name: str) -> Path | None:
    return Path(environ[name]) if environ.get(name) else None


def _nearest(start: Path) -> Path:
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return folder
    raise WorkspaceNotFoundError(
        f"expected {FILE_NAME} in {start} or a folder above it, found none; "
        f"run `proofloop init`, use --workspace or set {ENVIRONMENT_VARIABLE}"
    )

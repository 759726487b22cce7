"""How each dependency is reached: one cheap question that its real use would also ask.

Put a probe here when the product starts to depend on something. A probe returns what it found and raises what its real use would raise.
"""

from __future__ import annotations

import base64
import contextlib
import json
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from registry.domain.catalogue import SourceSpec
from registry.errors import EvidenceUnavailableError, UnavailableError, VersionsUnavailableError
from registry.settings import Workspace

_SECONDS = 5


def reach_ledger(workspace: Workspace, environ: Mapping[str, str]) -> str:
    """Open the ledger and compare its schema; an embedded one that does not exist yet is made by the first run."""
    url = workspace.ledger_url(environ)
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        _write_below(Path(url.removeprefix("sqlite:///")).parent)
        return "none yet: the first run makes it"
    from registry.ledger.store import open_ledger  # brings SQLAlchemy

    ledger = open_ledger(url, lambda: datetime.now(UTC))
    with contextlib.closing(ledger):
        return f"{ledger.head().seq} events, schema as expected"


def reach_archive(workspace: Workspace) -> str:
    """Write where packages would be written, and leave nothing."""
    try:
        _write_below(workspace.archive_dir)
    except OSError as error:
        message = f"{workspace.archive_dir}: expected a folder that can be written, found: {error.strerror}; correct it or archive_dir"
        raise EvidenceUnavailableError(message) from error
    return f"{workspace.archive_dir} can be written"


def reach_source(workspace: Workspace, spec: SourceSpec, environ: Mapping[str, str]) -> str:
    """Open every file of a source, or let the database start on its query for a window without days."""
    if spec.path:
        return _reach_files(workspace, spec)
    from registry.sources.caps import SourceCaps  # sources in files do without these
    from registry.sources.query_rows import load_query, read_query

    query = load_query(spec, workspace.root, workspace.source_roots)
    caps = SourceCaps(**workspace.settings.limits.model_dump())
    today = datetime.now(UTC).date()
    batches = read_query(query, today, today, lambda name: workspace.connection_url(name, environ), caps)
    with contextlib.closing(batches) as started:  # type: ignore[type-var]
        next(started)
    return f"connection {spec.connection} answers the query {spec.query_file}"


def reach_mlflow(workspace: Workspace, environ: Mapping[str, str]) -> str:
    """Ask MLflow for one registered model: its health page answers even when its database does not."""
    uri = workspace.mlflow_uri(environ)
    if uri is None:
        return "not used"
    if urlsplit(uri).scheme not in {"http", "https"}:
        return f"a store of its own at {uri.partition('://')[0]}"
    address = f"{uri.rstrip('/')}/api/2.0/mlflow/registered-models/search?max_results=1"
    token = environ.get("MLFLOW_TRACKING_TOKEN")
    user = environ.get("MLFLOW_TRACKING_USERNAME")
    basic = f"{user}:{environ.get('MLFLOW_TRACKING_PASSWORD', '')}" if user else ""
    try:
        _ask(address, f"Bearer {token}" if token else _basic(basic))
    except (OSError, ValueError) as error:
        raise VersionsUnavailableError(
            f"mlflow: expected an answer, found: {_told(error)}; check mlflow_uri and that its server runs"
        ) from error
    return "the model registry answers"


def reach_prefect(environ: Mapping[str, str]) -> str:
    """Ask the Prefect server for its version, with the credentials a worker would use."""
    url = environ.get("PREFECT_API_URL")
    if not url:
        return "not used: PREFECT_API_URL is not set, flows run inline"
    try:
        version = _ask(f"{url.rstrip('/')}/admin/version", _basic(environ.get("PREFECT_API_AUTH_STRING", "")))
    except (OSError, ValueError) as error:
        message = (
            f"prefect: expected a server at PREFECT_API_URL, found: {_told(error)}; start it, or correct the URL or PREFECT_API_AUTH_STRING"
        )
        raise UnavailableError(message) from error
    return f"server {version} answers"


def _reach_files(workspace: Workspace, spec: SourceSpec) -> str:
    from registry.sources.locations import find_files
    from registry.sources.opening import opened

    files = find_files(spec.path, workspace.root, workspace.source_roots)
    for file in files:
        with opened(file) as stream:
            stream.read(1)
    size = sum(file.identity.size_bytes for file in files)
    return f"{len(files)} file{'s' if len(files) != 1 else ''}, {size:,} bytes"


def _write_below(folder: Path) -> None:
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    with tempfile.TemporaryFile(dir=existing) as stream:
        stream.write(b"proofloop")
        stream.flush()


def _ask(address: str, authorization: str) -> Any:
    if urlsplit(address).scheme not in {"http", "https"}:
        raise ValueError("an address that is not http or https")
    request = Request(address, headers={"Authorization": authorization} if authorization else {})  # noqa: S310 - the scheme was checked
    with urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
        return json.loads(answer.read(1_000_000))


def _basic(credentials: str) -> str:
    return f"Basic {base64.b64encode(credentials.encode()).decode()}" if credentials else ""


def _told(error: Exception) -> str:
    if isinstance(error, HTTPError):
        return f"HTTP {error.code} {error.reason}"
    return str(error.reason if isinstance(error, URLError) else error)

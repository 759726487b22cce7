"""``proofloop deploy``: put every deployment of ``prefect.yaml`` on the Prefect server.

The workspace fills in its own variables. Put here what ``prefect deploy`` does not check itself: it stores a variable that is not set as
its literal text, and is silent about it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from deployments.cli.probes import reach_prefect
from deployments.cli.running import QUIET
from deployments.cli.session import Session, with_global_options
from registry.errors import ConfigurationError
from registry.settings import ENVIRONMENT_VARIABLE

FILE_NAME = "prefect.yaml"
POOL = "proofloop"
_VARIABLE = re.compile(r"\{\{\s*\$([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")
_SHIPPED = Path(__file__).parents[2] / FILE_NAME


@click.command("deploy")
@click.option(
    "--file", "path", type=click.Path(path_type=Path), metavar="PATH", help="Deployments to use; prefect.yaml here, else the shipped one."
)
@with_global_options
@click.pass_obj
def command(session: Session, path: Path | None) -> None:
    """Deploy every flow to the Prefect server, for this workspace."""
    workspace = session.workspace()
    chosen = path or (Path(FILE_NAME) if Path(FILE_NAME).is_file() else _SHIPPED)
    environ = {**os.environ, ENVIRONMENT_VARIABLE: str(workspace.root), "PROOFLOOP_TIMEZONE": workspace.settings.timezone}
    refuse_unset_variables(chosen, environ)
    server = _server(environ)
    _deploy(chosen.resolve(), environ)
    document = {"kind": "deploy", "schema_version": 1, "file": str(chosen), "server": server, "workspace": str(workspace.root)}
    session.answer(document, [f"deployed {chosen} for {workspace.root} to {server}"])


def refuse_unset_variables(path: Path, environ: Mapping[str, str]) -> None:
    """Refuse a file that names environment variables which are not set.

    Raises:
        ConfigurationError: the file is missing, or one problem for each place that names an unset variable.
    """
    if not path.is_file():
        raise ConfigurationError([f"{path}: expected a file of deployments, found none; name one with --file"])
    lines = path.read_text(encoding="utf-8").splitlines()
    problems = [
        f"{path.name}:{number}: {name}: expected this environment variable to be set, found nothing; export it before deploying"
        for number, line in enumerate(lines, start=1)
        for name in _VARIABLE.findall(line.partition(" #")[0] if not line.lstrip().startswith("#") else "")
        if not environ.get(name)
    ]
    if problems:
        raise ConfigurationError(problems)


def _server(environ: Mapping[str, str]) -> str:
    if not environ.get("PREFECT_API_URL"):
        raise ConfigurationError(["PREFECT_API_URL: expected the address of a Prefect server, found nothing; export it before deploying"])
    reach_prefect(environ)
    return environ["PREFECT_API_URL"]


def _deploy(path: Path, environ: Mapping[str, str]) -> None:
    _make_pool(environ)
    # Entry points are relative to the file, so it is deployed from its own folder.
    done = _prefect(["deploy", "--all", "--prefect-file", str(path)], environ, path.parent)
    click.echo(done.stdout + done.stderr, err=True)
    if done.returncode:
        told = f"prefect deploy: expected exit code 0, found {done.returncode}; read its output above and deploy again: that is safe"
        raise ConfigurationError([told])


def _make_pool(environ: Mapping[str, str]) -> None:
    """Make the work pool that the shipped deployments run in, where the server has none of that name; one that is there stays as it is."""
    done = _prefect(["work-pool", "create", POOL, "--type", "process"], environ, Path.cwd())
    if done.returncode and "already exists" not in done.stdout + done.stderr:
        click.echo(done.stdout + done.stderr, err=True)
        told = f"work pool {POOL}: expected it to be made, found exit code {done.returncode}; read Prefect's output above and deploy again"
        raise ConfigurationError([told])


def _prefect(words: list[str], environ: Mapping[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "prefect", "--no-prompt", *words]
    return subprocess.run(words, env={**QUIET, **environ}, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - our own words

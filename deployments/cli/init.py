"""``proofloop init``: a workspace that runs as it is.

Put the files every workspace starts with here; the examples are ``examples.py``. Nothing that exists is overwritten.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click

from deployments.cli.examples import EXAMPLES, HISTORY_DAYS
from deployments.cli.schema import KINDS, schema_of
from deployments.cli.session import Session, with_global_options
from registry.errors import ConfigurationError
from registry.sealing import KEY_NAME, make_sealing_key
from registry.settings import FILE_NAME, SIGNERS_FILE, STATE_FOLDER

IGNORE_FILE = ".gitignore"

_SETTINGS = """\
# yaml-language-server: $schema=schemas/workspace.json
# Secrets are written only as ${NAME}; they are read from the environment when something connects.
timezone: UTC                          # civil days of the business; a system may name its own
allowed_source_roots: [data]           # folders that sources may be read from

# The embedded default keeps everything below .state/. What a team outgrows is replaced by a URL:
# ledger_url: postgresql+psycopg://proofloop:${LEDGER_PASSWORD}@ledger.example/proofloop
# archive_dir: /srv/proofloop/archive
# mlflow_uri: https://mlflow.example
# narrative_key: ${NARRATIVE_KEY}
# sealing: {key: /etc/proofloop/sealing_key, by: sealer}   # by another account than the flows'; .state/sealing_key if left out
# connections:
#   crm: postgresql+psycopg://reader:${CRM_PASSWORD}@crm.example/crm
# anchor_command: [git, push, anchors, HEAD]
"""

_POLICIES_README = """\
# Policy overrides

The decision tables ship with proofloop. To change one for this workspace, write a file named like the table
(triage, severity, grade, usage, clocks, owners, redaction) with only the rows, and in them only the keys, that differ:

    # policies/triage.yaml
    spike: {min_count: 20}

An unknown table, row or key is an error. Every decision carries the digest of the tables it was made with.
`proofloop schema policy-triage` prints what a file may hold; `proofloop replay --from D --to D --policies DIR --dry-run` shows what a
change would have done.
"""

_SIGNERS = """\
# Who may approve in which role, and which keys may seal, in OpenSSH's allowed_signers format, reviewed like code:
#   name@bank.example namespaces="model_risk" ssh-ed25519 AAAA...
#   sealer namespaces="evidence-seal@v1" ssh-ed25519 AAAA...
"""


@click.command("init")
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default=Path())
@click.option("--example", type=click.Choice(list(EXAMPLES)), default="cards", show_default=True, help="Which example system to write.")
@with_global_options
@click.pass_obj
def command(session: Session, folder: Path, example: str) -> None:
    """Make a workspace that runs as it is."""
    today = datetime.now(UTC).date()
    written = write_workspace(folder, workspace_files(example, today))
    fingerprint = make_sealing_key(folder / STATE_FOLDER / KEY_NAME, folder / SIGNERS_FILE)
    document = {"kind": "init", "schema_version": 1, "workspace": str(folder.resolve()), "files": written, "sealing_key": fingerprint}
    signing = f"seals are signed with {fingerprint}" if fingerprint else "seals are not signed: this machine has no ssh-keygen"
    session.answer(document, [f"wrote {len(written)} files to {folder.resolve()}", signing, *_next_steps(folder, today)])


def _next_steps(folder: Path, today: date) -> list[str]:
    here = f"proofloop --workspace {folder}"
    history = f"--from {today - timedelta(days=HISTORY_DAYS - 1)} --to {today - timedelta(days=1)}"
    return [
        "next:",
        f"  {here} triage                     the day that is over",
        f"  {here} replay {history} --dry-run   every day of the example, without recording it",
    ]


def workspace_files(example: str, today: date) -> dict[str, str]:
    """Return the files of a new workspace with ``example``, whose data end the day before ``today``: path -> text."""
    chosen = EXAMPLES[example]
    schemas = {f"schemas/{kind}.json": json.dumps(schema_of(kind), indent=1, sort_keys=True) + "\n" for kind in KINDS if _is_read(kind)}
    return {
        FILE_NAME: _SETTINGS,
        f"systems/{chosen.system_id}.yaml": chosen.system,
        f"data/{chosen.data_name}": chosen.data(today),
        "policies/README.md": _POLICIES_README,
        SIGNERS_FILE: _SIGNERS,
        IGNORE_FILE: f"{STATE_FOLDER}/\n",
        **schemas,
    }


def write_workspace(folder: Path, files: dict[str, str]) -> list[str]:
    """Write ``files`` below ``folder`` and return their names.

    Raises:
        ConfigurationError: one of them exists; nothing was written.
    """
    taken = [name for name in files if name != IGNORE_FILE and (folder / name).exists()]
    if taken:
        raise ConfigurationError(
            [f"{folder / name}: expected no such file, found one; choose another folder or remove it" for name in taken]
        )
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # A repository has its own .gitignore: ours is added to it.
        with path.open("a" if name == IGNORE_FILE else "x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    return sorted(files)


def _is_read(kind: str) -> bool:
    return kind in {"workspace", "system", "suppressions", "release-proposal", "release-record"} or kind.startswith("policy-")

"""Keys of the demonstration's people, and their signatures, made with OpenSSH alone.

Put here how somebody of the bank gets a key and signs with it. Who signs what is ``candidates.py`` and ``closings.yaml``.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from registry.evidence.signing import make_key
from registry.settings import SIGNERS_FILE

KEYS = Path("keys")


def give_key(root: Path, name: str, role: str, person: str) -> None:
    """Make a key under ``name`` that says who signs in a role; the key of somebody who has one stays."""
    if (root / KEYS / name).exists():
        return
    kind, key, *_ = make_key(root / KEYS / name, person).split()
    with (root / SIGNERS_FILE).open("a", encoding="utf-8", newline="\n") as stream:
        stream.write(f'{person} namespaces="{role}" {kind} {key}\n')


def sign_as(root: Path, name: str, role: str, path: Path) -> Path:
    """Sign a file for a role with the key ``name``, and return the signature's path."""
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", role, "-f", str(root / KEYS / name), str(path)]
    subprocess.run(command, check=True, capture_output=True, env=os.environ)  # noqa: S603 - a fixed program, and no shell between
    return path.with_name(f"{path.name}.sig")

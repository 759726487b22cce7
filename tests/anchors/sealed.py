"""A workspace whose archive has a few seals, and anchor commands that note how they were called."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime
from pathlib import Path

from registry.domain.anchoring import Head
from registry.evidence.anchors import head_of
from registry.evidence.names import seal_path
from registry.evidence.packages import last_seal, read_seal
from registry.settings import Workspace, load_workspace
from tests.evidence.archives import FIRST_DAY, ledger_of, publish_days

NOW = datetime(2020, 3, 10, 12, tzinfo=UTC)


def a_sealed_workspace(root: Path, packages: int = 3, settings: str = "") -> Workspace:
    """Return a workspace with ``packages`` sealed packages of two events each."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "proofloop.yaml").write_text(f"timezone: UTC\n{settings}", encoding="utf-8")
    workspace = load_workspace(root, {})
    publish_days(workspace.archive_dir, workspace.spool_dir, range(1, packages + 1), ledger_of(packages * 2), 2)
    return workspace


def a_command(root: Path, script: str) -> str:
    """Write ``script`` as a program of the workspace and return the setting that calls it."""
    path = root / "anchor.sh"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return f"anchor_command: {json.dumps(['./anchor.sh', 'a word with blanks; $(not run)'])}\n"


def a_noting_command(root: Path) -> str:
    """Return the setting of a command that writes down how it was called."""
    note = shlex.quote(str(root / "called.txt"))
    return a_command(root, f'printf "%s\\n" "$@" >> {note}; cat > {note}.json; env > {note}.env; echo "noted $2 of $3"')


def head_and_path(workspace: Workspace, seq: int = 0) -> tuple[Head, Path]:
    """Return the head of the archive, or one of its seals, and its file."""
    seal = read_seal(workspace.archive_dir, seq) if seq else last_seal(workspace.archive_dir)
    assert seal is not None
    return head_of(seal), seal_path(workspace.archive_dir, seal.seq)


__all__ = ["FIRST_DAY", "NOW", "a_command", "a_noting_command", "a_sealed_workspace", "head_and_path"]

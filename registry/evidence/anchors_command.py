"""Running ``anchor_command``: the configured words, never a shell, the head on its standard input, and a time it must end within.

Put here how the command is called and judged. What it does with the head is its own business; recipes are ``deployments/anchors``.

The rules:
 * Three words follow those of the settings: the seal's number, its digest, the path of the seal file. ``PROOFLOOP_ANCHOR_SEAL``,
   ``PROOFLOOP_ANCHOR_DIGEST`` and ``PROOFLOOP_ANCHOR_PATH`` say the same, and the standard input is one JSON document.
 * Exit code 0 means: this head is where nobody here can take it back. Anything else, or no end in time, means it is not.
 * Variables that ``proofloop.yaml`` refers to as secrets are not handed on: an anchor needs no password of the ledger.
 * The first line of its output is kept, unless it holds a secret; of the rest only the digest is.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO

from registry.domain.anchoring import Receipt
from registry.domain.canonical import digest_bytes, digest_of
from registry.errors import EvidenceError
from registry.evidence.anchors import head_document, head_of
from registry.evidence.names import seal_path
from registry.evidence.seal import Seal
from registry.evidence.secret_scan import SecretScanner
from registry.settings import Workspace

_MAX_ANSWER = 200
_MAX_KEPT_BYTES = 4_000_000


def has_anchor(workspace: Workspace) -> bool:
    """Return whether heads are handed out: a what-if run has an archive of its own, whose heads nobody must take for real ones."""
    return bool(workspace.settings.anchor_command) and workspace.state_override is None


def run_anchor_command(workspace: Workspace, seal: Seal, now: datetime, environ: Mapping[str, str] | None = None) -> Receipt:
    """Hand the head ``seal`` to the workspace's anchor command and return the receipt, dated ``now``.

    Raises:
        EvidenceError: there is no such program, it did not end in time, or it ended with another code than 0.
    """
    values = os.environ if environ is None else environ
    path = str(seal_path(workspace.archive_dir, seal.seq).resolve())
    words = [_program(workspace, values), *workspace.settings.anchor_command[1:], f"{seal.seq:06d}", seal.digest, path]
    secrets = workspace.secrets_in_use(values)
    document = json.dumps(head_document(seal, path)).encode()
    output = _run(words, workspace, _environment(seal, path, values, secrets), document, secrets)
    return Receipt(
        head=head_of(seal),
        anchored_at=now,
        command=Path(words[0]).name,
        command_digest=digest_of(list(workspace.settings.anchor_command)),
        answer=_first_line(output, secrets),
        answer_digest=digest_bytes(output),
    )


def find_program(workspace: Workspace, environ: Mapping[str, str]) -> str | None:
    """Return the program that the command's first word names, None where there is none.

    A word with a slash is a file of the workspace; any other is looked for in ``PATH``, then beside the running Python.
    """
    word = workspace.settings.anchor_command[0]
    if "/" in word:
        return shutil.which(workspace.resolve(word))
    beside = str(Path(sys.executable).parent)
    return shutil.which(word, path=os.pathsep.join((environ.get("PATH", os.defpath), beside)))


def _program(workspace: Workspace, environ: Mapping[str, str]) -> str:
    found = find_program(workspace, environ)
    if found is None:
        word = workspace.settings.anchor_command[0]
        raise EvidenceError(
            f"anchor_command: expected a program {word!r} that can be run, found none; install it or correct proofloop.yaml"
        )
    return found


def _environment(seal: Seal, path: str, environ: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, str]:
    told = {"SEAL": f"{seal.seq:06d}", "DIGEST": seal.digest, "PATH": path}
    kept = {name: value for name, value in environ.items() if name not in secrets}
    return kept | {f"PROOFLOOP_ANCHOR_{name}": value for name, value in told.items()}


def _run(words: list[str], workspace: Workspace, environment: dict[str, str], document: bytes, secrets: Mapping[str, str]) -> bytes:
    """Return what the command printed. Files rather than pipes, so that a child it leaves behind cannot keep us waiting."""
    seconds = workspace.settings.anchor_timeout_seconds
    with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        stdin.write(document)
        stdin.seek(0)
        try:
            process = subprocess.Popen(  # noqa: S603 - the workspace's own words, no shell
                words, cwd=workspace.root, env=environment, stdin=stdin, stdout=stdout, stderr=stderr, start_new_session=True
            )
        except OSError as error:
            raise EvidenceError(f"anchor_command: expected a program that starts, found {error.strerror}: {words[0]}") from error
        code = _wait(process, seconds)
        if code is None:
            raise EvidenceError(f"anchor_command: expected it to end within anchor_timeout_seconds = {seconds}, it did not and was stopped")
        if code:
            told = _last_line(_content(stderr), secrets) or "nothing on its standard error"
            raise EvidenceError(f"anchor_command: expected exit code 0, found {code}: {told}")
        return _content(stdout)


def _wait(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # what it started must not go on after it was judged
        process.wait()


def _content(stream: IO[bytes]) -> bytes:
    stream.seek(0)
    return stream.read(_MAX_KEPT_BYTES)


def _first_line(output: bytes, secrets: Mapping[str, str]) -> str:
    lines = output.strip().splitlines()
    return _shown(lines[0], secrets) if lines else ""


def _last_line(output: bytes, secrets: Mapping[str, str]) -> str:
    lines = output.strip().splitlines()
    return _shown(lines[-1], secrets) if lines else ""


def _shown(line: bytes, secrets: Mapping[str, str]) -> str:
    scanner = SecretScanner("answer", secrets)
    scanner.feed(line)
    if scanner.findings:
        return "(withheld: it holds a secret)"
    text = line.decode("ascii", errors="replace").replace("\ufffd", "?")
    return "".join(character if character.isprintable() else "?" for character in text)[:_MAX_ANSWER]

"""The head as a line of a file on a protected branch of a git repository that others keep.

Put here what is done with git. The remote must refuse forced pushes and deletion of the branch, or it anchors nothing:
``docs/guides/anchor.md`` shows how, and what a commit's own time is worth.

 * One file a seal, ``heads/000042``, never changed: another digest under a number that is there is refused, since it means that the
   archive was rewritten.
 * A head that is there already is no new commit. Success means that the remote itself names the commit.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from deployments.anchors.head import note_for
from registry.domain.anchoring import Head
from registry.errors import EvidenceError

_WHO = {"GIT_AUTHOR_NAME": "proofloop", "GIT_AUTHOR_EMAIL": "proofloop@localhost"}
_WHO |= {"GIT_COMMITTER_NAME": "proofloop", "GIT_COMMITTER_EMAIL": "proofloop@localhost"}
_TRIES = 3


def push_head(repository: str, branch: str, folder: Path, head: Head, path: Path) -> str:
    """Push the head to ``branch`` of ``repository`` by way of the clone in ``folder``, and return the commit that holds it.

    Raises:
        EvidenceError: git failed, the remote refused, or it holds another head under this number.
    """
    note = f"{note_for(head, path)}\n"
    if not (folder / "HEAD").exists():
        folder.mkdir(parents=True, exist_ok=True)
        _git(folder, "init", "--quiet", "--bare", ".")
    for attempt in range(1, _TRIES + 1):
        tip = _fetch(folder, repository, branch)
        held = _held(folder, tip, head.seal)
        if held and held != note:
            raise EvidenceError(f"{_file(head.seal)} on {branch}: expected {note!r}, found {held!r}: the archive was rewritten")
        if held:
            return f"{tip} on {branch}"
        commit = _commit(folder, tip, head, note)
        try:
            _git(folder, "push", "--quiet", repository, f"{commit}:refs/heads/{branch}")
        except EvidenceError:
            if attempt == _TRIES:
                raise
            continue  # another head came in between, if the next fetch says so
        if _fetch(folder, repository, branch) == commit:
            return f"{commit} on {branch}"
    raise EvidenceError(f"{branch}: expected the remote to name the commit of the head, found another; try again")


def _fetch(folder: Path, repository: str, branch: str) -> str:
    """Return the remote's own idea of the branch, empty where it has none, its commits fetched."""
    listed = _git(folder, "ls-remote", repository, f"refs/heads/{branch}").split()
    if not listed:
        return ""
    _git(folder, "fetch", "--quiet", repository, listed[0])
    return listed[0]


def _held(folder: Path, tip: str, seal: int) -> str:
    if not tip or not _git(folder, "ls-tree", tip, _file(seal)).strip():
        return ""
    return _git(folder, "show", f"{tip}:{_file(seal)}")


def _commit(folder: Path, tip: str, head: Head, note: str) -> str:
    """Return a commit that adds the note to what the branch holds; no work tree is needed."""
    index = {"GIT_INDEX_FILE": str(folder / f"index.{os.getpid()}")}
    try:
        _git(folder, "read-tree", tip or "--empty", environment=index)
        blob = _git(folder, "hash-object", "-w", "--stdin", text=note).strip()
        _git(folder, "update-index", "--add", "--cacheinfo", f"100644,{blob},{_file(head.seal)}", environment=index)
        tree = _git(folder, "write-tree", environment=index).strip()
    finally:
        Path(index["GIT_INDEX_FILE"]).unlink(missing_ok=True)
    parents = ["-p", tip] if tip else []
    return _git(folder, "commit-tree", tree, *parents, "-m", f"Head {head.seal:06d}", "-m", note.strip(), environment=_WHO).strip()


def _file(seal: int) -> str:
    return f"heads/{seal:06d}"


def _git(folder: Path, *words: str, text: str | None = None, environment: dict[str, str] | None = None) -> str:
    values = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_DIR": str(folder), **(environment or {})}
    command = ["git", *words]
    try:
        done = subprocess.run(command, cwd=folder, env=values, input=text or "", capture_output=True, text=True, check=False)  # noqa: S603
    except OSError as error:
        raise EvidenceError(f"git: expected a program that starts, found {error.strerror}; install git") from error
    if done.returncode:
        told = (done.stderr.strip().splitlines() or ["nothing on its standard error"])[-1]
        raise EvidenceError(f"git {words[0]}: expected exit code 0, found {done.returncode}: {told}")
    return done.stdout

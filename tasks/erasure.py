"""Copies of narratives outside the ledger: what killed runs left in the spool.

Put here what takes erased text out of working files. Erasing in the ledger is ``registry/ledger/erasure.py``.

 * A spooled file of narratives belongs to one run. If it holds one that the ledger had, that run is over or was overtaken: the file goes.
 * A draft holds no narrative by construction. One that does is told and stays: it may be promised, and a person must look.
 * What a process that died had staged goes; a process that runs takes its own along when it ends.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from registry.domain.decision import Finding, Verdict
from registry.evidence.files import storage_errors
from registry.settings import Workspace
from registry.sources.store import drop_dead
from tasks.engine import task
from tasks.evidence import drafts_dir
from tasks.sources import NarrativeSalt

_STAGED = "staging-"


@task
def clear_spooled_copies(workspace: Workspace, keys: Collection[str], salts: Mapping[str, str]) -> tuple[Finding, ...]:
    """Remove spooled files that hold the narratives of ``keys``, known by their salts, and return what was found. Safe to repeat.

    Raises:
        EvidenceUnavailableError: the spool does not answer (retried).
    """
    derived = NarrativeSalt(workspace.narrative_key())
    marks = {derived(key).hex().encode() for key in keys} | {salt.encode() for salt in salts.values()}
    with storage_errors(f"spool {workspace.spool_dir}"):
        if not workspace.spool_dir.is_dir():
            return (_found(Verdict.PASS, "no_copies", "there is no spool"),)
        drop_dead(workspace.spool_dir)
        holding = [path for path in _files(workspace.spool_dir) if any(mark in path.read_bytes() for mark in marks)]
        drafted = [path for path in holding if path.is_relative_to(drafts_dir(workspace))]
        for path in holding:
            if path not in drafted:
                path.unlink(missing_ok=True)
    told = [
        _found(Verdict.FAIL, "text_in_draft", f"{path}: a draft holds an erased narrative; look at it before it is sealed")
        for path in drafted
    ]
    return (_found(Verdict.PASS, "no_copies", f"the spool was searched; {len(holding) - len(drafted)} files of it removed"), *told)


def _files(spool: Path) -> list[Path]:
    inside = (path for path in spool.rglob("*") if path.is_file() and not path.is_symlink())
    return sorted(path for path in inside if not path.relative_to(spool).parts[0].startswith(_STAGED))


def _found(verdict: Verdict, code: str, reason: str) -> Finding:
    return Finding("erasure", "spool", verdict, code, reason)

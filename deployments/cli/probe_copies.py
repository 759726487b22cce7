"""How ``proofloop doctor`` reaches a copy of the archive, and what it says of it.

Put here what is asked of a store without writing to it. What kinds of stores guarantee is ``registry/evidence/store_guarantees.py``.
"""

from __future__ import annotations

from collections.abc import Mapping

from registry.archive_copies import copy_target
from registry.settings import Workspace


def reach_copy(workspace: Workspace, name: str, environ: Mapping[str, str]) -> str:
    """List the copy and say what it holds and what its store guarantees; whether it overwrites is told as last tried by a run."""
    from registry.evidence.names import WORKROOM
    from registry.evidence.replica_progress import read_progress
    from registry.evidence.store_guarantees import guarantees_of
    from registry.evidence.stores import NOT_TRIED, is_evidence, open_store

    target = copy_target(workspace, name, environ)
    store = open_store(target)
    count = sum(map(is_evidence, store.listing()))
    noted = read_progress(workspace.archive_dir / WORKROOM / "copies" / name)
    kind = guarantees_of(target.url)
    write_once = kind.write_once if noted.write_once == NOT_TRIED else f"{kind.write_once} ({noted.write_once})"
    return (
        f"{target.shown}: {count} objects, {noted.seq} packages confirmed; write-once: {write_once}; "
        f"list after write: {kind.list_after_write}; lock and versions: {store.protection()}; who can delete: {kind.who_can_delete}"
    )

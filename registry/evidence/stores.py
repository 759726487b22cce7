"""Stores that hold copies of the archive: what every one of them can do, and how the right one is opened.

Put here what all stores share. A folder is ``stores_folder.py``, everything that fsspec reaches ``stores_objects.py``; what a kind of
store guarantees is ``store_guarantees.py``.

 * An object is created, never replaced and never deleted: there is no call for either.
 * An error says what was expected and found, and never holds a secret: secrets are cut out of whatever a library says, and the library's
   own exception is not chained to ours, because a traceback would print it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from registry.archive_copies import CopyTarget
from registry.errors import EvidenceError, EvidenceUnavailableError, ProofloopError
from registry.evidence.files import FileRef
from registry.evidence.names import WORKROOM
from registry.evidence.store_guarantees import protocol_of

_LONGEST_MESSAGE = 300

REFUSED, NOT_REFUSED, NOT_TRIED = "tried: refuses to overwrite", "tried: DOES NOT refuse to overwrite", "not tried"


class Store(Protocol):
    """Objects by key (``000042/decision.json``), below one place of one store."""

    shown: str

    def listing(self) -> Mapping[str, int]:
        """Return the size of every object by key, as the store lists them now."""
        ...

    def create(self, key: str, source: Path) -> bool:
        """Put the file there under ``key`` and return True; False, and nothing written, when something has that key already."""
        ...

    def refer(self, key: str) -> FileRef:
        """Read the object and return its digest and size."""
        ...

    def fetch(self, key: str, target: Path) -> FileRef:
        """Read the object into a new local file."""
        ...

    def try_write_once(self) -> str:
        """Return whether the store itself refuses to overwrite, by trying it on an object below ``.publish/``."""
        ...

    def protection(self) -> str:
        """Return in words what the store answers about versions and object lock."""
        ...


def open_store(target: CopyTarget) -> Store:
    """Return the store of one copy; nothing is asked of it yet.

    Raises:
        ConfigurationError: the library for this kind of store is not installed, or does not know an option.
    """
    if protocol_of(target.url) == "file":
        from registry.evidence.stores_folder import FolderStore

        return FolderStore(target)
    from registry.evidence.stores_objects import open_objects  # brings fsspec, and with it the store's own library

    return open_objects(target)


def is_evidence(key: str) -> bool:
    """Return whether an object belongs to the copied archive; what lies in the workroom does not."""
    return not key.startswith(f"{WORKROOM}/")


@contextmanager
def reached(target: CopyTarget) -> Iterator[None]:
    """Turn what a store's library raises into a refusal (repeating is in vain) or an outage (safe to retry), without secrets.

    Raises:
        EvidenceError: access denied, no such bucket, or credentials missing.
        EvidenceUnavailableError: anything else.
    """
    try:
        yield
    except ProofloopError:
        raise
    except Exception as error:  # noqa: BLE001 - each store's library has exceptions of its own
        found = told(error, target)
        if isinstance(error, (PermissionError, FileNotFoundError, ValueError)) or "Credentials" in type(error).__name__:
            message = f"archive copy {target.name} at {target.shown}: expected access, found {found}; correct the store or its credentials"
            raise EvidenceError(message) from None
        message = f"archive copy {target.name} at {target.shown}: expected an answer, found {found}; the next run goes on from here"
        raise EvidenceUnavailableError(message) from None


def told(error: BaseException, target: CopyTarget) -> str:
    """Return one line of what ``error`` says, with every secret of the copy cut out."""
    lines = str(error.__cause__ or error).strip().splitlines() or [""]
    text = f"{type(error).__name__}: {lines[0]}"
    for secret in sorted(filter(None, target.secrets), key=len, reverse=True):
        for form in (secret, quote(secret, safe=""), quote(secret)):
            text = text.replace(form, "***")
    return text[:_LONGEST_MESSAGE]

"""What a store of archive copies guarantees, and what nobody knows of it.

Put a row here when a kind of store is added. What a bucket itself answers (versioning, object lock) is asked by ``stores.py``.

A guarantee that is not known counts as none: the text says so, and nothing relies on it.
"""

from __future__ import annotations

from dataclasses import dataclass

NOT_KNOWN = "not known: treated as none"


@dataclass(frozen=True, slots=True)
class Guarantees:
    """What holds for one kind of store, in words that a page and a terminal can show."""

    write_once: str
    list_after_write: str
    lock: str
    who_can_delete: str


KNOWN: dict[str, Guarantees] = {
    "file": Guarantees(
        "an object gets its name by an exclusive link, whole or not at all; where the folder cannot link, after a look whether it is there",
        "at once on a local disk; a network share may show it later, which the look after each copy reports",
        "none",
        "who may write the folder, and root",
    ),
    "s3": Guarantees(
        "If-None-Match on every upload, one request an object; whether the server honours it is tried before anything is written",
        "at once on Amazon S3 and Ceph; looked at after each copy on every server",
        "as the bucket answers",
        "who holds s3:DeleteObject; under object lock in compliance mode nobody before the date",
    ),
    "memory": Guarantees("refused when it is there already; for tests only", "at once", "none", "it is gone when the process ends"),
}

UNKNOWN = Guarantees(NOT_KNOWN, f"{NOT_KNOWN}; looked at after each copy", NOT_KNOWN, f"{NOT_KNOWN}; assume everybody who can write")


def guarantees_of(url: str) -> Guarantees:
    """Return what is known of the kind of store that ``url`` names.

    >>> guarantees_of("webdav://host/x").write_once
    'not known: treated as none'
    """
    return KNOWN.get(protocol_of(url), UNKNOWN)


def protocol_of(url: str) -> str:
    """Return the kind of store; ``s3a`` and ``local`` are other names of ``s3`` and ``file``.

    >>> protocol_of("S3A://bucket/x")
    's3'
    """
    scheme = url.partition("://")[0].lower()
    return {"s3a": "s3", "local": "file"}.get(scheme, scheme)

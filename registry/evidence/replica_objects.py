"""What a copy of the archive must hold, in the order it was published.

Put here which files of an archive are copied. Bringing them to a store is ``replica.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from registry.evidence.files import refer
from registry.evidence.names import SEALS_FOLDER, package_name, seal_path
from registry.evidence.seal import parse_manifest

GUIDES = ("verify.sh",)
"""Files in an archive's root that help a reader and are no evidence."""

LATE_SUFFIX = ".seal.tsr"
REMOVED_FILE = "removed.sha256"

_SEAL_ORDER = (".sha256", ".seal.sig", ".seal", LATE_SUFFIX)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One object a copy must hold."""

    seq: int
    key: str
    path: Path
    digest: str


def wanted_objects(archive: Path, numbers: list[int]) -> Iterator[Wanted]:
    """Yield what a copy must hold, in publication order; files that a later package lists as removed are left out when they are gone."""
    removed = removed_files(archive, numbers)
    for seq in numbers:
        for key, digest in sorted(_listed(archive, seq).items()):
            if not (removed.get(key) == digest and not (archive / key).exists()):
                yield Wanted(seq, key, archive / key, digest)
        for suffix in _SEAL_ORDER:
            path = seal_path(archive, seq, suffix)
            if path.exists():
                yield Wanted(seq, f"{SEALS_FOLDER}/{path.name}", path, refer(path).digest)


def removed_files(archive: Path, numbers: list[int]) -> dict[str, str]:
    """Return path and digest of every file that a sealed package lists as removed under retention."""
    lists = (archive / package_name(seq) / REMOVED_FILE for seq in numbers)
    return {path: digest for found in lists if found.exists() for path, digest in parse_manifest(found.read_bytes(), str(found)).items()}


def _listed(archive: Path, seq: int) -> dict[str, str]:
    manifest = seal_path(archive, seq, ".sha256")
    listed = parse_manifest(manifest.read_bytes(), manifest.name)
    return {path: digest for path, digest in listed.items() if path.startswith(f"{package_name(seq)}/")}

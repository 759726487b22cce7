"""Sealed packages, as their seals say: list them, find one, name the last.

Put here what reads an archive without judging it. Whether what it says is true is ``verify.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from registry.evidence.files import storage_errors
from registry.evidence.names import PACKAGE_NAME, SEALS_FOLDER, package_name, seal_path
from registry.evidence.seal import Seal, parse_seal


@dataclass(frozen=True, slots=True)
class PackageSummary:
    """One sealed package of the archive."""

    path: Path
    seal: Seal


def list_packages(archive: Path) -> tuple[PackageSummary, ...]:
    """Return every sealed package in order, as the seals say (``verify_archive`` tells whether that is true)."""
    with storage_errors(f"evidence archive {archive}"):
        return tuple(PackageSummary(archive / package_name(seq), read_seal(archive, seq)) for seq in sealed_numbers(archive))


def find_package(archive: Path, bundle_digest: str) -> PackageSummary | None:
    """Return the sealed package with this bundle digest, or None; the newest are looked at first."""
    with storage_errors(f"evidence archive {archive}"):
        for seq in reversed(sealed_numbers(archive)):
            seal = read_seal(archive, seq)
            if seal.bundle_digest == bundle_digest:
                return PackageSummary(archive / package_name(seq), seal)
    return None


def last_seal(archive: Path) -> Seal | None:
    """Return the newest seal: ``last_event`` is where the next publisher's events begin. None for an archive without packages."""
    with storage_errors(f"evidence archive {archive}"):
        numbers = sealed_numbers(archive)
        return read_seal(archive, numbers[-1]) if numbers else None


def read_seal(archive: Path, seq: int) -> Seal:
    """Return the seal of package ``seq``.

    Raises:
        EvidenceError: its text is not canonical.
    """
    path = seal_path(archive, seq)
    return parse_seal(path.read_bytes(), f"{SEALS_FOLDER}/{path.name}")


def package_numbers(archive: Path) -> list[int]:
    """Return the numbers that package folders claim, sealed or not."""
    return sorted(int(path.name) for path in archive.iterdir() if PACKAGE_NAME.fullmatch(path.name)) if archive.is_dir() else []


def sealed_numbers(archive: Path) -> list[int]:
    """Return the numbers that seals claim."""
    folder = archive / SEALS_FOLDER
    return sorted(int(path.stem) for path in folder.glob("[0-9][0-9][0-9][0-9][0-9][0-9].seal")) if folder.is_dir() else []

"""How feeds told symptoms on past days, read from the catalogue that each day was sealed with.

Put here what finds that of a day's package. What follows from a feed that tells them otherwise is ``checks/recurrence_tellings.py``.

The rules:
 * The catalogue that lies in the package of a day is what its signals were made by; nothing else records it, and it is kept as long as the
   decision of the day.
 * A package that is still to be sealed lies among the drafts. Of one that is in neither place, nothing is told.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path

from registry.domain.history import Telling
from registry.errors import EvidenceError
from registry.evidence.files import storage_errors
from registry.evidence.names import package_name, seal_path
from registry.evidence.packages import read_seal, sealed_numbers
from registry.evidence.sealed_days import CATALOGUE

Tellings = Mapping[tuple[str, str], Telling]


def read_tellings(archive: Path, drafts: Path, bundle_digests: Collection[str]) -> dict[str, Tellings]:
    """Return how each system and feed told symptoms, by the digest of the day's package; what is not there is left out.

    Raises:
        EvidenceUnavailableError: the storage does not answer.
        EvidenceError: a catalogue is not one.
    """
    found: dict[str, Tellings] = {}
    with storage_errors(f"evidence archive {archive}"):
        for bundle_digest, folder in folders_of(archive, drafts, set(bundle_digests)).items():
            if (path := folder / CATALOGUE).is_file():
                found[bundle_digest] = _read(path)
    return found


def folders_of(archive: Path, drafts: Path, wanted: set[str]) -> dict[str, Path]:
    """Return where each package lies; the newest seals are looked at first, and no more of them than it takes."""
    found: dict[str, Path] = {}
    for seq in reversed(sealed_numbers(archive)):
        if found.keys() == wanted:
            return found
        bundle_digest = _bundle_of(archive, seq, seal_path(archive, seq).stat().st_mtime_ns)
        if bundle_digest in wanted:
            found[bundle_digest] = archive / package_name(seq)
    return found | {one: drafts / one.removeprefix("sha256:") for one in wanted - found.keys()}


@lru_cache(maxsize=65_536)
def _bundle_of(archive: Path, seq: int, _written: int) -> str:
    """A replay asks for the same seals on each of its days."""
    return read_seal(archive, seq).bundle_digest


def _read(path: Path) -> Tellings:
    try:
        return _tellings(path.read_bytes())
    except (ValueError, KeyError, TypeError) as error:
        expected = f"{path.parent.name}/{path.name}: expected the catalogue of a day"
        raise EvidenceError(f"{expected}, found what is none ({type(error).__name__}: {error})") from error


@lru_cache(maxsize=256)
def _tellings(content: bytes) -> Tellings:
    """Most days have the catalogue of the day before."""
    return {
        (system["system_id"], feed["name"]): Telling(
            columns=tuple(sorted(feed["fingerprint"])), where=feed["where"], ai_system=feed["ai_system"], synthetic=feed["synthetic"]
        )
        for system in json.loads(content)
        for feed in system["feeds"]
    }

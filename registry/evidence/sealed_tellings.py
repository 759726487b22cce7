"""How feeds told symptoms on past days, read from the catalogue and the policy tables that each day was sealed with.

Put here what finds that of a day's package. What follows from a feed that tells them otherwise is ``checks/recurrence_tellings.py``.

The rules:
 * The catalogue that lies in the package of a day is what its signals were made by, and so is the table ``redaction`` beside it: a symptom
   is named by redacted texts. Nothing else records them, and they are kept as long as the decision of the day. Both have to be there.
 * A package that is still to be sealed lies among the drafts. Of one that is in neither place, nothing is told.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from registry.domain.catalogue import TimeField
from registry.domain.history import Telling
from registry.errors import EvidenceError
from registry.evidence.files import storage_errors
from registry.evidence.names import package_name, seal_path
from registry.evidence.packages import read_seal, sealed_numbers
from registry.evidence.sealed_days import CATALOGUE, POLICIES

Tellings = Mapping[tuple[str, str], Telling]


def read_tellings(archive: Path, drafts: Path, bundle_digests: Collection[str]) -> dict[str, Tellings]:
    """Return how each system and feed told symptoms, by the digest of the day's package; what is not there is left out.

    Raises:
        EvidenceUnavailableError: the storage does not answer.
        EvidenceError: a catalogue, or tables, are none.
    """
    found: dict[str, Tellings] = {}
    with storage_errors(f"evidence archive {archive}"):
        for bundle_digest, folder in folders_of(archive, drafts, set(bundle_digests)).items():
            if (folder / CATALOGUE).is_file() and (folder / POLICIES).is_file():
                found[bundle_digest] = _read(folder)
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


def _read(folder: Path) -> Tellings:
    try:
        return _tellings((folder / CATALOGUE).read_bytes(), _redacted((folder / POLICIES).read_bytes()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        expected = f"{folder.name}: expected the catalogue and the policy tables of a day in {CATALOGUE} and {POLICIES}"
        raise EvidenceError(f"{expected}, found what is none ({type(error).__name__}: {error})") from error


@lru_cache(maxsize=256)
def _redacted(content: bytes) -> tuple[str, ...]:
    """Most days have the tables of the day before. The order of the kinds changes no text."""
    return tuple(sorted(kind for kind, row in dict(json.loads(content)["redaction"]).items() if row["redact"]))


@lru_cache(maxsize=256)
def _tellings(content: bytes, redacted: tuple[str, ...]) -> Tellings:
    """Most days have the catalogue of the day before."""
    return {
        (system["system_id"], feed["name"]): _telling(feed, system["timezone"], redacted)
        for system in json.loads(content)
        for feed in system["feeds"]
    }


def _telling(feed: Mapping[str, Any], zone: str, redacted: tuple[str, ...]) -> Telling:
    columns = tuple(sorted(feed["fingerprint"]))
    return Telling(
        columns=columns,
        where=feed["where"],
        ai_system=feed["ai_system"],
        synthetic=feed["synthetic"],
        signal_id=feed["signal_id"],
        received_at=TimeField(**feed["received_at"]),
        occurred_at=TimeField(**feed["occurred_at"]),
        zone=zone,
        versions=tuple(sorted(feed["versions"].items())),
        redacted=redacted if columns else (),
    )

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
from registry.evidence.cited import read_each
from registry.evidence.sealed_days import CATALOGUE, POLICIES

Tellings = Mapping[tuple[str, str], Telling]


def read_tellings(archive: Path, drafts: Path, bundle_digests: Collection[str]) -> dict[str, Tellings]:
    """Return how each system and feed told symptoms, by the digest of the day's package; what is not there is left out.

    Raises:
        EvidenceUnavailableError: the storage does not answer.
        EvidenceError: a catalogue, or tables, are none.
    """
    return read_each(archive, drafts, bundle_digests, _told)


def _told(folder: Path) -> Tellings | None:
    try:
        return _tellings((folder / CATALOGUE).read_bytes(), _redacted((folder / POLICIES).read_bytes()))
    except FileNotFoundError:
        return None
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

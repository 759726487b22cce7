"""Everything that people wrote for a release, read at once: its cards, and its signed records.

Put here what the catalogue names as documents of a release. One card is ``release_cards.py``, one record ``release_records.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from registry.domain.release import ReleaseSpec
from registry.domain.release_read import CardRead, SignedRecord
from registry.sources.prediction_rows import PredictionPlace
from registry.sources.release_cards import read_card
from registry.sources.release_records import SIGNATURE_ENDING, read_record


@dataclass(frozen=True, slots=True)
class ReleaseDocuments:
    """Cards and records in the order of the catalogue; ``papers`` are their files as they are stored, by the name of their kind."""

    cards: tuple[CardRead, ...]
    records: tuple[SignedRecord, ...]
    papers: Mapping[str, bytes]


def read_release_documents(
    spec: ReleaseSpec, place: PredictionPlace, signers: tuple[str, bytes], zone: str, as_of: datetime, seen: Mapping[str, datetime]
) -> ReleaseDocuments:
    """Return every document of a release; one that cannot be read says why, and is among the papers if it is there.

    ``signers`` are the texts of ``allowed_signers`` and ``revoked_keys``, ``zone`` the one in which days are meant, ``seen``
    when records were first shown, by the digest of their papers.

    Raises:
        SourceUnavailableError: storage does not answer, or a document is being written (retried).
        EvidenceUnavailableError: ``ssh-keygen`` is missing or does not answer.
    """
    cards, records = [], []
    papers: dict[str, bytes] = {}
    for card_kind, path in spec.cards.items():
        card, file = read_card(card_kind, path, place)
        cards.append(card)
        papers |= {f"{card_kind.value}.md": file.content} if file else {}
    for kind, path in spec.records.items():
        record, files = read_record(kind, path, place, signers, zone, as_of, seen)
        records.append(record)
        papers |= {f"{kind.value}.yaml{ending}": one.content for ending, one in zip(("", SIGNATURE_ENDING), files, strict=False)}
    return ReleaseDocuments(tuple(cards), tuple(records), papers)

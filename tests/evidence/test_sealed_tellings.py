"""How feeds told symptoms on a day, as its sealed catalogue and policy tables have it: what is another way, and what is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from registry.domain.canonical import canonical_json, dense_json
from registry.domain.catalogue import FeedSpec, SourceSpec, TimeField
from registry.domain.history import Telling
from registry.errors import EvidenceError
from registry.evidence.sealed_days import CATALOGUE, POLICIES
from registry.evidence.sealed_tellings import read_tellings
from tests.builders import FEED, SYSTEM, a_feed, a_system

DIGEST = "sha256:" + "a" * 64
KINDS = ("card", "email", "ip")


def sealed(tmp_path: Path, system: dict[str, Any] | None = None, kinds: tuple[str, ...] = KINDS, **feed: Any) -> Telling:
    """Return how the feed is told by a day that is sealed with ``kinds`` redacted and with these keys of the catalogue."""
    tables = {
        "redaction": [[kind, {"redact": kind in kinds}] for kind in dict.fromkeys((*kinds, *KINDS, "phone"))],
        "another": [["row", len(kinds)]],
    }
    return told(tmp_path, dense_json((a_system(feeds=(a_feed(**feed),), **(system or {})),)), canonical_json(tables))[SYSTEM, FEED]


def told(tmp_path: Path, *contents: bytes) -> Any:
    folder = tmp_path / DIGEST.removeprefix("sha256:")
    folder.mkdir(exist_ok=True)
    for name, content in zip((CATALOGUE, POLICIES), contents, strict=False):
        (folder / name).write_bytes(content)
    return read_tellings(tmp_path / "archive", tmp_path, [DIGEST])[DIGEST]


SPEC: FeedSpec = a_feed()
ANOTHER_WAY = [
    {"fingerprint": ("Another",)},
    {"where": "Channel = 'Web'"},
    {"ai_system": "Bot"},
    {"synthetic": "Test"},
    {"signal_id": "Customer"},
    {"received_at": replace(SPEC.received_at, plus_days=30)},
    {"occurred_at": TimeField("Date of contract")},
    {"occurred_at": replace(SPEC.occurred_at, format="%d/%m/%Y")},
    {"versions": {"model": "Model at sale"}},
    {"kinds": ("card", "email")},
    {"kinds": (*KINDS, "phone")},
    {"system": {"timezone": "Pacific/Auckland"}},
]
NO_OTHER_WAY = [
    {"fingerprint": tuple(reversed(SPEC.fingerprint))},
    {"kinds": tuple(reversed(KINDS))},
    {"segment": {"product": "Product"}},
    {"journey_step": "Step"},
    {"narrative": "Text"},
    {"known_values": {"Issue": ("A", "B")}},
    {"source": SourceSpec("moved", path="data/moved.csv")},
    {"max_stale_days": 9},
    {"opens_spike": True},
    {"system": {"name": "Another name", "owners": {"product_owner": "new@bank.example"}, "vendors": ("Another",), "risk_tier": "high"}},
]


@pytest.mark.parametrize("edited", ANOTHER_WAY, ids=str)
def test_what_names_or_dates_a_symptom_is_part_of_how_it_is_told(tmp_path: Path, edited: dict[str, Any]) -> None:
    assert sealed(tmp_path, **edited) != sealed(tmp_path)


@pytest.mark.parametrize("edited", NO_OTHER_WAY, ids=str)
def test_what_does_neither_is_no_other_way(tmp_path: Path, edited: dict[str, Any]) -> None:
    columns = {"fingerprint": ("Issue", "Product")} | ({} if "fingerprint" not in edited else {"fingerprint": ("Product", "Issue")})
    assert sealed(tmp_path, **{**edited, **columns}) == sealed(tmp_path, fingerprint=("Issue", "Product"))


def test_where_no_column_names_a_symptom_nothing_of_it_is_redacted(tmp_path: Path) -> None:
    assert sealed(tmp_path, fingerprint=(), kinds=()) == sealed(tmp_path, fingerprint=())


def test_a_day_without_its_policy_tables_tells_nothing(tmp_path: Path) -> None:
    sealed(tmp_path)
    (tmp_path / DIGEST.removeprefix("sha256:") / POLICIES).unlink()
    assert read_tellings(tmp_path / "archive", tmp_path, [DIGEST]) == {}


@pytest.mark.parametrize("contents", [(b"[{}]", b'{"redaction":[]}'), (b"[]", b"{}"), (b"[]", b'{"redaction":[["ip",1]]}'), (b"", b"{}")])
def test_files_that_are_none_are_an_error(tmp_path: Path, contents: tuple[bytes, bytes]) -> None:
    with pytest.raises(EvidenceError, match="expected the catalogue and the policy tables of a day"):
        told(tmp_path, *contents)

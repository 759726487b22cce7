"""What the ledger's events tell of a system when a release of it is proposed: what serves, of what is released and of the rest."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from registry.domain.catalogue import VersionSpec
from registry.domain.events import EventKind
from registry.domain.gate import ServingVersion
from registry.domain.release_told import system_now
from registry.domain.times import format_instant
from tests.release_builders import MORNING, SYSTEM, a_released_system

VERSIONS = (VersionSpec("model", mlflow_model="credit"), VersionSpec("prompt", recorded="7"), VersionSpec("index"))


def observed(artifact: str, version: str, days_ago: int = 9, *, share: int = 100, system: str = SYSTEM) -> dict[str, Any]:
    """Return the envelope of an event that says what serves since so many days ago."""
    at = format_instant(MORNING - timedelta(days=days_ago))
    data = {"artifact": artifact, "version": version, "source": "mlflow", "share_percent": share}
    return {"kind": EventKind.VERSION_OBSERVED, "system": system, "as_of": at, "actor": "", "data": data}


def now(*envelopes: dict[str, Any]) -> tuple[tuple[ServingVersion, ...], Any]:
    found = system_now(a_released_system(versions=VERSIONS), "model", MORNING, list(enumerate(envelopes, 1)))
    return found.in_force, found.others


def test_without_events_only_what_the_catalogue_records_serves() -> None:
    assert now() == ((), {"prompt": (ServingVersion("7", 100),)})


def test_what_is_released_is_told_apart_from_what_serves_beside_it() -> None:
    assert now(observed("model", "1"), observed("index", "2026-02")) == (
        (ServingVersion("1", 100),),
        {"prompt": (ServingVersion("7", 100),), "index": (ServingVersion("2026-02", 100),)},
    )


def test_what_was_observed_counts_and_not_what_the_catalogue_says() -> None:
    _, others = now(observed("prompt", "8"), observed("prompt", "9", 2, share=10))
    assert others == {"prompt": (ServingVersion("8", 90), ServingVersion("9", 10))}


def test_other_systems_later_days_and_strange_artifacts_say_nothing() -> None:
    told = observed("prompt", "8", system="fraud_filter"), observed("prompt", "8", -1), observed("tool", "3")
    assert now(*told) == ((), {"prompt": (ServingVersion("7", 100),)})

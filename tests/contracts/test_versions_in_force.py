"""What was in force at any instant, on every backend, against an oracle that shares no code with the product.

A generated history of a year over the zone's two short and long days: aliases that move, records by hand about the past, canaries, and
corrections of the same instant, appended in the order in which they became known.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from checks.contribution import VersionHistory
from registry.domain.events import Event, EventKind
from registry.domain.memory import Memory
from registry.domain.times import local_date
from registry.domain.versions import claim_of, serving_at, versions_in_force
from registry.ledger.store import Ledger
from registry.ledger.verification import verify_ledger
from tests.builders import SYSTEM
from tests.builders_policies import some_policies

ZONE = ZoneInfo("America/New_York")
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
DST_DAYS = (datetime(2026, 3, 8, tzinfo=ZONE), datetime(2026, 11, 1, tzinfo=ZONE))
INSTANTS = 1_000
LENGTH = 120


@dataclass(frozen=True)
class Said:
    """One claim as the oracle knows it: ``number`` is the order in which claims became known."""

    number: int
    artifact: str
    version: str
    from_at: datetime
    percent: int


def a_history(seed: int) -> list[Said]:
    chosen, said = random.Random(seed), list[Said]()
    for number in range(LENGTH):
        kind = chosen.random()
        if kind < 0.25 and said:
            from_at = chosen.choice(said).from_at  # a correction, or a second version of the same instant
        elif kind < 0.5:
            from_at = chosen.choice(DST_DAYS).astimezone(UTC) + timedelta(minutes=30 * chosen.randrange(52))
        else:
            from_at = NEW_YEAR + timedelta(microseconds=chosen.randrange(365 * 86_400_000_000))
        percent = chosen.choice((100, 100, 100, 1, 5, 10, 25, 50, 90))
        said.append(Said(number, chosen.choice(("model", "prompt")), chosen.choice("12345"), from_at, percent))
    return said


def an_event(said: Said) -> Event:
    body = {"artifact": said.artifact, "version": said.version, "source": "recorded by person", "from_at": said.from_at}
    body |= {"share_percent": said.percent} if said.percent < 100 else {}  # as events were before there were shares
    known_at = datetime(2027, 1, 1, tzinfo=UTC) + timedelta(minutes=said.number)
    return Event(EventKind.VERSION_OBSERVED, SYSTEM, f"{said.number}", known_at, local_date(known_at, "UTC"), body)


def oracle(said: list[Said], artifact: str, at: datetime) -> dict[str, int]:
    """Return version and share at one instant, by looking at every claim about it anew."""
    heard = [one for one in said if one.artifact == artifact and one.from_at <= at]

    def is_withdrawn(one: Said) -> bool:
        later = [other for other in heard if other.from_at == one.from_at and other.number > one.number]
        return any(other.percent == 100 or other.version == one.version for other in later)

    valid = sorted((one for one in heard if not is_withdrawn(one)), key=lambda one: (one.from_at, one.number))
    whole = [place for place, one in enumerate(valid) if one.percent == 100]
    parts = {one.version: one.percent for one in valid[whole[-1] + 1 if whole else 0 :]}
    rest = 100 - sum(parts.values())
    if whole and valid[whole[-1]].version not in parts and rest > 0:
        parts[valid[whole[-1]].version] = rest
    return parts


def instants(said: list[Said], seed: int) -> list[datetime]:
    """Random instants of the year, and as many on, before and after the ends of stretches and around the clock changes."""
    chosen, found = random.Random(seed), list[datetime]()
    while len(found) < INSTANTS:
        near = chosen.choice(said).from_at + timedelta(microseconds=chosen.randrange(-1, 2))
        clock = chosen.choice(DST_DAYS).astimezone(UTC) + timedelta(seconds=chosen.randrange(26 * 3600))
        found += [NEW_YEAR + timedelta(microseconds=chosen.randrange(366 * 86_400_000_000)), near, clock]
    return found[:INSTANTS]


@pytest.mark.parametrize("seed", range(3))
def test_what_was_in_force_is_exact_at_a_thousand_instants(ledger: Ledger, seed: int) -> None:
    said = a_history(seed)
    for one in said:
        ledger.append([an_event(one)])
    claims = [claim_of(event.seq, json.loads(event.body)) for event in ledger.read_events(kinds=[EventKind.VERSION_OBSERVED])]
    history = VersionHistory(ledger.read_versions([SYSTEM]))
    for at in instants(said, seed):
        serving = serving_at(claims, at)
        for artifact in ("model", "prompt"):
            expected = oracle(said, artifact, at)
            found = sorted((one.claim.version, one.share_percent) for one in serving if one.claim.artifact == artifact)
            assert found == sorted(expected.items()), f"seed {seed}, {artifact} at {at.isoformat()}"
            alone = [version for version, share in expected.items() if share == 100]
            assert history.in_force(SYSTEM, artifact, at) == (alone[0] if alone else None if expected else "")
    assert verify_ledger(ledger) == ()


def test_ledger_and_archive_remember_the_same_history(ledger: Ledger) -> None:
    said, memory = a_history(7), Memory()
    for seq, one in enumerate(said, 1):
        ledger.append([an_event(one)])
        memory.apply(seq, json.loads(an_event(one).canonical_body()))
    remembered = memory.history([SYSTEM], local_date(NEW_YEAR, "UTC"), some_policies(), LENGTH).versions
    claims = [claim_of(event.seq, json.loads(event.body)) for event in ledger.read_events()]
    assert remembered == ledger.read_versions() == versions_in_force(claims) != ()
    assert any(row.share_percent < 100 for row in remembered)


def test_a_claim_that_an_earlier_version_did_not_keep_because_it_repeated_the_one_before_is_no_fault(ledger: Ledger) -> None:
    seen = [Said(number, "model", version, NEW_YEAR + timedelta(days=number), 100) for number, version in enumerate("778")]
    ledger.append([an_event(one) for one in seen])
    with ledger.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        else:
            for name in connection.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'version_in_force'"
            ).scalars():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql("DELETE FROM version_in_force WHERE event_seq = 2")
    assert verify_ledger(ledger) == ()
    assert [row.version for row in ledger.read_versions()] == ["7", "8"]

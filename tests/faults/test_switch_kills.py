"""Promotions and rollbacks killed at any point, and many at once: exactly one in ledger and MLflow, and none that nobody hears of."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.release_run import SwitchMade
from registry.ledger.verification import verify_ledger
from tests.faults.forked_days import Kill
from tests.faults.forked_switches import POINTS, Switches, forked_switches
from tests.mlflow_stores import fraud_server, fraud_store
from tests.switched_bank import ALIAS, MODEL, SwitchedBank, a_switched_bank, client_of, copied_store
from tests.versions.servers import MlflowServer

__all__ = ["fraud_server", "fraud_store"]

_KILLED = -int(signal.SIGKILL)
ACTS = ("promotion", "rollback")
STATES = ("started", "alias_set", "tagged", "ended")
"""Points after which the next run finds something else each: nothing moved, the alias moved, all but the record, and nothing to do."""


def cases(*backends: str, points: tuple[Kill, ...] = POINTS) -> list[Any]:
    """Return every backend, act and point; a rollback has no canary to remove."""
    found = [(backend, act, kill) for backend in backends for act in ACTS for kill in points]
    told = [one for one in found if (one[1], one[2].point) != ("rollback", "alias_removed")]
    return [pytest.param(*one, id=f"{one[0]}-{one[1]}-{one[2].point}-{one[2].hit}") for one in told]


EACH = cases("store", "server")
NEXT = [*cases("store"), *cases("server", points=tuple(Kill(point) for point in STATES))]


@pytest.fixture(scope="module")
def switches() -> Iterator[Switches]:
    with forked_switches() as running:
        yield running


@pytest.fixture(params=["store", "server"])
def bank(request: pytest.FixtureRequest, fraud_store: Path, tmp_path: Path) -> SwitchedBank:
    """The bank, with MLflow's store in a file of its own, then with a real server as it was when it started."""
    if request.param == "store":
        return a_switched_bank(tmp_path / "bank", copied_store(fraud_store, tmp_path))
    server: MlflowServer = request.getfixturevalue("fraud_server")
    _as_it_was(server.uri)
    return a_switched_bank(tmp_path / "bank", server.uri)


def _as_it_was(uri: str) -> None:
    client = client_of(uri)
    client.set_registered_model_alias(MODEL, ALIAS, "1")
    client.delete_registered_model_alias(MODEL, "canary")
    for version in client.search_model_versions(f"name='{MODEL}'"):
        for tag in version.tags:
            client.delete_model_version_tag(MODEL, version.version, tag)


@dataclass(frozen=True, slots=True)
class Scene:
    """A switch that is about to be made: how, and what there is once it was."""

    bank: SwitchedBank
    make: Callable[[Kill | None], list[int]]
    version: str
    before: int

    @property
    def made(self) -> tuple[SwitchMade, ...]:
        """Return the switches since the scene was set."""
        return tuple(one for one in self.bank.switches if one.started_event > self.before)

    def assert_there_once(self) -> None:
        (made,) = self.made
        assert made.took_effect and made.to_version == self.version
        assert self.bank.aliases == {"champion": self.version}
        claimed = [
            seq for seq, told in self.bank.events(EventKind.VERSION_OBSERVED) if told["data"].get("started_event") == made.started_event
        ]
        assert len(claimed) == 1
        assert self.bank.observed[-1].version == self.version
        assert ("rolled_back_at" in self.bank.tags("2")) is made.is_rollback
        assert self.bank.tags("2")["release"] == "REL-20260316-00000002"
        assert verify_ledger(self.bank.bank.ledger) == ()


def a_scene(bank: SwitchedBank, switches: Switches, act: str) -> Scene:
    """A canary gets all of the traffic, or a release is taken back."""
    release = bank.ready()
    assert bank.promote(release, share=10).is_done
    if act == "rollback":
        assert bank.promote(release).is_done
    before = bank.bank.ledger.head().seq
    if act == "promotion":
        return Scene(bank, lambda kill: switches.promote(bank.root, bank.uri, release, kill), "2", before)
    return Scene(bank, lambda kill: switches.rollback(bank.root, bank.uri, kill), "1", before)


@pytest.mark.parametrize("act", ACTS)
def test_undisturbed_it_is_there_once_however_often_it_is_asked_for(bank: SwitchedBank, switches: Switches, act: str) -> None:
    scene = a_scene(bank, switches, act)
    assert [scene.make(None) for _ in range(3)] == [[0]] * 3
    scene.assert_there_once()


@pytest.mark.parametrize(("bank", "act", "kill"), EACH, indirect=["bank"])
def test_killed_and_done_again_it_is_there_once(bank: SwitchedBank, switches: Switches, act: str, kill: Kill) -> None:
    scene = a_scene(bank, switches, act)
    assert scene.make(kill) == [_KILLED]
    assert [scene.make(None) for _ in range(2)] == [[0]] * 2
    scene.assert_there_once()


@pytest.mark.parametrize(("bank", "act", "kill"), NEXT, indirect=["bank"])
def test_killed_the_next_run_ends_it_or_tells_of_it_and_done_again_it_is_there_once(
    bank: SwitchedBank, switches: Switches, act: str, kill: Kill
) -> None:
    scene = a_scene(bank, switches, act)
    assert scene.make(kill) == [_KILLED]
    opened = [one for one in scene.made if not one.ended_event]
    told = bank.refreshed()
    assert told.unexplained == ()
    if opened and scene.made[0].ended_event:
        assert (told.verdict, told.findings) == (Verdict.PASS, ())
        scene.assert_there_once()
    elif opened:
        (finding,) = told.findings
        assert (told.verdict, finding.reason_code) == (Verdict.INCONCLUSIVE, "unfinished_switch")
        assert "ben@bank.example" in finding.reason and "proofloop release" in finding.reason
    else:
        assert (told.verdict, told.findings) == (Verdict.PASS, ())
    assert scene.make(None) == [0]
    scene.assert_there_once()
    assert bank.refreshed().verdict is Verdict.PASS


def test_the_kills_reach_every_state(bank: SwitchedBank, switches: Switches) -> None:
    """Told with the alias unmoved, told with it moved, ended by the run, and nothing to tell: each is one of the cases above."""
    found: set[tuple[bool, bool, bool]] = set()
    for point in STATES:
        scene = a_scene(bank, switches, "promotion") if not found else _again(bank, switches)
        assert scene.make(Kill(point)) == [_KILLED]
        told = bank.refreshed()
        found.add((bool(told.findings), bank.aliases["champion"] == scene.version, bool(scene.made[0].ended_event)))
        assert scene.make(None) == [0]
    assert found == {(True, False, False), (True, True, False), (False, True, True)}


def _again(bank: SwitchedBank, switches: Switches) -> Scene:
    """The next release in turn: version 3 in place of 2, and so on."""
    candidate, champion = ("3", "2") if bank.aliases["champion"] == "2" else ("2", "3")
    name = f"REL-2026031{6 + len(bank.switches)}-0000000{candidate}"
    release = bank.signed(bank.proposed(candidate, champion, name=name))
    return Scene(bank, lambda kill: switches.promote(bank.root, bank.uri, release, kill), candidate, bank.bank.ledger.head().seq)


def test_killed_after_the_alias_it_may_be_taken_back_instead(bank: SwitchedBank, switches: Switches) -> None:
    scene = a_scene(bank, switches, "promotion")
    assert scene.make(Kill("alias_set")) == [_KILLED]
    assert switches.rollback(bank.root, bank.uri) == [0]
    assert [(one.read_back, one.is_rollback) for one in scene.made] == [("2", False), ("1", True)]
    assert bank.aliases == {"champion": "1"}
    assert scene.make(None) == [1]
    assert bank.refreshed().verdict is Verdict.PASS


def test_killed_before_the_alias_it_may_be_given_up_by_going_back(bank: SwitchedBank, switches: Switches) -> None:
    release = bank.ready()
    assert switches.promote(bank.root, bank.uri, release, Kill("started")) == [_KILLED]
    assert switches.rollback(bank.root, bank.uri) == [0]
    assert [(one.to_version, one.read_back) for one in bank.switches] == [("2", "1"), ("1", "1")]
    assert bank.refreshed().verdict is Verdict.PASS


@pytest.fixture
def crowded(ledger_url: str, fraud_store: Path, tmp_path: Path) -> SwitchedBank:
    """The bank with an empty ledger, once for each backend of ledgers."""
    return a_switched_bank(tmp_path / "bank", copied_store(fraud_store, tmp_path), ledger_url=ledger_url)


def test_asked_for_by_eight_processes_at_once_it_is_there_once(crowded: SwitchedBank, switches: Switches) -> None:
    release = crowded.ready()
    assert switches.promote(crowded.root, crowded.uri, release, at_once=8) == [0] * 8
    assert [one.took_effect for one in crowded.switches] == [True]
    assert switches.rollback(crowded.root, crowded.uri, at_once=8) == [0] * 8
    assert [one.to_version for one in crowded.switches] == ["2", "1"]
    assert crowded.aliases == {"champion": "1"}


def test_of_two_releases_at_once_one_goes_through(crowded: SwitchedBank, switches: Switches) -> None:
    ended = switches.race(crowded.root, crowded.uri, [crowded.ready("2"), crowded.ready("3")])
    assert sorted(ended) == [0, 1]
    (made,) = crowded.switches
    assert crowded.aliases == {"champion": made.to_version}
    assert made.to_version == ("2", "3")[ended.index(0)]


def test_killed_on_either_ledger_it_is_taken_up_at_once_and_not_after_its_reservation(crowded: SwitchedBank, switches: Switches) -> None:
    release = crowded.ready()
    assert switches.promote(crowded.root, crowded.uri, release, Kill("alias_set")) == [_KILLED]
    before = crowded.switches[0].started_at
    assert switches.promote(crowded.root, crowded.uri, release) == [0]
    (made,) = crowded.switches
    assert (made.started_at, made.took_effect) == (before, True)
    assert made.seconds < 110  # a reservation lasts two minutes

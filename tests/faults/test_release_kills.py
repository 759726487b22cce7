"""Proposals and sign-offs killed at any point, and many at once: done again they are there exactly once, with their evidence sealed."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.evidence.packages import list_packages
from registry.evidence.verify import verify_archive
from registry.ledger.verification import verify_ledger
from tests.faults.forked_days import Kill
from tests.faults.forked_releases import LEDGER_POINTS, PROPOSE_POINTS, SEAL_POINTS, SIGN_POINTS, Releases, forked_releases
from tests.released_bank import SIGNERS, ReleasedBank, a_released_bank, copied

_KILLED = -int(signal.SIGKILL)
OWNER = "product_owner"


@pytest.fixture(scope="module")
def releases() -> Iterator[Releases]:
    with forked_releases() as running:
        yield running


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> ReleasedBank:
    return a_released_bank(tmp_path_factory.mktemp("judged"))


@pytest.fixture(scope="module")
def proposed(judged: ReleasedBank, tmp_path_factory: pytest.TempPathFactory) -> ReleasedBank:
    bank = copied(judged, tmp_path_factory.mktemp("proposed"))
    assert bank.propose().seq
    return bank


def assert_whole(bank: ReleasedBank, kind: EventKind, packages: int) -> None:
    """Everything that was recorded is there once, promised to nobody any more, and sealed."""
    assert len(list(bank.bank.ledger.read_events(0, (kind,)))) == 1
    assert list(bank.bank.ledger.pending_outbox()) == [] and len(list_packages(bank.archive)) == packages
    assert verify_ledger(bank.bank.ledger) == () and verify_archive(bank.archive).verdict is Verdict.PASS


@pytest.mark.parametrize("point", [*PROPOSE_POINTS, *LEDGER_POINTS, *SEAL_POINTS])
def test_a_proposal_that_was_killed_is_done_again_and_is_one(judged: ReleasedBank, tmp_path: Path, releases: Releases, point: str) -> None:
    bank = copied(judged, tmp_path)
    assert releases.run("propose", bank, Kill(point)) == [_KILLED]
    assert releases.run("propose", bank) == [0]
    assert_whole(bank, EventKind.RELEASE_PROPOSED, packages=2)


@pytest.mark.parametrize("point", [*SIGN_POINTS, *LEDGER_POINTS, *SEAL_POINTS])
def test_a_sign_off_that_was_killed_is_recorded_again_and_is_one(
    proposed: ReleasedBank, tmp_path: Path, releases: Releases, point: str
) -> None:
    bank = copied(proposed, tmp_path)
    (release,) = bank.releases()
    request = bank.request(release.release_id, OWNER)
    bank.sign(request, SIGNERS[OWNER], OWNER)
    given = {"release": release.release_id, "request": str(request)}
    assert releases.run("sign", bank, Kill(point), **given) == [_KILLED]
    assert releases.run("sign", bank, **given) == [0]
    assert_whole(bank, EventKind.RELEASE_SIGNED, packages=3)


def test_one_proposal_by_many_at_once_is_one(judged: ReleasedBank, tmp_path: Path, releases: Releases) -> None:
    bank = copied(judged, tmp_path)
    assert releases.run("propose", bank, at_once=4) == [0] * 4
    assert_whole(bank, EventKind.RELEASE_PROPOSED, packages=2)


def test_one_sign_off_by_many_at_once_is_one(proposed: ReleasedBank, tmp_path: Path, releases: Releases) -> None:
    bank = copied(proposed, tmp_path)
    (release,) = bank.releases()
    request = bank.request(release.release_id, OWNER)
    bank.sign(request, SIGNERS[OWNER], OWNER)
    assert releases.run("sign", bank, at_once=4, release=release.release_id, request=str(request)) == [0] * 4
    assert_whole(bank, EventKind.RELEASE_SIGNED, packages=3)

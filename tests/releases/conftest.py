"""Banks whose filter is released, each state made once for each worker; tests change a copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.released_bank import ReleasedBank, a_released_bank, copied


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> ReleasedBank:
    """Return the bank whose candidate was judged, and nothing proposed. Not to be changed."""
    return a_released_bank(tmp_path_factory.mktemp("judged"))


@pytest.fixture(scope="session")
def proposed(judged: ReleasedBank, tmp_path_factory: pytest.TempPathFactory) -> ReleasedBank:
    """Return the bank with a release that passes and that nobody signed. Not to be changed."""
    bank = copied(judged, tmp_path_factory.mktemp("proposed"))
    assert bank.propose().seq
    return bank


@pytest.fixture(scope="session")
def done(proposed: ReleasedBank, tmp_path_factory: pytest.TempPathFactory) -> ReleasedBank:
    """Return the bank whose release everybody signed off. Not to be changed."""
    bank = copied(proposed, tmp_path_factory.mktemp("done"))
    (release,) = bank.releases()
    assert all(bank.sign_off(release.release_id, role).seq for role in ("product_owner", "governance_lead"))
    return bank


@pytest.fixture
def bank(judged: ReleasedBank, tmp_path: Path) -> ReleasedBank:
    """Return a bank of the test's own whose candidate was judged."""
    return copied(judged, tmp_path)


@pytest.fixture
def waiting(proposed: ReleasedBank, tmp_path: Path) -> ReleasedBank:
    """Return a bank of the test's own with a release that nobody signed."""
    return copied(proposed, tmp_path)


@pytest.fixture
def signed(done: ReleasedBank, tmp_path: Path) -> ReleasedBank:
    """Return a bank of the test's own with a release that everybody signed off."""
    return copied(done, tmp_path)


@pytest.fixture(scope="session")
def promoted(done: ReleasedBank, tmp_path_factory: pytest.TempPathFactory) -> ReleasedBank:
    """Return the bank whose release was put in force, with everything sealed. Not to be changed."""
    bank = copied(done, tmp_path_factory.mktemp("promoted"))
    (release,) = bank.releases()
    assert bank.promote(release.release_id).is_done and bank.seal_day() == 0
    return bank

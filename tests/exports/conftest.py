"""One signed history for all tests of exports: they read it, and change copies only."""

from __future__ import annotations

import pytest

from tests.exports.signed_history import SignedHistory, a_signed_history


@pytest.fixture(scope="session")
def signed(tmp_path_factory: pytest.TempPathFactory) -> SignedHistory:
    return a_signed_history(tmp_path_factory.mktemp("signed"))

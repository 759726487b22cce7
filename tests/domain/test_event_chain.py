"""The event chain: each hash fixes everything before it, and stock tools re-derive it."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from registry.domain.events import GENESIS_HASH, chain_hash


def test_the_first_event_builds_on_zeros() -> None:
    assert chain_hash(GENESIS_HASH, b"{}") == hashlib.sha256(b"0" * 64 + b"{}").hexdigest()


@given(st.binary(), st.binary(), st.binary())
def test_another_body_anywhere_before_gives_another_hash(first: bytes, second: bytes, other: bytes) -> None:
    original = chain_hash(chain_hash(GENESIS_HASH, first), second)
    changed = chain_hash(chain_hash(GENESIS_HASH, other), second)
    assert (original == changed) == (first == other)

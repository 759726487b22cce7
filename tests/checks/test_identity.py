"""What makes two signals the same signal, the same content, or the same symptom."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import given

from checks.identity import content_digest, fingerprint_of, narrative_digest, signal_key
from registry.domain.canonical import digest_of
from registry.domain.signal import CustomerImpact
from tests.builders import SYSTEM, a_raw_signal
from tests.strategies import raw_signals, text_maps, texts


def test_a_symptom_without_fields_is_the_system_as_a_whole():
    assert fingerprint_of("a", {}) == fingerprint_of("a", {})
    assert fingerprint_of("a", {}) != fingerprint_of("b", {})


def test_an_empty_narrative_has_no_digest():
    assert narrative_digest(b"salt", "") == ""


def test_the_first_fingerprint_version_never_changes():
    """Stored issues are found by these digits: a change here needs a new fingerprint version."""
    assert (
        fingerprint_of("fraud_filter", {"Issue": "Problem using the card", "Sub-product": "Government benefit card"}) == "9b27f89d0e31b79a"
    )
    assert fingerprint_of("fraud_filter", {}) == "9709fb41b5601ab2"


@given(text_maps)
def test_a_fingerprint_does_not_depend_on_the_order_of_fields(found):
    assert fingerprint_of(SYSTEM, found) == fingerprint_of(SYSTEM, dict(reversed(list(found.items()))))


@given(text_maps, text_maps)
def test_other_fields_give_another_fingerprint(one, other):
    assert (fingerprint_of(SYSTEM, one) == fingerprint_of(SYSTEM, other)) == (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": "1", "b": "2"}, {"a": "2", "b": "1"}),
        ({"a": "bc"}, {"ab": "c"}),
        ({"a": ""}, {}),
        ({"a": '","b'}, {"a": "", "b": ""}),
    ],
)
def test_fields_do_not_run_into_each_other(one, other):
    assert fingerprint_of(SYSTEM, one) != fingerprint_of(SYSTEM, other)


def test_a_field_may_have_a_name_beyond_ascii():
    assert len(fingerprint_of(SYSTEM, {"Straße": "é"})) == 16


@given(texts, texts, texts)
def test_a_key_is_the_canonical_digest_of_where_the_signal_came_from(system_id, feed, signal_id):
    assert signal_key(system_id, feed, signal_id) == digest_of([system_id, feed, signal_id])


@given(raw_signals())
def test_the_content_digest_is_the_canonical_digest_with_a_salted_narrative(raw):
    salted = replace(raw, narrative=narrative_digest(b"salt", raw.narrative))

    assert content_digest(raw, b"salt") == digest_of(salted)


CHANGES = {
    "signal_id": "other",
    "occurred_at": a_raw_signal().occurred_at + timedelta(microseconds=1),
    "received_at": a_raw_signal().received_at + timedelta(microseconds=1),
    "impact": CustomerImpact.NONE,
    "journey_step": "other",
    "segment": {"product": "other"},
    "versions": {"model": "2"},
    "fingerprint_fields": {},
    "source_evidence": (),
    "narrative": "other",
    "synthetic": True,
    "reproducible": True,
}


def test_every_field_of_a_row_has_a_case_here():
    assert set(CHANGES) == {field.name for field in fields(a_raw_signal())}


@pytest.mark.parametrize("name", CHANGES)
def test_another_value_of_any_field_is_another_content(name):
    assert content_digest(a_raw_signal(**{name: CHANGES[name]}), b"s") != content_digest(a_raw_signal(), b"s")


def test_the_narrative_cannot_be_guessed_from_a_digest_without_the_salt():
    one, other = content_digest(a_raw_signal(), b"one"), content_digest(a_raw_signal(), b"other")

    assert one != other
    assert content_digest(a_raw_signal(narrative=""), b"one") == content_digest(a_raw_signal(narrative=""), b"other")


def test_half_a_character_pair_does_not_stop_a_digest():
    assert narrative_digest(b"s", "\ud800") != narrative_digest(b"s", "\udc00")

"""One byte form for every value that is hashed, stored or signed."""

from __future__ import annotations

import hashlib
import json
import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.canonical import canonical_json, decimal_text, digest_bytes, digest_of, plain, record_json
from registry.domain.issue import IssueState
from registry.domain.times import format_instant
from tests.builders import NOON, a_finding, a_signal, an_issue
from tests.strategies import events, instants, issues, json_values, signals


def test_empty_values_have_a_form():
    assert [canonical_json(value) for value in (None, "", (), [], {}, frozenset())] == [b"null", b'""', b"[]", b"[]", b"{}", b"[]"]


def test_keys_are_sorted_without_blanks_and_ascii_only():
    assert canonical_json({"b": [1, True, None], "a": "é\u202e"}) == b'{"a":"\\u00e9\\u202e","b":[1,true,null]}'


def test_enums_instants_and_dates_are_their_texts():
    kolkata = datetime(2020, 1, 1, 5, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))

    assert plain([IssueState.CLOSED, kolkata, date(2020, 2, 29)]) == ["closed", "2020-01-01T00:00:00.000000Z", "2020-02-29"]


def test_an_enum_key_is_its_text():
    assert canonical_json({IssueState.CLOSED: 1}) == b'{"closed":1}'


def test_a_dataclass_is_an_object_of_its_fields_nested_ones_too():
    form = plain(an_issue())

    assert form["state"] == "triage"
    assert form["fix"] is None
    assert list(form)[:2] == ["issue_id", "system_id"]


@pytest.mark.parametrize("value", [1.0, math.nan, {"a": [{"b": 0.5}]}, (1, (2, 3.0)), a_finding(value=0.5)])
def test_a_float_is_refused_however_deep(value):
    with pytest.raises(TypeError, match=r"decimals as strings, found a float"):
        canonical_json(value)


@pytest.mark.parametrize("value", [Decimal(1), b"bytes", object(), {"a": lambda: None}, IssueState])
def test_a_type_without_a_form_is_refused(value):
    with pytest.raises(TypeError, match="no canonical form for"):
        canonical_json(value)


@pytest.mark.parametrize("key", ["é", 1, None])
def test_a_key_that_is_not_ascii_text_is_refused(key):
    with pytest.raises(TypeError, match="expected an ASCII text key"):
        canonical_json({key: 1})


def test_a_naive_instant_is_refused():
    with pytest.raises(ValueError, match="expected an aware datetime, found naive"):
        canonical_json(datetime(2020, 1, 1))  # noqa: DTZ001 - naive on purpose


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_was_not_computed_is_neither_written_as_text_nor_recorded(number):
    with pytest.raises(ValueError, match="expected a finite number"):
        decimal_text(number)
    with pytest.raises(ValueError, match="JSON compliant"):
        record_json({"p": number})


@pytest.mark.parametrize(
    ("number", "text"), [(0.0, "0"), (3.0, "3"), (0.1 + 0.2, "0.3"), (1e-9, "1e-09"), (-2.5, "-2.5"), (1234567.0, "1.23457e+06")]
)
def test_decimals_are_texts_of_six_digits(number, text):
    assert decimal_text(number) == text


def test_a_record_is_indented_sorted_and_ends_its_last_line():
    assert record_json({"b": 0.5, "a": ()}) == b'{\n "a": [],\n "b": 0.5\n}\n'


def test_digests_name_their_algorithm():
    assert digest_bytes(b"") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert digest_of([1]) == "sha256:" + hashlib.sha256(b"[1]").hexdigest()


@given(json_values)
def test_what_is_written_is_read_back(value):
    assert json.loads(canonical_json(value)) == value


@given(st.dictionaries(st.text("abcdef", max_size=3), json_values, max_size=5), st.randoms())
def test_the_order_of_keys_does_not_matter(value, random):
    shuffled = dict(random.sample(list(value.items()), len(value)))

    assert canonical_json(shuffled) == canonical_json(value)


@given(st.sets(st.text(max_size=3), max_size=6))
def test_the_order_of_a_set_does_not_matter(members):
    assert plain(members) == plain(frozenset(members)) == sorted(members)


@given(st.one_of(signals(), issues(), events()))
def test_every_domain_value_has_a_canonical_form_that_is_plain_json(value):
    assert json.loads(canonical_json(value)) == plain(value)


@given(instants, st.integers(-14 * 60, 14 * 60))
def test_one_instant_has_one_form_in_every_zone(instant, offset_minutes):
    elsewhere = instant.astimezone(timezone(timedelta(minutes=offset_minutes)))

    assert canonical_json(elsewhere) == canonical_json(instant) == json.dumps(format_instant(instant)).encode()


def test_values_that_differ_in_one_field_differ_in_their_digest():
    base = a_signal()

    assert digest_of(base) == digest_of(a_signal())
    assert digest_of(base) != digest_of(a_signal(pre_fix=True))
    assert digest_of(NOON) != digest_of(NOON + timedelta(microseconds=1))
    assert digest_of(datetime(1, 1, 1, tzinfo=UTC)) == digest_bytes(b'"0001-01-01T00:00:00.000000Z"')

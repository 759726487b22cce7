"""Values that a column would change are refused or kept exactly."""

from __future__ import annotations

from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite

from registry.errors import LedgerSchemaError
from registry.ledger.codec import issue_of, issue_row
from registry.ledger.columns import CivilDay, Instant, PlainText
from tests.builders import NOON, an_issue
from tests.strategies import days, instants, issues

DIALECTS = (sqlite.dialect(), postgresql.dialect())


class Row:
    """A row as the database would give it back."""

    def __init__(self, values):
        self.__dict__.update(values)


def test_an_empty_column_stays_empty():
    for kind in (Instant(), CivilDay(), PlainText()):
        for dialect in DIALECTS:
            assert kind.process_bind_param(None, dialect) is None


def test_a_naive_instant_is_refused():
    with pytest.raises(ValueError, match="expected an aware datetime"):
        Instant().process_bind_param(NOON.replace(tzinfo=None), DIALECTS[0])


def test_an_instant_is_not_a_civil_day():
    with pytest.raises(TypeError, match="take its local date first"):
        CivilDay().process_bind_param(NOON, DIALECTS[0])


@given(instants, instants, st.integers(-12, 12))
def test_instants_come_back_as_they_were_and_sort_as_time_does(one, other, hours):
    written = [Instant().process_bind_param(value, DIALECTS[0]) for value in (one, other)]
    assert (written[0] < written[1]) is (one < other)
    assert Instant().process_result_value(written[0], DIALECTS[0]) == one
    moved = one.astimezone(timezone(timedelta(hours=hours)))
    assert Instant().process_bind_param(moved, DIALECTS[0]) == written[0]
    assert len(written[0]) == len("2020-10-15T12:00:00.000000Z")


@given(days)
def test_days_come_back_as_they_were(day):
    text = CivilDay().process_bind_param(day, DIALECTS[0])
    assert CivilDay().process_result_value(text, DIALECTS[0]) == day


@given(st.text())
def test_any_text_becomes_one_that_every_backend_stores(text):
    stored = PlainText().process_bind_param(text, DIALECTS[1])
    assert "\x00" not in stored
    assert PlainText().process_bind_param(stored, DIALECTS[1]) == stored
    stored.encode("utf-8")


@given(issues())
def test_an_issue_comes_back_as_it_was(issue):
    assert issue_of(Row(issue_row(issue))) == issue


def test_a_row_of_a_newer_codec_is_refused():
    with pytest.raises(LedgerSchemaError, match="expected rows of codec 2, found codec 3"):
        issue_of(Row(issue_row(an_issue()) | {"codec": 3}))


def test_a_row_of_the_first_codec_knows_of_no_window_and_no_closure():
    row = issue_row(an_issue(window="clean", closure="sha256:0"), 1)
    assert '"window"' not in row["body"] and "closure" not in row["body"]
    assert issue_of(Row(row)) == an_issue()

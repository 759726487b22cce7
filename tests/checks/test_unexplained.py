"""Which moves of an alias nobody explains."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given

from checks.unexplained import find_unexplained, judge_refresh
from registry.domain.decision import Verdict
from registry.domain.version_changes import Explanation, VersionKnowledge
from registry.domain.version_run import VersionsRead
from tests.builders import NOON, SYSTEM, a_claim, a_finding
from tests.strategies import version_claims


def read(*versions, start=1, step=10, **changes):
    """Readings of one alias: events 1, 11, 21, ... so that explanations fit in between."""
    return [
        a_claim(seq=start + step * place, version=version, from_at=NOON + timedelta(days=place), **changes)
        for place, version in enumerate(versions)
    ]


def explained(seq, version="8", name="", **changes):
    return Explanation(**{"seq": seq, "system_id": SYSTEM, "artifact": "model", "version": version, "name": name} | changes)


def found(claims, *explanations):
    return [(one.claim.seq, one.before) for one in find_unexplained(claims, explanations)]


def test_without_a_reading_nothing_is_unexplained():
    assert found(()) == []


def test_the_first_version_ever_seen_is_not_unexplained():
    assert found(read("7")) == []


def test_an_alias_that_moved_and_nobody_said_so_is_unexplained_and_says_what_it_was():
    assert found(read("7", "8")) == [(11, "7")]


def test_an_alias_that_was_read_again_where_it_was_has_not_moved():
    assert found(read("7", "7", "7")) == []


@pytest.mark.parametrize("seq", [5, 12, 99])
def test_a_linked_change_explains_the_move_to_its_version_before_or_after_it(seq):
    assert found(read("7", "8"), explained(seq)) == []


@pytest.mark.parametrize(
    "other",
    [explained(5, "9"), explained(5, artifact="prompt"), explained(5, system_id="router"), explained(5, name="other_model")],
    ids=["version", "artifact", "system", "model"],
)
def test_an_explanation_of_something_else_explains_nothing(other):
    assert found(read("7", "8"), other) == [(11, "7")]


def test_a_change_that_names_the_model_explains_a_move_of_that_model_alone():
    assert found(read("7", "8"), explained(5, name="credit_model")) == []


def test_a_version_that_people_recorded_explains_itself_by_hand_or_in_the_catalogue():
    for source in ("recorded by person", "recorded"):
        assert found([*read("7", "8"), a_claim(seq=5, version="8", source=source)]) == []


def test_an_explanation_is_used_up_by_the_move_it_explains():
    back_again = read("7", "8", "9", "8")

    assert found(back_again, explained(5), explained(15, "9")) == [(31, "9")]
    assert found(back_again, explained(5), explained(15, "9"), explained(25)) == []
    assert found(back_again, explained(5), explained(15, "9"), explained(40)) == []


def test_a_change_linked_long_before_explains_the_first_move_to_its_version():
    assert found(read("7", "9", "8"), explained(5), explained(6, "9")) == []


def test_what_was_explained_after_the_alias_had_moved_on_explains_the_next_move_not_the_one_that_is_over():
    assert found(read("7", "8", "9"), explained(25), explained(15, "9")) == [(11, "7")]


def test_where_the_alias_speaks_after_a_person_only_the_same_version_is_explained():
    by_hand = a_claim(seq=1, version="7", source="recorded by person")

    assert found([by_hand, *read("7", start=2)]) == []
    assert found([by_hand, *read("8", start=2)]) == [(2, "")]


def test_systems_and_artifacts_are_reconciled_on_their_own():
    claims = [*read("7", "8"), *read("1", "2", start=2, artifact="prompt"), *read("4", start=3, system_id="router")]

    assert found(claims) == [(11, "7"), (12, "1")]


@given(version_claims())
def test_one_explanation_more_never_makes_a_move_unexplained(claims):
    before = {one.claim.seq for one in find_unexplained(claims, ())}
    more = [explained(seq, version) for seq in range(20) for version in "123"]

    assert {one.claim.seq for one in find_unexplained(claims, more)} <= before


def refreshed(claims, *explanations, findings=()):
    return judge_refresh(VersionsRead((), findings), VersionKnowledge(tuple(claims), explanations))


def test_a_refresh_that_knows_nothing_new_passes():
    assert refreshed(()).verdict is Verdict.PASS


def test_a_refresh_fails_while_an_unexplained_version_stands_and_no_longer():
    assert refreshed(read("7", "8")).verdict is Verdict.FAIL
    assert refreshed(read("7", "8", "7", "8"), explained(35)).verdict is Verdict.PASS
    assert refreshed(read("7", "8", "9"), explained(15, "9")).unexplained == ()
    assert refreshed(read("7", "8"), explained(12)).verdict is Verdict.PASS


def test_a_refresh_that_could_not_tell_is_inconclusive():
    assert refreshed(read("7"), findings=(a_finding(Verdict.INCONCLUSIVE),)).verdict is Verdict.INCONCLUSIVE

"""Which versions made a decision, and was that before or after the fix."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.contribution import VersionHistory, find_versions, is_post_fix
from registry.domain.signal import VersionSource
from tests.builders import NOON, SYSTEM, a_fix, a_version
from tests.strategies import instants, version_histories, version_maps

NOTHING = VersionHistory(())
MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1)
MARCH, APRIL, MAY = NOON, NOON + 30 * DAY, NOON + 60 * DAY


def history(*rows, artifact="model", system_id=SYSTEM):
    return VersionHistory(a_version(version=version, from_at=at, artifact=artifact, system_id=system_id) for version, at in rows)


def test_nothing_known_is_an_empty_bundle_of_unknown_source():
    assert find_versions({}, NOTHING, {}, SYSTEM, NOON) == ({}, VersionSource.UNKNOWN)


def test_a_declared_artifact_without_any_version_is_unknown():
    assert find_versions({}, NOTHING, {"model": ""}, SYSTEM, NOON) == ({}, VersionSource.UNKNOWN)


def test_the_row_comes_first_then_history_then_the_catalogue():
    seven = history(("7", NOON - DAY))

    assert find_versions({"model": "9"}, seven, {"model": "1"}, SYSTEM, NOON) == ({"model": "9"}, VersionSource.EXPLICIT)
    assert find_versions({}, seven, {"model": "1"}, SYSTEM, NOON) == ({"model": "7"}, VersionSource.HISTORY)
    assert find_versions({}, NOTHING, {"model": "1"}, SYSTEM, NOON) == ({"model": "1"}, VersionSource.RECORDED)


def test_an_empty_cell_in_the_row_names_no_version():
    assert find_versions({"model": ""}, NOTHING, {"model": "1"}, SYSTEM, NOON) == ({"model": "1"}, VersionSource.RECORDED)


def test_each_artifact_is_found_on_its_own_and_the_bundle_is_as_known_as_its_weakest():
    seven = history(("7", NOON - DAY))

    bundle, source = find_versions({"prompt": "3"}, seven, {"index": "2020-10"}, SYSTEM, NOON)

    assert bundle == {"prompt": "3", "model": "7", "index": "2020-10"}
    assert source is VersionSource.RECORDED


def test_one_declared_artifact_without_a_version_makes_the_bundle_unknown_but_keeps_the_rest():
    bundle, source = find_versions({"prompt": "3"}, NOTHING, {"model": ""}, SYSTEM, NOON)

    assert (bundle, source) == ({"prompt": "3"}, VersionSource.UNKNOWN)


@pytest.mark.parametrize(
    ("at", "version"),
    [
        (MARCH - MICROSECOND, ""),
        (MARCH, "7"),
        (APRIL - MICROSECOND, "7"),
        (APRIL, "8"),
        (MAY - MICROSECOND, "8"),
        (MAY, "7"),
        (MAY + 1000 * DAY, "7"),
    ],
)
def test_a_version_is_in_force_from_its_first_instant_until_the_next_ones(at, version):
    rolled_back = history(("8", APRIL), ("7", MAY), ("7", MARCH))

    assert rolled_back.in_force(SYSTEM, "model", at) == version


def test_a_decision_before_the_history_begins_falls_back_to_the_catalogue():
    late = history(("7", MARCH))

    assert find_versions({}, late, {"model": "1"}, SYSTEM, MARCH - MICROSECOND) == ({"model": "1"}, VersionSource.RECORDED)


def test_histories_of_other_systems_and_artifacts_do_not_mix():
    other = history(("7", MARCH), system_id="router")

    assert other.in_force(SYSTEM, "model", MAY) == ""
    assert other.in_force("router", "prompt", MAY) == ""
    assert other.artifacts(SYSTEM) == ()
    assert other.artifacts("router") == ("model",)
    assert other.first_at(SYSTEM, "model", "7") is None


class TestPostFix:
    fix = a_fix(effective_at=APRIL, versions={"model": "8"})
    known = history(("7", MARCH), ("8", APRIL), ("9", MAY))

    def judge(self, versions, at, fix=None, known=None):
        return is_post_fix(versions, at, fix or self.fix, known or self.known, SYSTEM)

    @pytest.mark.parametrize("at", [MARCH, APRIL, MAY])
    @pytest.mark.parametrize(("version", "after"), [("7", False), ("8", True), ("9", True)])
    def test_a_known_version_decides_whatever_the_instant(self, version, after, at):
        assert self.judge({"model": version}, at) is after

    def test_an_old_version_brought_back_by_a_rollback_is_still_before_the_fix(self):
        rolled_back = history(("7", MARCH), ("8", APRIL), ("7", MAY))

        assert self.judge({"model": "7"}, MAY + DAY, known=rolled_back) is False

    @pytest.mark.parametrize(("at", "after"), [(APRIL - MICROSECOND, False), (APRIL, True), (APRIL + MICROSECOND, True)])
    @pytest.mark.parametrize("versions", [{}, {"model": ""}, {"model": "experiment-3"}, {"prompt": "8"}])
    def test_an_unknown_version_falls_back_to_the_instant_the_fix_came_into_force(self, versions, at, after):
        assert self.judge(versions, at) is after

    def test_the_fixs_own_version_is_at_the_fix_even_where_no_history_knows_it(self):
        assert self.judge({"model": "8"}, MARCH, known=NOTHING) is True

    def test_a_fix_whose_version_has_no_history_is_placed_by_its_instant(self):
        unknown_fix = a_fix(effective_at=APRIL + DAY, versions={"model": "8-hotfix"})

        assert self.judge({"model": "8"}, MAY, fix=unknown_fix) is False
        assert self.judge({"model": "8"}, MARCH, fix=unknown_fix) is False
        assert self.judge({"model": "9"}, MARCH, fix=unknown_fix) is True

    def test_two_versions_that_came_into_force_together_are_equally_new(self):
        together = history(("8", APRIL), ("8-b", APRIL))

        assert self.judge({"model": "8-b"}, MARCH, known=together) is True

    def test_a_fix_that_leaves_a_version_empty_is_not_met_by_an_unknown_one(self):
        assert self.judge({}, MARCH, fix=a_fix(effective_at=APRIL, versions={"model": ""})) is False

    @pytest.mark.parametrize(("at", "after"), [(APRIL - MICROSECOND, False), (APRIL, True)])
    def test_a_fix_without_versions_is_judged_by_the_instant_alone(self, at, after):
        assert self.judge({"model": "9"}, at, fix=a_fix(effective_at=APRIL, versions={})) is after

    def test_every_artifact_the_fix_changed_must_be_at_or_after_it(self):
        both = a_fix(effective_at=APRIL, versions={"model": "8", "prompt": "3"})

        assert self.judge({"model": "8", "prompt": "3"}, MARCH, fix=both) is True
        assert self.judge({"model": "7", "prompt": "3"}, MAY, fix=both) is False
        assert self.judge({"model": "8", "prompt": "2"}, MARCH, fix=both) is False


@given(version_histories(), version_maps, version_maps, instants, st.randoms())
def test_the_order_of_history_rows_does_not_matter(rows, explicit, recorded, at, random):
    shuffled = random.sample(rows, len(rows))

    assert find_versions(explicit, VersionHistory(rows), recorded, SYSTEM, at) == find_versions(
        explicit, VersionHistory(shuffled), recorded, SYSTEM, at
    )


@given(version_histories(), instants)
def test_the_version_in_force_is_the_last_row_at_or_before_the_instant_and_none_where_several_stand_there(rows, at):
    before = [row for row in rows if row.artifact == "model" and row.from_at <= at]
    last = [row.version for row in before if row.from_at == max(row.from_at for row in before)]

    assert VersionHistory(rows).in_force(SYSTEM, "model", at) == (last[0] if len(last) == 1 else None if last else "")


def shared(*rows):
    return VersionHistory(a_version(version=version, share_percent=share, from_at=APRIL) for version, share in rows)


@pytest.mark.parametrize("rows", [[("7", 90), ("8", 10)], [("8", 10), ("7", 90)], [("7", 90)], [("7", 1)]])
def test_where_the_traffic_was_shared_no_version_is_picked_not_even_the_recorded_one(rows):
    assert find_versions({}, shared(*rows), {"model": "1"}, SYSTEM, APRIL) == ({}, VersionSource.UNKNOWN)


def test_the_row_itself_tells_which_of_two_versions_that_shared_the_traffic_decided():
    canary = shared(("7", 90), ("8", 10))

    assert find_versions({"model": "8"}, canary, {}, SYSTEM, MAY) == ({"model": "8"}, VersionSource.EXPLICIT)


def test_a_decision_by_nobody_knows_which_of_two_versions_is_placed_by_the_instant_of_the_fix():
    fix = a_fix(effective_at=MAY, versions={"model": "8"})
    canary = shared(("7", 90), ("8", 10))

    assert is_post_fix({}, MAY - MICROSECOND, fix, canary, SYSTEM) is False
    assert is_post_fix({}, MAY, fix, canary, SYSTEM) is True


@given(version_histories(), version_maps, instants, instants, instants)
def test_a_later_decision_by_the_same_bundle_is_never_further_before_the_fix(rows, versions, at, later, effective_at):
    fix = a_fix(effective_at=effective_at, versions={"model": "3"})
    at, later = sorted((at, later))
    known = VersionHistory(rows)

    assert is_post_fix(versions, at, fix, known, SYSTEM) <= is_post_fix(versions, later, fix, known, SYSTEM)

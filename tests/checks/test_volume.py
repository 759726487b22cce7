"""Volume dips: a warning about completeness that stays until the volume is back."""

from __future__ import annotations

from datetime import date, timedelta

from checks.series import Series
from checks.volume import dip_level, find_dip
from registry.domain.history import OpenDip
from registry.domain.policy import DipPolicy

START = date(2020, 1, 1)
POLICY = DipPolicy((7, 28), 182, 56, 0.75, 0.9, 2.0)
ALPHA = dip_level(POLICY, 5)


def judge(counts: list[int], known: OpenDip | None = None):
    days = {START + timedelta(days=offset): count for offset, count in enumerate(counts)}
    return find_dip("complaints", Series(days, frozenset(days), (1.0,) * 7), START + timedelta(days=len(counts)), known, POLICY, ALPHA)


def test_no_day_is_no_dip():
    assert judge([]) is None


def test_a_steady_volume_is_no_dip():
    assert judge([20] * 200) is None


def test_half_the_volume_for_a_week_is_a_dip():
    dip = judge([20] * 180 + [8] * 7)
    assert dip is not None
    assert dip.is_new
    assert (dip.state.window_days, dip.count) == (7, 56)
    assert dip.ratio < 0.5


def test_little_volume_cannot_dip():
    assert judge([0, 0, 0, 1, 0, 0, 0] * 26 + [0] * 7) is None


def test_a_short_past_names_no_dip():
    assert judge([20] * 50 + [8] * 7) is None


def test_a_long_dip_does_not_become_its_own_normal():
    counts = [20] * 180 + [8] * 7
    dip = judge(counts)
    assert dip is not None
    for length in range(1, 150):
        dip = judge(counts + [8] * length, dip.state)
        assert dip is not None
        assert not dip.is_new


def test_a_dip_ends_when_the_volume_is_back_or_its_baseline_has_aged_out():
    counts = [20] * 180 + [8] * 7
    dip = judge(counts)
    assert dip is not None
    assert judge(counts + [20] * 5, dip.state) is not None
    assert judge(counts + [20] * 7, dip.state) is None
    assert judge(counts + [8] * 200, dip.state) is None


def test_the_days_of_a_dip_that_is_over_do_not_open_a_second_one():
    counts = [20] * 180 + [3] * 10 + [20] * 8
    assert judge(counts) is None


def test_days_that_were_not_observed_show_no_recovery():
    counts = [20] * 180 + [8] * 7
    known = judge(counts)
    assert known is not None
    days = {START + timedelta(days=offset): count for offset, count in enumerate(counts)}
    unseen = find_dip("complaints", Series(days, frozenset(days), (1.0,) * 7), START + timedelta(days=200), known.state, POLICY, ALPHA)
    assert unseen is not None
    assert not unseen.is_new

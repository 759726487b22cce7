"""Persistence: every sequence of windows against a plain account of the rule, and which earlier windows count at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from checks.drift_persistence import CLEARING, state_of, windows_that_count
from registry.domain.monitoring import Window, WindowKind
from registry.domain.policy_triggers import Persistence
from registry.domain.triggers import CellState, PastWindow, TriggerHistory
from tests.trigger_builders import POLICIES

KEY, DIGEST = "age|all rows", "sha256:" + "1" * 64
FIRST = date(2026, 3, 1)
OVER, BELOW, UNSEEN = "over", "below", "unseen"


def window(day: int) -> Window:
    return Window(FIRST + timedelta(days=day), FIRST + timedelta(days=day + 1))


def past(day: int, seen: str = BELOW, *, drifted: bool = False, judged: bool = True, digest: str = DIGEST, hours: int = 0) -> PastWindow:
    keys = frozenset([KEY])
    return PastWindow(
        window=window(day),
        decided_at=datetime(2026, 4, 1, tzinfo=UTC) + timedelta(hours=hours),
        reference_digest=digest,
        judged=judged,
        over=keys if seen == OVER else frozenset(),
        drifted=keys if drifted else frozenset(),
        not_evaluated=keys if seen == UNSEEN else frozenset(),
    )


def test_without_history_a_cell_is_quiet_or_over_and_drifted_only_where_one_window_is_enough() -> None:
    assert windows_that_count(TriggerHistory(events=0), DIGEST, window(0)) == ()
    assert state_of(KEY, False, (), POLICIES.drift, WindowKind.DAY) == (CellState.QUIET, "")
    assert state_of(KEY, True, (), POLICIES.drift, WindowKind.DAY) == (CellState.OVER, "")
    alone = replace(POLICIES.drift, persistence={WindowKind.MONTH: Persistence(1, 1)})
    assert state_of(KEY, True, (), alone, WindowKind.MONTH) == (CellState.DRIFTED, "")
    assert state_of(KEY, True, (), POLICIES.drift, WindowKind.DAY, is_sudden=True) == (CellState.DRIFTED, "")
    assert state_of(KEY, False, (), POLICIES.drift, WindowKind.DAY, is_sudden=True) == (CellState.QUIET, "")


@pytest.mark.parametrize("kind", list(WindowKind))
def test_every_sequence_of_seven_windows_comes_to_what_the_rule_says(kind: WindowKind) -> None:
    for sequence in product((OVER, BELOW, UNSEEN), repeat=7):
        history: list[PastWindow] = []
        for day, seen in enumerate(sequence):
            before = windows_that_count(TriggerHistory(0, tuple(history)), DIGEST, window(day))
            state, because = CellState.NOT_EVALUATED, ""
            if seen != UNSEEN:
                state, because = state_of(KEY, seen == OVER, before, POLICIES.drift, kind)
                assert (state, because) == plainly(sequence[: day + 1], kind), (sequence, day)
            history.append(past(day, seen, drifted=state is CellState.DRIFTED))


def plainly(sequence: tuple[str, ...], kind: WindowKind) -> tuple[CellState, str]:
    """Walk the windows that were seen, from the first, and keep whether the cell stands as drifted."""
    persistence = POLICIES.drift.persistence[kind]
    seen = [one == OVER for one in sequence if one != UNSEEN]
    stands = False
    for place in range(len(seen)):
        recent = seen[max(0, place + 1 - persistence.of_windows) : place + 1]
        if seen[place] and sum(recent) >= persistence.min_windows:
            stands = True
        elif not any(seen[max(0, place + 1 - POLICIES.drift.clear_windows) : place + 1]):
            stands = False
    if stands:
        return CellState.DRIFTED, "" if seen[-1] else CLEARING
    return (CellState.OVER if seen[-1] else CellState.QUIET), ""


def test_windows_count_that_were_judged_earlier_and_against_the_same_reference() -> None:
    unjudged, other, later, same = past(1, judged=False), past(2, digest="sha256:other"), past(6), past(5)
    history = TriggerHistory(0, (past(0), unjudged, other, past(3), same, later))
    assert [one.window for one in windows_that_count(history, DIGEST, window(5))] == [window(3), window(0)]


def test_of_a_window_judged_twice_the_later_decision_counts_once() -> None:
    history = TriggerHistory(0, (past(0, BELOW, hours=5), past(0, OVER, hours=1), past(1, OVER)))
    counted = windows_that_count(history, DIGEST, window(2))
    assert [(one.window, KEY in one.over) for one in counted] == [(window(1), True), (window(0), False)]


def test_another_reference_ends_a_drift() -> None:
    before = windows_that_count(TriggerHistory(0, (past(0, OVER, drifted=True, digest="sha256:other"),)), DIGEST, window(1))
    assert state_of(KEY, False, before, POLICIES.drift, WindowKind.MONTH) == (CellState.QUIET, "")

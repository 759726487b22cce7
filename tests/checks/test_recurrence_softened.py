"""A policy that is changed while a window runs: nobody loosens his way to a clean one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checks.recurrence import judge_window
from checks.recurrence_policy import stricter
from registry.domain.policy_recurrence import BeganWith, RecurrencePolicy
from registry.domain.recurrence import Outcome
from registry.domain.signal import Severity
from tests.builders import DIGEST
from tests.checks.test_recurrence_inputs import ISSUE, a_fixed_issue, a_plan, inputs_of, known
from tests.recurrence_builders import FIRST_DAY, LATENESS, a_recurrence_policy, some_window_inputs

BEGAN = a_recurrence_policy()
CHANGED = "sha256:" + "c" * 64
SOON = FIRST_DAY.replace(day=25)


def changed(row: str, **keys: Any) -> RecurrencePolicy:
    return replace(BEGAN, digest=CHANGED, **{row: replace(getattr(BEGAN, row), **keys)})


LOOSER = [
    changed("silence", silence_confidence=0.5),
    changed("silence", pre_fix_rate_confidence=0.5),
    changed("silence", min_pre_fix_occurrence_count=1),
    changed("silence", baseline_days=20),
    changed("silence", concentrated_ratio=1.0),
    changed("rate", confidence=0.5),
    changed("rate", normal_days=20),
    changed("rate", max_ratio_to_normal=9.0),
    changed("rate", max_excess_ratio=0.5),
    changed("rate", min_normal_exposure_count=1),
    changed("watch", min_coverage_ratio=0.1),
    changed("watch", suspend_after_unobserved_days=99),
    changed("watch", max_set_aside_ratio=0.9),
    changed("watch", report_delay_ratio=0.5),
    changed("watch", max_older_decision_count=99),
    changed("indicators", amber_extends=()),
    replace(BEGAN, digest=CHANGED, window_days=dict.fromkeys(Severity, 1)),
    replace(BEGAN, digest=CHANGED, allowed_lateness_days=0),
]


@pytest.mark.parametrize("now", LOOSER)
def test_what_was_asked_for_when_the_window_began_is_asked_for_to_its_end(now: RecurrencePolicy) -> None:
    held = stricter(BEGAN, now)
    assert held.digest == CHANGED
    assert held == replace(BEGAN, digest=CHANGED, window_days=held.window_days)
    assert {severity: days for severity, days in held.window_days.items() if severity is not Severity.L0} == {
        severity: days for severity, days in BEGAN.window_days.items() if severity is not Severity.L0
    }


def test_what_asks_for_more_holds_from_now_on() -> None:
    now = changed("silence", silence_confidence=0.99, pre_fix_rate_confidence=0.5)
    assert stricter(BEGAN, now).silence == replace(BEGAN.silence, silence_confidence=0.99)
    assert stricter(BEGAN, BEGAN) == BEGAN


def test_a_window_that_is_watched_is_not_clean_by_a_looser_policy_and_says_what_was_changed() -> None:
    now = changed("silence", silence_confidence=0.5, pre_fix_rate_confidence=0.5)
    inputs = some_window_inputs(business_date=SOON, lateness_days=LATENESS, window_days=14, policy=now)
    assert judge_window(inputs).outcome is Outcome.CLEAN
    held = judge_window(replace(inputs, began=BeganWith(DIGEST, BEGAN, ())))
    assert (held.outcome, held.policy_digest) == (Outcome.WATCHING, CHANGED)
    (told,) = (one for one in held.not_evaluated if one.reason_code == "policy_changed")
    assert told.reason == (
        "the policy was changed while the window ran: silence.pre_fix_rate_confidence from 0.8 to 0.5, "
        "silence.silence_confidence from 0.95 to 0.5; the stricter of each holds, so that no window ends sooner by a change"
    )


def test_where_nobody_can_read_what_it_began_with_a_window_is_not_clean() -> None:
    decision = judge_window(some_window_inputs(began=BeganWith(CHANGED, None, ())))
    assert (decision.outcome, [reason.code for reason in decision.reasons]) == (Outcome.WATCHING, ["policy_lost"])


def test_the_floor_is_that_of_the_day_the_window_began() -> None:
    now = replace(BEGAN, digest=CHANGED, window_days={**BEGAN.window_days, Severity.L2: 1})
    knowledge = known(a_fixed_issue())
    assert inputs_of(a_plan(policy=now), knowledge).window_days == 1
    began = BeganWith(DIGEST, BEGAN, ())
    held = inputs_of(a_plan(policy=now), replace(knowledge, began={ISSUE: began}))
    assert (held.window_days, held.policy, held.began) == (30, now, began)

"""A catalogue that counts decisions otherwise while a window runs: a denominator that grew is no evidence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checks.recurrence import judge_window
from registry.domain.catalogue import SourceSpec, TimeField
from registry.domain.exposure import ExposureSpec, FeedTerms
from registry.domain.recurrence import Outcome, WindowInputs
from tests.checks.test_recurrence_inputs import ISSUE, a_fixed_issue, a_plan, inputs_of, known
from tests.checks.test_recurrence_terms import DAY, LIGHTS, POLICY, began, terms, told
from tests.recurrence_builders import FIX_AT, a_feed_watch, an_exposure_read, seen_before


def quiet(began_with: FeedTerms, *, policy: Any = POLICY, **now: Any) -> WindowInputs:
    """Return a window of 60 quiet days with ten thousand decisions each, which began with other terms where they are others."""
    knowledge = known(a_fixed_issue(), seen={ISSUE: seen_before(12)}, lights=LIGHTS, began={ISSUE: began(began_with)})
    plan = a_plan(watches=(a_feed_watch(**now),), policy=policy)
    return inputs_of(plan, knowledge, exposure=an_exposure_read(FIX_AT.date() - 200 * DAY, plan.business_date, 10_000))


def counted(**changes: Any) -> ExposureSpec:
    spec = a_feed_watch().exposure
    assert spec is not None
    return replace(spec, **changes)


@pytest.mark.parametrize(
    "now",
    [
        {"where": "TRUE"},
        {"count": "Views"},
        {"source": SourceSpec("views", path="data/views.csv")},
        {"time": TimeField("Day")},
        {"segment": {"country": "Country"}},
        {"row_id": "View"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_decisions_that_are_counted_otherwise_than_when_the_window_began_leave_it_without_a_clean_answer(now: dict[str, Any]) -> None:
    assert judge_window(quiet(terms())).outcome is Outcome.CLEAN
    decision = judge_window(quiet(terms(), exposure=counted(**now)))
    assert (decision.outcome, [one.code for one in decision.reasons]) == (Outcome.WATCHING, ["counted_otherwise"])
    assert told(quiet(terms(), exposure=counted(**now))) == [], "it is said once, as what keeps the window open"


def test_days_that_become_decisions_while_a_window_runs_are_another_count_too() -> None:
    decision = judge_window(quiet(terms(counted_by="")))
    assert (decision.outcome, [one.code for one in decision.reasons]) == (Outcome.WATCHING, ["counted_otherwise"])


def test_a_window_whose_decisions_are_counted_otherwise_ends_without_evidence_in_time() -> None:
    once = replace(POLICY, watch=replace(POLICY.watch, unevidenced_after_floors=1))
    assert judge_window(quiet(terms(), policy=once)).outcome is Outcome.CLEAN
    decision = judge_window(quiet(terms(), policy=once, exposure=counted(where="TRUE")))
    assert (decision.outcome, [one.code for one in decision.reasons]) == (Outcome.ELAPSED_UNEVIDENCED, ["counted_otherwise"])

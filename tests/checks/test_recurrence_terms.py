"""A catalogue whose numbers are changed while a window runs: nobody loosens his way to a clean one."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from checks.recurrence import judge_window
from checks.recurrence_again import find_other_terms
from checks.recurrence_due import find_due
from checks.recurrence_events import window_event
from checks.recurrence_inputs import window_inputs
from checks.recurrence_terms import held_effect
from registry.domain.canonical import record_json
from registry.domain.exposure import EffectKind, EffectSpec, FeedTerms, NamedBy
from registry.domain.policy_recurrence import BeganWith
from registry.domain.recurrence import IndicatorKind, Light, Outcome, WindowInputs
from registry.domain.recurrence_beginnings import Beginning, begun
from registry.domain.recurrence_sealed import sealed_window
from registry.window_records import read_sealed_window
from tests.builders import FEED, SYSTEM, a_feed, a_system
from tests.checks.test_recurrence_inputs import ISSUE, a_fixed_issue, a_plan, inputs_of, known
from tests.recurrence_builders import (
    FIX_AT,
    LATENESS,
    a_feed_watch,
    a_recurrence_policy,
    a_seen,
    an_exposure_read,
    an_indicator,
    seen_before,
)

POLICY = a_recurrence_policy()
DAY = timedelta(days=1)
USUAL = POLICY.allowed_lateness_days
GONE, LEVEL = EffectSpec(), EffectSpec(EffectKind.RATE)
LATE = "late"
COUNTED = a_feed_watch().terms.counted_by
GREEN = tuple(an_indicator(kind=kind, light=Light.GREEN) for kind in IndicatorKind)
LIGHTS = {(SYSTEM, FIX_AT.date() + offset * DAY): GREEN for offset in range(100)}


def rate(limit: float) -> EffectSpec:
    return EffectSpec(EffectKind.RATE, limit)


def terms(**changes: Any) -> FeedTerms:
    return replace(FeedTerms(FEED, GONE, LATENESS, NamedBy.NOTHING, COUNTED), **changes)


def began(*then: FeedTerms, **changes: Any) -> BeganWith:
    return replace(BeganWith(POLICY.digest, None, then), **changes)


def inputs(then: FeedTerms | BeganWith | None, *, policy: Any = POLICY, **now: Any) -> WindowInputs:
    """Return what a window is judged from that began with ``then``, where the feed is watched by ``now``."""
    beginning = then if isinstance(then, BeganWith) or then is None else began(then)
    knowledge = known(a_fixed_issue(), seen={ISSUE: seen_before(12)}, began={ISSUE: beginning} if beginning else {})
    return inputs_of(a_plan(watches=(a_feed_watch(**now),), policy=policy), knowledge)


def told(found: WindowInputs) -> list[str]:
    return [one.reason for one in judge_window(found).not_evaluated if one.reason_code == "catalogue_changed"]


@pytest.mark.parametrize(
    ("then", "now", "held"),
    [
        (rate(0.0035), rate(0.006), rate(0.0035)),
        (rate(0.006), rate(0.0035), rate(0.0035)),
        (LEVEL, rate(0.006), LEVEL),
        (rate(0.006), LEVEL, rate(0.006)),
        (GONE, rate(0.006), GONE),
        (GONE, LEVEL, GONE),
        (rate(0.006), GONE, rate(0.006)),
        (LEVEL, GONE, LEVEL),
    ],
    ids=str,
)
def test_the_smaller_target_holds_and_what_the_symptom_is_weighed_as_stays(then: EffectSpec, now: EffectSpec, held: EffectSpec) -> None:
    found = inputs(terms(effect=then), effect=now)
    assert found.effect == held
    assert found.terms == (terms(effect=now),)
    assert found.began == began(terms(effect=then))


def test_a_rate_whose_decisions_nothing_counts_any_more_has_no_limit() -> None:
    """Else days would be counted, and each of them with a signal were above every share."""
    assert inputs(terms(effect=rate(0.006)), exposure=None).effect == LEVEL
    assert held_effect(rate(0.006), rate(0.006), is_counted=False) == rate(0.006)
    assert held_effect(GONE, GONE, is_counted=False) == GONE


@pytest.mark.parametrize(("then", "now", "held"), [(30, 0, 30), (0, 30, 30), (None, 0, USUAL), (30, None, 30), (0, None, USUAL)])
def test_the_longer_lateness_holds(then: int | None, now: int | None, held: int) -> None:
    assert inputs(terms(allowed_lateness_days=then), allowed_lateness_days=now).lateness_days == held


def test_the_lateness_of_a_feed_does_not_go_round_that_of_the_policy_it_began_with() -> None:
    policy = a_recurrence_policy(allowed_lateness_days=30, digest="sha256:" + "2" * 64)
    then = BeganWith(policy.digest, policy, (terms(allowed_lateness_days=None),))
    assert inputs(then, allowed_lateness_days=0).lateness_days == 30


@pytest.mark.parametrize("then", [NamedBy.NOTHING, NamedBy.ROW, NamedBy.POINTER])
@pytest.mark.parametrize("now", [NamedBy.NOTHING, NamedBy.ROW, NamedBy.POINTER])
def test_what_names_a_decision_stays_as_it_was(then: NamedBy, now: NamedBy) -> None:
    knowledge = known(a_fixed_issue(), seen={ISSUE: (a_seen(1, decision_ref="case 7"),)}, began={ISSUE: began(terms(named_by=then))})
    found = inputs_of(a_plan(watches=(a_feed_watch(named_by=now),)), knowledge)
    assert [one.decision_ref for one in found.seen] == [
        {NamedBy.NOTHING: "", NamedBy.ROW: a_seen(1).signal_id, NamedBy.POINTER: "case 7"}[then]
    ]


def test_a_target_that_is_raised_while_a_window_runs_makes_it_clean_no_sooner() -> None:
    issue = a_fixed_issue()
    before = (FIX_AT - 90 * DAY + n * DAY / 20 for n in range(1780))
    after = (FIX_AT + DAY + n * DAY / 4 for n in range(215))
    seen = tuple(
        a_seen(n, decided_at=at, reported_at=at + DAY, versions={"model": "8" if at > FIX_AT else "7"})
        for n, at in enumerate((*before, *after))
    )
    plan, knowledge = a_plan(watches=(a_feed_watch(effect=rate(0.006)),)), known(issue, seen={ISSUE: seen}, lights=LIGHTS)
    exposure = an_exposure_read(FIX_AT.date() - 200 * DAY, plan.business_date, 1000)
    held = replace(knowledge, began={ISSUE: began(terms(effect=rate(0.0035)))})
    loose, strict = (judge_window(inputs_of(plan, one, exposure=exposure)) for one in (knowledge, held))
    assert (loose.outcome, loose.limit) == (Outcome.CLEAN, 0.006)
    assert (strict.outcome, strict.limit) == (Outcome.WATCHING, 0.0035)
    assert [one.reason for one in strict.not_evaluated if one.reason_code == "catalogue_changed"] == [
        f"the catalogue was changed while the window ran: effect of {FEED} from rate of at most 0.0035 to rate of at most 0.006; "
        "the stricter of each number holds, and what is neither stays as it was, so that no window ends sooner by a change"
    ]


def test_each_change_is_told_then_and_now() -> None:
    then = terms(effect=LEVEL, allowed_lateness_days=30, named_by=NamedBy.ROW)
    (found,) = told(inputs(then, effect=GONE, allowed_lateness_days=None, named_by=NamedBy.POINTER))
    assert found.startswith(
        f"the catalogue was changed while the window ran: effect of {FEED} from rate of no more than the level before to absence, "
        f"allowed_lateness_days of {FEED} from 30 to the policy's, decision of {FEED} from named by row to named by pointer; the stricter"
    )


def test_what_was_not_changed_is_not_told() -> None:
    found = inputs(terms())
    assert (found.began, told(found)) == (None, [])
    assert inputs(None).began is None
    other = BeganWith("sha256:" + "2" * 64, POLICY, (terms(),))
    assert [one.reason_code for one in judge_window(inputs(other)).not_evaluated].count("policy_changed") == 1
    assert told(inputs(other)) == []


def test_where_the_first_judgement_does_not_tell_the_terms_a_window_is_not_clean() -> None:
    found = inputs(BeganWith(POLICY.digest, None), allowed_lateness_days=0)
    assert found.lateness_days == USUAL
    decision = judge_window(found)
    assert decision.outcome is Outcome.WATCHING
    assert "policy_lost" in {one.code for one in decision.reasons}


def test_a_feed_that_the_window_did_not_begin_with_is_judged_by_todays_terms() -> None:
    found = inputs(terms(feed="another", effect=rate(0.001), allowed_lateness_days=99), effect=rate(0.5), allowed_lateness_days=3)
    assert (found.effect, found.lateness_days, found.began) == (rate(0.5), 3, None)


def test_feeds_that_are_judged_apart_are_held_each_by_its_own_terms_and_told_once() -> None:
    system = a_system(feeds=(a_feed(), a_feed(name=LATE)))
    seen = {ISSUE: (*(a_seen(n) for n in range(1, 9)), *(a_seen(n, feed=LATE) for n in range(20, 24)))}
    then = began(terms(), terms(feed=LATE, effect=rate(0.01), allowed_lateness_days=20))
    watches = (a_feed_watch(), a_feed_watch(feed=LATE, effect=rate(0.9)))
    knowledge = known(a_fixed_issue(), seen=seen, began={ISSUE: then})
    plan = a_plan(systems=(system,), watches=watches)
    (due,) = find_due(plan, knowledge)
    found = window_inputs(plan, knowledge, due, (), ())
    assert (found.effect, [one.effect for one in found.beside], found.lateness_days) == (GONE, [rate(0.01)], 20)
    assert len(told(found)) == 1


def sealed(**changes: Any) -> Any:
    return replace(sealed_window(inputs(terms(effect=rate(0.01), allowed_lateness_days=30), effect=rate(0.5)), {}), **changes)


def test_what_was_sealed_is_read_back_and_comes_to_the_same_terms() -> None:
    one = sealed()
    assert read_sealed_window(record_json(one)) == one
    assert list(find_other_terms(one, POLICY)) == []


@pytest.mark.parametrize(
    "change", [{"effect": rate(0.5)}, {"lateness_days": 7}, {"began": None}, {"terms": (terms(allowed_lateness_days=99),)}], ids=str
)
def test_an_effect_or_a_lateness_that_the_terms_do_not_come_to_is_found_out(change: dict[str, Any]) -> None:
    assert list(find_other_terms(sealed(**change), POLICY)) != []


def test_the_event_of_a_window_tells_the_terms_and_the_first_of_an_occurrence_stays() -> None:
    found = inputs(None, effect=rate(1 / 300), allowed_lateness_days=None, named_by=NamedBy.POINTER)
    event = window_event(found, judge_window(found), "sha256:b", "sha256:d", "decision-00001.json")
    first = json.loads(event.canonical_body())
    beginnings: dict[str, Beginning] = {}
    begun(beginnings, first)
    begun(beginnings, first | {"data": {**first["data"], "terms": []}})
    assert beginnings[ISSUE].terms == (terms(effect=rate(1 / 300), allowed_lateness_days=None, named_by=NamedBy.POINTER),)
    begun(beginnings, {"kind": "IssueReopened", "issue": ISSUE, "data": {}})
    begun(beginnings, first | {"data": {}})
    assert beginnings[ISSUE] == Beginning("", "", None)
    assert first["system"] == SYSTEM

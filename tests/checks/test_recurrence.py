"""What holds of every window, whatever is drawn: nothing improves by knowing less, by an occurrence more, or by another order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.recurrence import judge_window
from registry.domain.canonical import record_json
from registry.domain.decision import Verdict
from registry.domain.exposure import EffectKind, EffectSpec
from registry.domain.issue import Fix
from registry.domain.recurrence import IndicatorKind, Outcome, WatchDay, WindowInputs
from registry.domain.times import local_date, start_of_day
from tests.builders import ZONE
from tests.recurrence_builders import FIRST_DAY, FIX_AT, a_return, a_seen, seen_before, some_window_inputs
from tests.windows.scenario import a_report, serving

_RANK = {
    Outcome.RECURRED: 0,
    Outcome.NOT_OPEN: 1,
    Outcome.SUSPENDED: 1,
    Outcome.WATCHING: 1,
    Outcome.ELAPSED_UNEVIDENCED: 2,
    Outcome.CLEAN: 3,
}
_BEFORE = FIRST_DAY - timedelta(days=100)
DEAD = "the feed complaints was not read"


@st.composite
def windows(draw: st.DrawFn, kind: EffectKind | None = None) -> WindowInputs:
    """Draw a window with outages, amber days, thin and thick days, and decisions of either version that showed the problem."""
    kind = kind or draw(st.sampled_from(EffectKind))
    random = Random(draw(st.integers(0, 2**32)))
    length, is_rate = draw(st.integers(0, 130)), kind is EffectKind.RATE
    today = FIRST_DAY + timedelta(days=length)
    dead, amber, per_day = draw(st.sampled_from([0.0, 0.1, 0.3])), draw(st.sampled_from([0.0, 0.2])), draw(st.sampled_from([0, 5, 60, 400]))
    days = tuple(_day(_BEFORE + timedelta(days=offset), random, dead, amber, per_day) for offset in range(100 + length))
    base = some_window_inputs(
        business_date=today,
        days=days,
        seen=(),
        effect=EffectSpec(kind, draw(st.sampled_from([None, 0.02])) if is_rate else None),
        unit=draw(st.sampled_from(["decision", ""])),
        window_days=draw(st.sampled_from([1, 14, 30])),
        lateness_days=draw(st.sampled_from([0, 7])),
        began_on=_BEFORE + timedelta(days=60),
    )
    before, after = draw(st.integers(0, 30)), draw(st.sampled_from([0, 0, 1, 20])) if is_rate else draw(st.sampled_from([0, 0, 0, 1]))
    ons = [random.randrange(100) for _ in range(before)] + [100 + random.randrange(length) for _ in range(after) if length]
    seen = tuple(_report(base, number, on, random) for number, on in enumerate(ons))
    return replace(base, seen=seen)


def _day(on: date, random: Random, dead: float, amber: float, per_day: int) -> WatchDay:
    reason = DEAD if random.random() < dead else ""
    lights = (IndicatorKind.OVERRIDE_SPIKE,) if random.random() < amber else ()
    return WatchDay(on, random.randint(0, 2 * per_day), reason, lights)


def _report(inputs: WindowInputs, number: int, offset: int, random: Random):  # type: ignore[no-untyped-def]
    at = start_of_day(_BEFORE + timedelta(days=offset), ZONE) + timedelta(seconds=random.randrange(80_000))
    return a_report(inputs, at, "7" if at < FIX_AT else "8", number, reported_at=at + timedelta(days=random.randrange(7)))


def test_a_window_of_which_nothing_is_known_is_not_clean() -> None:
    decision = judge_window(some_window_inputs(days=(), seen=()))
    assert (decision.outcome, decision.verdict) == (Outcome.SUSPENDED, Verdict.INCONCLUSIVE)
    assert (decision.observed_days, decision.exposure, decision.required_exposure, decision.coverage_ratio) == (0, 0, None, 0.0)
    assert len(decision.missing) == 4


@given(inputs=windows())
@settings(max_examples=150, deadline=None)
def test_the_order_in_which_things_are_told_changes_nothing(inputs: WindowInputs) -> None:
    shuffled = replace(inputs, days=inputs.days[::-1], seen=inputs.seen[::-1], versions=inputs.versions[::-1])
    assert record_json(judge_window(shuffled)) == record_json(judge_window(inputs))


@given(inputs=windows(), offset=st.integers(0, 200), number=st.integers(1, 30))
@settings(max_examples=150, deadline=None)
def test_an_occurrence_more_never_improves_a_window(inputs: WindowInputs, offset: int, number: int) -> None:
    at = FIX_AT + timedelta(hours=12 * offset)
    more = tuple(a_return(90_000 + one, decided_at=at, reported_at=at) for one in range(number))
    worse = judge_window(replace(inputs, seen=(*inputs.seen, *more)))
    assert _RANK[worse.outcome] <= _RANK[judge_window(inputs).outcome]
    assert worse.outcome is Outcome.RECURRED or inputs.effect.kind is EffectKind.RATE


@given(inputs=windows(), share=st.floats(0, 1), seed=st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_days_that_nobody_observed_never_improve_a_window(inputs: WindowInputs, share: float, seed: int) -> None:
    random = Random(seed)
    dead = tuple(replace(day, reason=DEAD) if day.on >= FIRST_DAY and random.random() < share else day for day in inputs.days)
    assert _RANK[judge_window(replace(inputs, days=dead)).outcome] <= _RANK[judge_window(inputs).outcome]


@given(inputs=windows(), seed=st.integers(0, 2**32))
@settings(max_examples=100, deadline=None)
def test_amber_days_never_improve_a_window(inputs: WindowInputs, seed: int) -> None:
    random = Random(seed)
    lights = (IndicatorKind.REPEAT_ISSUE_RATE,)
    amber = tuple(replace(day, extending=lights) if random.random() < 0.3 else day for day in inputs.days)
    assert _RANK[judge_window(replace(inputs, days=amber)).outcome] <= _RANK[judge_window(inputs).outcome]


@given(inputs=windows(EffectKind.ABSENCE))
@settings(max_examples=100, deadline=None)
def test_the_bound_tightens_with_every_silent_day(inputs: WindowInputs) -> None:
    highs = [day.high for day in judge_window(inputs).bound if day.high is not None]
    assert highs == sorted(highs, reverse=True)


@given(inputs=windows())
@settings(max_examples=150, deadline=None)
def test_a_clean_window_has_everything_that_it_asks_for(inputs: WindowInputs) -> None:
    decision = judge_window(inputs)
    if decision.outcome is Outcome.CLEAN:
        assert decision.observed_days - decision.extended_days >= decision.required_days
        assert decision.coverage_ratio is not None and decision.coverage_ratio >= inputs.policy.watch.min_coverage_ratio
        assert decision.closes_on is not None and decision.closes_on <= inputs.business_date
        if inputs.effect.kind is EffectKind.ABSENCE:
            assert decision.required_exposure is not None and decision.exposure >= decision.required_exposure
            assert decision.occurrences == ()
        else:
            assert decision.limit is not None and decision.after.high is not None and decision.after.high <= decision.limit


def test_a_bound_that_holds_at_every_look_asks_for_the_exposure_at_which_it_reaches_the_rate_before() -> None:
    decision = judge_window(some_window_inputs())
    assert decision.required_exposure is not None and decision.before.low is not None
    reached = next(day for day in decision.bound if day.high is not None and day.high <= decision.before.low)
    assert reached.exposure_count - 100 < decision.required_exposure <= reached.exposure_count
    assert decision.bound[-1].high == decision.after.high


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_what_decided_at_the_edge_is_told_to_the_microsecond(offset: int) -> None:
    inputs = replace(some_window_inputs(seen=seen_before(12)), fix=Fix(FIX_AT, {}), versions=())
    at = FIX_AT + timedelta(microseconds=offset)
    decision = judge_window(replace(inputs, seen=(*inputs.seen, a_report(inputs, at, reported_at=FIX_AT + timedelta(days=1)))))
    assert (len(decision.occurrences), len(decision.late)) == ((0, 1) if offset < 0 else (1, 0))


def test_what_the_fix_s_own_version_decided_before_it_was_the_fix_says_nothing_of_it() -> None:
    served = serving((FIX_AT - timedelta(days=365), "6"), (FIX_AT - timedelta(days=100), "7"), (FIX_AT, "6"))
    inputs = some_window_inputs(fix=Fix(FIX_AT, {"model": "6"}), versions=served)
    first = a_seen(800, decided_at=FIX_AT - timedelta(days=200), versions={"model": "6"}, is_after_fix=True)
    assert judge_window(replace(inputs, seen=(*inputs.seen, first))).outcome is Outcome.CLEAN
    again = replace(first, decided_at=FIX_AT + timedelta(days=1))
    assert judge_window(replace(inputs, seen=(*inputs.seen, again))).outcome is Outcome.RECURRED


def test_thousands_of_signals_of_a_rate_are_counted_and_the_newest_listed() -> None:
    inputs = some_window_inputs(effect=EffectSpec(EffectKind.RATE, 0.0001))
    at = datetime(2021, 4, 1, 12, tzinfo=UTC)
    back = tuple(a_return(number, decided_at=at + timedelta(seconds=number)) for number in range(300))
    decision = judge_window(replace(inputs, seen=back))
    assert (decision.outcome, len(decision.occurrences), decision.after.occurrence_count) == (Outcome.RECURRED, 100, 300)
    assert decision.occurrences[-1].decided_at == at + timedelta(seconds=299)
    assert "listed_in_part" in {one.reason_code for one in decision.not_evaluated}
    assert local_date(at, ZONE) > FIRST_DAY


def test_segments_are_compared_with_themselves_and_a_new_one_has_no_ratio() -> None:
    inputs = some_window_inputs()
    web = tuple(replace(one, segment={"channel": "Web"}) for one in inputs.seen)
    decision = judge_window(replace(inputs, seen=(*web, a_return(segment={"channel": "Phone"}))))
    whole, phone, ours = decision.segments
    assert (whole.name, phone.value, ours.value) == ("", "Phone", "Web")
    assert (phone.rate_ratio, phone.interval, phone.after.occurrence_count) == (None, None, 1)
    assert ours.rate_ratio == 0.0 and ours.interval is not None and ours.interval[0] == 0.0 < ours.interval[1] < 1

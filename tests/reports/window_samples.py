"""Windows and runs over them for pages: one of each outcome, and ones that say given texts in every place.

Put a sample of a window here. Windows are judged, not written down; closures are ``closing_samples.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

from checks.recurrence import judge_window
from checks.recurrence_day import summarize
from registry.domain.decision import KnowledgeCut, NotEvaluated, Verdict
from registry.domain.exposure import EffectKind, EffectSpec
from registry.domain.recurrence import Indicator, IndicatorKind, Light, WindowDecision, WindowInputs
from registry.domain.recurrence_run import RecurrenceDay, WindowJudged
from tests.builders import DIGEST, SYSTEM
from tests.recurrence_builders import (
    FIX_AT,
    JUDGED_ON,
    a_return,
    a_seen,
    an_indicator,
    seen_before,
    some_watch_days,
    some_window_inputs,
)
from tests.reports.samples import with_text

LATE = a_seen(700, reported_at=FIX_AT + timedelta(days=6), decided_at=FIX_AT - timedelta(days=4))
_FROM = FIX_AT.date() - timedelta(days=90)


def a_clean_window() -> WindowInputs:
    """Contained ten days before its fix, with a late report about a decision before it."""
    return some_window_inputs(contained_at=FIX_AT - timedelta(days=10), seen=(*seen_before(12), LATE))


def a_window_that_came_back() -> WindowInputs:
    return some_window_inputs(seen=(*seen_before(12), LATE, a_return(), a_return(901, decided_at=FIX_AT + timedelta(days=31))))


def a_watched_window() -> WindowInputs:
    """Four days on which nobody read the feed, two on which an indicator was amber, and too few decisions yet."""
    today, dead = date(2021, 4, 10), [date(2021, 3, 9) + timedelta(days=number) for number in range(4)]
    days = some_watch_days(_FROM, today, 30, dead=dead, amber=[date(2021, 3, 20), date(2021, 3, 21)])
    return some_window_inputs(business_date=today, days=days)


def a_rate_window() -> WindowInputs:
    """A share that went up after the fix that was to lower it."""
    returns = (a_return(2_000 + number, decided_at=FIX_AT + timedelta(days=1 + number % 58)) for number in range(300))
    effect, days = EffectSpec(EffectKind.RATE), some_watch_days(_FROM, JUDGED_ON, 1_000)
    began_on = FIX_AT.date() - timedelta(days=30)
    return some_window_inputs(effect=effect, days=days, seen=(*seen_before(150), *returns), began_on=began_on)


def a_window_of_nothing() -> WindowInputs:
    """A fix that never served all traffic, and of which nothing else is known."""
    return some_window_inputs(versions=(), share_percent=10, days=(), seen=(), unit="")


WINDOWS = {
    "clean": a_clean_window,
    "came back": a_window_that_came_back,
    "watched": a_watched_window,
    "rate": a_rate_window,
    "nothing": a_window_of_nothing,
}


def indicators() -> tuple[Indicator, ...]:
    spike = an_indicator(kind=IndicatorKind.OVERRIDE_SPIKE, light=Light.AMBER, reason="the override rate rose on 3 Apr 2021")
    claims = an_indicator(kind=IndicatorKind.UNSUPPORTED_CLAIM_RATE, light=Light.UNKNOWN, reason="no claim was checked")
    return an_indicator(), spike, claims


def a_run() -> tuple[RecurrenceDay, tuple[WindowJudged, ...]]:
    """A run over a window of each kind, the one that came back first."""
    judged = []
    for name in ("came back", "watched", "clean", "rate", "nothing"):
        inputs = _named(replace(WINDOWS[name](), title=f"An issue that is {name}"))
        judged.append(WindowJudged(inputs, judge_window(inputs)))
    return _day(judged), tuple(judged)


def _named(inputs: WindowInputs) -> WindowInputs:
    """Return the window with a decision named by each of its signals, as a catalogue that says how has them."""
    return replace(inputs, seen=tuple(replace(one, decision_ref=f"decision {one.signal_id}") for one in inputs.seen))


def _day(judged: Sequence[WindowJudged]) -> RecurrenceDay:
    day = RecurrenceDay(
        kind="recurrence_day",
        system="*",
        as_of=judged[0].decision.as_of if judged else FIX_AT,
        verdict=Verdict.INCONCLUSIVE,
        reasons=(),
        findings=(),
        not_evaluated=(),
        inputs=(),
        policy_digest=DIGEST,
        knowledge_cut=KnowledgeCut(100, FIX_AT),
        business_date=JUDGED_ON,
        systems=(SYSTEM,),
        windows=tuple(one.decision for one in judged),
        indicators=indicators() if judged else (),
    )
    return summarize(day, ())


def a_run_of_nothing() -> RecurrenceDay:
    return _day(())


def window_named_by(texts: Sequence[str]) -> tuple[WindowDecision, WindowInputs, tuple[Indicator, ...]]:
    """A window that came back, with each text in every list of it, and the first one in what there is once."""
    inputs = a_window_that_came_back()
    base = judge_window(inputs)
    one = with_text(base, texts[0])
    decision: WindowDecision = replace(one, zone=base.zone, **{name: each(getattr(base, name), texts) for name in _LISTS})
    decision = replace(decision, missing=tuple(texts), not_evaluated=tuple(NotEvaluated(text, text, text) for text in texts))
    days = tuple(replace(day, reason=text) for day, text in zip(inputs.days[-len(texts) :], texts, strict=False))
    fix = replace(inputs.fix, versions=dict.fromkeys(texts, texts[-1]))
    versions = tuple(replace(inputs.versions[0], artifact=text, version=text) for text in texts)
    lights = tuple(an_indicator(reason=text) for text in texts)
    return decision, replace(inputs, days=days, fix=fix, versions=versions), lights


_LISTS = ("reasons", "findings", "inputs", "occurrences", "late", "segments")


def each(items: Sequence[object], texts: Sequence[str]) -> tuple[object, ...]:
    return tuple(with_text(item, text) for text, item in product(texts, items[:1]))


def run_named_by(texts: Sequence[str]) -> tuple[RecurrenceDay, tuple[WindowJudged, ...]]:
    """A run over one window of each text, with each of them in every list of the run."""
    inputs = a_window_that_came_back()
    decision = judge_window(inputs)
    judged = tuple(WindowJudged(inputs, replace(with_text(decision, text), zone=decision.zone)) for text in texts)
    gaps = tuple(NotEvaluated(text, text, text) for text in texts)
    lights = tuple(an_indicator(system_id=text, reason=text) for text in texts)
    day = with_text(_day(judged), texts[0])
    found = each(_day(judged).findings, texts)
    return replace(day, not_evaluated=gaps, indicators=lights, systems=tuple(texts), findings=found), judged

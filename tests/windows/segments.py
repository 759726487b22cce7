"""Scenarios of segments: decisions that are counted by product or channel, and an issue that one value of these holds.

Put here what must come of whose decisions were made before a fix and after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

from registry.domain.exposure import CellCount
from registry.domain.recurrence import Outcome, WindowInputs
from tests.recurrence_builders import FIRST_DAY, JUDGED_ON, a_return, some_window_inputs
from tests.windows.scenario import RATE_PER_DAY, Scenario, a_rate_window

PREPAID, WEB = ("product", "Prepaid card"), ("channel", "Web")  # what every signal of the builders says
UNNAMED = ("product", "")  # decisions that name no product
_LATER = JUDGED_ON + timedelta(days=37)  # three floors, and late reports
_WITHOUT, _LOST, _FEW = ("segment_without_traffic",), ("segment_not_matched",), ("exposure_too_small",)


def split(inputs: WindowInputs, before: Mapping[tuple[str, str], int], after: Mapping[tuple[str, str], int]) -> WindowInputs:
    """Return ``inputs`` with so many decisions a day by segment and value, before the fix and after it."""
    shares = [(sorted(one.items()), is_after) for one, is_after in ((before, False), (after, True))]
    cells = {is_after: tuple(CellCount(*cell, count) for cell, count in found) for found, is_after in shares}
    return replace(inputs, days=tuple(replace(day, cells=cells[day.on >= FIRST_DAY]) for day in inputs.days))


def segment_scenarios() -> Iterator[Scenario]:
    """Yield what must come of whose decisions were made before a fix and after it."""
    yield from _held()
    yield from _not_held()
    yield from _not_matched()
    yield from _rates()


def _held() -> Iterator[Scenario]:
    gone = split(some_window_inputs(), {PREPAID: 5}, {PREPAID: 0})
    facts = {"exposure": 0, "holder.value": "Prepaid card", "holder.of_after_count": 5_300}
    yield Scenario("all complaints of one product, none of it decided since the fix", gone, Outcome.WATCHING, _WITHOUT, facts)
    gone = split(some_window_inputs(business_date=_LATER), {PREPAID: 5}, {PREPAID: 0})
    yield Scenario("none of that product decided, three floors later", gone, Outcome.ELAPSED_UNEVIDENCED, _WITHOUT)
    there = split(some_window_inputs(), {PREPAID: 5}, {PREPAID: 5})
    facts = {"exposure": 265, "before.exposure_count": 450}
    yield Scenario("as many decisions of that product as before", there, Outcome.CLEAN, (), facts)
    fewer = split(some_window_inputs(), {PREPAID: 5}, {PREPAID: 2})
    yield Scenario("fewer of that product than its silence needs", fewer, Outcome.WATCHING, _FEW, {"exposure": 106})
    both = split(some_window_inputs(), {PREPAID: 5, WEB: 60}, {PREPAID: 5, WEB: 0})
    yield Scenario("that product decided as before, its channel shut", both, Outcome.WATCHING, _WITHOUT, {"holder.name": "channel"})
    back = replace(gone, seen=(*gone.seen, a_return(segment={"product": "Loan"})))
    yield Scenario("none of that product decided, and another shows it", back, Outcome.RECURRED, ("recurred",))
    early = split(some_window_inputs(business_date=FIRST_DAY + timedelta(days=5)), {PREPAID: 5}, {PREPAID: 0})
    codes = ("floor_not_reached", *_FEW)
    yield Scenario("none of that product, before any report must be in", early, Outcome.WATCHING, codes)


def _not_held() -> Iterator[Scenario]:
    base = some_window_inputs()
    seen = tuple(replace(one, segment={"product": "Loan"}) if number < 1 else one for number, one in enumerate(base.seen))
    spread = split(replace(base, seen=seen), {PREPAID: 5, ("product", "Loan"): 95}, {PREPAID: 0, ("product", "Loan"): 100})
    yield Scenario("11 of 12 complaints of one product", spread, Outcome.CLEAN, (), {"exposure": 5_300, "holder": None})
    policy = replace(base.policy, silence=replace(base.policy.silence, concentrated_ratio=0.9))
    held = replace(spread, policy=policy)
    yield Scenario("11 of 12, where nine tenths hold an issue", held, Outcome.WATCHING, _WITHOUT, {"before.occurrence_count": 11})
    nameless = split(replace(base, seen=tuple(replace(one, segment={}) for one in base.seen)), {PREPAID: 5}, {PREPAID: 0})
    yield Scenario("complaints that name no product", nameless, Outcome.CLEAN, (), {"exposure": 5_300})
    few = split(replace(base, seen=base.seen[:2]), {PREPAID: 5}, {PREPAID: 0})
    yield Scenario("two complaints of one product", few, Outcome.ELAPSED_UNEVIDENCED, ("too_few_before",))


def _not_matched() -> Iterator[Scenario]:
    other = split(some_window_inputs(), {PREPAID: 0}, {PREPAID: 0})
    yield Scenario("a product that decisions name otherwise", other, Outcome.ELAPSED_UNEVIDENCED, _LOST, {"required_exposure": None})
    late = split(some_window_inputs(), {PREPAID: 0}, {PREPAID: 50})
    yield Scenario("a product that decisions name so only since the fix", late, Outcome.ELAPSED_UNEVIDENCED, _LOST)
    inputs = split(some_window_inputs(), {PREPAID: 0}, {PREPAID: 1})
    first = replace(inputs.days[0], cells=(CellCount(*PREPAID, 11),))
    rare = replace(inputs, days=(first, *inputs.days[1:]))
    yield Scenario("fewer decisions of a product than complaints", rare, Outcome.ELAPSED_UNEVIDENCED, _LOST)
    late = split(some_window_inputs(), {PREPAID: 5}, {PREPAID: 5})
    days = tuple(replace(day, cells=(CellCount(*UNNAMED, 100),)) if day.on < FIRST_DAY - timedelta(days=11) else day for day in late.days)
    facts = {"before.exposure_count": 50 + 80 * 100, "exposure": 265}
    yield Scenario("decisions that name their product for ten days before the fix", replace(late, days=days), Outcome.WATCHING, _FEW, facts)


def _rates() -> Iterator[Scenario]:
    gone = split(a_rate_window(0.0010), {PREPAID: 100}, {PREPAID: 0})
    yield Scenario("a share mended, and nothing of its product decided", gone, Outcome.WATCHING, _WITHOUT, {"exposure": 53 * RATE_PER_DAY})
    there = split(a_rate_window(0.0010), {PREPAID: 100}, {PREPAID: 100})
    yield Scenario("a share mended, its product decided as before", there, Outcome.CLEAN, (), {"holder": None})

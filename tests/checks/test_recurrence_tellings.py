"""Days on which a feed told symptoms otherwise: what counts for a window after somebody edited the catalogue."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from checks.recurrence import judge_window
from checks.recurrence_tellings import find_otherwise
from registry.domain.catalogue import TimeField
from registry.domain.history import ObservedDay, Telling
from registry.domain.issue import Fix
from registry.domain.recurrence import IndicatorKind, Light, Outcome, Seen, WindowDecision
from registry.domain.recurrence_run import RecurrenceKnowledge
from tests.builders import FEED, SYSTEM
from tests.checks.test_recurrence_inputs import ISSUE, a_fixed_issue, a_plan, inputs_of, known
from tests.recurrence_builders import FIX_AT, JUDGED_ON, a_seen, an_exposure_read, an_indicator, seen_before

DAY = timedelta(days=1)
OTHER = "ISS-20210401-ffffffff"
FIXED_ON = FIX_AT.date()
FIRST = FIXED_ON - 100 * DAY
EDITED_ON, RESTORED_ON = FIXED_ON + 20 * DAY, FIXED_ON + 24 * DAY
OWN, EDITED = Telling(("Issue", "Product")), Telling(("Issue",))


def a_knowledge(*tellings: tuple[date, Telling | None], came: tuple[date, ...] = (FIXED_ON - 5 * DAY,)) -> RecurrenceKnowledge:
    """Return a quiet window whose feed was told by each of ``tellings`` from its day on; ``came`` are days on which signals did."""
    issue = a_fixed_issue()
    knowledge = known(issue, seen={ISSUE: seen_before(12)})
    told = {}
    for one in knowledge.observed:
        newest = next((telling for since, telling in reversed(tellings) if since <= one.on), None)
        told |= {(SYSTEM, FEED, one.on): newest} if newest else {}
    green = tuple(an_indicator(kind=kind, light=Light.GREEN) for kind in IndicatorKind)
    lights = {(SYSTEM, on): green for on in days(FIRST, JUDGED_ON + 90 * DAY)}
    return replace(knowledge, tellings=told, came_on={ISSUE: frozenset((SYSTEM, FEED, on) for on in came)}, lights=lights)


def linked(knowledge: RecurrenceKnowledge, came: date, system_id: str = SYSTEM) -> RecurrenceKnowledge:
    """Return ``knowledge`` with an issue of the same cause, a late report of which came on ``came``."""
    seen: tuple[Seen, ...] = (*knowledge.seen[ISSUE], a_seen(70, same_cause_issue=OTHER))
    days = {**knowledge.came_on, OTHER: frozenset({(system_id, FEED, came)})}
    return replace(knowledge, seen={ISSUE: seen}, came_on=days, systems_of={OTHER: system_id})


def judged(knowledge: RecurrenceKnowledge) -> WindowDecision:
    return judge_window(inputs_of(a_plan(), knowledge))


def otherwise(knowledge: RecurrenceKnowledge) -> list[date]:
    return sorted(on for _, on in find_otherwise(knowledge, a_fixed_issue(), (FEED,)))


def days(start: date, end: date) -> list[date]:
    return [start + offset * DAY for offset in range((end - start).days)]


def test_without_a_day_nothing_is_told_otherwise() -> None:
    assert find_otherwise(replace(known(), observed=()), a_fixed_issue(), (FEED,)) == {}


def test_a_catalogue_that_nobody_edited_rules_out_no_day() -> None:
    knowledge = a_knowledge((FIRST, OWN))
    assert otherwise(knowledge) == []
    assert judged(knowledge).outcome is Outcome.CLEAN


@pytest.mark.parametrize(
    "edited",
    [
        EDITED,
        replace(OWN, where="Channel = 'Web'"),
        replace(OWN, ai_system="Bot"),
        replace(OWN, synthetic="T"),
        replace(OWN, signal_id="Customer"),
        replace(OWN, received_at=TimeField("Entered", 30)),
        replace(OWN, occurred_at=TimeField("Contract")),
        replace(OWN, occurred_at=TimeField("Sold", -30)),
        replace(OWN, occurred_at=TimeField("Sold", 0, "%m/%d/%Y")),
        replace(OWN, zone="Pacific/Auckland"),
        replace(OWN, versions=(("model", "Model at sale"),)),
        replace(OWN, redacted=("email",)),
        replace(OWN, fingerprint_version=2),
    ],
)
def test_days_told_otherwise_are_not_observed_and_suspend_the_window(edited: Telling) -> None:
    knowledge = a_knowledge((FIRST, OWN), (EDITED_ON, edited))
    found = judged(knowledge)
    assert otherwise(knowledge) == days(EDITED_ON, JUDGED_ON)
    assert (found.outcome, found.observed_days) == (Outcome.SUSPENDED, 19)


def test_it_is_told_which_feed_since_when_by_what_and_what_to_do() -> None:
    missing = "; ".join(judged(a_knowledge((FIRST, OWN), (EDITED_ON, EDITED))).missing)
    assert f"the feed {FEED} told symptoms otherwise since {EDITED_ON}, by Issue, and the issue's by Issue, Product" in missing
    assert "restore that in the catalogue, or record the issue that its signals go to now as of the same cause" in missing
    filtered = judged(a_knowledge((FIRST, OWN), (EDITED_ON, replace(OWN, where="x = 1"))))
    assert "of other rows than those of the issue (where)" in "; ".join(filtered.missing)


RESTORE, RECORD = "restore that in", "record the issue that its signals go to now as of the same cause"


@pytest.mark.parametrize(
    ("edited", "told"),
    [
        (
            {"occurred_at": TimeField("Contract", 30, "%d/%m/%Y"), "zone": "UTC"},
            f"dated by Contract plus 30 days as %d/%m/%Y in UTC, and the issue's by Sold in America/New_York; {RESTORE} the catalogue",
        ),
        (
            {"versions": (("model", "Model at sale"),)},
            f"with versions from Model at sale (model), and the issue's from what served; {RESTORE} the catalogue",
        ),
        (
            {"redacted": ("card", "email")},
            f"with card, email redacted, and the issue's with ip; {RESTORE} the policy table redaction, or {RECORD}",
        ),
        ({"fingerprint_version": 2}, f"named by version 2 of fingerprints, and the issue's by version 1; {RECORD}"),
        (
            {"signal_id": "Customer", "synthetic": "Test", "redacted": ()},
            "of other rows than those of the issue (synthetic, signal_id), and with nothing redacted, and the issue's with ip; "
            f"{RESTORE} the catalogue and the policy table redaction, or {RECORD}",
        ),
    ],
    ids=lambda one: ",".join(one) if isinstance(one, dict) else "",
)
def test_what_was_edited_is_named_and_where_to_restore_it(edited: dict[str, Any], told: str) -> None:
    own = replace(OWN, occurred_at=TimeField("Sold"), zone="America/New_York", redacted=("ip",))
    reasons = find_otherwise(a_knowledge((FIRST, own), (EDITED_ON, replace(own, **edited))), a_fixed_issue(), (FEED,))
    assert reasons[FEED, EDITED_ON] == f"the feed {FEED} told symptoms otherwise since {EDITED_ON}, {told}"


def test_a_catalogue_that_was_restored_costs_the_days_in_between_alone() -> None:
    knowledge = a_knowledge((FIRST, OWN), (EDITED_ON, EDITED), (RESTORED_ON, OWN))
    found = judged(knowledge)
    assert otherwise(knowledge) == days(EDITED_ON, RESTORED_ON)
    assert (found.outcome, found.elapsed_days - found.observed_days) == (Outcome.CLEAN, 4)


def test_a_stray_report_in_another_way_makes_no_rate_of_before_comparable() -> None:
    """A silence of few rows is none of the rate that many rows told: the newest way in which signals came holds for both."""
    knowledge = a_knowledge((FIRST, OWN), (EDITED_ON, replace(OWN, where="Channel = 'Web'")), came=(FIXED_ON - 5 * DAY, EDITED_ON))
    found = judged(knowledge)
    assert otherwise(knowledge) == days(FIRST, EDITED_ON)
    assert found.before.day_count == 0
    assert found.outcome is not Outcome.CLEAN


def test_an_issue_of_the_same_cause_says_in_which_way_the_symptom_is_told_now() -> None:
    knowledge = linked(a_knowledge((FIRST, OWN), (EDITED_ON, EDITED)), EDITED_ON + DAY)
    assert otherwise(knowledge) == days(FIRST, EDITED_ON)
    assert judged(knowledge).outcome is Outcome.WATCHING


def test_then_no_rate_of_before_is_known_and_somebody_has_to_sign_for_the_silence() -> None:
    knowledge = linked(a_knowledge((FIRST, OWN), (EDITED_ON, EDITED)), EDITED_ON + DAY)
    plan = replace(a_plan(), business_date=JUDGED_ON + 90 * DAY, as_of=a_plan().as_of + 90 * DAY)
    longer = tuple(ObservedDay(SYSTEM, FEED, day) for day in days(FIRST, plan.business_date))
    told = {(SYSTEM, FEED, day.on): OWN if day.on < EDITED_ON else EDITED for day in longer}
    exposure = an_exposure_read(FIRST, plan.business_date)
    ended = judge_window(inputs_of(plan, replace(knowledge, observed=longer, tellings=told), exposure=exposure))
    assert ended.outcome is Outcome.ELAPSED_UNEVIDENCED


def test_an_issue_of_the_same_cause_of_another_system_says_nothing_of_this_ones_feeds() -> None:
    knowledge = linked(a_knowledge((FIRST, OWN), (EDITED_ON, EDITED)), EDITED_ON + DAY, "other_bot")
    assert otherwise(knowledge) == days(EDITED_ON, JUDGED_ON)


def test_a_day_whose_catalogue_is_gone_is_not_observed() -> None:
    knowledge = a_knowledge((FIRST, OWN))
    gone = replace(knowledge, tellings={key: told for key, told in knowledge.tellings.items() if key[2] != EDITED_ON})
    reasons = find_otherwise(gone, a_fixed_issue(), (FEED,))
    lost = "the catalogue of that day is not in the archive, or its policy tables are not"
    assert reasons == {(FEED, EDITED_ON): f"how the feed {FEED} told the symptom is not known: {lost}"}
    nothing = replace(knowledge, tellings={})
    assert otherwise(nothing) == days(FIRST, JUDGED_ON)
    assert judged(nothing).outcome is Outcome.SUSPENDED


def test_a_return_counts_however_the_days_are_told() -> None:
    knowledge = a_knowledge((FIRST, OWN), (EDITED_ON, EDITED))
    back = a_seen(80, decided_at=FIX_AT + 3 * DAY, reported_at=FIX_AT + 4 * DAY, versions={"model": "8"})
    assert a_fixed_issue().fix == Fix(FIX_AT, {"model": "8"})
    assert judged(replace(knowledge, seen={ISSUE: (*knowledge.seen[ISSUE], back)})).outcome is Outcome.RECURRED

"""Who may record a version by hand, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from checks.version_records import judge_version_record
from registry.domain.catalogue import OwnerRole, VersionSpec
from registry.domain.version_run import RecordPlan, VersionRecord
from registry.domain.versions import claim_of, serving_at
from registry.domain.work_run import HoldInForce
from tests.builders import NOON, SYSTEM, TODAY, a_claim, a_system

OWNER = "owner@bank.example"
HOUR = timedelta(hours=1)


def a_plan(**changes):
    """The product owner records at noon that model 8 has served ten percent for an hour; ``changes`` may be of document or plan."""
    said = {"artifact": "model", "version": "8", "from_at": NOON - HOUR, "share_percent": 10, "reason": "canary of release 2026.3"}
    document = VersionRecord(**said | {name: changes.pop(name) for name in list(changes) if name in said})
    plan = RecordPlan(
        workspace="",
        as_of=NOON,
        business_date=TODAY,
        system=a_system(versions=(VersionSpec("model", mlflow_model="credit_model", alias="champion"), VersionSpec("index"))),
        by=OWNER,
        role=OwnerRole.PRODUCT_OWNER,
        document=document,
        deputies={"model_owner": ("deputy@bank.example",)},
        redacted_kinds=("email", "phone", "card"),
    )
    return replace(plan, **changes)


def codes(plan, *claims):
    return [refusal.code for refusal in judge_version_record(plan, claims).refusals]


def test_the_first_record_of_an_artifact_needs_no_history():
    decision = judge_version_record(a_plan(artifact="index", share_percent=100), ())

    assert decision.refusals == () and decision.event is not None


def test_the_event_says_who_recorded_what_and_why_and_folds_to_the_share():
    event = judge_version_record(a_plan(), [a_claim()]).event
    assert event is not None
    claim = claim_of(2, json.loads(event.canonical_body()))

    assert (claim.by, claim.role, claim.reason) == (OWNER, "product_owner", "canary of release 2026.3")
    assert (event.body["source"], event.as_of, event.actor) == ("recorded by person", NOON, OWNER)
    assert {one.claim.version: one.share_percent for one in serving_at([a_claim(), claim], NOON)} == {"7": 90, "8": 10}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"by": " "}, "no_actor"),
        ({"by": "nobody@bank.example"}, "wrong_actor"),
        ({"role": OwnerRole.RISK_COMPLIANCE}, "wrong_actor"),
        ({"from_at": NOON + timedelta(microseconds=1)}, "in_the_future"),
        ({"from_at": NOON.replace(tzinfo=None)}, "naive_instant"),
        ({"reason": "asked by 4111 1111 1111 1111"}, "personal_data"),
        ({"reason": " "}, "no_reason"),
        ({"version": ""}, "no_version"),
        ({"artifact": "prompt"}, "unknown_artifact"),
        ({"share_percent": 0}, "bad_share"),
        ({"share_percent": 101}, "bad_share"),
        ({"share_percent": -5}, "bad_share"),
    ],
)
def test_a_record_that_may_not_be_made_is_refused_with_a_remedy(changes, code):
    (refusal,) = judge_version_record(a_plan(**changes), ()).refusals

    assert refusal.code == code and refusal.reason and refusal.remedy


def test_a_deputy_named_in_allowed_signers_may_record():
    assert codes(a_plan(by="deputy@bank.example", role=OwnerRole.MODEL_OWNER)) == []


def test_all_refusals_are_told_at_once():
    assert codes(a_plan(by="", version="", share_percent=0, artifact="x")) == ["no_actor", "unknown_artifact", "no_version", "bad_share"]


def test_an_instant_that_has_just_come_and_one_long_past_are_fine():
    assert codes(a_plan(from_at=NOON)) == codes(a_plan(from_at=NOON - timedelta(days=4000))) == []


def test_more_than_the_whole_traffic_is_refused_at_its_instant_and_at_a_later_one():
    canary = a_claim(seq=2, version="9", share_percent=95, from_at=NOON - HOUR)
    later = replace(canary, from_at=NOON - HOUR / 2)

    assert codes(a_plan(), a_claim(), canary) == ["too_much"]
    assert codes(a_plan(), a_claim(), later) == ["too_much"]
    assert codes(a_plan(share_percent=5), a_claim(), canary) == []
    assert codes(a_plan(share_percent=100), a_claim(), canary) == []


def test_a_contradiction_that_is_there_already_does_not_stop_its_correction():
    crowded = [a_claim(), *(a_claim(seq=seq, version=str(seq), share_percent=60, from_at=NOON - 2 * HOUR) for seq in (8, 9))]

    assert codes(a_plan(share_percent=100), *crowded) == []
    assert codes(a_plan(from_at=NOON - 2 * HOUR, share_percent=40), *crowded) == []


def test_the_same_record_again_is_no_second_one_unless_it_was_corrected_since():
    plan = a_plan()
    first = claim_of(2, json.loads(judge_version_record(plan, [a_claim()]).event.canonical_body()))
    again = replace(plan, as_of=NOON + HOUR)
    correction = a_claim(seq=3, version="7", from_at=first.from_at, source="recorded by person")

    assert judge_version_record(again, [a_claim(), first]).repeated == first
    assert judge_version_record(again, [a_claim(), first, correction]).repeated is None
    assert judge_version_record(a_plan(reason="another"), [a_claim(), first]).repeated is None


HOLD = HoldInForce("preserve-000000000000", SYSTEM, "ISS-1", "risk@bank.example", "inquiry 7", NOON - 2 * HOUR)


def held(*claims, hold=HOLD, **changes):
    return judge_version_record(a_plan(**{"share_percent": 100, **changes}), claims, [hold]).refusals


@pytest.mark.parametrize("share", [1, 10, 100])
def test_a_backdated_record_that_rewrites_what_is_in_force_under_hold_is_refused(share):
    (refusal,) = held(a_claim(), from_at=NOON - 3 * HOUR, share_percent=share)

    assert refusal.code == "preservation_hold"
    for told in (HOLD.hold_id, HOLD.by, "ISS-1", f"{HOLD.set_at:%Y-%m-%d %H:%M}", "inquiry 7", "changes nothing of what is in force since"):
        assert told in refusal.reason
    assert f"proofloop issue release-hold ISS-1 --hold {HOLD.hold_id}" in refusal.remedy


def test_a_backdated_record_does_not_erase_a_change_under_hold():
    changed = a_claim(seq=2, version="8", from_at=NOON - HOUR)

    assert [one.code for one in held(a_claim(), changed, version="8", from_at=NOON - 3 * HOUR)] == ["preservation_hold"]


def test_under_hold_the_further_past_may_be_told_where_what_is_in_force_since_stays_the_same():
    before = (a_claim(), a_claim(seq=2, version="9", from_at=NOON - 4 * HOUR))

    assert held(*before, from_at=NOON - 5 * HOUR) == ()
    assert held(a_claim(), version="7", from_at=NOON - 3 * HOUR) == ()
    assert [one.code for one in held(*before, from_at=NOON - 4 * HOUR)] == ["preservation_hold"]
    assert [one.code for one in held(*before, version="9", from_at=HOLD.set_at)] == ["preservation_hold"]


def test_a_hold_of_another_system_or_an_instant_without_a_zone_asks_nothing_of_the_history():
    assert held(a_claim(), hold=replace(HOLD, system_id="router"), from_at=NOON - 3 * HOUR) == ()
    assert [one.code for one in held(a_claim(), from_at=NOON.replace(tzinfo=None))] == ["naive_instant"]

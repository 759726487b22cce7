"""Who may close a request, start a training or freeze a reference, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from checks.reference_freeze import covered_failures, find_freeze_refusals, freeze_event, judge_reference_freeze
from checks.training_start import judge_training_start
from checks.trigger_acts import judge_request_close
from registry.domain.catalogue import OwnerRole, SourceSpec, TimeField
from registry.domain.monitoring import MonitoredSystem, MonitoringSpec, PredictionSpec, Window, WindowKind
from registry.domain.trigger_acts import (
    ActKind,
    ActPlan,
    ReferenceBefore,
    ReferenceFreeze,
    RequestClosure,
    RequestOutcome,
    TrainingStart,
    TrainingTarget,
    requests_of,
)
from registry.domain.trigger_run import FrozenReference
from registry.domain.work_run import HoldInForce
from tests.builders import DIGEST, NOON, SYSTEM, ZONE, a_system
from tests.trigger_builders import a_cell, a_number, a_reference
from tests.trigger_events import a_request, an_evaluation

OWNER = "owner@bank.example"
REQUEST = "sha256:" + "d" * 64
TARGET = TrainingTarget("train/fraud")
HOLD = HoldInForce("preserve-1", SYSTEM, "ISS-1", "risk@bank.example", "inquiry 7", NOON - timedelta(days=9))
DOCUMENTS = {
    ActKind.CLOSE: RequestClosure(request=REQUEST, outcome=RequestOutcome.RETRAINED, reason="trained anew, see A-1", version="8"),
    ActKind.START: TrainingStart(request=REQUEST, reason="the new terminals are here to stay"),
    ActKind.FREEZE: ReferenceFreeze(reason="version 8 was trained on days up to April"),
}


def a_watched_system(**changes):
    predictions = PredictionSpec(SourceSpec("log", path="data/log.csv"), TimeField("made"), score="pd")
    monitoring = MonitoringSpec(date(2020, 1, 1), date(2020, 7, 1), WindowKind.MONTH, training_deployment="train/fraud")
    return MonitoredSystem(a_system(), predictions, replace(monitoring, **changes))


def a_plan(kind=ActKind.CLOSE, **changes):
    """The product owner acts at noon; ``changes`` may be of the document or of the plan."""
    names = {field for field in type(DOCUMENTS[kind]).__dataclass_fields__ if field in changes}
    document = replace(DOCUMENTS[kind], **{name: changes.pop(name) for name in names})
    plan = ActPlan(
        workspace="",
        as_of=NOON,
        zone="UTC",
        kind=kind,
        by=OWNER,
        role=OwnerRole.PRODUCT_OWNER,
        document=document,
        systems=(a_system(),),
        watched=(a_watched_system(),),
        deputies={"model_owner": ("deputy@bank.example",)},
        roles=(OwnerRole.PRODUCT_OWNER, OwnerRole.MODEL_OWNER),
        redacted_kinds=("email", "phone", "card"),
        system_id=SYSTEM if kind is ActKind.FREEZE else "",
    )
    return replace(plan, **changes)


def known(*events, action="retrain", mark="d"):
    asked = an_evaluation(SYSTEM, requests=[a_request("data_drift", action=action, mark=mark)])
    return requests_of((seq, json.loads(event.canonical_body())) for seq, event in enumerate((asked, *events), start=7))


def codes(decision):
    assert all(refusal.reason and refusal.remedy for refusal in decision.refusals)
    return [refusal.code for refusal in decision.refusals]


def test_without_a_request_nothing_can_be_closed_or_started():
    assert codes(judge_request_close(a_plan(), ())) == ["unknown_request"]
    assert codes(judge_training_start(a_plan(ActKind.START), (), (), None)) == ["unknown_request"]


def test_an_unknown_request_is_answered_with_the_nearest_open_one():
    (refusal,) = judge_request_close(a_plan(request="sha256:" + "d" * 63 + "e"), known()).refusals

    assert f"did you mean {REQUEST}?" in refusal.remedy


def test_the_beginning_of_an_id_is_enough_where_no_other_begins_so():
    assert judge_request_close(a_plan(request="dddddddd"), known()).event is not None
    assert judge_request_close(a_plan(request="SHA256:DDDDDDDD"), known()).event is not None
    assert codes(judge_request_close(a_plan(request="ddddddd"), known())) == ["unknown_request"], "seven characters are too few"


def test_the_beginning_of_two_ids_is_refused_with_both():
    two = (*known(), replace(known()[0], request_id="sha256:" + "d" * 60 + "eeee"))
    (refusal,) = judge_request_close(a_plan(request="dddddddd"), two).refusals

    assert refusal.code == "ambiguous_request" and "eeee" in refusal.reason


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"by": " "}, "no_actor"),
        ({"by": "nobody@bank.example"}, "wrong_actor"),
        ({"role": OwnerRole.OPERATIONS_LEAD, "by": "ops@bank.example"}, "wrong_role"),
        ({"reason": " "}, "no_reason"),
        ({"reason": "asked by 4111 1111 1111 1111"}, "personal_data"),
        ({"version": ""}, "no_version"),
        ({"outcome": RequestOutcome.NOT_NEEDED}, "needless_version"),
    ],
)
def test_a_close_that_may_not_be_made_is_refused_with_a_remedy(changes, code):
    assert codes(judge_request_close(a_plan(**changes), known())) == [code]


def test_a_deputy_of_a_role_may_act_in_it():
    assert judge_request_close(a_plan(by="deputy@bank.example", role=OwnerRole.MODEL_OWNER), known()).event is not None


def test_the_event_of_a_close_says_who_closed_which_request_how_and_why():
    event = judge_request_close(a_plan(request="dddddddd"), known()).event
    assert event is not None
    (closed,) = known(event)

    assert (event.subject, event.actor, event.body["request_id"], event.body["approval"]) == (REQUEST, OWNER, REQUEST, "asserted")
    assert not closed.is_open and closed.closed["outcome"] == "retrained" and closed.closed["version"] == "8"


def test_the_same_close_again_is_no_second_event_and_another_is_refused():
    event = judge_request_close(a_plan(), known()).event
    again = judge_request_close(a_plan(as_of=NOON + timedelta(days=3)), known(event))

    assert (again.event, again.repeated, again.refusals) == (None, 8, ())
    assert codes(judge_request_close(a_plan(reason="another"), known(event))) == ["already_closed"]
    assert codes(judge_request_close(a_plan(by="deputy@bank.example", role=OwnerRole.MODEL_OWNER), known(event))) == ["already_closed"]


def test_a_training_is_started_for_an_open_request_to_retrain():
    decision = judge_training_start(a_plan(ActKind.START), known(), (), TARGET)
    assert decision.event is not None
    (started,) = known(decision.event)

    assert (decision.event.kind, started.start_event, started.is_open) == ("TrainingStarted", 8, True)


def test_a_start_of_what_was_started_is_no_second_event_whoever_does_it():
    event = judge_training_start(a_plan(ActKind.START), known(), (), TARGET).event
    again = judge_training_start(a_plan(ActKind.START, reason="once more"), known(event), (), TARGET)

    assert (again.event, again.repeated, again.refusals) == (None, 8, ())


@pytest.mark.parametrize("action", ["investigate", "review_dataset", "rca_review", "reassess_controls"])
def test_nothing_is_trained_for_a_request_of_another_kind(action):
    assert codes(judge_training_start(a_plan(ActKind.START), known(action=action), (), TARGET)) == ["not_a_retrain"]


def test_a_training_is_refused_under_every_hold_of_the_system_and_not_for_those_of_others():
    holds = (HOLD, replace(HOLD, hold_id="preserve-2"), replace(HOLD, system_id="router"))
    decision = judge_training_start(a_plan(ActKind.START), known(), holds, TARGET)

    assert codes(decision) == ["preservation_hold", "preservation_hold"]
    assert "issue release-hold ISS-1 --hold preserve-1" in decision.refusals[0].remedy


def test_a_training_that_was_started_before_a_hold_is_not_run_again_under_it():
    event = judge_training_start(a_plan(ActKind.START), known(), (), TARGET).event

    assert codes(judge_training_start(a_plan(ActKind.START), known(event), (HOLD,), TARGET)) == ["preservation_hold"]


def test_without_a_deployment_that_prefect_knows_nothing_is_started():
    assert codes(judge_training_start(a_plan(ActKind.START), known(), (), None)) == ["no_training_deployment"]
    away = TrainingTarget("train/fraud", "expected a server, found none", "name one")
    assert codes(judge_training_start(a_plan(ActKind.START), known(), (), away)) == ["no_training"]


def test_everything_that_is_missing_is_told_at_once():
    plan = a_plan(ActKind.START, by="nobody@bank.example", reason="")

    assert codes(judge_training_start(plan, known(action="investigate"), (HOLD,), None)) == [
        "wrong_actor",
        "no_reason",
        "not_a_retrain",
        "preservation_hold",
        "no_training_deployment",
    ]


def counted(*counts, **changes):
    return a_reference((a_number("age"),), a_cell("age", counts or (1, 2, 3, 4, 0)), **{"system_id": SYSTEM, "zone": ZONE, **changes})


def before(profile, reason="other"):
    frozen = FrozenReference(SYSTEM, DIGEST, DIGEST, "reference.json", date(2020, 1, 1), date(2020, 4, 1), 5)
    return ReferenceBefore(frozen, profile, OWNER, reason, 5)


def test_a_system_that_is_not_watched_has_nothing_to_freeze():
    plan = a_plan(ActKind.FREEZE, watched=())

    assert [one.code for one in find_freeze_refusals(plan, None)] == ["not_watched"]


def test_days_that_are_not_over_are_not_frozen():
    plan = a_plan(ActKind.FREEZE)

    assert [one.code for one in find_freeze_refusals(plan, date(2020, 6, 30))] == ["reference_incomplete"]
    assert find_freeze_refusals(plan, date(2020, 7, 1)) == ()


def test_a_reference_with_other_counts_is_frozen_and_names_what_it_replaces():
    plan, now = a_plan(ActKind.FREEZE), counted()
    decision = judge_reference_freeze(plan, (), now, before(counted(4, 3, 2, 1, 0)))
    event = freeze_event(decision, now, before(None), ("sha256:" + "b" * 64, "reference.json"))

    assert decision.refusals == () and not decision.repeated
    assert (event.body["reference_digest"], event.body["replaces"], event.actor) == (now.digest, DIGEST, OWNER)
    assert (event.body["reason"], event.body["approval"]) == (plan.document.reason, "asserted")


def test_freezing_what_is_frozen_is_refused_or_a_repeat_of_the_same_act():
    plan, now, earlier = a_plan(ActKind.FREEZE), counted(), counted(frozen_at=NOON - timedelta(days=9))

    assert codes(judge_reference_freeze(plan, (), now, before(earlier))) == ["same_reference"]
    again = judge_reference_freeze(plan, (), now, before(earlier, plan.document.reason))
    assert (again.repeated, again.refusals) == (5, ())


def test_a_reference_that_cannot_be_read_any_more_may_be_frozen_again():
    assert judge_reference_freeze(a_plan(ActKind.FREEZE), (), counted(), before(None)).refusals == ()
    assert judge_reference_freeze(a_plan(ActKind.FREEZE), (), counted(), None).refusals == ()


def test_what_a_new_reference_would_hide_is_named_until_it_is_acknowledged():
    plan = a_plan(ActKind.FREEZE)
    days = plan.watching(SYSTEM).monitoring
    inside, outside = Window(days.reference_from, days.reference_to), Window(days.reference_to, date(2030, 1, 1))
    hidden = replace(before(counted()), standing=("drift|age", "performance|accuracy|all rows"), failed=(inside, outside))

    (refusal,) = find_freeze_refusals(plan, date(2020, 7, 1), hidden)
    assert refusal.code == "unacknowledged"
    assert "drift|age, performance|accuracy|all rows" in refusal.reason and "--acknowledge" in refusal.remedy
    assert str(inside.start_on) in refusal.reason and "2030-01-01" not in refusal.reason
    assert covered_failures(plan.watching(SYSTEM), hidden) == (inside,)

    willing = replace(plan, document=replace(plan.document, acknowledge=True))
    assert find_freeze_refusals(willing, date(2020, 7, 1), hidden) == ()
    event = freeze_event(judge_reference_freeze(willing, (), counted(9), hidden), counted(9), hidden, (DIGEST, "reference.json"))
    failed = [{"end_on": inside.end_on.isoformat(), "start_on": inside.start_on.isoformat()}]
    assert event.body["acknowledged"] == {"conditions": list(hidden.standing), "failed_windows": failed}


def test_standing_conditions_alone_and_failed_windows_alone_are_each_acknowledged():
    plan = a_plan(ActKind.FREEZE)
    days = plan.watching(SYSTEM).monitoring
    for hidden in ({"standing": ("drift|age",)}, {"failed": (Window(days.reference_from, days.reference_to),)}):
        found = find_freeze_refusals(plan, date(2020, 7, 1), replace(before(counted()), **hidden))
        assert [one.code for one in found] == ["unacknowledged"]
    assert find_freeze_refusals(plan, date(2020, 7, 1), before(counted())) == ()

"""A hold is set by whoever may, over what is really preserved; it forbids every change; and somebody else ends it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from checks.held_systems import find_held_systems
from checks.work import holds
from checks.work.step import judge_step
from registry.domain.catalogue import OwnerRole
from registry.domain.decision import Verdict
from registry.domain.preservation import hold_id_of
from registry.domain.steps import Artifact, Containment, ContainmentPattern
from registry.domain.steps_change import ChangeLink, HoldRelease, Implementation, PreservationHold
from registry.domain.versions import VersionClaim
from registry.domain.work import Case, StepKind, StepTaken, Submission
from registry.domain.work_run import HoldInForce, StepKnowledge, StepPlan
from registry.policies.loader import load_work_policies
from tests.builders import NOON, an_issue

DOCUMENT = PreservationHold(
    reason="The supervisor asked that the filter stay as it was",
    model="card_fraud_filter 2.3.0, vault/model-2.3.0.tar",
    data_window="1 February to 12 March 2026, vault/window",
    configuration="tag hold-0312 of the configuration repository",
    logs="decision log of 1 February to 12 March 2026, vault/log",
)
DIGEST = "sha256:" + "ab" * 32
HOLD = HoldInForce(hold_id_of(DIGEST), "card", "ISS-1", "risk@bank.example", "the supervisor's inquiry", NOON)
FREE, HELD = StepKnowledge(), StepKnowledge(holds=(HOLD,))
POLICIES = load_work_policies(None)
RISK, PRIVACY = OwnerRole.RISK_COMPLIANCE, OwnerRole.SECURITY_PRIVACY


def a_case(*steps: StepTaken) -> Case:
    return Case(replace(an_issue(), issue_id="ISS-1", system_id="card"), steps)


def a_plan(kind: StepKind, document: Any, by: str = "risk@bank.example", role: OwnerRole = RISK) -> StepPlan:
    people = {RISK: ("risk@bank.example",), PRIVACY: ("privacy@bank.example",), OwnerRole.DATA_OWNER: ("data@bank.example",)}
    submission = Submission(kind, "ISS-1", by, role, document)
    return StepPlan("", NOON, NOON.date(), "UTC", submission, (), POLICIES, people)


def codes(found: Any) -> list[str]:
    return [refusal.code for refusal in found]


def set_codes(*steps: StepTaken, known: StepKnowledge = FREE, role: OwnerRole = RISK, **changes: Any) -> list[str]:
    plan = a_plan(StepKind.HOLD, replace(DOCUMENT, **changes), role=role)
    return codes(holds.find_set_refusals(a_case(*steps), plan, known))


def release_codes(known: StepKnowledge = HELD, by: str = "privacy@bank.example", role: OwnerRole = PRIVACY, **changes: str) -> list[str]:
    document = replace(HoldRelease(hold=HOLD.hold_id, reason="letter 26/118 closed the inquiry"), **changes)
    return codes(holds.find_release_refusals(a_case(), a_plan(StepKind.RELEASE_HOLD, document, by, role), known))


def test_a_hold_that_points_to_nothing_is_refused_for_each_pointer() -> None:
    refused = set_codes(model="", data_window="", configuration="", logs="")
    assert refused == ["no_pointer"] * 4


def test_a_hold_that_says_where_everything_is_may_be_set() -> None:
    assert set_codes() == []


@pytest.mark.parametrize("text", ["", "tbd", "N/A", "none", "...", "-", "unknown", "see above", "in the vault", "TODO 1"])
@pytest.mark.parametrize("field", ["model", "data_window", "configuration", "logs"])
def test_a_pointer_that_cannot_be_followed_is_refused(field: str, text: str) -> None:
    assert set_codes(**{field: text}) == ["no_pointer"]


def test_one_text_for_two_pointers_is_refused() -> None:
    assert set_codes(model="vault/all-1", logs="Vault/all-1") == ["repeated_pointer"]


@pytest.mark.parametrize("reason", ["", "tbd", "..."])
def test_a_hold_and_its_end_need_a_reason(reason: str) -> None:
    assert set_codes(reason=reason) == ["no_reason"]
    assert release_codes(reason=reason) == ["no_reason"]


def test_only_roles_of_the_policy_table_set_or_release() -> None:
    assert set_codes(role=OwnerRole.DATA_OWNER) == ["wrong_hold_role"]
    assert release_codes(role=OwnerRole.PRODUCT_OWNER) == ["wrong_hold_role"]
    assert set_codes(role=OwnerRole.PRODUCT_OWNER) == []


def test_without_a_table_nobody_sets_or_releases() -> None:
    plan = a_plan(StepKind.HOLD, DOCUMENT)
    plan = replace(plan, policies=replace(POLICIES, hold_setters=()))
    assert codes(holds.find_set_refusals(a_case(), plan, StepKnowledge())) == ["wrong_hold_role"]


def test_a_hold_is_released_by_somebody_else_on_its_own_issue_while_it_is_in_force() -> None:
    assert release_codes() == []
    assert release_codes(by=HOLD.by, role=RISK) == ["own_hold"]
    assert release_codes(known=StepKnowledge()) == ["no_such_hold"]
    assert release_codes(hold="preserve-000000000000") == ["no_such_hold"]
    assert release_codes(known=StepKnowledge(holds=(replace(HOLD, issue_id="ISS-2"),))) == ["hold_of_another_issue"]


def test_a_released_hold_set_again_in_the_same_words_says_what_is_new() -> None:
    again = a_step(StepKind.HOLD, DOCUMENT)
    assert set_codes(again) == ["released_before"]
    assert set_codes(again, reason="the inquiry of 12 May") == []
    assert set_codes(again, known=HELD) == []


def test_a_hold_handed_in_twice_is_a_repeat_until_it_is_released() -> None:
    taken = a_step(StepKind.HOLD, DOCUMENT, seq=5)
    released = replace(a_step(StepKind.RELEASE_HOLD, HoldRelease(hold=HOLD.hold_id, reason="over"), seq=6), document_digest="sha256:c")
    assert a_case(taken).taken(DIGEST) == taken
    assert a_case(taken, released).taken(DIGEST) is None
    again = replace(taken, seq=7)
    assert a_case(taken, released, again).taken(DIGEST) == again


def a_step(kind: StepKind, document: Any, seq: int = 5) -> StepTaken:
    return StepTaken(seq, kind, "risk@bank.example", "risk_compliance", NOON, document, DIGEST, DIGEST)


def a_link(artifact: Artifact) -> ChangeLink:
    return ChangeLink(action="fix", artifact=artifact, name="card", version="3", change_request="CHG-1", approver="ana@bank.example")


def a_containment(pattern: ContainmentPattern) -> Containment:
    return Containment(pattern=pattern, measure="the old version serves again", in_force_at=NOON)


IMPLEMENTED = Implementation(deployed_at=NOON, share_percent=100, rollback="serve 2.3.0")


@pytest.mark.parametrize(
    ("kind", "document", "is_refused"),
    [
        *((StepKind.LINK_CHANGE, a_link(artifact), artifact is not Artifact.COMMUNICATION) for artifact in Artifact),
        *((StepKind.CONTAIN, a_containment(each), each is ContainmentPattern.REVERT_ARTIFACT) for each in ContainmentPattern),
        (StepKind.IMPLEMENT, IMPLEMENTED, True),
        (StepKind.HOLD, DOCUMENT, False),
    ],
)
def test_a_hold_forbids_what_changes_the_system_and_nothing_else(kind: StepKind, document: Any, is_refused: bool) -> None:
    plan = a_plan(kind, document)
    assert codes(holds.find_held(a_case(), plan, HELD)) == (["preservation_hold"] if is_refused else [])
    assert holds.find_held(a_case(), plan, StepKnowledge()) == ()


def test_the_refusal_names_the_hold_who_set_it_since_when_and_how_it_ends() -> None:
    two = StepKnowledge(holds=(HOLD, replace(HOLD, hold_id="preserve-2", by="ben@bank.example")))
    refused = holds.find_held(a_case(), a_plan(StepKind.IMPLEMENT, IMPLEMENTED), two)
    assert len(refused) == 2
    first = refused[0]
    for told in (HOLD.hold_id, HOLD.by, "ISS-1", f"{NOON:%Y-%m-%d %H:%M}", HOLD.reason):
        assert told in first.reason
    assert f"proofloop issue release-hold ISS-1 --hold {HOLD.hold_id}" in first.remedy


def test_the_event_of_a_release_names_both_people() -> None:
    document = HoldRelease(hold=HOLD.hold_id, reason="letter 26/118 closed the inquiry")
    decision = judge_step(a_case(), a_plan(StepKind.RELEASE_HOLD, document, "privacy@bank.example", PRIVACY), HELD)
    assert decision.is_accepted, decision.refusals
    assert decision.body["hold"] == HOLD.hold_id
    assert (decision.body["set_by"], decision.body["released_by"]) == (HOLD.by, "privacy@bank.example")


SET_BY = {HOLD.hold_id: 50}
EARLY = replace(HOLD, set_at=datetime(2020, 10, 10, tzinfo=UTC))


def version(artifact: str, number: str, day: int, system: str = "card", **changes: Any) -> VersionClaim:
    """Return a claim that was recorded on its own day, or as event ``seq``: the hold is event 50."""
    at = datetime(2020, 10, day, tzinfo=UTC)
    return replace(VersionClaim(day if day < 10 else 50 + day, system, artifact, number, at, "mlflow", said_at=at), **changes)


def changed(*claims: VersionClaim) -> list[str]:
    """Return what is told of changes under the hold of 10 October."""
    found = find_held_systems([EARLY], SET_BY, claims, ["card"])
    assert all((one.verdict, one.reason_code) == (Verdict.FAIL, "changed_under_hold") for one in found[1:])
    return [one.reason.partition(", under")[0] for one in found[1:]]


def test_of_no_hold_nothing_is_said() -> None:
    assert find_held_systems((), {}, (version("model", "1", 1), version("model", "2", 20)), ["card"]) == ()


def test_a_held_system_is_a_note_and_one_that_changed_since_is_a_failure() -> None:
    before = (version("model", "1", 1), version("model", "2", 5), version("prompt", "7", 12))
    (note,) = find_held_systems([EARLY], SET_BY, before, ["card"])
    assert (note.verdict, note.blocking, note.reason_code) == (Verdict.PASS, False, "under_hold")
    assert changed(*before, version("model", "3", 11), version("model", "9", 11, "other")) == [
        "model 3 serves since 2020-10-11 00:00 UTC in place of 2"
    ]
    assert find_held_systems([EARLY], SET_BY, (*before, version("model", "3", 11)), ["other"]) == ()


def test_what_was_recorded_after_the_hold_counts_under_it_however_early_it_is_dated() -> None:
    late = version("model", "3", 9, seq=51)
    assert changed(version("model", "2", 5), late) == [
        "model 3 serves since 2020-10-09 00:00 UTC in place of 2, recorded after the hold was set"
    ]
    assert changed(version("model", "2", 5), replace(late, seq=49)) == []


def test_a_backdated_record_does_not_hide_a_change_under_hold() -> None:
    told = (version("model", "2", 5), version("model", "3", 11), version("model", "3", 9, seq=70, source="recorded by person"))
    assert len(changed(*told)) == 1


def test_the_further_past_and_a_first_version_told_after_the_hold_are_no_changes_under_it() -> None:
    assert changed(version("model", "2", 5), version("model", "1", 3, seq=51)) == []
    assert changed(version("model", "1", 3, seq=51)) == []


def test_a_version_that_takes_a_share_serves_beside_the_other_until_it_serves_alone() -> None:
    canary = (version("model", "1", 1), version("model", "2", 11, share_percent=10))
    first = "model 2 serves since 2020-10-11 00:00 UTC with 10 percent beside 1"
    assert changed(*canary) == [first]
    more = version("model", "2", 12, share_percent=50)
    assert changed(*canary, more) == [
        first,
        "model 1 serves since 2020-10-12 00:00 UTC with 50 percent in place of 90 percent",
        "model 2 serves since 2020-10-12 00:00 UTC with 50 percent in place of 10 percent",
    ]
    alone = version("model", "1", 12)
    assert changed(*canary, alone) == [first, "model 1 serves since 2020-10-12 00:00 UTC with 100 percent in place of 90 percent"]


def test_the_first_day_of_the_window_is_a_date() -> None:
    assert set_codes(data_from_on=date(2026, 2, 1)) == []

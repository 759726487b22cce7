"""What comes next for a release: held, waiting for people, put in force, or refused with every reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from checks.release_next import find_start_refusals, find_waited_for, judge_next, with_share
from registry.domain.catalogue import OwnerRole
from registry.domain.decision import Verdict
from registry.domain.gate import GateAction
from registry.domain.release import Switch
from registry.domain.release_next import MissingSigner, NextStep, ReleaseNext
from registry.domain.release_run import KnownRelease
from registry.domain.release_switch import SealedDecision, SwitchKnown, SwitchPlan
from tests.release_builders import CANDIDATE, GOVERNANCE, MAKER, OPERATIONS, OWNER, SYSTEM, a_release_hold
from tests.switch_builders import (
    BOTH,
    INTACT,
    NOON,
    RELEASE,
    a_known_release,
    a_made_switch,
    a_registry,
    a_sign_off,
    a_switch_known,
    a_switch_plan,
)

OVERRIDES = tuple(replace(one, is_override=True, reason="refuses all of Ohio") for one in BOTH)


def known(**changes: Any) -> SwitchKnown:
    return a_switch_known(releases=(a_known_release(**changes),))


def following(sealed: SealedDecision = INTACT, plan: SwitchPlan | None = None, **changes: Any) -> ReleaseNext:
    return judge_next(plan or a_switch_plan(), replace(known(**changes), sealed=sealed), a_registry())


def codes(told: ReleaseNext) -> set[str]:
    return {one.code for one in told.decision.refusals}


def test_a_release_that_nobody_proposed_is_refused() -> None:
    told = judge_next(a_switch_plan(), SwitchKnown(), a_registry())
    assert (told.step, told.release, codes(told)) == (NextStep.REFUSED, None, {"unknown_release"})


def test_with_every_sign_off_it_is_put_in_force() -> None:
    told = following()
    assert (told.step, told.signed, codes(told)) == (NextStep.PROMOTE, (OWNER, GOVERNANCE), set())


@pytest.mark.parametrize(("given", "missing"), [((), ["product_owner", "governance_lead"]), (BOTH[:1], ["governance_lead"])])
def test_where_only_sign_offs_are_missing_it_waits_for_them(given: Any, missing: list[str]) -> None:
    told = following(sign_offs=given)
    assert (told.step, [one.role for one in told.missing]) == (NextStep.WAIT, missing)
    assert told.until == NOON - timedelta(days=1) + timedelta(days=14)


def test_a_sign_off_that_ran_out_while_it_waited_is_missing_again() -> None:
    late = replace(BOTH[1], expires_at=NOON)
    assert [one.role for one in following(sign_offs=(BOTH[0], late)).missing] == ["governance_lead"]


def test_whoever_proposed_or_made_it_or_signed_already_is_not_named_as_one_who_may_sign() -> None:
    deputies = {OwnerRole.GOVERNANCE_LEAD: (GOVERNANCE, MAKER.upper(), OWNER, "dep@bank.example")}
    told = following(plan=a_switch_plan(deputies=deputies), sign_offs=BOTH[:1], proposed_by=GOVERNANCE)
    assert told.missing == (MissingSigner("governance_lead", ("dep@bank.example",)),)


def test_a_sign_off_of_another_decision_counts_for_nothing() -> None:
    other = a_sign_off(evidence_digest="sha256:" + "0" * 64)
    assert [one.role for one in following(sign_offs=(other,)).missing] == ["product_owner", "governance_lead"]


@pytest.mark.parametrize("given", [(), OVERRIDES[:1], BOTH])
def test_a_release_whose_gates_do_not_pass_is_held_without_every_override(given: Any) -> None:
    assert following(action=GateAction.HOLD, verdict=Verdict.FAIL, sign_offs=given).step is NextStep.HELD


def test_a_release_that_was_overridden_by_everybody_is_put_in_force() -> None:
    assert following(action=GateAction.HOLD, verdict=Verdict.FAIL, sign_offs=OVERRIDES).step is NextStep.PROMOTE


def test_an_override_that_ran_out_after_it_was_put_in_force_does_not_hold_what_serves() -> None:
    late = tuple(replace(one, expires_at=NOON) for one in OVERRIDES)
    done = replace(known(action=GateAction.HOLD, verdict=Verdict.FAIL, sign_offs=late), switches=(a_made_switch(),))
    assert judge_next(a_switch_plan(), done, a_registry(CANDIDATE)).step is NextStep.PROMOTE


@pytest.mark.parametrize(
    "sealed", [SealedDecision(), SealedDecision(is_there=True), SealedDecision(is_there=True, digest="sha256:" + "1" * 64)]
)
def test_without_the_recorded_decision_nothing_is_put_in_force(sealed: SealedDecision) -> None:
    told = following(sealed)
    assert (told.step, codes(told)) == (NextStep.REFUSED, {"edited_decision"})


def test_an_edited_decision_is_not_waited_for_and_one_that_is_still_to_be_sealed_is() -> None:
    assert following(SealedDecision(is_there=True), sign_offs=()).step is NextStep.REFUSED
    assert following(SealedDecision(), sign_offs=()).step is NextStep.WAIT


def test_what_else_keeps_it_back_is_told_beside_the_missing_sign_offs_and_nobody_is_asked_to_sign() -> None:
    told = judge_next(a_switch_plan(), known(sign_offs=()), a_registry("9"))
    assert (told.step, codes(told), told.missing) == (NextStep.REFUSED, {"not_signed_off", "alias_moved"}, ())


def test_one_that_was_put_in_force_meanwhile_is_told_so_by_the_switch_whose_sign_offs_ran_out_since() -> None:
    expired = tuple(replace(one, expires_at=NOON) for one in BOTH)
    done = replace(known(sign_offs=expired), switches=(a_made_switch(),))
    assert judge_next(a_switch_plan(), done, a_registry(CANDIDATE)).step is NextStep.PROMOTE


@pytest.mark.parametrize(
    ("action", "asked", "share"),
    [(GateAction.APPROVE, 0, 100), (GateAction.CANARY, 0, 10), (GateAction.CANARY, 5, 5), (GateAction.APPROVE, 10, 10)],
)
def test_without_a_share_the_decision_says_it(action: GateAction, asked: int, share: int) -> None:
    assert with_share(a_switch_plan(), known(action=action), asked).document.share_percent == share


def test_the_share_of_a_release_that_is_not_there_is_all_of_it() -> None:
    assert with_share(a_switch_plan(), SwitchKnown(), 0).document.share_percent == 100


def begun(**changes: Any) -> SwitchPlan:
    return a_switch_plan(**{"document": Switch(system_id=SYSTEM), **changes})


def test_somebody_who_may_put_it_in_force_may_begin_it() -> None:
    assert find_start_refusals(begun(), SwitchKnown()) == ()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"by": "eve@bank.example"}, {"wrong_actor"}),
        ({"by": GOVERNANCE, "role": OwnerRole.GOVERNANCE_LEAD}, {"wrong_role"}),
    ],
)
def test_who_may_not_put_it_in_force_does_not_begin_it(changes: dict[str, Any], expected: set[str]) -> None:
    assert {one.code for one in find_start_refusals(begun(**changes), SwitchKnown())} == expected


def test_a_hold_keeps_it_from_being_begun_and_that_of_another_system_does_not() -> None:
    held = SwitchKnown(holds=(a_release_hold(),))
    assert {one.code for one in find_start_refusals(begun(), held)} == {"preservation_hold"}
    assert find_start_refusals(begun(), SwitchKnown(holds=(a_release_hold(system_id="other"),))) == ()


def test_a_system_that_is_not_released_is_told_by_whoever_loads_it() -> None:
    assert find_start_refusals(begun(document=Switch(system_id="nobody")), SwitchKnown()) == ()


PROPOSED = a_known_release(proposed_by=OPERATIONS)
OTHERS: dict[str, KnownRelease] = {
    "of another system": replace(PROPOSED, system_id="other"),
    "by somebody else": replace(PROPOSED, proposed_by=OWNER),
    "of another name and time": replace(PROPOSED, release_id="REL-20260314-00000000", proposed_at=NOON),
}


def test_a_run_that_was_started_for_the_first_time_waited_for_nothing() -> None:
    assert find_waited_for(begun(), NOON, (), ()) is None
    assert find_waited_for(begun(), NOON, (), (PROPOSED,)) is None


def test_a_run_finds_what_it_waited_for_by_name_and_what_it_proposed_by_its_instant() -> None:
    assert find_waited_for(begun(), NOON, (RELEASE,), (PROPOSED,)) == PROPOSED
    assert find_waited_for(begun(), PROPOSED.proposed_at, (), (PROPOSED,)) == PROPOSED


@pytest.mark.parametrize("name", OTHERS)
def test_a_release_of_others_is_none_that_a_run_waited_for(name: str) -> None:
    assert find_waited_for(begun(), PROPOSED.proposed_at, (RELEASE,), (OTHERS[name],)) is None

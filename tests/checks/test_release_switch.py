"""Putting a release in force: what goes through, and every fault that does not, each by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from checks.release_switch import judge_switch
from checks.release_switch_events import ended
from registry.domain.catalogue import OwnerRole, VersionSpec
from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.gate import GateAction
from registry.domain.release import Switch
from registry.domain.release_history import releases_of, switches_of
from registry.domain.release_read import BudgetRead
from registry.domain.release_run import KnownRelease
from registry.domain.release_switch import Moved, RegistryNow, SealedDecision, SwitchDecision, SwitchKnown, SwitchPlan
from registry.domain.versions import claim_of
from tests.release_builders import (
    CANDIDATE,
    CHAMPION,
    GOVERNANCE,
    MAKER,
    OWNER,
    POLICY,
    SYSTEM,
    a_judged,
    a_release_hold,
    a_release_pinned,
    a_release_spec,
)
from tests.switch_builders import (
    BOTH,
    NOON,
    RELEASE,
    a_cut_off,
    a_known_release,
    a_made_switch,
    a_registry,
    a_served,
    a_sign_off,
    a_switch_known,
    a_switch_plan,
    a_switchable,
)

RECORDED = VersionSpec("model", recorded=CHAMPION)
FILES = "sha256:" + "f" * 64


def with_release(**changes: Any) -> SwitchKnown:
    return a_switch_known(releases=(a_known_release(**changes),))


def asked(share: int = 100, reason: str = "", release: str = RELEASE) -> SwitchPlan:
    return a_switch_plan(document=Switch(release=release, share_percent=share, reason=reason))


def judged(plan: SwitchPlan | None = None, known: SwitchKnown | None = None, registry: RegistryNow | None = None) -> SwitchDecision:
    return judge_switch(plan or a_switch_plan(), known or a_switch_known(), registry or a_registry())


def codes(decision: SwitchDecision) -> list[str]:
    return [refusal.code for refusal in decision.refusals]


def overridden(*, people: int = 2) -> KnownRelease:
    given = [replace(one, is_override=True, reason="the old model is worse") for one in BOTH][:people]
    return a_known_release(action=GateAction.HOLD, verdict=Verdict.FAIL, sign_offs=tuple(given))


@pytest.mark.parametrize("switches", [(), (a_cut_off(),)], ids=["new", "started"])
@pytest.mark.parametrize(
    "sealed", [SealedDecision(), SealedDecision(is_there=True), SealedDecision(is_there=True, digest="sha256:" + "1" * 64)]
)
def test_without_the_decision_that_people_signed_nothing_is_put_in_force(sealed: SealedDecision, switches: Any) -> None:
    decision = judged(known=a_switch_known(sealed=sealed, switches=switches))
    assert (codes(decision), decision.events) == (["edited_decision"], ())


def test_one_whose_alias_was_moved_is_ended_whatever_became_of_its_decision() -> None:
    decision = judged(known=a_switch_known(sealed=SealedDecision(), switches=(a_cut_off(),)), registry=a_registry(CANDIDATE))
    assert codes(decision) == []


def test_without_any_release_there_is_nothing_to_put_in_force() -> None:
    decision = judged(known=SwitchKnown())
    assert (codes(decision), decision.events, decision.aim) == (["unknown_release"], (), None)


def test_a_release_that_everybody_signed_starts_and_says_what_moves() -> None:
    decision = judged()
    (start,) = decision.events
    assert (decision.refusals, start.kind, start.actor) == ((), EventKind.SWITCH_STARTED, "ops@bank.example")
    assert (start.body["from_version"], start.body["to_version"]) == (CHAMPION, CANDIDATE)
    assert start.body["to_digest"] == a_release_pinned(CANDIDATE).digest
    assert decision.wanted == {"canary": "", "champion": CANDIDATE}
    assert decision.expected == {"canary": "", "champion": CHAMPION}
    assert {name: told["proofloop.release"] for name, told in decision.tags.items()} == {CANDIDATE: RELEASE}


def test_the_beginning_of_its_id_names_a_release_and_that_of_two_names_none() -> None:
    assert not judged(asked(release="rel-20260315")).refusals
    other = a_known_release(release_id="REL-20260315-99999999")
    assert codes(judged(asked(release="rel-20260315"), a_switch_known(releases=(a_known_release(), other)))) == ["ambiguous_release"]


def test_a_canary_moves_its_own_alias_and_leaves_the_champions_alone() -> None:
    decision = judged(asked(share=10), with_release(action=GateAction.CANARY))
    assert (decision.refusals, decision.wanted) == ((), {"canary": CANDIDATE})
    assert decision.events[0].body["alias"] == "canary"


def test_after_its_canary_a_release_gets_all_of_the_traffic_and_the_canary_ends() -> None:
    canary = a_made_switch(share_percent=10)
    known = a_switch_known(switches=(canary,), claims=(a_served(), a_served(CANDIDATE, 42, 0, 10, "released")))
    decision = judged(known=known, registry=a_registry(canary=CANDIDATE))
    assert (decision.refusals, decision.wanted) == ((), {"canary": "", "champion": CANDIDATE})


def test_an_override_of_two_people_lets_a_release_go_and_is_written_on_the_version() -> None:
    decision = judged(known=a_switch_known(releases=(overridden(),)))
    assert decision.refusals == ()
    assert (decision.tags[CANDIDATE]["proofloop.override"], decision.tags[CANDIDATE]["proofloop.verdict"]) == ("true", "fail")


def test_a_candidate_whose_files_are_those_that_were_judged_goes() -> None:
    assert not judged(known=with_release(files_digest=FILES), registry=replace(a_registry(), files_digest=FILES)).refusals


def test_other_files_are_told_with_what_was_expected_found_and_is_to_be_done() -> None:
    decision = judged(known=with_release(files_digest=FILES), registry=replace(a_registry(), files_digest="sha256:" + "0" * 64))
    (refusal,) = decision.refusals
    assert f"the files that were judged ({FILES}), found sha256:000" in refusal.reason and "artifact store" in refusal.remedy


def judged_since(*verdicts: Verdict) -> SwitchKnown:
    """Return what is known where the gate decided so about the candidate after the release was proposed, oldest first."""
    return a_switch_known(judged=tuple(a_judged(event=21 + place, verdict=one) for place, one in enumerate(verdicts)))


def test_what_the_gate_said_before_the_proposal_of_another_or_mended_since_keeps_nothing() -> None:
    before, other = a_judged(event=19, verdict=Verdict.FAIL), a_judged(event=30, verdict=Verdict.FAIL, candidate=a_release_pinned("3"))
    assert judged(known=a_switch_known(judged=(before, other))).refusals == ()
    assert judged(known=judged_since(Verdict.INCONCLUSIVE, Verdict.PASS)).refusals == ()


def test_what_the_gate_would_only_try_since_gets_a_canary_and_not_all_of_the_traffic() -> None:
    known = a_switch_known(judged=(a_judged(event=21, action=GateAction.CANARY),))
    assert codes(judged(known=known)) == ["judged_since"]
    assert judged(asked(share=10), known).refusals == ()
    assert judged(known=replace(known, releases=(overridden(),))).refusals == ()


FAULTS: dict[str, tuple[str, Callable[[], SwitchDecision]]] = {
    "nobody signed": ("not_signed_off", lambda: judged(known=with_release(sign_offs=()))),
    "one of two signed": ("not_signed_off", lambda: judged(known=with_release(sign_offs=BOTH[:1]))),
    "a sign-off expired this minute": (
        "not_signed_off",
        lambda: judged(known=with_release(sign_offs=(BOTH[0], replace(BOTH[1], expires_at=NOON)))),
    ),
    "a sign-off of another decision": (
        "not_signed_off",
        lambda: judged(known=with_release(sign_offs=(BOTH[0], replace(BOTH[1], evidence_digest="sha256:" + "0" * 64)))),
    ),
    "one person signed twice": (
        "not_signed_off",
        lambda: judged(known=with_release(sign_offs=(BOTH[0], a_sign_off(OWNER, "governance_lead", fingerprint="SHA256:other")))),
    ),
    "one key signed twice": (
        "not_signed_off",
        lambda: judged(known=with_release(sign_offs=(BOTH[0], replace(BOTH[1], fingerprint=BOTH[0].fingerprint)))),
    ),
    "the maker signed": ("own_work", lambda: judged(known=with_release(made_by=(MAKER, GOVERNANCE)))),
    "the proposer signed": ("own_work", lambda: judged(known=with_release(proposed_by=OWNER.upper()))),
    "a gate failed and nobody overrode it": ("not_signed_off", lambda: judged(known=with_release(action=GateAction.HOLD))),
    "a gate failed and one person overrode it": ("not_signed_off", lambda: judged(known=a_switch_known(releases=(overridden(people=1),)))),
    "a canary was decided and all is asked for": ("canary_only", lambda: judged(known=with_release(action=GateAction.CANARY))),
    "a canary larger than the policy's": ("bad_share", lambda: judged(asked(share=11))),
    "no share": ("bad_share", lambda: judged(asked(share=0))),
    "more than all": ("bad_share", lambda: judged(asked(share=101))),
    "a stale decision": ("stale_decision", lambda: judged(known=with_release(proposed_at=NOON - timedelta(days=14, seconds=1)))),
    "another policy of the gate since": ("other_policy", lambda: judged(a_switch_plan(gate_policy_digest=FILES))),
    "another policy of releases since": ("other_policy", lambda: judged(a_switch_plan(policy=replace(POLICY, digest=FILES)))),
    "no policy of the gate that it names": ("other_policy", lambda: judged(known=with_release(gate_policy_digest=""))),
    "another policy since people overrode it": (
        "other_policy",
        lambda: judged(a_switch_plan(gate_policy_digest=FILES), a_switch_known(releases=(overridden(),))),
    ),
    "the gate failed the candidate since": ("judged_since", lambda: judged(known=judged_since(Verdict.PASS, Verdict.FAIL))),
    "the gate is open about the candidate since": ("judged_since", lambda: judged(known=judged_since(Verdict.INCONCLUSIVE))),
    "another digest under the candidate's name": (
        "other_digest",
        lambda: judged(registry=replace(a_registry(), target=replace(a_release_pinned(CANDIDATE), digest="sha256:" + "0" * 64))),
    ),
    "the candidate's files were overwritten": (
        "files_changed",
        lambda: judged(known=with_release(files_digest=FILES), registry=replace(a_registry(), files_digest="sha256:" + "0" * 64)),
    ),
    "the candidate's files cannot be had": (
        "files_changed",
        lambda: judged(known=with_release(files_digest=FILES), registry=replace(a_registry(), files_problem="MLflow has none")),
    ),
    "nobody looked at the candidate's files": ("files_changed", lambda: judged(known=with_release(files_digest=FILES))),
    "the candidate is gone": ("candidate_gone", lambda: judged(registry=replace(a_registry(), target=None, problem="it has none"))),
    "the alias was moved": ("alias_moved", lambda: judged(registry=a_registry(serving="3"))),
    "the alias is gone": ("alias_moved", lambda: judged(registry=a_registry(serving=""))),
    "another model under the champion's name": (
        "alias_moved",
        lambda: judged(registry=replace(a_registry(), serving=replace(a_release_pinned(CHAMPION), digest="sha256:" + "0" * 64))),
    ),
    "another version by the record": ("other_champion", lambda: judged(known=a_switch_known(claims=(a_served("3"),)))),
    "another version has part of the traffic": (
        "other_champion",
        lambda: judged(known=a_switch_known(claims=(a_served(), a_served("3", 2, 1, 20)))),
    ),
    "another canary": ("other_canary", lambda: judged(registry=a_registry(canary="3"))),
    "a preservation hold": ("preservation_hold", lambda: judged(known=a_switch_known(holds=(a_release_hold(system_id=SYSTEM),)))),
    "taken back before": (
        "taken_back",
        lambda: judged(known=a_switch_known(switches=(a_made_switch(), a_made_switch(**BACK)))),
    ),
    "another release without an end": (
        "unfinished_switch",
        lambda: judged(known=a_switch_known(switches=(a_cut_off(release_id="REL-20260314-00000000", to_version="3"),))),
    ),
    "a rollback without an end": ("unfinished_switch", lambda: judged(known=a_switch_known(switches=(a_cut_off(**BACK),)))),
    "a stranger": ("wrong_actor", lambda: judged(a_switch_plan(by="nobody@bank.example"))),
    "a role that may not": (
        "wrong_role",
        lambda: judged(a_switch_plan(by=GOVERNANCE, role=OwnerRole.GOVERNANCE_LEAD)),
    ),
    "personal data in the reason": ("personal_data", lambda: judged(asked(reason="Jane Roe, 212-555-0147, asked for it"))),
    "a system that is released no more": ("not_released", lambda: judged(a_switch_plan(released=()))),
    "an artifact that is released no more": ("not_released", lambda: judged(a_switch_plan(released=(a_switchable(artifact="prompt"),)))),
}
BACK: dict[str, Any] = {"started_event": 50, "is_rollback": True, "release_id": "", "from_version": CANDIDATE, "to_version": CHAMPION}
BACK["read_back"] = CHAMPION


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_refused_by_name_and_starts_nothing(name: str) -> None:
    expected, decide = FAULTS[name]
    decision = decide()
    assert expected in codes(decision)
    assert (decision.events, decision.wanted, decision.tags) == ((), {}, {})
    assert all(refusal.reason and refusal.remedy for refusal in decision.refusals)


def budgeted(lost: float, days: int = 30, release: KnownRelease | None = None) -> SwitchDecision:
    """Judge a switch of a system that keeps a budget: so many minutes were lost yesterday, and so many days were written down."""
    today = NOON.date()
    minutes = {today - timedelta(days=ago): lost if ago == 1 else 0.0 for ago in range(1, days + 1)}
    plan = a_switch_plan(released=(a_switchable(error_budget=a_release_spec().error_budget),))
    known = a_switch_known(releases=(release or a_known_release(),))
    return judged(plan, known, replace(a_registry(), budget=BudgetRead(minutes, "sha256:" + "0" * 64)))


def test_a_budget_that_is_nearly_used_up_freezes_what_was_signed_off_before() -> None:
    assert not budgeted(34.5).refusals
    decision = budgeted(34.6)
    assert (codes(decision), decision.events) == (["budget_frozen"], ())


def test_a_day_that_nobody_wrote_down_freezes_it_too() -> None:
    assert codes(budgeted(0.0, days=29)) == ["unobserved_days"]


def test_an_override_answers_for_a_frozen_budget_and_for_no_hold() -> None:
    assert not budgeted(500.0, release=overridden()).refusals
    held = a_switch_known(releases=(overridden(),), holds=(a_release_hold(system_id=SYSTEM),))
    assert codes(judged(known=held)) == ["preservation_hold"]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    known = a_switch_known(releases=(a_known_release(sign_offs=()),), holds=(a_release_hold(system_id=SYSTEM),))
    assert codes(judged(a_switch_plan(by="nobody"), known, a_registry(serving="3"))) == [
        "wrong_actor",
        "not_signed_off",
        "alias_moved",
        "preservation_hold",
    ]


def test_a_hold_of_another_system_forbids_nothing() -> None:
    assert not judged(known=a_switch_known(holds=(a_release_hold(system_id="other"),))).refusals


def test_the_last_day_of_a_decision_counts() -> None:
    assert not judged(known=with_release(proposed_at=NOON - timedelta(days=14))).refusals


def test_what_is_in_force_is_said_to_be_and_starts_nothing() -> None:
    known = a_switch_known(switches=(a_made_switch(),), claims=(a_served(), a_served(CANDIDATE, 42, 0)))
    decision = judged(known=known, registry=a_registry(serving=CANDIDATE))
    assert (decision.refusals, decision.events, decision.wanted) == ((), (), {})
    assert decision.aim and decision.aim.repeated == a_made_switch()


def test_what_was_in_force_and_was_moved_by_hand_since_is_not_said_to_be() -> None:
    known = a_switch_known(switches=(a_made_switch(),), claims=(a_served(), a_served(CANDIDATE, 42, 0)))
    assert "alias_moved" in codes(judged(known=known, registry=a_registry(serving="3")))


def test_what_somebody_put_in_force_by_hand_is_not_taken_for_the_release() -> None:
    assert "alias_moved" in codes(judged(registry=a_registry(serving=CANDIDATE)))


def test_another_model_under_the_name_of_what_is_in_force_is_not_taken_for_the_release() -> None:
    known = a_switch_known(switches=(a_made_switch(),), claims=(a_served(), a_served(CANDIDATE, 42, 0)))
    other = replace(a_release_pinned(CANDIDATE), digest="sha256:" + "0" * 64)
    assert "alias_moved" in codes(judged(known=known, registry=replace(a_registry(), serving=other)))


def test_what_is_in_force_beside_a_switch_without_an_end_is_not_the_end_of_it() -> None:
    other = a_cut_off(started_event=60, release_id="REL-20260314-00000000", from_version=CANDIDATE, to_version="3")
    known = a_switch_known(switches=(a_made_switch(), other), claims=(a_served(), a_served(CANDIDATE, 42, 0)))
    assert "unfinished_switch" in codes(judged(known=known, registry=a_registry(serving=CANDIDATE)))


def test_a_start_that_was_cut_off_before_the_alias_is_finished_by_the_same_start() -> None:
    decision = judged(known=a_switch_known(switches=(a_cut_off(),)))
    assert (decision.refusals, decision.events) == ((), ())
    assert decision.aim and decision.aim.resumed == a_cut_off()
    assert decision.wanted["champion"] == CANDIDATE


def test_a_start_that_was_cut_off_before_the_alias_is_judged_anew() -> None:
    known = a_switch_known(switches=(a_cut_off(),), holds=(a_release_hold(system_id=SYSTEM),))
    assert codes(judged(known=known)) == ["preservation_hold"]


def test_a_start_that_was_cut_off_after_the_alias_is_ended_whatever_happened_since() -> None:
    known = a_switch_known(releases=(a_known_release(sign_offs=()),), switches=(a_cut_off(),), holds=(a_release_hold(system_id=SYSTEM),))
    decision = judged(known=known, registry=a_registry(serving=CANDIDATE))
    assert (decision.refusals, decision.events, decision.wanted) == ((), (), {})


def test_not_even_a_finished_alias_is_ended_by_a_stranger() -> None:
    known = a_switch_known(switches=(a_cut_off(),))
    assert codes(judged(a_switch_plan(by="nobody"), known, a_registry(serving=CANDIDATE)))[0] == "wrong_actor"


def test_a_canary_that_was_cut_off_does_not_become_all_of_the_traffic() -> None:
    known = a_switch_known(switches=(a_cut_off(share_percent=10),))
    assert codes(judged(known=known)) == ["unfinished_switch"]


def test_an_artifact_that_no_mlflow_keeps_moves_no_alias() -> None:
    system = a_switchable(spec=RECORDED)
    registry = RegistryNow(False, a_release_pinned(CHAMPION), "", a_release_pinned(CANDIDATE))
    decision = judged(a_switch_plan(released=(system,)), registry=registry)
    assert (decision.refusals, decision.wanted, decision.tags) == ((), {}, {})
    assert decision.events[0].body["alias"] == ""


def test_what_no_mlflow_keeps_is_said_to_be_in_force_only_while_the_record_says_so() -> None:
    plan = a_switch_plan(released=(a_switchable(spec=RECORDED),))
    known = a_switch_known(switches=(a_made_switch(),), claims=(a_served(), a_served(CANDIDATE, 42, 0)))
    still = judged(plan, known, a_registry(serving=CANDIDATE, is_kept=False))
    assert (still.refusals, still.events) == ((), ())
    replaced = replace(known, claims=(*known.claims, a_served("3", 43, 0)))
    assert codes(judged(plan, replaced, a_registry(serving="3", is_kept=False))) == ["other_champion"]


def test_the_end_says_what_was_read_back_and_which_version_is_in_force_by_it() -> None:
    decision, made = judged(), a_cut_off()
    end, observed = ended(decision, made, Moved({"champion": CANDIDATE, "canary": ""}), NOON)
    assert (end.kind, end.body["read_back"], end.body["milliseconds"]) == (EventKind.SWITCH_ENDED, CANDIDATE, 3_600_000)
    assert (observed.kind, observed.body["version"], observed.body["source"]) == (EventKind.VERSION_OBSERVED, CANDIDATE, "mlflow")


def test_a_canary_and_what_no_mlflow_keeps_count_as_released_for_no_run_reads_them() -> None:
    canary = ended(judged(asked(share=10)), a_cut_off(share_percent=10), Moved({"champion": CHAMPION, "canary": CANDIDATE}), NOON)
    plan = a_switch_plan(released=(a_switchable(spec=RECORDED),))
    recorded = ended(judged(plan, registry=replace(a_registry(), is_kept=False)), a_cut_off(), Moved(), NOON)
    assert [events[-1].body["source"] for events in (canary, recorded)] == ["released", "released"]
    assert [events[-1].body["share_percent"] for events in (canary, recorded)] == [10, 100]


def test_without_an_effect_no_version_is_in_force_by_it() -> None:
    (end,) = ended(judged(), a_cut_off(), Moved({"champion": "3", "canary": ""}, "somebody moved it"), NOON)
    assert end.body["read_back"] == "3"


def test_the_events_come_back_as_the_switch_that_they_say() -> None:
    decision = judged()
    (start,) = decision.events
    told = [(40, _envelope(start))]
    (made,) = switches_of(told)
    told += [(41 + place, _envelope(one)) for place, one in enumerate(ended(decision, made, Moved({"champion": CANDIDATE}), NOON))]
    (finished,) = switches_of(told)
    assert (finished.release_id, finished.to_version, finished.ended_event, finished.read_back) == (RELEASE, CANDIDATE, 41, CANDIDATE)
    assert releases_of(told) == ()
    assert claim_of(*told[-1]).share_percent == 100


def _envelope(event: Any) -> dict[str, Any]:
    import json

    envelope: dict[str, Any] = json.loads(event.canonical_body())
    return envelope

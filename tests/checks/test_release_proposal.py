"""Proposing a release: who may, about which decision of the gate, and what it has to say. Whatever is missing is refused by name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checks.release_events import proposed_events
from checks.release_gates import judge_release
from checks.release_proposal import find_proposal_refusals, judged_of
from registry.domain.canonical import digest_bytes
from registry.domain.catalogue import OwnerRole
from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.gate import GateAction
from registry.domain.release_acts import ProposalKnown, ReleasePlan, ReleaseRead, SystemNow, release_inputs_of
from registry.domain.release_sealed import release_id_of, sealed_release
from tests.release_builders import (
    CANDIDATE,
    GATE_POLICY,
    MORNING,
    POLICY,
    TODAY,
    a_judged,
    a_proposal,
    a_release_pinned,
    a_release_spec,
    a_released_system,
    release_inputs,
)

OWNER = "moe@bank.example"
FIRST, SECOND = a_judged(event=5, bundle_digest=digest_bytes(b"first")), a_judged(event=9, bundle_digest=digest_bytes(b"second"))


def a_plan(**changes: Any) -> ReleasePlan:
    proposal = changes.pop("proposal", {})
    base = ReleasePlan(
        workspace="/bank",
        as_of=MORNING,
        business_date=TODAY,
        zone="UTC",
        system=a_released_system(),
        spec=a_release_spec(),
        policy=POLICY,
        policy_table=b"{}",
        candidate=a_release_pinned(CANDIDATE),
        proposal=a_proposal(**proposal),
        by=OWNER,
        role=OwnerRole.MODEL_OWNER,
        deputies={OwnerRole.MODEL_OWNER: (OWNER,)},
        roles=(OwnerRole.MODEL_OWNER, OwnerRole.PRODUCT_OWNER),
        redacted_kinds=("email", "phone"),
        gate_policy_digest=GATE_POLICY,
    )
    return replace(base, **changes)


def codes(plan: ReleasePlan, known: ProposalKnown) -> list[str]:
    return [one.code for one in find_proposal_refusals(plan, known)]


JUDGED = ProposalKnown(12, (FIRST, SECOND))


def test_a_candidate_that_the_gate_never_judged_is_no_release() -> None:
    refusals = find_proposal_refusals(a_plan(), ProposalKnown(12))
    assert [one.code for one in refusals] == ["not_judged"]
    assert "proofloop gate credit_model --candidate 2" in refusals[0].remedy
    assert judged_of(a_plan(), ProposalKnown(12)) is None


def test_the_newest_decision_counts_unless_one_is_named() -> None:
    assert codes(a_plan(), JUDGED) == [] and judged_of(a_plan(), JUDGED) == SECOND
    for name in (FIRST.bundle_digest, FIRST.bundle_digest[:15], FIRST.bundle_digest.removeprefix("sha256:")[:8].upper()):
        named = a_plan(proposal={"decision": f" {name} "})
        assert codes(named, JUDGED) == [] and judged_of(named, JUDGED) == FIRST


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.INCONCLUSIVE])
def test_a_decision_that_passed_is_not_named_past_a_later_one_that_did_not(verdict: Verdict) -> None:
    known = ProposalKnown(12, (FIRST, replace(SECOND, verdict=verdict, action=GateAction.HOLD)))
    assert codes(a_plan(proposal={"decision": FIRST.bundle_digest}), known) == ["superseded_decision"]
    assert codes(a_plan(), known) == []


@pytest.mark.parametrize(
    ("known", "decision", "code"),
    [
        (JUDGED, "0" * 12, "other_decision"),
        (ProposalKnown(12, (FIRST,), other=(SECOND,)), SECOND.bundle_digest, "other_decision"),
        (JUDGED, "a", "short_decision"),
        (
            ProposalKnown(12, (FIRST, replace(SECOND, bundle_digest=FIRST.bundle_digest[:30] + "0" * 41))),
            FIRST.bundle_digest[:20],
            "ambiguous_decision",
        ),
    ],
)
def test_a_decision_that_is_named_is_one_about_the_candidate(known: ProposalKnown, decision: str, code: str) -> None:
    assert codes(a_plan(proposal={"decision": decision}), known) == [code]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"by": " "}, "no_actor"),
        ({"by": "eve@bank.example"}, "wrong_actor"),
        ({"roles": ()}, "wrong_role"),
        ({"role": OwnerRole.MODEL_RISK, "deputies": {OwnerRole.MODEL_RISK: (OWNER,)}}, "wrong_role"),
        ({"proposal": {"change": " "}}, "not_said"),
        ({"proposal": {"affected_population": ""}}, "not_said"),
        ({"proposal": {"rollback_plan": ""}}, "not_said"),
        ({"proposal": {"made_by": ()}}, "nobody_made_it"),
        ({"proposal": {"made_by": ("mia@bank.example", " ")}}, "nobody_made_it"),
        ({"proposal": {"made_by": ("mia@bank.example", "MIA@bank.example")}}, "named_twice"),
        ({"proposal": {"made_by": ("Moe <moe@bank.example>",)}}, "other_spelling"),
        ({"proposal": {"made_by": ("mia@bank.example, MOE@bank.example",)}}, "other_spelling"),
        ({"proposal": {"made_by": (" Moe",)}}, "other_spelling"),
        ({"proposal": {"change": "for jane.roe@customer.example alone"}}, "personal_data"),
        ({"proposal": {"rollback_plan": "call 212-555-0147"}}, "personal_data"),
    ],
)
def test_a_proposal_that_lacks_something_is_refused_by_name(changes: dict[str, Any], code: str) -> None:
    assert codes(a_plan(**changes), JUDGED) == [code]


def test_everything_that_is_missing_is_told_at_once() -> None:
    plan = a_plan(by="eve@bank.example", proposal={"made_by": (), "change": ""})
    assert codes(plan, ProposalKnown(1)) == ["wrong_actor", "not_judged", "not_said", "nobody_made_it"]


def test_what_is_read_is_what_is_judged() -> None:
    inputs, plan = release_inputs(), a_plan()
    read = ReleaseRead(inputs.cards, inputs.records, inputs.budget, {}, inputs.rehearsal)
    made = release_inputs_of(plan, a_judged(), read, SystemNow(inputs.holds, inputs.in_force), 12)
    assert replace(made, proposed_by=inputs.proposed_by, proposal=inputs.proposal) == inputs


def test_the_id_is_of_what_was_read_and_not_of_how_long_it_took() -> None:
    inputs = release_inputs()
    assert inputs.rehearsal is not None and inputs.judged is not None
    again = replace(inputs, rehearsal=replace(inputs.rehearsal, seconds=1.0, at=MORNING), events=99)
    assert release_id_of(again) == release_id_of(inputs) and release_id_of(inputs).startswith("REL-20260302-")
    others = (
        replace(inputs, cards=(replace(inputs.cards[0], digest=digest_bytes(b"mended")), *inputs.cards[1:])),
        replace(inputs, judged=replace(inputs.judged, bundle_digest=digest_bytes(b"later"))),
        replace(inputs, rehearsal=replace(inputs.rehearsal, answered_count=1)),
        replace(inputs, proposal=a_proposal(change="Another change of the model")),
        replace(inputs, proposed_by="eve@bank.example"),
        replace(inputs, budget=None),
        replace(inputs, in_force=()),
    )
    assert len({release_id_of(one) for one in (inputs, *others)}) == 1 + len(others)


def test_the_events_hold_who_made_it_by_digest_and_the_rehearsal_in_whole_milliseconds() -> None:
    inputs = release_inputs()
    tried, proposed = proposed_events(inputs, judge_release(inputs), digest_bytes(b"package"), digest_bytes(b"decision"))
    assert (tried.kind, tried.body["milliseconds"], tried.body["answered_count"]) == (EventKind.ROLLBACK_REHEARSED, 40_000, 25)
    assert (proposed.kind, proposed.subject) == (EventKind.RELEASE_PROPOSED, release_id_of(inputs))
    assert proposed.body["made_by"] == list(inputs.proposal.made_by) and proposed.actor == inputs.proposed_by
    assert proposed.body["gates"] == {one.gate: one.verdict for one in judge_release(inputs).gates}
    assert tried.canonical_body() and proposed.canonical_body(), "no floats"
    assert len(proposed_events(replace(inputs, rehearsal=None), judge_release(inputs), "", "")) == 1


def test_what_is_sealed_becomes_the_inputs_again() -> None:
    from registry.domain.canonical import dense_json
    from registry.records import read_sealed_release

    inputs = release_inputs()
    sealed = read_sealed_release(dense_json(sealed_release(inputs, {"proofloop": "1"})))
    assert sealed.judged_with(POLICY) == inputs

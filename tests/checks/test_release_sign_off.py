"""Signing a release off: who may, on what request, and what sign-offs add up to. Whatever is wrong is refused by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.release_events import signed_event
from checks.release_sign_off import judge_sign_off
from checks.release_signed import find_sign_off_standing
from registry.domain.approving import ApprovalKnowledge, SignatureAnswer, SignatureVerdict
from registry.domain.canonical import digest_bytes
from registry.domain.catalogue import OwnerRole
from registry.domain.gate import GateAction
from registry.domain.release_acts import SignOffDecision, SignOffPapers, SignOffPlan, sign_off_meaning
from registry.domain.release_history import releases_of
from registry.domain.release_run import KnownRelease, SignOff, SignOffRequest
from tests.release_builders import GOVERNANCE, MAKER, OWNER, POLICY, RISK, SYSTEM, a_release_policy
from tests.switch_builders import BOTH, NOON, RELEASE, a_known_release, a_sign_off

PROPOSER = "rel@bank.example"
HELD = a_known_release(action=GateAction.HOLD, sign_offs=())


def a_plan(release: KnownRelease | None = None, **changes: Any) -> SignOffPlan:
    base = SignOffPlan("/bank", NOON, NOON.date(), "UTC", release or a_known_release(sign_offs=()), None, POLICY, ("email", "phone"))
    return replace(base, **changes)


def a_request(plan: SignOffPlan, **changes: Any) -> SignOffRequest:
    """Return the request of the product owner, its meaning that of its release, role and override unless it is given."""
    release, role, override = plan.release, changes.get("role", OwnerRole.PRODUCT_OWNER), changes.get("override", False)
    base = SignOffRequest(
        release=release.release_id,
        system=release.system_id,
        evidence_digest=release.decision_digest,
        bundle_digest=release.bundle_digest,
        head=digest_bytes(b"head"),
        meaning=sign_off_meaning(release, role, override=override),
        printed_name=OWNER,
        role=role,
        nonce="0" * 32,
        signed_at=NOON - timedelta(hours=1),
        expires=NOON + timedelta(days=1),
        override=override,
        reason="",
    )
    return replace(base, **changes)


def a_good(name: str = OWNER, **changes: Any) -> SignatureAnswer:
    return replace(SignatureAnswer(SignatureVerdict.GOOD, f"SHA256:{name}", "ED25519"), **changes)


def known(plan: SignOffPlan, **changes: Any) -> ApprovalKnowledge:
    base = ApprovalKnowledge(a_good(), "", plan.release.decision_digest, is_head_known=True)
    return replace(base, **changes)


def judged(plan: SignOffPlan, known_changes: Any = None, *, signature: str = "armor", **changes: Any) -> SignOffDecision:
    request = a_request(plan, **changes)
    papers = SignOffPapers(request, "text", digest_bytes(b"text"), signature)
    return judge_sign_off(plan, papers, known(plan, **(known_changes or {})))


def codes(decision: SignOffDecision) -> list[str]:
    return [one.code for one in decision.refusals]


def test_a_release_that_nobody_signed_waits_for_everybody() -> None:
    standing = find_sign_off_standing(a_known_release(sign_offs=()), POLICY.sign_off, NOON)
    assert (standing.is_complete, standing.counted, standing.missing) == (False, (), POLICY.sign_off.roles)


def test_where_policy_names_no_role_nobody_can_have_signed() -> None:
    standing = find_sign_off_standing(a_known_release(), replace(POLICY.sign_off, roles=()), NOON)
    assert (standing.is_complete, standing.counted, standing.people_missing) == (False, (), 1)


def test_a_sign_off_that_counts_says_what_is_then_missing_and_its_event_reads_back() -> None:
    plan = a_plan()
    decision = judged(plan)
    assert decision.is_accepted and decision.standing and decision.standing.missing == (OwnerRole.GOVERNANCE_LEAD,)
    event = signed_event(plan, decision, digest_bytes(b"package"))
    proposed = {"kind": "ReleaseProposed", "system": SYSTEM, "subject": RELEASE, "as_of": "2026-03-15T12:00:00.000000Z", "actor": PROPOSER}
    release = plan.release
    pins: dict[str, Any] = {
        side: {"asked": one.asked, "version": one.version, "digest": one.digest} for side, one in sides(release).items()
    }
    data: dict[str, Any] = {
        "artifact": "model",
        "bundle_digest": release.bundle_digest,
        "decision_digest": release.decision_digest,
        "made_by": [MAKER],
    }
    data |= {"verdict": "pass", "action": "approve", "review_on": "2026-04-15", **pins}
    (read,) = releases_of([(1, {**proposed, "data": data}), (2, json.loads(event.canonical_body()))])
    (found,) = read.sign_offs
    assert (found.name, found.role, found.fingerprint, found.evidence_digest) == (
        OWNER,
        "product_owner",
        f"SHA256:{OWNER}",
        release.decision_digest,
    )
    assert found.expires_at == NOON + timedelta(days=1) and event.actor == OWNER


def sides(release: KnownRelease) -> dict[str, Any]:
    return {"candidate": release.candidate, "champion": release.champion}


def test_the_last_sign_off_completes_it_until_the_first_of_them_expires() -> None:
    plan = a_plan(a_known_release(sign_offs=BOTH[:1]))
    decision = judged(
        plan,
        {"signature": a_good(GOVERNANCE)},
        printed_name=GOVERNANCE,
        role=OwnerRole.GOVERNANCE_LEAD,
    )
    assert decision.standing and decision.standing.is_complete and decision.standing.complete_until == NOON + timedelta(days=1)


REQUESTS: dict[str, tuple[Callable[[SignOffPlan], dict[str, Any]], str]] = {
    "of another release": (lambda _: {"release": "REL-20260315-00000000"}, "other_release"),
    "of another system": (lambda _: {"system": "fraud_filter"}, "edited_request"),
    "about another decision": (lambda _: {"evidence_digest": digest_bytes(b"other")}, "edited_request"),
    "of another package": (lambda _: {"bundle_digest": digest_bytes(b"other")}, "edited_request"),
    "with another meaning": (lambda _: {"meaning": "I have read it."}, "edited_request"),
    "with the meaning of another role": (
        lambda plan: {"meaning": sign_off_meaning(plan.release, OwnerRole.GOVERNANCE_LEAD, override=False)},
        "edited_request",
    ),
    "signed tomorrow": (lambda _: {"signed_at": NOON + timedelta(hours=1)}, "in_the_future"),
    "signed before it was proposed": (lambda plan: {"signed_at": plan.release.proposed_at - timedelta(seconds=1)}, "before_release"),
    "expired this instant": (lambda _: {"expires": NOON}, "expired"),
    "valid for ever": (lambda _: {"expires": NOON + timedelta(days=400)}, "valid_too_long"),
    "that expires before it was signed": (lambda _: {"expires": NOON - timedelta(hours=2)}, "valid_too_long"),
    "an override of a release that passes": (lambda _: {"override": True, "reason": "for speed"}, "needless_override"),
    "with a reason and no override": (lambda _: {"reason": "for speed"}, "needless_reason"),
    "by nobody": (lambda _: {"printed_name": " "}, "no_actor"),
    "by who made the candidate": (lambda _: {"printed_name": MAKER}, "own_work"),
    "by who made it, spelled otherwise": (lambda _: {"printed_name": f" {MAKER.upper()}"}, "own_work"),
    "by who proposed it": (lambda _: {"printed_name": PROPOSER}, "own_work"),
    "in a role that signs nothing off": (lambda _: {"role": OwnerRole.MODEL_RISK}, "wrong_role"),
}


@pytest.mark.parametrize("what", REQUESTS)
def test_a_request_is_refused_by_name(what: str) -> None:
    changed, code = REQUESTS[what]
    plan = a_plan()
    decision = judged(plan, **changed(plan))
    assert code in codes(decision) and decision.body == {}, codes(decision)


KNOWN: dict[str, tuple[dict[str, Any], str]] = {
    "a decision that is not sealed": ({"sealed_digest": ""}, "not_sealed"),
    "a decision that was edited": ({"sealed_digest": digest_bytes(b"edited")}, "edited_decision"),
    "another history": ({"is_head_known": False}, "unknown_head"),
    "a used nonce": ({"nonce_digest": digest_bytes(b"before")}, "nonce_used"),
    "a key of two people": ({"signature": a_good(also=("eve@bank.example",))}, "shared_key"),
    "a key that is the maker's too": ({"signature": a_good(also=(MAKER,))}, "own_work"),
    **{
        f"a signature that is {verdict}": ({"signature": SignatureAnswer(verdict, reason="no good")}, verdict.value)
        for verdict in SignatureVerdict
        if verdict is not SignatureVerdict.GOOD
    },
}


@pytest.mark.parametrize("what", KNOWN)
def test_what_is_found_beside_the_request_refuses_it_by_name(what: str) -> None:
    changes, code = KNOWN[what]
    decision = judged(a_plan(), changes)
    assert code in codes(decision) and decision.body == {}, codes(decision)


def test_without_a_signature_it_is_a_typed_name_which_signs_nothing_off() -> None:
    assert codes(judged(a_plan(), {"signature": SignatureAnswer()}, signature="")) == ["needs_signature"]


def test_a_role_and_a_person_and_a_key_sign_once() -> None:
    plan = a_plan(a_known_release(sign_offs=BOTH[:1]))
    other: dict[str, Any] = {"printed_name": "eve@bank.example"}
    assert codes(judged(plan, {"signature": a_good("eve@bank.example")}, **other)) == ["role_given"]
    as_lead: dict[str, Any] = {"role": OwnerRole.GOVERNANCE_LEAD}
    assert codes(judged(plan, {"signature": a_good("another key")}, **as_lead)) == ["signed_before"]
    assert codes(judged(plan, None, printed_name=GOVERNANCE, **as_lead)) == ["same_key"]
    assert codes(judged(a_plan(a_known_release()), {"signature": a_good("eve@bank.example")}, **other)) == ["complete"]


def test_one_that_expired_is_given_again() -> None:
    late = a_sign_off(expires_at=NOON)
    plan = a_plan(a_known_release(sign_offs=(late,)))
    assert judged(plan).is_accepted


def test_an_old_decision_is_not_signed_any_more() -> None:
    most = POLICY.sign_off.max_decision_age_days
    old = a_known_release(sign_offs=(), proposed_at=NOON - timedelta(days=most, seconds=1))
    assert codes(judged(a_plan(old))) == ["decision_too_old"]
    assert judged(a_plan(replace(old, proposed_at=NOON - timedelta(days=most)))).is_accepted


def test_a_release_that_is_held_takes_overrides_with_a_reason_of_every_role_and_enough_people() -> None:
    over: dict[str, Any] = {"override": True, "reason": "the defect that it mends costs customers money every hour"}
    assert codes(judged(a_plan(HELD))) == ["needs_override"]
    assert codes(judged(a_plan(HELD), override=True)) == ["no_reason"]
    assert codes(judged(a_plan(HELD), override=True, reason="call 212-555-0147")) == ["personal_data"]
    first = judged(a_plan(HELD), **over)
    assert first.is_accepted and first.standing and first.standing.missing == (OwnerRole.GOVERNANCE_LEAD,)
    given = tuple(replace(one, is_override=True) for one in BOTH)
    assert find_sign_off_standing(replace(HELD, sign_offs=given), POLICY.sign_off, NOON).is_complete
    three = a_release_policy(min_override_signer_count=3).sign_off
    standing = find_sign_off_standing(replace(HELD, sign_offs=given), three, NOON)
    assert (standing.is_complete, standing.missing, standing.people_missing) == (False, (), 1)


def test_an_override_is_valid_for_less_long() -> None:
    days = POLICY.sign_off.max_override_valid_days
    too_late = NOON - timedelta(hours=1) + timedelta(days=days, seconds=1)
    over: dict[str, Any] = {"override": True, "reason": "it mends a defect", "expires": too_late}
    assert codes(judged(a_plan(HELD), **over)) == ["valid_too_long"]


def test_a_third_person_may_sign_an_override_in_a_role_that_was_given() -> None:
    three = replace(POLICY, sign_off=a_release_policy(min_override_signer_count=3).sign_off)
    given = tuple(replace(one, is_override=True) for one in BOTH)
    plan = a_plan(replace(HELD, sign_offs=given), policy=three)
    over: dict[str, Any] = {"override": True, "reason": "it mends a defect", "printed_name": RISK}
    decision = judged(plan, {"signature": a_good(RISK)}, **over)
    assert decision.is_accepted and decision.standing and decision.standing.is_complete


def test_plain_sign_offs_do_not_count_for_a_release_that_is_held_nor_overrides_for_one_that_passes() -> None:
    over = tuple(replace(one, is_override=True) for one in BOTH)
    assert find_sign_off_standing(replace(HELD, sign_offs=BOTH), POLICY.sign_off, NOON).counted == ()
    assert find_sign_off_standing(a_known_release(sign_offs=over), POLICY.sign_off, NOON).counted == ()


@st.composite
def sign_offs(draw: st.DrawFn) -> tuple[SignOff, ...]:
    people, roles = st.sampled_from([OWNER, GOVERNANCE, RISK]), st.sampled_from(["product_owner", "governance_lead", "model_risk"])
    hours = st.integers(-3, 3)
    one = st.builds(
        lambda name, role, key, since, until, over: a_sign_off(
            name,
            role,
            fingerprint=key,
            signed_at=NOON + timedelta(hours=since),
            expires_at=NOON + timedelta(hours=until),
            is_override=over,
        ),
        *(people, roles, st.sampled_from(["k1", "k2", "k3"]), hours, hours, st.booleans()),
    )
    return tuple(draw(st.lists(one, max_size=6)))


@settings(max_examples=300, deadline=None)
@given(sign_offs(), st.booleans())
def test_what_is_complete_has_other_people_with_other_keys_in_every_role_and_stays_so_with_more(
    given: tuple[SignOff, ...], held: bool
) -> None:
    release = replace(HELD if held else a_known_release(), sign_offs=given)
    standing = find_sign_off_standing(release, POLICY.sign_off, NOON)
    counted = standing.counted
    assert len({one.name for one in counted}) == len({one.fingerprint for one in counted}) == len(counted)
    assert all(one.signed_at <= NOON < one.expires_at and one.is_override is held for one in counted)
    if standing.is_complete:
        assert {one.role for one in counted} >= set(POLICY.sign_off.roles) and len(counted) >= len(POLICY.sign_off.roles)
        more = find_sign_off_standing(release, POLICY.sign_off, NOON, (a_sign_off(RISK, fingerprint="k9"),))
        assert more.is_complete

"""Whatever is missing or wrong on the way to a release, it does not pass, its gate says so, and the decision names it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.release_gates import judge_release
from checks.verdict import badness
from registry.domain.approving import SignatureAnswer, SignatureVerdict
from registry.domain.canonical import record_json
from registry.domain.decision import Finding, Verdict
from registry.domain.gate import GateAction, ServingVersion
from registry.domain.release import CardKind, PreDeploymentGate, RecordKind
from registry.domain.release_run import ReleaseInputs
from tests.release_builders import (
    CANDIDATE,
    CHAMPION,
    MAKER,
    MORNING,
    TEXTS,
    TODAY,
    a_budget,
    a_card,
    a_good_signature,
    a_judged,
    a_proposal,
    a_record,
    a_rehearsal,
    a_release_hold,
    a_release_pinned,
    a_release_policy,
    a_release_spec,
    a_released_system,
    release_inputs,
    with_card,
    with_drill,
    with_record,
    with_section,
)

Fault = Callable[[], ReleaseInputs]
DAY, LONG_AGO = timedelta(days=1), timedelta(days=400)
MODEL, SYSTEM = CardKind.MODEL_CARD, CardKind.SYSTEM_CARD
DPIA, TRA = RecordKind.DPIA, RecordKind.TRA
FAIL, OPEN = Verdict.FAIL, Verdict.INCONCLUSIVE
DOCUMENTATION, EVALUATION, COMPLIANCE, ROLLBACK, SIGN_OFF = PreDeploymentGate
CONDITIONS = None
DIGEST = "sha256:" + "1" * 64


def judged(**changes: Any) -> ReleaseInputs:
    return release_inputs(judged=a_judged(**changes))


def rehearsed(**changes: Any) -> ReleaseInputs:
    return release_inputs(rehearsal=a_rehearsal(**changes))


def proposed(**changes: Any) -> ReleaseInputs:
    return release_inputs(proposal=a_proposal(**changes))


def budgeted(*arguments: Any, **changes: Any) -> ReleaseInputs:
    return release_inputs(budget=a_budget(*arguments, **changes))


def signed(verdict: SignatureVerdict) -> ReleaseInputs:
    return with_record(DPIA, signature=SignatureAnswer(verdict, reason=f"expected a good signature, found {verdict}"))


FAULTS: dict[str, tuple[Fault, PreDeploymentGate | None, str, Verdict]] = {
    "nothing was written": (lambda: release_inputs(cards=()), DOCUMENTATION, "missing_card", OPEN),
    "the system card is missing": (lambda: release_inputs(cards=(a_card(),)), DOCUMENTATION, "missing_card", OPEN),
    "there are two model cards": (
        lambda: release_inputs(cards=(a_card(), a_card(), a_card(SYSTEM))),
        DOCUMENTATION,
        "several_cards",
        OPEN,
    ),
    "a card cannot be read": (lambda: with_card(MODEL, problem="cards/model.md: not UTF-8"), DOCUMENTATION, "unreadable_card", OPEN),
    "a card is empty": (lambda: with_card(MODEL, sections={}), DOCUMENTATION, "missing_section", FAIL),
    "a card lacks a section": (
        lambda: with_card(SYSTEM, sections={name: TEXTS[name] for name in ("Purpose", "Risks")}),
        DOCUMENTATION,
        "missing_section",
        FAIL,
    ),
    "a section is empty": (lambda: with_section(MODEL, "Limitations", ""), DOCUMENTATION, "empty_section", FAIL),
    "a section is to be written": (lambda: with_section(MODEL, "Limitations", "TBD"), DOCUMENTATION, "empty_section", FAIL),
    "a line of a section is to be written": (
        lambda: with_section(MODEL, "Limitations", f"{TEXTS['Limitations']}\nTBD: list the states"),
        DOCUMENTATION,
        "empty_section",
        FAIL,
    ),
    "a section is still the template's": (
        lambda: with_section(MODEL, "Limitations", "[Describe here for whom the model must not be used, and why that is]"),
        DOCUMENTATION,
        "empty_section",
        FAIL,
    ),
    "a section is filler": (lambda: with_section(MODEL, "Limitations", "Lorem ipsum dolor " * 9), DOCUMENTATION, "empty_section", FAIL),
    "a section is one word again and again": (
        lambda: with_section(MODEL, "Limitations", "none " * 9),
        DOCUMENTATION,
        "empty_section",
        FAIL,
    ),
    "a section is too short": (lambda: with_section(MODEL, "Limitations", "It has limitations."), DOCUMENTATION, "empty_section", FAIL),
    "a section is a copy of another": (
        lambda: with_section(MODEL, "Limitations", TEXTS["Intended use"].upper()),
        DOCUMENTATION,
        "repeated_section",
        FAIL,
    ),
    "a card is of another system": (lambda: with_card(MODEL, system_id="fraud_filter"), DOCUMENTATION, "other_system", FAIL),
    "a card is of the champion": (lambda: with_card(MODEL, versions={"model": CHAMPION}), DOCUMENTATION, "other_version", FAIL),
    "a card names no version": (lambda: with_card(SYSTEM, versions={"prompt": CANDIDATE}), DOCUMENTATION, "other_version", FAIL),
    "a card names what serves no more beside it": (
        lambda: replace(
            with_card(SYSTEM, versions={"model": CANDIDATE, "prompt": "6"}),
            others={"prompt": (ServingVersion("7", 100),), "model": (ServingVersion("6", 100),)},
        ),
        DOCUMENTATION,
        "other_bundle",
        FAIL,
    ),
    "policy asks for no card": (lambda: release_inputs(policy=a_release_policy(sections={})), DOCUMENTATION, "not_configured", OPEN),
    "policy asks a card for no section": (
        lambda: release_inputs(policy=a_release_policy(sections={MODEL: ()})),
        DOCUMENTATION,
        "not_configured",
        OPEN,
    ),
    "the change is not said": (lambda: proposed(change="tbd"), DOCUMENTATION, "not_said", FAIL),
    "who is affected is not said": (lambda: proposed(affected_population=" "), DOCUMENTATION, "not_said", FAIL),
    "the review is over before it begins": (lambda: proposed(review_on=TODAY), DOCUMENTATION, "review_date", FAIL),
    "the review is in years": (lambda: proposed(review_on=TODAY + LONG_AGO), DOCUMENTATION, "review_date", FAIL),
    "policy knows no review of the tier": (
        lambda: release_inputs(policy=a_release_policy(review_after_days={})),
        DOCUMENTATION,
        "not_configured",
        OPEN,
    ),
    "the candidate was never judged": (lambda: release_inputs(judged=None), EVALUATION, "no_decision", OPEN),
    "another decision is named": (lambda: proposed(decision="sha256:123"), EVALUATION, "other_decision", FAIL),
    "the decision is not in the archive": (lambda: judged(is_verified=False), EVALUATION, "not_verified", OPEN),
    "the decision has no digest": (lambda: judged(decision_digest=""), EVALUATION, "not_verified", OPEN),
    "the gate failed the candidate": (lambda: judged(verdict=FAIL, action=GateAction.HOLD), EVALUATION, "gate_fail", FAIL),
    "the gate could not tell": (lambda: judged(verdict=OPEN, action=GateAction.HOLD), EVALUATION, "gate_inconclusive", OPEN),
    "the gate failed and asks for approval": (lambda: judged(verdict=FAIL), EVALUATION, "gate_fail", FAIL),
    "the gate passed and asks to hold": (lambda: judged(action=GateAction.HOLD), EVALUATION, "gate_holds", OPEN),
    "the decision is too old": (lambda: judged(decided_on=TODAY - 15 * DAY), EVALUATION, "stale", OPEN),
    "the decision was made by another policy": (
        lambda: release_inputs(gate_policy_digest="sha256:" + "9" * 64),
        EVALUATION,
        "other_policy",
        OPEN,
    ),
    "the decision names no policy": (lambda: judged(policy_digest=""), EVALUATION, "other_policy", OPEN),
    "the decision is of tomorrow": (lambda: judged(decided_on=TODAY + DAY), EVALUATION, "in_the_future", OPEN),
    "the decision is on a set that is locked no more": (
        lambda: release_inputs(spec=a_release_spec(set_digest="sha256:" + "9" * 64)),
        EVALUATION,
        "other_set",
        OPEN,
    ),
    "the decision is not on the reserve": (lambda: judged(needs_reserve=True), EVALUATION, "not_on_reserve", OPEN),
    "the candidate is the champion": (
        lambda: judged(candidate=a_release_pinned(CANDIDATE, digest=a_release_pinned(CHAMPION).digest)),
        EVALUATION,
        "same_version",
        FAIL,
    ),
    "the candidate has no digest": (lambda: judged(candidate=a_release_pinned(digest="")), EVALUATION, "not_pinned", OPEN),
    "nothing was assessed": (lambda: release_inputs(records=()), COMPLIANCE, "missing_record", OPEN),
    "one assessment is missing": (lambda: release_inputs(records=(a_record(DPIA),)), COMPLIANCE, "missing_record", OPEN),
    "an assessment is there twice": (
        lambda: release_inputs(records=(a_record(DPIA), a_record(DPIA), a_record(TRA))),
        COMPLIANCE,
        "several_records",
        OPEN,
    ),
    "an assessment cannot be read": (lambda: with_record(TRA, problem="records/tra.yaml: no YAML"), COMPLIANCE, "unreadable_record", OPEN),
    "an assessment is of another system": (lambda: with_record(DPIA, system_id="fraud_filter"), COMPLIANCE, "other_system", FAIL),
    "an assessment is for another purpose": (lambda: with_record(DPIA, purpose="Choose adverts"), COMPLIANCE, "other_purpose", FAIL),
    "an assessment is for no purpose": (lambda: with_record(DPIA, purpose=""), COMPLIANCE, "other_purpose", FAIL),
    "the system has no purpose": (
        lambda: replace(with_record(DPIA, purpose="..."), spec=a_release_spec(purpose="...")),
        COMPLIANCE,
        "no_purpose",
        OPEN,
    ),
    "the purpose is still to be written": (
        lambda: replace(with_record(DPIA, purpose="To be added"), spec=a_release_spec(purpose="to be added")),
        COMPLIANCE,
        "no_purpose",
        OPEN,
    ),
    "an assessment was rejected": (lambda: with_record(TRA, outcome="rejected"), COMPLIANCE, "not_approved", FAIL),
    "an assessment came to nothing": (lambda: with_record(TRA, outcome=""), COMPLIANCE, "not_approved", FAIL),
    "an assessment has expired": (lambda: with_record(DPIA, expires_on=TODAY - DAY), COMPLIANCE, "expired", FAIL),
    "an assessment expires today": (lambda: with_record(DPIA, expires_on=TODAY), COMPLIANCE, "expired", FAIL),
    "an assessment never ends": (lambda: with_record(DPIA, expires_on=None), COMPLIANCE, "no_end", OPEN),
    "an assessment is undated": (lambda: with_record(DPIA, approved_on=None), COMPLIANCE, "undated", OPEN),
    "an assessment is of tomorrow": (lambda: with_record(DPIA, approved_on=TODAY + DAY), COMPLIANCE, "in_the_future", OPEN),
    "an assessment was approved in a role that may not": (lambda: with_record(TRA, role="data_owner"), COMPLIANCE, "wrong_role", FAIL),
    "policy names no role for an assessment": (
        lambda: release_inputs(policy=a_release_policy(compliance=replace(a_release_policy().compliance, roles={}))),
        COMPLIANCE,
        "not_configured",
        OPEN,
    ),
    "an assessment was approved by nobody": (lambda: with_record(TRA, by=" "), COMPLIANCE, "nobody", FAIL),
    "an assessment was approved by the maker": (lambda: with_record(TRA, by=MAKER.upper()), COMPLIANCE, "own_work", FAIL),
    "an assessment was approved by the proposer": (lambda: with_record(TRA, by="REL@bank.example"), COMPLIANCE, "own_work", FAIL),
    "an assessment is unsigned": (lambda: signed(SignatureVerdict.NO_SIGNATURE), COMPLIANCE, "no_signature", FAIL),
    "an assessment was edited after it was signed": (lambda: signed(SignatureVerdict.BAD_SIGNATURE), COMPLIANCE, "bad_signature", FAIL),
    "an assessment is signed for another role": (lambda: signed(SignatureVerdict.WRONG_NAMESPACE), COMPLIANCE, "wrong_namespace", FAIL),
    "an assessment is signed by a stranger": (lambda: signed(SignatureVerdict.NOT_ALLOWED), COMPLIANCE, "not_allowed", FAIL),
    "an assessment is signed with an old key": (lambda: signed(SignatureVerdict.KEY_NOT_VALID), COMPLIANCE, "key_not_valid", FAIL),
    "an assessment is signed with a revoked key": (lambda: signed(SignatureVerdict.KEY_REVOKED), COMPLIANCE, "key_revoked", FAIL),
    "an assessment is signed with a key of two people": (
        lambda: with_record(DPIA, signature=a_good_signature(also=(MAKER,))),
        COMPLIANCE,
        "shared_key",
        FAIL,
    ),
    "policy knows no such tier": (
        lambda: release_inputs(system=a_released_system(risk_tier="extreme")),
        COMPLIANCE,
        "not_configured",
        OPEN,
    ),
    "there is no plan for the way back": (lambda: proposed(rollback_plan="n/a"), ROLLBACK, "no_plan", FAIL),
    "the way back was not tried": (lambda: release_inputs(rehearsal=None), ROLLBACK, "not_rehearsed", OPEN),
    "the champion does not load": (lambda: rehearsed(problem="expected a model that loads, found none"), ROLLBACK, "errored", OPEN),
    "another version was rehearsed": (lambda: rehearsed(version=CANDIDATE), ROLLBACK, "other_version", FAIL),
    "the champion was rehearsed with other bytes": (lambda: rehearsed(version_digest=DIGEST), ROLLBACK, "other_version", FAIL),
    "no case was asked": (lambda: rehearsed(asked_count=0, answered_count=0), ROLLBACK, "too_few", OPEN),
    "too few cases were asked": (lambda: rehearsed(asked_count=19, answered_count=19), ROLLBACK, "too_few", OPEN),
    "policy is content with no case": (
        lambda: replace(rehearsed(asked_count=0, answered_count=0), policy=a_release_policy(min_smoke_case_count=0)),
        ROLLBACK,
        "too_few",
        OPEN,
    ),
    "a case was not answered": (lambda: rehearsed(answered_count=24), ROLLBACK, "unanswered", FAIL),
    "more was answered than asked": (lambda: rehearsed(answered_count=26), ROLLBACK, "unanswered", FAIL),
    "the way back takes too long": (lambda: rehearsed(seconds=300.5), ROLLBACK, "too_slow", FAIL),
    "the way back was not measured": (lambda: rehearsed(seconds=0.0), ROLLBACK, "not_measured", OPEN),
    "the time of the way back is no number": (lambda: rehearsed(seconds=math.nan), ROLLBACK, "not_measured", OPEN),
    "the time of the way back is infinite": (lambda: rehearsed(seconds=math.inf), ROLLBACK, "not_measured", OPEN),
    "the rehearsal is too old": (lambda: rehearsed(at=MORNING - 31 * DAY), ROLLBACK, "stale", OPEN),
    "the rehearsal is still to come": (lambda: rehearsed(at=MORNING + 2 * DAY), ROLLBACK, "in_the_future", OPEN),
    "there is neither rehearsal nor drill": (
        lambda: release_inputs(spec=a_release_spec(smoke=None), rehearsal=None),
        ROLLBACK,
        "missing_record",
        OPEN,
    ),
    "a rehearsal stands in for the drill": (lambda: release_inputs(spec=a_release_spec(smoke=None)), ROLLBACK, "missing_record", OPEN),
    "a drill stands in for the rehearsal": (
        lambda: replace(with_drill(), spec=a_release_spec()),
        ROLLBACK,
        "not_rehearsed",
        OPEN,
    ),
    "a drill was to another version": (lambda: with_drill(version="0"), ROLLBACK, "other_version", FAIL),
    "a drill names no version": (lambda: with_drill(version=""), ROLLBACK, "other_version", FAIL),
    "a drill took too long": (lambda: with_drill(measured_seconds=301), ROLLBACK, "too_slow", FAIL),
    "a drill was not measured": (lambda: with_drill(measured_seconds=None), ROLLBACK, "not_measured", OPEN),
    "a drill is too old": (lambda: with_drill(approved_on=TODAY - 31 * DAY), ROLLBACK, "stale", OPEN),
    "a drill failed": (lambda: with_drill(outcome="failed"), ROLLBACK, "not_approved", FAIL),
    "a drill is the maker's own": (lambda: with_drill(by=MAKER.upper()), ROLLBACK, "own_work", FAIL),
    "a drill is unsigned": (lambda: with_drill(signature=SignatureAnswer()), ROLLBACK, "no_signature", FAIL),
    "a drill is signed in a role that may not": (lambda: with_drill(role="product_owner"), ROLLBACK, "wrong_role", FAIL),
    "a drill holds no more": (lambda: with_drill(expires_on=TODAY), ROLLBACK, "expired", FAIL),
    "nobody made the candidate": (lambda: proposed(made_by=()), SIGN_OFF, "no_makers", OPEN),
    "somebody without a name made the candidate": (lambda: proposed(made_by=(MAKER, " ")), SIGN_OFF, "no_makers", OPEN),
    "nobody proposes it": (lambda: release_inputs(proposed_by=" "), SIGN_OFF, "no_proposer", OPEN),
    "policy asks nobody to sign": (
        lambda: release_inputs(policy=a_release_policy(sign_off=replace(a_release_policy().sign_off, roles=()))),
        SIGN_OFF,
        "not_configured",
        OPEN,
    ),
    "the system is held": (lambda: release_inputs(holds=(a_release_hold(),)), CONDITIONS, "preservation_hold", FAIL),
    "nobody knows what is in force": (lambda: release_inputs(in_force=()), CONDITIONS, "in_force_unknown", OPEN),
    "what is in force serves nothing": (
        lambda: release_inputs(in_force=(ServingVersion(CHAMPION, 0),)),
        CONDITIONS,
        "in_force_unknown",
        OPEN,
    ),
    "another version is in force": (lambda: release_inputs(in_force=(ServingVersion("7", 100),)), CONDITIONS, "champion_replaced", OPEN),
    "the candidate is in force already": (
        lambda: release_inputs(in_force=(ServingVersion(CANDIDATE, 100),)),
        CONDITIONS,
        "champion_replaced",
        OPEN,
    ),
    "the champion has the smaller share": (
        lambda: release_inputs(in_force=(ServingVersion("7", 60), ServingVersion(CHAMPION, 40))),
        CONDITIONS,
        "champion_replaced",
        OPEN,
    ),
    "the error budget is used up": (lambda: budgeted({1: 34.6}), CONDITIONS, "budget_frozen", FAIL),
    "the error budget was not read": (lambda: release_inputs(budget=None), CONDITIONS, "unreadable_budget", OPEN),
    "the error budget cannot be read": (lambda: budgeted(problem="ops/outages.csv: no such file"), CONDITIONS, "unreadable_budget", OPEN),
    "no day was observed": (lambda: budgeted(minutes_by_day={}), CONDITIONS, "unobserved_days", OPEN),
    "one day was not observed": (lambda: budgeted(days=29), CONDITIONS, "unobserved_days", OPEN),
    "the window has no days": (lambda: release_inputs(policy=a_release_policy(window_days=0)), CONDITIONS, "unobserved_days", OPEN),
    "a day gave minutes back": (lambda: budgeted({3: -40.0, 4: 40.0}), CONDITIONS, "no_minutes", OPEN),
    "a day's minutes are no number": (lambda: budgeted({3: math.nan}), CONDITIONS, "no_minutes", OPEN),
    "a day is longer than days are": (lambda: budgeted({3: 1501.0}), CONDITIONS, "no_minutes", OPEN),
    "the budget is nothing": (lambda: release_inputs(policy=a_release_policy(budget_minutes=0.0)), CONDITIONS, "not_configured", OPEN),
    "something went wrong while reading": (
        lambda: release_inputs(findings=(Finding("reading", "archive", OPEN, "errored", "archive: expected an answer, found none"),)),
        CONDITIONS,
        "errored",
        OPEN,
    ),
}


@pytest.mark.parametrize("inputs", [release_inputs, with_drill], ids=["rehearsed", "drilled"])
def test_without_a_fault_a_release_passes(inputs: Fault) -> None:
    decision = judge_release(inputs())
    assert (decision.verdict, decision.action, decision.reasons) == (Verdict.PASS, GateAction.APPROVE, ())


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_never_passes_and_is_named_by_its_gate(name: str) -> None:
    fault, gate, code, verdict = FAULTS[name]
    decision = judge_release(fault())
    assert decision.verdict is not Verdict.PASS and decision.action is GateAction.HOLD
    named = [one for one in decision.findings if one.reason_code == code and one.check in (gate or ("conditions", "reading"))]
    assert named and {one.verdict for one in named} == {verdict}
    assert code in {reason.code for reason in decision.reasons}
    if gate:
        (standing,) = [one for one in decision.gates if one.gate is gate]
        assert standing.verdict is not Verdict.PASS and standing.reason


@pytest.mark.parametrize("name", FAULTS)
def test_a_decision_about_a_fault_can_be_kept_and_is_the_same_every_time(name: str) -> None:
    fault, *_ = FAULTS[name]
    assert record_json(judge_release(fault())) == record_json(judge_release(fault()))


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_told_of_a_fault_says_what_was_expected_and_found(name: str) -> None:
    fault, _, code, _ = FAULTS[name]
    told = [one.reason for one in judge_release(fault()).findings if one.reason_code == code]
    given = code in ("unreadable_card", "unreadable_record", "unreadable_budget", "errored")
    assert given or all("expected" in text and "found" in text for text in told)


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_at_fault_is_not_told_as_right_beside_it(name: str) -> None:
    fault, *_ = FAULTS[name]
    findings = [one for one in judge_release(fault()).findings if one.blocking]
    broken = {(one.check, one.subject) for one in findings if one.verdict is not Verdict.PASS}
    assert not broken & {(one.check, one.subject) for one in findings if one.verdict is Verdict.PASS}


def test_every_gate_and_condition_has_faults_enough() -> None:
    by_gate = [gate for _, gate, _, _ in FAULTS.values()]
    assert len(FAULTS) > 100 and all(by_gate.count(gate) > 3 for gate in (*PreDeploymentGate, CONDITIONS))


# Two that say in which way the way back is shown make one that is shown in the other.
MIXED = sorted(name for name in FAULTS if "drill" not in name and "purpose" not in name)


@given(st.sets(st.sampled_from(MIXED), min_size=1, max_size=4))
def test_faults_never_make_up_for_each_other(names: set[str]) -> None:
    assert judge_release(combined(names)).verdict is not Verdict.PASS


@given(st.sampled_from(sorted(FAULTS)), st.sampled_from([Verdict.PASS, OPEN, FAIL]), st.booleans(), st.booleans())
def test_one_more_finding_or_hold_never_makes_it_better(name: str, verdict: Verdict, is_blocking: bool, is_held: bool) -> None:
    fault, *_ = FAULTS[name]
    inputs = fault()
    found = Finding("reading", "something", verdict, "told", "something was told", is_blocking)
    worse = replace(inputs, findings=(*inputs.findings, found), holds=(*inputs.holds, *((a_release_hold(),) if is_held else ())))
    before, after = judge_release(inputs).verdict, judge_release(worse).verdict
    assert badness(after) >= max(badness(before), badness(FAIL) if is_held else 0, badness(verdict) if is_blocking else 0)


@given(st.sampled_from([None, *sorted(FAULTS)]), st.randoms(use_true_random=False))
def test_no_order_of_what_was_read_changes_what_is_decided(name: str | None, chance: Random) -> None:
    inputs = FAULTS[name][0]() if name else release_inputs()
    lists: dict[str, Any] = {one: shuffled(getattr(inputs, one), chance) for one in ("cards", "records", "holds", "in_force", "findings")}
    mixed = replace(inputs, **lists)
    first, second = judge_release(inputs), judge_release(mixed)
    assert (first.verdict, first.action) == (second.verdict, second.action)
    assert {one.code for one in first.reasons} == {one.code for one in second.reasons}
    assert [(one.gate, one.verdict) for one in first.gates] == [(one.gate, one.verdict) for one in second.gates]


def combined(names: set[str]) -> ReleaseInputs:
    """Return inputs with the faults of all ``names``; where two change one thing, the later one has it."""
    sound = release_inputs()
    made = sound
    for name in sorted(names):
        faulty = FAULTS[name][0]()
        changed: dict[str, Any] = {
            one.name: value for one in fields(ReleaseInputs) if (value := getattr(faulty, one.name)) != getattr(sound, one.name)
        }
        made = replace(made, **changed)
    return made


def shuffled(values: tuple[Any, ...], chance: Random) -> tuple[Any, ...]:
    return tuple(chance.sample(values, len(values)))

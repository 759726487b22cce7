"""The five gates and the conditions together: what passes, what a gate says of itself, and the line in the release calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from checks import release_gates
from checks.release_gates import judge_release
from registry.domain.approving import SignatureAnswer, SignatureVerdict
from registry.domain.decision import Finding, Verdict
from registry.domain.gate import GateAction, ServingVersion
from registry.domain.release import CardKind, PreDeploymentGate, RecordKind
from registry.domain.release_run import GateStanding, ReleaseDecision, ReleaseInputs
from registry.domain.release_sealed import release_id_of
from tests.release_builders import (
    CANDIDATE,
    CHAMPION,
    GOVERNANCE,
    MAKER,
    MORNING,
    OWNER,
    OWNERS,
    PURPOSE,
    RISK,
    TEXTS,
    TODAY,
    a_budget,
    a_judged,
    a_proposal,
    a_rehearsal,
    a_release_hold,
    a_release_policy,
    a_release_spec,
    a_released_system,
    release_inputs,
    with_card,
    with_drill,
    with_record,
    with_section,
)

DAY = timedelta(days=1)
MODEL, DPIA = CardKind.MODEL_CARD, RecordKind.DPIA


def gate(decision: ReleaseDecision, which: PreDeploymentGate) -> GateStanding:
    (found,) = [one for one in decision.gates if one.gate is which]
    return found


def told(inputs: ReleaseInputs, *codes: str) -> list[Finding]:
    return [one for one in judge_release(inputs).findings if one.reason_code in codes]


def test_a_release_of_which_nothing_is_known_is_held() -> None:
    nothing: dict[str, Any] = dict.fromkeys(("judged", "rehearsal", "budget")) | dict.fromkeys(("cards", "records", "in_force"), ())
    decision = judge_release(release_inputs(**nothing, proposal=a_proposal(made_by=(), change="", rollback_plan="")))
    assert (decision.verdict, decision.action) == (Verdict.FAIL, GateAction.HOLD)
    assert {one.verdict for one in decision.gates} == {Verdict.FAIL, Verdict.INCONCLUSIVE}
    assert (decision.candidate.version, decision.gate_event, decision.gate_bundle) == ("", 0, "")


def test_without_a_judged_candidate_no_gate_passes_that_is_about_one() -> None:
    decision = judge_release(release_inputs(judged=None))
    assert [one.gate for one in decision.gates if one.verdict is Verdict.PASS] == [PreDeploymentGate.COMPLIANCE]
    assert {one.reason_code for one in decision.findings if one.subject == "in force"} == {"in_force_unknown"}


def test_a_release_of_which_everything_was_shown_passes_and_waits_for_people() -> None:
    decision = judge_release(release_inputs())
    assert [(one.gate, one.verdict) for one in decision.gates] == [
        (PreDeploymentGate.DOCUMENTATION, Verdict.PASS),
        (PreDeploymentGate.EVALUATION, Verdict.PASS),
        (PreDeploymentGate.COMPLIANCE, Verdict.PASS),
        (PreDeploymentGate.ROLLBACK, Verdict.PASS),
        (PreDeploymentGate.SIGN_OFF, Verdict.INCONCLUSIVE),
    ]
    sign_off = gate(decision, PreDeploymentGate.SIGN_OFF).reason
    assert OWNER in sign_off and GOVERNANCE in sign_off and "14 days" in sign_off
    (waiting,) = [one for one in decision.findings if one.reason_code == "not_signed"]
    assert waiting.verdict is Verdict.INCONCLUSIVE and not waiting.blocking
    assert (decision.candidate.version, decision.champion.version, decision.gate_event) == (CANDIDATE, CHAMPION, 7)
    assert (decision.proposed_by, decision.made_by) == ("rel@bank.example", (MAKER,))


def test_a_canary_of_the_evaluation_gate_stays_one() -> None:
    decision = judge_release(release_inputs(judged=a_judged(action=GateAction.CANARY)))
    assert (decision.verdict, decision.action) == (Verdict.PASS, GateAction.CANARY)
    assert decision.calendar.canary == "needed first: alias canary, at most 10 % of the traffic"


def test_what_blocks_any_release_leaves_the_gates_as_they_are() -> None:
    decision = judge_release(release_inputs(holds=(a_release_hold(),)))
    assert (decision.verdict, decision.action) == (Verdict.FAIL, GateAction.HOLD)
    assert {one.verdict for one in decision.gates[:4]} == {Verdict.PASS}


def test_a_gate_without_a_blocking_finding_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing_blocking(_: ReleaseInputs) -> tuple[Finding, ...]:
        return (Finding("compliance", "DPIA", Verdict.PASS, "noted", "something was noted", blocking=False),)

    monkeypatch.setitem(release_gates._JUDGES, PreDeploymentGate.COMPLIANCE, nothing_blocking)
    decision = judge_release(release_inputs())
    assert (decision.verdict, decision.action) == (Verdict.INCONCLUSIVE, GateAction.HOLD)
    assert gate(decision, PreDeploymentGate.COMPLIANCE).verdict is Verdict.INCONCLUSIVE


def test_the_calendar_says_all_that_the_forum_reads() -> None:
    entry = judge_release(release_inputs()).calendar
    assert entry.release_id.startswith("REL-20260302-")
    assert (entry.on, entry.review_on, entry.risk_tier, entry.owner) == (TODAY, TODAY + 30 * DAY, "high", OWNER)
    assert entry.evidence_required == (
        "model card",
        "system card",
        "decision of the evaluation gate",
        "DPIA",
        "TRA",
        "rollback rehearsal",
        "signature of the product owner",
        "signature of the governance lead",
    )
    assert a_judged().bundle_digest in entry.decision_log and "event 7" in entry.decision_log


@pytest.mark.parametrize("days", [1, 30])
def test_the_review_may_be_sooner_than_policy_has_it(days: int) -> None:
    decision = judge_release(release_inputs(proposal=a_proposal(review_on=TODAY + days * DAY)))
    assert decision.verdict is Verdict.PASS and decision.calendar.review_on == TODAY + days * DAY


def test_the_inputs_of_a_decision_are_named_by_their_digests() -> None:
    decision = judge_release(release_inputs())
    assert [one.name for one in decision.inputs] == [
        "decision of the evaluation gate",
        "cards/model.md",
        "cards/system.md",
        "records/dpia.yaml",
        "records/tra.yaml",
        "smoke cases",
        "error budget",
    ]
    assert all(one.digest.startswith("sha256:") for one in decision.inputs)


def test_a_system_without_an_error_budget_is_told_and_not_frozen() -> None:
    decision = judge_release(release_inputs(spec=a_release_spec(error_budget=None), budget=None))
    assert decision.verdict is Verdict.PASS
    assert [(one.subject, one.reason_code) for one in decision.not_evaluated] == [("error budget", "not_configured")]


@pytest.mark.parametrize("others", [{}, {"prompt": ()}, {"index": (ServingVersion("3", 100),)}])
def test_versions_that_nobody_recorded_are_listed_as_not_compared(others: dict[str, tuple[ServingVersion, ...]]) -> None:
    decision = judge_release(replace(with_card(MODEL, versions={"model": CANDIDATE, "prompt": "7"}), others=others))
    assert decision.verdict is Verdict.PASS
    assert ["prompt" in one.reason for one in decision.not_evaluated] == [True]


@pytest.mark.parametrize("serving", [(ServingVersion("7", 100),), (ServingVersion("8", 90), ServingVersion("7", 10))])
def test_a_card_that_names_what_serves_beside_the_candidate_is_right(serving: tuple[ServingVersion, ...]) -> None:
    decision = judge_release(replace(with_card(MODEL, versions={"model": CANDIDATE, "prompt": "7"}), others={"prompt": serving}))
    assert (decision.verdict, decision.not_evaluated) == (Verdict.PASS, ())


def test_a_card_need_not_name_what_serves_beside_the_candidate() -> None:
    assert judge_release(release_inputs(others={"prompt": (ServingVersion("7", 100),)})).verdict is Verdict.PASS


@pytest.mark.parametrize(
    "heading", ["intended use", "1. Intended use", "2.1 INTENDED  USE:", "Intended Use"], ids=["case", "number", "mark", "as it is"]
)
def test_a_heading_may_be_written_in_another_way(heading: str) -> None:
    texts = {(heading if name == "Intended use" else name): TEXTS[name] for name in ("Intended use", "Training data", "Evaluation")}
    decision = judge_release(with_card(MODEL, sections={**texts, "Limitations": TEXTS["Limitations"], "Appendix": ""}))
    assert gate(decision, PreDeploymentGate.DOCUMENTATION).verdict is Verdict.PASS


def test_a_section_that_stands_twice_is_read_whole() -> None:
    half, rest = TEXTS["Limitations"][:20], TEXTS["Limitations"][20:]
    sections = {name: TEXTS[name] for name in ("Intended use", "Training data", "Evaluation")}
    decision = judge_release(with_card(MODEL, sections={**sections, "Limitations": half, "4 Limitations": rest}))
    assert gate(decision, PreDeploymentGate.DOCUMENTATION).verdict is Verdict.PASS


@pytest.mark.parametrize("line", ["Loans | 12 | n/a", "0", "99 %", "1 | 1", "⚠", "", "See the appendix [2].", "No known incident."])
def test_a_line_that_says_little_is_no_placeholder(line: str) -> None:
    decision = judge_release(with_section(MODEL, "Limitations", f"{TEXTS['Limitations']}\n{line}"))
    assert gate(decision, PreDeploymentGate.DOCUMENTATION).verdict is Verdict.PASS


@pytest.mark.parametrize(
    "line", ["TODO", "tbd: by the data owner", "...", "…", "?", "____", "{{ fill in }}", "<describe the risks>", "[insert here]", "xxx"]
)
def test_a_line_that_holds_the_place_of_a_text_fails_its_section(line: str) -> None:
    (found,) = told(with_section(MODEL, "Limitations", f"{TEXTS['Limitations']}\n{line}\nMore text."), "empty_section")
    assert "Limitations" in found.reason and line.split(maxsplit=1)[0] in found.reason


@pytest.mark.parametrize(
    ("text", "is_enough"), [("one two three four five six seven eight", True), ("one two three four five six seven", False)]
)
def test_a_section_has_at_least_the_words_that_policy_asks_for(text: str, is_enough: bool) -> None:
    assert (told(with_section(MODEL, "Limitations", text), "empty_section") == []) is is_enough


def test_a_card_may_name_the_candidate_by_its_digest() -> None:
    assert judge_release(with_card(MODEL, versions={"model": a_judged().candidate.digest})).verdict is Verdict.PASS


@pytest.mark.parametrize("decision", ["", a_judged().bundle_digest, a_judged().bundle_digest[:20], a_judged().bundle_digest[7:15].upper()])
def test_a_decision_is_named_by_its_digest_or_its_beginning(decision: str) -> None:
    assert judge_release(release_inputs(proposal=a_proposal(decision=decision))).verdict is Verdict.PASS


def test_a_decision_counts_to_the_last_day_of_its_age() -> None:
    assert judge_release(release_inputs(judged=a_judged(decided_on=TODAY - 14 * DAY))).verdict is Verdict.PASS
    assert judge_release(release_inputs(judged=a_judged(decided_on=TODAY))).verdict is Verdict.PASS


def test_a_decision_on_the_reserve_counts_where_one_is_kept() -> None:
    assert judge_release(release_inputs(judged=a_judged(needs_reserve=True, on_reserve=True))).verdict is Verdict.PASS


def test_an_assessment_holds_until_the_day_before_it_expires() -> None:
    inputs = with_record(DPIA, expires_on=TODAY + DAY)
    assert judge_release(inputs).verdict is Verdict.PASS
    (ending,) = told(inputs, "ends_soon")
    assert not ending.blocking and str(TODAY + DAY) in ending.reason


def test_an_assessment_may_be_approved_on_the_day_of_the_release() -> None:
    assert judge_release(with_record(DPIA, approved_on=TODAY)).verdict is Verdict.PASS


def test_an_assessment_that_outlasts_the_decision_ends_not_soon() -> None:
    assert told(with_record(DPIA, expires_on=TODAY + 15 * DAY), "ends_soon") == []
    assert len(told(with_record(DPIA, expires_on=TODAY + 14 * DAY), "ends_soon")) == 1


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (SignatureAnswer(SignatureVerdict.BAD_SIGNATURE, reason="a request"), "a signature of other bytes, so it was edited"),
        (SignatureAnswer(SignatureVerdict.NOT_A_SIGNATURE, reason="no armor"), "a file beside it that is no SSH signature"),
        (SignatureAnswer(SignatureVerdict.NOT_ALLOWED, reason="expected a key that is listed"), "expected a key that is listed"),
        (SignatureAnswer(SignatureVerdict.KEY_REVOKED), "key revoked"),
    ],
)
def test_what_is_wrong_with_a_signature_is_told_in_words_of_the_record(answer: SignatureAnswer, found: str) -> None:
    (one,) = told(with_record(DPIA, signature=answer), answer.verdict.value)
    assert f"found: {found}" in one.reason and RISK in one.reason and "a request" not in one.reason


def test_records_and_cards_are_counted_where_there_are_too_few_or_too_many() -> None:
    assert "found none" in told(release_inputs(records=()), "missing_record")[0].reason
    assert "found 2" in told(release_inputs(records=release_inputs().records * 2), "several_records")[0].reason
    assert "found none" in told(release_inputs(cards=()), "missing_card")[0].reason
    assert "found 2" in told(release_inputs(cards=release_inputs().cards * 2), "several_cards")[0].reason


def test_a_purpose_may_be_written_with_other_marks_and_case() -> None:
    assert judge_release(with_record(DPIA, purpose=PURPOSE.upper().replace(",", " -"))).verdict is Verdict.PASS


def test_a_tier_that_needs_no_assessment_is_told_as_such() -> None:
    decision = judge_release(release_inputs(system=a_released_system(risk_tier="low"), records=()))
    standing = gate(decision, PreDeploymentGate.COMPLIANCE)
    assert (standing.verdict, standing.reason) == (Verdict.PASS, "policy asks for no assessment of a system of tier low")


def test_every_assessment_is_told_by_itself() -> None:
    inputs = replace(with_record(DPIA, outcome="rejected", expires_on=TODAY, system_id="other"))
    standing = gate(judge_release(inputs), PreDeploymentGate.COMPLIANCE).reason
    assert all(word in standing for word in ("rejected", "other", str(TODAY))) and "tra.yaml" not in standing


@pytest.mark.parametrize("seconds", [0.001, 299.9, 300.0])
def test_a_way_back_within_the_limit_is_fast_enough(seconds: float) -> None:
    assert judge_release(release_inputs(rehearsal=a_rehearsal(seconds=seconds))).verdict is Verdict.PASS


@pytest.mark.parametrize("later", [timedelta(minutes=4), DAY])
def test_a_rehearsal_for_this_decision_may_end_after_its_instant(later: timedelta) -> None:
    assert judge_release(release_inputs(rehearsal=a_rehearsal(at=MORNING + later))).verdict is Verdict.PASS


@pytest.mark.parametrize(("count", "least"), [(20, 20), (1, 1), (1, 0)])
def test_as_many_smoke_cases_as_policy_asks_for_are_enough(count: int, least: int) -> None:
    inputs = release_inputs(rehearsal=a_rehearsal(asked_count=count, answered_count=count))
    assert judge_release(replace(inputs, policy=a_release_policy(min_smoke_case_count=least))).verdict is Verdict.PASS


def test_the_time_of_the_way_back_is_told_beside_its_limit() -> None:
    (tried,) = told(release_inputs(), "rehearsed")
    (drilled,) = told(with_drill(), "drilled")
    (slow,) = told(release_inputs(rehearsal=a_rehearsal(seconds=412.0)), "too_slow")
    assert [(one.value, one.limit, one.n) for one in (tried, drilled, slow)] == [
        (40.0, 300.0, 25),
        (180.0, 300.0, None),
        (412.0, 300.0, None),
    ]
    assert "412 seconds" in slow.reason and "within 5 minutes" in slow.reason


def test_a_rehearsal_counts_to_the_last_day_of_its_age() -> None:
    assert judge_release(release_inputs(rehearsal=a_rehearsal(at=MORNING - 30 * DAY))).verdict is Verdict.PASS


def test_a_drill_needs_no_end_and_no_purpose() -> None:
    decision = judge_release(with_drill(expires_on=None, purpose=""))
    assert decision.verdict is Verdict.PASS and "rollback drill" in decision.calendar.evidence_required


def test_a_champion_that_shares_the_traffic_is_in_force() -> None:
    decision = judge_release(release_inputs(in_force=(ServingVersion(CHAMPION, 90), ServingVersion(CANDIDATE, 10))))
    (found,) = [one for one in decision.findings if one.subject == "in force"]
    assert decision.verdict is Verdict.PASS and found.reason_code == "traffic_shared" and "10 %" in found.reason


@pytest.mark.parametrize("share", [1, 40])
def test_a_champion_of_which_only_a_part_is_recorded_is_in_force(share: int) -> None:
    assert judge_release(release_inputs(in_force=(ServingVersion(CHAMPION, share),))).verdict is Verdict.PASS


def test_a_hold_of_another_system_holds_only_that_one() -> None:
    inputs = release_inputs(holds=(a_release_hold(system_id="fraud_filter"),))
    assert judge_release(inputs).verdict is Verdict.PASS and len(told(inputs, "not_held")) == 1
    assert told(release_inputs(holds=(a_release_hold(),)), "not_held") == []


def test_every_hold_is_told_with_the_command_that_ends_it() -> None:
    holds = (a_release_hold(), a_release_hold(hold_id="preserve-abcdefabcdef", issue_id="ISS-2"))
    found = told(release_inputs(holds=holds), "preservation_hold")
    assert len(found) == 2 and "proofloop issue release-hold ISS-2 --hold preserve-abcdefabcdef" in found[1].reason


@pytest.mark.parametrize(("lost", "verdict"), [(0.0, Verdict.PASS), (34.56, Verdict.PASS), (34.57, Verdict.FAIL)])
def test_the_error_budget_freezes_below_a_fifth_and_not_at_it(lost: float, verdict: Verdict) -> None:
    inputs = release_inputs(budget=a_budget({1: lost / 4, 9: lost / 2, 30: lost / 4}))
    (found,) = told(inputs, "budget_left", "budget_frozen")
    assert judge_release(inputs).verdict is verdict and found.value == pytest.approx(1 - lost / 43.2)


def test_a_day_may_be_lost_whole_even_one_of_twenty_five_hours() -> None:
    inputs = release_inputs(budget=a_budget({4: 1500.0}), policy=a_release_policy(budget_minutes=0.5))
    assert told(inputs, "no_minutes", "not_configured") == [] and len(told(inputs, "budget_frozen")) == 1


@pytest.mark.parametrize(("days", "named"), [(27, "and"), (26, "and 1 more")])
def test_days_without_minutes_are_named_but_not_all_of_them(days: int, named: str) -> None:
    (found,) = told(release_inputs(budget=a_budget(days=days)), "unobserved_days")
    assert found.n == 30 - days and "2026-01-31, 2026-02-01, 2026-02-02" in found.reason
    assert ("and 1 more" in found.reason) is (named == "and 1 more")


def test_minutes_of_today_and_of_long_ago_do_not_count() -> None:
    assert judge_release(release_inputs(budget=a_budget({0: 900.0, 31: 900.0}))).verdict is Verdict.PASS


def test_a_budget_that_is_used_up_is_frozen_whatever_days_are_missing() -> None:
    decision = judge_release(release_inputs(budget=a_budget({1: 40.0}, days=3)))
    assert decision.verdict is Verdict.FAIL
    assert {one.reason_code for one in decision.findings if one.subject == "error budget"} == {"unobserved_days", "budget_frozen"}


@pytest.mark.parametrize(
    ("owners", "hands", "said"),
    [
        ({"product_owner": MAKER}, {}, "made it"),
        ({"product_owner": "Rel@bank.example"}, {}, "proposes it"),
        ({"governance_lead": OWNER}, {}, "signs as product owner"),
    ],
    ids=["maker", "proposer", "twice"],
)
def test_an_owner_who_may_not_sign_is_told_and_blocks_nothing(owners: dict[str, str], hands: dict[str, Any], said: str) -> None:
    inputs = release_inputs(system=a_released_system(owners={**OWNERS, **owners}), **hands)
    (found,) = told(inputs, "may_not_sign")
    assert said in found.reason and not found.blocking and judge_release(inputs).verdict is Verdict.PASS


def test_a_role_without_an_owner_still_has_to_sign() -> None:
    decision = judge_release(release_inputs(system=a_released_system(owners={})))
    assert "waits for product owner and governance lead" in gate(decision, PreDeploymentGate.SIGN_OFF).reason
    assert decision.verdict is Verdict.PASS and decision.calendar.owner == "rel@bank.example"


def test_policy_may_ask_for_one_card_only() -> None:
    inputs = release_inputs(policy=a_release_policy(sections={MODEL: ("Intended use",)}), cards=release_inputs().cards[:1])
    assert judge_release(inputs).verdict is Verdict.PASS


def test_what_was_sealed_before_the_policy_was_looked_at_is_judged_as_it_was_and_has_its_id() -> None:
    before = release_inputs(gate_policy_digest=None, judged=a_judged(policy_digest=None))
    assert judge_release(before).verdict is Verdict.PASS
    assert release_id_of(before) != release_id_of(release_inputs())
    assert release_id_of(before) == "REL-20260302-10478838"

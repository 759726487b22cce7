"""The page of a release: what a reviewer who does not code can say from page one, and that nothing disappears from it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from registry.domain.canonical import digest_bytes
from registry.domain.decision import Finding, NotEvaluated, Verdict
from registry.domain.feed import FileRef
from registry.domain.gate import GateAction, ServingVersion
from registry.domain.release import CardKind, PreDeploymentGate, RecordKind
from registry.domain.release_run import ReleaseDecision, ReleaseInputs
from reports.release_page import MAX_ROWS, render_release
from reports.release_words import GATE_QUESTIONS, GATE_WORDS, PAPER_WORDS
from reports.rendering import CONTENT_SECURITY_POLICY
from tests import release_builders as build
from tests.payloads import PAYLOADS
from tests.reports import release_samples as samples
from tests.reports.test_triage_page import Page

LATER = build.MORNING + timedelta(days=1)


def text_of(decision: ReleaseDecision, inputs: ReleaseInputs, **options: Any) -> str:
    page = render_release(decision, inputs, **options)
    return Page(re.sub(rb"<style>.*?</style>", b"", page, flags=re.DOTALL)).text


def box_of(decision: ReleaseDecision, inputs: ReleaseInputs, **options: Any) -> str:
    """Return the text of the box at the top."""
    return text_of(decision, inputs, **options).partition("gates pass before")[0]


def part_of(text: str, start: str, end: str) -> str:
    """Return what stands between two headings; the links at the top name them first."""
    return text.rpartition(start)[2].partition(end)[0]


def test_a_release_of_which_nothing_is_there_is_never_shown_as_good() -> None:
    decision, inputs = samples.nothing()
    page, text = render_release(decision, inputs), text_of(decision, inputs)

    assert b'class="verdict pass"' not in page
    assert "May another model be put in force?" in text
    assert "No: the evaluation gate decided nothing about what is proposed; what is in force stays." in text
    assert "0 of 4 gates pass" in text
    assert "No decision The gate decided nothing about this candidate." in text
    assert "Nobody recorded what is in force." in text
    assert "No input was read." in text
    assert text.count("Nobody named The catalogue names nobody") == 2


def test_page_one_of_a_pass_says_that_it_puts_nothing_in_force_and_asks_those_who_sign_by_when() -> None:
    text = box_of(*samples.a_pass())

    assert "May version 2 be put in force in place of version 1?" in text
    assert "Pass: sign-off is asked for" in text
    assert "Yes, once it is signed off: version 2 may be put in force in place of version 1." in text
    assert "Nothing is put in force by this page: that takes their signatures." in text
    assert "Asked of ana@bank.example (product owner) and gov@bank.example (governance lead): read this page" in text
    assert "sign by Mon 16 Mar 2026, 08:00 UTC" in text
    assert "override" not in text.lower()


def test_page_one_of_a_failure_says_why_and_what_an_override_would_take() -> None:
    decision, inputs = samples.judged(build.with_record(RecordKind.DPIA, outcome="refused"))
    text = box_of(decision, inputs)

    assert decision.verdict is Verdict.FAIL
    assert "Fail: keep what is in force" in text
    assert "No: version 2 must not be put in force; version 1 stays." in text
    assert " ".join(decision.reasons[0].text.split()) in text
    assert "Asked of rel@bank.example (model owner): repair what is named here and propose it again." in text
    assert "An override takes 2 people who sign with a reason, counts for 2 days at most, and stands on every page" in text


def test_no_override_is_offered_where_something_is_held() -> None:
    text = box_of(*samples.a_failure())

    assert "A preservation hold is in force: it has to be released first, and no override stands in its place." in text
    assert "An override takes" not in text


def test_what_is_open_is_not_told_as_bad_and_not_as_good() -> None:
    text = box_of(*samples.an_open_one())

    assert "Inconclusive: keep what is in force" in text
    assert "Not yet: it is not shown that version 2 may be put in force; version 1 stays." in text
    assert "That nothing bad was found does not make it ready." in text


def test_a_canary_is_asked_for_as_one() -> None:
    decision, inputs = samples.a_canary()

    assert decision.action is GateAction.CANARY
    assert "Pass: sign-off is asked for, on part of the traffic" in box_of(decision, inputs)
    assert "On part of the traffic first, once it is signed off: version 2 beside version 1." in box_of(decision, inputs)


@pytest.mark.parametrize("make", sorted(samples.SAMPLES))
def test_five_gates_stand_in_their_order_with_question_and_reason(make: str) -> None:
    decision, inputs = samples.SAMPLES[make]()
    gates = part_of(text_of(decision, inputs), "Five gates Each has to pass", "Who signs By")
    places = [gates.index(f"{GATE_WORDS[gate]} {GATE_QUESTIONS[gate]}") for gate in PreDeploymentGate]

    assert places == sorted(places)
    for one in decision.gates:
        assert " ".join(one.reason.split()) in gates


def test_the_last_gate_waits_for_people_unless_nobody_could_sign() -> None:
    decision, inputs = samples.a_pass()
    nobody, asked = samples.judged(build.release_inputs(proposal=build.a_proposal(made_by=())))

    assert "○ For people waits for product owner" in text_of(decision, inputs)
    assert "For people" not in text_of(nobody, asked)
    assert f"{GATE_QUESTIONS[PreDeploymentGate.SIGN_OFF]} ▲ Not shown made_by: expected who made the candidate" in text_of(nobody, asked)


def test_a_gate_without_a_reason_says_that_it_has_none() -> None:
    decision, inputs = samples.a_failure()
    bare = replace(decision, gates=tuple(replace(one, reason="") for one in decision.gates))

    assert "no reason is recorded" in text_of(bare, inputs)


def test_what_was_not_shown_is_listed_before_what_nobody_asks_for() -> None:
    decision, inputs = samples.an_open_one()
    gap = NotEvaluated("other versions in the cards", "not_compared", "only the model was compared")
    gaps = part_of(text_of(replace(decision, not_evaluated=(gap,)), inputs), "Nothing in this list was found to be fine.", "Who signs By")

    assert re.search(r"Rollback: rehearsal ▲ Not rehearsed expected 1 loaded", gaps)
    assert re.search(r"Conditions: error budget ▲ Unobserved days expected the minutes of each of 30 days", gaps)
    assert gaps.index("Unobserved days") < gaps.index("Other versions in the cards ○ Not compared only the model was compared")


def test_that_nothing_is_left_out_is_said_only_where_nothing_is() -> None:
    assert "Not evaluated Nothing: everything that policy asks for was looked at." in text_of(*samples.a_pass())
    for make in (samples.an_open_one, samples.a_failure, samples.nothing):
        assert "Nothing: everything that policy asks for was looked at." not in text_of(*make())


def test_numbers_stand_with_what_they_are_counted_out_of() -> None:
    text = text_of(*samples.a_pass())

    assert "4 of 4 gates pass before sign-off" in text
    assert "0 of 2 signed roles that policy asks" in text
    assert "25 of 25 smoke cases answered by the version before" in text
    assert "40.0 s rollback rehearsed of 300 s allowed" in text
    assert "100 % error budget left of 43.2 minutes in 30 days" in text
    assert "30 days to its review 1 Apr 2026" in text


def test_numbers_that_nobody_knows_are_not_made_up() -> None:
    for make in (samples.an_open_one, samples.nothing):
        assert "none smoke cases asked" in text_of(*make())
    assert "not known error budget left" in text_of(*samples.an_open_one())  # 18 days were not observed
    assert "7 % error budget left" in text_of(*samples.a_failure())
    assert "none error budget named in the catalogue" in text_of(*samples.nothing())
    assert "180 s rollback drill of 300 s allowed, by the record" in text_of(*samples.a_drill())


def test_a_rehearsal_whose_time_was_not_computed_is_alarming() -> None:
    decision, inputs = samples.a_pass()
    page = render_release(decision, replace(inputs, rehearsal=build.a_rehearsal(seconds=float("nan"))))

    assert b'<li class="alarm"><b>not computed s</b>' in page


def test_everything_that_was_read_stands_with_what_it_says() -> None:
    read = part_of(text_of(*samples.a_pass()), "Everything the gates were judged from.", "What was found Every")

    for kind in (CardKind.MODEL_CARD, CardKind.SYSTEM_CARD, RecordKind.DPIA, RecordKind.TRA):
        assert PAPER_WORDS[kind] in read
    assert "pass, approve: version 2 against version 1, of 1 Mar 2026; event 7" in read
    assert "of credit_model, about model 2; 4 sections" in read
    assert "approved, by risk@bank.example (risk compliance) on 10 Feb 2026, until 27 Dec 2026" in read
    assert "Rollback rehearsal Mon 2 Mar 2026, 08:00 UTC ○ Tried version 1 answered 25 of 25 smoke cases" in read
    assert "In force now: model ○ Read version 1 (100 %)" in read


def test_what_could_not_be_read_or_trusted_says_so_where_it_would_stand() -> None:
    read = part_of(text_of(*samples.a_failure()), "Everything the gates were judged from.", "What was found Every")

    assert "Model card cards/model.md ▲ Not read cards/model.md: expected a file, found none" in read
    assert "■ Signature not good approved, by risk@bank.example" in read
    assert "; the signature is of other bytes" in read
    assert "Rollback rehearsal ▲ Not tried The version before was not asked the smoke cases." in read
    assert "■ In force set by risk@bank.example for issue ISS-1" in read


def test_a_decision_of_the_gate_that_is_not_as_it_was_sealed_is_told() -> None:
    text = text_of(*samples.judged(build.release_inputs(judged=build.a_judged(is_verified=False))))

    assert "Evaluation gate ■ Not as sealed" in text
    assert "Its package is not what the event says, or is not there." in text


def test_a_drill_says_what_was_gone_back_to_and_in_which_time() -> None:
    assert "; went back to version 1 in 180 s; key SHA256:" in text_of(*samples.a_drill())


def test_several_versions_in_force_are_all_named() -> None:
    decision, inputs = samples.a_pass()
    shared = replace(inputs, in_force=(ServingVersion("1", 90), ServingVersion("3", 10)))

    assert "version 1 (90 %) and version 3 (10 %)" in text_of(decision, shared)


@pytest.mark.parametrize("make", sorted(samples.SAMPLES))
def test_every_finding_stands_on_the_page_what_failed_first(make: str) -> None:
    decision, inputs = samples.SAMPLES[make]()
    found = part_of(text_of(decision, inputs), "Every check with its answer, what failed first.", "How to check this page")

    for finding in decision.findings:
        assert " ".join(finding.reason.split()) in found
    shapes = [shape for shape in re.findall("[■▲●]", found) if shape]
    assert shapes == sorted(shapes, key="■▲●".index)


def test_a_number_that_was_not_computed_counts_as_a_failure() -> None:
    decision, inputs = samples.a_pass()
    broken = Finding("conditions", "x", Verdict.PASS, "budget_left", "half is left", value=float("nan"))
    text = text_of(replace(decision, verdict=Verdict.FAIL, findings=(broken,)), inputs)

    assert "■ Does not pass half is left" in text
    assert "not known error budget left" in text


def test_a_decision_without_findings_is_doubtful() -> None:
    decision, inputs = samples.a_pass()

    assert "The checks found nothing at all: nobody looked, or the record is not whole." in text_of(replace(decision, findings=()), inputs)


def test_who_signs_is_asked_by_role_and_whoever_made_or_proposed_it_cannot() -> None:
    decision, inputs = samples.judged(build.release_inputs(proposal=build.a_proposal(made_by=("Ana@bank.example ",))))
    text = text_of(decision, inputs)

    assert "Governance lead ○ Not yet gov@bank.example" in text
    assert "Product owner ▲ Not yet ana@bank.example made or proposed the candidate and cannot sign it off" in text
    assert "By Mon 16 Mar 2026, 08:00 UTC; after that it has to be judged again." in text
    assert f"proofloop release request {decision.release_id} --by NAME --role ROLE --out request.json ssh-keygen" in text


def test_an_override_is_asked_for_with_its_reason() -> None:
    decision, inputs = samples.an_open_one()

    assert "--out request.json --override --reason TEXT ssh-keygen" in text_of(decision, inputs)


def test_a_page_that_was_sealed_with_its_decision_says_that_nobody_could_sign_yet() -> None:
    decision, inputs = samples.a_pass()
    text = text_of(decision, inputs)

    assert "This page was sealed with the decision, before anybody could sign." in text
    assert "Overrides None when this page was sealed." in text
    assert "Put in force Not when this page was sealed." in text
    assert "the same inputs and policy give this page again, byte for byte" in text


def test_signatures_stand_with_key_time_and_end() -> None:
    decision, inputs = samples.a_pass()
    text = text_of(decision, inputs, known=samples.known(decision, samples.both_signed()), as_of=LATER)

    assert "2 of 2 signed" in text
    assert "2 signatures so far: see who signs, below" in text
    assert (
        "Product owner counts until Mon 9 Mar 2026, 10:00 UTC ● Signed ana@bank.example, signed Mon 2 Mar 2026, 10:00 UTC with the key"
        in text
    )
    assert "Overrides None." in text
    assert "Put in force Not yet." in text
    assert "As it stood Tue 3 Mar 2026, 08:00 UTC." in text
    assert "byte for byte" not in text


def test_a_signature_that_expired_counts_no_more_and_is_still_told() -> None:
    decision, inputs = samples.a_pass()
    text = text_of(decision, inputs, known=samples.known(decision, samples.both_signed()), as_of=LATER + timedelta(days=30))

    assert "▲ Expired ana@bank.example" in text
    assert "● Signed" not in text


def test_an_override_stands_above_the_verdict_with_names_and_below_with_reasons() -> None:
    decision, inputs = samples.an_open_one()
    known = samples.known(decision, samples.both_signed(is_override=True))
    text = text_of(decision, inputs, known=known, as_of=LATER)

    assert "Overridden: its gates do not all pass ana@bank.example, gov@bank.example answered for putting it in force" in box_of(
        decision, inputs, known=known, as_of=LATER
    )
    assert text.count("Override, because: Version 1 refuses every application from Ohio since yesterday") == 4


def test_an_override_stays_on_the_page_when_it_has_expired() -> None:
    decision, inputs = samples.an_open_one()
    known = samples.known(decision, samples.both_signed(is_override=True))

    assert "Overridden: its gates do not all pass" in box_of(decision, inputs, known=known, as_of=LATER + timedelta(days=300))


def test_an_override_stays_on_the_page_when_its_key_was_disowned_since() -> None:
    decision, inputs = samples.an_open_one()
    first, second = samples.both_signed(is_override=True)
    known = replace(samples.known(decision, [second], [samples.a_switch()]), disowned=(first,))
    text = text_of(decision, inputs, known=known, as_of=LATER)

    assert "ana@bank.example, gov@bank.example answered for putting it in force" in box_of(decision, inputs, known=known, as_of=LATER)
    assert text.count("▲ Disowned ana@bank.example") == 2  # among those who sign, and among the overrides
    assert text.count("■ Override gov@bank.example") == 2 and "▲ Disowned gov@bank.example" not in text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, "● Read back version 2 put in force (100 %) in place of version 1, read back as version 2 after 1.2 s; by ops@bank.example"),
        ({"share_percent": 10}, "● Read back version 2 put on part of the traffic (10 %) in place of version 1"),
        ({"ended_event": 0, "read_back": ""}, "▲ Not ended version 2 put in force (100 %) in place of version 1: started and not ended"),
        ({"read_back": "3"}, "■ Another version version 2 put in force (100 %) in place of version 1, read back as version 3"),
        ({"is_rollback": True, "to_version": "1", "from_version": "2", "read_back": "1"}, "● Read back version 1 rolled back (100 %)"),
    ],
)
def test_what_was_put_in_force_stands_with_what_was_read_back(change: dict[str, Any], told: str) -> None:
    decision, inputs = samples.a_pass()
    known = samples.known(decision, samples.both_signed(), [samples.a_switch(**change)])

    assert told in text_of(decision, inputs, known=known, as_of=LATER)


def test_what_serves_of_other_artifacts_is_told_beside_it() -> None:
    decision, inputs = samples.a_pass()
    text = text_of(decision, replace(inputs, others={"prompt": (ServingVersion("p-4", 100),), "index": ()}))

    assert "In force now: prompt ○ Read p-4 (100 %)" in text
    assert "In force now: index ▲ Not known Nobody recorded what is in force." in text


@pytest.mark.parametrize(
    ("by", "told"),
    [
        (
            samples.a_switch(started_event=41, is_rollback=True, release_id="", to_version="1", read_back="1", by="ops@bank.example"),
            "▲ Taken back not in force any more: version 1 was put in its place by the way back, ops@bank.example",
        ),
        (
            samples.a_switch(started_event=41, release_id="REL-20260401-ffffffff", to_version="3", read_back="3"),
            "▲ Replaced not in force any more: version 3 was put in its place by release REL-20260401-ffffffff, ops@bank.example",
        ),
    ],
)
def test_what_is_not_in_force_any_more_is_said_to_be_so(by: Any, told: str) -> None:
    decision, inputs = samples.a_pass()
    known = replace(samples.known(decision, samples.both_signed(), [samples.a_switch()]), replaced_by=by)

    assert told in text_of(decision, inputs, known=known, as_of=LATER)


def test_a_page_that_was_sealed_with_its_decision_tells_no_stage() -> None:
    assert b'id="stage"' not in render_release(*samples.a_pass())


STAGES = [
    ([], [], None, "Not in force It waits for the signature of the product owner and of the governance lead."),
    ([samples.a_sign_off()], [], None, "Not in force It waits for the signature of the governance lead."),
    (samples.both_signed(), [], None, "Not in force Everybody signed whom policy asks; nobody has put it in force yet."),
    (samples.both_signed(), [samples.a_switch()], None, "In force Since Mon 2 Mar 2026, 13:00 UTC, in place of version 1."),
    (samples.both_signed(), [samples.a_switch(share_percent=10)], None, "In force for 10 % of the traffic Since Mon 2 Mar 2026, 13:00 UTC"),
    (
        samples.both_signed(),
        [samples.a_switch(ended_event=0)],
        None,
        "Not known whether it is in force A switch was started Mon 2 Mar 2026",
    ),
    (samples.both_signed(), [samples.a_switch(read_back="3")], None, "Not in force Everybody signed whom policy asks"),
    (
        samples.both_signed(),
        [samples.a_switch()],
        samples.a_switch(started_event=41, is_rollback=True, release_id="", to_version="1", read_back="1"),
        "Not in force any more Version 1 was put in its place by the way back, ops@bank.example.",
    ),
]


@pytest.mark.parametrize(("signed", "switches", "after", "told"), STAGES, ids=[case[3][:40] for case in STAGES])
def test_how_far_a_release_is_stands_before_its_verdict(signed: Any, switches: Any, after: Any, told: str) -> None:
    decision, inputs = samples.a_pass()
    known = replace(samples.known(decision, signed, switches), replaced_by=after)
    text = box_of(decision, inputs, known=known, as_of=LATER)

    assert text.index(told) < text.rindex("Pass: sign-off is asked for")


def test_signatures_that_expired_are_waited_for_again() -> None:
    decision, inputs = samples.a_pass()
    text = box_of(decision, inputs, known=samples.known(decision, samples.both_signed()), as_of=LATER + timedelta(days=30))

    assert "It waits for the signature of the product owner and of the governance lead." in text


@pytest.mark.parametrize(
    ("signed", "told"),
    [
        ((), "Its gates do not all pass, and nobody answers for it by an override that counts now."),
        (samples.both_signed(), "Its gates do not all pass, and nobody answers for it by an override that counts now."),
        (samples.both_signed(is_override=True)[:1], "It waits for the signature of the governance lead."),
        (samples.both_signed(is_override=True), "It waits for 1 more person to answer for it."),
    ],
)
def test_a_release_whose_gates_do_not_pass_waits_for_an_override_alone(signed: Any, told: str) -> None:
    decision, inputs = samples.judged(build.release_inputs(rehearsal=None, policy=build.a_release_policy(min_override_signer_count=3)))

    assert told in box_of(decision, inputs, known=samples.known(decision, signed), as_of=LATER)


def test_nobody_is_asked_to_sign_what_is_done() -> None:
    decision, inputs = samples.a_pass()
    known = samples.known(decision, samples.both_signed(), [samples.a_switch()])

    assert "Asked of" not in box_of(decision, inputs, known=known, as_of=LATER)


def test_the_line_of_the_release_calendar_is_whole() -> None:
    decision, inputs = samples.a_pass()
    line = part_of(text_of(decision, inputs), "dates follow from policy where none was given.", "What was read Everything")
    entry = decision.calendar

    for text in (entry.release_id, entry.change, entry.affected_population, entry.risk_tier, entry.owner, entry.canary, entry.rollback):
        assert " ".join(text.split()) in line
    for text in (*entry.evidence_required, entry.decision_log, "2 Mar 2026", "1 Apr 2026", build.PURPOSE):
        assert text in line


def test_what_is_pinned_stands_on_page_one_and_whole_in_the_footer() -> None:
    decision, inputs = samples.a_pass()
    asked = replace(decision, candidate=replace(decision.candidate, asked="@challenger"))
    top, _, foot = text_of(asked, inputs).partition("How to check this page This page")

    assert f"Candidate model version 2 (asked for as @challenger ) , {decision.candidate.digest[:19]} In force until now" in top
    for digest in (decision.candidate.digest, decision.champion.digest, decision.gate_bundle, decision.policy_digest):
        assert digest in foot
    assert "ledger events up to 12" in foot


def test_papers_of_the_package_are_linked_where_they_are_told_and_others_are_not() -> None:
    decision, inputs = samples.a_pass()
    names = ["decision.json", *samples.package_names(), "../outside.md"]
    page = render_release(decision, inputs, evidence=[FileRef(name, digest_bytes(b""), 0, 0) for name in names]).decode()

    assert page.count('<a href="model_card.md">') == page.count('<a href="dpia.yaml">') == 2
    assert page.count('<a href="decision.json">') == 2
    assert 'href="tra.yaml"' not in page and 'href="system_card.md"' not in page and 'href="../' not in page


def test_of_very_many_rows_some_dozens_are_shown_and_the_rest_is_counted() -> None:
    decision, inputs = samples.a_pass()
    many = tuple(Finding("documentation", f"{number}", Verdict.FAIL, "not_said", f"section {number:03}") for number in range(MAX_ROWS + 5))
    text = text_of(replace(decision, findings=many), inputs)

    assert "section 079" in text and "section 080" not in text
    assert "and 5 more in the decision record." in text


def test_a_time_is_the_systems_and_the_same_values_give_the_same_bytes() -> None:
    decision, inputs = samples.a_pass()
    away = replace(inputs, system=replace(inputs.system, timezone="America/New_York"))

    assert "Judged Mon 2 Mar 2026, 03:00 EST" in text_of(decision, away)
    assert render_release(decision, away) == render_release(*samples.a_pass()[:1], away)


@pytest.mark.parametrize("make", sorted(samples.SAMPLES))
def test_every_page_has_its_policy_one_heading_and_no_script(make: str) -> None:
    page = render_release(*samples.SAMPLES[make]()).decode()

    assert CONTENT_SECURITY_POLICY.replace("'", "&#39;") in page
    assert page.count("<h1>") == 1
    assert "<script" not in page


def hostile(text: str) -> Page:
    decision, inputs, known = samples.named_by([text])
    return Page(render_release(decision, inputs, known=known))


@pytest.mark.parametrize("payload", PAYLOADS[:40], ids=lambda payload: payload.kind)
def test_a_hostile_text_in_every_field_changes_no_tag_and_no_attribute(payload: Any) -> None:
    plain, changed = hostile("x" * 8), hostile(payload.text)

    assert [tag for tag, _ in changed.tags] == [tag for tag, _ in plain.tags]
    assert {names for _, names in changed.tags} == {names for _, names in plain.tags}

"""The page of a gate decision: what a reader who does not code can say from page one, and that nothing disappears from it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from registry.domain.decision import Finding, NotEvaluated, Verdict
from registry.domain.evaluation import FairnessSpec, MetricKind
from registry.domain.feed import FileRef
from registry.domain.gate import ComparisonState, GateAction, GateDecision, GateInputs
from registry.domain.policy_gate import TooFewAction
from registry.domain.segments import Segment
from reports.gate_cases_view import MAX_LOST, MAX_WON
from reports.gate_page import render_gate
from reports.gate_words import KIND_WORDS, REASON_WORDS
from reports.rendering import CONTENT_SECURITY_POLICY
from tests.architecture.project import ROOT
from tests.payloads import PAYLOADS
from tests.reports import gate_samples as samples
from tests.reports.test_triage_page import Page

SAMPLES = (
    samples.a_loss,
    samples.a_small_loss,
    samples.a_pass,
    samples.an_open_one,
    samples.itself,
    samples.nothing,
    samples.of_every_kind,
)


def text_of(decision: GateDecision, inputs: GateInputs, **options: Any) -> str:
    page = render_gate(decision, inputs, **options)
    return Page(re.sub(rb"<style>.*?</style>", b"", page, flags=re.DOTALL)).text


def box_of(decision: GateDecision, inputs: GateInputs) -> str:
    """Return the text of the box at the top."""
    return text_of(decision, inputs).partition("in the locked set")[0]


def test_a_decision_without_set_and_outcomes_says_what_could_not_be_read_and_is_never_shown_as_good() -> None:
    page = render_gate(*samples.nothing())
    text = text_of(*samples.nothing())

    assert b'class="verdict inconclusive"' in page
    assert "Inconclusive: keep the champion" in text
    assert "Not yet: it is not shown that gpt-4.5-preview may replace gpt-4o." in text
    assert "The locked set was changed: expected the set locked in the catalogue (sha256:aa), found another (sha256:bb)" in text
    assert "The comparison, drawn Nothing was compared." in text
    assert "Cases lost and won Nothing was compared." in text
    assert "could not be read" in text
    assert "No input was read." in text


def test_page_one_says_whether_the_candidate_may_replace_the_champion_why_not_and_what_is_asked_of_whom() -> None:
    text = box_of(*samples.a_loss())

    assert "May gpt-4.5-preview replace gpt-4o?" in text
    assert "Fail: keep the champion" in text
    assert "No: gpt-4.5-preview must not replace gpt-4o." in text
    assert "Worse in a segment: routed right, product: retail_banking: from 96.5 % to 86.0 % on 200 cases (23 lost, 2 won)." in text
    assert "allowed is \u22125.0 points." in text
    assert "Asked of model.owner@bank.example (model owner): keep the champion, look at the cases lost" in text
    assert "Asked for because: The provider retires gpt-4o in March." in text


def test_a_total_that_got_better_is_told_beside_the_segment_that_got_worse() -> None:
    text = box_of(*samples.a_hidden_loss())

    assert "All cases together: routed right, all cases: from " in text
    assert "A good total does not make up for a segment." in text
    assert "All cases together" not in box_of(*samples.a_loss())  # there it is a cause of its own


def test_the_cases_of_a_small_loss_come_first_where_nothing_is_worse() -> None:
    text = text_of(*samples.a_small_loss()).partition("14 lost: right before, wrong now")[2]

    assert re.match(r"[^0]*case-000200 credit_reporting", text)


def test_what_is_open_says_how_many_cases_would_decide() -> None:
    decision, inputs = samples.an_open_one()
    needed = next(one.cases_needed for one in decision.comparisons if one.state is ComparisonState.OPEN)

    assert needed
    assert f"About {needed:,} cases like these would decide." in box_of(decision, inputs)
    assert "evaluate both versions on a larger locked set" in box_of(decision, inputs)


def test_a_comparison_that_no_number_of_cases_decides_says_so() -> None:
    decision, inputs = samples.an_open_one()
    never = tuple(replace(one, cases_needed=None) for one in decision.comparisons)

    assert "No number of cases like these is near that would decide" in box_of(replace(decision, comparisons=never), inputs)


def test_a_pass_says_that_it_puts_nothing_in_force_and_who_decides() -> None:
    text = box_of(*samples.a_pass())

    assert "Pass: may be approved" in text
    assert "Yes, as far as these 1,000 cases tell: gpt-4.5-preview may replace gpt-4o, once people have decided so." in text
    assert "Nothing is put in force by this" in text
    assert "Asked of product.owner@bank.example (product owner): decide with those who sign off" in text


def test_a_loss_that_is_more_than_chance_and_within_what_is_allowed_stands_on_page_one_of_a_pass() -> None:
    decision, inputs = samples.a_small_loss()
    text = box_of(decision, inputs)

    assert decision.verdict is Verdict.PASS
    assert "A loss, within what is allowed (more than chance, smaller than the margin):" in text
    assert "routed right, product: credit_reporting: from 97.5 % to 94.0 % on 200 cases (7 lost, 0 won)." in text


def test_the_small_losses_of_one_measure_are_one_line() -> None:
    assert "likewise in 5 segments." in box_of(*samples.a_small_loss())


def test_a_canary_is_said_with_the_reason_for_it() -> None:
    decision, inputs = samples.a_canary()

    assert decision.action is GateAction.CANARY
    assert "Pass: on part of the traffic first" in box_of(decision, inputs)
    assert "some segments had too few cases" in box_of(decision, inputs)


def test_a_version_compared_with_itself_is_told_as_a_mistake_and_not_as_a_bad_candidate() -> None:
    text = box_of(*samples.itself())

    assert "The candidate is the champion:" in text
    assert "are not two versions that could be compared" in text
    assert "a version is always as good as itself" in text
    assert "name the version that was meant" in text
    assert "repair the candidate" not in text


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (TooFewAction.BLOCK, "by policy that blocks the candidate."),
        (TooFewAction.CANARY, "by policy that asks for part of the traffic first."),
        (TooFewAction.WAIVE, "by policy that is accepted."),
    ],
)
def test_a_segment_with_too_few_cases_is_not_evaluated_whatever_policy_makes_of_it(policy: TooFewAction, said: str) -> None:
    decision, inputs = samples.judged(samples.complaint_inputs({}, policy=samples.a_policy(too_few_segments=policy)))
    gaps = text_of(decision, inputs).partition("Nothing in this list was found to be fine.")[2].partition("The comparison, drawn")[0]

    assert "channel: branch (20)" in gaps
    assert "Fewer than 30 cases that can be compared (routed right and seconds to answer), so nothing is said of them; " + said in gaps


def test_what_the_catalogue_does_not_set_up_is_listed_as_such() -> None:
    decision, inputs = samples.a_pass()
    bare = replace(inputs, spec=replace(inputs.spec, segments=(), answers=(), content=()))
    gaps = text_of(decision, bare).partition("Nothing in this list was found to be fine.")[2]

    for subject in ("Segments", "Critical cases", "Fairness", "Contract of answers", "Duplicates"):
        assert f"{subject} ○ Not set up" in gaps


def test_what_nothing_here_can_look_at_is_said_on_every_page() -> None:
    assert "Training data ○ Not set up The catalogue names no training data" in text_of(*samples.a_pass())


def test_that_each_case_was_asked_once_is_told_of_systems_that_answer_anew() -> None:
    decision, inputs = samples.a_pass()
    repeated = replace(inputs, spec=replace(inputs.spec, columns=replace(inputs.spec.columns, repeat="run")))

    assert "Repeats ○ Not set up Each case was answered once" in text_of(decision, inputs)
    assert "Repeats" not in text_of(decision, repeated)
    assert "Repeats" not in text_of(decision, replace(inputs, system=replace(inputs.system, kind="ml")))


def test_a_measure_that_was_not_compared_is_listed_though_no_number_of_it_is_there() -> None:
    assert "routed right and seconds to answer ▲ Not compared" in text_of(*samples.nothing())
    assert "Not compared" not in text_of(*samples.a_pass())


def test_what_is_set_up_and_was_not_looked_at_is_not_told_as_not_set_up() -> None:
    decision, inputs = samples.nothing()
    asked = replace(inputs, spec=replace(inputs.spec, critical="is_critical", fairness=FairnessSpec(("age",), "approve")))
    text = text_of(decision, asked)

    assert "Critical cases Set up, and not looked at." in text
    assert "Fairness Set up, and not looked at." in text


def test_other_things_that_were_not_evaluated_stand_with_their_reason() -> None:
    decision, inputs = samples.a_pass()
    gap = NotEvaluated("equal opportunity of age=80+", "too_few", "3 cases count for it")
    text = text_of(replace(decision, not_evaluated=(gap,)), inputs)

    assert "equal opportunity of age=80+ ▲ Too few cases 3 cases count for it" in text


def test_numbers_stand_with_what_they_are_counted_out_of() -> None:
    text = text_of(*samples.a_loss())

    assert "1,000 cases in the locked set" in text
    assert "999 pairs of 1,000 cases, comparable on both sides" in text
    assert "32 lost and 22 won; routed right" in text
    assert "1 error of the candidate; 0 of the champion" in text
    assert "2 refusals of the candidate; 0 of the champion" in text
    assert "1 off contract of the candidate; 0 of the champion" in text
    assert re.search(r"Candidate gpt-4.5-preview 999 of 1,000 1 1 2 0", text)


def test_what_is_pinned_stands_on_page_one_and_whole_in_the_footer() -> None:
    decision, inputs = samples.a_loss()
    top, _, foot = text_of(decision, inputs).partition("How to check this page This page")

    assert "Candidate gpt-4.5-preview (asked for as candidate ) , sha256:4b4b4b4b4b4b Champion" in top
    for digest in (decision.candidate.digest, decision.champion.digest, decision.set_digest, decision.policy_digest):
        assert digest in foot
    assert "ledger events up to 118" in foot


def test_a_decision_on_the_reserve_calls_its_set_by_that_name() -> None:
    decision, inputs = samples.a_pass()
    page = render_gate(replace(decision, on_reserve=True), inputs).decode()

    assert page.count("<dt>Reserve</dt>") == 2 and "<dt>Locked set</dt>" not in page
    assert render_gate(decision, inputs).decode().count("<dt>Locked set</dt>") == 2


def test_every_comparison_is_in_the_table_with_all_that_decides_it() -> None:
    text = text_of(*samples.a_loss()).partition("In numbers Every comparison")[2].partition("Cases lost and won")[0]

    assert re.search(r"All cases ▲ Not shown 95.3 % 94.3 % −1.0 points −2.3 to \+0.2 −2.0 32, 22 0.11 1,000", text)
    assert re.search(
        r"product: retail_banking ■ Worse than allowed 96.5 % 86.0 % −10.5 points −14.9 to −6.9 −5.0 23, 2 below 0.00001 200", text
    )
    assert re.search(r"channel: branch ▲ Too few cases −5.0 20", text)
    assert "exact McNemar" in text


def test_all_cases_stand_before_any_segment_in_plot_and_table() -> None:
    text = text_of(*samples.a_loss())

    for start in ("better Difference Cases", "Difference Allowed Lost, won Chance Cases"):
        assert text.partition(start)[2].startswith(" All cases")


def test_measures_of_every_kind_can_be_shown_in_their_own_unit() -> None:
    text = text_of(*samples.of_every_kind())

    for kind in MetricKind:
        assert f"{kind.value} {KIND_WORDS[kind]}" in text
    assert re.search(r"All cases \S \S[\w ]+ 0\.\d{3} 0\.\d{3} \S?0\.\d{3}", text)
    assert "less is better" in text
    assert "DeLong" in text


def test_a_version_that_is_a_bare_number_is_called_one() -> None:
    assert "May version 2 replace version 1?" in text_of(*samples.of_every_kind())


def test_cases_of_a_measure_that_is_passed_or_not_are_told_as_such_and_without_parts_there_is_no_column_of_them() -> None:
    text = text_of(*samples.of_every_kind()).partition("lost: right before, wrong now")[2]

    assert text.startswith(" Case Right answer, or measure Champion Candidate case-000006 passed passed not passed")
    assert "A case is listed once for each measure" in text
    assert "A case is listed once" not in text_of(*samples.a_loss())


def test_critical_cases_and_groups_of_customers_are_told_as_they_were_judged() -> None:
    decision, inputs = samples.of_every_kind()
    text = text_of(decision, inputs)

    assert "Critical cases are right ● As it should be" in text
    assert "Groups of customers are not further apart than allowed ● As it should be" in text
    assert not [one for one in ("Critical cases ○ Not set up", "Fairness ○ Not set up") if one in text]


def test_the_cases_lost_in_the_segment_that_got_worse_come_first_with_both_answers() -> None:
    text = text_of(*samples.a_loss()).partition("32 lost: right before, wrong now")[2]

    assert re.match(
        r"[^0]*case-000800 retail_banking, online product, channel retail_banking retail_banking I cannot help with that\.", text
    )
    assert (
        "case-000803 retail_banking, online product, channel retail_banking retail_banking timeout after 30 s an error, no answer" in text
    )


def test_of_many_cases_some_dozens_are_shown_and_the_rest_is_counted() -> None:
    decision, inputs = samples.a_large_one()
    lost = sum(one.is_lost for one in decision.changes)
    won = len(decision.changes) - lost
    text = text_of(decision, inputs)

    rows = text.partition("lost: right before, wrong now")[2].partition("Is it a comparison at all? What has")[0]

    assert lost > MAX_LOST > 20 and won > MAX_WON > 5
    assert len(re.findall(r"case-\d{6}", rows)) == MAX_LOST + MAX_WON
    assert f"and {lost - MAX_LOST:,} more cases lost, all of them in the decision record." in text
    assert f"and {won - MAX_WON:,} more cases won, all of them in the decision record." in text


def test_of_many_segments_those_that_got_worse_are_never_folded_away() -> None:
    decision, inputs = samples.a_large_one()
    worse = [one for one in decision.comparisons if one.state is ComparisonState.WORSE]
    open_part = re.sub(r"<details.*?</details>", "", render_gate(decision, inputs).decode(), flags=re.DOTALL)

    assert worse
    assert "region 05" in Page(open_part.encode()).text.partition("The comparison, drawn")[2]
    assert "more segments" in text_of(decision, inputs)


@pytest.mark.parametrize("make", SAMPLES)
def test_every_finding_that_is_no_comparison_stands_on_the_page(make: Any) -> None:
    decision, inputs = make()
    compared = {(one.metric, one.segment.name) for one in decision.comparisons}
    text = text_of(decision, inputs)

    for finding in decision.findings:
        assert (finding.check, finding.subject) in compared or " ".join(finding.reason.split()) in text


def test_a_number_that_was_not_computed_is_told_and_counts_as_a_failure() -> None:
    decision, inputs = samples.a_pass()
    broken = replace(decision.findings[-1], check="wiring", subject="x", value=float("nan"), verdict=Verdict.PASS, reason="half")
    text = text_of(replace(decision, verdict=Verdict.FAIL, findings=(broken,)), inputs)

    assert "■ Fails the candidate half" in text


def test_a_failure_without_a_finding_that_says_so_still_has_its_reasons_on_page_one() -> None:
    decision, inputs = samples.nothing()
    bare = replace(decision, findings=())

    assert decision.reasons[0].text in box_of(bare, inputs)


def test_looks_are_told_and_too_many_of_them_ask_for_a_new_set() -> None:
    decision, inputs = samples.a_pass()

    assert "This locked set was not looked at before; policy allows 20." in text_of(replace(decision, looks=0), inputs)
    once = "This locked set was looked at 1 time before, by other candidates or other outcomes; policy allows 20."
    assert once in text_of(replace(decision, looks=1), inputs)
    assert "lock a new one soon." in text_of(replace(decision, looks=10), inputs)
    assert "lock a new one now." in text_of(replace(decision, looks=20), inputs)


def test_critical_cases_and_fairness_have_places_of_their_own() -> None:
    decision, inputs = samples.a_pass()
    found = (
        Finding("critical", "cases", Verdict.PASS, "critical_cases", "40 critical cases are right in all 120 answers"),
        Finding("fairness", "age", Verdict.FAIL, "disparity_grew", "equal opportunity of age: 0.120 apart, 0.010 under the champion"),
        Finding("fairness", "sex", Verdict.PASS, "too_few", "segment error of sex: fewer of x (3)"),
    )
    text = text_of(replace(decision, findings=(*decision.findings, *found)), inputs)

    assert "Critical cases are right ● As it should be 40 critical cases are right in all 120 answers" in text
    assert "Groups of customers are further apart ■ Fails the candidate equal opportunity of age" in text
    assert "Too few cases ▲ Not evaluated segment error of sex" in text


def test_what_the_cases_could_show_is_told_with_the_smallest_loss_that_would_have_been_found() -> None:
    text = text_of(*samples.an_open_one()).partition("What these cases could show How small")[2]

    assert re.search(r"routed right All cases 150 −7\.\d points 1\d % about 2,\d{3}", text)


def test_lower_is_better_is_said_where_it_is_so() -> None:
    assert "seconds to answer mean over the cases; less is better" in text_of(*samples.a_pass())


def test_only_plain_files_of_the_package_become_links() -> None:
    files = (FileRef("decision-00001.json", "sha256:aa", 1), FileRef("../x.json", "sha256:bb", 1), FileRef("junit.xml", "sha256:cc", 1))
    page = render_gate(*samples.a_pass(), evidence=files, record_name="decision-00001.json")

    assert {link for link in Page(page).links if not link.startswith("#")} == {"decision-00001.json", "junit.xml"}


@pytest.mark.parametrize("make", SAMPLES)
def test_every_link_within_the_page_leads_somewhere(make: Any) -> None:
    page = render_gate(*make())
    assert {link[1:] for link in Page(page).links if link.startswith("#")} <= set(re.findall(r' id="([^"]+)"', page.decode()))


@pytest.mark.parametrize("make", SAMPLES)
def test_no_raw_code_of_the_program_is_on_the_page(make: Any) -> None:
    decision, inputs = make()
    text = text_of(decision, inputs)
    codes = {one.reason_code for one in decision.findings if "_" in one.reason_code}

    assert not [code for code in codes if code in text]


def test_the_page_has_no_script_and_is_the_same_bytes_for_the_same_values() -> None:
    page = render_gate(*samples.a_loss())

    assert CONTENT_SECURITY_POLICY.replace("'", "&#39;") in page.decode()
    assert not re.search(r"<script|https?://|url\(|@import|style=", page.decode())
    assert render_gate(*samples.a_loss()) == page


@pytest.mark.parametrize("payload", PAYLOADS[:40], ids=lambda payload: payload.kind)
def test_a_hostile_text_in_every_field_changes_no_tag_and_no_attribute(payload: Any) -> None:
    plain, hostile = (Page(render_gate(*samples.named_by([text]))) for text in ("x" * 8, payload.text))

    assert [tag for tag, _ in hostile.tags] == [tag for tag, _ in plain.tags]
    assert {names for _, names in hostile.tags} == {names for _, names in plain.tags}


@pytest.mark.parametrize("path", ["checks", "registry/sources", "tasks"])
def test_every_code_that_a_finding_of_the_gate_can_have_has_words(path: str) -> None:
    told = [code for name in sorted((ROOT / path).glob("*.py")) if _is_of_the_gate(name.name) for code in _codes(name.read_text("utf-8"))]

    assert [code for code in told if code not in REASON_WORDS] == []


def _is_of_the_gate(name: str) -> bool:
    return name.startswith(("gate", "eval_gate", "evaluation"))


def _codes(source: str) -> Iterator[str]:
    """Yield the texts that look like a reason code in a call that makes a finding, and whatever stands where its code belongs."""
    makers = {"Finding", "NotEvaluated", "SourceError", "_unusable", "_odd", "_tell", "tell_rows"}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and (getattr(node.func, "id", "") in makers or getattr(node.func, "attr", "") in makers):
            texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            yield from (one.value for one in node.args[3:4] if isinstance(one, ast.Constant) and getattr(node.func, "id", "") == "Finding")
            yield from (text for text in texts if re.fullmatch(r"[a-z]+(_[a-z]+)+", text))


def test_a_set_that_was_not_read_has_no_number_of_cases() -> None:
    text = text_of(*samples.nothing())

    assert "none cases read: the locked set could not be had" in text
    assert "none pairs nothing was compared" in text
    assert " 0 cases" not in text


def test_a_segment_of_a_ranking_with_cases_enough_is_not_said_to_have_too_few() -> None:
    """A region of 200 cases and 3 events has no AUC, and the page gave as its reason that it had fewer than 30 cases."""
    decision, inputs = samples.of_every_kind()
    few = [replace(one, state=ComparisonState.TOO_FEW, segment=Segment("region", "north")) for one in decision.comparisons]
    told = [one for one in few if one.metric == MetricKind.AUC]
    small = [replace(one, segment=Segment("region", "south"), n=12) for one in told]
    whole = [replace(one, segment=Segment()) for one in told]
    text = text_of(replace(decision, comparisons=(*told, *small, *whole), not_evaluated=()), inputs)

    reason = "too few events among them, or too few other cases"
    assert f"region: north ({told[0].n:,}) ▲ Too few cases Cases enough, and {reason} (auc), so nothing is said of them" in text
    assert "region: south (12) ▲ Too few cases Fewer than 30 cases that can be compared (auc)" in text
    assert f"auc ▲ Too few cases {told[0].n:,} cases that can be compared, and {reason}. That blocks the candidate." in text


def test_the_pairs_in_the_strip_are_those_of_a_measure_that_is_named_where_there_are_several() -> None:
    decision, inputs = samples.a_pass()
    one = tuple(one for one in decision.comparisons if one.metric == "routed right")

    assert "1,000 pairs of 1,000 cases, comparable on both sides; routed right" in text_of(decision, inputs)
    assert "comparable on both sides; " not in text_of(replace(decision, comparisons=one), inputs)


def test_outcomes_are_not_said_to_be_those_that_were_known_at_an_earlier_instant() -> None:
    text = text_of(*samples.a_pass())

    assert "set and outcomes as they were read when this was judged" in text
    assert "data received before" not in text


def test_where_less_is_better_the_side_of_zero_that_is_worse_is_named() -> None:
    text = text_of(*samples.of_every_kind())

    for kind in (MetricKind.BRIER, MetricKind.CALIBRATION, MetricKind.AMOUNT):
        assert f"{kind.value} {KIND_WORDS[kind]}; less is better, and a difference below zero is worse" in text
    for kind in (MetricKind.ACCURACY, MetricKind.AUC):
        assert f"{kind.value} {KIND_WORDS[kind]};" not in text

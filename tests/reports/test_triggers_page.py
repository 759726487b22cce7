"""The page of a trigger decision: what a reader who does not code can say from page one, and that nothing disappears from it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from registry.domain.decision import Verdict
from registry.domain.feed import FileRef
from registry.domain.triggers import TriggerAction, TriggerDecision, TriggerInputs, Withheld
from reports.rendering import CONTENT_SECURITY_POLICY
from reports.triggers_page import render_triggers
from tests.payloads import PAYLOADS
from tests.reports import trigger_samples as samples
from tests.reports.test_triage_page import Page


def text_of(decision: TriggerDecision, inputs: TriggerInputs | None = None, **options: Any) -> str:
    return Page(render_triggers(decision, inputs or samples.may_inputs(), **options)).text


def verdict_of(decision: TriggerDecision, inputs: TriggerInputs | None = None) -> str:
    """Return the text of the box at the top."""
    return text_of(decision, inputs).partition("Compared with")[0]


def test_a_window_without_a_row_and_a_reference_says_so_and_is_never_shown_as_quiet() -> None:
    inputs = samples.may_inputs(reference=None, profile=None, outcomes=())
    page = render_triggers(samples.an_empty_decision(), inputs)

    assert b'class="verdict inconclusive"' in page
    text = Page(page).text
    assert "Inconclusive: nothing is asked" in text
    assert "No prediction to judge." in text
    assert "No reference: nothing could be compared." in text
    assert "No column was judged." in text
    assert "Could not be computed: nothing was judged." in text
    assert "proofloop triggers freeze loans" in text


def test_page_one_says_what_happened_what_is_asked_of_whom_and_on_which_data() -> None:
    text = verdict_of(samples.may_decision())

    assert "Fail: investigate" in text
    assert "1 of 13 columns drifted: term." in text
    assert "Investigate: asked of model.owner@bank.example (model owner), on the data of 1 May 2010 to 31 May 2010." in text
    assert "1 request was due and withheld: retrain ( immature labels )." in text


def test_a_request_is_said_to_be_no_promotion_and_to_have_no_date_of_its_own() -> None:
    text = text_of(samples.may_decision())

    assert "A request, never a promotion: nothing is put in force by this." in text
    assert "No date is set. It stays open until somebody closes it; after 30 Aug 2010 it no longer holds back another." in text
    assert f"proofloop triggers close {samples.REQUEST.removeprefix('sha256:')[:12]} --outcome" in text


def test_the_page_notes_that_the_score_alone_would_have_missed_it() -> None:
    text = verdict_of(samples.may_decision())

    assert "The score alone would have missed it: over all rows its PSI is 0.02, not above its threshold of 0.20" in text
    assert "Nor was it in the 4 windows before." in text


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.INCONCLUSIVE])
def test_where_nothing_is_asked_the_page_says_why(verdict: Verdict) -> None:
    text = verdict_of(replace(samples.a_quiet_decision(), verdict=verdict))

    assert "nothing is asked" in text
    assert ("No trigger fired: every column stayed within its threshold." in text) == (verdict is Verdict.PASS)
    assert ("no all-clear for what could not" in text) == (verdict is Verdict.INCONCLUSIVE)


def test_what_stands_and_was_asked_for_before_is_named_as_the_reason_for_silence() -> None:
    standing = tuple(replace(one, fired=False, reason_code="standing") for one in samples.may_triggers()[:1])
    text = verdict_of(samples.may_decision(requests=(), withheld=(), triggers=standing))

    assert "What stands was asked for before. It is asked for once, not every window." in text


def test_a_withheld_request_is_told_with_the_rule_that_held_it_back() -> None:
    held = Withheld(TriggerAction.INVESTIGATE, "cooldown", "asked for on 2010-05-20; again after 14 days")
    text = verdict_of(samples.may_decision(requests=(), withheld=(held,)))

    assert "Investigate was due and is withheld: asked for on 2010-05-20; again after 14 days." in text


def test_a_pass_over_no_judged_cell_is_never_shown_as_a_pass() -> None:
    for decision in (replace(samples.a_quiet_decision(), row_count=0), replace(samples.a_quiet_decision(), cells=())):
        page = render_triggers(decision, samples.may_inputs())
        assert b'class="verdict inconclusive"' in page
        assert "Pass, but nothing was judged" in Page(page).text


def test_numbers_stand_with_what_they_are_counted_out_of() -> None:
    text = text_of(samples.may_decision())

    assert re.search(r"947 predictions on 31 of 31 days", text)
    assert re.search(r"12 columns judged of 13, over all rows", text)
    assert re.search(r"89 % outcomes known of 380 in January 2009", text)
    assert "340 (89 %)" in text
    assert "40 (11 %)" in text
    assert "512 days" in text
    assert "Compared with 4,716 predictions of 1 Jan 2009 to 31 Dec 2009, decided by version 1.3.0" in text


def test_every_trigger_is_in_the_table_with_its_reason_and_one_that_was_not_told_is_not_quiet() -> None:
    text = text_of(samples.may_decision()).partition("The seven triggers")[2].partition("Columns over time")[0]

    assert all(one.reason in text for one in samples.may_triggers())
    assert re.search(r"Quality fell against the quarter before.*?not told", text)
    assert re.search(r"Retraining is due by schedule.*?not set up", text)


def test_a_performance_condition_is_said_in_words_where_a_reason_has_the_ledgers_name_for_it() -> None:
    key = "performance|calibration|term=60"
    decision = samples.a_loss_decision()
    asked = replace(decision.requests[0], reason=f"drifted: term; loss: {key}")
    text = text_of(replace(decision, requests=(asked,)))

    assert "drifted: term; loss: events observed against predicted in term=60" in text
    assert key not in text


def test_the_failing_segment_that_the_total_hides_is_drawn_first_with_both_numbers() -> None:
    text = text_of(samples.a_loss_decision()).partition("Events observed against predicted Segment")[2]

    assert text.index("term=60") < text.index("all rows")
    assert re.search(r"term=60 .*?worse than allowed.*?23\.2 %.*?20\.9 % to 25\.6 %.*?16\.0 %.*?1,264", text)
    assert "purpose=small_business" in text
    assert "still open" in text


def test_an_estimate_is_marked_as_one_wherever_it_stands() -> None:
    text = text_of(samples.may_decision())
    assert "Estimated accuracy an estimate, from the scores alone" in text
    assert "Reference, estimated" in text

    first = replace(samples.may_triggers()[2], fired=True, estimated=True)
    assert "rests on an estimate" in text_of(samples.may_decision(triggers=(first,)))


def test_new_levels_are_named_where_the_data_are_recoded() -> None:
    text = text_of(samples.may_decision())

    assert "levels never seen before" in text
    assert "Levels that the reference did not have: n/a (35)." in text
    assert "Levels that the reference did not have: 60 (170)." in text


def test_a_catalogue_that_names_nobody_is_said_and_not_passed_over() -> None:
    system = samples.a_system_of_loans()
    nobody = replace(system, entry=replace(system.entry, owners={}))
    text = text_of(samples.may_decision(), samples.may_inputs(system=nobody))

    assert "Nobody named" in text
    assert "asked of nobody, since the catalogue names nobody (model owner)" in text


def test_training_is_started_by_a_person_and_only_where_the_catalogue_names_a_deployment() -> None:
    named = text_of(samples.a_loss_decision())
    system = samples.a_system_of_loans()
    bare = replace(system, monitoring=replace(system.monitoring, training_deployment=""))
    unnamed = text_of(samples.a_loss_decision(), samples.may_inputs(system=bare))

    assert "Once a person has approved it, start the team's own training. proofloop triggers start" in named
    assert "proofloop triggers start" not in unnamed
    assert "Train a candidate the way your team does" in unnamed


def test_many_columns_and_segments_are_folded_counted_and_never_cut_silently() -> None:
    decision, inputs = samples.a_large_decision()
    page = render_triggers(decision, inputs)
    text = Page(page).text

    assert len(page) < 1_000_000
    assert "60 more columns" in text
    assert all(f"column_{number:03d}" in text for number in range(100))
    in_segments = sum(cell.is_over and cell.segment.column != "" for cell in decision.cells)
    assert f"and {in_segments - 60:,} more in the decision record." in text
    assert "Not drawn:" in text


def test_a_window_of_which_no_column_could_be_judged_names_them_and_the_segments() -> None:
    text = text_of(samples.an_unjudged_decision())

    assert "13 of 13 columns not evaluated." in text
    assert "term, emp_length, verification_status, purpose, int_rate, loan_amnt and 7 more" in text
    assert "4 segments, 13 columns: too few rows in this window to tell a difference from chance." in text


def test_only_files_of_the_package_become_links_and_the_rendering_is_named_as_one() -> None:
    files = (FileRef("decision-00001.json", "sha256:1", 1), FileRef("charts-00001.html", "sha256:2", 1), FileRef("../x", "sha256:3", 1))
    names = {"record_name": "decision-00001.json", "charts_name": "charts-00001.html"}
    page = render_triggers(samples.may_decision(), samples.may_inputs(), evidence=files, **names)

    assert {link for link in Page(page).links if not link.startswith("#")} == {"decision-00001.json", "charts-00001.html"}
    assert "a rendering, not the record" in Page(page).text
    assert "a rendering, not the record" not in text_of(samples.may_decision(), evidence=files[:1])


@pytest.mark.parametrize("decision", [samples.may_decision(), samples.an_empty_decision(), samples.a_quiet_decision()])
def test_every_link_within_the_page_leads_somewhere(decision: TriggerDecision) -> None:
    page = render_triggers(decision, samples.may_inputs())
    assert {link[1:] for link in Page(page).links if link.startswith("#")} <= set(re.findall(r' id="([^"]+)"', page.decode()))


def test_the_page_has_no_script_and_is_the_same_bytes_for_the_same_values() -> None:
    page = render_triggers(samples.a_loss_decision(), samples.may_inputs())

    assert CONTENT_SECURITY_POLICY.replace("'", "&#39;") in page.decode()
    assert not re.search(r"<script|https?://|url\(|@import|style=", page.decode())
    assert render_triggers(samples.a_loss_decision(), samples.may_inputs()) == page


@pytest.mark.parametrize("payload", PAYLOADS[:40], ids=lambda payload: payload.kind)
def test_a_hostile_text_in_every_field_changes_no_tag_and_no_attribute(payload: Any) -> None:
    plain, hostile = (Page(render_triggers(*samples.named_by([text]))) for text in ("x" * 8, payload.text))
    assert [tag for tag, _ in hostile.tags] == [tag for tag, _ in plain.tags]
    assert {names for _, names in hostile.tags} == {names for _, names in plain.tags}


def test_a_day_and_a_week_are_named_as_such() -> None:
    day = replace(samples.MAY, end_on=samples.MAY.start_on + timedelta(days=1))
    decision = replace(samples.may_decision(), window=day, window_kind=samples.WindowKind.DAY)
    assert "Consumer loan scoring : 1 May 2010" in text_of(decision)

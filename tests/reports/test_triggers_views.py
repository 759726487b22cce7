"""What is shown of a trigger decision: bands of the map, bars, gaps, the three drifts, conditions, outcomes, the short texts."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from registry.domain.decision import Finding, NotEvaluated, Verdict
from registry.domain.drift_sample import ColumnKind
from registry.domain.profile import WHOLE, CellCounts, ColumnBins, ColumnRole, Segment
from registry.domain.trigger_memory import TriggerMemory
from registry.domain.triggers import CellState, DriftCell, TriggerHistory
from reports import standing_view
from reports import triggers_view as view
from reports.distribution_view import MAX_BINS, MAX_CHARTS, bin_labels, distributions
from reports.drift_sentences import alarm_sentence, drift_lines
from reports.gaps_view import gaps
from reports.heat_map import BAND_WORDS, MAX_EARLIER, MAX_ROWS, Band, band_of, heat_map, past_band
from reports.performance_view import WIDTH, measure_tables, outcome_lines
from reports.standing_view import Stage
from reports.triggers_text import decision_lines, decision_markdown
from tests.payloads import PAYLOADS
from tests.reports import trigger_samples as samples
from tests.trigger_builders import a_category

KEY = "term|all rows"
DIGEST = samples.a_loan_reference().digest


def a_cell(state: CellState = CellState.QUIET, **changes: object) -> DriftCell:
    return samples.a_drift_cell("term", state=state, **changes)


def test_a_decision_without_cells_has_an_empty_map_and_no_bars() -> None:
    decision = samples.an_empty_decision()
    found = heat_map(decision, TriggerHistory(0))

    assert (found.rows, found.folded, found.bands) == ((), (), ())
    assert distributions(decision, None, None) == ((), ())


@pytest.mark.parametrize(
    ("cell", "band"),
    [
        (a_cell(psi=0.04, null_quantile=0.05), Band.QUIET),
        (a_cell(psi=0.06, null_quantile=0.05), Band.RAISED),
        (a_cell(CellState.OVER, psi=0.3), Band.OVER),
        (a_cell(CellState.DRIFTED, psi=0.3), Band.DRIFTED),
        (a_cell(CellState.DRIFTED, psi=0.1, because="clearing"), Band.CLEARING),
        (a_cell(CellState.NOT_EVALUATED, psi=None, because="too_few"), Band.UNTOLD),
        (a_cell(CellState.NOT_EVALUATED, psi=0.9, because="unseen_level"), Band.EXPLAINED),
        (a_cell(psi=0.1, because="unseen_level"), Band.EXPLAINED),
        (a_cell(psi=None), Band.UNTOLD),
    ],
)
def test_a_cell_of_this_window_lies_in_one_band(cell: DriftCell, band: Band) -> None:
    assert band_of(cell) is band


@pytest.mark.parametrize(
    ("changes", "band"),
    [
        ({}, Band.QUIET),
        ({"over": frozenset({KEY})}, Band.OVER),
        ({"over": frozenset({KEY}), "drifted": frozenset({KEY})}, Band.DRIFTED),
        ({"drifted": frozenset({KEY})}, Band.CLEARING),
        ({"not_evaluated": frozenset({KEY})}, Band.UNTOLD),
        ({"judged": False}, Band.UNTOLD),
        ({"conditions": frozenset({"data_quality|term|recoded"})}, Band.EXPLAINED),
        ({"conditions": frozenset({"data_quality|term_2|recoded"})}, Band.QUIET),
        ({"reference_digest": "sha256:other", "drifted": frozenset({KEY})}, Band.OTHER),
    ],
)
def test_a_cell_of_an_earlier_window_is_told_from_what_the_ledger_keeps(changes: dict[str, object], band: Band) -> None:
    assert past_band(KEY, "term", samples.a_past(4, **changes), DIGEST) is band


def test_every_band_has_words_and_the_legend_holds_those_that_are_there() -> None:
    assert set(BAND_WORDS) == set(Band)
    found = heat_map(samples.may_decision(), samples.a_loan_history())
    assert set(found.bands) == {cell.band for row in found.rows for cell in row.cells}


def test_the_map_starts_with_what_asks_for_attention_and_ends_with_this_window() -> None:
    found = heat_map(samples.may_decision(), samples.a_loan_history())

    assert [row.column for row in found.rows[:3]] == ["term", "emp_length", "verification_status"]
    assert found.heads == (("Jan", "2010"), ("Feb", "2010"), ("Mar", "2010"), ("Apr", "2010"), ("May", "2010"))
    assert [cell.band for cell in found.rows[2].cells] == [Band.DRIFTED, Band.DRIFTED, Band.CLEARING, Band.QUIET, Band.QUIET]
    assert found.rows[0].cells[-1].label == "May 2010: drifted"


def test_the_map_keeps_the_newest_windows_and_folds_many_columns() -> None:
    decision, inputs = samples.a_large_decision()
    found = heat_map(decision, inputs.history)

    assert len(found.heads) == MAX_EARLIER + 1
    assert (len(found.rows), len(found.rows) + len(found.folded) + found.left_out) == (MAX_ROWS, 100)


def test_a_window_after_this_one_is_not_on_its_map() -> None:
    later = TriggerHistory(9, (samples.a_past(4), samples.a_past(7)))
    assert len(heat_map(samples.may_decision(), later).heads) == 2


def test_bars_of_both_sides_stand_beside_their_counts_and_add_up() -> None:
    drawn, left = distributions(samples.may_decision(), samples.a_loan_reference(), samples.a_loan_window())
    term = next(one for one in drawn if one.column == "term")

    assert [(line.label, line.before_count, line.now_count) for line in term.lines] == [("36", 4716, 777), ("not in the reference", 0, 170)]
    assert (term.lines[0].before_share, term.lines[1].now_share) == ("100.0 %", "18.0 %")
    assert (term.lines[0].before_width, term.lines[1].is_new) == ("100.00", True)
    assert left == ()


def test_a_column_that_drifted_in_a_segment_alone_is_drawn_for_that_segment() -> None:
    segment = Segment("purpose", "car")
    cells = (a_cell(), a_cell(CellState.DRIFTED, segment=segment, psi=0.4))
    reference, window = samples.a_loan_reference(), samples.a_loan_window()
    counts = CellCounts("term", segment, (90, 0, 10, 0))
    reference, window = (replace(reference, profile=_with(reference.profile, counts)), _with(window, counts))
    drawn, _ = distributions(samples.may_decision(cells=cells, data_quality=()), reference, window)

    assert [(one.column, one.segment) for one in drawn] == [("term", "purpose=car")]


def _with(profile: object, counts: CellCounts) -> object:
    return replace(profile, cells=(*profile.cells, counts))  # type: ignore[type-var, attr-defined]


def test_more_columns_than_are_drawn_are_listed_and_many_bins_are_added_up() -> None:
    decision, inputs = samples.a_large_decision()
    drawn, left = distributions(decision, inputs.reference, inputs.profile)

    assert len(drawn) == MAX_CHARTS
    assert len(drawn) + len(left) == 100
    assert {len(one.lines) for one in drawn} == {MAX_BINS}
    assert all(sum(line.now_count for line in one.lines) == one.now_rows for one in drawn)
    assert "28 other bins" in drawn[0].lines[-1].label


def test_infinite_values_are_a_bar_of_their_own() -> None:
    bins = ColumnBins("income", ColumnKind.NUMBER, edges=(10.0,))
    reference = replace(samples.a_loan_reference(), columns=(bins,))
    reference = replace(reference, profile=_with(reference.profile, CellCounts("income", WHOLE, (50, 50, 0))))
    window = _with(samples.a_loan_window(), CellCounts("income", WHOLE, (40, 50, 0), infinite_count=10))
    cell = samples.a_drift_cell("income", state=CellState.DRIFTED, psi=0.3)
    drawn, _ = distributions(samples.may_decision(cells=(cell,), data_quality=()), reference, window)  # type: ignore[arg-type]

    assert drawn[0].lines[-1].label == "infinite"
    assert drawn[0].lines[-1].now_share == "10.0 %"


def test_bins_are_named_as_a_reader_says_them() -> None:
    assert bin_labels(ColumnBins("x", ColumnKind.NUMBER)) == ("any value", "missing")
    assert bin_labels(ColumnBins("x", ColumnKind.NUMBER, edges=(0.05, 1_000_000.0)))[1] == "over 0.05 to 1,000,000"
    assert bin_labels(a_category(levels=("", "b"), rare_levels=("c", "d"))) == (
        "(empty)", "b", "rare (2 levels)", "not in the reference", "missing",
    )  # fmt: skip


def test_gaps_name_columns_and_small_segments_once_and_outcomes_with_their_reason() -> None:
    found = gaps(samples.may_decision())
    named = [(gap.subject, gap.state) for gap in found]

    assert ("emp_length", "Levels never seen before") in named
    assert ("term=60 and purpose=educational", "Too few") in named
    assert any(gap.state == "Outcomes: too few" and "0 of 170 outcomes" in gap.reason for gap in found)
    assert len(named) == len(set(named))


def test_a_gap_that_the_decision_names_twice_is_told_once() -> None:
    missing = NotEvaluated("all rows", "immature_reference", "expected outcomes")
    decision = samples.may_decision(not_evaluated=(missing,), performance_not_evaluated=(missing,), cells=(), triggers=())
    assert [gap.subject for gap in gaps(decision)] == ["all rows"]


def test_a_finding_that_could_not_be_judged_is_a_gap_whatever_found_it() -> None:
    source = Finding("source", "log", Verdict.INCONCLUSIVE, "stale", "read up to 30 May, expected a read after the window ended")
    open_one = samples.a_measure("calibration", "term=60", 0.2, 0.1, (0.1, 0.3), 80, Verdict.INCONCLUSIVE)
    found = gaps(samples.may_decision(findings=(source,), performance=(open_one,)))

    assert ("log", "Read too early") in [(gap.subject, gap.state) for gap in found]
    assert ("term=60", "Still open: calibration") in [(gap.subject, gap.state) for gap in found]


def test_the_three_drifts_are_always_told_and_apart() -> None:
    lines = drift_lines(samples.a_loss_decision())

    assert [line.title for line in lines] == ["Data drift", "Prediction drift", "Concept drift"]
    assert [line.state for line in lines] == ["yes", "no", "yes"]
    assert lines[0].sentence.startswith("Moved: term.")
    assert "events observed against predicted in term=60" in lines[2].sentence


def test_drift_that_could_not_be_told_is_never_a_no() -> None:
    assert [line.state for line in drift_lines(samples.an_empty_decision())] == ["not told"] * 3
    one_missing = (a_cell(), samples.a_drift_cell("age", state=CellState.NOT_EVALUATED, psi=None, because="too_few"))
    assert drift_lines(samples.may_decision(cells=one_missing))[0].state == "not told"


def test_an_estimate_says_nothing_about_concept_drift() -> None:
    estimate = samples.a_measure("estimated_accuracy", "all rows", 0.8, 0.9, (0.7, 0.85), 900, Verdict.FAIL)
    assert drift_lines(samples.may_decision(performance=(estimate,)))[2].state == "not told"


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        (None, "Could not"),
        (0.0, "0 a month."),
        (8.2e-17, "below 0.001 a month, less than one in 1,000 years."),
        (0.021, "about one in 4 years"),
        (0.1, "about one in 10 months"),
        (2.0, "about one in a month"),
    ],
)
def test_false_alarms_are_said_in_a_sentence(expected: float | None, said: str) -> None:
    assert said in alarm_sentence(samples.may_decision(expected_false_alarms_per_month=expected))


def test_the_score_is_no_witness_where_it_moved_itself_or_is_not_watched() -> None:
    moved, score = a_cell(CellState.DRIFTED, psi=1.0), samples.a_drift_cell("score", role=ColumnRole.SCORE)
    history = TriggerHistory(0)

    assert view.score_note(samples.may_decision(cells=(moved, score)), history)
    assert not view.score_note(samples.may_decision(cells=(moved,)), history)
    assert not view.score_note(samples.may_decision(cells=(moved, replace(score, state=CellState.OVER, psi=0.3))), history)
    assert not view.score_note(samples.may_decision(cells=(a_cell(), score)), history)
    untold = replace(score, state=CellState.NOT_EVALUATED, psi=None)
    assert not view.score_note(samples.may_decision(cells=(moved, untold)), history)


def test_the_score_note_says_nothing_of_earlier_windows_in_which_the_score_was_over() -> None:
    cells = (a_cell(CellState.DRIFTED, psi=1.0), samples.a_drift_cell("score", role=ColumnRole.SCORE))
    before = TriggerHistory(3, (samples.a_past(4, over=frozenset({"score|term=36"})),))

    assert "before" not in view.score_note(samples.may_decision(cells=cells), before)
    assert "1 window before" in view.score_note(samples.may_decision(cells=cells), TriggerHistory(3, (samples.a_past(4),)))


def test_conditions_go_from_new_to_over_and_say_since_when() -> None:
    keys = ("drift|a", "drift|b", "drift|c", "drift|d")
    memory = TriggerMemory(seen=frozenset(keys[:2]), unknown=frozenset({keys[2]}), since=((keys[1], date(2010, 1, 1)),))
    decision = samples.may_decision(conditions=keys, opened=keys[:1], cleared=("drift|e",), memory=memory)
    told = standing_view.conditions(decision)

    assert [one.stage for one in told] == [Stage.NEW, Stage.STANDING, Stage.UNKNOWN, Stage.CLEARING, Stage.OVER]
    assert told[1].since == "1 Jan 2010"
    assert len(standing_view.standing(decision)) == 4


def test_outcomes_are_told_for_the_reference_the_newest_old_enough_and_the_newest() -> None:
    old = samples.some_outcomes()[0]
    newest = replace(old, window=samples.MAY, segments=tuple(replace(one, bins=(), median_delay_days=None) for one in old.segments))
    lines = outcome_lines(samples.may_inputs(outcomes=(old, newest), reference_outcomes=replace(old, window=samples.YEAR_2009)))

    assert [line.which for line in lines] == ["Reference", "Newest that is old enough", "Newest"]
    assert (lines[2].known, lines[2].immature, lines[2].delay) == ("0 (0 %)", "380 (100 %)", "not known")
    assert outcome_lines(samples.may_inputs(outcomes=())) == ()


def test_whiskers_of_a_measure_share_a_scale_and_stay_inside() -> None:
    tables = measure_tables(samples.a_loss_decision())
    calibration = tables[0]
    places = [
        float(place) for line in calibration.lines for place in (line.whisker.low, line.whisker.dot, line.whisker.mark, line.whisker.high)
    ]

    assert (calibration.scale, calibration.failed_count) == (("8.0 %", "35.0 %"), 1)
    assert 0 <= min(places) <= max(places) <= WIDTH
    assert calibration.lines[0].segment == "term=60"
    assert [table.is_estimate for table in tables] == [False, False, True]


def test_a_measure_without_a_number_or_an_interval_is_said_in_words() -> None:
    bare = replace(samples.some_performance()[0], interval=None, baseline=None)
    line = measure_tables(samples.may_decision(performance=(bare, replace(bare, value=None))))[0].lines[0]

    assert (line.interval, line.baseline, line.whisker.low) == ("no interval", "not computed", "")


def test_the_terminal_starts_with_the_verdict_and_gets_no_control_character() -> None:
    lines = decision_lines(samples.may_decision())
    assert lines[0] == "loans  fail  May 2010  947 rows"
    assert lines[1].startswith("  1 of 13 columns drifted: term.")
    assert "  asked  investigate, with the data of 1 May 2010 to 31 May 2010: term drifted over all rows: PSI 1.42, threshold 0.20" in lines
    assert "  drifted  term in all rows  psi 1.37, threshold 0.20, 947 rows" in lines
    assert any(line.startswith("  note  The score alone would have missed it") for line in lines)

    hostile = decision_lines(samples.named_by([payload.text for payload in PAYLOADS])[0])
    assert [char for line in hostile for char in line if ord(char) < 32] == []
    assert len(hostile) < 60


def test_the_terminal_says_why_nothing_is_asked_and_what_was_withheld() -> None:
    assert "  asked  nothing. No trigger fired: every column stayed within its threshold." in decision_lines(samples.a_quiet_decision())
    held = decision_lines(samples.may_decision(requests=()))
    assert any(line.startswith("  asked  nothing. Retrain was due and is withheld: 34 % of outcomes") for line in held)
    assert any(line.startswith("  withheld  retrain: 34 %") for line in decision_lines(samples.may_decision()))


def test_the_artifact_shows_every_text_as_text() -> None:
    text = decision_markdown(samples.named_by(["<img src=x>", "[a](http://pwned.invalid)", "| x |"])[0])

    assert not re.search(r"(?<!\\)<|(?<!\\)\]\(", text)
    assert decision_markdown(samples.may_decision()).startswith("## loans, May 2010: fail\\: investigate")


def test_the_owner_asked_is_the_first_role_that_the_catalogue_names() -> None:
    entry = samples.a_system_of_loans().entry
    retrain = samples.TriggerAction.RETRAIN

    assert view.owner_of(retrain, entry) == ("model.owner@bank.example", "Model owner")
    assert view.owner_of(retrain, replace(entry, owners={"product_owner": "p@bank.example"})) == ("p@bank.example", "Product owner")
    assert view.owner_of(retrain, replace(entry, owners={})) == ("", "Model owner")

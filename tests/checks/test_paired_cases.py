"""Which cases count as a pair: errors, missing scores, answers that are none, and segments."""

from __future__ import annotations

import pytest

from checks.gate_cases import paired_cases, segments_of, without_refusals
from registry.domain.evaluation import MetricKind
from registry.domain.paired import PairedCounts
from registry.domain.segments import WHOLE, Segment
from tests.gate_builders import CHAMPION, a_metric, a_pair, a_set, outcomes_of


def test_no_case_is_no_pair() -> None:
    cases = a_set(0)

    for kind in (MetricKind.ACCURACY, MetricKind.AUC):
        pairs = paired_cases(a_metric(kind), cases, outcomes_of(cases), outcomes_of(cases))
        assert len(pairs.places) == 0 and pairs.counts() == PairedCounts(0, 0, 0, 0)


def test_cases_are_counted_by_what_both_versions_made_of_them() -> None:
    cases = a_set(20)

    assert paired_cases(a_metric(), cases, *a_pair(cases, lost=3, won=2, both_wrong=4)).counts() == PairedCounts(11, 3, 2, 4)


@pytest.mark.parametrize("kind", [MetricKind.ACCURACY, MetricKind.F1])
def test_a_case_on_which_the_candidate_erred_is_wrong_and_one_on_which_the_champion_erred_is_no_pair(kind: MetricKind) -> None:
    cases = a_set(6)
    champion = outcomes_of(cases, errors={0: "timeout"}, version=CHAMPION)

    pairs = paired_cases(a_metric(kind), cases, champion, outcomes_of(cases, errors={0: "timeout", 1: "refused"}))

    assert list(pairs.places) == [1, 2, 3, 4, 5]
    assert pairs.counts() == PairedCounts(4, 1, 0, 0)


def test_an_answer_that_is_none_of_those_agreed_is_wrong() -> None:
    cases = a_set(4)

    pairs = paired_cases(
        a_metric(), cases, outcomes_of(cases), outcomes_of(cases, answers=("approve", "DECLINE", "I cannot say", "decline"))
    )

    assert pairs.counts() == PairedCounts(2, 2, 0, 0)


def test_what_passed_is_read_from_its_column_and_nothing_there_is_not_passed() -> None:
    cases, metric = a_set(4), a_metric(MetricKind.PASSED, column="grounded")
    champion = outcomes_of(cases, passed={"grounded": (True, True, False, None)})

    pairs = paired_cases(metric, cases, champion, outcomes_of(cases, passed={"grounded": (True, None, True, True)}))

    assert list(pairs.places) == [0, 1, 2] and pairs.counts() == PairedCounts(1, 1, 1, 0)


def test_a_case_that_was_declined_is_not_passed_whatever_the_scorer_said_unless_to_decline_is_right() -> None:
    cases, metric = a_set(4, labels=("approve", "approve", "unsure", "approve")), a_metric(MetricKind.PASSED, column="grounded")
    column = {"grounded": (True, True, True, None)}
    champion = outcomes_of(cases, version=CHAMPION, passed=column, answers=("approve",) * 4)
    candidate = outcomes_of(cases, passed=column, answers=("unsure", "approve", "unsure", "unsure"))

    pairs = paired_cases(metric, cases, *(without_refusals(one, cases, ("unsure",)) for one in (champion, candidate)))

    assert list(pairs.candidate) == [0.0, 1.0, 1.0] and pairs.counts() == PairedCounts(2, 1, 0, 0)


def test_without_refusals_named_or_met_nothing_changes() -> None:
    cases = a_set(2, labels=())
    given = outcomes_of(cases, passed={"grounded": (True, False)}, answers=("unsure", None))

    assert without_refusals(given, cases, ()) is given is without_refusals(given, cases, ("cannot tell",))


def test_an_amount_counts_where_both_versions_have_one() -> None:
    cases, metric = a_set(4), a_metric(MetricKind.AMOUNT, column="seconds")
    champion = outcomes_of(cases, amounts={"seconds": (1.0, 2.0, None, 4.0)})

    pairs = paired_cases(metric, cases, champion, outcomes_of(cases, amounts={"seconds": (1.5, None, 3.0, 4.5)}, errors={3: "timeout"}))

    assert (list(pairs.places), list(pairs.champion), list(pairs.candidate)) == ([0], [1.0], [1.5])


def test_a_score_that_the_candidate_never_gave_is_the_worst_there_is() -> None:
    cases = a_set(4, labels=("1", "0"))
    champion = outcomes_of(cases, scores=(0.9, 0.2, 0.8, None))

    for kind in (MetricKind.AUC, MetricKind.BRIER, MetricKind.CALIBRATION):
        pairs = paired_cases(a_metric(kind), cases, champion, outcomes_of(cases, scores=(None, None, 0.7, 0.1)))
        assert (list(pairs.places), list(pairs.candidate)) == ([0, 1, 2], [0.0, 1.0, 0.7])


def test_scores_in_any_unit_have_their_own_worst() -> None:
    cases = a_set(4, labels=("1", "0"))

    pairs = paired_cases(
        a_metric(MetricKind.AUC),
        cases,
        outcomes_of(cases, scores=(3.0, -2.0, 1.0, 0.0)),
        outcomes_of(cases, scores=(None, None, 4.0, -7.0)),
    )

    assert list(pairs.candidate) == [-7.0, 4.0, 4.0, -7.0]


def test_segments_come_after_all_cases_by_name_and_hold_their_own() -> None:
    cases = a_set(6, segments={"region": ("south", "north", "south", "north", "south", "east"), "term": ("36",) * 6})
    pairs = paired_cases(a_metric(), cases, *a_pair(cases, lost=1, won=1))

    found = {segment: pairs.of(places).counts() for segment, places in segments_of(cases)}

    assert list(found) == [WHOLE, Segment("region", "east"), Segment("region", "north"), Segment("region", "south"), Segment("term", "36")]
    assert found[Segment("region", "south")] == PairedCounts(2, 1, 0, 0)
    assert found[Segment("region", "north")] == PairedCounts(1, 0, 1, 0)
    assert found[Segment("term", "36")] == found[WHOLE]


def test_segments_come_in_one_order_however_the_set_lists_their_columns() -> None:
    # A decision that is judged again reads them from a record that has no order.
    columns = {"term": ("36", "60"), "purpose": ("car", "car")}
    listed, turned = (a_set(2, segments=dict(order)) for order in (columns.items(), reversed(columns.items())))
    assert [one for one, _ in segments_of(listed)] == [one for one, _ in segments_of(turned)]

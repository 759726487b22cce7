"""A gate decision in a terminal: nothing is said twice, and each line says what it is about."""

from __future__ import annotations

from dataclasses import replace

from registry.domain.decision import NotEvaluated
from registry.domain.evaluation import MetricKind
from registry.domain.gate import ComparisonState, GateDecision
from registry.domain.policy_gate import MarginPolicy
from registry.domain.segments import WHOLE
from reports.gate_text import gate_lines
from tests.reports import gate_samples as samples


def block(decision: GateDecision, title: str) -> list[str]:
    lines = gate_lines(decision)
    rest = lines[lines.index(title) + 1 :]
    return rest[: rest.index("")] if "" in rest else rest


def test_a_set_that_was_not_read_is_said_so_and_not_as_a_set_of_no_cases() -> None:
    decision, _ = samples.nothing()

    line = gate_lines(replace(decision, looks=3))[3]
    assert line == "the locked set was not read; the locked set was looked at 3 times before"


def test_what_was_not_evaluated_is_told_with_what_it_is() -> None:
    decision, _ = samples.a_canary()
    gaps = (*decision.not_evaluated, NotEvaluated("fairness", "no_data", "nobody was favoured"))

    lines = block(replace(decision, not_evaluated=gaps), "not evaluated")
    assert "  routed right of channel=branch: 20 cases count for it" in lines
    assert "  fairness: nobody was favoured" in lines


def test_a_loss_of_all_cases_within_the_margin_is_told_once() -> None:
    margins = samples.a_policy().margins | {MetricKind.ACCURACY: MarginPolicy(0.2, 0.2)}
    policy = samples.a_policy(margins=margins)
    decision, _ = samples.judged(samples.complaint_inputs(dict.fromkeys(samples.PRODUCTS, (9, 0)), samples.by_product(), policy=policy))
    whole = next(one for one in decision.comparisons if one.segment == WHOLE and one.metric == "routed right")
    text = next(one.reason for one in decision.findings if (one.check, one.subject) == (whole.metric, WHOLE.name))

    assert (whole.state, whole.is_shown) == (ComparisonState.NOT_WORSE, True)
    assert sum(line.strip() == text for line in gate_lines(decision)) == 1


def test_where_less_is_better_it_is_said_which_side_of_zero_is_worse() -> None:
    lines = block(samples.a_pass()[0], "all cases")

    assert [("(below zero is worse)" in line, "seconds" in line) for line in lines] == [(False, False), (True, True)]

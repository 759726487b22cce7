"""The words of the evaluation gate: what a code, a state, a measure or an action is called by people who do not code.

Put here a word, phrase or way to write a number of the gate that more than one report uses. What is shown is ``gate_view``, the decision
in a sentence ``gate_summary``.
"""

from __future__ import annotations

import math

from registry.domain.decision import Finding, Verdict
from registry.domain.evaluation import MetricKind, MetricSpec
from registry.domain.gate import Comparison, ComparisonState, GateAction
from registry.domain.policy_gate import TooFewAction
from registry.domain.segments import WHOLE, Segment
from reports import wording

_MINUS = "\u2212"
ACTION_WORDS = {
    GateAction.APPROVE: "may be approved",
    GateAction.CANARY: "on part of the traffic first",
    GateAction.HOLD: "keep the champion",
}
VERDICT_MEANINGS = {
    Verdict.PASS: "Shown on the same locked cases to be within what policy allows. Nothing is put in force by this: that is for people.",
    Verdict.INCONCLUSIVE: "Neither shown to be good enough nor to be worse. That nothing bad was found does not make it good enough.",
    Verdict.FAIL: "At least one thing that policy asks for was looked at and does not hold.",
}
TOO_FEW_WORDS = {
    TooFewAction.BLOCK: "by policy that blocks the candidate",
    TooFewAction.CANARY: "by policy that asks for part of the traffic first",
    TooFewAction.WAIVE: "by policy that is accepted",
}
REASON_WORDS = {
    "regression": "worse over all cases",
    "segment_regression": "worse in a segment",
    "not_shown": "not shown to be good enough",
    "too_many_segments": "too many segments for so few cases",
    "within_margin": "within what is allowed",
    "loss_within_margin": "a loss, within what is allowed",
    "too_few": "too few cases",
    "no_data": "nothing to compare",
    "nothing_judged": "nothing was judged",
    "same_version": "the candidate is the champion",
    "same_outcomes": "both answered alike to the last character",
    "same_answers": "both answered alike, in other amounts",
    "two_versions": "two different versions",
    "not_in_force": "compared with a version that is not in force",
    "none_in_force": "nobody recorded what was in force then",
    "stale": "the alias of what is in force moved since it was recorded",
    "in_force_unknown": "nobody recorded what is in force",
    "traffic_shared": "several versions share the traffic",
    "outcomes_changed": "other outcomes than were judged before",
    "other_cases": "not the same cases",
    "errored": "errors",
    "off_contract": "answers outside of the contract",
    "refusals": "refusals",
    "duplicate_cases": "the same case more than once",
    "no_content": "nothing says what a case asks",
    "looks": "looks at the locked set",
    "validated": "the table keeps to its rules",
    "not_validated": "not checked by the suite of expectations",
    "not_scored": "a version could not be scored here",
    "no_outcomes": "no outcome of a version",
    "not_lined_up": "outcomes that do not fit the cases",
    "other_set": "another set than the locked one",
    "set_changed": "the locked set was changed",
    "set_broken": "the locked set cannot be used",
    "duplicate_ids": "one case id for several cases",
    "label_off_contract": "labels that no answer can be",
    "missing_segment": "a segment column is missing",
    "no_segment": "no segment of a column was compared",
    "missing_group": "a column of groups is missing",
    "missing_column": "a column is missing",
    "missing_values": "many values of a version are missing",
    "missing_input": "something that is needed is missing",
    "not_configured": "not set up",
    "not_a_number": "something that is no number",
    "not_an_event": "labels that are no events",
    "not_a_probability": "scores that are no probabilities",
    "constant_answers": "one answer to every case",
    "constant_scores": "one score for every case",
    "score_is_label": "the score is the label",
    "same_scores": "one version has the other's scores",
    "controls_held": "the gate tells good from bad on this set",
    "controls_untried": "no bad candidate was tried on this set",
    "control_failed": "the gate does not tell good from bad on this set",
    "malformed_rows": "rows that cannot be read",
    "no_version": "rows without a version",
    "no_case_id": "rows without a case",
    "no_repeat": "rows without their number of repeat",
    "missing_repeats": "cases that were asked less often than others",
    "strangers": "rows of other cases",
    "duplicate_outcomes": "several rows for one case",
    "unreadable_values": "cells without a readable value",
    "disparity_grew": "groups of customers are further apart",
    "disparity_within": "groups of customers are not further apart than allowed",
    "disparity_not_shown": "groups of customers may be further apart than allowed: it may be chance",
    "level_shown": "as good as it has to be",
    "level_missed": "not as good as it has to be",
    "level_open": "not shown to be as good as it has to be",
    "level_at_limit": "about as good as it has to be, which no number of cases would show",
    "taught_cases": "cases of the set in the training data",
    "untaught": "no case of the set in the training data",
    "shared_cases": "cases of the reserve in the locked set",
    "unshared": "no case of the reserve in the locked set",
    "critical_case": "a critical case is wrong",
    "critical_cases": "critical cases are right",
}
KIND_WORDS = {
    MetricKind.ACCURACY: "share of right answers",
    MetricKind.PASSED: "share of cases that passed",
    MetricKind.AMOUNT: "mean over the cases",
    MetricKind.AUC: "how well the score tells events apart (AUC): 0.5 is a coin, 1 perfect",
    MetricKind.F1: "hits and false alarms in one number (F1): 1 is perfect",
    MetricKind.BRIER: "error of the probabilities (Brier score)",
    MetricKind.CALIBRATION: "distance of events from what the scores said (calibration error)",
}
_SHARES = frozenset({MetricKind.ACCURACY, MetricKind.PASSED})


def reason_words(code: str) -> str:
    """Return a reason code in words; one that has none yet loses at least its underscores.

    >>> reason_words("segment_regression"), reason_words("brand_new")
    ('worse in a segment', 'brand new')
    """
    return REASON_WORDS.get(code) or wording.spoken(code).lower()


def segment_words(segment: Segment) -> str:
    """Return a segment as people say it.

    >>> segment_words(Segment()), segment_words(Segment("product", "cards"))
    ('All cases', 'product: cards')
    """
    return "All cases" if segment == WHOLE else f"{segment.column}: {segment.value}"


def measure_words(metric: MetricSpec) -> str:
    """Return what a measure is made of, and which way is better where that is less."""
    made = "share of cases of which it is true" if metric.kind is MetricKind.PASSED and metric.is_less_better else KIND_WORDS[metric.kind]
    return made + ("; less is better, and a difference below zero is worse" if metric.is_less_better else "")


def state_words(one: Comparison) -> str:
    """Return what a comparison came to; a loss that is certain and small is not the same as none."""
    if one.state is ComparisonState.NOT_WORSE and one.is_shown:
        return "A loss, within what is allowed"
    if one.state is ComparisonState.NOT_WORSE:
        return "Within what is allowed" if one.segment == WHOLE else "No harm found"
    return {ComparisonState.WORSE: "Worse than allowed", ComparisonState.OPEN: "Not shown"}.get(one.state, "Too few cases")


def state_tone(one: Comparison) -> str:
    """Return the look of a state: its colour and shape."""
    if one.state is ComparisonState.NOT_WORSE:
        return "noted" if one.is_shown else Verdict.PASS.value
    return Verdict.FAIL.value if one.state is ComparisonState.WORSE else Verdict.INCONCLUSIVE.value


def level_text(kind: MetricKind, value: float | None) -> str:
    """Return a value of a measure in its own unit.

    >>> level_text(MetricKind.ACCURACY, 0.8912), level_text(MetricKind.AUC, 0.8), level_text(MetricKind.AMOUNT, None)
    ('89.1 %', '0.800', 'not computed')
    >>> level_text(MetricKind.AMOUNT, 1.5), level_text(MetricKind.AMOUNT, 12345.6)
    ('1.50', '12,346')
    """
    if value is None or not math.isfinite(value):
        return "not computed"
    if kind in _SHARES:
        return f"{100 * value:.1f} %"
    return ("" if value >= 0 else _MINUS) + _figures(kind, abs(value))


def gap_text(kind: MetricKind, value: float | None, *, has_unit: bool = True) -> str:
    """Return a difference with its sign, shares in percentage points.

    >>> gap_text(MetricKind.ACCURACY, 0.035), gap_text(MetricKind.AUC, 0.0004), gap_text(MetricKind.ACCURACY, 0.0, has_unit=False)
    ('+3.5 points', '0.000', '0.0')
    """
    if value is None or not math.isfinite(value):
        return "not computed"
    if kind in _SHARES:
        shown, unit = f"{100 * abs(value):.1f}", " points" if has_unit else ""
    else:
        shown, unit = _figures(kind, abs(value)), ""
    is_zero = not shown.strip("0.")
    return ("" if is_zero else "+" if value > 0 else _MINUS) + shown + unit


def _figures(kind: MetricKind, number: float) -> str:
    """Return a number without its sign: an amount to three figures, whatever its size, anything else to three places."""
    if kind is not MetricKind.AMOUNT:
        return f"{number:.3f}"
    return f"{number:,.0f}" if number >= 100 or not number else f"{number:#.3g}"


def is_broken(finding: Finding) -> bool:
    """Return whether one of a finding's numbers was not computed: such a finding counts as a FAIL, whatever it says."""
    numbers = (finding.value, finding.baseline, finding.limit, *(finding.interval or ()))
    return any(number is not None and not math.isfinite(number) for number in numbers)


def counted_verdict(finding: Finding) -> Verdict:
    """Return the verdict that a finding counts with."""
    return Verdict.FAIL if is_broken(finding) else finding.verdict

"""Performance by segment: what was observed, with its interval, beside what was predicted or was so in the reference.

Put here which measures are drawn and how they are named and scaled. Whether a model got worse is decided in ``checks/performance.py``.

 * One scale for all segments of a measure, so that their dots can be compared by eye.
 * What failed comes first; measures in which nothing failed are folded away, all but the comparison of observed and predicted.
 * An estimate stands in a table of its own and says so: it rests on no outcome.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from registry.domain.decision import Finding, Verdict
from registry.domain.monitoring import LabelKind
from registry.domain.outcomes import WindowOutcomes
from registry.domain.profile import WHOLE
from registry.domain.triggers import TriggerDecision, TriggerInputs
from reports import triggers_words as words
from reports import wording

ESTIMATED = "estimated_accuracy"
MAX_LINES = 20
WIDTH, _MARGIN = 240, 10

# A measure in words, and what its ``baseline`` is.
MEASURE_WORDS = {
    "calibration": ("Events observed against predicted", "Predicted"),
    "bias": ("Amounts observed against predicted", "Predicted"),
    "accuracy": ("Accuracy on known outcomes", "Reference"),
    "auc": ("Ranking on known outcomes (AUC)", "Reference"),
    "brier": ("Error of the probabilities (Brier score, lower is better)", "Reference"),
    "error": ("Mean absolute error (lower is better)", "Reference"),
    "quality_accuracy": ("Accuracy, quarter on quarter", "Quarter before"),
    "quality_auc": ("Ranking (AUC), quarter on quarter", "Quarter before"),
    "quality_error": ("Mean absolute error, quarter on quarter", "Quarter before"),
    ESTIMATED: ("Estimated accuracy", "Reference, estimated"),
}
_RATES = frozenset({"calibration", "accuracy", "quality_accuracy", ESTIMATED})
_ALWAYS_SHOWN = frozenset({"calibration", "bias"})


@dataclass(frozen=True, slots=True)
class Whisker:
    """Places on a line of ``WIDTH``: the ends of the interval, the dot, and the mark of the baseline; empty where not known."""

    low: str
    high: str
    dot: str
    mark: str


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """One segment of one measure."""

    segment: str
    tone: str
    rows: str
    value: str
    interval: str
    baseline: str
    whisker: Whisker
    reason: str


@dataclass(frozen=True, slots=True)
class MeasureTable:
    """One measure over its segments; ``scale`` names the ends of the line."""

    title: str
    baseline: str
    scale: tuple[str, str]
    lines: tuple[MeasureLine, ...]
    left_out: int
    failed_count: int
    is_estimate: bool
    is_folded: bool


@dataclass(frozen=True, slots=True)
class OutcomeLine:
    """How many outcomes of a window are known: the rest are immature."""

    which: str
    window: str
    predictions: str
    known: str
    immature: str
    delay: str


def measure_tables(decision: TriggerDecision) -> tuple[MeasureTable, ...]:
    """Return one table for each measure: those with failures first, estimates last."""
    by_measure: dict[str, list[Finding]] = {}
    for finding in decision.performance:
        if finding.value is not None:
            by_measure.setdefault(finding.reason_code, []).append(finding)
    tables = [_table(measure, found) for measure, found in by_measure.items()]
    return tuple(sorted(tables, key=lambda table: (table.is_estimate, not table.failed_count, table.is_folded)))


def outcome_lines(inputs: TriggerInputs) -> tuple[OutcomeLine, ...]:
    """Return what is known of outcomes: in the reference, in the newest window that is old enough, and in the newest of all."""
    floor = inputs.policies.performance.min_known_ratio
    newest = inputs.outcomes[-1] if inputs.outcomes else None
    mature = next((one for one in reversed(inputs.outcomes) if _known_ratio(one) >= floor), None)
    chosen = (("Reference", inputs.reference_outcomes), ("Newest that is old enough", mature), ("Newest", newest))
    return tuple(_outcome_line(which, one, inputs) for which, one in chosen if one and (which != "Newest" or one is not mature))


def _known_ratio(outcomes: WindowOutcomes) -> float:
    whole = outcomes.of()
    return whole.known_count / whole.prediction_count if whole and whole.prediction_count else 0.0


def _outcome_line(which: str, outcomes: WindowOutcomes, inputs: TriggerInputs) -> OutcomeLine:
    whole = outcomes.of()
    count, known = (whole.prediction_count, whole.known_count) if whole else (0, 0)
    delay = whole.median_delay_days if whole else None
    window = words.days_text(outcomes.window) if which == "Reference" else words.window_text(outcomes.window, inputs.window_kind)
    return OutcomeLine(
        which=which,
        window=window,
        predictions=f"{count:,}",
        known=f"{known:,}{_share(known, count)}",
        immature=f"{count - known:,}{_share(count - known, count)}",
        delay="not known" if delay is None else wording.counted(round(delay), "day"),
    )


def _share(part: int, whole: int) -> str:
    return f" ({100 * part / whole:.0f} %)" if whole else ""


def _table(measure: str, found: Sequence[Finding]) -> MeasureTable:
    title, baseline = MEASURE_WORDS.get(measure, (wording.spoken(measure), "Compared with"))
    ordered = sorted(found, key=lambda one: (one.verdict is Verdict.PASS, one.subject != WHOLE.name, -(one.n or 0), one.subject))
    low, high = _range(ordered)
    failed = sum(one.verdict is Verdict.FAIL for one in found)
    return MeasureTable(
        title=title,
        baseline=baseline,
        scale=(_shown(measure, low), _shown(measure, high)),
        lines=tuple(_line(measure, one, low, high) for one in ordered[:MAX_LINES]),
        left_out=max(0, len(ordered) - MAX_LINES),
        failed_count=failed,
        is_estimate=measure == ESTIMATED,
        is_folded=not failed and measure not in _ALWAYS_SHOWN and measure != ESTIMATED,
    )


def _range(found: Sequence[Finding]) -> tuple[float, float]:
    """Return the ends of the scale: everything that is drawn lies between them."""
    drawn = [
        value for one in found for value in (one.value, one.baseline, *(one.interval or ())) if value is not None and math.isfinite(value)
    ]
    low, high = min(drawn, default=0.0), max(drawn, default=1.0)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _line(measure: str, one: Finding, low: float, high: float) -> MeasureLine:
    def place(value: float | None) -> str:
        if value is None or not math.isfinite(value):
            return ""
        return f"{_MARGIN + (value - low) / (high - low) * (WIDTH - 2 * _MARGIN):.1f}"

    ends = one.interval or (None, None)
    return MeasureLine(
        segment=one.subject,
        tone=one.verdict.value,
        rows="not known" if one.n is None else f"{one.n:,}",
        value=_shown(measure, one.value),
        interval=f"{_shown(measure, ends[0])} to {_shown(measure, ends[1])}" if one.interval else "no interval",
        baseline=_shown(measure, one.baseline),
        whisker=Whisker(place(ends[0]), place(ends[1]), place(one.value), place(one.baseline)),
        reason=one.reason.removeprefix(f"{one.subject}: "),
    )


def _shown(measure: str, value: float | None) -> str:
    if value is None or not math.isfinite(value):
        return "not computed"
    if measure in _RATES:
        return f"{100 * value:.1f} %"
    return f"{value:.3f}" if "auc" in measure or measure == "brier" else wording.amount(value)


def outcome_words(inputs: TriggerInputs) -> str:
    """Return what an outcome is for this system."""
    column = inputs.system.predictions.label
    kind = "an event that happened or not" if inputs.system.predictions.label_kind is LabelKind.BINARY else "an amount"
    return f"column {column}, {kind}" if column else "no column of outcomes is named in the catalogue"

"""The comparisons of a gate decision as they are read, and in which order: drawn, in numbers, and what they could show at all.

Put here what ranks or joins comparisons for reading. Cases lost and won, versions and what was left out are ``gate_cases_view``, the
decision in a sentence ``gate_summary``, words ``gate_words``, the places of the plot ``forest_plot``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from registry.domain.evaluation import MetricKind, MetricSpec
from registry.domain.gate import Comparison, ComparisonState, GateDecision, GateInputs
from registry.domain.paired import chance_text
from registry.domain.segments import WHOLE
from reports import gate_words as words
from reports import wording
from reports.forest_plot import Shape, forest_row, scale_end, shape_of

if TYPE_CHECKING:
    from markupsafe import Markup

MAX_OPEN, MAX_FOLDED = 16, 200
_ORDER = (ComparisonState.WORSE, ComparisonState.OPEN, ComparisonState.NOT_WORSE, ComparisonState.TOO_FEW)


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One measure of one segment as it is read; texts are empty where there were too few cases."""

    segment: str
    is_whole: bool
    state: str
    tone: str
    n: str
    plot: Markup
    difference: str
    bounds: str
    champion: str
    candidate: str
    allowed: str
    lost: str
    won: str
    p: str


@dataclass(frozen=True, slots=True)
class MeasureView:
    """One measure: what it is, its rows (the second group is folded away on a screen), the ends of its scale and how it was computed."""

    name: str
    meaning: str
    groups: tuple[tuple[ComparisonRow, ...], ...]
    left_out: int
    ends: tuple[str, str]
    methods: tuple[str, ...]
    has_counts: bool


@dataclass(frozen=True, slots=True)
class PowerRow:
    """How much a comparison could have shown."""

    measure: str
    segment: str
    n: str
    smallest: str
    power: str
    needed: str


def metric_of(name: str, inputs: GateInputs) -> MetricSpec:
    """Return what a measure is; one that the catalogue does not name is shown by its bare number."""
    known = {one.name: one for one in inputs.spec.metrics}
    return known.get(name) or MetricSpec(name, MetricKind.AMOUNT)


def measures(decision: GateDecision, inputs: GateInputs) -> tuple[MeasureView, ...]:
    """Return every measure, those with something worse first, otherwise in the catalogue's order."""
    found: dict[str, list[Comparison]] = {}
    for one in decision.comparisons:
        found.setdefault(one.metric, []).append(one)
    ranked = sorted(found, key=lambda name: min(_ORDER.index(one.state) for one in found[name]) > 0)
    return tuple(_measure(metric_of(name, inputs), found[name]) for name in ranked)


def shapes(decision: GateDecision) -> tuple[Shape, ...]:
    """Return the shapes that occur in the plots, for their legend."""
    met = {shape_of(one) for one in decision.comparisons}
    return tuple(shape for shape in Shape if shape in met)


def sentence(one: Comparison, metric: MetricSpec) -> str:
    """Return a comparison in one sentence, with everything that it rests on."""
    text = f"{one.metric}, {'all cases' if one.segment == WHOLE else words.segment_words(one.segment)}"
    if one.difference is None:
        return f"{text}: {wording.counted(one.n, 'case')} that can be compared"
    found, kind = one.difference, metric.kind
    text += (
        f": from {words.level_text(kind, found.champion)} to {words.level_text(kind, found.candidate)} on {wording.counted(one.n, 'case')}"
    )
    if one.counts is not None:
        text += f" ({one.counts.lost:,} lost, {one.counts.won:,} won)"
    bounds = f"{words.gap_text(kind, found.low, has_unit=False)} and {words.gap_text(kind, found.high)}"
    bounds += " (below zero is worse)" * metric.is_less_better
    return f"{text}. The true difference is probably between {bounds}; allowed is {words.gap_text(kind, -one.margin)}"


def power_rows(decision: GateDecision, inputs: GateInputs) -> tuple[PowerRow, ...]:
    """Return, for measures of right or wrong, what so many cases could show: all cases first, then the segments, the weakest first."""
    told = [one for one in decision.comparisons if one.smallest_found is not None]
    ranked = sorted(told, key=lambda one: (one.segment != WHOLE, one.smallest_found or 0.0, one.metric, one.segment))
    return tuple(_power_row(one, metric_of(one.metric, inputs)) for one in ranked)


def _power_row(one: Comparison, metric: MetricSpec) -> PowerRow:
    is_whole = one.segment == WHOLE
    needed = "not needed: decided" if one.state in (ComparisonState.WORSE, ComparisonState.NOT_WORSE) else "no number is near"
    return PowerRow(
        measure=one.metric,
        segment=words.segment_words(one.segment),
        n=f"{one.n:,}",
        smallest=words.gap_text(metric.kind, one.smallest_found),
        power="" if one.power is None or not is_whole else f"{100 * one.power:.0f} %",
        needed=("" if not is_whole else f"about {one.cases_needed:,}" if one.cases_needed and needed.startswith("no number") else needed),
    )


def _measure(metric: MetricSpec, found: Sequence[Comparison]) -> MeasureView:
    ordered = sorted(found, key=_rank)
    end = scale_end(found)
    rows = [_row(one, metric, end) for one in ordered[: MAX_OPEN + MAX_FOLDED]]
    return MeasureView(
        name=metric.name,
        meaning=words.measure_words(metric),
        groups=tuple(tuple(part) for part in (rows[:MAX_OPEN], rows[MAX_OPEN:]) if part),
        left_out=len(ordered) - len(rows),
        ends=(words.gap_text(metric.kind, -end), words.gap_text(metric.kind, end)),
        methods=tuple(dict.fromkeys(one.difference.method for one in found if one.difference)),
        has_counts=any(one.counts is not None for one in found),
    )


def _rank(one: Comparison) -> tuple[object, ...]:
    """Return what a row is sorted by: all cases first, then what asks for most attention, the largest loss first."""
    lost = one.difference.difference if one.difference else 0.0
    is_quiet = one.state is ComparisonState.NOT_WORSE and not one.is_shown
    return one.segment != WHOLE, _ORDER.index(one.state), is_quiet, lost, one.segment


def _row(one: Comparison, metric: MetricSpec, end: float) -> ComparisonRow:
    kind, found, counts = metric.kind, one.difference, one.counts
    state = words.state_words(one)
    return ComparisonRow(
        segment=words.segment_words(one.segment),
        is_whole=one.segment == WHOLE,
        state=state,
        tone=words.state_tone(one),
        n=f"{one.n:,}",
        plot=forest_row(one, end, f"{sentence(one, metric)}: {state.lower()}"),
        difference=words.gap_text(kind, found.difference) if found else "",
        bounds=f"{words.gap_text(kind, found.low, has_unit=False)} to {words.gap_text(kind, found.high, has_unit=False)}" if found else "",
        champion=words.level_text(kind, found.champion) if found else "",
        candidate=words.level_text(kind, found.candidate) if found else "",
        allowed=words.gap_text(kind, -one.margin, has_unit=False),
        lost=f"{counts.lost:,}" if counts else "",
        won=f"{counts.won:,}" if counts else "",
        p=chance_text(found.harm_p) if found else "",
    )

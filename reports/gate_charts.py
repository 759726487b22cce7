"""The charts that a library draws of a gate decision: answers, scores and amounts of both versions, beside what the gate computed of them.

Put here which outcomes can be drawn, what is said of those that cannot, and the record's form. The page is a rendering and decides
nothing; neither do the library's numbers: whether the candidate may replace the champion is decided in ``checks``.

 * Nothing is drawn where the set or outcomes were not read. Whatever stops the library, the decision stands: the record says why no chart
   was made, and the page of the decision says so too.
 * What cannot be compared is left out with its reason, in the record and on the page; it never disappears.
 * A part is about those of the gate's cases that the library can take, and says how many these are.
 * Very long sets are thinned evenly to ``MAX_ROWS``, and both say so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from registry.domain.canonical import record_json
from registry.domain.gate import GateDecision, GateInputs
from registry.domain.segments import WHOLE
from registry.errors import ReportError
from reports import wording
from reports.evidently_graphs import confusion, curves, differences
from reports.evidently_measures import library_version
from reports.evidently_page import Chart, render_with_charts
from reports.evidently_versions import Measured, Number, measure_amounts, measure_answers, measure_scores, report_ours
from reports.gate_drawable import Drawable, amounts_of, answers_of, scores_of

MAX_ROWS = 100_000
_SIDES = ("champion", "candidate")


@dataclass(frozen=True, slots=True)
class Part:
    """What the library made of one thing: its numbers and the ids of its charts, or the reason why there are none."""

    title: str
    case_count: int
    note: str = ""
    numbers: tuple[Number, ...] = ()
    charts: tuple[str, ...] = ()
    left_out_because: str = ""


@dataclass(frozen=True, slots=True)
class GateCharts:
    """The record and the page as bytes; where the library was stopped the page is empty, and the record and ``problem`` say by what."""

    record: bytes
    page: bytes
    problem: str = ""


def render_gate_charts(
    decision: GateDecision, inputs: GateInputs, *, record_name: str = "evidently.json", decision_name: str = "decision.json"
) -> GateCharts | None:
    """Return the charts of a decision: the same bytes for the same values. None where there is nothing that could be drawn.

    ``record_name`` and ``decision_name`` are the files beside the page. Nothing that the library does makes this fail.
    """
    places = _places(inputs)
    if places is None:
        return None
    try:
        return _rendered(decision, inputs, places, (record_name, decision_name))
    except ReportError as error:
        problem = str(error)
    except Exception as error:  # noqa: BLE001 - a decision is never lost to a library that only draws it
        problem = f"the library could not draw it ({type(error).__name__})"
    return GateCharts(_record(decision, inputs, (), problem), b"", problem)


def _rendered(decision: GateDecision, inputs: GateInputs, places: range | Sequence[int], names: tuple[str, str]) -> GateCharts:
    charts: list[Chart] = []
    parts = [_ours(decision)]
    for drawable in _drawable(inputs, places):
        part, drawn = _part(drawable, len(charts))
        charts += drawn
        parts.append(part)
    page = render_with_charts(
        "gate_charts.html.j2",
        charts,
        engine=f"Evidently {library_version()}",
        record_name=names[0],
        decision_name=names[1],
        system_name=inputs.system.name,
        versions=(inputs.champion.version, inputs.candidate.version),
        case_count=decision.case_count,
        set_name="reserve" if decision.on_reserve else "locked set",
        max_rows=MAX_ROWS,
        ours=parts[0],
        drawn=[part for part in parts[1:] if not part.left_out_because],
        left_out=[part for part in parts if part.left_out_because],
        summary=_summary(parts[1:]),
    )
    return GateCharts(_record(decision, inputs, parts), page)


def _places(inputs: GateInputs) -> range | list[int] | None:
    """Return which cases are looked at, by their places in the set; None where something was not read."""
    if inputs.cases is None or inputs.candidate_outcomes is None or inputs.champion_outcomes is None:
        return None
    count = len(inputs.cases.case_ids)
    return range(count) if count <= MAX_ROWS else [number * count // MAX_ROWS for number in range(MAX_ROWS)]


def _drawable(inputs: GateInputs, places: range | Sequence[int]) -> list[Drawable]:
    found = (answers_of(inputs, places), scores_of(inputs, places), *amounts_of(inputs, places))
    return [one for one in found if one is not None]


def _ours(decision: GateDecision) -> Part:
    """Return the gate's own numbers over all cases, as they stand in a report of the library."""
    compared = {one.metric: one.difference for one in decision.comparisons if one.segment == WHOLE}
    numbers = [Number(name, one.candidate, one.champion) for name, one in compared.items() if one is not None]
    part = Part("What the gate computed", decision.case_count)
    if not numbers:
        return replace(part, left_out_because="the gate compared nothing over all cases")
    try:
        return replace(part, numbers=report_ours(numbers))
    except Exception as error:  # noqa: BLE001 - the numbers stand in the decision; here they are only shown
        return replace(part, left_out_because=_stopped(error))


def _part(drawable: Drawable, before: int) -> tuple[Part, list[Chart]]:
    """Return one part with its charts, which are numbered after those ``before`` it."""
    part = Part(drawable.title, drawable.case_count, drawable.note, left_out_because=drawable.left_out_because)
    if part.left_out_because:
        return part, []
    try:
        found = _measured(drawable)
    except Exception as error:  # noqa: BLE001 - whatever stops the library at one part, the others are still shown
        return replace(part, left_out_because=_stopped(error)), []
    charts = [draw(found, f"chart-{before + number}") for number, draw in enumerate(_drawings(drawable), 1)]
    return replace(part, numbers=found.numbers, charts=tuple(chart.root for chart in charts)), charts


def _measured(drawable: Drawable) -> Measured:
    champion, candidate = drawable.champion, drawable.candidate
    if drawable.kind == "answers":
        return measure_answers(drawable.labels, champion, candidate, drawable.positive)  # type: ignore[arg-type]
    if drawable.kind == "scores":
        return measure_scores([int(one) for one in drawable.labels], champion, candidate)  # type: ignore[arg-type]
    return measure_amounts(champion, candidate)  # type: ignore[arg-type]


def _drawings(drawable: Drawable) -> list[Callable[[Measured, str], Chart]]:
    if drawable.kind == "answers":
        return [lambda found, root, side=side: Chart(root, confusion(found.widgets, root, side)) for side in _SIDES]  # type: ignore[misc]
    draw = curves if drawable.kind == "scores" else differences
    return [lambda found, root: Chart(root, draw(found.widgets, root))]


def _stopped(error: Exception) -> str:
    return f"the library could not measure it ({type(error).__name__})"


def _record(decision: GateDecision, inputs: GateInputs, parts: Sequence[Part], problem: str = "") -> bytes:
    return record_json(
        {
            "kind": "gate_charts",
            "schema_version": 1,
            "system": decision.system,
            "engine": "" if problem else f"evidently {library_version()}",
            "champion": inputs.champion,
            "candidate": inputs.candidate,
            "case_count": decision.case_count,
            "used_count": min(decision.case_count, MAX_ROWS),
            "not_drawn_because": problem,
            "parts": tuple(parts),
        }
    )


def _summary(parts: Sequence[Part]) -> str:
    drawn = sum(not part.left_out_because for part in parts)
    if not drawn:
        return "Nothing could be drawn. This page says nothing of the candidate."
    return f"{drawn:,} of {wording.counted(len(parts), 'part')} drawn."

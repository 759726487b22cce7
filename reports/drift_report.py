"""How columns moved between two samples: a record of the numbers, and a page with the charts that a library draws of them.

Put here which columns can be drawn, what is said of those that cannot, and the record's form. The page is a rendering and decides nothing;
neither does the library's number: whether a drift matters is decided in ``checks``.

 * A column that cannot be compared is left out with its reason, in the record and on the page; it never disappears.
 * Missing and not finite values are counted beside the chart, never drawn.
 * Very long samples are thinned evenly to ``MAX_ROWS``, and both say so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from registry.domain.canonical import record_json
from registry.domain.drift_sample import ColumnKind, DriftMethod, DriftMethods, Sample, SampleColumn
from reports import wording
from reports.evidently_charts import dashboard
from reports.evidently_measures import Measured, library_version, measure
from reports.evidently_page import Chart, render_with_charts
from reports.foreign_text import inert, inert_names

MAX_ROWS, MAX_COLUMNS, MAX_CATEGORIES = 100_000, 60, 60
_MAX_NAME, _MAX_CATEGORY = 80, 40

METHOD_WORDS = {
    DriftMethod.WASSERSTEIN: "Wasserstein distance in standard deviations of the reference",
    DriftMethod.KOLMOGOROV_SMIRNOV: "Kolmogorov-Smirnov test, p-value",
    DriftMethod.JENSEN_SHANNON: "Jensen-Shannon distance",
    DriftMethod.HELLINGER: "Hellinger distance",
    DriftMethod.PSI: "Population stability index",
    DriftMethod.CHI_SQUARE: "Chi-squared test, p-value",
}


@dataclass(frozen=True, slots=True)
class SideCount:
    """How many values of a column one sample has, and how many rows had none that could be used."""

    value_count: int
    missing_count: int


@dataclass(frozen=True, slots=True)
class ColumnDrift:
    """One column: drawn with its score, or left out with a reason."""

    name: str
    kind: ColumnKind
    method: DriftMethod
    score: float | None
    reference: SideCount
    current: SideCount
    left_out_because: str = ""


@dataclass(frozen=True, slots=True)
class DriftReport:
    """The record and the page as bytes, and the columns as the record holds them."""

    record: bytes
    page: bytes
    columns: tuple[ColumnDrift, ...]

    @property
    def left_out(self) -> tuple[ColumnDrift, ...]:
        return tuple(column for column in self.columns if column.left_out_because)


def render_drift_report(
    reference: Sample, current: Sample, *, title: str, methods: DriftMethods | None = None, record_name: str = "drift.json"
) -> DriftReport:
    """Return how each column moved from ``reference`` to ``current``: the same bytes for the same samples.

    ``record_name`` is the name under which the caller keeps the record beside the page.

    Raises:
        ReportError: Evidently is not of a version whose page was examined; nothing was rendered.
    """
    chosen = methods or DriftMethods()
    looked_at = [_compared(name, reference, current, chosen, number) for number, name in enumerate(_names(reference, current), 1)]
    columns = tuple(column for column, _ in looked_at)
    charts = [_chart(f"chart-{number}", column.kind, drawn) for number, (column, drawn) in enumerate(looked_at, 1) if drawn]
    page = render_with_charts(
        "drift.html.j2",
        charts,
        title=title,
        record_name=record_name,
        engine=f"Evidently {library_version()}",
        samples=(reference, current),
        thinned=[sample for sample in (reference, current) if sample.row_count > MAX_ROWS],
        max_rows=MAX_ROWS,
        drawn=[column for column, drawn in looked_at if drawn],
        left_out=[column for column, drawn in looked_at if not drawn],
        summary=_summary(len(charts), len(columns)),
        method_words=METHOD_WORDS,
    )
    return DriftReport(_record(title, reference, current, columns), page, columns)


def _chart(root: str, kind: ColumnKind, drawn: Measured) -> Chart:
    return Chart(root, dashboard(drawn, kind, root))


def _record(title: str, reference: Sample, current: Sample, columns: Sequence[ColumnDrift]) -> bytes:
    sides = {"reference": reference, "current": current}
    return record_json(
        {
            "kind": "drift_charts",
            "schema_version": 1,
            "title": title,
            "engine": f"evidently {library_version()}",
            **{side: {"label": sample.label, "row_count": sample.row_count, "used_count": _used(sample)} for side, sample in sides.items()},
            "columns": columns,
        }
    )


def _names(reference: Sample, current: Sample) -> list[str]:
    """Every column of either sample once, in the reference's order."""
    return list(dict.fromkeys(column.name for sample in (reference, current) for column in sample.columns))


def _compared(name: str, reference: Sample, current: Sample, methods: DriftMethods, number: int) -> tuple[ColumnDrift, Measured | None]:
    sides = [next((column for column in sample.columns if column.name == name), None) for sample in (reference, current)]
    kind = next(column.kind for column in sides if column)
    values = [_values(side) if side else [] for side in sides]
    rows = (_used(reference), _used(current))
    was, now = (SideCount(len(found), row_count - len(found)) for found, row_count in zip(values, rows, strict=True))
    column = ColumnDrift(name, kind, methods.of(kind), None, was, now)
    reason = _reason_to_leave_out(sides, values, number)
    return (replace(column, left_out_because=reason), None) if reason else _measured(column, values)


def _measured(column: ColumnDrift, values: list[list[float | str]]) -> tuple[ColumnDrift, Measured | None]:
    shown = values if column.kind is ColumnKind.NUMBER else list(_inert_categories(values))
    try:
        found = measure(inert(column.name, _MAX_NAME).strip() or "(no name)", column.kind, column.method, *shown)
    except Exception as error:  # noqa: BLE001 - whatever stops the library at one column, the others are still shown
        return replace(column, left_out_because=f"the library could not measure it ({type(error).__name__})"), None
    if found.score is None:
        return replace(column, left_out_because="the library computed no number for it"), None
    return replace(column, score=found.score), found


def _reason_to_leave_out(sides: Sequence[SampleColumn | None], values: Sequence[Sequence[float | str]], number: int) -> str:
    for side, found, label in zip(sides, values, ("reference", "current"), strict=True):
        if side is None:
            return f"the {label} sample has no such column"
        if not found:
            return f"no value in the {label} sample" if side.values else f"the {label} sample is empty"
    if len({side.kind for side in sides if side}) > 1:
        return "numbers in one sample, categories in the other"
    category_count = len({value for found in values for value in found}) if isinstance(values[0][0], str) else 0
    if category_count > MAX_CATEGORIES:
        return f"{category_count:,} different values; at most {MAX_CATEGORIES} can be drawn"
    return f"a page shows at most {MAX_COLUMNS} columns" if number > MAX_COLUMNS else ""


def _values(column: SampleColumn) -> list[float | str]:
    thinned = column.values if len(column.values) <= MAX_ROWS else [column.values[place] for place in _places(len(column.values))]
    return [value for value in thinned if value is not None and not (isinstance(value, float) and not math.isfinite(value))]


def _places(row_count: int) -> Iterator[int]:
    return (number * row_count // MAX_ROWS for number in range(MAX_ROWS))


def _used(sample: Sample) -> int:
    return min(sample.row_count, MAX_ROWS)


def _inert_categories(values: Sequence[Sequence[float | str]]) -> Iterator[list[float | str]]:
    """Yield both sides with names that mean nothing to any library."""
    names = inert_names({str(value) for side in values for value in side}, _MAX_CATEGORY)
    for side in values:
        yield [names[str(value)] for value in side]


def _summary(drawn_count: int, column_count: int) -> str:
    if not drawn_count:
        return f"Nothing could be drawn: {wording.counted(column_count, 'column was', 'columns were')} given. This page says nothing."
    return f"{drawn_count:,} of {wording.counted(column_count, 'column')} drawn."

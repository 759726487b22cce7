"""The profile of a window counted where its rows are: one statement on PostgreSQL or Spark, in place of fetching them.

Put here what is counted by an engine and how its answer becomes cells. The same counts of rows that are fetched are ``window_tally.py``; a
test holds both to the same numbers.

 * One scan: the rows are grouped by what they are of the segment columns, and every bin is a sum. One more statement names the unseen and
   rare levels, one the model versions, and one the ids of rows: each only where there are some.
 * Where an engine would spell a value otherwise than the rows that were frozen (a float as a category, a text as a number, a condition in
   DuckDB's SQL), nothing is pushed down: the rows are fetched as before.
 * Exact to the row; sums of floats may differ in the last digits with the engine's order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from registry.domain.canonical import digest_of
from registry.domain.drift_sample import ColumnKind
from registry.domain.profile import WHOLE, CellCounts, ColumnBins, Segment, WindowProfile
from registry.sources.cell_tallies import MANY_NEW, most_frequent
from registry.sources.column_values import MAX_LEVEL
from registry.sources.engines import Engine, ValueType, engine_of
from registry.sources.level_names import NameLevel, is_redacted, level_namers
from registry.sources.prediction_rows import PredictionPlace, Request, refuse_without_times
from registry.sources.pushdown_sums import category_sums, number_cell, number_sums, total_of
from registry.sources.query_rows import load_query
from registry.sources.row_ids import IdCount

_TABLE, _DAY = "proofloop_rows", "proofloop_day"
_MAX_AGGREGATES, _MAX_DAYS, _MAX_NAMES = 1_500, 62, 10_000
_TIMES = {ValueType.DATE, ValueType.CIVIL, ValueType.INSTANT}
_NUMBERS = {ValueType.WHOLE: "int64", ValueType.FLOAT: "float64", ValueType.DECIMAL: "decimal", ValueType.BOOLEAN: "boolean"}
_LEVELS = {ValueType.TEXT: "string", ValueType.WHOLE: "int64", ValueType.BOOLEAN: "boolean", ValueType.DATE: "date"}


@dataclass(frozen=True, slots=True)
class _Counting:
    """What is asked of an engine: ``types`` of the columns it has, the segment columns that it has in order."""

    request: Request
    engine: Engine
    types: Mapping[str, ValueType | None]
    columns: tuple[ColumnBins, ...]
    segments: tuple[Segment, ...]
    namers: Mapping[str, NameLevel]

    @property
    def there(self) -> tuple[ColumnBins, ...]:
        return tuple(bins for bins in self.columns if bins.name in self.types)

    @property
    def split(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(segment.column for segment in self.segments if segment.column in self.types))

    @property
    def version(self) -> tuple[str, ...]:
        """Return the column of the model's version, nothing where there is none."""
        name = self.request.system.predictions.version
        return (name,) if name in self.types else ()

    @property
    def row_id(self) -> tuple[str, ...]:
        """Return the column that names a row, nothing where there is none."""
        name = self.request.system.predictions.row_id
        return (name,) if name in self.types else ()

    @property
    def source(self) -> tuple[str, str]:
        """Return the SQL before and after the reviewed query that makes its rows, with their day, a table."""
        time = self.request.time
        kind = self.types[time.column]
        day = self.engine.day_of(time.column, kind, self.request.zone) if kind else ""
        return f"WITH {_TABLE} AS (SELECT q.*, {day} AS {_DAY} FROM (", "\n) AS q)\n"  # noqa: S608 - names are quoted by the engine

    def asked(self, expression: Any) -> list[Mapping[str, Any]]:
        import ibis

        getattr(ibis, self.engine.dialect)  # a dialect's settings are there once its backend has been asked for
        before, after = self.source
        statement = str(ibis.to_sql(expression, dialect=self.engine.dialect))
        more = statement.removeprefix("WITH")
        return self.engine.rows(before, after + (statement if more == statement else f",{more}"))


def pushed_down(
    request: Request, columns: tuple[ColumnBins, ...], segments: tuple[Segment, ...], place: PredictionPlace
) -> WindowProfile | None:
    """Return the profile as the source's own engine counts it, None where its rows have to be fetched.

    Raises:
        SchemaBrokenError: there is no column of times.
        SourceError: the engine refuses the query.
        SourceUnavailableError: it does not answer.
    """
    counting = _counting(request, columns, segments, place)
    return _counted(counting) if counting and _is_sure(counting) else None


def _counting(request: Request, columns: tuple[ColumnBins, ...], segments: tuple[Segment, ...], place: PredictionPlace) -> _Counting | None:
    spec, window = request.system.predictions, request.window
    if spec.source.path or spec.where or request.time.format or window.day_count > _MAX_DAYS:
        return None
    query = load_query(spec.source, place.base, place.roots)
    late = timedelta(days=request.time.plus_days)
    bounds = (window.start_on - timedelta(days=1) - late, window.end_on + timedelta(days=1) - late)
    engine = engine_of(query, bounds, place.connection_url)
    if engine is None:
        return None
    types = engine.columns()
    refuse_without_times(request, query.name, tuple(types))
    return _Counting(request, engine, types, columns, segments, level_namers(spec, place))


def _is_sure(counting: _Counting) -> bool:
    """Return whether the engine counts what the rows would be counted as."""
    named = [(bins.name, _NUMBERS if bins.kind is ColumnKind.NUMBER else _LEVELS) for bins in counting.there]
    named += [(column, _LEVELS) for column in (*counting.split, *counting.version)]
    named += [(column, _NUMBERS | _LEVELS) for column in counting.row_id]
    levels = [level for bins in counting.there for level in (*bins.levels, *bins.rare_levels)]
    return (
        counting.types[counting.request.time.column] in _TIMES
        and all(counting.types[name] in known for name, known in named)
        and all(len(level) < MAX_LEVEL for level in (*levels, *(segment.value for segment in counting.segments)))
        and not any(map(is_redacted, (*levels, *(segment.value for segment in counting.segments))))  # the engine has their texts
        and sum(bins.bin_count + 6 for bins in counting.there) + _MAX_DAYS < _MAX_AGGREGATES
    )


def _counted(counting: _Counting) -> WindowProfile:
    request = counting.request
    rows = _rows_inside(counting)
    groups, ids = counting.asked(_sums(counting, rows)), _ids(counting, rows)
    found = [group for group in groups if not group["undated"]]
    sizes = {segment: total_of(_of(counting, found, segment), "n") for segment in (WHOLE, *counting.segments)}
    days = tuple(total_of(found, f"day{place}") for place in range(request.window.day_count))
    return WindowProfile(
        window=request.window,
        row_count=sizes[WHOLE],
        segments=tuple(sizes.items()),
        cells=tuple(_cells(counting, rows, found)),
        missing_columns=tuple(name for name in request.columns if name not in counting.types),
        day_rows=days,
        undated_count=total_of([group for group in groups if group["undated"]], "n"),
        source_digest=digest_of([request.name, sorted(repr(sorted(group.items())) for group in groups)]),
        versions=_versions(counting, rows),
        duplicate_count=ids.repeated if ids else None,
        without_id_count=sizes[WHOLE] - ids.named if ids else 0,
    )


def _ids(counting: _Counting, rows: Any) -> IdCount | None:
    """Return how many rows have an id, and that of another; None where no id is named or there."""
    for name in counting.row_id:
        text = rows[name].cast("string")
        there = rows.filter(rows[_DAY].notnull() & text.notnull() & (text != ""))
        (found,) = counting.asked(there.aggregate(n=there.count(), ids=there[name].nunique()))
        return IdCount(int(found["n"]), int(found["n"]) - int(found["ids"]))
    return None


def _versions(counting: _Counting, rows: Any) -> tuple[tuple[str, int], ...]:
    """Return how many rows each model version decided, by its name."""
    found: Counter[str] = Counter()
    for name in counting.version:
        dated = rows.filter(rows[_DAY].notnull())
        counted = dated.group_by(level=dated[name].cast("string")).aggregate(n=dated.count())
        for row in counting.asked(counted.order_by(counted.n.desc(), counted.level).limit(_MAX_NAMES)):
            found[counting.namers[name](str(row["level"] or ""))] += int(row["n"])
    return tuple(sorted(found.items()))


def _rows_inside(counting: _Counting) -> Any:
    """Return the rows of the window, and those without a readable time, as Ibis sees them."""
    import ibis

    known = {name: (_NUMBERS | _LEVELS)[kind] for name, kind in counting.types.items() if kind in _NUMBERS | _LEVELS}
    rows = ibis.table(known | {_DAY: "date"}, name=_TABLE)
    late = timedelta(days=counting.request.time.plus_days)
    window = counting.request.window
    inside = (rows[_DAY] >= ibis.date((window.start_on - late).isoformat())) & (rows[_DAY] < ibis.date((window.end_on - late).isoformat()))
    return rows.filter(inside | rows[_DAY].isnull())


def _sums(counting: _Counting, rows: Any) -> Any:
    import ibis

    keys = {"undated": rows[_DAY].isnull()}
    for place, column in enumerate(counting.split):
        values = [segment.value for segment in counting.segments if segment.column == column]
        text = rows[column].cast("string")
        keys[f"segment{place}"] = ibis.cases((text.isin(values), text), else_=ibis.null("string"))
    first = counting.request.window.start_on - timedelta(days=counting.request.time.plus_days)
    sums = {"n": rows.count()}
    for place in range(counting.request.window.day_count):
        sums[f"day{place}"] = (rows[_DAY] == ibis.date((first + timedelta(days=place)).isoformat())).sum()
    for number, bins in enumerate(counting.there):
        asked = number_sums if bins.kind is ColumnKind.NUMBER else category_sums
        sums |= {f"c{number}_{name}": one for name, one in asked(rows[bins.name], bins)}
    return rows.group_by(**keys).aggregate(**sums)


def _cells(counting: _Counting, rows: Any, groups: Sequence[Mapping[str, Any]]) -> Iterator[CellCounts]:
    for number, bins in enumerate(counting.there):
        for segment in (WHOLE, *counting.segments):
            mine = _of(counting, groups, segment)
            if bins.kind is ColumnKind.NUMBER:
                yield number_cell(bins, segment, mine, f"c{number}_")
            else:
                yield _category_cell(counting, rows, bins, segment, mine, f"c{number}_")


def _category_cell(
    counting: _Counting, rows: Any, bins: ColumnBins, segment: Segment, groups: Sequence[Mapping[str, Any]], prefix: str
) -> CellCounts:
    known = [total_of(groups, f"{prefix}level{place}") for place in range(len(bins.levels))]
    rare = total_of(groups, prefix + "rare") if bins.rare_levels else 0
    missing = total_of(groups, prefix + "missing")
    unseen = total_of(groups, "n") - sum(known) - rare - missing
    counts = (*known, rare, unseen, missing)
    if segment != WHOLE or not rare + unseen:
        return CellCounts(bins.name, segment, counts)
    names = _names(counting, rows, bins)
    rarely = Counter({name: count for name, count in names.items() if name in bins.rare_levels})
    new = most_frequent(names - rarely) if len(names - rarely) <= MANY_NEW else ()
    return CellCounts(bins.name, segment, counts, new_levels=new, rare_levels=most_frequent(rarely))


def _names(counting: _Counting, rows: Any, bins: ColumnBins) -> Counter[str]:
    """Return the rare and unseen levels with their counts."""
    text, name = rows[bins.name].cast("string"), counting.namers.get(bins.name, str)
    named = rows.filter(rows[_DAY].notnull() & text.notnull() & (text != "") & ~text.isin(list(bins.levels) or [""]))
    level = named[bins.name].cast("string")
    counted = named.group_by(level=level).aggregate(n=named.count())
    found = counting.asked(counted.order_by(counted.n.desc(), counted.level).limit(_MAX_NAMES))
    return Counter({name(str(row["level"])): int(row["n"]) for row in found})


def _of(counting: _Counting, groups: Sequence[Mapping[str, Any]], segment: Segment) -> list[Mapping[str, Any]]:
    if segment == WHOLE:
        return list(groups)
    if segment.column not in counting.split:
        return []
    key = f"segment{counting.split.index(segment.column)}"
    return [group for group in groups if group[key] == segment.value]

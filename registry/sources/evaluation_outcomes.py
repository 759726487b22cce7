"""What versions made of the locked set, read from a table with a row for each version and case.

Put here what a row of outcomes means and how rows become one entry a case. Which rows are read is ``evaluation_versions.py``, what is told
of them ``evaluation_told.py``.

 * Entries stand in the order of the set. A case without a row has no answer, no error and no value; rows of other cases are strangers.
 * A case has one row of a version. With a column of repeats the lowest repeat is the answer, and the answers of the others are repeats.
   A repeat that ended in an error has no answer, whatever stands beside it.
 * Two rows that are not told apart refuse the version: which one counts would be a guess.
 * A row without a case, or with a repeat that is no number, is set aside and told: with a column of repeats it may be the wrong answer
   of a case that has others, so nothing passes on the rest, nor where a case has fewer repeats than others. An empty cell is no value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from registry.domain.canonical import dense_json, digest_bytes
from registry.domain.evaluation import EvaluationSet, EvaluationSpec, MetricKind, OutcomesRead, VersionOutcomes
from registry.sources.evaluation_cells import numbers_of_texts, yes_or_no
from registry.sources.evaluation_tables import Table, filled_parts, read_table, refuse_missing
from registry.sources.evaluation_told import Told
from registry.sources.evaluation_validation import EvaluationValidator, refuse_unvalidated
from registry.sources.evaluation_versions import staged_versions
from registry.sources.prediction_rows import PredictionPlace


def read_outcomes(
    spec: EvaluationSpec,
    cases: EvaluationSet,
    versions: Sequence[str],
    place: PredictionPlace,
    validator: EvaluationValidator | None = None,
) -> OutcomesRead:
    """Return what each of ``versions`` made of ``cases``, with what is wrong with the table as findings.

    ``validator`` gives a second opinion on the rows of the versions.

    Raises:
        SchemaBrokenError: a column is missing.
        SourceError: the table cannot be read, or validation gave no answer or another (``not_validated``).
        SourceUnavailableError: its database or storage does not answer.
    """
    with staged_versions(spec, versions, place) as (stage, found):
        refuse_missing(filled_parts(stage), columns_of(spec))
        reading = _Reading(spec, cases, read_table(stage, columns_of(spec)), Told(stage, spec.columns.repeat, place.redact))
        reading.told.tell_table(found)
        made = reading.made(found.wanted)
        if validator and reading.table.numbers:
            reading.validate(found.name, validator)
        reading.told.tell_missing([version for version in found.wanted if version not in reading.rows], found)
        return OutcomesRead(made, tuple(reading.told.findings), stage.inputs)


def columns_of(spec: EvaluationSpec) -> tuple[str, ...]:
    """Return every column of the outcomes that ``spec`` names, each once."""
    named = spec.columns
    listed = (named.version, named.case_id, named.answer, named.score, named.error, named.repeat, *_amounts(spec), *_passed(spec))
    return tuple(dict.fromkeys(name for name in listed if name))


def _passed(spec: EvaluationSpec) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.column for one in spec.metrics if one.column and one.kind is MetricKind.PASSED))


def _amounts(spec: EvaluationSpec) -> tuple[str, ...]:
    others = (MetricKind.PASSED, MetricKind.ACCURACY)
    return tuple(dict.fromkeys(one.column for one in spec.metrics if one.column and one.kind not in others))


@dataclass(slots=True)
class _Rows:
    """The rows of one version, as places in the table: those of each case with their repeat, and those that are of none."""

    by_case: dict[int, list[tuple[float, int]]] = field(default_factory=dict)
    strangers: list[int] = field(default_factory=list)
    caseless: list[int] = field(default_factory=list)
    orderless: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Reading:
    """A table of outcomes on its way to one entry a case."""

    spec: EvaluationSpec
    cases: EvaluationSet
    table: Table
    told: Told
    rows: dict[str, _Rows] = field(default_factory=dict)
    repeats: Sequence[float | None] = ()

    def __post_init__(self) -> None:
        column = self.spec.columns.repeat
        self.repeats = numbers_of_texts(self.table.get(column)).values if column else (0.0,) * len(self.table.numbers)

    def made(self, versions: Sequence[str]) -> dict[str, VersionOutcomes]:
        """Return the outcomes of every version that has rows, if they can be told apart."""
        self._sort_rows()
        found = [(version, self.rows[version]) for version in versions if version in self.rows]
        return {version: _OfVersion(self, version, rows).made() for version, rows in found if self._is_clear(version, rows)}

    def validate(self, name: str, validator: EvaluationValidator) -> None:
        """Let ``validator`` look at the rows, each with the case of the set that it is of.

        Raises:
            SourceError: it gave no answer, or another.
        """
        known = set(self.cases.case_ids)
        ids = [case_id if (case_id or "").strip() else None for case_id in self.table.get(self.spec.columns.case_id)]
        columns = {
            "row": range(len(ids)),
            "asked": self.table.get(self.spec.columns.version),
            "case_id": ids,
            "repeat": self.repeats,
            "set_case_id": [case_id if case_id in known else None for case_id in ids],
        }
        result = validator.validate_outcomes(columns)
        refuse_unvalidated(name, result, self._broken_rows())
        self.told.tell_validated(name, result)

    def _broken_rows(self) -> dict[str, list[int]]:
        every = self.rows.values()
        return {
            "case_present": [row for rows in every for row in rows.caseless],
            "repeat_read": [row for row, repeat in enumerate(self.repeats) if repeat is None],
            "told_apart": [row for rows in every for found in rows.by_case.values() for row in _same(found)],
        }

    def _sort_rows(self) -> None:
        named = self.spec.columns
        places = {case_id: place for place, case_id in enumerate(self.cases.case_ids)}
        columns = zip(self.table.get(named.version), self.table.get(named.case_id), self.repeats, strict=True)
        for row, (version, case_id, repeat) in enumerate(columns):
            rows = self.rows.setdefault(version or "", _Rows())
            if not (case_id or "").strip():
                rows.caseless.append(row)
            elif (place := places.get(case_id or "")) is None:
                rows.strangers.append(row)
            elif repeat is None:
                rows.orderless.append(row)
            else:
                rows.by_case.setdefault(place, []).append((repeat, row))

    def _is_clear(self, version: str, rows: _Rows) -> bool:
        named, told = self.spec.columns, self.told
        told.tell_rows(version, "no_case_id", f"an id in {named.case_id!r}", self._numbers(rows.caseless))
        told.tell_rows(version, "no_repeat", f"a number in {named.repeat!r}", self._numbers(rows.orderless))
        ids = [self.table.get(named.case_id)[row] or "" for row in rows.strangers]
        told.tell_strangers(version, self._numbers(rows.strangers), ids, next(iter(self.cases.case_ids), ""))
        twice = [(place, _same(found)) for place, found in sorted(rows.by_case.items()) if len(found) > 1]
        again = [(self.cases.case_ids[place], self._numbers(same)) for place, same in twice if same]
        if again:
            told.tell_twice(version, again)
        elif named.repeat:
            told.tell_missing_repeats(version, *self._fewer(rows))
        return not again

    def _fewer(self, rows: _Rows) -> tuple[int, list[tuple[str, int]]]:
        """Return how often a case was asked at most, and the cases that were asked less often; one without a row is missing as a case."""
        counts = {place: len(found) for place, found in sorted(rows.by_case.items())}
        most = max(counts.values(), default=0)
        return most, [(self.cases.case_ids[place], count) for place, count in counts.items() if count < most]

    def _numbers(self, rows: Sequence[int]) -> list[int]:
        return [self.table.numbers[row] for row in rows]


@dataclass(slots=True)
class _OfVersion:
    """The entries of one version; ``tried`` are the rows of each case of the set, the one that counts first."""

    reading: _Reading
    version: str
    rows: _Rows
    tried: list[list[int]] = field(init=False)

    def __post_init__(self) -> None:
        by_case = self.rows.by_case
        self.tried = [[row for _, row in sorted(by_case.get(place, ()))] for place in range(len(self.reading.cases.case_ids))]

    def made(self) -> VersionOutcomes:
        spec = self.reading.spec
        found = VersionOutcomes(
            version=self.version,
            digest="",
            answers=tuple(answer or None for answer in self._cells(spec.columns.answer)),
            errors=tuple(self.reading.told.shortened(error) for error in self._cells(spec.columns.error)),
            scores=self._numbers(spec.columns.score) if spec.columns.score else (),
            amounts={column: self._numbers(column) for column in _amounts(spec)},
            passed={column: self._passed(column) for column in _passed(spec)},
            repeats=self._repeats(),
            strangers=len(self.rows.strangers),
        )
        return replace(found, digest=_digest(found, self.reading.cases))

    def _cells(self, column: str) -> list[str | None]:
        cells = self.reading.table.get(column)
        return [cells[rows[0]] if rows else None for rows in self.tried]

    def _numbers(self, column: str) -> tuple[float | None, ...]:
        cells = self._cells(column)
        found = numbers_of_texts(cells)
        self._tell(column, "a finite number", cells, found.unreadable)
        return found.values

    def _passed(self, column: str) -> tuple[bool | None, ...]:
        cells = self._cells(column)
        found = yes_or_no(cells)
        self._tell(column, "true or false", cells, found.unreadable)
        return found.values

    def _tell(self, column: str, expected: str, cells: Sequence[str | None], places: Sequence[int]) -> None:
        numbers = [self.reading.table.numbers[self.tried[place][0]] for place in places]
        self.reading.told.tell_cells(self.version, column, expected, numbers, [cells[place] or "" for place in places])

    def _repeats(self) -> tuple[tuple[str | None, ...], ...]:
        if all(len(rows) < 2 for rows in self.tried):
            return ()
        named = self.reading.spec.columns
        answers, errors = (self.reading.table.get(column) for column in (named.answer, named.error))
        return tuple(tuple(None if (errors[row] or "").strip() else answers[row] or None for row in rows[1:]) for rows in self.tried)


def _same(rows: Sequence[tuple[float, int]]) -> list[int]:
    """Return the rows whose repeat another one has too."""
    counts = Counter(repeat for repeat, _ in rows)
    return [row for repeat, row in rows if counts[repeat] > 1]


def _digest(found: VersionOutcomes, cases: EvaluationSet) -> str:
    # Without the version's name: the same outcomes under two names are the same outcomes.
    made = [cases.case_ids, found.answers, found.errors, found.scores, found.amounts, found.passed, found.repeats, found.strangers]
    return digest_bytes(dense_json(made))

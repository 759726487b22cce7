"""The locked set of an evaluation: one file whose bytes are those that the catalogue names, read whole or not at all.

Put here what makes a set one that may be judged on. Outcomes on it are ``evaluation_outcomes.py``.

 * The set is one file with the sha256 that was locked; a changed byte is another set. A query has no bytes to lock.
 * Every row is a case: one that cannot be read, has no id or label, or the id of another refuses the set. Without it it is another set.
 * What marks a critical case says yes or no; an empty cell is no. Cases without a value of a segment are a segment, ``NO_VALUE``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from registry.domain.evaluation import EvaluationSet, EvaluationSpec
from registry.domain.segments import NO_VALUE
from registry.errors import SourceError
from registry.sources.evaluation_cells import yes_or_no
from registry.sources.evaluation_tables import MAX_NAMED, Table, digest_columns, named_places, read_table, refuse_missing, staged_files_once
from registry.sources.evaluation_validation import EvaluationValidator, refuse_unvalidated
from registry.sources.locations import SourceFile, find_files
from registry.sources.opening import digest_file
from registry.sources.prediction_rows import PredictionPlace
from registry.sources.staging import Stage


def read_evaluation_set(spec: EvaluationSpec, place: PredictionPlace, validator: EvaluationValidator | None = None) -> EvaluationSet:
    """Return the cases of the locked set; ``validator`` gives a second opinion on its rows.

    Raises:
        SourceError: there is no such file, it is not the one that was locked (``set_changed``), its rows are no cases (``set_broken``), or
            validation gave no answer or another (``not_validated``).
        SchemaBrokenError: a column is missing.
        SourceUnavailableError: its storage does not answer.
    """
    with _staged_locked(spec, _only_file(spec, place), place) as stage:
        refuse_missing(stage.parts, [*_kept_columns(spec), *spec.content])
        cases = read_table(stage, _kept_columns(spec))
        broken = _broken_rows(spec, cases)
        if validator and cases.numbers:
            _validate(stage.parts[0].name, spec, cases, broken, validator)
        _refuse_broken(stage, spec, cases, broken)
        return _made(stage, spec, cases)


def read_case_inputs(spec: EvaluationSpec, columns: Sequence[str], place: PredictionPlace) -> tuple[tuple[str | None, ...], ...]:
    """Return what every case of the locked set has in ``columns``, in the order of the file: what a model that is scored here is given.

    Raises:
        SourceError, SchemaBrokenError, SourceUnavailableError: as ``read_evaluation_set``.
    """
    with _staged_locked(spec, _only_file(spec, place), place) as stage:
        refuse_missing(stage.parts, columns)
        table = read_table(stage, columns)
        return tuple(zip(*(table.get(name) for name in columns), strict=True))


def _kept_columns(spec: EvaluationSpec) -> tuple[str, ...]:
    """Return the columns whose values a set keeps, each once; of its contents it keeps digests."""
    named = (spec.case_id, spec.label, *spec.segments, spec.critical, *spec.fairness.columns)
    return tuple(dict.fromkeys(name for name in named if name))


@contextmanager
def _staged_locked(spec: EvaluationSpec, file: SourceFile, place: PredictionPlace) -> Iterator[Stage]:
    """Lend the set staged, if it is the one that was locked."""
    with ExitStack() as lent:
        try:
            stage = lent.enter_context(staged_files_once(spec.cases, (file,), place))
        except SourceError:
            # A file that cannot be staged is first of all another one: that it was changed is what people have to know.
            refuse_changed(spec, file.name, digest_file(file))
            raise
        refuse_changed(spec, file.name, stage.inputs[0].digest)
        yield stage


def _only_file(spec: EvaluationSpec, place: PredictionPlace) -> SourceFile:
    source = spec.cases
    if not source.path:
        raise SourceError(
            f"{source.query_file or source.source_id}: expected the locked set in a file, found a query; its rows can change while nobody "
            "looks: export it once and name the file with its sha256"
        )
    files = find_files(source.path, place.base, place.roots)
    if len(files) != 1:
        raise SourceError(f"{source.path}: expected the locked set in one file, found {len(files)}; join them, one sha256 locks one file")
    return files[0]


def refuse_changed(spec: EvaluationSpec, name: str, found: str) -> None:
    """Refuse a file whose digest is not the one that the catalogue locks.

    Raises:
        SourceError: it is another (``set_changed``).
    """
    locked = "sha256:" + spec.set_digest.removeprefix("sha256:").lower()
    if found != locked:
        text = f"{name}: expected the set that was locked ({locked}), found another ({found}); "
        raise SourceError(text + "put the locked file back, or lock this one in the catalogue: a change that is reviewed", "set_changed")


def _broken_rows(spec: EvaluationSpec, cases: Table) -> dict[str, list[int]]:
    """Return the places of the rows that break each rule of ``checks/expectations/evaluations.py``."""
    counts = Counter(cases.get(spec.case_id))
    return {
        "case_present": _blank(cases.get(spec.case_id)),
        "case_unique": [row for row, case_id in enumerate(cases.get(spec.case_id)) if counts[case_id] > 1 and (case_id or "").strip()],
        "label_present": _blank(cases.get(spec.label)) if spec.label else [],
        "critical_told": list(yes_or_no(cases.get(spec.critical)).unreadable),
    }


def _validate(name: str, spec: EvaluationSpec, cases: Table, broken: dict[str, list[int]], validator: EvaluationValidator) -> None:
    marks = yes_or_no(cases.get(spec.critical))
    told = [None if value is None else str(value).lower() for value in marks.values]
    for row in marks.unreadable:
        told[row] = "neither"
    columns = {
        "row": range(len(cases.numbers)),
        "case_id": _present(cases.get(spec.case_id)),
        "label": _present(cases.get(spec.label)) if spec.label else cases.numbers,
        "critical": told,
    }
    refuse_unvalidated(name, validator.validate_cases(columns), broken)


def _refuse_broken(stage: Stage, spec: EvaluationSpec, cases: Table, broken: dict[str, list[int]]) -> None:
    problems = []
    if stage.malformed:
        first = "; ".join(row.reason for row in stage.malformed[:MAX_NAMED])
        problems.append(f"expected rows that are cases, found {len(stage.malformed):,} that cannot be read: {first}")
    for rule, column in (("case_present", spec.case_id), ("label_present", spec.label)):
        if broken[rule]:
            problems.append(f"expected a value of {column!r} in every case, found none in {_places(stage, cases, broken[rule])}")
    if broken["case_unique"]:
        problems.append(f"expected one case an id of {spec.case_id!r}, found {_told_again(stage, spec, cases, broken['case_unique'])}")
    if broken["critical_told"]:
        places = _places(stage, cases, broken["critical_told"], cases.get(spec.critical))
        problems.append(f"expected true or false in {spec.critical!r}, found neither in {places}")
    if problems:
        raise SourceError(f"{stage.parts[0].name}: {'; '.join(problems)}; repair the set and lock it anew", "set_broken")


def _told_again(stage: Stage, spec: EvaluationSpec, cases: Table, broken: list[int]) -> str:
    rows: dict[str, list[int]] = {}
    for row in broken:
        rows.setdefault(cases.get(spec.case_id)[row] or "", []).append(row)
    told = "; ".join(f"{case_id!r} in {_places(stage, cases, found)}" for case_id, found in list(rows.items())[:MAX_NAMED])
    return told + (f"; and {len(rows) - MAX_NAMED:,} more ids" if len(rows) > MAX_NAMED else "")


def _places(stage: Stage, cases: Table, rows: Sequence[int], cells: Sequence[str | None] = ()) -> str:
    return named_places(stage, [cases.numbers[row] for row in rows], [cells[row] for row in rows] if cells else ())


def _blank(texts: Sequence[str | None]) -> list[int]:
    return [row for row, text in enumerate(texts) if not (text or "").strip()]


def _present(texts: Sequence[str | None]) -> list[str | None]:
    return [text if text and text.strip() else None for text in texts]


def _made(stage: Stage, spec: EvaluationSpec, cases: Table) -> EvaluationSet:
    return EvaluationSet(
        digest=stage.inputs[0].digest,
        case_ids=_texts(cases, spec.case_id),
        labels=_texts(cases, spec.label) if spec.label else (),
        contents=digest_columns(stage, spec.content) if spec.content else (),
        segments={name: _texts(cases, name) for name in spec.segments},
        critical=tuple(bool(value) for value in yes_or_no(cases.get(spec.critical)).values) if spec.critical else (),
        groups={name: _texts(cases, name) for name in spec.fairness.columns},
    )


def _texts(cases: Table, name: str) -> tuple[str, ...]:
    return tuple(text if text and text.strip() else NO_VALUE for text in cases.get(name))

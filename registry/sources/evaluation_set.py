"""The locked set of an evaluation: one file whose bytes are those that the catalogue names, read whole or not at all.

Put here what makes a set one that may be judged on. Outcomes on it are ``evaluation_outcomes.py``.

 * The set is one file with the sha256 that was locked; a changed byte is another set. A query has no bytes to lock.
 * Every row is a case: one that cannot be read, has no id or label, or the id of another refuses the set. Without it it is another set.
 * What marks a critical case says yes or no; an empty cell is no. Cases without a value of a segment are a segment, ``NO_VALUE``.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from registry.domain.evaluation import EvaluationSet, EvaluationSpec
from registry.errors import SourceError
from registry.sources.evaluation_cells import yes_or_no
from registry.sources.evaluation_tables import MAX_NAMED, Table, named_places, read_table, refuse_missing, staged_files_once
from registry.sources.locations import SourceFile, find_files
from registry.sources.opening import digest_file
from registry.sources.prediction_rows import PredictionPlace
from registry.sources.staging import Stage

NO_VALUE = "(no value)"


def read_evaluation_set(spec: EvaluationSpec, place: PredictionPlace) -> EvaluationSet:
    """Return the cases of the locked set.

    Raises:
        SourceError: there is no such file, it is not the one that was locked (``set_changed``), or its rows are no cases (``set_broken``).
        SchemaBrokenError: a column is missing.
        SourceUnavailableError: its storage does not answer.
    """
    file = _locked_file(spec, place)
    with staged_files_once(spec.cases, (file,), place) as stage:
        _refuse_malformed(stage)
        refuse_missing(stage.parts, columns_of(spec))
        cases = read_table(stage, columns_of(spec))
        _refuse_nameless(stage, spec, cases)
        return _made(stage, spec, cases)


def columns_of(spec: EvaluationSpec) -> tuple[str, ...]:
    """Return every column of the set that ``spec`` names, each once."""
    named = (spec.case_id, spec.label, *spec.content, *spec.segments, spec.critical, *spec.fairness.columns)
    return tuple(dict.fromkeys(name for name in named if name))


def _locked_file(spec: EvaluationSpec, place: PredictionPlace) -> SourceFile:
    source = spec.cases
    if not source.path:
        raise SourceError(
            f"{source.query_file or source.source_id}: expected the locked set in a file, found a query; its rows can change while nobody "
            "looks: export it once and name the file with its sha256"
        )
    files = find_files(source.path, place.base, place.roots)
    if len(files) != 1:
        raise SourceError(f"{source.path}: expected the locked set in one file, found {len(files)}; join them, one sha256 locks one file")
    locked, found = "sha256:" + spec.set_digest.removeprefix("sha256:").lower(), digest_file(files[0])
    if found != locked:
        text = f"{files[0].name}: expected the set that was locked ({locked}), found another ({found}); "
        raise SourceError(text + "put the locked file back, or lock this one in the catalogue: a change that is reviewed", "set_changed")
    return files[0]


def _refuse_malformed(stage: Stage) -> None:
    if stage.malformed:
        first = "; ".join(row.reason for row in stage.malformed[:MAX_NAMED])
        raise _broken(stage, f"expected every row of the set to be a case, found {len(stage.malformed):,} that cannot be read: {first}")


def _refuse_nameless(stage: Stage, spec: EvaluationSpec, cases: Table) -> None:
    for column in (spec.case_id, spec.label):
        empty = [number for number, text in zip(cases.numbers, cases.get(column), strict=True) if not (text or "").strip()]
        if column and empty:
            raise _broken(stage, f"expected a value of {column!r} in every case, found none in {named_places(stage, empty)}")
    ids = cases.get(spec.case_id)
    again = [case_id for case_id, count in Counter(ids).items() if count > 1]
    if again:
        raise _broken(stage, f"expected one case an id of {spec.case_id!r}, found {_told_again(stage, cases.numbers, ids, again)}")


def _told_again(stage: Stage, numbers: Sequence[int], ids: Sequence[str | None], again: Sequence[str | None]) -> str:
    rows: dict[str | None, list[int]] = {case_id: [] for case_id in again}
    for number, case_id in zip(numbers, ids, strict=True):
        if case_id in rows:
            rows[case_id].append(number)
    told = "; ".join(f"{case_id!r} in {named_places(stage, found)}" for case_id, found in list(rows.items())[:MAX_NAMED])
    return told + (f"; and {len(again) - MAX_NAMED:,} more ids" if len(again) > MAX_NAMED else "")


def _made(stage: Stage, spec: EvaluationSpec, cases: Table) -> EvaluationSet:
    return EvaluationSet(
        digest=stage.inputs[0].digest,
        case_ids=_texts(cases, spec.case_id),
        labels=_texts(cases, spec.label) if spec.label else (),
        contents=_contents(spec, cases),
        segments={name: _texts(cases, name) for name in spec.segments},
        critical=_critical(stage, spec, cases),
        groups={name: _texts(cases, name) for name in spec.fairness.columns},
    )


def _texts(cases: Table, name: str) -> tuple[str, ...]:
    return tuple(text if text and text.strip() else NO_VALUE for text in cases.get(name))


def _contents(spec: EvaluationSpec, cases: Table) -> tuple[str, ...]:
    if not spec.content:
        return ()
    asked = zip(*(cases.get(name) for name in spec.content), strict=True)
    # The repr of a tuple of texts tells ("a b", "c") from ("a", "b c") and a missing one from an empty one.
    return tuple("sha256:" + hashlib.sha256(repr(one).encode()).hexdigest() for one in asked)


def _critical(stage: Stage, spec: EvaluationSpec, cases: Table) -> tuple[bool, ...]:
    if not spec.critical:
        return ()
    marks = cases.get(spec.critical)
    found = yes_or_no(marks)
    if found.unreadable:
        told = named_places(stage, [cases.numbers[row] for row in found.unreadable], [marks[row] for row in found.unreadable])
        raise _broken(stage, f"expected true or false in {spec.critical!r}, found neither in {told}")
    return tuple(bool(value) for value in found.values)


def _broken(stage: Stage, text: str) -> SourceError:
    return SourceError(f"{stage.parts[0].name}: {text}; repair the set and lock it anew", "set_broken")

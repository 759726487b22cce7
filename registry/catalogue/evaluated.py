"""Evaluated systems: what compares the keys of ``evaluation`` with each other, and their values as the gate needs them.

Put rules here that the shape of one key cannot say; the shape is ``evaluating.py``. Whether the files have the columns, and the set the
digest, is found when they are read: a catalogue must load without its data.

The rules:
 * The artifact is one of the system's versions.
 * Versions that are scored here are models of MLflow's; the label is no input of theirs, and of amounts only seconds are measured.
 * Outcomes are in another file than the set: they come with each candidate, and the set is locked.
 * A column of the set, and one of the outcomes, has one part in it. Only the label may split the cases into segments or groups too.
 * At least one measure is of right answers: a version that is fast and cheap may be wrong every time.
 * A measure has what it is made of: a label, and the answers or scores that are compared with it. Each once, under a name of its own.
 * Answers that are agreed, that decline or that must be right need a column of answers; an answer is one of these, not both.
 * What is favourable is among the answers, where they are agreed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from registry.catalogue.evaluating import Evaluation, Fairness, Metric
from registry.catalogue.guarded import bundle_problems, guard_problems, reserve_of, training_of
from registry.catalogue.presets import measures_of, ready_made
from registry.catalogue.schema import System
from registry.documents import Location
from registry.domain.catalogue import SourceSpec, SystemEntry
from registry.domain.evaluation import EvaluatedSystem, EvaluationSpec, FairnessSpec, MetricKind, MetricSpec, OutcomeColumns, ScoreSpec

Problem = tuple[Location, str]
SCORED_HERE, SECONDS = "scored here", "seconds"

_OF_ANSWERS = frozenset({MetricKind.ACCURACY, MetricKind.F1})
_OF_SCORES = frozenset({MetricKind.AUC, MetricKind.BRIER, MetricKind.CALIBRATION})
_LESS_IS_BETTER = frozenset({MetricKind.BRIER, MetricKind.CALIBRATION})
# The other checks of a decision: a measure of their name could not be told from them.
_OTHER_CHECKS = frozenset({"wiring", "critical", "fairness", "level", "reading", "outcomes", "scoring", "validation"})


def evaluation_problems(system: System) -> Iterator[Problem]:
    """Yield what is wrong between the keys of ``evaluation``, each with the key it is told at."""
    found = system.evaluation
    if found is None:
        return
    if found.artifact not in system.versions:
        known = ", ".join(sorted(system.versions)) or "none"
        text = f"expected one of the system's versions ({known}), found {found.artifact!r}; add it under versions or correct it"
        yield ("evaluation", "artifact"), text
    if found.outcomes and PurePosixPath(found.outcomes.source.path) == PurePosixPath(found.locked_set.source.path):
        text = f"expected another file than the set's, which is locked, found {found.outcomes.source.path!r}; keep outcomes apart"
        yield ("evaluation", "outcomes", "source", "path"), text
    yield from _score_problems(found, system)
    yield from bundle_problems(found, system)
    for problems in (_column_problems, _kind_problems, _metric_problems, _answer_problems, guard_problems):
        for location, text in problems(found):
            yield ("evaluation", *location), text


def evaluated_system(entry: SystemEntry, evaluation: Evaluation, cases: SourceSpec, outcomes: SourceSpec | None) -> EvaluatedSystem:
    """Return the system as it is evaluated, with the sources of its set and of the outcomes; None where versions are scored here."""
    locked = evaluation.locked_set
    spec = EvaluationSpec(
        artifact=evaluation.artifact,
        cases=cases,
        set_digest=f"sha256:{locked.sha256}",
        case_id=locked.case_id,
        outcomes=outcomes or SourceSpec(SCORED_HERE),
        columns=OutcomeColumns(**evaluation.columns.model_dump()),
        metrics=tuple(_metric(metric) for metric in measures_of(evaluation)),
        preset=evaluation.preset,
        label=locked.label,
        content=locked.content,
        answers=evaluation.answers,
        refusals=evaluation.refusals,
        segments=evaluation.segments,
        critical=evaluation.critical,
        fairness=_fairness(evaluation.fairness),
        training=training_of(evaluation.training),
        reserve=reserve_of(evaluation.reserve, outcomes),
        score=ScoreSpec(**evaluation.score.model_dump()) if evaluation.score else None,
    )
    return EvaluatedSystem(entry, spec)


def _metric(given: Metric) -> MetricSpec:
    more = given.kind not in _LESS_IS_BETTER if given.more_is_better is None else given.more_is_better
    return MetricSpec(given.name, given.kind, given.column, more, given.max_regression, given.min_level, given.max_level)


def _fairness(given: Fairness | None) -> FairnessSpec:
    return FairnessSpec() if given is None else FairnessSpec(given.columns, given.favourable)


def _column_problems(found: Evaluation) -> Iterator[Problem]:
    columns = found.columns.model_dump() if found.outcomes else {}
    yield from _named_again([(("outcomes", "columns", name), column) for name, column in columns.items()])
    locked = found.locked_set
    content: list[tuple[Location, str]] = [(("set", "content", index), column) for index, column in enumerate(locked.content)]
    parts = [(("set", "case_id"), locked.case_id), (("set", "label"), locked.label), *content, (("critical",), found.critical)]
    yield from _named_again(parts)
    taken = {column: _told(location) for location, column in parts if column and column != locked.label}
    for at, columns_of_groups in _grouping(found):
        for index, column in enumerate(columns_of_groups):
            if column in taken:
                text = f"expected a column that splits the cases, found {column!r}, which is {taken[column]}; choose another"
                yield (*at, index), text


def _grouping(found: Evaluation) -> Iterator[tuple[Location, tuple[str, ...]]]:
    yield ("segments",), found.segments
    if found.fairness is not None:
        yield ("fairness", "columns"), found.fairness.columns


def _named_again(parts: list[tuple[Location, str]]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for location, column in parts:
        if column and column in seen:
            yield location, f"expected each column once, found {column!r} again after {seen[column]}; remove one of them"
        seen.setdefault(column, _told(location))


def _told(location: Location) -> str:
    return ".".join(str(part) for part in location if isinstance(part, str))


def _metric_problems(found: Evaluation) -> Iterator[Problem]:
    names: set[str] = set()
    measures: dict[tuple[MetricKind, str], str] = {(one.kind, one.column): one.name for one in ready_made(found)}
    for index, metric in enumerate(found.metrics):
        at: Location = ("metrics", index)
        if metric.name in names:
            yield (*at, "name"), f"expected each name once, found {metric.name!r} again; rename one"
        elif metric.name in _OTHER_CHECKS:
            yield (*at, "name"), f"expected a name that no other check of the gate has, found {metric.name!r}; choose another"
        elif before := measures.get((metric.kind, metric.column)):
            yield at, f"expected each measure once, found that of {before!r} again; remove one of them"
        names.add(metric.name)
        measures.setdefault((metric.kind, metric.column), metric.name)
        yield from _source_problems(found, metric, at)


def _score_problems(found: Evaluation, system: System) -> Iterator[Problem]:
    if found.score is None:
        return
    kept = system.versions.get(found.artifact)
    if kept is not None and not kept.mlflow_model:
        text = f"expected an artifact with mlflow_model, found {found.artifact!r} without; have it kept by MLflow, or give outcomes"
        yield ("evaluation", "score"), text
    if found.locked_set.label in found.score.inputs:
        text = f"expected inputs without the label, found {found.locked_set.label!r}, which tells the model the answer; remove it"
        yield ("evaluation", "score", "inputs"), text
    for index, metric in enumerate(found.metrics):
        if metric.column not in ("", SECONDS):
            text = f"expected {SECONDS!r}, which is all that is measured here, found {metric.column!r}; give outcomes instead of score"
            yield ("evaluation", "metrics", index, "column"), text


def _kind_problems(found: Evaluation) -> Iterator[Problem]:
    if all(metric.kind is MetricKind.AMOUNT for metric in measures_of(found)):
        names = ", ".join(metric.name for metric in measures_of(found))
        text = "expected a measure of right answers (accuracy, f1, auc, brier, calibration or passed), found amounts only "
        text += f"({names}); seconds and cost say nothing of answers: add one, of set.label or of a column that says whether a case passed"
        yield ("metrics",), text


def _source_problems(found: Evaluation, metric: Metric, at: Location) -> Iterator[Problem]:
    columns, kind = found.columns, metric.kind
    if kind in _OF_ANSWERS | _OF_SCORES and not found.locked_set.label:
        yield (*at, "kind"), f"expected a label that {kind.value} compares with, found none; add set.label"
    if kind in _OF_ANSWERS and not columns.answer:
        yield (*at, "kind"), f"expected a column of answers for {kind.value}, found none; add {found.columns_key}.answer"
    if kind in _OF_SCORES and not columns.score:
        yield (*at, "kind"), f"expected a column of scores for {kind.value}, found none; add {found.columns_key}.score"
    others = {column: name for name, column in columns.model_dump().items() if column and name != "score"}
    if metric.column in others:
        text = (
            f"expected a column of its own, found {metric.column!r}, which is {found.columns_key}.{others[metric.column]}; choose another"
        )
        yield (*at, "column"), text


def _answer_problems(found: Evaluation) -> Iterator[Problem]:
    for key in ("answers", "refusals", "critical", "fairness"):
        if getattr(found, key) and not found.columns.answer:
            yield (key,), f"expected a column of answers that it is about, found none; add {found.columns_key}.answer"
    if found.critical and not found.locked_set.label:
        yield ("critical",), "expected a label that critical cases compare with, found none; add set.label"
    for index, answer in enumerate(found.refusals):
        if answer in found.answers:
            yield ("refusals", index), f"expected an answer that is not among answers, found {answer!r}; remove one of them"
    if found.fairness and found.answers and found.fairness.favourable not in found.answers:
        known, given = ", ".join(found.answers), found.fairness.favourable
        yield ("fairness", "favourable"), f"expected one of answers ({known}), found {given!r}; correct it"

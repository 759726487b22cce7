"""Released systems: what compares the keys of ``release`` with each other, and their values as a release needs them.

Put rules here that the shape of one key cannot say; the shape is ``releasing.py``. Whether the documents are there, and what they say, is
found when a release is proposed: a catalogue must load without them. Which records a risk tier asks for is policy.

The rules:
 * What is released is what is evaluated.
 * Cards and records lie below an allowed root, each in a file of its own: one text is not two assessments.
 * A version that MLflow keeps as a model may be asked smoke cases; any other, and one that cannot be loaded here, needs a drill.
 * The day of the error budget is not its minutes.
 * The canary's alias is not the champion's, and nothing has one that has no alias.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from registry.catalogue.evaluating import Evaluation
from registry.catalogue.releasing import ErrorBudget, Release, Smoke
from registry.catalogue.schema import System
from registry.catalogue.sources import root_problem, source_spec
from registry.documents import Location
from registry.domain.catalogue import SystemEntry
from registry.domain.release import CardKind, ErrorBudgetSpec, RecordKind, ReleasedSystem, ReleaseSpec, SmokeSpec
from registry.settings import Workspace

Problem = tuple[Location, str]


def release_problems(workspace: Workspace, system: System) -> Iterator[Problem]:
    """Yield what is wrong between the keys of ``release``, each with the key it is told at."""
    found = system.release
    if found is None:
        return
    if system.evaluation is None:
        yield ("release",), "expected evaluation, which says what is released and how it is judged, found none; add evaluation"
    for location, text in (*_path_problems(workspace, found), *_way_back_problems(system, found), *_budget_problems(found)):
        yield ("release", *location), text


def released_system(entry: SystemEntry, evaluation: Evaluation, release: Release) -> ReleasedSystem:
    """Return the system as it is released: what its candidates are evaluated for, and perhaps on a reserve for the last time."""
    cards = {CardKind(kind): _normal(path) for kind, path in release.cards}
    records = {RecordKind(kind): _normal(path) for kind, path in release.records if path is not None}
    spec = ReleaseSpec(
        artifact=evaluation.artifact,
        object_type=release.object_type,
        purpose=release.purpose,
        cards=cards,
        records=records,
        smoke=_smoke(release.smoke),
        error_budget=_error_budget(release.error_budget),
        canary_alias=release.canary_alias,
        needs_reserve=evaluation.reserve is not None,
        set_digest=f"sha256:{(evaluation.reserve or evaluation).locked_set.sha256}",
    )
    return ReleasedSystem(entry, spec)


def _smoke(given: Smoke | None) -> SmokeSpec | None:
    return None if given is None else SmokeSpec(source_spec(given.source), given.columns)


def _error_budget(given: ErrorBudget | None) -> ErrorBudgetSpec | None:
    return None if given is None else ErrorBudgetSpec(source_spec(given.source), given.day, given.minutes)


def _normal(path: str) -> str:
    return str(PurePosixPath(path))


def _path_problems(workspace: Workspace, found: Release) -> Iterator[Problem]:
    written: list[tuple[Location, str | None]] = [(("cards", kind), path) for kind, path in found.cards]
    written += [(("records", kind), path) for kind, path in found.records]
    seen: dict[str, str] = {}
    for location, path in written:
        if path is None:
            continue
        if problem := root_problem(workspace, path):
            yield location, problem
        if before := seen.get(_normal(path)):
            yield location, f"expected a file of its own, found that of {before}; one document cannot be both"
        seen.setdefault(_normal(path), ".".join(map(str, location)))


def _way_back_problems(system: System, found: Release) -> Iterator[Problem]:
    artifact = system.evaluation.artifact if system.evaluation is not None else ""
    version = system.versions.get(artifact)
    if found.smoke is None and found.records.rollback_drill is None:
        text = "expected smoke cases, or the record of a drill where versions cannot be loaded here, found neither; "
        yield (), text + "the way back has to be shown: add smoke or records.rollback_drill"
    if version is None:
        return  # told of the evaluation
    if found.smoke is not None and not version.mlflow_model:
        text = f"expected no smoke cases for {artifact!r}, which is no MLflow model and cannot be loaded here, found some; "
        yield ("smoke",), text + "remove them and add records.rollback_drill"
    if version.recorded and "canary_alias" in found.model_fields_set:
        yield ("canary_alias",), f"expected no alias for {artifact!r}, which no MLflow keeps, found {found.canary_alias!r}; remove it"
    elif found.canary_alias == (version.alias or "champion"):
        text = f"expected another alias than the champion's, found {found.canary_alias!r}; a part of the traffic is not all of it"
        yield ("canary_alias",), text


def _budget_problems(found: Release) -> Iterator[Problem]:
    budget = found.error_budget
    if budget is not None and budget.day == budget.minutes:
        yield ("error_budget", "minutes"), f"expected another column than the day's, found {budget.minutes!r}; correct it"

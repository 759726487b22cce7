"""What guards an evaluation, training data, a reserve and bundles: compared with the other keys, and as the gate needs them.

Put here the rules and values of what is beside the set and its outcomes. Their shape is ``evaluating.py``, how candidates are evaluated
``evaluated.py``.

The rules:
 * Training data is another file than the set's and the outcomes'. What a row asks has as many columns as what a case asks, and a set
   without any has nothing to compare them with.
 * A preset is of outcomes made elsewhere, and its columns are no other part of them. A measure in the place of one of which less is better
   says which side is its own: what is not said would make more harm the better.
 * A level is of a share of cases or of an amount: the least of what is better when it is more, the most of what is better when it is less.
 * A bundle is told by tags, so what is evaluated is a model of MLflow's.
 * The reserve is another file than the set's, with other bytes, and its outcomes are in another file than every set. There are some where
   the set has some: where versions are scored here, they are scored on the reserve too.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from registry.catalogue.columns import Source
from registry.catalogue.evaluating import Evaluation, Metric, Reserve, Training
from registry.catalogue.presets import ready_made, replaced
from registry.catalogue.schema import System
from registry.catalogue.sources import source_spec
from registry.documents import Location
from registry.domain.catalogue import SourceSpec
from registry.domain.evaluation import MetricKind, ReserveSpec, TrainingSpec

Problem = tuple[Location, str]
SCORED_HERE = "scored here"
_HAS_LEVELS = frozenset({MetricKind.ACCURACY, MetricKind.PASSED, MetricKind.AMOUNT})


def guard_problems(found: Evaluation) -> Iterator[Problem]:
    """Yield what is wrong between the keys beside the set and the outcomes, each below ``evaluation``."""
    yield from _training_problems(found)
    yield from _reserve_problems(found)
    yield from _preset_problems(found)
    for index, metric in enumerate(found.metrics):
        yield from ((("metrics", index, key), text) for key, text in _level_problems(metric))


def bundle_problems(found: Evaluation, system: System) -> Iterator[Problem]:
    """Yield that a bundle is asked for of what has no tags to tell its parts."""
    kept = system.versions.get(found.artifact)
    if found.bundle and kept is not None and not kept.mlflow_model:
        text = f"expected an artifact that is a model of MLflow's, whose tags tell the parts, found {found.artifact!r}, which is none; "
        yield ("evaluation", "bundle"), text + "register bundles as versions of an external model, or remove bundle"


def bundle_of(system: System, artifact: str) -> tuple[str, ...]:
    """Return the parts that versions of ``artifact`` stand for; none where they stand for themselves."""
    found = system.evaluation
    return found.bundle if found is not None and found.artifact == artifact else ()


def guard_sources(found: Evaluation) -> Iterator[tuple[Location, Source]]:
    """Yield the sources beside the set's and the outcomes', each with where it is written."""
    if found.training is not None:
        yield ("evaluation", "training", "source"), found.training.source
    if found.reserve is not None:
        yield ("evaluation", "reserve", "set", "source"), found.reserve.locked_set.source
        if found.reserve.outcomes is not None:
            yield ("evaluation", "reserve", "outcomes", "source"), found.reserve.outcomes.source


def training_of(given: Training | None) -> TrainingSpec | None:
    """Return the recorded training data as it is read; None where none is named."""
    return None if given is None else TrainingSpec(source_spec(given.source), given.case_id, given.content)


def reserve_of(given: Reserve | None, outcomes: SourceSpec | None) -> ReserveSpec | None:
    """Return the reserve as it is read, None where none is kept; ``outcomes`` are those on the set, None where versions are scored."""
    if given is None:
        return None
    made = source_spec(given.outcomes.source) if given.outcomes else outcomes or SourceSpec(SCORED_HERE)
    return ReserveSpec(source_spec(given.locked_set.source), f"sha256:{given.locked_set.sha256}", made)


def _preset_problems(found: Evaluation) -> Iterator[Problem]:
    if found.preset is not None and found.score is not None:
        text = f"expected no preset where versions are scored here, which measures seconds alone, found {found.preset.value!r}; "
        yield ("preset",), text + "give outcomes"
    taken = {column: name for name, column in found.columns.model_dump().items() if column}
    for column in (one.column for one in ready_made(found) if one.column in taken):
        text = f"expected {column!r} to be the column of a measure, found outcomes.columns.{taken[column]}; rename it in the table"
        yield ("preset",), text
    for index, own, ready in replaced(found):
        if own.kind is MetricKind.PASSED and own.more_is_better is None and ready.more_is_better is False:
            text = f"expected more_is_better for {own.name!r}, which takes the place of the preset's, of which less is better, found none; "
            yield ("metrics", index), text + "write false, or true where the column says the opposite"


def _level_problems(metric: Metric) -> Iterator[tuple[str, str]]:
    is_less = metric.more_is_better is False
    for key, level, is_wrong_side in (("min_level", metric.min_level, is_less), ("max_level", metric.max_level, not is_less)):
        if level is None:
            continue
        if metric.kind not in _HAS_LEVELS:
            yield key, f"expected no level of {metric.kind.value}, only of accuracy, passed and amount, found {level:g}; remove it"
        elif is_wrong_side:
            other, side = ("max_level", "less") if is_less else ("min_level", "more")
            yield key, f"expected {other} for {metric.name!r}, of which {side} is better, found {key}; correct it, or more_is_better"
        elif metric.kind is not MetricKind.AMOUNT and not 0 < level < 1:
            text = f"expected a share of more than 0 and less than 1 (0.75 for 75 %), found {level:g}; "
            yield key, text + "no number of cases shows that none will ever be otherwise: name those that must be right under critical"


def _reserve_problems(found: Evaluation) -> Iterator[Problem]:
    reserve, ours = found.reserve, found.locked_set
    if reserve is None:
        return
    if _normal(reserve.locked_set.source) == _normal(ours.source):
        text = f"expected another file than the set's, found {reserve.locked_set.source.path!r}; keep cases that nobody works with"
        yield ("reserve", "set", "source", "path"), text
    elif reserve.locked_set.sha256 == ours.sha256:
        yield ("reserve", "set", "sha256"), "expected other cases than the set's, found its digest; keep cases that nobody works with"
    if (reserve.outcomes is None) != (found.outcomes is None):
        is_missing = reserve.outcomes is None
        text = "expected outcomes on the reserve beside those on the set, found none; add reserve.outcomes" if is_missing else ""
        text = text or "expected no outcomes, because versions are scored here, found some; remove them"
        yield ("reserve",) if is_missing else ("reserve", "outcomes"), text
    elif reserve.outcomes and reserve.outcomes.source.path:
        path = reserve.outcomes.source.path
        if _normal(reserve.outcomes.source) in {_normal(ours.source), _normal(reserve.locked_set.source)}:
            text = f"expected another file than a set's, which is locked, found {path!r}; keep outcomes apart"
            yield ("reserve", "outcomes", "source", "path"), text


def _training_problems(found: Evaluation) -> Iterator[Problem]:
    training = found.training
    if training is None:
        return
    taken = {_normal(found.locked_set.source): "the set's"}
    taken |= {_normal(found.reserve.locked_set.source): "the reserve's"} if found.reserve else {}
    taken |= {_normal(found.outcomes.source): "the outcomes'"} if found.outcomes else {}
    if training.source.path and (whose := taken.get(_normal(training.source))):
        text = f"expected another file than {whose}, found {training.source.path!r}; name what versions were trained on"
        yield ("training", "source", "path"), text
    asked, ours = found.locked_set.content, training.content
    if ours and len(ours) != len(asked):
        text = f"expected the columns that hold what those of set.content hold, in their order ({', '.join(asked) or 'none'}), found "
        yield ("training", "content"), text + f"{len(ours)} ({', '.join(ours)}); name as many, or set.content first"
    if training.case_id and training.case_id in ours:
        text = f"expected each column once, found {training.case_id!r} again after training.case_id; remove one of them"
        yield ("training", "content", ours.index(training.case_id)), text


def _normal(source: Source) -> str:
    return str(PurePosixPath(source.path))

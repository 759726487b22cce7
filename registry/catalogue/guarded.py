"""What guards an evaluation against itself: recorded training data, compared with the other keys, and as the gate needs it.

Put here the rules and values of what is beside the set and its outcomes. Their shape is ``evaluating.py``, how candidates are evaluated
``evaluated.py``.

The rules:
 * Training data is another file than the set's and the outcomes'. What a row asks has as many columns as what a case asks, and a set
   without any has nothing to compare them with.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from registry.catalogue.columns import Source
from registry.catalogue.evaluating import Evaluation, Training
from registry.catalogue.sources import source_spec
from registry.documents import Location
from registry.domain.evaluation import TrainingSpec

Problem = tuple[Location, str]


def guard_problems(found: Evaluation) -> Iterator[Problem]:
    """Yield what is wrong between the keys beside the set and the outcomes, each below ``evaluation``."""
    yield from _training_problems(found)


def guard_sources(found: Evaluation) -> Iterator[tuple[Location, Source]]:
    """Yield the sources beside the set's and the outcomes', each with where it is written."""
    if found.training is not None:
        yield ("evaluation", "training", "source"), found.training.source


def training_of(given: Training | None) -> TrainingSpec | None:
    """Return the recorded training data as it is read; None where none is named."""
    return None if given is None else TrainingSpec(source_spec(given.source), given.case_id, given.content)


def _training_problems(found: Evaluation) -> Iterator[Problem]:
    training = found.training
    if training is None:
        return
    taken = {_normal(found.locked_set.source): "the set's"} | ({_normal(found.outcomes.source): "the outcomes'"} if found.outcomes else {})
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

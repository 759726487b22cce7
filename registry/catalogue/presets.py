"""Ready-made measures of answers that a language model gives: the columns that a table of outcomes has, by their names.

Put here what a preset measures. The levels that its measures are held to are policy (``presets`` of the table ``gate``), the shape of a
measure is ``evaluating.py``.

The rules:
 * A preset's measures are of columns of their own names, one value a case, as whatever scored the answers wrote them.
 * A measure under ``metrics`` with the name of one of them takes its place; any other is beside them.
"""

from __future__ import annotations

from collections.abc import Iterator

from registry.catalogue.evaluating import Evaluation, Metric
from registry.domain.evaluation import EvaluationPreset, MetricKind


def _passed(name: str) -> Metric:
    return Metric(name=name, kind=MetricKind.PASSED, column=name)


def _less(name: str, kind: MetricKind) -> Metric:
    return Metric(name=name, kind=kind, column=name, more_is_better=False)


_LLM = (
    _passed("relevance"),
    _passed("refusal"),
    _passed("format_ok"),
    _less("harmful", MetricKind.PASSED),
    _less("seconds", MetricKind.AMOUNT),
    _less("cost", MetricKind.AMOUNT),
)
PRESETS = {
    EvaluationPreset.LLM: _LLM,
    EvaluationPreset.RAG: (_LLM[0], _passed("grounding"), _passed("citation_support"), *_LLM[1:]),
}


def measures_of(found: Evaluation) -> tuple[Metric, ...]:
    """Return every measure of an evaluation: those of its preset that nothing takes the place of in their order, then all others."""
    own = {one.name: one for one in found.metrics}
    given = PRESETS[found.preset] if found.preset else ()
    ready = tuple(own.pop(one.name, one) for one in given)
    return (*ready, *(one for one in found.metrics if one.name in own))


def replaced(found: Evaluation) -> Iterator[tuple[int, Metric, Metric]]:
    """Yield each measure that takes the place of one of the preset: its place under ``metrics``, itself, and that one."""
    given = {one.name: one for one in (PRESETS[found.preset] if found.preset else ())}
    yield from ((index, own, given[own.name]) for index, own in enumerate(found.metrics) if own.name in given)


def ready_made(found: Evaluation) -> tuple[Metric, ...]:
    """Return the measures of the preset that nothing takes the place of."""
    own = {one.name for one in found.metrics}
    return tuple(one for one in measures_of(found) if one.name not in own)

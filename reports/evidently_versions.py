"""The other door to Evidently: measure what two versions made of the same cases, return its numbers and its graph as plain values.

Put engine handling of versions here. Which cases are asked about, and what is said of them, is ``gate_charts``; what a graph may hold is
``evidently_graphs``; columns of samples are ``evidently_measures``.

 * The candidate is what the library calls current, the champion its reference.
 * Answers reach the library in inert form, so that nothing in it can take them for markup.
 * Of amounts there is no right one: the champion's stands for it, so that what the library calls an error is a difference.
 * What the gate computed goes through as metrics of our own, so that both stand in one report.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from reports.evidently_measures import finite, plain


@dataclass(frozen=True, slots=True)
class Number:
    """One number of both versions; None where the library computed none. Of a difference there is only the candidate's."""

    name: str
    candidate: float | None
    champion: float | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """What the library said: its numbers, and its widgets as JSON values."""

    numbers: tuple[Number, ...]
    widgets: tuple[dict[str, Any], ...] = ()


def measure_answers(labels: Sequence[str], champion: Sequence[str], candidate: Sequence[str], positive: str) -> Measured:
    """Return what the library says of answers and its tables of confusion; ``positive`` is one of two labels, empty of more."""
    _silence()
    from evidently import BinaryClassification, DataDefinition, MulticlassClassification
    from evidently.metrics import Accuracy, F1Score, Precision, Recall

    columns = {"target": "target", "prediction_labels": "prediction", "prediction_probas": None}
    task = BinaryClassification(**columns, pos_label=positive) if positive else MulticlassClassification(**columns)
    definition = DataDefinition(classification=[task], categorical_columns=["target", "prediction"])
    sides = [{"target": list(labels), "prediction": list(answers)} for answers in (candidate, champion)]
    metrics = {"accuracy": Accuracy(), "precision": Precision(), "recall": Recall(), "F1": F1Score()}
    return _measured(metrics, definition, *sides)


def measure_scores(events: Sequence[int], champion: Sequence[float], candidate: Sequence[float]) -> Measured:
    """Return what the library says of chances of an event, and its curves."""
    _silence()
    from evidently import BinaryClassification, DataDefinition
    from evidently.metrics import RocAuc

    task = BinaryClassification(target="target", prediction_probas="score", prediction_labels=None, pos_label=1)
    definition = DataDefinition(classification=[task], categorical_columns=["target"], numerical_columns=["score"])
    sides = [{"target": list(events), "score": list(scores)} for scores in (candidate, champion)]
    return _measured({"area under the ROC curve": RocAuc()}, definition, *sides)


def measure_amounts(champion: Sequence[float], candidate: Sequence[float]) -> Measured:
    """Return what the library says of the candidate's amounts where the champion's are taken for the actual ones."""
    _silence()
    from evidently import DataDefinition, Regression
    from evidently.metrics import MAE, RMSE, MeanError

    task = Regression(target="target", prediction="prediction")
    definition = DataDefinition(regression=[task], numerical_columns=["target", "prediction"])
    metrics = {
        "mean difference": MeanError(error_plot=False, error_distr=True),
        "mean absolute difference": MAE(),
        "root of the mean square of differences": RMSE(),
    }
    return _measured(metrics, definition, {"target": list(champion), "prediction": list(candidate)})


def report_ours(numbers: Sequence[Number]) -> tuple[Number, ...]:
    """Return the gate's numbers as a report of the library holds them; ``numbers`` have distinct names."""
    _silence()
    from evidently import DataDefinition

    ours = _our_metric()
    metrics = {one.name: ours(measure=f"measure {place}", now=one.candidate, before=one.champion) for place, one in enumerate(numbers)}
    row = {"case": [0.0]}
    return _measured(metrics, DataDefinition(numerical_columns=["case"]), row, row).numbers if metrics else ()


def _measured(
    metrics: Mapping[str, Any], definition: Any, candidate: Mapping[str, Any], champion: Mapping[str, Any] | None = None
) -> Measured:
    import pandas as pd
    from evidently import Dataset, Report

    sides = [one and Dataset.from_pandas(pd.DataFrame(one), data_definition=definition) for one in (candidate, champion)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of versions that never give one of the answers: the page shows that, a terminal need not
        context = Report(list(metrics.values())).run(*sides).context
    numbers, widgets = [], []
    for name, metric in metrics.items():
        now = context.get_metric_result(metric.get_metric_id())
        before = context.get_reference_metric_result(metric.get_metric_id()) if champion else None
        numbers.append(Number(name, _value(now), _value(before) if before else None))
        widgets.append([plain(widget.dict()) for widget in now.get_widgets()])
    return Measured(tuple(numbers), tuple(widgets[0] if champion is None else widgets[-1]))


def _value(result: Any) -> float | None:
    return finite(getattr(result, "mean", result).value)


@cache
def _our_metric() -> Any:
    """Return the kind of metric that holds what the gate computed; made once, for the library keeps a list of kinds."""
    from evidently.core.metric_types import SingleValueCalculation, SingleValueMetric

    class GateMeasure(SingleValueMetric):  # type: ignore[misc]
        measure: str
        now: float
        before: float

    class GateMeasureCalculation(SingleValueCalculation[GateMeasure]):  # type: ignore[misc]
        def calculate(self, context: Any, current_data: Any, reference_data: Any) -> tuple[Any, Any]:  # noqa: ARG002 - as the library calls
            return self.result(self.metric.now), self.result(self.metric.before)

        def display_name(self) -> str:
            return str(self.metric.measure)

    return GateMeasure


def _silence() -> None:
    os.environ["DO_NOT_TRACK"] = "true"  # before the first import; other values are ignored by it

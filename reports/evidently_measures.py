"""One of two doors to Evidently: measure one column of two samples, return its number and its charts as plain values.

Put engine handling here. Which columns are asked about, and what is said of them, is ``drift_report``; the page is ``evidently_page``.
The other door is ``evidently_versions``.

 * One report for each column: a column the library stumbles over takes no other with it.
 * Names and categories reach the library in inert form, so that nothing in it can take them for markup; the real ones are kept by
   ``drift_report``.
 * Telemetry is off before the first import, whatever the environment says.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from registry.domain.drift_sample import ColumnKind, DriftMethod

# The library wants a limit and words its own verdict with it. Nothing of that verdict is kept: we judge, it draws.
_LIMIT_OF_NO_CONSEQUENCE = 0.1


@dataclass(frozen=True, slots=True)
class Measured:
    """What the library said of one column: its distance (None: none could be computed) and its charts as JSON values."""

    score: float | None
    widgets: tuple[dict[str, Any], ...]


def library_version() -> str:
    """Return the version of the library that is installed."""
    from importlib.metadata import version

    return version("evidently")


def measure(
    name: str,
    kind: ColumnKind,
    method: DriftMethod,
    reference: Sequence[float | str],
    current: Sequence[float | str],
) -> Measured:
    """Return what the library says of one column, given without missing values; its own errors pass through."""
    os.environ["DO_NOT_TRACK"] = "true"  # other values are ignored by it
    import pandas as pd
    from evidently import DataDefinition, Dataset, Report
    from evidently.metrics import ValueDrift

    numbers, categories = ([name], []) if kind is ColumnKind.NUMBER else ([], [name])
    definition = DataDefinition(numerical_columns=numbers, categorical_columns=categories)
    sides = [Dataset.from_pandas(pd.DataFrame({name: list(side)}), data_definition=definition) for side in (current, reference)]
    report = Report([ValueDrift(column=name, method=method.value, threshold=_LIMIT_OF_NO_CONSEQUENCE)])
    results = report.run(*sides).metric_results
    (result,) = results.values()
    return Measured(finite(result.value), tuple(plain(widget.dict()) for widget in result.get_widgets()))


def plain(widget: Any) -> dict[str, Any]:
    """Return the library's value as JSON types; a number that is none becomes null, as JSON has no word for it."""
    from evidently.legacy.utils import NumpyEncoder

    parsed: dict[str, Any] = json.loads(json.dumps(widget, cls=NumpyEncoder), parse_constant=lambda _: None)
    return parsed


def finite(value: Any) -> float | None:
    """Return the number, None where it is none."""
    number = float(value)
    return number if math.isfinite(number) else None

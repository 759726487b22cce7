"""Issues of MLflow 3: problems that people or its own analysis found in the traces of an experiment.

Put here what the fields of such an issue mean; asking a server for them is ``registry/versions/issues.py``.

 * MLflow's severity is its own scale (not_an_issue, low, medium, high, or none yet: ``unrated``); the catalogue file says what it means.
 * ``state`` is MLflow's status: pending, rejected or resolved.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry.exchange.feed_entry import FeedEntry
from registry.exchange.rows import RowError, id_text, instant_of_ms, text

LISTS = ("issues",)
_STATUSES = ("pending", "rejected", "resolved")
_SEVERITIES = ("not_an_issue", "low", "medium", "high")

FEED = FeedEntry("eval_failure", "\"state\" = 'pending' AND \"severity\" <> 'not_an_issue'", "experiment", "high: explanation")


def row_of(item: Mapping[str, Any]) -> dict[str, str]:
    """Return one issue as a row.

    Raises:
        RowError: a field is not as MLflow writes it.
    """
    issue_id, experiment = text(item, "issue_id", needed=True), text(item, "experiment_id", needed=True)
    return {
        "signal_id": id_text("mlflow", issue_id),
        "title": text(item, "name", needed=True),
        "severity": _one_of(item, "severity", _SEVERITIES, "unrated"),
        "state": _one_of(item, "status", _STATUSES, "pending"),
        "occurred_at": instant_of_ms(item, "created_timestamp"),
        "narrative": text(item, "description"),
        "root_causes": _listed(item, "root_causes"),
        "categories": _listed(item, "categories"),
        "experiment": experiment,
        "run": text(item, "source_run_id"),
        "reference": f"mlflow:experiments/{experiment}/issues/{issue_id}",
    }


def _one_of(item: Mapping[str, Any], name: str, known: tuple[str, ...], default: str) -> str:
    said = text(item, name).lower()
    if said and said not in known:
        raise RowError(name, f"unknown_{name}", f"one of {', '.join(known)}", said)
    return said or default


def _listed(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name) or []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise RowError(name, "no_list", "a list of texts", value)
    return "; ".join(value)

"""The policy of recurrence windows: from the workspace's tables, or from those that were sealed with a decision.

Put here how the rows of the table ``recurrence``, and what a window takes of two others, become a ``RecurrencePolicy``; their shape is
``tables_recurrence.py``.

What is sealed with a window are the rows of ``recurrence``, the days of windows and reviews from ``clocks``, and how late a report may come
from ``triage``: a window does not change with an hour of a clock, nor with a number of a spike.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from registry.domain.canonical import digest_bytes, record_json
from registry.domain.policy_recurrence import (
    IndicatorPolicy,
    RatePolicy,
    RecurrencePolicy,
    ReturnPolicy,
    ReviewPolicy,
    SilencePolicy,
    WatchPolicy,
)
from registry.domain.signal import Severity
from registry.errors import EvidenceError
from registry.policies.loader import RECURRENCE, Tables, load_tables
from registry.policies.tables_recurrence import RECURRENCE_ROWS

_WINDOW, _REVIEW, _LATENESS = "recurrence_window_days", "review_every_days", "allowed_lateness_days"


def load_recurrence_policy(overrides_dir: Path | None) -> RecurrencePolicy:
    """Return the policy of recurrence windows, with the digest of the bytes that are sealed with a decision.

    Raises:
        PolicyError: every problem of every file, each with its line.
    """
    return recurrence_policy(load_tables(overrides_dir))


def recurrence_policy(tables: Tables) -> RecurrencePolicy:
    """Return the policy of recurrence windows that ``tables`` hold."""
    return read_recurrence_policy(recurrence_record(tables))


def recurrence_record(tables: Tables) -> bytes:
    """Return what windows are judged by as the bytes that are sealed with their decisions."""
    clocks = tables.rows["clocks"].items()
    return record_json(
        {
            RECURRENCE: [[name, row.model_dump(mode="json")] for name, row in tables.rows[RECURRENCE].items()],
            _WINDOW: {severity: row.recurrence_window_days for severity, row in clocks},
            _REVIEW: {severity: row.review_every_days for severity, row in clocks},
            _LATENESS: tables.rows["triage"]["feed"].allowed_lateness_days,
        }
    )


def read_recurrence_policy(content: bytes) -> RecurrencePolicy:
    """Return the policy of the rows in ``content``, as ``recurrence_record`` wrote them, with the digest of these bytes.

    Raises:
        EvidenceError: a row or key that this version does not know how to read.
    """
    try:
        sealed = json.loads(content)
        rows = {name: RECURRENCE_ROWS[name].model_validate(row).model_dump() for name, row in sealed[RECURRENCE]}
        return _policy(rows, sealed, digest_bytes(content))
    except ValidationError as error:
        first = error.errors()[0]
        found = f"{first['msg']} at {'.'.join([error.title, *map(str, first['loc'])])}"
        raise EvidenceError(f"expected a table of recurrence that this version reads, found {found}") from error
    except (ValueError, KeyError, TypeError) as error:
        found = f"{type(error).__name__}: {error}"
        raise EvidenceError(f"expected a table of recurrence that this version reads, found {found}") from error


def _policy(rows: Mapping[str, dict[str, Any]], sealed: Mapping[str, Any], digest: str) -> RecurrencePolicy:
    kinds = tuple(kind.value for kind in rows["indicators"]["amber_extends"])
    return RecurrencePolicy(
        silence=SilencePolicy(**rows["silence"]),
        rate=RatePolicy(**rows["rate"]),
        watch=WatchPolicy(**rows["watch"]),
        on_return=ReturnPolicy(**rows["on_return"]),
        review=ReviewPolicy(**rows["review"]),
        indicators=IndicatorPolicy(**rows["indicators"] | {"amber_extends": kinds}),
        window_days=_by_severity(sealed[_WINDOW]),
        review_every_days=_by_severity(sealed[_REVIEW]),
        allowed_lateness_days=int(sealed[_LATENESS]),
        digest=digest,
    )


def _by_severity(days: Mapping[str, int | None]) -> dict[Severity, int | None]:
    return {Severity(severity): days[severity] for severity in sorted(days)}

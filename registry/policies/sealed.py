"""Reading policy tables back: what a decision was sealed with becomes the policies it was made by.

Put here what turns sealed tables into policies; the workspace's tables are ``loader.py``.

Only the tables that the daily triage reads are read: a table that came or went since makes no difference to a day that never asked it.
Tables for people's work, and the reviews of closed issues, came later; a day sealed without them is judged without them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from registry.domain.canonical import digest_bytes
from registry.domain.policy import TriagePolicies
from registry.errors import EvidenceError
from registry.policies.loader import RECURRENCE, REVIEW, Tables, triage_policies
from registry.policies.tables import row_model
from registry.policies.work_rows import DAILY_TABLES, daily_rows

_TABLES = ("triage", "severity", "grade", "usage", "clocks", "redaction")


def read_triage_policies(content: bytes) -> TriagePolicies:
    """Return the policies of the tables in ``content``, as ``Tables.record`` wrote them, with the digest of these bytes.

    Raises:
        EvidenceError: a table, row or key that this version does not know how to read.
    """
    try:
        sealed = json.loads(content)
        wanted: dict[str, Mapping[str, Any]] = {table: dict(sealed[table]) for table in _TABLES}
        wanted.update(daily_rows({table: dict(sealed[table]) for table in DAILY_TABLES if table in sealed}) or {})
        if RECURRENCE in sealed:
            wanted[RECURRENCE] = {REVIEW: dict(sealed[RECURRENCE])[REVIEW]}
        rows = {table: {name: row_model(table, name).model_validate(row) for name, row in rows.items()} for table, rows in wanted.items()}
        policies = triage_policies(Tables(rows))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise EvidenceError(f"expected policy tables that this version reads, found {first['msg']} at {error.title}.{place}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise EvidenceError(f"expected policy tables that this version reads, found {type(error).__name__}: {error}") from error
    return replace(policies, digest=digest_bytes(content))

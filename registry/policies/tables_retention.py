"""The shape of the decision table ``retention``: one row per kind of record, and who may ask for an erasure.

Put a row's keys and the rules between them here; the numbers are ``retention.yaml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from registry.domain.retention import RecordKind, TermStart
from registry.schemas import Positive, Schema, Text, refusal

RoleName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{1,63}$")]
RETAINED = tuple(kind.value for kind in RecordKind if kind not in (RecordKind.CERTIFICATE, RecordKind.UNKNOWN))


class KeepRow(Schema):
    """See ``RetentionRule``."""

    start: TermStart
    keep_years: Annotated[int, Field(strict=True, ge=0, le=100)]
    keep_days: Annotated[int, Field(strict=True, ge=0, le=36_500)]
    min_keep_days: Positive
    approvers: Annotated[tuple[RoleName, ...], Field(min_length=1)]
    basis: Text
    cited_on: date

    @model_validator(mode="after")
    def _keeps_at_least_its_floor(self) -> Self:
        shortest = self.keep_years * 365 + self.keep_days
        if shortest < self.min_keep_days:
            raise refusal(f"keep_years and keep_days of at least min_keep_days, {self.min_keep_days}", f"{shortest} days", "keep longer")
        return self


class ErasureRow(Schema):
    """Who may ask for a narrative to be erased."""

    requesters: Annotated[tuple[RoleName, ...], Field(min_length=1)]


RETENTION_ROWS: Mapping[str, type[Schema]] = dict.fromkeys(RETAINED, KeepRow) | {"erasure": ErasureRow}
"""The rows of the table ``retention``."""

"""What a validation run said about one batch of rows, in our own words whatever engine ran it.

Put types of validation results here. The suites and the engine are ``checks/expectations``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RuleStatus(StrEnum):
    """``ERRORED`` could not be run and is never a pass; ``EMPTY`` had no rows to look at and is not one either."""

    PASSED = "passed"
    FAILED = "failed"
    ERRORED = "errored"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule over one batch. ``failed_rows`` are values of the batch's id column, never other cells."""

    rule: str
    severity: str
    status: RuleStatus
    checked_count: int
    failed_count: int
    failed_rows: tuple[int, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """Every rule of a suite over one batch; ``engine`` names what ran it."""

    suite: str
    engine: str
    row_count: int
    rules: tuple[RuleResult, ...]

    @property
    def status(self) -> RuleStatus:
        """The worst that counts: errored, then empty, then a failed critical rule; warnings do not fail a suite."""
        statuses = {rule.status for rule in self.rules if rule.severity == "critical"}
        if any(rule.status is RuleStatus.ERRORED for rule in self.rules):
            return RuleStatus.ERRORED
        if not self.rules or RuleStatus.EMPTY in statuses:
            return RuleStatus.EMPTY
        return RuleStatus.FAILED if RuleStatus.FAILED in statuses else RuleStatus.PASSED

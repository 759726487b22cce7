"""What validation said of one source, over all chunks, and the record of it that is sealed with the run.

Put accumulation and writing of validation results here. What happens to a row that failed is ``screening.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from registry.domain.canonical import digest_of, record_json
from registry.domain.feed import FileRef
from registry.domain.validation import RuleResult, RuleStatus, SuiteResult
from registry.sources.mapping import Candidate
from registry.sources.plan import SourcePlan
from registry.sources.spooling import file_name, write_lines

_MAX_FAILED_ROWS = 1_000


@dataclass(slots=True)
class RuleTotals:
    """One rule over all chunks; ``failed_rows`` are row numbers of the source, the first 1,000."""

    severity: str
    status: RuleStatus
    checked_count: int = 0
    failed_count: int = 0
    failed_rows: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Validation:
    """What validation said of the rows of one source, all chunks together."""

    suite: str = ""
    engine: str = ""
    row_count: int = 0
    rules: dict[str, RuleTotals] = field(default_factory=dict)

    def add(self, result: SuiteResult, rows: Sequence[Candidate]) -> None:
        """Add one chunk's result."""
        self.suite, self.engine, self.row_count = result.suite, result.engine, self.row_count + result.row_count
        for rule in result.rules:
            self._add_rule(rule, rows)

    @property
    def status(self) -> RuleStatus:
        """Empty where no row was validated; errors never come this far."""
        if not self.rules:
            return RuleStatus.EMPTY
        return RuleStatus.FAILED if any(totals.status is RuleStatus.FAILED for totals in self.rules.values()) else RuleStatus.PASSED

    def _add_rule(self, rule: RuleResult, rows: Sequence[Candidate]) -> None:
        totals = self.rules.setdefault(rule.rule, RuleTotals(rule.severity, rule.status))
        if RuleStatus.FAILED in (rule.status, totals.status):
            totals.status = RuleStatus.FAILED
        totals.checked_count += rule.checked_count
        totals.failed_count += rule.failed_count
        room = _MAX_FAILED_ROWS - len(totals.failed_rows)
        totals.failed_rows += [rows[place].row_number for place in rule.failed_rows[: max(room, 0)]]


def write_validation(plan: SourcePlan, columns: SuiteResult, rows: Validation) -> FileRef:
    """Write what validation said: counts and row numbers, never cells."""
    record = {
        "source": plan.source.source_id,
        "business_date": plan.business_date,
        "engine": columns.engine,
        "columns": {"suite": columns.suite, "status": columns.status, "rules": columns.rules},
        "rows": {
            "suite": rows.suite,
            "row_count": rows.row_count,
            "status": rows.status,
            "rules": [
                {
                    "rule": name,
                    "severity": totals.severity,
                    "status": totals.status,
                    "checked_count": totals.checked_count,
                    "failed_count": totals.failed_count,
                    "failed_rows": sorted(totals.failed_rows),
                }
                for name, totals in rows.rules.items()
            ],
        },
    }
    name = file_name("validation", digest_of(plan.source.source_id)[7:19], suffix="json")
    return write_lines(plan.spool, name, [record_json(record).rstrip(b"\n")])

"""What is wrong with a table of outcomes, as findings: how many rows or cells, of which version, where the first ones stand.

Put here how bad rows of outcomes are told. What makes them bad is ``evaluation_outcomes.py``.

 * A version that is not there, or has two rows for one case, blocks: there is nothing to judge.
 * Where a case has one row, rows set aside are told and block nothing by themselves: their cases are missing, and that is judged.
 * With a column of repeats they block, and so do cases with fewer repeats than others of the version: the case has another row, and the
   one that is not there may be the wrong one.
 * Cells without a value are told and block nothing by themselves.
 * Cells are shown without what a person can be known by, ids of cases as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from registry.domain.decision import Finding, Verdict
from registry.domain.validation import SuiteResult
from registry.sources.evaluation_tables import MAX_NAMED, counted, named_places
from registry.sources.evaluation_versions import VersionFilter
from registry.sources.plan import Redact
from registry.sources.staging import Stage

CHECK = "outcomes"
_MAX_REDACTED = 4_000
_MAX_ERROR = 200  # characters that are kept: which error it was, not all it wrote


@dataclass(slots=True)
class Told:
    """The findings about one table under way; rows are named by their numbers in its stage. ``repeat`` is its column of repeats."""

    stage: Stage
    repeat: str = ""
    redact: Redact | None = None
    findings: list[Finding] = field(default_factory=list)

    def tell_table(self, found: VersionFilter) -> None:
        """Tell of rows that are of no version: unreadable ones, and those that name none."""
        bad = self.stage.malformed
        if bad:
            more = f"; and {len(bad) - MAX_NAMED:,} more" if len(bad) > MAX_NAMED else ""
            text = f"{counted(len(bad), 'row')} that cannot be read set aside: {'; '.join(row.reason for row in bad[:MAX_NAMED])}{more}"
            self._tell(found.name, "malformed_rows", text, len(bad), blocking=bool(self.repeat))
        if found.nameless_count:
            text = f"{counted(found.nameless_count, 'row')} without a value of {found.column!r} set aside; have it written in every row"
            self._tell(found.name, "no_version", text, found.nameless_count, blocking=bool(self.repeat))

    def tell_missing(self, versions: Sequence[str], found: VersionFilter) -> None:
        """Tell of versions of which there is no row."""
        for version in versions:
            text = f"expected rows with this {found.column!r} in {found.name}, found {found.nearest(version)}; "
            self._tell(version, "no_outcomes", text + "evaluate it on this set, or name the version as the table does", 0, blocking=True)

    def tell_twice(self, version: str, rows: Sequence[tuple[str, Sequence[int]]]) -> None:
        """Tell of cases with several rows of a version that nothing tells apart."""
        first = "; ".join(f"{case_id!r} in {named_places(self.stage, numbers)}" for case_id, numbers in rows[:MAX_NAMED])
        apart = f"number of {self.repeat!r}" if self.repeat else "row"
        text = f"expected one {apart} a case, found several for {counted(len(rows), 'case')}: {first}; which one counts would be a guess, "
        self._tell(version, "duplicate_outcomes", text + _remedy(self.repeat), len(rows), blocking=True)

    def tell_missing_repeats(self, version: str, most: int, fewer: Sequence[tuple[str, int]]) -> None:
        """Tell of cases with fewer rows of a version than its other cases have."""
        if fewer:
            first = ", ".join(f"{case_id!r} ({count})" for case_id, count in fewer[:MAX_NAMED])
            more = f" and {len(fewer) - MAX_NAMED:,} more" if len(fewer) > MAX_NAMED else ""
            text = f"expected {most:,} rows of each case, as often as others were asked, found fewer for {counted(len(fewer), 'case')}: "
            text += f"{first}{more}; the one that is not there may be the wrong one, ask every case as often and have every row written"
            self._tell(version, "missing_repeats", text, len(fewer), blocking=True)

    def tell_rows(self, version: str, code: str, expected: str, numbers: Sequence[int]) -> None:
        """Tell of rows of a version that were set aside."""
        if numbers:
            places = named_places(self.stage, numbers)
            text = f"{counted(len(numbers), 'row')} set aside, expected {expected}: {places}; have the table corrected"
            self._tell(version, code, text, len(numbers), blocking=bool(self.repeat))

    def tell_strangers(self, version: str, numbers: Sequence[int], ids: Sequence[str], known: str) -> None:
        """Tell of rows of cases that the set does not have, with an id of each side: often they are only written differently."""
        if numbers:
            text = f"{counted(len(numbers), 'row')} on cases that the set does not have, as {named_places(self.stage, numbers, ids)}; "
            text += f"the set's are like {known!r}; evaluate on the locked set, and write its ids as they are"
            self._tell(version, "strangers", text, len(numbers))

    def tell_cells(self, version: str, column: str, expected: str, numbers: Sequence[int], cells: Sequence[str]) -> None:
        """Tell of cells that are no value."""
        if numbers:
            places = named_places(self.stage, numbers, [self.redacted(cell) for cell in cells[:MAX_NAMED]])
            text = (
                f"{counted(len(numbers), 'cell')} of {column!r} taken for no value, expected {expected}: {places}; have the table corrected"
            )
            self._tell(version, "unreadable_values", text, len(numbers))

    def tell_validated(self, name: str, result: SuiteResult) -> None:
        """Tell which suite looked at the rows."""
        broken = [rule for rule in result.rules if rule.failed_count]
        text = f"{name}: {len(result.rules)} rules of {result.suite} asked of {counted(result.row_count, 'row')}, "
        text += ", ".join(f"{rule.rule} broken by {counted(rule.failed_count, 'row')}" for rule in broken) or "none broken"
        self.findings.append(Finding("validation", name, Verdict.PASS, "validated", text, blocking=False, n=result.row_count))

    def redacted(self, text: str) -> str:
        """Return a text without what a person can be known by."""
        return self.redact(text)[0] if self.redact and text else text

    def shortened(self, error: str | None) -> str:
        """Return an error as it is kept: its beginning, redacted first, for a cut may leave half an account number."""
        return self.redacted((error or "").strip()[:_MAX_REDACTED])[:_MAX_ERROR]

    def _tell(self, subject: str, code: str, text: str, count: int, *, blocking: bool = False) -> None:
        self.findings.append(Finding(CHECK, subject, Verdict.INCONCLUSIVE, code, f"{subject}: {text}", blocking, value=float(count)))


def _remedy(repeat: str) -> str:
    return "have the table corrected" if repeat else "keep one, or name a column of repeats in the catalogue"

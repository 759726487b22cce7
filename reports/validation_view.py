"""What validation said of the sources of a day, read from the sealed records, in the order a reviewer asks for it.

Put here the reading of validation records and the choice of examples. Words that this page alone uses stand here too; its markup is the
template's. The engine's own pages are not kept: they load remote files, and show values as they come.

 * The sealed JSON is read and nothing else, so that the page can be made again from the package.
 * A source without a record was not validated; that is said with its reason, never left out.
 * A status that is not known, or a record that cannot be read, is an error: a rule is never shown as passed by default.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from registry.domain.feed import QuarantinedRow
from registry.domain.triage import TriageDay
from registry.domain.validation import RuleStatus
from registry.errors import ReportError
from reports import wording

MAX_ROW_NUMBERS, MAX_EXAMPLES, MAX_EXAMPLES_PER_REASON = 20, 40, 5

RULE_WORDS = {
    "row_count": "There is at least one row",
    "id_present": "Every row has an id",
    "id_unique": "No two different rows of a feed share an id",
    "occurred_parses": "When it happened is a date that can be read",
    "received_parses": "When it was received is a date that can be read",
    "not_in_future": "Nothing happened or was received in the future",
    "impact_mapped": "The customer impact is one that the catalogue names",
    "values_listed": "Listed columns hold listed values only",
}
STATUS_WORDS = {
    RuleStatus.PASSED: "Kept by every row",
    RuleStatus.FAILED: "Broken",
    RuleStatus.ERRORED: "Could not be run",
    RuleStatus.EMPTY: "No row to look at",
}
_COLUMN = "column:"
_COLUMN_WORDS = {**STATUS_WORDS, RuleStatus.PASSED: "Found", RuleStatus.FAILED: "Missing"}
_ORDER = ("fail", "inconclusive", "pass")
_TONES = {RuleStatus.PASSED: "pass", RuleStatus.FAILED: "fail", RuleStatus.ERRORED: "inconclusive", RuleStatus.EMPTY: "inconclusive"}
# What stands in a record for rules about rows when there was none to ask them of.
_NO_ROW = {"rule": "row_count", "severity": "critical", "status": "empty", "checked_count": 0, "failed_count": 0, "failed_rows": ()}
_GLYPHS = {"pass": "●", "fail": "■", "inconclusive": "▲"}


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule over one source: ``shown_rows`` are the first row numbers that broke it."""

    words: str
    code: str
    severity: str
    status: RuleStatus
    checked_count: int
    failed_count: int
    shown_rows: tuple[int, ...]
    detail: str

    @property
    def is_of_columns(self) -> bool:
        return self.code.startswith(_COLUMN)

    @property
    def state(self) -> str:
        return (_COLUMN_WORDS if self.is_of_columns else STATUS_WORDS)[self.status]

    @property
    def looked_at(self) -> str:
        if self.is_of_columns:
            return "the columns"
        return f"{self.checked_count:,}" if self.checked_count else "none"

    @property
    def broken_by(self) -> str:
        if self.is_of_columns or not self.failed_count:
            return "none" if self.tone == "pass" else "the source" if self.status is RuleStatus.FAILED else "not known"
        return f"{self.failed_count:,}"

    @property
    def tone(self) -> str:
        return _TONES[self.status]

    @property
    def glyph(self) -> str:
        return _GLYPHS[self.tone]


@dataclass(frozen=True, slots=True)
class ValidatedSource:
    """One source: its rules about columns and rows, and the file its record lies in."""

    source: str
    file: str
    engine: str
    suites: str
    row_count: int
    rules: tuple[RuleLine, ...]

    @property
    def tone(self) -> str:
        """The worst of its rules: one that had no row to look at kept nothing, nor does a source without a rule."""
        tones = {rule.tone for rule in self.rules}
        return next((tone for tone in _ORDER if tone in tones), "inconclusive")


@dataclass(frozen=True, slots=True)
class UnvalidatedSource:
    """A source of the day without a validation record, and why."""

    source: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Examples:
    """Rows of one source that were set aside: some of each reason, and how many there are."""

    source: str
    rows: tuple[QuarantinedRow, ...]
    count: int


def validated_sources(records: Mapping[str, bytes]) -> tuple[ValidatedSource, ...]:
    """Return every source with a sealed record, broken rules first; ``records`` maps names of files to their bytes.

    Raises:
        ReportError: a record is not one of validation.
    """
    found = [_source(name, content) for name, content in records.items()]
    return tuple(sorted(found, key=lambda source: (_ORDER.index(source.tone), source.source)))


def unvalidated_sources(day: TriageDay, validated: Sequence[ValidatedSource]) -> tuple[UnvalidatedSource, ...]:
    """Return the sources of the day's feeds that have no record: once each, by name."""
    known = {source.source for source in validated}
    missing: dict[str, UnvalidatedSource] = {}
    for feed in sorted(day.feeds, key=lambda feed: (feed.source, not feed.reason)):
        if feed.source not in known:
            reason = feed.reason or "No record of validation was kept; ask who runs the triage."
            missing.setdefault(feed.source, UnvalidatedSource(feed.source, wording.FEED_WORDS[feed.status], reason))
    return tuple(missing.values())


def examples(rows: Iterable[QuarantinedRow]) -> tuple[Examples, ...]:
    """Return rows set aside, by source: the first few of each reason, in the order of the source."""
    by_source: dict[str, list[QuarantinedRow]] = {}
    for row in rows:
        by_source.setdefault(row.source, []).append(row)
    return tuple(Examples(source, _of_each_reason(found), len(found)) for source, found in sorted(by_source.items()))


def _of_each_reason(rows: Sequence[QuarantinedRow]) -> tuple[QuarantinedRow, ...]:
    by_reason: dict[str, list[QuarantinedRow]] = {}
    for row in sorted(rows, key=lambda row: (row.row_number, row.content_digest)):
        by_reason.setdefault(row.reason_code, []).append(row)
    chosen = [row for found in by_reason.values() for row in found[:MAX_EXAMPLES_PER_REASON]]
    return tuple(islice(sorted(chosen, key=lambda row: (row.row_number, row.content_digest)), MAX_EXAMPLES))


def _source(name: str, content: bytes) -> ValidatedSource:
    try:
        record = json.loads(content)
        columns, rows = record["columns"], record["rows"]
        suites = " and ".join(suite for suite in (columns["suite"], rows["suite"]) if suite)
        rules = _columns_told_once([_rule(rule) for rule in columns["rules"]]) + [_rule(rule) for rule in rows["rules"] or [_NO_ROW]]
        ordered = tuple(sorted(rules, key=lambda rule: _ORDER.index(rule.tone)))
        return ValidatedSource(record["source"], name, record["engine"], suites, int(rows["row_count"]), ordered)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        expected = "a validation record with source, engine, columns and rows"
        raise ReportError(
            f"{name}: expected {expected}, found one that cannot be read ({error!r}); verify the archive with `proofloop evidence verify`"
        ) from error


def _rule(rule: Mapping[str, Any]) -> RuleLine:
    return RuleLine(
        words=_words(rule["rule"]),
        code=rule["rule"],
        severity=rule["severity"],
        status=RuleStatus(rule["status"]),
        checked_count=int(rule["checked_count"]),
        failed_count=int(rule["failed_count"]),
        shown_rows=tuple(int(number) for number in rule["failed_rows"][:MAX_ROW_NUMBERS]),
        detail=rule.get("detail", ""),
    )


def _columns_told_once(rules: list[RuleLine]) -> list[RuleLine]:
    """Return one line for columns that are all there; those that are missing keep theirs."""
    if len(rules) < 2 or not all(rule.is_of_columns and rule.tone == "pass" for rule in rules):
        return rules
    names = ", ".join(rule.code.removeprefix(_COLUMN) for rule in rules)
    return [replace(rules[0], words="Every column that a feed needs is there", code=f"{_COLUMN}{names}")]


def _words(rule: str) -> str:
    if rule.startswith(_COLUMN):
        return f"Column {rule.removeprefix(_COLUMN)} is there"
    return RULE_WORDS.get(rule, wording.spoken(rule))

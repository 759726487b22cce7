"""The list of a recovery: one row for each customer who was affected, counted from the very file that people cite.

Put here how that list is read. Whether its counts reconcile, and what that means for a closure, belongs to ``checks``.

 * The file lies below an allowed root and has the digest that was cited: another file is not counted at all.
 * It is UTF-8 with the columns case_ref, outcome and reason, and no other: what else people know of customers does not belong in it.
 * A row counts in its outcome once. One without a reference, with a reference that stood before, with another outcome, or excluded or left
   over without a reason in words, counts in none and is named by its number: so is one that cannot be read.
 * References that differ in case, in blanks, or in what nobody can see are one: a case is not counted twice by its spelling.
 * Kept are counts, reasons, and the references of who is left over, without what a person can be known by. Lists are cut.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from registry.domain.catalogue import SourceSpec
from registry.domain.population import PopulationRead
from registry.errors import SourceError
from registry.sources.evaluation_tables import staged_files_once
from registry.sources.locations import find_document
from registry.sources.mapping import shown
from registry.sources.opening import digest_file
from registry.sources.prediction_rows import PredictionPlace
from registry.sources.staging import ROW, Stage

COLUMNS = ("case_ref", "outcome", "reason")
OUTCOMES = ("contacted", "remediated", "excluded", "residual")
MAX_BAD_ROWS, MAX_EXCLUSIONS, MAX_RESIDUALS = 100, 50, 200
_MAX_TEXT = 200
_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})(?: [ *].*)?")
_NAME = "list of the recovery"
_BLANK = "' ' || chr(9) || chr(10) || chr(13) || chr(160)"
_CELLS = ", ".join(f"nullif(trim({name}, {_BLANK}), '') AS {name}" for name in COLUMNS)
_CASE = "lower(nfc_normalize(regexp_replace(regexp_replace(case_ref, '\\p{Cf}', '', 'g'), '[\\s\\p{Z}]+', ' ', 'g'))) AS one_case"
_PROBLEM = """CASE
  WHEN coalesce(trim(one_case), '') = '' THEN 'no_ref'
  WHEN row_number() OVER (PARTITION BY one_case ORDER BY number) > 1 THEN 'again'
  WHEN outcome IS NULL OR lower(outcome) NOT IN ('contacted', 'remediated', 'excluded', 'residual') THEN 'no_outcome'
  WHEN lower(outcome) IN ('excluded', 'residual') AND NOT regexp_matches(coalesce(reason, ''), '\\pL{3}') THEN 'no_reason'
  ELSE '' END"""


def read_affected(path: str, sha256: str, place: PredictionPlace) -> PopulationRead:
    """Return the counts of the list at ``path``, or why there are none; ``sha256`` is as ``sha256sum`` prints it.

    Raises:
        SourceUnavailableError: storage does not answer, or the file is being written (retried).
    """
    nothing = PopulationRead(path, sha256)
    try:
        file = find_document(path, place.base, place.roots)
        if file is None:
            raise SourceError(f"{path}: expected the {_NAME}, found no file; put it where the recovery says, as it was when it was counted")
        _refuse_other(path, sha256, digest_file(file))
        with staged_files_once(SourceSpec(_NAME, path), (replace(file, kind="csv"),), place) as stage:
            _refuse_strange(path, stage)
            return _Counting(stage, place).read(nothing)
    except SourceError as error:
        return replace(nothing, reason=str(error))


def _refuse_other(path: str, cited: str, found: str) -> None:
    match = _DIGEST.fullmatch(cited.strip().lower())
    if match is None:
        raise SourceError(f"{path}: expected 64 hexadecimal digits as its sha256, found {shown(cited)}; write what sha256sum prints")
    if f"sha256:{match[1]}" != found:
        told = f"{path}: expected the file that was cited (sha256 {match[1]}), found another ({found.removeprefix('sha256:')}); "
        raise SourceError(told + "bring that file back, or take the step recovery again with the new one")


def _refuse_strange(path: str, stage: Stage) -> None:
    found = stage.columns
    if set(found) != set(COLUMNS):
        listed = ", ".join(name if len(name) <= _MAX_TEXT else "a long text" for name in found[:10])
        told = f"{path}: expected the columns {', '.join(COLUMNS)} and no other, found {listed}; "
        raise SourceError(told + "take out what does not belong there, and cite the digest of the new file")
    if not stage.row_count:
        raise SourceError(f"{path}: expected a row for everybody who was identified, found none; an empty list shows nothing")


@dataclass(frozen=True, slots=True)
class _Counting:
    """The list as it is staged: its rows, each with what is wrong with it."""

    stage: Stage
    place: PredictionPlace

    def read(self, nothing: PopulationRead) -> PopulationRead:
        cursor = self.stage.store.cursor()
        try:
            cells = f"SELECT *, {_CASE} FROM (SELECT {ROW} AS number, {_CELLS} FROM {self.stage.table})"  # noqa: S608 - our own names
            cursor.execute(f"CREATE TEMP TABLE listed AS SELECT *, {_PROBLEM} AS problem FROM ({cells})")  # noqa: S608 - our own names
            return self._counted(cursor, nothing)
        finally:
            cursor.close()  # its temporary table goes with it

    def _counted(self, cursor: Any, nothing: PopulationRead) -> PopulationRead:
        by_outcome = "SELECT lower(outcome), count(*) FROM listed WHERE problem = '' GROUP BY ALL"
        counts = dict(_rows(cursor, by_outcome))
        distinct = _rows(cursor, "SELECT count(DISTINCT one_case) FROM listed")
        return replace(
            nothing,
            row_count=self.stage.row_count,
            distinct_count=distinct[0][0],
            **{f"{outcome}_count": counts.get(outcome, 0) for outcome in OUTCOMES},
            exclusions=self._exclusions(cursor),
            residuals=self._residuals(cursor),
            bad_rows=self._bad_rows(cursor),
        )

    def _exclusions(self, cursor: Any) -> tuple[tuple[str, int], ...]:
        """Return why how many were left out, most first; two reasons that are one without personal data are one."""
        select = "SELECT reason, count(*) FROM listed WHERE problem = '' AND lower(outcome) = 'excluded' GROUP BY ALL"
        found: dict[str, int] = {}
        for reason, count in _rows(cursor, select):
            kept = self._kept(reason)
            found[kept] = found.get(kept, 0) + count
        ranked = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
        rest = ranked[MAX_EXCLUSIONS:]
        more = ((f"{len(rest):,} other reasons", sum(count for _, count in rest)),) if rest else ()
        return (*ranked[:MAX_EXCLUSIONS], *more)

    def _residuals(self, cursor: Any) -> tuple[tuple[str, str], ...]:
        select = "SELECT case_ref, reason FROM listed WHERE problem = '' AND lower(outcome) = 'residual' ORDER BY number"
        found = _rows(cursor, f"{select} LIMIT {MAX_RESIDUALS}")
        return tuple((self._kept(ref), self._kept(reason)) for ref, reason in found)

    def _bad_rows(self, cursor: Any) -> tuple[str, ...]:
        first = "SELECT one_case, min(number) AS first FROM listed WHERE one_case IS NOT NULL GROUP BY ALL"
        asked = "SELECT number, problem, outcome, first FROM listed LEFT JOIN firsts USING (one_case) WHERE problem <> ''"
        found = _rows(cursor, f"WITH firsts AS ({first}) {asked} ORDER BY number LIMIT {MAX_BAD_ROWS}")
        told = [(number, self._told(number, problem, outcome, before)) for number, problem, outcome, before in found]
        told += [(row.row_number, f"row {row.row_number}: {row.reason}") for row in self.stage.malformed[:MAX_BAD_ROWS]]
        total = _rows(cursor, "SELECT count(*) FROM listed WHERE problem <> ''")[0][0] + len(self.stage.malformed)
        listed = [text for _, text in sorted(told)[:MAX_BAD_ROWS]]
        return (*listed, *([f"and {total - len(listed):,} more rows"] if total > len(listed) else []))

    def _told(self, number: int, problem: str, outcome: str | None, first: int | None) -> str:
        listed = f"{', '.join(OUTCOMES[:-1])} or {OUTCOMES[-1]}"
        said = {
            "no_ref": "expected the reference of a case, found an empty cell; write it",
            "again": f"expected each case once, found that of row {first} again; keep the row that is right",
            "no_outcome": f"expected {listed}, found {shown(outcome and self._kept(outcome))}; correct it",
            "no_reason": f"expected why it is {(outcome or '').lower()}, found no words; write the reason",
        }
        return f"row {number}: {said[problem]}"

    def _kept(self, text: str) -> str:
        """Return ``text`` as it may be kept: without personal data, and short."""
        told = self.place.redact(text[: 4 * _MAX_TEXT])[0] if self.place.redact else text
        return told if len(told) <= _MAX_TEXT else told[:_MAX_TEXT] + "..."


def _rows(cursor: Any, select: str) -> Sequence[tuple[Any, ...]]:
    found: Sequence[tuple[Any, ...]] = cursor.execute(select).fetchall()
    return found

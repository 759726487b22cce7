"""Chunks of candidates validated together, split into rows that go on and rows that are set aside.

Put the meeting of rows and validation here. The rules themselves are ``checks/expectations/signals.py``.

 * Rows of one feed with one id come together. Equal ones are one signal; different ones are set aside together, whatever their order.
 * Of rows that share an id with a signal the ledger has, the equal one is known and the others changed it.
 * A rule that could not run lets nothing pass.
 * What a bad row says is redacted before any of it is quoted or cut: half an identifier is one that no pattern finds. A narrative is
   withheld.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from types import MappingProxyType
from typing import Any

from registry.domain.feed import QuarantinedRow
from registry.domain.validation import RuleStatus, SuiteResult
from registry.errors import SourceError
from registry.sources.mapping import Candidate, FeedMapping, Problem, shown
from registry.sources.plan import Judge, SourcePlan, feed_key
from registry.sources.staging import Stage
from registry.sources.validation_record import Validation
from registry.sources.windows import Standing

MAX_QUARANTINED = 10_000
_MAX_CELL_SHOWN = 200
_MAX_CELL_REDACTED = 4_000  # far more than is shown, so that the cut falls in nothing that is


@dataclass(slots=True)
class Screen:
    """Validates candidates chunk by chunk and keeps what was set aside."""

    plan: SourcePlan
    stage: Stage
    mappings: Sequence[FeedMapping | None]
    validation: Validation = field(default_factory=Validation)
    quarantined: dict[str, QuarantinedRow] = field(default_factory=dict)
    overflow_count: int = 0
    redactions: Counter[str] = field(default_factory=Counter)

    def chunks(self, candidates: Iterable[Candidate]) -> Iterator[tuple[list[Candidate], list[Candidate]]]:
        """Yield (good rows, repeats of good rows) of each chunk; candidates come by feed and id.

        Raises:
            SourceError: validation could not be run.
        """
        chunk: list[Candidate] = []
        repeats: list[Candidate] = []
        for _, group in groupby(candidates, key=lambda row: (row.feed_number, row.signal_id)):
            settled, repeated = self._settled(list(group))
            chunk += settled
            repeats += repeated
            if len(chunk) >= self.plan.chunk_rows:
                yield self._validated(chunk), repeats
                chunk, repeats = [], []
        if chunk or repeats:
            yield self._validated(chunk), repeats

    def set_aside(self, source_row: QuarantinedRow, redactions: Mapping[str, int] = MappingProxyType({})) -> None:
        """Keep a bad row, in whose cells ``redactions`` were made, unless the same content was reported before."""
        digest = source_row.content_digest
        if digest in self.plan.known_quarantine or digest in self.quarantined:
            return
        if len(self.quarantined) >= MAX_QUARANTINED:
            self.overflow_count += 1
            return
        self.quarantined[digest] = source_row
        self.redactions.update(redactions)

    def reject(self, row: Candidate, problem: Problem) -> None:
        """Set a candidate aside for ``problem``."""
        cells, redactions = self._redacted(row)
        place = self.stage.place(row.row_number)
        reason = self.plan.redact(f"{place}, {problem.column!r}: {problem.text}" if problem.column else f"{place}: {problem.text}")[0]
        self.set_aside(
            QuarantinedRow(
                self.plan.source.source_id,
                row.row_number,
                row.signal_id or "",
                problem.column,
                problem.code,
                reason,
                self._mapping(row).content_digest(row),
                {_ascii(name): text[:_MAX_CELL_SHOWN] for name, text in cells.items() if text is not None},
            ),
            redactions,
        )

    def _settled(self, group: list[Candidate]) -> tuple[list[Candidate], list[Candidate]]:
        if len(group) == 1:
            return ([], []) if self._is_old_news(group[0]) else (group, [])
        group = [row for row in group if not self._is_old_news(row)]
        clean = [row for row in group if row.is_clean]
        kinds: list[list[Candidate]] = []
        for row in clean:
            same = next((kind for kind in kinds if kind[0].raw == row.raw), None)
            kinds.append([row]) if same is None else same.append(row)
        if len(kinds) > 1:
            self._mark_conflict(kinds)
        # One row stands for its equals: the first inside the window.
        first = [min(kind, key=lambda row: (row.standing, row.row_number)) for kind in kinds]
        repeats = [row for row in clean if row.standing is Standing.IN_WINDOW and not any(row is one for one in first)]
        settled = [row for row in (*first, *(row for row in group if row.raw is None)) if row.standing is not Standing.SIBLING]
        return settled, repeats

    def _mark_conflict(self, kinds: list[list[Candidate]]) -> None:
        row = kinds[0][0]
        pair = self.plan.feeds[row.feed_number]
        known = self.plan.known.get(feed_key(pair), {})
        judge: Judge = self.plan.judges[feed_key(pair)]
        judged = [judge(kind[0].raw) for kind in kinds if kind[0].raw is not None]
        stored = known.get(judged[0].key)
        mapping = self._mapping(row)
        for kind, signal in zip(kinds, judged, strict=True):
            if stored is None:
                problem = mapping.explain(row, "id_unique")
            elif signal.content_digest != stored:
                problem = changed_problem(mapping, row)
            else:
                continue
            for one in kind:
                one.problem = (problem.code, problem.text)

    def _is_old_news(self, row: Candidate) -> bool:
        """Return whether a row that stands in no window was reported before: it is not looked at every day again."""
        if row.standing in (Standing.IN_WINDOW, Standing.SIBLING):
            return False
        return self._mapping(row).content_digest(row) in self.plan.known_quarantine

    def _validated(self, chunk: list[Candidate]) -> list[Candidate]:
        if not chunk:
            return []
        result = self.plan.validator.validate_rows(_columns(chunk))
        self._refuse_unvalidated(result)
        self.validation.add(result, chunk)
        failed: dict[int, str] = {}
        for rule in result.rules:
            for place in rule.failed_rows:
                failed.setdefault(place, rule.rule)
        for place, rule_name in sorted(failed.items()):
            self.reject(chunk[place], self._problem(chunk[place], rule_name))
        return self._passed(chunk, failed)

    def _refuse_unvalidated(self, result: SuiteResult) -> None:
        """Refuse to go on where a rule gave no answer, or failed without naming its rows."""
        unclear = [rule for rule in result.rules if rule.status is RuleStatus.FAILED and not rule.failed_rows]
        unclear += [rule for rule in result.rules if rule.status in (RuleStatus.ERRORED, RuleStatus.EMPTY)]
        if unclear or not result.rules:
            found = f"{unclear[0].rule}: {unclear[0].detail or unclear[0].status.value}" if unclear else "no rule at all"
            raise SourceError(
                f"{self.plan.source.source_id}: expected every validation rule to answer for each row, found one that did not ({found}); "
                "no row was taken, mend it and run again"
            )

    def _passed(self, chunk: list[Candidate], failed: dict[int, str]) -> list[Candidate]:
        passed = []
        for place, row in enumerate(chunk):
            if place in failed:
                continue
            if row.problem is not None:
                self.reject(row, self._problem(row, ""))
            elif row.raw is None:
                raise SourceError(
                    f"{self.stage.place(row.row_number)}: expected validation to refuse a row that cannot be a signal, found it passed; "
                    "the suite and the mapping disagree, report this"
                )
            else:
                passed.append(row)
        return passed

    def _mapping(self, row: Candidate) -> FeedMapping:
        mapping = self.mappings[row.feed_number]
        if mapping is None:
            raise AssertionError(f"feed {row.feed_number} takes no rows")
        return mapping

    def _problem(self, row: Candidate, rule: str) -> Problem:
        return self._mapping(row).explain(replace(row, cells=self._redacted(row)[0]), rule)

    def _redacted(self, row: Candidate) -> tuple[dict[str, str | None], Counter[str]]:
        """Return the mapped cells redacted, the narrative by its length alone, and how many identifiers of each kind were replaced."""
        cells, redactions = dict(row.cells), Counter[str]()
        narrative = self._mapping(row).spec.narrative
        for name, text in row.cells.items():
            if text is not None and name == narrative:
                cells[name] = f"({len(text)} characters withheld)"
            elif text is not None:
                cells[name], found = self.plan.redact(text[:_MAX_CELL_REDACTED])
                redactions.update(found)
        return cells, redactions


def changed_problem(mapping: FeedMapping, row: Candidate) -> Problem:
    """Return the problem of a row whose id the ledger has with other content."""
    found = f"expected the content recorded for id {shown(row.signal_id)}, found other; send a correction as a new signal with its own id"
    return Problem(mapping.spec.signal_id, "content_changed", found)


def _columns(chunk: list[Candidate]) -> dict[str, list[Any]]:
    return {
        "row": list(range(len(chunk))),
        "feed": [row.feed_number for row in chunk],
        "signal_id": [row.signal_id for row in chunk],
        "delivery_id": [row.signal_id if row.raw is not None and _competes(row) else None for row in chunk],
        "occurred": [row.occurred.at.timestamp() if row.occurred.at else None for row in chunk],
        "received": [row.received.at.timestamp() if row.received.at else None for row in chunk],
        "ahead_seconds": [row.ahead_seconds for row in chunk],
        "impact": [row.impact.value if row.impact else "unmapped" for row in chunk],
        "unlisted": [row.unlisted for row in chunk],
    }


def _competes(row: Candidate) -> bool:
    # A row that changed a known signal is not in the way of the known one.
    return row.problem is None or row.problem[0] == "duplicate_id"


def _ascii(name: str) -> str:
    return name.encode("ascii", "backslashreplace").decode("ascii")

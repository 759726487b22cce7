"""One source row mapped to the fields of one feed, and what is wrong with it in words.

Put the mapping of cells to fields here. Which rows are a feed's is ``claims.py``, which rules a row must satisfy is
``checks/expectations/signals.py``; ``explain`` says for each of those rules what was expected and found in this row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from registry.domain.canonical import digest_of
from registry.domain.catalogue import ImpactField
from registry.domain.signal import CustomerImpact, RawSignal
from registry.sources.columns import required_columns
from registry.sources.moments import Moment, MomentReader
from registry.sources.plan import FeedPair
from registry.sources.windows import Standing

_TRUE = frozenset({"1", "true", "t", "yes", "y", "x"})
_DAY = timedelta(days=1)
_MAX_SHOWN = 80
_MAX_LISTED = 20


@dataclass(slots=True)
class Candidate:
    """A row that a feed takes: its cells by mapped column, what could be read of it, and ``problem`` (rule, text) where it conflicts."""

    feed_number: int
    standing: Standing
    row_number: int
    cells: dict[str, str | None]
    signal_id: str | None
    occurred: Moment
    received: Moment
    impact: CustomerImpact | None
    ahead_seconds: float | None
    unlisted: str | None
    raw: RawSignal | None = None
    problem: tuple[str, str] | None = None

    @property
    def is_clean(self) -> bool:
        return self.raw is not None and self.problem is None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row is set aside: the column, a stable code and a sentence."""

    column: str
    code: str
    text: str


class FeedMapping:
    """Maps rows of one feed, given in the order of ``columns``."""

    def __init__(self, number: int, pair: FeedPair, columns: Sequence[str], observed_on: date) -> None:
        self.number, (self.system, self.spec) = number, pair
        self._observed_on = observed_on
        self._occurred = MomentReader(self.spec.occurred_at, self.system.timezone)
        self._received = MomentReader(self.spec.received_at, self.system.timezone)
        places = {name: place for place, name in enumerate(columns)}
        self._own = [(name, places[name]) for name in required_columns(self.spec)]
        self._allowed = [(name, frozenset(values)) for name, values in self.spec.known_values.items()]

    def candidate(self, standing: int, row_number: int, cells: Sequence[str | None]) -> Candidate:
        """Return what the row is to this feed."""
        own = {name: cells[place] for name, place in self._own}
        signal_id = own[self.spec.signal_id]
        occurred = self._occurred.read(own[self.spec.occurred_at.column])
        received = self._received.read(own[self.spec.received_at.column])
        found = Candidate(
            self.number,
            Standing(standing),
            row_number,
            own,
            signal_id if signal_id and signal_id.strip() else None,
            occurred,
            received,
            _impact(self.spec.impact, own),
            self._ahead(occurred, received),
            next((name for name, allowed in self._allowed if (own[name] or "") not in allowed), None),
        )
        found.raw = self._raw(found)
        return found

    def explain(self, row: Candidate, rule: str) -> Problem:
        """Return why ``row`` does not satisfy ``rule``."""
        spec = self.spec
        if row.problem is not None:
            return Problem(spec.signal_id, *row.problem)
        if rule == "id_present":
            return Problem(spec.signal_id, "missing_id", "expected an id, found an empty cell; give every row its own")
        if rule == "id_unique":
            found = f"expected one row with id {shown(row.signal_id)}, found several that differ; keep the one that is right"
            return Problem(spec.signal_id, "duplicate_id", found)
        if rule in ("occurred_parses", "received_parses"):
            is_received = rule == "received_parses"
            return self._time_problem((spec.received_at if is_received else spec.occurred_at).column, row, is_received)
        if rule == "not_in_future":
            return self._future_problem(row)
        return self._value_problem(row, rule)

    def content_digest(self, row: Candidate) -> str:
        """Return the digest of the row's mapped cells, wherever the row stands in the file."""
        return digest_of([[name, row.cells[name]] for name in sorted(row.cells)])

    def _raw(self, row: Candidate) -> RawSignal | None:
        # What is named here is what the suite asks for as well: a row that it refuses is never built, and the reverse is a bug.
        if row.signal_id is None or row.occurred.at is None or row.received.at is None or row.impact is None or row.unlisted:
            return None
        if row.ahead_seconds is None or row.ahead_seconds > 0:
            return None
        spec, cells = self.spec, row.cells
        return RawSignal(
            signal_id=row.signal_id,
            occurred_at=row.occurred.at,
            received_at=row.received.at,
            impact=row.impact,
            journey_step=(cells[spec.journey_step] or "") if spec.journey_step else "",
            segment={name: text for name, column in spec.segment.items() if (text := cells[column])},
            versions={name: text for name, column in spec.versions.items() if (text := cells[column])},
            fingerprint_fields={column: text for column in spec.fingerprint if (text := cells[column])},
            source_evidence=tuple(text for column in spec.source_evidence if (text := cells[column])),
            narrative=(cells[spec.narrative] or "") if spec.narrative else "",
            synthetic=_is_true(cells[spec.synthetic]) if spec.synthetic else False,
            reproducible=_is_true(cells[spec.reproducible]) if spec.reproducible else False,
        )

    def _ahead(self, occurred: Moment, received: Moment) -> float | None:
        """Return by how many seconds the later of the two lies beyond what is allowed (negative: it does not)."""
        if received.on is None or received.at is None:
            return None
        beyond = float((received.on - self._observed_on).days) * 86_400
        if occurred.at is None:
            return beyond
        return max(beyond, (occurred.at - received.at - _DAY).total_seconds())

    def _time_problem(self, column: str, row: Candidate, is_received: bool) -> Problem:
        moment = row.received if is_received else row.occurred
        found = f"expected {moment.expected}, found {shown(row.cells[column])}; correct the cell, or the format that the feed expects"
        return Problem(column, moment.code, found)

    def _value_problem(self, row: Candidate, rule: str) -> Problem:
        if rule == "impact_mapped":
            column, known, code, cure = (
                self.spec.impact.column,
                tuple(self.spec.impact.mapping),
                "unmapped_impact",
                "map it, or set a default",
            )
        else:
            column, code, cure = row.unlisted or "", "unknown_value", "list it in known_values if it is right"
            known = self.spec.known_values.get(column, ())
        listed = ", ".join(sorted(map(repr, known))[:_MAX_LISTED]) or "no value at all"
        return Problem(column, code, f"expected one of {listed}, found {shown(row.cells.get(column))}; {cure}")

    def _future_problem(self, row: Candidate) -> Problem:
        received, occurred = self.spec.received_at.column, self.spec.occurred_at.column
        if row.received.on is not None and row.received.on > self._observed_on:
            found = f"expected a receipt by {self._observed_on}, found {row.received.on}; correct the date, or the system's time zone"
            return Problem(received, "future_time", found)
        found = (
            f"expected it to have occurred at most a day after its receipt on {row.received.on}, found {shown(row.cells[occurred])}; "
            "correct one of the dates"
        )
        return Problem(occurred, "occurred_after_received", found)


def shown(text: str | None) -> str:
    """Return a cell for a message: quoted, cut, and plain about emptiness."""
    if text is None or not text.strip():
        return "an empty cell"
    return repr(text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "...")


def _impact(field: ImpactField, cells: dict[str, str | None]) -> CustomerImpact | None:
    if field.constant is not None:
        return field.constant
    return field.mapping.get(cells[field.column] or "", field.default)


def _is_true(text: str | None) -> bool:
    return text is not None and text.strip().lower() in _TRUE

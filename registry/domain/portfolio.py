"""The life of every issue in instants, for the portfolio: opened, contained, closed, come back.

Put here how it is told from events, and what a portfolio is judged from. What executives read of it is ``closure.py``, how it is counted
``checks/portfolio.py``.

 * An issue is open between an opening, or a return, and the move that closes it or only tracks it.
 * A control counts from when it came into force; accepting the risk is none, nor is that none is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from registry.domain.cases import advanced
from registry.domain.events import EventKind, is_move
from registry.domain.folding import fold
from registry.domain.issue import NOT_LIVE, Issue, IssueState
from registry.domain.policy_recurrence import RecurrencePolicy
from registry.domain.policy_work import WorkPolicies
from registry.domain.steps import ContainmentPattern
from registry.domain.times import parse_instant
from registry.domain.work import Case, StepKind

_NO_CONTROL = frozenset({ContainmentPattern.RISK_ACCEPTANCE, ContainmentPattern.NOT_NEEDED})


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One stretch in which an issue was open. ``is_return``: it had been closed before; ``is_closed``: it ended by being closed."""

    from_at: datetime
    until_at: datetime | None = None
    contained_at: datetime | None = None
    is_return: bool = False
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class IssueLife:
    """One issue: when it was opened, and every stretch in which it was open, oldest first (none: it was only ever tracked)."""

    issue_id: str
    system_id: str
    opened_at: datetime
    occurrences: tuple[Occurrence, ...] = ()


@dataclass(frozen=True, slots=True)
class PortfolioInputs:
    """Everything the portfolio is counted from. ``systems`` are those of the catalogue: one without an issue has a row too.

    ``cases`` are one for every issue, also where nobody has done anything on it yet. ``max_proposal_age_days`` is how long a closure may
    wait for those who sign it.
    """

    as_of: datetime
    business_date: date
    zone: str
    systems: tuple[str, ...]
    cases: tuple[Case, ...]
    lives: tuple[IssueLife, ...]
    work: WorkPolicies
    recurrence: RecurrencePolicy
    max_proposal_age_days: int


class Lives:
    """Every issue as its events, applied in their order, leave it: where it stands, what people did on it, and its life in instants."""

    def __init__(self) -> None:
        self._issues: dict[str, Issue] = {}
        self._cases: dict[str, Case] = {}
        self._lives: dict[str, IssueLife] = {}

    def apply(self, seq: int, envelope: dict[str, Any]) -> None:
        """Remember one event of an issue.

        Raises:
            IllegalMoveError: the event makes a move that is not legal from the issue's state.
        """
        issue = fold(self._issues.get(envelope["issue"]), envelope)
        if issue is not None:
            self._issues[issue.issue_id] = issue
            self._cases[issue.issue_id] = advanced(self._cases.get(issue.issue_id) or Case(issue), seq, envelope)
            _live_on(self._lives, envelope)

    def cases(self) -> tuple[Case, ...]:
        """Return one case for every issue, by id."""
        return tuple(replace(self._cases[issue_id], issue=self._issues[issue_id]) for issue_id in sorted(self._issues))

    def lives(self) -> tuple[IssueLife, ...]:
        """Return the life of every issue, by id."""
        return tuple(self._lives[issue_id] for issue_id in sorted(self._lives))


def lives_of(events: Iterable[tuple[int, Mapping[str, Any]]]) -> tuple[IssueLife, ...]:
    """Return the life of every issue that ``events``, in order (number, envelope), open, by id."""
    lives: dict[str, IssueLife] = {}
    for _, envelope in events:
        _live_on(lives, envelope)
    return tuple(lives[issue_id] for issue_id in sorted(lives))


def _live_on(lives: dict[str, IssueLife], envelope: Mapping[str, Any]) -> None:
    issue_id, at = envelope["issue"], parse_instant(envelope["as_of"])
    if envelope["kind"] == EventKind.ISSUE_OPENED:
        is_open = IssueState(envelope["data"]["state"]) not in NOT_LIVE
        lives[issue_id] = IssueLife(issue_id, envelope["system"], at, (Occurrence(at),) if is_open else ())
    elif issue_id in lives:
        lives[issue_id] = _advanced(lives[issue_id], at, envelope)


def _advanced(life: IssueLife, at: datetime, envelope: Mapping[str, Any]) -> IssueLife:
    data = envelope["data"]
    if data.get("step") == StepKind.CONTAIN and data["document"]["pattern"] not in _NO_CONTROL:
        life = _with_control(life, parse_instant(data["document"]["in_force_at"]))
    if not is_move(envelope):
        return life
    before, after = IssueState(data["from"]), IssueState(data["to"])
    if after in NOT_LIVE and before not in NOT_LIVE:
        return _with_last(life, until_at=at, is_closed=after is IssueState.CLOSED)
    if before in NOT_LIVE and after not in NOT_LIVE:
        return replace(life, occurrences=(*life.occurrences, Occurrence(at, is_return=before is IssueState.CLOSED)))
    return life


def _with_control(life: IssueLife, in_force_at: datetime) -> IssueLife:
    """The first control of an occurrence counts; those after it make it better."""
    is_first = bool(life.occurrences) and life.occurrences[-1].contained_at is None
    return _with_last(life, contained_at=in_force_at) if is_first else life


def _with_last(life: IssueLife, **changes: Any) -> IssueLife:
    return replace(life, occurrences=(*life.occurrences[:-1], replace(life.occurrences[-1], **changes))) if life.occurrences else life

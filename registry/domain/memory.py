"""The ledger's memory, rebuilt from its events and from what packages counted: what a decision could know at any point of the past.

Put here how one event, or the cells of one sealed day, changes what is remembered. Where they come from is ``registry/evidence``; the
ledger keeps the same in its projections, and both must tell a decision the same.

Events are applied in their order. Another system's may already be applied when a decision is asked for: nothing of the decision's own
systems lies between its knowledge cut and its own events (the ledger refuses that as stale), and what systems share is cut by number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from registry.domain.canonical import storable_text
from registry.domain.cases import CASE_KINDS, advanced
from registry.domain.events import EventKind
from registry.domain.feed import FeedDelivery, FeedStatus
from registry.domain.folding import fold
from registry.domain.history import DailyCount, ObservedDay, TriageHistory, lookback_days, named_batches, open_dips
from registry.domain.issue import Issue
from registry.domain.policy import TriagePolicies
from registry.domain.versions import VersionClaim, claim_of, versions_in_force
from registry.domain.work import Case

_CellKey = tuple[str, str, str, str, bool]


class Memory:
    """What is remembered after the events applied so far. ``latest`` is the number of the last one of each system."""

    def __init__(self) -> None:
        self.latest: dict[str, int] = {}
        self.issues: dict[str, Issue] = {}
        self._cases: dict[str, Case] = {}
        self._claims: dict[str, list[VersionClaim]] = defaultdict(list)
        self._observed: dict[date, set[tuple[str, str]]] = defaultdict(set)
        self._decided: dict[date, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
        self._counts: dict[date, dict[_CellKey, DailyCount]] = defaultdict(dict)

    def apply(self, seq: int, envelope: dict[str, Any]) -> None:
        """Remember one event.

        Raises:
            IllegalMoveError: the event makes a move that is not legal from the issue's state.
        """
        kind, on = EventKind(envelope["kind"]), date.fromisoformat(envelope["business_date"])
        if kind is EventKind.FEED_JUDGED and envelope["data"]["status"] == FeedStatus.OK:
            self._observed[on].add((envelope["system"], envelope["subject"]))
        elif kind is EventKind.TRIAGE_DECIDED:
            self._decided[on].append((seq, envelope["data"]))
        elif kind is EventKind.VERSION_OBSERVED:
            claim = claim_of(seq, envelope)
            self._claims[claim.system_id].append(claim)
        elif envelope["issue"]:
            self._work_on(seq, kind, envelope)
        self.latest[envelope["system"]] = seq

    def add_counts(self, deliveries: Iterable[FeedDelivery]) -> None:
        """Remember the cells of a recorded day."""
        for feed in deliveries:
            for cell in feed.cells:
                channel = storable_text(cell.channel)
                key = (feed.system_id, feed.feed, cell.fingerprint, channel, cell.pre_fix)
                before = self._counts[cell.on].get(key)
                count = cell.count + (before.count if before else 0)
                counted = DailyCount(feed.system_id, feed.feed, cell.fingerprint, cell.on, channel, count, cell.pre_fix)
                self._counts[cell.on][key] = counted

    def history(self, systems: Collection[str], business_date: date, policies: TriagePolicies, events: int) -> TriageHistory:
        """Return what a decision over ``systems`` for ``business_date`` that knows ``events`` events is compared with."""
        wanted, days = frozenset(systems), list(_days_before(business_date, lookback_days(policies)))
        decided = [data for on in days for seq, data in sorted(self._decided.get(on, ()), key=_number) if seq <= events]
        return TriageHistory(
            events=events,
            counts=tuple(one for on in days for one in self._counts.get(on, {}).values() if one.system_id in wanted),
            observed=tuple(
                ObservedDay(system_id, feed, on - timedelta(days=1))
                for on in days
                for system_id, feed in sorted(self._observed.get(on, ()))
                if system_id in wanted
            ),
            issues=tuple(self.issues[issue_id] for issue_id in sorted(self.issues) if self.issues[issue_id].system_id in wanted),
            batches=named_batches(decided),
            dips=open_dips(decided, wanted),
            versions=versions_in_force(claim for system_id in sorted(wanted) for claim in self._claims.get(system_id, ())),
            cases=tuple(self._cases_of(wanted)),
        )

    def _work_on(self, seq: int, kind: EventKind, envelope: dict[str, Any]) -> None:
        issue = fold(self.issues.get(envelope["issue"]), envelope)
        if issue is not None:
            self.issues[issue.issue_id] = issue
            if kind in CASE_KINDS:
                case = self._cases.get(issue.issue_id) or Case(issue)
                self._cases[issue.issue_id] = advanced(case, seq, envelope)

    def _cases_of(self, systems: Collection[str]) -> Iterable[Case]:
        for issue_id in sorted(self._cases):
            if self.issues[issue_id].system_id in systems:
                yield replace(self._cases[issue_id], issue=self.issues[issue_id])


def _days_before(business_date: date, length_days: int) -> Iterable[date]:
    for offset in range(length_days, 0, -1):
        yield business_date - timedelta(days=offset)


def _number(decided: tuple[int, dict[str, Any]]) -> int:
    return decided[0]

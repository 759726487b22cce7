"""Any order of claims, days, people's moves and repeats leaves the ledger as a plain model says, and sound."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, precondition, rule, run_state_machine_as_test

from registry.domain.events import Event, EventKind
from registry.domain.issue import LEGAL_MOVES, IssueState, Role, is_legal
from registry.domain.lease import ClaimStatus, Lease
from registry.domain.triage_write import LinkRelation, TriageWrite
from registry.errors import IdempotencyConflictError, IllegalMoveError, LeaseLostError, StaleIssueError
from registry.ledger.store import Ledger, open_ledger
from registry.ledger.verification import verify_ledger
from tests.builders import NOON, TODAY, an_event
from tests.closing import closing
from tests.ledger_writes import FLOW, HOUR, a_clock, a_link, a_write, approved, moved, opened, some_signals, spooled
from tests.ledgers import copied_sqlite
from tests.postgres import a_database

SYSTEMS = st.sampled_from(("card_fraud", "router"))
DAYS = st.integers(0, 3).map(lambda offset: TODAY + timedelta(days=offset))
OWNERS = st.sampled_from(("run-1", "run-2"))
MOVES = st.sampled_from(sorted(LEGAL_MOVES, key=repr))


class LedgerMachine(RuleBasedStateMachine):
    """Drives a real ledger beside sets and dictionaries that say what it must hold."""

    def __init__(self, ledger: Ledger, spool: Path) -> None:
        super().__init__()
        self.ledger, self.spool = ledger, spool
        self.events: list[bytes] = []
        self.signals: set[str] = set()
        self.done: dict[tuple[str, date], bytes] = {}
        self.fences: dict[tuple[str, date], tuple[str, int]] = {}
        self.states: dict[str, IssueState] = {}
        self.writes: list[TriageWrite] = []
        self.appended: list[tuple[Event, ...]] = []

    leases = Bundle("leases")

    @rule(target=leases, system=SYSTEMS, on=DAYS, owner=OWNERS)
    def claim(self, system: str, on: date, owner: str) -> Lease | None:
        claim = self.ledger.claim(FLOW, [system], on, owner, NOON, HOUR)
        holder, fence = self.fences.get((system, on), ("", 0))
        if (system, on) in self.done:
            assert (claim.status, claim.done) == (ClaimStatus.DONE, (system,))
        elif holder and holder != owner:
            assert (claim.status, claim.held_by) == (ClaimStatus.HELD, holder)
        else:
            assert [lease.fence for lease in claim.leases] == [fence + 1]
            self.fences[system, on] = (owner, fence + 1)
        return claim.leases[0] if claim.leases else None

    @rule(lease=consumes(leases))
    def release(self, lease: Lease | None) -> None:
        if lease is None:
            return
        self.ledger.release([lease])
        key = (lease.system_id, lease.business_date)
        if self.fences[key] == (lease.owner, lease.fence) and key not in self.done:
            self.fences[key] = ("", lease.fence)

    @rule(lease=leases, count=st.integers(0, 3), opens=st.booleans(), stale=st.booleans())
    def write_a_day(self, lease: Lease | None, count: int, opens: bool, stale: bool) -> None:
        if lease is None:
            return
        system, on = lease.system_id, lease.business_date
        start = len(self.signals)
        signals = some_signals(count, system_id=system, start=start) if count else []
        delivery = [spooled(self.spool / f"{len(self.writes)}", signals)] if signals else []
        issue_id = f"ISS-{system}-{on}"
        events = (
            tuple(replace(event, system_id=system, business_date=on) for event in opened(issue_id, signal_count=count)) if opens else ()
        )
        link = a_link(LinkRelation.OPENED, issue_id=issue_id, system_id=system)
        write = a_write([lease], delivery, events, known_events=self._known(system, stale), links=(link,) if opens else ())
        self._record(write, {signal.key for signal in signals}, issue_id if opens else "")

    def _known(self, system: str, stale: bool) -> int:
        seqs = [seq for seq, body in enumerate(self.events, 1) if json.loads(body)["system"] == system]
        return max(0, seqs[-1] - 1) if stale and seqs else len(self.events)

    def _record(self, write: TriageWrite, keys: set[str], opens: str) -> None:
        (lease,) = write.leases
        key = (lease.system_id, lease.business_date)
        spool = self.spool / f"{len(self.writes)}"
        if self.done.get(key) == write.result:
            assert self.ledger.record_triage(write, spool).repeated
        elif self.fences[key] != (lease.owner, lease.fence):
            self._refused(LeaseLostError, write, spool)
        elif (write.known_events < self._known(lease.system_id, False) and self._newer(write)) or (
            opens and self._has_live(lease.system_id)
        ):
            self._refused(StaleIssueError, write, spool)
        else:
            receipt = self.ledger.record_triage(write, spool)
            assert (receipt.repeated, receipt.signal_count, receipt.event_count) == (False, len(keys), len(write.events))
            self.writes.append(write)
            self.events += [event.canonical_body() for event in write.events]
            self.signals |= keys
            self.done[key] = write.result
            if opens:
                self.states[opens] = IssueState.TRIAGE

    def _newer(self, write: TriageWrite) -> bool:
        later = self.events[write.known_events :]
        return any(json.loads(body)["system"] in write.systems for body in later)

    def _has_live(self, system: str) -> bool:
        live = (state for issue_id, state in self.states.items() if issue_id.startswith(f"ISS-{system}-"))
        return any(state not in (IssueState.CLOSED, IssueState.TRACKED) for state in live)

    def _refused(self, error: type[Exception], write: TriageWrite, spool: Path) -> None:
        with pytest.raises(error):
            self.ledger.record_triage(write, spool)

    @precondition(lambda self: self.states)
    @rule(data=st.data(), move=MOVES, legal=st.booleans())
    def a_person_moves_an_issue(self, data: st.DataObject, move, legal: bool) -> None:
        issue_id = data.draw(st.sampled_from(sorted(self.states)))
        state = self.states[issue_id]
        choices = sorted((each for each in LEGAL_MOVES if each.from_state is state), key=repr)
        step = data.draw(st.sampled_from(choices)) if legal and choices else move
        system = issue_id.removeprefix("ISS-").rsplit("-", 3)[0]
        event = moved(issue_id, step.from_state, step.to_state, step.role, system_id=system, subject=f"{issue_id} {len(self.events)}")
        approval = approved(issue_id, "plan", f"{issue_id} {len(self.events)}", system_id=system)
        twin = step.to_state not in (IssueState.CLOSED, IssueState.TRACKED) and state is IssueState.CLOSED and self._has_live(system)
        if step.from_state is not state or not is_legal(step.from_state, step.to_state, Role(step.role)):
            with pytest.raises(IllegalMoveError):
                self.ledger.append([event])
        elif twin:
            with pytest.raises(StaleIssueError):
                self.ledger.append([event])
        elif step.to_state is IssueState.CLOSED:
            with pytest.raises(IllegalMoveError, match="expected a proposal of the closure verification that stands"):
                self.ledger.append([replace(approval, body=approval.body | {"action": "close"}), event])
            number = len(self.events)
            ends = closing(issue_id, nonce=f"{issue_id} {number}", role=step.role, system_id=system)
            self._append(tuple(replace(each, subject=f"{each.subject} {number}") for each in ends))
            self.states[issue_id] = step.to_state
        elif step.needs_approval:
            with pytest.raises(IllegalMoveError, match="must be approved"):
                self.ledger.append([event])
            self._append((approval, event))
            self.states[issue_id] = step.to_state
        else:
            self._append((event,))
            self.states[issue_id] = step.to_state

    @rule(system=SYSTEMS, count=st.integers(0, 3))
    def append(self, system: str, count: int) -> None:
        names = [f"{len(self.events)}-{number}" for number in range(count)]
        self._append(tuple(an_event(kind=EventKind.FEED_JUDGED, system_id=system, subject=name, body={}) for name in names))

    def _append(self, events: tuple[Event, ...]) -> None:
        stored = self.ledger.append(events)
        assert [event.body for event in stored] == [event.canonical_body() for event in events]
        self.events += [event.body for event in stored]
        self.appended.append(events)

    @precondition(lambda self: self.writes)
    @rule()
    def repeat_the_last_day(self) -> None:
        assert self.ledger.record_triage(self.writes[-1], self.spool).repeated

    @precondition(lambda self: self.writes)
    @rule(data=st.data(), other=st.booleans())
    def repeat_any_earlier_day(self, data: st.DataObject, other: bool) -> None:
        write = data.draw(st.sampled_from(self.writes))
        if other:
            with pytest.raises(IdempotencyConflictError):
                self.ledger.record_triage(replace(write, result=b"other"), self.spool)
        else:
            assert self.ledger.record_triage(write, self.spool).repeated

    @precondition(lambda self: self.appended)
    @rule(data=st.data())
    def repeat_any_earlier_events(self, data: st.DataObject) -> None:
        events = data.draw(st.sampled_from(self.appended))
        assert [event.body for event in self.ledger.append(events)] == [event.canonical_body() for event in events]
        if events:
            with pytest.raises(IdempotencyConflictError):
                self.ledger.append([replace(events[0], body={"reason": "another"})])

    @rule()
    def publish(self) -> None:
        for row in self.ledger.pending_outbox():
            self.ledger.mark_published(row.outbox_id)

    @invariant()
    def the_ledger_holds_what_the_model_says(self) -> None:
        assert [event.body for event in self.ledger.read_events()] == self.events
        assert {issue.issue_id: issue.state for issue in self.ledger.read_issues()} == self.states
        counts = self.ledger.read_counts(date.min, date.max)
        assert sum(count.count for count in counts) == len(self.signals)
        for (system, on), result in self.done.items():
            assert self.ledger.read_result(FLOW, system, on) == result

    def teardown(self) -> None:
        assert verify_ledger(self.ledger) == ()
        assert len(self.ledger.read_content_digests(self.signals)) == len(self.signals)
        self.ledger.close()


def test_any_walk_on_sqlite_matches_the_model(migrated_sqlite: Path, tmp_path: Path):
    def machine() -> LedgerMachine:
        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        return LedgerMachine(open_ledger(copied_sqlite(migrated_sqlite, folder / "ledger.db"), a_clock), folder)

    run_state_machine_as_test(machine, settings=settings(max_examples=25, stateful_step_count=25, deadline=None))


def test_any_walk_on_postgresql_matches_the_model(postgres_server: str, migrated_postgres: str, tmp_path: Path):
    databases = []

    def machine() -> LedgerMachine:
        database = a_database(postgres_server, migrated_postgres)
        databases.append(database)
        return LedgerMachine(open_ledger(database.__enter__(), a_clock), Path(tempfile.mkdtemp(dir=tmp_path)))

    try:
        run_state_machine_as_test(machine, settings=settings(max_examples=10, stateful_step_count=20, deadline=None))
    finally:
        for database in databases:
            database.__exit__(None, None, None)

"""A bank whose assistant explained a fee wrongly once a day until that was fixed, and its days as the schedule would run them.

Put here what tests of windows after a fix need of a whole workspace. Numbers are small, so that a window of four days is one: ten
complaints in as many days, a hundred answers a day, a fix at noon of ``FIX_ON``; other complaints keep the feed alive.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from deployments.cli.running import run_closure, run_recurrence, run_triage, scheduled_instant
from deployments.cli.session import CLOSURE_AT, RECURRENCE_AT
from registry.domain.canonical import digest_of, plain
from registry.domain.closure_run import ClosureResult
from registry.domain.events import Event, EventKind
from registry.domain.issue import Issue, IssueState, Role, needs_approval
from registry.domain.recurrence_run import RecurrenceResult
from registry.domain.steps_change import Implementation
from registry.domain.work import StepKind
from registry.evidence.signers import signer_line
from registry.evidence.signing import make_key
from registry.sealing import KEY_NAME
from tests.closing import closing
from tests.ledger_writes import approval_body
from tests.once import made_once
from tests.opened_workspace import OpenedWorkspace

ZONE, BOT, SYMPTOM = "America/New_York", "fee_bot", "Fee explained wrongly"
FIRST = date(2026, 3, 16)
FIX_ON = FIRST + timedelta(days=10)
WINDOW_FROM = FIX_ON + timedelta(days=1)
FLOOR, LATENESS, PER_DAY = 4, 1, 100
END = FIX_ON + timedelta(days=40)
OWNER, LEAD = "ana@bank.example", "ben@bank.example"

_S, _R = IssueState, Role
_WAY = (
    (_S.TRIAGE, _S.CONTAINED, _R.PRODUCT_OWNER),
    (_S.CONTAINED, _S.RCA_IN_PROGRESS, _R.PRODUCT_OWNER),
    (_S.RCA_IN_PROGRESS, _S.ACTION_APPROVED, _R.RISK_COMPLIANCE),
)
_FILES = {
    "proofloop.yaml": "timezone: America/New_York\nledger_url: {ledger_url}\n",
    "systems/fee_bot.yaml": """\
id: fee_bot
name: Fee assistant
kind: rag
risk_tier: low
owners: {{product_owner: ana@bank.example, operations_lead: ben@bank.example}}
versions: {{model: {{recorded: v1}}}}
exposure: {{source: {{path: data/answers.csv}}, time: Day, count: Answers, unit: answer}}
signals:
  - name: complaints
    category: complaint
    source: {{path: data/complaints.csv}}
    fields: {{signal_id: Id, occurred_at: Decided, received_at: Received, segment: {{channel: Channel}}}}
    impact: {{column: Consequence, map: {{delayed: delay, nothing: none}}}}
    fingerprint: [Issue]
    opens_issue: each
    allowed_lateness_days: 1
    {effect}
""",
    "policies/triage.yaml": """\
spike: {{window_days: [1], baseline_max_days: 20, baseline_min_days: 15, min_count: 50, max_false_alarms_per_year: 12.0}}
batch: {{baseline_min_days: 20, baseline_max_days: 20}}
dip: {{window_days: [1], baseline_min_days: 20, baseline_max_days: 20}}
feed: {{min_history_days: 2, max_stale_days: 3}}
each: {{min_severity: L2}}
""",
    "policies/clocks.yaml": "L2: {{recurrence_window_days: 4, review_every_days: 3}}\nL3: {{recurrence_window_days: 6}}\n",
    "policies/recurrence.yaml": """\
silence: {{baseline_days: 20}}
review: {{effectiveness_after_days: 10, effectiveness_due_days: 3}}
""",
    ".state/narrative.key": "the same key for every bank",
}


@dataclass(frozen=True, slots=True)
class FixedBank(OpenedWorkspace):
    """The workspace and its days."""

    @property
    def issue(self) -> Issue:
        (found,) = (issue for issue in self.ledger.read_issues([BOT]) if issue.title == SYMPTOM)
        return found

    def triage(self, day: date) -> Any:
        return run_triage(self.root, (), scheduled_instant(day, ZONE))

    def watch(self, day: date, *, dry_run: bool = False) -> RecurrenceResult:
        """Run the recurrence monitoring of ``day`` inline, as the command line does."""
        return run_recurrence(self.root, (), scheduled_instant(day, ZONE, RECURRENCE_AT), dry_run=dry_run)

    def judge_closures(self, day: date) -> ClosureResult:
        """Run the closure verification of ``day`` inline, as the command line does."""
        return run_closure(self.root, (), scheduled_instant(day, ZONE, CLOSURE_AT))

    def run(self, first: date, last: date, *, without: Collection[date] = ()) -> list[RecurrenceResult]:
        """Run triage and monitoring of every day from ``first`` to ``last``, but for those on which nothing ran."""
        days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
        return [self._both(day) for day in days if day not in without]

    def _both(self, day: date) -> RecurrenceResult:
        self.triage(day)
        return self.watch(day)

    def complain(self, *returns: tuple[date, date], until: date = FIX_ON, symptom: str = SYMPTOM) -> None:
        """Write the complaints: the symptom is decided daily before ``until``; ``returns`` are more, (decided, received)."""
        with (self.root / "data/complaints.csv").open("w", encoding="utf-8", newline="") as stream:
            rows = csv.writer(stream)
            rows.writerow(("Id", "Decided", "Received", "Channel", "Issue", "Consequence"))
            for day in days(FIRST - timedelta(days=2), END):
                decided = day - timedelta(days=1)
                rows.writerow((f"H-{day}", at(decided, 9), at(day, 9), "Web", "Opening hours", "nothing"))
                if decided < until:
                    rows.writerow((f"F-{day}", at(decided, 9), at(day, 9), "Web", SYMPTOM, "delayed"))
            for number, (decided, received) in enumerate(returns):
                rows.writerow((f"R-{number}", at(decided, 15), at(received, 9), "Phone", symptom, "delayed"))

    def answer(self, per_day: Callable[[date], int] = lambda _day: PER_DAY) -> None:
        """Write how many answers the assistant gave on each day."""
        with (self.root / "data/answers.csv").open("w", encoding="utf-8", newline="") as stream:
            rows = csv.writer(stream)
            rows.writerow(("Day", "Answers"))
            rows.writerows((day, per_day(day)) for day in days(FIRST - timedelta(days=2), END))

    def release(self, on: date = FIX_ON, version: str = "v2", share: int = 100) -> None:
        """Take the issue to a released fix that serves ``share`` percent from noon of ``on``."""
        self.ledger.append([*self._way(on), *self._fix(on, version, share), self.serves(version, at(on, 12), share)])

    def serves(self, version: str, since: datetime, share: int = 100) -> Event:
        """Return the event that says which version serves since when."""
        body = {"artifact": "model", "version": version, "source": "recorded by person", "share_percent": share, "role": "product_owner"}
        body |= {"from_at": since, "reason": "release"}
        return Event(EventKind.VERSION_OBSERVED, BOT, f"model {version} {since}", since, since.date(), plain(body), actor=OWNER)

    def close(self, on: date) -> None:
        """Let the required people sign the closure of the issue on ``on``."""
        clean, *rest = closing(self.issue.issue_id, on, system_id=BOT, as_of=at(on, 15))
        self.ledger.append(rest if self.issue.window == "clean" else [clean, *rest])

    def events(self, *kinds: EventKind) -> list[dict[str, Any]]:
        return [json.loads(event.body) for event in self.ledger.read_events(0, kinds)]

    def step(self, kind: EventKind, on: date, body: dict[str, Any], subject: str = "") -> Event:
        """Return an event by a person on the issue, at ten o'clock of ``on``."""
        issue_id = self.issue.issue_id
        return Event(kind, BOT, f"{issue_id} {subject or kind} {on}", at(on, 10), on, plain(body), issue_id, OWNER)

    def _way(self, on: date) -> Iterator[Event]:
        start = [move[0] for move in _WAY].index(self.issue.state)
        for before, after, role in _WAY[start:]:
            if needs_approval(before, after):
                approval = approval_body("plan", f"{self.issue.issue_id} {on}")
                yield self.step(EventKind.APPROVAL_RECORDED, on, approval, "approval")
            body = {"from": before, "to": after, "role": role, "reason": "done"}
            yield self.step(EventKind.ISSUE_MOVED, on, body, str(after))

    def _fix(self, on: date, version: str, share: int) -> Iterator[Event]:
        document = Implementation(deployed_at=at(on, 12), share_percent=share, rollback="serve v1 again: runbook RB-12")
        body = {"step": StepKind.IMPLEMENT, "role": "product_owner", "document": plain(document)}
        body |= {"document_digest": digest_of([on, version]), "bundle_digest": digest_of(["package", on, version])}
        body |= {"effective_at": at(on, 12), "versions": {"model": version}, "from": _S.ACTION_APPROVED, "to": _S.IMPLEMENTED}
        yield self.step(EventKind.FIX_RELEASED, on, body)


def a_fixed_bank(root: Path, *, ledger_url: str = "sqlite:///.state/ledger.db", effect: str = "effect: absence") -> FixedBank:
    """Return the bank with its files, on the day before anything ran."""
    for name, text in _FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(ledger_url=ledger_url, effect=effect), encoding="utf-8")
    (root / "data").mkdir(exist_ok=True)
    bank = FixedBank(root)
    bank.complain()
    bank.answer()
    return bank


def until_fix(bank: FixedBank) -> FixedBank:
    """Run the triage of every day until the fix, and release it."""
    for day in days(FIRST, FIX_ON + timedelta(days=1)):
        bank.triage(day)
    bank.release()
    return bank


@pytest.fixture(scope="session")
def fixed() -> FixedBank:
    """The bank on the evening of the fix, every seal signed; to be copied."""
    return FixedBank(made_once("fixed", _fix) / "bank")


def _fix(folder: Path) -> None:
    bank = a_fixed_bank(folder / "bank")
    line = make_key(bank.workspace.state_dir / KEY_NAME, "bank")
    bank.workspace.allowed_signers_path.write_text(signer_line(line, "bank"), encoding="utf-8")
    until_fix(bank)
    bank.ledger.close()


@pytest.fixture
def bank(fixed: FixedBank, tmp_path: Path) -> FixedBank:
    """A bank of its own for each test, on the evening of the fix."""
    return FixedBank(shutil.copytree(fixed.root, tmp_path / "bank"))


def days(first: date, end: date) -> Iterator[date]:
    """Yield every day of ``[first, end)``."""
    for offset in range((end - first).days):
        yield first + timedelta(days=offset)


def at(day: date, hour: int) -> datetime:
    """Return a full hour of ``day`` in the bank's zone."""
    return datetime.combine(day, time(hour), ZoneInfo(ZONE))

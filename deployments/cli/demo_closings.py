"""Issues with a fix in ``proofloop demo``: the monitoring of their windows, the verification of closures, and what people do in between.

Put here how the flows are called for it; the cases are ``deployments/demo/closings.yaml``, what must come of them
``deployments/demo/closing_stories.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from deployments.cli.demo_clock import set_clock
from deployments.cli.running import run_closure, run_recurrence, scheduled_instant
from deployments.cli.session import CLOSURE_AT, RECURRENCE_AT
from deployments.demo.closings import MONITORED_ON, VERIFIED_ON, Act, ClosingCase, closing_cases
from deployments.demo.people import give_key, sign_as
from deployments.demo.played import PlayedClosing
from deployments.demo.rows import ZONE
from registry.domain.approving import ApprovalEntry
from registry.domain.closure_run import ClosureResult
from registry.domain.decision import Verdict
from registry.domain.issue import Issue
from registry.domain.recurrence_run import RecurrenceResult
from registry.domain.work import StepKind
from registry.errors import ConfigurationError
from registry.settings import load_workspace

_PEOPLE_AT, _APART = time(9), timedelta(minutes=10)


class Closings:
    """The cases as they are lived through, morning by morning."""

    def __init__(self) -> None:
        self._played: dict[str, PlayedClosing] = {}
        self._seals: list[int] = []

    def live(self, root: Path, day: date) -> None:
        """Run what is due on ``day`` after the triage, and let people do what they do on it."""
        if day in MONITORED_ON:
            self._monitor(root, day)
        if day in VERIFIED_ON:
            self._verify(root, day)
        due = [(case, act) for case in closing_cases() for act in case.acts if act.on == day]
        for number, (case, act) in enumerate(due):
            set_clock(scheduled_instant(day, ZONE, _PEOPLE_AT) + number * _APART)
            self._take(root, case, act)

    def end(self, root: Path) -> Sequence[PlayedClosing]:
        """Return what came of each case, and whether the archive verifies and what was judged comes out again."""
        from deployments.recompute import recompute
        from registry.evidence.verify import verify_archive
        from registry.sealing import known_signers

        workspace = load_workspace(root)
        verified = verify_archive(workspace.archive_dir, None, known_signers(workspace)).verdict
        again = recompute(workspace.archive_dir, only=frozenset(self._seals)).verdict
        issues = {issue.issue_id: issue for issue in _issues(root)}
        return [self._ended(one, issues[one.issue_id], (verified, again)) for one in self._played.values()]

    def _ended(self, one: PlayedClosing, issue: Issue, checked: tuple[Verdict, Verdict]) -> PlayedClosing:
        return replace(one, state=issue.state, occurrence=issue.occurrence, severity=issue.severity, checked=checked)

    def _monitor(self, root: Path, day: date) -> None:
        at = scheduled_instant(day, ZONE, RECURRENCE_AT)
        set_clock(at)
        result: RecurrenceResult = run_recurrence(root, as_of=at)
        self._seals.append(result.seal)
        for window in result.decision.windows:
            _say(day, window.system, f"window of {window.title}: {window.outcome}")
            for one in self._of(window.issue_id):
                self._played[one.story] = replace(one, outcomes=(*one.outcomes, (day, window.outcome)))

    def _verify(self, root: Path, day: date) -> None:
        at = scheduled_instant(day, ZONE, CLOSURE_AT)
        set_clock(at)
        result: ClosureResult = run_closure(root, as_of=at)
        self._seals.append(result.seal)
        for judged in result.judged:
            decision, page = judged.decision, judged.report_path
            lacks = tuple(f"{gate.gate}: {lack.code}" for gate in decision.gates for lack in gate.lacks)
            _say(day, decision.system, f"closure of {decision.title}: {decision.verdict} {', '.join(lacks)}".rstrip())
            if page:
                self._seals.append(int(Path(page).parent.name))
            for one in self._of(decision.issue_id):
                pages = (*one.pages, *([Path(page)] if page else []))
                self._played[one.story] = replace(one, verdict=decision.verdict, lacks=lacks, pages=pages[-1:])

    def _of(self, issue_id: str) -> list[PlayedClosing]:
        return [one for one in self._played.values() if one.issue_id == issue_id]

    def _take(self, root: Path, case: ClosingCase, act: Act) -> None:
        one = self._played.get(case.story) or _found(root, case)
        if one is None:
            return  # no issue: the story is not ok, whatever people would do
        refused = _signed(root, one, act) if act.kind is StepKind.CLOSE else _taken(root, one.issue_id, act)
        if refused:
            _say(act.on, case.system_id, f"{act.kind} by {act.by} refused: {refused}")
            one = replace(one, refusals=(*one.refusals, f"{act.kind}: {refused}"))
        elif act.kind is StepKind.CLOSE:
            one = replace(one, signed_by=(*one.signed_by, act.by))
        self._played[case.story] = one


def _taken(root: Path, issue_id: str, act: Act) -> str:
    """Take a step, or approve the newest of its kind by a typed name; return why it was refused."""
    name, document = f"issue_{act.kind.name.lower()}", act.document
    if act.is_approval:
        from deployments.approving import find_standings

        _, standings = find_standings(root, issue_id)
        newest = next((standing.step for standing in standings if standing.step.kind is act.kind), None)
        if newest is None:
            return "nothing was handed in"
        name, document = "issue_approve", ApprovalEntry(action=act.kind, document_digest=newest.document_digest)
    return _run(root, name, issue_id, act, document)


def _signed(root: Path, one: PlayedClosing, act: Act) -> str:
    """Sign what the closure verification proposed with a key of one's own; return why there is nothing to sign, or it was refused."""
    from deployments.approving import ask

    key, request = act.by.partition("@")[0], root / "keys" / f"{one.issue_id}-{act.role}.json"
    give_key(root, key, act.role.value, act.by)
    try:
        ask(root, one.issue_id, act.kind, act.by, act.role, None, is_break_glass=False, out=request)
    except ConfigurationError as error:
        return "; ".join(error.problems)
    signature = sign_as(root, key, act.role.value, request)
    entry = ApprovalEntry(action=act.kind, request=request.read_text("ascii"), signature=signature.read_text("ascii"))
    return _run(root, "issue_approve", one.issue_id, act, entry)


def _run(root: Path, name: str, issue_id: str, act: Act, document: Any) -> str:
    from tasks import engine

    flow = getattr(import_module(f"flows.{name}"), name)
    given = {"document": document, "workspace": str(root)}
    result = engine.run(flow, issue_id=issue_id, by=act.by, role=act.role.value, **given)
    return "" if result.receipt else "; ".join(refusal.reason for refusal in result.decision.refusals)


def _found(root: Path, case: ClosingCase) -> PlayedClosing | None:
    of_case = (issue for issue in _issues(root) if issue.system_id == case.system_id and case.subject in issue.title)
    issue = next(of_case, None)
    return PlayedClosing(case.story, issue.issue_id, issue.state) if issue else None


def _issues(root: Path) -> tuple[Issue, ...]:
    from flows.clock import now
    from tasks.ledger import open_workspace_ledger

    return tuple(open_workspace_ledger(load_workspace(root), now).read_issues())


def _say(day: date, system_id: str, what: str) -> None:
    click.echo(f"{day} {system_id}: {what}", err=True)

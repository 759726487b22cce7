"""Judge past closures again from what was sealed with them, and compare byte by byte.

Put here how one closure and its run are judged again; walking an archive is ``recompute.py``. The ledger is not asked, nor is any list of
customers: what was counted, drawn and checked is sealed.

The rules:
 * FAIL: a decision, its event, the proposal that people sign or what its page shows comes out otherwise; or the case, graph, signals or
   window that it was judged with are not what the events and packages before it tell; or a run's summary is not what its closures add up
   to, or leaves one out; or a page is not the page of its records.
 * The portfolio is counted again from every issue as the events before tell it, by the tables that are sealed with it. A closure of a run
   that was no news has no package of its own: it has to say what the newest one of its issue says.
 * INCONCLUSIVE: a file that a decision rests on is not there any more, or of another schema version.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from checks.closure import judge_closure, proposal_of, substance_of
from checks.closure_day import CLOSURE, summarize
from checks.closure_events import closure_event, dossier_of, portfolio_event
from checks.portfolio import judge_portfolio
from deployments.recompute_pages import find_other_pages, is_comparable
from deployments.recompute_record import find_differences, policy_content, sealed_content, sealed_inputs, told
from deployments.recompute_run_dates import RunDates
from deployments.recompute_seen import ArchiveSeen
from registry.closure_records import read_closure_day, read_sealed_closure, read_sealed_portfolio
from registry.domain.canonical import digest_bytes, plain, record_json
from registry.domain.cases import cases_of, closed_before
from registry.domain.closing import is_overtaken
from registry.domain.closure import ClosureDecision, Dossier
from registry.domain.closure_run import ClosureDay
from registry.domain.closure_sealed import PORTFOLIO_VERSION, SCHEMA_VERSION, SealedClosure, SealedPortfolio
from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.folding import fold
from registry.domain.graph_building import build_graph
from registry.domain.issue import Issue, IssueState
from registry.domain.portfolio import Lives
from registry.domain.times import format_instant
from registry.domain.work import Case
from registry.evidence.packages import PackageSummary, find_package
from registry.evidence.record_differences import first_difference
from registry.evidence.report import Problem
from registry.evidence.sealed_days import DECISION, INPUTS, POLICIES
from registry.evidence.sealed_events import SealedEvent
from registry.policies.closure import read_closure_policy
from reports.closure_package import portfolio_page
from reports.dossier_package import DOSSIER, LINES, STEP, dossier_package
from reports.triage_package import PAGE


class ClosureWalk:
    """What judging closures again needs of the events before: those of every issue."""

    def __init__(self, archive: ArchiveSeen) -> None:
        self._archive = archive
        self._events: dict[str, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
        self._packages: dict[int, str] = {}
        self._runs = RunDates()

    def note(self, event: SealedEvent, envelope: dict[str, Any]) -> None:
        """Remember one event."""
        self._runs.note(event.seq, envelope)
        if envelope["issue"]:
            self._events[envelope["issue"]].append((event.seq, envelope))
            self._packages[event.seq] = event.package.path.name

    def judge(self, event: SealedEvent, envelope: dict[str, Any], package: PackageSummary) -> list[Problem]:
        """Return what does not come out the same of the closure that an event records."""
        name = f"{package.path.name}/{DECISION}"
        return told(name, self._compared(event, envelope, package, name))

    def _compared(self, event: SealedEvent, envelope: dict[str, Any], package: PackageSummary, name: str) -> Iterator[Problem]:
        sealed = read_sealed_closure(sealed_inputs(package, INPUTS, SCHEMA_VERSION))
        inputs = sealed.judged_with(read_closure_policy(policy_content(package, envelope["data"]["policy_digest"])))
        yield from self._other_history(sealed, envelope["issue"], name, package.path.parent)
        decision = judge_closure(inputs)
        bundle_digest = envelope["data"]["bundle_digest"]
        yield from find_differences(
            name,
            record_json(decision),
            sealed_content(package, DECISION),
            event,
            lambda _digest: closure_event(inputs, decision, bundle_digest),
        )
        dossier = dossier_of(inputs, decision)
        yield from _other_papers(dossier, package)
        if is_comparable(sealed.program):
            yield from find_other_pages(package, _pages(dossier, sealed, package))

    def _other_history(self, sealed: SealedClosure, issue_id: str, name: str, archive: Path) -> Iterator[Problem]:
        yield from other_case(self.case_of(issue_id, sealed.events), sealed.case, name)
        yield from self._other_graph(sealed, issue_id, name)
        yield from self._runs.other_date(sealed.newest_on, sealed.events, name)
        before = closed_before(self._events[issue_id], sealed.case.reopened_seq)
        yield from (Problem(name, *one) for one in self._archive.find_others_of_closure(archive, sealed, before))
        if sealed.window is not None:
            known = (one for seq, one in self._events[issue_id] if seq == sealed.window_event <= sealed.events)
            cited = next((one["data"].get("record_digest") for one in known), None)
            digest = digest_bytes(record_json(sealed.window))
            if cited != digest:
                yield Problem(name, f"window: {cited}, as event {sealed.window_event} cites it", digest)

    def _other_graph(self, sealed: SealedClosure, issue_id: str, name: str) -> Iterator[Problem]:
        """Every node that rests on an event is made again; where one is sealed may have come after the closure was judged."""
        known = [one for one in self._events[issue_id] if one[0] <= sealed.events]
        again = build_graph(sealed.case.issue, known, (), self._packages)
        shown = {node.node_id: node.package for node in sealed.graph.nodes}
        made = [node if shown.get(node.node_id) else replace(node, package="") for node in again.nodes if node.event]
        expected, found = (record_json({"graph": {"nodes": nodes}}) for nodes in (made, [one for one in sealed.graph.nodes if one.event]))
        if expected != found:
            key, then, now = first_difference(expected, found)
            yield Problem(name, f"{key}: {then}, as the events before tell it", now)

    def case_of(self, issue_id: str, until: int) -> Case | None:
        """Return an issue, and what people did on it, as the events up to ``until`` tell it; None: they open none."""
        known = [one for one in self._events[issue_id] if one[0] <= until]
        issue: Issue | None = None
        for _, envelope in known:
            issue = fold(issue, envelope)
        return next(iter(cases_of([issue], known)), Case(issue)) if issue else None


def other_case(told_case: Case | None, kept: Case, name: str) -> Iterator[Problem]:
    """Yield the first thing in which a sealed case is not what the events before tell."""
    expected, found = record_json({"case": told_case}), record_json({"case": kept})
    if expected != found:
        key, then, now = first_difference(expected, found)
        yield Problem(name, f"{key}: {then}, as the events before tell it", now)


class PortfolioWalk:
    """What judging a run again needs of the events before: every issue, and what was judged of closures.

    Every system's event is of the one run, which is judged once.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[int, dict[str, Any]]] = []
        self._lives = Lives()
        self._judged: dict[tuple[str, bool], dict[str, Any]] = {}
        self._runs = RunDates()
        self._bundle, self._found = "", list[Problem]()
        self._day: ClosureDay | None = None

    def note(self, event: SealedEvent, envelope: dict[str, Any]) -> None:
        """Remember one event."""
        if envelope["issue"]:
            self._waiting.append((event.seq, envelope))
        self._runs.note(event.seq, envelope)
        if envelope["kind"] == EventKind.CLOSURE_JUDGED:
            self._judged[envelope["issue"], is_overtaken(envelope["data"])] = {**envelope["data"], "at": envelope["as_of"]}

    def judge(self, event: SealedEvent, envelope: dict[str, Any], package: PackageSummary) -> list[Problem]:
        """Return what does not come out the same of the run that an event records."""
        name = f"{package.path.name}/{DECISION}"
        bundle_digest = envelope["data"]["bundle_digest"]
        if bundle_digest != self._bundle:
            self._bundle, self._day = bundle_digest, None
            self._found = told(name, self._other_run(package, name))
        if self._found or self._day is None:
            return self._found
        day, kept = self._day, sealed_content(package, DECISION)
        found = find_differences(name, record_json(day), kept, event, lambda _: portfolio_event(envelope["system"], day, bundle_digest))
        return told(name, found)

    def _other_run(self, package: PackageSummary, name: str) -> Iterator[Problem]:
        day = read_closure_day(sealed_content(package, DECISION))
        counted = read_sealed_portfolio(sealed_inputs(package, INPUTS, PORTFOLIO_VERSION))
        policy = read_closure_policy(policy_content(package, day.policy_digest))
        self._advance(day.knowledge_cut.events)
        portfolio = judge_portfolio(counted.counted_of(day.as_of, day.business_date, self._lives, policy.max_proposal_age_days))
        self._day = summarize(replace(day, portfolio=portfolio), tuple(found for found in day.findings if found.check != CLOSURE))
        yield from self._unasked(name, day, counted)
        yield from self._runs.other_closures(day, name)
        for number, closure in enumerate(day.closures):
            yield from self._unjudged(package, name, number, closure)
        if is_comparable(counted.program):
            yield from find_other_pages(package, portfolio_page(self._day, counted))

    def _unasked(self, name: str, day: ClosureDay, counted: SealedPortfolio) -> Iterator[Problem]:
        """The run of a date judges every issue in verification of its systems."""
        systems = {system_id for system_id, _ in counted.systems}
        issues = (case.issue for case in self._lives.cases() if case.issue.system_id in systems)
        asked = sorted(issue.issue_id for issue in issues if issue.state is IssueState.VERIFYING)
        if asked != (judged := sorted(closure.issue_id for closure in day.closures)):
            yield Problem(
                name, f"closures: of {', '.join(asked) or 'no issue'}, in verification as the events before tell", ", ".join(judged)
            )

    def _unjudged(self, package: PackageSummary, name: str, number: int, closure: ClosureDecision) -> Iterator[Problem]:
        """A closure of a run is judged by itself where it was news; else it says what the one before of its issue says."""
        recorded, found = self._judged.get((closure.issue_id, closure.is_overtaken), {}), record_json(closure)
        if recorded.get("decision_digest") == digest_bytes(found):
            return
        news = find_package(package.path.parent, recorded.get("bundle_digest", ""))
        if news is not None and recorded["at"] == format_instant(closure.as_of):
            key, expected, other = first_difference(sealed_content(news, DECISION), found)
            yield Problem(name, f"closures.{number}.{key}: {expected}, as {news.path.name}/{DECISION} says", other)
        elif recorded.get("substance") != substance_of(closure):
            expected = f"closures.{number}: what the newest closure of {closure.issue_id} that events record says"
            yield Problem(name, expected, f"another {closure.verdict}" if recorded else "none was recorded")

    def _advance(self, seq: int) -> None:
        while self._waiting and self._waiting[0][0] <= seq:
            self._lives.apply(*self._waiting.pop(0))


def _other_papers(dossier: Dossier, package: PackageSummary) -> Iterator[Problem]:
    """What the page shows is sealed beside it, and so is what people sign."""
    decision, shown, kept = dossier.decision, record_json(dossier), sealed_content(package, DOSSIER)
    if shown != kept:
        key, expected, found = first_difference(shown, kept)
        yield Problem(f"{package.path.name}/{DOSSIER}", f"{key}: {expected}, as judged again from the sealed inputs", found)
    if decision.verdict is Verdict.PASS:
        proposal = plain(proposal_of(decision, digest_bytes(record_json(decision))))
        document = json.loads(sealed_content(package, STEP))["submission"]["document"]
        if document != proposal:
            yield Problem(f"{package.path.name}/{STEP}", "the proposal of the decision beside it", "another")


def _pages(dossier: Dossier, sealed: SealedClosure, package: PackageSummary) -> dict[str, bytes]:
    """Return what of a closure's package is for reading, made again."""
    kept = {name: (package.path / name).read_bytes() for name in (INPUTS, POLICIES, STEP) if (package.path / name).is_file()}
    made = dossier_package(dossier, sealed.work, sealed.zone, kept)
    return {name: made[name] for name in (PAGE, LINES)}

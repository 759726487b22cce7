"""Judge past recurrence windows again from what was sealed with them, and compare byte by byte.

Put here how one window and its run are judged again; walking an archive is ``recompute.py``. The ledger is not asked, nor is any source:
days, decisions counted, signals and policy are sealed.

The rules:
 * FAIL: a decision or its event comes out otherwise; or the fix, the versions, the closure, the observed days or the signals that it was
   judged with are not what the events and packages before it tell; or a run's summary is not what its windows and indicators add up to;
   or a page is not the page of its records.
 * Indicators are read again from what the events and packages before tell of issues, observed days and daily counts, by the catalogue and
   the tables that are sealed with them.
 * FAIL: a decision lies in the package of a run that no event of that run cites.
 * INCONCLUSIVE: a file that a decision rests on is not there any more, or of another schema version; or a day that indicators look back to
   cannot be read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from checks.indicators import find_indicators
from checks.recurrence_again import find_other_history, find_other_terms, judge_again
from checks.recurrence_day import INDICATOR, WINDOW, summarize
from checks.recurrence_events import indicators_event
from checks.recurrence_policy import is_other
from deployments.recompute_aside import AsideTold
from deployments.recompute_memory import WalkMemory
from deployments.recompute_pages import find_other_pages, is_comparable
from deployments.recompute_record import UnreadableError, find_differences, policy_content, sealed_content, sealed_inputs, told
from deployments.recompute_seen import ArchiveSeen
from registry.domain.canonical import record_json
from registry.domain.catalogue import VersionInForce
from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.history import TriageHistory
from registry.domain.issue import Fix, IssueState
from registry.domain.policy_recurrence import BeganWith, RecurrencePolicy
from registry.domain.recurrence import Purpose, WindowDecision
from registry.domain.recurrence_beginnings import Beginning, begun
from registry.domain.recurrence_run import RecurrenceDay, WindowJudged, is_watched
from registry.domain.recurrence_sealed import INDICATORS_VERSION, SCHEMA_VERSION, SealedIndicators, SealedWindow, known_from
from registry.domain.times import parse_instant
from registry.domain.versions import VersionClaim, claim_of, versions_in_force
from registry.evidence.packages import PackageSummary
from registry.evidence.report import Problem
from registry.evidence.sealed_days import DECISION, INPUTS
from registry.evidence.sealed_events import SealedEvent
from registry.policies.recurrence import read_recurrence_policy
from registry.window_records import read_recurrence_day, read_sealed_indicators, read_sealed_window, read_window_decision
from reports.recurrence_package import inputs_name
from reports.window_pages import window_pages

_STATES = frozenset(IssueState)


class WindowWalk:
    """What judging windows again needs of the events before: the claims about versions, and the fix and the closures of each issue."""

    def __init__(self, archive: ArchiveSeen) -> None:
        self._claims: dict[str, list[VersionClaim]] = defaultdict(list)
        self._fixes: dict[str, list[tuple[int, Fix]]] = defaultdict(list)
        self._closed: dict[str, list[tuple[int, datetime | None]]] = defaultdict(list)
        self._archive, self._aside = archive, AsideTold()
        self._began = defaultdict[str, list[tuple[int, dict[str, Any]]]](list)
        self._policies: dict[str, RecurrencePolicy] = {}

    def note(self, event: SealedEvent, envelope: dict[str, Any]) -> None:
        """Remember one event."""
        self._aside.note(event, envelope)
        if envelope["kind"] in (EventKind.WINDOW_JUDGED, EventKind.ISSUE_REOPENED):
            self._began[envelope["issue"]].append((event.seq, envelope))
        if (to := envelope["data"].get("to")) in _STATES and envelope.get("issue"):
            closed_at = parse_instant(envelope["as_of"]) if to == IssueState.CLOSED else None
            self._closed[envelope["issue"]].append((event.seq, closed_at))
        if envelope["kind"] == EventKind.VERSION_OBSERVED:
            self._claims[envelope["system"]].append(claim_of(event.seq, envelope))
        elif envelope["kind"] == EventKind.FIX_RELEASED:
            data = envelope["data"]
            self._fixes[envelope["issue"]].append((event.seq, Fix(parse_instant(data["effective_at"]), dict(data["versions"]))))

    def judge(self, event: SealedEvent, envelope: dict[str, Any], package: PackageSummary) -> list[Problem]:
        """Return what does not come out the same of the window that an event records."""
        name = f"{package.path.name}/{envelope['data']['record']}"
        return told(name, self._compared(event, envelope, package, name))

    def _compared(self, event: SealedEvent, envelope: dict[str, Any], package: PackageSummary, name: str) -> Iterator[Problem]:
        record = envelope["data"]["record"]
        sealed = read_sealed_window(sealed_inputs(package, inputs_name(record), SCHEMA_VERSION))
        policy = read_recurrence_policy(policy_content(package, envelope["data"]["policy_digest"]))
        yield from (Problem(name, expected, found) for expected, found in find_other_history(sealed, *self._known(sealed)))
        yield from (Problem(name, expected, found) for expected, found in self._archive.find_others(package.path.parent, sealed))
        yield from (Problem(name, expected, found) for expected, found in self._aside.find_others(sealed, policy))
        yield from self._other_beginning(name, sealed, policy)
        yield from (Problem(name, expected, found) for expected, found in find_other_terms(sealed, policy))
        yield from self._other_closing(name, sealed)
        again = judge_again(sealed, policy, envelope["data"]["bundle_digest"], record)
        yield from find_differences(name, again.record, sealed_content(package, record), event, lambda _digest: again.event)

    def _other_beginning(self, name: str, sealed: SealedWindow, policy: RecurrencePolicy) -> Iterator[Problem]:
        """Yield where a window did not begin with the policy, or the terms, that the first judgement of its occurrence names."""
        beginnings: dict[str, Beginning] = {}
        for seq, envelope in self._began[sealed.issue_id]:
            if seq <= sealed.events:
                begun(beginnings, envelope)
        self._policies[policy.digest] = policy
        first = beginnings.get(sealed.issue_id)
        began = BeganWith(first.policy_digest, None, first.terms) if first else None
        expected = began if began and is_other(began, policy.digest, sealed.terms) else None
        found = replace(sealed.began, policy=None) if sealed.began else None
        if expected != found:
            yield Problem(name, f"began: {_began(expected)}, as the events before tell", _began(found))
        elif sealed.began and sealed.began.policy not in (None, self._policies.get(sealed.began.digest, sealed.began.policy)):
            yield Problem(name, f"began: the numbers that were sealed with the policy {sealed.began.digest}", "others")

    def _other_closing(self, name: str, sealed: SealedWindow) -> Iterator[Problem]:
        """Yield where a window takes its issue for closed, or for closed at another instant, than the events before tell."""
        expected = next((closed_at for seq, closed_at in reversed(self._closed[sealed.issue_id]) if seq <= sealed.events), None)
        if expected != sealed.closed_at or (expected is None) is not (sealed.purpose is Purpose.CLOSURE):
            told = "not closed" if expected is None else f"closed at {expected.isoformat()}"
            found = f"{sealed.purpose}, closed at {sealed.closed_at.isoformat() if sealed.closed_at else 'no instant'}"
            yield Problem(name, f"closed_at: the issue {told}, as the events before tell", found)

    def _known(self, sealed: SealedWindow) -> tuple[Fix | None, tuple[VersionInForce, ...]]:
        """Return the fix and the versions that the events tell which the window knew."""
        fix = next((found for seq, found in reversed(self._fixes[sealed.issue_id]) if seq <= sealed.events), None)
        return fix, versions_in_force(claim for claim in self._claims[sealed.system_id] if claim.seq <= sealed.events)


class IndicatorWalk:
    """What judging a run again needs of what came before: the memory of the walk, and which windows events cite of its package.

    Every system's event is of the one run, which is judged once.
    """

    def __init__(self, memory: WalkMemory) -> None:
        self._memory = memory
        self._cited: dict[str, set[str]] = defaultdict(set)
        self._bundle, self._found = "", list[Problem]()
        self._day: RecurrenceDay | None = None

    def note(self, _event: SealedEvent, envelope: dict[str, Any], /) -> None:
        """Remember which windows of a package an event cites."""
        if envelope["kind"] == EventKind.WINDOW_JUDGED:
            data = envelope["data"]
            self._cited[data.get("bundle_digest", "")].add(data.get("record", ""))

    def judge(self, event: SealedEvent, envelope: dict[str, Any], package: PackageSummary) -> list[Problem]:
        """Return what does not come out the same of the run that an event records."""
        name = f"{package.path.name}/{DECISION}"
        bundle_digest = envelope["data"]["bundle_digest"]
        if bundle_digest != self._bundle:
            self._bundle, self._day = bundle_digest, None
            self._found = told(name, self._other_run(package, bundle_digest))
        if self._found or self._day is None:
            return self._found
        day, system_id = self._day, envelope["system"]
        if system_id not in day.systems:
            return [Problem(f"ledger event {event.seq}", f"a system of the run: {', '.join(day.systems)}", system_id)]
        made = partial(indicators_event, system_id, day.indicators, day.as_of, day.business_date, bundle_digest)
        return told(name, find_differences(name, record_json(day), sealed_content(package, DECISION), event, made))

    def _other_run(self, package: PackageSummary, bundle_digest: str) -> Iterator[Problem]:
        name = f"{package.path.name}/{DECISION}"
        day = read_recurrence_day(sealed_content(package, DECISION))
        indicated = read_sealed_indicators(sealed_inputs(package, INPUTS, INDICATORS_VERSION))
        policy = read_recurrence_policy(policy_content(package, day.policy_digest))
        records = sorted(path.name for path in package.path.glob("decision-*.json"))
        yield from self._uncited(package, bundle_digest, records)
        windows = tuple(read_window_decision(sealed_content(package, record)) for record in records)
        history = self._history(indicated, day, name)
        yield from _unwatched(name, history, windows)
        indicators = find_indicators(indicated.plan_of(day, policy), known_from(history))
        others = tuple(found for found in day.findings if found.check not in {WINDOW, INDICATOR})
        again = replace(day, systems=indicated.system_ids, windows=windows, indicators=indicators)
        self._day = summarize(again, others)
        if is_comparable(indicated.program):
            judged = tuple(_judged(package, *pair, policy) for pair in zip(records, windows, strict=True))
            yield from find_other_pages(package, window_pages(self._day, judged, indicated.zone))

    def _uncited(self, package: PackageSummary, bundle_digest: str, records: Sequence[str]) -> Iterator[Problem]:
        """Yield each window of a run without an event that records it: nothing judges it again."""
        for record in records:
            if record not in self._cited[bundle_digest]:
                yield Problem(f"{package.path.name}/{record}", "an event that records this window", "none")

    def _history(self, indicated: SealedIndicators, day: RecurrenceDay, name: str) -> TriageHistory:
        """Return what the ledger knew of the run's systems."""
        events, systems = day.knowledge_cut.events, indicated.system_ids
        if missing := self._memory.lacks(systems, day.business_date, indicated.policies):
            expected = "the counts of every day its indicators look back to"
            raise UnreadableError(Problem(name, expected, missing, Verdict.INCONCLUSIVE))
        self._memory.advance(events)
        return self._memory.history(systems, day.business_date, indicated.policies, events)


def _began(began: BeganWith | None) -> str:
    return f"{began.digest} with {began.terms}" if began else "the policy and the terms of the window itself"


def _unwatched(name: str, history: TriageHistory, windows: Sequence[WindowDecision]) -> Iterator[Problem]:
    """Yield each issue that was on its way to a closure, by the events before, and whose window the run does not hold."""
    watched = {issue.issue_id for issue in history.issues if is_watched(issue) and issue.state is not IssueState.CLOSED}
    for issue_id in sorted(watched - {window.issue_id for window in windows}):
        yield Problem(name, f"windows: one of {issue_id}, whose fix was released", "none")


def _judged(package: PackageSummary, record: str, decision: WindowDecision, policy: RecurrencePolicy) -> WindowJudged:
    sealed = read_sealed_window(sealed_inputs(package, inputs_name(record), SCHEMA_VERSION))
    return WindowJudged(sealed.judged_with(policy), decision)

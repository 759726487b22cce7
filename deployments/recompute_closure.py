"""Judge past closures again from what was sealed with them, and compare byte by byte.

Put here how one closure and its run are judged again; walking an archive is ``recompute.py``. The ledger is not asked, nor is any list of
customers: what was counted, drawn and checked is sealed.

The rules:
 * FAIL: a decision, its event, the proposal that people sign or what its page shows comes out otherwise; or the case and the window that it
   was judged with are not what the events before it tell; or a run's summary is not what its closures add up to.
 * INCONCLUSIVE: a file that a decision rests on is not there any more, or of another schema version.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from checks.closure import judge_closure, proposal_of
from checks.closure_day import CLOSURE, summarize
from checks.closure_events import closure_event, dossier_of, portfolio_event
from deployments.recompute_record import find_differences, policy_content, sealed_content, sealed_inputs, told
from registry.closure_records import read_closure_day, read_sealed_closure
from registry.domain.canonical import digest_bytes, plain, record_json
from registry.domain.cases import cases_of
from registry.domain.closure import Dossier
from registry.domain.closure_sealed import SCHEMA_VERSION, SealedClosure
from registry.domain.decision import Verdict
from registry.domain.folding import fold
from registry.domain.issue import Issue
from registry.domain.work import Case
from registry.evidence.packages import PackageSummary
from registry.evidence.record_differences import first_difference
from registry.evidence.report import Problem
from registry.evidence.sealed_days import DECISION, INPUTS
from registry.evidence.sealed_events import SealedEvent
from registry.policies.closure import read_closure_policy
from reports.dossier_package import DOSSIER, STEP


class ClosureWalk:
    """What judging closures again needs of the events before: those of every issue."""

    def __init__(self) -> None:
        self._events: dict[str, list[tuple[int, dict[str, Any]]]] = defaultdict(list)

    def note(self, event: SealedEvent, envelope: dict[str, Any]) -> None:
        """Remember one event."""
        if envelope["issue"]:
            self._events[envelope["issue"]].append((event.seq, envelope))

    def judge(self, event: SealedEvent, envelope: dict[str, Any], package: PackageSummary) -> list[Problem]:
        """Return what does not come out the same of the closure that an event records."""
        name = f"{package.path.name}/{DECISION}"
        return told(name, self._compared(event, envelope, package, name))

    def _compared(self, event: SealedEvent, envelope: dict[str, Any], package: PackageSummary, name: str) -> Iterator[Problem]:
        sealed = read_sealed_closure(sealed_inputs(package, INPUTS, SCHEMA_VERSION))
        inputs = sealed.judged_with(read_closure_policy(policy_content(package, envelope["data"]["policy_digest"])))
        yield from self._other_history(sealed, envelope["issue"], name)
        decision = judge_closure(inputs)
        bundle_digest = envelope["data"]["bundle_digest"]
        yield from find_differences(
            name,
            record_json(decision),
            sealed_content(package, DECISION),
            event,
            lambda _digest: closure_event(inputs, decision, bundle_digest),
        )
        yield from _other_papers(dossier_of(inputs, decision), package)

    def _other_history(self, sealed: SealedClosure, issue_id: str, name: str) -> Iterator[Problem]:
        known = [one for one in self._events[issue_id] if one[0] <= sealed.events]
        issue: Issue | None = None
        for _, envelope in known:
            issue = fold(issue, envelope)
        case = next(iter(cases_of([issue], known)), Case(issue)) if issue else None
        expected, found = record_json({"case": case}), record_json({"case": sealed.case})
        if expected != found:
            key, then, now = first_difference(expected, found)
            yield Problem(name, f"{key}: {then}, as the events before tell it", now)
        if sealed.window is not None:
            cited = next((one["data"].get("record_digest") for seq, one in known if seq == sealed.window_event), None)
            digest = digest_bytes(record_json(sealed.window))
            if cited != digest:
                yield Problem(name, f"window: {cited}, as event {sealed.window_event} cites it", digest)


class PortfolioWalk:
    """What judging a run again needs: nothing but its package. Every system's event is of the one run."""

    def note(self, event: SealedEvent, envelope: dict[str, Any]) -> None:
        """Nothing of the events before is needed."""

    def judge(self, event: SealedEvent, envelope: dict[str, Any], package: PackageSummary) -> list[Problem]:
        """Return what does not come out the same of the run that an event records."""
        name = f"{package.path.name}/{DECISION}"
        return told(name, self._compared(event, envelope, package, name))

    def _compared(self, event: SealedEvent, envelope: dict[str, Any], package: PackageSummary, name: str) -> Iterator[Problem]:
        kept = sealed_content(package, DECISION)
        day = read_closure_day(kept)
        again = summarize(day, tuple(found for found in day.findings if found.check != CLOSURE))
        bundle_digest = envelope["data"]["bundle_digest"]
        yield from find_differences(
            name, record_json(again), kept, event, lambda _digest: portfolio_event(envelope["system"], again, bundle_digest)
        )


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

"""Judge past recurrence windows again from what was sealed with them, and compare byte by byte.

Put here how one window and its run are judged again; walking an archive is ``recompute.py``. The ledger is not asked, nor is any source:
days, decisions counted, signals and policy are sealed.

The rules:
 * FAIL: a decision or its event comes out otherwise; or the fix or the versions that it was judged with are not what the events before it
   tell; or a run's summary is not what its windows and indicators add up to.
 * INCONCLUSIVE: a file that a decision rests on is not there any more, or of another schema version.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from checks.recurrence_again import find_other_history, judge_again
from checks.recurrence_day import INDICATOR, WINDOW, summarize
from checks.recurrence_events import indicators_event
from deployments.recompute_record import find_differences, policy_content, sealed_content, sealed_inputs, told
from registry.domain.canonical import record_json
from registry.domain.catalogue import VersionInForce
from registry.domain.events import EventKind
from registry.domain.issue import Fix
from registry.domain.recurrence_sealed import SCHEMA_VERSION, SealedWindow
from registry.domain.times import parse_instant
from registry.domain.versions import VersionClaim, claim_of, versions_in_force
from registry.evidence.packages import PackageSummary
from registry.evidence.report import Problem
from registry.evidence.sealed_days import DECISION
from registry.evidence.sealed_events import SealedEvent
from registry.policies.recurrence import read_recurrence_policy
from registry.window_records import read_recurrence_day, read_sealed_window, read_window_decision
from reports.recurrence_package import inputs_name


class WindowWalk:
    """What judging windows again needs of the events before: the claims about versions, and the fix of each issue."""

    def __init__(self) -> None:
        self._claims: dict[str, list[VersionClaim]] = defaultdict(list)
        self._fixes: dict[str, list[tuple[int, Fix]]] = defaultdict(list)

    def note(self, event: SealedEvent, envelope: dict[str, Any]) -> None:
        """Remember one event."""
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
        again = judge_again(sealed, policy, envelope["data"]["bundle_digest"], record)
        yield from find_differences(name, again.record, sealed_content(package, record), event, lambda _digest: again.event)

    def _known(self, sealed: SealedWindow) -> tuple[Fix | None, tuple[VersionInForce, ...]]:
        """Return the fix and the versions that the events tell which the window knew."""
        fix = next((found for seq, found in reversed(self._fixes[sealed.issue_id]) if seq <= sealed.events), None)
        return fix, versions_in_force(claim for claim in self._claims[sealed.system_id] if claim.seq <= sealed.events)


class IndicatorWalk:
    """What judging a run again needs: nothing but its package. Every system's event is of the one run."""

    def note(self, event: SealedEvent, envelope: dict[str, Any]) -> None:
        """Nothing of the events before is needed."""

    def judge(self, event: SealedEvent, envelope: dict[str, Any], package: PackageSummary) -> list[Problem]:
        """Return what does not come out the same of the run that an event records."""
        name = f"{package.path.name}/{DECISION}"
        return told(name, self._compared(event, envelope, package, name))

    def _compared(self, event: SealedEvent, envelope: dict[str, Any], package: PackageSummary, name: str) -> Iterator[Problem]:
        kept = sealed_content(package, DECISION)
        day = read_recurrence_day(kept)
        records = sorted(path.name for path in package.path.glob("decision-*.json"))
        windows = tuple(read_window_decision(sealed_content(package, record)) for record in records)
        others = tuple(found for found in day.findings if found.check not in {WINDOW, INDICATOR})
        again = summarize(replace(day, windows=windows), others)
        bundle_digest = envelope["data"]["bundle_digest"]
        made = partial(indicators_event, envelope["system"], day.indicators, day.as_of, day.business_date, bundle_digest)
        yield from find_differences(name, record_json(again), kept, event, made)

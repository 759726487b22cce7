"""What counts as the same incident again: a component within thirty days, or a component that failed in the same way.

Put here what is counted of the providers' incidents; the feed is ``recurrence_incidents.py``. Signals, fingerprints and issues are those
that one run of the triage makes of the file, and each end of an incident is a fix whose window the product judges. The updates of two
incidents, which the fingerprint does not see, say how often what is called the same was the same.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from checks.recurrence import judge_window
from flows.clock import now
from registry.domain.issue import Fix
from registry.domain.recurrence import Outcome, Seen, WindowInputs
from registry.settings import load_workspace
from tasks.ledger import open_workspace_ledger
from tests.real.recurrence_incidents import PROVIDERS, components_of, read_incidents, updates_of, write_incidents
from tests.recurrence_builders import a_recurrence_policy, a_seen, some_watch_days, some_window_inputs
from tests.verdict_table import Row

END = date(2025, 1, 11)  # the day after the last incident
DAYS = 30
LATENESS = 1
RULES = {"component": "Component", "component, failure and part": "Component, Failure, Part"}
_ISSUE = "ISS-20250111-0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Known:
    """One signal as the ledger has it: which incident it is of, whose, under which fingerprint, and when it began."""

    incident_id: str
    provider: str
    fingerprint: str
    began_at: datetime


@dataclass(frozen=True, slots=True)
class Counted:
    """What one fingerprint makes of the incidents: which earlier one each repeats, and the outcome of each fix by provider."""

    repeats: Mapping[str, str]
    outcomes: Mapping[str, Counter[Outcome]]


def providers_case(root: Path, data: Path) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """Count by each fingerprint, and return the rows of the table and the table of the providers."""
    incidents = {one["incident_id"]: one for one in read_incidents(data)}
    ends = {name: datetime.fromisoformat(one["close_timestamp"]) for name, one in incidents.items()}
    counted = {}
    for rule, fingerprint in RULES.items():
        folder = root / f"providers_{fingerprint.count(',')}"
        shutil.rmtree(folder, ignore_errors=True)
        known = signals_of(write_incidents(folder, data, fingerprint).resolve())
        counted[rule] = Counted(find_repeats(known), judge_fixes(known, ends))
    return tuple(_rows(incidents, counted)), tuple(_table(incidents, counted))


def signals_of(root: Path) -> tuple[Known, ...]:
    """Run the triage once over all of the file and return its signals in the order in which the incidents began."""
    from deployments.cli.running import run_triage

    run_triage(root, (), datetime.combine(END, time(6), UTC))
    ledger = open_workspace_ledger(load_workspace(root), now)
    found = [
        _known(json.loads(text), issue.system_id, issue.fingerprint)
        for issue in ledger.read_issues()
        for _, text in ledger.read_issue_signals(issue.issue_id)
    ]
    ledger.close()
    return tuple(sorted(found, key=lambda one: (one.began_at, one.incident_id, one.fingerprint)))


def find_repeats(known: Iterable[Known]) -> dict[str, str]:
    """Return the newest earlier incident of the same fingerprint within thirty days, for each incident that has one."""
    newest: dict[str, Known] = {}
    found: dict[str, Known] = {}
    for one in known:
        before = newest.get(one.fingerprint)
        if before and before.incident_id != one.incident_id and one.began_at - before.began_at < timedelta(days=DAYS):
            found[one.incident_id] = max(before, found.get(one.incident_id, before), key=lambda earlier: earlier.began_at)
        newest[one.fingerprint] = one
    return {name: before.incident_id for name, before in found.items()}


def judge_fixes(known: Sequence[Known], ends: Mapping[str, datetime]) -> dict[str, Counter[Outcome]]:
    """Judge the window of each fix, the end of an incident under its fingerprint, on its last day; those that the file ends in are not."""
    by_symptom: dict[str, list[Known]] = {}
    for one in known:
        by_symptom.setdefault(one.fingerprint, []).append(one)
    first = {
        provider: min(one.began_at for one in known if one.provider == provider).date() for provider in {one.provider for one in known}
    }
    outcomes = {provider: Counter[Outcome]() for provider in first}
    for symptom in by_symptom.values():
        for one in symptom:
            today = ends[one.incident_id].date() + timedelta(days=DAYS + LATENESS + 1)
            if today <= END:
                inputs = _window(symptom, first[one.provider], ends[one.incident_id], today)
                outcomes[one.provider][judge_window(inputs).outcome] += 1
    return outcomes


def _known(signal: Mapping[str, str], system_id: str, fingerprint: str) -> Known:
    provider = next(name for name in PROVIDERS if name.lower() == system_id)
    began_at = datetime.fromisoformat(signal["occurred_at"])
    return Known(signal["signal_id"].split(":")[0], provider, f"{system_id} {fingerprint}", began_at)


def _window(symptom: Sequence[Known], first: date, fixed_at: datetime, today: date) -> WindowInputs:
    policy = a_recurrence_policy()
    start = max(first, fixed_at.date() - timedelta(days=2 * policy.silence.baseline_days))
    as_of = datetime.combine(today, time(7), UTC)
    seen = (_seen(number, one, fixed_at) for number, one in enumerate(symptom) if one.began_at < as_of)
    return some_window_inputs(
        issue_id=_ISSUE,
        zone="UTC",
        fix=Fix(fixed_at, {}),
        versions=(),
        unit="",
        business_date=today,
        as_of=as_of,
        days=some_watch_days(start, today, None),
        seen=tuple(seen),
        began_on=first,
        window_days=DAYS,
        lateness_days=LATENESS,
        policy=policy,
    )


def _seen(number: int, one: Known, fixed_at: datetime) -> Seen:
    is_after = one.began_at >= fixed_at
    return a_seen(number, signal_id=one.incident_id, decided_at=one.began_at, reported_at=one.began_at, versions={}, is_after_fix=is_after)


def _rows(incidents: Mapping[str, Mapping[str, str]], counted: Mapping[str, Counted]) -> Iterator[Row]:
    coarse, fine = counted.values()
    share = len(coarse.repeats) / len(incidents)
    found = f"{len(coarse.repeats)} of {len(incidents)} incidents ({share:.0%})"
    yield Row("incidents, a component within 30 days", "marks almost everything", found, share > 0.9)
    less = len(fine.repeats) / len(incidents)
    found = f"{len(fine.repeats)} of {len(incidents)} ({less:.0%})"
    yield Row("incidents, component, failure and part", "marks fewer", found, less < share - 0.25)
    for place, what in enumerate(("failure", "part")):
        (before, told_before), (after, told_after) = (_agreement(incidents, one.repeats, place) for one in (coarse, fine))
        found = f"{before} of {told_before} by component, {after} of {told_after} by fingerprint"
        ok = told_after > 0 and told_before > 0 and after / told_after > 1.25 * before / told_before
        yield Row(f"incidents, the updates name the same {what}", "more often, by fingerprint", found, ok)


def _agreement(incidents: Mapping[str, Mapping[str, str]], repeats: Mapping[str, str], place: int) -> tuple[int, int]:
    """Return how many repeats have updates that name the same, and of how many both updates name anything."""
    told = [(updates_of(incidents[one])[place], updates_of(incidents[before])[place]) for one, before in repeats.items()]
    both = [pair for pair in told if "not told" not in pair]
    return sum(one == before for one, before in both), len(both)


def _table(incidents: Mapping[str, Mapping[str, str]], counted: Mapping[str, Counted]) -> Iterator[str]:
    """Yield what a fix of each provider came to, with what it is counted of."""
    components = Counter(one["provider"] for one in incidents.values() for _ in components_of(one))
    judged = "fixes judged | came back | over without evidence | watched | clean"
    yield f"| provider | incidents | with components | fingerprint | repeats | {judged} |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for provider in PROVIDERS:
        ours = [name for name, one in incidents.items() if one["provider"] == provider]
        for rule, found in counted.items():
            outcomes = found.outcomes[provider]
            total = outcomes.total()
            back = outcomes[Outcome.RECURRED]
            cells = [provider, len(ours), components[provider], rule, sum(name in found.repeats for name in ours), total]
            cells += [f"{back} ({back / total:.0%})", outcomes[Outcome.ELAPSED_UNEVIDENCED], outcomes[Outcome.WATCHING]]
            yield "| " + " | ".join(map(str, [*cells, outcomes[Outcome.CLEAN]])) + " |"

"""Everything that a workspace tells of one issue now, gathered for the command line and for the issue's page.

Put the gathering here; what the values mean is ``registry/domain/issue_file.py``. Reading changes nothing, and what cannot be told is named
instead of failing: an issue must be readable while the catalogue is being repaired.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks.duties import Worked, judge_duties
from checks.work.harm import is_harm_possible
from checks.work.next_step import Desk, find_next_step
from registry.catalogue.loader import load_catalogue
from registry.domain.cases import cases_of
from registry.domain.catalogue import OwnerRole, SystemEntry
from registry.domain.evidence_graph import missing_nodes
from registry.domain.graph_building import build_graph
from registry.domain.issue import Issue
from registry.domain.issue_file import IssueFile, NextStep, ToldEvent
from registry.domain.policy import ClockRule
from registry.domain.policy_closure import ClosurePolicy
from registry.domain.policy_work import WorkPolicies
from registry.domain.preservation import preserved
from registry.domain.recurrence import Seen
from registry.domain.reported import Reported, report_of
from registry.domain.triage import Duty
from registry.domain.work import Case
from registry.errors import ConfigurationError
from registry.evidence.packages import PackageSummary, list_packages
from registry.evidence.role_signers import role_holders
from registry.policies.closure import load_closure_policy
from registry.policies.loader import load_triage_policies, load_work_policies
from registry.settings import Workspace
from reports.wording import counted

if TYPE_CHECKING:
    from registry.ledger.store import Ledger


@dataclass(frozen=True, slots=True)
class _Rules:
    """What decides who owes what: read once, however many issues are told. ``untold`` says why it could not be read."""

    systems: Sequence[SystemEntry] = ()
    work: WorkPolicies | None = None
    clocks: tuple[ClockRule, ...] = ()
    closure: ClosurePolicy | None = None
    deputies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    untold: str = ""


def read_issue_file(workspace: Workspace, ledger: Ledger, issue: Issue, as_of: datetime) -> IssueFile:
    """Return everything that is told of ``issue`` at ``as_of``."""
    return next(read_issue_files(workspace, ledger, [issue], as_of))


def read_issue_files(workspace: Workspace, ledger: Ledger, issues: Iterable[Issue], as_of: datetime) -> Iterator[IssueFile]:
    """Yield everything that is told of each issue at ``as_of``; the archive's seals and the workspace's files are read once."""
    from registry.ledger.recurrence import read_everything_seen  # brings SQLAlchemy

    packages, rules, chosen = list_packages(workspace.archive_dir), _rules(workspace, as_of), list(issues)
    seen = read_everything_seen(ledger, [issue for issue in chosen if issue.is_live])  # nothing is owed of others
    for issue in chosen:
        yield _file(workspace, ledger, issue, as_of, packages, rules, seen.get(issue.issue_id, ()))


def _file(
    workspace: Workspace,
    ledger: Ledger,
    issue: Issue,
    as_of: datetime,
    packages: Sequence[PackageSummary],
    rules: _Rules,
    seen: Sequence[Seen],
) -> IssueFile:
    events = tuple(_told(event, packages) for event in ledger.read_issue_events(issue.issue_id))
    envelopes = [(event.seq, dict(event.envelope)) for event in events]
    signals = tuple((relation, json.loads(body)) for relation, body in ledger.read_issue_signals(issue.issue_id))
    case = next(iter(cases_of([issue], envelopes)), Case(issue))
    graph = build_graph(issue, envelopes, signals, {event.seq: Path(event.package).name for event in events if event.package})
    next_step, duties, untold = _owed(rules, workspace.settings.timezone, case, report_of(case, seen), as_of)
    return IssueFile(
        case=case,
        events=events,
        signals=signals,
        graph=graph,
        gaps=missing_nodes(graph, issue.state),
        next_step=next_step,
        duties=duties,
        holds=preserved(envelope for _, envelope in envelopes),
        as_of=as_of,
        zone=workspace.settings.timezone,
        untold=untold,
    )


def package_of(seq: int, packages: Sequence[PackageSummary]) -> str:
    """Return the package that an event was sealed in (empty: not yet): the evidence of the run that it came from is in there too."""
    place = bisect_left(packages, seq, key=lambda one: one.seal.last_event)  # seals end in order
    found = packages[place] if place < len(packages) else None
    return str(found.path) if found and found.seal.first_event and found.seal.first_event <= seq else ""


def _told(event: Any, packages: Sequence[PackageSummary]) -> ToldEvent:
    envelope: Mapping[str, Any] = json.loads(event.body)
    return ToldEvent(event.seq, event.hash, envelope, package_of(event.seq, packages))


def _rules(workspace: Workspace, as_of: datetime) -> _Rules:
    try:
        closure = load_closure_policy(workspace.policies_dir)
        work, clocks = load_work_policies(workspace.policies_dir), load_triage_policies(workspace.policies_dir).clocks
        deputies = role_holders(workspace.allowed_signers_path, [role.value for role in OwnerRole], as_of, workspace.revoked_keys_path)
        return _Rules(load_catalogue(workspace), work, clocks, closure, deputies)
    except ConfigurationError as error:
        problems = counted(len(error.problems), "problem")
        return _Rules(untold=f"What is owed, and by whom, cannot be told: {problems} in the workspace's files; see `proofloop check`")


def _owed(rules: _Rules, zone: str, case: Case, reported: Reported, as_of: datetime) -> tuple[NextStep, tuple[Duty, ...], tuple[str, ...]]:
    if rules.work is None or rules.closure is None:
        return NextStep("", rules.untold), (), (rules.untold,)
    system = _system(rules.systems, case.issue.system_id)
    missing = () if system else (f"{case.issue.system_id} is not in the catalogue any more: nobody is known to work on it",)
    duties = judge_duties([case.issue], rules.clocks, as_of, Worked((case,), rules.work, zone))
    is_harm = is_harm_possible(case, reported, rules.closure.harmful_impacts, rules.closure.harmful_severities)
    return find_next_step(case, Desk(system, rules.deputies, rules.work, as_of, is_harm)), duties, missing


def _system(systems: Sequence[SystemEntry], system_id: str) -> SystemEntry | None:
    return next((system for system in systems if system.system_id == system_id), None)

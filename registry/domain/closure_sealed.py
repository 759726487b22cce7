"""What one closure, and the portfolio beside a run, were judged from, as it is sealed: enough to judge them again, and nothing else.

Put here which inputs are sealed and how they become values again. The table of closures is the package's own, named by digest; what work of
people is judged by is sealed as values. That the case is what the events before tell is for ``deployments/recompute_closure.py`` to say. Of
the portfolio only the catalogue's systems and the tables are sealed: issues, and what was done on them, are what the events before tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime

from registry.domain.closure import ArchiveCheck, ClosureInputs, SharedEffect
from registry.domain.closure_run import ClosurePlan
from registry.domain.evidence_graph import EvidenceGraph
from registry.domain.policy_closure import ClosurePolicy
from registry.domain.policy_recurrence import RecurrencePolicy
from registry.domain.policy_work import WorkPolicies
from registry.domain.population import PopulationRead
from registry.domain.portfolio import Lives, PortfolioInputs
from registry.domain.recurrence import Seen, WindowDecision
from registry.domain.signal import Severity
from registry.domain.work import Case

KIND, SCHEMA_VERSION = "closure_inputs", 1
PORTFOLIO_KIND, PORTFOLIO_VERSION = "portfolio_inputs", 1


@dataclass(frozen=True, slots=True)
class SealedClosure:
    """One closure's inputs. ``program`` names what judged, with versions."""

    kind: str
    schema_version: int
    case: Case
    graph: EvidenceGraph
    severity: Severity
    as_of: datetime
    business_date: date
    zone: str
    window: WindowDecision | None
    window_event: int
    window_bundle: str
    population: PopulationRead | None
    archive: ArchiveCheck
    shared: tuple[SharedEffect, ...]
    work: WorkPolicies
    events: int
    data_before: datetime
    signals: tuple[Seen, ...]
    program: dict[str, str]
    window_policy: str = ""
    newest_on: date | None = None

    def judged_with(self, policy: ClosurePolicy) -> ClosureInputs:
        """Return what the closure is judged from, given the policy that is kept beside these inputs."""
        ours = {field.name for field in fields(ClosureInputs)} - {"policy", "window_policy"}
        by = self.window_policy or (self.window.policy_digest if self.window else "")  # inputs from before it was kept
        return ClosureInputs(policy=policy, window_policy=by, **{name: getattr(self, name) for name in ours})


def sealed_closure(inputs: ClosureInputs, program: Mapping[str, str]) -> SealedClosure:
    """Return what is sealed of ``inputs``."""
    judged = {field.name: getattr(inputs, field.name) for field in fields(inputs) if field.name != "policy"}
    return SealedClosure(kind=KIND, schema_version=SCHEMA_VERSION, program=dict(program), **judged)


@dataclass(frozen=True, slots=True)
class SealedPortfolio:
    """What the portfolio was counted by. ``zone`` is that of its days; ``systems`` are those of the catalogue with what people call them.

    ``program`` names what judged, with versions.
    """

    kind: str
    schema_version: int
    zone: str
    systems: tuple[tuple[str, str], ...]
    work: WorkPolicies
    recurrence: RecurrencePolicy
    program: dict[str, str]

    def counted_of(self, as_of: datetime, business_date: date, lives: Lives, max_proposal_age_days: int) -> PortfolioInputs:
        """Return what the portfolio of one instant is counted from, given every issue as it was known then."""
        return PortfolioInputs(
            as_of=as_of,
            business_date=business_date,
            zone=self.zone,
            systems=tuple(system_id for system_id, _ in self.systems),
            cases=lives.cases(),
            lives=lives.lives(),
            work=self.work,
            recurrence=self.recurrence,
            max_proposal_age_days=max_proposal_age_days,
        )


def sealed_portfolio(plan: ClosurePlan, program: Mapping[str, str]) -> SealedPortfolio:
    """Return what is sealed of the plan of a run: of people's work, what an acceptance is in force by."""
    limits = replace(plan.work.limits, placeholders=(), vague_words=(), activity_words=())
    return SealedPortfolio(
        kind=PORTFOLIO_KIND,
        schema_version=PORTFOLIO_VERSION,
        zone=plan.zone,
        systems=tuple((system.system_id, system.name) for system in plan.systems),
        work=replace(plan.work, controls=(), deadlines=(), incidents=(), evidence=(), limits=limits),
        recurrence=plan.recurrence,
        program=dict(program),
    )

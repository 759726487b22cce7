"""What one closure was judged from, in the form that is sealed with its decision: enough to judge it again, and nothing else.

Put here which inputs are sealed and how they become values again. The table of closures is the package's own, named by digest; what work of
people is judged by is sealed as values. That the case is what the events before tell is for ``deployments/recompute_closure.py`` to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime

from registry.domain.closure import ArchiveCheck, ClosureInputs, SharedEffect
from registry.domain.evidence_graph import EvidenceGraph
from registry.domain.policy_closure import ClosurePolicy
from registry.domain.policy_work import WorkPolicies
from registry.domain.population import PopulationRead
from registry.domain.recurrence import Seen, WindowDecision
from registry.domain.signal import CustomerImpact, Severity
from registry.domain.work import Case

KIND, SCHEMA_VERSION = "closure_inputs", 1


@dataclass(frozen=True, slots=True)
class SealedClosure:
    """One closure's inputs. ``program`` names what judged, with versions."""

    kind: str
    schema_version: int
    case: Case
    graph: EvidenceGraph
    severity: Severity
    impacts: tuple[CustomerImpact, ...]
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

    def judged_with(self, policy: ClosurePolicy) -> ClosureInputs:
        """Return what the closure is judged from, given the policy that is kept beside these inputs."""
        ours = {field.name for field in fields(ClosureInputs)} - {"policy", "window_policy"}
        by = self.window_policy or (self.window.policy_digest if self.window else "")  # inputs from before it was kept
        return ClosureInputs(policy=policy, window_policy=by, **{name: getattr(self, name) for name in ours})


def sealed_closure(inputs: ClosureInputs, program: Mapping[str, str]) -> SealedClosure:
    """Return what is sealed of ``inputs``."""
    judged = {field.name: getattr(inputs, field.name) for field in fields(inputs) if field.name != "policy"}
    return SealedClosure(kind=KIND, schema_version=SCHEMA_VERSION, program=dict(program), **judged)

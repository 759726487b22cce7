"""What one window was judged from, in the form that is sealed with its decision: enough to judge it again, and nothing else.

Put here which inputs are sealed and how they become values again. The policies are the package's tables, the reference is the file that was
sealed when it was frozen; both are named by digest. The history is sealed as it was read, so that one package can be judged by itself; that
it is what the events before tell, is for ``deployments/recompute_triggers.py`` to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from registry.domain.decision import Finding
from registry.domain.monitoring import MonitoredSystem, Window, WindowKind
from registry.domain.outcomes import WindowOutcomes
from registry.domain.policy_triggers import TriggerPolicies
from registry.domain.profile import ReferenceProfile, WindowProfile
from registry.domain.triggers import TriggerHistory, TriggerInputs

KIND, SCHEMA_VERSION = "trigger_inputs", 1


@dataclass(frozen=True, slots=True)
class SealedTrigger:
    """One window's inputs. ``reference_digest`` is empty where there was no reference; ``program`` names what judged, with versions."""

    kind: str
    schema_version: int
    system: MonitoredSystem
    as_of: datetime
    business_date: date
    window: Window
    window_kind: WindowKind
    history: TriggerHistory
    reference_digest: str
    profile: WindowProfile | None
    reference_outcomes: WindowOutcomes | None
    outcomes: tuple[WindowOutcomes, ...]
    label_count: int | None
    data_before: datetime | None
    findings: tuple[Finding, ...]
    program: dict[str, str]

    def judged_with(self, policies: TriggerPolicies, reference: ReferenceProfile | None) -> TriggerInputs:
        """Return what the window is judged from, given what is kept beside these inputs."""
        return TriggerInputs(
            system=self.system,
            as_of=self.as_of,
            business_date=self.business_date,
            window=self.window,
            window_kind=self.window_kind,
            policies=policies,
            history=self.history,
            reference=reference,
            profile=self.profile,
            reference_outcomes=self.reference_outcomes,
            outcomes=self.outcomes,
            label_count=self.label_count,
            data_before=self.data_before,
            findings=self.findings,
        )


def sealed_trigger(inputs: TriggerInputs, program: Mapping[str, str]) -> SealedTrigger:
    """Return what is sealed of ``inputs``."""
    return SealedTrigger(
        kind=KIND,
        schema_version=SCHEMA_VERSION,
        system=inputs.system,
        as_of=inputs.as_of,
        business_date=inputs.business_date,
        window=inputs.window,
        window_kind=inputs.window_kind,
        history=inputs.history,
        reference_digest=inputs.reference.digest if inputs.reference else "",
        profile=inputs.profile,
        reference_outcomes=inputs.reference_outcomes,
        outcomes=inputs.outcomes,
        label_count=inputs.label_count,
        data_before=inputs.data_before,
        findings=inputs.findings,
        program=dict(program),
    )

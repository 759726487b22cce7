"""What one window was judged from, in the form that is sealed with its decision: enough to judge it again, and nothing else.

Put here which inputs are sealed and how they become values again. The policy is the package's table, named by digest. Signals, days and
versions are sealed as they were read, so that one package can be judged by itself; that versions and fix are what the events before tell is
for ``deployments/recompute_recurrence.py`` to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime

from registry.domain.catalogue import VersionInForce
from registry.domain.exposure import EffectSpec
from registry.domain.issue import Fix, IssueState
from registry.domain.policy_recurrence import RecurrencePolicy
from registry.domain.recurrence import Purpose, Seen, WatchDay, WindowInputs
from registry.domain.signal import Severity

KIND, SCHEMA_VERSION = "window_inputs", 1


@dataclass(frozen=True, slots=True)
class SealedWindow:
    """One window's inputs. ``program`` names what judged, with versions."""

    kind: str
    schema_version: int
    issue_id: str
    system_id: str
    title: str
    severity: Severity
    state: IssueState
    zone: str
    as_of: datetime
    business_date: date
    purpose: Purpose
    fix: Fix
    share_percent: int
    versions: tuple[VersionInForce, ...]
    effect: EffectSpec
    unit: str
    days: tuple[WatchDay, ...]
    seen: tuple[Seen, ...]
    began_on: date
    contained_at: datetime | None
    window_days: int
    lateness_days: int
    events: int
    data_before: datetime
    exposure_digests: tuple[str, ...]
    exposure_reason: str
    program: dict[str, str]

    def judged_with(self, policy: RecurrencePolicy) -> WindowInputs:
        """Return what the window is judged from, given the policy that is kept beside these inputs."""
        ours = {field.name for field in fields(WindowInputs)} - {"policy"}
        return WindowInputs(policy=policy, **{name: getattr(self, name) for name in ours})


def sealed_window(inputs: WindowInputs, program: Mapping[str, str]) -> SealedWindow:
    """Return what is sealed of ``inputs``."""
    judged = {field.name: getattr(inputs, field.name) for field in fields(inputs) if field.name != "policy"}
    return SealedWindow(kind=KIND, schema_version=SCHEMA_VERSION, program=dict(program), **judged)

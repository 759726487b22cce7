"""How many false alarms the drift policy gives a month at these volumes, when nothing changes.

Put the arithmetic of false alarms here; the thresholds that it speaks of are ``checks/drift_by_chance.py``.

The rules:
 * Each cell that this window can judge counts with the probability of being over the threshold it really has (the larger of policy and
   chance), at the worst reference error allowed for, and the policy's persistence; or suddenly, in one window. Cells and the two ways are
   added up: no independence between them.
 * Every later window is taken to be like this one. With nothing to judge there is no rate: None, never 0.0.
"""

from __future__ import annotations

import math

from checks.drift import pairs_of
from checks.drift_budget import (
    WINDOWS_PER_YEAR,
    alarm_probability,
    level_of_a_sudden_cell,
    level_of_one_cell,
    persistence_of,
    reference_error_of_one_cell,
)
from checks.drift_by_chance import psi_by_chance
from registry.domain.monitoring import WindowKind
from registry.domain.policy_triggers import TriggerPolicies
from registry.domain.profile import ReferenceProfile, WindowProfile


def expected_false_alarms_per_month(
    reference: ReferenceProfile, profile: WindowProfile, policies: TriggerPolicies, window_kind: WindowKind
) -> float | None:
    """Return how many cells a month become drifted by chance, at most, with as many rows as this window has."""
    pairs = [pair for pair in pairs_of(reference, profile, policies.drift) if not pair.because]
    if not pairs:
        return None
    policy, count = policies.drift, len(pairs)
    error, persistence = reference_error_of_one_cell(policy, count), persistence_of(policy, window_kind)
    lasting, sudden = level_of_one_cell(policy, window_kind, count), level_of_a_sudden_cell(policy, window_kind, count)
    chances = [
        alarm_probability(psi_by_chance(pair.before.counts, pair.row_count, error, lasting, policy.min_psi).tail, persistence)
        + psi_by_chance(pair.before.counts, pair.row_count, error, sudden, policy.sudden_psi).tail
        for pair in pairs
    ]
    return math.fsum(chances) * WINDOWS_PER_YEAR[window_kind] / 12

"""What one release decision was judged from, in the form that is sealed with it, and what tells one proposal from another.

Put here which inputs of a release are sealed and how they become values again. The policy is sealed as its table beside the inputs, named
by digest; cards and records are sealed as the files that they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from registry.domain.canonical import dense_json, digest_bytes, plain
from registry.domain.policy_release import ReleasePolicy
from registry.domain.release_read import Rehearsal
from registry.domain.release_run import ReleaseFacts, ReleaseInputs

KIND, SCHEMA_VERSION = "release_inputs", 1
_ID_DIGITS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedRelease(ReleaseFacts):
    """One release decision's inputs as they are sealed with it; ``program`` names what judged, with versions."""

    kind: str
    schema_version: int
    program: dict[str, str]

    def judged_with(self, policy: ReleasePolicy) -> ReleaseInputs:
        """Return what the decision is judged from, given the policy that is kept beside these inputs."""
        return ReleaseInputs(policy=policy, **{field.name: getattr(self, field.name) for field in fields(ReleaseFacts)})


def sealed_release(inputs: ReleaseInputs, program: Mapping[str, str]) -> SealedRelease:
    """Return what is sealed of ``inputs``."""
    judged = {field.name: getattr(inputs, field.name) for field in fields(ReleaseFacts)}
    if inputs.budget is not None:
        judged["budget"] = plain(inputs.budget)  # its days are keys, which JSON has only as texts
    return SealedRelease(kind=KIND, schema_version=SCHEMA_VERSION, program=dict(program), **judged)


def release_id_of(inputs: ReleaseInputs) -> str:
    """Return the id of the release: its date, and eight digits of what is proposed and of what was read for it.

    The same proposal on the same date has the same id, however long its rehearsal took; with a card that was mended since, or another
    decision of the gate, it is another release.
    """
    return f"REL-{inputs.business_date:%Y%m%d}-{digest_bytes(dense_json(_asked(inputs))).removeprefix('sha256:')[:_ID_DIGITS]}"


def _asked(inputs: ReleaseInputs) -> dict[str, Any]:
    rehearsal, budget = inputs.rehearsal, inputs.budget
    by_gate = {} if inputs.gate_policy_digest is None else {"gate_policy": inputs.gate_policy_digest}
    return by_gate | {
        "system": [inputs.system.system_id, inputs.system.digest],
        "spec": inputs.spec,
        "policy": inputs.policy.digest,
        "business_date": inputs.business_date,
        "proposal": inputs.proposal,
        "proposed_by": [inputs.proposed_by, inputs.role],
        "judged": [inputs.judged.bundle_digest, inputs.judged.candidate.digest, inputs.judged.is_verified] if inputs.judged else [],
        "cards": [[one.kind, one.digest, one.problem] for one in inputs.cards],
        "records": [[one.kind, one.digest, one.problem, one.signature.verdict, one.signature.also] for one in inputs.records],
        "rehearsal": _tried(rehearsal) if rehearsal else [],
        "budget": [budget.digest, budget.problem] if budget else [],
        "holds": [one.hold_id for one in inputs.holds],
        "in_force": inputs.in_force,
        "others": inputs.others,
        "findings": [[one.check, one.subject, one.reason_code, one.reason] for one in inputs.findings],
    }


def _tried(rehearsal: Rehearsal) -> list[Any]:
    return [rehearsal.version_digest, rehearsal.cases_digest, rehearsal.asked_count, rehearsal.answered_count, rehearsal.problem]

"""Gate 3, compliance: did those who answer for data protection and risk approve this use, and does it still hold?

Put here which assessments a release needs. What any signed record must be is ``release_records.py``.

The rules:
 * Policy says which assessments the system's risk tier needs. A tier that it does not name is INCONCLUSIVE; one that needs none is told.
 * Each is a record that counts (``release_records.py``), approved in a role that policy takes for its kind.
 * It was approved for the purpose that the catalogue names, in its words; case and punctuation do not count. FAIL: for another use nobody
   looked. A purpose that says nothing, or is still to be written, is INCONCLUSIVE.
 * Nobody who made the candidate, or proposes it, approved it. FAIL.
 * One that ends before a decision of today is too old is told: it may not hold any more when the release is carried out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from checks.release_records import find_record_problems, name_of, only_record
from checks.work.answers import is_placeholder, quoted
from checks.work.wording import normalised
from registry.domain.approving import person_key
from registry.domain.decision import Finding, Verdict
from registry.domain.release import PreDeploymentGate, RecordKind
from registry.domain.release_read import SignedRecord
from registry.domain.release_run import ReleaseInputs

CHECK = PreDeploymentGate.COMPLIANCE.value


def find_compliance(inputs: ReleaseInputs) -> tuple[Finding, ...]:
    """Return what is missing or wrong in the assessments that the system's tier needs, and which of them hold."""
    tier, required = inputs.system.risk_tier, inputs.policy.compliance.required
    if tier not in required:
        text = f"expected the assessments that tier {tier} needs in the policy table release, found none; name them, or that it needs none"
        return (Finding(CHECK, "assessments", Verdict.INCONCLUSIVE, "not_configured", text),)
    if not required[tier]:
        return (Finding(CHECK, "assessments", Verdict.PASS, "none_needed", f"policy asks for no assessment of a system of tier {tier}"),)
    return tuple(found for kind in dict.fromkeys(required[tier]) for found in _of_kind(kind, inputs))


def _of_kind(kind: RecordKind, inputs: ReleaseInputs) -> Iterator[Finding]:
    record = only_record(CHECK, kind, inputs)
    if isinstance(record, Finding):
        yield record
        return
    roles = inputs.policy.compliance.roles.get(kind, ())
    against = (*find_record_problems(CHECK, record, inputs, roles), *_purpose(record, inputs), *_own_work(record, inputs))
    yield from against
    if not against:
        text = (
            f"{record.path}: approved for this purpose by {record.by} as {record.role} on {record.approved_on}, until {record.expires_on}"
        )
        yield Finding(CHECK, name_of(kind), Verdict.PASS, "approved", text)
        yield from _ending(record, inputs)


def _purpose(record: SignedRecord, inputs: ReleaseInputs) -> Iterator[Finding]:
    ours, theirs = normalised(inputs.spec.purpose), normalised(record.purpose)
    if is_placeholder(inputs.spec.purpose, inputs.policy.cards.placeholders):
        text = f"expected the purpose of the system in the catalogue under release.purpose, found {quoted(inputs.spec.purpose)}; write it"
        yield Finding(CHECK, name_of(record.kind), Verdict.INCONCLUSIVE, "no_purpose", text)
    elif ours != theirs:
        text = f"{record.path}: purpose: expected that of the catalogue, {quoted(inputs.spec.purpose)}, found {quoted(record.purpose)}; "
        yield Finding(CHECK, name_of(record.kind), Verdict.FAIL, "other_purpose", f"{text}have this use assessed")


def _own_work(record: SignedRecord, inputs: ReleaseInputs) -> Iterator[Finding]:
    if person_key(record.by) in {person_key(name) for name in (*inputs.proposal.made_by, inputs.proposed_by)}:
        text = f"{record.path}: by: expected somebody who had no hand in the release, found {record.by}; have somebody else assess it"
        yield Finding(CHECK, name_of(record.kind), Verdict.FAIL, "own_work", text)


def _ending(record: SignedRecord, inputs: ReleaseInputs) -> Iterator[Finding]:
    last = inputs.business_date + timedelta(days=inputs.policy.sign_off.max_decision_age_days)
    if record.expires_on is not None and record.expires_on <= last:
        text = f"{record.path}: it ends on {record.expires_on}, when this decision may still be carried out; have it renewed"
        yield Finding(CHECK, name_of(record.kind), Verdict.PASS, "ends_soon", text, blocking=False)

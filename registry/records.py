"""Reading records back: the bytes that were sealed become the value they were made from.

Put the reverse of ``record_json`` and ``dense_json`` of ``registry.domain.canonical`` here, one function a kind of record; those of windows
are ``window_records.py``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from registry.domain.approving import ApprovalRequest
from registry.domain.catalogue import SystemEntry
from registry.domain.gate import GateDecision
from registry.domain.gate_run import SealedGate
from registry.domain.profile import ReferenceProfile
from registry.domain.release_run import ReleaseDecision, SignOffRequest
from registry.domain.release_sealed import SealedRelease
from registry.domain.sealed_inputs import SCHEMA_VERSION, SealedInputs
from registry.domain.sealed_triggers import SealedTrigger
from registry.domain.times import instant_problem
from registry.domain.triage import TriageDay
from registry.domain.trigger_run import TriggersDay
from registry.domain.triggers import TriggerDecision
from registry.domain.work import ApprovalGiven
from registry.errors import EvidenceError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_NONCE = re.compile("[0-9a-f]{32}")

R = TypeVar("R", ApprovalRequest, SignOffRequest)


def read_triage_day(content: bytes) -> TriageDay:
    """Return the decision in ``content``, as ``record_json`` wrote it.

    Raises:
        EvidenceError: the bytes are not a triage decision of this schema version.
    """
    day: TriageDay = read_value(TriageDay, content, "decision record", "a triage decision of schema version 1")
    return day


def read_sealed_inputs(content: bytes) -> SealedInputs:
    """Return the inputs in ``content``, as ``dense_json`` wrote them.

    Raises:
        EvidenceError: the bytes are not the inputs of a triage of this schema version.
    """
    inputs: SealedInputs = read_value(SealedInputs, content, "inputs record", f"inputs of a triage of schema version {SCHEMA_VERSION}")
    return inputs


def read_systems(content: bytes) -> tuple[SystemEntry, ...]:
    """Return the AI systems in ``content``, as ``dense_json`` wrote them.

    Raises:
        EvidenceError: the bytes are not the entries of a catalogue.
    """
    systems: tuple[SystemEntry, ...] = read_value(tuple[SystemEntry, ...], content, "catalogue record", "the entries of a catalogue")
    return systems


def read_reference(content: bytes) -> ReferenceProfile:
    """Return the frozen reference in ``content``, as ``record_json`` wrote it.

    Raises:
        EvidenceError: the bytes are not a reference of this schema version.
    """
    reference: ReferenceProfile = read_value(ReferenceProfile, content, "reference record", "a reference of schema version 1")
    return reference


def read_sealed_trigger(content: bytes) -> SealedTrigger:
    """Return the inputs of one window in ``content``, as ``dense_json`` wrote them.

    Raises:
        EvidenceError: the bytes are not such inputs of this schema version.
    """
    inputs: SealedTrigger = read_value(SealedTrigger, content, "inputs record", "inputs of a trigger decision of schema version 1")
    return inputs


def read_trigger_decision(content: bytes) -> TriggerDecision:
    """Return the decision about one window in ``content``, as ``record_json`` wrote it.

    Raises:
        EvidenceError: the bytes are not a trigger decision of this schema version.
    """
    decision: TriggerDecision = read_value(TriggerDecision, content, "decision record", "a trigger decision of schema version 1")
    return decision


def read_triggers_day(content: bytes) -> TriggersDay:
    """Return the summary of a run over the watched systems in ``content``, as ``record_json`` wrote it.

    Raises:
        EvidenceError: the bytes are not such a summary of this schema version.
    """
    day: TriggersDay = read_value(TriggersDay, content, "decision record", "a run of the retraining triggers of schema version 1")
    return day


def read_gate_decision(content: bytes) -> GateDecision:
    """Return the decision of the evaluation gate in ``content``, as ``record_json`` wrote it.

    Raises:
        EvidenceError: the bytes are not a gate decision of this schema version.
    """
    decision: GateDecision = read_value(GateDecision, content, "decision record", "a gate decision of schema version 1")
    return decision


def read_sealed_gate(content: bytes) -> SealedGate:
    """Return the inputs of a gate decision in ``content``, as ``dense_json`` wrote them.

    Raises:
        EvidenceError: the bytes are not such inputs of this schema version.
    """
    inputs: SealedGate = read_value(SealedGate, content, "inputs record", "inputs of a gate decision of schema version 1")
    return inputs


def read_release_decision(content: bytes) -> ReleaseDecision:
    """Return the decision about a release in ``content``, as ``record_json`` wrote it.

    Raises:
        EvidenceError: the bytes are not a release decision of this schema version.
    """
    decision: ReleaseDecision = read_value(ReleaseDecision, content, "decision record", "a release decision of schema version 1")
    return decision


def read_sealed_release(content: bytes) -> SealedRelease:
    """Return the inputs of a release decision in ``content``, as ``dense_json`` wrote them.

    Raises:
        EvidenceError: the bytes are not such inputs of this schema version.
    """
    inputs: SealedRelease = read_value(SealedRelease, content, "inputs record", "inputs of a release decision of schema version 1")
    return inputs


def read_step_document(kind: type, document: Any) -> Any:
    """Return the document of a person's step as an event or a form holds it.

    Raises:
        EvidenceError: it is not a document of this kind.
    """
    return read_value(kind, json.dumps(document).encode(), "step", f"a document of the kind {kind.__name__}")


def read_approval(seq: int, at: datetime, data: Mapping[str, Any]) -> ApprovalGiven:
    """Return the approval that the event ``seq`` recorded at ``at``.

    Raises:
        EvidenceError: its body is not an approval.
    """
    given = {name: data[name] for name in data if name in ApprovalGiven.__dataclass_fields__}
    content = json.dumps({**given, "seq": seq, "at": at.isoformat()}).encode()
    approval: ApprovalGiven = read_value(ApprovalGiven, content, f"event {seq}", "an approval")
    return approval


def read_approval_request(text: str) -> ApprovalRequest:
    """Return the request of an approval in ``text``, however its lines were wrapped on the way.

    Raises:
        EvidenceError: it is not a request.
    """
    request: ApprovalRequest = read_value(ApprovalRequest, text.encode(), "request", "a request of `proofloop approve request`")
    return _requested(request)


def read_sign_off_request(text: str) -> SignOffRequest:
    """Return the request of a sign-off in ``text``, however its lines were wrapped on the way.

    Raises:
        EvidenceError: it is not a request.
    """
    request: SignOffRequest = read_value(SignOffRequest, text.encode(), "request", "a request of `proofloop release request`")
    return _requested(request)


def schema_version_of(content: bytes) -> int:
    """Return the schema version that a record names, 0 where it names none."""
    read: Any = json.loads(content)
    version = read.get("schema_version") if isinstance(read, dict) else None
    return version if isinstance(version, int) else 0


def _requested(request: R) -> R:
    for name, instant in (("signed_at", request.signed_at), ("expires", request.expires)):
        if problem := instant_problem(instant):
            raise EvidenceError(f"request: {name}: {problem}")
    if not _NONCE.fullmatch(request.nonce):
        raise EvidenceError(f"request: nonce: expected 32 of 0-9a-f, found {request.nonce!r}")
    return request


def read_value(kind: Any, content: bytes, what: str, expected: str) -> Any:
    """Return the value of ``kind`` in ``content``; ``what`` and ``expected`` are what a message calls the two.

    Raises:
        EvidenceError: it is none.
    """
    from pydantic import ValidationError

    try:
        return _adapter(kind).validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise EvidenceError(f"{what}: expected {expected}, found {first['msg']} at {place}") from error


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)

"""The page of one approval, for whoever asks later: who approved what, in which role, and how to check it with stock tools alone.

Put what the page says, and the commands it asks its reader to run, here; markup is the template's.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from registry.domain.approving import ApprovalDecision, ApprovalKnowledge, ApprovalPapers, Coverage, name_of
from registry.domain.canonical import digest_bytes, plain
from registry.domain.retention import ApprovalKind
from registry.domain.work import Case, StepTaken
from registry.domain.work_run import StepPlan
from reports import wording
from reports.export_steps import CheckStep, Run
from reports.rendering import render_page

PAGE = "approval.html"
TOOLS = ("cut", "grep", "sha256sum")
"""What the commands need besides a shell, and ``ssh-keygen`` where somebody signed."""


@dataclass(frozen=True, slots=True)
class ShownField:
    """One field of the approved document: its place, and what it says."""

    name: str
    text: str


def render_approval(
    plan: StepPlan,
    case: Case,
    step: StepTaken,
    papers: ApprovalPapers,
    decision: ApprovalDecision,
    known: ApprovalKnowledge,
    document: bytes,
) -> bytes:
    """Return the page: the same bytes for the same values. ``document`` is the file that the request names by its digest."""
    return render_page(
        "approval.html.j2",
        issue=case.issue,
        step=step,
        request=papers.request,
        action=name_of(papers.request.action),
        papers=papers,
        is_signed=decision.kind is ApprovalKind.SIGNED,
        fingerprint=known.signature.fingerprint,
        fields=document_fields(step.document),
        steps=check_steps(papers, known, digest_bytes(document)),
        tools=", ".join(TOOLS),
        standing=_standing(decision.coverage),
        leads_to=str(decision.body.get("to", "")),
        has_revoked=bool(known.revoked_keys),
        recorded=wording.time_text(plan.as_of, "UTC"),
        time_text=lambda instant: wording.time_text(instant, "UTC"),
    )


def document_fields(document: Any) -> list[ShownField]:
    """Return what a step's document says, field by field."""
    return list(_fields("", plain(document)))


def check_steps(papers: ApprovalPapers, known: ApprovalKnowledge, document_digest: str) -> tuple[CheckStep, ...]:
    """Return the questions that the page's reader can answer alone, each with its command and what it must print."""
    signed = (_signature(papers, known),) if papers.signature else ()
    return (*signed, _document(papers, document_digest), _request(papers))


def _signature(papers: ApprovalPapers, known: ApprovalKnowledge) -> CheckStep:
    request = papers.request
    who, role = shlex.quote(request.printed_name), request.role.value
    at = f"{request.signed_at.astimezone(UTC):%Y%m%d%H%M%S}"
    revoked = " -r revoked_keys" if known.revoked_keys else ""
    command = (
        f"TZ=UTC ssh-keygen -Y verify -f allowed_signers -I {who} -n {role} -O verify-time={at}{revoked} -s request.json.sig < request.json"
    )
    good = f'Good "{role}" signature for {request.printed_name} with {known.signature.key_type} key {known.signature.fingerprint}'
    return CheckStep(
        "Did this person sign this request, in this role?",
        "It asks for a signature over the exact bytes of request.json, by a key that was listed for this person and this role when it was "
        "signed. A signature made for another role does not pass.",
        (Run(command, (good,)),),
        "allowed_signers beside this page holds the lines of that time, for convenience. Whose key it is, nobody learns from the folder "
        "that it signed: compare the fingerprint with the person, or use a file of allowed signers that you were given by whoever answers "
        "for the keys.",
    )


def _document(papers: ApprovalPapers, document_digest: str) -> CheckStep:
    hexadecimal = document_digest.removeprefix("sha256:")
    return CheckStep(
        "Is this the document that was approved?",
        "The request names the document by its digest. Both must be the same.",
        (
            Run("sha256sum document.json", (f"{hexadecimal}  document.json",)),
            Run("grep evidence_digest request.json", (f' "evidence_digest": "{papers.request.evidence_digest}",',)),
        ),
        "document.json is the step as it was recorded; this page shows its fields above.",
    )


def _request(papers: ApprovalPapers) -> CheckStep:
    return CheckStep(
        "Is this the request that the ledger holds?",
        "The event of the approval names the request by its digest, and the package that you are looking at.",
        (Run('sha256sum request.json | cut -d " " -f 1', (papers.text_digest.removeprefix("sha256:"),)),),
        "Look for it in the events of the archive, in ledger.jsonl of this package or a later one. Whether these are as they were sealed "
        "is a question for verify.sh in the archive, which does not look at approvals.",
    )


def _standing(coverage: Coverage | None) -> list[tuple[str, str]]:
    """Return each role that the policy asked, with who approved in it so far; those who broke the glass after them."""
    if coverage is None:
        return []
    given = {found.role: f"{found.name}, {found.kind.value}" for found in coverage.counted}
    asked = [(wording.spoken(role.value), given.get(role.value, "not yet")) for role in coverage.rule.roles]
    return asked + [("In an emergency", f"{found.name} as {wording.spoken(found.role).lower()}") for found in coverage.broken_glass]


def _fields(name: str, value: Any) -> Iterator[ShownField]:
    """Yield the leaves of a document, each named by its place."""
    if isinstance(value, dict):
        for key, item in value.items():
            spoken = wording.spoken(key)
            yield from _fields(f"{name}, {spoken.lower()}" if name else spoken, item)
    elif isinstance(value, list):
        for number, item in enumerate(value, 1):
            yield from _fields(f"{name} {number}" if len(value) > 1 else name, item)
    else:
        yield ShownField(name, "none" if value is None else str(value))

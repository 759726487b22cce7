"""An approval before it is recorded: the request that is signed, what its signer agrees to, and what is known when it is judged.

Put values of approvals here, and the words of their meaning. Which approvals a policy asks for is ``checks/work/coverage.py``, whether one
counts ``checks/work/approvals.py``; the bytes of a signature are checked by ``registry/evidence``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from registry.domain.catalogue import OwnerRole
from registry.domain.decision import Finding
from registry.domain.issue import Issue, IssueState
from registry.domain.policy_work import ApprovalRule
from registry.domain.retention import ApprovalKind
from registry.domain.signal import Severity
from registry.domain.steps import DOCUMENT, ActionPlan
from registry.domain.steps_change import RiskAcceptance
from registry.domain.steps_closure import ClosureProposal, NotApplicable
from registry.domain.work import ApprovalGiven, Case, Refusal, StepKind, StepTaken
from registry.domain.work_run import StepReceipt

# Where the last approval of a step leads.
LEADS = {
    StepKind.PLAN: (IssueState.RCA_IN_PROGRESS, IssueState.ACTION_APPROVED),
    StepKind.CLOSE: (IssueState.VERIFYING, IssueState.CLOSED),
}
_NAMES = {StepKind.ACCEPT_RISK: "accepted risk", StepKind.NOT_APPLICABLE: "waived gate", StepKind.CLOSE: "proposal to close"}
_OWN_OF_CLOSURE = (
    "I did not plan, link, implement or verify the change, nor record or check what was done for its customers, myself; with the last "
    "signature that is asked the issue is closed."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequest:
    """What somebody signs, or says yes to. ``head`` is the newest seal when it was written: who signs vouches for having seen it.

    ``evidence_digest`` is the digest of the document, ``bundle_digest`` that of the sealed package it lies in.
    """

    __pydantic_config__ = DOCUMENT
    action: StepKind
    issue: str
    evidence_digest: str
    bundle_digest: str
    head: str
    meaning: str
    printed_name: str
    role: OwnerRole
    nonce: str
    signed_at: datetime
    expires: datetime
    break_glass: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalEntry:
    """An approval as it is handed in: with a signed request, or as a typed yes to one document."""

    __pydantic_config__ = DOCUMENT
    action: StepKind
    """What is approved: plan, accept-risk, not-applicable or close, as the policy table `approvals` lists them."""
    document_digest: str = ""
    """Without a request: the digest of the document that you read, as `proofloop approve list` prints it."""
    request: str = ""
    """The text of request.json, as `proofloop approve request` wrote it; leave empty to approve by your typed name alone."""
    signature: str = ""
    """The text of request.json.sig, which ssh-keygen made; leave empty to approve by your typed name alone."""


class SignatureVerdict(StrEnum):
    """What was found of a signature; each but the first and the last is the code of a refusal."""

    GOOD = "good"
    NO_SIGNATURE = "no_signature"
    NOT_A_SIGNATURE = "not_a_signature"
    WRONG_NAMESPACE = "wrong_namespace"  # signed for another role, or for something else than an approval
    NOT_ALLOWED = "not_allowed"  # no line of allowed_signers names this person, this role and this key
    BAD_SIGNATURE = "bad_signature"  # of other bytes
    KEY_NOT_VALID = "key_not_valid"  # before its valid-after or past its valid-before
    KEY_REVOKED = "key_revoked"


@dataclass(frozen=True, slots=True)
class SignatureAnswer:
    """What checking a signature found; ``lines`` are those of ``allowed_signers`` that it was checked with, ``key_type`` is its kind.

    ``also`` are the other people to whom any line of the file gives the key: it approves nothing, one key is one person.
    """

    verdict: SignatureVerdict = SignatureVerdict.NO_SIGNATURE
    fingerprint: str = ""
    key_type: str = ""
    reason: str = ""
    lines: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ApprovalPapers:
    """A request as it was handed in: its value, its exact bytes as text, and the signature's text (empty: a typed name)."""

    request: ApprovalRequest
    text: str
    text_digest: str
    signature: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalKnowledge:
    """What was looked up before an approval is judged.

    ``nonce_digest`` is the digest of the request that used the nonce before (empty: none did), ``sealed_digest`` that of the document in
    the sealed package that the request names (empty: it is not sealed, or not readable). ``is_head_known``: the archive has that head.
    """

    signature: SignatureAnswer = SignatureAnswer()
    nonce_digest: str = ""
    sealed_digest: str = ""
    is_head_known: bool = False
    revoked_keys: bytes = b""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a policy asks of one document and what it has: ``counted`` are the approvals that count, by role where roles are asked."""

    rule: ApprovalRule
    counted: tuple[ApprovalGiven, ...]
    missing: tuple[OwnerRole, ...]
    broken_glass: tuple[ApprovalGiven, ...]
    min_break_glass_approvers: int

    @property
    def is_broken(self) -> bool:
        """Whether enough people broke the glass."""
        return len(self.broken_glass) >= self.min_break_glass_approvers

    @property
    def is_complete(self) -> bool:
        """Whether nobody else has to approve."""
        return not self.missing or self.is_broken


@dataclass(frozen=True, slots=True)
class ApprovalDecision:
    """Whether an approval counts: no refusals and the body of its event, or all refusals and no body. ``coverage`` is with it, if any."""

    request: ApprovalRequest
    refusals: tuple[Refusal, ...]
    kind: ApprovalKind
    body: Mapping[str, Any] = field(default_factory=dict)
    coverage: Coverage | None = None

    @property
    def is_accepted(self) -> bool:
        return not self.refusals


@dataclass(frozen=True, slots=True)
class ApprovalResult:
    """An approval that was recorded, with its receipt, or refused, without one. ``repeated``: it had been recorded before."""

    decision: ApprovalDecision
    receipt: StepReceipt | None = None
    repeated: bool = False
    pending: tuple[Finding, ...] = ()


def person_key(name: str) -> str:
    """Return what two spellings of one person's name share: what nobody can see in a name tells no two people apart.

    >>> person_key(" Ana@Bank.example"), person_key("a\u200bna@bank.example")
    ('ana@bank.example', 'ana@bank.example')
    """
    seen = "".join(each for each in unicodedata.normalize("NFKC", name) if unicodedata.category(each) != "Cf")
    return " ".join(unicodedata.normalize("NFKC", seen).casefold().split())


def find_broken_glass(case: Case) -> tuple[ApprovalGiven, ...]:
    """Return the approvals by which somebody broke the glass: every report of the issue shows them."""
    return tuple(approval for approval in case.approvals if approval.is_break_glass)


def name_of(action: StepKind) -> str:
    """Return what is approved, as people call it.

    >>> name_of(StepKind.ACCEPT_RISK), name_of(StepKind.PLAN)
    ('accepted risk', 'plan')
    """
    return _NAMES.get(action, action.value)


def severity_meant(meaning: str) -> Severity | None:
    """Return the severity that a signed sentence names; None where it is not one of ``meaning_of``.

    >>> severity_meant("(Cards held; system cards, severity L2): one action. I did not plan it myself.")
    <Severity.L2: 'L2'>
    """
    found = re.search(r"; system [^()]*, severity (L[0-4])\)", meaning)
    return Severity(found[1]) if found else None


def meaning_of(issue: Issue, step: StepTaken, role: OwnerRole, *, is_break_glass: bool) -> str:
    """Return the sentence that a signature of ``step`` means. The same step, issue and role give the same sentence."""
    by = "the machine" if step.by == "machine" else step.by
    what = f"the {name_of(step.kind)} that {by} recorded on {step.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC for issue {issue.issue_id}"
    about = f"{issue.title}; system {issue.system_id}, severity {issue.severity.value}"
    said = f"As {role.value.replace('_', ' ')} I have read and approve {what} ({about}){_contents(step.document)}."
    own = _OWN_OF_CLOSURE if step.kind is StepKind.CLOSE else "I did not plan, link, implement or verify it myself."
    glass = " I approve in an emergency, in place of the people whom the policy asks; this is shown on every report of the issue."
    return f"{said} {own}{glass if is_break_glass else ''}"


def _contents(document: Any) -> str:
    if isinstance(document, ActionPlan):
        actions = "; ".join(f"{action.action} ({action.kind.value}), {action.owner} by {action.due_on}" for action in document.actions)
        return f": {len(document.actions)} actions: {actions}"
    if isinstance(document, RiskAcceptance):
        return f": {document.owner} answers for the risk until {document.expires_on}"
    if isinstance(document, NotApplicable):
        return f": the gate {document.gate.value.replace('_', ' ')} does not apply, because {document.reason}"
    if isinstance(document, ClosureProposal):
        left = f"what remains: {document.residual}" if document.residual else "nothing remains"
        gates = "; ".join(document.gates)
        return f": judged for {document.business_date}, {gates}. Its window: {document.window}. Beside that, {left}"
    return ""

"""Which signals of an issue may be handed out for a purpose, and what is handed out of the issue.

Put the rules of exports here; what a category of signals may be used for is the policy table ``usage``, and each signal carries what the
table said when it came in.

The rules:
 * ``yes`` goes along, with its condition. ``no`` stays, and so does what has no policy for the purpose.
 * ``review`` stays: a signal is exported after an adjudication, and this ledger records none for signals.
 * What stays is counted by category and reason: an export never looks complete when it is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from registry.domain.canonical import plain
from registry.domain.exchange import (
    SCHEMA_VERSION,
    ApprovalExported,
    IssueExported,
    LinkExported,
    Purpose,
    RegisterExported,
    StepExported,
    Withheld,
)
from registry.domain.issue import Issue
from registry.domain.work import ApprovalGiven, Case, StepTaken
from registry.domain.work_run import HoldInForce


def choose_signals(bodies: Iterable[Mapping[str, Any]], purpose: Purpose) -> tuple[tuple[dict[str, Any], ...], Withheld]:
    """Return the signals that may be used for ``purpose``, and what was left out."""
    chosen, reasons = list[dict[str, Any]](), Counter[str]()
    for body in bodies:
        use = str(body.get("usage", {}).get(purpose.value, ""))
        answer = use.partition(":")[0].strip()
        if answer == "yes":
            chosen.append(dict(body))
        else:
            reasons[f"{body.get('category', 'unknown')}: {use or 'no policy'}"] += 1
    return tuple(chosen), Withheld(reasons.total(), len(chosen) + reasons.total(), dict(sorted(reasons.items())))


def issue_exported(
    case: Case, signals: Iterable[Mapping[str, Any]], holds: Sequence[HoldInForce], purpose: Purpose, last: tuple[int, str]
) -> IssueExported:
    """Return what is handed out of the issue of ``case``; ``last`` is the number and hash of its newest event."""
    chosen, withheld = choose_signals(signals, purpose)
    return IssueExported(
        kind="exchange_issue",
        schema_version=SCHEMA_VERSION,
        purpose=purpose,
        issue=case.issue,
        steps=tuple(map(_step, case.steps)),
        approvals=tuple(map(_approval, case.approvals)),
        links=tuple(_link(step) for _, step in sorted(case.links().items())),
        holds=tuple(hold for hold in holds if hold.system_id == case.issue.system_id),
        signals=chosen,
        withheld=withheld,
        last_event=last[0],
        last_hash=last[1],
    )


def register_exported(issues: Iterable[Issue], holds: Iterable[HoldInForce], last: tuple[int, str]) -> RegisterExported:
    """Return the register of ``issues``; ``last`` is the number and hash of the ledger's newest event."""
    listed = tuple(sorted(issues, key=lambda issue: issue.issue_id))
    held = tuple(sorted({hold.system_id for hold in holds}))
    return RegisterExported("exchange_register", SCHEMA_VERSION, len(listed), listed, held, last[0], last[1])


def _step(step: StepTaken) -> StepExported:
    document = plain(step.document)
    return StepExported(step.seq, step.kind, step.by, step.role, step.at, document, step.document_digest, step.bundle_digest)


def _approval(given: ApprovalGiven) -> ApprovalExported:
    return ApprovalExported(
        event=given.seq,
        step=given.action,
        by=given.name,
        role=given.role,
        kind=given.kind,
        meaning=given.meaning,
        key=given.fingerprint,
        at=given.at,
        expires_at=given.expires_at,
        is_break_glass=given.is_break_glass,
        document_digest=given.document_digest,
    )


def _link(step: StepTaken) -> LinkExported:
    link = step.document
    return LinkExported(step.seq, link.action, link.artifact, link.name, link.version, link.change_request)

"""``proofloop approve``: ask for an approval, record one, and list who is asked.

Put what these commands ask and answer here; preparing a request is ``deployments/approving.py``, recording one the flow ``issue_approve``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deployments.cli.running import keep_quiet
from deployments.cli.session import Session, with_global_options
from deployments.handed_out import read_back
from registry.domain.canonical import plain
from registry.domain.catalogue import OwnerRole
from registry.domain.work import StepKind
from registry.errors import ConfigurationError

if TYPE_CHECKING:
    from registry.domain.approving import ApprovalResult

REFUSED = 1

_ACTION = click.option(
    "--action",
    required=True,
    type=click.Choice([kind.value for kind in StepKind]),
    metavar="STEP",
    help="What is approved: plan, accept-risk, not-applicable or close, as the policy table `approvals` lists them.",
)
_BY = click.option("--by", required=True, metavar="NAME", help="Who approves, by the name the catalogue or allowed_signers has.")
_ROLE = click.option("--role", required=True, type=click.Choice([role.value for role in OwnerRole]), metavar="ROLE", help="Acting as what.")


@click.group("approve")
def command() -> None:
    """Approve plans, accepted risks and closures: signed where the policy asks for it."""


@command.command("request")
@click.argument("issue_id", metavar="ISSUE")
@_ACTION
@_BY
@_ROLE
@click.option("--valid-days", type=click.IntRange(min=1), metavar="N", help="How long it may be recorded; as long as the policy allows.")
@click.option("--break-glass", is_flag=True, help="An emergency: in place of the roles, signed by enough people. Shown on every report.")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), metavar="FILE", help="Where the request goes; the document beside it."
)
@with_global_options
@click.pass_obj
def request(session: Session, issue_id: str, action: str, by: str, role: str, valid_days: int | None, break_glass: bool, out: Path) -> None:
    """Write what somebody would sign to approve the newest document, and say how they sign it with stock tools."""
    keep_quiet()
    from deployments.approving import ask, asked_lines  # brings Prefect

    root = session.workspace().root
    asked = ask(root, issue_id, StepKind(action), by, OwnerRole(role), valid_days, is_break_glass=break_glass, out=out)
    document = {
        "kind": "approval_request",
        "schema_version": 1,
        "request": plain(asked.papers.request),
        "request_digest": asked.papers.text_digest,
        "request_file": str(asked.request_path),
        "document_file": str(asked.document_path),
        "needs_signature": asked.needs_signature,
    }
    session.answer(document, asked_lines(asked))


@command.command("record")
@click.argument("issue_id", metavar="ISSUE")
@click.option(
    "--request", "request_file", required=True, type=click.Path(path_type=Path), metavar="FILE", help="As `approve request` wrote it."
)
@click.option(
    "--signature",
    "signature_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What ssh-keygen made; FILE.sig beside the request is taken where it is left out. Without any, the name is only asserted.",
)
@with_global_options
@click.pass_obj
def record(session: Session, issue_id: str, request_file: Path, signature_file: Path | None) -> None:
    """Judge an approval and record it; the last one that is asked moves the issue on."""
    keep_quiet()
    from flows.issue_approve import issue_approve
    from registry.domain.approving import ApprovalEntry
    from registry.records import read_approval_request
    from tasks import engine  # brings Prefect

    beside = request_file.with_name(f"{request_file.name}.sig")
    signature = signature_file or (beside if beside.is_file() else None)
    text = read_back(request_file, "a request that `proofloop approve request` wrote")
    asked = read_approval_request(text)
    entry = ApprovalEntry(action=asked.action, request=text, signature=_signature(signature) if signature else "")
    root = str(session.workspace().root)
    result = engine.run(issue_approve, issue_id=issue_id, by=asked.printed_name, role=asked.role.value, document=entry, workspace=root)
    session.answer(result_document(result), result_lines(result), 0 if result.receipt else REFUSED)


@command.command("list")
@click.argument("issue_id", metavar="ISSUE")
@with_global_options
@click.pass_obj
def list_command(session: Session, issue_id: str) -> None:
    """List what the policy asks for an issue, what was given, and who is missing."""
    keep_quiet()
    from deployments.approving import find_standings, standing_document, standing_lines  # brings Prefect

    case, standings = find_standings(session.workspace().root, issue_id)
    session.answer(standing_document(case, standings), standing_lines(case, standings))


def result_document(result: ApprovalResult) -> dict[str, Any]:
    """Return what became of an approval as the JSON document."""
    decision = result.decision
    return {
        "kind": "issue_approval",
        "schema_version": 1,
        "request": plain(decision.request),
        "approval": decision.kind.value,
        "accepted": result.receipt is not None,
        "repeated": result.repeated,
        "refusals": [] if result.receipt else plain(decision.refusals),
        "missing": plain(decision.coverage.missing) if decision.coverage and not decision.coverage.is_complete else [],
        "receipt": plain(result.receipt),
        "pending": plain(result.pending),
    }


def result_lines(result: ApprovalResult) -> list[str]:
    """Return what became of an approval as lines for a terminal."""
    asked, receipt, coverage = result.decision.request, result.receipt, result.decision.coverage
    if receipt is None:
        told = [line for refusal in result.decision.refusals for line in (f"  {refusal.reason}", f"    -> {refusal.remedy}")]
        return [f"refused: approval of the {asked.action} on {asked.issue} by {asked.printed_name}; nothing was recorded", *told]
    word = "had been recorded before, nothing was written" if result.repeated else f"recorded as {result.decision.kind}"
    lines = [f"{asked.issue}: {asked.action} approved by {asked.printed_name} as {asked.role}: {word}, event {receipt.seq}"]
    if asked.break_glass:
        lines.append("  THE GLASS WAS BROKEN: every report of the issue shows it")
    if coverage is not None:
        missing = "nobody: it is approved" if coverage.is_complete else ", ".join(coverage.missing)
        lines.append(f"  still asked: {missing}")
    lines += [f"  the issue is in {receipt.state}", f"  package  {receipt.bundle_digest}"]
    return [*lines, *(f"  waits    {found.reason}" for found in result.pending)]


def _signature(path: Path) -> str:
    """Return the text of a signature; a file without any is not a typed name, which nobody asked for."""
    text = read_back(path, "a signature")
    if not text.strip():
        raise ConfigurationError([f"{path}: expected a signature that ssh-keygen made, found an empty file; sign again, or remove it"])
    return text

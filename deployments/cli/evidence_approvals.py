"""What ``evidence verify`` says of approvals and of releases' sign-offs, beside what it says of the archive's bytes.

Put here how they are asked about and answered on the command line; what makes an approval good is ``registry/evidence/approval_walk.py``,
what makes a sign-off good ``deployments/sign_off_walk.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from deployments.cli.session import Session
from registry.domain.decision import Verdict
from registry.errors import EvidenceError
from registry.evidence.approval_walk import check_approvals
from registry.evidence.report import Problem, VerificationReport
from registry.evidence.role_signatures import read_lists
from registry.evidence.signed_papers import RoleSigners

F = TypeVar("F", bound=Callable[..., Any])


def with_approvals(function: F) -> F:
    """Add the options about approvals to ``evidence verify``."""
    looked = click.option(
        "--approvals/--no-approvals",
        default=True,
        help="Judge people's approvals and sign-offs too: signatures, roles, separation of duties. verify.sh does not look at them.",
    )
    revoked = click.option(
        "--revoked",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Keys of approvers that are disowned, as ssh-keygen -r takes them; the workspace's revoked_keys where --signers is left out.",
    )
    return looked(revoked(function))


def role_lists(session: Session, signers: Path | None, revoked: Path | None, *, is_ours: bool) -> RoleSigners | Problem | None:
    """Return who may approve, as the given files say, else as the workspace says of its own archive; a problem where that is unreadable."""
    workspace = session.workspace() if signers is None and is_ours else None
    if workspace is not None and workspace.allowed_signers_path.exists():
        signers, revoked = workspace.allowed_signers_path, revoked or workspace.revoked_keys_path
    if signers is None:
        return None
    try:
        text, disowned = read_lists(signers, revoked)
    except EvidenceError as error:
        return Problem("approvals", "lists of signers that can be read", str(error), Verdict.INCONCLUSIVE)
    return RoleSigners(str(signers), text, disowned)


def with_checked_approvals(
    report: VerificationReport, archive: Path, lists: RoleSigners | Problem | None, since: int
) -> tuple[VerificationReport, dict[str, Any]]:
    """Return the report with what is wrong with approvals, and what the JSON document says of them."""
    if isinstance(lists, Problem):
        return report.with_problems([lists]), {}
    found = check_approvals(archive, lists, since)
    document = {"signed": found.signed_count, "asserted": found.asserted_count, "notes": list(found.notes)}
    report = replace(report.with_problems(found.problems), notes=(*report.notes, *found.lines))
    from deployments.sign_off_walk import check_sign_offs  # --help must not read policies

    signed = check_sign_offs(archive, lists, since)
    told = {"signed": signed.signed_count, "notes": list(signed.notes)}
    return replace(report.with_problems(signed.problems), notes=(*report.notes, *signed.lines)), {"approvals": document, "sign_offs": told}

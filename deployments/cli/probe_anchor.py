"""How the anchor is looked at: is there a program to call, and how old is what it last handed out?

Put here what ``doctor`` asks about anchors. The command itself is not run: looking must hand out nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from checks.anchoring import judge_exposure
from registry.domain.anchoring import Exposure
from registry.domain.decision import Verdict
from registry.errors import EvidenceError
from registry.evidence.anchors_command import find_program, has_anchor
from registry.evidence.anchors_exposure import measure
from registry.policies.loader import load_evidence_policy
from registry.settings import Workspace
from reports.exposure_view import newest_anchor

AFFECTS = "who can write to the archive could rewrite or shorten it unseen, back to the newest anchor"


def reach_anchor(workspace: Workspace, environ: Mapping[str, str]) -> str:
    """Find the anchor command's program and the newest anchor.

    Raises:
        EvidenceError: there is no such program, or the policy calls the newest anchor too old.
    """
    if not has_anchor(workspace):
        return "not used: anchor_command is not set, nobody else knows the archive's head"
    program = find_program(workspace, environ)
    if program is None:
        raise EvidenceError(f"expected a program {workspace.settings.anchor_command[0]!r}, found none; install or correct anchor_command")
    exposure = _measured(workspace, environ)
    if exposure is None or not exposure.seal:
        return f"{Path(program).name} is there; nothing is sealed yet"
    finding = judge_exposure(exposure, load_evidence_policy(workspace.policies_dir))[1]
    if finding.verdict is not Verdict.PASS and finding.reason_code != "never_anchored":
        raise EvidenceError(finding.reason)
    return f"newest anchor: {newest_anchor(exposure)}"


def _measured(workspace: Workspace, environ: Mapping[str, str]) -> Exposure | None:
    url = workspace.ledger_url(environ)
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        return None
    from registry.ledger.store import open_ledger  # brings SQLAlchemy

    with contextlib.closing(open_ledger(url, lambda: datetime.now(UTC))) as ledger:
        return measure(workspace.archive_dir, ledger, True, datetime.now(UTC))

"""Bringing the archive's copies in other stores up to the last seal.

Put tasks here that write copies. What is copied and what counts as altered is ``registry/evidence/replica.py``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from registry.archive_copies import copy_names, copy_target
from registry.domain.decision import Finding, Verdict
from registry.errors import ConfigurationError, EvidenceUnavailableError
from registry.evidence.replica import CopyReport, copy_archive
from registry.settings import Workspace, find_workspace
from tasks.engine import is_last_attempt, task


@task
def copy_evidence(workspace: str) -> tuple[Finding, ...]:
    """Bring every copy of the workspace's archive up to date and return what is not as it must be; never stops a day.

    Safe to retry: an object is put once. An outage is retried, then becomes a finding; the next run goes on where this one stopped.

    Raises:
        EvidenceUnavailableError: a store does not answer (retried); on the last attempt that is a finding instead.
    """
    found = find_workspace(Path(workspace), Path(workspace), os.environ)
    findings = tuple(finding for name in copy_names(found) for finding in _copied(found, name, os.environ))
    outages = [finding.reason for finding in findings if finding.reason_code == "copy_unavailable"]
    if outages and not is_last_attempt():
        raise EvidenceUnavailableError("; ".join(outages))
    return findings


def _copied(workspace: Workspace, name: str, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Yield the findings of one copy; a store that cannot even be opened must not keep the others from being written."""
    try:
        report = copy_archive(workspace.archive_dir, copy_target(workspace, name, environ))
    except ConfigurationError as error:
        yield _finding(name, Verdict.INCONCLUSIVE, "copy_not_configured", "; ".join(error.problems))
        return
    except EvidenceUnavailableError as error:
        yield _finding(name, Verdict.INCONCLUSIVE, "copy_unavailable", str(error))
        return
    yield from findings_of(report)


def findings_of(report: CopyReport) -> Iterator[Finding]:
    """Yield what a report says is not as it must be; nothing for a copy that is whole, or for an archive without packages."""
    for problem in report.problems:
        yield _finding(report.name, problem.verdict, "copy_altered" if problem.verdict is Verdict.FAIL else "copy_unfinished", str(problem))
    if report.outage:
        yield _finding(report.name, Verdict.INCONCLUSIVE, "copy_unavailable", f"{report.outage} ({_behind(report)})")
    if report.refused:
        yield _finding(report.name, Verdict.INCONCLUSIVE, "copy_refused", f"{report.refused} ({_behind(report)})")


def _behind(report: CopyReport) -> str:
    return f"{report.confirmed_to} of {report.sealed_to} packages confirmed there"


def _finding(name: str, verdict: Verdict, code: str, reason: str) -> Finding:
    """What was altered speaks against the evidence and the day; a copy that is late stops no day."""
    return Finding("archive_copy", name, verdict, code, reason, blocking=verdict is Verdict.FAIL)

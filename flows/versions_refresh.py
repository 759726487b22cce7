"""Versions on events: somebody moved an alias or released something; write it down now, not tomorrow morning.

Put the order of a refresh here. The daily triage reads the same by itself; it alone makes signals of what nobody explains.
"""

from __future__ import annotations

from prefect import flow

from checks.release_unfinished import with_settled
from checks.unexplained import judge_refresh
from flows.clock import now
from flows.switching import settle
from registry.domain.version_run import RefreshResult
from tasks.version_records import show_refresh
from tasks.versions import read_version_knowledge, refresh_versions
from tasks.workspace import load_triage_plan


@flow(name="versions-refresh")
def versions_refresh(systems: list[str] | None = None, workspace: str = "") -> RefreshResult:
    """Read every alias and recorded version now, and write down what is news.

    A FAIL is a completed run: it says that a version serves which no linked change and no record explains.

    Args:
        systems: Which AI systems, by the ids of their catalogue files; leave empty for all of them.
        workspace: The folder of the workspace; leave empty for the one named by PROOFLOOP_WORKSPACE.
    """
    as_of = now()  # an alias says what is in force when it is read, whenever the run was meant to start
    plan = load_triage_plan(workspace, tuple(systems or ()), as_of, as_of)

    settled = settle(plan)
    read = with_settled(refresh_versions(plan, now), settled)
    known = read_version_knowledge(plan, (), now)

    result = judge_refresh(read, known)
    show_refresh(plan, result)
    return result

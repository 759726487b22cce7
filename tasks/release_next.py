"""What comes next for a release: its decision as it lies in the archive now, and showing the step.

Put tasks here that lead a release from its proposal to its switch. Which step is next is judged by ``checks/release_next.py``.
"""

from __future__ import annotations

from registry.domain.canonical import digest_bytes
from registry.domain.release_next import NextStep, ReleaseNext, SealedDecision
from registry.domain.release_run import KnownRelease
from registry.domain.release_switch import SwitchPlan
from reports.foreign_text import visible
from reports.release_next_text import next_lines
from reports.triage_package import DECISION
from tasks.engine import is_served, task
from tasks.rendering import show_outcome
from tasks.signatures import read_sealed
from tasks.workspace import workspace_of

_MAX_MESSAGE_CHARS = 4000


@task
def read_sealed_decision(plan: SwitchPlan, release: KnownRelease | None) -> SealedDecision:
    """Return the decision in the release's package: without a digest where any of its files is not what was sealed.

    Raises:
        EvidenceUnavailableError: the archive does not answer (retried).
    """
    if release is None:
        return SealedDecision()
    found, content = read_sealed(workspace_of(plan), release.bundle_digest, DECISION)
    return SealedDecision(bool(found), digest_bytes(content) if found == release.bundle_digest else "")


@task
def show_next(told: ReleaseNext) -> None:
    """Show what comes next among the artifacts of the Prefect run; without a run there is nowhere to show it."""
    # an indented block is shown as it is, whatever a name holds
    text = "".join(f"    {visible(line)}\n" for line in next_lines(told))
    named = told.release.release_id if told.release else visible(told.plan.document.release or told.plan.document.system_id)
    if told.step is NextStep.REFUSED:
        show_outcome("release-next", named, text, told.decision.refusals)
    elif is_served():
        from prefect import get_run_logger
        from prefect.artifacts import create_markdown_artifact

        for line in next_lines(told)[: 1 + len(told.missing)]:  # the first thing that the run's page shows is its log
            get_run_logger().info("%s: %s", named, visible(line.strip()))
        create_markdown_artifact(text, key="release-next", description=f"{named}: {next_lines(told)[0]}")


def next_text(told: ReleaseNext) -> str:
    """Return in one paragraph why a release was not put in force: the message of its run's last state."""
    return visible(" ".join(line.strip() for line in next_lines(told)), _MAX_MESSAGE_CHARS)

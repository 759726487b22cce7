"""What comes next for a release: showing the step.

Put tasks here that lead a release from its proposal to its switch. Which step is next is judged by ``checks/release_next.py``.
"""

from __future__ import annotations

from registry.domain.release_next import NextStep, ReleaseNext
from reports.foreign_text import visible
from reports.release_next_text import next_lines
from tasks.engine import is_served, task
from tasks.rendering import show_outcome

_MAX_MESSAGE_CHARS = 4000


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

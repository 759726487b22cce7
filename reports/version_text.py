"""What is said of versions, as lines: what a refresh found, what became of a record, who said that a version serves.

Put the wording of versions here, for the terminal and for the Prefect page alike.
"""

from __future__ import annotations

from datetime import datetime

from registry.domain.times import format_instant
from registry.domain.version_changes import UnexplainedChange
from registry.domain.version_run import RecordResult, RefreshResult
from registry.domain.versions import BY_PERSON, BY_RELEASE, MLFLOW, VersionClaim


def source_text(claim: VersionClaim) -> str:
    """Return who says that a version serves."""
    if claim.source == BY_PERSON:
        return f"recorded by {claim.by} ({claim.role}): {claim.reason}"
    if claim.source == BY_RELEASE:
        return f"put in force by {claim.by}" + (f", mlflow alias {claim.alias}" if claim.alias else "")
    return (
        f"mlflow alias {claim.alias}" if claim.source == MLFLOW and claim.alias else {MLFLOW: "mlflow alias"}.get(claim.source, "catalogue")
    )


def instant_text(instant: datetime) -> str:
    """Return an instant in UTC, without a fraction where it has none.

    >>> from datetime import UTC
    >>> instant_text(datetime(2026, 3, 1, 6, tzinfo=UTC))
    '2026-03-01T06:00:00Z'
    """
    return format_instant(instant).replace(".000000Z", "Z")


def record_lines(result: RecordResult) -> list[str]:
    """Return what became of a record."""
    plan = result.decision.plan
    what = f"{plan.document.artifact} {plan.document.version} of {plan.system.system_id}"
    if not result.seq:
        told = [line for refusal in result.decision.refusals for line in (f"  {refusal.reason}", f"    -> {refusal.remedy}")]
        return [f"refused: {what}; nothing was recorded", *told]
    word = "had been recorded before, nothing was written" if result.decision.repeated else "recorded"
    since = f"{plan.document.share_percent} percent from {instant_text(plan.document.from_at)} on"
    return [f"{what}: {since}, {word} as event {result.seq}"]


def refresh_lines(result: RefreshResult) -> list[str]:
    """Return what a refresh recorded and found, what asks for a person first."""
    fresh = [f"  new       {event.system_id}: {event.body['artifact']} is {event.body['version']}" for event in result.recorded]
    return [
        f"verdict {result.verdict}: {len(result.recorded)} new, {len(result.unexplained)} unexplained, {len(result.findings)} not known",
        *(unexplained_line(change) for change in result.unexplained),
        *(f"  not known {finding.reason}" for finding in result.findings),
        *fresh,
    ]


def unexplained_line(change: UnexplainedChange) -> str:
    """Return a change that nobody explains, and what to do."""
    claim = change.claim
    seen = f"event {claim.seq}, seen {instant_text(claim.from_at)}"
    return (
        f"  unexplained {claim.system_id}: {claim.artifact} is {claim.version}, it was {change.before or 'unknown'} ({seen}); "
        "link the change, or record the version with its reason, or take it back"
    )

"""``proofloop evidence seal-day``, ``anchor`` and ``exposure``: end the day, hand out the head, say how much nobody else knows.

Put commands about anchors here; ``evidence.py`` takes them into its group. Recipes for anchors are ``anchor_to.py``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deployments.cli.issues import opened_ledger
from deployments.cli.running import keep_quiet
from deployments.cli.session import VERDICT_CODES, Session, instant_of, with_global_options

if TYPE_CHECKING:
    from registry.domain.anchoring import Exposure, SealedDay
    from registry.settings import Workspace


@click.command("seal-day")
@click.option("--as-of", metavar="DATE|TIME", help="The day to seal, or an instant of it; today if left out.")
@with_global_options
@click.pass_obj
def seal_day(session: Session, as_of: str | None) -> None:
    """Seal what is promised and the day itself, even if nothing happened, then anchor: flow daily-seal."""
    workspace = session.workspace()
    instant = instant_of(as_of, workspace.settings.timezone, datetime.now(UTC)) if as_of else None
    day = _sealed(workspace, instant)
    from registry.domain.canonical import plain
    from reports.exposure_view import sealed_day_lines

    session.answer(plain(day), sealed_day_lines(day), VERDICT_CODES[day.verdict.value])


@click.command("anchor")
@with_global_options
@click.pass_obj
def anchor(session: Session) -> None:
    """Hand the head to anchor_command now, unless it was anchored before; 0 when it is known elsewhere, 1 when the command failed."""
    from registry.domain.canonical import plain
    from reports.exposure_view import attempt_text, exposure_rows

    workspace = session.workspace()
    keep_quiet()
    from tasks.anchors import attempt_anchor  # brings Prefect

    attempt, exposure = attempt_anchor(workspace, _now), measured(workspace)
    head = [f"head {attempt.head.seal:06d} {attempt.head.digest}"] if attempt.head else []
    lines = [attempt_text(attempt), *head, *(f"{label}: {text}" for label, text in exposure_rows(exposure))]
    document = {"kind": "anchor", "schema_version": 1, "attempt": plain(attempt), "exposure": exposure_record(exposure)}
    codes = {"anchored": 0, "already": 0, "failed": VERDICT_CODES["fail"]}
    session.answer(document, lines, codes.get(attempt.status.value, VERDICT_CODES["inconclusive"]))


@click.command("exposure")
@click.option(
    "--noted", type=click.Path(path_type=Path), metavar="FILE", help="Heads noted down elsewhere: each must be a seal of the archive."
)
@with_global_options
@click.pass_obj
def exposure_command(session: Session, noted: Path | None) -> None:
    """Show what is recorded and not sealed, what is sealed and not anchored, and how old the newest anchor is."""
    from checks.anchoring import judge_exposure
    from checks.verdict import judge_overall
    from registry.domain.canonical import plain
    from registry.policies.loader import load_evidence_policy
    from reports.exposure_view import exposure_rows

    workspace = session.workspace()
    exposure = measured(workspace)
    findings = judge_exposure(exposure, load_evidence_policy(workspace.policies_dir))
    problems, head_lines = _noted(workspace, noted)
    verdict = "fail" if problems else judge_overall(findings).value
    record = {"kind": "exposure", "schema_version": 1, "verdict": verdict, "problems": problems}
    document = {**record, "exposure": exposure_record(exposure), "findings": plain(findings)}
    rows = [f"{label}: {text}" for label, text in exposure_rows(exposure)]
    told = [f"{finding.verdict}: {finding.check}: {finding.reason}" for finding in findings]
    session.answer(document, [f"verdict {verdict}", *rows, *told, *head_lines, *problems], VERDICT_CODES[verdict])


def measured(workspace: Workspace) -> Exposure:
    """Return the exposure of ``workspace`` at this moment.

    Raises:
        ConfigurationError: the embedded ledger does not exist yet.
    """
    from registry.evidence.anchors_command import has_anchor
    from registry.evidence.anchors_exposure import measure

    with opened_ledger(workspace) as ledger:
        return measure(workspace.archive_dir, ledger, has_anchor(workspace), _now())


def exposure_record(exposure: Exposure) -> dict[str, Any]:
    """Return the exposure as JSON, with the figures that people ask for: counts of events, ages in seconds."""
    from registry.domain.canonical import plain

    age = exposure.anchor_age
    return {
        **plain(exposure),
        "unsealed_count": exposure.unsealed_count,
        "unsealed_seconds": exposure.unsealed_age.total_seconds(),
        "unanchored_count": exposure.unanchored_count,
        "unanchored_seal_count": exposure.unanchored_seal_count,
        "unanchored_seconds": exposure.unanchored_age.total_seconds(),
        "anchor_age_seconds": None if age is None else age.total_seconds(),
    }


def exposure_part(workspace: Workspace) -> tuple[dict[str, Any], list[str]]:
    """Return what ``evidence verify`` and ``evidence list`` add to their answer; where it cannot be measured, that and why.

    A seal that cannot be read was named by the verification already, and must not hide its verdict behind an error.
    """
    from registry.errors import ConfigurationError, EvidenceError
    from reports.exposure_view import exposure_rows

    try:
        exposure = measured(workspace)
    except (ConfigurationError, EvidenceError) as error:
        return {"exposure": None}, [f"exposure: not measured: {error}"]
    return {"exposure": exposure_record(exposure)}, [f"{label}: {text}" for label, text in exposure_rows(exposure)]


def _noted(workspace: Workspace, file: Path | None) -> tuple[list[str], list[str]]:
    """Compare the heads in a file from elsewhere; a file without any is a problem, since it would have compared nothing."""
    if file is None:
        return [], []
    from registry.evidence.anchors import heads_noted
    from registry.evidence.anchors_exposure import compare_noted

    heads = heads_noted(_text_of(file))
    if not heads:
        return [f"{file}: expected lines with evidence-head/v1, found none; name the file that the anchor keeps"], []
    problems = [str(problem) for problem in compare_noted(workspace.archive_dir, heads)]
    standing = len(heads) - len(problems)
    return problems, [f"heads noted elsewhere: {standing} of {len(heads)} are seals of this archive"]


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise click.BadParameter(f"{file}: expected a file that can be read, found {error.strerror}") from error


def _sealed(workspace: Workspace, as_of: datetime | None) -> SealedDay:
    keep_quiet()
    from flows.daily_seal import daily_seal
    from tasks import engine

    return engine.run(daily_seal, as_of=as_of, workspace=str(workspace.root))


def _now() -> datetime:
    return datetime.now(UTC)

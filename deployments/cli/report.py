"""``proofloop report DATE``: where the sealed pages of a day are.

Put here how sealed pages are found; what they show is ``reports``.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from deployments.cli.session import Session, with_global_options
from registry.errors import ConfigurationError
from registry.evidence.packages import list_packages
from reports.triage_package import DECISION, PAGE

_RUNS = ("triage_decision", "triggers_day", "recurrence_day", "closure_day", "closure")


@click.command("report")
@click.argument("day", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]))
@with_global_options
@click.pass_obj
def command(session: Session, day: datetime) -> None:
    """Show where the pages of a day are: of its triage, its retraining triggers, its windows and its closures, each with its dossier."""
    archive = session.workspace().archive_dir
    reports = find_reports(archive, day.date().isoformat())
    if not reports:
        remedy = f"run `proofloop triage --as-of {day.date()}`, or `proofloop triggers`, `recurrence` or `closure` of that day"
        raise ConfigurationError([f"{archive}: expected a sealed run of {day.date()}, found none; {remedy}"])
    document = {"kind": "reports", "schema_version": 1, "business_date": day.date().isoformat(), "reports": reports}
    session.answer(document, [report["page"] for report in reports])


def find_reports(archive: Path, business_date: str) -> list[dict[str, Any]]:
    """Return page, verdict and systems of each sealed run of ``business_date``, in the order they were sealed."""
    found = []
    for package in list_packages(archive):
        decision = _decision(package.path)
        if decision.get("kind") in _RUNS and decision.get("business_date") == business_date:
            kept = {"kind": decision["kind"], "verdict": decision["verdict"], "systems": decision.get("systems") or [decision["system"]]}
            found.append({"page": str(package.path / PAGE), "seal": package.seal.seq, **kept})
    return found


def _decision(package: Path) -> dict[str, Any]:
    path = package / DECISION
    read: Any = json.loads(path.read_bytes()) if path.is_file() else {}
    return read if isinstance(read, dict) else {}

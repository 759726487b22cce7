"""``proofloop issue list`` and ``issue show``: what the ledger says about issues.

Put reading commands here; steps that people take on an issue change the ledger and get modules of their own.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deployments.cli.issue_page import write_page
from deployments.cli.issue_steps import step_command
from deployments.cli.session import Session, with_global_options
from registry.domain.canonical import plain
from registry.domain.evidence_graph import missing_nodes
from registry.domain.graph_building import build_graph
from registry.domain.issue import Issue
from registry.domain.preservation import ending_of, told
from registry.domain.work import TAKEN_BY_PEOPLE
from registry.domain.work_run import HoldInForce
from registry.errors import ConfigurationError
from registry.settings import Workspace

if TYPE_CHECKING:
    from registry.ledger.store import Ledger


@click.group("issue")
def command() -> None:
    """Read issues, and take the steps that lead from a signal to a fix."""


for kind in TAKEN_BY_PEOPLE:
    command.add_command(step_command(kind))
command.add_command(write_page)


@command.command("list")
@click.option("--system", "systems", multiple=True, metavar="ID", help="Only this system; may be repeated.")
@click.option("--all", "everything", is_flag=True, help="Also closed and tracked issues.")
@with_global_options
@click.pass_obj
def list_issues(session: Session, systems: tuple[str, ...], everything: bool) -> None:
    """List live issues, most severe first."""
    with opened_ledger(session.workspace()) as ledger:
        found = ledger.read_issues(systems or None)
    session.answer(*listed(found, everything))


@command.command("show")
@click.argument("issue_id", metavar="ID")
@with_global_options
@click.pass_obj
def show_issue(session: Session, issue_id: str) -> None:
    """Show an issue: what comes next, everything that happened to it, and its evidence graph."""
    from deployments.cli.issue_text import next_lines, present_document
    from deployments.issue_files import read_issue_file  # brings policies and the catalogue

    with opened_ledger(session.workspace()) as ledger:
        issue = find_issue(issue_id, ledger.read_issues())
        signals = ledger.read_issue_signals(issue_id)
        file = read_issue_file(session.workspace(), ledger, issue, datetime.now(UTC))
    history = [history_entry(event.seq, event.digest, dict(event.envelope), event.package) for event in file.events]
    document, lines = shown(issue, history, signals)
    facts = lines.index("")
    session.answer(document | present_document(file), [*lines[:facts], *next_lines(file), *lines[facts:]])


def listed(issues: Sequence[Issue], everything: bool) -> tuple[dict[str, Any], list[str]]:
    """Return the answer that lists issues, most severe first, as a document and as lines."""
    chosen = sorted((issue for issue in issues if everything or issue.is_live), key=_rank)
    document = {"kind": "issues", "schema_version": 1, "count": len(chosen), "of": len(issues), "issues": plain(chosen)}
    return document, [f"{len(chosen)} of {len(issues)} issues", *aligned([_row(issue) for issue in chosen])]


def shown(issue: Issue, history: list[dict[str, Any]], signals: Sequence[tuple[str, str]]) -> tuple[dict[str, Any], list[str]]:
    """Return the answer that shows an issue with its history, its signals (relation, JSON) and its graph, as a document and as lines.

    The same events, signals and packages give the same answer, whenever it is asked for.
    """
    from deployments.cli.issue_text import graph_document, graph_lines

    bodies = [(relation, json.loads(body)) for relation, body in signals]
    packages = {entry["seq"]: Path(entry["package"]).name for entry in history if entry["package"]}
    graph = build_graph(issue, [(entry["seq"], {**entry, "issue": issue.issue_id}) for entry in history], bodies, packages)
    gaps = missing_nodes(graph, issue.state)
    document = {
        "kind": "issue",
        "schema_version": 1,
        "issue": plain(issue),
        "events": history,
        "signals": [{"relation": relation, **body} for relation, body in bodies],
        "graph": graph_document(graph, gaps),
    }
    return document, [*_told(issue, history, bodies), *graph_lines(issue.state, graph, gaps)]


@contextmanager
def opened_ledger(workspace: Workspace) -> Iterator[Ledger]:
    """Open the workspace's ledger for reading.

    Raises:
        ConfigurationError: the embedded ledger does not exist yet.
    """
    if is_new(workspace):
        raise ConfigurationError([f"{workspace.root}: expected a ledger, found none yet; run `proofloop triage` first"])
    from registry.ledger.store import open_ledger  # brings SQLAlchemy

    ledger = open_ledger(workspace.ledger_url(), lambda: datetime.now(UTC))
    try:
        yield ledger
    finally:
        ledger.close()


def is_new(workspace: Workspace) -> bool:
    """Return whether the embedded ledger does not exist yet; one elsewhere does, or says so when it is opened."""
    url = workspace.ledger_url()
    return url.startswith("sqlite:///") and not workspace.resolve(url.removeprefix("sqlite:///")).exists()


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines with their columns, but the last, padded."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)] if rows else []
    return ["  " + "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]) for row in rows]


def _rank(issue: Issue) -> tuple[Any, ...]:
    return (not issue.is_live, -issue.severity.rank, issue.opened_at, issue.issue_id)


def _row(issue: Issue) -> tuple[str, ...]:
    last = issue.last_signal_on.isoformat() if issue.last_signal_on else "-"
    counted = f"{issue.signal_count} signals"
    return (issue.severity.value, issue.issue_id, issue.state.value, issue.system_id, counted, last, issue.owner or "nobody", issue.title)


def find_issue(issue_id: str, issues: Sequence[Issue]) -> Issue:
    """Return the issue of this id.

    Raises:
        ConfigurationError: there is none; the nearest name is suggested.
    """
    for issue in issues:
        if issue.issue_id == issue_id:
            return issue
    near = difflib.get_close_matches(issue_id, [issue.issue_id for issue in issues], n=1)
    advice = f"did you mean {near[0]}?" if near else "see `proofloop issue list --all`"
    raise ConfigurationError([f"issue {issue_id!r}: expected one of the ledger's {len(issues)} issues, found none of this name; {advice}"])


def history_entry(seq: int, digest: str, envelope: dict[str, Any], package: str) -> dict[str, Any]:
    """Return one event of an issue as it is shown, with the package it was sealed in (empty: not sealed yet)."""
    kept = {name: envelope[name] for name in ("kind", "as_of", "actor", "data")}
    return {"seq": seq, "hash": digest, "package": package, **kept}


def _told(issue: Issue, events: list[dict[str, Any]], signals: list[tuple[str, dict[str, Any]]]) -> list[str]:
    facts = [
        ("system", issue.system_id),
        ("state", f"{issue.state.value}, set by {issue.state_by}"),
        ("severity", f"{issue.severity.value}, set by {issue.severity_by}"),
        ("owner", issue.owner or "nobody"),
        ("opened", f"{issue.opened_at:%Y-%m-%d %H:%M} UTC by {issue.opened_by.value}, occurrence {issue.occurrence}"),
        ("signals", f"{issue.signal_count}, the last on {issue.last_signal_on or 'no day'}; escalated {issue.escalation_count} times"),
    ]
    steps = [(f"{event['seq']}", event["as_of"][:16], event["kind"], event["actor"], _step(event)) for event in events]
    rows = [(relation, body["signal_id"], body["business_date"], body["severity"], body["journey_step"]) for relation, body in signals[:20]]
    more = [f"  and {len(signals) - 20} more with --json"] if len(signals) > 20 else []
    return [
        f"{issue.issue_id}  {issue.title}",
        *aligned(facts),
        "",
        "What happened",
        *aligned(steps),
        "",
        f"Signals: {len(signals)}",
        *aligned(rows),
        *more,
    ]


def _held_lines(holds: Sequence[HoldInForce]) -> list[str]:
    """Return what must stay as it is, last of all, where a reader's eye stops."""
    listed = [line for hold in holds for line in (f"  {told(hold)}", f"    -> it ends with `{ending_of(hold)}`")]
    return ["", "Must stay as it is: no retraining, promotion, alias change or purge", *listed] if holds else []


def _step(event: dict[str, Any]) -> str:
    package = Path(event["package"]).name if event["package"] else "not sealed yet"
    return f"[{package}] {event['data'].get('reason', '')}".rstrip()

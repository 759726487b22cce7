"""``proofloop exchange``: findings of other programs as signals, and issues for other programs.

Put what these commands ask and answer here. What a finding means is a module of ``registry/exchange`` for each program; what may be
handed out is ``checks/exchange.py``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deployments.cli.exchange_text import export_text, import_text
from deployments.cli.issues import find_issue, opened_ledger
from deployments.cli.session import Session, aware_instant, with_global_options
from registry.domain.canonical import plain
from registry.domain.exchange import IssueExported, Purpose, RegisterExported
from registry.errors import ConfigurationError

if TYPE_CHECKING:
    from registry.exchange.feed_entry import FeedEntry
    from registry.exchange.feed_file import Joined
    from registry.exchange.rows import Imported
    from registry.ledger.store import Ledger
    from registry.settings import Workspace

SET_ASIDE = 1
_OUT = click.option(
    "--out",
    "out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The .jsonl that a feed reads; joined, not replaced.",
)
_NAME = click.option("--feed", "feed", metavar="NAME", help="What the feed is called in the printed lines.")
_RECEIVED = click.option("--received-at", metavar="TIME", help="When new findings count as received; now if left out.")


@click.group("exchange")
def command() -> None:
    """Bring in findings of other programs as signals, and hand out issues."""


@command.group("import")
def imports() -> None:
    """Turn findings of another program into rows that a feed reads."""


@imports.command("defectdojo")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@_OUT
@_NAME
@_RECEIVED
@with_global_options
@click.pass_obj
def import_defectdojo(session: Session, file: Path, out: Path, feed: str | None, received_at: str | None) -> None:
    """Import findings of DefectDojo: what its API lists, or a file in its format for generic findings."""
    from registry.exchange import defectdojo
    from registry.exchange.rows import import_rows, read_items

    imported = import_rows(read_items(file, defectdojo.LISTS), defectdojo.row_of)
    _keep(session, imported, out, file.name, received_at, defectdojo.FEED, feed or "defectdojo")


@imports.command("mlflow")
@click.argument("file", required=False, type=click.Path(path_type=Path), metavar="[FILE]")
@click.option("--uri", metavar="ADDRESS", help="Server or database; mlflow_uri of proofloop.yaml if left out and no FILE is given.")
@click.option("--experiment", default="", metavar="ID", help="Only issues of this experiment.")
@_OUT
@_NAME
@_RECEIVED
@with_global_options
@click.pass_obj
def import_mlflow(
    session: Session, file: Path | None, uri: str | None, experiment: str, out: Path, feed: str | None, received_at: str | None
) -> None:
    """Import issues of MLflow: from its server or database, or from a JSON file of them."""
    from registry.exchange import mlflow_issues
    from registry.exchange.rows import import_rows, read_items

    if file and (uri or experiment):
        raise click.UsageError("expected FILE, or --uri and --experiment, found both")
    items = read_items(file, mlflow_issues.LISTS) if file else _asked(session.workspace(), uri, experiment)
    _keep(
        session,
        import_rows(items, mlflow_issues.row_of),
        out,
        file.name if file else "MLflow",
        received_at,
        mlflow_issues.FEED,
        feed or "mlflow_issues",
    )


def _asked(workspace: Workspace, uri: str | None, experiment: str) -> list[Any]:
    from registry.versions.issues import read_issues

    address = uri or workspace.mlflow_uri()
    if not address:
        raise ConfigurationError(["mlflow_uri: expected the address of MLflow, found none; set it in proofloop.yaml, or use --uri or FILE"])
    return read_issues(address, experiment)


def _keep(session: Session, imported: Imported, out: Path, source: str, received_at: str | None, entry: FeedEntry, name: str) -> None:
    workspace = session.workspace()
    joined, quarantine = kept(workspace, imported, out, source, received_at)
    feed = entry.text(name, _as_the_catalogue_says(workspace, out))
    document = {
        "kind": "exchange_import",
        "schema_version": 1,
        "file": str(out),
        "of_rows": imported.of_rows,
        "duplicates": imported.duplicate_count,
        **plain(joined),
        "quarantine": str(quarantine) if quarantine else None,
        "feed": feed,
    }
    session.answer(document, import_text(imported, joined, out, quarantine, feed), SET_ASIDE if joined.set_aside else 0)


def kept(workspace: Workspace, imported: Imported, out: Path, source: str, received_at: str | None) -> tuple[Joined, Path | None]:
    """Bring what was imported into ``out``, one import at a time, and return what that did and where bad rows are listed.

    Raises:
        ConfigurationError: no feed could read ``out``, or it holds something else.
    """
    from flows.clock import now
    from registry.evidence.files import locked
    from registry.exchange.feed_file import join_file, write_quarantine

    _require_feed_file(workspace, out)
    folder = workspace.state_dir / "exchange"
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        return join_file(out, imported, _instant(received_at, now())), write_quarantine(out, source, imported.set_aside)


def _require_feed_file(workspace: Workspace, out: Path) -> None:
    if not out.name.endswith(".jsonl"):
        raise ConfigurationError([f"--out {out}: expected a name that ends in .jsonl, found another; a feed would not read it"])
    if not workspace.is_allowed_source(out.absolute()):
        roots = ", ".join(map(str, workspace.source_roots))
        raise ConfigurationError([f"--out {out}: expected a file below {roots}, found another place; see allowed_source_roots"])


def _as_the_catalogue_says(workspace: Workspace, out: Path) -> str:
    resolved = out.resolve()
    return resolved.relative_to(workspace.root).as_posix() if resolved.is_relative_to(workspace.root) else str(resolved)


def _instant(received_at: str | None, now: datetime) -> datetime:
    instant = aware_instant(received_at) if received_at else now
    if instant > now:
        raise click.BadParameter(f"expected a time that has passed, found {received_at!r}")
    return instant


@command.command("export")
@click.option("--issue", "issue_id", metavar="ID", help="This issue with its steps, approvals, linked changes and signals.")
@click.option("--register", "register", is_flag=True, help="Every issue, without signals.")
@click.option("--format", "form", type=click.Choice(["json", "csv"]), default="json", show_default=True)
@click.option(
    "--purpose",
    type=click.Choice([purpose.value for purpose in Purpose]),
    default=Purpose.AUDIT.value,
    show_default=True,
    help="What it is for; the usage policy of each signal says whether it may go along.",
)
@click.option("--out", "out", required=True, type=click.Path(path_type=Path), metavar="FILE", help="Where it is written.")
@with_global_options
@click.pass_obj
def export(session: Session, issue_id: str | None, register: bool, form: str, purpose: str, out: Path) -> None:
    """Hand out one issue, or the register of all of them, as JSON or CSV: the same ledger gives the same bytes."""
    from checks.exchange import register_exported

    if bool(issue_id) == register:
        raise click.UsageError("expected one of --issue and --register, found " + ("both" if register else "neither"))
    with opened_ledger(session.workspace()) as ledger:
        if issue_id:
            exported: IssueExported | RegisterExported = _issue(ledger, issue_id, Purpose(purpose))
        else:
            head = ledger.head()
            exported = register_exported(ledger.read_issues(), _holds(ledger), (head.seq, head.hash))
    content = _rendered(exported, form)
    _write(out, content)
    session.answer(_answer(exported, out, content), export_text(exported, out))


def _issue(ledger: Ledger, issue_id: str, purpose: Purpose) -> IssueExported:
    from checks.exchange import issue_exported
    from registry.domain.cases import cases_of
    from registry.domain.work import Case

    issue = find_issue(issue_id, ledger.read_issues())
    events = ledger.read_issue_events(issue_id)
    (case, *_) = (*cases_of([issue], ((event.seq, json.loads(event.body)) for event in events)), Case(issue))
    signals = (json.loads(body) for _, body in ledger.read_issue_signals(issue_id))
    return issue_exported(case, signals, _holds(ledger), purpose, (events[-1].seq, events[-1].hash))


def _holds(ledger: Ledger) -> Sequence[Any]:
    from registry.domain.preservation import PRESERVATION_KINDS, preserved

    return preserved(json.loads(event.body) for event in ledger.read_events(0, PRESERVATION_KINDS))


def _rendered(exported: IssueExported | RegisterExported, form: str) -> bytes:
    from reports.exchange_csv import issue_csv, register_csv

    if form == "csv":
        return issue_csv(exported) if isinstance(exported, IssueExported) else register_csv(exported)
    return json.dumps(plain(exported), indent=1, sort_keys=True, ensure_ascii=True, allow_nan=False).encode("ascii") + b"\n"


def _write(out: Path, content: bytes) -> None:
    from registry.evidence.files import storage_errors

    with storage_errors(str(out)):
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(content)


def _answer(exported: IssueExported | RegisterExported, out: Path, content: bytes) -> dict[str, Any]:
    from registry.domain.canonical import digest_bytes

    counted = {"withheld": plain(exported.withheld)} if isinstance(exported, IssueExported) else {"count": exported.count}
    return {"kind": "exchange_export", "schema_version": 1, "file": str(out), "digest": digest_bytes(content), **counted}

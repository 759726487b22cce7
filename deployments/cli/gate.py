"""``proofloop gate``: may a candidate replace what is in force?

Put here what the run asks and answers; the wording is ``reports/gate_text.py``, the file for pipelines ``reports/gate_junit.py``.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from deployments.cli.running import keep_quiet
from deployments.cli.session import VERDICT_CODES, Session, instant_of, with_global_options
from registry.domain.canonical import plain
from registry.domain.gate_run import GateResult
from registry.errors import ConfigurationError


@click.command("gate")
@click.argument("system_id", metavar="SYSTEM")
@click.option("--candidate", required=True, metavar="REF", help="A number or @alias of MLflow, else the version as the outcomes name it.")
@click.option("--champion", default="", metavar="REF", help="The version in force; looked up if left out. Against another nothing passes.")
@click.option(
    "--reason", default="", metavar="TEXT", help="Why; needed where outcomes changed. It is sealed: no personal data, no secrets."
)
@click.option("--as-of", metavar="DATE|TIME", help="The day to judge at (06:00 in the workspace's zone) or an instant; now if left out.")
@click.option(
    "--junit",
    "junit",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the answer as JUnit XML too; an older file goes first.",
)
@click.option("--final", is_flag=True, help="Judge on the reserve set, which is kept for last decisions.")
@click.option("--dry-run", is_flag=True, help="Judge and show; write nothing to the ledger or the archive. Not with --final.")
@with_global_options
@click.pass_obj
def command(
    session: Session,
    system_id: str,
    candidate: str,
    champion: str,
    reason: str,
    as_of: str | None,
    junit: Path | None,
    final: bool,
    dry_run: bool,
) -> None:
    """Judge whether a candidate may replace what is in force of SYSTEM.

    Both versions are compared on the locked set, case by case, overall and in every segment. Exit code 0 is PASS, 1 FAIL, 3 INCONCLUSIVE;
    2 means that nothing was judged. Nothing is put in force by it. Where the record of what is in force begins after --as-of, or an alias
    of MLflow moved since it was recorded, nothing passes, whichever champion is named.
    """
    if junit is not None:
        _clear(junit)
    workspace = session.workspace()
    instant = instant_of(as_of, workspace.settings.timezone, datetime.now(UTC)) if as_of else None
    keep_quiet()
    from flows.eval_gate import eval_gate  # brings Prefect
    from reports.gate_text import gate_lines
    from tasks import engine
    from tasks.gate_rendering import charts_problem

    asked = {"system_id": system_id, "candidate": candidate, "champion": champion, "reason": reason, "final": final}
    result = engine.run(eval_gate, **asked, as_of=instant, dry_run=dry_run, workspace=str(workspace.root))
    if junit is not None:
        _write(junit, result)
    told = [*gate_lines(result.decision), *_where(result, reason.strip(), charts_problem(Path(result.report_path)))]
    session.answer(gate_document(result), told, VERDICT_CODES[result.decision.verdict.value])


def gate_document(result: GateResult) -> dict[str, Any]:
    """Return the JSON document of one run: the decision, where its evidence is, and whether it had been decided before."""
    decision: dict[str, Any] = plain(result.decision)
    evidence = {"seal": result.seal, "digest": result.bundle_digest}
    told = {"event": result.seq or None, "repeated": result.repeated, "pending": plain(result.pending)}
    return {**decision, "evidence": evidence, "report": result.report_path, **told}


def _where(result: GateResult, reason: str, no_charts: str) -> list[str]:
    lines = ["", f"report  {result.report_path}"]
    if no_charts:
        lines.append(f"charts  none: {no_charts}. The decision does not depend on them")
    if result.seq:
        again = " (this question had been decided before on this date; nothing was written)" if result.repeated else ""
        lines.append(f"sealed  {result.seal:06d}, event {result.seq}{again}")
        if result.repeated and reason:
            lines.append("reason  not kept: the decision stands with what was said when it was made; ask on another date to have it sealed")
    else:
        lines.append("sealed  nothing: a dry run")
    return [*lines, *(f"pending {found.subject}: {found.reason}" for found in result.pending)]


def _clear(junit: Path) -> None:
    """Take away what an earlier run wrote: a run that ends in an error must not leave a PASS behind, nor one be sealed and not told.

    A link is kept, and what it names emptied; so is a file that may be written and not removed. A device or a pipe is only looked at.
    """
    try:
        if junit.exists() and not junit.is_file():
            if not os.access(junit, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            return
        junit.open("wb").close()
    except OSError as error:
        remedy = "name another one; nothing was judged"
        raise ConfigurationError([f"--junit {junit}: expected a file that can be written, found {error.strerror}; {remedy}"]) from error
    if not junit.is_symlink():
        with suppress(OSError):
            junit.unlink()


def _write(junit: Path, result: GateResult) -> None:
    from reports.gate_junit import junit_of

    try:
        junit.write_bytes(junit_of(result.decision))
    except OSError as error:
        problem = f"--junit {junit}: expected a file that can be written, found {error.strerror}"
        raise ConfigurationError([f"{problem}; the decision stands, see {result.report_path}"]) from error

"""``proofloop evidence recompute``: past decisions judged again, and what came out otherwise.

Put here how the command speaks; walking an archive and judging is ``deployments/recompute.py``.
"""

from __future__ import annotations

from pathlib import Path

import click

from deployments.cli.session import VERDICT_CODES, Session, with_global_options
from registry.domain.canonical import plain


@click.command("recompute")
@click.option("--archive", type=click.Path(path_type=Path), metavar="DIR", help="An archive elsewhere; needs no workspace.")
@click.option("--package", "packages", type=click.IntRange(min=1), multiple=True, metavar="N", help="Only this package; may be repeated.")
@click.option("--all", "everything", is_flag=True, help="Every package that holds a decision.")
@with_global_options
@click.pass_obj
def command(session: Session, archive: Path | None, packages: tuple[int, ...], everything: bool) -> None:
    """Judge past days again from their sealed inputs; 0 only when every byte of each decision comes out the same."""
    if bool(packages) is everything:
        raise click.UsageError("expected either --package N or --all")
    from deployments.recompute import recompute  # --help must not read pydantic
    from registry.program import program_versions

    found = recompute(archive or session.workspace().archive_dir, only=frozenset(packages))
    document = {
        "kind": "recomputation",
        "schema_version": 1,
        "verdict": found.verdict.value,
        "days": found.day_count,
        "same": found.same_count,
        "problems": plain(found.problems),
        "program": program_versions(),
    }
    problems = [f"{problem.verdict}: {problem}" for problem in found.problems]
    counted = f"{found.same_count} of {found.day_count} decisions judged again, byte for byte the same"
    session.answer(document, [f"verdict {found.verdict}", counted, *problems], VERDICT_CODES[found.verdict.value])

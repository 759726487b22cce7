"""``proofloop migrate``: bring the workspace's ledger to the schema that this version was written for.

Put nothing else here: flows do the same when they open the ledger; this is for whoever wants to do it first, with a backup at hand.
"""

from __future__ import annotations

import click

from deployments.cli.session import Session, with_global_options


@click.command("migrate")
@with_global_options
@click.pass_obj
def command(session: Session) -> None:
    """Bring the ledger to the schema of this version, or make it where there is none. Safe to repeat; there is no way back but a backup."""
    from registry.ledger.schema import migrate  # brings SQLAlchemy

    workspace = session.workspace()
    migrate(workspace.ledger_url())
    session.answer(
        {"kind": "migration", "schema_version": 1, "workspace": str(workspace.root)}, ["ok: the ledger is as this version expects it"]
    )

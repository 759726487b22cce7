"""``proofloop release promote`` and ``release rollback``: what is in force is changed, and said what became of it.

Put here how a switch is asked for and answered on the command line. The other commands of releases are ``release.py``; what a switch
requires is ``checks/release_switch.py`` and ``checks/release_way_back.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from deployments.cli.running import keep_quiet
from deployments.cli.session import Session, with_global_options
from registry.domain.canonical import plain
from registry.domain.catalogue import OwnerRole

if TYPE_CHECKING:
    from registry.domain.release_switch import SwitchResult

REFUSED = 1

Command = Callable[..., None]


def _as_a_person(command: Command) -> Command:
    """Add what every switch asks of the person who makes it."""
    role = click.option(
        "--role", required=True, type=click.Choice([role.value for role in OwnerRole]), metavar="ROLE", help="What you act as."
    )
    by = click.option("--by", required=True, metavar="NAME", help="Your name, as the catalogue or allowed_signers has it.")
    return by(role(command))


@click.command("promote")
@click.argument("release", metavar="RELEASE")
@click.option("--share-percent", type=int, default=100, metavar="N", help="How much of the traffic; less than 100 is a canary.")
@click.option("--reason", default="", metavar="TEXT", help="Why now; it is sealed: no personal data and no secrets.")
@_as_a_person
@with_global_options
@click.pass_obj
def promote(session: Session, release: str, share_percent: int, reason: str, by: str, role: str) -> None:
    """Put RELEASE in force, once everybody signed it off.

    It is named by its id or enough of its beginning; `proofloop release list` shows them. What was cut off is finished by doing it again.
    """
    keep_quiet()
    from flows.release_promote import release_promote  # brings Prefect

    _answer(session, release_promote, release=release, by=by, role=role, share_percent=share_percent, reason=reason)


@click.command("rollback")
@click.argument("system_id", metavar="SYSTEM")
@click.option("--to", "version", default="", metavar="VERSION", help="One that served before; else that before the last release.")
@click.option("--reason", required=True, metavar="TEXT", help="Why; it is sealed: no personal data and no secrets.")
@_as_a_person
@with_global_options
@click.pass_obj
def rollback(session: Session, system_id: str, version: str, reason: str, by: str, role: str) -> None:
    """Put the version in force again that served before.

    It is that before the last release of SYSTEM unless another is named; a canary is ended. Nobody has to sign.
    """
    keep_quiet()
    from flows.release_rollback import release_rollback  # brings Prefect

    _answer(session, release_rollback, system_id=system_id, by=by, role=role, reason=reason, version=version)


def switch_document(result: SwitchResult) -> dict[str, Any]:
    """Return what became of a switch as the JSON document."""
    decision, made = result.decision, result.made
    aim = decision.aim
    return {
        "kind": "release_rollback" if decision.plan.is_rollback else "release_switch",
        "schema_version": 1,
        "system": aim.system_id if aim else decision.plan.document.system_id or None,
        "release": aim.release.release_id if aim and aim.release else None,
        "by": decision.plan.by,
        "role": decision.plan.role.value,
        "document": plain(decision.plan.document),
        "done": result.is_done,
        "repeated": made is not None and aim is not None and aim.repeated == made,
        "resumed": made is not None and aim is not None and aim.resumed is not None,
        "refusals": plain(decision.refusals),
        "problem": result.problem or None,
        "files_not_compared": decision.uncompared or None,
        "switch": plain(made) if made else None,
    }


def _answer(session: Session, flow: Any, **given: Any) -> None:
    from reports.release_switch_text import switch_lines
    from tasks import engine

    result = engine.run(flow, workspace=str(session.workspace().root), **given)
    session.answer(switch_document(result), switch_lines(result), 0 if result.is_done else REFUSED)

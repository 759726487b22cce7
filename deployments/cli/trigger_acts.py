"""``proofloop triggers list``, ``close``, ``start`` and ``freeze``: what is asked for and stands, and what people do about it.

Put here how these acts are asked for on the command line; what they require is ``checks/trigger_acts.py`` and ``training_start.py``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import click

from deployments.cli.issues import aligned, opened_ledger
from deployments.cli.running import keep_quiet
from deployments.cli.session import Session, with_global_options
from registry.domain.canonical import plain
from registry.domain.catalogue import OwnerRole
from registry.domain.trigger_acts import (
    REQUEST_KINDS,
    ActResult,
    KnownRequest,
    ReferenceFreeze,
    RequestClosure,
    RequestOutcome,
    TrainingStart,
    requests_of,
)
from registry.domain.trigger_standing import STANDING_KINDS, Standing, standing_of_each
from registry.errors import ConfigurationError

if TYPE_CHECKING:
    from registry.settings import Workspace

REFUSED = 1

Command = Callable[..., None]


def _as_a_person(command: Command) -> Command:
    """Add what every act asks of the person who does it."""
    reason = click.option("--reason", required=True, metavar="TEXT", help="Why; it is sealed: no personal data and no secrets.")
    roles = click.Choice([role.value for role in OwnerRole])
    role = click.option("--role", required=True, type=roles, metavar="ROLE", help="What you act as.")
    by = click.option("--by", required=True, metavar="NAME", help="Your name, as the catalogue or allowed_signers has it.")
    return by(role(reason(command)))


@click.command("list")
@click.argument("systems", nargs=-1, metavar="[SYSTEM]...")
@click.option("--all", "with_closed", is_flag=True, help="Closed requests too.")
@with_global_options
@click.pass_obj
def list_requests(session: Session, systems: tuple[str, ...], with_closed: bool) -> None:
    """List open requests and standing conditions.

    By system, each with its age and where it was found.
    """
    workspace = session.workspace()
    requests, standing = _read(workspace)
    _refuse_unknown(workspace, systems, {one.system_id for one in requests} | {one.system_id for one in standing})
    wanted = [one for one in requests if (with_closed or one.is_open) and (not systems or one.system_id in systems)]
    stands = [one for one in standing if not systems or one.system_id in systems]
    today = datetime.now(UTC).date()
    document = {
        "kind": "trigger_requests",
        "schema_version": 1,
        "requests": [{**plain(one), "age_days": (today - one.asked_at.date()).days} for one in wanted],
        "systems": [_standing(one, today) for one in stands],
    }
    session.answer(document, _lines(wanted, stands, today))


@click.command("close")
@click.argument("request", metavar="REQUEST")
@click.option("--outcome", required=True, type=click.Choice([one.value for one in RequestOutcome]), help="What became of it.")
@click.option("--version", default="", metavar="VERSION", help="The version that was trained; needed where the outcome is retrained.")
@_as_a_person
@with_global_options
@click.pass_obj
def close(session: Session, request: str, outcome: str, version: str, by: str, role: str, reason: str) -> None:
    """Say what became of REQUEST.

    It is named by its id or enough of its beginning; `proofloop triggers list` shows them.
    """
    document = RequestClosure(request=request.strip(), outcome=RequestOutcome(outcome), reason=reason.strip(), version=version.strip())
    keep_quiet()
    from flows.request_close import request_close  # brings Prefect

    _answer(session, request_close, by=by, role=role, document=document)


@click.command("start")
@click.argument("request", metavar="REQUEST")
@_as_a_person
@with_global_options
@click.pass_obj
def start(session: Session, request: str, by: str, role: str, reason: str) -> None:
    """Start the team's training for REQUEST.

    It runs the Prefect deployment that the catalogue names, once for a request. Nothing is promoted by it.
    """
    document = TrainingStart(request=request.strip(), reason=reason.strip())
    keep_quiet()
    from flows.training_start import training_start  # brings Prefect

    _answer(session, training_start, by=by, role=role, document=document)


@click.command("freeze")
@click.argument("system_id", metavar="SYSTEM")
@click.option("--acknowledge", is_flag=True, help="You know which conditions end and which failed windows become the measure.")
@_as_a_person
@with_global_options
@click.pass_obj
def freeze(session: Session, system_id: str, acknowledge: bool, by: str, role: str, reason: str) -> None:
    """Freeze the reference of SYSTEM anew.

    It is counted from the days that the system's catalogue file names now; windows judged later are compared with it. What that would hide
    (conditions that stand, failed windows among the new days) is refused by name unless it is acknowledged.
    """
    document = ReferenceFreeze(reason=reason.strip(), acknowledge=acknowledge)
    keep_quiet()
    from flows.reference_freeze import reference_freeze  # brings Prefect

    _answer(session, reference_freeze, system_id=system_id, by=by, role=role, document=document)


def act_document(result: ActResult) -> dict[str, Any]:
    """Return what became of an act as the JSON document."""
    decision = result.decision
    return {
        "kind": f"trigger_{decision.plan.kind}",
        "schema_version": 1,
        "system": decision.request.system_id if decision.request else decision.plan.system_id,
        "request": decision.request.request_id if decision.request else None,
        "by": decision.plan.by,
        "role": decision.plan.role.value,
        "document": plain(decision.plan.document),
        "accepted": bool(result.seq),
        "repeated": bool(decision.repeated),
        "refusals": plain(decision.refusals),
        "event": result.seq or None,
        "run": result.run or None,
        "reference_digest": result.reference_digest or None,
    }


def _answer(session: Session, flow: Any, **given: Any) -> None:
    from reports.act_text import act_lines
    from tasks import engine

    result = engine.run(flow, workspace=str(session.workspace().root), **given)
    session.answer(act_document(result), act_lines(result), 0 if result.seq else REFUSED)


def _read(workspace: Workspace) -> tuple[tuple[KnownRequest, ...], tuple[Standing, ...]]:
    with opened_ledger(workspace) as ledger:
        events = [(event.seq, json.loads(event.body)) for event in ledger.read_events(0, {*REQUEST_KINDS, *STANDING_KINDS})]
    of_standing = [(seq, envelope) for seq, envelope in events if envelope["kind"] in STANDING_KINDS]
    return requests_of(events), standing_of_each(of_standing)


def _refuse_unknown(workspace: Workspace, wanted: Collection[str], known: Collection[str]) -> None:
    from registry.catalogue.loader import load_monitored

    watched = {one.entry.system_id for one in load_monitored(workspace)} | set(known)
    if unknown := sorted(set(wanted) - watched):
        names = ", ".join(sorted(watched)) or "none: no system has predictions and monitoring"
        raise ConfigurationError([f"system {name!r}: expected one that is watched ({names}); see systems/" for name in unknown])


def _standing(one: Standing, today: date) -> dict[str, Any]:
    conditions = [{"condition": name, "since_on": day.isoformat(), "age_days": (today - day).days} for name, day in one.conditions]
    return {**plain(one), "conditions": conditions, "superseded": [name for name, _ in one.superseded]}


def _lines(requests: Collection[KnownRequest], standing: Collection[Standing], today: date) -> list[str]:
    from reports.act_text import request_state, short_id
    from reports.condition_words import condition_words
    from reports.wording import counted

    opened = sum(one.is_open for one in requests)
    conditions = sum(len(one.conditions) for one in standing)
    asked = [
        (
            short_id(one.request_id),
            one.system_id,
            one.action.replace("_", " "),
            _age((today - one.asked_at.date()).days),
            request_state(one),
        )
        for one in requests
    ]
    stands = [
        (one.system_id, condition_words(name), f"since {day}", _age((today - day).days), f"event {one.event}")
        for one in standing
        for name, day in one.conditions
    ]
    ended = [
        (one.system_id, condition_words(name), "superseded by another reference, not cleared")
        for one in standing
        for name, _ in one.superseded
    ]
    return [
        f"{counted(opened, 'open request')}; {counted(conditions, 'standing condition')} in "
        f"{counted(len(standing), 'watched system')} that {'was' if len(standing) == 1 else 'were'} judged",
        *aligned(asked),
        *aligned(stands),
        *aligned(ended),
    ]


def _age(days: int) -> str:
    return f"{days} day" if days == 1 else f"{days} days"


ACTS = (list_requests, close, start, freeze)
"""The commands below ``proofloop triggers`` that are made here."""

"""``proofloop retention``: what is due, what is held, and removals that are approved and sealed before they happen.

Put what these commands ask and answer here; the order of a removal is ``deployments/removal.py``.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deployments.cli.retention_text import done_text, dry_text, due_text, held_back_text, removal_document, shown_item
from deployments.cli.running import keep_quiet
from deployments.cli.session import COULD_NOT_TELL, Session, with_global_options
from registry.domain.canonical import plain
from registry.domain.retention import Approval, ApprovalKind, HoldScope, RecordKind
from registry.errors import ConfigurationError

if TYPE_CHECKING:
    from deployments.removal import PlannedRemoval
    from registry.domain.anchoring import SealPlan
    from registry.domain.retention import RetentionFacts

_KINDS = [kind.value for kind in RecordKind if kind not in (RecordKind.CERTIFICATE, RecordKind.UNKNOWN)]
_BY = click.option("--by", required=True, metavar="NAME", help="Who orders it, as asserted.")
_REASON = click.option("--reason", required=True, metavar="TEXT", help="Why; it is sealed, so no personal data and no secrets.")


@click.group("retention")
def command() -> None:
    """List what is due, hold, and remove what was approved."""


@command.command("due")
@click.option("--on", "on_text", metavar="DATE", help="The day to judge; today if left out.")
@with_global_options
@click.pass_obj
def due(session: Session, on_text: str | None) -> None:
    """List what may go, what is kept, and what nobody can say a date for. Nothing is removed."""
    from deployments.removal import judge  # brings Prefect

    plan = _plan(session)
    on = _day(on_text) if on_text else plan.business_date
    facts, policy, items = judge(plan, on)
    document = {
        "kind": "retention_due",
        "schema_version": 1,
        "on": on.isoformat(),
        "policy_digest": policy.digest,
        "counts": {status.value: count for status, count in sorted(Counter(item.status for item in items).items())},
        "holds": plain(facts.holds),
        "retired": plain(dict(facts.retired)),
        "files": [shown_item(item) for item in items],
    }
    session.answer(document, due_text(on, items, facts.holds))


@command.command("hold")
@click.option("--system", metavar="ID", help="Keep everything of this system.")
@click.option("--issue", metavar="ID", help="Keep everything that this issue rests on.")
@click.option("--package", type=int, metavar="N", help="Keep this package.")
@_BY
@_REASON
@with_global_options
@click.pass_obj
def hold(session: Session, system: str | None, issue: str | None, package: int | None, by: str, reason: str) -> None:
    """Order that everything of one system, issue or package is kept, whatever its term."""
    from deployments.removal import judge
    from flows.clock import now
    from registry.domain.holds import hold_set
    from tasks.retention import alone, append_retention_event

    named = {HoldScope.SYSTEM: system, HoldScope.ISSUE: issue, HoldScope.PACKAGE: f"{package:06d}" if package else None}
    given = [(scope, target) for scope, target in named.items() if target]
    if len(given) != 1:
        raise click.UsageError("expected one of --system, --issue and --package, found " + ("several" if given else "none"))
    (scope, target), plan = given[0], _plan(session)
    with alone(plan):  # a removal under way ends first: it looked for holds before its first file
        facts, _, _ = judge(plan, plan.business_date)
        _require_known(session, facts, scope, target)
        event = hold_set(scope, target, by, reason, plan.as_of, plan.business_date)
        seq = append_retention_event(plan, event, now)
    document = {"kind": "legal_hold", "schema_version": 1, "hold": event.subject, "scope": scope.value, "target": target, "event": seq}
    session.answer(document, [f"{event.subject}: {scope.value} {target} is held since event {seq}; its next seal proves it"])


@command.command("lift")
@click.argument("hold_id", metavar="HOLD")
@_BY
@_REASON
@with_global_options
@click.pass_obj
def lift(session: Session, hold_id: str, by: str, reason: str) -> None:
    """End a legal hold; terms count as if it had not been."""
    from flows.clock import now
    from registry.domain.holds import hold_lifted
    from tasks.retention import append_retention_event, read_holds

    plan = _plan(session)
    found = {hold.hold_id: hold for hold in read_holds(plan, now)}
    if hold_id not in found:
        listed, advice = ", ".join(sorted(found)) or "none is", ""
        if hold_id.startswith("preserve-"):
            advice = "; a preservation hold ends with `proofloop issue release-hold`, see `proofloop retention due`"
        raise ConfigurationError([f"hold {hold_id!r}: expected a legal one in force ({listed}), found none of this id{advice}"])
    seq = append_retention_event(plan, hold_lifted(found[hold_id], by, reason, plan.as_of, plan.business_date), now)
    session.answer({"kind": "legal_hold_lifted", "schema_version": 1, "hold": hold_id, "event": seq}, [f"{hold_id}: lifted by event {seq}"])


@command.command("retire")
@click.option("--system", required=True, metavar="ID", help="The system that is out of use.")
@click.option("--on", "on_text", required=True, metavar="DATE", help="The day it went out of use.")
@_BY
@_REASON
@with_global_options
@click.pass_obj
def retire(session: Session, system: str, on_text: str, by: str, reason: str) -> None:
    """Say when a system went out of use: terms that count from it begin."""
    from flows.clock import now
    from registry.domain.holds import system_retired
    from tasks.retention import append_retention_event

    plan, on = _plan(session), _day(on_text)
    if on > plan.business_date:
        raise click.BadParameter(f"expected a day that has come, found {on}; retire a system when it is retired")
    seq = append_retention_event(plan, system_retired(system, on, by, reason, plan.as_of, plan.business_date), now)
    document = {"kind": "system_retired", "schema_version": 1, "system": system, "retired_on": on.isoformat(), "event": seq}
    session.answer(document, [f"{system}: out of use since {on}, as event {seq} says"])


@command.command("delete")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(_KINDS), help="Only this kind of record; may be repeated.")
@click.option("--package", "packages", multiple=True, type=int, metavar="N", help="Only of this package; may be repeated.")
@_REASON
@click.option("--approved-by", metavar="NAME", help="Who approved it; with --signature, the name in allowed_signers.")
@click.option("--role", metavar="ROLE", help="In which role; the policy table retention says which may.")
@click.option(
    "--request", "request_file", type=click.Path(path_type=Path), metavar="FILE", help="Dry: written, to be signed. With --yes: read."
)
@click.option("--signature", type=click.Path(path_type=Path), metavar="FILE", help="The SSH signature over the request.")
@click.option("--yes", is_flag=True, help="Seal the certificate and remove the files; without it nothing changes.")
@with_global_options
@click.pass_obj
def delete(
    session: Session,
    kinds: tuple[str, ...],
    packages: tuple[int, ...],
    reason: str,
    approved_by: str | None,
    role: str | None,
    request_file: Path | None,
    signature: Path | None,
    yes: bool,
) -> None:
    """Remove what is due, after an approval and a sealed certificate. Dry unless --yes; run again to finish one that was interrupted."""
    from deployments import removal
    from tasks.retention import alone

    plan, chosen = _plan(session), [RecordKind(kind) for kind in kinds]
    on = _requested_day(request_file) if yes and request_file else plan.business_date
    if not yes:
        planned = removal.plan_removal(plan, on, reason, chosen, packages)
        if request_file:
            request_file.write_bytes(planned.request_bytes)
        return session.answer(removal_document(planned, None), dry_text(planned, request_file))
    removal.require_day_has_come(plan, on)
    with alone(plan):
        outcome = removal.finish(plan)
        planned = removal.plan_removal(plan, on, reason, chosen, packages)
        if planned.items and not outcome.pending:
            approval, signed = _approval(session, planned, approved_by, role, request_file, signature)
            outcome = removal.together(outcome, removal.carry_out(plan, planned, approval, signed))
    waits = outcome.pending or outcome.removed.waiting
    refused = bool(planned.held_back) and not planned.items
    told = [*done_text(outcome), *held_back_text(planned)]
    return session.answer(removal_document(planned, outcome), told, COULD_NOT_TELL if waits else int(refused))


def _approval(
    session: Session,
    planned: PlannedRemoval,
    approved_by: str | None,
    role: str | None,
    request_file: Path | None,
    signature: Path | None,
) -> tuple[Approval, bytes]:
    from deployments.removal import require_role

    if not approved_by or not role:
        raise click.UsageError("expected --approved-by and --role with --yes: nothing goes without somebody who answers for it")
    require_role(planned, role)
    if request_file and request_file.read_bytes() != planned.request_bytes:
        raise ConfigurationError([f"{request_file}: expected what is due as it was when signed, found a difference; ask and sign again"])
    if signature is None:
        return Approval(approved_by, role, ApprovalKind.ASSERTED), b""
    if request_file is None:
        raise click.UsageError("expected --request with --signature: a signature is over the bytes of a request")
    from flows.clock import now
    from registry.evidence.approvals import signed_approval

    return signed_approval(planned.request_bytes, signature, session.workspace(), approved_by, role, now()), signature.read_bytes()


def _plan(session: Session) -> SealPlan:
    keep_quiet()
    from flows.clock import now
    from registry.domain.anchoring import SealPlan
    from registry.domain.times import local_date

    workspace, instant = session.workspace(), now()
    zone = workspace.settings.timezone
    return SealPlan(str(workspace.root), instant, local_date(instant, zone), zone)


def _require_known(session: Session, facts: RetentionFacts, scope: HoldScope, target: str) -> None:
    known = {
        HoldScope.SYSTEM: {name for found in facts.packages for name in found.systems} | _catalogued(session),
        HoldScope.ISSUE: set(facts.issues),
        HoldScope.PACKAGE: {f"{found.number:06d}" for found in facts.packages},
    }[scope]
    if target not in known:
        raise ConfigurationError(
            [f"{scope.value} {target!r}: expected one that the archive, the ledger or the catalogue knows, found none"]
        )


def _catalogued(session: Session) -> set[str]:
    from registry.catalogue.loader import load_catalogue

    return {system.system_id for system in load_catalogue(session.workspace())}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"expected a date like 2026-01-31, found {text!r}") from None


def _requested_day(request: Path) -> date:
    """Return the day that a request was made for: what was signed is judged again for that day."""
    import json

    try:
        return date.fromisoformat(json.loads(request.read_bytes())["on"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError([f"{request}: expected a request that `retention delete --request` wrote, found {error}"]) from error

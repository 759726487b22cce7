"""``proofloop versions``: which model, prompt, index, tool and policy version served from when to when, by whose word.

Put here how versions are asked for, read and recorded on the command line. How claims add up is ``registry/domain/versions.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from deployments.cli.issues import aligned, opened_ledger
from deployments.cli.running import keep_quiet
from deployments.cli.session import COULD_NOT_TELL, VERDICT_CODES, Session, aware_instant, with_global_options
from deployments.cli.versions_digest import digest
from registry.domain.canonical import plain
from registry.domain.catalogue import OwnerRole, SystemEntry
from registry.domain.events import EventKind
from registry.domain.versions import WHOLE, Stretch, VersionClaim, claim_of, serving_at, stretches
from registry.errors import ConfigurationError

if TYPE_CHECKING:
    from registry.domain.version_run import RecordResult, RefreshResult

REFUSED = 1


@click.group("versions")
def command() -> None:
    """Show which versions served when, read them now, or record one by hand."""


command.add_command(digest)


@command.command("list")
@click.argument("system_id", metavar="SYSTEM")
@click.option("--artifact", metavar="NAME", help="Only this one: model, prompt, index, tool, policy, as the catalogue calls it.")
@with_global_options
@click.pass_obj
def list_versions(session: Session, system_id: str, artifact: str | None) -> None:
    """List which version served from when to when, for how much of the traffic, and by whose word."""
    claims, system = _known(session, system_id)
    if artifact is not None and artifact not in _artifacts(claims, system):
        known = ", ".join(_artifacts(claims, system)) or "none"
        raise ConfigurationError([f"artifact {artifact!r}: expected one of {known}, found another; see systems/{system_id}.yaml"])
    chosen = [claim for claim in claims if artifact in (None, claim.artifact)]
    shown = list(stretches(chosen))
    document = {
        "kind": "versions",
        "schema_version": 1,
        "system": system_id,
        "stretches": [_stretch(one) for one in shown],
        "claims": plain(chosen),
    }
    counted = f"{system_id}: times in UTC; {len(chosen)} claims were recorded, and add up to"
    session.answer(document, [counted, *aligned([_row(one) for one in shown])])


@command.command("at")
@click.argument("system_id", metavar="SYSTEM")
@click.argument("instant", metavar="TIME")
@with_global_options
@click.pass_obj
def at(session: Session, system_id: str, instant: str) -> None:
    """Show the whole bundle in force at TIME, like 2026-03-10T14:00:00-05:00; 3 where a part of it is not known."""
    moment = aware_instant(instant)
    if moment > datetime.now(UTC):
        raise click.BadParameter(f"expected a time that has passed, found {instant!r}; what will serve is not known", param_hint="TIME")
    claims, system = _known(session, system_id)
    serving = serving_at(claims, moment)
    bundle = [_part(artifact, serving, system) for artifact in _artifacts(claims, system)]
    is_known = bool(bundle) and all(part["known"] for part in bundle)
    document = {
        "kind": "versions_at",
        "schema_version": 1,
        "system": system_id,
        "at": plain(moment),
        "complete": is_known,
        "bundle": bundle,
    }
    session.answer(document, _at_lines(system_id, moment, bundle, serving), 0 if is_known else COULD_NOT_TELL)


@command.command("record")
@click.argument("system_id", metavar="SYSTEM")
@click.argument("artifact", metavar="ARTIFACT")
@click.argument("version", metavar="VERSION")
@click.option("--from", "from_at", required=True, metavar="TIME", help="Since when it served, with its offset; it may be long past.")
@click.option("--share", type=int, default=WHOLE, show_default=True, metavar="PERCENT", help="How much of the traffic it served.")
@click.option("--by", required=True, metavar="NAME", help="Your name, as the catalogue or allowed_signers has it.")
@click.option("--role", required=True, type=click.Choice([role.value for role in OwnerRole]), metavar="ROLE", help="What you act as.")
@click.option("--reason", required=True, metavar="TEXT", help="Why it is recorded: the release, the canary, or what is corrected.")
@with_global_options
@click.pass_obj
def record(
    session: Session, system_id: str, artifact: str, version: str, from_at: str, share: int, by: str, role: str, reason: str
) -> None:
    """Record that VERSION served since a time; a correction is a new record."""
    from registry.domain.version_run import VersionRecord

    since = aware_instant(from_at)
    handed_in = VersionRecord(artifact=artifact.strip(), version=version.strip(), from_at=since, share_percent=share, reason=reason.strip())
    root = str(session.workspace().root)
    keep_quiet()
    from flows.versions_record import versions_record  # brings Prefect
    from reports.version_text import record_lines
    from tasks import engine

    result = engine.run(versions_record, system_id=system_id, by=by, role=role, document=handed_in, workspace=root)
    session.answer(record_document(result), record_lines(result), 0 if result.seq else REFUSED)


@command.command("refresh")
@click.argument("systems", nargs=-1, metavar="[SYSTEM]...")
@with_global_options
@click.pass_obj
def refresh(session: Session, systems: tuple[str, ...]) -> None:
    """Read every alias and recorded version now; 1 where one stands that nothing explains, 3 where one is not known."""
    root = str(session.workspace().root)
    keep_quiet()
    from flows.versions_refresh import versions_refresh  # brings Prefect
    from reports.version_text import refresh_lines
    from tasks import engine

    result = engine.run(versions_refresh, systems=list(systems) or None, workspace=root)
    session.answer(refresh_document(result), refresh_lines(result), VERDICT_CODES[result.verdict.value])


def record_document(result: RecordResult) -> dict[str, Any]:
    """Return what became of a record as the JSON document."""
    decision = result.decision
    return {
        "kind": "version_record",
        "schema_version": 1,
        "system": decision.plan.system.system_id,
        "by": decision.plan.by,
        "role": decision.plan.role.value,
        "document": plain(decision.plan.document),
        "accepted": bool(result.seq),
        "repeated": decision.repeated is not None,
        "refusals": plain(decision.refusals),
        "event": result.seq or None,
    }


def refresh_document(result: RefreshResult) -> dict[str, Any]:
    """Return what a refresh found as the JSON document."""
    return {
        "kind": "versions_refresh",
        "schema_version": 1,
        "verdict": result.verdict.value,
        "recorded": [{"system": event.system_id, **plain(event.body), "from_at": plain(event.as_of)} for event in result.recorded],
        "unexplained": [{"before": change.before, **plain(change.claim)} for change in result.unexplained],
        "findings": plain(result.findings),
    }


def _known(session: Session, system_id: str) -> tuple[list[VersionClaim], SystemEntry | None]:
    """Return what the ledger holds about a system's versions, and its entry; None for one that the catalogue has no more."""
    from registry.catalogue.loader import load_catalogue

    workspace = session.workspace()
    systems = {system.system_id: system for system in load_catalogue(workspace)}
    with opened_ledger(workspace) as ledger:
        events = [(event.seq, json.loads(event.body)) for event in ledger.read_events(0, (EventKind.VERSION_OBSERVED,))]
    claims = [claim_of(seq, envelope) for seq, envelope in events if envelope["system"] == system_id]
    if not claims and system_id not in systems:
        raise ConfigurationError([f"system {system_id!r}: expected one of {', '.join(sorted(systems))}; see systems/"])
    return claims, systems.get(system_id)


def _artifacts(claims: Iterable[VersionClaim], system: SystemEntry | None) -> list[str]:
    declared = [spec.artifact for spec in system.versions] if system else []
    return sorted({*declared, *(claim.artifact for claim in claims)})


def _stretch(one: Stretch) -> dict[str, Any]:
    claim: dict[str, Any] = plain(one.claim)
    told = {name: claim[name] for name in ("artifact", "version", "source", "alias", "by", "role", "reason")}
    return told | {
        "share_percent": one.share_percent,
        "from_at": plain(one.from_at),
        "until_at": plain(one.until_at),
        "event": one.claim.seq,
    }


def _part(artifact: str, serving: Iterable[Stretch], system: SystemEntry | None) -> dict[str, Any]:
    """Return one artifact of the bundle: every version with its share, else what the catalogue records without a date, else nothing."""
    mine = [one for one in serving if one.claim.artifact == artifact]
    total = sum(one.share_percent for one in mine)
    recorded = next((spec.recorded for spec in system.versions if spec.artifact == artifact), "") if system and not mine else ""
    return {
        "artifact": artifact,
        "versions": [_stretch(one) for one in mine],
        "undated": recorded,
        "unknown_percent": max(0, WHOLE - total) if not recorded else 0,
        "known": bool(recorded) or total == WHOLE,
    }


def _at_lines(system_id: str, moment: datetime, bundle: Sequence[dict[str, Any]], serving: Sequence[Stretch]) -> list[str]:
    from reports.version_text import instant_text

    rows = []
    for part in bundle:
        artifact = part["artifact"]
        rows += [_row(one) for one in serving if one.claim.artifact == artifact]
        if part["undated"]:
            rows.append(
                (artifact, part["undated"], f"{WHOLE} %", "", "", "", "catalogue, without a date: nothing was recorded for this time")
            )
        elif part["unknown_percent"]:
            rows.append((artifact, "unknown", f"{part['unknown_percent']} %", "", "", "", "nothing was recorded for this time"))
        elif not part["known"]:
            rows.append(
                (artifact, "contradiction", "", "", "", "", f"the recorded shares come to more than {WHOLE} %: record smaller ones")
            )
    told = "" if rows else ": no version is declared or recorded"
    return [f"{system_id} at {instant_text(moment)}{told}", *aligned(rows)]


def _row(one: Stretch) -> tuple[str, ...]:
    from reports.version_text import instant_text, source_text

    until = instant_text(one.until_at) if one.until_at else "now"
    word = source_text(one.claim)
    return (
        one.claim.artifact,
        one.claim.version,
        f"{one.share_percent} %",
        instant_text(one.from_at),
        until,
        f"event {one.claim.seq}",
        word,
    )

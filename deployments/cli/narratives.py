"""``proofloop narratives erase``: free text that somebody has a right to see gone.

Put commands on narratives here; erasing in the ledger is ``registry/ledger/erasure.py``, copies in the spool ``tasks/erasure.py``.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deployments.cli.issues import aligned, opened_ledger
from deployments.cli.running import keep_quiet
from deployments.cli.session import VERDICT_CODES, Session, with_global_options
from registry.domain.canonical import digest_of, plain
from registry.domain.decision import Finding, Verdict
from registry.domain.events import Event, EventKind
from registry.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from registry.domain.retention import LegalHold
    from registry.ledger.store import Ledger
    from registry.settings import Workspace

_KEY = re.compile("sha256:[0-9a-f]{64}")
_SOURCE_ID = re.compile(r"([a-z][a-z0-9_-]*)/([a-z][a-z0-9_-]*)/(.+)", re.DOTALL)
_WORST = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS)
_REMAINS = (
    "what remains: the signal without its text, and the salted digest of the text in sealed records. Whoever holds the workspace's "
    "narrative key could confirm a guess of the exact text with it. The source, backups and what-if copies are not reached from here."
)


@click.group("narratives")
def command() -> None:
    """Erase narratives on request, with a trace."""


@command.command("erase")
@click.option(
    "--signal", "signals", multiple=True, metavar="KEY", help="A signal's key, or SYSTEM/FEED/ID with the source's id; repeatable."
)
@click.option("--issue", "issue_id", metavar="ID", help="Every signal of this issue.")
@click.option("--ids-file", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE", help="One such key a line.")
@click.option("--reason", required=True, metavar="TEXT", help="Why; it is sealed, and structured personal data in it are redacted.")
@click.option("--requested-by", required=True, metavar="ROLE", help="In which role it was asked for; see the policy table retention.")
@click.option("--yes", is_flag=True, help="Erase; without it nothing changes.")
@with_global_options
@click.pass_obj
def erase(
    session: Session, signals: tuple[str, ...], issue_id: str | None, ids_file: Path | None, reason: str, requested_by: str, yes: bool
) -> None:
    """Erase the narratives of these signals: text and salt, here and in the spool; the event that did it stays. Dry unless --yes."""
    keep_quiet()
    from flows.clock import now
    from tasks.preservation import reserved

    workspace = session.workspace()
    _require_requester(workspace, requested_by)
    with opened_ledger(workspace) as ledger:
        keys = _chosen(ledger, (*signals, *_lines(ids_file)), issue_id)
        kept = ledger.read_kept_narratives(keys)
        with reserved(workspace, _systems(ledger, kept) if yes else (), now):
            holds = _holds_on(ledger, kept)
            findings = [_refusal(hold) for hold in holds]
            seq = 0
            if yes and not holds:
                if kept:
                    event = _event(workspace, kept, reason, requested_by, now(), _systems(ledger, kept))
                    seq = ledger.erase_narratives(list(kept), event).seq
                findings = [ledger.clear_deleted(kept.values()), *_clear_copies(workspace, keys, kept)]
    verdict = next((verdict for verdict in _WORST if any(finding.verdict is verdict for finding in findings)), Verdict.PASS)
    document = {
        "kind": "erasure",
        "schema_version": 1,
        "dry_run": not yes,
        "signals": sorted(keys),
        "narratives": sorted(kept),
        "event": seq or None,
        "verdict": verdict.value,
        "findings": [plain(finding) for finding in findings],
    }
    session.answer(document, _told(len(keys), len(kept), seq, findings, yes=yes), VERDICT_CODES[verdict.value])


def _require_requester(workspace: Workspace, role: str) -> None:
    from registry.policies.loader import load_retention_policy

    known = load_retention_policy(workspace.policies_dir).erasure_requesters
    if role not in known:
        raise ConfigurationError(
            [f"role {role!r}: expected one of {', '.join(known)} to ask for an erasure; see the policy table retention"]
        )


def _lines(path: Path | None) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()] if path else []


def _chosen(ledger: Ledger, named: Collection[str], issue_id: str | None) -> frozenset[str]:
    """Return the keys that are meant; one that the ledger does not have is an error, so that a typo erases nothing and hides nothing."""
    from checks.identity import signal_key

    keys, problems = set[str](), []
    for name in named:
        match = _SOURCE_ID.fullmatch(name.strip())
        if _KEY.fullmatch(name.strip()):
            keys.add(name.strip())
        elif match:
            keys.add(signal_key(match[1], match[2], match[3]))
        else:
            problems.append(f"signal {name!r}: expected a key like sha256:... or SYSTEM/FEED/ID, found other text")
    if issue_id:
        joined = ledger.read_issue_signals(issue_id)
        keys |= {json.loads(body)["key"] for _, body in joined}
        if not joined:
            problems.append(f"issue {issue_id!r}: expected one with signals, found none; see `proofloop issue list --all`")
    unknown = keys - ledger.read_content_digests(keys).keys()
    problems += [f"signal {key}: expected one of the ledger's, found none of this key" for key in sorted(unknown)]
    if not named and not issue_id:
        raise click.UsageError("expected --signal, --issue or --ids-file, found none")
    if problems or not keys:
        raise ConfigurationError(problems or ["expected at least one signal, found none; name one"])
    return frozenset(keys)


def _holds_on(ledger: Ledger, kept: Collection[str]) -> tuple[LegalHold, ...]:
    from checks.retention import find_holds
    from registry.domain.preservation import KEEPING_KINDS, keeping_holds

    holds = keeping_holds(json.loads(event.body) for event in ledger.read_events(0, KEEPING_KINDS))
    if not holds or not kept:
        return ()
    belongings = ledger.read_belongings(kept)
    systems, issues = {system for system, _ in belongings}, {issue for _, issue in belongings if issue}
    return find_holds(holds, 0, systems, issues)


def _systems(ledger: Ledger, kept: Collection[str]) -> list[str]:
    return sorted({system for system, _ in ledger.read_belongings(kept)})


def _refusal(hold: LegalHold) -> Finding:
    from registry.domain.preservation import order_told

    return Finding("erasure", hold.hold_id, Verdict.FAIL, "held", f"{order_told(hold)}: nothing was erased")


def _event(workspace: Workspace, kept: Collection[str], reason: str, role: str, as_of: datetime, systems: list[str]) -> Event:
    from checks.redaction import redact
    from registry.domain.times import local_date
    from registry.policies.loader import load_triage_policies

    wanted = sorted(kept)
    told = redact(reason, load_triage_policies(workspace.policies_dir).redacted_kinds)[0]
    body: dict[str, Any] = {"signals": wanted, "systems": systems, "reason": told, "requested_by": role}
    on = local_date(as_of, workspace.settings.timezone)
    return Event(EventKind.NARRATIVE_ERASED, "", digest_of(wanted), as_of, on, body, actor=role)


def _clear_copies(workspace: Workspace, keys: Collection[str], kept: dict[str, str]) -> tuple[Finding, ...]:
    from tasks.erasure import clear_spooled_copies

    return clear_spooled_copies(workspace, keys, kept)


def _told(signals: int, narratives: int, seq: int, findings: list[Finding], *, yes: bool) -> list[str]:
    if not yes:
        first = f"dry run: {narratives} narratives of {signals} signals would be erased; nothing was changed"
    elif seq:
        first = f"{narratives} narratives of {signals} signals erased under event {seq}"
    else:
        first = f"no narrative erased: of {signals} signals {narratives} have one"
    return [first, *aligned([(finding.verdict.value, finding.reason) for finding in findings]), *([_REMAINS] if yes else [])]

"""``proofloop evidence seal`` and ``rotate-key``: seal what the flows promised, and hand sealing over to another key.

Put commands of the account that seals here; ``evidence.py`` takes them into its group. What a rotation is belongs to the registry.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deployments.cli.issues import opened_ledger
from deployments.cli.running import keep_quiet
from deployments.cli.session import COULD_NOT_TELL, VERDICT_CODES, Session, with_global_options

if TYPE_CHECKING:
    from registry.domain.decision import Finding
    from registry.evidence.seal import Seal
    from registry.ledger.store import Ledger
    from registry.settings import Workspace


@click.command("seal")
@with_global_options
@click.pass_obj
def seal_command(session: Session) -> None:
    """Seal every package that the flows promised, with the key of sealing.key, then anchor; 3 when a promised one is not here."""
    workspace = session.workspace()
    with opened_ledger(workspace) as ledger:
        seals, lost = _sealed(workspace, ledger)
    attempt, told = _anchored(workspace)
    lines = [f"{len(seals)} packages sealed", *map(_line, seals), *(f"{found.verdict}: {found.reason}" for found in lost), told]
    document = {"kind": "sealed", "schema_version": 1, "seals": [_record(seal) for seal in seals], "lost": [found.reason for found in lost]}
    failed = VERDICT_CODES["fail"] if attempt["status"] == "failed" else 0
    session.answer(document | {"anchor": attempt}, lines, failed or (COULD_NOT_TELL if lost else 0))


@click.command("rotate-key")
@click.argument("new_key", metavar="NEWKEY", type=click.Path(path_type=Path))
@click.option("--actor", required=True, metavar="NAME", help="Who decided it: the event says so.")
@with_global_options
@click.pass_obj
def rotate_key(session: Session, new_key: Path, actor: str) -> None:
    """Seal, with the key in use, the event that lets NEWKEY continue; then say what to change."""
    workspace = session.workspace()
    from registry.evidence.signing import SshSigner, public_line
    from registry.sealing import sealing_key

    old_key = sealing_key(workspace)
    if old_key is None:
        from registry.errors import ConfigurationError

        raise ConfigurationError(["sealing.key: expected the key in use, found none; set it, or start signing without a rotation"])
    old, new = SshSigner(old_key).fingerprint, SshSigner(new_key).fingerprint
    with opened_ledger(workspace) as ledger:
        promised = _promise_rotation(workspace, ledger, old, new, actor)
        seals, _lost = _sealed(workspace, ledger)
    _require_sealed(workspace, promised)
    from registry.evidence.signers import signer_line

    line = signer_line(public_line(new_key), "sealer").strip()
    lines = [f"sealed by {old}: {new} may continue", *map(_line, seals), "next:"]
    lines += [f"  add to allowed_signers: {line}", f"  set in proofloop.yaml: sealing: {{key: {new_key}}}"]
    document = {"kind": "key_rotation", "schema_version": 1, "from": old, "to": new, "seals": [_record(seal) for seal in seals]}
    session.answer(document | {"allowed_signers": line}, lines)


def _promise_rotation(workspace: Workspace, ledger: Ledger, old: str, new: str, actor: str) -> str:
    """Draft and promise the record of the rotation, and return the digest of its package."""
    from registry.domain.canonical import record_json
    from registry.domain.times import local_date, start_of_day
    from registry.domain.triage_write import Publication
    from registry.evidence.draft import draft_package
    from registry.evidence.rotation import rotation_event
    from tasks.evidence import PACKAGE_KIND, drafts_dir

    zone = workspace.settings.timezone
    on = local_date(_now(), zone)  # the day, not the moment: run again after a crash, it promises the same
    record = {"kind": "key_rotation", "schema_version": 1, "from": old, "to": new, "actor": actor, "rotated_on": on}
    draft = draft_package(drafts_dir(workspace), {"rotation.json": record_json(record)}, secrets=workspace.secrets_in_use())
    publication = Publication(f"drafts/{draft.bundle_digest}", draft.bundle_digest, PACKAGE_KIND)
    ledger.append([rotation_event(old, new, draft.bundle_digest, start_of_day(on, zone), on, actor)], [publication])
    return draft.bundle_digest


def _require_sealed(workspace: Workspace, bundle_digest: str) -> None:
    """Only what is sealed lets the new key continue: a promise does not."""
    from registry.errors import EvidenceError
    from registry.evidence.packages import find_package

    if find_package(workspace.archive_dir, bundle_digest) is None:
        raise EvidenceError(f"key rotation: expected package {bundle_digest} to be sealed, found it is not; keep the old key and run again")


def _sealed(workspace: Workspace, ledger: Ledger) -> tuple[tuple[Seal, ...], tuple[Finding, ...]]:
    keep_quiet()
    from tasks.evidence import seal_promised  # brings Prefect

    return seal_promised(workspace, ledger, _now)


def _anchored(workspace: Workspace) -> tuple[dict[str, Any], str]:
    """Hand out the head: who seals also anchors, for a flow of another account may not write beside the seals."""
    from registry.domain.canonical import plain
    from reports.exposure_view import attempt_text
    from tasks.anchors import attempt_anchor

    attempt = attempt_anchor(workspace, _now)
    return plain(attempt), f"anchor: {attempt_text(attempt)}"


def _line(seal: Seal) -> str:
    return f"sealed {seal.seq:06d} {seal.digest}"


def _record(seal: Seal) -> dict[str, Any]:
    return {"seal": seal.seq, "digest": seal.digest, "bundle_digest": seal.bundle_digest}


def _now() -> datetime:
    return datetime.now(UTC)

"""The releases of ``proofloop demo``: each candidate goes through gate, proposal, signatures and both switches, as far as it gets.

Put here how the flows are called for it; what the candidates are is ``deployments/demo/candidates.py``, what must come of them
``deployments/demo/release_stories.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from deployments.cli.running import keep_quiet
from deployments.demo.candidates import (
    BETTER,
    PEOPLE,
    SYSTEM,
    WORSE_FOR_BROKERS,
    proposal_of,
    write_candidates,
    write_cards,
)
from deployments.demo.people import KEYS, sign_as
from deployments.demo.played import PlayedRelease
from registry.domain.catalogue import OwnerRole
from registry.domain.decision import Verdict
from registry.domain.release_acts import ProposalResult, SignOffEntry
from registry.domain.release_run import KnownRelease
from registry.domain.release_switch import SwitchResult
from registry.domain.times import local_date
from registry.settings import Workspace, load_workspace

_SIGNING = (OwnerRole.PRODUCT_OWNER, OwnerRole.GOVERNANCE_LEAD)
_OPERATIONS = {"by": PEOPLE["operations_lead"], "role": OwnerRole.OPERATIONS_LEAD}


def play_releases(root: Path) -> Sequence[PlayedRelease]:
    """Take both candidates as far as they get, by the clock, and say so."""
    keep_quiet()
    from flows.clock import now  # brings Prefect

    workspace = load_workspace(root)
    write_candidates(root, local_date(now(), workspace.settings.timezone))
    played = [_played(workspace, candidate) for candidate in (BETTER, WORSE_FOR_BROKERS)]
    for one in played:
        click.echo(
            f"{one.candidate}: gate {one.gate}, release {one.proposed or 'refused'}, in force {', '.join(one.served) or 'not'}", err=True
        )
    return played


def _played(workspace: Workspace, candidate: str) -> PlayedRelease:
    from flows.eval_gate import eval_gate
    from flows.release_propose import release_propose

    write_cards(workspace.root, candidate)
    gate = _run(workspace, eval_gate, system_id=SYSTEM, candidate=candidate)
    as_owner = {"by": PEOPLE["model_owner"], "role": OwnerRole.MODEL_OWNER}
    asked = {"system_id": SYSTEM, "candidate": candidate, "document": proposal_of(candidate), **as_owner}
    proposal: ProposalResult = _run(workspace, release_propose, **asked)
    one = PlayedRelease(candidate, gate.decision.verdict, pages=(Path(gate.report_path),))
    return replace(_decided(workspace, one, proposal), pages=(*one.pages, *_pages(workspace, proposal)))


def _decided(workspace: Workspace, one: PlayedRelease, proposal: ProposalResult) -> PlayedRelease:
    """Have the release signed where its gates pass, and try to put it in force either way; what serves then is taken back."""
    decision = proposal.decision
    if decision is None:
        return replace(one, refusals=tuple(str(refusal.code) for refusal in proposal.refusals))
    from flows.release_promote import release_promote
    from flows.release_rollback import release_rollback

    signed = tuple(_signed(workspace, decision.release_id)) if decision.verdict is Verdict.PASS else ()
    promoted: SwitchResult = _run(workspace, release_promote, release=decision.release_id, **_OPERATIONS)
    one = replace(
        one, proposed=decision.verdict, signed_by=signed, refusals=tuple(str(refusal.code) for refusal in promoted.decision.refusals)
    )
    if not promoted.is_done:
        return one
    after = _serving(workspace)
    _run(workspace, release_rollback, system_id=SYSTEM, reason="Refusals in branches doubled since this morning", **_OPERATIONS)
    return replace(one, served=(after, _serving(workspace)))


def _signed(workspace: Workspace, release_id: str) -> Iterator[str]:
    """Have everybody who must sign do so with a key of their own, and yield whose signature was recorded."""
    from deployments.releasing import ask
    from flows.release_sign import release_sign

    for role in _SIGNING:
        person, path = PEOPLE[role.value], workspace.root / KEYS / f"{release_id}-{role.value}.json"
        ask(workspace, release_id, person, role, None, override=False, reason="", out=path)
        signature = sign_as(workspace.root, role.value, role.value, path)
        entry = SignOffEntry(request=path.read_text(encoding="ascii"), signature=signature.read_text(encoding="ascii"))
        if _run(workspace, release_sign, release=release_id, document=entry).seq:
            yield person


def _serving(workspace: Workspace) -> str:
    """Return what the ledger says is in force now, to all of the traffic."""
    from flows.clock import now
    from registry.catalogue.loader import load_catalogue
    from tasks.gate_versions import versions_in_force

    entry = next(one for one in load_catalogue(workspace) if one.system_id == SYSTEM)
    return ", ".join(one.version for one in versions_in_force(workspace, entry, "model", now(), now).serving)


def _pages(workspace: Workspace, proposal: ProposalResult) -> Iterator[Path]:
    """Write the page of a release as it stands in the end beside the workspace's files, and yield it."""
    from deployments.releasing import page_of, tell
    from flows.clock import now

    if proposal.decision is None:
        return
    (told,) = tell(workspace, [proposal.decision.release_id])
    release: KnownRelease = told.known
    path = workspace.root / f"{release.release_id}.html"
    path.write_bytes(page_of(workspace, release, now()))
    yield path


def _run(workspace: Workspace, flow: Any, **given: Any) -> Any:
    from tasks import engine

    return engine.run(flow, **given, workspace=str(workspace.root))

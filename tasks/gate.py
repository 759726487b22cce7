"""The ledger's side of the evaluation gate: what a run is about, what was decided before, and what it writes.

Put tasks here that load the plan of a run, keep others from deciding meanwhile, or touch the ledger. Reading the set and its outcomes is
``gate_reading.py``, pinning versions and looking up what is in force ``gate_versions.py``, the package and its page ``gate_rendering.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime

from registry.catalogue.loader import load_catalogue, load_evaluated
from registry.domain.evaluation import EvaluatedSystem
from registry.domain.events import Event
from registry.domain.gate_run import GATE_KINDS, GateKnown, GatePlan
from registry.domain.times import local_date
from registry.errors import ConfigurationError
from registry.evidence.draft import Draft
from registry.policies.gate import gate_policy, gate_record
from registry.policies.loader import load_tables
from registry.settings import Workspace
from tasks.engine import task
from tasks.evidence import append_cited
from tasks.gate_versions import pin_versions
from tasks.ledger import Clock, ledger_of
from tasks.preservation import reserved
from tasks.workspace import found_workspace, workspace_of


@task
def load_gate_plan(
    workspace: str,
    system_id: str,
    asked: tuple[str, str],
    reason: str,
    instants: tuple[datetime, datetime],
    clock: Clock,
    *,
    final: bool = False,
    dry_run: bool = False,
) -> GatePlan:
    """Return the plan of one run, its versions pinned; ``asked`` are candidate and champion, ``instants`` as_of and now.

    The champion may be empty for what is in force by the ledger's history. A ``final`` decision is made on the reserve, and recorded.

    Raises:
        WorkspaceNotFoundError: there is no workspace here, above, or in ``PROOFLOOP_WORKSPACE``.
        ConfigurationError: every problem of every file, a day that has not begun, a system that is not evaluated or keeps no reserve for a
            final decision, one that is only tried, a version that names nothing, no champion where none is known to be in force, or a model
            registry that has no address or refused.
        SourceError: the table of outcomes, which says what versions there are, cannot be read.
        VersionsUnavailableError, SourceUnavailableError, LedgerUnavailableError: the model registry, where the outcomes are or the
            database is out of reach (retried).
    """
    as_of, observed_at = instants
    if final and dry_run:
        told = "final: expected a decision that is recorded, found a dry run; a look at the reserve counts: try it on the locked set"
        raise ConfigurationError([told])
    found = found_workspace(workspace)
    zone, tables = found.settings.timezone, load_tables(found.policies_dir)
    business_date = _begun(as_of, observed_at, zone)
    on_set = _evaluated(found, system_id)
    evaluated = _on_reserve(on_set) if final else on_set
    candidate, champion, in_force = pin_versions(found, evaluated, asked, as_of, clock)
    return GatePlan(
        workspace=str(found.root),
        as_of=as_of,
        observed_at=observed_at,
        business_date=business_date,
        system=evaluated.entry,
        spec=gate_policy(tables).held(evaluated.evaluation),
        policy=gate_policy(tables),
        policy_table=gate_record(tables),
        candidate=candidate,
        champion=champion,
        reason=reason,
        in_force=in_force,
        redacted_kinds=tuple(name for name, row in tables.rows["redaction"].items() if row.redact),
        locked=on_set.evaluation if final else None,
    )


@contextmanager
def deciding(plan: GatePlan, clock: Clock) -> Iterator[None]:
    """Let nobody else decide about the plan's system meanwhile, so that one question is decided once.

    Raises:
        LedgerUnavailableError: the database is out of reach or locked.
    """
    with reserved(workspace_of(plan), [plan.system.system_id], clock):
        yield


@task
def read_gate_known(plan: GatePlan, clock: Clock) -> GateKnown:
    """Return what the ledger knows: its newest event and every decision of the gate, of any system, for a set may be used by several.

    Raises:
        LedgerUnavailableError: the database is out of reach (retried).
    """
    ledger = ledger_of(plan, clock)
    head = ledger.head().seq
    told = ((event.seq, json.loads(event.body)) for event in ledger.read_events(0, GATE_KINDS))
    return GateKnown(head, tuple(one for one in told if one[0] <= head))


@task
def append_gate(plan: GatePlan, event: Event, draft: Draft, clock: Clock) -> int:
    """Append the event that cites the decision's package, promise the package, and return the event's number. Safe to retry.

    Raises:
        LedgerError: a secret in the reason; nothing was written.
        LedgerUnavailableError: the database is out of reach (retried).
    """
    return append_cited(plan, (event,), draft, clock)


def _begun(as_of: datetime, observed_at: datetime, zone: str) -> date:
    business_date = local_date(as_of, zone)
    if business_date > local_date(observed_at, zone):
        told = f"as_of {as_of:%Y-%m-%d %H:%M} UTC: expected a day that has begun in {zone}, found a later one; wait for it"
        raise ConfigurationError([told])
    return business_date


def _on_reserve(evaluated: EvaluatedSystem) -> EvaluatedSystem:
    reserve = evaluated.evaluation.reserve
    if reserve is None:
        system_id = evaluated.entry.system_id
        told = f"system {system_id!r}: expected evaluation.reserve, the set of a final decision, found none; keep one, or decide on the set"
        raise ConfigurationError([told])
    return replace(evaluated, evaluation=evaluated.evaluation.of_reserve(reserve))


def _evaluated(workspace: Workspace, system_id: str) -> EvaluatedSystem:
    evaluated = {one.entry.system_id: one for one in load_evaluated(workspace)}
    if system_id in evaluated:
        return evaluated[system_id]
    names = ", ".join(sorted(evaluated)) or "none"
    if system_id in {system.system_id for system in load_catalogue(workspace)}:
        fix = f"add evaluation to systems/{system_id}.yaml to have its candidates judged"
        raise ConfigurationError([f"system {system_id!r}: expected a system with evaluation ({names}), found one without; {fix}"])
    raise ConfigurationError([f"system {system_id!r}: expected a system with evaluation ({names}), found another; see systems/"])

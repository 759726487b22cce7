"""Load the decision tables: the shipped rows, the workspace's overrides, and the digest every decision carries.

Put merging and checking of whole tables here. The rules:
 * an override file is named like its table and holds only rows, and keys of rows, that differ
 * an unknown table, row or key, a duplicate, an empty table or row is an error: a typo must not leave a default in force unseen
 * the order of rows is the shipped one; the last severity and grade rows match everything, so no signal is left without
 * the digest is over the effective rows, however they were written
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.documents import Document, read_document
from registry.domain.canonical import digest_bytes, record_json
from registry.domain.issue import LegalMove
from registry.domain.policy import (
    AnchorPolicy,
    BatchPolicy,
    ClockRule,
    DipPolicy,
    EscalationPolicy,
    EvidencePolicy,
    FeedPolicy,
    GradeRule,
    SealingPolicy,
    SeverityRule,
    SpikePolicy,
    TriagePolicies,
    UsageRule,
)
from registry.domain.policy_recurrence import ReviewPolicy
from registry.domain.policy_work import WorkPolicies
from registry.domain.retention import RecordKind, RetentionPolicy, RetentionRule
from registry.domain.signal import Severity, SignalCategory
from registry.errors import ConfigurationError, PolicyError
from registry.policies.approval_table import find_approval_problems
from registry.policies.open_ends import find_open_ends
from registry.policies.tables import TABLES, row_model
from registry.policies.work_rows import daily_rows, work_policies
from registry.schemas import Schema, shown, validated

SHIPPED_DIR = Path(__file__).parent
TRIGGERS, ACTS, GATE, RELEASE, RECURRENCE, CLOSURE = "triggers", "acts", "gate", "release", "recurrence", "closure"
REVIEW = "review"  # the row of ``recurrence`` that a day of triage reads: when a closed issue is reviewed
_APART = frozenset({TRIGGERS, ACTS, GATE, RELEASE, RECURRENCE, CLOSURE})  # each is sealed with the decisions that read it
_FIXED = {"moves": "the ledger enforces these rows"}


@dataclass(frozen=True, slots=True)
class Tables:
    """The effective tables: table name -> row name -> typed row, in the shipped order."""

    rows: dict[str, dict[str, Any]]

    @property
    def record(self) -> bytes:
        """The effective rows that a day of triage is sealed with: without the tables that it never reads, and one row of windows."""
        daily = {table: rows for table, rows in self.rows.items() if table not in _APART}
        return rows_record(daily | {RECURRENCE: {REVIEW: self.rows[RECURRENCE][REVIEW]}})

    @property
    def trigger_record(self) -> bytes:
        """The effective rows of the retraining triggers as the bytes that are sealed with their decisions."""
        return rows_record({TRIGGERS: self.rows[TRIGGERS]})

    @property
    def digest(self) -> str:
        return digest_bytes(self.record)


def rows_record(rows: dict[str, dict[str, Any]]) -> bytes:
    """Return ``rows`` of whole tables as the bytes that are sealed: their digest is that of what was decided by them."""
    return record_json({table: [[name, row.model_dump(mode="json")] for name, row in found.items()] for table, found in rows.items()})


def load_tables(overrides_dir: Path | None) -> Tables:
    """Return every table, shipped rows overridden by those in ``overrides_dir``.

    Raises:
        PolicyError: every problem of every file, each with its line.
    """
    problems: list[str] = []
    overrides = _read_overrides(overrides_dir, problems) if overrides_dir is not None else {}
    rows = {table: _effective(table, overrides.get(table), problems) for table in TABLES}
    if problems:
        raise PolicyError(problems)
    return Tables(rows)


def load_triage_policies(overrides_dir: Path | None) -> TriagePolicies:
    """Return the policies of the daily triage, with the digest of the tables they come from.

    Raises:
        PolicyError: every problem of every file, each with its line.
    """
    return triage_policies(load_tables(overrides_dir))


def triage_policies(tables: Tables) -> TriagePolicies:
    """Return the policies of the daily triage that ``tables`` hold."""
    daily = daily_rows(tables.rows)
    triage = {name: row.model_dump() for name, row in tables.rows["triage"].items()}
    return TriagePolicies(
        spike=SpikePolicy(**triage["spike"]),
        batch=BatchPolicy(**triage["batch"]),
        dip=DipPolicy(**triage["dip"]),
        feed=FeedPolicy(**triage["feed"]),
        escalation=EscalationPolicy(**triage["escalation"]),
        each_min_severity=triage["each"]["min_severity"],
        severity=tuple(SeverityRule(name, **row.model_dump()) for name, row in tables.rows["severity"].items()),
        grade=tuple(GradeRule(name, **row.model_dump()) for name, row in tables.rows["grade"].items()),
        usage=tuple(UsageRule(SignalCategory(name), **row.model_dump()) for name, row in tables.rows["usage"].items()),
        clocks=tuple(ClockRule(Severity(name), **row.model_dump()) for name, row in tables.rows["clocks"].items()),
        redacted_kinds=_redacted_kinds(tables),
        digest=tables.digest,
        work=work_policies(daily, (), "") if daily else None,
        review=ReviewPolicy(**tables.rows[RECURRENCE][REVIEW].model_dump()) if RECURRENCE in tables.rows else None,
    )


def _redacted_kinds(tables: Tables) -> tuple[str, ...]:
    return tuple(name for name, row in tables.rows["redaction"].items() if row.redact)


def load_evidence_policy(overrides_dir: Path | None) -> EvidencePolicy:
    """Return how far sealing and anchoring may lag behind.

    Raises:
        PolicyError: every problem of every file, each with its line.
    """
    tables = load_tables(overrides_dir)
    rows = {name: row.model_dump() for name, row in tables.rows["evidence"].items()}
    return EvidencePolicy(SealingPolicy(**rows["sealing"]), AnchorPolicy(**rows["anchor"]), tables.digest)


def load_retention_policy(overrides_dir: Path | None) -> RetentionPolicy:
    """Return how long each kind of record is kept, and who may let it go.

    Raises:
        PolicyError: every problem of every file, each with its line.
    """
    tables = load_tables(overrides_dir)
    rows = dict(tables.rows["retention"])
    requesters = tuple(rows.pop("erasure").requesters)
    rules = tuple(RetentionRule(RecordKind(name), **row.model_dump()) for name, row in rows.items())
    return RetentionPolicy(rules, requesters, tables.digest)


def load_work_policies(overrides_dir: Path | None) -> WorkPolicies:
    """Return what people's steps are judged by.

    Raises:
        PolicyError: every problem of every file, each with its line.
    """
    tables = load_tables(overrides_dir)
    return work_policies(tables.rows, _redacted_kinds(tables), tables.digest)


def load_required_owners(overrides_dir: Path | None) -> dict[str, tuple[str, ...]]:
    """Return the roles each risk tier requires, in the table's order.

    Raises:
        PolicyError: every problem of every file, each with its line.
    """
    return {tier: tuple(role.value for role in row.required) for tier, row in load_tables(overrides_dir).rows["owners"].items()}


def load_legal_moves() -> frozenset[LegalMove]:
    """Return the shipped table of legal moves, one value per role."""
    rows = load_tables(None).rows["moves"].values()
    return frozenset(LegalMove(row.from_state, row.to_state, role, row.needs_approval) for row in rows for role in row.roles)


def _read_overrides(folder: Path, problems: list[str]) -> dict[str, Document]:
    if not folder.is_dir():
        raise PolicyError([f"{folder}: expected a folder of policy overrides, found none; create it or correct the path"])
    found: dict[str, Document] = {}
    for path in sorted(folder.iterdir()):
        name = f"{folder.name}/{path.name}"
        if path.suffix == ".md" or path.name == "README" or path.name.startswith("."):
            continue
        if path.suffix != ".yaml" or path.stem not in TABLES:
            problems.append(
                f"{name}:1: document: expected {_known(f'{table}.yaml' for table in TABLES)}, found {path.name!r}; rename or remove it"
            )
        elif path.stem in _FIXED:
            problems.append(f"{name}:1: document: expected no override of {path.stem}, found one; remove it: {_FIXED[path.stem]}")
        else:
            _keep_readable(found, path, name, problems)
    return found


def _keep_readable(found: dict[str, Document], path: Path, name: str, problems: list[str]) -> None:
    try:
        found[path.stem] = read_document(path, name)
    except ConfigurationError as error:
        problems.extend(error.problems)


def _effective(table: str, override: Document | None, problems: list[str]) -> dict[str, Schema]:
    shipped = read_document(SHIPPED_DIR / f"{table}.yaml", f"registry/policies/{table}.yaml")
    changes = _changes(override, shipped.value, problems) if override is not None else {}
    rows: dict[str, Schema] = {}
    for name, row in shipped.value.items():
        document = override if override is not None and name in changes else shipped
        try:
            rows[name] = validated(row_model(table, name), document, {**row, **changes.get(name, {})}, (name,))
        except ConfigurationError as error:
            problems.extend(error.problems)
    if override is not None and len(rows) == len(shipped.value):
        problems.extend(override.problem((), told) for told in find_open_ends(table, rows))
        problems.extend(override.problem((), told) for told in (find_approval_problems(rows) if table == "approvals" else ()))
    return rows


def _changes(override: Document, shipped: dict[str, Any], problems: list[str]) -> dict[str, dict[str, Any]]:
    """Return the well-formed rows of an override; what is not is a problem."""
    if not isinstance(override.value, dict) or not override.value:
        found = shown(override.value) if override.value else "an empty table"
        problems.append(override.problem((), f"expected at least one row, found {found}; write the rows that differ or remove the file"))
        return {}
    changes = {}
    for name, row in override.value.items():
        if name not in shipped:
            message = f"expected one of the rows {_known(shipped)}, found the unknown row {name!r}; correct its name"
            problems.append(override.problem((name,), message))
        elif not isinstance(row, dict) or not row:
            found = shown(row) if row else "an empty row"
            problems.append(override.problem((name,), f"expected the keys that differ, found {found}; write them or remove the row"))
        else:
            changes[name] = row
    return changes


def _known(names: Any) -> str:
    return ", ".join(sorted(names))

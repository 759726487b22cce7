"""``proofloop schema KIND``: the JSON Schema of every document the product reads or writes.

Put a kind here when a document gets a schema. The schemas are generated from the types that read and write, so they cannot drift.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from pydantic import BaseModel, TypeAdapter

from deployments.cli.session import Session, with_global_options
from registry.domain.work import STEPS, TAKEN_BY_PEOPLE, StepKind

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def _workspace() -> dict[str, Any]:
    from registry.settings import Settings  # one kind reads one room

    return Settings.model_json_schema()


def _system() -> dict[str, Any]:
    from registry.catalogue.schema import System

    return System.model_json_schema()


def _suppressions() -> dict[str, Any]:
    from registry.policies.suppressions import SuppressionFile

    return SuppressionFile.model_json_schema()


def _triage_decision() -> dict[str, Any]:
    from registry.domain.triage import TriageDay

    return TypeAdapter(TriageDay).json_schema(mode="serialization")


def _trigger_decision() -> dict[str, Any]:
    from registry.domain.triggers import TriggerDecision

    return TypeAdapter(TriggerDecision).json_schema(mode="serialization")


def _triggers_day() -> dict[str, Any]:
    from registry.domain.trigger_run import TriggersDay

    return TypeAdapter(TriggersDay).json_schema(mode="serialization")


def _gate_decision() -> dict[str, Any]:
    from registry.domain.gate import GateDecision

    return TypeAdapter(GateDecision).json_schema(mode="serialization")


def _release_proposal() -> dict[str, Any]:
    from registry.domain.release import ReleaseProposal
    from registry.step_documents import step_schema

    return step_schema(ReleaseProposal)


def _release_record() -> dict[str, Any]:
    from registry.sources.release_records import ReleaseRecord

    return ReleaseRecord.model_json_schema()


def _release_decision() -> dict[str, Any]:
    from registry.domain.release_run import ReleaseDecision

    return TypeAdapter(ReleaseDecision).json_schema(mode="serialization")


def _issue() -> dict[str, Any]:
    from registry.domain.issue import Issue

    return TypeAdapter(Issue).json_schema(mode="serialization")


def _signal() -> dict[str, Any]:
    from registry.domain.signal import Signal

    return TypeAdapter(Signal).json_schema(mode="serialization")


def _exchange_issue() -> dict[str, Any]:
    from registry.domain.exchange import IssueExported

    return TypeAdapter(IssueExported).json_schema(mode="serialization")


def _exchange_register() -> dict[str, Any]:
    from registry.domain.exchange import RegisterExported

    return TypeAdapter(RegisterExported).json_schema(mode="serialization")


def _policy(table: str) -> dict[str, Any]:
    """An override holds some rows, and some keys of a row."""
    from registry.policies.loader import load_tables
    from registry.policies.tables import row_model

    rows = load_tables(None).rows[table]
    definitions: dict[str, Any] = {}
    properties = {name: _partial(row_model(table, name), definitions) for name in rows}
    return {"type": "object", "minProperties": 1, "additionalProperties": False, "properties": properties, "$defs": definitions}


def _partial(model: type[BaseModel], definitions: dict[str, Any]) -> dict[str, Any]:
    schema = model.model_json_schema()
    definitions.update(schema.pop("$defs", {}))
    schema.pop("required", None)
    return {**schema, "minProperties": 1}


def _policy_kind(table: str) -> Callable[[], dict[str, Any]]:
    return lambda: _policy(table)


def _step_kind(kind: StepKind) -> Callable[[], dict[str, Any]]:
    def read() -> dict[str, Any]:
        from registry.step_documents import step_schema

        return step_schema(STEPS[kind].document)

    return read


KINDS: dict[str, Callable[[], dict[str, Any]]] = {
    "workspace": _workspace,
    "system": _system,
    "suppressions": _suppressions,
    **{
        f"policy-{table}": _policy_kind(table)
        for table in (
            *("triage", "evidence", "severity", "grade", "usage", "clocks", "owners", "redaction", "retention"),
            *("controls", "verification", "approvals", "deadlines", "holds", "incidents", "work", "triggers", "acts", "gate"),
            *("release", "recurrence", "closure"),
        )
    },
    "triage_decision": _triage_decision,
    "trigger_decision": _trigger_decision,
    "triggers_day": _triggers_day,
    "gate_decision": _gate_decision,
    "release_decision": _release_decision,
    "release-proposal": _release_proposal,
    "release-record": _release_record,
    **{f"step-{kind}": _step_kind(kind) for kind in TAKEN_BY_PEOPLE},
    "issue": _issue,
    "signal": _signal,
    "exchange-issue": _exchange_issue,
    "exchange-register": _exchange_register,
}


def schema_of(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of ``kind``."""
    return {"$schema": DIALECT, "title": kind, **{key: value for key, value in KINDS[kind]().items() if key != "title"}}


@click.command("schema")
@click.argument("kind", type=click.Choice(list(KINDS)))
@with_global_options
@click.pass_obj
def command(session: Session, kind: str) -> None:
    """Print the JSON Schema of a document it reads or writes."""
    session.as_json = True
    session.answer(schema_of(kind), ())

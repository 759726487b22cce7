"""What a step's document says, whatever its kind: instants that have passed, and no personal data.

Put rules here about any field of any document; what one kind of step must say is a module of its own.

The rules:
 * An instant has an offset and has passed: nothing is in force, deployed or known in the future.
 * Free text holds no structured personal data: what is recorded is sealed for years. Names of people are meant to be there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from checks.redaction import redact
from registry.domain.work import Refusal
from registry.domain.work_run import StepPlan

# Names of people are often mail addresses.
_PEOPLE = frozenset({"owner", "approver", "checker"})


def find_content_refusals(plan: StepPlan) -> tuple[Refusal, ...]:
    """Return what the plan's document says that no document may say."""
    return find_document_refusals(plan.submission.document, plan.as_of, plan.policies.redacted_kinds)


def find_document_refusals(document: Any, as_of: datetime, redacted_kinds: tuple[str, ...]) -> tuple[Refusal, ...]:
    """Return what ``document``, handed in at ``as_of``, says that no document may say."""
    return (*_find_future(document, as_of), *_find_personal_data(document, redacted_kinds))


def _find_future(document: Any, as_of: datetime) -> Iterator[Refusal]:
    for name, value in _instants(document):
        if value.tzinfo is None:
            reason = f"{name}: expected an instant with its offset, found {value.isoformat()}"
            yield Refusal("naive_instant", reason, "write the offset too, like 2026-03-10T14:00:00-05:00")
        elif value > as_of:
            reason = f"{name}: expected an instant that has passed by {as_of.isoformat()}, found {value.isoformat()}"
            yield Refusal("in_the_future", reason, "take the step when it has come, or correct the instant")


def _instants(document: Any) -> Iterator[tuple[str, datetime]]:
    for field in fields(document):
        value = getattr(document, field.name)
        if isinstance(value, datetime):
            yield field.name, value


def _find_personal_data(document: Any, redacted_kinds: tuple[str, ...]) -> Iterator[Refusal]:
    for name, text in _texts("", document):
        _, counts = redact(text, redacted_kinds)
        if counts:
            kinds = ", ".join(sorted(counts))
            yield Refusal("personal_data", f"{name}: expected no personal data, found {kinds}", "take it out: what is recorded is sealed")


def _texts(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            if field.name not in _PEOPLE:
                yield from _texts(f"{name}.{field.name}" if name else field.name, getattr(value, field.name))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _texts(f"{name}[{index}]", item)
    elif isinstance(value, str):
        yield name, value

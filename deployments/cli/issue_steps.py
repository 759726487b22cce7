"""``proofloop issue assign``, ``contain``, ``root-cause``, ...: one command for each step that people take.

Put here how a step is asked for and answered on the command line. The options of a command are the fields of its document, and their
help is the text below each field (``registry/domain/steps.py``); a field with parts of its own is written in a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import click

from deployments.cli.running import keep_quiet
from deployments.cli.session import Session, with_global_options
from registry.domain.canonical import plain
from registry.domain.catalogue import OwnerRole
from registry.domain.work import STEPS, StepKind
from registry.domain.work_run import StepResult
from registry.step_documents import field_help, read_step, read_step_file

REFUSED = 1


def step_command(kind: StepKind) -> click.Command:
    """Return the command that takes steps of ``kind``."""
    document = STEPS[kind].document

    def take(session: Session, /, issue_id: str, by: str, role: str, file: Path | None, as_of: datetime | None, **given: Any) -> None:
        chosen = {name: value for name, value in given.items() if value not in (None, ())}
        if file is not None and chosen:
            raise click.UsageError(f"expected --file or options, found both; move {', '.join(sorted(chosen))} into the file")
        if file is None and (parts := _parts_without_default(document)):
            fix = f"write the document in a file and give --file; `proofloop schema step-{kind}` says what it holds"
            raise click.UsageError(f"expected {', '.join(parts)}, which has parts of its own, found options; {fix}")
        handed_in = read_step_file(document, file) if file else read_step(document, chosen)
        keep_quiet()
        from tasks import engine  # brings Prefect

        name = f"issue_{kind.name.lower()}"
        flow = getattr(import_module(f"flows.{name}"), name)
        root = str(session.workspace().root)
        result = engine.run(flow, issue_id=issue_id, by=by, role=role, document=handed_in, as_of=as_of, workspace=root)
        session.answer(result_document(result), result_lines(result), 0 if result.receipt else REFUSED)

    line = (document.__doc__ or "").strip()
    command = click.command(kind.value, help=line)(with_global_options(click.pass_obj(take)))
    command.params = [*_common(), *_options(document), *command.params]
    return command


def result_document(result: StepResult) -> dict[str, Any]:
    """Return what became of a step as the JSON document."""
    decision = result.decision
    return {
        "kind": "issue_step",
        "schema_version": 1,
        "submission": plain(decision.submission),
        "accepted": result.receipt is not None,
        "repeated": result.repeated,
        "refusals": plain(decision.refusals),
        "receipt": plain(result.receipt),
        "findings": plain(decision.findings),
        "pending": plain(result.pending),
    }


def result_lines(result: StepResult) -> list[str]:
    """Return what became of a step as lines for a terminal."""
    submission, receipt = result.decision.submission, result.receipt
    if receipt is None:
        told = [line for refusal in result.decision.refusals for line in (f"  {refusal.reason}", f"    -> {refusal.remedy}")]
        return [f"refused: {submission.kind} on {submission.issue_id}; nothing was recorded", *told]
    word = "had been recorded before, nothing was written" if result.repeated else "recorded"
    return [
        f"{submission.issue_id}: {submission.kind} {word} as event {receipt.seq}; the issue is in {receipt.state}",
        f"  document {receipt.document_digest}",
        f"  package  {receipt.bundle_digest}",
        *(f"  look     {found.subject}: {found.reason}" for found in result.decision.findings),
        *(f"  waits    {found.reason}" for found in result.pending),
    ]


def _common() -> list[click.Parameter]:
    roles = click.Choice([role.value for role in OwnerRole])
    return [
        click.Argument(["issue_id"], metavar="ISSUE"),
        click.Option(["--by"], required=True, metavar="NAME", help="Your name, as the catalogue or allowed_signers has it."),
        click.Option(["--role"], required=True, type=roles, metavar="ROLE", help="What you act as."),
        click.Option(["--file"], type=click.Path(path_type=Path), metavar="FILE", help="The document as YAML, in place of the options."),
        click.Option(
            ["--as-of"], type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]), metavar="TIME", help="The instant it counts from; now if left out."
        ),
    ]


def _options(document: type) -> list[click.Parameter]:
    hints, helped = get_type_hints(document), field_help(document)
    return [option for field in fields(document) if (option := _option(field, hints[field.name], helped)) is not None]


def _parts_without_default(document: type) -> list[str]:
    """Return the fields that only a file can hold and that must be there."""
    hints = get_type_hints(document)
    needed = [field for field in fields(document) if field.default is MISSING and field.default_factory is MISSING]
    return [field.name for field in needed if _option(field, hints[field.name], {field.name: ""}) is None]


def _option(field: Field[Any], hint: Any, helped: Mapping[str, str]) -> click.Option | None:
    """Return the option of one field; None where the field has parts of its own."""
    many = get_origin(hint) is tuple
    kind = get_args(hint)[0] if many or get_origin(hint) is not None else hint
    if is_dataclass(kind):
        return None
    shape: Any = click.Choice([each.value for each in kind]) if isinstance(kind, type) and issubclass(kind, Enum) else str
    more = " May be repeated." if many else ""
    needed = "" if field.default is not MISSING else " Required."
    name = "--" + field.name.replace("_", "-")
    return click.Option(
        [name, field.name], type=shape, multiple=many, metavar=None if shape is not str else "TEXT", help=helped[field.name] + more + needed
    )

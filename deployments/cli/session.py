"""One run of the command line: which workspace, which form of output, which exit code.

Put here what commands share: how they speak. What they say is theirs.
"""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar
from zoneinfo import ZoneInfo

import click

from registry.domain.times import instant_problem

if TYPE_CHECKING:
    from registry.settings import Workspace

USAGE, COULD_NOT_TELL, INTERRUPTED = 2, 3, 130
VERDICT_CODES = {"pass": 0, "fail": 1, "inconclusive": COULD_NOT_TELL}
# Daily triage is scheduled at this local hour; a date given for an instant means it, where a command says no other time.
SCHEDULED_HOUR = 6
TRIGGERS_AT = time(SCHEDULED_HOUR, 30)
RECURRENCE_AT = time(SCHEDULED_HOUR + 1)
CLOSURE_AT = time(SCHEDULED_HOUR + 1, 30)

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Session:
    """What the global options said, and where the answer goes."""

    as_json: bool = False
    stdout: TextIO = field(default_factory=lambda: sys.stdout)
    workspace_path: Path | None = None
    exit_code: int = 0

    def workspace(self) -> Workspace:
        """Return the workspace the options, the environment or the current folder name."""
        from registry.settings import find_workspace  # --help must not read pydantic

        return find_workspace(Path.cwd(), self.workspace_path, os.environ)

    def answer(self, document: Any, lines: Iterable[str], exit_code: int = 0) -> None:
        """Give the command's answer: ``document`` as JSON, or ``lines`` for people."""
        self.exit_code = exit_code
        text = json.dumps(document, indent=1, sort_keys=True, allow_nan=False) if self.as_json else "\n".join(map(printable, lines))
        try:
            print(text, file=self.stdout, flush=True)
        except BrokenPipeError:  # the reader went away (`| head`): what was found stands
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.stdout.fileno())

    def progress(self, line: str) -> None:
        """Say on stderr how far a long command is."""
        click.echo(printable(line), err=True)

    def fail(self, name: str, problems: list[str], exit_code: int) -> None:
        """Report an error: every problem on stderr, and with ``--json`` the one document on stdout."""
        for problem in problems:
            click.echo(f"proofloop: {printable(problem)}", err=True)
        if self.as_json:
            self.answer({"kind": "error", "schema_version": 1, "error": name, "problems": problems, "exit_code": exit_code}, ())
        self.exit_code = exit_code


def printable(text: str) -> str:
    """Return ``text`` safe for a terminal: control and direction characters from data are shown as escapes.

    >>> printable("a\\x1b[2Jb")
    'a\\\\x1b[2Jb'
    """
    return "".join(c if c in "\t" or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} else _escaped(c) for c in text)


def with_global_options(function: F) -> F:
    """Let a command take ``--json`` and ``--workspace`` after its name as well."""
    as_json = click.option(
        "--json", is_flag=True, expose_value=False, callback=_set_json, help="Print exactly one JSON document on stdout."
    )
    workspace = click.option(
        "--workspace", type=click.Path(path_type=Path), expose_value=False, callback=_set_workspace, help="Folder of proofloop.yaml."
    )
    return workspace(as_json(function))


def with_signers(function: F) -> F:
    """Let a command take ``--signers``, the file that says who may seal, as ``signers_path``."""
    told = "Who may seal, in OpenSSH's allowed_signers format; the workspace's own where it is left out and no --archive is given."
    return click.option("--signers", "signers_path", type=click.Path(path_type=Path), metavar="FILE", help=told)(function)


def instant_of(text: str, zone: str, now: datetime, at: time = time(SCHEDULED_HOUR)) -> datetime:
    """Return the instant that ``--as-of`` names: a date means the scheduled time ``at`` of that day in ``zone``.

    Raises:
        click.BadParameter: not a date or an aware time, a day that does not exist in the zone, or a time still to come.
    """
    day = _date(text)
    named = aware_instant(text) if day is None else datetime.combine(day, at, ZoneInfo(zone))
    instant = checked_instant(named).astimezone(UTC)
    if day is not None and instant.astimezone(ZoneInfo(zone)).date() != day:
        raise click.BadParameter(f"expected a day that exists in {zone}, found {text!r}; name the day before or after")
    if instant > now:
        raise click.BadParameter(f"expected a time that has passed, found {text!r}; a day cannot be judged before its data arrive")
    return instant


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def aware_instant(text: str) -> datetime:
    """Return the instant that a time with its offset names.

    Raises:
        click.BadParameter: not a time, or one without an offset.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"expected a date or a time like 2026-01-31T06:00:00+01:00, found {text!r}") from None
    if instant.tzinfo is None:
        raise click.BadParameter(f"expected a time with its offset, found {text!r}; add Z or one like +01:00")
    return checked_instant(instant).astimezone(UTC)


def checked_instant(instant: datetime) -> datetime:
    """Return an instant that an option names.

    Raises:
        click.BadParameter: one of no zone, or at an end of the calendar.
    """
    if problem := instant_problem(instant):
        raise click.BadParameter(problem)
    return instant


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _set_json(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    session = ctx.ensure_object(Session)
    session.as_json = session.as_json or value


def _set_workspace(ctx: click.Context, _parameter: click.Parameter, value: Path | None) -> None:
    if value is not None:
        ctx.ensure_object(Session).workspace_path = value

"""The command line: global options, commands imported on use, and one place that turns errors into messages and exit codes.

Put here what holds for every command. A command lives in a module of its own, so that ``--help`` imports none of them.

Exit codes: 0 pass or done, 1 fail, 2 usage or configuration, 3 could not tell, 4 a dependency is unavailable, 130 interrupted.
"""

from __future__ import annotations

import contextlib
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from deployments.cli.session import COULD_NOT_TELL, INTERRUPTED, USAGE, Session
from registry.errors import ProofloopError

# name -> (module, one line of help): shown by --help without importing the module.
COMMANDS = {
    "init": ("init", "Make a workspace that runs as it is."),
    "check": ("check", "Validate every file of the workspace, all errors at once."),
    "migrate": ("migrate", "Bring the ledger to the schema of this version."),
    "doctor": ("doctor", "Reach every dependency and say what would not work."),
    "demo": ("demo", "Run an embedded history with known truth and compare."),
    "triage": ("triage", "Triage the signals of a day: flow daily-triage."),
    "triggers": ("triggers", "Compare every watched system's newest windows with its reference."),
    "recurrence": ("recurrence", "Judge the window of every issue with a fix in force: flow recurrence-monitoring."),
    "closure": ("closure", "Judge the seven gates of issues: flow closure-verification."),
    "gate": ("gate", "Judge whether a candidate may replace what is in force."),
    "release": ("release", "Propose releases, sign them off, put them in force, and go back."),
    "replay": ("replay", "Run every day of a stretch in order, as the schedule would have."),
    "issue": ("issues", "Read issues, and take the steps that lead from a signal to a fix."),
    "approve": ("approve", "Approve plans, accepted risks and closures: signed where the policy asks for it."),
    "versions": ("versions", "Show which versions served when, read them now, or record one by hand."),
    "as-of": ("asof", "Show an issue, the issues or a decision as known at an event or a time."),
    "evidence": ("evidence", "Seal, verify, list, anchor, copy and hand over the evidence archive."),
    "anchor-to": ("anchor_to", "Hand a head to somebody else; for anchor_command of proofloop.yaml."),
    "narratives": ("narratives", "Erase narratives on request, with a trace."),
    "retention": ("retention", "List what is due, hold, and remove what was approved."),
    "exchange": ("exchange", "Bring in findings of other programs as signals, and hand out issues."),
    "report": ("report", "Show where the pages of a day are."),
    "binder": ("binder", "Write every sealed package and issue as linked pages: for a reader without a server."),
    "schema": ("schema", "Print the JSON Schema of a document it reads or writes."),
    "deploy": ("deploy", "Deploy every flow to the Prefect server."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"deployments.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_line) for name, (_, help_line) in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 pass or done, 1 fail, 2 usage or configuration, 3 could not tell, 4 a dependency is unavailable.",
)
@click.option(
    "--workspace", type=click.Path(path_type=Path), help="Folder of proofloop.yaml (else PROOFLOOP_WORKSPACE, else upwards from here)."
)
@click.option("--json", "as_json", is_flag=True, help="Print exactly one JSON document on stdout.")
@click.pass_context
def cli(ctx: click.Context, workspace: Path | None, as_json: bool) -> None:
    """Proofloop: signals about AI systems become issues, fixes are proved, evidence is kept."""
    session = ctx.ensure_object(Session)
    session.workspace_path = workspace
    session.as_json = session.as_json or as_json


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    given = sys.argv[1:] if arguments is None else arguments
    session = Session(as_json="--json" in given, stdout=sys.stdout)
    # A library that prints must not spoil the one document a script reads.
    with contextlib.redirect_stdout(sys.stderr) if session.as_json else contextlib.nullcontext():
        code = _run(given, session)
    sys.exit(code)


def _run(arguments: list[str], session: Session) -> int:
    try:
        cli.main(arguments, prog_name="proofloop", standalone_mode=False, obj=session)
        return session.exit_code
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        session.fail("Interrupted", ["interrupted"], INTERRUPTED)
    except click.ClickException as error:
        return _bad_usage(error, session)
    except ProofloopError as error:
        session.fail(type(error).__name__, getattr(error, "problems", [str(error)]), error.exit_code)
    except Exception as error:  # noqa: BLE001 - Python's own exit code, 1, would read as the verdict "fail"
        _show_traceback()
        session.fail(type(error).__name__, [f"unexpected error: {error}; the traceback is above"], COULD_NOT_TELL)
    return session.exit_code


def _bad_usage(error: click.ClickException, session: Session) -> int:
    usage: Any = getattr(error, "ctx", None)
    lines = [error.format_message()]
    if usage is not None:
        lines.append(f"see `{usage.command_path} --help`")
    session.fail("UsageError", lines, USAGE)
    return USAGE


def _show_traceback() -> None:
    import traceback  # only a defect needs it

    traceback.print_exc(file=sys.stderr)


if __name__ == "__main__":
    main()

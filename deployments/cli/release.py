"""``proofloop release``: propose one, ask for sign-offs, record them, and tell what is in the calendar.

Put here what these commands ask and answer; what they print is ``release_text.py``, gathering ``deployments/releasing.py``. Putting a
release in force is ``release_switch.py``.
"""

from __future__ import annotations

from pathlib import Path

import click

from deployments.cli.release_switch import promote, rollback
from deployments.cli.running import keep_quiet
from deployments.cli.session import VERDICT_CODES, Session, with_global_options
from deployments.handed_out import read_back, write_out
from registry.domain.catalogue import OwnerRole
from registry.domain.release import ReleaseProposal

REFUSED = 1

_BY = click.option("--by", required=True, metavar="NAME", help="Your name, as the catalogue or allowed_signers has it.")
_ROLE = click.option(
    "--role", required=True, type=click.Choice([role.value for role in OwnerRole]), metavar="ROLE", help="What you act as."
)


@click.group("release")
def command() -> None:
    """Propose releases, sign them off, put them in force, and go back."""


command.add_command(promote)
command.add_command(rollback)


@command.command("propose")
@click.argument("system_id", metavar="SYSTEM")
@click.option("--candidate", required=True, metavar="REF", help="A number or @alias of MLflow, else the version as the outcomes name it.")
@click.option("--file", "file", required=True, type=click.Path(path_type=Path), metavar="FILE", help="What the calendar says, as YAML.")
@_BY
@_ROLE
@with_global_options
@click.pass_obj
def propose(session: Session, system_id: str, candidate: str, file: Path, by: str, role: str) -> None:
    """Judge the five gates of a candidate for SYSTEM, and seal the decision.

    Documentation, the evaluation gate's decision, compliance, the way back, and who has to sign. Exit code 0 is PASS: it waits for
    sign-off; 1 is FAIL or refused, 3 INCONCLUSIVE. `proofloop schema release-proposal` says what FILE holds. Nothing is put in force.
    """
    from registry.step_documents import read_step_file

    document = read_step_file(ReleaseProposal, file)
    keep_quiet()
    from deployments.cli.release_text import proposal_document
    from flows.release_propose import release_propose  # brings Prefect
    from reports.release_act_text import proposal_lines
    from tasks import engine

    root = str(session.workspace().root)
    result = engine.run(release_propose, system_id=system_id, candidate=candidate, by=by, role=role, document=document, workspace=root)
    code = VERDICT_CODES[result.decision.verdict.value] if result.decision else REFUSED
    session.answer(proposal_document(result), proposal_lines(result), code)


@command.command("request")
@click.argument("release", metavar="RELEASE")
@_BY
@_ROLE
@click.option("--valid-days", type=click.IntRange(min=1), metavar="N", help="How long it counts; as long as the policy allows.")
@click.option("--override", is_flag=True, help="Put it in force although a gate does not pass; takes several people and a reason.")
@click.option("--reason", default="", metavar="TEXT", help="Why, for an override. It is sealed: no personal data and no secrets.")
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="FILE", help="Where it goes; the decision beside it.")
@with_global_options
@click.pass_obj
def request(session: Session, release: str, by: str, role: str, valid_days: int | None, override: bool, reason: str, out: Path) -> None:
    """Write what somebody would sign to let RELEASE go, and say how they sign it with stock tools."""
    keep_quiet()
    from deployments.cli.release_text import asked_document, asked_lines
    from deployments.releasing import ask  # brings Prefect

    asked = ask(session.workspace(), release, by, OwnerRole(role), valid_days, override=override, reason=reason, out=out)
    session.answer(asked_document(asked), asked_lines(asked))


@command.command("sign")
@click.argument("release", metavar="RELEASE")
@click.option(
    "--request", "request_file", required=True, type=click.Path(path_type=Path), metavar="FILE", help="As `release request` wrote it."
)
@click.option(
    "--signature",
    "signature_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What ssh-keygen made; FILE.sig beside the request is taken where it is left out.",
)
@with_global_options
@click.pass_obj
def sign(session: Session, release: str, request_file: Path, signature_file: Path | None) -> None:
    """Judge a sign-off of RELEASE and record it."""
    keep_quiet()
    from deployments.cli.release_text import sign_off_document
    from deployments.releasing import tell
    from flows.release_sign import release_sign  # brings Prefect
    from registry.domain.release_acts import SignOffEntry
    from reports.release_act_text import sign_off_lines
    from tasks import engine

    beside = signature_file or request_file.with_name(f"{request_file.name}.sig")
    given = read_back(request_file, "a request that `proofloop release request` wrote")
    made = read_back(beside, "a signature that ssh-keygen made over the request") if signature_file or beside.is_file() else ""
    workspace = session.workspace()
    entry = SignOffEntry(request=given, signature=made)
    result = engine.run(release_sign, release=release, document=entry, workspace=str(workspace.root))
    (told,) = tell(workspace, [release])
    session.answer(sign_off_document(result), sign_off_lines(told.known, result), 0 if result.seq else REFUSED)


@command.command("list")
@click.option("--system", "systems", multiple=True, metavar="ID", help="Only this system; may be repeated.")
@with_global_options
@click.pass_obj
def list_command(session: Session, systems: tuple[str, ...]) -> None:
    """List the release calendar: every release, how far it is, overdue reviews and unfinished switches."""
    keep_quiet()
    from deployments.cli.release_text import list_document, list_lines
    from deployments.releasing import tell  # brings Prefect

    told = tuple(one for one in tell(session.workspace()) if not systems or one.known.system_id in systems)
    session.answer(list_document(told), list_lines(told))


@command.command("show")
@click.argument("release", metavar="RELEASE")
@with_global_options
@click.pass_obj
def show(session: Session, release: str) -> None:
    """Show a release: its gates, its line of the calendar, who signed and who is missing, and what was put in force."""
    keep_quiet()
    from deployments.cli.release_text import show_document, show_lines
    from deployments.releasing import tell  # brings Prefect

    (told,) = tell(session.workspace(), [release])
    session.answer(show_document(told), show_lines(told))


@command.command("page")
@click.argument("release", metavar="RELEASE")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), metavar="FILE", help="Where the page goes; an existing file is replaced."
)
@with_global_options
@click.pass_obj
def write_page(session: Session, release: str, out: Path) -> None:
    """Write the page of a release as it stands now: overrides first, who signed, and what was put in force."""
    keep_quiet()
    from deployments.releasing import page_of, tell  # brings Prefect
    from flows.clock import now

    workspace = session.workspace()
    (told,) = tell(workspace, [release])
    page = page_of(workspace, told.known, now())
    write_out(out, page)
    document = {"kind": "release_page", "schema_version": 1, "release": told.known.release_id, "file": str(out), "bytes": len(page)}
    session.answer(document, [f"wrote {out} ({len(page):,} bytes)"])

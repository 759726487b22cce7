"""``proofloop anchor-to``: recipes that hand a head to a repository, a time authority, a bucket or a mailbox.

Put here how recipes are called; what each does is ``deployments/anchors``. They are written for ``anchor_command`` of ``proofloop.yaml``,
which adds the seal's number, its digest and its path, and the head as JSON on the standard input.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from registry.domain.anchoring import Head

F = TypeVar("F", bound=Callable[..., Any])


@click.group("anchor-to")
def command() -> None:
    """Hand a head to somebody else; for anchor_command of proofloop.yaml."""


def with_head(function: F) -> F:
    """Let a recipe take the three words that ``anchor_command`` is called with."""
    for name, kind in (("path", click.Path(path_type=Path)), ("digest", str), ("seal", int)):
        function = click.argument(name, type=kind)(function)
    return function


@command.command("git")
@click.option("--repository", required=True, metavar="URL", help="The remote: its branch must refuse forced pushes and deletion.")
@click.option("--branch", default="main", show_default=True, help="The protected branch.")
@click.option("--folder", type=click.Path(path_type=Path), default=Path(".state/anchor-git"), show_default=True, help="The clone to use.")
@with_head
def git(repository: str, branch: str, folder: Path, seal: int, digest: str, path: Path) -> None:
    """Push a line with the head to a protected branch."""
    from deployments.anchors.git_remote import push_head

    click.echo(push_head(repository, branch, folder.absolute(), Head(seal, digest), path))


@command.command("time-authority")
@click.option("--url", required=True, metavar="URL", help="The authority's address for RFC 3161 requests.")
@click.option("--roots", required=True, type=click.Path(path_type=Path), metavar="FILE", help="Its root certificates (PEM), kept by you.")
@click.option("--seconds", default=20.0, show_default=True, help="How long to wait for its answer.")
@with_head
def time_authority(url: str, roots: Path, seconds: float, seal: int, digest: str, path: Path) -> None:
    """Have a time authority sign the seal; its token is kept beside the seal."""
    from deployments.anchors.time_authority import stamp_head

    click.echo(stamp_head(url, roots, seconds, Head(seal, digest), path))


@command.command("bucket")
@click.option("--url", required=True, metavar="s3://BUCKET/PREFIX", help="A bucket with object lock.")
@click.option("--retain-days", required=True, type=click.IntRange(min=1), help="How long nobody may delete or replace it.")
@click.option("--endpoint", default="", metavar="URL", help="Another server than the one of the environment.")
@with_head
def bucket(url: str, retain_days: int, endpoint: str, seal: int, digest: str, path: Path) -> None:
    """Put the seal into a bucket whose lock keeps it from everybody."""
    from deployments.anchors.locked_bucket import put_head

    click.echo(put_head(url, retain_days, endpoint, Head(seal, digest), path))


@command.command("mail")
@click.option("--to", "recipients", required=True, multiple=True, metavar="ADDRESS", help="Who keeps the heads; may be repeated.")
@click.option("--from", "sender", required=True, metavar="ADDRESS")
@click.option("--host", required=True, help="The mail server.")
@click.option("--port", default=587, show_default=True)
@click.option("--user", default="", help="To sign in with; the password is read from PROOFLOOP_ANCHOR_MAIL_PASSWORD.")
@click.option("--plain", is_flag=True, help="Without TLS: for a server on this machine only.")
@with_head
def mail(
    recipients: tuple[str, ...], sender: str, host: str, port: int, user: str, plain: bool, seal: int, digest: str, path: Path
) -> None:
    """Mail the head to people outside, who keep it."""
    from deployments.anchors.mailbox import MailServer, send_head

    click.echo(send_head(MailServer(host, port, user, plain), sender, recipients, Head(seal, digest), path))

"""The head as a mail to people outside: an auditor's mailbox is a place that nobody here can edit.

Put here how the mail is written and sent. The server taking it over is all that can be known here; that it arrived, people confirm.
"""

from __future__ import annotations

import os
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from deployments.anchors.head import message_for
from registry.domain.anchoring import Head
from registry.errors import EvidenceError

PASSWORD_VARIABLE = "PROOFLOOP_ANCHOR_MAIL_PASSWORD"  # noqa: S105 - the name of a variable
_SECONDS = 20


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in. TLS is required unless ``is_plain``, which sends no password."""

    host: str
    port: int
    user: str
    is_plain: bool


def send_head(server: MailServer, sender: str, recipients: tuple[str, ...], head: Head, path: Path) -> str:
    """Mail the head to every recipient and return the mail's id: the same for the same head, so that a repeat is recognised.

    Raises:
        EvidenceError: the server cannot be reached or refused the mail or one of the recipients.
    """
    mail = _mail(sender, recipients, head, path)
    try:
        with smtplib.SMTP(server.host, server.port, timeout=_SECONDS) as connection:
            _sign_in(connection, server)
            refused = connection.send_message(mail)
    except (OSError, smtplib.SMTPException) as error:
        raise EvidenceError(f"mail server {server.host}:{server.port}: expected it to take the mail, found: {error}; try again") from error
    if refused:
        raise EvidenceError(f"mail server {server.host}: expected every recipient to be taken, found refused: {', '.join(sorted(refused))}")
    return f"{mail['Message-ID']} to {', '.join(recipients)}"


def _mail(sender: str, recipients: tuple[str, ...], head: Head, path: Path) -> EmailMessage:
    mail = EmailMessage()
    try:
        mail["From"], mail["To"] = sender, ", ".join(recipients)
    except ValueError as error:
        raise EvidenceError(f"--from, --to: expected mail addresses, found: {error}; correct them") from error
    mail["Subject"] = f"Evidence head {head.seal:06d}"
    mail["Message-ID"] = f"<{head.seal:06d}.{head.digest.removeprefix('sha256:')[:32]}@evidence.invalid>"
    mail.set_content(message_for(head, path))
    mail.add_attachment(path.read_bytes(), maintype="text", subtype="plain", filename=path.name)
    return mail


def _sign_in(connection: smtplib.SMTP, server: MailServer) -> None:
    if not server.is_plain:
        connection.starttls(context=ssl.create_default_context())
    if server.user and server.is_plain:
        raise EvidenceError("--plain: expected no --user, found one; a password is sent through TLS only")
    if server.user:
        password = os.environ.get(PASSWORD_VARIABLE)
        if not password:
            raise EvidenceError(f"{PASSWORD_VARIABLE}: expected the password of --user in this variable, found nothing; export it")
        connection.login(server.user, password)

"""Signatures of people in their roles: an SSH signature over a request, judged with ``ssh-keygen`` as it was when it was signed.

Put the checking of approvals' signatures here. What else an approval needs is ``checks/work/approvals.py``; the signatures of seals are
``signature_walk.py``.

 * The namespace of the signature is the role: a key for one role approves nothing in another.
 * Of ``allowed_signers`` only lines count that name the person and the role in so many words: a pattern is nobody, a line without
   namespaces allows everything and is not meant for approvals, and what a certificate authority vouches for is not followed.
 * The key must have been valid when the request says it was signed, and when it was recorded where that is known (``valid-after``,
   ``valid-before``, in UTC): nobody but the signer knows when a signature was made. A key that was replaced since keeps its old
   approvals. A revoked key has none: whatever it signed is disowned.
 * The signature has the one text that ``ssh-keygen`` writes.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from registry.domain.approving import SignatureAnswer, SignatureVerdict, person_key
from registry.errors import EvidenceError, EvidenceUnavailableError
from registry.evidence.export_signers import head_signature
from registry.evidence.role_signers import key_holders, parse_line
from registry.evidence.ssh_signature import SshSignature, parse_signature

SIGNERS_COPY, REVOKED_COPY = "allowed_signers", "revoked_keys"
"""The files of an approval's package that its signature was checked with."""

_SECONDS = 60
_ARMOR = re.compile(r"-----BEGIN SSH SIGNATURE-----(?P<text>[A-Za-z0-9+/=\s]+)-----END SSH SIGNATURE-----")
_V = SignatureVerdict


def read_lists(signers: Path, revoked: Path | None) -> tuple[str, bytes]:
    """Return the text of a file of allowed signers and the bytes of one of revoked keys; one that is not there is empty.

    Raises:
        EvidenceError: one is there and cannot be read.
    """
    try:
        text = signers.read_text(encoding="utf-8") if signers.exists() else ""
        return text, revoked.read_bytes() if revoked and revoked.exists() else b""
    except (OSError, UnicodeDecodeError) as error:
        raise EvidenceError(f"{signers}: expected it and the list of revoked keys to be readable, found {error}; mend them") from error


def role_lines(signers: str, name: str, role: str) -> str:
    """Return those lines of ``allowed_signers`` that name this person and this role in so many words.

    >>> role_lines('ana@b namespaces="model_risk" ssh-ed25519 AAAA\\n*@b namespaces="model_risk" ssh-ed25519 BBBB', "ana@b", "model_risk")
    'ana@b namespaces="model_risk" ssh-ed25519 AAAA\\n'
    """
    return "".join(f"{line}\n" for line in map(str.strip, signers.splitlines()) if _names(line, name, role))


def names_roles(signers: str, roles: Collection[str]) -> bool:
    """Return whether any line names one of ``roles``: a file without is of those who seal, and says nothing of approvals."""
    lines = filter(None, map(parse_line, signers.splitlines()))
    return any(set(roles) & set(line.options.get("namespaces", "").split(",")) for line in lines)


def pasted_signature(text: str) -> str:
    """Return the one text of a signature that was pasted, whatever became of its line ends; as it is where it is none.

    >>> pasted_signature("no signature")
    'no signature'
    """
    found = _ARMOR.search(text)
    if found is None:
        return text
    letters = "".join(found["text"].split())
    lines = [letters[start : start + 70] for start in range(0, len(letters), 70)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""])


def judge_signature(
    content: bytes, signature: bytes, signers: str, revoked: bytes, name: str, role: str, signed_at: datetime, *later: datetime
) -> SignatureAnswer:
    """Return what the signature of ``content`` is worth as one by ``name`` in ``role``, made at ``signed_at`` by a key valid ``later`` too.

    Raises:
        EvidenceUnavailableError: ``ssh-keygen`` is missing or does not answer.
    """
    try:
        parsed = parse_signature(signature, "signature")
    except EvidenceError as error:
        return SignatureAnswer(_V.NOT_A_SIGNATURE, reason=str(error))
    found = SignatureAnswer(
        fingerprint=parsed.fingerprint,
        key_type=head_signature(parsed).key_type,
        lines=role_lines(signers, name, role),
        also=tuple(other for other in key_holders(signers, parsed.fingerprint) if person_key(other) != person_key(name)),
    )
    verdict, reason = _judge(content, signature, parsed, found, revoked, name, role, (signed_at, *later))
    return replace(found, verdict=verdict, reason=reason)


def _judge(
    content: bytes,
    signature: bytes,
    parsed: SshSignature,
    found: SignatureAnswer,
    revoked: bytes,
    name: str,
    role: str,
    instants: Sequence[datetime],
) -> tuple[SignatureVerdict, str]:
    if parsed.namespace != role:
        return _V.WRONG_NAMESPACE, f"expected a signature for the role {role}, found one for {parsed.namespace!r}"
    if parsed.fingerprint not in _fingerprints(found.lines):
        listed = ", ".join(sorted(_fingerprints(found.lines))) or "none"
        return _V.NOT_ALLOWED, f"expected a key that {SIGNERS_COPY} lists for {name} as {role} ({listed}), found {parsed.fingerprint}"
    with tempfile.TemporaryDirectory() as folder:
        ask = _Asker(Path(folder), content, signature, found.lines, revoked)
        if not ask.says_yes("check-novalidate", "-n", role):
            return _V.BAD_SIGNATURE, "expected a signature of these bytes, found one of others: the request was edited after it was signed"
        who = ("-f", SIGNERS_COPY, "-I", name, "-n", role)
        times = [f"verify-time={at.astimezone(UTC):%Y%m%d%H%M%S}" for at in instants]
        if bad := [at for at, time in zip(instants, times, strict=True) if not ask.says_yes("verify", *who, "-O", time)]:
            when = f"{bad[0].astimezone(UTC):%Y-%m-%d %H:%M} UTC"
            return (
                _V.KEY_NOT_VALID,
                f"expected a key that was valid for {name} as {role} at {when}, found {parsed.fingerprint}, which was not",
            )
        if revoked and not ask.says_yes("verify", *who, "-O", times[0], "-r", REVOKED_COPY):
            return (
                _V.KEY_REVOKED,
                f"expected a key that {REVOKED_COPY} does not list, found {parsed.fingerprint} or a list that cannot be read",
            )
    return _V.GOOD, ""


class _Asker:
    """``ssh-keygen`` in a folder of its own, with the files it is asked about."""

    def __init__(self, folder: Path, content: bytes, signature: bytes, lines: str, revoked: bytes) -> None:
        self._folder, self._content = folder, content
        (folder / "request.json.sig").write_bytes(signature)
        (folder / SIGNERS_COPY).write_text(lines, encoding="utf-8")
        (folder / REVOKED_COPY).write_bytes(revoked)

    def says_yes(self, what: str, *words: str) -> bool:
        """Return whether ``ssh-keygen -Y what`` ends well. Times without a zone are UTC, wherever this runs."""
        command = ["ssh-keygen", "-Y", what, *words, "-s", "request.json.sig"]
        try:
            done = subprocess.run(  # noqa: S603 - a fixed program, and no shell between
                command,
                input=self._content,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
                cwd=self._folder,
                env={**os.environ, "TZ": "UTC"},
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise EvidenceUnavailableError(f"signature: expected ssh-keygen to answer, found {error}; install OpenSSH's client") from error
        return done.returncode == 0


def _names(line: str, name: str, role: str) -> bool:
    found = parse_line(line)
    return found is not None and name in found.people and role in found.roles


def _fingerprints(lines: str) -> set[str]:
    """Return the keys of these lines; one that is no key is none."""
    return {key for line in filter(None, map(parse_line, lines.splitlines())) for key in line.fingerprints}

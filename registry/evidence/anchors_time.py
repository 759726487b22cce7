"""RFC 3161 time tokens: asking for one, and verifying one over the exact bytes of a seal.

Put here what a token must be. Fetching one is ``deployments/anchors/time_authority.py``.

Both are done by ``openssl ts``: a stranger verifies the token with the same program, offline, and it reads the answers of authorities that
stricter readers refuse (rfc3161-client 1.0.9 takes no token whose certificates are not in DER's order, which OpenSSL itself writes).

 * Root certificates come from a file of the caller, never from the archive; the authority's own certificate is asked for in the token.
 * A token counts only if it is granted, signed under a root for time stamping, about these very bytes, and answers the very request.
 * Certificates are judged at the time that the token names: years later they have expired, and the token still holds.
"""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from registry.errors import EvidenceError

_SECONDS = 30
_TIME = re.compile(r"^Time stamp: (\w{3} +\d+ \d\d:\d\d:\d\d)(?:\.\d+)? (\d{4}) GMT$", re.MULTILINE)


def write_request(seal: Path, request: Path) -> None:
    """Write a request for a token over ``seal``, with a nonce of its own, to ``request``.

    Raises:
        EvidenceError: there is no ``openssl`` here, or the seal cannot be read.
    """
    _openssl("-query", "-data", str(seal), "-sha256", "-cert", "-out", str(request))


def verify_answer(token: Path, request: Path, roots: Path) -> None:
    """Refuse a token that is not the answer to ``request``: an old one for the same bytes says nothing about now.

    Raises:
        EvidenceError: it answers another request, or does not hold.
    """
    _verify(token, roots, "-queryfile", str(request))


def verify_token(token: Path, seal: Path, roots: Path) -> datetime:
    """Return when the authority says it saw the bytes of ``seal``.

    Raises:
        EvidenceError: ``roots`` holds no certificate, or the token does not prove anything about these bytes.
    """
    return _verify(token, roots, "-data", str(seal))


def _verify(token: Path, roots: Path, *about: str) -> datetime:
    if b"-----BEGIN CERTIFICATE-----" not in _content(roots):
        raise EvidenceError(f"{roots}: expected root certificates as PEM, found none; ask the time authority for them")
    match = _TIME.search(_openssl("-reply", "-in", str(token), "-text"))
    if match is None:
        raise EvidenceError(f"time token {token.name}: expected one that names a time, found none; ask for another")
    at = datetime.strptime(f"{match[1]} {match[2]}", "%b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    said = _openssl("-verify", *about, "-in", str(token), "-CAfile", str(roots), "-attime", str(int(at.timestamp())))
    if "Verification: OK" not in said:
        raise EvidenceError(f"time token {token.name}: expected `Verification: OK`, found {said.strip()!r}; ask for another")
    return at


def _content(roots: Path) -> bytes:
    try:
        return roots.read_bytes()
    except OSError as error:
        raise EvidenceError(
            f"{roots}: expected root certificates as PEM, found {error.strerror}; ask the time authority for them"
        ) from error


def _openssl(*words: str) -> str:
    """Return what ``openssl ts`` printed; what it did not finish well is no proof."""
    try:
        done = subprocess.run(["openssl", "ts", *words], capture_output=True, text=True, timeout=_SECONDS, check=False, errors="replace")  # noqa: S603, S607
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EvidenceError(f"openssl: expected a program that runs, found: {error}; install OpenSSL") from error
    if done.returncode:
        told = _told(done.stderr)
        raise EvidenceError(f"time token: expected one that holds for these bytes under these roots, found: {told}")
    return done.stdout + done.stderr


def _told(stderr: str) -> str:
    """Return OpenSSL's own reason out of its line of numbers, files and functions."""
    lines = [line for line in stderr.splitlines() if ":error:" in line] or stderr.strip().splitlines() or ["no reason"]
    parts = lines[0].split(":")
    reason = parts[5] if len(parts) > 5 else lines[0]
    detail = ":".join(parts[8:]) if len(parts) > 8 else ""
    return f"{reason} {detail}".strip()

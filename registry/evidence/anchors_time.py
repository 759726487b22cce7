"""RFC 3161 time tokens: asking for one, and verifying one over the exact bytes of a seal.

Put here what a token must be. Fetching one is ``deployments/anchors/time_authority.py``.

The token file is the authority's whole answer, so that a stranger verifies it with stock tools, offline:
``openssl ts -verify -data 000042.seal -in 000042.seal.tsr -CAfile roots.pem``.

 * Root certificates come from a file of the caller, never from the archive; the authority's own certificate is asked for in the token.
 * A token counts only if it is granted, signed under a root, about SHA-256 or better of these very bytes, and answers our nonce.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from registry.errors import EvidenceError


def new_request(content: bytes) -> tuple[bytes, int]:
    """Return a request for a token over ``content``, and the nonce that the answer must repeat."""
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    request = TimestampRequestBuilder().data(content).hash_algorithm(HashAlgorithm.SHA256).nonce(nonce=True).cert_request(cert_request=True)
    built = request.build()
    if built.nonce is None:
        raise EvidenceError("time request: expected a nonce in it, found none; update rfc3161-client")
    return built.as_bytes(), built.nonce


def verify_token(token: bytes, content: bytes, roots: Path, nonce: int | None = None) -> datetime:
    """Return when the authority says it saw ``content``.

    Raises:
        EvidenceError: ``roots`` holds no certificate, or the token does not prove anything about these bytes.
    """
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    verifier = VerifierBuilder(nonce=nonce)
    for root in _certificates(roots):
        verifier = verifier.add_root_certificate(root)
    try:
        answer = decode_timestamp_response(token)
        verifier.build().verify_message(answer, content)
        return answer.tst_info.gen_time
    except (VerificationError, ValueError) as error:
        told = str(error).strip() or type(error).__name__
        raise EvidenceError(f"time token: expected one that holds for these bytes under {roots.name}, found: {told}") from error


def _certificates(roots: Path) -> list:  # type: ignore[type-arg]
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(roots.read_bytes())
    except (OSError, ValueError) as error:
        raise EvidenceError(f"{roots}: expected root certificates as PEM, found: {error}; ask the time authority for them") from error

"""A time token for the seal, from an authority that speaks RFC 3161: it existed then, whoever rewrites the archive later.

Put here how the token is fetched and kept; what it must be is ``registry/evidence/anchors_time.py``. The token is kept as
``seals/000042.seal.tsr`` only after it was verified, whole or not at all; the next manifest lists it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from deployments.anchors.head import read_head
from registry.domain.anchoring import Head
from registry.domain.times import format_instant
from registry.errors import EvidenceError
from registry.evidence.anchors_time import verify_answer, verify_token, write_request
from registry.evidence.files import publish_file
from registry.evidence.names import SEALS_FOLDER, WORKROOM

_MAX_BYTES = 100_000


def stamp_head(url: str, roots: Path, seconds: float, head: Head, path: Path) -> str:
    """Keep a verified token beside the seal, unless a good one is there, and return the time it names.

    Raises:
        EvidenceError: the authority does not answer or its token does not hold; or a bad token lies there already.
    """
    read_head(head, path)
    target = path.with_name(f"{path.name}.tsr")
    if not target.exists():
        _stamp(url, roots, seconds, path, target)
    return f"{format_instant(verify_token(target, path, roots))} {target.name}"


def _stamp(url: str, roots: Path, seconds: float, path: Path, target: Path) -> None:
    if path.parent.name != SEALS_FOLDER:
        raise EvidenceError(f"{path}: expected a seal in the folder {SEALS_FOLDER} of an archive, found it elsewhere")
    with tempfile.TemporaryDirectory() as folder:
        request, token = Path(folder) / "request.tsq", Path(folder) / target.name
        write_request(path, request)
        token.write_bytes(_ask(url, request.read_bytes(), seconds))
        verify_answer(token, request, roots)
        verify_token(token, path, roots)
        publish_file(target, token.read_bytes(), path.parent.parent / WORKROOM, lambda: None)


def _ask(url: str, request: bytes, seconds: float) -> bytes:
    if urlsplit(url).scheme not in {"http", "https"}:
        raise EvidenceError(f"--url {url}: expected an http or https address, found another; ask the time authority for it")
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    try:
        with urlopen(Request(url, request, headers), timeout=seconds) as answer:  # noqa: S310 - the scheme was checked
            token: bytes = answer.read(_MAX_BYTES + 1)
    except (URLError, OSError) as error:
        raise EvidenceError(f"time authority: expected an answer, found: {error}; try again later or name another") from error
    if len(token) > _MAX_BYTES:
        raise EvidenceError(f"time authority: expected at most {_MAX_BYTES} bytes, found more; check its address")
    return token

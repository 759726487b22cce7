"""The two texts that seal a package: its manifest and its seal, each with exactly one valid byte form.

Put the format of seal files here. Writing them is ``archive.py``, judging them ``verify.py``.

 * A manifest is ``sha256sum`` format, sorted by path: ``sha256sum -c seals/000042.sha256`` in the archive's root checks it.
 * It lists every file of the package and every seal file of the package before, so that a seal fixes all that came before it.
 * A seal is seven lines of text; parsing and rendering it again must give the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from registry.domain.canonical import digest_bytes
from registry.domain.events import GENESIS_HASH
from registry.domain.times import format_instant, parse_instant
from registry.errors import EvidenceError

FORMAT = "evidence-seal/v1"
NO_PREVIOUS = "none"

_SEAL = re.compile(
    r"evidence-seal/v1\n"
    r"seq: (?P<seq>[0-9]{6})\n"
    r"prev: (?P<prev>none|sha256:[0-9a-f]{64})\n"
    r"time: (?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z)\n"
    r"manifest: (?P<manifest>sha256:[0-9a-f]{64}) (?P<count>[1-9][0-9]{0,8})\n"
    r"events: (?P<first>none|[1-9][0-9]{0,17})-(?P<last>0|[1-9][0-9]{0,17}) (?P<hash>[0-9a-f]{64})\n"
    r"bundle: (?P<bundle>sha256:[0-9a-f]{64})\n"
)
_MANIFEST_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9_./-]+)\n")


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """The last event of a stretch of the ledger; ``ChainEnd()`` is the end of an empty ledger."""

    seq: int = 0
    hash: str = GENESIS_HASH


@dataclass(frozen=True, slots=True)
class Seal:
    """What one seal file says. ``first_event`` is None when no event happened since the seal before."""

    seq: int
    prev: str
    sealed_at: datetime
    manifest_digest: str
    file_count: int
    first_event: int | None
    last_event: int
    last_hash: str
    bundle_digest: str

    @property
    def digest(self) -> str:
        """The digest of the seal file: the head to note down elsewhere."""
        return digest_bytes(render_seal(self))

    @property
    def end(self) -> ChainEnd:
        """Where the ledger stood when this was sealed."""
        return ChainEnd(self.last_event, self.last_hash)


def render_seal(seal: Seal) -> bytes:
    """Return the only valid bytes of ``seal``."""
    first = "none" if seal.first_event is None else seal.first_event
    lines = (
        FORMAT,
        f"seq: {seal.seq:06d}",
        f"prev: {seal.prev}",
        f"time: {format_instant(seal.sealed_at)}",
        f"manifest: {seal.manifest_digest} {seal.file_count}",
        f"events: {first}-{seal.last_event} {seal.last_hash}",
        f"bundle: {seal.bundle_digest}",
    )
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def parse_seal(content: bytes, name: str) -> Seal:
    """Return the seal that ``content`` says.

    Raises:
        EvidenceError: any byte is not as ``render_seal`` would write it.
    """
    match = _SEAL.fullmatch(content.decode("ascii", errors="replace"))
    if match is None:
        raise EvidenceError(f"{name}: expected the seven canonical lines of {FORMAT}, found other text")
    try:
        seal = Seal(
            seq=int(match["seq"]),
            prev=match["prev"],
            sealed_at=parse_instant(match["time"]),
            manifest_digest=match["manifest"],
            file_count=int(match["count"]),
            first_event=None if match["first"] == "none" else int(match["first"]),
            last_event=int(match["last"]),
            last_hash=match["hash"],
            bundle_digest=match["bundle"],
        )
    except ValueError as error:
        raise EvidenceError(f"{name}: expected a time that exists, found {match['time']}") from error
    return seal


def render_manifest(digests: Mapping[str, str]) -> bytes:
    """Return the ``sha256sum`` lines of ``digests`` (path to ``sha256:<hex>``), sorted by path.

    >>> render_manifest({"b": "sha256:" + "0" * 64})[-4:]
    b'  b\\n'
    """
    return "".join(f"{digest.removeprefix('sha256:')}  {path}\n" for path, digest in sorted(digests.items())).encode("ascii")


def parse_manifest(content: bytes, name: str) -> dict[str, str]:
    """Return path to digest as the manifest lists them.

    Raises:
        EvidenceError: not ``sha256sum`` format, not sorted, or a path twice.
    """
    text = content.decode("ascii", errors="replace")
    digests = {match[2]: f"sha256:{match[1]}" for match in _MANIFEST_LINE.finditer(text)}
    if not digests or render_manifest(digests) != content:
        raise EvidenceError(f"{name}: expected sorted sha256sum lines, each path once, found other text")
    return digests

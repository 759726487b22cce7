"""Which bundles are sealed, so that publishing does not read every seal: derived, rebuilt when in doubt, no evidence.

Put here the file ``.publish/index``: one fixed-width line per seal. Its lock is the publisher's.
"""

from __future__ import annotations

import re
from pathlib import Path

from registry.evidence.names import WORKROOM, package_name, seal_path
from registry.evidence.seal import parse_seal

_LINE_BYTES = 72
_LINES = re.compile(rb"(?:[0-9]{6} [0-9a-f]{64}\n)*")


def find(archive: Path, bundle_digest: str, head_seq: int) -> int:
    """Return the number of the package that holds this bundle, or 0.

    The index counts only when it has one whole line per seal; anything else (a torn write, a lost file) is rebuilt from the seals.
    """
    path = archive / WORKROOM / "index"
    content = path.read_bytes() if path.exists() else b""
    if len(content) != head_seq * _LINE_BYTES or not _LINES.fullmatch(content):
        content = _rebuild(archive, head_seq)
        path.write_bytes(content)
    position = content.find(bundle_digest.removeprefix("sha256:").encode("ascii"))
    return int(content[position - 7 : position - 1]) if position >= 0 else 0


def add(archive: Path, seq: int, bundle_digest: str) -> None:
    """Note a new seal."""
    with (archive / WORKROOM / "index").open("ab") as handle:
        handle.write(_line(seq, bundle_digest))


def _rebuild(archive: Path, head_seq: int) -> bytes:
    numbers = range(1, head_seq + 1)
    return b"".join(_line(seq, parse_seal(seal_path(archive, seq).read_bytes(), f"seal {seq}").bundle_digest) for seq in numbers)


def _line(seq: int, bundle_digest: str) -> bytes:
    return f"{package_name(seq)} {bundle_digest.removeprefix('sha256:')}\n".encode("ascii")

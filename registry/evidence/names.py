"""Names in the archive: which file names are allowed, and where each thing lies.

Put a path or name rule here when both the publisher and the verifier must agree on it. Reading and writing belong elsewhere.

The layout, relative to the archive's root:
 * ``000042/`` holds one package: its data files and ``ledger.jsonl``; no folders below it.
 * ``seals/000042.sha256`` is its manifest, ``seals/000042.seal`` its seal; a signature and a time token may stand beside the seal.
 * ``000050/removed.sha256`` lists data files of earlier packages that were removed under retention.
 * ``packages.txt`` at the root says which packages lie in a partial archive; ``verify.sh`` beside it is no evidence.
 * ``.publish/`` is the publisher's workroom (lock, index, unfinished files). It is no evidence and is never read by the verifier.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from registry.errors import EvidenceError

LEDGER_FILE = "ledger.jsonl"
SEALS_FOLDER = "seals"
WORKROOM = ".publish"
REMOVED_FILE = "removed.sha256"
PACKAGES_FILE = "packages.txt"
SCRIPT_FILE = "verify.sh"
SEAL_SUFFIXES = (".seal", ".seal.sig", ".seal.tsr", ".sha256")
MAX_SEQ = 999_999

PACKAGE_NAME = re.compile(r"[0-9]{6}")
SEAL_NAME = re.compile(r"([0-9]{6})(\.seal|\.seal\.sig|\.seal\.tsr|\.sha256)")

_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})


def name_problem(name: str) -> str:
    """Return what is wrong with a data file's name, or an empty text.

    >>> name_problem("decision.json"), name_problem("../x")
    ('', 'expected letters, digits and _.- (at most 64, the first a letter or digit)')
    """
    if not _FILE_NAME.fullmatch(name):
        return "expected letters, digits and _.- (at most 64, the first a letter or digit)"
    if name.partition(".")[0].lower() in _RESERVED:
        return "expected a name that is not reserved by Windows"
    if name.endswith("."):
        return "expected a name that does not end in a dot (Windows drops it)"
    return ""


def refuse_bad_names(names: Iterable[str]) -> None:
    """Refuse names that some file system would change, confuse or reject.

    Raises:
        EvidenceError: a bad name, two names that differ in case only, or the name of the ledger file.
    """
    listed = list(names)
    for name in listed:
        problem = name_problem(name)
        if problem:
            raise EvidenceError(f"package file {name!r}: {problem}; rename it")
        if name.lower() == LEDGER_FILE:
            raise EvidenceError(f"package file {name!r}: the name is taken by the archive's copy of the ledger; rename it")
    for lower, count in Counter(name.lower() for name in listed).items():
        if count > 1:
            raise EvidenceError(f"package file {lower!r}: {count} files have this name when case is ignored; rename all but one")


def package_name(seq: int) -> str:
    """Return the folder of package ``seq``.

    >>> package_name(42)
    '000042'
    """
    if not 1 <= seq <= MAX_SEQ:
        raise EvidenceError(f"package number {seq}: expected 1 to {MAX_SEQ}; start a new archive")
    return f"{seq:06d}"


def seal_path(archive: Path, seq: int, suffix: str = ".seal") -> Path:
    """Return the path of one of the seal files of package ``seq``."""
    return archive / SEALS_FOLDER / f"{package_name(seq)}{suffix}"


def seal_files(archive: Path, seq: int) -> tuple[str, ...]:
    """Return the seal files of ``seq`` that exist, relative to the archive, sorted; none for the package before the first."""
    if seq == 0:
        return ()
    paths = (seal_path(archive, seq, suffix) for suffix in SEAL_SUFFIXES)
    return tuple(sorted(f"{SEALS_FOLDER}/{path.name}" for path in paths if path.is_symlink() or path.exists()))

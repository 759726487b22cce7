"""Files that are gone and excused: what the ``removed.sha256`` of later packages lists.

Put here how such a list excuses a missing file; the same rule is in ``verify.sh``. What is removed, and why, belongs to retention.

 * A list names data files of earlier packages, each with the digest that its own manifest has; never a ledger file, never another list.
 * It excuses a file only once its own package is sealed. A file that it lists and that is still there is a removal not finished.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from registry.errors import EvidenceError
from registry.evidence.names import LEDGER_FILE, REMOVED_FILE, SEALS_FOLDER
from registry.evidence.report import Problem
from registry.evidence.seal import parse_manifest

_PATH = re.compile(r"([0-9]{6})/([A-Za-z0-9][A-Za-z0-9_.-]*)")

Read = Callable[[str], bytes]
"""Returns the bytes of a file by its path in the archive."""


@dataclass(frozen=True, slots=True)
class Excuse:
    """Why a file may be gone: the digest that it had, and the package that says so."""

    digest: str
    seal: int


def read_excuses(read: Read, sealed: Iterable[int], after: int) -> tuple[dict[str, Excuse], tuple[Problem, ...]]:
    """Return what the lists of the ``sealed`` packages that have one excuse, by path, and what is wrong with them.

    Only files of packages later than ``after`` are compared with their manifests: earlier ones were not looked at.
    """
    excuses: dict[str, Excuse] = {}
    problems: list[Problem] = []
    for seq in sorted(sealed):
        file = f"{seq:06d}/{REMOVED_FILE}"
        try:
            listed = parse_manifest(read(file), file)
        except (EvidenceError, OSError) as error:
            problems.append(Problem(file, "a canonical list of removed files", str(error)))
            continue
        problems.extend(_misplaced(file, seq, listed, read, after))
        for path, digest in listed.items():
            excuses.setdefault(path, Excuse(digest, seq))
    return excuses, tuple(problems)


def _misplaced(file: str, seq: int, listed: dict[str, str], read: Read, after: int) -> Iterator[Problem]:
    manifests: dict[str, dict[str, str]] = {}
    for path, digest in listed.items():
        match = _PATH.fullmatch(path)
        if match is None or int(match[1]) >= seq or match[2] in {LEDGER_FILE, REMOVED_FILE}:
            yield Problem(file, "data files of earlier packages only", path)
        elif int(match[1]) > after:
            if match[1] not in manifests:
                manifests[match[1]] = _manifest(read, match[1])
            if manifests[match[1]].get(path) != digest:
                yield Problem(file, f"{path} with the digest that {SEALS_FOLDER}/{match[1]}.sha256 lists", digest)


def _manifest(read: Read, number: str) -> dict[str, str]:
    """Return the manifest of a package; nothing where it cannot be read, which is a problem of its own."""
    try:
        return parse_manifest(read(f"{SEALS_FOLDER}/{number}.sha256"), number)
    except (EvidenceError, OSError):
        return {}

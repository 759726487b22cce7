"""The time tokens of an archive, judged under root certificates from outside it.

Put here which tokens count for a verification; the same rule is in ``verify.sh``. What a token must be is ``anchors_time.py``.

 * Without roots nothing is said about tokens but how many there are. With roots, every one that is there must hold.
 * A token is one DER value and nothing after it: bytes that OpenSSL passes over could be changed unseen.
 * What a token brings along and nothing signs, such as a certificate that is not needed, is fixed only by the next manifest.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from registry.domain.decision import Verdict
from registry.domain.times import format_instant
from registry.errors import EvidenceError
from registry.evidence.anchors_time import verify_token
from registry.evidence.files import read_chunks
from registry.evidence.names import SEALS_FOLDER, seal_path
from registry.evidence.report import Problem


@dataclass(frozen=True, slots=True)
class TimeTokens:
    """What the tokens say: ``note`` for the report, and whether at least one of them was there and all of them held."""

    problems: tuple[Problem, ...] = ()
    note: tuple[str, ...] = ()
    hold: bool = False


def check_tokens(archive: Path, numbers: Iterable[int], roots: Path | None) -> TimeTokens:
    """Return what the tokens of the seals ``numbers`` say; ``roots`` is the file of root certificates, None where it is not given."""
    listed = sorted(numbers)
    if not listed and roots is None:
        return TimeTokens()
    if roots is None:
        return TimeTokens(note=(f"{len(listed)} time tokens were not checked (--time-roots FILE)",))
    if shutil.which("openssl") is None or not roots.is_file():
        return TimeTokens((Problem(SEALS_FOLDER, "openssl and a file of root certificates", "not both", Verdict.INCONCLUSIVE),))
    problems, notes = list[Problem](), list[str]()
    for seq in listed:
        token, seal = seal_path(archive, seq, ".seal.tsr"), seal_path(archive, seq)
        try:
            _require_one_value(token)
            notes.append(f"seal {seq:06d} existed at {format_instant(verify_token(token, seal, roots))}, says its time token")
        except EvidenceError as error:
            problems.append(Problem(f"{SEALS_FOLDER}/{token.name}", "a time token that holds for the seal", str(error)))
    return TimeTokens(tuple(problems), tuple(notes[-1:]), bool(notes) and not problems)


def _require_one_value(token: Path) -> None:
    content = b"".join(read_chunks(token))
    length_bytes = content[1] - 128 if len(content) > 2 and content[1] > 128 else 0
    length = int.from_bytes(content[2 : 2 + length_bytes], "big") if length_bytes else 0
    if content[:1] != b"\x30" or len(content) != 2 + length_bytes + length:
        raise EvidenceError("expected one DER value, found other bytes or more of them")

"""How far a copy was confirmed, so that old objects are not read every day: derived, no evidence, rebuilt by reading everything.

Put here the file ``.publish/copies/NAME/confirmed``. Its lock is the copier's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from registry.evidence.files import write_durably
from registry.evidence.stores import NOT_TRIED

_TEXT = re.compile(r"confirmed: ([0-9]{1,6}) (none|sha256:[0-9a-f]{64})\nwrite-once: ([^\n]{1,300})\n")
_NONE = "none"


@dataclass(frozen=True, slots=True)
class Progress:
    """The last package whose objects all were read back, its seal's digest, and what trying to overwrite showed."""

    seq: int = 0
    head: str = _NONE
    write_once: str = NOT_TRIED


def read_progress(room: Path) -> Progress:
    """Return what was noted; anything but a whole note counts as none."""
    path = room / "confirmed"
    match = _TEXT.fullmatch(path.read_text(encoding="utf-8", errors="replace")) if path.exists() else None
    return Progress(int(match[1]), match[2], match[3]) if match else Progress()


def note_progress(room: Path, progress: Progress) -> None:
    """Note how far the copy was confirmed, whole or not at all."""
    temp = room / "confirmed.new"
    temp.unlink(missing_ok=True)
    write_durably(temp, [f"confirmed: {progress.seq} {progress.head}\nwrite-once: {progress.write_once}\n".encode()])
    temp.rename(room / "confirmed")

"""Both verifiers on one archive: ``verify_archive`` in this process, and ``verify.sh`` with a shell and stock tools.

Put here how they are asked and what counts as an answer: 0, 1 or 3, said in words as well; anything else is a crash.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from registry.domain.decision import Verdict
from registry.evidence.signers import Signers
from registry.evidence.verify import verify_archive

SCRIPT = Path(__file__).parents[2] / "registry/evidence/verify.sh"
CRASHED = -1
_SAID = {0: "pass", 1: "fail", 3: "inconclusive"}
_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Question:
    """What is known from outside the archive, and how much of it is looked at."""

    signers_file: Path | None = None
    head: str = ""
    since: int = 0
    whole: bool = True

    @property
    def words(self) -> list[str]:
        """The words for ``verify.sh``."""
        signers = ["--signers", str(self.signers_file)] if self.signers_file else []
        head = ["--head", self.head] if self.head else []
        since = ["--since", str(self.since)] if self.since else []
        return [*signers, *head, *since, *(["--whole"] if self.whole else [])]


@dataclass(frozen=True, slots=True)
class Answer:
    """An exit code, and what was printed with it."""

    code: int
    text: str


def ask_python(archive: Path, question: Question, signers: Signers | None) -> Answer:
    """Return what ``proofloop evidence verify`` would end with and print."""
    try:
        report = verify_archive(archive, question.head or None, signers, question.since)
        text = "\n".join(report.lines())
    except BaseException as error:  # noqa: BLE001 - an error that escapes is what this looks for
        return Answer(CRASHED, repr(error))
    if question.whole and report.is_partial and report.verdict is Verdict.PASS:
        return Answer(3, text)  # a whole archive was asked for, as by --whole
    return Answer(report.exit_code, text)


def ask_shell(archive: Path, question: Question, shell: tuple[str, ...] = ("sh",)) -> Answer:
    """Return what ``verify.sh`` ends with and prints, run from outside the archive."""
    words = [*shell, str(SCRIPT), *question.words, str(archive)]
    environment = {"PATH": os.environ["PATH"], "TMPDIR": tempfile.gettempdir()}
    try:
        done = subprocess.run(words, env=environment, capture_output=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return Answer(CRASHED, f"no answer after {_SECONDS} seconds")
    text = (done.stdout + done.stderr).decode(errors="backslashreplace")
    said = text.partition("\n")[0].removeprefix("verdict ").partition(" ")[0]
    return Answer(done.returncode if _SAID.get(done.returncode) == said else CRASHED, text)

"""How a recipient checks an export: the exact commands and the lines that they end with when nothing was altered.

Put here what the export's page asks of its reader. Which lines the verifier prints is given; the story is ``export_page.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from registry.domain.issue_export import ARCHIVE_FOLDER, EVENTS_FILE, SIGNERS_FILE, Expectation, HeadSignature, IssueExport

TOOLS = ("awk", "cat", "cmp", "cut", "find", "grep", "mkdir", "mktemp", "rm", "sed", "sha256sum", "sort", "touch", "tr", "uniq", "wc")
"""What the commands and the script need besides a shell, and ``ssh-keygen`` where seals are signed."""

_SCRIPT = f"{ARCHIVE_FOLDER}/verify.sh"
_EXIT = '; echo "exit $?"'


@dataclass(frozen=True, slots=True)
class Run:
    """A command, the first line it prints where that matters, and the last ones."""

    command: str
    last: tuple[str, ...]
    first: str = ""


@dataclass(frozen=True, slots=True)
class CheckStep:
    """A question, what its answer is worth, the commands that answer it, and what to do with what they print."""

    question: str
    why: str
    runs: tuple[Run, ...] = ()
    then: str = ""


def check_steps(export: IssueExport, expected: Expectation) -> tuple[CheckStep, ...]:
    """Return the steps in the order in which they are taken."""
    return (_folder(expected), _sealer(export, expected), *_evidence(export, expected), _story(export))


def _folder(expected: Expectation) -> CheckStep:
    return CheckStep(
        "Did it arrive as it was sent?",
        "Finds what was damaged or lost on the way. Whoever changed a file on purpose could have changed these lists as well.",
        (
            Run("sha256sum -c tagmanifest-sha256.txt", ("manifest-sha256.txt: OK",)),
            Run("sha256sum -c manifest-sha256.txt", (f"{expected.last_listed}: OK",)),
            Run("find . -type f | wc -l | tr -d ' '", (str(expected.file_count),)),
        ),
        "No line may say FAILED. The last number counts files: more of them means that some were added.",
    )


def _sealer(export: IssueExport, expected: Expectation) -> CheckStep:
    question = "Who sealed it?"
    if expected.signature is None:
        why = "Nobody: the seals of this archive carry no signature. Whoever could write the archive could have written this one."
        return CheckStep(question, why, then="Only a head known elsewhere, two steps below, shows that it is the archive it says it is.")
    seal = f"{ARCHIVE_FOLDER}/seals/{export.head.seal:06d}.seal"
    command = f"ssh-keygen -Y check-novalidate -n evidence-seal@v1 -s {seal}.sig < {seal}"
    return CheckStep(
        question,
        "Names the key that signed the newest seal, which covers every seal before it.",
        (Run(command, (_signed_by(expected.signature),)),),
        "Compare the fingerprint, the part from SHA256: on, with the one that you were told over another channel: by telephone, on paper, "
        "from a website that the sender does not run. Where it is another, stop here.",
    )


def _signed_by(signature: HeadSignature) -> str:
    return f'Good "evidence-seal@v1" signature with {signature.key_type} key {signature.fingerprint}'


def _evidence(export: IssueExport, expected: Expectation) -> Iterator[CheckStep]:
    signers = f" --signers {SIGNERS_FILE}" if expected.signature else ""
    keys = (
        f"{SIGNERS_FILE} is a copy for convenience: trust in a key never comes from the folder that it signed. It is as good as a file of "
        "your own once the fingerprint above was the right one."
        if expected.signature
        else ""
    )
    yield CheckStep(
        "Does the evidence hold?",
        "Checks every seal of the archive, every file of the packages that are here, and every event in them.",
        (
            Run(f"sha256sum {_SCRIPT}", (f"{expected.script_digest}  {_SCRIPT}",)),
            Run(f"sh {_SCRIPT}{signers}{_EXIT}", (*_ending(expected.lines), "exit 0"), expected.lines[0]),
        ),
        "The script lies beside what it checks, so it could have been altered with it: compare its digest with one that you were told, or "
        f"run a copy that you have from elsewhere. {keys}".strip(),
    )
    yield CheckStep(
        "Is it the archive that others know?",
        "The strongest step. Put in place of the digest below the one that was noted down elsewhere: by an anchor, in a letter, by you.",
        (
            Run(
                f"sh {_SCRIPT}{signers} --head {export.head.digest}{_EXIT}",
                (*_ending(expected.lines_with_head), "exit 0"),
                expected.lines_with_head[0],
            ),
        ),
        "With the digest as printed here it says nothing: this page lies in the same folder. The digest of an earlier seal serves too, for "
        "what was sealed up to it.",
    )


def _ending(lines: Sequence[str]) -> tuple[str, ...]:
    start = next((place for place, line in enumerate(lines) if line.startswith("level ")), len(lines))
    return tuple(lines[start:])


def _story(export: IssueExport) -> CheckStep:
    pattern = f'"issue":"{export.issue.issue_id}","key":'
    command = f"cat {ARCHIVE_FOLDER}/[0-9]*/ledger.jsonl | grep -F '{pattern}' | cmp - {EVENTS_FILE} && echo the same events"
    return CheckStep(
        "Is the story the sealed one?",
        "Takes the events of the issue out of the sealed packages again and compares them with the ones that the story is told from.",
        (Run(command, ("the same events",)),),
        f"{EVENTS_FILE} holds what was sealed, byte for byte. This page and the other files beside the archive are made from it and from "
        "the packages; they are renderings, not the record.",
    )

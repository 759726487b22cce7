"""Ten thousand random mutations of an archive, and every flipped bit of a small one, each judged by both verifiers.

Put the counting and printing here; what a mutation is belongs to ``classes.py``. Run by ``make torture WHAT=archive``. Exits 1 unless every
mutation is detected with a head that is known elsewhere, those not detected without are of exactly the documented classes, Python and shell
agree on each verdict, and neither crashes.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from multiprocessing import current_process, get_context
from pathlib import Path
from random import Random

from tests.torture.classes import CLASSES, UNSEEN_WITHOUT_HEAD
from tests.torture.forgery import put
from tests.torture.judging import CRASHED, Question, ask_python, ask_shell
from tests.torture.trial import Outcome, judge, mutate, questions_of
from tests.torture.victims import PACKAGES, Victim, a_victim

BUILD = Path("build/torture")
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of this run's own is made in it

LEGEND = """
Detected: a verdict other than pass. With head: the digest of the newest seal is known from elsewhere (--head); the signers always are.
verify.sh is asked without a head in every case, and with it where it passed without and in every tenth case: a head only adds to what is
wrong. Of the flipped bits it judges one of each byte, by the seed; Python judges all. Left out, being no evidence: .publish, an absent
verify.sh, a time token that no manifest lists yet."""


def main() -> int:
    """Torture, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--mutations", type=int, default=10_000)
    parser.add_argument("--archive", type=Path, help="alter copies of this archive's first packages, sealed again with a key of this run")
    parser.add_argument("--packages", type=int, default=PACKAGES, help="how many of them")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--replay", type=int, metavar="NUMBER", help="make one mutation again, and show what both verifiers say")
    arguments = parser.parse_args()
    with _workroom() as room:
        victim = a_victim(room / "victim", arguments.seed, arguments.archive, arguments.packages)
        if arguments.replay is not None:
            return _replay(victim, arguments.seed, arguments.replay)
        print(f"{_described(victim)}; seed {arguments.seed}", flush=True)
        started = time.monotonic()
        with get_context("fork").Pool(arguments.processes) as pool:
            trial = partial(_tried, victim, arguments.seed, room)
            outcomes = list(pool.imap_unordered(trial, range(arguments.mutations), chunksize=8))
            bits = list(_flipped(pool, room, arguments.seed)) if arguments.mutations >= len(CLASSES) else []
        return publish(outcomes, bits, arguments, time.monotonic() - started)


def _tried(victim: Victim, seed: str, room: Path, number: int) -> Outcome:
    folder = room / f"{current_process().name}" / "archive"
    outcome = mutate(victim, seed, number, folder)
    judge(victim, victim.signers, outcome, folder, questions_of(victim, seed, number))
    return outcome


def _replay(victim: Victim, seed: str, number: int) -> int:
    folder = BUILD.absolute() / f"replay-{seed}-{number}"
    shutil.rmtree(folder, ignore_errors=True)
    outcome = mutate(_beside(victim, folder), seed, number, folder / "archive")
    said = judge(victim, victim.signers, outcome, folder / "archive", questions_of(victim, seed, number))
    print(f"mutation {number}, {outcome.kind}: {outcome.did}\n{folder}")
    for mode, answers in said.items():
        for who, answer in zip(("Python", "shell"), answers, strict=False):
            print(f"\n{mode}, {who}: {'crashed' if answer.code == CRASHED else answer.code}\n{answer.text.rstrip()}")
    for fault in outcome.faults:
        print(f"NOT OK: {fault}")
    return int(bool(outcome.faults))


def _beside(victim: Victim, folder: Path) -> Victim:
    """Return the victim copied to where its copies can share its files."""
    shutil.copytree(victim.folder, folder / "victim")
    return Victim(folder / "victim", victim.key, victim.stranger, victim.signers_file)


def _described(victim: Victim) -> str:
    answer = ask_shell(victim.folder, Question(victim.signers_file, victim.head))
    whole = ask_python(victim.folder, Question(victim.signers_file, victim.head), victim.signers)
    if (answer.code, whole.code) != (0, 0):
        sys.exit(f"expected an archive that verifies before it is altered, found\n{whole.text}\n{answer.text}")
    return f"the archive before: {answer.text.splitlines()[1]}, all seals signed, both verifiers pass it"


def _flipped(pool: object, room: Path, seed: str) -> Iterator[Outcome]:
    """Flip every bit of every file of evidence of an archive with two packages; the shell judges one bit of every byte."""
    victim = a_victim(room / "small", seed, packages=2)
    sizes = {str(path.relative_to(victim.folder)): path.stat().st_size for path in victim.folder.glob("*/*")}
    places = [(file, byte) for file, size in sorted(sizes.items()) for byte in range(size)]
    yield from (
        outcome
        for found in pool.imap_unordered(partial(_flip_byte, victim, seed, room), places, chunksize=64)  # type: ignore[attr-defined]
        for outcome in found
    )


def _flip_byte(victim: Victim, seed: str, room: Path, place: tuple[str, int]) -> list[Outcome]:
    file, byte = place
    folder = room / f"{current_process().name}" / "small"
    if not folder.exists():
        victim.copy_to(folder)
    content, question, signers = (victim.folder / file).read_bytes(), Question(victim.signers_file), victim.signers
    sampled, outcomes = Random(f"{seed} {file} {byte}").randrange(8), []
    for bit in range(8):
        put(folder / file, content[:byte] + bytes([content[byte] ^ 1 << bit]) + content[byte + 1 :])
        outcome = Outcome(byte * 8 + bit, "every bit flipped", f"{file}: bit {byte * 8 + bit}")
        code = ask_python(folder, question, signers).code
        outcome.python = {
            "without head": code,
            "with head": code or ask_python(folder, Question(victim.signers_file, victim.head), signers).code,
        }
        if bit == sampled:
            outcome.shell["without head"] = ask_shell(folder, question).code
        outcomes.append(outcome)
    put(folder / file, content)
    return outcomes


@contextmanager
def _workroom() -> Iterator[Path]:
    """Yield a folder in memory where there is one: each mutation copies an archive."""
    room = Path(tempfile.mkdtemp(prefix="proofloop-torture-", dir=MEMORY if MEMORY.is_dir() else None))
    tempfile.tempdir = str(room)
    try:
        yield room
    finally:
        tempfile.tempdir = None
        shutil.rmtree(room, ignore_errors=True)


def publish(outcomes: list[Outcome], bits: list[Outcome], arguments: argparse.Namespace, seconds: float) -> int:
    """Print the table and what is wrong, leave both as JSON, and return the exit code."""
    widths = {"class": 33, "count": 6, "with head": 10, "without": 8, "by shell": 9, "disagree": 9, "crashed": 8}
    print("\n" + "".join(f"{name:{'<' if name == 'class' else '>'}{width}}" for name, width in widths.items()))
    rows = [_row(kind, [outcome for outcome in outcomes if outcome.kind == kind]) for kind in CLASSES]
    rows += [_row("all", outcomes), _row("every bit flipped", bits)]
    for row in rows:
        if row["count"]:
            print("".join(f"{row[name]:{'<' if name == 'class' else '>'}{width}}" for name, width in widths.items()))
    faults = [(outcome, fault) for outcome in (*outcomes, *bits) for fault in outcome.faults]
    unseen = {outcome.kind for outcome in outcomes if not outcome.is_detected("without head")}
    complete = arguments.mutations >= 20 * len(CLASSES)
    if complete and unseen != UNSEEN_WITHOUT_HEAD:
        faults.append((outcomes[0], f"expected undetected without a head: {sorted(UNSEEN_WITHOUT_HEAD)}, found {sorted(unseen)}"))
    _tell(faults, unseen, outcomes, arguments, seconds)
    BUILD.mkdir(parents=True, exist_ok=True)
    document = {
        "seed": arguments.seed,
        "seconds": seconds,
        "rows": rows,
        "faults": [asdict(outcome) | {"fault": fault} for outcome, fault in faults],
    }
    (BUILD / "archive.json").write_text(json.dumps(document, indent=1))
    return int(bool(faults) or not outcomes)


def _row(kind: str, outcomes: Iterable[Outcome]) -> dict[str, int | str]:
    found = list(outcomes)
    return {
        "class": kind,
        "count": len(found),
        "with head": sum(outcome.is_detected("with head") for outcome in found),
        "without": sum(outcome.is_detected("without head") for outcome in found),
        "by shell": sum(bool(outcome.shell) for outcome in found),
        "disagree": sum(bool(outcome.disagreements) for outcome in found),
        "crashed": sum(bool(outcome.crashes) for outcome in found),
    }


def _tell(
    faults: list[tuple[Outcome, str]], unseen: set[str], outcomes: list[Outcome], arguments: argparse.Namespace, seconds: float
) -> None:
    modes = Counter(mode for outcome in outcomes for mode in outcome.shell)
    print(LEGEND)
    print(f"verify.sh was run {sum(modes.values())} times: {', '.join(f'{count} {mode}' for mode, count in sorted(modes.items()))}.")
    print(f"not detected without a head: {', '.join(sorted(unseen)) or 'nothing'}; {seconds:.0f} s, seed {arguments.seed}")
    for outcome, fault in faults[:20]:
        print(f"NOT OK: {outcome.kind} {outcome.number}: {fault} ({outcome.did})")
    named = f" ARCHIVE={arguments.archive}" if arguments.archive else ""
    number = faults[0][0].number if faults else "NUMBER"
    print(f"replay one: make torture WHAT=archive SEED={arguments.seed}{named} REPLAY={number}")


if __name__ == "__main__":
    sys.exit(main())

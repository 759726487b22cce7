"""One mutation, judged: made from a seed and a number, so that any of them can be made again.

Put here what one trial is and what is wrong with its outcome. Many of them are ``archive.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from registry.evidence.signers import Signers
from tests.torture.classes import CLASSES, UNSEEN_WITHOUT_HEAD
from tests.torture.judging import CRASHED, Answer, Question, ask_python, ask_shell
from tests.torture.site import Site
from tests.torture.victims import Victim

MORE_MODES_EVERY = 10
"""In one trial of so many, both verifiers are compared in another mode as well."""


@dataclass(slots=True)
class Outcome:
    """What both verifiers said; ``shell`` has an answer for each question that the shell was asked too."""

    number: int
    kind: str
    did: str
    python: dict[str, int] = field(default_factory=dict)
    shell: dict[str, int] = field(default_factory=dict)

    @property
    def disagreements(self) -> list[str]:
        return [mode for mode, code in self.shell.items() if code != self.python[mode]]

    @property
    def crashes(self) -> list[str]:
        return [mode for codes in (self.python, self.shell) for mode, code in codes.items() if code == CRASHED]

    def is_detected(self, mode: str) -> bool:
        """Whether nobody who asked in this mode could take it for an archive that passes."""
        return 0 not in (self.python[mode], self.shell.get(mode, 1))

    @property
    def faults(self) -> list[str]:
        """What must not be."""
        found = [f"{mode}: Python {self.python[mode]}, shell {self.shell[mode]}" for mode in self.disagreements]
        found += [f"{mode}: a verifier crashed" for mode in self.crashes]
        found += [] if self.is_detected("with head") else ["not detected with a head known elsewhere"]
        if self.kind not in UNSEEN_WITHOUT_HEAD and not self.is_detected("without head"):
            found.append("not detected without a head")
        return found


def mutate(victim: Victim, seed: str, number: int, folder: Path) -> Outcome:
    """Put a copy of the victim at ``folder`` and alter it; what alters nothing is drawn again."""
    kind = list(CLASSES)[number % len(CLASSES)]
    chance = Random(f"{seed} {number}")
    while True:
        victim.copy_to(folder)
        site = Site(folder, chance, victim.key, victim.stranger)
        before = site.state()
        did = CLASSES[kind](site)
        if site.state() != before:
            return Outcome(number, kind, did)


def questions_of(victim: Victim, seed: str, number: int) -> dict[str, Question]:
    """Return what is asked of both verifiers in this trial."""
    asked = {"without head": Question(victim.signers_file), "with head": Question(victim.signers_file, victim.head)}
    chance = Random(f"modes {seed} {number}")
    if chance.randrange(MORE_MODES_EVERY) == 0:
        more = {
            "without signers": Question(),
            "partial allowed": Question(victim.signers_file, whole=False),
            "since a seal": Question(victim.signers_file, victim.head, since=chance.randint(1, 4)),
        }
        mode = chance.choice(sorted(more))
        asked[mode] = more[mode]
    return asked


def judge(victim: Victim, signers: Signers, outcome: Outcome, folder: Path, questions: dict[str, Question]) -> dict[str, list[Answer]]:
    """Ask both verifiers and note their answers; a head can only add to what is wrong, so the shell is not always asked twice."""
    said: dict[str, list[Answer]] = {}
    for mode, question in questions.items():
        answers = [ask_python(folder, question, signers if question.signers_file else None)]
        outcome.python[mode] = answers[0].code
        if mode != "with head" or outcome.shell["without head"] == 0 or outcome.number % MORE_MODES_EVERY == 0:
            answers.append(ask_shell(folder, question))
            outcome.shell[mode] = answers[1].code
        said[mode] = answers
    return said

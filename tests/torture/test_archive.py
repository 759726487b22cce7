"""A small torture: two mutations of every class through both verifiers, hundreds more through one, and a harness that can say no."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.torture.classes import CLASSES, CUT, REWRITTEN, UNSEEN_WITHOUT_HEAD
from tests.torture.judging import CRASHED, Question, ask_python
from tests.torture.site import Site
from tests.torture.trial import Outcome, judge, mutate, questions_of
from tests.torture.victims import Victim, a_victim

SEED = "test"
EACH = 2
MORE_EACH = 12


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
    yield a_victim(tmp_path_factory.mktemp("victim"), SEED)


def numbers_of(kind: str, each: int) -> range:
    place = list(CLASSES).index(kind)
    return range(place, place + each * len(CLASSES), len(CLASSES))


@pytest.mark.parametrize("kind", CLASSES)
def test_a_mutation_is_detected_with_a_head_and_both_verifiers_agree(victim: Victim, tmp_path: Path, kind: str) -> None:
    for number in numbers_of(kind, EACH):
        outcome = mutate(victim, SEED, number, tmp_path / "archive")
        judge(victim, victim.signers, outcome, tmp_path / "archive", questions_of(victim, SEED, number))
        assert outcome.shell
        assert not outcome.faults, f"{outcome}; {outcome.faults}"


@pytest.mark.parametrize("kind", CLASSES)
def test_without_a_head_only_the_documented_classes_pass(victim: Victim, tmp_path: Path, kind: str) -> None:
    codes = []
    for number in numbers_of(kind, MORE_EACH):
        outcome = mutate(victim, SEED, number, tmp_path / "archive")
        codes.append(ask_python(tmp_path / "archive", Question(victim.signers_file), victim.signers).code)
        assert codes[-1] in ({0, 1} if kind in UNSEEN_WITHOUT_HEAD else {1, 3}), outcome.did
    assert (0 in codes) is (kind in UNSEEN_WITHOUT_HEAD)


def test_the_undetected_classes_are_the_two_of_the_guide() -> None:
    assert {CUT, REWRITTEN} == UNSEEN_WITHOUT_HEAD
    assert set(CLASSES) >= UNSEEN_WITHOUT_HEAD


def test_the_same_seed_and_number_give_the_same_archive(victim: Victim, tmp_path: Path) -> None:
    for number in range(0, len(CLASSES), 5):
        states = []
        for _ in range(2):
            outcome = mutate(victim, SEED, number, tmp_path / "archive")
            site = Site(tmp_path / "archive", None, victim.key, victim.stranger)  # type: ignore[arg-type]
            states.append((outcome.did, site.state()))
        assert states[0] == states[1]


def test_a_mutation_leaves_the_archive_that_it_was_copied_from_alone(victim: Victim, tmp_path: Path) -> None:
    before = Site(victim.folder, None, victim.key, victim.stranger).state()  # type: ignore[arg-type]
    for number in range(len(CLASSES)):
        mutate(victim, SEED, number, tmp_path / "archive")
    assert Site(victim.folder, None, victim.key, victim.stranger).state() == before  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "python", "shell", "fault"),
    [
        ("bit flip", {"with head": 1, "without head": 1}, {"without head": 3}, "without head: Python 1, shell 3"),
        ("bit flip", {"with head": 1, "without head": 0}, {"without head": 0}, "not detected without a head"),
        ("bit flip", {"with head": 0, "without head": 0}, {}, "not detected with a head known elsewhere"),
        (CUT, {"with head": 0, "without head": 0}, {}, "not detected with a head known elsewhere"),
        ("bit flip", {"with head": 1, "without head": CRASHED}, {}, "without head: a verifier crashed"),
        ("bit flip", {"with head": 1, "without head": 1}, {"without head": CRASHED}, "without head: a verifier crashed"),
    ],
)
def test_what_must_not_be_is_a_fault(kind: str, python: dict[str, int], shell: dict[str, int], fault: str) -> None:
    assert fault in Outcome(1, kind, "", python, shell).faults


def test_what_is_documented_is_no_fault() -> None:
    codes = {"with head": 1, "without head": 0}
    assert Outcome(1, CUT, "", codes, dict(codes)).faults == []
    assert Outcome(1, REWRITTEN, "", codes, dict(codes)).faults == []

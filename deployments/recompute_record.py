"""One recorded decision, judged again: what all kinds of decisions have in common that cite a package by their event.

Put here how sealed files are read for it and how what comes out is compared. What a kind is judged from is ``recompute_triggers.py`` and
``recompute_gate.py``; a day of triage has many events of its own (``recompute.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol

from registry.domain.canonical import digest_bytes
from registry.domain.decision import Verdict
from registry.domain.events import Event
from registry.errors import EvidenceError
from registry.evidence.packages import PackageSummary
from registry.evidence.record_differences import first_difference
from registry.evidence.report import Problem
from registry.evidence.sealed_days import POLICIES
from registry.evidence.sealed_events import SealedEvent
from registry.records import schema_version_of


class CitedWalk(Protocol):
    """What one kind of decision is judged again with: the events before are noted, then the event of a decision is judged."""

    def note(self, event: SealedEvent, envelope: dict[str, Any], /) -> None: ...

    def judge(self, event: SealedEvent, envelope: dict[str, Any], package: PackageSummary) -> list[Problem]: ...


class UnreadableError(EvidenceError):
    """A decision that cannot be judged again; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


def told(name: str, problems: Iterable[Problem]) -> list[Problem]:
    """Return what judging again finds of the decision ``name``; it never raises for anything that was sealed.

    What was found before something could not be read stays found.
    """
    found = list[Problem]()
    try:
        found.extend(problems)
    except UnreadableError as error:
        found.append(error.problem)
    except Exception as error:  # noqa: BLE001 - inputs that cannot be judged are told, not raised
        found.append(Problem(name, "inputs that can be judged", f"{type(error).__name__}: {error}", Verdict.INCONCLUSIVE))
    return found


def find_differences(name: str, again: bytes, kept: bytes, event: SealedEvent, made: Callable[[str], Event]) -> Iterator[Problem]:
    """Yield the first difference of a decision judged ``again`` from the one ``kept``, else of the event ``made`` of its digest."""
    if again != kept:
        yield _difference(name, again, kept)
    elif (body := made(digest_bytes(again)).canonical_body()) != event.body:
        yield _difference(f"ledger event {event.seq}", body, event.body)


def sealed_content(package: PackageSummary, name: str) -> bytes:
    """Return a file that was sealed."""
    path = package.path / name
    if not path.is_file():
        raise UnreadableError(
            Problem(f"{package.path.name}/{name}", "the file that was sealed", "none: removed since", Verdict.INCONCLUSIVE)
        )
    return path.read_bytes()


def sealed_inputs(package: PackageSummary, name: str, version: int) -> bytes:
    """Return the sealed inputs of a decision, which must have the schema ``version`` that is read today."""
    content = sealed_content(package, name)
    found = schema_version_of(content)
    if found != version:
        expected = f"inputs of schema version {version}"
        raise UnreadableError(Problem(f"{package.path.name}/{name}", expected, f"version {found}", Verdict.INCONCLUSIVE))
    return content


def policy_content(package: PackageSummary, policy_digest: str) -> bytes:
    """Return the sealed policy tables of a package, which must have the digest that its decision names."""
    content = sealed_content(package, POLICIES)
    if digest_bytes(content) != policy_digest:
        expected = f"a policy table with the decision's policy_digest, {policy_digest}"
        raise UnreadableError(Problem(f"{package.path.name}/{POLICIES}", expected, digest_bytes(content)))
    return content


def _difference(name: str, again: bytes, kept: bytes) -> Problem:
    key, expected, found = first_difference(again, kept)
    return Problem(name, f"{key}: {expected}, as judged again from the sealed inputs", found)


def merged(problems: Sequence[Problem]) -> Iterator[Problem]:
    """Yield the problems, those that packages next to each other share as one."""
    kept: list[tuple[Problem, str]] = []
    for problem in problems:
        before = kept[-1][0] if kept else None
        if before and problem.verdict is Verdict.INCONCLUSIVE and replace(problem, file=before.file) == before:
            kept[-1] = (before, problem.file)
        else:
            kept.append((problem, ""))
    for problem, last in kept:
        yield replace(problem, file=f"{problem.file} to {last}") if last else problem

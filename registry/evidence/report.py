"""What a verification found: a verdict, each problem with the file it names, and the head to note down.

Put the result type and its wording here. The rules are ``verify.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from registry.domain.decision import Verdict
from registry.evidence.seal import Seal

_EXIT_CODES = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.INCONCLUSIVE: 3}
_WORST_FIRST = (Verdict.FAIL, Verdict.INCONCLUSIVE)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it must be. FAIL: altered. INCONCLUSIVE: could not be told."""

    file: str
    expected: str
    found: str
    verdict: Verdict = Verdict.FAIL

    def __str__(self) -> str:
        return f"{self.file}: expected {self.expected}, found {self.found}"


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """The outcome of looking through an archive, and perhaps comparing it with the ledger.

    ``unsealed_event_count`` counts events of the ledger after the last seal; it stays None until the ledger was compared.
    """

    problems: tuple[Problem, ...]
    seals: tuple[Seal, ...]
    package_count: int
    file_count: int
    byte_count: int
    event_count: int
    unsealed_event_count: int | None = None

    @property
    def verdict(self) -> Verdict:
        """The worst of the problems; PASS only without any."""
        found = {problem.verdict for problem in self.problems}
        return next((verdict for verdict in _WORST_FIRST if verdict in found), Verdict.PASS)

    @property
    def exit_code(self) -> int:
        """What ``evidence verify`` exits with: 0 pass, 1 fail, 3 inconclusive."""
        return _EXIT_CODES[self.verdict]

    @property
    def head(self) -> Seal | None:
        """The newest seal that could be read."""
        return self.seals[-1] if self.seals else None

    def with_problems(self, problems: Iterable[Problem]) -> VerificationReport:
        """Return this report with more problems; none is ever taken away."""
        return replace(self, problems=(*self.problems, *problems))

    def lines(self) -> tuple[str, ...]:
        """Return the report as text for people, the verdict first."""
        counts = f"{self.package_count} packages, {self.file_count} files, {self.byte_count} bytes, {self.event_count} events"
        head = f"head {self.head.seq:06d} {self.head.digest}" if self.head else "head none"
        unsealed = () if self.unsealed_event_count is None else (f"events not sealed yet: {self.unsealed_event_count}",)
        problems = tuple(f"{problem.verdict}: {problem}" for problem in self.problems)
        advice = "note this head down elsewhere: only then is a rewritten or shortened archive visible"
        return (f"verdict {self.verdict}", counts, *unsealed, *problems, head, advice)

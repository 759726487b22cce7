"""What a verification found: a verdict, each problem with the file it names, and the head to note down.

Put the result type and its wording here. The rules are ``verify.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from registry.domain.decision import Verdict
from registry.evidence.levels import Level
from registry.evidence.seal import Seal

_EXIT_CODES = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.INCONCLUSIVE: 3}
_WORST_FIRST = (Verdict.FAIL, Verdict.INCONCLUSIVE)

PUBLISHING_UNFINISHED = "none: publishing was interrupted (publish again) or the seal was taken away"
REMOVAL_UNFINISHED = "it is still there: finish the removal"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it must be. FAIL: altered. INCONCLUSIVE: could not be told."""

    file: str
    expected: str
    found: str
    verdict: Verdict = Verdict.FAIL

    @property
    def is_unfinished(self) -> bool:
        """Whether it is only that the next run has to finish what another one began."""
        return self.verdict is Verdict.INCONCLUSIVE and self.found in {PUBLISHING_UNFINISHED, REMOVAL_UNFINISHED}

    def __str__(self) -> str:
        return f"{self.file}: expected {self.expected}, found {self.found}"


@dataclass(frozen=True, slots=True)
class Removal:
    """A file that is gone, and the package whose list says so."""

    file: str
    seal: int


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """The outcome of looking through an archive, and perhaps comparing it with the ledger.

    ``unsealed_event_count`` counts events of the ledger after the last seal; it stays None until the ledger was compared. ``base`` is the
    seal that a limited verification began after. A partial archive has more ``seals`` than its ``package_count``.
    """

    problems: tuple[Problem, ...]
    seals: tuple[Seal, ...]
    package_count: int
    file_count: int
    byte_count: int
    event_count: int
    unsealed_event_count: int | None = None
    level: Level = Level.MANIFESTS
    signature_count: int = 0
    removals: tuple[Removal, ...] = ()
    notes: tuple[str, ...] = ()
    base: Seal | None = None
    is_partial: bool = False

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
        return self.seals[-1] if self.seals else self.base

    @property
    def scope(self) -> str:
        """How much of the archive was looked at, in words; empty when it was all of it."""
        after = f"only what came after seal {self.base.seq:06d} {self.base.digest}" if self.base else ""
        partial = f"partial: {self.package_count} of {len(self.seals)} packages" if self.is_partial else ""
        return ", ".join(text for text in (partial, after) if text)

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
        verdict = f"verdict {self.verdict}" + (f" ({self.scope})" if self.scope else "")
        return (verdict, counts, *unsealed, *problems, *self._removed(), *self.notes, *self._levels(), head, advice)

    def _levels(self) -> tuple[str, ...]:
        if self.verdict is not Verdict.PASS:
            return ("level none: only an archive that passes has one",)
        lower = (f"  {level} leaves unseen: {level.invisible}" for level in Level if level <= self.level)
        return (f"level {self.level}, {self.signature_count} of {len(self.seals)} seals signed", *lower)

    def _removed(self) -> tuple[str, ...]:
        by_seal: dict[int, int] = {}
        for removal in self.removals:
            by_seal[removal.seal] = by_seal.get(removal.seal, 0) + 1
        return tuple(f"{count} files removed under seal {seal:06d}" for seal, count in sorted(by_seal.items()))

"""Judge past days again from what was sealed with them, and compare byte by byte.

Put here how an archive is walked to judge its days again; what a package must hold for it is ``registry/evidence/sealed_days.py``, what a
decision remembers ``registry/domain/memory.py``. The ledger is not asked: an archive alone is enough.

The rules:
 * The days are walked forward once, with one memory that grows by each day's sealed events and counts; windows of watched systems are
   judged again where their events stand (``recompute_triggers.py``), and so is every other decision (``recompute_*.py``).
 * FAIL: a decision, or an event it appended, comes out otherwise; the first key that differs is named with both values.
 * INCONCLUSIVE: a day that cannot be judged again, or whose history reaches back to one that cannot be read; so is nothing to judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from checks.triage import judge_triage
from checks.triage_events import decided_event
from checks.verdict import badness
from deployments.recompute_closure import ClosureWalk, PortfolioWalk
from deployments.recompute_dossier import DossierWalk, has_dossier
from deployments.recompute_gate import GateWalk
from deployments.recompute_memory import WalkMemory
from deployments.recompute_record import CitedWalk, merged
from deployments.recompute_recurrence import IndicatorWalk, WindowWalk
from deployments.recompute_release import ReleaseWalk
from deployments.recompute_seen import ArchiveSeen
from deployments.recompute_triggers import TRIGGER_KINDS, TriggerWalk
from registry.domain.canonical import digest_bytes, record_json
from registry.domain.decision import Verdict
from registry.domain.events import Event, EventKind
from registry.domain.feed import FeedDelivery
from registry.domain.record_forms import decision_of_version
from registry.errors import EvidenceError
from registry.evidence.packages import PackageSummary, list_packages
from registry.evidence.record_differences import first_difference
from registry.evidence.report import Problem
from registry.evidence.sealed_days import DECISION, NotReadableError, SealedDay, count_problems, read_day_inputs, read_sealed_day
from registry.evidence.sealed_events import SealedEvent, read_sealed_events
from registry.program import program_versions

_CITING_ONLY = frozenset({EventKind.REFERENCE_FROZEN, EventKind.APPROVAL_RECORDED})  # but for the approval that closes an issue


@dataclass(frozen=True, slots=True)
class Recomputation:
    """What judging again found: how many days came out byte for byte, of how many, and each problem."""

    same_count: int
    day_count: int
    problems: tuple[Problem, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst of the problems; PASS only without any."""
        return max((problem.verdict for problem in self.problems), key=badness, default=Verdict.PASS)


def recompute_problems(archive: Path, since: int = 0) -> tuple[Problem, ...]:
    """Judge every decision after seal ``since`` again and return what did not come out the same; empty only when all did."""
    return recompute(archive, since).problems


def recompute(archive: Path, since: int = 0, only: frozenset[int] = frozenset()) -> Recomputation:
    """Judge the decisions of an archive again, those after seal ``since`` or of the packages ``only``.

    Never raises for anything that lies in the archive: what cannot be judged is INCONCLUSIVE.
    """
    walk = _Walk(archive, since, only)
    try:
        walk.run()
    except (EvidenceError, OSError) as error:
        walk.note(Problem(str(archive), "an archive that can be read to the end", str(error), Verdict.INCONCLUSIVE))
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the answer must not be a pass
        found = f"{type(error).__name__}: {error}"
        walk.note(Problem(str(archive), "an archive that can be read to the end", found, Verdict.INCONCLUSIVE))
    return Recomputation(walk.same_count, walk.day_count, tuple(merged(tuple(dict.fromkeys(walk.problems)))))


class _Walk:
    """One walk along the sealed events, judging each decision again as its event is met."""

    def __init__(self, archive: Path, since: int, only: frozenset[int]) -> None:
        self._archive, self._since, self._only = archive, since, only
        self._memory = WalkMemory()
        self._uncited: dict[str, PackageSummary] = {}
        self._cited: dict[str, PackageSummary] = {}  # by events of triggers, gate and releases: of a run of the triggers one has many
        self._triggers = TriggerWalk()
        seen = ArchiveSeen()
        closures = ClosureWalk(seen)
        self._asked: dict[str, CitedWalk] = {
            EventKind.GATE_DECIDED: GateWalk(),
            EventKind.RELEASE_PROPOSED: ReleaseWalk(),
            EventKind.WINDOW_JUDGED: WindowWalk(seen),
            EventKind.INDICATORS_READ: IndicatorWalk(self._memory),
            EventKind.CLOSURE_JUDGED: closures,
            EventKind.PORTFOLIO_READ: PortfolioWalk(),
            EventKind.APPROVAL_RECORDED: DossierWalk(closures),
        }
        self._answered: set[int] = set()  # packages that were judged, or have a problem that says why not
        self.problems: list[Problem] = []
        self.same_count = self.day_count = 0

    def note(self, problem: Problem) -> None:
        self.problems.append(problem)

    def run(self) -> None:
        packages = list_packages(self._archive)
        missing = self._only - {package.seal.seq for package in packages}
        self._answered |= missing
        for seq in sorted(missing):
            self.note(Problem(f"{seq:06d}", "a sealed package", "none of this number", Verdict.INCONCLUSIVE))
        self._uncited = {package.seal.bundle_digest: package for package in packages}
        for event in read_sealed_events(self._archive):
            envelope = event.envelope()
            self._memory.note(event, envelope)
            if envelope["kind"] in {*TRIGGER_KINDS, *self._asked} and envelope["data"].get("bundle_digest"):
                self._judge_cited(event, envelope)
            self._triggers.note(event, envelope, self._cited.get(envelope["data"].get("bundle_digest", "")))
            for walk in self._asked.values():
                walk.note(event, envelope)
            if envelope["kind"] == EventKind.TRIAGE_DECIDED:
                counts = self._met(event, envelope)
                self._memory.advance(event.seq)
                self._memory.add_counts(counts)
        self._finish()

    def _finish(self) -> None:
        for package in self._uncited.values():
            if self._is_wanted(package) and (package.path / DECISION).is_file():
                self.note(Problem(f"{package.path.name}/{DECISION}", "an event that cites this package", "none"))
                self._answered.add(package.seal.seq)
        for seq in sorted(self._only - self._answered):
            self.note(Problem(f"{seq:06d}", "a decision to judge again", "none in this package", Verdict.INCONCLUSIVE))
        if not self.day_count and not self.problems:
            self.note(Problem(str(self._archive), "at least one decision to judge again", "none", Verdict.INCONCLUSIVE))

    def _judge_cited(self, event: SealedEvent, envelope: dict[str, Any]) -> None:
        """Judge the window, candidate, release or run of ``event`` again; a reference or an approval only cites its package."""
        bundle_digest = envelope["data"]["bundle_digest"]
        package = self._uncited.pop(bundle_digest, None) or self._cited.get(bundle_digest)
        if package is not None:
            self._cited[bundle_digest] = package
        is_decision = envelope["kind"] not in _CITING_ONLY or (envelope["kind"] == EventKind.APPROVAL_RECORDED and has_dossier(package))
        if not is_decision or not self._is_wanted(package or event.package):
            return
        where = Problem(f"package {bundle_digest} of event {event.seq}", "a sealed package", "none in the archive", Verdict.INCONCLUSIVE)
        walk = self._asked.get(envelope["kind"], self._triggers)
        problems = walk.judge(event, envelope, package) if package else [where]
        self._answered |= {package.seal.seq} if package else set()
        self.day_count += 1
        self.problems += problems
        self.same_count += not problems

    def _is_wanted(self, package: PackageSummary) -> bool:
        return package.seal.seq in self._only if self._only else package.seal.seq > self._since

    def _met(self, event: SealedEvent, envelope: dict[str, Any]) -> Sequence[FeedDelivery]:
        """Judge the decision of ``event`` again, and return what its day counted."""
        data = envelope["data"]
        package = self._uncited.pop(data["bundle_digest"], None)
        wanted = self._is_wanted(package or event.package)
        self.day_count += wanted
        self._answered |= {package.seal.seq} if package else set()
        try:
            if package is None:
                where = f"package {data['bundle_digest']} of event {event.seq}"
                raise NotReadableError(Problem(where, "a sealed package", "none in the archive", Verdict.INCONCLUSIVE))
            inputs = read_day_inputs(package)
            if wanted:
                self._judge(read_sealed_day(package, inputs), event)
        except NotReadableError as error:
            if wanted:
                self.note(error.problem)
            on = date.fromisoformat(envelope["business_date"])
            self._memory.add_gap(data["systems"], on, f"none of {on} ({error.problem.file})")
            return ()
        return inputs.feeds()

    def _judge(self, day: SealedDay, event: SealedEvent) -> None:
        name = f"{day.package.path.name}/{DECISION}"
        if missing := self._memory.lacks({system.system_id for system in day.systems}, day.inputs.business_date, day.policies):
            return self.note(Problem(name, "the counts of every day its history reaches back to", missing, Verdict.INCONCLUSIVE))
        try:
            problems = [*count_problems(day), *self._compared(day, event, name)]
        except Exception as error:  # noqa: BLE001 - inputs that cannot be judged are told, not raised
            problems = [Problem(name, "inputs that can be judged", f"{type(error).__name__}: {error}", Verdict.INCONCLUSIVE)]
        self.problems += problems
        self.same_count += not problems
        return None

    def _compared(self, day: SealedDay, event: SealedEvent, name: str) -> Iterator[Problem]:
        inputs, systems = day.inputs, tuple(system.system_id for system in day.systems)
        self._memory.advance(min(day.events, event.seq - 1))
        history = self._memory.history(systems, inputs.business_date, day.policies, day.events)
        outcome = judge_triage(inputs.judged_with(day.systems, day.policies, history))
        again = decision_of_version(record_json(outcome.day), inputs.schema_version)
        if again != day.decision:
            yield _difference(name, again, day)
            return
        decided = decided_event(outcome.day, day.package.seal.bundle_digest, digest_bytes(again))
        yield from self._compare_events((*outcome.events, decided), day)

    def _compare_events(self, events: Sequence[Event], day: SealedDay) -> Iterator[Problem]:
        """A day's events stand together, the decision last: each must be what the day appends when it is judged again."""
        systems = {system.system_id for system in day.systems}
        bodies = list(dict.fromkeys(event.canonical_body() for event in events))
        sealed = [event for event, _ in self._memory.waiting[-len(bodies) :]]
        if len(sealed) < len(bodies):
            yield Problem(f"events of {day.package.path.name}", f"{len(bodies)} after event {day.events}", f"{len(sealed)}")
            return
        between = [event.seq for event, envelope in self._memory.waiting[: -len(bodies)] if envelope["system"] in systems]
        latest = max([*between, *(self._memory.latest(system_id) for system_id in systems)])
        if latest > day.events:
            expected = f"knowledge of event {latest}, which came before the day's own"
            yield Problem(f"{day.package.path.name}/{DECISION}", expected, f"knowledge_cut.events: {day.events}")
        for body, event in zip(bodies, sealed, strict=False):
            if body != event.body:
                yield _difference(f"ledger event {event.seq}", body, replace(day, decision=event.body))
                return


def _difference(name: str, again: bytes, day: SealedDay) -> Problem:
    key, expected, found = first_difference(again, day.decision)
    then, now = day.inputs.program, program_versions()
    by = "" if then == now else f" by {_told(now)}; it was sealed by {_told(then)}"
    return Problem(name, f"{key}: {expected}, as judged again from the sealed inputs{by}", found)


def _told(program: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted(program.items()))

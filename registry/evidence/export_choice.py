"""Which packages go with an issue into an export, and why each of them.

Put the choice of packages here. Writing the folder is ``export.py``; what an issue is comes from its events.

The rules:
 * Packages that sealed events of the issue, and those of the decisions that made these events (a run cites its package).
 * Packages of the runs that read the signals which hang on the issue.
 * Packages that set or lifted a legal hold on the issue, or say that narratives of its signals were erased.
 * Packages in which the sealing key changed: without them the signatures after the change cannot be judged.
 * Packages whose list of removed files names a file of a chosen package: without them the gap would look like tampering.
 * A decision whose package is not in the archive yet leaves the issue's evidence incomplete: nothing is chosen then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.issue_export import Erasure, Reason
from registry.evidence.names import REMOVED_FILE, SEALS_FOLDER
from registry.evidence.packages import PackageSummary
from registry.evidence.report import Problem
from registry.evidence.seal import parse_manifest
from registry.evidence.sealed_events import SealedEvent

RunDay = tuple[str, str]
"""A system and a business date: what one run decided."""

_HOLDS = (EventKind.LEGAL_HOLD_SET, EventKind.LEGAL_HOLD_LIFTED)


@dataclass(slots=True)
class PackageChoice:
    """What was chosen so far, as the sealed events pass by in order.

    ``signal_days`` are the runs that read the signals on the issue, ``signal_keys`` those signals.
    """

    issue_id: str
    signal_days: Collection[RunDay]
    signal_keys: Collection[str]
    reasons: dict[int, set[Reason]] = field(default_factory=lambda: defaultdict(set))
    erasures: list[Erasure] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _holds: set[str] = field(default_factory=set)
    _issue_days: set[RunDay] = field(default_factory=set)
    _decided: list[tuple[int, set[RunDay], str]] = field(default_factory=list)
    _issues_of: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))

    def see(self, event: SealedEvent) -> None:
        """Take the next event into account."""
        envelope, package = event.envelope(), event.package.seal.seq
        kind, on = envelope["kind"], envelope["business_date"]
        if envelope["issue"]:
            self._issues_of[package].add(envelope["issue"])
        if envelope["issue"] == self.issue_id:
            self.reasons[package].add(Reason.EVENTS)
            if envelope["actor"] == "machine":
                self._issue_days.add((envelope["system"], on))
        elif kind == EventKind.TRIAGE_DECIDED:
            days = {(system, on) for system in envelope["data"]["systems"]}
            self._decided.append((event.seq, days, envelope["data"]["bundle_digest"]))
        elif kind == EventKind.SEALING_KEY_ROTATED:
            self.reasons[package].add(Reason.SEALING_KEY)
        elif kind == EventKind.NARRATIVE_ERASED:
            self._see_erasure(event.seq, package, envelope["data"])
        elif kind in _HOLDS:
            self._see_hold(package, envelope["data"])

    def finish(self, packages: Iterable[PackageSummary]) -> dict[int, tuple[Reason, ...]]:
        """Return the chosen packages of ``packages`` with the reasons, by number.

        A decision that cites a package which is not among them is a problem, and the choice is of no use.
        """
        found = tuple(packages)
        by_bundle = {package.seal.bundle_digest: package.seal.seq for package in found}
        for seq, days, bundle in self._decided:
            for reason, wanted in ((Reason.DECISION, self._issue_days), (Reason.SIGNALS, self.signal_days)):
                if days.isdisjoint(wanted):
                    continue
                if bundle in by_bundle:
                    self.reasons[by_bundle[bundle]].add(reason)
                else:
                    found_none = "none: seal what is promised with `proofloop evidence seal`, then export again"
                    self.problems.append(Problem(bundle, f"the sealed package of event {seq}", found_none, Verdict.INCONCLUSIVE))
        for package in found:
            if _names_a_file_of(package, self.reasons):
                self.reasons[package.seal.seq].add(Reason.REMOVAL)
        return {seq: tuple(reason for reason in Reason if reason in why) for seq, why in sorted(self.reasons.items())}

    def other_issues(self, packages: Collection[int]) -> int:
        """Return how many other issues have events in these packages."""
        there = {issue for seq in packages for issue in self._issues_of.get(seq, ())}
        return len(there - {self.issue_id})

    def _see_erasure(self, seq: int, package: int, data: dict[str, Any]) -> None:
        count = len(set(data["signals"]).intersection(self.signal_keys))
        if count:
            self.erasures.append(Erasure(seq, package, count))
            self.reasons[package].add(Reason.ERASURE)

    def _see_hold(self, package: int, data: dict[str, Any]) -> None:
        if (data.get("scope"), data.get("target")) == ("issue", self.issue_id):
            self._holds.add(data["hold"])
        if data["hold"] in self._holds:
            self.reasons[package].add(Reason.HOLD)


def files_of(package: PackageSummary) -> tuple[str, ...]:
    """Return the files that a package's manifest lists, whether they are still there or not."""
    return tuple(path.partition("/")[2] for path in _manifest(package) if not path.startswith(f"{SEALS_FOLDER}/"))


def _names_a_file_of(package: PackageSummary, chosen: Collection[int]) -> bool:
    path = package.path / REMOVED_FILE
    listed = parse_manifest(path.read_bytes(), f"{package.path.name}/{REMOVED_FILE}") if path.is_file() else {}
    return any(int(name[:6]) in chosen for name in listed)


def _manifest(package: PackageSummary) -> dict[str, str]:
    path = package.path.parent / SEALS_FOLDER / f"{package.path.name}.sha256"
    return parse_manifest(path.read_bytes(), f"{SEALS_FOLDER}/{path.name}")

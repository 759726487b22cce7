"""Judge past decisions about releases again from what was sealed with them, and compare byte by byte.

Put here how one proposal of a release is judged again; walking an archive is ``recompute.py``. The ledger is not asked, nor any file of the
workspace, nor the model registry: what was read is sealed.

The rules:
 * FAIL: a decision or its events come out otherwise; the decision of the gate, the holds or the versions that it rests on are not those
   that the events before it tell; a card or record beside it is not the one that was judged.
 * INCONCLUSIVE: a file that a decision rests on is not there any more, or of another schema version.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from checks.release_events import proposed_events
from checks.release_gates import judge_release
from deployments.recompute_record import find_differences, policy_content, sealed_content, sealed_inputs, told
from registry.domain.canonical import digest_bytes, record_json
from registry.domain.events import EventKind
from registry.domain.release_acts import SystemNow
from registry.domain.release_read import CardRead, SignedRecord
from registry.domain.release_run import JudgedCandidate
from registry.domain.release_sealed import SCHEMA_VERSION, SealedRelease
from registry.domain.release_told import TOLD_KINDS, judged_by, system_now
from registry.evidence.packages import PackageSummary
from registry.evidence.report import Problem
from registry.evidence.sealed_days import DECISION, INPUTS
from registry.evidence.sealed_events import SealedEvent
from registry.policies.release import read_release_policy
from registry.records import read_sealed_release
from reports.release_package import paper_name


class ReleaseWalk:
    """What judging releases again needs of the events before: the gate's decisions, what holds for systems, and rehearsals."""

    def __init__(self) -> None:
        self._gates: dict[int, dict[str, Any]] = {}
        self._told: list[tuple[int, dict[str, Any]]] = []
        self._rehearsed: dict[str, bytes] = {}

    def note(self, event: SealedEvent, envelope: dict[str, Any]) -> None:
        """Remember one event."""
        kind = envelope["kind"]
        if kind == EventKind.GATE_DECIDED:
            self._gates[event.seq] = envelope
        elif kind in TOLD_KINDS:
            self._told.append((event.seq, envelope))
        elif kind == EventKind.ROLLBACK_REHEARSED:
            self._rehearsed[envelope["subject"]] = event.body

    def judge(self, event: SealedEvent, envelope: dict[str, Any], package: PackageSummary) -> list[Problem]:
        """Return what does not come out the same of the proposal that an event records; the event itself is not noted yet."""
        name = f"{package.path.name}/{DECISION}"
        return told(name, self._compared(event, envelope, package, name))

    def _compared(self, event: SealedEvent, envelope: dict[str, Any], package: PackageSummary, name: str) -> Iterator[Problem]:
        sealed = read_sealed_release(sealed_inputs(package, INPUTS, SCHEMA_VERSION))
        inputs = sealed.judged_with(read_release_policy(policy_content(package, envelope["data"]["policy_digest"])))
        yield from self._find_otherwise_told(sealed, name)
        yield from _find_other_papers(sealed, package)
        decision = judge_release(inputs)
        kept, digest = sealed_content(package, DECISION), digest_bytes(record_json(decision))
        *tried, _ = proposed_events(inputs, decision, envelope["data"]["bundle_digest"], digest)
        if [one.canonical_body() for one in tried] != [body for body in [self._rehearsed.get(decision.release_id)] if body is not None]:
            yield Problem(name, "the rehearsal of the way back, as the event before tells it", "another, or none")
        yield from find_differences(
            name,
            record_json(decision),
            kept,
            event,
            lambda found: proposed_events(inputs, decision, envelope["data"]["bundle_digest"], found)[-1],
        )

    def _find_otherwise_told(self, sealed: SealedRelease, name: str) -> Iterator[Problem]:
        if sealed.judged and sealed.judged != (known := self._judged(sealed.judged, sealed.events)):
            yield Problem(name, f"judged: {known}, as the gate's event before tells it", f"{sealed.judged}")
        now = system_now(sealed.system, sealed.spec.artifact, sealed.as_of, [one for one in self._told if one[0] <= sealed.events])
        if (now.holds, now.in_force, now.others) != (sealed.holds, sealed.in_force, sealed.others):
            found = f"{len(sealed.holds)} holds and {_versions(sealed)}"
            yield Problem(name, f"{len(now.holds)} holds and {_versions(now)}, as the events before tell it", found)

    def _judged(self, sealed: JudgedCandidate, events: int) -> JudgedCandidate | None:
        known = self._gates.get(sealed.event) if sealed.event <= events else None
        if known is None:
            return None
        told = judged_by(sealed.event, known, is_verified=sealed.is_verified, needs_reserve=sealed.needs_reserve)
        policy = None if sealed.policy_digest is None else told.policy_digest
        told = replace(told, policy_digest=policy)
        return replace(told, files_digest=sealed.files_digest, champion_files_digest=sealed.champion_files_digest)


def _find_other_papers(sealed: SealedRelease, package: PackageSummary) -> Iterator[Problem]:
    papers: tuple[CardRead | SignedRecord, ...] = (*sealed.cards, *sealed.records)
    for one in papers:
        if one.digest and (found := digest_bytes(sealed_content(package, paper_name(one.kind)))) != one.digest:
            yield Problem(f"{package.path.name}/{paper_name(one.kind)}", f"{one.digest}, which was judged", found)


def _versions(said: SealedRelease | SystemNow) -> str:
    others = [(f"{name} ", one) for name, serving in sorted(said.others.items()) for one in serving]
    listed = [("", one) for one in said.in_force] + others
    return ", ".join(f"{name}{one.version} with {one.share_percent} %" for name, one in listed) or "nothing in force"

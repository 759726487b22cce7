"""Judge past windows of watched systems again from what was sealed with them, and compare byte by byte.

Put here how one decision of the retraining triggers is judged again; walking an archive is ``recompute.py``. The ledger is not asked, nor
is any source: counts, outcomes and reference are sealed.

The rules:
 * FAIL: a decision or its event comes out otherwise, or the history it was judged with is not what the events before it tell.
 * INCONCLUSIVE: a file that a decision rests on is not there any more, or of another schema version.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from checks.retraining import judge_triggers
from checks.trigger_events import evaluated_event
from deployments.recompute_record import UnreadableError, find_differences, policy_content, sealed_content, sealed_inputs, told
from registry.domain.canonical import digest_bytes, record_json
from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.profile import ReferenceProfile
from registry.domain.sealed_triggers import SCHEMA_VERSION, SealedTrigger
from registry.domain.trigger_folding import HISTORY_KINDS, fold_history
from registry.domain.triggers import TriggerHistory
from registry.evidence.packages import PackageSummary
from registry.evidence.report import Problem
from registry.evidence.sealed_events import SealedEvent
from registry.policies.triggers import read_trigger_policies
from registry.records import read_reference, read_sealed_trigger

TRIGGER_KINDS = frozenset({EventKind.TRIGGERS_EVALUATED, EventKind.REFERENCE_FROZEN})


class TriggerWalk:
    """What judging windows again needs of the events before: the histories of the systems, and where each reference lies."""

    def __init__(self) -> None:
        self._events: dict[str, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
        self._references: dict[str, tuple[Path, str]] = {}

    def note(self, event: SealedEvent, envelope: dict[str, Any], package: PackageSummary | None) -> None:
        """Remember one event; ``package`` is the one that it cites."""
        if envelope["kind"] in HISTORY_KINDS:
            self._events[envelope["system"]].append((event.seq, envelope))
        if envelope["kind"] == EventKind.REFERENCE_FROZEN and package is not None:
            self._references[envelope["data"]["reference_digest"]] = (package.path, envelope["data"]["record"])

    def judge(self, event: SealedEvent, envelope: dict[str, Any], package: PackageSummary) -> list[Problem]:
        """Return what does not come out the same of the decision that an event records; the event itself is not noted yet."""
        name = f"{package.path.name}/{envelope['data']['record']}"
        return told(name, self._compared(event, envelope, package, name))

    def _compared(self, event: SealedEvent, envelope: dict[str, Any], package: PackageSummary, name: str) -> Iterator[Problem]:
        record = envelope["data"]["record"]
        sealed = read_sealed_trigger(sealed_inputs(package, record.replace("decision-", "inputs-"), SCHEMA_VERSION))
        policies = read_trigger_policies(policy_content(package, envelope["data"]["policy_digest"]))
        inputs = sealed.judged_with(policies, self._reference(sealed, name))
        known = fold_history(sealed.system, self._events[envelope["system"]], policies, sealed.as_of)
        yield from _history_problems(sealed.history, known, name)
        decision = judge_triggers(inputs)
        kept, cited = sealed_content(package, record), envelope["data"]["bundle_digest"]
        made = partial(evaluated_event, decision, cited, record=record)
        yield from find_differences(name, record_json(decision), kept, event, made)

    def _reference(self, sealed: SealedTrigger, name: str) -> ReferenceProfile | None:
        if not sealed.reference_digest:
            return None
        folder, record = self._references.get(sealed.reference_digest, (None, ""))
        path = folder / record if folder else None
        if path is None or not path.is_file():
            expected = f"the sealed reference {sealed.reference_digest}"
            raise UnreadableError(Problem(name, expected, "none in the archive", Verdict.INCONCLUSIVE))
        content = path.read_bytes()
        if digest_bytes(content) != sealed.reference_digest:
            raise UnreadableError(Problem(f"{path.parent.name}/{record}", sealed.reference_digest, digest_bytes(content)))
        return read_reference(content)


def _history_problems(sealed: TriggerHistory, known: TriggerHistory, name: str) -> Iterator[Problem]:
    """Windows of the same run are kept longer within it than in the ledger's memory: what the events tell must all be there."""
    told = {field: getattr(known, field) for field in known.__dataclass_fields__ if field not in ("events", "windows")}
    different = [field for field, value in told.items() if (value or None) != (getattr(sealed, field) or None)]
    if not set(known.windows) <= set(sealed.windows):
        different.append("windows")
    if different:
        expected = f"history.{different[0]} as the events before tell it"
        yield Problem(name, expected, f"{getattr(sealed, different[0])!r}"[:200])

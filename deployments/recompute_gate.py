"""Judge past decisions of the evaluation gate again from what was sealed with them, and compare byte by byte.

Put here how one decision of the gate is judged again; walking an archive is ``recompute.py``. The ledger is not asked, nor any source nor
the model registry: cases, outcomes and policy are sealed.

The rules:
 * FAIL: a decision or its event comes out otherwise, or the looks that it counted, or the outcomes that it found changed, are not those
   that the events before it tell.
 * INCONCLUSIVE: a file that a decision rests on is not there any more, or of another schema version.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from checks.eval_gate import judge_gate
from checks.gate_event import gate_event
from deployments.recompute_record import find_differences, policy_content, sealed_content, sealed_inputs, told
from registry.domain.canonical import record_json
from registry.domain.gate import ChangedOutcomes
from registry.domain.gate_history import changed_outcomes, count_looks
from registry.domain.gate_run import GATE_KINDS, SCHEMA_VERSION
from registry.evidence.packages import PackageSummary
from registry.evidence.report import Problem
from registry.evidence.sealed_days import DECISION, INPUTS
from registry.evidence.sealed_events import SealedEvent
from registry.policies.gate import read_gate_policy
from registry.records import read_sealed_gate


class GateWalk:
    """What judging the gate again needs of the events before: the decisions that looked at a set."""

    def __init__(self) -> None:
        self._decided: list[tuple[int, dict[str, Any]]] = []

    def note(self, event: SealedEvent, envelope: dict[str, Any]) -> None:
        """Remember one event."""
        if envelope["kind"] in GATE_KINDS:
            self._decided.append((event.seq, envelope))

    def judge(self, event: SealedEvent, envelope: dict[str, Any], package: PackageSummary) -> list[Problem]:
        """Return what does not come out the same of the decision that an event records; the event itself is not noted yet."""
        name = f"{package.path.name}/{DECISION}"
        return told(name, self._compared(event, envelope, package, name))

    def _compared(self, event: SealedEvent, envelope: dict[str, Any], package: PackageSummary, name: str) -> Iterator[Problem]:
        sealed = read_sealed_gate(sealed_inputs(package, INPUTS, SCHEMA_VERSION))
        inputs = sealed.judged_with(read_gate_policy(policy_content(package, envelope["data"]["policy_digest"])))
        before = [one for one in self._decided if one[0] <= sealed.events]
        if (looks := count_looks(before, inputs)) != sealed.looks:
            yield Problem(name, f"looks: {looks}, as the events before tell them", f"{sealed.looks}")
        if (changed := changed_outcomes(before, inputs)) != sealed.changed:
            yield Problem(name, f"changed: {_named(changed)}, as the events before tell it", _named(sealed.changed))
        decision = judge_gate(inputs)
        kept, made = sealed_content(package, DECISION), partial(gate_event, inputs, decision, envelope["data"]["bundle_digest"])
        yield from find_differences(name, record_json(decision), kept, event, made)


def _named(changed: tuple[ChangedOutcomes, ...]) -> str:
    return ", ".join(f"{one.version} since event {one.event}" for one in changed) or "none"

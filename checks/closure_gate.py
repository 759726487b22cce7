"""Closure gates: how the items that one lacks become its judgement, and how documents and nodes that it rests on are found.

Put here what all seven gates share. What one of them asks is ``closure_scope.py`` and its neighbours.

The rules:
 * A gate is as bad as the worst of what it lacks; with nothing lacking it is a PASS, and says how it came to be one.
 * The severity that a gate asks by is the highest of the occurrence, whoever lowered it since.
 * A list of links is there, and none of them only holds the place of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checks.verdict import badness
from checks.work.answers import is_placeholder
from checks.work.coverage import severity_asked
from registry.domain.closure import ClosureInputs, GateJudgement, GateStanding, Lack
from registry.domain.decision import Verdict
from registry.domain.signal import Severity
from registry.domain.steps_closure import ClosureGate
from registry.domain.work import StepKind, StepTaken


def judged(
    gate: ClosureGate, lacks: Iterable[Lack], evidence: Iterable[str], summary: str, standing: GateStanding = GateStanding.EARNED
) -> GateJudgement:
    """Return the judgement of a gate; ``summary`` and ``standing`` are those of one that passes."""
    found = tuple(dict.fromkeys(lacks))
    verdict = max((lack.verdict for lack in found), key=badness, default=Verdict.PASS)
    if found:
        summary, standing = told(found), GateStanding.LACKING
    return GateJudgement(gate, verdict, standing, summary, tuple(dict.fromkeys(evidence)), found)


def told(lacks: tuple[Lack, ...]) -> str:
    """Return in one sentence what is lacking: the worst item first, and how many more there are."""
    worst = max(lacks, key=lambda lack: badness(lack.verdict))
    return worst.missing + (f" (and {len(lacks) - 1} more)" if len(lacks) > 1 else "")


def severity_of(inputs: ClosureInputs) -> Severity:
    """Return the highest severity of the present occurrence."""
    return max(inputs.severity, severity_asked(inputs.case), key=lambda severity: severity.rank)


def nodes_of(inputs: ClosureInputs, *steps: StepTaken | None) -> tuple[str, ...]:
    """Return the ids of the current nodes that rest on the events of ``steps``."""
    events = {step.seq for step in steps if step}
    return tuple(node.node_id for node in inputs.graph.nodes if node.event in events and node.is_current)


def fixed_by(inputs: ClosureInputs) -> StepTaken | None:
    """Return the step by which the fix of the present occurrence was released."""
    return inputs.case.latest(StepKind.IMPLEMENT)


def find_unsaid_fields(inputs: ClosureInputs, step: StepTaken, names: Iterable[str], code: str) -> Iterator[Lack]:
    """Yield each field of a step's document in which nothing is said: a text or a list that is empty, or only holds a place."""
    for name in names:
        value = getattr(step.document, name)
        items = value if isinstance(value, tuple) else (value,)
        if not items or any(is_empty(inputs, item) for item in items):
            missing = f"expected {name} in the step `{step.kind}` of event {step.seq}, found nothing that says something"
            yield Lack(code, missing, f"take the step `{step.kind}` again, and write {name}")


def is_empty(inputs: ClosureInputs, text: str) -> bool:
    """Return whether a text says nothing."""
    return not text.strip() or is_placeholder(text, inputs.work.limits.placeholders)

"""Every ordered pair of the versions of one evaluation through the gate, and the matrix of what it answered.

Put here how pairs are judged in one process and drawn; what is expected of them is ``tests/real/gate.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

from checks.eval_gate import judge_gate
from checks.gate_answers import kept_outcomes
from checks.redaction import redaction_of
from flows.clock import now
from registry.catalogue.loader import load_evaluated
from registry.domain.decision import Verdict
from registry.domain.gate import ComparisonState, GateDecision
from registry.domain.gate_run import GateKnown, GateRead, gate_inputs_of
from registry.domain.segments import WHOLE
from registry.sources.evaluation_outcomes import read_outcomes
from registry.sources.evaluation_set import read_evaluation_set
from tasks.gate import load_gate_plan
from tasks.gate_versions import pin_versions
from tasks.profiles import prediction_place
from tasks.workspace import workspace_of
from tests.real.evaluated import Evaluated

AS_OF = datetime(2026, 3, 2, 9, tzinfo=UTC)
Pairs = Mapping[tuple[str, str], GateDecision]


def judge_pairs(root: Path, evaluated: Evaluated) -> Pairs:
    """Return the decision about each ordered pair, also of a version with itself; set and outcomes are read once, as the flow reads them.

    No decision knows of another one: each is what a workspace with nothing in its ledger would have got.
    """
    evaluation = _Evaluation(root, evaluated)
    return {pair: evaluation.judged(*pair) for pair in product(evaluated.versions, repeat=2)}


class _Evaluation:
    """Everything that the pairs of one workspace have in common."""

    def __init__(self, root: Path, evaluated: Evaluated) -> None:
        asked = (evaluated.versions[-1], evaluated.champion)
        self.plan = load_gate_plan(str(root), evaluated.system_id, asked, "every pair", (AS_OF, now()), now)
        workspace, redact = workspace_of(self.plan), redaction_of(self.plan.redacted_kinds)
        (system,) = load_evaluated(workspace)
        place = prediction_place(workspace, redact)
        self.cases = read_evaluation_set(self.plan.spec, place)
        self.read = read_outcomes(self.plan.spec, self.cases, evaluated.versions, place)
        self.pinned = {name: pin_versions(workspace, system, (name, name), AS_OF, now)[0] for name in evaluated.versions}
        self.kept = {name: kept_outcomes(one, self.cases, self.plan.spec, redact) for name, one in self.read.outcomes.items()}

    def judged(self, champion: str, candidate: str) -> GateDecision:
        """Return the decision about one pair."""
        plan = replace(self.plan, champion=self.pinned[champion], candidate=self.pinned[candidate])
        findings = tuple(one for one in self.read.findings if one.subject not in set(self.kept) - {champion, candidate})
        read = GateRead(self.cases, self.kept.get(candidate), self.kept.get(champion), findings)
        return judge_gate(gate_inputs_of(plan, read, GateKnown(0)))


def totals(judged: Pairs) -> dict[str, int]:
    """Return how many pairs of two versions got which answer."""
    found = Counter(str(one.verdict) for (champion, candidate), one in judged.items() if champion != candidate)
    return {verdict: found[verdict] for verdict in (Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE)}


def matrix(judged: Pairs, versions: Sequence[str]) -> Iterator[str]:
    """Yield the lines of the matrix: a row for each champion, with its accuracy, a column for each candidate."""
    width = max(map(len, versions)) + 4
    yield " " * width + "       " + " ".join(f"{number:2}" for number in range(1, len(versions) + 1))
    for number, champion in enumerate(versions, 1):
        other = next(candidate for candidate in versions if candidate != champion)
        rate = next(one.difference.champion for one in judged[champion, other].comparisons if one.difference and one.segment == WHOLE)
        cells = " ".join(" -" if champion == candidate else f" {_letter(judged[champion, candidate])}" for candidate in versions)
        yield f"{number:2}  {champion:{width - 4}} {rate:.3f} {cells}"
    yield "P pass, F fail of all cases, S fail by a segment alone, I inconclusive"


def is_by_segment(decision: GateDecision) -> bool:
    """Return whether it fails by what segments lost, while all cases together did not get worse by more than is allowed."""
    worse = [one.segment for one in decision.comparisons if one.state is ComparisonState.WORSE]
    return decision.verdict is Verdict.FAIL and bool(worse) and WHOLE not in worse


def _letter(decision: GateDecision) -> str:
    if decision.verdict is not Verdict.FAIL:
        return "P" if decision.verdict is Verdict.PASS else "I"
    return "S" if is_by_segment(decision) else "F"

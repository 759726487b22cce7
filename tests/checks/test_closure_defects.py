"""Every seeded defect of a closure is refused, by the gate that it is about, naming the item."""

from __future__ import annotations

from collections import Counter

import pytest

from checks.closure import judge_closure
from registry.domain.closure import GateStanding
from registry.domain.decision import Verdict
from registry.domain.signal import Severity
from registry.domain.steps_closure import ClosureGate
from tests.closure_builders import a_closure
from tests.closure_defects_computed import DEFECTS
from tests.closure_spoiling import L2, L3, Defect


@pytest.mark.parametrize("severity", [L2, L3])
def test_the_closure_that_is_spoiled_passes_when_nothing_is_wrong(severity: Severity) -> None:
    decision = judge_closure(a_closure(severity))
    assert (decision.verdict, decision.reasons) == (Verdict.PASS, ())


def test_there_are_sixty_defects_each_of_its_own_name_and_five_of_every_gate() -> None:
    assert len(DEFECTS) >= 60
    assert len({defect.name for defect in DEFECTS}) == len(DEFECTS)
    assert min(Counter(defect.gate for defect in DEFECTS)[gate] for gate in ClosureGate) >= 5


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_seeded_defect_is_refused_naming_its_gate_and_its_item(defect: Defect) -> None:
    decision = judge_closure(defect.spoil())
    gate = next(gate for gate in decision.gates if gate.gate is defect.gate)
    lacks = [lack for lack in gate.lacks if lack.code == defect.code and defect.names in lack.missing]
    assert decision.verdict is not Verdict.PASS
    assert lacks, gate.lacks
    assert gate.standing is GateStanding.LACKING
    assert all(lack.missing.startswith(("expected ", "checker: expected ")) and lack.remedy for lack in gate.lacks)
    assert any(reason.code == defect.code and reason.text.startswith(f"{defect.gate}: ") for reason in decision.reasons)

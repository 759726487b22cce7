"""A gate that does not apply: it was agreed by what was known then, and harm that became known since opens it again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from checks.closure_recovery import judge_recovery
from registry.domain.closure import GateStanding
from registry.domain.decision import Verdict
from registry.domain.signal import CustomerImpact
from registry.domain.work import StepKind
from tests.closure_defects_recovery import harmed_since
from tests.recurrence_builders import FIX_AT


@pytest.mark.parametrize(
    ("known_after", "changes", "expected"),
    [
        (1, {}, ["harm_since_exemption"]),
        (1, {"same_cause_issue": "ISS-20210101-ffffffff"}, ["harm_since_exemption"]),
        (1, {"decided_at": FIX_AT + timedelta(hours=1)}, ["harm_since_exemption"]),
        (1, {"impact": CustomerImpact.DELAY}, []),
        (-1, {}, []),
    ],
    ids=["harm", "of_the_same_cause", "after_the_fix", "no_harm", "known_before"],
)
def test_harm_that_became_known_since_reopens_a_gate_that_does_not_apply(
    known_after: int, changes: dict[str, Any], expected: list[str]
) -> None:
    inputs = harmed_since(77, known_after=known_after, **changes)
    assert [lack.code for lack in judge_recovery(inputs).lacks] == expected


AGAIN = "sha256:" + "a" * 64


def test_a_document_of_now_answers_for_the_harm_that_became_known_before_it() -> None:
    inputs = harmed_since(77)
    (old,) = inputs.case.current(StepKind.NOT_APPLICABLE)
    (approval,) = (given for given in inputs.case.approvals if given.action is StepKind.NOT_APPLICABLE)
    steps = (*inputs.case.steps, replace(old, seq=old.seq + 9, document_digest=AGAIN))
    approvals = (*inputs.case.approvals, replace(approval, seq=approval.seq + 9, document_digest=AGAIN))
    found = judge_recovery(replace(inputs, case=replace(inputs.case, steps=steps, approvals=approvals)))
    assert (found.verdict, found.standing) == (Verdict.PASS, GateStanding.NOT_APPLICABLE)

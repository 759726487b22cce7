"""A closure gate that does not apply: is that still agreed, by what is known now?

Put a rule here when it judges the document of a gate that was left out. What one must say when it is handed in is
``checks/work/not_applicable.py``; the gate that may be left out is ``closure_recovery.py``.

The rules:
 * It counts while it says something, and is approved by somebody who had no hand in it; where the policy asks nobody to approve it, it
   never counts.
 * It is about what was known when it was handed in: a signal that reports harm, and became known since, was not looked at. That counts from
   the event with which triage told of it, whatever it says of its own time, and whether it hangs on the issue or not.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.closure_duties import find_own_approvals
from checks.closure_gate import find_unsaid_fields, judged, nodes_of
from checks.work.coverage import find_rule, is_approved, severity_asked
from registry.domain.closure import ClosureInputs, GateJudgement, GateStanding, Lack
from registry.domain.steps_closure import ClosureGate
from registry.domain.work import StepKind, StepTaken

_SHOWN = 3
_LOOK_AGAIN = "look at them, and take the step `not-applicable` again, or `recovery` where there is something to restore"


def find_exemption(inputs: ClosureInputs, gate: ClosureGate) -> StepTaken | None:
    """Return the newest document of the present occurrence that ``gate`` does not apply; None where there is none."""
    return next((step for step in inputs.case.current(StepKind.NOT_APPLICABLE) if step.document.gate is gate), None)


def judge_exempted(inputs: ClosureInputs, step: StepTaken) -> GateJudgement:
    """Return whether the gate of the document ``step`` may be left out."""
    lacks = [*find_unsaid_fields(inputs, step, ("reason", "evidence"), "empty_exemption"), *find_own_approvals(inputs.case, step)]
    asked = find_rule(inputs.work, StepKind.NOT_APPLICABLE, severity_asked(inputs.case))
    if asked is None or not is_approved(inputs.case, step, inputs.work, inputs.as_of):
        missing = f"expected it approved that the gate does not apply, found event {step.seq} without the approvals that the policy asks"
        lacks.append(Lack("exemption_unapproved", missing, "see `proofloop approve list`"))
    lacks += _find_harm_since(inputs, step)
    gate, summary = step.document.gate, f"not applicable: {step.document.reason}"
    return judged(gate, lacks, nodes_of(inputs, step), summary, GateStanding.NOT_APPLICABLE)


def _find_harm_since(inputs: ClosureInputs, step: StepTaken) -> Iterator[Lack]:
    since = [seen for seen in inputs.signals if seen.known_seq > step.seq and seen.impact in inputs.policy.harmful_impacts]
    if since:
        named = ", ".join(seen.signal_id for seen in since[:_SHOWN])
        more = f" and {len(since) - _SHOWN} more" if len(since) > _SHOWN else ""
        harm = ", ".join(sorted({seen.impact.value for seen in since}))
        missing = f"expected no harm known after event {step.seq}, which says that the gate does not apply, found {harm} in {named}{more}"
        yield Lack("harm_since_exemption", missing, _LOOK_AGAIN)

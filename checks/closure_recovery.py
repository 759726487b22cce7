"""Closure gate customer recovery: was everybody who was harmed found, and settled?

Put a rule here when it judges the recovery of customers. What one must say when it is handed in, and who may check it, is
``checks/work/recovery.py``; counting its list is ``registry/sources/affected.py``.

The rules:
 * It is asked for where a signal reports an impact that the policy calls harm, or where the severity is. What the signals report is known.
 * Where it is not asked for and nobody recorded one, the gate passes, and says why.
 * A document that the gate does not apply (``closure_exemption.py``) stands in its place where it is newer than any recovery.
 * The list is the one that was recorded, by its path and sha256, every row of it was read, and nobody is on it twice.
 * Who was identified adds up to who was contacted, remediated, left out for a reason, or not reached; somebody was identified.
 * The population was frozen after the last decision that it is about, and has been by now.
 * Somebody else checked it, and links show what was given back.
 * Whoever was not reached, beyond the policy's share, is an accepted risk.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.closure_exemption import find_exemption, judge_exempted
from checks.closure_gate import find_unsaid_fields, judged, nodes_of, severity_of
from checks.closure_risk import find_covering
from checks.work.recovery import find_bad_checker
from registry.domain.closure import ClosureInputs, GateJudgement, GateStanding, Lack
from registry.domain.decision import Verdict
from registry.domain.population import PopulationRead
from registry.domain.steps_closure import ClosureGate, Recovery
from registry.domain.work import StepKind, StepTaken

_GATE = ClosureGate.CUSTOMER_RECOVERY
_FIELDS = ("query", "list_path", "checker", "check", "evidence")
_AGAIN = "correct the list, and take the step `recovery` again"


def judge_recovery(inputs: ClosureInputs) -> GateJudgement:
    """Return whether the customers who were harmed are restored."""
    step, exempt = inputs.case.latest(StepKind.RECOVERY), find_exemption(inputs, _GATE)
    if exempt and (step is None or exempt.seq > step.seq):
        return judge_exempted(inputs, exempt)
    if step:
        return _recovered(inputs, step)
    if harm := find_harm(inputs):
        remedy = "take the step `recovery`, or `not-applicable` where there was nothing to restore"
        return judged(_GATE, (Lack("no_recovery", f"expected the customers restored, since {harm}, found no recovery", remedy),), (), "")
    return judged(_GATE, (), (), "no harm by impact or severity: nothing to restore")


def find_harm(inputs: ClosureInputs) -> str:
    """Return how harm is known, or that its absence is not; empty where there was none."""
    harmful = sorted({impact.value for impact in inputs.impacts if impact in inputs.policy.harmful_impacts})
    if harmful:
        return f"signals report harm to {', '.join(harmful)}"
    severity = severity_of(inputs)
    if severity in inputs.policy.harmful_severities:
        return f"the occurrence was {severity}"
    return "" if inputs.impacts else "nothing is known of what happened to customers"


def _recovered(inputs: ClosureInputs, step: StepTaken) -> GateJudgement:
    document, read = step.document, inputs.population
    lacks = [*find_unsaid_fields(inputs, step, _FIELDS, "empty_recovery"), *_find_time(inputs, document), *_find_check(inputs, step)]
    lacks += [*_find_other_list(document, read), *_find_unsettled(document, read)] if read else [_uncounted(document, "none was counted")]
    standing = GateStanding.EARNED
    if read and read.residual_count > inputs.policy.max_residual_ratio * document.identified_count:
        covering, why = find_covering(inputs)
        standing = GateStanding.RISK_ACCEPTED
        if covering is None:
            missing = f"expected the risk accepted of {read.residual_count} customers who were not reached, {why}"
            lacks.append(Lack("residual_not_accepted", missing, "reach them, or take the step `accept-risk` and have it signed"))
    return judged(_GATE, lacks, nodes_of(inputs, step), _summary(read) if read else "", standing)


def _summary(read: PopulationRead) -> str:
    parts = (("contacted", read.contacted_count), ("remediated", read.remediated_count), ("left out", read.excluded_count))
    settled = ", ".join(f"{count} {name}" for name, count in parts)
    return f"{read.distinct_count} identified: {settled}, {read.residual_count} not reached"


def _find_time(inputs: ClosureInputs, document: Recovery) -> Iterator[Lack]:
    decided = max((seen.decided_at for seen in inputs.signals if not seen.is_after_fix and not seen.same_cause_issue), default=None)
    found = f"found {document.counted_at.isoformat()}"
    if decided and document.counted_at < decided:
        missing = f"expected the population counted after the last decision that it is about, {decided.isoformat()}, {found}"
        yield Lack("counted_too_early", missing, "run the query again, and take the step `recovery` with what it finds")
    if document.counted_at > inputs.as_of:
        yield Lack("counted_in_future", f"expected a population that is frozen, {found}", _AGAIN, Verdict.FAIL)


def _find_check(inputs: ClosureInputs, step: StepTaken) -> Iterator[Lack]:
    for refusal in find_bad_checker(inputs.case, step.document.checker, step.by):
        yield Lack(refusal.code, refusal.reason, refusal.remedy)


def _uncounted(document: Recovery, why: str) -> Lack:
    return Lack("list_not_read", f"expected the list {document.list_path} counted, found that {why}", "bring the file back below a root")


def _find_other_list(document: Recovery, read: PopulationRead) -> Iterator[Lack]:
    if read.reason:
        yield _uncounted(document, read.reason)
    elif (read.path, read.sha256) != (document.list_path, document.list_sha256):
        missing = f"expected the list {document.list_path} with sha256 {document.list_sha256}, found {read.path} with {read.sha256}"
        yield Lack("list_altered", missing, f"bring the recorded list back, or {_AGAIN}", Verdict.FAIL)
    elif read.bad_rows:
        yield Lack("list_unreadable", f"expected every row readable, found {len(read.bad_rows)} not: {read.bad_rows[0]}", _AGAIN)
    elif read.row_count != read.distinct_count:
        missing = f"expected everybody on the list once, found {read.row_count} rows of {read.distinct_count}"
        yield Lack("listed_twice", missing, _AGAIN, Verdict.FAIL)


def _find_unsettled(document: Recovery, read: PopulationRead) -> Iterator[Lack]:
    settled = (read.contacted_count, read.remediated_count, read.excluded_count, read.residual_count)
    if document.identified_count <= 0:
        yield Lack("nobody_identified", "expected somebody who was affected, found nobody identified", "mend the query, and run it again")
    if read.reason:
        return
    if min(settled) < 0 or not document.identified_count == read.distinct_count == sum(settled):
        found = " + ".join(map(str, settled))
        missing = f"expected {document.identified_count} identified, found {read.distinct_count} listed and {found} settled"
        yield Lack("not_reconciled", missing, _AGAIN, Verdict.FAIL)
    if read.excluded_count != sum(count for _, count in read.exclusions) or any(not reason.strip() for reason, _ in read.exclusions):
        missing = f"expected a reason for each of {read.excluded_count} who were left out, found {dict(read.exclusions)}"
        yield Lack("unjustified_exclusions", missing, _AGAIN)
    unsaid = any(not reason.strip() for _, reason in read.residuals) or len(read.residuals) > read.residual_count
    if unsaid or bool(read.residuals) is not bool(read.residual_count):  # a long list is cut
        missing = f"expected each of {read.residual_count} who were not reached with a reason, found {len(read.residuals)}"
        yield Lack("unnamed_residuals", missing, _AGAIN)

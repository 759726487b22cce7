"""Closure gate recurrence: has the problem stayed away, by the window of this very fix, as it was judged last?

Put a rule here when it says which judgement of a window closes an issue. Whether it is the newest is ``closure_newest.py``, how a window is
judged ``checks/recurrence.py``.

The rules:
 * The issue is in verification, and its window was judged: this issue's, to earn a closure, after the fix of the present occurrence was
   released and since it came into force.
 * It is the newest judgement that the issue knows of, and the date is not over (``closure_newest.py``). No forum that looked at the fix
   concludes to reopen the issue.
 * Something that came back is a FAIL. Where the symptom should be gone, so is a signal about a decision after the fix that the window did
   not know; where it should only be rare, the window weighs it. One that the window found to be of an older version, or of a time when
   older versions served beside the fix, is none, nor is one that was reported before the fix: its version may have served before.
 * A clean window is clean by its own numbers too: days, exposure or rate, lateness, verdict.
 * One whose days are over without evidence passes on a risk that is accepted and signed. No other outcome passes.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.closure_gate import fixed_by, judged
from checks.closure_newest import WATCH, find_not_newest, find_overtaken
from checks.closure_reviews import find_reopening
from checks.closure_risk import find_covering
from registry.domain.closure import ClosureInputs, GateJudgement, GateStanding, Lack
from registry.domain.decision import Verdict
from registry.domain.evidence_graph import NodeKind
from registry.domain.exposure import EffectKind
from registry.domain.issue import IssueState
from registry.domain.recurrence import Outcome, Purpose, Seen, WindowDecision
from registry.domain.steps_closure import ClosureGate

_REOPEN = "the issue is reopened: find the cause of what came back"


def judge_recurrence(inputs: ClosureInputs) -> GateJudgement:
    """Return whether the window of the fix lets the issue be closed."""
    window, evidence = inputs.window, [node.node_id for node in inputs.graph.of(NodeKind.MONITORING_WINDOW)]
    lacks = [*_find_state(inputs), *find_overtaken(inputs), *_find_returns(inputs), *find_reopening(inputs)]
    if window is None:
        lacks.append(Lack("no_window", "expected the recurrence window judged, found no judgement", WATCH))
        return judged(ClosureGate.RECURRENCE, lacks, evidence, "")
    exposure = f"{window.exposure} {window.unit}{'s' * (window.exposure != 1)}" + (f" of {window.holder.value!r}" if window.holder else "")
    lacks += [*_find_other_window(inputs, window), *find_not_newest(inputs, window), *_find_outcome(inputs, window)]
    summary = (
        f"{window.outcome.replace('_', ' ')} after {window.observed_days} observed days and {exposure}, judged for {window.business_date}"
    )
    standing = GateStanding.EARNED if window.outcome is Outcome.CLEAN else GateStanding.RISK_ACCEPTED
    return judged(ClosureGate.RECURRENCE, lacks, evidence, summary, standing)


def _find_state(inputs: ClosureInputs) -> Iterator[Lack]:
    if (state := inputs.case.issue.state) is not IssueState.VERIFYING:
        missing = f"expected the issue in verifying, found it in {state}"
        yield Lack("not_verifying", missing, "see `proofloop issue show` for what comes next")


def _find_returns(inputs: ClosureInputs) -> Iterator[Lack]:
    returned = [seen for seen in inputs.signals if _is_return(inputs, seen)]
    if returned:
        more = f" and {len(returned) - 1} more" if len(returned) > 1 else ""
        found = f"{returned[0].signal_id} of {returned[0].decided_at:%Y-%m-%d}{more}"
        yield Lack("came_back", f"expected no signal about a decision after the fix, found {found}", _REOPEN, Verdict.FAIL)


def _is_return(inputs: ClosureInputs, seen: Seen) -> bool:
    """Return whether a signal says that the problem is back, and the window has not weighed it and found otherwise."""
    window, fix = inputs.window, inputs.case.issue.fix
    if not seen.is_after_fix or (window and (window.is_rate_of(seen.feed) or any(one.key == seen.key for one in window.late))):
        return False
    return fix is None or max(seen.decided_at, seen.reported_at) >= fix.effective_at


def _find_other_window(inputs: ClosureInputs, window: WindowDecision) -> Iterator[Lack]:
    issue, release = inputs.case.issue, fixed_by(inputs)
    if (window.issue_id, window.system) != (issue.issue_id, issue.system_id):
        missing = f"expected the window of {issue.issue_id}, found that of {window.issue_id}"
        yield Lack("other_window", missing, "find out how it came here: `proofloop evidence verify`", Verdict.FAIL)
    if window.purpose is not Purpose.CLOSURE:
        yield Lack("other_purpose", f"expected a window judged to earn a closure, found one for {window.purpose}", WATCH)
    effective_at = window.effective.effective_at
    begun = max(release.seq if release else inputs.window_event, inputs.case.reopened_seq)
    if inputs.window_event <= begun or (effective_at and issue.fix and effective_at < issue.fix.effective_at):
        missing = f"expected a window of the fix of event {begun}, found the judgement of event {inputs.window_event}, about an earlier one"
        yield Lack("earlier_window", missing, WATCH)
    elif effective_at is None:
        missing = f"expected a window of a fix that serves all traffic, found that it does not: {window.effective.reason}"
        yield Lack("not_effective", missing, "serve the fix to everybody, and wait for its window")


def _find_outcome(inputs: ClosureInputs, window: WindowDecision) -> Iterator[Lack]:
    if window.outcome is Outcome.RECURRED or window.verdict is Verdict.FAIL or (window.occurrences and not _is_rate(window)):
        yield Lack("recurred", f"expected nothing that came back, found {len(window.occurrences)} occurrences", _REOPEN, Verdict.FAIL)
    elif window.outcome is Outcome.CLEAN:
        yield from _find_unclean(window)
    elif window.outcome is Outcome.ELAPSED_UNEVIDENCED:
        covering, why = find_covering(inputs, window.closes_on)
        if covering is None:
            missing = f"expected the risk accepted that the window ended without evidence, {why}"
            yield Lack("silence_not_accepted", missing, "take the step `accept-risk`, and have risk and compliance sign it")
    else:
        found = "; ".join(window.missing) or "nothing more"
        missing = f"expected a window that is clean, found it {window.outcome.replace('_', ' ')}: {found}"
        yield Lack(f"window_{window.outcome}", missing, "wait for what is missing")


def _find_unclean(window: WindowDecision) -> Iterator[Lack]:
    """Yield where a window that calls itself clean says something else by its numbers."""
    counted = window.observed_days - window.extended_days
    late = window.closes_on is None or window.closes_on > window.business_date
    if window.verdict is not Verdict.PASS or counted < window.required_days or late or not _is_shown(window):
        found = f"{counted} of {window.required_days} days, {window.exposure} of {window.required_exposure} {window.unit}s"
        missing = f"expected a clean window to be clean by its numbers, found {found}, closing on {window.closes_on}, {window.verdict}"
        yield Lack("window_inconsistent", missing, "run `evidence verify --recompute`", Verdict.FAIL)


def _is_shown(window: WindowDecision) -> bool:
    """Return whether the exposure shows silence, or the bound of a rate that it is back; what is no number shows nothing."""
    if _is_rate(window):
        return window.limit is not None and window.after.high is not None and window.after.high <= window.limit
    return window.required_exposure is not None and window.exposure >= window.required_exposure


def _is_rate(window: WindowDecision) -> bool:
    return window.effect.kind is EffectKind.RATE

"""Stories about issues with a fix: one is closed, one is refused, and one comes back.

Put comparisons of what came of windows and closures here; what people do in between is ``closings.yaml``. Each returns what was found and
whether it is right.
"""

from __future__ import annotations

from deployments.demo.expect import Truth
from deployments.demo.played import Judged, Played, PlayedClosing
from registry.domain.decision import Verdict
from registry.domain.issue import IssueState
from registry.domain.recurrence import Outcome
from registry.domain.signal import Severity

_NOT_PLAYED = "not looked at: nobody worked on this issue", False
_REFUSED_BY = {"verification: too_weak", "recurrence: silence_not_accepted", "evidence: not_walked"}
_SOUND = (Verdict.PASS, Verdict.PASS)


def judge_closed(truth: Truth, played: Played) -> Judged:
    """Its window ends clean, seven gates pass, two people sign, it is closed, and the archive bears that out."""
    one = played.closing_of(truth.case)
    if one is None:
        return _NOT_PLAYED
    found = f"{_told(one)}, {len(one.signed_by)} signed; archive {', judged again '.join(one.checked) or 'not verified'}"
    passed = (_outcome(one), one.verdict, one.lacks, one.refusals) == (Outcome.CLEAN, Verdict.PASS, (), ())
    return found, passed and one.state is IssueState.CLOSED and len(one.signed_by) == 2 and one.checked == _SOUND


def judge_refused(truth: Truth, played: Played) -> Judged:
    """Its days are over and prove nothing, nobody showed that the fix works, and whoever would sign all the same is refused."""
    one = played.closing_of(truth.case)
    if one is None:
        return _NOT_PLAYED
    found = f"{_told(one)}; {', '.join(one.lacks) or 'nothing lacks'}; signing refused {len(one.refusals)} time(s)"
    lacking = _outcome(one) is Outcome.ELAPSED_UNEVIDENCED and set(one.lacks) == _REFUSED_BY and one.verdict is not Verdict.PASS
    return found, lacking and one.state is IssueState.VERIFYING and len(one.refusals) == 1 and not one.signed_by


def judge_recurred(truth: Truth, played: Played) -> Judged:
    """It is watched until it comes back through the fixed version, and is reopened by the machine, more severe."""
    one = played.closing_of(truth.case)
    if one is None:
        return _NOT_PLAYED
    found = f"{_told(one)}; occurrence {one.occurrence}, now {one.severity}"
    back_on = next((on for on, outcome in one.outcomes if outcome is Outcome.RECURRED), None)
    seen = back_on is not None and truth.from_on <= back_on <= truth.to_on and one.outcomes[0][1] is Outcome.WATCHING
    reopened = (one.state, one.occurrence, one.severity) == (IssueState.RCA_IN_PROGRESS, 2, Severity.L3)
    return found, seen and reopened and not one.signed_by and not one.refusals


def _told(one: PlayedClosing) -> str:
    on = f" on {one.outcomes[-1][0]}" if one.outcomes else ""
    return f"{one.issue_id} {one.state}: window {_outcome(one) or 'not judged'}{on}, closure {one.verdict or 'not judged'}"


def _outcome(one: PlayedClosing) -> Outcome | None:
    return one.outcomes[-1][1] if one.outcomes else None

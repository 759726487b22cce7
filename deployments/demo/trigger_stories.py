"""Stories about watched predictions: asked to investigate, to retrain, to reassess, broken data, and nothing at all.

Put comparisons of what the retraining triggers decided here; issues are ``issue_stories.py``. Each returns what was found and whether it is
right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from deployments.demo.expect import Truth
from deployments.demo.issue_stories import listed
from deployments.demo.played import Judged, Played, judged_on
from deployments.demo.story import WATCHED_ON
from registry.domain.decision import Verdict
from registry.domain.triage import ChangeKind
from registry.domain.triggers import TriggerAction, TriggerDecision, TriggerKind
from reports.condition_words import condition_words

Asked = tuple[date, TriggerAction]
IsRight = Callable[[TriggerDecision, Sequence[Asked]], bool]


def judge_investigate(truth: Truth, played: Played) -> Judged:
    """The drift is asked to be looked into, once, and nothing else is asked while no loss is known."""
    return _judged(truth, played, _is_drift_alone)


def judge_retrain(truth: Truth, played: Played) -> Judged:
    """The measured loss asks for a retraining, once over all months: what stands is not asked for again."""
    return _judged(truth, played, lambda now, asked: _is_measured(now) and _once(now, asked, TriggerAction.RETRAIN))


def judge_data_quality(truth: Truth, played: Played) -> Judged:
    """Recoded data are told as that: they are no drift, and nothing is asked because of them in any month."""
    because = {kind for one in played.watched(truth) for request in one.requests for kind in request.triggers}
    return _judged(truth, played, lambda now, _asked: _is_broken_data_alone(now) and because <= {TriggerKind.POLICY_CHANGE})


def judge_reassess(truth: Truth, played: Played) -> Judged:
    """The changed rules ask for a look at the controls, once over all months, and for no retraining."""
    return _judged(truth, played, lambda now, asked: _once(now, asked, TriggerAction.REASSESS_CONTROLS) and len(asked) == 1)


def judge_quiet(truth: Truth, played: Played) -> Judged:
    """Every month was judged and passed, nothing stands, and nothing was asked for."""
    windows = played.watched(truth)
    passed = [one for one in windows if one.verdict is Verdict.PASS and not one.conditions and not one.withheld]
    asked = _asked(windows)
    found = f"{len(passed)} of {len(windows)} months passed; asked: {_named(asked)}"
    return found, [judged_on(one) for one in passed] == list(WATCHED_ON) and len(passed) == len(windows) and not asked


def _judged(truth: Truth, played: Played, is_right: IsRight) -> Judged:
    """Return what the story's morning opened, what was asked over all months, and the issue that the next morning made of it."""
    windows = played.watched(truth)
    now = next((one for one in windows if judged_on(one) == truth.from_on), None)
    if now is None:
        return "not looked at: no window was judged on that morning", False
    asked, issues = _asked(windows), played.changes(ChangeKind.OPENED, truth)
    in_time = [on for on, _ in issues if truth.from_on < on <= truth.to_on]
    found = f"opened {', '.join(map(condition_words, now.opened)) or 'nothing'}; asked: {_named(asked)}; {listed(issues)}"
    return found, is_right(now, asked) and len(issues) == len(in_time) == 1


def _is_drift_alone(now: TriggerDecision, asked: Sequence[Asked]) -> bool:
    drifted = bool(now.opened) and all(one.startswith("drift|") for one in now.conditions)
    return drifted and _once(now, asked, TriggerAction.INVESTIGATE) and len(now.requests) == 1


def _is_measured(now: TriggerDecision) -> bool:
    return any(one.verdict is Verdict.FAIL and one.blocking for one in now.performance)


def _is_broken_data_alone(now: TriggerDecision) -> bool:
    return bool(now.opened) and all(one.startswith("data_quality|") for one in now.conditions) and now.verdict is Verdict.FAIL


def _once(now: TriggerDecision, asked: Sequence[Asked], action: TriggerAction) -> bool:
    return [on for on, one in asked if one is action] == [judged_on(now)]


def _asked(windows: Sequence[TriggerDecision]) -> list[Asked]:
    return [(judged_on(one), request.action) for one in windows for request in one.requests]


def _named(asked: Sequence[Asked]) -> str:
    return ", ".join(f"{action} on {on}" for on, action in asked) or "nothing"

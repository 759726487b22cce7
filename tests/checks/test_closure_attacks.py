"""Attacks on closures: one that nothing earned, and one that is refused for what its own window has weighed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from checks.closure import judge_closure
from checks.closure_recurrence import judge_recurrence
from checks.closure_verification import judge_verification
from checks.recurrence import judge_window
from registry.domain.closure import GateJudgement
from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.issue import Fix
from registry.domain.recurrence import Outcome, Seen, WindowInputs
from registry.domain.signal import Severity
from registry.domain.work import StepKind
from tests.closure_builders import a_closure, a_window, some_signals
from tests.closure_documents import a_plan
from tests.closure_story import VERIFIED_AT, a_story
from tests.recurrence_builders import FIX_AT, some_window_inputs
from tests.windows.scenario import a_report, serving

DAY = timedelta(days=1)


def _gate(window: WindowInputs, *signals: Seen) -> GateJudgement:
    """Return the gate where the closure knows what the window knew."""
    decision = judge_window(replace(window, seen=(*window.seen, *signals)))
    assert decision.outcome is Outcome.CLEAN, decision.reasons
    told = a_window(occurrences=decision.occurrences, late=decision.late, effective=decision.effective)
    return judge_recurrence(a_closure(window=told, signals=(*some_signals(), *signals)))


def test_evidence_by_the_owners_of_the_actions_alone_is_their_own_whoever_linked_and_released_them() -> None:
    owner, evidence = "maker@bank.example", StepKind.ADD_EVIDENCE
    story = a_story(Severity.L3).changed(StepKind.PLAN, actions=tuple(replace(one, owner=owner) for one in a_plan().actions))
    theirs = story.at(evidence, VERIFIED_AT, owner, 0)
    assert "own_evidence" not in _codes(judge_verification(a_closure(Severity.L3, theirs)))
    assert _codes(judge_verification(a_closure(Severity.L3, theirs.at(evidence, VERIFIED_AT, owner, 1)))) == {"own_evidence"}


def _codes(gate: GateJudgement) -> set[str]:
    return {lack.code for lack in gate.lacks}


def test_a_decision_beside_a_canary_that_the_window_did_not_count_keeps_no_closure_back():
    quiet = some_window_inputs()
    canary = serving((FIX_AT - 365 * DAY, "7"), (FIX_AT, "7", 90), (FIX_AT, "8", 10), (FIX_AT + 5 * DAY, "8"))
    window = replace(quiet, versions=canary)
    beside = a_report(window, FIX_AT + 2 * DAY)
    assert beside.is_after_fix
    assert "came_back" not in _codes(_gate(window, beside))


def test_what_a_version_decided_when_it_served_before_it_was_the_fix_keeps_no_closure_back():
    quiet = some_window_inputs(fix=Fix(FIX_AT, {"model": "8"}))
    rolled = serving((FIX_AT - 365 * DAY, "8"), (FIX_AT - 100 * DAY, "7"), (FIX_AT, "8"))
    window = replace(quiet, versions=rolled)
    early = a_report(window, FIX_AT - 120 * DAY, "8")
    assert early.is_after_fix
    assert "came_back" not in _codes(_gate(window, early))


def test_a_signal_of_the_fix_that_the_window_did_not_know_is_a_return():
    since = a_report(some_window_inputs(), FIX_AT + 3 * DAY, "8")
    gate = judge_recurrence(a_closure(signals=(*some_signals(), since)))
    assert (gate.verdict, _codes(gate)) == (Verdict.FAIL, {"came_back"})


def test_a_window_judged_by_another_policy_than_the_present_one_closes_nothing():
    loosened = a_closure(window=a_window(policy_digest="sha256:" + "9" * 64))
    assert judge_closure(loosened).verdict is not Verdict.PASS


@pytest.mark.parametrize(("given", "codes"), [("L3", {"other_severity"}), ("L1", set())])
def test_a_window_that_was_judged_before_the_issue_became_more_severe_closes_nothing(given: str, codes: set[str]):
    later = a_story(Severity.L2).add(
        FIX_AT + 60 * DAY, EventKind.SEVERITY_SET, {"severity": given, "issue_severity": "L2"}, "ana@bank.example"
    )
    assert _codes(judge_recurrence(a_closure(story=later))) == codes

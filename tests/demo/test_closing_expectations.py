"""Comparing what came of issues with a fix with the truth: closed too easily, refused for another reason, or not reopened is not ok."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from deployments.demo.closings import MONITORED_ON, VERIFIED_ON, closing_cases
from deployments.demo.generator import replay_days
from registry.domain.decision import Verdict
from registry.domain.issue import IssueState
from registry.domain.recurrence import Outcome
from registry.domain.signal import Severity
from registry.domain.work import StepKind
from tests.demo.comparing import not_ok
from tests.demo.true_closings import SIGNERS, true_closings
from tests.demo.true_replay import true_days


def test_without_a_played_case_no_story_of_closures_is_ok() -> None:
    assert not_ok(true_days(), closings={}) == {"closed", "refused", "came back"}


def test_cases_that_went_as_they_should_are_ok_in_any_order() -> None:
    assert not_ok(true_days(), closings=dict(reversed(true_closings().items()))) == set()


_NOTICED_LATE = ((date(2026, 5, 20), Outcome.WATCHING), (date(2026, 6, 23), Outcome.RECURRED))
_MAKES = {StepKind.PLAN, StepKind.LINK_CHANGE, StepKind.IMPLEMENT}
_CLEAN_TOO_SOON = ((date(2026, 5, 20), Outcome.CLEAN), (date(2026, 6, 2), Outcome.RECURRED))
SPOILED: list[tuple[str, str, dict[str, Any]]] = [
    ("its window was never judged", "closed", {"outcomes": ()}),
    ("it was closed while it was watched", "closed", {"outcomes": ((date(2026, 6, 16), Outcome.WATCHING),)}),
    ("a gate lacked something", "closed", {"lacks": ("scope: no_scope",)}),
    ("its closure was not judged", "closed", {"verdict": None}),
    ("one person signed", "closed", {"signed_by": SIGNERS[:1]}),
    ("it was never closed", "closed", {"state": IssueState.VERIFYING}),
    ("a step of people was refused", "closed", {"refusals": ("scope: expected customers",)}),
    ("the archive does not verify", "closed", {"checked": (Verdict.FAIL, Verdict.PASS)}),
    ("it comes out otherwise when judged again", "closed", {"checked": (Verdict.PASS, Verdict.FAIL)}),
    ("nobody verified", "closed", {"checked": ()}),
    ("two weeks of quiet were called clean", "refused", {"outcomes": ((date(2026, 5, 30), Outcome.CLEAN),)}),
    ("all gates passed it", "refused", {"verdict": Verdict.PASS, "lacks": ()}),
    ("another gate refused it too", "refused", {"lacks": (*true_closings()["refused"].lacks, "scope: no_scope")}),
    ("somebody signed it", "refused", {"signed_by": SIGNERS[:1], "refusals": ()}),
    ("it is closed", "refused", {"state": IssueState.CLOSED}),
    ("it came back unnoticed", "came back", {"outcomes": ((date(2026, 5, 20), Outcome.WATCHING),)}),
    ("it was called clean before it came back", "came back", {"outcomes": _CLEAN_TOO_SOON}),
    (
        "it was noticed weeks later",
        "came back",
        {"outcomes": _NOTICED_LATE},
    ),
    ("it stayed where it was", "came back", {"state": IssueState.VERIFYING}),
    ("it is told as the same occurrence", "came back", {"occurrence": 1}),
    ("it is no more severe than before", "came back", {"severity": Severity.L2}),
]


@pytest.mark.parametrize(("story", "changes"), [one[1:] for one in SPOILED], ids=[one[0] for one in SPOILED])
def test_one_thing_gone_wrong_is_named_in_its_row(story: str, changes: dict[str, Any]) -> None:
    closings = true_closings()
    closings[story] = replace(closings[story], **changes)
    assert not_ok(true_days(), closings=closings) == {story}


def test_what_people_do_is_in_order_and_on_days_that_are_played() -> None:
    days = set(replay_days())
    for case in closing_cases():
        dates = [act.on for act in case.acts]
        assert dates == sorted(dates)
        assert set(dates) <= days
        assert case.acts[0].kind is StepKind.ASSIGN
    assert {*MONITORED_ON, *VERIFIED_ON} <= days
    assert set(VERIFIED_ON) <= set(MONITORED_ON), "a closure rests on a window of the last two days"


def test_nobody_who_made_the_change_signs_the_closure() -> None:
    for case in closing_cases():
        made = {act.by for act in case.acts if act.kind in _MAKES and not act.is_approval}
        signing = {act.by for act in case.acts if act.kind is StepKind.CLOSE}
        assert not made & signing

"""Comparing what came of the candidates with the truth: a step that was left out, or that should not have been taken, is not ok."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deployments.demo.candidates import BETTER, CHAMPION, WORSE_FOR_BROKERS
from registry.domain.decision import Verdict
from tests.demo.comparing import not_ok
from tests.demo.true_releases import SIGNERS, true_releases
from tests.demo.true_replay import true_days


def test_without_a_played_candidate_no_story_of_releases_is_ok() -> None:
    assert not_ok(true_days(), releases={}) == {"released", "held back"}


def test_candidates_that_went_as_they_should_are_ok_in_any_order() -> None:
    assert not_ok(true_days(), releases=dict(reversed(true_releases().items()))) == set()


SPOILED: list[tuple[str, str, dict[str, Any], str]] = [
    ("the gate failed the better one", BETTER, {"gate": Verdict.FAIL}, "released"),
    ("its proposal was refused", BETTER, {"proposed": None, "refusals": ("not_judged",)}, "released"),
    ("a gate of its release could not be seen", BETTER, {"proposed": Verdict.INCONCLUSIVE}, "released"),
    ("one person signed twice", BETTER, {"signed_by": (SIGNERS[0], SIGNERS[0])}, "released"),
    ("one person signed", BETTER, {"signed_by": SIGNERS[:1]}, "released"),
    ("it was never put in force", BETTER, {"served": ()}, "released"),
    ("it was not taken back", BETTER, {"served": (BETTER, BETTER)}, "released"),
    ("it never served", BETTER, {"served": (CHAMPION, CHAMPION)}, "released"),
    ("the gate passed the worse one", WORSE_FOR_BROKERS, {"gate": Verdict.PASS}, "held back"),
    ("its release passed", WORSE_FOR_BROKERS, {"proposed": Verdict.PASS}, "held back"),
    ("it was not even proposed", WORSE_FOR_BROKERS, {"proposed": None}, "held back"),
    ("nothing refused it", WORSE_FOR_BROKERS, {"refusals": ()}, "held back"),
    ("it served", WORSE_FOR_BROKERS, {"served": (WORSE_FOR_BROKERS, CHAMPION)}, "held back"),
    ("somebody signed it", WORSE_FOR_BROKERS, {"signed_by": SIGNERS}, "held back"),
]


@pytest.mark.parametrize(("candidate", "changes", "case"), [one[1:] for one in SPOILED], ids=[one[0] for one in SPOILED])
def test_one_step_gone_wrong_is_named_in_its_row(candidate: str, changes: dict[str, Any], case: str) -> None:
    releases = true_releases()
    releases[candidate] = replace(releases[candidate], **changes)
    assert not_ok(true_days(), releases=releases) == {case}

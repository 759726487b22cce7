"""The guide "May this candidate replace what is in force?", typed as it stands into a shell in an empty folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.guides.shell import asked_of, typed_guide

GUIDE = Path(__file__).parents[2] / "docs/guides/gate.md"


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the workspace that following the guide leaves, and everything the shell said."""
    folder = tmp_path_factory.mktemp("guide")
    said = typed_guide(GUIDE, folder)
    return folder / "my-bank", said


def test_no_command_of_the_guide_is_refused_or_misunderstood(typed: tuple[Path, str]) -> None:
    said = [line for line in typed[1].splitlines() if re.match(r"refused:|proofloop: |sh: |awk: |grep: |Traceback", line)]
    assert not said


def test_the_three_candidates_get_the_three_answers_and_the_pipeline_holds_the_one_that_lost_a_segment(typed: tuple[Path, str]) -> None:
    said = typed[1]
    assert re.findall(r"^(PASS|FAIL|INCONCLUSIVE)\b", said, re.MULTILINE)[:3] == ["PASS", "FAIL", "INCONCLUSIVE"]
    assert re.findall(r"^held, exit code (\d)$", said, re.MULTILINE)[:2] == ["1", "3"]
    assert "held: worse than the champion" in said and "channel=terminal" in said


def test_a_set_that_was_edited_after_it_was_locked_is_judged_on_by_nobody(typed: tuple[Path, str]) -> None:
    assert "expected the set that was locked" in typed[1]
    assert re.findall(r"^held, exit code (\d)$", typed[1], re.MULTILINE)[2:4] == ["3", "3"]


def test_models_are_scored_once_people_signed_for_them_and_not_before_nor_after_the_list_was_edited(typed: tuple[Path, str]) -> None:
    scored = typed[1].partition("my-models")[2]
    assert re.findall(r"^(held, exit code 3|let through)$", scored, re.MULTILINE) == [
        "held, exit code 3",
        "let through",
        "held, exit code 3",
    ]
    assert re.findall(r"^(PASS|FAIL|INCONCLUSIVE)\b", scored, re.MULTILINE) == ["INCONCLUSIVE", "PASS", "INCONCLUSIVE"]
    models = typed[0].with_name("my-models")
    assert asked_of(models, "evidence", "recompute", "--all")["verdict"] == "pass"


def test_rows_that_were_written_anew_after_a_fail_do_not_pass_without_a_reason(typed: tuple[Path, str]) -> None:
    assert "found others; put them back, or give the reason that they were made anew (--reason)" in typed[1]


def test_the_junit_file_has_a_test_for_each_comparison_and_the_lost_segment_among_its_failures(typed: tuple[Path, str]) -> None:
    written = (typed[0] / "gate.xml").read_text(encoding="utf-8")
    assert written.count("<testcase") >= 8  # two measures of all cases and of three channels
    assert "channel=terminal" in re.findall(r"<failure[^>]*>", written)[0] == re.findall(r"<failure[^>]*>", typed[1])[0]


def test_the_question_asked_twice_and_the_dry_run_leave_three_decisions(typed: tuple[Path, str]) -> None:
    assert asked_of(typed[0], "evidence", "list")["count"] == 3


def test_everything_that_the_guide_leaves_verifies_and_is_judged_the_same_again(typed: tuple[Path, str]) -> None:
    assert asked_of(typed[0], "evidence", "verify")["verdict"] == "pass"
    assert asked_of(typed[0], "evidence", "recompute", "--all")["verdict"] == "pass"


def test_an_assistant_is_judged_by_a_preset_and_held_to_levels_by_itself(typed: tuple[Path, str]) -> None:
    before = typed[1].partition("not good enough")[0]
    assert re.findall(r"^(PASS|FAIL|INCONCLUSIVE)\b", before, re.MULTILINE)[-2:] == ["PASS", "FAIL"]
    assert re.findall(r"^not good enough, exit code (\d)$", typed[1], re.MULTILINE) == ["1"]
    assert "expected at most 0.005, whatever the champion does" in typed[1] and "expected at least 0.92" in typed[1]

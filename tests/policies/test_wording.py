"""What a workspace may say about causes and plans: its numbers, its days, and its lists of texts that say nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.domain.policy_work import WorkLimits
from registry.domain.signal import Severity
from registry.errors import PolicyError
from registry.policies.loader import load_work_policies


def _limits(folder: Path, text: str) -> WorkLimits:
    (folder / "work.yaml").write_text(text, encoding="utf-8")
    return load_work_policies(folder).limits


def test_the_shipped_table_has_days_for_every_severity_and_lists_without_repeats() -> None:
    limits = load_work_policies(None).limits

    assert set(limits.max_action_days) == set(Severity)
    for texts in (limits.placeholders, limits.vague_words, limits.activity_words):
        assert texts
        assert len(set(texts)) == len(texts)


def test_more_severe_issues_leave_less_time_for_actions() -> None:
    days = load_work_policies(None).limits.max_action_days

    assert sorted(days, key=lambda severity: -days[severity]) == sorted(days, key=lambda severity: severity.rank)


def test_a_list_of_an_override_replaces_the_shipped_one(tmp_path: Path) -> None:
    limits = _limits(tmp_path, "wording: {placeholders: [ei tiedossa]}\n")

    assert limits.placeholders == ("ei tiedossa",)
    assert limits.vague_words == load_work_policies(None).limits.vague_words


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("plan: {max_action_days: {L1: 30}}\n", "expected max_action_days for every severity, found none for L0, L2, L3, L4; add them"),
        ("plan: {max_action_days: {L0: 9, L1: 9, L2: 9, L3: 9, L4: 0}}\n", "expected a number of at least 1, found 0"),
        ("classification: {max_start_before_opening_days: 0}\n", "expected a number of at least 1, found 0"),
        ("wording: {vague_words: []}\n", "expected at least 1 entries, found 0"),
        ("root_cause: {max_cause_overlap_ratio: 1.5}\n", "expected a number of less than 1, found 1.5"),
        ("root_cause: {min_own_words: 0}\n", "expected a number of at least 1, found 0"),
    ],
)
def test_a_limit_that_would_let_everything_pass_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(PolicyError) as refused:
        _limits(tmp_path, text)

    assert message in str(refused.value)

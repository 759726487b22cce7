"""What watching predictions opened or asked for becomes one issue on the next triage, and the day can be judged again."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from deployments.cli.running import run_triggers
from deployments.recompute import recompute
from registry.domain.decision import Verdict
from registry.domain.events import Event, EventKind
from registry.domain.feed import FeedStatus
from registry.domain.issue import Issue, IssueState
from registry.domain.signal import Severity
from registry.domain.triage import TriageDay
from registry.domain.triage_run import TriageResult
from tests.cli.calling import call
from tests.flows.ledger_bytes import assert_sound
from tests.flows.workspaces import FRAUD, MONDAY, ROUTER, Bank, a_bank, at, moved
from tests.trigger_events import a_request, an_evaluation
from tests.watched_bank import a_watched_bank

FEED = "drift_alert"
WATCHED = """\
predictions:
  source: {path: data/predictions.csv}
  columns: {time: made, score: pd}
  features: {categorical: [term]}
monitoring:
  reference: {from: 2025-01-01, to: 2026-01-01}
  window: month
"""


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    """The small bank, whose fraud filter is watched; its first two days are over, so that its files are known."""
    made = a_bank(tmp_path)
    system = made.root / f"systems/{FRAUD}.yaml"
    system.write_text(system.read_text(encoding="utf-8") + WATCHED, encoding="utf-8")
    assert run(made, 0).verdict is run(made, 1).verdict is Verdict.PASS
    return made


def run(bank: Bank, place: int) -> TriageDay:
    result: TriageResult = bank.triage(moved(MONDAY, place))
    return result.decision


def judged(bank: Bank, place: int, hour: int = 5, **body: Any) -> Event:
    """Record that February was judged on a day before its triage, at six, unless told otherwise."""
    window = {"start_on": date(2026, 2, 1), "end_on": date(2026, 3, 1)}
    event = an_evaluation(FRAUD, judged_at=at(moved(MONDAY, place), hour), **{**window, **body})
    bank.ledger.append([event])
    return event


def feed_of(day: TriageDay, system_id: str = FRAUD) -> tuple[FeedStatus, int] | None:
    return next(((feed.status, feed.new_count) for feed in day.feeds if (feed.system_id, feed.feed) == (system_id, FEED)), None)


def issues(bank: Bank) -> list[Issue]:
    return list(bank.ledger.read_issues([FRAUD]))


def test_a_system_that_is_watched_has_the_feed_and_its_silence_does_not_spoil_the_day(bank: Bank) -> None:
    judged(bank, 2, verdict="pass")
    wednesday = run(bank, 2)
    assert (wednesday.verdict, feed_of(wednesday)) == (Verdict.PASS, (FeedStatus.OK, 0))
    assert feed_of(wednesday, ROUTER) is None, "a system that is not watched has no such feed"
    assert issues(bank) == []


def test_a_condition_that_opened_is_an_issue_of_the_product_owner_the_same_morning(bank: Bank) -> None:
    judged(bank, 2, opened=["drift|term"], conditions=["drift|term"])
    wednesday = run(bank, 2)
    assert (wednesday.verdict, feed_of(wednesday)) == (Verdict.FAIL, (FeedStatus.OK, 1))
    (issue,) = issues(bank)
    assert (issue.title, issue.severity, issue.state, issue.owner) == ("data drift", Severity.L1, IssueState.TRIAGE, "ana@bank.example")
    ((_, body),) = bank.ledger.read_issue_signals(issue.issue_id)
    signal = json.loads(body)
    assert (signal["category"], signal["impact"], signal["synthetic"], signal["versions"]) == (
        "drift_alert",
        "none",
        False,
        {"model": "v1"},
    )
    assert signal["segment"] == {"window": "2026-02-01 to 2026-03-01"}
    assert_sound(bank)


def test_drift_and_the_request_it_leads_to_are_one_issue_and_what_stands_is_no_second_signal(bank: Bank) -> None:
    judged(bank, 2, opened=["drift|term", "drift|purpose"], requests=[a_request("data_drift", action="investigate")])
    assert feed_of(run(bank, 2)) == (FeedStatus.OK, 3)
    judged(bank, 3, conditions=["drift|term", "drift|purpose"], start_on=date(2026, 3, 1), end_on=date(2026, 3, 15))
    assert feed_of(run(bank, 3)) == (FeedStatus.OK, 0)
    (issue,) = issues(bank)
    assert issue.signal_count == 3


def test_each_problem_of_data_and_each_kind_of_loss_is_an_issue_of_its_own(bank: Bank) -> None:
    opened = ["data_quality|term|unseen_level", "data_quality|term|missing", "performance|calibration|term=60", "performance|calibration|x"]
    judged(bank, 2, opened=[*opened, "drift|pd"])
    run(bank, 2)
    assert sorted(issue.title for issue in issues(bank)) == [
        "data quality of term: missing",
        "data quality of term: unseen level",
        "performance: calibration",
        "prediction drift",
    ]


def test_a_later_window_joins_the_issue_that_is_still_open(bank: Bank) -> None:
    judged(bank, 2, opened=["drift|term"])
    run(bank, 2)
    judged(bank, 3, opened=["drift|purpose"], start_on=date(2026, 3, 1), end_on=date(2026, 3, 15))
    run(bank, 3)
    (issue,) = issues(bank)
    assert issue.signal_count == 2


def test_what_is_judged_after_the_morning_is_a_signal_of_the_next_one(bank: Bank) -> None:
    judged(bank, 2, hour=15, opened=["drift|term"])
    assert feed_of(run(bank, 2)) == (FeedStatus.OK, 0)
    assert feed_of(run(bank, 3)) == (FeedStatus.OK, 1)
    assert feed_of(run(bank, 4)) == (FeedStatus.OK, 0)


def test_what_was_judged_while_no_triage_ran_is_not_lost(bank: Bank) -> None:
    judged(bank, 2, opened=["drift|term"])
    assert feed_of(run(bank, 4)) == (FeedStatus.OK, 1)


def test_what_a_real_run_finds_is_an_issue_the_next_morning_and_everything_can_be_judged_again(tmp_path: Path) -> None:
    real = a_watched_bank(tmp_path, new_term_from=date(2026, 2, 1))
    for first in (date(2026, 2, 1), date(2026, 3, 1)):
        run_triggers(real.root, as_of=at(first, 7))
    run(real, 0)
    (issue,) = issues(real)
    assert (issue.title, issue.owner) == ("data drift", "ana@bank.example")
    signals = [json.loads(body) for _, body in real.ledger.read_issue_signals(issue.issue_id)]
    assert {signal["segment"]["window"] for signal in signals} == {"2026-02-01 to 2026-03-01"}
    assert feed_of(run(real, 1)) == (FeedStatus.OK, 0)
    assert recompute(real.workspace.archive_dir).problems == ()
    assert_sound(real)


def test_a_window_that_ended_before_the_fix_does_not_bring_its_issue_back(bank: Bank) -> None:
    judged(bank, 2, opened=["drift|term"])
    run(bank, 2)
    (issue,) = issues(bank)
    released = at(moved(MONDAY, 1), 8)
    fix = {"effective_at": released, "versions": {"model": "v2"}}
    bank.ledger.append(
        [Event(EventKind.FIX_RELEASED, FRAUD, f"{issue.issue_id} fix", released, released.date(), fix, issue.issue_id, "ana")]
    )
    judged(bank, 3, opened=["drift|purpose"], start_on=date(2026, 2, 15))
    run(bank, 3)
    assert sorted(relation for relation, _ in bank.ledger.read_issue_signals(issue.issue_id)) == ["late_pre_fix", "opened"]


def test_the_issue_shows_the_window_the_request_and_where_the_decision_is_sealed(bank: Bank, capsys: pytest.CaptureFixture[str]) -> None:
    judged(bank, 2, opened=["drift|term"], requests=[a_request("data_drift", action="investigate")])
    run(bank, 2)
    (issue,) = issues(bank)
    shown = call(capsys, "--workspace", bank.root, "issue", "show", issue.issue_id)
    assert shown.code == 0, shown.err
    for expected in ("window 2026-02-01 to 2026-03-01", "drift|term opened", "request sha256:dddd", "decision.json of package sha256:eeee"):
        assert expected in shown.out


def test_a_workspace_that_watches_nothing_seals_the_same_whatever_events_there_are(tmp_path: Path) -> None:
    plain, other = a_bank(tmp_path / "plain"), a_bank(tmp_path / "other")
    for place, made in enumerate((plain, other)):
        if place:
            judged(made, -1, opened=["drift|term"])
        run(made, 0)
    sealed = [sorted((made.workspace.archive_dir / "000001").glob("inputs*")) for made in (plain, other)]
    assert [path.name for path in sealed[0]] == [path.name for path in sealed[1]] and sealed[0]
    assert all(FEED not in path.read_text(encoding="utf-8") for path in sealed[1])

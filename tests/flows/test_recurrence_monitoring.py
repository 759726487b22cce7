"""The flow of the recurrence monitoring: what it writes, in which order, how often, and what it does where something came back."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from registry.domain.canonical import digest_of
from registry.domain.decision import Verdict
from registry.domain.events import Event, EventKind
from registry.domain.issue import IssueState
from registry.domain.recurrence import Outcome, Purpose
from registry.domain.recurrence_run import RecurrenceResult
from registry.domain.steps_closure import SameCause
from registry.domain.work import StepKind
from registry.errors import StaleIssueError
from registry.evidence.packages import list_packages
from tests.fixed_bank import BOT, END, FIRST, FIX_ON, PER_DAY, WINDOW_FROM, FixedBank, a_fixed_bank, at, bank, fixed, until_fix
from tests.flows.ledger_bytes import assert_sound, events_of

__all__ = ["bank", "fixed"]

JUDGED, READ, MOVED, BACK = EventKind.WINDOW_JUDGED, EventKind.INDICATORS_READ, EventKind.ISSUE_MOVED, EventKind.ISSUE_REOPENED
DAY = timedelta(days=1)
CLEAN_ON = FIX_ON + 7 * DAY
"""Four whole days observed, 404 answers without it, and the reports of the last day in."""


def outcomes(results: list[RecurrenceResult]) -> list[Outcome]:
    return [window.outcome for result in results for window in result.decision.windows]


def test_without_a_fix_there_is_nothing_to_judge_and_it_does_not_pass(tmp_path: Path) -> None:
    bare = a_fixed_bank(tmp_path / "bank")
    bare.triage(FIRST)
    result = bare.watch(FIRST)
    assert (result.decision.verdict, result.decision.windows) == (Verdict.INCONCLUSIVE, ())
    assert [reason.code for reason in result.decision.reasons] == ["no_window"]
    assert [event["kind"] for event in bare.events(JUDGED, READ)] == [READ]
    assert_sound(bare)


def test_the_first_run_after_the_fix_opens_the_window_before_it_judges_it(bank: FixedBank) -> None:
    (result,) = bank.run(WINDOW_FROM, WINDOW_FROM)
    last = [event["kind"] for event in bank.events()][-3:]
    assert last == [MOVED, JUDGED, READ]
    (moved,) = (event for event in bank.events(MOVED) if event["data"]["to"] == "verifying")
    assert (moved["actor"], moved["data"]["role"], moved["data"]["from"]) == ("machine", "machine", "implemented")
    assert bank.issue.state is IssueState.VERIFYING
    assert outcomes([result]) == [Outcome.WATCHING]


def test_silence_is_clean_on_the_first_day_on_which_days_answers_and_lateness_are_enough(bank: FixedBank) -> None:
    results = bank.run(WINDOW_FROM, CLEAN_ON)
    assert outcomes(results) == [Outcome.WATCHING] * 6 + [Outcome.CLEAN]
    assert [result.decision.verdict for result in results[-2:]] == [Verdict.INCONCLUSIVE, Verdict.PASS]
    assert bank.issue.window == Outcome.CLEAN
    assert_sound(bank)


def test_one_package_a_run_holds_every_window_with_what_it_was_judged_from(bank: FixedBank) -> None:
    (result,) = bank.run(WINDOW_FROM, WINDOW_FROM)
    package = list_packages(bank.workspace.archive_dir)[-1]
    names = {path.name for path in package.path.iterdir()} - {"ledger.jsonl"}
    assert names == {
        *("decision.json", "decision-00001.json", "inputs.json", "inputs-00001.json", "policies.json", "report.html", "contents.json"),
        *(name for name in names if name.startswith("report-")),
    }
    (judged,) = bank.events(JUDGED)
    assert judged["data"]["bundle_digest"] == result.bundle_digest == package.seal.bundle_digest
    assert (package.path / judged["data"]["record"]).is_file()
    listed = json.loads((package.path / "contents.json").read_bytes())
    assert {entry["file"] for entry in listed} == names - {"contents.json"}
    assert result.report_path == str(package.path / "report.html")


def test_what_came_back_reopens_its_issue_one_occurrence_more_and_more_severe(bank: FixedBank) -> None:
    bank.complain((FIX_ON + 2 * DAY, FIX_ON + 3 * DAY))
    results = bank.run(WINDOW_FROM, FIX_ON + 4 * DAY)
    assert outcomes(results)[-1] is Outcome.RECURRED
    assert results[-1].decision.verdict is Verdict.FAIL
    (back,) = bank.events(BACK)
    told = {name: back["data"][name] for name in ("from", "to", "role", "reason_code", "signal_count", "severity")}
    assert told == {
        "from": "verifying",
        "to": "rca_in_progress",
        "role": "machine",
        "reason_code": "recurred",
        "signal_count": 0,
        "severity": "L3",
    }
    issue = bank.issue
    assert (issue.state, issue.occurrence, issue.severity.value) == (IssueState.RCA_IN_PROGRESS, 2, "L3")
    assert bank.watch(FIX_ON + 5 * DAY).decision.windows == ()
    assert_sound(bank)


def test_a_severity_that_a_person_set_is_not_raised(bank: FixedBank) -> None:
    bank.ledger.append([bank.step(EventKind.SEVERITY_SET, FIX_ON, {"severity": "L1", "reason": "no harm was done"})])
    bank.complain((FIX_ON + 2 * DAY, FIX_ON + 3 * DAY))
    bank.run(WINDOW_FROM, FIX_ON + 4 * DAY)
    assert (bank.issue.occurrence, bank.issue.severity.value) == (2, "L1")


def test_a_new_fix_opens_a_window_anew(bank: FixedBank) -> None:
    bank.complain((FIX_ON + 2 * DAY, FIX_ON + 3 * DAY))
    bank.run(WINDOW_FROM, FIX_ON + 4 * DAY)
    bank.release(FIX_ON + 4 * DAY, "v3")
    (result,) = bank.run(FIX_ON + 5 * DAY, FIX_ON + 5 * DAY)
    (window,) = result.decision.windows
    assert (window.outcome, window.occurrences, window.required_days) == (Outcome.WATCHING, (), 6)
    assert bank.issue.state is IssueState.VERIFYING


def test_a_late_report_about_the_old_version_resets_nothing(bank: FixedBank) -> None:
    bank.complain((FIX_ON - 3 * DAY, FIX_ON + 4 * DAY))
    results = bank.run(WINDOW_FROM, CLEAN_ON)
    (window,) = results[-1].decision.windows
    assert window.outcome is Outcome.CLEAN
    assert [late.reason_code for late in window.late] == ["pre_fix_late"] * len(window.late)
    assert "R-0" in {late.signal_id for late in window.late}


def test_a_fix_that_serves_a_part_of_the_traffic_opens_no_window(bank: FixedBank) -> None:
    bank.ledger.append([bank.serves("v2", at(FIX_ON, 13), 20)])
    (result,) = bank.run(WINDOW_FROM, WINDOW_FROM)
    assert outcomes([result]) == [Outcome.NOT_OPEN]
    assert bank.issue.state is IssueState.IMPLEMENTED


def test_days_on_which_nothing_ran_are_no_evidence(bank: FixedBank) -> None:
    gone = {FIX_ON + 4 * DAY, FIX_ON + 5 * DAY}
    results = bank.run(WINDOW_FROM, CLEAN_ON, without=gone)
    (window,) = results[-1].decision.windows
    assert window.outcome is Outcome.WATCHING
    assert (window.observed_days, window.elapsed_days) == (4, 6)


def test_days_on_which_the_monitoring_did_not_run_are_read_by_the_run_that_misses_them(bank: FixedBank) -> None:
    for day in range(1, 7):
        bank.triage(FIX_ON + day * DAY)
    (window,) = bank.run(CLEAN_ON, CLEAN_ON)[-1].decision.windows
    assert (window.outcome, window.extended_days) == (Outcome.CLEAN, 0)
    assert [event["business_date"] for event in bank.events(READ)] == [str(CLEAN_ON)]


def test_days_whose_indicators_cannot_be_read_hold_the_window_open(bank: FixedBank) -> None:
    """A feed of overrides was announced and never came: nobody can say that nothing rose on those days."""
    entry = bank.root / "systems/fee_bot.yaml"
    text = entry.read_text(encoding="utf-8")
    feed = (
        text[text.index("  - name: complaints") :].replace("complaints", "overrides").replace("category: complaint", "category: override")
    )
    entry.write_text(f"{text}{feed}", encoding="utf-8")
    (window,) = bank.run(WINDOW_FROM, CLEAN_ON)[-1].decision.windows
    assert (window.outcome, window.extended_days) == (Outcome.WATCHING, window.observed_days)
    assert "override_spike" in {one.subject for one in window.not_evaluated}
    assert "indicator_not_read" in {one.reason_code for one in window.not_evaluated}


def test_days_without_an_answer_are_no_evidence(bank: FixedBank) -> None:
    bank.answer(lambda day: 0 if day == FIX_ON + 2 * DAY else 100)
    (window,) = bank.run(WINDOW_FROM, CLEAN_ON)[-1].decision.windows
    assert (window.observed_days, window.elapsed_days) == (5, 6)


def test_a_feed_that_died_suspends_the_window_and_reopens_nothing(bank: FixedBank) -> None:
    bank.run(WINDOW_FROM, FIX_ON + 2 * DAY)
    (bank.root / "data/complaints.csv").unlink()
    (window,) = bank.run(FIX_ON + 3 * DAY, FIX_ON + 7 * DAY)[-1].decision.windows
    assert window.outcome is Outcome.SUSPENDED
    assert bank.issue.state is IssueState.VERIFYING


def test_answers_that_cannot_be_counted_are_told_and_never_pass(bank: FixedBank) -> None:
    bank.run(WINDOW_FROM, CLEAN_ON - DAY)
    (bank.root / "data/answers.csv").unlink()
    (result,) = bank.run(CLEAN_ON, CLEAN_ON)
    (window,) = result.decision.windows
    assert window.outcome is not Outcome.CLEAN
    assert [read.reason != "" for read in result.exposures] == [True]
    assert "answers.csv" in json.dumps([one.reason for one in window.not_evaluated])


def test_the_same_date_twice_is_one_run_and_the_same_answer(bank: FixedBank) -> None:
    (first,) = bank.run(WINDOW_FROM, WINDOW_FROM)
    before = events_of(bank.ledger)
    again = bank.watch(WINDOW_FROM)
    assert (again.repeated, again.decision, again.bundle_digest) == (True, first.decision, first.bundle_digest)
    assert (again.report_path, again.seal) == (first.report_path, first.seal)
    assert events_of(bank.ledger) == before


def test_a_dry_run_judges_and_writes_nothing(bank: FixedBank) -> None:
    bank.triage(WINDOW_FROM)
    before = events_of(bank.ledger)
    result = bank.watch(WINDOW_FROM, dry_run=True)
    assert outcomes([result]) == [Outcome.WATCHING]
    assert (result.seal, result.bundle_digest, events_of(bank.ledger)) == (0, "", before)
    assert "preview/recurrence-" in result.report_path


def test_a_step_taken_while_it_decides_makes_it_stale_and_it_writes_nothing(bank: FixedBank, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows import recurrence_monitoring as flow

    bank.triage(WINDOW_FROM)
    drafted = flow.write_draft

    def interrupted(*given: Any) -> Any:
        bank.ledger.append([bank.step(EventKind.NOTE_ADDED, WINDOW_FROM, {"text": "looked at"})])
        return drafted(*given)

    monkeypatch.setattr(flow, "write_draft", interrupted)
    with pytest.raises(StaleIssueError):
        bank.watch(WINDOW_FROM)
    assert bank.events(JUDGED, READ) == []
    monkeypatch.setattr(flow, "write_draft", drafted)
    assert outcomes([bank.watch(WINDOW_FROM)]) == [Outcome.WATCHING]


def test_a_signal_of_an_issue_with_the_same_cause_counts_as_a_return(bank: FixedBank) -> None:
    bank.complain((FIX_ON + 2 * DAY, FIX_ON + 3 * DAY), symptom="Fee charged twice")
    bank.run(WINDOW_FROM, FIX_ON + 4 * DAY)
    (other,) = (issue for issue in bank.ledger.read_issues([BOT]) if issue.title == "Fee charged twice")
    bank.ledger.append([same_cause(other.issue_id, bank.issue.issue_id, FIX_ON + 4 * DAY)])
    (result,) = bank.run(FIX_ON + 5 * DAY, FIX_ON + 5 * DAY)
    (window,) = result.decision.windows
    assert (window.outcome, [found.reason_code for found in window.occurrences]) == (Outcome.RECURRED, ["same_cause"])


def test_a_closed_issue_is_watched_in_silence_and_recorded_on_its_review_date(bank: FixedBank) -> None:
    bank.run(WINDOW_FROM, CLEAN_ON)
    bank.close(CLEAN_ON)
    review_on = CLEAN_ON + 10 * DAY
    results = bank.run(CLEAN_ON + DAY, review_on + DAY)
    told = [(event["business_date"], event["data"]["outcome"]) for event in bank.events(JUDGED) if _is_review(event)]
    assert told == [(str(review_on), "clean")]
    assert [len(result.decision.windows) for result in results] == [0] * 9 + [1, 0]
    assert bank.issue.state is IssueState.CLOSED


def test_a_review_that_came_out_suspended_is_asked_again_until_it_has_an_answer(bank: FixedBank) -> None:
    bank.run(WINDOW_FROM, CLEAN_ON)
    bank.close(CLEAN_ON)
    review_on, complaints = CLEAN_ON + 10 * DAY, bank.root / "data/complaints.csv"
    kept = complaints.read_bytes()
    bank.run(CLEAN_ON + DAY, review_on - 3 * DAY)
    complaints.unlink()
    bank.run(review_on - 2 * DAY, review_on)
    complaints.write_bytes(kept)
    bank.run(review_on + DAY, review_on + 2 * DAY)
    told = [(event["business_date"], event["data"]["outcome"]) for event in bank.events(JUDGED) if _is_review(event)]
    assert told == [(str(review_on), "suspended"), (str(review_on + DAY), "clean")]


def test_a_closed_issue_comes_back_through_what_the_triage_does_not_see(bank: FixedBank) -> None:
    bank.complain((FIX_ON + 9 * DAY, FIX_ON + 10 * DAY), symptom="Fee charged twice")
    bank.run(WINDOW_FROM, CLEAN_ON)
    bank.close(CLEAN_ON)
    bank.run(CLEAN_ON + DAY, FIX_ON + 11 * DAY)
    (other,) = (issue for issue in bank.ledger.read_issues([BOT]) if issue.title == "Fee charged twice")
    bank.ledger.append([same_cause(other.issue_id, bank.issue.issue_id, FIX_ON + 11 * DAY)])
    (result,) = bank.run(FIX_ON + 12 * DAY, FIX_ON + 12 * DAY)
    assert [(one.purpose, one.outcome) for one in result.decision.windows] == [(Purpose.EFFECTIVENESS, Outcome.RECURRED)]
    assert (bank.issue.state, bank.issue.occurrence) == (IssueState.RCA_IN_PROGRESS, 2)
    assert_sound(bank)


def test_a_rate_that_is_never_zero_stays_closed_while_it_holds_its_limit(tmp_path: Path) -> None:
    rate = a_fixed_bank(tmp_path / "bank", effect="effect: {rate: {max_ratio: 0.08}}")
    rate.complain(until=END)
    rate.answer(lambda day: PER_DAY if day >= FIX_ON else 2)  # the share was above its limit, and is below it
    until_fix(rate)
    (window,) = rate.run(WINDOW_FROM, CLEAN_ON + DAY)[-1].decision.windows
    assert (window.outcome, len(window.occurrences) > 0) == (Outcome.CLEAN, True)
    rate.close(CLEAN_ON + DAY)
    results = rate.run(CLEAN_ON + 2 * DAY, CLEAN_ON + 4 * DAY)
    assert rate.issue.state is IssueState.CLOSED
    assert [result.decision.windows for result in results] == [()] * 3


def test_reviews_of_the_window_are_owed_until_somebody_takes_them(bank: FixedBank) -> None:
    bank.run(WINDOW_FROM, FIX_ON + 4 * DAY)
    (duty,) = reviews(bank, FIX_ON + 5 * DAY)
    assert (duty.status.value, duty.due_at.date()) == ("overdue", FIX_ON + 5 * DAY)
    body = {"step": StepKind.REVIEW, "role": "product_owner", "bundle_digest": digest_of("review"), "document_digest": digest_of("r")}
    document = {"forum": "weekly operations review", "conclusion": "carry_on", "observed": "400 answers, none wrong"}
    bank.ledger.append([bank.step(EventKind.WINDOW_REVIEWED, FIX_ON + 5 * DAY, body | {"document": document})])
    (next_one,) = reviews(bank, FIX_ON + 6 * DAY)
    assert (next_one.status.value, next_one.due_at > at(FIX_ON + 8 * DAY, 23)) == ("open", True)


def reviews(bank: FixedBank, day: date) -> list[Any]:
    return [duty for duty in bank.triage(day).decision.duties if duty.kind == "review"]


def same_cause(issue_id: str, other: str, on: date) -> Event:
    document = {"issue": other, "reason": "the same prompt explains both", "evidence": ["CHG-7"]}
    assert SameCause(**{**document, "evidence": ("CHG-7",)})
    body = {"step": StepKind.SAME_CAUSE, "role": "product_owner", "document": document}
    body |= {"document_digest": digest_of(document), "bundle_digest": digest_of("same cause")}
    return Event(EventKind.SAME_CAUSE_RECORDED, BOT, f"{issue_id} same cause", at(on, 10), on, body, issue_id, "ana@bank.example")


def _is_review(event: dict[str, Any]) -> bool:
    return bool(event["data"]["purpose"] == Purpose.EFFECTIVENESS)

"""Exposure: how it is counted from an archive and a ledger, and when it is too much."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from checks.anchoring import judge_attempt, judge_exposure
from checks.daily_seal import find_record, judge_sealed_day
from registry.domain.anchoring import Attempt, AttemptStatus, DayActivity, Exposure, Head, Receipt, SealPlan, spoken_age
from registry.domain.decision import Finding, Verdict
from registry.domain.events import Event, StoredEvent, chain_hash
from registry.domain.policy import AnchorPolicy, EvidencePolicy, SealingPolicy
from registry.evidence.anchors import receipt_event
from registry.evidence.anchors_exposure import compare_noted, measure
from tests.anchors.sealed import FIRST_DAY, NOW, a_sealed_workspace, head_and_path
from tests.evidence.archives import ledger_of

POLICY = EvidencePolicy(SealingPolicy(36), AnchorPolicy(2, 7), "sha256:" + "0" * 64)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CALM = Exposure(NOW, True, 10, 10, 10, 5, 5, 0, None, None, NOW - HOUR)
PLAN = SealPlan("bank", NOW, NOW.date(), "UTC")
HEAD = Head(5, "sha256:" + "5" * 64)


class Kept:
    """A ledger of events that are there already."""

    def __init__(self, events: list[StoredEvent]) -> None:
        self.events = events

    def read_events(self, after_seq: int = 0, kinds: object = ()) -> object:
        wanted = {kind.value for kind in kinds}  # type: ignore[attr-defined]
        return (
            event for event in self.events if event.seq > after_seq and (not wanted or any(f'"{k}"'.encode() in event.body for k in wanted))
        )

    def and_then(self, event: Event) -> Kept:
        last = self.events[-1]
        body = event.canonical_body()
        stored = StoredEvent(last.seq + 1, last.hash, body, chain_hash(last.hash, body), event.key, NOW - 2 * HOUR)
        return Kept([*self.events, stored])


def a_receipt(head: Head, at: datetime = NOW - DAY) -> Event:
    return receipt_event(Receipt(head, at, "anchor.sh", "sha256:a", "done", "sha256:b"), "UTC")


def verdicts(exposure: Exposure) -> list[tuple[str, str]]:
    return [(finding.verdict.value, finding.reason_code) for finding in judge_exposure(exposure, POLICY)]


def test_nothing_at_all_never_passes() -> None:
    assert verdicts(Exposure(NOW, True)) == [("inconclusive", "no_data"), ("inconclusive", "no_data")]


def test_what_is_not_sealed_and_not_anchored_is_counted(tmp_path: Path) -> None:
    workspace = a_sealed_workspace(tmp_path, packages=3)
    kept = Kept(ledger_of(8)).and_then(a_receipt(head_and_path(workspace, 1)[0]))
    found = measure(workspace.archive_dir, kept, True, NOW)
    assert (found.recorded, found.sealed, found.anchored, found.receipts) == (9, 6, 2, 1)
    assert (found.unsealed_count, found.unanchored_count, found.unanchored_seal_count) == (3, 4, 2)
    assert (found.seal, found.anchored_seal, found.anchor_age) == (3, 1, DAY)
    assert found.unsealed_age == NOW - FIRST_DAY
    assert found.unanchored_age == NOW - (FIRST_DAY + 2 * DAY)  # the seal after the anchored one


def test_an_archive_that_is_not_there_yet_is_measured_too(tmp_path: Path) -> None:
    found = measure(tmp_path / "none", Kept(ledger_of(2)), False, NOW)
    assert (found.recorded, found.sealed, found.seal, found.anchor_age) == (2, 0, 0, None)


@pytest.mark.parametrize("head", [Head(2, "sha256:" + "0" * 64), Head(9, "sha256:" + "0" * 64)])
def test_a_seal_that_was_anchored_and_is_no_longer_the_same_fails(tmp_path: Path, head: Head) -> None:
    workspace = a_sealed_workspace(tmp_path, packages=3)
    kept = Kept(ledger_of(6)).and_then(a_receipt(head_and_path(workspace)[0])).and_then(a_receipt(head))
    found = measure(workspace.archive_dir, kept, True, NOW)
    assert found.contradicted == (head.seal,)
    assert verdicts(found)[1] == ("fail", "anchor_contradicted")
    assert verdicts(replace(found, has_command=False))[1] == ("fail", "anchor_contradicted")


def test_heads_noted_elsewhere_must_be_seals_of_the_archive(tmp_path: Path) -> None:
    workspace = a_sealed_workspace(tmp_path, packages=3)
    heads = [head_and_path(workspace, seq)[0] for seq in (1, 3)]
    assert compare_noted(workspace.archive_dir, heads) == ()
    problems = compare_noted(workspace.archive_dir, [replace(heads[0], digest="sha256:" + "0" * 64), replace(heads[1], seal=4)])
    assert [str(problem).partition(":")[0] for problem in problems] == ["seals/000001.seal", "seals/000004.seal"]
    assert all(problem.verdict is Verdict.FAIL for problem in problems)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, ("pass", "anchored")),
        ({"anchored_at": NOW - 2 * DAY}, ("pass", "anchored")),
        ({"anchored_at": NOW - 2 * DAY - HOUR}, ("inconclusive", "anchor_stale")),
        ({"anchored_at": NOW - 7 * DAY}, ("inconclusive", "anchor_stale")),
        ({"anchored_at": NOW - 7 * DAY - HOUR}, ("fail", "anchor_stale")),
        ({"anchored_at": None, "anchored_seal": 0, "unanchored_since": NOW - HOUR}, ("inconclusive", "never_anchored")),
        ({"anchored_at": None, "anchored_seal": 0, "unanchored_since": NOW - 3 * DAY}, ("inconclusive", "anchor_stale")),
        ({"anchored_at": None, "anchored_seal": 0, "unanchored_since": NOW - 8 * DAY}, ("fail", "anchor_stale")),
        ({"has_command": False}, ("inconclusive", "not_configured")),
        ({"seal": 0, "sealed": 0}, ("inconclusive", "no_data")),
    ],
)
def test_an_anchor_is_judged_by_its_age(changed: dict[str, object], expected: tuple[str, str]) -> None:
    assert verdicts(replace(CALM, **changed))[1] == expected  # type: ignore[arg-type]


def test_events_that_wait_for_their_seal_are_told_once_they_wait_too_long() -> None:
    waiting = replace(CALM, recorded=13, unsealed_since=NOW - 36 * HOUR)
    assert verdicts(waiting)[0] == ("pass", "sealed")
    late = replace(waiting, unsealed_since=NOW - 37 * HOUR)
    finding = judge_exposure(late, POLICY)[0]
    assert (finding.verdict, finding.n) == (Verdict.INCONCLUSIVE, 10)
    assert "3 of 13 events recorded and not sealed, the oldest for 1 d 13 h, more than 36 h" in finding.reason


def test_young_events_change_nothing_that_is_said_so_that_a_repeated_run_says_the_same() -> None:
    assert judge_exposure(CALM, POLICY) == judge_exposure(replace(CALM, recorded=13, unsealed_since=NOW - HOUR), POLICY)


def test_having_no_anchor_is_said_and_blocks_nothing() -> None:
    sealing, anchor = judge_exposure(replace(CALM, has_command=False), POLICY)
    assert sealing.blocking and not anchor.blocking
    assert "could rewrite or shorten it unseen" in anchor.reason


def test_only_a_failed_attempt_is_a_finding_of_its_own() -> None:
    told = [status for status in AttemptStatus if judge_attempt(Attempt(status, HEAD, "why"))]
    assert told == [AttemptStatus.FAILED]
    (finding,) = judge_attempt(Attempt(AttemptStatus.FAILED, HEAD, "the remote hung up"))
    assert (finding.verdict, finding.blocking) == (Verdict.FAIL, True) and "the remote hung up" in finding.reason


def activity(**changed: object) -> DayActivity:
    return replace(DayActivity(False, 0, HEAD, 10, {}), **changed)  # type: ignore[arg-type]


def test_a_day_on_which_nothing_happened_is_a_statement() -> None:
    record = find_record(PLAN, activity())
    assert record is not None and record.statement == "Nothing was recorded since seal 000005."
    first = find_record(PLAN, activity(head=None, last_event=0))
    assert first is not None and (first.statement, first.seal_before) == ("Nothing was recorded since the archive began.", 0)


@pytest.mark.parametrize(
    ("changed", "statement"),
    [
        ({"is_recorded": True}, None),
        ({"is_recorded": True, "unsealed_kinds": {"IssueMoved": 2}}, None),
        ({"seal_count": 1}, None),
        ({"seal_count": 1, "unsealed_kinds": {"HeadAnchored": 1}}, None),
        ({"unsealed_kinds": {"HeadAnchored": 1}}, "Nothing was recorded since seal 000005 but 1 receipt of anchors."),
        ({"seal_count": 1, "unsealed_kinds": {"IssueMoved": 1}}, "1 event recorded since seal 000005: 1 IssueMoved."),
        (
            {"seal_count": 1, "unsealed_kinds": {"SeveritySet": 1, "HeadAnchored": 1}},
            "2 events recorded since seal 000005: 1 HeadAnchored, 1 SeveritySet.",
        ),
    ],
)
def test_a_day_is_recorded_once_and_only_when_its_own_seals_leave_something_out(changed: dict[str, object], statement: str | None) -> None:
    record = find_record(PLAN, activity(**changed))
    assert (record.statement if record else None) == statement


def test_the_daily_seal_passes_only_in_order() -> None:
    lost = Finding("evidence", "sha256:x", Verdict.INCONCLUSIVE, "evidence_pending", "a draft is lost")
    done, failed = Attempt(AttemptStatus.ANCHORED, HEAD), Attempt(AttemptStatus.FAILED, HEAD, "no")

    def judged(pending: tuple[Finding, ...], attempt: Attempt, exposure: Exposure = CALM) -> Verdict:
        return judge_sealed_day(PLAN, None, pending, attempt, exposure, HEAD, POLICY).verdict

    assert judged((), done) is Verdict.PASS
    assert judged((lost,), done) is Verdict.INCONCLUSIVE
    assert judged((lost,), failed) is Verdict.FAIL
    assert judged((), Attempt(AttemptStatus.NOT_CONFIGURED), replace(CALM, has_command=False)) is Verdict.PASS
    assert judged((), Attempt(AttemptStatus.NOTHING_SEALED), Exposure(NOW, True)) is Verdict.INCONCLUSIVE


def test_an_age_before_its_time_is_none() -> None:
    age = replace(CALM, anchored_at=NOW + DAY).anchor_age
    assert age is not None and spoken_age(age) == "0 min"

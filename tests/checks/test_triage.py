"""The day's triage: what opens, joins, escalates, comes back or stays late; what stops a PASS; and that order never matters."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from checks.issue_events import issue_id_of
from checks.symptoms import title_of
from checks.triage import judge_triage
from checks.triage_events import decided_event
from registry.domain.canonical import record_json
from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.feed import FeedDelivery, FeedStatus
from registry.domain.folding import fold
from registry.domain.history import BatchDay, DailyCount, ObservedDay, OpenDip, TriageHistory
from registry.domain.issue import Issue, IssueState
from registry.domain.policy import SpikePolicy, SuppressionMode
from registry.domain.signal import Severity
from registry.domain.triage import ChangeKind, TriageDay
from registry.domain.triage_run import TriageInputs, TriageOutcome
from registry.domain.triage_write import LinkRelation
from tests.builders import (
    FEED,
    FINGERPRINT,
    NOON,
    SYSTEM,
    TODAY,
    YESTERDAY,
    a_cell,
    a_delivery,
    a_feed,
    a_fix,
    a_quarantined_row,
    a_source_delivery,
    a_system,
    an_issue,
)
from tests.builders_policies import a_suppression, some_policies

SPIKE = SpikePolicy((7, 28), 182, 56, 10, 2.0, 1.0, 1.5, 4)
POLICIES = replace(some_policies(), spike=SPIKE, feed=replace(some_policies().feed, allowed_lateness_days=0))


def quiet_history(days: int = 120, per_day: int = 1, **changes: Any) -> TriageHistory:
    """``per_day`` signals of the fingerprint on each of the ``days`` days before yesterday, all observed."""
    past = [YESTERDAY - timedelta(days=back) for back in range(1, days + 1)]
    base = TriageHistory(
        events=10,
        counts=tuple(DailyCount(SYSTEM, FEED, FINGERPRINT, day, "Web", per_day) for day in past if per_day),
        observed=tuple(ObservedDay(SYSTEM, FEED, day) for day in past),
        issues=(),
        batches=(),
        dips=(),
        versions=(),
    )
    return replace(base, **changes)


def some(count: int, *, pre_fix: int = 0, on: date = YESTERDAY, **changes: Any) -> FeedDelivery:
    cells = (*((a_cell(count=count, on=on),) if count else ()), *((a_cell(count=pre_fix, on=on, pre_fix=True),) if pre_fix else ()))
    return a_delivery(cells=cells, received_count=count + pre_fix, new_count=count + pre_fix, **changes)


def judge(delivery: FeedDelivery | None = None, history: TriageHistory | None = None, **changes: Any) -> TriageOutcome:
    sources = (a_source_delivery(feeds=(delivery or some(1),), row_count=5),)
    base = TriageInputs(
        as_of=NOON,
        business_date=TODAY,
        systems=(a_system(),),
        deliveries=sources,
        history=history or quiet_history(),
        policies=POLICIES,
        suppressions=(),
        data_before=NOON,
    )
    return judge_triage(replace(base, **changes))


def kinds(outcome: TriageOutcome) -> list[ChangeKind]:
    return [change.kind for change in outcome.day.changes]


def codes(day: TriageDay) -> set[str]:
    return {reason.code for reason in day.reasons}


def test_a_day_without_any_delivery_is_inconclusive_and_says_so():
    day = judge(deliveries=()).day
    assert day.verdict is Verdict.INCONCLUSIVE
    assert codes(day) == {"nothing_judged"}


def test_an_ordinary_day_passes_and_adds_to_the_trend_only():
    outcome = judge()
    assert outcome.day.verdict is Verdict.PASS
    assert kinds(outcome) == []
    assert [event.kind for event in outcome.events] == [EventKind.FEED_JUDGED, EventKind.SIGNALS_OBSERVED]


@pytest.mark.parametrize("status", [FeedStatus.ERRORED, FeedStatus.STALE, FeedStatus.NO_DATA, FeedStatus.SCHEMA_BROKEN])
def test_a_feed_that_was_not_read_well_is_never_a_pass(status):
    outcome = judge(a_delivery(status=status, reason="the file is gone", received_count=0, new_count=0, cells=(), signals=None))
    assert outcome.day.verdict is not Verdict.PASS
    assert outcome.day.not_evaluated[0].reason == "the file is gone"


def test_a_spike_opens_one_issue_that_takes_its_window_with_it():
    outcome = judge(some(30))
    assert outcome.day.verdict is Verdict.FAIL
    assert kinds(outcome) == [ChangeKind.OPENED]
    (change,), (link,) = outcome.day.changes, outcome.links
    assert change.issue.issue_id == issue_id_of(SYSTEM, FINGERPRINT, TODAY)
    assert change.issue.state is IssueState.TRIAGE
    assert (change.issue.level_since_on, change.issue.level_window_days) == (TODAY, 7)
    assert (link.relation, link.since_on) == (LinkRelation.OPENED, TODAY - timedelta(days=7))
    assert outcome.day.new.count == outcome.day.new.of == 1


def test_a_severe_signal_opens_an_issue_by_itself_where_the_feed_says_so_and_a_mild_one_does_not():
    system = a_system(feeds=(a_feed(opens_each=True),))
    assert kinds(judge(some(1), systems=(system,))) == [ChangeKind.OPENED]
    assert kinds(judge(some(1, severities={FINGERPRINT: "L2"}), systems=(system,))) == []
    strict = a_system(feeds=(a_feed(opens_each=True, each_min_severity=Severity.L4),))
    assert kinds(judge(some(1), systems=(strict,))) == []


def test_a_signal_without_customer_impact_ends_tracked():
    system = a_system(feeds=(a_feed(opens_each=True, each_min_severity=Severity.L0),))
    (change,) = judge(some(1, severities={FINGERPRINT: "L0"}), systems=(system,)).day.changes
    assert change.issue.state is IssueState.TRACKED


def test_a_signal_joins_the_live_issue_and_a_further_step_escalates_it():
    live = an_issue(severity=Severity.L2, level_since_on=TODAY - timedelta(days=60))
    assert kinds(judge(some(1), quiet_history(issues=(live,)))) == [ChangeKind.JOINED]
    outcome = judge(some(30, severities={FINGERPRINT: "L2"}), quiet_history(issues=(live,)))
    assert kinds(outcome) == [ChangeKind.JOINED, ChangeKind.ESCALATED]
    assert outcome.day.changes[-1].issue.severity is Severity.L3
    assert outcome.day.changes[-1].issue.issue_id == live.issue_id


def test_a_person_s_severity_is_not_overruled_by_an_escalation():
    live = an_issue(severity=Severity.L1, severity_by="ops@bank.example", level_since_on=TODAY - timedelta(days=60))
    outcome = judge(some(30), quiet_history(issues=(live,)))
    assert kinds(outcome) == [ChangeKind.JOINED, ChangeKind.ESCALATED]
    assert outcome.day.changes[-1].issue.severity is Severity.L1


def test_a_closed_issue_comes_back_only_for_decisions_at_or_after_its_fix():
    closed = an_issue(state=IssueState.CLOSED, fix=a_fix(), state_by="owner@bank.example")
    outcome = judge(some(1), quiet_history(issues=(closed,)))
    assert kinds(outcome) == [ChangeKind.REACTIVATED]
    (change,) = outcome.day.changes
    assert (change.issue.issue_id, change.issue.occurrence, change.issue.state) == (closed.issue_id, 2, IssueState.TRIAGE)
    late = judge(some(0, pre_fix=3), quiet_history(issues=(closed,)))
    assert kinds(late) == [ChangeKind.LATE_EVIDENCE]
    assert late.day.changes[0].issue.state is IssueState.CLOSED
    assert late.links[0].relation is LinkRelation.LATE_PRE_FIX


def test_one_signal_more_of_a_rate_that_is_never_zero_brings_no_closed_issue_back_and_a_rise_does():
    closed = an_issue(state=IssueState.CLOSED, fix=a_fix(), state_by="owner@bank.example")
    system = a_system(feeds=(a_feed(is_rate=True),))
    assert kinds(judge(some(1), quiet_history(issues=(closed,)), systems=(system,))) == []
    assert kinds(judge(some(30), quiet_history(issues=(closed,)), systems=(system,))) == [ChangeKind.REACTIVATED]


def test_an_issue_that_a_person_closed_without_a_fix_stays_closed_and_asks_for_another_look():
    closed = an_issue(state=IssueState.CLOSED, fix=None, state_by="owner@bank.example")
    outcome = judge(some(30), quiet_history(issues=(closed,)))
    assert kinds(outcome) == [ChangeKind.LATE_EVIDENCE]
    assert outcome.day.verdict is Verdict.INCONCLUSIVE
    assert outcome.links[0].relation is LinkRelation.LATE_CLOSED


def test_a_suppressed_symptom_opens_nothing_and_is_counted_and_a_monitored_one_is_only_reported():
    hidden = judge(some(30), suppressions=(a_suppression(),))
    assert kinds(hidden) == []
    assert (hidden.day.suppressed.count, hidden.day.suppressed.of) == (30, 30)
    watched = judge(some(30), suppressions=(a_suppression(mode=SuppressionMode.MONITOR),))
    assert kinds(watched) == [ChangeKind.OPENED]
    assert watched.day.would_hide[0].n == 30
    expired = judge(some(30), suppressions=(a_suppression(expires_on=YESTERDAY),))
    assert kinds(expired) == [ChangeKind.OPENED]


def test_a_batch_is_named_and_does_not_open_a_spike():
    burst = a_delivery(cells=(a_cell(count=40, channel="Referral"),), received_count=40, new_count=40)
    outcome = judge(burst, policies=replace(POLICIES, batch=replace(POLICIES.batch, min_ratio=3.0, min_share_ratio=0.5)))
    assert [(batch.channel, batch.count) for batch in outcome.day.batches] == [("Referral", 40)]
    assert kinds(outcome) == []
    assert outcome.day.verdict is Verdict.PASS


def test_an_earlier_batch_stays_out_of_the_window():
    on = YESTERDAY - timedelta(days=3)
    history = quiet_history()
    loud = replace(history, counts=(*history.counts, DailyCount(SYSTEM, FEED, FINGERPRINT, on, "Referral", 40)))
    assert kinds(judge(some(1), loud)) == [ChangeKind.OPENED]
    stream = "complaints_csv:complaint"
    assert kinds(judge(some(1), replace(loud, batches=(BatchDay(stream, "Referral", on),)))) == []


def test_a_volume_dip_is_a_completeness_warning_and_stays_until_it_recovers():
    policies = replace(POLICIES, dip=replace(POLICIES.dip, max_ratio=0.75, recovered_ratio=0.9))
    history = quiet_history(per_day=20)
    thin = replace(history, counts=tuple(replace(c, count=5) if c.on > TODAY - timedelta(days=8) else c for c in history.counts))
    day = judge(some(5), thin, policies=policies).day
    assert day.verdict is Verdict.INCONCLUSIVE
    assert codes(day) == {"volume_dip"}
    later = judge(some(5), replace(thin, dips=(day.dips[0],)), policies=policies).day
    assert later.dips == day.dips
    gone = judge(some(20), replace(history, dips=(OpenDip(day.dips[0].subject, TODAY - timedelta(days=30), 7),)), policies=policies).day
    assert gone.dips == ()


def test_quarantined_and_ambiguous_rows_stop_a_pass_and_unmatched_ones_are_only_listed():
    feeds = (some(1),)
    quarantined = judge(deliveries=(a_source_delivery(feeds=feeds, quarantined=(a_quarantined_row(),), row_count=9),)).day
    assert (quarantined.verdict, codes(quarantined)) == (Verdict.INCONCLUSIVE, {"rows_quarantined"})
    assert (quarantined.quarantined.count, quarantined.quarantined.of) == (1, 9)
    ambiguous = judge(deliveries=(a_source_delivery(feeds=feeds, ambiguous_count=2, ambiguous_ids=("1", "2")),)).day
    assert codes(ambiguous) == {"rows_ambiguous"}
    unmatched = judge(deliveries=(a_source_delivery(feeds=feeds, unmatched_count=2, unmatched_ids=("1", "2")),)).day
    assert unmatched.verdict is Verdict.PASS
    assert unmatched.unmatched.ids == ("1", "2")


def test_a_system_without_a_required_owner_is_not_operable():
    day = judge(systems=(a_system(missing_owners=("model_risk",)),)).day
    assert codes(day) == {"not_operable"}


def test_a_busy_symptom_with_a_short_past_is_not_quietly_fine():
    day = judge(some(30), quiet_history(days=20)).day
    assert "baseline_too_short" in codes(day)
    assert any(skipped.reason_code == "baseline_too_short" for skipped in day.not_evaluated)


def test_one_system_that_fails_never_stops_the_others():
    broken = a_delivery(system_id="broken", status=FeedStatus.ERRORED, reason="no such file", cells=(), signals=None, new_count=0)
    systems = (a_system(), a_system(system_id="broken"))
    outcome = judge(systems=systems, deliveries=(a_source_delivery(feeds=(broken, some(30))),))
    assert kinds(outcome) == [ChangeKind.OPENED]
    assert {"feed", "issue"} <= {finding.check for finding in outcome.day.findings if finding.verdict is not Verdict.PASS}


def test_the_order_of_systems_deliveries_cells_and_history_changes_no_byte():
    live = an_issue(fingerprint="f" * 16, issue_id="ISS-1")
    history = quiet_history(issues=(live,))
    cells = (a_cell(count=20), a_cell(count=4, channel="Phone"), a_cell(fingerprint="f" * 16, count=2))
    one = a_delivery(cells=cells, received_count=26, new_count=26)
    two = replace(one, system_id="other")
    expected = None
    for seed in range(6):
        chance = random.Random(seed)

        def mixed(values: tuple[Any, ...], chance: random.Random = chance) -> tuple[Any, ...]:
            return tuple(chance.sample(values, len(values)))

        feeds = mixed((replace(one, cells=mixed(cells)), replace(two, cells=mixed(cells))))
        outcome = judge(
            history=replace(history, counts=mixed(history.counts), observed=mixed(history.observed)),
            systems=mixed((a_system(), a_system(system_id="other"))),
            deliveries=(a_source_delivery(feeds=feeds),),
        )
        found = (record_json(outcome.day), [event.canonical_body() for event in outcome.events])
        expected = expected or found
        assert found == expected


def test_every_issue_event_of_the_day_folds_and_has_its_own_key():
    outcome = judge(some(30))
    keys = [event.key for event in outcome.events]
    assert len(keys) == len(set(keys))
    issue: Issue | None = None
    for event in outcome.events:
        issue = fold(issue, json.loads(event.canonical_body())) if event.issue_id else issue
    assert issue == outcome.day.changes[-1].issue


def test_the_decision_event_cites_the_bundle_and_carries_what_tomorrow_needs():
    day = judge(some(30)).day
    event = decided_event(day, "sha256:b", "sha256:d")
    assert event.body["bundle_digest"] == "sha256:b"
    assert json.loads(event.canonical_body())["data"]["verdict"] == "fail"


def test_a_feed_with_a_short_past_says_that_no_rise_could_be_told():
    day = judge(history=quiet_history(days=40)).day
    assert (day.verdict, codes(day)) == (Verdict.INCONCLUSIVE, {"baseline_too_short"})
    assert judge(history=quiet_history(days=40), systems=(a_system(feeds=(a_feed(opens_spike=False),)),)).day.verdict is Verdict.PASS


def test_a_symptom_is_called_by_its_texts_and_a_short_one_by_its_field_too():
    assert title_of(some(1), {"Issue": "Fees", "Product": "Card"}) == "Fees · Card"
    assert title_of(some(1), {"Timely response?": "No"}) == "Timely response? No"
    assert title_of(some(1), {}) == f"{SYSTEM} {FEED}"

"""The day's triage: every delivery, symptom, dip and duty of the day as one decision.

Put the order of the day's judgements here; each judgement has a check of its own.

The rules, strictest first:
 * FAIL: an issue opened, came back or escalated, an accepted risk ended, or a duty is overdue: somebody must act today.
 * INCONCLUSIVE: a feed could not be read well, rows were quarantined or ambiguous, volume dipped, a rate could not be judged or an owner
   is missing: the day was not seen whole.
 * PASS: at least one feed was read well, everything could be looked at, and nothing new was found.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from checks.arrangement import Arrangement, FeedKey, arrange
from checks.duties import find_overdue
from checks.feeds import judge_feed
from checks.row_findings import find_row_problems
from checks.standing import find_standing_notes, review_standing
from checks.suppression import find_expiring
from checks.symptoms import SymptomReview, review_symptoms
from checks.tallies import find_trends, issue_tallies, redaction_counts, row_tallies, signal_counts
from checks.triage_events import issue_links, triage_events
from checks.triage_findings import (
    find_batch_notes,
    find_dips,
    find_unjudged,
    find_unowned,
    find_unready,
    note_change,
)
from checks.verdict import find_reasons, grouped, judge_overall
from registry.domain.decision import Finding, KnowledgeCut, NotEvaluated, Reason, Verdict
from registry.domain.feed import FeedStatus
from registry.domain.history import OpenDip
from registry.domain.triage import Duty, FeedDay, TriageDay
from registry.domain.triage_run import TriageInputs, TriageOutcome

_NOTHING_NEW = Reason("nothing_new", "every feed was read well; no issue opened, came back or is overdue")


@dataclass(frozen=True, slots=True)
class _Judged:
    """The day's partial judgements, each made once."""

    feeds: tuple[FeedDay, ...]
    feed_findings: tuple[Finding, ...]
    arrangement: Arrangement
    review: SymptomReview
    dips: tuple[OpenDip, ...]
    dip_findings: tuple[Finding, ...]
    duties: tuple[Duty, ...]


def judge_triage(inputs: TriageInputs) -> TriageOutcome:
    """Return the day's decision, the events that record it and the links between signals and issues."""
    feeds, feed_findings = _judge_feeds(inputs)
    statuses = {(feed.system_id, feed.feed): feed.status for feed in feeds}
    arrangement = arrange(inputs, statuses)
    review = review_symptoms(inputs, arrangement, statuses)
    duties = review_standing(inputs, review)
    judged = _Judged(feeds, feed_findings, arrangement, review, *find_dips(inputs, arrangement), duties)
    events = triage_events(inputs, feeds, [change for change, _ in review.changes])
    return TriageOutcome(_day(inputs, judged, _findings(inputs, judged)), events, issue_links(review, inputs))


def _findings(inputs: TriageInputs, judged: _Judged) -> tuple[Finding, ...]:
    """Return every finding of the day, what asks somebody to act first."""
    return (
        *(finding for _, change in judged.review.changes if (finding := note_change(change))),
        *find_overdue(judged.duties),
        *judged.feed_findings,
        *inputs.findings,
        *(finding for source in inputs.deliveries for finding in source.findings),
        *find_row_problems(inputs.deliveries),
        *judged.dip_findings,
        *find_unready(inputs, judged.arrangement),
        *find_unjudged(judged.review.not_evaluated),
        *find_unowned(inputs.systems),
        *find_batch_notes(judged.arrangement.batches),
        *find_expiring(inputs.suppressions, inputs.business_date),
        *find_standing_notes(inputs, judged.review),
    )


def _day(inputs: TriageInputs, judged: _Judged, findings: tuple[Finding, ...]) -> TriageDay:
    verdict = judge_overall(findings)
    tallies = issue_tallies(judged.review) | row_tallies(inputs.deliveries, judged.review)
    return TriageDay(
        kind="triage_decision",
        system=inputs.systems[0].system_id if len(inputs.systems) == 1 else "*",
        as_of=inputs.as_of,
        verdict=verdict,
        reasons=(_NOTHING_NEW,) if verdict is Verdict.PASS else grouped(find_reasons(findings)),
        findings=findings,
        not_evaluated=(*_unread(judged.feeds), *judged.review.not_evaluated),
        inputs=tuple(digest for source in inputs.deliveries for digest in source.inputs),
        policy_digest=inputs.policies.digest,
        knowledge_cut=KnowledgeCut(inputs.history.events, inputs.data_before),
        business_date=inputs.business_date,
        systems=tuple(sorted(system.system_id for system in inputs.systems)),
        changes=tuple(change for _, change in judged.review.changes),
        duties=judged.duties,
        feeds=judged.feeds,
        batches=judged.arrangement.batches,
        dips=judged.dips,
        trends=find_trends(inputs, judged.arrangement, judged.review),
        signal_counts=signal_counts(inputs.deliveries),
        redactions=redaction_counts(inputs.deliveries, inputs.policies.redacted_kinds),
        would_hide=tuple(judged.review.would_hide),
        new=tallies["new"],
        untouched=tallies["untouched"],
        reactivated=tallies["reactivated"],
        absent=tallies["absent"],
        suppressed=tallies["suppressed"],
        quarantined=tallies["quarantined"],
        unmatched=tallies["unmatched"],
        ambiguous=tallies["ambiguous"],
    )


def _judge_feeds(inputs: TriageInputs) -> tuple[tuple[FeedDay, ...], tuple[Finding, ...]]:
    received: dict[FeedKey, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for day in inputs.history.observed:
        received[day.system_id, day.feed][day.on] += 0
    for count in inputs.history.counts:
        received[count.system_id, count.feed][count.on] += count.count
    specs = {(system.system_id, feed.name): (feed, system.timezone) for system in inputs.systems for feed in system.feeds}
    days, findings = [], []
    for delivery in sorted((feed for source in inputs.deliveries for feed in source.feeds), key=lambda feed: (feed.system_id, feed.feed)):
        key = (delivery.system_id, delivery.feed)
        spec, zone = specs[key]
        status, finding = judge_feed(delivery, received[key], inputs.policies.feed, spec, inputs.business_date, zone)
        findings.append(finding)
        days.append(FeedDay(*key, delivery.source, status, finding.reason, delivery.received_count, delivery.new_count))
    return tuple(days), tuple(findings)


def _unread(feeds: tuple[FeedDay, ...]) -> tuple[NotEvaluated, ...]:
    return tuple(
        NotEvaluated(f"{feed.system_id}: {feed.feed}", feed.status, feed.reason) for feed in feeds if feed.status is not FeedStatus.OK
    )

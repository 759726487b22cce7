"""The day's triage: every delivery, symptom, dip and duty of the day as one decision.

Put the order of the day's judgements here; each judgement has a check of its own.

The rules, strictest first:
 * FAIL: an issue opened, came back or escalated, or a duty is overdue: somebody must act today.
 * INCONCLUSIVE: a feed could not be read well, rows were quarantined or ambiguous, volume dipped, a rate could not be judged or an owner
   is missing: the day was not seen whole.
 * PASS: at least one feed was read well, everything could be looked at, and nothing new was found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from checks.arrangement import FeedKey, arrange
from checks.clocks import judge_duties
from checks.feeds import judge_feed
from checks.suppression import find_expiring
from checks.symptoms import review_symptoms
from checks.tallies import find_trends, issue_tallies, row_tallies, signal_counts
from checks.triage_events import issue_links, triage_events
from checks.triage_findings import (
    find_batch_notes,
    find_dips,
    find_overdue,
    find_row_problems,
    find_unjudged,
    find_unowned,
    note_change,
)
from checks.verdict import judge_overall
from registry.domain.decision import Finding, KnowledgeCut, NotEvaluated, Reason, Verdict
from registry.domain.feed import FeedStatus
from registry.domain.triage import FeedDay, TriageDay
from registry.domain.triage_run import TriageInputs, TriageOutcome


def judge_triage(inputs: TriageInputs) -> TriageOutcome:
    """Return the day's decision, the events that record it and the links between signals and issues."""
    feeds, feed_findings = _judge_feeds(inputs)
    statuses = {(feed.system_id, feed.feed): feed.status for feed in feeds}
    arrangement = arrange(inputs, statuses)
    review = review_symptoms(inputs, arrangement, statuses)
    dips, dip_findings = find_dips(inputs, arrangement)
    duties = judge_duties(tuple(review.issues.values()), inputs.policies.clocks, inputs.as_of)
    changes = tuple(shown for _, shown in review.changes)
    findings = (
        *(finding for change in changes if (finding := note_change(change))),
        *find_overdue(duties),
        *feed_findings,
        *inputs.findings,
        *(finding for source in inputs.deliveries for finding in source.findings),
        *find_row_problems(inputs.deliveries),
        *dip_findings,
        *find_unjudged(review.not_evaluated),
        *find_unowned(inputs.systems),
        *find_batch_notes(arrangement.batches),
        *find_expiring(inputs.suppressions, inputs.business_date),
    )
    verdict = judge_overall(findings)
    tallies = issue_tallies(review) | row_tallies(inputs.deliveries, review)
    day = TriageDay(
        kind="triage_decision",
        system=inputs.systems[0].system_id if len(inputs.systems) == 1 else "*",
        as_of=inputs.as_of,
        verdict=verdict,
        reasons=_reasons(verdict, findings),
        findings=findings,
        not_evaluated=(*_unread(feeds), *review.not_evaluated),
        inputs=tuple(digest for source in inputs.deliveries for digest in source.inputs),
        policy_digest=inputs.policies.digest,
        knowledge_cut=KnowledgeCut(inputs.history.events, inputs.data_before),
        business_date=inputs.business_date,
        systems=tuple(sorted(system.system_id for system in inputs.systems)),
        changes=changes,
        duties=duties,
        feeds=feeds,
        batches=arrangement.batches,
        dips=dips,
        trends=find_trends(inputs, arrangement, review),
        signal_counts=signal_counts(inputs.deliveries),
        would_hide=tuple(review.would_hide),
        new=tallies["new"],
        untouched=tallies["untouched"],
        reactivated=tallies["reactivated"],
        absent=tallies["absent"],
        suppressed=tallies["suppressed"],
        quarantined=tallies["quarantined"],
        unmatched=tallies["unmatched"],
        ambiguous=tallies["ambiguous"],
    )
    events = triage_events(inputs, feeds, [change for change, _ in review.changes])
    return TriageOutcome(day, events, issue_links(review, inputs))


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


def _reasons(verdict: Verdict, findings: Sequence[Finding]) -> tuple[Reason, ...]:
    """Return one reason for each kind of finding that made the verdict, most frequent wording first kept."""
    if verdict is Verdict.PASS:
        return (Reason("nothing_new", "every feed was read well and no issue opened, came back or is overdue"),)
    deciding = [finding for finding in findings if finding.blocking and finding.verdict is not Verdict.PASS]
    if not deciding:
        return (Reason("no_data", "no feed was judged, so nothing can be said about this day"),)
    grouped: dict[str, list[Finding]] = defaultdict(list)
    for finding in deciding:
        grouped[finding.reason_code].append(finding)
    return tuple(Reason(code, _sentence(same)) for code, same in grouped.items())


def _sentence(same: Sequence[Finding]) -> str:
    more = f" (and {len(same) - 1} more)" if len(same) > 1 else ""
    return f"{same[0].subject}: {same[0].reason}{more}"


def _unread(feeds: Sequence[FeedDay]) -> tuple[NotEvaluated, ...]:
    return tuple(
        NotEvaluated(f"{feed.system_id}: {feed.feed}", feed.status, feed.reason) for feed in feeds if feed.status is not FeedStatus.OK
    )

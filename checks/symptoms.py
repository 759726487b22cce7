"""Every symptom with new signals today: its rate, its suppression, and what becomes of its issue.

Put the walk over the day's symptoms here; one symptom's fate is ``checks/changes.py``.

The rules:
 * Symptoms are taken in a fixed order (system, feed, fingerprint), so that the order of rows never matters.
 * Only symptoms with a new signal can change anything: a rate cannot rise on a day without signals.
 * A suppressed symptom still joins the live issue it has; it opens, escalates and brings back nothing. Where a person suppressed it on an
   issue, it still brings back one that had a fix: that a fix did not hold is never hidden.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from checks.arrangement import Arrangement
from checks.changes import judge_symptom
from checks.issue_events import Change, Symptom
from checks.spikes import find_spike, spike_level
from checks.suppression import find_quiet, find_suppression, would_hide
from registry.domain.decision import Finding, NotEvaluated
from registry.domain.feed import Cell, FeedDelivery, FeedStatus
from registry.domain.folding import fold
from registry.domain.issue import Issue, IssueState
from registry.domain.policy import SuppressionMode
from registry.domain.signal import Severity
from registry.domain.triage import ChangeKind, IssueChange, SpikeEvidence
from registry.domain.triage_run import TriageInputs

_SHORT = 3
_HARMLESS = {ChangeKind.JOINED, ChangeKind.LATE_EVIDENCE}


@dataclass(slots=True)
class SymptomReview:
    """What the walk found; ``issues`` holds every issue as it stands after the day, by id, ``quiet`` symptoms that people suppressed."""

    issues: dict[str, Issue]
    changes: list[tuple[Change, IssueChange]] = field(default_factory=list)
    suppressed: dict[str, int] = field(default_factory=dict)
    would_hide: list[Finding] = field(default_factory=list)
    not_evaluated: list[NotEvaluated] = field(default_factory=list)
    quiet: Mapping[tuple[str, str], str] = field(default_factory=dict)


def review_symptoms(inputs: TriageInputs, arrangement: Arrangement, statuses: Mapping[tuple[str, str], FeedStatus]) -> SymptomReview:
    """Return what every symptom with new signals changes, in a fixed order."""
    quiet = find_quiet(inputs.history.cases, inputs.business_date)
    review = SymptomReview({issue.issue_id: issue for issue in inputs.history.issues}, quiet=quiet)
    current = {(issue.system_id, issue.fingerprint): issue.issue_id for issue in sorted(inputs.history.issues, key=_recency)}
    alpha = spike_level(inputs.policies.spike, len(arrangement.symptoms))
    owners = {system.system_id: system.owners.get("product_owner", "") for system in inputs.systems}
    deliveries = (feed for source in inputs.deliveries for feed in source.feeds)
    for delivery in sorted(deliveries, key=lambda feed: (feed.system_id, feed.feed)):
        if statuses.get((delivery.system_id, delivery.feed)) in {FeedStatus.ERRORED, FeedStatus.SCHEMA_BROKEN, None}:
            continue
        for fingerprint in sorted({cell.fingerprint for cell in delivery.cells}):
            issue = review.issues.get(current.get((delivery.system_id, fingerprint), ""))
            symptom = _symptom(delivery, fingerprint, arrangement, issue, owners[delivery.system_id])
            symptom = _with_spike(symptom, inputs, arrangement, alpha, review)
            for change in _allowed(symptom, delivery, inputs, review):
                issue = apply_change(change, issue, review)
                current[delivery.system_id, fingerprint] = issue.issue_id
    return review


def _recency(issue: Issue) -> tuple[bool, bool, str]:
    """Sort so that the issue that takes a new signal comes last: live before closed before tracked, then the newest."""
    return issue.is_live, issue.state is IssueState.CLOSED, issue.issue_id


def _symptom(delivery: FeedDelivery, fingerprint: str, arrangement: Arrangement, issue: Issue | None, owner: str) -> Symptom:
    cells = [cell for cell in delivery.cells if cell.fingerprint == fingerprint]
    fields = (delivery.fingerprints or {}).get(fingerprint, {})
    return Symptom(
        system_id=delivery.system_id,
        feed=arrangement.specs[delivery.system_id, delivery.feed],
        fingerprint=fingerprint,
        title=title_of(delivery, fields),
        severity=Severity((delivery.severities or {}).get(fingerprint, Severity.L0)),
        new_count=_count(cells, pre_fix=False),
        pre_fix_count=_count(cells, pre_fix=True),
        last_on=max(cell.on for cell in cells),
        issue=issue,
        spike=None,
        owner=owner,
    )


def title_of(delivery: FeedDelivery, fields: Mapping[str, str]) -> str:
    """Return what people call a symptom: the texts that identify it, or the feed where the whole system is one symptom.

    A text as short as "No" says nothing without the name of its field.
    """
    texts = (text if len(text) > _SHORT else f"{name} {text}" for name, text in sorted(fields.items()) if text)
    return " · ".join(texts) or f"{delivery.system_id} {delivery.feed}"


def _count(cells: list[Cell], *, pre_fix: bool) -> int:
    return sum(cell.count for cell in cells if cell.pre_fix is pre_fix)


def _with_spike(symptom: Symptom, inputs: TriageInputs, arrangement: Arrangement, alpha: float, review: SymptomReview) -> Symptom:
    key = (symptom.system_id, symptom.feed.name, symptom.fingerprint)
    if not symptom.feed.opens_spike or not symptom.new_count:
        return symptom
    live = symptom.issue if symptom.issue and symptom.issue.is_live else None
    judged = find_spike(arrangement.symptom_series(key), inputs.business_date, live, inputs.policies.spike, alpha)
    if isinstance(judged, SpikeEvidence):
        return replace(symptom, spike=judged)
    if judged is not None:
        review.not_evaluated.append(replace(judged, subject=f"{symptom.system_id}: {symptom.title}"))
    return symptom


def _allowed(symptom: Symptom, delivery: FeedDelivery, inputs: TriageInputs, review: SymptomReview) -> tuple[Change, ...]:
    changes = judge_symptom(symptom, inputs.policies, inputs.as_of, inputs.business_date)
    fields = (delivery.fingerprints or {}).get(symptom.fingerprint, {})
    rule = find_suppression(inputs.suppressions, symptom.system_id, symptom.feed.name, fields, inputs.business_date)
    if rule is not None and rule.mode is SuppressionMode.MONITOR:
        what = f"{symptom.new_count} signal(s) of {symptom.system_id}: {symptom.title}"
        review.would_hide.append(would_hide(rule, what, symptom.new_count, inputs.business_date))
    enforced = rule if rule is not None and rule.mode is SuppressionMode.ENFORCE else None
    quiet_id = enforced.suppression_id if enforced else review.quiet.get((symptom.system_id, symptom.fingerprint), "")
    if not quiet_id:
        return changes
    review.suppressed[quiet_id] = review.suppressed.get(quiet_id, 0) + symptom.new_count
    shown = _HARMLESS if enforced else _HARMLESS | {ChangeKind.REACTIVATED}
    return tuple(change for change in changes if change.kind in shown)


def apply_change(change: Change, issue: Issue | None, review: SymptomReview) -> Issue:
    """Note a change in ``review``, and return its issue as it stands after it."""
    before = None if change.kind is ChangeKind.OPENED else issue
    for event in change.events:
        before = fold(before, json.loads(event.canonical_body()))
    if before is None:
        raise ValueError(f"the events of {change.issue_id} fold to no issue")
    review.issues[before.issue_id] = before
    shown = IssueChange(change.kind, before, change.reason_code, change.reason, change.signal_count, change.spike)
    review.changes.append((change, shown))
    return before

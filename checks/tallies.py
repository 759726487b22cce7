"""The day in counts: every number with its denominator and the ids behind it.

Put counting for the page here; nothing here judges.

The rules:
 * ``new``, ``untouched``, ``reactivated`` and ``absent`` count issues out of the live ones; an issue is in at most one of them.
 * ``suppressed`` counts signals out of the new ones; the rest count source rows out of all rows read.
 * A kind of personal data that was looked for has a count, be it 0; a kind that was not looked for has none.
 * Ids may be cut at ``MAX_IDS``; counts never are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from checks.arrangement import Arrangement, Counts
from checks.symptoms import SymptomReview, title_of
from registry.domain.feed import SourceDelivery
from registry.domain.times import local_date
from registry.domain.triage import ChangeKind, Tally, Trend
from registry.domain.triage_run import TriageInputs

MAX_IDS = 200
_TREND_DAYS = 90
_MAX_TRENDS = 40


def issue_tallies(review: SymptomReview) -> dict[str, Tally]:
    """Return the four tallies of issues."""
    kinds: dict[str, set[ChangeKind]] = {}
    for change, _ in review.changes:
        if change.kind is ChangeKind.ACCEPTANCE_ENDED:
            continue  # no signal came
        kinds.setdefault(change.issue_id, set()).add(change.kind)
    live = sorted(issue.issue_id for issue in review.issues.values() if issue.is_live)
    new = [issue_id for issue_id in live if ChangeKind.OPENED in kinds.get(issue_id, set())]
    back = [issue_id for issue_id in live if ChangeKind.REACTIVATED in kinds.get(issue_id, set())]
    absent = [issue_id for issue_id in live if issue_id not in kinds]
    settled = {*new, *back, *absent}
    untouched = [issue_id for issue_id in live if issue_id not in settled]
    named = {"new": new, "reactivated": back, "absent": absent, "untouched": untouched}
    return {name: Tally(len(ids), len(live), tuple(ids[:MAX_IDS])) for name, ids in named.items()}


def row_tallies(deliveries: Sequence[SourceDelivery], review: SymptomReview) -> dict[str, Tally]:
    """Return the tallies of rows and signals that did not take the usual way."""
    rows = sum(source.row_count for source in deliveries)
    new = sum(feed.new_count for source in deliveries for feed in source.feeds)
    quarantined = [f"{source.source}#{row.row_number}" for source in deliveries for row in source.quarantined]
    return {
        "quarantined": Tally(len(quarantined), rows, tuple(quarantined[:MAX_IDS])),
        "unmatched": _rows(rows, ((source.unmatched_count, source.unmatched_ids) for source in deliveries)),
        "ambiguous": _rows(rows, ((source.ambiguous_count, source.ambiguous_ids) for source in deliveries)),
        "suppressed": Tally(sum(review.suppressed.values()), new, tuple(sorted(review.suppressed))),
    }


def signal_counts(deliveries: Sequence[SourceDelivery]) -> dict[str, int]:
    """Return the day's totals over every feed."""
    feeds = [feed for source in deliveries for feed in source.feeds]
    return {
        "rows_read": sum(source.row_count for source in deliveries),
        "received": sum(feed.received_count for feed in feeds),
        "new": sum(feed.new_count for feed in feeds),
        "known": sum(feed.known_count for feed in feeds),
        "duplicates": sum(feed.duplicate_count for feed in feeds),
        "synthetic": sum(feed.synthetic_count for feed in feeds),
    }


def redaction_counts(deliveries: Sequence[SourceDelivery], kinds: tuple[str, ...]) -> dict[str, int]:
    """Return how many identifiers of each of ``kinds`` were replaced in what the day seals."""
    return {kind: sum(source.redactions.get(kind, 0) for source in deliveries) for kind in sorted(kinds)}


def find_trends(inputs: TriageInputs, arrangement: Arrangement, review: SymptomReview) -> tuple[Trend, ...]:
    """Return daily counts for the symptoms a reader looks for: those of live issues first, then the busiest of today."""
    start_on = inputs.business_date - timedelta(days=_TREND_DAYS)
    live = {(issue.system_id, issue.fingerprint): issue for issue in review.issues.values() if issue.is_live}
    titles = _titles(inputs)
    merged = _merged(arrangement)
    fresh = [key for key in merged if key in live or key in titles]
    ranked = sorted(fresh, key=lambda key: (key not in live, -_recent(merged[key], start_on), key))
    trends = []
    for key in ranked[:_MAX_TRENDS]:
        issue = live.get(key)
        marks = {local_date(issue.opened_at, "UTC"), issue.level_since_on or start_on} if issue else set()
        counts = tuple(merged[key].get(start_on + timedelta(days=offset), 0) for offset in range(_TREND_DAYS))
        shown = tuple(sorted(mark for mark in marks if start_on < mark <= inputs.business_date))
        trends.append(Trend(*key, issue.title if issue else titles[key], issue.issue_id if issue else "", start_on, counts, shown))
    return tuple(trends)


def _rows(rows: int, parts: Iterable[tuple[int, tuple[str, ...]]]) -> Tally:
    listed = list(parts)
    ids = [row_id for _, row_ids in listed for row_id in row_ids]
    return Tally(sum(count for count, _ in listed), rows, tuple(ids[:MAX_IDS]))


def _titles(inputs: TriageInputs) -> dict[tuple[str, str], str]:
    return {
        (delivery.system_id, fingerprint): title_of(delivery, fields)
        for source in inputs.deliveries
        for delivery in source.feeds
        for fingerprint, fields in (delivery.fingerprints or {}).items()
    }


def _merged(arrangement: Arrangement) -> dict[tuple[str, str], Counts]:
    merged: dict[tuple[str, str], Counts] = {}
    for (system_id, _, fingerprint), counts in arrangement.symptoms.items():
        into = merged.setdefault((system_id, fingerprint), {})
        for day, count in counts.items():
            into[day] = into.get(day, 0) + count
    return merged


def _recent(counts: Counts, start_on: date) -> int:
    return sum(count for day, count in counts.items() if day >= start_on)

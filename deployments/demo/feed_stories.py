"""Stories about feeds: lost, late, repeated, broken and bad rows, and rows that belong to no system.

Put comparisons of deliveries here; issues are ``issue_stories.py``. Each returns what was found and whether it is right.
"""

from __future__ import annotations

from deployments.demo.expect import Truth
from deployments.demo.mishaps import BAD_ROW_COUNT
from deployments.demo.played import Judged, Played, expected_new, feed_day, true_rows
from deployments.demo.story import AMBIGUOUS_COUNT, LATE_OF, RESENT_OF, UNMATCHED_COUNT
from registry.domain.decision import Verdict
from registry.domain.feed import FeedStatus
from registry.domain.triage import TriageDay


def judge_dip(truth: Truth, played: Played) -> Judged:
    """A loss of volume is warned of while it lasts, no such day passes, and the warning is gone at the end."""
    dipped = [day for day in played.between(truth) if _dips(day, truth)]
    passed = [day for day in dipped if day.verdict is Verdict.PASS]
    still_there = _dips(played.days[max(played.days)], truth)
    named = f"warned from {dipped[0].business_date}" if dipped else "no warning"
    after = "still there on the last day" if still_there else "gone on the last day"
    return f"{named}, {after}", bool(dipped) and not passed and not still_there


def judge_counted_once(truth: Truth, played: Played) -> Judged:
    """Every morning brings exactly the signals that are new to the ledger, and they stand on the day they were received."""
    found = [feed_day(day, truth).new_count for day in played.between(truth)]
    expected = [expected_new(truth, day.business_date, played.seed) for day in played.between(truth)]
    if played.history is None:
        return f"new {found}, expected {expected}; days not looked at: the ledger was not read", False
    own_day = {"fraud_filter": RESENT_OF, "credit_model": LATE_OF}[truth.system_id]
    kept = sum(
        count.count for count in played.history.counts if (count.system_id, count.feed, count.on) == (truth.system_id, truth.feed, own_day)
    )
    wanted = len(true_rows(truth, own_day, played.seed))
    return f"new by day {found} of {expected}; {kept} of {wanted} on {own_day}", found == expected and kept == wanted > 0


def judge_schema_broken(truth: Truth, played: Played) -> Judged:
    """The broken feed is refused whole, the others are read, and the repaired file brings everything."""
    broken, repaired = played.between(truth)
    first, second = feed_day(broken, truth), feed_day(repaired, truth)
    others = [feed for feed in broken.feeds if feed != first and feed.status is not FeedStatus.OK]
    recovered = second.new_count == expected_new(truth, repaired.business_date, played.seed) > 0
    refused = first.status is FeedStatus.SCHEMA_BROKEN and first.new_count == 0 and broken.verdict is not Verdict.PASS
    found = f"{first.status}, {len(others)} other feed(s) not read, then {second.status} with {second.new_count} new"
    return found, refused and recovered and not others and second.status is FeedStatus.OK


def judge_quarantined(truth: Truth, played: Played) -> Judged:
    """Exactly the bad rows are set aside; the good rows of the same file count."""
    (day,) = played.between(truth)
    feed, wanted = feed_day(day, truth), expected_new(truth, day.business_date, played.seed)
    found = f"{day.quarantined.count} row(s) of {BAD_ROW_COUNT} bad; {feed.new_count} of {wanted} good ones counted"
    return found, day.quarantined.count == BAD_ROW_COUNT and feed.new_count == wanted > 0


def judge_stopped(truth: Truth, played: Played) -> Judged:
    """The silence is named in time, no such day passes, and the feed is well again after it resumed."""
    silent = [day for day in played.between(truth) if feed_day(day, truth).status in {FeedStatus.STALE, FeedStatus.NO_DATA}]
    last = feed_day(played.days[max(played.days)], truth).status
    first = f"{feed_day(silent[0], truth).status} on {silent[0].business_date}" if silent else "not noticed"
    return f"{first}, {last} on the last day", bool(silent) and last is FeedStatus.OK and all(
        day.verdict is not Verdict.PASS for day in silent
    )


def judge_unmatched(truth: Truth, played: Played) -> Judged:
    """Rows of no system and rows of two are counted apart from the signals."""
    (day,) = played.between(truth)
    counts = day.unmatched.count, day.ambiguous.count
    return f"{counts[0]} unmatched, {counts[1]} ambiguous", counts == (UNMATCHED_COUNT, AMBIGUOUS_COUNT)


def _dips(day: TriageDay, truth: Truth) -> bool:
    # A dip is named by the feed, or by the stream of its source: the reroutes arrive in the files of the overrides.
    subjects = {dip.subject for dip in day.dips}
    return any(subject == f"{truth.system_id}:{truth.feed}" or subject.startswith("overrides-") for subject in subjects)

"""What a correct run of the demonstration must find: one row a story, as data.

Put expectations here. The stories are ``story.py``, kinds of expectation ``expect.py``; how a run is compared with this page is
``expectations.py``.
"""

from __future__ import annotations

from datetime import date, timedelta

from deployments.demo.candidates import BETTER, SYSTEM, WORSE_FOR_BROKERS
from deployments.demo.expect import Expect, Truth
from deployments.demo.story import (
    AMBIGUOUS_COUNT,
    BAD_ROWS_ON,
    BATCH_COUNT,
    BATCH_ON,
    BROKEN_OF,
    CANARY_BURST_COUNT,
    CANARY_BURST_ON,
    DIP_FROM,
    LAST_RUN_ON,
    LATE_OF,
    PRIVACY_ON,
    REPLAY_FROM,
    RESENT_OF,
    RETURNED_AFTER_DAYS,
    RETURNED_FROM,
    RULES_UPDATED_ON,
    SECOND_STEP_ON,
    STOPPED_FROM,
    UNMATCHED_COUNT,
    UNMATCHED_ON,
    WATCHED_ON,
)
from registry.domain.signal import Severity


def _days(first: date, count: int) -> tuple[date, date]:
    """Return the first and last business date that can see the ``count`` days from ``first``."""
    return first + timedelta(days=1), first + timedelta(days=count)


_LAST = (LAST_RUN_ON, LAST_RUN_ON)
TRUTH = (
    Truth(
        "spike",
        "a rule update declines good cards, over days and channels",
        *_days(RULES_UPDATED_ON, 7),
        Expect.OPENED,
        "fraud_filter/complaints",
        "Card declined",
    ),
    Truth(
        "second step",
        "the same declines step up again",
        *_days(SECOND_STEP_ON, 8),
        Expect.ESCALATED,
        "fraud_filter/complaints",
        "Card declined",
    ),
    Truth(
        "batch arrival",
        f"{BATCH_COUNT} complaints by letter in one day",
        *_days(BATCH_ON, 4),
        Expect.BATCH,
        "credit_model/complaints",
        "Letter",
    ),
    Truth(
        "volume dip",
        "reroutes lose most of their volume for 10 days",
        *_days(DIP_FROM, 9),
        Expect.DIP,
        "complaint_router/reroutes",
        "reroutes",
    ),
    Truth("duplicate feed", "one day's overrides are delivered twice", *_days(RESENT_OF, 3), Expect.COUNTED_ONCE, "fraud_filter/overrides"),
    Truth("late data", "one day's overrides arrive five days late", *_days(LATE_OF, 6), Expect.COUNTED_ONCE, "credit_model/overrides"),
    Truth(
        "schema break",
        "one day's file loses a column, repaired the next day",
        *_days(BROKEN_OF, 2),
        Expect.SCHEMA_BROKEN,
        "credit_model/overrides",
    ),
    Truth(
        "bad rows",
        "bad date, future date, unknown channel, no id, same id twice",
        *_days(BAD_ROWS_ON, 1),
        Expect.QUARANTINED,
        "complaint_router/complaints",
    ),
    Truth(
        "privacy complaint",
        "one customer was shown another customer's data",
        *_days(PRIVACY_ON, 1),
        Expect.OPENED,
        "complaint_router/complaints",
        "Shown data of another customer",
        Severity.L3,
    ),
    Truth("stopped feed", "the nightly evaluation stops without a word", *_days(STOPPED_FROM, 6), Expect.STOPPED, "complaint_router/evals"),
    Truth(
        "canary signals",
        f"{CANARY_BURST_COUNT} test records in one day, one every day",
        *_days(CANARY_BURST_ON, 10),
        Expect.NOT_OPENED,
        "fraud_filter/complaints",
        "Payment held",
    ),
    Truth(
        "suppressed symptom",
        "a known wording problem rises under an enforced rule",
        *_days(date(2026, 6, 1), 28),
        Expect.SUPPRESSED,
        "credit_model/complaints",
        "Statement wording unclear",
    ),
    Truth(
        "monitored symptom",
        "a symptom rises under a rule in monitor mode",
        *_days(date(2026, 6, 8), 8),
        Expect.MONITORED,
        "fraud_filter/complaints",
        "Card alert late",
    ),
    Truth(
        "unmatched rows",
        f"{UNMATCHED_COUNT} complaints name no known system, {AMBIGUOUS_COUNT} name two",
        *_days(UNMATCHED_ON, 1),
        Expect.UNMATCHED,
    ),
    Truth(
        "rules version",
        "the fraud rules go from rules-2026.1 to rules-2026.2",
        *_days(RULES_UPDATED_ON - timedelta(days=1), 1),
        Expect.VERSION,
        "fraud_filter",
        "policy",
    ),
    Truth(
        "model version",
        "the credit scorecard goes from 4.1.0 to 4.2.0",
        *_days(date(2026, 5, 19), 1),
        Expect.VERSION,
        "credit_model",
        "model",
    ),
    Truth(
        "audit finding",
        "an audit finds refusal letters incomplete",
        *_days(date(2026, 5, 4), 1),
        Expect.OPENED,
        "credit_model/audit_findings",
        "Refusal letters lack",
    ),
    Truth(
        "incident",
        "contactless payments are refused for 40 minutes",
        *_days(date(2026, 6, 16), 1),
        Expect.OPENED,
        "fraud_filter/incidents",
        "All contactless payments refused",
        Severity.L3,
    ),
    Truth(
        "drift alone",
        "brokers bring three of ten applications for credit; nobody knows yet how they pay",
        WATCHED_ON[0],
        WATCHED_ON[0] + timedelta(days=1),
        Expect.INVESTIGATE,
        "credit_model",
        "data drift",
    ),
    Truth(
        "measured loss",
        "brokers' customers miss their first instalment far more often than scored",
        WATCHED_ON[1],
        WATCHED_ON[1] + timedelta(days=1),
        Expect.RETRAIN,
        "credit_model",
        "performance: calibration",
    ),
    Truth(
        "recoded data",
        "for two weeks terminals send CTLS where they sent contactless",
        WATCHED_ON[1],
        WATCHED_ON[1] + timedelta(days=1),
        Expect.DATA_QUALITY,
        "fraud_filter",
        "data quality of entry_mode: unseen level",
    ),
    Truth(
        "changed rules",
        "the new fraud rules are a change of policy: are its controls still right?",
        WATCHED_ON[1],
        WATCHED_ON[1] + timedelta(days=1),
        Expect.REASSESS,
        "fraud_filter",
        "reassess controls: policy change",
    ),
    Truth(
        "watched and quiet",
        "the router's inputs, its confidence and its hits stay as they were",
        WATCHED_ON[0],
        WATCHED_ON[-1],
        Expect.QUIET,
        "complaint_router",
    ),
    Truth("everything else", "ordinary days: weekdays, noise, weekends, a DST change", REPLAY_FROM, LAST_RUN_ON, Expect.NOTHING_ELSE),
    Truth("released", "a scorecard trained anew is better; it serves, and is taken back", *_LAST, Expect.RELEASED, SYSTEM, BETTER),
    Truth("held back", "a scorecard errs more often on what brokers bring", *_LAST, Expect.HELD, SYSTEM, WORSE_FOR_BROKERS),
    Truth(
        "closed",
        "letters answered in the wrong language are fixed, and nothing comes back",
        LAST_RUN_ON,
        LAST_RUN_ON,
        Expect.CLOSED,
        "complaint_router",
        "Answered in the wrong language",
    ),
    Truth(
        "refused",
        "one finding, one fix, two quiet weeks: is it mended?",
        LAST_RUN_ON,
        LAST_RUN_ON,
        Expect.REFUSED,
        "credit_model",
        "Refusal letters lack",
    ),
    Truth(
        "came back",
        "the fixed score asks customers twice again; they write nine days later",
        *_days(RETURNED_FROM + timedelta(days=RETURNED_AFTER_DAYS), 2),
        Expect.RECURRED,
        "fraud_filter",
        "Payment asked about twice",
    ),
)

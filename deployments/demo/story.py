"""What happens in the demonstration: dates, volumes and versions, as data.

Put injected incidents here. How rows are made of them is ``volumes.py``, ``rows.py`` and, for predictions, ``predictions.py``; how
deliveries go wrong is ``mishaps.py``; what a correct run must make of them is ``truth.py``.

Everything is invented. A business date's run sees the civil days before it, so what happens on a day can be found from the next
morning on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

SEED = 20260630
LAST_RUN_ON = date(2026, 6, 30)
HISTORY_DAYS = 200
REPLAY_DAYS = 126
HISTORY_FROM = LAST_RUN_ON - timedelta(days=HISTORY_DAYS)
REPLAY_FROM = LAST_RUN_ON - timedelta(days=REPLAY_DAYS - 1)

RULES_UPDATED_ON = date(2026, 4, 30)
SECOND_STEP_ON = date(2026, 5, 28)
BATCH_ON = date(2026, 5, 6)
DIP_FROM, DIP_TO = date(2026, 5, 9), date(2026, 5, 19)
RESENT_OF, RESENT_ON = date(2026, 5, 12), date(2026, 5, 14)
LATE_OF, LATE_ON = date(2026, 5, 19), date(2026, 5, 24)
PRIVACY_ON = date(2026, 5, 21)
BROKEN_OF = date(2026, 5, 26)
BAD_ROWS_ON = date(2026, 6, 2)
CANARY_BURST_ON = date(2026, 6, 4)
UNMATCHED_ON = date(2026, 6, 11)
STOPPED_FROM, STOPPED_TO = date(2026, 6, 10), date(2026, 6, 22)

OUTBREAKS_FROM, HELD_ON = date(2026, 4, 22), date(2026, 5, 5)
LANGUAGE_FIXED_ON, ASKED_TWICE_FIXED_ON = date(2026, 5, 13), date(2026, 5, 8)
RETURNED_FROM, RETURNED_TO, RETURNED_AFTER_DAYS = date(2026, 5, 23), date(2026, 5, 26), 9

LOG_FROM = date(2025, 12, 1)
BROKERS_FROM = date(2026, 3, 1)
RECODED_FROM, RECODED_TO = date(2026, 4, 14), date(2026, 4, 28)
WATCHED_ON = (date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1))
"""The mornings after a month has ended: the triggers run every morning, and have a window to judge on these."""

CANARY_BURST_COUNT = 40
BATCH_COUNT = 48
UNMATCHED_COUNT, AMBIGUOUS_COUNT = 4, 2
_END = LAST_RUN_ON + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Step:
    """From ``from_on`` until ``to_on`` (exclusive) a symptom's usual volume is multiplied by ``factor``.

    No symptom means all of the source.
    """

    source: str
    symptom: str
    from_on: date
    to_on: date
    factor: float


STEPS = (
    Step("complaints", "Card declined", RULES_UPDATED_ON, SECOND_STEP_ON, 4.0),
    Step("complaints", "Card declined", SECOND_STEP_ON, _END, 14.0),
    Step("complaints", "Statement wording unclear", date(2026, 6, 1), _END, 5.0),
    Step("complaints", "Card alert late", date(2026, 6, 8), _END, 6.0),
    Step("reroutes", "", DIP_FROM, DIP_TO, 0.08),
    Step("evals", "", STOPPED_FROM, STOPPED_TO, 0.0),
)


@dataclass(frozen=True, slots=True)
class VersionChange:
    """On the morning of ``on`` the recorded version of a system's artifact goes from ``before`` to ``after``."""

    system_id: str
    artifact: str
    before: str
    after: str
    on: date


VERSION_CHANGES = (
    VersionChange("fraud_filter", "policy", "rules-2026.1", "rules-2026.2", RULES_UPDATED_ON),
    VersionChange("credit_model", "model", "scorecard-4.1.0", "scorecard-4.2.0", date(2026, 5, 20)),
    VersionChange("complaint_router", "prompt", "routing-prompt-12", "routing-prompt-13", LANGUAGE_FIXED_ON),
    VersionChange("fraud_filter", "model", "anomaly-score-7.3", "anomaly-score-7.4", ASKED_TWICE_FIXED_ON),
)


@dataclass(frozen=True, slots=True)
class Outbreak:
    """What one version did to customers: so many a day from ``from_on`` until ``to_on`` (exclusive), by the day of the decision.

    Customers write up to ``max_delay_days`` after it, at least ``min_delay_days``.
    """

    system_id: str
    symptom: str
    consequence: str
    from_on: date
    to_on: date
    per_day: float
    min_delay_days: int = 0
    max_delay_days: int = 6


OUTBREAKS = (
    Outbreak("complaint_router", "Answered in the wrong language", "repeated", OUTBREAKS_FROM, HELD_ON, 2.4),
    Outbreak("complaint_router", "Answered in the wrong language", "repeated", HELD_ON, LANGUAGE_FIXED_ON, 1.2),
    Outbreak("fraud_filter", "Payment asked about twice", "repeated", OUTBREAKS_FROM, HELD_ON, 2.4),
    Outbreak("fraud_filter", "Payment asked about twice", "repeated", HELD_ON, ASKED_TWICE_FIXED_ON, 1.2),
    Outbreak(
        "fraud_filter", "Payment asked about twice", "repeated", RETURNED_FROM, RETURNED_TO, 1.5, RETURNED_AFTER_DAYS, RETURNED_AFTER_DAYS
    ),
)


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """One line of the bank's register of incidents and audit findings."""

    reference: str
    kind: str
    system_id: str
    on: date
    title: str
    consequence: str


REGISTER = (
    RegisterEntry("REG-0001", "incident", "complaint_router", date(2026, 1, 14), "Answers delayed by a full queue", "delayed"),
    RegisterEntry("REG-0002", "audit", "credit_model", date(2026, 5, 4), "Refusal letters lack one of two main reasons", "none"),
    RegisterEntry(
        "REG-0003", "incident", "fraud_filter", date(2026, 6, 16), "All contactless payments refused for 40 minutes", "no access"
    ),
)

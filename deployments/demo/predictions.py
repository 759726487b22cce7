"""Prediction logs of the bank's AI systems, as the bank exports them again each month: one row a prediction, with its outcome once known.

Put columns and cells of predictions here, and when a log is exported. What changes in them, and from when, is ``story.py``.

Rows of a day have a random stream of their own, as in ``volumes.py``. A log exported on a day holds what was decided before it, and of the
outcomes those that were known before it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from deployments.demo.mishaps import Arrival
from deployments.demo.rows import CHANNELS, ZONE, Row
from deployments.demo.story import BROKERS_FROM, LOG_FROM, RECODED_FROM, RECODED_TO, REPLAY_FROM, WATCHED_ON
from deployments.demo.volumes import stream

PER_DAY = 40
BROKER_SHARE = 0.3
BROKER_RISK_FACTOR = 2.5
INSTALMENT_DAYS = 30
REPLY_DAYS = 3

FRAUD_COLUMNS = ("payment_id", "paid_at", "anomaly_score", "amount", "entry_mode", "merchant_group")
_DAY = timedelta(days=1)


def exported_logs(on: date, seed: int) -> tuple[Arrival, ...]:
    """Return the logs that are exported on the morning of ``on``: on most mornings none."""
    return prediction_logs(on, seed) if on in (REPLAY_FROM, *WATCHED_ON) else ()


def prediction_logs(before: date, seed: int) -> tuple[Arrival, ...]:
    """Return each system's log as it stands on the morning of ``before``."""
    return (
        Arrival("predictions", "credit_model.parquet", _rows(_application, "credit", before, seed)),
        Arrival("predictions", "fraud_filter.csv.gz", _rows(_payment, "fraud", before, seed), FRAUD_COLUMNS),
        Arrival("predictions", "complaint_router.jsonl", _rows(_routing, "router", before, seed)),
    )


def _rows(make: Callable[[datetime, date, random.Random], Row], log: str, before: date, seed: int) -> tuple[Row, ...]:
    found: list[Row] = []
    for offset in range((before - LOG_FROM).days):
        day = LOG_FROM + offset * _DAY
        chance = stream(seed, "predictions", log, day)
        for number in range(PER_DAY):
            at = datetime.combine(day, time(8 + 12 * number // PER_DAY, chance.randrange(18)))
            row = make(at, before, chance)
            found.append({next(iter(row)): f"{log[0].upper()}{day:%y%m%d}-{number:02d}", **dict(list(row.items())[1:])})
    return tuple(found)


def _application(at: datetime, before: date, chance: random.Random) -> Row:
    """Return one application for credit: what brokers bring looks like the others and is scored like them, and is paid worse."""
    is_brokered = chance.random() < BROKER_SHARE and at.date() >= BROKERS_FROM
    risk = 0.02 + 0.14 * chance.betavariate(2, 3)
    missed = chance.random() < risk * (BROKER_RISK_FACTOR if is_brokered else 1)
    known_on = at.date() + INSTALMENT_DAYS * _DAY
    return {
        "application_id": "",
        "decided_on": at.date(),
        "risk": round(risk, 4),
        "income": round(chance.lognormvariate(10.6, 0.4), -2),
        "debt_ratio": round(chance.betavariate(2, 5), 3),
        "housing": chance.choices(("rent", "own", "family"), (0.5, 0.35, 0.15))[0],
        "channel": "broker" if is_brokered else chance.choice(("branch", "web")),
        "missed_first": int(missed) if known_on < before else None,
        "first_due_on": known_on if known_on < before else None,
    }


def _payment(at: datetime, _before: date, chance: random.Random) -> Row:
    """Return one card payment; chargebacks come months later and to another system, so the log has no outcome."""
    mode = chance.choices(("chip", "contactless", "online"), (0.3, 0.45, 0.25))[0]
    is_recoded = mode == "contactless" and RECODED_FROM <= at.date() < RECODED_TO
    return {
        "payment_id": "",
        "paid_at": at.replace(tzinfo=ZoneInfo(ZONE)).isoformat(),
        "anomaly_score": f"{chance.betavariate(1.5, 12):.4f}",
        "amount": f"{chance.lognormvariate(3.4, 0.9):.2f}",
        "entry_mode": "CTLS" if is_recoded else mode,
        "merchant_group": chance.choices(("food", "fuel", "travel", "goods"), (0.4, 0.2, 0.1, 0.3))[0],
    }


def _routing(at: datetime, before: date, chance: random.Random) -> Row:
    """Return one complaint that was routed: who answers it knows after some days whether it was theirs."""
    confidence = 0.5 + 0.49 * chance.betavariate(3, 2)
    was_right = chance.random() < confidence
    known_on = at.date() + REPLY_DAYS * _DAY
    return {
        "routing_id": "",
        "routed_at": at.replace(tzinfo=ZoneInfo(ZONE)).isoformat(),
        "confidence": round(confidence, 4),
        "team": chance.choices(("cards", "loans", "accounts"), (0.4, 0.35, 0.25))[0],
        "channel": chance.choices(CHANNELS, (0.34, 0.3, 0.2, 0.1, 0.06))[0],
        "letters": round(chance.lognormvariate(6.0, 0.5)),
        "was_right": int(was_right) if known_on < before else None,
        "answered_on": known_on.isoformat() if known_on < before else None,
    }

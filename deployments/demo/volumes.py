"""How many signals of each symptom arrive on a civil day: usual rates, weekdays, noise and the story's steps.

Put rates and randomness of counts here; what a row looks like is ``rows.py``.

Each (seed, source, symptom, day) has its own random stream, so a day's rows never depend on which days were made before it.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import date

from deployments.demo.story import STEPS

# Customers write less at weekends, staff nearly not at all; the evaluation runs every night. Monday first, mean about 1.
_CUSTOMERS = (1.25, 1.15, 1.1, 1.1, 1.0, 0.75, 0.65)
_STAFF = (1.3, 1.25, 1.2, 1.2, 1.15, 0.5, 0.4)
_MACHINES = (1.0,) * 7
_WEEKDAYS = {"complaints": _CUSTOMERS, "evals": _MACHINES}

# Gamma shape of the day's true rate: variance over mean of a day is 1 + rate / shape, as in modest real clustering.
_SHAPE = 20.0


@dataclass(frozen=True, slots=True)
class Symptom:
    """One thing that keeps happening: its source, the system it concerns, its usual count a day and the consequence customers name."""

    source: str
    system_id: str
    name: str
    per_day: float
    consequence: str
    kind: str = "complaint"


SYMPTOMS = (
    Symptom("complaints", "fraud_filter", "Card declined", 2.0, "no access"),
    Symptom("complaints", "fraud_filter", "Payment held", 1.6, "money"),
    Symptom("complaints", "fraud_filter", "Card alert late", 1.2, "delayed"),
    Symptom("complaints", "credit_model", "Loan refused without a reason", 1.7, "unclear"),
    Symptom("complaints", "credit_model", "Statement wording unclear", 1.2, "unclear"),
    Symptom("complaints", "credit_model", "Refusal appealed", 1.4, "unclear", "appeal"),
    Symptom("complaints", "complaint_router", "Sent to the wrong team", 1.8, "repeated"),
    Symptom("complaints", "complaint_router", "Reply took too long", 1.4, "delayed"),
    Symptom("overrides", "fraud_filter", "Decline overturned", 5.0, "no access"),
    Symptom("overrides", "fraud_filter", "Hold released", 3.0, "money"),
    Symptom("reroutes", "complaint_router", "Card dispute", 4.5, "repeated"),
    Symptom("reroutes", "complaint_router", "Loan servicing", 4.0, "repeated"),
    Symptom("reroutes", "complaint_router", "Account closing", 3.5, "repeated"),
    Symptom("credit_overrides", "credit_model", "Refusal overturned", 4.0, "unclear"),
    Symptom("credit_overrides", "credit_model", "Limit changed", 3.0, "money"),
    Symptom("reviews", "credit_model", "Reason codes incomplete", 2.2, "unclear"),
    Symptom("reviews", "credit_model", "Income not verified", 1.8, "none"),
    Symptom("evals", "complaint_router", "Wrong team predicted", 2.6, "none"),
    Symptom("evals", "complaint_router", "Tone of refusal", 1.8, "none"),
)


def stream(*parts: object) -> random.Random:
    """Return the random stream that belongs to ``parts``."""
    return random.Random("/".join(str(part) for part in parts))  # noqa: S311 - invented data, not a secret


def count_on(symptom: Symptom, day: date, seed: int) -> int:
    """Return how many signals of ``symptom`` arrive on ``day``."""
    usual = symptom.per_day * _WEEKDAYS.get(symptom.source, _STAFF)[day.weekday()] * _factor(symptom, day)
    chance = stream(seed, symptom.source, symptom.name, day)
    return _poisson(chance.gammavariate(_SHAPE, usual / _SHAPE), chance) if usual else 0


def _factor(symptom: Symptom, day: date) -> float:
    in_force = (
        step for step in STEPS if step.source == symptom.source and step.symptom in {"", symptom.name} and step.from_on <= day < step.to_on
    )
    return math.prod(step.factor for step in in_force)


def _poisson(mean: float, chance: random.Random) -> int:
    """Knuth's method: fine for the small means here, and the same on every platform."""
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count

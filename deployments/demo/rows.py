"""Rows of each kind of feed, as the bank's own systems would export them; all values are text except where a format has types.

Put columns and cells of ordinary rows here. How many there are is ``volumes.py``; what goes wrong with them is ``mishaps.py``.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from deployments.demo.narratives import narrative
from deployments.demo.story import REGISTER, VERSION_CHANGES
from deployments.demo.volumes import SYMPTOMS, Symptom, count_on, stream

ZONE = "America/New_York"
CHANNELS = ("App", "Web", "Phone", "Branch", "Letter")
_CHANNEL_SHARES = (0.34, 0.3, 0.2, 0.1, 0.06)
REGIONS = ("North", "South", "East", "West")
TOUCHPOINTS = {"fraud_filter": "fraud filter", "credit_model": "credit model", "complaint_router": "complaint router"}

Row = dict[str, Any]
COLUMNS = {
    "complaints": (
        "Complaint ID",
        "Type",
        "Decided on",
        "Received at",
        "AI touchpoint",
        "Issue",
        "Channel",
        "Region",
        "Rule set",
        "Consequence",
        "Test record",
        "Narrative",
    ),
    "credit_overrides": ("override_id", "decided_on", "overridden_at", "decision", "grade", "reason", "consequence", "can_be_replayed"),
    "register": ("reference", "kind", "system", "happened_on", "recorded_on", "title", "consequence"),
    "decisions": ("day", "system", "region", "count"),
}


def rows_of(family: str, day: date, seed: int) -> list[Row]:
    """Return the ordinary rows of ``family`` that arrive on ``day``, in order of arrival."""
    found: list[tuple[datetime, Row]] = []
    for symptom in (symptom for symptom in SYMPTOMS if symptom.source == family):
        chance = stream(seed, "rows", family, symptom.name, day)
        for _ in range(count_on(symptom, day, seed)):
            received_at = _working_time(day, chance)
            found.append((received_at, _MAKERS[family](symptom, received_at, chance)))
    found.sort(key=lambda pair: pair[0])
    for number, (_, row) in enumerate(found, start=1):
        row[next(iter(row))] = f"{_PREFIXES[family]}-{day:%y%m%d}-{number:03d}"
    return [row for _, row in found]


def complaint(
    symptom: Symptom, received_at: datetime, chance: random.Random, identity: str = "", channel: str = "", decided_on: date | None = None
) -> Row:
    """Return one complaint; where it is not said, the decision that it is about was made up to six days before it was received."""
    decided_on = decided_on or received_at.date() - timedelta(days=chance.randint(0, 6))
    return {
        "Complaint ID": identity,
        "Type": symptom.kind,
        "Decided on": decided_on.isoformat(),
        "Received at": received_at.strftime("%Y-%m-%d %H:%M:%S"),
        "AI touchpoint": TOUCHPOINTS[symptom.system_id],
        "Issue": symptom.name,
        "Channel": channel or chance.choices(CHANNELS, _CHANNEL_SHARES)[0],
        "Region": chance.choice(REGIONS),
        "Rule set": _version("fraud_filter", "policy", decided_on) if symptom.system_id == "fraud_filter" else "",
        "Consequence": symptom.consequence,
        "Test record": "no",
        "Narrative": narrative(symptom.name, chance),
    }


def register_rows(before: date) -> list[Row]:
    """Return the register as it stood on the morning of ``before``: it only grows."""
    entries = [entry for entry in REGISTER if entry.on < before]
    values = [(entry.reference, entry.kind, entry.system_id, entry.on, entry.on, entry.title, entry.consequence) for entry in entries]
    return [dict(zip(COLUMNS["register"], map(str, row), strict=True)) for row in values]


def _override(symptom: Symptom, received_at: datetime, chance: random.Random) -> Row:
    decided_at = received_at - timedelta(minutes=chance.randint(5, 600))
    return {
        "override_id": "",
        "system": symptom.system_id,
        "decided_at": _zoned(decided_at).isoformat(),
        "overridden_at": _zoned(received_at).isoformat(),
        "kind": symptom.name,
        "team": chance.choice(("desk 1", "desk 2", "night desk")),
        "consequence": symptom.consequence,
        "case_ref": f"CASE-{chance.randint(100000, 999999)}",
    }


def _credit_override(symptom: Symptom, received_at: datetime, chance: random.Random) -> Row:
    return {
        "override_id": "",
        "decided_on": (received_at.date() - timedelta(days=chance.randint(0, 3))).isoformat(),
        "overridden_at": received_at.strftime("%Y-%m-%d %H:%M:%S"),
        "decision": symptom.name,
        "grade": chance.choice("BCDE"),
        "reason": chance.choice(("documents checked", "income confirmed", "policy exception")),
        "consequence": symptom.consequence,
        "can_be_replayed": chance.choice(("yes", "no")),
    }


def _review(symptom: Symptom, received_at: datetime, chance: random.Random) -> Row:
    reviewed_at = _zoned(received_at).astimezone(UTC)
    return {
        "review_id": "",
        "decided_at": reviewed_at - timedelta(days=chance.randint(1, 5)),
        "reviewed_at": reviewed_at,
        "finding": symptom.name,
        "sample_share": round(chance.uniform(0.01, 0.05), 4),
        "consequence": symptom.consequence,
        "file_ref": f"FILE-{chance.randint(10000, 99999)}",
    }


def _evaluation(symptom: Symptom, received_at: datetime, chance: random.Random) -> Row:
    finished_at = _zoned(datetime.combine(received_at.date(), time(5, chance.randint(0, 59))))
    return {
        "case_run_id": "",
        "finished_at": finished_at.isoformat(),
        "suite": "nightly locked set",
        "failure": symptom.name,
        "case": f"case-{chance.randint(1, 400):03d}",
        "prompt_version": _version("complaint_router", "prompt", received_at.date()),
        "reproducible": chance.random() < 0.8,
    }


def _version(system_id: str, artifact: str, on: date) -> str:
    change = next(change for change in VERSION_CHANGES if (change.system_id, change.artifact) == (system_id, artifact))
    return change.after if on >= change.on else change.before


def _working_time(day: date, chance: random.Random) -> datetime:
    # Between 8 and 21 no hour is skipped or repeated by daylight saving.
    return datetime.combine(day, time(8)) + timedelta(seconds=chance.randrange(13 * 3600))


def _zoned(local: datetime) -> datetime:
    return local.replace(tzinfo=ZoneInfo(ZONE))


_PREFIXES = {"complaints": "CMP", "overrides": "OVR", "reroutes": "RRT", "credit_overrides": "CRO", "reviews": "QAR", "evals": "EVL"}
_MAKERS: dict[str, Callable[[Symptom, datetime, random.Random], Row]] = {
    "complaints": complaint,
    "overrides": _override,
    "reroutes": _override,
    "credit_overrides": _credit_override,
    "reviews": _review,
    "evals": _evaluation,
}

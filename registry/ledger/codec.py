"""Rows to domain values and back, with a version for each stored form.

Put the shape of stored bodies here. A form that changes gets a new number in ``CODEC`` and a branch in its decoder; rows are never
rewritten. A column beside a body is a projection of it: the functions below make both, and ``verify`` makes them again to compare.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from pydantic_core import from_json

from registry.domain.canonical import canonical_json, plain, storable_text
from registry.domain.closing import recorded_closure
from registry.domain.events import StoredEvent
from registry.domain.feed import FeedStatus, QuarantinedRow, quarantine_key
from registry.domain.issue import Fix, Issue, IssueState, OpenedBy
from registry.domain.signal import Severity
from registry.domain.times import parse_instant
from registry.domain.triage import FeedDay
from registry.errors import LedgerError, LedgerSchemaError

CODEC = 1
ISSUE_CODEC = 2  # 1: without window and closure

SIGNAL_COLUMNS = (
    "key",
    "system_id",
    "feed",
    "observed_on",
    "business_date",
    "fingerprint",
    "channel",
    "pre_fix",
    "synthetic",
    "content_digest",
    "codec",
    "body",
)
_SINCE_2 = frozenset({"window", "closure"})
SignalRow = tuple[str, str, str, str, str, str, str, int, int, str, int, str]


def envelope_of(body: str | bytes) -> dict[str, Any]:
    """Return the envelope of a stored event's body."""
    envelope: dict[str, Any] = json.loads(body)
    return envelope


def event_columns(envelope: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of an event that are projections of its envelope."""
    return {
        "key": envelope["key"],
        "kind": envelope["kind"],
        "system_id": storable_text(envelope["system"]),
        "issue_id": storable_text(envelope["issue"]),
        "business_date": date.fromisoformat(envelope["business_date"]),
    }


def stored_event(row: Any) -> StoredEvent:
    """Return the event of a row."""
    return StoredEvent(row.seq, row.prev_hash, row.body.encode("ascii"), row.hash, row.key, row.recorded_at)


def signal_row(line: bytes, observed_on: str) -> SignalRow:
    """Return the row of one line of a signals file, in the order of ``SIGNAL_COLUMNS``.

    Raises:
        LedgerError: the line is not a canonical signal.
    """
    try:
        signal = _columns_of(line)
        return (
            signal.key,
            signal.system_id,
            signal.feed,
            observed_on,
            signal.business_date,
            signal.fingerprint,
            storable_text(signal.segment.get("channel", "")),
            int(signal.pre_fix),
            int(signal.synthetic),
            signal.content_digest,
            CODEC,
            line.decode("ascii"),
        )
    except (ValueError, TypeError, msgspec.MsgspecError) as error:
        raise LedgerError(f"expected one canonical JSON signal a line, found another text ({type(error).__name__})") from error


class _SignalColumns(msgspec.Struct, gc=False):
    """What of a signal's line is a column too; the rest is passed over, which is several times as fast as reading it."""

    key: str
    system_id: str
    feed: str
    business_date: str
    fingerprint: str
    segment: dict[str, str]
    pre_fix: bool
    synthetic: bool
    content_digest: str


_decode = msgspec.json.Decoder(_SignalColumns).decode


def _columns_of(line: bytes) -> _SignalColumns:
    try:
        return _decode(line)
    except msgspec.DecodeError:  # a lone surrogate, which only the standard library takes
        return msgspec.convert(json.loads(line), _SignalColumns)


def parsed_line(line: bytes) -> Any:
    """Return the JSON value of one spooled line.

    Raises:
        ValueError: it is none.
    """
    try:
        return from_json(line)  # twice as fast as the standard library's, which alone takes lone surrogates
    except ValueError:
        return json.loads(line)


def issue_row(issue: Issue, codec: int = ISSUE_CODEC) -> dict[str, Any]:
    """Return the row of an issue, in an earlier form where ``codec`` says so: ``verify`` compares with rows as they were stored."""
    body = plain(issue)
    if codec < ISSUE_CODEC:
        body = {name: value for name, value in body.items() if name not in _SINCE_2}
    return {
        "issue_id": storable_text(issue.issue_id),
        "system_id": storable_text(issue.system_id),
        "fingerprint": storable_text(issue.fingerprint),
        "fingerprint_version": issue.fingerprint_version,
        "state": issue.state.value,
        "version": issue.version,
        "codec": codec,
        "body": canonical_json(body).decode("ascii"),
    }


def issue_of(row: Any) -> Issue:
    """Return the issue of a row."""
    data = _body(row, ISSUE_CODEC)
    fix = data["fix"]
    return Issue(
        **data
        | {
            "state": IssueState(data["state"]),
            "severity": Severity(data["severity"]),
            "opened_by": OpenedBy(data["opened_by"]),
            "opened_at": parse_instant(data["opened_at"]),
            "state_since": parse_instant(data["state_since"]) if data["state_since"] else None,
            "level_since_on": _day(data["level_since_on"]),
            "last_signal_on": _day(data["last_signal_on"]),
            "fix": Fix(parse_instant(fix["effective_at"]), fix["versions"]) if fix else None,
        }
    )


def quarantine_row(row: QuarantinedRow, first_seen_on: date) -> dict[str, Any]:
    """Return the row of a quarantined source row."""
    return {
        "key": quarantine_key(row.source, row.content_digest),
        "source": row.source,
        "first_seen_on": first_seen_on,
        "codec": CODEC,
        "body": canonical_json(row).decode("ascii"),
    }


def feed_day_row(day: FeedDay, business_date: date) -> dict[str, Any]:
    """Return the row of a feed's day."""
    body = canonical_json(day).decode("ascii")
    return {"system_id": day.system_id, "feed": day.feed, "business_date": business_date, "codec": CODEC, "body": body}


@dataclass(frozen=True, slots=True)
class RecordedFeedDay:
    """A feed's day with the business date of the run that saw it: a successful one covers the days before that date."""

    business_date: date
    day: FeedDay


def recorded_feed_day(row: Any) -> RecordedFeedDay:
    """Return the feed's day of a row."""
    data = _body(row)
    return RecordedFeedDay(row.business_date, FeedDay(**data | {"status": FeedStatus(data["status"])}))


def version_row(seq: int, envelope: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of the claim about a version that the event ``seq`` makes."""
    data = envelope["data"]
    return {
        "event_seq": seq,
        "system_id": storable_text(envelope["system"]),
        "artifact": storable_text(data["artifact"]),
        "version": storable_text(data["version"]),
        "from_at": parse_instant(data.get("from_at") or envelope["as_of"]),
        "source": storable_text(data["source"]),
    }


def approval_row(seq: int, envelope: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of the approval that the event ``seq`` records."""
    data = envelope["data"]
    told = {name: storable_text(data[name]) for name in ("action", "document_digest", "name", "role", "kind", "nonce")}
    return {"event_seq": seq, "issue_id": storable_text(envelope["issue"]), **told}


def closure_row(seq: int, envelope: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of the closure that the event ``seq`` judged."""
    found = recorded_closure(envelope["data"])
    told = {"verdict": found.verdict, "passed_count": found.passed_count, "window_outcome": found.window}
    digest = {"risk_accepted": int(found.is_risk_accepted), "document_digest": storable_text(found.document_digest)}
    return {"event_seq": seq, "issue_id": storable_text(envelope["issue"]), **told, **digest}


def window_row(seq: int, envelope: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of the recurrence window that the event ``seq`` judged."""
    data = envelope["data"]
    return {"event_seq": seq, "issue_id": storable_text(envelope["issue"]), "purpose": data["purpose"], "outcome": data["outcome"]}


def _body(row: Any, newest: int = CODEC) -> dict[str, Any]:
    if not CODEC <= row.codec <= newest:
        raise LedgerSchemaError(f"expected rows of codec {newest}, found codec {row.codec}: written by a newer version; use that version")
    data: dict[str, Any] = json.loads(row.body)
    return data


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None

"""Triage days for the report tests: a full one with every section filled, an empty one, and one with a given text in every field."""

from __future__ import annotations

import random
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any

from registry.domain.decision import Finding, InputDigest, KnowledgeCut, NotEvaluated, Reason, Verdict
from registry.domain.feed import FeedStatus, FileRef, QuarantinedRow
from registry.domain.issue import Issue, IssueState, OpenedBy
from registry.domain.signal import Severity
from registry.domain.triage import (
    Batch,
    ChangeKind,
    Duty,
    DutyKind,
    DutyStatus,
    FeedDay,
    IssueChange,
    SpikeEvidence,
    Tally,
    Trend,
    TriageDay,
)

AS_OF = datetime(2020, 10, 16, 10, 0, tzinfo=UTC)
TODAY = date(2020, 10, 16)
ZONE = "America/New_York"
SYSTEM_NAMES = {"fraud_filter": "Benefit card fraud filter", "credit_model": "Consumer credit default model", "router": "Complaint router"}


_MISSING_FILE = "data/appeals_2020-10-15.jsonl does not exist. Ask the data owner to deliver it, then run the day again."


def digest(letter: str) -> str:
    return "sha256:" + letter * 64


def an_issue(number: int = 1, **changes: Any) -> Issue:
    issue = Issue(
        issue_id=f"fraud_filter-{number:04}",
        system_id="fraud_filter",
        fingerprint=f"fp{number}",
        fingerprint_version=1,
        title="Government benefit card: trouble using the card",
        state=IssueState.TRIAGE,
        severity=Severity.L3,
        opened_by=OpenedBy.SPIKE,
        opened_at=AS_OF,
        signal_count=28,
        last_signal_on=TODAY - timedelta(days=1),
        owner="Head of card operations",
    )
    return replace(issue, **changes)


def a_spike(**changes: Any) -> SpikeEvidence:
    return replace(SpikeEvidence(7, 28, 8.0, 3.5, 91, 104, 7.0, 91.0, 1.3, 3e-6, 1e-5), **changes)


def a_trend(number: int = 1, **changes: Any) -> Trend:
    draw = random.Random(number)
    counts = [draw.choice((0, 0, 1, 1, 1, 2, 2, 3)) for _ in range(113)] + [draw.choice((3, 4, 5)) for _ in range(7)]
    trend = Trend(
        system_id="fraud_filter",
        fingerprint=f"fp{number}",
        title="Government benefit card: trouble using the card",
        issue_id=f"fraud_filter-{number:04}",
        start_on=TODAY - timedelta(days=120),
        counts=tuple(counts),
        marks=(TODAY,),
    )
    return replace(trend, **changes)


def a_quiet_day(**changes: Any) -> TriageDay:
    """A day on which all feeds were read and nothing changed."""
    day = TriageDay(
        kind="triage",
        system="all",
        as_of=AS_OF,
        verdict=Verdict.PASS,
        reasons=(Reason("all_read", "All 2 feeds were read and nothing needs a person."),),
        findings=(Finding("feed", "router/complaints", Verdict.PASS, "ok", "1,204 rows read", n=1204),),
        not_evaluated=(),
        inputs=(InputDigest("complaints_2020-10.csv.gz", digest("a")),),
        policy_digest=digest("b"),
        knowledge_cut=KnowledgeCut(1842, datetime(2020, 10, 16, 4, 0, tzinfo=UTC)),
        business_date=TODAY,
        systems=("fraud_filter", "router"),
        changes=(),
        new=Tally(0, 12),
        untouched=Tally(12, 12),
        reactivated=Tally(0, 40),
        absent=Tally(0, 12),
        suppressed=Tally(0, 61),
        quarantined=Tally(0, 1204),
        unmatched=Tally(0, 1204),
        ambiguous=Tally(0, 1204),
        duties=(),
        feeds=(
            FeedDay("fraud_filter", "complaints", "complaints", FeedStatus.OK, "", 1204, 61),
            FeedDay("router", "complaints", "complaints", FeedStatus.OK, "", 1204, 0),
        ),
        batches=(),
        trends=(),
        signal_counts={"received": 1204, "new": 61},
    )
    return replace(day, **changes)


def an_empty_day(**changes: Any) -> TriageDay:
    """A day without a single feed that was nevertheless decided as a pass: what a page must not make look well."""
    nothing = Tally(0, 0)
    names = ("new", "untouched", "reactivated", "absent", "suppressed", "quarantined", "unmatched", "ambiguous")
    empty = a_quiet_day(reasons=(), findings=(), inputs=(), systems=(), feeds=(), signal_counts={}, **dict.fromkeys(names, nothing))
    return replace(empty, **changes)


def a_rich_day(**changes: Any) -> TriageDay:
    """A bad day: every section of the page has something to say."""
    day = replace(
        a_quiet_day(),
        verdict=Verdict.FAIL,
        reasons=(
            Reason("spike", "Benefit card trouble came 3.5 times as often as expected; a new L3 issue is open."),
            Reason("errored", "The appeals feed of the credit model could not be read: appeals_2020-10-15.jsonl does not exist."),
            Reason("overdue", "Containment of fraud_filter-0002 was due on 14 Oct and is not recorded."),
        ),
        findings=_findings(),
        not_evaluated=_not_evaluated(),
        inputs=tuple(InputDigest(f"{name}_2020-10-15.csv.gz", digest(c)) for name, c in (("complaints", "a"), ("overrides", "c"))),
        systems=("credit_model", "fraud_filter", "router"),
        changes=_changes(),
        new=Tally(1, 14, ("fraud_filter-0001",)),
        untouched=Tally(8, 14, tuple(f"router-{n:04}" for n in range(1, 9))),
        reactivated=Tally(1, 40, ("router-0031",)),
        absent=Tally(2, 14, ("credit_model-0003", "router-0007")),
        suppressed=Tally(11, 342, tuple(f"C{n}" for n in range(8811, 8822))),
        quarantined=Tally(4, 1618, tuple(f"row {n}" for n in (17, 204, 205, 1102))),
        unmatched=Tally(23, 1614, tuple(f"3{n}771" for n in range(100, 123))),
        ambiguous=Tally(2, 1614, ("3904411", "3904412")),
        duties=_duties(),
        feeds=_feeds(),
        batches=(Batch("router/complaints", "Web referral", TODAY - timedelta(days=1), 214, 239, 12.4, 4.2e-13),),
        trends=_trends(),
        signal_counts={"complaint": 318, "override": 19, "appeal": 0, "expert_review": 5},
        would_hide=(
            Finding(
                "suppression",
                "router: duplicate portal tickets",
                Verdict.PASS,
                "would_hide",
                "This rule, in monitor mode, would have hidden 9 signals of 2 fingerprints.",
                blocking=False,
                n=9,
            ),
        ),
    )
    return replace(day, **changes)


def a_quarantined_row(**changes: Any) -> QuarantinedRow:
    cells = {"Complaint ID": "3904102", "Date received": "2021-13-40", "State": "TX"}
    reason = "expected a date, found '2021-13-40'"
    row = QuarantinedRow("complaints", 17, "3904102", "Date received", "bad_date", reason, digest("e"), cells)
    return replace(row, **changes)


def package_files() -> tuple[FileRef, ...]:
    return (
        FileRef("decision.json", digest("1"), 48_213),
        FileRef("quarantine.csv", digest("2"), 1_204, 4),
        FileRef("rows.csv", digest("3"), 602, 25),
        FileRef("signals-fraud_filter-complaints.jsonl", digest("4"), 91_117, 342),
    )


def with_text(value: Any, text: str) -> Any:
    """Return ``value`` with ``text`` in every text field, however deep; enums, digests' algorithm and times stay as they are."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return text
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: with_text(getattr(value, field.name), text) for field in fields(value)})
    if isinstance(value, tuple):
        return tuple(with_text(item, text) for item in value)
    if isinstance(value, dict):
        return {with_text(key, text): with_text(item, text) for key, item in value.items()}
    return value


def _changes() -> tuple[IssueChange, ...]:
    opened = an_issue(1, severity=Severity.L3)
    escalated = an_issue(
        2, system_id="credit_model", title="Credit card: application declined, no reason given", severity=Severity.L3, escalation_count=1,
        fingerprint="fp2", issue_id="credit_model-0002", owner="", state=IssueState.RCA_IN_PROGRESS, signal_count=131,
    )  # fmt: skip
    back = an_issue(
        31, system_id="router", title="Complaint sent to the wrong team twice", severity=Severity.L2, occurrence=2, signal_count=9,
        issue_id="router-0031", fingerprint="fp31", opened_by=OpenedBy.EACH, owner="Complaints service lead",
    )  # fmt: skip
    joined = an_issue(
        4, system_id="router", title="Answer cites a withdrawn fee schedule", severity=Severity.L2, issue_id="router-0004",
        fingerprint="fp4",
    )  # fmt: skip
    late = an_issue(9, title="Card blocked after address change", state=IssueState.CLOSED, issue_id="fraud_filter-0009")
    return (
        IssueChange(ChangeKind.JOINED, joined, "live_issue", "Same fingerprint as a live issue.", 6),
        IssueChange(
            ChangeKind.REACTIVATED, back, "after_fix",
            "Closed on 2 Sep 2020; these decisions were made by router 2.4.0, which already has the fix.", 3,
        ),
        IssueChange(ChangeKind.OPENED, opened, "spike", "The rate rose above its own baseline.", 28, a_spike()),
        IssueChange(
            ChangeKind.ESCALATED, escalated, "step_up", "The rate of a live issue stepped up again.", 44,
            a_spike(count=44, expected=15.9, ratio=2.77, window_days=14, p_value=2.2e-9, baseline_count=103),
        ),
        IssueChange(ChangeKind.LATE_EVIDENCE, late, "before_fix", "About decisions made before the fix of 2 Sep 2020.", 2),
    )  # fmt: skip


def _duties() -> tuple[Duty, ...]:
    hour, cards = timedelta(hours=1), "Head of card operations"
    return (
        Duty(
            "fraud_filter-0001", "fraud_filter", Severity.L3, "first response", AS_OF + hour, DutyStatus.AT_RISK, "Head of card operations"
        ),
        Duty("router-0031", "router", Severity.L2, "first response", AS_OF + 4 * hour, DutyStatus.OPEN, "Complaints service lead"),
        Duty("credit_model-0002", "credit_model", Severity.L3, "containment", AS_OF - 52 * hour, DutyStatus.OVERDUE, "unassigned"),
        Duty("router-0004", "router", Severity.L2, "root cause", AS_OF - 3.5 * hour, DutyStatus.OVERDUE, "Complaints service lead"),
        Duty("fraud_filter-0001", "fraud_filter", Severity.L3, "root cause", AS_OF + 72 * hour, DutyStatus.OPEN, cards),
    )


def some_promises() -> tuple[Duty, ...]:
    """Duties that people's steps made: a report, an incident's answer, a date of their own, accepted risks."""
    hour, risk = timedelta(hours=1), DutyKind.ACCEPTED_RISK
    citation = "gdpr_data_breach: Regulation (EU) 2016/679, Article 33(1): 72 hours, counted from becoming aware on 2020-10-13 07:00 UTC"
    rows: tuple[tuple[str, str, datetime, DutyStatus, str, DutyKind, str, int], ...] = (
        ("router-0002", "notify the authority", AS_OF - 3 * hour, DutyStatus.OVERDUE, "Lead", DutyKind.REGULATORY, citation, 100),
        ("router-0002", "incident post-mortem", AS_OF + 4 * hour, DutyStatus.DUE_TODAY, "Lead", DutyKind.INCIDENT, "data_breach", 75),
        ("router-0004", "filter by date", AS_OF + 14 * hour, DutyStatus.DUE_TODAY, "Ben", DutyKind.OWN_DATE, "corrective action", 90),
        ("router-0009", "accepted risk ends", AS_OF + 120 * hour, DutyStatus.AT_RISK, "Eva", risk, "asked for by Ana: two users", 0),
        ("router-0008", "accepted risk ends", AS_OF + 2000 * hour, DutyStatus.ACCEPTED, "Eva", risk, "asked for by Ana: tests only", 0),
    )
    return tuple(Duty(issue_id, "router", Severity.L2, *row) for issue_id, *row in rows)


def _feeds() -> tuple[FeedDay, ...]:
    return (
        FeedDay("fraud_filter", "complaints", "complaints", FeedStatus.OK, "", 1618, 61),
        FeedDay(
            "fraud_filter", "overrides", "overrides", FeedStatus.STALE,
            "Newest row is of 11 Oct 2020; at most 3 days old expected.", 0, 0,
        ),
        FeedDay("credit_model", "complaints", "complaints", FeedStatus.OK, "", 1618, 257),
        FeedDay(
            "credit_model", "appeals", "appeals", FeedStatus.ERRORED,
            _MISSING_FILE, 0, 0,
        ),
        FeedDay("router", "complaints", "complaints", FeedStatus.OK, "", 1618, 19),
        FeedDay("router", "expert_review", "reviews", FeedStatus.OK, "", 5, 5),
    )  # fmt: skip


def _findings() -> tuple[Finding, ...]:
    passed = tuple(
        Finding(check, subject, Verdict.PASS, "ok", "as expected", n=1618)
        for check in ("row_count", "required_columns", "unique_ids", "known_categories")
        for subject in ("complaints", "overrides", "reviews")
    )
    return (
        *passed,
        Finding(
            "volume", "router/expert_review", Verdict.INCONCLUSIVE, "volume_dip",
            "5 in 14 days against 31.0 expected (p 2e-8): either reviews stopped or rows are missing. Not an improvement until shown.",
            value=5, baseline=31.0, n=14,
        ),
        Finding(
            "dates_parse", "complaints", Verdict.FAIL, "bad_date", "4 of 1,618 rows have no readable date",
            blocking=False, value=4, n=1618,
        ),
        Finding("feed", "credit_model/appeals", Verdict.INCONCLUSIVE, "errored", _MISSING_FILE),
        Finding("issue", "fraud_filter-0001", Verdict.FAIL, "issue_opened", "28 signals in 7 days against 8.0 expected", value=28.0),
        Finding("duty", "router-0004", Verdict.FAIL, "duty_overdue", "root cause was due 2020-10-16 06:30 UTC"),
    )  # fmt: skip


def _not_evaluated() -> tuple[NotEvaluated, ...]:
    return (
        NotEvaluated("credit_model: appeals", "errored", _MISSING_FILE),
        NotEvaluated("router: 3 fingerprints", "too_few", "Fewer than 28 observed days before them; judged from 2 Nov 2020."),
    )


def _trends() -> tuple[Trend, ...]:
    return (
        a_trend(1),
        a_trend(2, system_id="credit_model", title="Credit card: application declined, no reason given", issue_id="credit_model-0002"),
        a_trend(31, system_id="router", title="Complaint sent to the wrong team twice", issue_id="router-0031", marks=()),
        a_trend(4, system_id="router", title="Answer cites a withdrawn fee schedule", issue_id="router-0004", marks=()),
        a_trend(5, system_id="router", title="Refund promised and not booked", issue_id="", marks=()),
        a_trend(6, title="Card declined abroad", issue_id="", marks=(TODAY - timedelta(days=60),)),
    )

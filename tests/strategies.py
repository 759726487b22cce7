"""Random domain values for property tests.

Put a Hypothesis strategy here when more than one test file needs it. Fixed values are ``tests/builders.py``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from registry.domain.catalogue import VersionInForce
from registry.domain.decision import Finding, Verdict
from registry.domain.events import Event, EventKind
from registry.domain.feed import Cell
from registry.domain.issue import Fix, Issue, IssueState
from registry.domain.signal import CustomerImpact, Grade, RawSignal, Severity, Signal, SignalCategory, VersionSource
from registry.domain.versions import VersionClaim
from tests.builders import SYSTEM, a_cell, a_claim, a_fix, a_raw_signal, a_signal, a_version, an_event, an_issue

ZONES = ("UTC", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata", "Europe/London")
AWKWARD_TEXTS = (
    "",
    " ",
    "=1+1",
    "<script>alert(1)</script>",
    "../../etc",
    "\u202eabc",
    "a\u0000b",
    "\U0001f4b3",
    "NaN",
    "'; drop table event;--",
    "é",
)

zones = st.sampled_from(ZONES)
instants = st.datetimes(min_value=datetime(2005, 1, 1), max_value=datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive by contract
days = st.dates(min_value=date(2005, 1, 1), max_value=date(2035, 1, 1))
texts = st.one_of(st.text(st.characters(codec="utf-8"), max_size=40), st.sampled_from(AWKWARD_TEXTS))
names = st.from_regex(r"\A[a-z][a-z0-9_]{0,15}\Z")
fingerprints = st.from_regex(r"\A[0-9a-f]{16}\Z")
digests = st.from_regex(r"\Asha256:[0-9a-f]{64}\Z")
text_maps = st.dictionaries(names, texts, max_size=4)
ARTIFACTS = ("model", "prompt", "index", "tool", "policy")
version_maps = st.dictionaries(st.sampled_from(ARTIFACTS), st.from_regex(r"\A[1-9][0-9]?\Z"), max_size=3)
verdicts = st.sampled_from(Verdict)
severities = st.sampled_from(Severity)
states = st.sampled_from(IssueState)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)
json_objects = st.dictionaries(names, json_values, max_size=4)


def findings() -> st.SearchStrategy[Finding]:
    """Findings of every verdict, blocking or not, with and without a number."""
    return st.builds(
        Finding,
        check=st.sampled_from(("feed", "spike", "batch", "dip")),
        subject=names,
        verdict=verdicts,
        reason_code=names,
        reason=texts,
        blocking=st.booleans(),
        value=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    )


def raw_signals() -> st.SearchStrategy[RawSignal]:
    """Source rows with awkward texts everywhere."""
    return st.builds(
        a_raw_signal,
        signal_id=st.text(st.characters(codec="utf-8"), min_size=1, max_size=20),
        occurred_at=instants,
        received_at=instants,
        impact=st.sampled_from(CustomerImpact),
        journey_step=texts,
        segment=text_maps,
        versions=version_maps,
        fingerprint_fields=text_maps,
        source_evidence=st.lists(texts, max_size=3).map(tuple),
        narrative=texts,
        synthetic=st.booleans(),
        reproducible=st.booleans(),
    )


def signals() -> st.SearchStrategy[Signal]:
    """Normalised signals with awkward texts; keys are distinct with overwhelming probability."""
    return st.builds(
        a_signal,
        key=digests,
        category=st.sampled_from(SignalCategory),
        signal_id=texts.filter(bool),
        occurred_at=instants,
        received_at=instants,
        business_date=days,
        journey_step=texts,
        impact=st.sampled_from(CustomerImpact),
        segment=text_maps,
        versions=version_maps,
        version_source=st.sampled_from(VersionSource),
        fingerprint=fingerprints,
        fingerprint_fields=text_maps,
        grade=st.sampled_from(Grade),
        severity=severities,
        source_evidence=st.lists(texts, max_size=3).map(tuple),
        content_digest=digests,
        narrative_digest=st.just("") | digests,
        redactions=st.dictionaries(st.sampled_from(("email", "phone", "card")), st.integers(1, 9), max_size=2),
        synthetic=st.booleans(),
        pre_fix=st.booleans(),
    )


def issues() -> st.SearchStrategy[Issue]:
    """Issues in every state and severity, with and without a fix."""
    return st.builds(
        an_issue,
        issue_id=st.from_regex(r"\AISS-[0-9a-f]{16}-[1-9]\Z"),
        fingerprint=fingerprints,
        title=texts,
        state=states,
        severity=severities,
        opened_at=instants,
        state_since=st.none() | instants,
        severity_by=st.sampled_from(("machine", "ops@bank.example")),
        owner=st.sampled_from(("", "owner@bank.example")),
        signal_count=st.integers(0, 10_000),
        last_signal_on=st.none() | days,
        fix=st.none() | fixes(),
    )


def fixes() -> st.SearchStrategy[Fix]:
    return st.builds(a_fix, effective_at=instants, versions=version_maps)


def version_histories() -> st.SearchStrategy[tuple[VersionInForce, ...]]:
    """Histories in no particular order, of one system, with versions that may come back (a rollback)."""
    row = st.builds(
        a_version,
        system_id=st.just(SYSTEM),
        artifact=st.sampled_from(("model", "prompt")),
        version=st.from_regex(r"\A[1-5]\Z"),
        from_at=instants,
    )
    return st.lists(row, max_size=8).map(tuple)


def version_claims() -> st.SearchStrategy[tuple[VersionClaim, ...]]:
    """Claims of one system as a ledger may hold them: few instants, so that corrections and canaries meet; in the order of their events."""
    moments = [datetime(2026, 3, 7, tzinfo=UTC) + timedelta(hours=6 * place) for place in range(10)]
    claim = st.builds(
        a_claim,
        artifact=st.sampled_from(("model", "prompt")),
        version=st.sampled_from("123"),
        from_at=st.sampled_from(moments),
        source=st.sampled_from(("mlflow", "recorded", "recorded by person")),
        share_percent=st.sampled_from((100, 100, 50, 10, 1)),
    )
    return st.lists(claim, max_size=12).map(lambda claims: tuple(replace(one, seq=seq) for seq, one in enumerate(claims, 1)))


def events() -> st.SearchStrategy[Event]:
    """Events of every kind with arbitrary bodies: for codecs and chains, not for folding."""
    return st.builds(
        an_event,
        kind=st.sampled_from(EventKind),
        subject=texts,
        as_of=instants,
        business_date=days,
        body=json_objects,
        actor=st.sampled_from(("machine", "ops@bank.example")),
    )


def cells() -> st.SearchStrategy[Cell]:
    return st.builds(
        a_cell,
        fingerprint=fingerprints,
        on=days,
        channel=texts,
        count=st.integers(1, 500),
        pre_fix=st.booleans(),
    )

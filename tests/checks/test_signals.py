"""How one mapped row becomes a matched, graded, redacted signal."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.contribution import VersionHistory
from checks.identity import fingerprint_of, narrative_digest
from checks.signals import SYNTHETIC_RULE, SignalJudge
from registry.domain.canonical import canonical_json
from registry.domain.catalogue import VersionSpec
from registry.domain.policy import UsageRule
from registry.domain.signal import CustomerImpact, Grade, Severity, SignalCategory, VersionSource
from registry.errors import PolicyError
from tests.builders import NOON, SYSTEM, a_feed, a_fix, a_raw_signal, a_system, a_version
from tests.builders_policies import some_policies, some_usage_rules
from tests.strategies import raw_signals

HISTORY = VersionHistory([a_version(version="7"), a_version(version="8", from_at=NOON - timedelta(hours=36))])


def a_judge(**changes):
    parts = {
        "system": a_system(),
        "feed": a_feed(),
        "policies": some_policies(),
        "history": HISTORY,
        "fixes": {},
        "salt": lambda key: b"salt of " + key.encode(),
    }
    return SignalJudge(**{**parts, **changes})


@pytest.mark.parametrize(
    ("table", "message"),
    [("severity", "severity: expected a row"), ("grade", "grade: expected a row"), ("usage", "usage: expected one row")],
)
def test_an_empty_table_is_refused_when_the_judge_is_made(table, message):
    with pytest.raises(PolicyError, match=message):
        a_judge(policies=some_policies(**{table: ()}))


def test_an_unknown_redaction_kind_is_refused_when_the_judge_is_made():
    with pytest.raises(PolicyError, match="redaction: passport has no rule"):
        a_judge(policies=some_policies(redacted_kinds=("email", "passport")))


def test_a_row_with_nothing_but_an_id_becomes_a_weak_signal_of_unknown_version():
    bare = a_raw_signal(
        impact=CustomerImpact.NONE, journey_step="", segment={}, versions={}, fingerprint_fields={}, source_evidence=(), narrative=""
    )

    signal = a_judge(system=a_system(versions=()), history=VersionHistory(()))(bare)

    assert (signal.grade, signal.grade_rule) == (Grade.C, "weak_indicator")
    assert (signal.severity, signal.severity_rule) == (Severity.L0, "learning_signal")
    assert (signal.versions, signal.version_source) == ({}, VersionSource.UNKNOWN)
    assert (signal.narrative_digest, signal.redactions) == ("", {})
    assert signal.fingerprint == fingerprint_of(SYSTEM, {})


def test_the_key_tells_systems_feeds_and_ids_apart_and_nothing_else():
    keys = {
        a_judge()(a_raw_signal()).key,
        a_judge(system=a_system(system_id="router"))(a_raw_signal()).key,
        a_judge(feed=a_feed(name="appeals"))(a_raw_signal()).key,
        a_judge()(a_raw_signal(signal_id="other")).key,
    }

    assert len(keys) == 4
    assert a_judge()(a_raw_signal(narrative="other", synthetic=True)).key in keys


@pytest.mark.parametrize(
    ("zone", "received_at", "business_date"),
    [
        ("America/New_York", datetime(2020, 10, 15, 3, 59, 59, 999_999, tzinfo=UTC), date(2020, 10, 14)),
        ("America/New_York", datetime(2020, 10, 15, 4, tzinfo=UTC), date(2020, 10, 15)),
        ("Asia/Kolkata", datetime(2020, 10, 14, 18, 30, tzinfo=UTC), date(2020, 10, 15)),
        ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC), date(2011, 12, 31)),
    ],
)
def test_the_business_date_is_the_local_date_of_receipt(zone, received_at, business_date):
    signal = a_judge(system=a_system(timezone=zone))(a_raw_signal(received_at=received_at))

    assert signal.business_date == business_date


def test_versions_are_those_of_the_decision_not_of_the_receipt():
    signal = a_judge()(a_raw_signal(occurred_at=NOON - timedelta(days=2), received_at=NOON))

    assert (signal.versions, signal.version_source) == ({"model": "7"}, VersionSource.HISTORY)


def test_a_recorded_version_is_used_where_nothing_better_is_known():
    system = a_system(versions=(VersionSpec(artifact="model", recorded="1"), VersionSpec(artifact="prompt", recorded="4")))

    signal = a_judge(system=system)(a_raw_signal())

    assert (signal.versions, signal.version_source) == ({"model": "7", "prompt": "4"}, VersionSource.RECORDED)


def test_every_text_is_redacted_and_counted_and_the_fingerprint_is_made_of_what_is_left():
    raw = a_raw_signal(
        narrative="call 212-555-0143",
        journey_step="from 10.0.0.1",
        segment={"channel": "ana@bank.example"},
        fingerprint_fields={"Issue": "card 4111 1111 1111 1111"},
    )

    signal = a_judge()(raw)

    assert (signal.journey_step, signal.segment) == ("from [ip]", {"channel": "[email]"})
    assert signal.fingerprint_fields == {"Issue": "card [card]"}
    assert signal.fingerprint == fingerprint_of(SYSTEM, {"Issue": "card [card]"})
    assert signal.redactions == {"phone": 1, "ip": 1, "email": 1, "card": 1}


def test_the_narrative_digest_is_salted_by_key_over_the_redacted_text():
    signal = a_judge()(a_raw_signal(narrative="call 212-555-0143"))

    assert signal.narrative_digest == narrative_digest(b"salt of " + signal.key.encode(), "call [phone]")


def test_nothing_of_the_narrative_is_in_the_signal():
    signal = a_judge()(a_raw_signal(narrative="a sentence that nobody else would write"))

    assert b"nobody else" not in canonical_json(signal)


def test_only_the_kinds_of_the_policy_are_redacted():
    signal = a_judge(policies=some_policies(redacted_kinds=("email",)))(a_raw_signal(journey_step="10.0.0.1 a@b.example"))

    assert (signal.journey_step, signal.redactions) == ("10.0.0.1 [email]", {"email": 1})


def test_a_fingerprint_field_that_the_feed_does_not_list_is_an_error():
    with pytest.raises(ValueError, match="feed complaints: expected fingerprint fields among Sub-product, Issue, found State; list it"):
        a_judge()(a_raw_signal(fingerprint_fields={"State": "NY"}))


FULL = {"impact": CustomerImpact.ACCESS, "source_evidence": ("row 1",), "reproducible": True}


@pytest.mark.parametrize(
    ("raw", "system", "grade"),
    [
        ({}, {}, Grade.A),
        ({"impact": CustomerImpact.NONE}, {}, Grade.C),
        ({"source_evidence": ()}, {}, Grade.C),
        ({"reproducible": False}, {}, Grade.B),
        ({}, {"versions": (VersionSpec(artifact="index"),)}, Grade.B),
        ({}, {"missing_owners": ("model_risk",)}, Grade.B),
        ({}, {"owners": {}}, Grade.B),
    ],
)
def test_each_missing_fact_costs_the_signal_its_grade(raw, system, grade):
    assert a_judge(system=a_system(**system))(a_raw_signal(**{**FULL, **raw})).grade is grade


def test_a_synthetic_signal_is_noise_on_purpose_however_complete():
    signal = a_judge()(a_raw_signal(**FULL, synthetic=True))

    assert (signal.grade, signal.grade_rule, signal.synthetic) == (Grade.D, SYNTHETIC_RULE, True)
    assert signal.severity is Severity.L3


def test_usage_is_the_policys_for_the_feeds_category():
    rules = (*some_usage_rules()[1:], UsageRule(SignalCategory.COMPLAINT, "no", "yes: as scenario", "yes", "review"))

    signal = a_judge(policies=some_policies(usage=rules))(a_raw_signal())

    assert signal.usage == {"train": "no", "eval": "yes: as scenario", "rca": "yes", "audit": "review"}


@pytest.mark.parametrize(
    ("versions", "hours_ago", "pre_fix"),
    [({}, 48, True), ({}, 24, False), ({"model": "7"}, 24, True), ({"model": "8"}, 48, False)],
)
def test_a_decision_by_an_older_version_than_the_fix_is_marked_however_late_it_comes(versions, hours_ago, pre_fix):
    raw = a_raw_signal(versions=versions, occurred_at=NOON - timedelta(hours=hours_ago), received_at=NOON + timedelta(days=300))
    fingerprint = a_judge()(raw).fingerprint
    fix = a_fix(effective_at=NOON - timedelta(hours=36), versions={"model": "8"})

    assert a_judge(fixes={fingerprint: fix})(raw).pre_fix is pre_fix
    assert a_judge(fixes={"0" * 16: fix})(raw).pre_fix is False


@given(raw_signals(), st.sampled_from(SignalCategory))
def test_any_row_becomes_a_signal_that_has_a_canonical_form_and_the_same_one_every_time(raw, category):
    feed = a_feed(category=category, fingerprint=tuple(raw.fingerprint_fields))

    once, again = a_judge(feed=feed)(raw), a_judge(feed=feed)(raw)

    assert canonical_json(once) == canonical_json(again)
    assert (once.category, once.signal_id, once.source_evidence) == (category, raw.signal_id, raw.source_evidence)


@given(raw_signals())
def test_judging_a_row_leaves_the_row_as_it_was(raw):
    before = canonical_json(raw)

    a_judge(feed=a_feed(fingerprint=tuple(raw.fingerprint_fields)))(raw)

    assert canonical_json(raw) == before


def test_two_judges_of_the_same_parts_are_equal_and_frozen():
    parts = {"salt": bytes, "history": HISTORY}

    assert a_judge(**parts) == a_judge(**parts)
    assert a_judge(**parts) != replace(a_judge(**parts), fixes={"0" * 16: a_fix()})

"""The table of recurrence windows: complete as shipped, checked across its keys, sealed apart with what it takes of others."""

# ruff: noqa: E501 - a case and its exact message stand on one line
from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from deployments.cli.schema import schema_of
from registry.documents import parse_document
from registry.domain.canonical import digest_bytes
from registry.domain.policy_recurrence import (
    IndicatorPolicy,
    RatePolicy,
    RecurrencePolicy,
    ReturnPolicy,
    ReviewPolicy,
    SilencePolicy,
    WatchPolicy,
)
from registry.domain.signal import Severity
from registry.errors import EvidenceError, PolicyError
from registry.policies.loader import load_tables, load_triage_policies
from registry.policies.recurrence import load_recurrence_policy, read_recurrence_policy, recurrence_record
from registry.policies.tables import row_model
from tests.recurrence_builders import a_recurrence_policy

SHIPPED = load_recurrence_policy(None)


def overriding(folder: Path, text: str, table: str = "recurrence") -> Path:
    found = folder / "policies"
    found.mkdir()
    (found / f"{table}.yaml").write_text(text, encoding="utf-8")
    return found


def test_an_empty_override_is_refused_like_in_every_table(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="expected at least one row, found an empty table"):
        load_recurrence_policy(overriding(tmp_path, ""))


def test_what_is_shipped_is_what_was_agreed() -> None:
    assert replace(SHIPPED, digest="") == a_recurrence_policy(digest="")
    assert list(SHIPPED.window_days.values()) == [None, 14, 30, 60, 90]


ROWS = [
    ("silence", SilencePolicy),
    ("rate", RatePolicy),
    ("watch", WatchPolicy),
    ("on_return", ReturnPolicy),
    ("review", ReviewPolicy),
    ("indicators", IndicatorPolicy),
]


@pytest.mark.parametrize(("row", "policy"), ROWS)
def test_a_row_has_exactly_the_keys_of_its_policy_value(row: str, policy: Any) -> None:
    assert set(row_model("recurrence", row).model_fields) == {field.name for field in fields(policy)}


def test_nothing_of_the_policy_is_without_a_row() -> None:
    others = {"window_days", "review_every_days", "allowed_lateness_days", "digest"}
    assert {field.name for field in fields(RecurrencePolicy)} == set(load_tables(None).rows["recurrence"]) | others


def test_an_override_of_one_key_leaves_every_other(tmp_path: Path) -> None:
    changed = load_recurrence_policy(overriding(tmp_path, "watch: {min_coverage_ratio: 0.9}\n"))
    assert changed == replace(SHIPPED, watch=replace(SHIPPED.watch, min_coverage_ratio=0.9), digest=changed.digest)
    assert changed.digest != SHIPPED.digest


def test_windows_and_reviews_follow_the_clocks_and_lateness_the_triage(tmp_path: Path) -> None:
    folder = overriding(tmp_path, "L3: {recurrence_window_days: 75, review_every_days: 2}\n", "clocks")
    (folder / "triage.yaml").write_text("feed: {allowed_lateness_days: 21}\n", encoding="utf-8")
    changed = load_recurrence_policy(folder)
    assert (changed.window_days[Severity.L3], changed.review_every_days[Severity.L3], changed.allowed_lateness_days) == (75, 2, 21)


@pytest.mark.parametrize(
    ("table", "text"),
    [("clocks", "L3: {first_response_hours: 2}\n"), ("triage", "spike: {min_count: 9}\n"), ("gate", "looks: {max_looks_count: 3}\n")],
)
def test_what_a_window_does_not_read_changes_nothing_for_it(tmp_path: Path, table: str, text: str) -> None:
    assert load_recurrence_policy(overriding(tmp_path, text, table)) == SHIPPED


BAD = [
    ("silence: {baseline_days: 0}", "silence.baseline_days: expected a number of at least 1, found 0; correct it"),
    ("silence: {min_pre_fix_occurrence_count: 0}", "silence.min_pre_fix_occurrence_count: expected a number of at least 1, found 0; correct it"),
    ("silence: {silence_confidence: 1}", "silence.silence_confidence: expected a number of less than 1, found 1; correct it"),
    ("silence: {pre_fix_rate_confidence: 0.4}", "silence.pre_fix_rate_confidence: expected a number of at least 0.5, found 0.4; correct it"),
    ("silence: {concentrated_ratio: 0.5}", "silence.concentrated_ratio: expected a number of more than 0.5, found 0.5; correct it"),
    ("rate: {max_ratio_to_normal: 0.9}", "rate.max_ratio_to_normal: expected a number of at least 1, found 0.9; correct it"),
    ("rate: {max_excess_ratio: -0.1}", "rate.max_excess_ratio: expected a number of at least 0, found -0.1; correct it"),
    ("watch: {min_coverage_ratio: 0}", "watch.min_coverage_ratio: expected a number of more than 0, found 0; correct it"),
    ("watch: {suspend_after_unobserved_days: 0}", "watch.suspend_after_unobserved_days: expected a number of at least 1, found 0; correct it"),
    ("watch: {report_delay_ratio: 0.4}", "watch.report_delay_ratio: expected a number of at least 0.5, found 0.4; correct it"),
    ("watch: {max_older_decision_count: -1}", "watch.max_older_decision_count: expected a number of at least 0, found -1; correct it"),
    ("watch: {max_set_aside_ratio: 1}", "watch.max_set_aside_ratio: expected a number of less than 1, found 1; correct it"),
    ("on_return: {max_severity: L9}", "on_return.max_severity: expected 'L0', 'L1', 'L2', 'L3' or 'L4', found 'L9'; use one of these"),
    ("indicators: {amber_extends: [weather]}", "indicators.amber_extends[0]: expected 'repeat_issue_rate', 'evidence_completeness', 'overdue_actions', 'unsupported_claim_rate' or 'override_spike', found 'weather'; use one of these"),
    ("indicators: {amber_extends: [override_spike, override_spike]}", "indicators.amber_extends: expected each indicator once, found 'override_spike' again; remove one of them"),
    ("indicators: {claims_amber_ratio: 3.0}", "indicators: expected claims_amber_ratio at most claims_red_ratio, found 3.0 > 2.0; change one"),
    ("windows: {days: 3}", "windows: expected one of the rows indicators, on_return, rate, review, silence, watch, found the unknown row 'windows'; correct its name"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), BAD, ids=[case[1][:60] for case in BAD])
def test_a_wrong_override_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        load_recurrence_policy(overriding(tmp_path, text))
    assert caught.value.problems == [f"policies/recurrence.yaml:1: {message}"]


def test_sealed_bytes_give_back_the_policy_of_the_decision_whatever_the_tables_are_now(tmp_path: Path) -> None:
    folder = overriding(tmp_path, "indicators: {amber_extends: []}\n")
    sealed, decided_by = recurrence_record(load_tables(folder)), load_recurrence_policy(folder)
    (folder / "recurrence.yaml").unlink()
    assert read_recurrence_policy(sealed) == decided_by != load_recurrence_policy(folder)
    assert decided_by.digest == digest_bytes(sealed)


BROKEN = [
    b"",
    b"[]",
    b"{}",
    b'{"recurrence": 3}',
    b'{"recurrence": [["watch", {}]]}',
    b'{"recurrence": [["unheard", {}]]}',
    b'{"recurrence": []}',
]


@pytest.mark.parametrize("content", BROKEN)
def test_a_sealed_table_that_cannot_be_read_is_refused_as_evidence(content: bytes) -> None:
    with pytest.raises(EvidenceError, match="expected a table of recurrence that this version reads"):
        read_recurrence_policy(content)


def test_a_day_of_triage_knows_of_reviews_alone(tmp_path: Path) -> None:
    folder = overriding(tmp_path, "watch: {min_coverage_ratio: 0.9}\n")
    assert load_triage_policies(folder) == load_triage_policies(None)
    assert [name for name, _ in json.loads(load_tables(folder).record)["recurrence"]] == ["review"]


def test_the_json_schema_takes_part_of_a_row_and_refuses_what_is_unknown() -> None:
    schema = schema_of("policy-recurrence")
    jsonschema.validate(parse_document("watch: {min_coverage_ratio: 0.9}", "recurrence").value, schema)
    for wrong in ("watch: {min_coverage_ratio: 2}", "watch: {unknown: 1}", "other: {}", "indicators: {amber_extends: [weather]}"):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(parse_document(wrong, "recurrence").value, schema)

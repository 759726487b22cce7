"""Findings of other programs become rows: every valid one kept, every bad one told, and the same each time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from registry.catalogue.schema import Feed
from registry.errors import ConfigurationError, VersionsUnavailableError
from registry.exchange import defectdojo, mlflow_issues
from registry.exchange.feed_file import join_file, quarantine_path, write_quarantine
from registry.exchange.rows import Imported, import_rows, read_items
from registry.versions.issues import read_issues
from tests.exchange.findings import a_finding, an_mlflow_issue, rows_of, written

RECEIVED = datetime(2026, 3, 16, 9, tzinfo=UTC)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=2), max_leaves=3
)


def dojo(*items: Any) -> Imported:
    return import_rows(items, defectdojo.row_of)


def mlflow(*items: Any) -> Imported:
    return import_rows(items, mlflow_issues.row_of)


def only(imported: Imported) -> Any:
    (row,) = imported.rows.values()
    return row


def codes(imported: Imported) -> list[tuple[int, str, str]]:
    return [(row.row, row.column, row.reason_code) for row in imported.set_aside]


def test_of_no_findings_there_are_no_rows(tmp_path: Path) -> None:
    imported = dojo()
    assert (imported.rows, imported.set_aside, imported.of_rows) == ({}, (), 0)
    joined = join_file(tmp_path / "x.jsonl", imported, RECEIVED)
    assert joined.row_count == 0 and (tmp_path / "x.jsonl").read_bytes() == b""


@pytest.mark.parametrize("day", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_time_beyond_the_ends_of_the_calendar_is_set_aside_alone(day: str) -> None:
    imported = dojo(a_finding(1, date=day), a_finding(2))
    assert codes(imported) == [(1, "date", "no_date")] and imported.rows.keys() == {"dojo-2"}


@pytest.mark.parametrize("field", ["title", "description", "unique_id_from_tool", "component_name"])
def test_half_a_character_sets_its_row_aside_alone(field: str, tmp_path: Path) -> None:
    bad = json.loads(json.dumps(a_finding(None, file_path="", line=None, **{field: "cut \ud800"})))
    imported = dojo(bad, a_finding(2))
    assert [(row, code) for row, _, code in codes(imported)] == [(1, "no_unicode")] and imported.rows.keys() == {"dojo-2"}
    join_file(tmp_path / "x.jsonl", imported, RECEIVED)
    assert write_quarantine(tmp_path / "x.jsonl", "export", imported.set_aside)


def test_a_finding_becomes_a_row_of_texts() -> None:
    row = only(dojo(a_finding()))
    assert row["signal_id"] == "dojo-17" and row["state"] == "open" and row["verified"] == "yes"
    assert (row["place"], row["cwe"], row["occurred_at"]) == ("router/prompt.py:41", "1427", "2026-03-10")
    assert all(isinstance(value, str) for value in row.values())


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "open"),
        ({"active": None}, "open"),
        ({"active": "TRUE"}, "open"),
        ({"active": False}, "inactive"),
        ({"active": False, "is_mitigated": True}, "mitigated"),
        ({"risk_accepted": True}, "risk_accepted"),
        ({"out_of_scope": "true"}, "out_of_scope"),
        ({"duplicate": True, "risk_accepted": True}, "duplicate"),
        ({"false_p": True, "duplicate": True}, "false_positive"),
    ],
)
def test_what_the_other_program_knows_is_a_column_and_loses_no_row(changes: dict[str, Any], state: str) -> None:
    assert only(dojo(a_finding(**changes)))["state"] == state


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({"title": None}, "title", "no_text"),
        ({"title": "  "}, "title", "no_text"),
        ({"title": {"a": 1}}, "title", "no_text"),
        ({"severity": "Very bad"}, "severity", "unknown_severity"),
        ({"severity": None}, "severity", "no_text"),
        ({"date": "10.03.2026"}, "date", "no_date"),
        ({"date": "2026-02-30"}, "date", "no_date"),
        ({"active": "perhaps"}, "active", "no_flag"),
        ({"description": ["a"]}, "description", "no_text"),
    ],
)
def test_a_bad_finding_is_set_aside_with_row_field_and_reason_and_the_others_are_kept(
    changes: dict[str, Any], column: str, code: str
) -> None:
    imported = dojo(a_finding(1), a_finding(2, **changes), a_finding(3))
    assert codes(imported) == [(2, column, code)]
    assert "expected" in imported.set_aside[0].reason and imported.set_aside[0].reason.startswith(f"{column}: ")
    assert set(imported.rows) == {"dojo-1", "dojo-3"}


@pytest.mark.parametrize("rubbish", ["text", 3, None, [], True])
def test_what_is_no_object_is_set_aside(rubbish: Any) -> None:
    assert codes(dojo(rubbish, a_finding())) == [(1, "", "no_object")]


def test_a_finding_said_twice_is_one_and_one_that_contradicts_it_is_set_aside() -> None:
    imported = dojo(a_finding(), a_finding(), a_finding(title="another"))
    assert len(imported.rows) == 1 and imported.duplicate_count == 1
    assert codes(imported) == [(3, "signal_id", "conflicting_id")]


def test_the_id_is_the_programs_own_else_the_tools_else_that_of_the_content() -> None:
    generic = {"title": "Weak", "severity": "low", "active": True}
    assert only(dojo(a_finding(unique_id_from_tool="t")))["signal_id"] == "dojo-17"
    assert only(dojo({**generic, "unique_id_from_tool": "scan/9"}))["signal_id"] == "tool-scan/9"
    by_content = only(dojo(generic))["signal_id"]
    assert by_content.startswith("content-")
    assert only(dojo({**generic, "active": False, "severity": "High"}))["signal_id"] == by_content
    assert only(dojo({**generic, "file_path": "b.py"}))["signal_id"] != by_content


def test_importing_again_changes_nothing_and_keeps_when_it_was_received(tmp_path: Path) -> None:
    out = tmp_path / "data/dojo.jsonl"
    undated = a_finding(18, date=None)
    first = join_file(out, dojo(a_finding(), undated), RECEIVED)
    bytes_before = out.read_bytes()
    again = join_file(out, dojo(undated, a_finding()), RECEIVED + timedelta(days=3))
    assert (first.new_count, again.new_count, again.unchanged_count) == (2, 0, 2)
    assert out.read_bytes() == bytes_before


def test_a_finding_mitigated_since_is_said_anew_and_one_gone_since_stays(tmp_path: Path) -> None:
    out = tmp_path / "dojo.jsonl"
    join_file(out, dojo(a_finding(1), a_finding(2)), RECEIVED)
    joined = join_file(out, dojo(a_finding(1, is_mitigated=True), a_finding(3)), RECEIVED + timedelta(days=1))
    assert (joined.row_count, joined.new_count, joined.changed_count) == (3, 1, 1)
    states = {row["signal_id"]: (row["state"], row["received_at"][:10]) for row in rows_of(out)}
    assert states == {"dojo-1": ("mitigated", "2026-03-16"), "dojo-2": ("open", "2026-03-16"), "dojo-3": ("open", "2026-03-17")}


def test_a_file_that_no_import_wrote_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "complaints.jsonl"
    out.write_text('{"id": 1}\n')
    with pytest.raises(ConfigurationError, match=r"complaints\.jsonl:1: expected a finding that an import wrote"):
        join_file(out, dojo(a_finding()), RECEIVED)
    assert out.read_text() == '{"id": 1}\n'


def test_the_list_of_rows_set_aside_is_that_of_the_last_import_and_no_feed_reads_it(tmp_path: Path) -> None:
    out = tmp_path / "dojo.jsonl"
    assert write_quarantine(out, "e.json", ()) is None and not quarantine_path(out).exists()
    bad = dojo(a_finding(severity="?"))
    assert write_quarantine(out, "e.json", bad.set_aside) == quarantine_path(out)
    (row,) = json.loads(quarantine_path(out).read_text())["rows"]
    assert (row["row"], row["reason_code"]) == (1, "unknown_severity")
    assert write_quarantine(out, "e.json", ()) is None
    assert json.loads(quarantine_path(out).read_text())["rows"] == []


@pytest.mark.parametrize("content", ["", "{", "[" * 100_000, '{"findings": 3}', "3", '{"other": []}'])
def test_a_file_without_a_list_of_findings_is_refused_whole(tmp_path: Path, content: str) -> None:
    path = tmp_path / "export.json"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match="expected a JSON list of findings"):
        read_items(path, defectdojo.LISTS)


@pytest.mark.parametrize("key", ["results", "findings"])
def test_both_of_defectdojos_lists_are_read_and_so_is_a_bare_one(tmp_path: Path, key: str) -> None:
    assert read_items(written(tmp_path / "a.json", a_finding(), key=key), defectdojo.LISTS) == [a_finding()]
    (tmp_path / "b.json").write_text(json.dumps([a_finding()]))
    assert read_items(tmp_path / "b.json", defectdojo.LISTS) == [a_finding()]


def test_an_issue_of_mlflow_becomes_a_row() -> None:
    row = only(mlflow(an_mlflow_issue()))
    assert row["signal_id"] == "mlflow-iss-1" and row["occurred_at"] == "2026-03-10T10:00:00.000000Z"
    assert (row["severity"], row["state"], row["categories"]) == ("high", "pending", "hallucination")
    assert only(mlflow(an_mlflow_issue(severity=None)))["severity"] == "unrated"
    assert only(mlflow(an_mlflow_issue(created_timestamp="1773136800000")))["occurred_at"] == row["occurred_at"]


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"issue_id": ""}, "issue_id"),
        ({"name": None}, "name"),
        ({"status": "lost"}, "status"),
        ({"severity": "apocalyptic"}, "severity"),
        ({"created_timestamp": "soon"}, "created_timestamp"),
        ({"created_timestamp": 10**30}, "created_timestamp"),
        ({"categories": "one"}, "categories"),
    ],
)
def test_a_bad_issue_of_mlflow_is_set_aside(changes: dict[str, Any], column: str) -> None:
    imported = mlflow(an_mlflow_issue("a"), an_mlflow_issue("b") | changes)
    assert [row.column for row in imported.set_aside] == [column] and len(imported.rows) == 1


@given(st.lists(st.dictionaries(st.sampled_from(list(a_finding())), JSON_VALUES) | JSON_VALUES, max_size=6))
def test_whatever_is_handed_in_every_finding_is_a_row_a_repeat_or_set_aside(items: list[Any]) -> None:
    imported = dojo(*items, a_finding(999_999_999))
    assert len(imported.rows) + imported.duplicate_count + len(imported.set_aside) == len(items) + 1 == imported.of_rows
    assert "dojo-999999999" in imported.rows


@pytest.mark.parametrize("module", [defectdojo, mlflow_issues], ids=["defectdojo", "mlflow"])
def test_the_printed_lines_are_a_feed_that_the_catalogue_takes_and_name_columns_that_there_are(module: Any) -> None:
    (feed,) = yaml.safe_load(module.FEED.text("imported", "data/x.jsonl"))
    taken = Feed.model_validate(feed)
    row = only(dojo(a_finding()) if module is defectdojo else mlflow(an_mlflow_issue())) | {"received_at": "x"}
    columns = {
        taken.fields.signal_id,
        taken.fields.narrative,
        *taken.fields.segment.values(),
        *taken.fields.source_evidence,
        *taken.fingerprint,
    }
    assert columns <= set(row)


@pytest.fixture(scope="module")
def mlflow_uri(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the address of a database of MLflow with two issues."""
    from mlflow.entities.issue import IssueSeverity, IssueStatus
    from mlflow.tracking._tracking_service.utils import _get_store

    uri = f"sqlite:///{tmp_path_factory.mktemp('mlflow') / 'mlflow.db'}"
    store = _get_store(uri)
    experiment = store.create_experiment("chat")
    store.create_issue(
        experiment_id=experiment,
        name="Quotes a superseded fee",
        description="Three traces.",
        status=IssueStatus.PENDING,
        severity=IssueSeverity.HIGH,
        categories=["hallucination"],
    )
    store.create_issue(experiment_id=store.create_experiment("other"), name="Slow", description="p95", status=IssueStatus.RESOLVED)
    return uri


def test_issues_are_read_from_mlflow_itself(mlflow_uri: str) -> None:
    imported = mlflow(*read_issues(mlflow_uri, ""))
    assert sorted((row["title"], row["severity"], row["state"]) for row in imported.rows.values()) == [
        ("Quotes a superseded fee", "high", "pending"),
        ("Slow", "unrated", "resolved"),
    ]
    assert len(read_issues(mlflow_uri, "1")) == 1 and read_issues(mlflow_uri, "99") == []


def test_reading_makes_no_database_and_an_mlflow_out_of_reach_is_an_outage(tmp_path: Path) -> None:
    missing = tmp_path / "none.db"
    with pytest.raises(VersionsUnavailableError, match="expected a SQLite file"):
        read_issues(f"sqlite:///{missing}", "")
    assert not missing.exists()


def test_a_store_of_plain_files_keeps_no_issues(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="MLflow at"):
        read_issues(f"file://{tmp_path / 'mlruns'}", "")

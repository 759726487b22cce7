"""Wrong system files, each with its exact message: file, line, key, expected, found, fix."""

# ruff: noqa: E501 - a case and its exact message stand on one line
from __future__ import annotations

from pathlib import Path

import pytest

from registry.catalogue.loader import load_catalogue
from registry.errors import ConfigurationError
from tests.catalogue.workspaces import SYSTEM, a_workspace, changed

FILE = "systems/fraud_filter.yaml"
ROLES = (
    "'product_owner', 'business_process_owner', 'business_analyst', 'solution_architect', 'data_owner', 'knowledge_owner', 'model_owner', "
    "'evalops_owner', 'risk_compliance', 'model_risk', 'security_privacy', 'operations_lead', 'vendor_manager', 'frontline_champion' or "
    "'governance_lead'"
)
KEYS = "evaluation, exposure, id, kind, monitoring, name, owners, predictions, release, risk_tier, signals, timezone, vendors, versions"

BAD: list[tuple[str, str, str]] = [
    ("unknown key", changed("name: Fraud filter", "nam: Fraud filter\nname: Fraud filter"), f"2: nam: expected one of {KEYS}, found the unknown key 'nam'; did you mean 'name'?"),
    ("unknown key far from any", SYSTEM + "zzz: 1\n", f"14: zzz: expected one of {KEYS}, found the unknown key 'zzz'; remove it"),
    ("missing key", changed("kind: ml\n", ""), "1: kind: expected a value, found nothing; add this key"),
    ("alias", changed("impact: access", "impact: *same"), "11: signals[0].impact: expected plain values, found the alias *same; write the value out"),
    ("anchor", changed("impact: access", "impact: &same access"), "11: signals[0].impact: expected plain values, found the anchor &same; remove it and write the value out where it is used"),
    ("duplicate key", changed("kind: ml", "kind: ml\nkind: llm"), "4: kind: expected each key once, found it again (first on line 3); remove one of them"),
    ("unknown kind", changed("kind: ml", "kind: oracle"), "3: kind: expected 'ml', 'llm', 'rag', 'agent' or 'rules', found 'oracle'; use one of these"),
    ("unknown tier", changed("risk_tier: low", "risk_tier: L3"), "4: risk_tier: expected 'low', 'medium' or 'high', found 'L3'; use one of these"),
    ("unknown role", changed("operations_lead: ben", "boss: ben"), f"5: owners.boss: expected {ROLES}, found 'boss'; use one of these"),
    ("owner without a name", changed("ana@bank.example", "''"), "5: owners.product_owner: expected text that is not empty, found ''; correct it"),
    ("bad zone", SYSTEM + "timezone: Mars/Base\n", "14: timezone: expected an IANA time zone, found 'Mars/Base'; write one like Europe/Berlin or America/New_York"),
    ("vendor twice", SYSTEM + "vendors: [Example Scores, example scores]\n", "14: vendors: expected each vendor once, found 'example scores' again; remove one of them"),
    ("vendor without a name", SYSTEM + "vendors: ['']\n", "14: vendors[0]: expected text that is not empty, found ''; correct it"),
    ("unknown category", changed("category: complaint", "category: complaints"), "8: signals[0].category: expected 'complaint', 'appeal', 'override', 'expert_review', 'eval_failure', 'drift_alert', 'incident' or 'audit_finding', found 'complaints'; use one of these"),
    ("unknown impact", changed("impact: access", "impact: money"), "11: signals[0].impact: expected 'none', 'explanation', 'delay', 'repeat_effort', 'funds', 'access', 'privacy' or 'fairness', found 'money'; use one of these"),
    ("impact column without a map", changed("impact: access", "impact: {column: Issue}"), "11: signals[0].impact: expected a map from the column's texts to impacts, found none; add map: {text: impact}"),
    ("number as a column", changed("signal_id: Complaint ID", "signal_id: 7"), "10: signals[0].fields.signal_id: expected text, found the number 7; put it in quotes"),
    ("time without a column", changed("occurred_at: Date submitted", "occurred_at: {plus_days: 3}"), "10: signals[0].fields.occurred_at.column: expected a value, found nothing; add this key"),
    ("unknown opening rule", changed("opens_issue: spike", "opens_issue: always"), "13: signals[0].opens_issue: expected each, spike, never, or a list of each and spike, once each, found 'always'; write one of these"),
    ("never with a rule", changed("opens_issue: spike", "opens_issue: [never, each]"), "13: signals[0].opens_issue: expected each, spike, never, or a list of each and spike, once each, found 'never'; write one of these"),
    ("opening rule with numbers of its own", changed("opens_issue: spike", "opens_issue: {spike: {min_count: 3}}"), "13: signals[0].opens_issue.spike.min_count: expected no keys, found the unknown key 'min_count'; remove it"),
    ("source outside the roots", changed("data/complaints.csv", "../complaints.csv"), "9: signals[0].source.path: expected a path below an allowed source root (.), found '../complaints.csv'; move the file or allow its folder"),
    ("absolute source outside the roots", changed("data/complaints.csv", "/etc/complaints.csv"), "9: signals[0].source.path: expected a path below an allowed source root (.), found '/etc/complaints.csv'; move the file or allow its folder"),
    ("glob that climbs", changed("data/complaints.csv", "data/*/../../../complaints.csv"), "9: signals[0].source.path: expected a path below an allowed source root (.), found 'data/*/../../../complaints.csv'; move the file or allow its folder"),
    ("plain url", changed("data/complaints.csv", "https://bank.example/complaints.csv"), "9: signals[0].source: expected a file path, found 'https://bank.example/complaints.csv'; fetch the file first, or use a named connection"),
    ("unknown file kind", changed("data/complaints.csv", "data/complaints.xlsx"), "9: signals[0].source: expected a path ending in .csv, .csv.gz, .jsonl, .jsonl.gz, .parquet, found 'data/complaints.xlsx'; convert or rename the file"),
    ("unknown encoding", changed("{path: data/complaints.csv}", "{path: data/complaints.csv, encoding: utf-9}"), "9: signals[0].source.encoding: expected an encoding Python knows, found 'utf-9'; write one like utf-8 or latin-1"),
    ("two ways to read", changed("{path: data/complaints.csv}", "{path: data/complaints.csv, connection: crm}"), "9: signals[0].source: expected either path, or connection with query_file, found both or neither; write one of them"),
    ("unknown connection", changed("{path: data/complaints.csv}", "{connection: crm, query_file: proofloop.yaml}"), "9: signals[0].source.connection: expected a connection of proofloop.yaml (none), found 'crm'; add it there"),
    ("column name that is not ASCII", changed("fingerprint: [Issue]", "fingerprint: [Beschwerdegrün]"), "12: signals[0].fingerprint[0]: expected an ASCII column name, found 'Beschwerdegrün'; rename the column in the query or export"),
    ("stale after no days", changed("opens_issue: spike", "opens_issue: spike\n    max_stale_days: 0"), "14: signals[0].max_stale_days: expected a number of at least 1, found 0; correct it"),
    ("mlflow without a server", SYSTEM + "versions: {model: {mlflow_model: fraud}}\n", "14: versions.model: expected mlflow_uri in proofloop.yaml, found none; set it or use recorded"),
    ("version known in two ways", SYSTEM + "versions: {model: {mlflow_model: a, recorded: true}}\n", "14: versions.model: expected one of mlflow_model, mlflow_prompt, recorded, found several; write exactly one"),
    ("id unlike the file", changed("id: fraud_filter", "id: fraud"), "1: id: expected the file's name, 'fraud_filter', found 'fraud'; rename one of them"),
    ("id that is no name", changed("id: fraud_filter", "id: ../fraud"), "1: id: expected text matching ^[a-z][a-z0-9_-]{0,63}$, found '../fraud'; rename it"),
    ("monitoring that is no mapping", SYSTEM + "monitoring: weekly\n", "14: monitoring: expected a mapping, found 'weekly'; correct it"),
    ("a list instead of a system", "- a\n", "1: document: expected a mapping, found a list; correct it"),
]  # fmt: skip


@pytest.mark.parametrize(("system", "message"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_a_wrong_system_file_is_told_with_line_key_and_fix(tmp_path: Path, system: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_catalogue(a_workspace(tmp_path, system=system))
    assert caught.value.problems == [f"{FILE}:{message}"]


def test_a_workspace_without_systems_does_not_pass_as_an_empty_catalogue(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path)
    (tmp_path / FILE).unlink()
    with pytest.raises(ConfigurationError) as caught:
        load_catalogue(workspace)
    assert caught.value.problems == ["systems:1: document: expected at least one AI system, found none; create systems/<id>.yaml"]


def test_an_empty_system_file_lists_what_it_needs(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_catalogue(a_workspace(tmp_path, system=""))
    assert [problem.split(": ")[1] for problem in caught.value.problems] == ["id", "name", "kind", "risk_tier"]


def test_a_file_with_the_wrong_ending_is_not_silently_left_out(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_catalogue(a_workspace(tmp_path, {"systems/other.yml": SYSTEM}))
    assert caught.value.problems == ["systems/other.yml:1: document: expected a name ending in .yaml, found 'other.yml'; rename it"]


def test_two_feeds_of_one_name_are_refused(tmp_path: Path) -> None:
    feed = SYSTEM.split("signals:\n")[1]
    with pytest.raises(ConfigurationError) as caught:
        load_catalogue(a_workspace(tmp_path, system=SYSTEM + feed))
    assert caught.value.problems == [f"{FILE}:14: signals[1].name: expected each feed name once, found 'complaints' again; rename one"]


def test_a_feed_with_the_name_of_a_built_in_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_catalogue(a_workspace(tmp_path, system=SYSTEM.replace("name: complaints", "name: version_changes")))
    (problem,) = caught.value.problems
    assert "expected a name that no built-in feed has, found 'version_changes'; choose another" in problem


def test_only_a_watched_system_has_a_feed_of_drift_alerts_whose_name_is_taken(tmp_path: Path) -> None:
    named = SYSTEM.replace("name: complaints", "name: drift_alert")
    watched = """\
predictions:
  source: {path: data/predictions.csv}
  columns: {time: made, score: pd}
monitoring: {reference: {from: 2025-01-01, to: 2026-01-01}, window: month}
"""
    load_catalogue(a_workspace(tmp_path / "plain", system=named))

    with pytest.raises(ConfigurationError) as caught:
        load_catalogue(a_workspace(tmp_path / "watched", system=named + watched))
    (problem,) = caught.value.problems
    assert "expected a name that no built-in feed has, found 'drift_alert'; choose another" in problem


def test_a_query_outside_the_workspace_is_refused(tmp_path: Path) -> None:
    (tmp_path / "steal.sql").write_text("select 1")
    system = changed("{path: data/complaints.csv}", "{connection: crm, query_file: ../steal.sql}")
    with pytest.raises(ConfigurationError) as caught:
        load_catalogue(a_workspace(tmp_path / "w", system=system, settings="connections: {crm: 'sqlite:///crm.db'}\n"))
    assert caught.value.problems == [
        f"{FILE}:9: signals[0].source.query_file: expected a file inside the workspace, found '../steal.sql'; move the query into the workspace"
    ]


def test_problems_of_every_file_and_of_policy_overrides_come_together(tmp_path: Path) -> None:
    files = {"systems/other.yaml": SYSTEM, "policies/owners.yaml": "medum: {required: []}\n"}
    with pytest.raises(ConfigurationError) as caught:
        load_catalogue(a_workspace(tmp_path, files, system=changed("kind: ml", "kind: oracle")))
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["policies/owners.yaml", FILE, "systems/other.yaml"]

"""Loading a catalogue: every form a file may be written in becomes one value."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from registry.catalogue.loader import load_catalogue
from registry.catalogue.schema import System
from registry.documents import parse_document
from registry.domain.catalogue import FeedSpec, ImpactField, SystemEntry, TimeField, VersionSpec
from registry.domain.signal import CustomerImpact, Severity, SignalCategory
from tests.catalogue.workspaces import SYSTEM, a_workspace, changed

COMPLETE = """\
id: fraud_filter
name: Fraud filter
kind: ml
risk_tier: high
owners: {product_owner: ana@bank.example}
timezone: Europe/Berlin
vendors: [Example Scores Inc., Example Cloud]
versions: {model: {mlflow_model: fraud, alias: live}, prompt: {mlflow_prompt: p}, index: {recorded: true}, tool: {recorded: "1.2"}}
signals:
  - name: complaints
    category: complaint
    source: {path: data/*/complaints.csv.gz, encoding: latin-1, delimiter: ";"}
    where: "\\"Sub-product\\" = 'Government benefit card'"
    fields: {signal_id: Complaint ID, occurred_at: {column: Sent, format: "%d.%m.%Y"}, received_at: {column: Got, plus_days: 15},
             journey_step: Issue, narrative: Text, synthetic: Test, reproducible: Again, ai_system: Model,
             segment: {product: Product, channel: Via}, versions: {model: Version}, source_evidence: [Ticket]}
    impact: {column: Timely, map: {Yes: none, No: delay}, default: explanation}
    fingerprint: [Sub-product, Issue]
    known_values: {Timely: [Yes, No]}
    opens_issue: [spike, {each: {min_severity: L2}}]
    allowed_lateness_days: 15
    max_stale_days: 9
predictions: {source: {path: data/scored.parquet}, columns: {time: issued_on, score: score}}
monitoring: {reference: {from: 2009-01-01, to: 2010-05-01}, window: month}
evaluation:
  artifact: model
  set: {source: {path: eval/set.csv}, sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae, case_id: id}
  outcomes: {source: {path: eval/out.csv}, columns: {version: v, case_id: id}}
  metrics: [{name: grounded, kind: passed, column: grounded}]
"""


def _only(
    workspace_root: Path, system: str = SYSTEM, settings: str = "timezone: America/New_York\nmlflow_uri: 'sqlite:///m.db'\n"
) -> SystemEntry:
    (entry,) = load_catalogue(a_workspace(workspace_root, system=system, settings=settings))
    return entry


def _feed(workspace_root: Path, system: str = SYSTEM) -> FeedSpec:
    return _only(workspace_root, system).feeds[0]


def test_every_field_of_a_complete_feed_arrives(tmp_path: Path) -> None:
    feed = _feed(tmp_path, COMPLETE)
    assert feed == FeedSpec(
        name="complaints",
        category=SignalCategory.COMPLAINT,
        source=feed.source,
        signal_id="Complaint ID",
        occurred_at=TimeField("Sent", format="%d.%m.%Y"),
        received_at=TimeField("Got", plus_days=15),
        impact=ImpactField(None, "Timely", {"Yes": CustomerImpact.NONE, "No": CustomerImpact.DELAY}, CustomerImpact.EXPLANATION),
        where="\"Sub-product\" = 'Government benefit card'",
        journey_step="Issue",
        narrative="Text",
        synthetic="Test",
        reproducible="Again",
        ai_system="Model",
        segment={"product": "Product", "channel": "Via"},
        versions={"model": "Version"},
        source_evidence=("Ticket",),
        fingerprint=("Sub-product", "Issue"),
        known_values={"Timely": ("Yes", "No")},
        opens_each=True,
        each_min_severity=Severity.L2,
        opens_spike=True,
        allowed_lateness_days=15,
        max_stale_days=9,
    )
    assert (feed.source.path, feed.source.encoding, feed.source.delimiter) == ("data/*/complaints.csv.gz", "iso8859-1", ";")


def test_versions_are_known_by_alias_or_recorded(tmp_path: Path) -> None:
    assert _only(tmp_path, COMPLETE).versions == (
        VersionSpec("index"),
        VersionSpec("model", mlflow_model="fraud", alias="live"),
        VersionSpec("prompt", mlflow_prompt="p", alias="champion"),
        VersionSpec("tool", recorded="1.2"),
    )


def test_a_missing_required_owner_is_shown_and_does_not_stop_the_load(tmp_path: Path) -> None:
    assert _only(tmp_path, COMPLETE).missing_owners == ("operations_lead", "risk_compliance", "model_risk", "data_owner", "evalops_owner")


def test_a_tier_with_all_its_owners_misses_none(tmp_path: Path) -> None:
    assert _only(tmp_path).missing_owners == ()


def test_a_system_without_a_zone_takes_the_workspaces(tmp_path: Path) -> None:
    assert _only(tmp_path / "a").timezone == "America/New_York"
    assert _only(tmp_path / "b", COMPLETE).timezone == "Europe/Berlin"


def test_the_vendors_of_a_system_are_named_or_there_are_none(tmp_path: Path) -> None:
    assert _only(tmp_path / "a").vendors == ()
    assert _only(tmp_path / "b", COMPLETE).vendors == ("Example Scores Inc.", "Example Cloud")


@pytest.mark.parametrize(
    ("written", "each", "minimum", "spike"),
    [
        ("never", False, None, False),
        ("each", True, None, False),
        ("spike", False, None, True),
        ("{spike: {}}", False, None, True),
        ("{each: {min_severity: L1}}", True, Severity.L1, False),
        ("{each: {}, spike: {}}", True, None, True),
        ("[each, spike]", True, None, True),
        ("[{each: {min_severity: L4}}, spike]", True, Severity.L4, True),
    ],
)
def test_each_way_to_write_the_opening_rules(tmp_path: Path, written: str, each: bool, minimum: Severity | None, spike: bool) -> None:
    feed = _feed(tmp_path, changed("opens_issue: spike", f"opens_issue: {written}"))
    assert (feed.opens_each, feed.each_min_severity, feed.opens_spike) == (each, minimum, spike)


def test_feeds_that_read_the_same_file_share_a_source_and_others_do_not(tmp_path: Path) -> None:
    feed = SYSTEM.split("signals:\n")[1]
    again = feed.replace("name: complaints", "name: appeals").replace("data/complaints.csv", "./data/complaints.csv")
    other = feed.replace("name: complaints", "name: others").replace("data/complaints.csv", "old/complaints.csv")
    encoded = feed.replace("name: complaints", "name: encoded").replace("complaints.csv}", "complaints.csv, encoding: latin-1}")
    ids = [found.source.source_id for found in _only(tmp_path, SYSTEM + again + other + encoded).feeds]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
    assert all(name.startswith("complaints.csv-") for name in ids)


def test_a_source_below_a_root_outside_the_workspace_is_allowed_when_the_root_is(tmp_path: Path) -> None:
    system = changed("data/complaints.csv", "../shared/complaints*.csv")
    workspace = a_workspace(tmp_path / "w", system=system, settings="allowed_source_roots: [../shared]\n")
    assert load_catalogue(workspace)[0].feeds[0].source.path == "../shared/complaints*.csv"


def test_a_named_connection_with_a_reviewed_query_is_a_source(tmp_path: Path) -> None:
    system = changed("{path: data/complaints.csv}", "{connection: crm, query_file: sql/complaints.sql}")
    files = {"sql/complaints.sql": "select 1"}
    workspace = a_workspace(tmp_path, files, system=system, settings="connections: {crm: 'sqlite:///crm.db'}\n")
    source = load_catalogue(workspace)[0].feeds[0].source
    assert (source.connection, source.query_file, source.source_id.rsplit("-", 1)[0]) == ("crm", "sql/complaints.sql", "crm-complaints.sql")


def test_systems_come_sorted_by_id(tmp_path: Path) -> None:
    files = {f"systems/{name}.yaml": SYSTEM.replace("fraud_filter", name) for name in ("zeta", "alpha")}
    assert [entry.system_id for entry in load_catalogue(a_workspace(tmp_path, files))] == ["alpha", "fraud_filter", "zeta"]


def test_the_digest_follows_what_is_written_and_not_how(tmp_path: Path) -> None:
    digest = _only(tmp_path / "a").digest
    assert _only(tmp_path / "b", "# a comment\n" + SYSTEM).digest == digest
    assert _only(tmp_path / "c", changed("kind: ml", "kind: llm")).digest != digest


def test_a_system_without_feeds_is_loaded_as_such(tmp_path: Path) -> None:
    assert _only(tmp_path, SYSTEM.split("signals:\n")[0]).feeds == ()


@pytest.mark.parametrize("text", [SYSTEM, COMPLETE, changed("opens_issue: spike", "opens_issue: never")])
def test_the_json_schema_accepts_what_the_loader_accepts(text: str) -> None:
    jsonschema.validate(parse_document(text, "x.yaml").value, System.model_json_schema())


@pytest.mark.parametrize("opening", ["always", "[never]", "{spyke: {}}", "[]"])
def test_the_json_schema_refuses_what_the_loader_refuses(tmp_path: Path, opening: str) -> None:
    text = changed("opens_issue: spike", f"opens_issue: {opening}")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(parse_document(text, "x.yaml").value, System.model_json_schema())
    with pytest.raises(ValueError, match="opens_issue"):
        System.model_validate(parse_document(text, "x.yaml").value)

"""init, check, schema, doctor: the commands about a workspace itself."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from deployments.cli.doctor import Examined, examine
from deployments.cli.examples import EXAMPLES
from deployments.cli.init import workspace_files
from deployments.cli.schema import KINDS, schema_of
from registry.catalogue.loader import load_catalogue
from registry.documents import parse_document
from registry.domain.canonical import plain
from registry.settings import Workspace, load_workspace
from tests.builders import a_signal
from tests.builders_triage import a_triage_day
from tests.catalogue.workspaces import SYSTEM, a_workspace, changed, write_workspace
from tests.cli.calling import call, fill_ledger

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize("example", list(EXAMPLES))
def test_a_new_workspace_passes_its_own_check(capsys: pytest.CaptureFixture[str], tmp_path: Path, example: str) -> None:
    assert call(capsys, "init", tmp_path / "w", "--example", example).code == 0
    called = call(capsys, "--workspace", tmp_path / "w", "check")
    assert (called.code, called.err) == (0, "")
    assert "1 systems, 1 feeds" in called.out
    assert "not operable" not in called.out


@pytest.mark.parametrize("example", list(EXAMPLES))
def test_every_dependency_of_a_new_workspace_answers(capsys: pytest.CaptureFixture[str], tmp_path: Path, example: str) -> None:
    call(capsys, "init", tmp_path, "--example", example)
    before = sorted((tmp_path / ".state").rglob("*"))
    called = call(capsys, "--workspace", tmp_path, "doctor", "--json")
    assert (called.code, called.document["verdict"]) == (0, "pass")
    assert sorted((tmp_path / ".state").rglob("*")) == before


def test_the_same_day_gives_the_same_workspace() -> None:
    assert workspace_files("cards", TODAY) == workspace_files("cards", TODAY)


def test_the_example_data_end_the_day_before(tmp_path: Path) -> None:
    rows = workspace_files("cards", TODAY)["data/complaints.csv"].splitlines()[1:]
    assert max(row.split(",")[2] for row in rows) == "2026-11-20"
    assert len({row.split(",")[0] for row in rows}) == len(rows)


def test_init_overwrites_nothing_and_writes_nothing_when_a_file_is_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "allowed_signers").write_text("mine", encoding="utf-8")
    called = call(capsys, "init", tmp_path)
    assert called.code == 2
    assert "allowed_signers: expected no such file, found one; choose another folder or remove it" in called.err
    assert [path.name for path in tmp_path.iterdir()] == ["allowed_signers"]


def test_init_adds_to_the_gitignore_of_a_repository(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("build/\n", encoding="utf-8")
    assert call(capsys, "init", tmp_path).code == 0
    assert (tmp_path / ".gitignore").read_text(encoding="utf-8") == "build/\n.state/\n"


def test_the_files_of_a_new_workspace_match_the_schemas_it_brings(tmp_path: Path) -> None:
    files = workspace_files("assistant", TODAY)
    for name, schema in (("proofloop.yaml", "workspace"), ("systems/service_assistant.yaml", "system")):
        jsonschema.validate(parse_document(files[name], name).value, json.loads(files[f"schemas/{schema}.json"]))


def test_check_names_a_system_without_its_owners_as_not_operable(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write_workspace(tmp_path, system=changed("risk_tier: low", "risk_tier: medium"))
    called = call(capsys, "--workspace", tmp_path, "check")
    assert called.code == 0
    assert "  fraud_filter: not operable: no risk_compliance" in called.out.splitlines()
    assert call(capsys, "--workspace", tmp_path, "check", "--json").document["systems"][0]["missing_owners"] == ["risk_compliance"]


def test_check_refuses_a_suppression_of_a_system_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    entry = "{id: a, owner: b, reason: long enough, expires_on: 2030-01-01, mode: monitor, system: other, match: {Issue: c}}"
    write_workspace(tmp_path, {"suppressions.yaml": f"suppressions:\n  - {entry}\n"})
    called = call(capsys, "--workspace", tmp_path, "check")
    assert called.code == 2
    assert "suppressions[0].system: expected one of fraud_filter, found 'other'; correct the system" in called.err


EVALUATED = """\
versions: {model: {recorded: true}}
evaluation:
  artifact: model
  set: {source: {path: eval/set.csv}, sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae, case_id: id}
  outcomes: {source: {path: eval/out.csv}, columns: {version: v, case_id: id}}
  metrics: [{name: grounded, kind: passed, column: grounded}]
"""


def test_check_counts_the_systems_whose_candidates_are_evaluated(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write_workspace(tmp_path / "plain")
    assert "evaluated" not in call(capsys, "--workspace", tmp_path / "plain", "check").out
    write_workspace(tmp_path / "gated", system=SYSTEM + EVALUATED)
    assert "1 systems, 1 feeds, 1 evaluated, policies" in call(capsys, "--workspace", tmp_path / "gated", "check").out
    assert call(capsys, "--workspace", tmp_path / "gated", "check", "--json").document["systems"][0]["evaluated"] is True


def test_doctor_reaches_the_locked_set_and_the_outcomes(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path, {"eval/set.csv": "id\n1\n"}, system=SYSTEM + EVALUATED)
    found = {one.name.partition("-")[0]: one for one in examine(workspace, load_catalogue(workspace), {}).examined}
    assert (found["evaluation set.csv"].works, found["evaluation out.csv"].works) == (True, False)
    assert found["evaluation out.csv"].affects == "no candidate of fraud_filter can be judged"


RELEASED = """\
release:
  object_type: prompt
  purpose: Answering
  cards: {model_card: cards/model.md, system_card: cards/system.md}
  records: {rollback_drill: drill.yaml}
  error_budget: {source: {path: outages.csv}, day: day, minutes: minutes}
"""


def test_check_counts_the_systems_whose_candidates_are_released(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write_workspace(tmp_path, system=SYSTEM + EVALUATED + RELEASED)
    assert "1 systems, 1 feeds, 1 evaluated, 1 released, policies" in call(capsys, "--workspace", tmp_path, "check").out
    assert call(capsys, "--workspace", tmp_path, "check", "--json").document["systems"][0]["released"] is True


def test_doctor_reaches_cards_records_and_the_tables_of_releases(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path, {"cards/model.md": "# Card\n", "outages.csv": "day\n1\n"}, system=SYSTEM + EVALUATED + RELEASED)
    found = {one.name: one for one in examine(workspace, load_catalogue(workspace), {}).examined if one.name.startswith("release ")}
    works = {name.removeprefix("release ").partition("-")[0]: one.works for name, one in found.items()}
    assert works == {
        "fraud_filter model_card": True,
        "fraud_filter system_card": False,
        "fraud_filter rollback_drill": False,
        "outages.csv": True,
    }
    missing = found["release fraud_filter system_card"]
    assert missing.affects == "no release of fraud_filter passes its gates"
    assert missing.found == "cards/system.md: expected a file, found none; write it, or correct its path in the catalogue under release"


def test_check_online_says_what_would_not_work(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write_workspace(tmp_path)
    called = call(capsys, "--workspace", tmp_path, "check", "--online")
    assert called.code == 4
    assert "fraud_filter/complaints would be reported as not looked at, and no day passes" in called.out


def test_check_online_looks_for_the_columns_in_which_decisions_are_counted(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    exposure = "exposure: {source: {path: data/decisions.csv}, time: Decided}\n"
    write_workspace(tmp_path, {"data/decisions.csv": "decided\n2026-03-06\n"}, system=SYSTEM + exposure)
    assert call(capsys, "--workspace", tmp_path, "check").code == 0
    called = call(capsys, "--workspace", tmp_path, "check", "--online")
    assert called.code == 4
    assert "expected the columns that exposure names, found none called 'Decided' (did you mean 'decided'?)" in called.out
    assert "nobody knows how much silence about fraud_filter/complaints weighs after a fix, and no window of them is clean" in called.out
    (tmp_path / "data/decisions.csv").write_text("Decided\n2026-03-06\n")
    assert "has Decided" in call(capsys, "--workspace", tmp_path, "check", "--online").out


def test_doctor_puts_what_is_down_first_and_names_who_needs_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write_workspace(tmp_path)
    called = call(capsys, "--workspace", tmp_path, "doctor")
    lines = called.out.splitlines()
    assert called.code == 4
    working, _, count = lines[0].removesuffix(" dependencies work").partition(" of ")
    assert int(count) - int(working) == 1
    assert lines[1].startswith("  DOWN  source complaints.csv-")
    assert "expected a file, found none; check source.path and that the export ran" in lines[1]


def test_doctor_finds_the_ledger_that_is_there(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path, {"data/complaints.csv": "Complaint ID\n1\n"})
    fill_ledger(workspace)
    ledger, source = examine(workspace, load_catalogue(workspace), {}).examined[0], _source(workspace)
    assert (ledger.name, ledger.found) == ("ledger", "0 events, schema as expected")
    assert (source.name.split("-")[0], source.found) == ("source complaints.csv", "1 file, 15 bytes")


def test_doctor_tells_a_ledger_file_that_is_something_else(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path)
    workspace.state_dir.mkdir()
    (workspace.state_dir / "ledger.db").write_text("not a database, but long enough to be taken for one" * 20, encoding="utf-8")
    ledger = examine(workspace, (), {}).examined[0]
    assert (ledger.name, ledger.works) == ("ledger", False)


def test_doctor_tells_a_variable_that_is_not_set(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path, settings="ledger_url: ${LEDGER_URL}\n")
    ledger = examine(workspace, (), {}).examined[0]
    assert ledger.found == (
        "proofloop.yaml:1: ledger_url: expected the environment variable LEDGER_URL to be set, found nothing; export it before running"
    )


def test_doctor_tells_servers_that_do_not_answer(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path, settings="mlflow_uri: http://127.0.0.1:9\n")
    health = examine(workspace, (), {"PREFECT_API_URL": "http://127.0.0.1:9/api"})
    down = {one.name: one.found for one in health.examined if not one.works}
    assert health.exit_code == 4
    assert down == {
        "mlflow": "mlflow: expected an answer, found: [Errno 111] Connection refused; check mlflow_uri and that its server runs",
        "prefect": "prefect: expected a server at PREFECT_API_URL, found: [Errno 111] Connection refused; "
        "start it, or correct the URL or PREFECT_API_AUTH_STRING",
    }


def test_doctor_starts_the_query_of_a_connection(tmp_path: Path) -> None:
    system = changed("{path: data/complaints.csv}", "{connection: crm, query_file: sql/complaints.sql}")
    settings = f"connections: {{crm: 'sqlite:///{tmp_path}/crm.db'}}\n"
    workspace = a_workspace(tmp_path, {"sql/complaints.sql": "select 1 as one"}, system=system, settings=settings)
    source = _source(workspace)
    assert (source.works, source.found) == (True, "connection crm answers the query sql/complaints.sql")
    (tmp_path / "sql/complaints.sql").write_text("select nothing from nowhere", encoding="utf-8")
    assert not _source(workspace).works


def _source(workspace: Workspace) -> Examined:
    (found,) = (one for one in examine(workspace, load_catalogue(workspace), {}).examined if one.name.startswith("source "))
    return found


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_schema_is_a_schema_and_one_json_document(capsys: pytest.CaptureFixture[str], kind: str) -> None:
    called = call(capsys, "schema", kind)
    jsonschema.Draft202012Validator.check_schema(called.document)
    assert (called.code, called.document["title"]) == (0, kind)


def test_the_schema_of_a_decision_accepts_what_is_written_and_refuses_another_verdict() -> None:
    written = plain(a_triage_day())
    jsonschema.validate(written, schema_of("triage_decision"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**written, "verdict": "maybe"}, schema_of("triage_decision"))


def test_the_schema_of_a_signal_accepts_what_is_written() -> None:
    jsonschema.validate(plain(a_signal()), schema_of("signal"))


def test_the_workspace_schema_refuses_a_key_the_loader_refuses(tmp_path: Path) -> None:
    load_workspace(write_workspace(tmp_path, system=SYSTEM))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"ledger_ur": "x"}, schema_of("workspace"))

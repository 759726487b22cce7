"""proofloop.yaml and finding the workspace: defaults, secrets by reference, roots."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from registry.errors import ConfigurationError, WorkspaceNotFoundError
from registry.settings import find_workspace, load_workspace
from tests.catalogue.workspaces import a_workspace, write_workspace


def test_an_empty_settings_file_is_a_working_workspace(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path, settings="")
    assert workspace.ledger_url({}) == f"sqlite:///{tmp_path.resolve()}/.state/ledger.db"
    assert workspace.archive_dir == tmp_path.resolve() / ".state/archive"
    assert workspace.mlflow_uri({}) is None
    assert workspace.settings.timezone == "UTC"


def test_the_workspace_is_found_from_a_folder_below_it(tmp_path: Path) -> None:
    write_workspace(tmp_path)
    below = tmp_path / "systems"
    assert find_workspace(below, None, {}).root == tmp_path.resolve()


def test_the_option_wins_over_the_environment_and_that_over_the_folder(tmp_path: Path) -> None:
    here, named, optional = (write_workspace(tmp_path / name) for name in ("here", "named", "optional"))
    environ = {"PROOFLOOP_WORKSPACE": str(named)}
    assert find_workspace(here, None, {}).root == here.resolve()
    assert find_workspace(here, None, environ).root == named.resolve()
    assert find_workspace(here, optional, environ).root == optional.resolve()


def test_a_named_folder_without_a_workspace_is_refused_even_below_one(tmp_path: Path) -> None:
    write_workspace(tmp_path)
    (tmp_path / "other").mkdir()
    with pytest.raises(WorkspaceNotFoundError, match=r"found no proofloop\.yaml"):
        find_workspace(tmp_path, tmp_path / "other", {})


def test_no_workspace_upwards_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceNotFoundError, match="run `proofloop init`, use --workspace or set PROOFLOOP_WORKSPACE"):
        find_workspace(tmp_path, None, {})


def test_what_if_variables_replace_the_state_and_the_overrides(tmp_path: Path) -> None:
    write_workspace(tmp_path / "w")
    environ = {"PROOFLOOP_STATE": str(tmp_path / "scratch"), "PROOFLOOP_POLICIES": str(tmp_path / "stricter")}
    workspace = find_workspace(tmp_path / "w", None, environ)
    assert workspace.policies_dir == tmp_path / "stricter"
    assert workspace.ledger_url({}) == f"sqlite:///{tmp_path / 'scratch'}/ledger.db"
    assert workspace.archive_dir == tmp_path / "scratch/archive"
    assert workspace.spool_dir == tmp_path / "scratch/spool"


def test_a_secret_is_filled_in_only_when_asked_for_and_never_kept(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path, settings="connections: {crm: 'postgresql://reader:${CRM_PASSWORD}@crm.example/crm'}\n")
    assert workspace.connection_url("crm", {"CRM_PASSWORD": "s3cret"}) == "postgresql://reader:s3cret@crm.example/crm"
    assert "s3cret" not in repr(workspace)


def test_a_variable_that_is_not_set_is_named_with_its_line(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path, settings="timezone: UTC\nconnections:\n  crm: ${CRM_URL}\n")
    with pytest.raises(ConfigurationError) as caught:
        workspace.connection_url("crm", {"CRM_URL": ""})
    assert caught.value.problems == [
        "proofloop.yaml:3: connections.crm: expected the environment variable CRM_URL to be set, found nothing; export it before running"
    ]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:hunter2@h/db",
        "postgresql+psycopg://u:${A}hunter2@h/db",
        "postgresql://h/db?user=u&password=hunter2",
        "https://:hunter2@mlflow.example",
        "postgresql://u:hunter/2@h/db",
        "postgresql://u:hunter@2@h/db",
    ],
)
def test_a_password_written_out_is_refused_and_not_repeated(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        a_workspace(tmp_path, settings=f"ledger_url: '{url}'\n")
    assert caught.value.problems == [
        "proofloop.yaml:1: ledger_url: expected a password only as ${NAME}, found one written out; "
        "put it in an environment variable and write ${NAME}, then change it"
    ]


@pytest.mark.parametrize("url", ["sqlite:////data/a:b@c.db", "postgresql://u:${P}@h/db", "postgresql://u@h:5432/db", "${LEDGER_URL}"])
def test_a_url_without_a_literal_password_is_accepted(tmp_path: Path, url: str) -> None:
    assert a_workspace(tmp_path, settings=f"ledger_url: '{url}'\n").settings.ledger_url == url


def test_a_narrative_key_written_out_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"narrative_key: expected a reference like \$\{NAME\}, found a secret written out"):
        a_workspace(tmp_path, settings="narrative_key: 0123456789abcdef\n")


def test_the_narrative_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path)
    first = workspace.narrative_key({})
    path = workspace.state_dir / "narrative.key"
    assert len(first) == 64
    assert workspace.narrative_key({}) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["narrative.key"]


def test_a_configured_narrative_key_comes_from_the_environment(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path, settings="narrative_key: ${NARRATIVE_KEY}\n")
    assert workspace.narrative_key({"NARRATIVE_KEY": "k"}) == b"k"
    assert not workspace.state_dir.exists()


def test_a_link_that_leads_out_of_the_roots_is_not_an_allowed_source(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    workspace = a_workspace(tmp_path / "w", settings="allowed_source_roots: [data]\n")
    (tmp_path / "w/data").mkdir()
    (tmp_path / "w/data/link").symlink_to(outside)
    assert workspace.is_allowed_source(Path("data/complaints.csv"))
    assert not workspace.is_allowed_source(Path("data/link/complaints.csv"))
    assert not workspace.is_allowed_source(Path("data/../proofloop.yaml"))


def test_every_problem_of_the_settings_is_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    settings = """\
ledger_ur: sqlite:///x.db
timezone: Mars/Base
limits: {max_rows: many, max_columns: 0}
allowed_source_roots: []
archive_dir: 3
anchor_command: git push
connections: {CRM: sqlite:///x.db}
"""
    with pytest.raises(ConfigurationError) as caught:
        a_workspace(tmp_path, settings=settings)
    keys = (
        "allowed_source_roots, anchor_command, anchor_timeout_seconds, archive_address, archive_copies, archive_dir, connections, "
        "ledger_url, limits, mlflow_uri, narrative_key, scoring, sealing, timezone"
    )
    assert caught.value.problems == [
        f"proofloop.yaml:1: ledger_ur: expected one of {keys}, found the unknown key 'ledger_ur'; did you mean 'ledger_url'?",
        "proofloop.yaml:2: timezone: expected an IANA time zone, found 'Mars/Base'; write one like Europe/Berlin or America/New_York",
        "proofloop.yaml:3: limits.max_rows: expected a whole number, found 'many'; correct it",
        "proofloop.yaml:3: limits.max_columns: expected a number of at least 1, found 0; correct it",
        "proofloop.yaml:4: allowed_source_roots: expected at least 1 entries, found 0; add what is missing or remove the key",
        "proofloop.yaml:5: archive_dir: expected text, found the number 3; put it in quotes",
        "proofloop.yaml:6: anchor_command: expected a list, found 'git push'; correct it",
        "proofloop.yaml:7: connections.CRM: expected text matching ^[a-z][a-z0-9_-]{0,63}$, found 'CRM'; rename it",
    ]


@pytest.mark.parametrize("zone", ["../../etc/passwd", "right/Europe/Berlin", "localtime", "UTC+1", ""])
def test_a_zone_that_names_no_civil_zone_is_refused(tmp_path: Path, zone: str) -> None:
    with pytest.raises(ConfigurationError, match="expected an IANA time zone"):
        a_workspace(tmp_path, settings=f"timezone: '{zone}'\n")


def test_settings_that_are_not_a_mapping_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_workspace(write_workspace(tmp_path, settings="- a\n"))
    assert caught.value.problems == ["proofloop.yaml:1: document: expected a mapping, found a list; correct it"]

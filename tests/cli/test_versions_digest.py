"""The line by which a model may be listed, as the command prints it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from registry.versions.scoring_allowed import digest_model
from tests.catalogue.workspaces import SYSTEM, write_workspace
from tests.cli.calling import call
from tests.versions.scoring_models import DOUBLED, a_model, registered


@pytest.fixture
def root(tmp_path: Path) -> Path:
    uri = f"sqlite:///{tmp_path}/m.db"
    registered(uri, "fraud", a_model(tmp_path / "model", DOUBLED, load="raise RuntimeError('run')"))
    system = SYSTEM + "versions: {model: {mlflow_model: fraud}, policy: {recorded: true}}\n"
    return write_workspace(tmp_path / "bank", system=system, settings=f"mlflow_uri: {uri}\n")


def asked(capsys: pytest.CaptureFixture[str], root: Path, *words: str) -> tuple[int, str]:
    done = call(capsys, "--workspace", root, *words[:-3], "versions", "digest", *words[-3:])
    return done.code, done.out + done.err


def test_the_digest_of_a_version_is_printed_as_its_line_and_nothing_of_it_is_run(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    digest = digest_model(root.parent / "model")
    assert asked(capsys, root, "fraud_filter", "model", "1") == (0, f"{digest}  fraud 1\n")
    code, said = asked(capsys, root, "--json", "fraud_filter", "model", "1")
    assert (code, json.loads(said)["digest"]) == (0, digest)


@pytest.mark.parametrize(("artifact", "version"), [("policy", "1"), ("model", "2"), ("model", "@champion")])
def test_what_names_no_model_is_refused(root: Path, artifact: str, version: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = asked(capsys, root, "fraud_filter", artifact, version)
    assert (code, "expected a" in said) == (2, True)

"""The guide "Put a candidate in force, and go back", typed as it stands into a shell in an empty folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.guides.shell import asked_of, typed_guide

GUIDE = Path(__file__).parents[2] / "docs/guides/release.md"


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the workspace that following the guide leaves, and everything the shell said."""
    folder = tmp_path_factory.mktemp("guide")
    said = typed_guide(GUIDE, folder)
    return folder / "my-bank", said


def test_no_command_of_the_guide_is_misunderstood(typed: tuple[Path, str]) -> None:
    said = [line for line in typed[1].splitlines() if re.match(r"proofloop: |sh: |awk: |sed: |date: |ssh-keygen: |Traceback", line)]
    assert not said


def test_gate_and_release_pass_and_what_is_not_signed_yet_is_not_put_in_force(typed: tuple[Path, str]) -> None:
    said = typed[1]
    assert re.findall(r"^(PASS|FAIL|INCONCLUSIVE)\b", said, re.MULTILINE) == ["PASS", "PASS"]
    assert (
        said.index("missing governance_lead") < said.index("not yet, exit code 1") < said.index("model 2.4.0 is in force in place of 2.3.0")
    )
    assert said.count("refused:") == 1


def test_the_version_before_serves_again_at_the_end(typed: tuple[Path, str]) -> None:
    assert "rollback of card_fraud_filter: model 2.3.0 is in force in place of 2.4.0" in typed[1]
    (release,) = asked_of(typed[0], "release", "list")["releases"]
    assert (release["verdict"], len(release["sign_offs"]), len(release["switches"])) == ("pass", 2, 1)


def test_the_page_that_was_written_at_the_end_has_both_signatures(typed: tuple[Path, str]) -> None:
    page = (typed[0] / "release.html").read_text(encoding="utf-8")
    assert "2 of 2" in page and "Overridden" not in page
    for name in ("product.owner@bank.example", "governance@bank.example"):
        assert f"{name}, signed" in page


def test_everything_that_the_guide_leaves_verifies_and_is_judged_the_same_again(typed: tuple[Path, str]) -> None:
    assert asked_of(typed[0], "evidence", "verify")["verdict"] == "pass"
    assert asked_of(typed[0], "evidence", "recompute", "--all")["verdict"] == "pass"

"""From nothing to a sealed day: the commands one after the other, with the real flow, ledger and archive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deployments.cli.examples import EXAMPLES
from tests.cli.calling import call


@pytest.mark.parametrize("example", list(EXAMPLES))
def test_a_new_workspace_runs_as_it_is(capsys: pytest.CaptureFixture[str], tmp_path: Path, example: str) -> None:
    root = tmp_path / "w"
    call(capsys, "init", root, "--example", example)
    first = call(capsys, "--workspace", root, "triage", "--json")
    # The first day of a system has no past: nothing is wrong, and yet no rise could be told.
    assert (first.code, first.document["verdict"], first.document["evidence"]["seal"]) == (3, "inconclusive", 1)
    assert {reason["code"] for reason in first.document["reasons"]} == {"baseline_too_short"}
    assert first.document["feeds"][0]["received_count"] > 0

    again = call(capsys, "--workspace", root, "triage", "--json")
    assert again.document == {**first.document, "repeated": True}

    assert call(capsys, "--workspace", root, "report", first.document["business_date"]).out.strip() == first.document["report"]
    verified = call(capsys, "--workspace", root, "evidence", "verify", "--json")
    assert (verified.code, verified.document["packages"], verified.document["unsealed_events"]) == (0, 1, 0)


def test_a_what_if_leaves_the_workspace_as_it_was(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    call(capsys, "init", tmp_path)
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    called = call(capsys, "--workspace", tmp_path, "replay", "--from", yesterday, "--to", yesterday, "--dry-run", "--json")
    assert [day["evidence"]["seal"] for day in called.document["days"]] == [1]
    assert sorted(path.name for path in (tmp_path / ".state").iterdir()) == ["sealing_key", "sealing_key.pub"]


def test_a_dry_run_records_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    call(capsys, "init", tmp_path)
    called = call(capsys, "--workspace", tmp_path, "triage", "--dry-run", "--json")
    assert called.document["evidence"] == {"seal": 0, "digest": ""}
    assert not (tmp_path / ".state/archive").exists()
    assert call(capsys, "--workspace", tmp_path, "issue", "list", "--json").document.get("issues", []) == []


def test_an_unknown_system_is_told_with_the_known_ones(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    call(capsys, "init", tmp_path)
    called = call(capsys, "--workspace", tmp_path, "triage", "--system", "card_fruad_filter")
    assert called.code == 2
    assert "card_fraud_filter" in called.err


def test_a_feed_that_is_gone_never_passes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    call(capsys, "init", tmp_path)
    (tmp_path / "data/complaints.csv").unlink()
    called = call(capsys, "--workspace", tmp_path, "triage", "--json")
    assert called.code != 0
    assert called.document["feeds"][0]["status"] == "errored"

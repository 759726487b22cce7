"""The demonstration's candidates, taken through the flows as the command does: what is in force then, and what the archive keeps."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployments.cli.demo_releases import play_releases
from deployments.cli.running import run_triage, scheduled_instant
from deployments.demo.candidates import BETTER, PEOPLE, WORSE_FOR_BROKERS
from deployments.demo.generator import deliver_day, write_workspace
from deployments.demo.people import KEYS
from deployments.demo.rows import ZONE
from deployments.demo.story import VERSION_CHANGES
from registry.sealing import KEY_NAME, make_sealing_key
from registry.settings import SIGNERS_FILE, STATE_FOLDER
from tests.cli.calling import call
from tests.demo.comparing import not_ok
from tests.demo.true_replay import true_days


def test_the_better_candidate_goes_all_the_way_and_back_and_the_worse_one_is_held(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_workspace(tmp_path)
    make_sealing_key(tmp_path / STATE_FOLDER / KEY_NAME, tmp_path / SIGNERS_FILE)
    changed_on = max(change.on for change in VERSION_CHANGES)
    deliver_day(tmp_path, changed_on)
    run_triage(tmp_path, ("credit_model",), scheduled_instant(changed_on, ZONE))
    released, held = play_releases(tmp_path)
    assert not_ok(true_days(), releases={BETTER: released, WORSE_FOR_BROKERS: held}) == set()
    assert all(page.is_file() for one in (released, held) for page in one.pages)
    assert {path.name for path in (tmp_path / KEYS).glob("*.pub")} == {f"{role}.pub" for role in PEOPLE}
    assert call(capsys, "--workspace", tmp_path, "evidence", "verify").code == 0

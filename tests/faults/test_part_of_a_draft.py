"""A draft that was half removed when its run was killed: sealed already, so nothing of it stays and nothing waits for it."""

from __future__ import annotations

import shutil

import pytest

from registry.evidence.packages import list_packages
from tasks.evidence import drafts_dir
from tests.faults.busy_days import TUESDAY, Whole, whole_of
from tests.faults.forked_days import Days, Kill
from tests.flows.workspaces import MONDAY, Bank


def leave_part_of_the_draft(bank: Bank, kept: int) -> None:
    """Put back what a removal leaves that was killed before its last ``kept`` files."""
    package = list_packages(bank.workspace.archive_dir)[-1]
    part = drafts_dir(bank.workspace) / package.seal.bundle_digest.removeprefix("sha256:")
    part.mkdir()
    for path in sorted(package.path.iterdir())[:kept]:
        shutil.copy(path, part)


@pytest.mark.parametrize("kept", [0, 1, 3])
def test_a_half_removed_draft_is_removed_by_the_run_that_ticks_its_package_off(
    bank: Bank, days: Days, undisturbed: Whole, kept: int
) -> None:
    assert days.run(bank.root, [MONDAY, TUESDAY], Kill("before_tick", 2)) == [-9]
    leave_part_of_the_draft(bank, kept)
    assert days.run(bank.root, [MONDAY, TUESDAY]) == [0]
    assert whole_of(bank) == undisturbed


def test_a_half_removed_draft_does_not_stop_a_pipeline_whose_packages_another_account_seals(
    bank: Bank, days: Days, undisturbed: Whole
) -> None:
    assert days.run(bank.root, [MONDAY, TUESDAY]) == [0]
    leave_part_of_the_draft(bank, 1)
    settings = bank.root / "proofloop.yaml"
    before = settings.read_text()
    settings.write_text(f"{before}\nsealing: {{by: sealer}}\n")
    assert days.run(bank.root, [TUESDAY]) == [0]
    settings.write_text(before)
    assert whole_of(bank) == undisturbed

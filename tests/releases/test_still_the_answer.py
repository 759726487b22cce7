"""A release that was signed off is put in force only while what people signed still answers the question: by command as by form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from registry.evidence.packages import find_package
from tests.flows.workspaces import FRAUD
from tests.released_bank import PEOPLE, ReleasedBank, command

Capture = pytest.CaptureFixture[str]
BY = ("--by", PEOPLE["operations_lead"], "--role", "operations_lead")


def sealed_decision(bank: ReleasedBank) -> Path:
    """Return the decision that people signed, as it lies in the archive, made writable."""
    (release,) = bank.releases()
    package = find_package(bank.archive, release.bundle_digest)
    assert package is not None
    path = package.path / "decision.json"
    path.chmod(0o644)
    return path


def edit(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"approve", b"canary "))


def edit_beside(path: Path) -> None:
    page = path.with_name("report.html")
    page.chmod(0o644)
    page.write_bytes(page.read_bytes() + b"<!-- read and approved -->")


SPOILT: dict[str, Callable[[Path], None]] = {"edited": edit, "removed": Path.unlink, "with another page": edit_beside}


@pytest.mark.parametrize("how", sorted(SPOILT))
def test_a_decision_that_was_altered_after_it_was_signed_is_not_put_in_force_by_command(
    signed: ReleasedBank, capsys: Capture, how: str
) -> None:
    SPOILT[how](sealed_decision(signed))
    (release,) = signed.releases()
    before = signed.bank.ledger.head()
    called = command(capsys, signed, "promote", release.release_id, *BY, "--json")
    assert (called.code, [one["code"] for one in called.document["refusals"]]) == (1, ["edited_decision"])
    assert "proofloop evidence verify" in called.document["refusals"][0]["remedy"]
    assert signed.bank.ledger.head() == before


def test_what_was_put_in_force_can_be_taken_back_whatever_became_of_its_decision(signed: ReleasedBank, capsys: Capture) -> None:
    (release,) = signed.releases()
    assert signed.promote(release.release_id).is_done
    sealed_decision(signed).unlink()
    called = command(capsys, signed, "rollback", FRAUD, *BY, "--reason", "held purchases doubled")
    assert called.code == 0, called.out

"""A small bank whose fraud filter is under a preservation hold, and the steps of people on its issue.

Put here what tests of holds need: the bank, who is who, and a document for each step that could change the system.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from registry.domain.canonical import digest_bytes
from registry.domain.catalogue import OwnerRole
from registry.domain.preservation import PRESERVATION_KINDS, preserved
from registry.domain.steps import Artifact, Containment, ContainmentPattern
from registry.domain.steps_change import ChangeLink, Implementation
from registry.domain.trigger_acts import TrainingStart
from registry.domain.version_run import VersionRecord
from registry.domain.work_run import HoldInForce
from tests.cli.calling import Called, call
from tests.flows.workspaces import MONDAY, Bank, Complaint, a_bank
from tests.watched_bank import RETRAIN

SET_AT, LATER = "2026-03-17T09:30:00+0000", datetime(2040, 5, 5, 12, tzinfo=UTC)
SINCE = "2026-03-17 09:30"


@dataclass(frozen=True, slots=True)
class HoldPeople:
    setter: str = "ana@bank.example"
    releaser: str = "risk@bank.example"


HOLD_PEOPLE = HoldPeople()
_OWNERS = "owners: {product_owner: ana@bank.example, operations_lead: ben@bank.example, risk_compliance: risk@bank.example}"
_POINTERS = {
    "reason": "inquiry 7 of the supervisor",
    "model": "fraud_filter v1, vault/model-v1.tar",
    "data-window": "1 to 16 March 2026, vault/window",
    "configuration": "tag hold-7 of the configuration repository",
    "logs": "decision log of 1 to 16 March 2026, vault/log",
}
_DOCUMENTS: dict[str, Any] = {
    "contain": Containment(
        pattern=ContainmentPattern.REVERT_ARTIFACT,
        measure="the rules of February serve again",
        in_force_at=datetime(2026, 3, 17, 10, tzinfo=UTC),
        evidence=("https://changes.bank.example/CHG-1",),
    ),
    "link-change": ChangeLink(
        action="new-rules", artifact=Artifact.MODEL, name="fraud_filter", version="2", change_request="CHG-2", approver="ben@bank.example"
    ),
    "implement": Implementation(
        deployed_at=datetime(2026, 3, 17, 10, tzinfo=UTC), share_percent=100, rollback="serve v1 again, runbook RB-1"
    ),
}


@dataclass(frozen=True, slots=True)
class HeldBank:
    """A bank with one issue of the fraud filter, under hold."""

    bank: Bank
    issue_id: str
    hold: HoldInForce

    @property
    def root(self) -> Path:
        return self.bank.root

    @property
    def hold_id(self) -> str:
        return self.hold.hold_id

    def events(self) -> int:
        return self.bank.ledger.head().seq

    def release(self, capsys: pytest.CaptureFixture[str], *more: str) -> Called:
        arguments = ("--by", HOLD_PEOPLE.releaser, "--role", "risk_compliance", "--hold", self.hold_id, "--reason", "inquiry 7 was closed")
        done = call(capsys, "--workspace", self.root, "issue", "release-hold", self.issue_id, *arguments, *more)
        assert done.code == 0, done.out + done.err
        return done

    def step(self, kind: str) -> tuple[str, ...]:
        """Return the arguments of ``proofloop issue`` that would change the system."""
        document = _DOCUMENTS[kind]
        given = ((name, getattr(document, name)) for name in type(document).__dataclass_fields__)
        options = [(f"--{name.replace('_', '-')}", text) for name, value in given for text in _texts(value)]
        people = ("--by", HOLD_PEOPLE.setter, "--role", "product_owner")
        return (kind, self.issue_id, *people, *(part for option in options for part in option))

    def version_record(self) -> dict[str, Any]:
        """Return the parameters of a record that says a version serves since the hold was set."""
        since = datetime(2026, 3, 18, 10, tzinfo=UTC)
        document = VersionRecord(artifact="model", version="v2", from_at=since, reason="release 2")
        people = {"by": HOLD_PEOPLE.setter, "role": OwnerRole.PRODUCT_OWNER}
        return {"system_id": self.hold.system_id, "document": document, "workspace": str(self.root), **people}

    def training_start(self) -> dict[str, Any]:
        """Return the parameters of a start of the training that `tests/watched_bank.py` asks for."""
        people = {"by": HOLD_PEOPLE.setter, "role": OwnerRole.PRODUCT_OWNER}
        return {"document": TrainingStart(request=RETRAIN, reason="release 2"), "workspace": str(self.root), **people}

    def switch(self, **what: str) -> dict[str, Any]:
        """Return the parameters of a promotion or a rollback by who set the hold."""
        return {**what, "by": HOLD_PEOPLE.setter, "role": OwnerRole.PRODUCT_OWNER, "workspace": str(self.root)}

    def flow_parameters(self, kind: str) -> dict[str, Any]:
        """Return the same step as the parameters of its flow."""
        role = OwnerRole.PRODUCT_OWNER
        return {
            "issue_id": self.issue_id,
            "by": HOLD_PEOPLE.setter,
            "role": role,
            "document": _DOCUMENTS[kind],
            "workspace": str(self.root),
        }


def a_bank_with_an_issue(root: Path) -> tuple[Bank, str]:
    """Return a bank after a day on which a customer without access to an account complained, and the issue of it."""
    bank = a_bank(root / "bank")
    path = bank.root / "systems/fraud_filter.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(_OWNERS if line.startswith("owners:") else line for line in lines) + "\n", encoding="utf-8")
    bank.triage(MONDAY - timedelta(days=1))  # a calm day: its files are due one day, whatever becomes of the issue
    bank.write_complaints([Complaint(900_001, MONDAY - timedelta(days=1), consequence="no access", text="I could not pay.")])
    bank.triage(MONDAY)
    (issue,) = bank.ledger.read_issues()
    return bank, issue.issue_id


def set_hold(capsys: pytest.CaptureFixture[str], bank: Bank, issue_id: str, **changes: str) -> Called:
    """Hand in a hold, its pointers changed as told."""
    pointers = _POINTERS | {name.replace("_", "-"): text for name, text in changes.items()}
    options = [part for name, text in pointers.items() for part in (f"--{name}", text)]
    people = ("--by", HOLD_PEOPLE.setter, "--role", "product_owner", "--as-of", SET_AT)
    return call(capsys, "--workspace", bank.root, "--json", "issue", "hold", issue_id, *people, *options)


def a_held_bank(root: Path, capsys: pytest.CaptureFixture[str]) -> HeldBank:
    """Return a bank whose fraud filter is under hold."""
    bank, issue_id = a_bank_with_an_issue(root)
    done = set_hold(capsys, bank, issue_id)
    assert done.code == 0, done.out + done.err
    (hold,) = holds_of(bank)
    return HeldBank(bank, issue_id, hold)


def holds_of(bank: Bank) -> tuple[HoldInForce, ...]:
    return preserved(json.loads(event.body) for event in bank.ledger.read_events(0, PRESERVATION_KINDS))


@contextmanager
def in_2040() -> Iterator[None]:
    """Let terms have ended, as far as a removal can tell."""
    with patch("flows.clock.now", lambda: LATER), patch("deployments.removal.now", lambda: LATER):
        yield


def archive_digest(bank: Bank) -> str:
    """Return one digest over every file of the archive."""
    files = sorted(path for path in bank.workspace.archive_dir.rglob("*") if path.is_file())
    return digest_bytes(b"".join(str(path).encode() + path.read_bytes() for path in files))


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return tuple(map(str, value))
    if isinstance(value, datetime):
        return (value.isoformat(),)
    return (str(value),) if value not in ("", None) else ()

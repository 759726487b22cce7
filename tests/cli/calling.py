"""Calling the command line in this process, and a ledger for it to read.

Put here what several command tests need.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest

from deployments.cli.main import main
from registry.domain.events import Event, EventKind
from registry.ledger.store import open_ledger
from registry.settings import Workspace

OPENED_AT = datetime(2020, 10, 15, 10, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Called:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document of stdout; anything before or after it is an error."""
        return json.loads(self.out)


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> Called:
    """Run ``proofloop`` with ``arguments``."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return Called(ended.value.code, said.out, said.err)


def an_opening(issue_id: str = "FRAUD-1", **data: Any) -> Event:
    """Return the event that opens an issue."""
    body = {
        "fingerprint": f"fp-{issue_id}",
        "fingerprint_version": 1,
        "title": "Problem using the card",
        "state": "triage",
        "severity": "L3",
        "opened_by": "spike",
        "signal_count": 41,
        "last_signal_on": "2020-10-14",
        "owner": "ana@bank.example",
        "reason": "41 in 7 days against 12 expected",
        **data,
    }
    return Event(EventKind.ISSUE_OPENED, "fraud_filter", issue_id, OPENED_AT, date(2020, 10, 15), body, issue_id)


def a_move(issue_id: str = "FRAUD-1") -> Event:
    """Return the event by which a person takes an issue into triage."""
    body = {"from": "new_signal", "to": "triage", "role": "product_owner", "reason": "seen"}
    return Event(EventKind.ISSUE_MOVED, "fraud_filter", issue_id, OPENED_AT, date(2020, 10, 15), body, issue_id, "ana@bank.example")


def fill_ledger(workspace: Workspace, *events: Event) -> None:
    """Make the workspace's ledger and append ``events``."""
    workspace.state_dir.mkdir(parents=True, exist_ok=True)
    ledger = open_ledger(workspace.ledger_url({}), lambda: OPENED_AT, create=True)
    ledger.append(events)
    ledger.close()

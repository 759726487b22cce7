"""Signed records count from the release that first showed them: no key that ended since dates one back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

import flows.release_propose
from deployments.recompute import recompute
from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.release_run import ReleaseDecision
from tests.released_bank import PEOPLE, ReleasedBank

RISK, ROLE = PEOPLE["risk_compliance"], "risk_compliance"


def proposed(bank: ReleasedBank, **changes: str) -> ReleaseDecision:
    decision = bank.propose(**changes).decision
    assert decision is not None
    return decision


def end_key(bank: ReleasedBank, days_ago: int) -> None:
    """Say that the key with which assessments are signed ended so many days ago."""
    ended = f"{datetime.now(UTC) - timedelta(days=days_ago):%Y%m%d}"
    named = f'{RISK} namespaces="{ROLE}"'
    text = bank.signers.read_text(encoding="utf-8")
    assert named in text
    bank.signers.write_text(text.replace(named, f'{named},valid-before="{ended}Z"'), encoding="utf-8")


def test_an_assessment_that_a_release_showed_outlives_its_key_and_a_new_one_is_not_dated_back(
    bank: ReleasedBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        before = datetime.now(UTC) - timedelta(days=3)
        patch.setattr(flows.release_propose, "now", lambda: before)
        proposed(bank, change="The filter is retrained on the purchases of January")
    (event,) = bank.bank.ledger.read_events(0, (EventKind.RELEASE_PROPOSED,))
    assert len(json.loads(event.body)["data"]["signed_records"]) == 2
    end_key(bank, days_ago=1)
    assert proposed(bank).verdict is Verdict.PASS
    bank.write_record("tra", "tra", RISK, ROLE, reference="minutes of the meeting five days ago")
    late = proposed(bank)
    assert (late.verdict, [one.reason_code for one in late.findings if one.verdict is Verdict.FAIL]) == (Verdict.FAIL, ["key_not_valid"])
    assert bank.seal_day() == 0 and recompute(bank.archive).problems == ()


def test_an_assessment_that_no_release_showed_before_its_key_ended_is_signed_anew(bank: ReleasedBank) -> None:
    end_key(bank, days_ago=1)
    first = proposed(bank)
    assert [one.reason_code for one in first.findings if one.verdict is Verdict.FAIL] == ["key_not_valid"]
    event = [*bank.bank.ledger.read_events(0, (EventKind.RELEASE_PROPOSED,))][-1]
    assert len(json.loads(event.body)["data"]["signed_records"]) == 1  # the drill's; what does not count was not shown
    assert proposed(bank, change="The same, asked for again").verdict is Verdict.FAIL

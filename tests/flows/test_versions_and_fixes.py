"""Versions read from a real MLflow store, and what a released fix does to signals that come after it, over several days of the flow."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from deployments.cli.running import scheduled_instant
from flows import daily_triage as flow
from registry.domain.decision import Verdict
from registry.domain.events import Event, EventKind
from registry.domain.issue import IssueState, Role, needs_approval
from registry.domain.signal import VersionSource
from registry.domain.triage_run import TriageResult
from tests.closing import closing
from tests.flows.ledger_bytes import assert_sound
from tests.flows.workspaces import (
    FRAUD,
    MONDAY,
    ROUTER,
    ZONE,
    Bank,
    Complaint,
    a_bank,
    an_override,
    at,
    calm_complaints,
    calm_overrides,
    moved,
)
from tests.ledger_writes import approval_body

_MODEL = "{mlflow_model: fraud_filter, alias: champion}"
_S, _R = IssueState, Role
_WAY_TO_VERIFYING = (
    (_S.TRIAGE, _S.CONTAINED, _R.PRODUCT_OWNER),
    (_S.CONTAINED, _S.RCA_IN_PROGRESS, _R.PRODUCT_OWNER),
    (_S.RCA_IN_PROGRESS, _S.ACTION_APPROVED, _R.RISK_COMPLIANCE),
    (_S.ACTION_APPROVED, _S.IMPLEMENTED, _R.MODEL_OWNER),
    (_S.IMPLEMENTED, _S.VERIFYING, _R.PRODUCT_OWNER),
)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real MLflow store to copy: two versions of the fraud filter's model, and nobody is champion yet."""
    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=f"sqlite:///{path}", registry_uri=f"sqlite:///{path}")
    client.create_registered_model("fraud_filter")
    for _ in range(2):
        client.create_model_version("fraud_filter", source=f"{path.parent}/model")
    return path


def _promote(uri: str, version: str) -> None:
    from mlflow import MlflowClient

    MlflowClient(tracking_uri=uri, registry_uri=uri).set_registered_model_alias("fraud_filter", "champion", version)


def _bank_with(registry: Path, root: Path) -> tuple[Bank, str]:
    uri = f"sqlite:///{shutil.copy(registry, root / 'mlflow.db')}"
    return a_bank(root, more_settings=f"mlflow_uri: {uri}", model=_MODEL), uri


def _signals(bank: Bank) -> dict[str, tuple[str, str]]:
    """Return version and how it was found, by the source's id, of the fraud filter's signals."""
    from sqlalchemy import select

    from registry.ledger.engine import reading
    from registry.ledger.tables import SIGNAL

    with reading(bank.ledger.engine) as connection:
        bodies = connection.execute(select(SIGNAL.c.body).where(SIGNAL.c.system_id == FRAUD)).scalars()
        found = [json.loads(body) for body in bodies]
    return {one["signal_id"]: (one["versions"].get("model", ""), one["version_source"]) for one in found}


def _on_time(monkeypatch: pytest.MonkeyPatch, bank: Bank, place: int, *more: Complaint) -> TriageResult:
    """Run a day at its scheduled instant by the clock, on the rows there are by then: an alias is only read in the present."""
    day = moved(MONDAY, place)
    instant = scheduled_instant(day, ZONE)
    monkeypatch.setattr(flow, "now", lambda: instant)
    bank.write_complaints([*calm_complaints(until=day), *more])
    bank.write_overrides(calm_overrides(until=day))
    return bank.triage(day)


def test_a_version_that_mlflow_names_is_in_force_for_the_decisions_after_it(
    registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank, uri = _bank_with(registry, tmp_path)
    _promote(uri, "1")
    _on_time(monkeypatch, bank, 0)
    _promote(uri, "2")
    _on_time(monkeypatch, bank, 1)
    _on_time(monkeypatch, bank, 2)
    _on_time(
        monkeypatch,
        bank,
        3,
        Complaint(701, moved(MONDAY, 2), decided=at(moved(MONDAY, -1), 12), text="before anything was seen"),
        Complaint(702, moved(MONDAY, 2), decided=at(MONDAY, 12), text="while the first was champion"),
        Complaint(703, moved(MONDAY, 2), decided=at(moved(MONDAY, 1), 12), text="after the second took over"),
    )
    history = [(row.version, row.source) for row in bank.ledger.read_versions([FRAUD])]
    assert history == [("1", "mlflow"), ("2", "mlflow")]
    found = _signals(bank)
    assert (found["C-701"][1], found["C-702"], found["C-703"]) == (
        VersionSource.UNKNOWN,
        ("1", VersionSource.HISTORY),
        ("2", VersionSource.HISTORY),
    )
    assert_sound(bank)


def test_a_missing_alias_is_a_finding_and_the_day_goes_on(registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bank, _ = _bank_with(registry, tmp_path)
    result = _on_time(monkeypatch, bank, 0)
    assert result.decision.verdict is Verdict.INCONCLUSIVE
    assert [reason.code for reason in result.decision.reasons] == ["alias_missing"]
    assert result.decision.signal_counts["new"] == 15


def test_a_registry_that_is_away_is_a_finding_and_the_day_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bank = a_bank(tmp_path, more_settings="mlflow_uri: sqlite:///nowhere/mlflow.db", model=_MODEL)
    result = _on_time(monkeypatch, bank, 0)
    assert [reason.code for reason in result.decision.reasons] == ["versions_unavailable"]
    assert result.seal == 1


def test_a_day_of_the_past_does_not_ask_what_is_in_force_today(registry: Path, tmp_path: Path) -> None:
    bank, uri = _bank_with(registry, tmp_path)
    _promote(uri, "1")
    assert bank.triage(MONDAY).decision.verdict is Verdict.PASS
    assert bank.ledger.read_versions([FRAUD]) == ()


def _locked_out(place: int, *, decided: datetime) -> dict[str, str]:
    return an_override(800 + place, moved(MONDAY, place), decided=decided.isoformat(), kind="locked out", consequence="no access")


def _close(bank: Bank, issue_id: str, place: int, fix_at: datetime | None) -> None:
    """Walk the issue to its closure on one day, as people do; with a fix that is in force from ``fix_at``, if there is one."""
    day = moved(MONDAY, place)
    done_at = scheduled_instant(day, ZONE) + timedelta(hours=2)

    def event(kind: EventKind, subject: str, body: dict[str, object]) -> Event:
        return Event(kind, ROUTER, f"{issue_id} {subject}", done_at, day, body, issue_id, "ana@bank.example")

    moves = []
    for before, after, role in _WAY_TO_VERIFYING:
        if needs_approval(before, after):
            moves.append(event(EventKind.APPROVAL_RECORDED, f"approval {after}", approval_body("plan", f"{issue_id} {after}")))
        moves.append(event(EventKind.ISSUE_MOVED, str(after), {"from": before, "to": after, "role": role, "reason": "done"}))
    fix = [event(EventKind.FIX_RELEASED, "fix", {"effective_at": fix_at, "versions": {}})] if fix_at else []
    bank.ledger.append([*moves, *fix, *closing(issue_id, day, system_id=ROUTER, as_of=done_at)])


def _closed_issue(bank: Bank, fix_at: datetime | None) -> str:
    """Return the id of an issue that opened on Monday and was closed the same day."""
    before = _locked_out(-1, decided=at(moved(MONDAY, -2), 8))
    bank.write_overrides([*calm_overrides(), before])
    (change,) = bank.triage(MONDAY).decision.changes
    _close(bank, change.issue.issue_id, 0, fix_at)
    return change.issue.issue_id


def test_a_fixed_issue_comes_back_only_for_a_decision_after_the_fix(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    fixed_at = at(MONDAY, 18)
    issue_id = _closed_issue(bank, fixed_at)
    opening = _locked_out(-1, decided=at(moved(MONDAY, -2), 8))
    late = _locked_out(1, decided=at(MONDAY, 17))
    after = _locked_out(2, decided=at(MONDAY, 19))

    bank.write_overrides([*calm_overrides(), opening, late])
    tuesday = bank.triage(moved(MONDAY, 2)).decision
    assert [(change.kind, change.issue.issue_id, change.issue.state) for change in tuesday.changes] == [
        ("late_evidence", issue_id, "closed")
    ]
    assert tuesday.verdict is Verdict.PASS

    bank.write_overrides([*calm_overrides(), opening, late, after])
    wednesday = bank.triage(moved(MONDAY, 3)).decision
    assert [(change.kind, change.issue.issue_id) for change in wednesday.changes] == [("reactivated", issue_id)]
    assert wednesday.verdict is Verdict.FAIL
    (issue,) = bank.ledger.read_issues()
    assert (issue.state, issue.occurrence) == (IssueState.TRIAGE, 2)
    relations = sorted(relation for relation, _ in bank.ledger.read_issue_signals(issue_id))
    assert relations == ["joined", "late_pre_fix", "opened"]
    assert_sound(bank)


def test_an_issue_that_a_person_closed_without_a_fix_stays_closed_and_asks_for_a_look(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    issue_id = _closed_issue(bank, None)
    rows = [_locked_out(-1, decided=at(moved(MONDAY, -2), 8)), _locked_out(1, decided=at(moved(MONDAY, 1), 8))]
    bank.write_overrides([*calm_overrides(), *rows])
    decision = bank.triage(moved(MONDAY, 2)).decision
    assert [(change.reason_code, change.issue.state) for change in decision.changes] == [("closed_without_fix", "closed")]
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert [relation for relation, _ in bank.ledger.read_issue_signals(issue_id)].count("late_closed") == 1


def test_a_severity_set_by_a_person_is_not_overruled(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    bank.write_overrides([*calm_overrides(), _locked_out(-1, decided=at(moved(MONDAY, -2), 8))])
    (change,) = bank.triage(MONDAY).decision.changes
    issue_id, body = change.issue.issue_id, {"severity": "L1", "reason": "test account"}
    set_by_hand = Event(EventKind.SEVERITY_SET, ROUTER, issue_id, at(MONDAY, 9), MONDAY, body, issue_id, "ana")
    bank.ledger.append([set_by_hand])
    rows = [_locked_out(place, decided=at(moved(MONDAY, -2), 8)) for place in (-1, 0)]
    bank.write_overrides([*calm_overrides(), *rows])
    (joined,) = bank.triage(moved(MONDAY, 1)).decision.changes
    assert (joined.kind, joined.issue.severity, joined.issue.severity_by) == ("joined", "L1", "ana")

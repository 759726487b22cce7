"""An alias that is moved out of band becomes a signal and an issue, on a real MLflow store, and the day can be judged again."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from deployments.cli.running import scheduled_instant
from deployments.recompute import recompute
from flows import daily_triage as flow
from flows import versions_refresh as refreshing
from registry.domain.decision import Verdict
from registry.domain.events import Event, EventKind
from registry.domain.feed import FeedStatus
from registry.domain.issue import Issue
from registry.domain.signal import Severity
from registry.domain.triage import TriageDay
from registry.domain.triage_run import TriageResult
from registry.domain.version_run import RefreshResult
from tasks import engine
from tests.flows.ledger_bytes import assert_sound
from tests.flows.workspaces import FRAUD, MONDAY, ROUTER, ZONE, Bank, a_bank, at, calm_complaints, calm_overrides, moved

FEED = "version_changes"
_MODEL = "{mlflow_model: fraud_filter, alias: champion}"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real MLflow store to copy: four versions of the fraud filter's model; the first is champion."""
    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=f"sqlite:///{path}", registry_uri=f"sqlite:///{path}")
    client.create_registered_model("fraud_filter")
    for _ in range(4):
        client.create_model_version("fraud_filter", source=f"{path.parent}/model")
    client.set_registered_model_alias("fraud_filter", "champion", "1")
    return path


class Days:
    """The bank's days by the clock: an alias is only read in the present."""

    def __init__(self, registry: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.uri = f"sqlite:///{shutil.copy(registry, root / 'mlflow.db')}"
        self.bank: Bank = a_bank(root, more_settings=f"mlflow_uri: {self.uri}", model=_MODEL)
        self._monkeypatch = monkeypatch

    def promote(self, version: str) -> None:
        from mlflow import MlflowClient

        MlflowClient(tracking_uri=self.uri, registry_uri=self.uri).set_registered_model_alias("fraud_filter", "champion", version)

    def run(self, place: int, *, dry_run: bool = False) -> TriageResult:
        day = moved(MONDAY, place)
        self._monkeypatch.setattr(flow, "now", lambda: scheduled_instant(day, ZONE))
        self.bank.write_complaints(calm_complaints(until=day))
        self.bank.write_overrides(calm_overrides(until=day))
        return self.bank.triage(day, dry_run=dry_run)

    def refresh(self, instant: datetime) -> RefreshResult:
        self._monkeypatch.setattr(refreshing, "now", lambda: instant)
        return engine.run(refreshing.versions_refresh, workspace=str(self.bank.root))

    def link(self, version: str, place: int) -> None:
        """Record that a change of the fraud filter's model is linked, as the step of a person does."""
        document = {"artifact": "model", "name": "fraud_filter", "version": version, "change_request": "CR-1", "action": "a"}
        day = moved(MONDAY, place)
        body = {"step": "link-change", "role": "model_owner", "document": document}
        self.bank.ledger.append([Event(EventKind.CHANGE_LINKED, FRAUD, f"CR-1 {version}", at(day, 9), day, body, actor="ana@bank.example")])

    @property
    def issues(self) -> list[Issue]:
        return [issue for issue in self.bank.ledger.read_issues([FRAUD]) if "unexplained" in issue.title]


@pytest.fixture
def days(registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Days:
    return Days(registry, tmp_path, monkeypatch)


def feed_of(day: TriageDay, system_id: str = FRAUD) -> tuple[FeedStatus, int] | None:
    return next(((feed.status, feed.new_count) for feed in day.feeds if (feed.system_id, feed.feed) == (system_id, FEED)), None)


def test_the_first_version_is_no_signal_and_a_feed_without_one_does_not_spoil_the_day(days: Days) -> None:
    monday, tuesday = days.run(0).decision, days.run(1).decision
    assert (monday.verdict, tuesday.verdict) == (Verdict.PASS, Verdict.PASS)
    assert feed_of(monday) == feed_of(tuesday) == (FeedStatus.OK, 0)
    assert feed_of(monday, ROUTER) is None, "a system that follows no alias has no such feed"
    assert days.issues == []


def test_an_alias_moved_out_of_band_is_an_issue_the_next_morning_and_the_days_can_be_judged_again(days: Days) -> None:
    days.run(0)
    days.promote("2")
    tuesday = days.run(1)
    assert (tuesday.decision.verdict, feed_of(tuesday.decision)) == (Verdict.FAIL, (FeedStatus.OK, 1))
    (issue,) = days.issues
    assert (issue.title, issue.severity, issue.owner) == ("unexplained change of model", Severity.L1, "ana@bank.example")
    ((relation, body),) = days.bank.ledger.read_issue_signals(issue.issue_id)
    signal = json.loads(body)
    assert (relation, signal["category"], signal["versions"]) == ("opened", "audit_finding", {"model": "2"})
    assert signal["source_evidence"] == ["fraud_filter@champion was 1, is 2: seen 2026-03-17T10:00:00.000000Z"]
    assert feed_of(days.run(2).decision) == (FeedStatus.OK, 0), "a change is a signal once"
    assert recompute(days.bank.workspace.archive_dir).problems == ()
    assert_sound(days.bank)


def test_every_further_unexplained_change_joins_the_one_issue_of_its_artifact_and_a_rollback_is_a_change(days: Days) -> None:
    days.run(0)
    for place, version in enumerate(("2", "3", "2"), start=1):
        days.promote(version)
        days.run(place)
    (issue,) = days.issues
    assert issue.signal_count == 3


@pytest.mark.parametrize("linked", ["before", "after"])
def test_a_linked_change_explains_the_move_to_its_version_whichever_comes_first(days: Days, linked: str) -> None:
    days.run(0)
    if linked == "before":
        days.link("2", 0)
    days.promote("2")
    days.refresh(at(MONDAY, 15))
    if linked == "after":
        days.link("2", 0)
    assert days.run(1).decision.verdict is Verdict.PASS
    days.promote("3")
    days.run(2)
    assert len(days.issues) == 1


def test_a_refresh_records_the_change_when_it_is_read_and_the_next_run_makes_it_a_signal_once(days: Days) -> None:
    days.run(0)
    days.promote("2")
    assert [event.body["version"] for event in days.refresh(at(MONDAY, 15)).recorded] == ["2"]
    again = days.refresh(at(MONDAY, 16))
    assert (again.verdict, again.recorded, len(again.unexplained)) == (Verdict.FAIL, (), 1)
    assert feed_of(days.run(1).decision) == (FeedStatus.OK, 1)
    assert [row.from_at for row in days.bank.ledger.read_versions([FRAUD]) if row.version == "2"] == [at(MONDAY, 15)]
    assert feed_of(days.run(2).decision) == (FeedStatus.OK, 0)
    assert recompute(days.bank.workspace.archive_dir).problems == ()


def test_an_alias_that_moves_to_and_fro_within_a_day_is_recorded_each_time(days: Days) -> None:
    days.run(0)
    for hour, version in ((10, "2"), (11, "1"), (12, "2"), (13, "1")):
        days.promote(version)
        days.refresh(at(MONDAY, hour))
    assert [row.version for row in days.bank.ledger.read_versions([FRAUD])] == ["1", "2", "1", "2", "1"]
    assert feed_of(days.run(1).decision) == (FeedStatus.OK, 4)
    assert_sound(days.bank)


def test_a_preview_shows_the_signal_and_writes_nothing(days: Days) -> None:
    days.run(0)
    days.promote("2")
    head = days.bank.ledger.head()
    assert feed_of(days.run(1, dry_run=True).decision) == (FeedStatus.OK, 1)
    assert days.bank.ledger.head() == head
    assert feed_of(days.run(1).decision) == (FeedStatus.OK, 1)


def test_a_change_seen_by_the_run_of_a_day_that_is_made_up_for_later_is_not_lost(days: Days) -> None:
    days.run(0)
    days.promote("2")
    days.refresh(at(moved(MONDAY, 1), 15))
    assert feed_of(days.run(4).decision) == (FeedStatus.OK, 1), "days without a run are read by the next one"


def test_a_released_fix_does_not_make_a_rollback_before_it_old_news(days: Days) -> None:
    days.run(0)
    days.promote("2")
    days.run(1)
    (issue,) = days.issues
    day = moved(MONDAY, 1)
    body = {"effective_at": at(day, 8), "versions": {"model": "2"}}
    days.bank.ledger.append([Event(EventKind.FIX_RELEASED, FRAUD, f"{issue.issue_id} fix", at(day, 9), day, body, issue.issue_id, "ana")])
    days.promote("1")
    days.run(2)
    assert [one.signal_count for one in days.issues] == [2]
    relations = sorted(relation for relation, _ in days.bank.ledger.read_issue_signals(issue.issue_id))
    assert relations == ["joined", "opened"]


def test_a_registry_that_is_away_is_an_outage_for_a_refresh(days: Days) -> None:
    from registry.errors import VersionsUnavailableError

    Path(days.uri.removeprefix("sqlite:///")).unlink()
    with pytest.raises(VersionsUnavailableError):
        days.refresh(at(MONDAY, 15))


def test_changes_from_before_the_feed_existed_are_not_brought_up_again(days: Days) -> None:
    long_ago = at(moved(MONDAY, -30), 6)
    for place, version in enumerate(("7", "8")):
        instant = long_ago + timedelta(days=place)
        body = {"artifact": "model", "version": version, "source": "mlflow", "alias": "fraud_filter@champion"}
        days.bank.ledger.append([Event(EventKind.VERSION_OBSERVED, FRAUD, f"model {version}", instant, instant.date(), body)])
    days.promote("1")
    days.link("1", -1)
    assert feed_of(days.run(0).decision) == (FeedStatus.OK, 0)

"""triage, replay, deploy: the commands that run something, with the run itself replaced."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import create_autospec

import click
import pytest

from deployments.cli import deploy, replay, triage
from deployments.cli.running import run_triage
from deployments.cli.session import instant_of
from registry.domain.decision import Reason, Verdict
from registry.domain.triage import TriageDay
from registry.domain.triage_run import TriageResult
from registry.errors import ConfigurationError, LedgerUnavailableError
from registry.settings import find_workspace
from tests.builders import DIGEST
from tests.builders_triage import a_change, a_triage_day
from tests.catalogue.workspaces import write_workspace
from tests.cli.calling import call

NOW = datetime(2020, 11, 30, tzinfo=UTC)
NEW_YORK = "America/New_York"


def _run(monkeypatch: pytest.MonkeyPatch, module: Any, decide: Callable[[datetime | None], TriageDay]) -> Any:
    """Replace the run by one that decides with ``decide``; returns the mock to ask for its calls."""

    def run(_workspace: Path, _systems: tuple[str, ...] = (), as_of: datetime | None = None, *, dry_run: bool = False) -> TriageResult:
        return TriageResult(decide(as_of), "archive/000042/report.html", 42, DIGEST)

    fake = create_autospec(run_triage, side_effect=run)
    monkeypatch.setattr(module, "run_triage", fake)
    return fake


@pytest.mark.parametrize(("verdict", "code"), [(Verdict.PASS, 0), (Verdict.FAIL, 1), (Verdict.INCONCLUSIVE, 3)])
def test_the_verdict_is_the_exit_code(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verdict: Verdict, code: int
) -> None:
    _run(monkeypatch, triage, lambda _: a_triage_day(verdict=verdict))
    called = call(capsys, "--workspace", write_workspace(tmp_path), "triage", "--json")
    assert (called.code, called.document["verdict"]) == (code, verdict.value)
    assert called.document["evidence"] == {"seal": 42, "digest": DIGEST}


def test_the_terminal_gets_the_verdict_first_and_the_report_last(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = a_triage_day(verdict=Verdict.FAIL, reasons=(Reason("new_issue", "one new issue of severity L3"),))
    _run(monkeypatch, triage, lambda _: day)
    lines = call(capsys, "--workspace", write_workspace(tmp_path), "triage").out.splitlines()
    assert lines[0].startswith("FAIL")
    assert "  - one new issue of severity L3" in lines
    assert lines[-2:] == ["report  archive/000042/report.html", "sealed  000042"]


def test_systems_date_and_dry_run_reach_the_flow(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = _run(monkeypatch, triage, lambda _: a_triage_day())
    root = write_workspace(tmp_path)
    call(capsys, "--workspace", root, "triage", "--system", "a", "--system", "b", "--as-of", "2020-10-15", "--dry-run")
    fake.assert_called_once_with(root.resolve(), ("a", "b"), datetime(2020, 10, 15, 10, tzinfo=UTC), dry_run=True)


def test_without_a_date_the_flow_decides_what_time_it_is(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = _run(monkeypatch, triage, lambda _: a_triage_day())
    call(capsys, "--workspace", write_workspace(tmp_path), "triage")
    assert fake.call_args.args[2] is None


def test_a_date_means_the_scheduled_hour_in_the_workspaces_zone() -> None:
    assert instant_of("2020-10-15", NEW_YORK, NOW) == datetime(2020, 10, 15, 10, tzinfo=UTC)
    assert instant_of("2020-11-15", NEW_YORK, NOW) == datetime(2020, 11, 15, 11, tzinfo=UTC)
    assert instant_of("2020-11-01", NEW_YORK, NOW) == datetime(2020, 11, 1, 11, tzinfo=UTC)


def test_a_time_with_its_offset_is_taken_as_it_is() -> None:
    assert instant_of("2020-10-15T06:00:00+02:00", NEW_YORK, NOW) == datetime(2020, 10, 15, 4, tzinfo=UTC)
    assert instant_of("2020-10-15T06:00:00Z", NEW_YORK, NOW) == datetime(2020, 10, 15, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone", "message"),
    [
        ("yesterday", NEW_YORK, "expected a date or a time like 2026-01-31T06:00:00+01:00, found 'yesterday'"),
        ("2020-10-15T06:00:00", NEW_YORK, "expected a time with its offset, found '2020-10-15T06:00:00'; add Z or one like +01:00"),
        ("2020-12-01", NEW_YORK, "expected a time that has passed, found '2020-12-01'; a day cannot be judged before its data arrive"),
        ("2011-12-30", "Pacific/Apia", "expected a day that exists in Pacific/Apia, found '2011-12-30'; name the day before or after"),
    ],
)
def test_a_time_that_cannot_be_judged_is_refused(text: str, zone: str, message: str) -> None:
    with pytest.raises(click.BadParameter) as caught:
        instant_of(text, zone, NOW)
    assert caught.value.message == message


def _decided(as_of: datetime | None) -> TriageDay:
    """One issue opens on the third day; the second could not be told."""
    assert as_of is not None
    day = as_of.date()
    verdicts = {date(2020, 10, 2): Verdict.INCONCLUSIVE, date(2020, 10, 3): Verdict.FAIL}
    changes = (a_change(),) if day == date(2020, 10, 3) else ()
    return a_triage_day(as_of=as_of, business_date=day, verdict=verdicts.get(day, Verdict.PASS), changes=changes)


def _replay(capsys: pytest.CaptureFixture[str], root: Path, *more: str) -> Any:
    return call(capsys, "--workspace", root, "replay", "--from", "2020-10-01", "--to", "2020-10-04", *more)


def test_a_replay_runs_each_day_once_in_order_at_its_scheduled_time(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = _run(monkeypatch, replay, _decided)
    _replay(capsys, write_workspace(tmp_path))
    assert [made.args[2] for made in fake.call_args_list] == [datetime(2020, 10, day, 10, tzinfo=UTC) for day in (1, 2, 3, 4)]


def test_a_replay_is_as_bad_as_its_worst_day(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _run(monkeypatch, replay, _decided)
    called = _replay(capsys, write_workspace(tmp_path))
    assert called.code == 1
    assert called.out.splitlines() == ["FAIL  4 days: 1 fail, 1 inconclusive, 2 pass", "issues: 1 opened, 0 escalated, 0 reactivated"]
    assert len(called.err.splitlines()) == 5


def test_a_replay_with_json_is_one_document_with_every_day(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _run(monkeypatch, replay, _decided)
    document = _replay(capsys, write_workspace(tmp_path), "--json").document
    assert [day["verdict"] for day in document["days"]] == ["pass", "inconclusive", "fail", "pass"]
    assert [change["kind"] for change in document["days"][2]["changes"]] == ["opened"]


def test_a_replay_stopped_by_an_outage_says_where_to_go_on(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decide(as_of: datetime | None) -> TriageDay:
        if as_of and as_of.date() == date(2020, 10, 3):
            raise LedgerUnavailableError("ledger: expected an answer, found none; retry")
        return _decided(as_of)

    _run(monkeypatch, replay, decide)
    called = _replay(capsys, write_workspace(tmp_path))
    assert called.code == 4
    assert "2020-10-03  stopped: days before it are done; run again with --from 2020-10-03" in called.err


def test_a_what_if_plays_into_a_ledger_of_its_own_and_leaves_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_workspace(tmp_path / "w")
    stricter = tmp_path / "stricter"
    stricter.mkdir()
    seen = []

    def decide(as_of: datetime | None) -> TriageDay:
        workspace = find_workspace(root, None, os.environ)
        seen.append((workspace.ledger_url({}), workspace.policies_dir))
        return _decided(as_of)

    _run(monkeypatch, replay, decide)
    called = _replay(capsys, root, "--policies", str(stricter), "--dry-run", "--json")
    assert called.document["dry_run"] is True
    (ledger, policies), *_ = seen
    assert len(set(seen)) == 1
    assert policies == stricter
    assert str(root) not in ledger
    assert not Path(ledger.removeprefix("sqlite:///")).parent.exists()
    assert "PROOFLOOP_STATE" not in os.environ


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--from", "2020-10-05", "--to", "2020-10-01"], "--to: expected 2020-10-05 or later, found 2020-10-01"),
        (["--from", "2020-10-01", "--to", "2999-01-01"], "--to: expected a day whose run was due, found 2999-01-01"),
        (["--from", "2020-10-01", "--to", "2020-10-02", "--policies", "."], "--policies: expected --dry-run with it"),
        (["--from", "2020-10-01"], "Missing option '--to'"),
    ],
)
def test_a_replay_that_makes_no_sense_is_bad_usage(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, words: list[str], message: str
) -> None:
    called = call(capsys, "--workspace", write_workspace(tmp_path), "replay", *words)
    assert called.code == 2
    assert message in called.err


def test_a_day_that_was_decided_before_is_said_to_be(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = _run(monkeypatch, triage, lambda _: a_triage_day())
    fake.side_effect = lambda *_, **__: replace(TriageResult(a_triage_day(), "r.html", 7, DIGEST), repeated=True)
    assert (
        "sealed  000007 (this day had been decided before; nothing was written)"
        in call(capsys, "--workspace", write_workspace(tmp_path), "triage").out
    )


def test_a_variable_that_prefect_would_store_as_text_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "prefect.yaml"
    path.write_text("a: '{{ $SET }}'\n# '{{ $IN_A_COMMENT }}'\nb: '{{ $NOT_SET }} {{$EMPTY}}'\n", encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        deploy.refuse_unset_variables(path, {"SET": "x", "EMPTY": ""})
    wanted = "expected this environment variable to be set, found nothing; export it before deploying"
    assert caught.value.problems == [f"prefect.yaml:3: NOT_SET: {wanted}", f"prefect.yaml:3: EMPTY: {wanted}"]


def test_the_shipped_deployments_need_only_what_the_workspace_gives(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    called = call(capsys, "--workspace", write_workspace(tmp_path), "deploy")
    assert called.code == 2
    assert called.err == "proofloop: PREFECT_API_URL: expected the address of a Prefect server, found nothing; export it before deploying\n"


def test_a_server_that_does_not_answer_is_an_outage(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    assert call(capsys, "--workspace", write_workspace(tmp_path), "deploy").code == 4


def test_a_file_of_deployments_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    called = call(capsys, "--workspace", write_workspace(tmp_path), "deploy", "--file", tmp_path / "none.yaml")
    assert called.code == 2
    assert "expected a file of deployments, found none; name one with --file" in called.err


def test_a_day_has_a_scheduled_instant_on_both_days_of_a_clock_change() -> None:
    from deployments.cli.running import scheduled_instant

    spring, autumn = (scheduled_instant(day, NEW_YORK) for day in (date(2020, 3, 8), date(2020, 11, 1)))
    assert (spring.utcoffset(), autumn.utcoffset()) == (timedelta(hours=-4), timedelta(hours=-5))

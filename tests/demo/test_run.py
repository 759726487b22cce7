"""Playing the demonstration: files first, then the run, in order; the exit code says whether all was found."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from deployments.demo.generator import replay_days
from deployments.demo.played import PlayedClosing, PlayedRelease
from deployments.demo.run import run_demo
from deployments.demo.story import WATCHED_ON
from registry.domain.triage import TriageDay
from registry.domain.triggers import TriggerDecision
from registry.errors import ConfigurationError
from tests.builders_triage import a_triage_day
from tests.demo.true_closings import true_closings
from tests.demo.true_releases import true_releases
from tests.demo.true_replay import true_days, true_history
from tests.demo.true_windows import true_windows


def windows_of(_root: Path, on: date) -> list[TriggerDecision]:
    return [one for (_, judged_on), one in true_windows().items() if judged_on == on]


def releases_of(_root: Path) -> list[PlayedRelease]:
    return [replace(one, pages=(Path(f"/pages/{one.candidate}.html"),)) for one in true_releases().values()]


class LivedCases:
    """Cases that went as they should; ``mornings`` are those on which somebody worked."""

    def __init__(self) -> None:
        self.mornings: list[date] = []

    def live(self, _root: Path, on: date) -> None:
        self.mornings.append(on)

    def end(self, _root: Path) -> list[PlayedClosing]:
        assert self.mornings == list(replay_days())
        return [replace(one, pages=(Path(f"/pages/{one.issue_id}.html"),)) for one in true_closings().values()]


def test_a_directory_with_files_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ConfigurationError, match="expected an empty or new folder, found files in it; name another with --dir"):
        run_demo(tmp_path, lambda _root, on: a_triage_day(business_date=on))
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_each_morning_finds_its_files_in_place_and_not_those_of_the_next(tmp_path: Path) -> None:
    seen: list[date] = []
    days = true_days()

    def run_day(root: Path, on: date) -> TriageDay:
        newest = max(path.name for path in (root / "data/complaints").glob("*-????-??-??*"))
        assert (on - timedelta(days=1)).isoformat() in newest
        seen.append(on)
        return days[on]

    assert run_demo(tmp_path / "new", run_day, lambda _root: true_history(), windows_of, releases_of, LivedCases()) == 0
    assert seen == list(replay_days())


def test_the_triggers_run_after_the_triage_of_a_morning_on_which_a_month_has_ended(tmp_path: Path) -> None:
    order: list[tuple[str, date]] = []

    def run_day(_root: Path, on: date) -> TriageDay:
        order.append(("triage", on))
        return a_triage_day(business_date=on)

    def judge_windows(root: Path, on: date) -> list[TriggerDecision]:
        assert (root / "data/predictions/credit_model.parquet").exists()
        order.append(("triggers", on))
        return []

    run_demo(tmp_path, run_day, None, judge_windows)
    assert [on for flow, on in order if flow == "triggers"] == list(WATCHED_ON)
    assert all(order[place - 1] == ("triage", on) for place, (flow, on) in enumerate(order) if flow == "triggers")


def test_the_candidates_are_played_after_the_last_morning_and_their_pages_named_at_the_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mornings: list[date] = []

    def play_releases(root: Path) -> list[PlayedRelease]:
        assert mornings == list(replay_days())
        return releases_of(root)

    run_demo(tmp_path, lambda _root, on: mornings.append(on) or a_triage_day(business_date=on), play_releases=play_releases)
    ending = capsys.readouterr().out.partition("Look around:")[2]
    assert [line.strip() for line in ending.splitlines() if "/pages/" in line] == [
        f"{candidate}: /pages/{candidate}.html" for candidate in true_releases()
    ]


def test_people_work_after_the_triage_of_each_morning_and_the_dossiers_are_named_at_the_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = LivedCases()

    def run_day(_root: Path, on: date) -> TriageDay:
        assert on not in cases.mornings
        return a_triage_day(business_date=on)

    run_demo(tmp_path, run_day, cases=cases)
    ending = capsys.readouterr().out.partition("Look around:")[2]
    assert [line.strip() for line in ending.splitlines() if "/pages/" in line] == [
        f"{one.issue_id}, {one.story}: /pages/{one.issue_id}.html" for one in true_closings().values()
    ]


def test_each_judged_window_is_told_with_what_was_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_demo(tmp_path, lambda _root, on: a_triage_day(business_date=on), None, windows_of)
    told = capsys.readouterr().err
    assert "2026-05-01 credit_model: predictions of 2026-04-01 to 2026-05-01 fail, asked: retrain" in told
    assert "2026-05-01 complaint_router: predictions of 2026-04-01 to 2026-05-01 pass, asked: nothing" in told


def test_a_row_that_is_not_ok_gives_exit_code_one_and_is_marked_in_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_demo(tmp_path, lambda _root, on: a_triage_day(business_date=on)) == 1
    printed = capsys.readouterr()
    assert "NOT  spike" in printed.out
    assert "0 of 29 stories as expected" in printed.out
    assert str(tmp_path) in printed.out


def test_the_table_shows_expected_found_and_where_for_every_story(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    days = true_days()
    run_demo(tmp_path, lambda _root, on: days[on], lambda _root: true_history(), windows_of, releases_of, LivedCases())
    printed = capsys.readouterr().out
    assert printed.count("expected  ") == printed.count("found  ") == printed.count("where  ") == 29
    assert "29 of 29 stories as expected" in printed


def test_the_table_can_be_kept_off_stdout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_demo(tmp_path, lambda _root, on: a_triage_day(business_date=on), to_stderr=True)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "stories as expected" in printed.err

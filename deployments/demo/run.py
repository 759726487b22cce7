"""Play the demonstration: a workspace of its own, one run a morning, and the table of what was expected and found.

Put the order of playing and the printing here. The flow itself is passed in, so that nothing here knows how a day is run.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Protocol

import click

from deployments.demo.expectations import Compared, compare
from deployments.demo.generator import deliver_day, replay_days, write_workspace
from deployments.demo.played import PlayedClosing, PlayedRelease
from deployments.demo.story import HISTORY_DAYS, SEED, WATCHED_ON
from registry.domain.history import TriageHistory
from registry.domain.triage import TriageDay
from registry.domain.triggers import TriggerDecision
from registry.errors import ConfigurationError
from registry.sealing import KEY_NAME, make_sealing_key
from registry.settings import SIGNERS_FILE, STATE_FOLDER

RunDay = Callable[[Path, date], TriageDay]
ReadHistory = Callable[[Path], TriageHistory]
JudgeWindows = Callable[[Path, date], Sequence[TriggerDecision]]
PlayReleases = Callable[[Path], Sequence[PlayedRelease]]


class LivesCases(Protocol):
    """Whoever works on issues with a fix: on each morning after the triage, and what came of it after the last."""

    def live(self, root: Path, day: date) -> None: ...

    def end(self, root: Path) -> Sequence[PlayedClosing]: ...


def run_demo(
    directory: Path | None,
    run_day: RunDay,
    read_history: ReadHistory | None = None,
    judge_windows: JudgeWindows | None = None,
    play_releases: PlayReleases | None = None,
    cases: LivesCases | None = None,
    seed: int = SEED,
    *,
    to_stderr: bool = False,
) -> int:
    """Play every morning through ``run_day``, print the table, and return the exit code: 0 if every row is ok, else 1.

    ``directory`` must be empty or not exist; None makes one that stays for looking around. ``read_history`` reads the ledger's memory
    of a workspace after the last day, ``judge_windows`` runs the retraining triggers of a morning, ``play_releases`` takes candidates as
    far as they get after the last one, ``cases`` works on issues with a fix; stories that only they can prove are not ok without them.
    ``to_stderr`` keeps stdout free for a caller that prints one JSON document there.

    Raises:
        ConfigurationError: ``directory`` holds something already.
    """
    root = _new_folder(directory)
    write_workspace(root, seed)
    make_sealing_key(root / STATE_FOLDER / KEY_NAME, root / SIGNERS_FILE)
    click.echo(f"A small invented bank in {root}: {HISTORY_DAYS} days of history, {len(replay_days())} mornings to play.", err=True)
    windows: list[TriggerDecision] = []

    def run_morning(folder: Path, day: date) -> TriageDay:
        decided = run_day(folder, day)
        if judge_windows and day in WATCHED_ON:  # at six the triage, half an hour later the triggers
            windows.extend(_told(day, judge_windows(folder, day)))
        if cases:
            cases.live(folder, day)
        return decided

    days = tuple(play(root, run_morning, replay_days(), seed))
    history = read_history(root) if read_history else None
    closings = cases.end(root) if cases else ()
    releases = play_releases(root) if play_releases else ()
    rows = compare(days, history, windows, seed, releases, closings)
    click.echo(table(rows), err=to_stderr)
    click.echo(footer(root, rows, _pages(releases, closings)), err=to_stderr)
    return 0 if all(row.ok for row in rows) else 1


def play(root: Path, run_day: RunDay, days: Iterable[date], seed: int = SEED) -> Iterable[TriageDay]:
    """Yield the decision of each morning, delivering its files first, as the schedule would have seen them."""
    for day in days:
        deliver_day(root, day, seed)
        decided = run_day(root, day)
        for change in decided.changes:
            if change.kind not in {"joined", "late_evidence"}:
                click.echo(f"{day} {change.issue.system_id}: {change.kind} {change.issue.title} ({change.issue.issue_id})", err=True)
        yield decided


def _told(day: date, windows: Sequence[TriggerDecision]) -> Sequence[TriggerDecision]:
    for one in windows:
        asked = ", ".join(request.action for request in one.requests) or "nothing"
        span = f"{one.window.start_on} to {one.window.end_on}"
        click.echo(f"{day} {one.system}: predictions of {span} {one.verdict}, asked: {asked}", err=True)
    return windows


def table(rows: Sequence[Compared]) -> str:
    """Return the table of all stories, a block of lines each, so that it reads well on any terminal."""
    width = max(len(row.case) for row in rows)
    return "\n".join(
        f"{'ok ' if row.ok else 'NOT'}  {row.case:<{width}}  {row.what}\n"
        f"     {'expected':>{width}}  {row.expected}\n"
        f"     {'found':>{width}}  {row.found}\n"
        f"     {'where':>{width}}  {row.where}"
        for row in rows
    )


def footer(root: Path, rows: Sequence[Compared], pages: Iterable[tuple[str, Path]] = ()) -> str:
    """Return how it ended and where to look further; ``pages`` are for people to look at, each with what it is of."""
    ok = sum(row.ok for row in rows)
    return (
        f"\n{ok} of {len(rows)} stories as expected. Look around:\n"
        f"  cd {root}\n"
        f"  proofloop issue list\n"
        f"  proofloop triggers list --all\n"
        f"  proofloop evidence verify\n"
        f"  proofloop release list\n"
        f"  proofloop issue list --all\n"
        f"  reports and quarantined rows of each day: .state/archive" + "".join(f"\n  {name}: {page}" for name, page in pages)
    )


def _pages(releases: Iterable[PlayedRelease], closings: Iterable[PlayedClosing]) -> Iterator[tuple[str, Path]]:
    yield from ((one.candidate, page) for one in releases for page in one.pages)
    yield from ((f"{one.issue_id}, {one.story}", page) for one in closings for page in one.pages)


def _new_folder(directory: Path | None) -> Path:
    if directory is None:
        return Path(tempfile.mkdtemp(prefix="proofloop-demo-"))
    if directory.exists() and any(directory.iterdir()):
        raise ConfigurationError([f"{directory}: expected an empty or new folder, found files in it; name another with --dir"])
    directory.mkdir(parents=True, exist_ok=True)
    return directory.resolve()

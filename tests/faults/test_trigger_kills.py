"""A run of the retraining triggers killed at any point, or made by many at once: one event a window, one package a run, nothing owed."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.domain.events import EventKind
from registry.evidence.archive import CHECKPOINTS as ARCHIVE_CHECKPOINTS
from registry.evidence.draft import DRAFT_CHECKPOINTS
from registry.evidence.signers import signer_line
from registry.evidence.signing import make_key
from registry.ledger.store import CHECKPOINTS as LEDGER_CHECKPOINTS
from registry.sealing import KEY_NAME
from tests.faults.busy_days import Whole
from tests.faults.forked_days import OUTBOX_POINTS, TRIGGER_POINTS, Days, Kill
from tests.flows.ledger_bytes import assert_sound, bundles_of, events_of, rows_of
from tests.flows.watched import APRIL, CARDS, MARCH, Row, Watch, a_watch, calm

_OF_SIGNALS = {"after_signals", "after_projections"}
POINTS = (
    *TRIGGER_POINTS,
    *DRAFT_CHECKPOINTS,
    *(point for point in LEDGER_CHECKPOINTS if point not in _OF_SIGNALS),
    *ARCHIVE_CHECKPOINTS,
    *OUTBOX_POINTS,
)
_KILLED = -int(signal.SIGKILL)


@pytest.fixture(scope="module")
def undisturbed(days: Days, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """What two runs leave behind that nobody disturbs, on SQLite."""
    watch = a_busy_watch(tmp_path_factory.mktemp("undisturbed"))
    assert days.run(watch.root, [MARCH, APRIL], flow="triggers") == [0]
    return whole_of(watch)


def a_busy_watch(root: Path, ledger_url: str = "") -> Watch:
    """A code that the reference never had in the second window: a condition opens; every seal is signed."""
    watch = a_watch(root, ledger_url=ledger_url) if ledger_url else a_watch(root)
    line = make_key(watch.workspace.state_dir / KEY_NAME, "bank")
    watch.workspace.allowed_signers_path.write_text(signer_line(line, "bank"), encoding="utf-8")
    watch.write(CARDS, recoded())
    return watch


def recoded() -> Iterator[Row]:
    for number, (made, score, amount, channel, term) in enumerate(calm()):
        yield made, score, amount, "app" if made >= "2026-03" and number % 4 == 0 else channel, term


def whole_of(watch: Watch) -> Whole:
    assert_sound(watch)
    found = Whole(events_of(watch.ledger), rows_of(watch.ledger), bundles_of(watch))
    watch.ledger.close()
    return found


def test_undisturbed_it_opens_a_condition(undisturbed: Whole) -> None:
    bodies = [json.loads(body) for _, _, body, _, _ in undisturbed.events]
    assert [body["kind"] for body in bodies].count(EventKind.TRIGGERS_EVALUATED) == 4
    assert any("data_quality|channel" in key for body in bodies for key in body["data"].get("opened", ()))


@pytest.mark.parametrize("point", POINTS)
def test_killed_and_run_again_gives_the_ledger_of_an_undisturbed_run(tmp_path: Path, days: Days, undisturbed: Whole, point: str) -> None:
    watch = a_busy_watch(tmp_path / "watch")
    assert days.run(watch.root, [MARCH, APRIL], Kill(point), flow="triggers") == [_KILLED]
    assert days.run(watch.root, [MARCH, APRIL], flow="triggers") == [0]
    assert whole_of(watch) == undisturbed


def test_run_by_eight_processes_at_once_it_gives_one_event_a_window(
    ledger_url: str, tmp_path: Path, days: Days, undisturbed: Whole
) -> None:
    watch = a_busy_watch(tmp_path / "watch", ledger_url)
    assert days.run(watch.root, [MARCH, APRIL], at_once=8, flow="triggers") == [0] * 8
    assert whole_of(watch) == undisturbed

"""Compare what the flow decided with what is true: one row a story.

Put the walk over the stories here. The truth is ``truth.py``; single comparisons are ``issue_stories.py``, ``feed_stories.py``,
``trigger_stories.py``, ``release_stories.py`` and ``closing_stories.py``.

A story whose days were not played, or whose proof was not handed in, is not ok: nothing seen is not the same as nothing wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from deployments.demo import closing_stories, feed_stories, issue_stories, release_stories, trigger_stories
from deployments.demo.expect import EXPECTED, WHERE, Expect, Truth
from deployments.demo.played import Judged, Played, PlayedClosing, PlayedRelease
from deployments.demo.story import SEED
from deployments.demo.truth import TRUTH
from registry.domain.history import TriageHistory
from registry.domain.triage import TriageDay
from registry.domain.triggers import TriggerDecision


@dataclass(frozen=True, slots=True)
class Compared:
    """One row of the demonstration's table."""

    case: str
    what: str
    expected: str
    found: str
    ok: bool
    where: str


def compare(
    days: Sequence[TriageDay],
    history: TriageHistory | None = None,
    windows: Sequence[TriggerDecision] = (),
    seed: int = SEED,
    releases: Sequence[PlayedRelease] = (),
    closings: Sequence[PlayedClosing] = (),
) -> tuple[Compared, ...]:
    """Return a row for each story; ``history`` is the ledger's memory after the last day, which some stories can only be proved by.

    ``windows`` are what the retraining triggers decided, ``releases`` what came of candidates, ``closings`` what came of
    issues with a fix, each in any order.
    """
    played = Played({day.business_date: day for day in days}, history, seed, tuple(windows), tuple(releases), tuple(closings))
    return tuple(_compared(truth, played) for truth in TRUTH)


def _compared(truth: Truth, played: Played) -> Compared:
    wanted = (truth.to_on - truth.from_on).days + 1
    seen = len(played.between(truth))
    found, ok = _JUDGES[truth.expect](truth, played) if seen == wanted else (f"{seen} of {wanted} days played", False)
    where = f"{WHERE[truth.expect]}, {truth.from_on}" + (f" to {truth.to_on}" if truth.to_on != truth.from_on else "")
    return Compared(truth.case, truth.what, EXPECTED[truth.expect], found, ok, where)


_JUDGES: dict[Expect, Callable[[Truth, Played], Judged]] = {
    Expect.OPENED: issue_stories.judge_opened,
    Expect.ESCALATED: issue_stories.judge_escalated,
    Expect.BATCH: issue_stories.judge_batch,
    Expect.DIP: feed_stories.judge_dip,
    Expect.COUNTED_ONCE: feed_stories.judge_counted_once,
    Expect.SCHEMA_BROKEN: feed_stories.judge_schema_broken,
    Expect.QUARANTINED: feed_stories.judge_quarantined,
    Expect.STOPPED: feed_stories.judge_stopped,
    Expect.NOT_OPENED: issue_stories.judge_not_opened,
    Expect.SUPPRESSED: issue_stories.judge_suppressed,
    Expect.MONITORED: issue_stories.judge_monitored,
    Expect.UNMATCHED: feed_stories.judge_unmatched,
    Expect.VERSION: issue_stories.judge_version,
    Expect.INVESTIGATE: trigger_stories.judge_investigate,
    Expect.RETRAIN: trigger_stories.judge_retrain,
    Expect.DATA_QUALITY: trigger_stories.judge_data_quality,
    Expect.REASSESS: trigger_stories.judge_reassess,
    Expect.QUIET: trigger_stories.judge_quiet,
    Expect.NOTHING_ELSE: issue_stories.judge_nothing_else,
    Expect.RELEASED: release_stories.judge_released,
    Expect.HELD: release_stories.judge_held,
    Expect.CLOSED: closing_stories.judge_closed,
    Expect.REFUSED: closing_stories.judge_refused,
    Expect.RECURRED: closing_stories.judge_recurred,
}

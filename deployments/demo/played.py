"""What was played of the demonstration, and how a story is found in it.

Put look-ups in decisions here; what they must say is ``issue_stories.py``, ``feed_stories.py``,
``trigger_stories.py``, ``release_stories.py`` and ``closing_stories.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeAlias

from deployments.demo.expect import Truth
from deployments.demo.mishaps import first_readable
from deployments.demo.rows import ZONE, rows_of
from deployments.demo.volumes import SYMPTOMS
from registry.domain.decision import Verdict
from registry.domain.feed import FeedStatus
from registry.domain.history import TriageHistory
from registry.domain.issue import IssueState
from registry.domain.recurrence import Outcome
from registry.domain.signal import Severity
from registry.domain.times import local_date
from registry.domain.triage import ChangeKind, FeedDay, IssueChange, TriageDay
from registry.domain.triggers import TriggerDecision

Judged: TypeAlias = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class PlayedRelease:
    """What came of a candidate: both judgements, who signed, what served after each switch, and why a promotion was refused.

    ``proposed`` is None where the proposal itself was refused. ``pages`` are for people to look at.
    """

    candidate: str
    gate: Verdict
    proposed: Verdict | None = None
    signed_by: tuple[str, ...] = ()
    served: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    pages: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class PlayedClosing:
    """What came of an issue with a fix: how its window stood, how its closure was judged last and what that lacked, who signed, what people
    were refused, and where it stands in the end.

    ``checked`` says what verifying the archive, and judging it again, gave afterwards.
    """

    story: str
    issue_id: str
    state: IssueState
    occurrence: int = 1
    severity: Severity = Severity.L0
    outcomes: tuple[tuple[date, Outcome], ...] = ()
    verdict: Verdict | None = None
    lacks: tuple[str, ...] = ()
    signed_by: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    checked: tuple[Verdict, ...] = ()
    pages: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Played:
    """What was played: decisions by business date, the ledger's memory afterwards if it was read, the seed, judged windows, candidates,
    issues with a fix."""

    days: dict[date, TriageDay]
    history: TriageHistory | None
    seed: int
    windows: tuple[TriggerDecision, ...] = ()
    releases: tuple[PlayedRelease, ...] = ()
    closings: tuple[PlayedClosing, ...] = ()

    def between(self, truth: Truth) -> list[TriageDay]:
        """Return the decisions in which the story must be found."""
        return [day for on, day in sorted(self.days.items()) if truth.from_on <= on <= truth.to_on]

    def watched(self, truth: Truth) -> list[TriggerDecision]:
        """Return the windows of the story's system that were judged, oldest first."""
        return sorted((one for one in self.windows if one.system == truth.system_id), key=lambda one: one.window)

    def release_of(self, candidate: str) -> PlayedRelease | None:
        """Return what came of a candidate; None where nobody asked for it."""
        return next((one for one in self.releases if one.candidate == candidate), None)

    def closing_of(self, story: str) -> PlayedClosing | None:
        """Return what came of a case; None where nobody worked on it."""
        return next((one for one in self.closings if one.story == story), None)

    def changes(self, kind: ChangeKind, truth: Truth) -> list[tuple[date, IssueChange]]:
        """Return the changes of one kind to issues of the story's symptom, over everything played."""
        found = ((on, change) for on, day in sorted(self.days.items()) for change in day.changes if change.kind is kind)
        return [(on, change) for on, change in found if is_about(change, truth)]


def judged_on(window: TriggerDecision) -> date:
    """Return the business date of the run that judged a window."""
    return local_date(window.as_of, ZONE)


def is_about(change: IssueChange, truth: Truth) -> bool:
    """Return whether a change concerns the story's system and symptom."""
    return change.issue.system_id == truth.system_id and truth.subject.lower() in change.issue.title.lower()


def feed_day(day: TriageDay, truth: Truth) -> FeedDay:
    """Return the story's feed on one day; a feed that is not there counts as errored."""
    found = (feed for feed in day.feeds if (feed.system_id, feed.feed) == (truth.system_id, truth.feed))
    missing = FeedDay(truth.system_id, truth.feed, "", FeedStatus.ERRORED, "not among the day's feeds", 0, 0)
    return next(found, missing)


def expected_new(truth: Truth, morning: date, seed: int) -> int:
    """Return how many ordinary signals the feed could bring for the first time on ``morning``."""
    source = "credit_overrides" if truth.system_id == "credit_model" else truth.feed
    return sum(len(true_rows(truth, day, seed)) for day in first_readable(source, morning))


def true_rows(truth: Truth, day: date, seed: int) -> list[str]:
    """Return the ids of the ordinary rows of the story's feed that were received on ``day``."""
    family = "credit_overrides" if truth.system_id == "credit_model" else truth.feed
    names = {
        symptom.name for symptom in SYMPTOMS if (symptom.source, symptom.system_id, symptom.kind) == (family, truth.system_id, "complaint")
    }
    rows = (list(row.values()) for row in rows_of(family, day, seed))
    return [values[0] for values in rows if names & set(map(str, values))]

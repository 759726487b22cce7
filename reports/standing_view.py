"""Conditions as they are read: what is new, what stands, what is clearing or could not be looked at, and what is over.

Put here how a condition's key becomes words. Which conditions stand is decided in ``checks/retraining_conditions.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from registry.domain.decision import Finding
from registry.domain.triggers import TriggerDecision
from reports import triggers_words as words
from reports import wording
from reports.performance_view import MEASURE_WORDS


class Stage(StrEnum):
    """Where a condition is in its life, the most pressing first."""

    NEW = "new"
    STANDING = "standing"
    UNKNOWN = "not looked at"
    CLEARING = "clearing"
    OVER = "over"
    SUPERSEDED = "superseded"


STAGE_LOOKS = {
    Stage.NEW: ("fail", "New"),
    Stage.STANDING: ("fail", "Stands"),
    Stage.UNKNOWN: ("inconclusive", "Stands, not looked at"),
    Stage.CLEARING: ("inconclusive", "Clearing"),
    Stage.OVER: ("pass", "Over"),
    Stage.SUPERSEDED: ("inconclusive", "Superseded by another reference"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A condition: ``subject`` is a column, or the segment of a measure; ``problem`` what is the matter with it."""

    kind: str
    subject: str
    problem: str
    stage: Stage
    since: str
    reason: str

    @property
    def tone(self) -> str:
        return STAGE_LOOKS[self.stage][0]

    @property
    def state(self) -> str:
        return STAGE_LOOKS[self.stage][1]


def conditions(decision: TriggerDecision, kind: str = "") -> tuple[Standing, ...]:
    """Return the conditions, of one kind where it is given: new before standing before over, each with what was found."""
    told = [
        _standing(key, decision) for key in dict.fromkeys((*decision.conditions, *decision.opened, *decision.cleared, *decision.superseded))
    ]
    chosen = [one for one in told if not kind or one.kind == kind]
    order = tuple(Stage)
    return tuple(sorted(chosen, key=lambda one: (order.index(one.stage), one.subject, one.problem)))


def standing(decision: TriggerDecision, kind: str = "") -> tuple[Standing, ...]:
    """Return the conditions that are not over."""
    return tuple(one for one in conditions(decision, kind) if one.stage not in (Stage.OVER, Stage.SUPERSEDED))


def _standing(key: str, decision: TriggerDecision) -> Standing:
    kind, subject, problem = parts_of(key)
    since = dict(decision.memory.since).get(key)
    return Standing(
        kind, subject, problem_words(kind, problem), _stage(key, decision), wording.day_text(since) if since else "", _found(key, decision)
    )


def parts_of(key: str) -> tuple[str, str, str]:
    """Return kind, subject and problem of a key; a column's name may hold the separator.

    >>> parts_of("data_quality|a|b|unseen_level"), parts_of("performance|calibration|term=60"), parts_of("drift|term")
    (('data_quality', 'a|b', 'unseen_level'), ('performance', 'term=60', 'calibration'), ('drift', 'term', ''))
    """
    kind, _, rest = key.partition("|")
    if kind == "performance":
        problem, _, subject = rest.partition("|")
    elif kind == "data_quality":
        subject, _, problem = rest.rpartition("|")
    else:
        subject, problem = rest, ""
    return kind, subject or rest, problem


def problem_words(kind: str, problem: str) -> str:
    """Return the problem of a condition, or its measure, in words."""
    if kind != "performance":
        return words.problem_text(problem)
    named = MEASURE_WORDS[problem][0] if problem in MEASURE_WORDS else wording.spoken(problem)
    return named[:1].lower() + named[1:]


def _stage(key: str, decision: TriggerDecision) -> Stage:
    if key in decision.cleared:
        return Stage.OVER
    if key in decision.superseded:
        return Stage.SUPERSEDED
    if key in decision.opened:
        return Stage.NEW
    if key in decision.memory.unknown:
        return Stage.UNKNOWN
    return Stage.STANDING if key in decision.memory.seen else Stage.CLEARING


def _found(key: str, decision: TriggerDecision) -> str:
    """Return what this window says of a condition: its own finding, or that it stands without having been met, its subject left out."""
    kind, subject, problem = parts_of(key)
    if key in decision.superseded:
        return "Ended because a person froze another reference. Nobody saw it end."
    own = (one for one in (*decision.data_quality, *decision.performance) if _is_of(one, kind, subject, problem))
    drifted = (one for one in decision.findings if kind == "drift" and (one.check, one.subject) == (kind, subject))
    rest = key.partition("|")[2]
    unmet = (one for one in decision.findings if (one.check, one.subject) == (kind, rest))
    return next((one.reason.removeprefix(f"{subject}: ") for found in (own, drifted, unmet) for one in found), "")


def _is_of(finding: Finding, kind: str, subject: str, problem: str) -> bool:
    return (finding.check, finding.subject, finding.reason_code) == (kind, subject, problem)

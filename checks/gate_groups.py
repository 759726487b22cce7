"""What each group of customers got from both versions: how often the favourable answer, and how often the right one.

Put the counting of groups here. Whether they are further apart than they were is ``checks/gate_fairness.py``.

The rules:
 * Rates: the favourable answer among all cases (demographic parity), among those whose label it is (equal opportunity), and the right
   answer (segment error). A rate that the catalogue or the set does not give is none.
 * A case counts where the champion answered it without an error; the candidate's error is neither favourable nor right.
 * Every group of the column is there, if with no case.
 * A favourable answer that no case of a column got from either version says nothing of its groups: its rates are not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from registry.domain.evaluation import EvaluationSet, VersionOutcomes
from registry.domain.paired import PairedCounts

PARITY, OPPORTUNITY, ERROR = "demographic parity", "equal opportunity", "segment error"


@dataclass(frozen=True, slots=True)
class Group:
    """One group's cases of a rate: those that have it under both versions, lost it, won it, and have it under none."""

    name: str
    counts: PairedCounts


@dataclass(frozen=True, slots=True)
class GroupRate:
    """One rate of a column, group by group in the order of their names."""

    column: str
    rate: str
    groups: tuple[Group, ...]


def group_rates(favourable: str, cases: EvaluationSet, champion: VersionOutcomes, candidate: VersionOutcomes) -> Iterator[GroupRate]:
    """Yield every rate of every column of groups by name."""
    was, is_ = (_answers(one) for one in (champion, candidate))
    answered = [place for place, answer in enumerate(was) if answer is not None]
    for column, groups in sorted(cases.groups.items()):
        if favourable:
            parity = [(place, was[place] == favourable, is_[place] == favourable) for place in answered]
            yield GroupRate(column, PARITY, _grouped(groups, parity))
            if cases.labels:
                opportunity = [one for one in parity if cases.labels[one[0]] == favourable]
                yield GroupRate(column, OPPORTUNITY, _grouped(groups, opportunity))
        if cases.labels:
            right = [(place, was[place] == cases.labels[place], is_[place] == cases.labels[place]) for place in answered]
            yield GroupRate(column, ERROR, _grouped(groups, right))


def known_rates(rates: Iterable[GroupRate]) -> tuple[tuple[GroupRate, ...], tuple[GroupRate, ...]]:
    """Return the rates that say something of the groups, and those of a favourable answer that nobody got."""
    found = tuple(rates)
    never = {one.column for one in found if one.rate == PARITY and all(group.counts.both_wrong == group.counts.n for group in one.groups)}
    is_known = [one.rate == ERROR or one.column not in never for one in found]
    known = tuple(one for one, there in zip(found, is_known, strict=True) if there)
    return known, tuple(one for one, there in zip(found, is_known, strict=True) if not there)


def _answers(outcomes: VersionOutcomes) -> list[str | None]:
    return [None if error else answer for answer, error in zip(outcomes.answers, outcomes.errors, strict=True)]


def _grouped(groups: Sequence[str], cases: list[tuple[int, bool, bool]]) -> tuple[Group, ...]:
    found: dict[str, list[int]] = {name: [0, 0, 0, 0] for name in sorted(set(groups))}
    for place, before, now in cases:
        found[groups[place]][(0 if now else 1) if before else (2 if now else 3)] += 1
    return tuple(Group(name, PairedCounts(*counts)) for name, counts in found.items())

"""Levels of a category that appeared, vanished or were replaced: a change of coding, told apart from other customers.

Put a rule here when it looks at which levels a column has. Missing, infinite and absurd values are ``checks/data_quality_values.py``.

The rules, in order; each difference must also be more than chance (``checks/shares.py``):
 * A column that varied and now has one value only is constant; its other levels are then not reported as vanished.
 * Unseen: levels that the reference never had, or had as stray rows (a hundredth as often as now and in hardly a row of thousands), have
   more than ``max_unseen_ratio`` of the rows together. A rare level that grew is drift. A column of many rare levels keeps meeting new
   ones: at most as many as the reference had rare levels are expected by chance (the levels met once bound the share of those not yet
   met: Good, Biometrika 40, 1953).
 * Vanished: a level that had at least ``max_vanished_ratio`` of the reference is gone, or has at most a hundredth of that share.
 * Recoded: unseen and vanished levels have about the same mass (within a factor of two): the same customers under another name.
 * In a population column (a product dimension) a new level is new customers and none of this module's; one that vanished is told, for an
   export may have lost it, and explains no drift.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from checks.data_quality_pair import Pair, Problem, percent
from checks.shares import is_alike_by_chance, is_less, is_more

_MOST_NAMED = 5
_SAME_MASS = 0.5
_AS_GOOD_AS_NONE = 0.01
_STRAY = 0.05
"""A level with at most this part of ``max_unseen_ratio`` in the reference (1 row in 2,000 by default) may have been there by mistake."""


@dataclass(frozen=True, slots=True)
class _Mass:
    """Levels by name, how many rows they have now and had before, and their bins."""

    names: tuple[str, ...]
    now: int
    before: int
    bins: frozenset[int]


def find_level_problems(pair: Pair) -> Iterator[Problem]:
    """Yield what is wrong with the levels of a category."""
    if not pair.is_category or not pair.rows or not pair.rows_before:
        return
    if pair.population:
        if pair.is_whole and (lost := _vanished(pair)):
            yield replace(_vanished_problem(pair, lost), explains=frozenset())
        return
    constant = _constant(pair) if pair.is_whole else None
    if constant is not None:
        yield constant
        return
    unseen, vanished = _unseen(pair), (_vanished(pair) if pair.is_whole else None)
    if unseen and vanished and _is_same_mass(unseen.now / pair.rows, vanished.before / pair.rows_before):
        yield _recoded(pair, unseen, vanished)
        return
    if unseen:
        yield _unseen_problem(pair, unseen)
    if vanished:
        yield _vanished_problem(pair, vanished)


def _constant(pair: Pair) -> Problem | None:
    levels = range(len(pair.bins.levels))
    met = [index for index, count in enumerate(pair.now.counts[:-1]) if count]
    if len(met) != 1 or met[0] not in levels:
        return None
    met_before = [count for count in pair.before.counts[:-1] if count]
    largest = max(met_before, default=0) / max(1, sum(met_before))
    filled = pair.now.counts[met[0]]
    if is_alike_by_chance(filled, largest, len(met_before), pair.level):
        return None
    value = pair.bins.levels[met[0]]
    text = f"{pair.where}: all {filled:,} values are {value!r}, expected {len(met_before)} levels with at most {percent(largest)} in one"
    return Problem("constant_now", f"{text}; ask whether the source still fills the column", 1.0, largest, largest, filled, None)


def _unseen(pair: Pair) -> _Mass | None:
    rare_now, rare_before = dict(pair.now.rare_levels), dict(pair.before.rare_levels)
    barely = {name: count for name, count in rare_now.items() if _is_barely_known(pair, count, rare_before, name)}
    now = pair.now.counts[-2] + sum(barely.values())
    by_chance = len(pair.bins.rare_levels) + sum(_count_before(rare_before, name) for name in barely)
    if now <= pair.policy.max_unseen_ratio * pair.rows or not is_more(now, by_chance, pair.rows, pair.rows_before, pair.level):
        return None
    named = sorted({**dict(pair.now.new_levels), **barely}.items(), key=lambda one: (-one[1], one[0]))
    unseen_bin = len(pair.now.counts) - 2
    bins = frozenset({unseen_bin, unseen_bin - 1} if barely else {unseen_bin})
    before = sum(_count_before(rare_before, name) for name in barely)
    return _Mass(tuple(f"{name} {count:,}" for name, count in named[:_MOST_NAMED]), now, before, bins)


def _is_barely_known(pair: Pair, count: int, rare_before: dict[str, int], name: str) -> bool:
    before = _count_before(rare_before, name) / pair.rows_before
    return bool(rare_before) and before <= min(_AS_GOOD_AS_NONE * count / pair.rows, _STRAY * pair.policy.max_unseen_ratio)


def _count_before(rare_before: dict[str, int], name: str) -> int:
    """Return how often the reference had a rare level; one that is not listed was at most as frequent as the last that is."""
    return rare_before.get(name, min(rare_before.values(), default=0))


def _vanished(pair: Pair) -> _Mass | None:
    level = pair.level / max(1, len(pair.bins.levels))
    gone = [index for index in range(len(pair.bins.levels)) if _is_gone(pair, index, level)]
    if not gone:
        return None
    named = sorted(gone, key=lambda index: -pair.before.counts[index])[:_MOST_NAMED]
    names = tuple(f"{pair.bins.levels[i]} {percent(pair.before.counts[i] / pair.rows_before)}" for i in named)
    return _Mass(names, sum(pair.now.counts[i] for i in gone), sum(pair.before.counts[i] for i in gone), frozenset(gone))


def _is_gone(pair: Pair, index: int, level: float) -> bool:
    now, before = pair.now.counts[index], pair.before.counts[index]
    if before < pair.policy.max_vanished_ratio * pair.rows_before or now / pair.rows > _AS_GOOD_AS_NONE * before / pair.rows_before:
        return False
    return is_less(now, before, pair.rows, pair.rows_before, level)


def _is_same_mass(one: float, other: float) -> bool:
    return min(one, other) >= _SAME_MASS * max(one, other)


def _unseen_problem(pair: Pair, unseen: _Mass) -> Problem:
    share, limit = unseen.now / pair.rows, pair.policy.max_unseen_ratio
    before = f"had {unseen.before:,} times in {pair.rows_before:,} rows" if unseen.before else f"of {pair.rows_before:,} rows never had"
    text = f"{pair.where}: {percent(share)} of {pair.rows:,} rows have levels that the reference {before}, "
    text += f"expected at most {percent(limit)}"
    text += f" ({', '.join(unseen.names)})" if unseen.names else ""
    baseline = unseen.before / pair.rows_before
    return Problem("unseen_level", f"{text}; ask the source how it codes them", share, limit, baseline, pair.rows, unseen.bins)


def _vanished_problem(pair: Pair, vanished: _Mass) -> Problem:
    share = vanished.before / pair.rows_before
    expected = f"expected about {share * pair.rows:,.0f} of {pair.rows:,} rows with {', '.join(vanished.names)} in the reference"
    text = f"{pair.where}: {expected}, found {vanished.now:,}; ask the source whether the level was removed or renamed"
    limit = _AS_GOOD_AS_NONE * share
    return Problem("vanished_level", text, vanished.now / pair.rows, limit, share, pair.rows, vanished.bins)


def _recoded(pair: Pair, unseen: _Mass, vanished: _Mass) -> Problem:
    new, old = unseen.now / pair.rows, vanished.before / pair.rows_before
    rare = {len(pair.now.counts) - 3}  # rare levels have new names too, which are unseen
    text = (
        f"{pair.where}: {percent(new)} of {pair.rows:,} rows have new levels ({', '.join(unseen.names)}) where {percent(old)} of the "
        f"reference's had others that are gone ({', '.join(vanished.names)}); expected the same codes, map the new ones to the old"
    )
    return Problem("recoded", text, new, pair.policy.max_unseen_ratio, old, pair.rows, unseen.bins | vanished.bins | rare)

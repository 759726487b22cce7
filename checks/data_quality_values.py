"""Values that are missing, infinite, off the price list or absurd: broken data, which shares of bins may not show at all.

Put a rule here when it looks at values whatever their levels. Levels of a category are ``checks/data_quality_levels.py``.

The rules, in order; each difference of shares must also be more than chance (``checks/shares.py``):
 * All missing where the reference had values; then nothing else is said about the column.
 * Missing block: the share of missing values rose by more than ``max_missing_rise_ratio``. Missing gone: it fell by more than that, to as
   good as none: something fills the gaps now.
 * Unreadable: the share of what stands in a column of numbers and is none (a unit, a decimal comma, a date) rose by more than
   ``max_unreadable_rise_ratio``. Said before missing values, which these count among.
 * Infinite values: more than ``max_infinite_ratio``.
 * Constant: a number that varied has one value in all rows.
 * Grid moved: more than ``max_off_grid_ratio`` of the values are not on the reference's price list. It is a note, and becomes an alarm only
   where the move would otherwise be taken for drift (``checks/data_quality.py``): new prices in old proportions are no alarm.
 * Range break: a value more than ``max_range_factor`` times the reference's range outside of it, and further out than its tail can reach.
   The tail is taken as a power law through the outermost bin and the extreme (Weissman, JASA 73, 1978), never lighter than the
   reference allows at ``reference_error_probability``; a maximum that grows with ten million rows is no alarm, one fare of 1e9 is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from checks.data_quality_pair import Pair, Problem, percent
from checks.shares import is_alike_by_chance, is_less, is_more

_AS_GOOD_AS_NONE = 0.01
_HEAVY_TAIL = 1.5
"""The tail index where bins cannot tell it: as heavy as losses and large incomes are."""


def find_value_problems(pair: Pair) -> Iterator[Problem]:
    """Yield what is wrong with the values of a column in a segment; of the whole also constants, grids and ranges."""
    if not pair.rows or not pair.rows_before:
        return
    everything = _all_missing(pair)
    if everything is not None:
        yield everything
        return
    rules = (_unreadable, _missing, _infinite, _constant, _grid, _range) if pair.is_whole else (_missing, _infinite)
    yield from (found for rule in rules if (found := rule(pair)) is not None)


def _unreadable(pair: Pair) -> Problem | None:
    count, before, rise = pair.now.unreadable_count, pair.before.unreadable_count, pair.policy.max_unreadable_rise_ratio
    share, was = count / pair.rows, before / pair.rows_before
    if share - was <= rise or not is_more(count, before, pair.rows, pair.rows_before, pair.level):
        return None
    text = f"{pair.where}: {percent(share)} of {pair.rows:,} values are no numbers, expected about {percent(was)} and at most "
    text += f"{percent(was + rise)}; look for units, thousands separators or decimal commas in the export"
    return Problem("unreadable_values", text, share, was + rise, was, pair.rows, frozenset({len(pair.now.counts) - 1}))


def _all_missing(pair: Pair) -> Problem | None:
    missing, before = pair.now.missing_count, pair.before.missing_count
    if missing < pair.rows or not is_more(missing, before, pair.rows, pair.rows_before, pair.level):
        return None
    was = before / pair.rows_before
    found = f"{pair.now.unreadable_count:,} of them with something that is no number" if pair.now.unreadable_count else ""
    text = f"{pair.where}: all {pair.rows:,} values are missing{', ' if found else ''}{found}, expected about {percent(was)}; "
    text += "look how the export writes numbers" if found else "ask the source why it is empty"
    return Problem("all_missing", text, 1.0, min(1.0, was + pair.policy.max_missing_rise_ratio), was, pair.rows, None)


def _missing(pair: Pair) -> Problem | None:
    missing, before = pair.now.missing_count, pair.before.missing_count
    share, was, rise = missing / pair.rows, before / pair.rows_before, pair.policy.max_missing_rise_ratio
    bins = frozenset({len(pair.now.counts) - 1})
    if share - was > rise and is_more(missing, before, pair.rows, pair.rows_before, pair.level):
        text = f"{pair.where}: {percent(share)} of {pair.rows:,} values are missing, expected about {percent(was)} and at most "
        text += f"{percent(was + rise)}; ask the source what stopped coming"
        return Problem("missing_block", text, share, was + rise, was, pair.rows, bins)
    gone = was - share > rise and share <= _AS_GOOD_AS_NONE * was
    if gone and is_less(missing, before, pair.rows, pair.rows_before, pair.level):
        text = f"{pair.where}: {percent(share)} of {pair.rows:,} values are missing, expected about {percent(was)}; ask the source what "
        return Problem("missing_gone", text + "fills the gaps now", share, was - rise, was, pair.rows, None)
    return None


def _infinite(pair: Pair) -> Problem | None:
    count, limit = pair.now.infinite_count, pair.policy.max_infinite_ratio
    before = pair.before.infinite_count
    known = before and not is_more(count, before, pair.rows, pair.rows_before, pair.level)
    if count <= limit * pair.rows or known:
        return None
    share = count / pair.rows
    text = f"{pair.where}: {count:,} of {pair.rows:,} values are infinite, expected at most {percent(limit)}; look for a division by zero"
    return Problem("infinite_values", text, share, limit, before / pair.rows_before, pair.rows)


def _constant(pair: Pair) -> Problem | None:
    now, before = pair.now, pair.before
    one_value = now.low is not None and now.low == now.high and not now.infinite_count
    if pair.is_category or not one_value or before.low == before.high:
        return None
    filled, met = sum(now.counts[:-1]), [count for count in before.counts[:-1] if count]
    largest = max(met, default=0) / max(1, sum(met))
    if is_alike_by_chance(filled, largest, len(met), pair.level):
        return None
    text = f"{pair.where}: all {filled:,} values are {now.low:g}, expected values from {before.low:g} to {before.high:g}"
    return Problem("constant_now", f"{text}; ask whether the source still measures it", 1.0, largest, largest, filled, None)


def _grid(pair: Pair) -> Problem | None:
    finite, limit = sum(pair.now.counts[:-1]), pair.policy.max_off_grid_ratio
    off = pair.now.off_grid_count
    if not pair.bins.grid or off <= limit * finite:
        return None
    if not is_more(off, len(pair.bins.grid), finite, sum(pair.before.counts[:-1]), pair.level):
        return None
    text = f"{pair.where}: {percent(off / finite)} of {finite:,} values are not among the reference's {len(pair.bins.grid)}, expected at "
    text += f"most {percent(limit)}; the price list or the coding changed: freeze a new reference once it is confirmed"
    return Problem("grid_moved", text, off / finite, limit, 0.0, finite, None, blocking=False)


def _range(pair: Pair) -> Problem | None:
    low, high, now = pair.bins.low, pair.bins.high, pair.now
    if low is None or high is None or now.low is None or now.high is None:
        return None
    size = (high - low) or abs(high) or 1.0
    above = (now.high - high) / size if now.high > high + _reach(pair, high, upper=True) else 0.0
    below = (low - now.low) / size if now.low < low - _reach(pair, low, upper=False) else 0.0
    factor, limit = max(above, below), pair.policy.max_range_factor
    if factor <= limit:
        return None
    value = now.high if above >= below else now.low
    text = f"{pair.where}: a value of {value:g} lies {factor:,.0f} times the reference's range ({low:g} to {high:g}) outside of it, "
    text += f"expected at most {limit:g}; look for a unit, a code or a misplaced point"
    return Problem("range_break", text, factor, limit, size, pair.rows)


def _reach(pair: Pair, extreme: float, *, upper: bool) -> float:
    """Return how far beyond the reference's extreme its tail may reach in as many rows as now; infinite where that cannot be told."""
    edges, before = pair.bins.edges, pair.before.counts[:-1]
    if not edges:
        return 0.0
    centre, edge = edges[len(edges) // 2], edges[-1] if upper else edges[0]
    out, spread = abs(extreme - centre), abs(edge - centre)
    count, luck = (before[-1] if upper else before[0]), math.log(1 / pair.reference_error)
    index = math.log(count / luck) / math.log(out / spread) if 0 < spread < out and count > luck else _HEAVY_TAIL
    growth = luck * pair.rows / pair.rows_before / pair.level
    return float(out * (max(1.0, growth) ** (1 / index) - 1))

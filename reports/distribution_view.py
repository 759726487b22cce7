"""Before and after, bin by bin: what the reference had and what this window has, for the columns that moved.

Put here which distributions are drawn and how a bin is named. Whether a column drifted is decided in ``checks``.

 * Shares are of all rows of the segment, so that the bins of one side add up to one; infinite values are a line of their own.
 * A column of very many bins keeps those that differ most; the others are added up in one line, never left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from registry.domain.drift_sample import ColumnKind
from registry.domain.profile import WHOLE, CellCounts, ColumnBins, ReferenceProfile, Segment, WindowProfile
from registry.domain.triggers import DriftCell, TriggerDecision
from reports import triggers_view as view
from reports import triggers_words as words

MAX_CHARTS, MAX_BINS = 8, 14


@dataclass(frozen=True, slots=True)
class BinLine:
    """One bin: its name, the counts and shares of both sides, and the widths of its two bars out of 100."""

    label: str
    before_count: int
    now_count: int
    before_share: str
    now_share: str
    before_width: str
    now_width: str
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Distribution:
    """One column in one segment, drawn."""

    column: str
    segment: str
    sentence: str
    before_rows: int
    now_rows: int
    lines: tuple[BinLine, ...]
    note: str


@dataclass(frozen=True, slots=True)
class _Bin:
    label: str
    before: int
    now: int


def distributions(
    decision: TriggerDecision, reference: ReferenceProfile | None, profile: WindowProfile | None
) -> tuple[tuple[Distribution, ...], tuple[str, ...]]:
    """Return the charts, and the columns that moved and are not drawn."""
    chosen = list(_chosen(decision))
    if reference is None or profile is None:
        return (), tuple(column for column, _, _ in chosen)
    drawn = [found for column, segment, cell in chosen if (found := _distribution(column, segment, cell, reference, profile))]
    shown = drawn[:MAX_CHARTS]
    names = {one.column for one in shown}
    return tuple(shown), tuple(column for column, _, _ in chosen if column not in names)


def bin_labels(bins: ColumnBins) -> tuple[str, ...]:
    """Return the name of each bin, in the order of the counts.

    >>> bin_labels(ColumnBins("age", ColumnKind.NUMBER, edges=(18.0, 30.5)))
    ('up to 18', 'over 18 to 30.5', 'over 30.5', 'missing')
    """
    if bins.kind is ColumnKind.CATEGORY:
        rare = f"rare ({len(bins.rare_levels):,} levels)" if bins.rare_levels else "rare"
        return (*(level or "(empty)" for level in bins.levels), rare, "not in the reference", "missing")
    if not bins.edges:
        return ("any value", "missing")
    between = (f"over {low} to {high}" for low, high in pairwise(map(_number, bins.edges)))
    return (f"up to {_number(bins.edges[0])}", *between, f"over {_number(bins.edges[-1])}", "missing")


def _number(value: float) -> str:
    """Return an edge as short as it can be told from its neighbours; large ones with separators."""
    return f"{value:,.0f}" if value == int(value) and abs(value) < 1e15 else f"{value:,.6g}" if abs(value) < 1e6 else f"{value:.6g}"


def _chosen(decision: TriggerDecision) -> Iterator[tuple[str, Segment, DriftCell | None]]:
    """Yield each column once: those over their threshold, then those that data quality explains or complains of."""
    moved = view.moved(decision)
    first: dict[str, DriftCell] = {}
    for cell in sorted(moved, key=lambda cell: cell.segment != WHOLE):
        first.setdefault(cell.column, cell)
    for column in dict.fromkeys(cell.column for cell in moved):
        yield column, first[column].segment, first[column]
    of_the_whole = {cell.column: cell for cell in decision.cells if cell.segment == WHOLE}
    explained = [cell.column for cell in decision.cells if cell.segment == WHOLE and view.is_explained(cell)]
    broken = [finding.subject for finding in decision.data_quality if finding.subject in of_the_whole]
    for column in dict.fromkeys([*explained, *broken]):
        if column not in first:
            yield column, WHOLE, of_the_whole[column]


def _distribution(
    column: str, segment: Segment, cell: DriftCell | None, reference: ReferenceProfile, profile: WindowProfile
) -> Distribution | None:
    bins, before, now = reference.column(column), reference.profile.cell(column, segment), profile.cell(column, segment)
    if bins is None or before is None or now is None:
        return None
    told = list(_bins(bins, before, now))
    kept, folded = _kept(told, bins.kind is ColumnKind.NUMBER)
    rows = (before.row_count, now.row_count)
    top = max([1e-9, *(max(_ratio(one.before, rows[0]), _ratio(one.now, rows[1])) for one in kept)])
    return Distribution(
        column=column,
        segment=segment.name,
        sentence=_sentence(cell),
        before_rows=rows[0],
        now_rows=rows[1],
        lines=tuple(_line(one, rows, top) for one in kept),
        note=_note(folded, now),
    )


def _bins(bins: ColumnBins, before: CellCounts, now: CellCounts) -> Iterator[_Bin]:
    for label, was, is_now in zip(bin_labels(bins), before.counts, now.counts, strict=True):
        if was or is_now or (bins.kind is ColumnKind.NUMBER and label != "missing"):
            yield _Bin(label, was, is_now)
    if before.infinite_count or now.infinite_count:
        yield _Bin("infinite", before.infinite_count, now.infinite_count)


def _kept(told: list[_Bin], is_number: bool) -> tuple[list[_Bin], int]:
    """Return the bins that are drawn, in their order, and how many were added up; numbers keep all, so that the axis has no hole."""
    if is_number or len(told) <= MAX_BINS:
        return told, 0
    rows = sum(one.before for one in told), sum(one.now for one in told)
    shares = {one: (_ratio(one.before, rows[0]), _ratio(one.now, rows[1])) for one in told}
    by_change = sorted(told, key=lambda one: (-abs(shares[one][1] - shares[one][0]), -max(shares[one])))
    chosen = by_change[: MAX_BINS - 1]
    rest = by_change[MAX_BINS - 1 :]
    others = _Bin(f"{len(rest):,} other bins", sum(one.before for one in rest), sum(one.now for one in rest))
    return [*(one for one in told if one in chosen), others], len(rest)


def _line(one: _Bin, rows: tuple[int, int], top: float) -> BinLine:
    before, now = _ratio(one.before, rows[0]), _ratio(one.now, rows[1])
    return BinLine(
        label=one.label,
        before_count=one.before,
        now_count=one.now,
        before_share=_percent(before, one.before),
        now_share=_percent(now, one.now),
        before_width=f"{100 * before / top:.2f}",
        now_width=f"{100 * now / top:.2f}",
        is_new=bool(one.now and not one.before),
    )


def _sentence(cell: DriftCell | None) -> str:
    if cell is None or cell.psi is None:
        return "PSI not computed"
    return f"PSI {words.psi_text(cell.psi)}, threshold {words.psi_text(cell.threshold)}"


def _note(folded: int, now: CellCounts) -> str:
    named = ", ".join(f"{level} ({count:,})" for level, count in now.new_levels)
    parts = [f"The {folded:,} bins that differ least are added up in one line." if folded else ""]
    parts += [f"Levels that the reference did not have: {named}." if named else ""]
    return " ".join(filter(None, parts))


def _ratio(count: int, rows: int) -> float:
    return count / rows if rows else 0.0


def _percent(ratio: float, count: int) -> str:
    """Return a share; what is there is never written as zero."""
    return "under 0.1 %" if count and ratio < 0.0005 else f"{100 * ratio:.1f} %"

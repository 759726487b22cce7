"""The map of columns and windows: in which band each cell lay, said by shape and by text, with colour only on top.

Put here how cells become bands and rows. An earlier window is known as the ledger keeps it: over, drifted, not evaluated, or none of these
(then it was not over its threshold); only the window judged now has its numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from registry.domain.profile import WHOLE, ColumnRole
from registry.domain.triggers import CellState, DriftCell, PastWindow, TriggerDecision, TriggerHistory
from reports import triggers_words as words
from reports.triggers_view import is_clearing, is_explained

MAX_EARLIER, MAX_ROWS, MAX_FOLDED = 11, 40, 400


class Band(StrEnum):
    """Where a cell lay, from the one that asks for most attention."""

    DRIFTED = "drifted"
    OVER = "over"
    CLEARING = "clearing"
    EXPLAINED = "explained"
    UNTOLD = "untold"
    RAISED = "raised"
    QUIET = "quiet"
    OTHER = "other"


BAND_WORDS = {
    Band.DRIFTED: "drifted: over its threshold for as long as the policy asks",
    Band.OVER: "over its threshold, not yet for long enough",
    Band.CLEARING: "drifted before, below its threshold again, not yet for long enough to be over",
    Band.EXPLAINED: "data quality: broken or recoded, not counted as drift",
    Band.UNTOLD: "not evaluated",
    Band.RAISED: "more than chance alone gives, still not over its threshold (this window only)",
    Band.QUIET: "not over its threshold; in this window also no more than chance gives",
    Band.OTHER: "compared with another reference, or not a column then",
}


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One column in one window."""

    band: Band
    label: str


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One column over all windows, the one judged now last; ``psi`` and ``threshold`` are those of now."""

    column: str
    is_score: bool
    cells: tuple[HeatCell, ...]
    psi: str
    threshold: str


@dataclass(frozen=True, slots=True)
class HeatMap:
    """``heads`` are the windows, oldest first, in two short lines each; ``folded`` rows are shown on request, ``left_out`` only counted."""

    heads: tuple[tuple[str, str], ...]
    rows: tuple[HeatRow, ...]
    folded: tuple[HeatRow, ...]
    left_out: int
    bands: tuple[Band, ...]


def heat_map(decision: TriggerDecision, history: TriggerHistory) -> HeatMap:
    """Return the map of all rows, the columns that ask for attention first."""
    earlier = [past for past in history.windows if past.window < decision.window][-MAX_EARLIER:]
    cells = sorted((cell for cell in decision.cells if cell.segment == WHOLE), key=lambda cell: _rank(cell, earlier, decision))
    rows = [_row(cell, earlier, decision) for cell in cells]
    heads = [*(past.window for past in earlier), decision.window]
    met = {cell.band for row in rows for cell in row.cells}
    return HeatMap(
        heads=tuple(words.short_window_text(window, decision.window_kind) for window in heads),
        rows=tuple(rows[:MAX_ROWS]),
        folded=tuple(rows[MAX_ROWS : MAX_ROWS + MAX_FOLDED]),
        left_out=max(0, len(rows) - MAX_ROWS - MAX_FOLDED),
        bands=tuple(band for band in Band if band in met),
    )


def band_of(cell: DriftCell) -> Band:
    """Return the band of a cell of this window."""
    if cell.state in (CellState.DRIFTED, CellState.OVER):
        return Band.CLEARING if is_clearing(cell) else Band(cell.state.value)
    if is_explained(cell):
        return Band.EXPLAINED
    if cell.state is CellState.NOT_EVALUATED or cell.psi is None:
        return Band.UNTOLD
    is_raised = cell.null_quantile is not None and cell.psi > cell.null_quantile
    return Band.RAISED if is_raised else Band.QUIET


def past_band(key: str, column: str, past: PastWindow, reference_digest: str) -> Band:
    """Return the band of all rows of a column in an earlier window, as the ledger keeps it."""
    if past.reference_digest != reference_digest:
        return Band.OTHER
    if key in past.drifted:
        return Band.DRIFTED if key in past.over else Band.CLEARING
    if key in past.over:
        return Band.OVER
    if any(condition.startswith(f"data_quality|{column}|") for condition in past.conditions):
        return Band.EXPLAINED
    return Band.UNTOLD if key in past.not_evaluated or not past.judged else Band.QUIET


def _rank(cell: DriftCell, earlier: Sequence[PastWindow], decision: TriggerDecision) -> tuple[object, ...]:
    """Return what a row is sorted by: its band now, then the worst that it had before, then its PSI."""
    order = tuple(Band)
    before = [past_band(cell.key, cell.column, past, decision.reference_digest) for past in earlier]
    return order.index(band_of(cell)), min(map(order.index, before), default=len(order)), -(cell.psi or 0.0), cell.column


def _row(cell: DriftCell, earlier: Sequence[PastWindow], decision: TriggerDecision) -> HeatRow:
    kind = decision.window_kind
    before = [
        HeatCell(
            band := past_band(cell.key, cell.column, past, decision.reference_digest), _label(words.window_text(past.window, kind), band)
        )
        for past in earlier
    ]
    now = HeatCell(band_of(cell), _label(words.window_text(decision.window, kind), band_of(cell)))
    return HeatRow(
        column=cell.column,
        is_score=cell.role is ColumnRole.SCORE,
        cells=(*before, now),
        psi="" if cell.psi is None else words.psi_text(cell.psi).replace("below ", "<"),
        threshold="" if cell.threshold is None else words.psi_text(cell.threshold),
    )


def _label(window: str, band: Band) -> str:
    return f"{window}: {BAND_WORDS[band].partition(':')[0].partition(',')[0].partition(';')[0]}"

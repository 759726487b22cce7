"""Samples for the drift page: a plain pair, and pairs with given texts wherever a text can stand."""

from __future__ import annotations

from collections.abc import Sequence

from registry.domain.drift_sample import ColumnKind, Sample, SampleColumn


def numbers(name: str = "score", values: Sequence[float | None] = (0.1, 0.2, 0.3, 0.4) * 10) -> SampleColumn:
    return SampleColumn(name, ColumnKind.NUMBER, tuple(values))


def categories(name: str = "state", values: Sequence[str | None] = ("TX", "CA", "NY", "TX") * 10) -> SampleColumn:
    return SampleColumn(name, ColumnKind.CATEGORY, tuple(values))


def a_sample(*columns: SampleColumn, label: str = "1 to 15 Oct 2020") -> Sample:
    return Sample(label, columns or (numbers(), categories()))


def named_by(texts: Sequence[str]) -> tuple[Sample, Sample]:
    """Every text as the name of a column of numbers and, with a mark, of one of categories that are these texts."""
    columns = [column for text in texts for column in (numbers(text), categories(f"{text} (category)", tuple(texts) * 2))]
    rows = max(len(column.values) for column in columns)
    even = [SampleColumn(c.name, c.kind, (c.values * rows)[:rows]) for c in columns]
    return Sample(texts[0], tuple(even)), Sample(texts[-1], tuple(even))

"""Any table of outcomes is read as plain Python reads it row by row, whatever the order of its rows."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sources.evaluation_scenes import CANDIDATE, CHAMPION, COLUMNS, a_row, outcomes_read

IDS = ("c1", "c2", "c3")
Row = tuple[str, str, str, str | None, str | None]
ROWS = st.lists(
    st.tuples(
        st.sampled_from((CHAMPION, CANDIDATE, "router-0")),
        st.sampled_from((*IDS, "c9")),
        st.sampled_from(("1", "2", "10")),
        st.sampled_from((None, "card", "loan", " card", 'a "b", c')),
        st.sampled_from((None, "0.25", "NaN", "much")),
    ),
    max_size=20,
)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return one folder for all examples: every other one would be another database in memory."""
    return tmp_path_factory.mktemp("room")


def read(folder: Path, rows: list[Row]) -> dict[str, object]:
    """Return what is read of each version, None where its rows are not told apart."""
    table = [a_row(name, case, attempt=repeat, answer=answer, score=score) for name, case, repeat, answer, score in rows]
    found = outcomes_read(folder, table or [a_row("nobody", "c1", attempt=1)], columns=replace(COLUMNS, repeat="attempt"))
    made: dict[str, object] = {name: (one.answers, one.scores, one.repeats, one.strangers) for name, one in found.outcomes.items()}
    return made | {one.subject: None for one in found.findings if one.reason_code == "duplicate_outcomes"}


def read_plainly(rows: list[Row]) -> dict[str, object]:
    made: dict[str, object] = {}
    for name in {row[0] for row in rows} & {CHAMPION, CANDIDATE}:
        mine = [row for row in rows if row[0] == name]
        tried = [sorted((row for row in mine if row[1] == case), key=lambda row: float(row[2])) for case in IDS]
        if any(len({row[2] for row in of_case}) < len(of_case) for of_case in tried):
            made[name] = None
            continue
        repeats = tuple(tuple(row[3] for row in of_case[1:]) for of_case in tried)
        answers = tuple(of_case[0][3] if of_case else None for of_case in tried)
        scores = tuple(0.25 if of_case and of_case[0][4] == "0.25" else None for of_case in tried)
        made[name] = (answers, scores, repeats if any(repeats) else (), sum(row[1] == "c9" for row in mine))
    return made


@given(rows=ROWS, seed=st.integers(0, 99))
def test_a_table_is_read_as_row_by_row_whatever_the_order(room: Path, rows: list[Row], seed: int) -> None:
    mixed = random.Random(seed).sample(rows, len(rows))
    assert read(room, rows) == read_plainly(rows) == read(room, mixed)

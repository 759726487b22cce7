"""Cases of the locked set in recorded training data: found by id and by what they ask, in whatever file, and nothing of it is kept."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.domain.catalogue import SourceSpec
from registry.domain.decision import InputDigest
from registry.domain.evaluation import TrainingRead, TrainingSpec
from registry.errors import SchemaBrokenError, SourceError
from registry.sources.caps import SourceCaps
from registry.sources.evaluation_set import read_evaluation_set
from registry.sources.evaluation_tables import digest_columns, staged_files_once
from registry.sources.evaluation_training import content_digest, read_training
from registry.sources.locations import find_files
from tests.sources.evaluation_scenes import CASES, a_spec
from tests.sources.prediction_scenes import Rows, a_place, write_rows


def trained_on(folder: Path, rows: Rows, name: str = "training.csv", by: str = "both") -> TrainingRead:
    """Write ``rows`` as training data and look for the three cases in it."""
    write_rows(folder, rows, name)
    return looked_through(folder, name, by)


def looked_through(folder: Path, name: str, by: str = "both") -> TrainingRead:
    write_rows(folder, CASES, "locked.csv")
    case_id, content = ("row" if by != "content" else ""), (("question",) if by != "id" else ())
    place = a_place(folder)
    spec = TrainingSpec(SourceSpec("training", name), case_id, content)
    return read_training(spec, read_evaluation_set(a_spec(folder), place), place)


def a_row(row: str | None, question: str | None) -> dict[str, str | None]:
    return {"row": row, "question": question, "label": "card"}


def test_data_without_a_row_has_no_case_and_says_that_it_is_empty(tmp_path: Path) -> None:
    (tmp_path / "training.csv").write_text("row,question,label\n", encoding="utf-8")
    read = looked_through(tmp_path, "training.csv")
    assert (read.row_count, read.by_id, read.by_content) == (0, (), ())


@pytest.mark.parametrize("name", ["training.csv", "training.csv.gz", "training.jsonl", "training.parquet"])
def test_a_case_is_found_by_its_id_and_by_what_it_asks_in_every_kind_of_file(tmp_path: Path, name: str) -> None:
    read = trained_on(tmp_path, [a_row("t1", "something else"), a_row("c2", "reworded"), a_row("t3", "what is c3")], name)
    digest = f"sha256:{hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()}"
    assert read == TrainingRead(3, 0, ("c2",), ("c3",), (InputDigest(f"training data: {name}", digest),))


@pytest.mark.parametrize("written", ["C2", " c2 ", "c2\t", "\uff432"])
def test_an_id_in_other_letters_or_with_blanks_is_that_of_the_case(tmp_path: Path, written: str) -> None:
    assert trained_on(tmp_path, [a_row(written, "reworded")], "training.jsonl").by_id == ("c2",)


@pytest.mark.parametrize(("by", "found"), [("id", (("c2",), ())), ("content", ((), ("c3",)))])
def test_only_what_the_catalogue_names_is_compared(tmp_path: Path, by: str, found: tuple[tuple[str, ...], tuple[str, ...]]) -> None:
    read = trained_on(tmp_path, [a_row("c2", "reworded"), a_row("t3", "what is c3")], by=by)
    assert (read.by_id, read.by_content) == found


def test_a_row_without_an_id_that_asks_nothing_is_no_case(tmp_path: Path) -> None:
    read = trained_on(tmp_path, [a_row(None, None), a_row(" ", " "), a_row("", "")], "training.jsonl")
    assert (read.row_count, read.by_id, read.by_content) == (3, (), ())


def test_every_file_is_looked_through_and_named(tmp_path: Path) -> None:
    for day in ("1", "2"):
        write_rows(tmp_path, [a_row(f"c{day}", "x"), a_row("t", "y")], f"training-{day}.csv")
    read = looked_through(tmp_path, "training-*.csv")
    assert (read.row_count, read.by_id, len(read.inputs)) == (4, ("c1", "c2"), 2)


def test_a_file_larger_than_every_limit_on_rows_is_looked_through_to_its_last_row(tmp_path: Path) -> None:
    write_rows(tmp_path, CASES, "locked.csv")
    with gzip.open(tmp_path / "training.csv.gz", "wt", encoding="utf-8") as stream:
        stream.write("row,question\n" + "".join(f"t{number},no case {number}\n" for number in range(45_000)) + "c3,reworded\n")
    place = a_place(tmp_path, caps=SourceCaps(max_rows=1_000))
    cases = read_evaluation_set(a_spec(tmp_path), place)
    read = read_training(TrainingSpec(SourceSpec("training", "training.csv.gz"), "row", ("question",)), cases, place)
    assert (read.row_count, read.by_id) == (45_001, ("c3",))


def test_a_row_that_cannot_be_read_is_counted(tmp_path: Path) -> None:
    (tmp_path / "training.jsonl").write_text('{"row": "t1", "question": "x"}\n{"row": \n', encoding="utf-8")
    read = looked_through(tmp_path, "training.jsonl")
    assert (read.row_count, read.unreadable_count) == (1, 1)


def test_bytes_that_are_no_text_are_read_again_and_no_row_is_counted_twice(tmp_path: Path) -> None:
    rows = b"row,question\nt1,x\nt2,\xff\nc1,y\n"
    (tmp_path / "training.csv").write_bytes(rows)
    read = looked_through(tmp_path, "training.csv")
    assert (read.by_id, read.row_count, read.unreadable_count) == (("c1",), 3, 1)


def test_a_column_that_is_missing_is_refused_with_the_nearest_name_and_the_key(tmp_path: Path) -> None:
    write_rows(tmp_path, [{"row": "t1", "questions": "x"}], "training.csv")
    with pytest.raises(SchemaBrokenError, match=r"a column 'question'.*'questions'.*correct evaluation\.training in the catalogue"):
        looked_through(tmp_path, "training.csv")


def test_data_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"training\.csv"):
        looked_through(tmp_path, "training.csv")


def test_the_rows_of_a_query_have_one_digest_in_whatever_order_they_come(tmp_path: Path) -> None:
    write_rows(tmp_path, CASES, "locked.csv")
    engine = sa.create_engine(f"sqlite:///{tmp_path}/bank.db")
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE t (row TEXT, question TEXT)"))
        connection.execute(sa.text("INSERT INTO t VALUES ('t1', 'x'), ('c2', 'y'), ('t2', 'what is c1')"))
    place = a_place(tmp_path, connection_url=lambda _: f"sqlite:///{tmp_path}/bank.db")
    cases = read_evaluation_set(a_spec(tmp_path), place)
    found = []
    for text in ("SELECT * FROM t ORDER BY row", "SELECT * FROM t ORDER BY row DESC", "SELECT * FROM t WHERE row <> 't1'"):
        (tmp_path / "training.sql").write_text(text, encoding="utf-8")
        source = SourceSpec("training", connection="bank", query_file="training.sql")
        found.append(read_training(TrainingSpec(source, "row", ("question",)), cases, place))
    assert found[0] == found[1] and (found[0].by_id, found[0].by_content, found[0].row_count) == (("c2",), ("c1",), 3)
    assert found[2].inputs != found[0].inputs and found[2].row_count == 2


TEXTS = st.none() | st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), max_size=12)


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5))
def test_the_digest_of_what_a_row_asks_is_the_one_that_the_set_has_of_it(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str | None, str | None]]
) -> None:
    folder = tmp_path_factory.mktemp("digests")
    write_rows(folder, [{"a": one, "b": other} for one, other in rows], "rows.parquet")
    place = a_place(folder)
    files = find_files("rows.parquet", place.base, place.roots)
    with staged_files_once(SourceSpec("rows", "rows.parquet"), files, place) as stage:
        assert list(digest_columns(stage, ("a", "b"))) == [content_digest(row) for row in rows]

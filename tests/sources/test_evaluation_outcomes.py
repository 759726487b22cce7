"""Outcomes of versions: aligned to the set from every kind of source, and told of what could not be taken."""

from __future__ import annotations

import random
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from registry.domain.catalogue import SourceSpec
from registry.domain.decision import Verdict
from registry.domain.evaluation import VersionOutcomes
from registry.errors import SchemaBrokenError, SourceError
from registry.sources.caps import SourceCaps
from registry.sources.store import quoted, store_in
from tests.sources.evaluation_scenes import CANDIDATE, CHAMPION, COLUMNS, a_row, of_candidate, outcomes_at, outcomes_read
from tests.sources.prediction_scenes import KINDS, Rows, a_place, write_rows

REPEATED = replace(COLUMNS, repeat="attempt")


def rows_of(version: str, *answers: str | None, **changes: Any) -> Rows:
    return [a_row(version, f"c{place}", answer=answer, **changes) for place, answer in enumerate(answers, start=1)]


def candidate(folder: Path, rows: Rows, **changes: Any) -> VersionOutcomes:
    """Return the candidate's outcomes; nothing else is to be told of them."""
    found, told = of_candidate(folder, rows, **changes)
    assert found is not None and told == []
    return found


def attempts(case_id: str, *answers: str | None, first: int = 1) -> Rows:
    return [a_row(CANDIDATE, case_id, answer=answer, attempt=number) for number, answer in enumerate(answers, start=first)]


def test_a_table_without_rows_has_outcomes_of_no_version(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("version,case,answer,score,error,grounded,seconds\n")
    read = outcomes_at(tmp_path, a_place(tmp_path))
    assert dict(read.outcomes) == {}
    assert [(one.subject, one.reason_code, one.verdict, one.blocking) for one in read.findings] == [
        (name, "no_outcomes", Verdict.INCONCLUSIVE, True) for name in (CHAMPION, CANDIDATE)
    ]
    assert "found no row with a version" in read.findings[0].reason


def test_an_empty_file_of_lines_has_outcomes_of_no_version(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text("")
    read = outcomes_at(tmp_path, a_place(tmp_path), outcomes=SourceSpec("outcomes", "rows.jsonl"))
    assert [one.reason_code for one in read.findings] == ["no_outcomes", "no_outcomes"]


@pytest.mark.parametrize("kind", KINDS)
def test_outcomes_stand_in_the_order_of_the_set_whatever_the_kind_of_file(tmp_path: Path, kind: str) -> None:
    rows = [*reversed(rows_of(CANDIDATE, "card", "loan", None)), *rows_of(CHAMPION, "loan", "loan", "card", grounded="0")]
    read = outcomes_read(tmp_path, rows, kind)
    assert read.findings == ()
    assert [one.name for one in read.inputs] == [kind]
    found = read.outcomes[CANDIDATE]
    assert (found.answers, found.errors, found.scores) == (("card", "loan", None), ("", "", ""), (0.5, 0.5, 0.5))
    assert (found.amounts, found.passed) == ({"seconds": (1.5, 1.5, 1.5)}, {"grounded": (True, True, True)})
    assert (found.repeats, found.strangers) == ((), 0)
    assert read.outcomes[CHAMPION].passed == {"grounded": (False, False, False)}


def test_values_of_a_table_that_has_types_are_read_as_they_are(tmp_path: Path) -> None:
    rows = [a_row(CANDIDATE, f"c{place}", score=place / 4, seconds=place, grounded=place == 1) for place in (1, 2, 3)]
    found = candidate(tmp_path, rows, name="rows.parquet")
    assert (found.scores, found.amounts, found.passed) == (
        (0.25, 0.5, 0.75),
        {"seconds": (1.0, 2.0, 3.0)},
        {"grounded": (True, False, False)},
    )


def test_the_outcomes_of_a_database_are_those_of_a_file(tmp_path: Path) -> None:
    rows = [*rows_of(CHAMPION, "loan", "loan", "card"), *rows_of(CANDIDATE, "card", "loan", "card"), *rows_of("router-0", "x", "x", "x")]
    expected = outcomes_read(tmp_path, rows)
    connection = sqlite3.connect(tmp_path / "crm.db")
    connection.execute(f"CREATE TABLE results ({', '.join(map(quoted, rows[0]))})")
    connection.executemany("INSERT INTO results VALUES (?, ?, ?, ?, ?, ?, ?)", [tuple(row.values()) for row in rows])
    connection.commit()
    connection.close()
    (tmp_path / "results.sql").write_text("SELECT * FROM results")
    place = a_place(tmp_path, connection_url=lambda _name: f"sqlite:///{tmp_path}/crm.db")
    read = outcomes_at(tmp_path, place, outcomes=SourceSpec("outcomes", connection="crm", query_file="results.sql"))
    assert (read.outcomes, read.findings) == (expected.outcomes, ())


def test_a_query_that_asks_for_a_window_is_refused(tmp_path: Path) -> None:
    (tmp_path / "results.sql").write_text("SELECT * FROM results WHERE made >= :window_start")
    with pytest.raises(SourceError, match="found one that asks for :window_start or :window_end; an evaluation has no window"):
        outcomes_at(tmp_path, a_place(tmp_path), outcomes=SourceSpec("outcomes", connection="crm", query_file="results.sql"))


def test_versions_may_be_in_files_of_their_own_and_bad_cells_are_named_there(tmp_path: Path) -> None:
    write_rows(tmp_path, rows_of(CHAMPION, "card", "loan", "card"), "run-1.csv")
    write_rows(tmp_path, rows_of(CANDIDATE, "card", "loan", "card", seconds="slow")[1:], "run-2.csv")
    write_rows(tmp_path, [{"version": "router-0", "case": "c1"}], "run-0.csv")
    read = outcomes_at(tmp_path, a_place(tmp_path), outcomes=SourceSpec("outcomes", "run-*.csv"))
    assert [one.answers for one in read.outcomes.values()] == [("card", "loan", "card"), (None, "loan", "card")]
    assert [one.reason for one in read.findings] == [
        "router-2: 2 cells of 'seconds' taken for no value, expected a finite number: run-2.csv, row 1 ('slow'), row 2 ('slow'); "
        "have the table corrected"
    ]


def test_what_is_wrong_with_other_versions_is_no_concern_of_these(tmp_path: Path) -> None:
    others = [a_row("router-0", "c1", seconds="NaN"), a_row("router-0", "c1"), a_row("router-0", None), a_row("router-0", "elsewhere")]
    assert candidate(tmp_path, [*others, *rows_of(CANDIDATE, "card", "loan", "card"), *others]).strangers == 0


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("router-3", "found 'router-2', 'router-1'"),
        ("ROUTER-2", "found 'router-2', 'router-1'"),
        ("gpt", "found 'router-1', 'router-2'"),
    ],
)
def test_a_version_that_is_not_there_is_told_with_the_nearest_and_the_other_is_read(tmp_path: Path, asked: str, told: str) -> None:
    rows = [*rows_of(CHAMPION, "card", "loan", "card"), *rows_of(CANDIDATE, "card", "loan", "card")]
    read = outcomes_read(tmp_path, rows, versions=(CHAMPION, asked))
    assert list(read.outcomes) == [CHAMPION]
    assert [(one.subject, one.reason_code, one.blocking) for one in read.findings] == [(asked, "no_outcomes", True)]
    assert f"{asked}: expected rows with this 'version' in rows.csv, {told};" in read.findings[0].reason


def test_of_many_versions_the_nearest_are_named(tmp_path: Path) -> None:
    rows = [row for number in range(30) for row in rows_of(f"model-{number}", "card")]
    read = outcomes_read(tmp_path, rows, versions=("model-2026-12",))
    assert "found 30 others, nearest 'model-2" in read.findings[0].reason


def test_the_digest_does_not_depend_on_the_order_of_rows(tmp_path: Path) -> None:
    rows = [*rows_of(CHAMPION, "loan", "card", "card"), *rows_of(CANDIDATE, "card", "loan", "card"), a_row(CANDIDATE, "c9")]
    digests = set()
    for seed in range(5):
        mixed = random.Random(seed).sample(rows, len(rows))
        digests.add(tuple(sorted((name, one.digest) for name, one in outcomes_read(tmp_path, mixed).outcomes.items())))
    assert len(digests) == 1


@pytest.mark.parametrize(
    "changes", [{"answer": "loan"}, {"score": "0.51"}, {"error": "timeout"}, {"grounded": "false"}, {"seconds": "2"}, {"case": "c9"}]
)
def test_the_digest_names_everything_that_was_read(tmp_path: Path, changes: dict[str, str]) -> None:
    rows = rows_of(CANDIDATE, "card", "loan", "card")
    first, _ = of_candidate(tmp_path, rows)
    other, _ = of_candidate(tmp_path, [rows[0] | changes, *rows[1:]])
    assert first is not None and other is not None and first.digest != other.digest


def test_the_digest_names_rows_of_other_cases_too(tmp_path: Path) -> None:
    rows = rows_of(CANDIDATE, "card", "loan", "card")
    first, _ = of_candidate(tmp_path, rows)
    other, _ = of_candidate(tmp_path, [*rows, a_row(CANDIDATE, "c9")])
    assert first is not None and other is not None and first.digest != other.digest


def test_the_same_outcomes_under_two_names_have_one_digest(tmp_path: Path) -> None:
    read = outcomes_read(tmp_path, [*rows_of(CHAMPION, "card", "loan", "card"), *rows_of(CANDIDATE, "card", "loan", "card")])
    assert read.outcomes[CHAMPION].digest == read.outcomes[CANDIDATE].digest


def test_a_table_without_a_column_of_versions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaBrokenError, match=r"rows.csv: expected a column 'version' \(did you mean 'Version'\?\), found none"):
        outcomes_read(tmp_path, [{"Version": CANDIDATE, "case": "c1"}])


def test_missing_columns_are_all_named_with_the_nearest(tmp_path: Path) -> None:
    rows = [{"version": CANDIDATE, "case": "c1", "anwser": "card", "score": 1, "errors": "", "grounded": 1, "time": 3}]
    with pytest.raises(SchemaBrokenError) as refused:
        outcomes_read(tmp_path, rows)
    told = "rows.csv: expected columns 'answer' (did you mean 'anwser'?), 'error' (did you mean 'errors'?), 'seconds', found none; correct"
    assert str(refused.value).startswith(told)


def test_a_case_that_a_version_never_tried_has_neither_answer_nor_error(tmp_path: Path) -> None:
    found = candidate(tmp_path, rows_of(CANDIDATE, "card")[:1])
    assert (found.answers, found.errors, found.scores) == (("card", None, None), ("", "", ""), (0.5, None, None))


def test_an_error_is_kept_with_whatever_else_the_row_has(tmp_path: Path) -> None:
    found = candidate(tmp_path, rows_of(CANDIDATE, "card", "loan", error=" timeout ") + rows_of(CANDIDATE, "", "", "card", error="  ")[2:])
    assert (found.errors, found.answers) == (("timeout", "timeout", ""), ("card", "loan", "card"))


def test_errors_are_cut_and_hold_nobody_s_data(tmp_path: Path) -> None:
    rows = rows_of(CANDIDATE, None, None, None, error="no answer for ada@bank.example " + "x" * 500)
    write_rows(tmp_path, rows, "rows.csv")
    place = a_place(tmp_path, redact=lambda text: (text.replace("ada@bank.example", "[email]"), {}))
    error = outcomes_at(tmp_path, place).outcomes[CANDIDATE].errors[0]
    assert error.startswith("no answer for [email] xxx") and len(error) == 200


@pytest.mark.parametrize("cell", ["NaN", "inf", "-Infinity", "n/a", "1,5", "1_000", "1e999"])
def test_what_is_no_finite_number_is_no_value_and_told(tmp_path: Path, cell: str) -> None:
    rows = rows_of(CANDIDATE, "card", "loan", "card")
    found, told = of_candidate(tmp_path, [rows[0], rows[1] | {"score": cell, "seconds": cell}, rows[2] | {"score": None}])
    assert found is not None
    assert (found.scores, found.amounts) == ((0.5, None, None), {"seconds": (1.5, None, 1.5)})
    assert told == [
        (
            "unreadable_values",
            f"router-2: 1 cell of {column!r} taken for no value, expected a finite number: rows.csv, row 2 ({cell!r}); "
            "have the table corrected",
        )
        for column in ("score", "seconds")
    ]


def test_cells_that_are_told_hold_nobody_s_data(tmp_path: Path) -> None:
    write_rows(tmp_path, rows_of(CANDIDATE, "card", "loan", "card", score="ada@bank.example"), "rows.csv")
    place = a_place(tmp_path, redact=lambda text: (text.replace("ada@bank.example", "[email]"), {}))
    reason = outcomes_at(tmp_path, place, (CANDIDATE,)).findings[0].reason
    assert "ada" not in reason and "('[email]')" in reason


@pytest.mark.parametrize(
    ("cell", "expected"), [("true", True), ("TRUE", True), ("1", True), ("1.0", True), ("False", False), ("0", False), (None, None)]
)
def test_whether_a_case_passed_is_true_or_false(tmp_path: Path, cell: str | None, expected: bool | None) -> None:
    assert candidate(tmp_path, [a_row(CANDIDATE, "c1", grounded=cell)]).passed["grounded"][0] is expected


@pytest.mark.parametrize("cell", ["yes", "2", "0.5", "passed"])
def test_whatever_else_passed_says_is_no_value_and_told(tmp_path: Path, cell: str) -> None:
    found, told = of_candidate(tmp_path, [a_row(CANDIDATE, "c1", grounded=cell)])
    assert found is not None and found.passed["grounded"] == (None, None, None)
    assert [code for code, _ in told] == ["unreadable_values"]
    assert f"expected true or false: rows.csv, row 1 ({cell!r})" in told[0][1]


@pytest.mark.parametrize("again", [{}, {"answer": "loan"}])
def test_two_rows_for_one_case_refuse_the_version_and_not_the_other(tmp_path: Path, again: dict[str, str]) -> None:
    rows = [*rows_of(CANDIDATE, "card", "loan"), a_row(CANDIDATE, "c2") | again, *rows_of(CHAMPION, "card", "loan", "card")]
    read = outcomes_read(tmp_path, rows)
    assert list(read.outcomes) == [CHAMPION]
    assert [(one.subject, one.reason_code, one.blocking) for one in read.findings] == [(CANDIDATE, "duplicate_outcomes", True)]
    assert read.findings[0].reason == (
        "router-2: expected one row a case, found several for 1 case: 'c2' in rows.csv, row 2, row 3; which one counts would be a guess, "
        "keep one, or name a column of repeats in the catalogue"
    )


def test_the_lowest_repeat_is_the_answer_and_the_others_are_repeats(tmp_path: Path) -> None:
    rows = [*reversed(attempts("c1", "card", "loan")), *attempts("c2", "loan", None, first=10), *attempts("c3", "card", "card", first=9)]
    found = candidate(tmp_path, rows, columns=REPEATED)
    assert found.answers == ("card", "loan", "card")
    assert found.repeats == (("loan",), (None,), ("card",))


def test_a_repeat_that_ended_in_an_error_has_no_answer_whatever_stands_beside_it(tmp_path: Path) -> None:
    rows = [*attempts("c1", "card"), a_row(CANDIDATE, "c1", answer="card", attempt=2, error=" timeout ")]
    rows.append(a_row(CANDIDATE, "c1", answer="card", attempt=3, error=" "))
    assert candidate(tmp_path, rows, columns=REPEATED).repeats == ((None, "card"), (), ())


def test_where_no_case_was_tried_again_there_are_no_repeats(tmp_path: Path) -> None:
    assert candidate(tmp_path, attempts("c1", "card"), columns=REPEATED).repeats == ()


def test_two_rows_with_one_repeat_refuse_the_version(tmp_path: Path) -> None:
    found, told = of_candidate(tmp_path, [*attempts("c1", "card", "loan"), *attempts("c1", "loan", first=2)], columns=REPEATED)
    assert found is None
    assert told[0][1].startswith(
        "router-2: expected one number of 'attempt' a case, found several for 1 case: 'c1' in rows.csv, row 2, row 3;"
    )


@pytest.mark.parametrize("repeat", [None, "second", "NaN"])
def test_a_row_whose_repeat_is_no_number_is_set_aside_and_told(tmp_path: Path, repeat: str | None) -> None:
    found, told = of_candidate(tmp_path, [*attempts("c1", "card"), a_row(CANDIDATE, "c1", answer="loan", attempt=repeat)], columns=REPEATED)
    assert found is not None and (found.answers[0], found.repeats) == ("card", ())
    assert told == [("no_repeat", "router-2: 1 row set aside, expected a number in 'attempt': rows.csv, row 2; have the table corrected")]


def test_rows_of_cases_that_the_set_does_not_have_are_counted_and_told(tmp_path: Path) -> None:
    found, told = of_candidate(tmp_path, [*rows_of(CANDIDATE, "card", "loan", "card"), a_row(CANDIDATE, "C1"), a_row(CANDIDATE, "C1")])
    assert found is not None and found.strangers == 2
    assert told == [
        (
            "strangers",
            "router-2: 2 rows on cases that the set does not have, as rows.csv, row 4 ('C1'), row 5 ('C1'); the set's are like 'c1'; "
            "evaluate on the locked set, and write its ids as they are",
        )
    ]


def test_rows_without_a_case_or_a_version_are_set_aside_and_told(tmp_path: Path) -> None:
    rows = [*rows_of(CANDIDATE, "card", "loan", "card"), a_row(CANDIDATE, None), a_row(CANDIDATE, " "), a_row(None, "c1")]
    found, told = of_candidate(tmp_path, rows)
    assert found is not None and (found.answers, found.strangers) == (("card", "loan", "card"), 0)
    assert told == [
        ("no_version", "rows.csv: 1 row without a value of 'version' set aside; have it written in every row"),
        ("no_case_id", "router-2: 2 rows set aside, expected an id in 'case': rows.csv, row 4, row 5; have the table corrected"),
    ]


def test_rows_that_cannot_be_read_are_set_aside_and_the_others_counted(tmp_path: Path) -> None:
    path = write_rows(tmp_path, rows_of(CANDIDATE, "card", "loan", "card"), "rows.csv")
    header, first, *rest = path.read_text().splitlines()
    path.write_text("\n".join([header, first, "router-2,c2", *rest]) + "\n")
    read = outcomes_at(tmp_path, a_place(tmp_path), (CANDIDATE,))
    assert read.outcomes[CANDIDATE].answers == ("card", "loan", "card")
    told = "rows.csv: 1 row that cannot be read set aside: rows.csv, line 3: expected 7 fields as in the header, found 2"
    assert [(one.subject, one.reason_code, one.blocking) for one in read.findings] == [("rows.csv", "malformed_rows", False)]
    assert read.findings[0].reason.startswith(told)


def test_a_file_in_another_encoding_loses_the_rows_alone_that_it_spoils(tmp_path: Path) -> None:
    path = write_rows(tmp_path, rows_of(CANDIDATE, "card", "loan", "card"), "rows.csv")
    path.write_bytes(path.read_bytes() + "router-2,c9,caf\xe9,,,,\n".encode("latin-1"))
    read = outcomes_at(tmp_path, a_place(tmp_path), (CANDIDATE,))
    assert read.outcomes[CANDIDATE].answers == ("card", "loan", "card")
    assert [one.reason_code for one in read.findings] == ["malformed_rows"]


def test_a_cell_over_the_limit_costs_its_row_and_none_of_another_version(tmp_path: Path) -> None:
    rows = [*rows_of(CANDIDATE, "card", "loan", "x" * 2_000), *rows_of("router-0", "y" * 2_000)]
    write_rows(tmp_path, rows, "rows.csv")
    read = outcomes_at(tmp_path, a_place(tmp_path, caps=SourceCaps(max_cell_bytes=1_000)), (CANDIDATE,))
    assert read.outcomes[CANDIDATE].answers == ("card", "loan", None)
    told = "rows.csv: 1 row that cannot be read set aside: rows.csv, row 3, 'answer': expected a cell of at most 1000 bytes, found 2000;"
    assert [one.reason[: len(told)] for one in read.findings] == [told]


def test_nothing_of_a_table_stays_staged(tmp_path: Path) -> None:
    outcomes_read(tmp_path, rows_of(CANDIDATE, "card"))
    place = a_place(tmp_path)
    assert store_in(place.spool, place.caps.duckdb_memory_mb).cursor().execute("SHOW TABLES").fetchall() == []

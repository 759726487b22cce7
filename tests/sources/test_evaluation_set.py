"""The locked set: read from every kind of file, and refused for a changed byte or a row that is no case."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checks.expectations import evaluations
from registry.domain.catalogue import SourceSpec
from registry.domain.evaluation import FairnessSpec
from registry.domain.segments import NO_VALUE
from registry.errors import SchemaBrokenError, SourceError
from registry.sources.caps import SourceCaps
from registry.sources.evaluation_set import read_evaluation_set
from registry.sources.store import store_in
from tests.sources.evaluation_scenes import CASES, a_case, a_read_set, a_spec
from tests.sources.prediction_scenes import KINDS, Rows, a_place, write_rows


def refusal(folder: Path, rows: Rows, name: str = "locked.csv", **changes: Any) -> SourceError:
    with pytest.raises(SourceError) as refused:
        a_read_set(folder, rows, name, **changes)
    return refused.value


def test_a_set_without_rows_has_no_cases(tmp_path: Path) -> None:
    (tmp_path / "locked.csv").write_text("id,product,text,channel,group,must\n")
    found = read_evaluation_set(a_spec(tmp_path), a_place(tmp_path))
    assert (found.case_ids, found.labels, found.critical, dict(found.segments)) == ((), (), (), {"channel": ()})


def test_an_empty_file_of_lines_has_no_cases(tmp_path: Path) -> None:
    (tmp_path / "locked.jsonl").write_text("")
    found = read_evaluation_set(a_spec(tmp_path, "locked.jsonl"), a_place(tmp_path), evaluations)
    assert (found.case_ids, found.contents, dict(found.groups)) == ((), (), {"group": ()})


def test_an_empty_file_without_a_header_is_refused(tmp_path: Path) -> None:
    (tmp_path / "locked.csv").write_text("")
    with pytest.raises(SourceError, match=r"locked\.csv: expected a header line, found an empty file"):
        read_evaluation_set(a_spec(tmp_path), a_place(tmp_path))


@pytest.mark.parametrize("kind", KINDS)
def test_cases_stand_in_the_order_of_the_file_whatever_its_kind(tmp_path: Path, kind: str) -> None:
    found = a_read_set(tmp_path, name=kind)
    assert (found.case_ids, found.labels) == (("c1", "c2", "c3"), ("card", "loan", "card"))
    assert (found.segments, found.groups) == ({"channel": ("app", "app", "branch")}, {"group": ("a", "a", "b")})
    assert found.critical == (False, True, False)
    assert len(set(found.contents)) == 3
    assert found.digest == "sha256:" + hashlib.sha256((tmp_path / kind).read_bytes()).hexdigest()


def test_what_the_catalogue_does_not_name_is_not_there(tmp_path: Path) -> None:
    found = a_read_set(tmp_path, [{"id": "c1"}], label="", content=(), segments=(), critical="", fairness=FairnessSpec())
    assert (found.case_ids, found.labels, found.contents, found.segments, found.critical, found.groups) == (("c1",), (), (), {}, (), {})


def test_one_changed_byte_is_refused_naming_both_digests(tmp_path: Path) -> None:
    path = write_rows(tmp_path, CASES, "locked.csv")
    spec = a_spec(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"what is c2", b"what is c4"))
    with pytest.raises(SourceError) as refused:
        read_evaluation_set(spec, a_place(tmp_path))
    now = hashlib.sha256(path.read_bytes()).hexdigest()
    assert refused.value.reason_code == "set_changed"
    assert str(refused.value).startswith(
        f"locked.csv: expected the set that was locked (sha256:{spec.set_digest}), found another (sha256:{now});"
    )


def test_the_bytes_that_are_held_against_the_lock_are_those_that_are_staged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_rows(tmp_path, CASES, "locked.csv")
    spec, opened, real = a_spec(tmp_path), [], os.open

    def counted(path: Any, *given: Any, **more: Any) -> int:
        opened.append(Path(path).name)
        return real(path, *given, **more)

    monkeypatch.setattr(os, "open", counted)
    read_evaluation_set(spec, a_place(tmp_path))
    assert opened.count("locked.csv") == 2, "once for the digest, once for the rows"


@pytest.mark.parametrize("left", [0, 20])
def test_a_changed_set_that_cannot_even_be_read_is_told_as_changed(tmp_path: Path, left: int) -> None:
    path = write_rows(tmp_path, CASES, "locked.csv.gz")
    spec = a_spec(tmp_path, "locked.csv.gz")
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(SourceError) as refused:
        read_evaluation_set(spec, a_place(tmp_path))
    assert refused.value.reason_code == "set_changed"


def test_a_set_that_nobody_locked_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, CASES, set_digest="").reason_code == "set_changed"


def test_the_locked_digest_may_be_written_with_its_name_and_in_capitals(tmp_path: Path) -> None:
    write_rows(tmp_path, CASES, "locked.csv")
    spec = a_spec(tmp_path)
    written = replace(spec, set_digest="sha256:" + spec.set_digest.upper())
    assert read_evaluation_set(written, a_place(tmp_path)) == read_evaluation_set(spec, a_place(tmp_path))


def test_a_set_in_several_files_is_refused(tmp_path: Path) -> None:
    write_rows(tmp_path, CASES, "one.csv")
    told = str(refusal(tmp_path, CASES, "two.csv", cases=SourceSpec("cases", "*.csv")))
    assert told == "*.csv: expected the locked set in one file, found 2; join them, one sha256 locks one file"


def test_a_set_from_a_query_is_refused(tmp_path: Path) -> None:
    told = str(refusal(tmp_path, CASES, cases=SourceSpec("cases", connection="crm", query_file="cases.sql")))
    assert told.startswith("cases.sql: expected the locked set in a file, found a query;")


def test_a_set_outside_the_allowed_folders_is_refused(tmp_path: Path) -> None:
    (tmp_path / "room").mkdir()
    write_rows(tmp_path, CASES, "locked.csv")
    with pytest.raises(SourceError, match="expected a file below an allowed root"):
        read_evaluation_set(a_spec(tmp_path, cases=SourceSpec("cases", "../locked.csv")), a_place(tmp_path / "room"))


def test_a_set_over_a_limit_is_refused(tmp_path: Path) -> None:
    write_rows(tmp_path, CASES, "locked.csv")
    with pytest.raises(SourceError, match="expected at most 2 rows"):
        read_evaluation_set(a_spec(tmp_path), a_place(tmp_path, caps=SourceCaps(max_rows=2)))


def test_missing_columns_are_all_named_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(SchemaBrokenError) as refused:
        a_read_set(tmp_path, [{"Id": "c1", "produkt": "card", "text": "x", "channel": "app", "group": "a", "must": "0"}])
    told = "locked.csv: expected columns 'id' (did you mean 'Id'?), 'product' (did you mean 'produkt'?), found none; correct evaluation"
    assert str(refused.value).startswith(told)


def test_a_column_that_is_named_twice_is_missed_once(tmp_path: Path) -> None:
    with pytest.raises(SchemaBrokenError, match="expected a column 'text', found none"):
        a_read_set(tmp_path, [{key: value for key, value in CASES[0].items() if key != "text"}], segments=("text",))


def test_ids_that_repeat_are_named_with_their_rows(tmp_path: Path) -> None:
    refused = refusal(tmp_path, [*CASES, a_case("c2"), a_case("c1", text="else"), a_case("c2")])
    told = "'c1' in locked.csv, row 1, row 5; 'c2' in locked.csv, row 2, row 4, row 6"
    assert str(refused) == f"locked.csv: expected one case an id of 'id', found {told}; repair the set and lock it anew"
    assert refused.reason_code == "set_broken"


def test_of_many_ids_that_repeat_the_first_are_named(tmp_path: Path) -> None:
    cases = [a_case(f"c{place}") for place in range(8)]
    assert str(refusal(tmp_path, [*cases, *cases])).endswith("; and 3 more ids; repair the set and lock it anew")


@pytest.mark.parametrize("kind", ["locked.csv", "locked.jsonl", "locked.parquet"])
@pytest.mark.parametrize(("changes", "column"), [({"id": None}, "id"), ({"id": "  "}, "id"), ({"product": ""}, "product")])
def test_a_case_without_an_id_or_a_label_refuses_the_set(tmp_path: Path, kind: str, changes: dict[str, Any], column: str) -> None:
    refused = refusal(tmp_path, [CASES[0], a_case("c2") | changes, CASES[2]], kind)
    assert f"{kind}: expected a value of '{column}' in every case, found none in {kind}, row 2;" in str(refused)


def test_a_row_that_cannot_be_read_refuses_the_set(tmp_path: Path) -> None:
    path = write_rows(tmp_path, CASES, "locked.csv")
    path.write_text(path.read_text() + "c4,card\n")
    with pytest.raises(SourceError) as refused:
        read_evaluation_set(a_spec(tmp_path), a_place(tmp_path))
    assert "found 1 that cannot be read: locked.csv, line 5: expected 6 fields as in the header, found 2" in str(refused.value)
    assert refused.value.reason_code == "set_broken"


def test_what_marks_a_critical_case_is_yes_or_no(tmp_path: Path) -> None:
    refused = refusal(tmp_path, [CASES[0], a_case("c2", must="perhaps")])
    assert "expected true or false in 'must', found neither in locked.csv, row 2 ('perhaps')" in str(refused)


def test_a_case_that_is_not_marked_is_not_critical(tmp_path: Path) -> None:
    assert a_read_set(tmp_path, [a_case("c1", must=None), a_case("c2", must="1")]).critical == (False, True)


def test_one_case_under_two_ids_has_one_content(tmp_path: Path) -> None:
    found = a_read_set(tmp_path, [a_case("c1", text="lost card"), a_case("c2", text="lost card"), a_case("c3", text="lost  card")])
    assert found.contents[0] == found.contents[1] != found.contents[2]


def test_contents_of_several_columns_are_not_run_together(tmp_path: Path) -> None:
    cases = [a_case("c1", text="a b", channel="c"), a_case("c2", text="a", channel="b c")]
    assert len(set(a_read_set(tmp_path, cases, content=("text", "channel")).contents)) == 2


def test_a_missing_content_is_not_an_empty_one(tmp_path: Path) -> None:
    cases = [a_case("c1", text=""), a_case("c2", text=None), a_case("c3", text="-")]
    assert len(set(a_read_set(tmp_path, cases, "locked.parquet").contents)) == 3


def test_cases_without_a_value_of_a_segment_are_a_segment(tmp_path: Path) -> None:
    found = a_read_set(tmp_path, [a_case("c1", channel=None, group=None), a_case("c2")])
    assert (found.segments, found.groups) == ({"channel": (NO_VALUE, "app")}, {"group": (NO_VALUE, "a")})


def test_nothing_of_a_set_stays_staged(tmp_path: Path) -> None:
    a_read_set(tmp_path)
    place = a_place(tmp_path)
    assert store_in(place.spool, place.caps.duckdb_memory_mb).cursor().execute("SHOW TABLES").fetchall() == []

"""The list of a recovery: what counts, what is named instead, and what is kept of it."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.population import PopulationRead
from registry.sources.affected import MAX_BAD_ROWS, MAX_EXCLUSIONS, MAX_RESIDUALS, OUTCOMES, read_affected
from registry.sources.caps import SourceCaps
from tests.sources.prediction_scenes import a_place

HEADER = "case_ref,outcome,reason\n"


def read(folder: Path, text: str | bytes, sha256: str | None = None, name: str = "affected.csv", **place: Any) -> PopulationRead:
    """Write a list and count it, with its own digest unless another is cited."""
    content = text.encode() if isinstance(text, str) else text
    (folder / name).write_bytes(content)
    return read_affected(name, sha256 or hashlib.sha256(content).hexdigest(), a_place(folder, **place))


def redact(text: str) -> tuple[str, dict[str, int]]:
    told = text.replace("ana@bank.example", "[email]")
    return told, {"email": 1} if told != text else {}


def counts(found: PopulationRead) -> tuple[int, ...]:
    return found.contacted_count, found.remediated_count, found.excluded_count, found.residual_count


def test_a_list_without_rows_shows_nothing(tmp_path: Path) -> None:
    found = read(tmp_path, HEADER)
    assert found.reason == "affected.csv: expected a row for everybody who was identified, found none; an empty list shows nothing"
    assert (found.row_count, counts(found)) == (0, (0, 0, 0, 0))


def test_every_row_counts_in_its_outcome(tmp_path: Path) -> None:
    found = read(tmp_path, HEADER + "C-1,contacted,\nC-2,Remediated,refund\n C-3 ,excluded,closed before\nC-4,residual,letter came back\n")
    assert (found.row_count, found.distinct_count, counts(found)) == (4, 4, (1, 1, 1, 1))
    assert (found.exclusions, found.residuals) == ((("closed before", 1),), (("C-4", "letter came back"),))
    assert (found.bad_rows, found.reason) == ((), "")


@pytest.mark.parametrize("again", ["c-1 a", "C-1  A", "C-1\u00a0A", "C-\u200b1 A", "C-1 A\ufeff", "C-1\u2003A"], ids=ascii)
def test_a_case_is_not_counted_twice_by_its_spelling(tmp_path: Path, again: str) -> None:
    found = read(tmp_path, HEADER + f"C-1 A,contacted,\n{again},remediated,refund\n")
    assert (found.row_count, found.distinct_count, counts(found)) == (2, 1, (1, 0, 0, 0))
    assert found.bad_rows == ("row 2: expected each case once, found that of row 1 again; keep the row that is right",)


def test_a_reference_that_nobody_can_see_is_none(tmp_path: Path) -> None:
    assert read(tmp_path, HEADER + "\u200b,contacted,\n").bad_rows == (
        "row 1: expected the reference of a case, found an empty cell; write it",
    )


def test_composed_and_decomposed_letters_are_one_case_and_different_ones_are_two(tmp_path: Path) -> None:
    assert read(tmp_path, HEADER + "\u00c91,contacted,\nE\u03011,contacted,\nE1,contacted,\n").distinct_count == 2


def test_columns_stand_in_any_order_and_a_byte_order_mark_is_understood(tmp_path: Path) -> None:
    assert counts(read(tmp_path, "\ufeffreason,case_ref,outcome\n,C-1,contacted\n")) == (1, 0, 0, 0)


@pytest.mark.parametrize("form", ["{}", "sha256:{}", "{}  affected.csv", "{} *affected.csv", " {} "])
def test_a_digest_may_be_written_as_sha256sum_prints_it(tmp_path: Path, form: str) -> None:
    text = HEADER + "C-1,contacted,\n"
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert read(tmp_path, text, form.format(digest)).contacted_count == 1
    assert read(tmp_path, text, form.format(digest.upper()).replace("SHA", "sha")).contacted_count == 1


def test_another_file_than_the_cited_one_is_not_counted_at_all(tmp_path: Path) -> None:
    found = read(tmp_path, HEADER + "C-1,contacted,\n", "0" * 64)
    assert found.reason.startswith(f"affected.csv: expected the file that was cited (sha256 {'0' * 64}), found another (")
    assert (found.row_count, counts(found)) == (0, (0, 0, 0, 0))


@pytest.mark.parametrize("cited", ["", "abc", "0" * 63, "g" * 64])
def test_what_is_no_digest_is_told(tmp_path: Path, cited: str) -> None:
    (tmp_path / "affected.csv").write_text(HEADER)
    assert "expected 64 hexadecimal digits as its sha256" in read_affected("affected.csv", cited, a_place(tmp_path)).reason


def test_a_file_that_is_not_there_outside_of_the_roots_or_behind_a_link_is_told(tmp_path: Path) -> None:
    inside = tmp_path / "bank"
    inside.mkdir()
    (tmp_path / "other.csv").write_text(HEADER + "C-1,contacted,\n")
    (inside / "link.csv").symlink_to(tmp_path / "other.csv")
    digest = hashlib.sha256((tmp_path / "other.csv").read_bytes()).hexdigest()
    assert "found no file" in read_affected("gone.csv", digest, a_place(inside)).reason
    for path in ("../other.csv", "link.csv", str(tmp_path / "other.csv")):
        assert "expected a file below an allowed root" in read_affected(path, digest, a_place(inside)).reason
    assert "found a URL" in read_affected("https://bank.example/a.csv", digest, a_place(inside)).reason
    assert "found a folder" in read_affected(".", digest, a_place(inside)).reason


def test_a_glob_is_no_list(tmp_path: Path) -> None:
    read(tmp_path, HEADER + "C-1,contacted,\n")
    assert "found no file" in read_affected("*.csv", "0" * 64, a_place(tmp_path)).reason


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (",contacted,", "row 2: expected the reference of a case, found an empty cell; write it"),
        (" \u00a0,contacted,", "row 2: expected the reference of a case, found an empty cell; write it"),
        ("C-1,remediated,refund", "row 2: expected each case once, found that of row 1 again; keep the row that is right"),
        (" C-1 ,contacted,", "row 2: expected each case once, found that of row 1 again; keep the row that is right"),
        ("C-2,refunded,", "row 2: expected contacted, remediated, excluded or residual, found 'refunded'; correct it"),
        ("C-2,,", "row 2: expected contacted, remediated, excluded or residual, found an empty cell; correct it"),
        ("C-2,excluded,", "row 2: expected why it is excluded, found no words; write the reason"),
        ("C-2,Excluded,n/a", "row 2: expected why it is excluded, found no words; write the reason"),
        ("C-2,residual, - ", "row 2: expected why it is residual, found no words; write the reason"),
        ("C-2,contacted", "row 2: affected.csv, line 3: expected 3 fields as in the header, found 2;"),
        ('C-2,contacted,"x', "row 2: affected.csv, line 3: expected well-formed CSV"),
    ],
)
def test_a_row_that_says_nothing_clear_counts_in_no_outcome_and_is_named(tmp_path: Path, row: str, told: str) -> None:
    found = read(tmp_path, f"{HEADER}C-1,contacted,\n{row}\n")
    assert (found.row_count, counts(found), found.reason) == (2, (1, 0, 0, 0), "")
    assert len(found.bad_rows) == 1 and found.bad_rows[0].startswith(told)


def test_bytes_that_are_no_utf8_are_named_with_their_row(tmp_path: Path) -> None:
    found = read(tmp_path, HEADER.encode() + b"C-1,contacted,\nC-2,excluded,caf\xe9 closed\n")
    assert (found.row_count, counts(found)) == (2, (1, 0, 0, 0))
    assert found.bad_rows[0].startswith("row 2: affected.csv, line 3: expected text in utf-8")


@pytest.mark.parametrize(
    "header", ["case_ref,outcome", "case_ref,outcome,reason,name", "Case_ref,outcome,reason", "case_ref;outcome;reason"]
)
def test_a_list_with_other_columns_is_refused_so_that_no_names_come_along(tmp_path: Path, header: str) -> None:
    assert "expected the columns case_ref, outcome, reason and no other" in read(tmp_path, f"{header}\n").reason


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b\x08\x00rubbish", b"\n\n"])
def test_what_is_no_csv_is_told(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path, content).reason


def test_a_list_over_the_limits_is_told(tmp_path: Path) -> None:
    rows = "".join(f"C-{number},contacted,\n" for number in range(30))
    assert "expected at most 20 rows" in read(tmp_path, HEADER + rows, caps=SourceCaps(max_rows=20)).reason
    assert "bytes once unpacked" in read(tmp_path, HEADER + rows, caps=SourceCaps(max_source_bytes=100)).reason


def test_no_reference_is_kept_but_of_who_is_left_over(tmp_path: Path) -> None:
    rows = "SECRET-1,contacted,\nSECRET-1,remediated,\nSECRET-2,excluded,closed before\nSECRET-3,excluded,\nLEFT-4,residual,not reached\n"
    assert "SECRET" not in repr(read(tmp_path, HEADER + rows)) and "LEFT-4" in repr(read(tmp_path, HEADER + rows))


def test_what_a_person_is_known_by_is_taken_out_of_everything_that_is_kept(tmp_path: Path) -> None:
    rows = (
        "C-1,ana@bank.example,\nana@bank.example,residual,wrote from ana@bank.example\nC-3,excluded,is ana@bank.example\nC-4,contacted,\n"
    )
    found = read(tmp_path, HEADER + rows, redact=redact)
    assert "ana@" not in repr(found)
    assert (found.residuals, found.exclusions) == ((("[email]", "wrote from [email]"),), (("is [email]", 1),))
    assert "found '[email]'" in found.bad_rows[0]


def test_long_lists_and_texts_are_cut_and_the_counts_stay_whole(tmp_path: Path) -> None:
    rows = [f"L-{number},residual,not reached\n" for number in range(MAX_RESIDUALS + 7)]
    rows += [f"E-{number},excluded,reason {number:03}\n" for number in range(MAX_EXCLUSIONS + 5)]
    rows += [f"B-{number},refunded,\n" for number in range(MAX_BAD_ROWS + 3)]
    rows += [f"X-1,excluded,{'because ' * 1000}\n"]
    found = read(tmp_path, HEADER + "".join(rows))
    assert (found.residual_count, len(found.residuals)) == (MAX_RESIDUALS + 7, MAX_RESIDUALS)
    assert (found.excluded_count, sum(count for _, count in found.exclusions)) == (MAX_EXCLUSIONS + 6, MAX_EXCLUSIONS + 6)
    assert found.exclusions[-1] == ("6 other reasons", 6)
    assert (len(found.bad_rows), found.bad_rows[-1]) == (MAX_BAD_ROWS + 1, "and 3 more rows")
    assert max(len(text) for text in (*found.bad_rows, *(reason for reason, _ in found.exclusions))) < 250


ROWS = st.lists(st.tuples(st.sampled_from(["", "A", "B", "C", "D", " A"]), st.sampled_from([*OUTCOMES, "CONTACTED", "gone", ""]), st.sampled_from(["", "paid back", "?"])), min_size=1, max_size=12)  # fmt: skip # noqa: E501


@given(rows=ROWS)
def test_the_counts_are_those_of_rows_looked_at_one_by_one(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]
) -> None:
    found = read(tmp_path_factory.mktemp("list"), HEADER + "".join(f"{','.join(row)}\n" for row in rows))
    expected: Counter[str] = Counter()
    seen: set[str] = set()
    for reference, outcome, reason in rows:
        ref, said = reference.strip(), outcome.lower()
        is_fine = ref and ref not in seen and said in OUTCOMES and (said in OUTCOMES[:2] or reason == "paid back")
        expected["bad" if not is_fine else said] += 1
        seen |= {ref} - {""}
    assert counts(found) == tuple(expected[outcome] for outcome in OUTCOMES)
    assert (found.row_count, found.distinct_count, len(found.bad_rows)) == (len(rows), len(seen), expected["bad"])

"""Reading YAML: what stays plain, what is refused, and the line each message names."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.documents import MAX_BYTES, parse_document, read_document
from registry.errors import ConfigurationError


def test_an_empty_document_is_nothing_rather_than_an_error() -> None:
    assert parse_document("", "x.yaml").value is None


def test_texts_that_yaml_1_1_would_change_stay_texts() -> None:
    read = parse_document("a: [yes, No, on, 2020-01-31, 007, 1:30, .nan, 0x1F, 1_000]", "x.yaml").value
    assert read == {"a": ["yes", "No", "on", "2020-01-31", "007", "1:30", ".nan", "0x1F", "1_000"]}


def test_numbers_booleans_and_null_are_read_as_such_and_quotes_keep_text() -> None:
    read = parse_document("a: [1, -2, 1.5, 1e3, true, False, null, ~, '1', \"true\"]", "x.yaml").value
    assert read == {"a": [1, -2, 1.5, 1000.0, True, False, None, None, "1", "true"]}


def test_keys_are_texts_as_written() -> None:
    assert parse_document("{1: a, true: b, No: c}", "x.yaml").value == {"1": "a", "true": "b", "No": "c"}


def test_each_key_and_entry_has_its_line() -> None:
    document = parse_document("a: 1\nb:\n  - c\n  - d: 2\n    e: 3\n", "x.yaml")
    assert [document.line_of(at) for at in [("a",), ("b",), ("b", 0), ("b", 1, "e")]] == [1, 2, 3, 5]


def test_a_key_that_is_not_written_gets_its_parents_line() -> None:
    document = parse_document("a: 1\nb:\n  c: 2\n", "x.yaml")
    assert document.line_of(("b", "missing", 3)) == 2


REFUSED = [
    ("a: &x 1", "x.yaml:1: a: expected plain values, found the anchor &x; remove it and write the value out where it is used"),
    ("a: 1\nb: *x", "x.yaml:2: b: expected plain values, found the alias *x; write the value out"),
    (
        "a: !!python/name:os.system",
        "x.yaml:1: a: expected plain values, found the tag tag:yaml.org,2002:python/name:os.system; remove the tag",
    ),
    ("a: !secret b", "x.yaml:1: a: expected plain values, found the tag !secret; remove the tag"),
    ("a: 1\nb: 2\na: 3", "x.yaml:3: a: expected each key once, found it again (first on line 1); remove one of them"),
    ("a:\n  b: 1\n  b: 1", "x.yaml:3: a.b: expected each key once, found it again (first on line 2); remove one of them"),
    ("a: 1\n---\nb: 1", "x.yaml:2: document: expected one document, found a second one after '---'; move it to its own file"),
    ("a:\n  ? [b]\n  : c", "x.yaml:2: a: expected texts as keys, found a mapping or list as a key; write the key as text"),
    ("a: [1,\nb: 2", "x.yaml:3: document: expected YAML, found: did not find expected ',' or ']'; correct the syntax near this line"),
    ("a: \x07", "x.yaml:1: document: expected YAML, found: control characters are not allowed; correct the syntax near this line"),
    ("[" * 40, "x.yaml:1: document: expected YAML, found: more than 24 levels of nesting; correct the syntax near this line"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=[message[:60] for _, message in REFUSED])
def test_what_a_configuration_file_must_not_hold_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_document(text, "x.yaml")
    assert caught.value.problems == [message]


def test_all_refused_constructs_of_a_file_are_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_document("a: &x 1\nb: *x\na: 2\nc: !t 3\n", "x.yaml")
    assert [problem.split(":")[1] for problem in caught.value.problems] == ["1", "2", "3", "4"]


def test_a_bomb_of_aliases_is_refused_without_being_expanded() -> None:
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    with pytest.raises(ConfigurationError, match="alias"):
        parse_document(bomb, "bomb.yaml")


def test_a_megabyte_of_brackets_is_refused_at_the_depth_limit() -> None:
    with pytest.raises(ConfigurationError, match="levels of nesting"):
        parse_document("[" * (MAX_BYTES - 1), "deep.yaml")


def test_a_file_over_the_size_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_bytes(b"# " + b"x" * MAX_BYTES)
    with pytest.raises(ConfigurationError) as caught:
        read_document(path)
    assert caught.value.problems == ["large.yaml:1: document: expected at most 1000000 bytes, found more; split the file"]


def test_a_file_that_is_not_utf_8_names_the_line_of_the_bad_byte(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"a: 1\nname: Caf\xe9\n")
    with pytest.raises(ConfigurationError) as caught:
        read_document(path)
    assert caught.value.problems == ["latin.yaml:2: document: expected UTF-8 text, found byte 0xe9; save the file as UTF-8"]


def test_a_missing_file_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="expected a readable file, found: No such file or directory"):
        read_document(tmp_path / "none.yaml")


def test_a_byte_order_mark_is_not_part_of_the_first_key(tmp_path: Path) -> None:
    path = tmp_path / "bom.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read_document(path).value == {"a": 1}


@given(st.text(max_size=200))
def test_no_text_makes_the_reader_fail_otherwise(text: str) -> None:
    try:
        parse_document(text, "x.yaml")
    except ConfigurationError as error:
        assert all(problem.startswith("x.yaml:") for problem in error.problems)

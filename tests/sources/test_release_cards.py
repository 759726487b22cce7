"""Cards of a release: what a reader sees under each heading, what the head names, and why a card says nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.canonical import digest_bytes
from registry.domain.release import CardKind
from registry.domain.release_read import CardRead
from registry.errors import SourceUnavailableError
from registry.sources.release_cards import read_card, sections_of
from registry.sources.release_files import MAX_BYTES
from tests.sources.prediction_scenes import a_place

HEAD = "---\nsystem: credit_model\nversions: {model: 2, prompt: 'v1.10'}\nlicense: internal\n---\n"


def a_read_card(folder: Path, text: str | bytes, name: str = "model.md") -> CardRead:
    content = text if isinstance(text, bytes) else text.encode()
    (folder / name).write_bytes(content)
    card, file = read_card(CardKind.MODEL_CARD, name, a_place(folder))
    assert file and file.content == content and card.digest == digest_bytes(content)
    return card


def test_an_empty_file_is_no_card(tmp_path: Path) -> None:
    card = a_read_card(tmp_path, "")
    assert (
        card.problem == "model.md: expected a head between two lines of --- that names system and versions, found none; write it at the top"
    )
    assert (card.system_id, card.versions, card.sections) == ("", {}, {})


def test_a_card_is_its_head_and_its_sections(tmp_path: Path) -> None:
    card = a_read_card(
        tmp_path, f"{HEAD}# Credit model\n\n## Intended use\n\nScores applications.\n\n## Risks\n\n- few states\n- late labels\n"
    )
    assert (card.problem, card.kind, card.path) == ("", CardKind.MODEL_CARD, "model.md")
    assert (card.system_id, card.versions) == ("credit_model", {"model": "2", "prompt": "v1.10"})
    assert card.sections["Intended use"] == "Scores applications."
    assert card.sections["Risks"] == "few states\nlate labels"


@pytest.mark.parametrize("written", ["\ufeff{}", "{}"], ids=["with a mark of its byte order", "without"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["unix", "windows"])
def test_a_card_may_come_from_any_editor(tmp_path: Path, written: str, ends: str) -> None:
    text = written.format(f"{HEAD}## Risks\nsome\n".replace("\n", ends))
    card = a_read_card(tmp_path, text)
    assert (card.problem, card.sections) == ("", {"Risks": "some"})


@pytest.mark.parametrize(
    ("markdown", "seen"),
    [
        ("", ""),
        ("one\ntwo", "one two"),
        ("one  \ntwo", "one\ntwo"),
        ("one\n\ntwo", "one\ntwo"),
        ("**one** _two_ `three`", "one two three"),
        ("see [the plan](https://example.org/plan)", "see the plan"),
        ("![two bars](bars.png)", "two bars"),
        ("<!-- say here what the risks are -->", ""),
        ("<!-- say\n\nhere -->\nsomething", "something"),
        ("before <!-- hidden --> after", "before after"),
        ("<div>hidden</div>", ""),
        ("some <b>bold</b> words", "some bold words"),
        ("| a | b |\n|---|---|\n| 1 | n/a |\n| | |", "a | b\n1 | n/a"),
        ("```\nx = 1\ny = 2\n```", "x = 1 y = 2"),
        ("> quoted\n> twice", "quoted twice"),
        ("1. first\n2. second\n   - third", "first\nsecond\nthird"),
        ("- [ ] to be written", "[ ] to be written"),
        ("above\n***\nbelow", "above\nbelow"),
        ("a &amp; b &lt; c", "a & b < c"),
        ("### Of states\ninside", "inside"),
        ("### Empty", ""),
    ],
)
def test_the_text_of_a_section_is_what_a_reader_sees(markdown: str, seen: str) -> None:
    assert sections_of(f"# Card\n## Risks\n{markdown}\n\n## Contact\nana\n")["Risks"] == seen


def test_a_section_ends_where_a_heading_of_its_level_or_above_begins() -> None:
    found = sections_of("# A\na\n## B\nb\n### C\nc\n## D\nd\n# E\ne\n")
    assert found == {"A": "a\nb\nc\nd", "B": "b\nc", "C": "c", "D": "d", "E": "e"}


def test_headings_that_are_underlined_count_and_those_in_code_do_not() -> None:
    assert sections_of("Risks\n=====\nsome\n\n```\n# Contact\n```\n") == {"Risks": "some\n# Contact"}


def test_a_heading_that_stands_twice_is_one_section() -> None:
    assert sections_of("## Risks\none\n## Contact\nana\n## Risks\ntwo\n") == {"Risks": "one\ntwo", "Contact": "ana"}


def test_text_before_any_heading_is_of_no_section() -> None:
    assert sections_of("an introduction\n\n## Risks\nsome\n") == {"Risks": "some"}


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (
            "",
            (
                "system: expected the id of the system, found nothing",
                "versions: expected versions by artifact, like model: '7', found nothing",
            ),
        ),
        ("system: 7\nversions: {model: 2}", ("model.md:2: system: expected the id of the system, found 7",)),
        ("system: a\nversions: []", ("model.md:3: versions: expected versions by artifact, like model: '7', found a list",)),
        ("system: a\nversions: {}", ("versions: expected versions by artifact",)),
        ("system: a\nversions:\n  model: 1.10", ("model.md:4: versions.model: expected a version as text, found 1.1; put it in quotes",)),
        ("system: a\nversions: {model: true}", ("expected a version as text, found true",)),
        ("system: a\nversions: {model: ' '}", ("expected a version as text, found ' '",)),
        ("system: a\nversions: {Das Modell: 1}", ("expected an artifact as the catalogue calls it",)),
        ("system: a\nsystem: b\nversions: {model: 1}", ("expected each key once",)),
        ("system: &a b\nversions: {model: *a}", ("expected plain values",)),
        ("system: [", ("model.md:3: document: expected YAML",)),
        ("- system", ("system: expected the id of the system, found nothing",)),
    ],
)
def test_a_head_that_does_not_say_what_the_card_is_about_is_told_with_its_line(tmp_path: Path, head: str, told: tuple[str, ...]) -> None:
    card = a_read_card(tmp_path, f"---\n{head}\n---\n## Risks\nsome\n")
    assert all(text in card.problem for text in told), card.problem
    assert (card.system_id, card.versions, card.sections) == ("", {}, {})


@pytest.mark.parametrize("text", ["## Risks\n", "---\nsystem: a\n", "\n---\nsystem: a\n---\n", "----\nsystem: a\n----\n"])
def test_a_head_stands_at_the_top_between_two_lines_of_dashes(tmp_path: Path, text: str) -> None:
    assert "expected a head" in a_read_card(tmp_path, text).problem


def test_bytes_that_are_no_text_are_told_with_their_line(tmp_path: Path) -> None:
    card = a_read_card(tmp_path, HEAD.encode() + b"## Risks\n\xff\n")
    assert card.problem == "model.md: expected UTF-8 text, found byte 0xff on line 7; save the file as UTF-8"


def test_a_card_that_is_not_there_says_so_and_has_no_file(tmp_path: Path) -> None:
    card, file = read_card(CardKind.SYSTEM_CARD, "cards/system.md", a_place(tmp_path))
    assert file is None and card.problem.startswith("cards/system.md: expected a file, found none")
    assert (card.kind, card.digest) == (CardKind.SYSTEM_CARD, "")


@pytest.mark.parametrize("path", ["../card.md", "link.md", "https://example.org/card.md", "folder.md", "a\0b.md"])
def test_a_card_lies_below_an_allowed_root_as_a_file(tmp_path: Path, path: str) -> None:
    inside = tmp_path / "bank"
    (inside / "folder.md").mkdir(parents=True)
    (tmp_path / "card.md").write_text(HEAD)
    (inside / "link.md").symlink_to(tmp_path / "card.md")
    card, file = read_card(CardKind.MODEL_CARD, path, a_place(inside))
    assert card.problem and file is None and not card.sections


def test_a_card_of_an_unlikely_size_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.md").write_text(HEAD + "## Risks\n" + "a " * 128_000)
    card, _ = read_card(CardKind.MODEL_CARD, "model.md", a_place(tmp_path))
    assert "expected at most 256000 bytes" in card.problem


def test_a_card_of_just_that_size_is_read(tmp_path: Path) -> None:
    text = HEAD + "## Risks\n"
    (tmp_path / "model.md").write_text(text + "a" * (MAX_BYTES - len(text)))
    assert read_card(CardKind.MODEL_CARD, "model.md", a_place(tmp_path))[0].problem == ""


def test_storage_that_does_not_answer_is_no_card_without_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    (tmp_path / "model.md").write_text(HEAD)
    monkeypatch.setattr("registry.sources.opening.os.open", away)
    with pytest.raises(SourceUnavailableError, match="mend the share"):
        read_card(CardKind.MODEL_CARD, "model.md", a_place(tmp_path))


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_any_text_has_sections(markdown: str) -> None:
    assert all(heading == " ".join(heading.split()) for heading in sections_of(markdown))
    assert sections_of(f"{markdown}\n\n```\n~~~\n-->\n\n## Of its own\nsomething\n") is not None

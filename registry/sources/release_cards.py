"""Model cards and system cards: markdown with a head of YAML that says which system and which versions it is about.

Put here how a card is read. What it has to say is ``checks/release_documentation.py``.

 * The head stands between two lines of three dashes at the top. ``system`` and ``versions`` are read; other keys are the team's own.
 * The text of a section is what a reader sees under its heading, those of its subsections with it: one line for a paragraph, an entry of a
   list or a row of a table. Marks, addresses of links, and whatever is HTML (comments of a template too) are no text.
 * A heading that stands twice is one section.
 * A card that cannot be read says nothing, and why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from registry.documents import Document, parse_document
from registry.domain.release import CardKind
from registry.domain.release_read import CardRead
from registry.errors import ConfigurationError, SourceError
from registry.schemas import shown
from registry.sources.prediction_rows import PredictionPlace
from registry.sources.release_files import ReleaseFile, read_release_file

if TYPE_CHECKING:
    from markdown_it.token import Token

_HEAD = re.compile(r"---[ \t]*\n(.*?\n)?---[ \t]*(?:\n|\Z)", re.DOTALL)
_ARTIFACT = re.compile("[a-z][a-z0-9_-]{0,63}")


def read_card(kind: CardKind, path: str, place: PredictionPlace) -> tuple[CardRead, ReleaseFile | None]:
    """Return the card at ``path`` with the file that it was read from, None where there is none to keep.

    Raises:
        SourceUnavailableError: its storage does not answer, or it is being written (retried).
    """
    try:
        file = read_release_file(path, place)
    except SourceError as error:
        return CardRead(kind, path, problem=str(error)), None
    try:
        return _read(kind, file), file
    except (SourceError, ConfigurationError) as error:
        return CardRead(kind, path, file.digest, problem=str(error)), file


def sections_of(markdown: str) -> dict[str, str]:
    """Return what a reader sees under each heading.

    >>> sections_of("# Card\\n## Risks\\nSome *real* [risks](x.md).\\n- one\\n- two\\n## Contact\\n")
    {'Card': 'Some real risks.\\none\\ntwo', 'Risks': 'Some real risks.\\none\\ntwo', 'Contact': ''}
    """
    from markdown_it import MarkdownIt

    found: dict[str, list[str]] = {}
    open_headings: list[tuple[int, str]] = []
    for level, text in _blocks(MarkdownIt("commonmark").enable("table").parse(markdown)):
        if level:
            open_headings = [(above, heading) for above, heading in open_headings if above < level] + [(level, text)]
            found.setdefault(text, [])
        elif text:
            for heading in {heading: None for _, heading in open_headings}:
                found[heading].append(text)
    return {heading: "\n".join(lines) for heading, lines in found.items()}


def _read(kind: CardKind, file: ReleaseFile) -> CardRead:
    text = file.text()
    match = _HEAD.match(text)
    if match is None:
        raise SourceError(
            f"{file.name}: expected a head between two lines of --- that names system and versions, found none; write it at the top"
        )
    # The line of dashes is kept as an empty one, so that problems name the line of the file.
    document = parse_document("\n" + (match[1] or ""), file.name)
    system, versions = _head(document)
    return CardRead(kind, file.name, file.digest, system, versions, sections_of(text[match.end() :]))


def _head(document: Document) -> tuple[str, Mapping[str, str]]:
    head = document.value if isinstance(document.value, dict) else {}
    system, versions = head.get("system"), head.get("versions")
    problems = []
    if not isinstance(system, str) or not system.strip():
        problems.append(
            document.problem(("system",), f"expected the id of the system, found {shown(system)}; name it as the catalogue does")
        )
    if not isinstance(versions, dict) or not versions:
        told = f"expected versions by artifact, like model: '7', found {shown(versions)}; name those that the card is about"
        problems.append(document.problem(("versions",), told))
    problems += _strange(document, versions if isinstance(versions, dict) else {})
    if problems:
        raise ConfigurationError(problems)
    return str(system).strip(), {str(name): str(version).strip() for name, version in (versions or {}).items()}


def _strange(document: Document, versions: Mapping[str, Any]) -> Iterator[str]:
    for name, version in versions.items():
        if not _ARTIFACT.fullmatch(name):
            yield document.problem(("versions", name), "expected an artifact as the catalogue calls it, found another name; correct it")
        elif isinstance(version, bool) or not isinstance(version, (str, int)) or not str(version).strip():
            told = f"expected a version as text, found {shown(version)}; put it in quotes: 1.10 is read as 1.1"
            yield document.problem(("versions", name), told)


def _blocks(tokens: list[Token]) -> Iterator[tuple[int, str]]:
    """Yield each heading with its level, and each other block of text with 0."""
    cells: list[str] = []
    for place, token in enumerate(tokens):
        before = tokens[place - 1].type if place else ""
        if token.type == "inline" and before == "heading_open":
            yield int(tokens[place - 1].tag[1]), _seen(token)
        elif token.type == "inline" and before in ("th_open", "td_open"):
            cells.append(_seen(token))
        elif token.type == "tr_close":
            yield 0, " | ".join(cells).strip(" |")
            cells = []
        elif token.type == "inline":
            yield from ((0, line) for line in _seen(token).split("\n"))
        elif token.type in ("fence", "code_block"):
            yield 0, " ".join(token.content.split())


def _seen(token: Token) -> str:
    """Return what a reader sees of a line or paragraph: breaks that somebody asked for stay, others are blanks."""
    shown_as = {"softbreak": " ", "hardbreak": "\n", "html_inline": ""}
    text = "".join(shown_as.get(child.type, child.content) for child in token.children or ())
    return "\n".join(" ".join(line.split()) for line in text.split("\n"))

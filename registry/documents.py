"""Documents people write: YAML read as plain values with the line of every key, and problems told in one form.

Put the reading of any workspace file here, and nothing about what a file means: schemas live with their room.

A workspace is reviewed by people but edited by anyone, so the reader is stricter than YAML:
 * at most 1 MB, ``MAX_DEPTH`` levels, one document; no anchors, aliases or tags; a key once per mapping
 * keys are texts as written; ``yes``, ``no``, ``on``, dates and ``007`` stay texts (YAML 1.1 would change them silently)
 * every problem of a file is collected, each as ``file:line: key: expected ..., found ...; do ...``
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from registry.errors import ConfigurationError

MAX_BYTES = 1_000_000
MAX_DEPTH = 24

Location = tuple[str | int, ...]

_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?([eE][-+]?[0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class Document:
    """One file as read: ``name`` is how messages call it, ``lines`` gives the line of each key and list entry."""

    name: str
    value: Any
    lines: dict[Location, int]

    def line_of(self, location: Location) -> int:
        """Return the line of ``location``, or of its nearest parent that is written in the file."""
        while location and location not in self.lines:
            location = location[:-1]
        return self.lines.get(location, 1)

    def problem(self, location: Location, message: str) -> str:
        """Return ``message`` with file, line and key in front."""
        return f"{self.name}:{self.line_of(location)}: {dotted(location)}: {message}"


def dotted(location: Location) -> str:
    """Return a location as people read it.

    >>> dotted(("signals", 0, "fields", "segment"))
    'signals[0].fields.segment'
    """
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "document"


def read_document(path: Path, name: str = "") -> Document:
    """Return the document at ``path``; ``name`` (or the file's name) is used in messages.

    Raises:
        ConfigurationError: the file is missing, too large, not UTF-8, not YAML, or uses what the reader refuses.
    """
    name = name or path.name
    return parse_document(_read_text(path, name), name)


def parse_document(text: str, name: str) -> Document:
    """Return the document written in ``text``.

    >>> parse_document("a: [1, no, 007]", "x.yaml").value
    {'a': [1, 'no', '007']}

    Raises:
        ConfigurationError: as for ``read_document``.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise ConfigurationError([f"{name}:1: document: expected at most {MAX_BYTES} bytes, found more; split the file"])
    builder = _Builder(name)
    try:
        value = builder.build(_events(text))
    except yaml.YAMLError as error:
        raise ConfigurationError([*builder.problems, _syntax_problem(name, error)]) from None
    if builder.problems:
        raise ConfigurationError(builder.problems)
    return Document(name, value, builder.lines)


def _read_text(path: Path, name: str) -> str:
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise ConfigurationError([f"{name}:1: document: expected at most {MAX_BYTES} bytes, found more; split the file"])
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigurationError(
            [f"{name}:{line}: document: expected UTF-8 text, found byte {content[error.start]:#04x}; save the file as UTF-8"]
        ) from None
    except OSError as error:
        raise ConfigurationError(
            [f"{name}:1: document: expected a readable file, found: {error.strerror}; create it or correct its name"]
        ) from None


def _events(text: str) -> Iterator[Any]:
    # The C parser where PyYAML was built with it: a megabyte of brackets then costs milliseconds.
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return iter(yaml.parse(text, Loader=loader))


def _syntax_problem(name: str, error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark else 1
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "an unreadable character"
    return f"{name}:{line}: document: expected YAML, found: {what}; correct the syntax near this line"


class _TooDeepError(yaml.YAMLError):
    """Stops the walk: nothing below can be trusted to be finite."""

    problem = f"more than {MAX_DEPTH} levels of nesting"

    def __init__(self, mark: Any) -> None:
        self.problem_mark = mark
        super().__init__()


class _Builder:
    """Builds plain values from parser events, noting lines and every refused construct."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[Location, int] = {}
        self.problems: list[str] = []

    def build(self, events: Iterator[Any]) -> Any:
        value: Any = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._refuse(event, (), "one document", "a second one after '---'", "move it to its own file")
                    return value
                value = self._value(next(events), events, ())
        return value

    def _value(self, event: Any, events: Iterator[Any], location: Location) -> Any:
        self.lines.setdefault(location, event.start_mark.line + 1)
        if len(location) > MAX_DEPTH:
            raise _TooDeepError(event.start_mark)
        self._refuse_extras(event, location)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, location)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, location)
        return _scalar(event) if isinstance(event, yaml.ScalarEvent) else None

    def _mapping(self, events: Iterator[Any], location: Location) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._key(event, events, location)
            if key in found:
                first = self.lines[(*location, key)]
                self._refuse(event, (*location, key), "each key once", f"it again (first on line {first})", "remove one of them")
                self._value(next(events), events, (*location, key))
                continue
            self.lines[(*location, key)] = event.start_mark.line + 1
            found[key] = self._value(next(events), events, (*location, key))
        return found

    def _key(self, event: Any, events: Iterator[Any], location: Location) -> str:
        self._refuse_extras(event, location)
        if isinstance(event, yaml.ScalarEvent):
            return str(event.value)
        if not isinstance(event, yaml.AliasEvent):
            self._refuse(event, location, "texts as keys", "a mapping or list as a key", "write the key as text")
            self._value(event, events, (*location, "?"))
        return "?"

    def _sequence(self, events: Iterator[Any], location: Location) -> list[Any]:
        found: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            found.append(self._value(event, events, (*location, len(found))))
        return found

    def _refuse_extras(self, event: Any, location: Location) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._refuse(event, location, "plain values", f"the alias *{event.anchor}", "write the value out")
        elif event.anchor:
            self._refuse(
                event, location, "plain values", f"the anchor &{event.anchor}", "remove it and write the value out where it is used"
            )
        if getattr(event, "tag", None):
            self._refuse(event, location, "plain values", f"the tag {event.tag}", "remove the tag")

    def _refuse(self, event: Any, location: Location, expected: str, found: str, fix: str) -> None:
        line = event.start_mark.line + 1
        self.problems.append(f"{self.name}:{line}: {dotted(location)}: expected {expected}, found {found}; {fix}")


def _scalar(event: Any) -> Any:
    text = str(event.value)
    if event.style:  # quoted or a block
        return text
    if text.lower() in _WORDS and text in (text.lower(), text.capitalize()):
        return _WORDS[text.lower()]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text

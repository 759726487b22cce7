"""Written answers: is something said at all?

Put here what any written answer of a step must be, whatever it answers; what a step asks beside is its own module.

The rules, the first that is broken told:
 * An answer is there.
 * It is no placeholder: no stand-in of the policy's list, no filler text, no repeated character or word.
 * It has the words that the policy asks of its kind.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache

from checks.work.wording import normalised, seen, words
from registry.domain.work import Refusal

_SHOWN = 80
# A text that begins so was to be written later, whatever follows.
_LATER = frozenset({"tbd", "tba", "tbc", "todo", "fixme", "xxx"})
_OTHERWISE = frozenset({"todo", "Todo"})
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of a step: how its answer is called, how it is answered well, and a short example."""

    name: str
    how: str
    example: str = ""

    @property
    def remedy(self) -> str:
        """Return how to write the answer better."""
        return f"{self.how}, like: {self.example}" if self.example else self.how

    def refuse(self, code: str, expected: str, found: str, how: str = "") -> Refusal:
        """Return the refusal of an answer to this question."""
        return Refusal(code, f"{self.name}: expected {expected}, found {found}", how or self.remedy)


def find_unsaid(asked: Asked, text: str, min_words: int, placeholders: Collection[str]) -> Iterator[Refusal]:
    """Yield why ``text`` says nothing; nothing where it says something."""
    if not text.strip():
        yield asked.refuse("missing", "an answer", "nothing")
    elif is_placeholder(text, placeholders):
        yield asked.refuse("placeholder", "an answer", f"the placeholder {quoted(text)}")
    elif (count := len(words(text))) < min_words:
        yield asked.refuse("too_short", f"at least {min_words} words", f"{count} in {quoted(text)}")


def is_placeholder(text: str, placeholders: Collection[str]) -> bool:
    """Return whether ``text`` only holds the place of an answer; so does one without letters and figures.

    >>> is_placeholder("N/A", ["n/a"]), is_placeholder("xxxx", []), is_placeholder("...", []), is_placeholder("trace 8831", [])
    (True, True, True, False)
    """
    said = normalised(text).split()
    if len(set("".join(said))) <= 1:
        return True
    known = _joined(tuple(placeholders))
    repeated = len(said) > 1 and len(set(said)) == 1
    together = "".join(said)
    later = said[0] in _LATER or together in _LATER
    return repeated or later or said[:2] == ["lorem", "ipsum"] or together in known or known.issuperset(said)


def find_phrase(text: str, phrases: Collection[str]) -> str:
    """Return the first of ``phrases`` of several words that stands in ``text``; a single word says something in a sentence.

    >>> find_phrase("Lorem Ipsum, and so on", ["none", "lorem ipsum"]), find_phrase("None of it", ["none"])
    ('lorem ipsum', '')
    """
    said = f" {normalised(text)} "
    return next((phrase for phrase in map(normalised, phrases) if " " in phrase and f" {phrase} " in said), "")


def find_mark(text: str) -> str:
    """Return the first word of ``text`` that marks what is to be written later; `todo` is a word of Spanish, and only TODO a mark.

    >>> find_mark("Limits for the young: TBD by risk"), find_mark("no todo va bien")
    ('TBD', '')
    """
    return next((word for word in _WORD.findall(seen(text)) if word not in _OTHERWISE and word.casefold() in _LATER), "")


def quoted(text: str) -> str:
    """Return ``text`` as messages quote it: on one line, and no longer than a line.

    >>> quoted("a  b")
    "'a b'"
    """
    line = " ".join(text.split())
    return repr(line if len(line) <= _SHOWN else f"{line[: _SHOWN - 3]}...")


@lru_cache(maxsize=8)
def _joined(placeholders: tuple[str, ...]) -> frozenset[str]:
    return frozenset("".join(normalised(text).split()) for text in placeholders)

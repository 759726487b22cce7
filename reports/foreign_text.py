"""Text that came from the world, made safe to look at in any medium: nothing invisible, nothing endless.

Put here what is true for every sink: control characters, direction overrides and broken code points become visible escapes, and a very
long text is cut with its length named. What one medium needs on top (HTML, Markdown, a spreadsheet) belongs to its own module.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

MAX_SHOWN_CHARS = 600

# Cc control, Cf invisible format (bidi overrides, zero width), Cs lone surrogate, Co private use, Zl/Zp line separators.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
# Joiners are invisible too, but Persian, Indic scripts and emoji are misspelt without them.
_JOINERS = "\u200c\u200d"
_MAX_STACKED_MARKS = 4
# Letters that some library may read as markup, a template or a formula, each beside its wide form, which reads the same and means nothing.
_WIDE = {ord(char): ord(char) + 0xFEE0 for char in "<>&{}[]`$\\"}


def visible(text: str, max_chars: int = MAX_SHOWN_CHARS) -> str:
    r"""Return ``text`` with every unseen character written out and no more than ``max_chars`` of it; tabs and line ends become blanks.

    >>> visible("a\x1b[2Jb\nc")
    'a\\x1b[2Jb c'
    >>> visible("x" * 1000, 3)
    'xxx … (1,000 characters)'
    """
    shown = "".join(map(_shown, _without_stacks(text[:max_chars])))
    return shown if len(text) <= max_chars else f"{shown} … ({len(text):,} characters)"


def inert(text: str, max_chars: int = MAX_SHOWN_CHARS) -> str:
    r"""Return ``text`` as ``visible`` does, but letters that markup is made of in their wide forms: for libraries that draw it.

    >>> inert("<b>{{ x }}")
    '\uff1cb\uff1e\uff5b\uff5b x \uff5d\uff5d'
    """
    return visible(text, max_chars).translate(_WIDE)


def inert_names(texts: Iterable[str], max_chars: int) -> dict[str, str]:
    """Return an inert name for each text; two that would look alike are numbered, never merged.

    >>> inert_names(["<a>", "＜a＞", " "], 40)
    {' ': '(empty)', '<a>': '＜a＞', '＜a＞': '＜a＞ (2)'}
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    for text in sorted(texts):
        name = plain = inert(text, max_chars).strip() or "(empty)"
        again = 1
        while name in taken:
            again += 1
            name = f"{plain} ({again})"
        names[text] = name
        taken.add(name)
    return names


def cell_width(text: str) -> int:
    """Return how many terminal columns ``text`` takes: wide East Asian characters two, combining marks none.

    >>> cell_width("ab"), cell_width("\u65e5\u672c")
    (2, 4)
    """
    return sum(0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _shown(char: str) -> str:
    if char in "\t\n\r":
        return " "
    code = ord(char)
    is_noncharacter = code & 0xFFFE == 0xFFFE
    if char in _JOINERS or (unicodedata.category(char) not in _UNSEEN and not is_noncharacter):
        return char
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _without_stacks(text: str) -> str:
    """Drop combining marks beyond a few on one letter: stacked ones draw over the lines above and below."""
    kept, stacked = [], 0
    for char in text:
        stacked = stacked + 1 if unicodedata.combining(char) else 0
        if stacked <= _MAX_STACKED_MARKS:
            kept.append(char)
    return "".join(kept)

"""The sections of a card: is something said under each heading that policy asks for?

Put here what is asked of the text of a card. Which headings it must have, and what its head names, is ``release_documentation.py`` and
policy; the text is what a reader sees (``registry/sources/release_cards.py``).

The rules, all of them a FAIL that names the section:
 * Every section is there. Case, punctuation and numbers of headings do not count; one that stands twice is one.
 * No line of it holds the place of a text: TBD, dots, a line in brackets of a template; nor does all of it, by the words of policy.
 * There is no filler of printers in it; nor, where it is shorter than twice what policy asks for, TBD or a phrase of policy anywhere.
 * It has the words that policy asks for, each counted once. A character that nobody sees is none.
 * No section is in the words of another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from checks.work.answers import find_mark, find_phrase, is_placeholder, quoted
from checks.work.wording import normalised, seen, words
from registry.domain.decision import Finding, Verdict
from registry.domain.policy_release import CardPolicy
from registry.domain.release_read import CardRead

_BLANKS = frozenset(".…?-–—_ ")
_FILLER = ("lorem ipsum", "dolor sit amet")


def find_section_problems(check: str, card: CardRead, policy: CardPolicy) -> tuple[Finding, ...]:
    """Return what the sections of a card do not say; a kind of card of which policy asks for no section is INCONCLUSIVE."""
    name, asked = card.kind.value.replace("_", " "), policy.sections[card.kind]
    if not asked:
        text = f"expected sections of the {name} in the policy table release, found none; name them under cards"
        return (Finding(check, name, Verdict.INCONCLUSIVE, "not_configured", text),)
    told = _found(card, asked, policy)
    return tuple(Finding(check, name, Verdict.FAIL, code, f"{card.path}: {text}", n=count) for code, text, count in told)


def heading_key(heading: str) -> str:
    """Return what two spellings of one heading share.

    >>> heading_key("2.1 Intended Use:"), heading_key("intended use"), heading_key("2025")
    ('intended use', 'intended use', '2025')
    """
    said = normalised(heading).split()
    while len(said) > 1 and said[0].isnumeric():
        said = said[1:]
    return " ".join(said)


_Told = Iterator[tuple[str, str, int | None]]


def _found(card: CardRead, asked: Collection[str], policy: CardPolicy) -> _Told:
    texts: dict[str, str] = {}
    for heading, text in card.sections.items():
        texts[heading_key(heading)] = "\n".join(filter(None, (texts.get(heading_key(heading)), text)))
    said = {heading: texts[heading_key(heading)] for heading in asked if heading_key(heading) in texts}
    missing = [heading for heading in asked if heading not in said]
    if missing:
        yield "missing_section", f"expected the sections {_listed(asked)}, found no {_listed(missing)}; write them", len(missing)
    for heading, text in said.items():
        if found := _unsaid(text, policy):
            expected = f"expected at least {policy.min_section_words_count} different words of its own"
            yield "empty_section", f"{heading}: {expected}, found {found}; write it", None
    yield from _copies(said)


def _unsaid(text: str, policy: CardPolicy) -> str:
    """Return what stands in place of a text; nothing where something is said."""
    if not text.strip():
        return "nothing"
    if stand_in := next(filter(_is_stand_in, text.splitlines()), "") or (text if is_placeholder(text, policy.placeholders) else ""):
        return f"the placeholder {quoted(stand_in)}"
    said, least = words(text), policy.min_section_words_count
    if inside := find_phrase(text, _FILLER) or (_promised(text, policy) if len(said) < 2 * least else ""):
        return f"{inside!r} in {quoted(text)}"
    count = len(set(said))
    return f"{count} in {quoted(text)}" if count < least else ""


def _promised(text: str, policy: CardPolicy) -> str:
    """Return what in a short text tells of another that is to be written; a longer one says something beside it."""
    return find_mark(text) or find_phrase(text, policy.placeholders)


def _is_stand_in(line: str) -> bool:
    """Return whether a line was to be written later, whatever is around it.

    >>> _is_stand_in("TBD by the data owner"), _is_stand_in("[say for whom]"), _is_stand_in("..."), _is_stand_in("99 %")
    (True, True, True, False)
    """
    text = seen(line).strip()
    if not any(letter.isalpha() for letter in text):
        return bool(text) and _BLANKS.issuperset(text)
    return text[0] + text[-1] in ("[]", "{}", "<>") or is_placeholder(text, ())


def _copies(said: Mapping[str, str]) -> _Told:
    same: dict[str, list[str]] = {}
    for heading, text in said.items():
        same.setdefault(normalised(text), []).append(heading)
    for text, headings in same.items():
        if text and len(headings) > 1:
            told = f"expected a text of its own for each section, found the same under {_listed(headings)}; write what each asks"
            yield "repeated_section", told, len(headings)


def _listed(headings: Collection[str]) -> str:
    return ", ".join(repr(heading) for heading in headings)

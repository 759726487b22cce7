"""Redaction: structured personal data in free text, replaced by its kind before the text becomes evidence.

Put here how found identifiers are replaced and counted; how they are found is ``checks/identifiers.py``.

The rules, in the order the code applies them:
 * A kind without a rule is an error, never a text that looks clean.
 * Kinds are applied in the order of ``identifiers.FINDERS``; what one took is not seen by the next.
 * Each identifier becomes ``[kind]`` and counts once. Names and addresses are not structured: what is left is never called anonymous.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import lru_cache, partial

from checks.identifiers import FINDERS, Span
from registry.errors import PolicyError

_SHORT_TEXT = 200
_MARGIN = 40
_CLUSTER = re.compile("[0-9](?:[^0-9]{0,6}[0-9]){6,}")
# What an identifier of few digits cannot do without: an at sign, two colons of an IPv6 address, the dots of an IPv4 one.
_OTHER_MARKS = re.compile(r"@|:[0-9A-Fa-f]{0,4}:|[0-9]\.[0-9]{1,3}\.[0-9]")


def redact(text: str, kinds: tuple[str, ...]) -> tuple[str, dict[str, int]]:
    """Return ``text`` with each structured identifier of ``kinds`` replaced by ``[kind]``, and how many of each kind were.

    >>> redact("call 212-555-0143 before 12/31/2020", ("phone",))
    ('call [phone] before 12/31/2020', {'phone': 1})

    Raises:
        ValueError: a kind that is not known.
    """
    redacted, counts = _redact_short(text, kinds) if len(text) <= _SHORT_TEXT else _redact(text, kinds)
    return redacted, dict(counts)


def redact_values(texts: dict[str, str], kinds: tuple[str, ...]) -> tuple[dict[str, str], dict[str, int]]:
    """Return ``texts`` with each value redacted (the same dict when nothing was found), and how many of each kind were."""
    values, counts = _redact_each(tuple(texts.values()), kinds)
    return (dict(zip(texts, values, strict=True)), dict(counts)) if counts else (texts, {})


def redaction_of(kinds: tuple[str, ...]) -> Callable[[str], tuple[str, dict[str, int]]]:
    """Return what redacts a text by ``kinds``.

    Raises:
        PolicyError: a kind that is not known.
    """
    if unknown := unknown_kinds(kinds):
        raise PolicyError([f"redaction: {', '.join(unknown)} has no rule; remove it from the table"])
    return partial(redact, kinds=kinds)


def unknown_kinds(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Return the ``kinds`` that have no rule here."""
    return tuple(kind for kind in kinds if kind not in FINDERS)


def number_windows(text: str) -> list[Span]:
    """Return the stretches of ``text`` that can hold a number of seven digits or more, with a margin, in order and apart."""
    windows: list[Span] = []
    for match in _CLUSTER.finditer(text):
        start, end = max(0, match.start() - _MARGIN), min(len(text), match.end() + _MARGIN)
        if windows and start <= windows[-1][1]:
            start = windows.pop()[0]
        windows.append((start, end))
    return windows


def _redact(text: str, kinds: tuple[str, ...]) -> tuple[str, tuple[tuple[str, int], ...]]:
    if unknown_kinds(kinds):
        raise ValueError(
            f"expected kinds among {', '.join(FINDERS)}, found {', '.join(unknown_kinds(kinds))}; correct the redaction policy"
        )
    windows = number_windows(text)
    if not windows and not _OTHER_MARKS.search(text):
        return text, ()
    found: dict[Span, str] = {}
    left = text
    for kind, find in ((name, find) for name in FINDERS if name in kinds for find in FINDERS[name]):
        spans = list(find(left, windows))
        found.update(dict.fromkeys(spans, kind))
        left = _replaced(left, {span: "\0" * (span[1] - span[0]) for span in spans})
    counts = {kind: list(found.values()).count(kind) for kind in sorted(set(found.values()))}
    return _replaced(text, {span: f"[{kind}]" for span, kind in found.items()}), tuple(counts.items())


# Segment and fingerprint texts come from small sets and repeat a million times a run.
_redact_short = lru_cache(maxsize=16_384)(_redact)


@lru_cache(maxsize=16_384)
def _redact_each(texts: tuple[str, ...], kinds: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[tuple[str, int], ...]]:
    results = [_redact_short(text, kinds) for text in texts]
    counts: Counter[str] = Counter()
    for _, found in results:
        counts.update(dict(found))
    return tuple(text for text, _ in results), tuple(sorted(counts.items()))


def _replaced(text: str, replacements: dict[Span, str]) -> str:
    if not replacements:
        return text
    parts, at = [], 0
    for (start, end), replacement in sorted(replacements.items()):
        parts += [text[at:start], replacement]
        at = end
    return "".join([*parts, text[at:]])

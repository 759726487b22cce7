"""Whether a text names one version for good: a version or digest, never a name that moves.

Put here what makes a text exact by its form alone; whether a registry has that version is ``registry/versions/exact.py``.

The rules, the first that is broken told:
 * A version is there, in one word.
 * It names no moving target: ``latest``, a branch or stage, an alias that the catalogue follows, a range or wildcard.
 * A digest is complete: ``sha256:`` and 64 lower-case hexadecimal digits. Digests that can be forged are none.
 * Another text has a figure in it: a name alone is not a version.
"""

from __future__ import annotations

import re
from collections.abc import Collection

DIGEST_PREFIX = "sha256:"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_OTHER_DIGEST = re.compile(r"(md5|sha-?1|crc32|sha-?224|sha-?384|sha-?512|sha-?256)[:=-].*", re.IGNORECASE)
_RANGE = re.compile(r"[<>=^~*@]|(^|[.v])x($|\.)|\.\.|\+$")
_MOVING_TEXT = """
latest newest current head tip main master trunk develop dev devel prod production prd live stage staging stg stable default test qa uat
canary champion challenger candidate release next edge nightly snapshot beta alpha rc blue green active approved best final new old
"""
_MOVING = frozenset(_MOVING_TEXT.split())


def find_inexact(version: str, aliases: Collection[str] = ()) -> str:
    """Return what is not exact about ``version``; empty where it names one version for good.

    >>> find_inexact("2.4.0"), find_inexact("sha256:" + "0" * 64), find_inexact("4f2a9c1")
    ('', '', '')
    >>> find_inexact("latest"), find_inexact("2.x")
    ("'latest', which moves", "'2.x', which stands for several versions")
    """
    text = version.strip()
    if not text:
        return "nothing"
    if len(text.split()) > 1:
        return f"{text!r}, which is not one word"
    if text.casefold() in _MOVING or text in aliases or "latest" in re.split(r"[^a-z]+", text.casefold()):
        return f"{text!r}, which moves"
    if _RANGE.search(text):
        return f"{text!r}, which stands for several versions"
    if text.startswith(DIGEST_PREFIX) or _OTHER_DIGEST.fullmatch(text):
        return "" if _DIGEST.fullmatch(text) else f"{text!r}, which is no complete sha256 digest"
    return "" if any(letter.isdigit() for letter in text) else f"{text!r}, a name without a figure"

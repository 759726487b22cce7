"""Find secrets in bytes about to be sealed: what is sealed can never be taken out again.

Put a pattern here when its text is a secret whatever the file. Redacting personal data belongs to ``checks/signals.py``.

Every pattern starts with a literal, which keeps the scan at about a gigabyte in nine seconds. A finding names file, line and kind,
never the text.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

SECRET_PATTERNS: Mapping[str, re.Pattern[bytes]] = {
    "private key": re.compile(rb"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----"),
    "AWS access key": re.compile(rb"(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])"),
    # a reference like ${DB_PASSWORD} or a mask like *** is what should stand there, so it is let through
    "password in a URL": re.compile(rb"://[^\s/:@\"'<>]{0,200}:(?!\$\{[A-Z0-9_]+\}@|\*+@)[^\s/@\"'<>]{1,200}@[A-Za-z0-9\[]"),
    "GitHub token": re.compile(rb"gh[pousr]_[A-Za-z0-9]{36}"),
    "GitHub fine-grained token": re.compile(rb"github_pat_[A-Za-z0-9_]{40}"),
    "Slack token": re.compile(rb"xox[abprs]-[A-Za-z0-9-]{10}"),
    "Google API key": re.compile(rb"AIza[A-Za-z0-9_-]{35}"),
    "JSON web token": re.compile(rb"eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,2000}\."),
}
MIN_SECRET_LENGTH = 8
"""Shorter values of the environment are not looked for: they occur by chance."""

_LONGEST_MATCH = 4_096


@dataclass(frozen=True, slots=True)
class SecretFinding:
    """A secret was found: where and of which kind."""

    file: str
    line: int
    kind: str


class SecretScanner:
    """Looks through one file piece by piece; matches across pieces are found too."""

    def __init__(self, file: str, secrets: Mapping[str, str]) -> None:
        self._file = file
        self._values = {f"value of {name}": forms for name, value in secrets.items() if (forms := _forms(value))}
        self._keep = max([_LONGEST_MATCH, *(len(form) for forms in self._values.values() for form in forms)])
        self._tail = b""
        self._lines_before = 1
        self.findings: set[SecretFinding] = set()

    def pass_through(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield ``chunks`` unchanged while scanning them."""
        for chunk in chunks:
            self.feed(chunk)
            yield chunk

    def feed(self, chunk: bytes) -> None:
        """Scan the next piece of the file."""
        window = self._tail + chunk
        for kind, position in self._hits(window):
            self.findings.add(SecretFinding(self._file, self._lines_before + window.count(b"\n", 0, position), kind))
        cut = max(0, len(window) - self._keep)
        self._lines_before += window.count(b"\n", 0, cut)
        self._tail = window[cut:]

    def _hits(self, window: bytes) -> Iterator[tuple[str, int]]:
        for kind, pattern in SECRET_PATTERNS.items():
            yield from ((kind, match.start()) for match in pattern.finditer(window))
        for kind, forms in self._values.items():
            yield from ((kind, position) for form in forms if (position := window.find(form)) >= 0)


def secret_kinds(content: bytes) -> tuple[str, ...]:
    """Return the kinds of secrets in a small piece of content.

    >>> secret_kinds(b"see https://ana:hunter22@example.org")
    ('password in a URL',)
    """
    return tuple(kind for kind, pattern in SECRET_PATTERNS.items() if pattern.search(content))


def _forms(value: str) -> frozenset[bytes]:
    """Return the byte forms a value takes in JSON, HTML and URLs."""
    if len(value) < MIN_SECRET_LENGTH:
        return frozenset()
    in_json = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    by_templates = html.escape(value).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")  # as Jinja and MarkupSafe write quotes
    texts = {value, *in_json, html.escape(value), by_templates, quote(value, safe="")}
    return frozenset(text.encode("utf-8") for text in texts)

"""Secrets in workspace files: only ever references to the environment, ``${NAME}``, looked up when something connects.

Put here how a reference is written, what counts as a secret written out, and how references are filled in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator

from registry.schemas import Text, refusal

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRET_IN_URL = (
    re.compile(r"://[^:/@]*:(?P<secret>.+)@"),
    re.compile(r"[?&;](?:password|pwd|sslpassword|passfile|token|secret|api_?key)=(?P<secret>[^&;]*)", re.IGNORECASE),
)
_SECRET_OPTION = re.compile(
    r"^key$|secret|passw|pwd|passphrase|token|account_?key|access_?key|api_?key|credential|connection_string", re.IGNORECASE
)
_FIX = "put it in an environment variable and write ${NAME}, then change it"


def references_in(text: str) -> list[str]:
    """Return the names that ``text`` refers to.

    >>> references_in("postgresql://reader:${DB_PASSWORD}@host/crm")
    ['DB_PASSWORD']
    """
    return _REFERENCE.findall(text)


def fill(text: str, values: Mapping[str, str]) -> tuple[str, str]:
    """Return the first name that has no value, and ``text`` with every reference looked up; one of the two is empty."""
    missing = next((name for name in references_in(text) if not values.get(name)), "")
    return missing, "" if missing else _REFERENCE.sub(lambda match: values[match[1]], text)


def refuse_literal_secrets(options: dict[str, str]) -> dict[str, str]:
    """Refuse an option whose name says that it is a secret and whose value is not a reference."""
    for name, value in options.items():
        if _SECRET_OPTION.search(name) and not _REFERENCE.fullmatch(value):
            raise refusal(f"{name} as ${{NAME}}", "a secret written out", _FIX)
        _without_literal_secret(value)
    return options


def _without_literal_secret(url: str) -> str:
    for pattern in _SECRET_IN_URL:
        match = pattern.search(url)
        if match and _REFERENCE.sub("", match["secret"]):
            raise refusal("a password only as ${NAME}", "one written out", _FIX)
    return url


def _only_a_reference(text: str) -> str:
    if not _REFERENCE.fullmatch(text):
        raise refusal("a reference like ${NAME}", "a secret written out", _FIX)
    return text


Url = Annotated[Text, AfterValidator(_without_literal_secret)]
SecretReference = Annotated[str, AfterValidator(_only_a_reference)]

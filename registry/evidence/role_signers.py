"""Who may sign in which role: the lines of an ``allowed_signers`` file that name a role as their namespace.

Put here what the workspace's file says about people's roles. Whether a signature verifies is asked of ``ssh-keygen``
(``approvals.py``), and who may seal is ``signers.py``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path

_NAMED = re.compile(r'(?P<principals>"[^"]*"|[^\s"#]+)[ \t]+(?:[^\s"]|"[^"]*")*?namespaces="(?P<namespaces>[^"]*)"')


def role_holders(path: Path, roles: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return the people each of ``roles`` names in the file at ``path``, sorted; nobody where there is no file.

    Patterns name nobody: a role is held by a person.
    """
    found: dict[str, set[str]] = defaultdict(set)
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
    for match in filter(None, map(_NAMED.match, lines)):
        people = [name for name in match["principals"].strip('"').split(",") if name and not set(name) & set("*?!")]
        for role in set(match["namespaces"].split(",")) & set(roles):
            found[role].update(people)
    return {role: tuple(sorted(people)) for role, people in found.items()}

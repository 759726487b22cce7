"""Who may sign in which role: the lines of an ``allowed_signers`` file that name a role as their namespace.

Put here what the workspace's file says about people's roles. Whether a signature verifies is asked of ``ssh-keygen``
(``role_signatures.py``), and who may seal is ``signers.py``.

 * A pattern names nobody: a role is held by a person. What a certificate authority vouches for is not followed.
 * A line holds from its ``valid-after`` to its ``valid-before``, both read in UTC; one with a time that is none holds never.
 * One key is one person: a file that gives a key to two is wrong, and the key approves nothing.
 * A line whose key ``revoked_keys`` lists in so many words holds nobody. A list in the binary form of ``ssh-keygen -k`` is asked when a
   signature is checked, not here.
"""

from __future__ import annotations

import base64
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from registry.domain.approving import person_key
from registry.evidence.ssh_signature import fingerprint_of

_LINE = re.compile(
    r'(?P<principals>"[^"]*"|[^\s"#]+)[ \t]+(?P<options>[a-z][a-z-]*(?:="[^"]*")?(?:,[a-z-]+(?:="[^"]*")?)*)[ \t]+(?P<key>\S.*)'
)
_OPTION = re.compile(r'([a-z-]+)(?:="([^"]*)")?(?:,|$)')
_TIME = re.compile(r"([0-9]{8}(?:[0-9]{4}(?:[0-9]{2})?)?)Z?")
_OPEN = {"valid-after": "00000000", "valid-before": "99999999"}
_LEAST_KEY_BYTES = 32
_PRINCIPALS = re.compile(r'"[^"]*"|[^\s"]+')


@dataclass(frozen=True, slots=True)
class RoleLine:
    """One line with options: whom it names, patterns left out, and the fingerprints of its key (none where it is no key)."""

    people: tuple[str, ...]
    options: Mapping[str, str]
    fingerprints: frozenset[str]

    @property
    def roles(self) -> frozenset[str]:
        """Return what the line may sign; nothing where it vouches for the keys of others."""
        return frozenset() if "cert-authority" in self.options else frozenset(self.options.get("namespaces", "").split(",")) - {""}

    def holds_at(self, at: datetime) -> bool:
        """Return whether ``at`` lies between the times of the line, which ``ssh-keygen`` counts in."""
        after, before = (_TIME.fullmatch(self.options.get(name, default)) for name, default in _OPEN.items())
        time = f"{at.astimezone(UTC):%Y%m%d%H%M%S}"
        return bool(after and before) and _digits(after) <= time <= _digits(before)


def parse_line(line: str) -> RoleLine | None:
    """Return what a line says; None for a remark, and for one without options, which allows everything and is not meant for roles."""
    match = None if line.strip().startswith("#") else _LINE.fullmatch(line.strip())
    if match is None:
        return None
    return RoleLine(_people(match["principals"]), dict(_OPTION.findall(match["options"])), _fingerprints(match["key"].split()))


def role_holders(path: Path, roles: Collection[str], at: datetime, revoked: Path | None = None) -> dict[str, tuple[str, ...]]:
    """Return the people each of ``roles`` names at an instant in the file at ``path``, sorted; nobody where there is no file."""
    found: dict[str, set[str]] = defaultdict(set)
    gone = {key for line in _lines(revoked) if not line.lstrip().startswith("#") for key in _fingerprints(line.split())}
    for line in filter(None, map(parse_line, _lines(path))):
        if line.holds_at(at) and not line.fingerprints & gone:
            for role in line.roles & set(roles):
                found[role].update(line.people)
    return {role: tuple(sorted(people)) for role, people in found.items() if people}


def key_holders(signers: str, fingerprint: str) -> tuple[str, ...]:
    """Return everybody to whom any line gives this key, sorted: in whatever role, with options or without, ended or not."""
    return tuple(sorted({name for _, people, keys in _given(signers) if fingerprint in keys for name in people}))


def shared_keys(path: Path) -> dict[str, tuple[str, ...]]:
    """Return the keys that the file at ``path`` gives to more than one person, by fingerprint, with everybody who has them."""
    signers = "\n".join(_lines(path))
    known = sorted({key for _, _, keys in _given(signers) for key in keys})
    holders = ((key, key_holders(signers, key)) for key in known)
    return {key: people for key, people in holders if len({person_key(name) for name in people}) > 1}


def find_shared_key_problems(path: Path) -> list[str]:
    """Return what is wrong with a file that gives one key to two people: whoever signs with it could be either."""
    lines = list(_given("\n".join(_lines(path))))
    problems = []
    for key, people in shared_keys(path).items():
        where = ", ".join(str(number) for number, _, keys in lines if key in keys)
        found = f"found {key} given to {' and '.join(people)} (line {where})"
        problems.append(f"{path}: expected each key to be of one person, {found}: one key, two people; give each a key of their own")
    return problems


def _given(signers: str) -> Iterator[tuple[int, tuple[str, ...], frozenset[str]]]:
    """Yield of each line its number, whom it names and its keys; what a certificate authority vouches for is no key of a person's."""
    for number, line in enumerate(map(str.strip, signers.splitlines()), 1):
        match = None if line.startswith("#") else _PRINCIPALS.match(line)
        said = parse_line(line)
        if match and not (said and "cert-authority" in said.options):
            yield number, _people(match[0]), _fingerprints(line[match.end() :].split())


def _lines(path: Path | None) -> Iterable[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines() if path and path.is_file() else ()


def _people(principals: str) -> tuple[str, ...]:
    return tuple(name for name in principals.strip('"').split(",") if name and not set(name) & set("*?!"))


def _digits(time: re.Match[str] | None) -> str:
    return time[1].ljust(14, "0") if time else ""


def _fingerprints(words: Iterable[str]) -> frozenset[str]:
    """Return the keys among the words of a line, which follow their kind; what is no key is none."""
    found = set()
    for word in words:
        try:
            key = base64.b64decode(word, validate=True)
        except ValueError:
            continue
        if len(key) > _LEAST_KEY_BYTES and key[:3] == b"\0\0\0":  # it begins with the length of its kind
            found.add(fingerprint_of(key))
    return frozenset(found)

"""Who may seal: the lines of an ``allowed_signers`` file that name the namespace of seals.

Put the reading of sealing keys here. The file is the verifier's own: one that lies in the archive proves nothing.

 * Only lines with ``namespaces="evidence-seal@v1"`` (perhaps among others) count: a key for everything is not a sealing key.
 * ``valid-after`` and ``valid-before`` are compared with the time that a seal says; they are read in UTC and must end in ``Z``.
 * Any other option on such a line, or a line that cannot be read, leaves the whole file unusable: nothing is decided with half of it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from registry.errors import EvidenceError
from registry.evidence.ssh_signature import NAMESPACE, fingerprint_of, is_key

_LINE = re.compile(
    r'(?:"[^"]*"|[^\s"]+)[ \t]+(?:(?P<options>(?:[a-z-]+(?:="[^"]*")?)(?:,[a-z-]+(?:="[^"]*")?)*)[ \t]+)??'
    r"(?P<kind>[a-z][A-Za-z0-9@.-]*)[ \t]+(?P<key>[A-Za-z0-9+/]+={0,2})(?:[ \t].*)?"
)
_OPTION = re.compile(r'([a-z-]+)(?:="([^"]*)")?(?:,|$)')
_TIME = re.compile(r"[0-9]{8}(?:[0-9]{4}(?:[0-9]{2})?)?Z")
_KNOWN = {"namespaces", "valid-after", "valid-before"}


@dataclass(frozen=True, slots=True)
class SealingKey:
    """One key that may seal, and the times between which its seals must say they were made (fourteen digits, UTC)."""

    fingerprint: str
    valid_after: str = ""
    valid_before: str = ""

    def may_seal_at(self, sealed_at: datetime) -> bool:
        """Return whether a seal of this time may be signed by this key."""
        time = f"{sealed_at:%Y%m%d%H%M%S}"
        return self.valid_after <= time and (not self.valid_before or time < self.valid_before)


@dataclass(frozen=True, slots=True)
class Signers:
    """The sealing keys of one file, by fingerprint. ``name`` is how messages call the file."""

    name: str
    keys: dict[str, SealingKey]


def read_signers(path: Path) -> Signers:
    """Return the sealing keys that ``path`` lists: perhaps none.

    Raises:
        EvidenceError: the file cannot be read, or says something about sealing keys that is not understood.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise EvidenceError(f"{path}: expected a file of allowed signers that can be read, found {error}; name another") from error
    keys = list(_keys(lines, str(path)))
    signers = Signers(str(path), {key.fingerprint: key for key in keys})
    if len(signers.keys) < len(keys):
        raise EvidenceError(f"{path}: expected each sealing key once, found one on two lines; remove one of them")
    return signers


def signer_line(public_line: str, principal: str) -> str:
    """Return the line that lets the key of an OpenSSH public line seal."""
    kind, key, *_ = public_line.split()
    return f'{principal} namespaces="{NAMESPACE}" {kind} {key}\n'


def _keys(lines: Iterable[str], name: str) -> Iterable[SealingKey]:
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.lstrip().startswith("#") and NAMESPACE in line:
            yield _sealing_key(line.strip(), f"{name} line {number}")


def _sealing_key(line: str, place: str) -> SealingKey:
    match = _LINE.fullmatch(line)
    options = dict(_OPTION.findall(match["options"] or "")) if match else {}
    if match is None or NAMESPACE not in options.get("namespaces", "").split(",") or not options.keys() <= _KNOWN:
        raise EvidenceError(
            f'{place}: expected NAME namespaces="{NAMESPACE}" KIND KEY, perhaps with valid-after or valid-before; correct it'
        )
    try:
        key = base64.b64decode(match["key"], validate=True)
    except ValueError as error:
        raise EvidenceError(f"{place}: expected a public key in base64, found other text; correct it") from error
    if not is_key(match["kind"], key):
        raise EvidenceError(f"{place}: expected a public key of the kind {match['kind']}, found another or half of one; correct it")
    return SealingKey(fingerprint_of(key), _time(options.get("valid-after", ""), place), _time(options.get("valid-before", ""), place))


def _time(text: str, place: str) -> str:
    if text and not _TIME.fullmatch(text):
        raise EvidenceError(f"{place}: expected a time like 20260131Z or 20260131120000Z, found {text!r}; write it in UTC")
    return text.removesuffix("Z").ljust(14, "0") if text else ""

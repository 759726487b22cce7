"""SSH signatures as ``ssh-keygen -Y sign`` writes them: read strictly, verified without another process.

Put the format of a signature here. Which keys may sign is ``signers.py``, making one is ``signing.py``.

 * A signature has exactly one valid text: reading and rendering it again must give the same bytes (``ssh-keygen`` itself ignores bytes
   after the armor, and a reserved field that anybody can fill).
 * It is good only for the namespace ``evidence-seal@v1``, with SHA-256 or SHA-512, and for the exact bytes it was made over.
 * Kinds of keys: Ed25519, ECDSA, RSA with SHA-2, and the two kinds that security keys hold (touched or not: seals are made unattended).
"""

from __future__ import annotations

import base64
import hashlib
import re
import struct
from dataclasses import dataclass

from registry.errors import EvidenceError

NAMESPACE = "evidence-seal@v1"
ALGORITHMS = ("sha256", "sha512")

_PREAMBLE = b"SSHSIG" + struct.pack(">I", 1)
_ARMOR = re.compile(rb"-----BEGIN SSH SIGNATURE-----\n((?:[A-Za-z0-9+/]{70}\n)*[A-Za-z0-9+/]{1,70}={0,2}\n)-----END SSH SIGNATURE-----\n")
_LINE = 70
_ECDSA = {b"nistp256": ("SECP256R1", "SHA256"), b"nistp384": ("SECP384R1", "SHA384"), b"nistp521": ("SECP521R1", "SHA512")}
_FIELDS = {
    b"ssh-ed25519": 1,
    b"ssh-rsa": 2,
    **dict.fromkeys((b"ecdsa-sha2-" + curve for curve in _ECDSA), 2),
    b"sk-ssh-ed25519@openssh.com": 2,
    b"sk-ecdsa-sha2-nistp256@openssh.com": 3,
}
"""How many fields follow the kind in a public key."""


@dataclass(frozen=True, slots=True)
class SshSignature:
    """One signature, taken apart: the key that made it, and what it was made for."""

    key: bytes
    namespace: str
    algorithm: str
    value: bytes

    @property
    def fingerprint(self) -> str:
        """The key as ``ssh-keygen -l`` names it."""
        return fingerprint_of(self.key)


def fingerprint_of(key: bytes) -> str:
    """Return ``SHA256:...`` of a public key's bytes, as ``ssh-keygen -l`` prints it.

    >>> fingerprint_of(b"")
    'SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU'
    """
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode("ascii").rstrip("=")


def is_key(kind: str, key: bytes) -> bool:
    """Return whether ``key`` is a public key of this kind that signatures can be checked with."""
    try:
        named, *fields = _strings(key)
    except ValueError:
        return False
    return named == kind.encode() and len(fields) == _FIELDS.get(named)


def render_signature(signature: SshSignature) -> bytes:
    """Return the only valid text of ``signature``."""
    parts = (signature.key, signature.namespace.encode(), b"", signature.algorithm.encode(), signature.value)
    text = base64.b64encode(_PREAMBLE + b"".join(map(_string, parts)))
    lines = [text[start : start + _LINE] for start in range(0, len(text), _LINE)]
    return b"\n".join([b"-----BEGIN SSH SIGNATURE-----", *lines, b"-----END SSH SIGNATURE-----", b""])


def parse_signature(content: bytes, name: str) -> SshSignature:
    """Return the signature that ``content`` is the text of.

    Raises:
        EvidenceError: any byte is not as ``render_signature`` would write it.
    """
    armor = _ARMOR.fullmatch(content)
    try:
        raw = base64.b64decode(armor[1].replace(b"\n", b""), validate=True) if armor else b""
        key, namespace, _reserved, algorithm, value = _strings(raw.removeprefix(_PREAMBLE), 5)
        signature = SshSignature(key, namespace.decode("ascii"), algorithm.decode("ascii"), value)
    except ValueError as error:
        raise EvidenceError(f"{name}: expected one SSH signature in its armor, found other text") from error
    if render_signature(signature) != content:
        raise EvidenceError(f"{name}: expected the one text that ssh-keygen writes for this signature, found another")
    return signature


def check_signature(signature: SshSignature, content: bytes, name: str) -> None:
    """Return when ``signature`` is good for ``content``.

    Raises:
        EvidenceError: made for another purpose or other bytes, or by a kind of key that cannot be checked.
    """
    if signature.namespace != NAMESPACE or signature.algorithm not in ALGORITHMS:
        found = f"{signature.namespace!r} with {signature.algorithm!r}"
        raise EvidenceError(f"{name}: expected a signature for the namespace {NAMESPACE} with SHA-256 or SHA-512, found {found}")
    digest = hashlib.new(signature.algorithm, content).digest()
    parts = (signature.namespace.encode(), b"", signature.algorithm.encode(), digest)
    if not _is_good(signature, b"SSHSIG" + b"".join(map(_string, parts))):
        raise EvidenceError(f"{name}: expected a good signature by {signature.fingerprint}, found one for other bytes")


def _is_good(signature: SshSignature, signed: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        kind, *fields = _strings(signature.key)
        _verify(kind, fields, signature.value, signed)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, IndexError, KeyError):
        return False
    return True


def _verify(kind: bytes, fields: list[bytes], value: bytes, signed: bytes) -> None:
    if kind.startswith(b"sk-"):
        return _verify_security_key(kind, fields, value, signed)
    made_with, made = _strings(value, 2)  # exactly two: bytes after them make the signature another text
    if kind == b"ssh-rsa":
        return _verify_rsa(fields, made_with, made, signed)
    if made_with != kind:
        raise ValueError("a signature of another kind than its key")
    return _verify_curve(kind, fields, made, signed)


def _verify_security_key(kind: bytes, fields: list[bytes], value: bytes, signed: bytes) -> None:
    """A security key signs the digest together with the application, its flags and its counter."""
    made_with, made = _strings(value[:-5], 2)
    application = fields.pop()
    if made_with != kind:
        raise ValueError("a signature of another kind than its key")
    told = hashlib.sha256(application).digest() + value[-5:] + hashlib.sha256(signed).digest()
    _verify_curve(kind.removeprefix(b"sk-").replace(b"@openssh.com", b""), fields, made, told)


def _verify_curve(kind: bytes, fields: list[bytes], made: bytes, signed: bytes) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils

    if kind == b"ssh-ed25519":
        (point,) = fields
        return ed25519.Ed25519PublicKey.from_public_bytes(point).verify(made, signed)
    curve, point = fields
    if kind != b"ecdsa-sha2-" + curve or point[:1] != b"\x04":
        raise ValueError("an unknown kind of key, or a point that is written in another way")
    curve_name, hash_name = _ECDSA[curve]
    key = ec.EllipticCurvePublicKey.from_encoded_point(getattr(ec, curve_name)(), point)
    r, s = map(_number, _strings(made, 2))
    return key.verify(utils.encode_dss_signature(r, s), signed, ec.ECDSA(getattr(hashes, hash_name)()))


def _verify_rsa(fields: list[bytes], made_with: bytes, made: bytes, signed: bytes) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    exponent, modulus = map(_number, fields)
    algorithm = {b"rsa-sha2-256": hashes.SHA256(), b"rsa-sha2-512": hashes.SHA512()}[made_with]
    key = rsa.RSAPublicNumbers(exponent, modulus).public_key()
    if len(made) != (key.key_size + 7) // 8:
        raise ValueError("a signature of another length than its key")
    key.verify(made, signed, padding.PKCS1v15(), algorithm)


def _number(field: bytes) -> int:
    """Return a positive number written in the fewest bytes."""
    number = int.from_bytes(field, "big", signed=True)
    if number <= 0 or len(field) != number.bit_length() // 8 + 1:
        raise ValueError("a number that is not written in the fewest bytes")
    return number


def _string(field: bytes) -> bytes:
    return struct.pack(">I", len(field)) + field


def _strings(raw: bytes, count: int | None = None) -> list[bytes]:
    """Return the length-prefixed fields that ``raw`` consists of."""
    fields: list[bytes] = []
    while raw:
        length = int.from_bytes(raw[:4], "big")
        if len(raw) < 4 + length:
            raise ValueError("a field that is cut short")
        fields.append(raw[4 : 4 + length])
        raw = raw[4 + length :]
    if count is not None and len(fields) != count:
        raise ValueError(f"{len(fields)} fields instead of {count}")
    return fields

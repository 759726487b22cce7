"""The signatures of an archive, judged one after the other from its first seal to its last.

Put the rules of signatures here; the same rules are in ``verify.sh``.

 * Every signature that is there must be good, whoever made it.
 * No unsigned seal follows a signed one, and another key continues only after a rotation that the old key sealed.
 * With signers known, one of their keys must have signed the newest seal, at a time at which it was valid.
 * Signatures without signers known are INCONCLUSIVE: a good signature by anybody says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from registry.domain.decision import Verdict
from registry.errors import EvidenceError
from registry.evidence.names import SEALS_FOLDER
from registry.evidence.report import Problem
from registry.evidence.rotation import KeyChain
from registry.evidence.seal import Seal
from registry.evidence.signers import Signers
from registry.evidence.ssh_signature import check_signature, parse_signature


class SignatureWalk:
    """What was seen of the signatures so far. ``is_complete``: the walk began with the archive's first seal."""

    def __init__(self, signers: Signers | None, is_complete: bool = True) -> None:
        self.problems: list[Problem] = []
        self.count = 0
        self._signers = signers
        self._chain = KeyChain(is_complete=is_complete)
        self._head: tuple[Seal | None, str, str] | None = None
        self._strangers: dict[str, list[int]] = {}

    def visit(self, seq: int, seal: Seal | None, texts: tuple[bytes, bytes | None], rotations: Iterable[tuple[str, str]] | None) -> None:
        """Judge one seal's signature: ``texts`` are both as they lie there; ``rotations`` is None for a package that was not looked at."""
        content, signature = texts
        file = f"{SEALS_FOLDER}/{seq:06d}.seal.sig"
        fingerprint = self._fingerprint(file, content, signature) if signature is not None else ""
        if signature is None and self._chain.key:
            self._note(file, f"a signature, as seals before it have one by {self._chain.key}", "none")
        if fingerprint:
            self.count += 1
            self._follow(file, fingerprint, rotations)
            if seal and self._signers and fingerprint not in self._signers.keys:
                self._strangers.setdefault(fingerprint, []).append(seq)
        self._head = (seal, file, fingerprint if signature is not None else "none")
        self._check_time(seal, file, fingerprint)

    def finish(self) -> None:
        """Judge the newest seal, once all were visited."""
        if self._head is None:
            return
        _seal, file, fingerprint = self._head
        if self._signers is not None:
            if fingerprint and fingerprint not in self._signers.keys:
                self._note(file, f"a signature by a sealing key of {self._signers.name}", fingerprint)
        elif self.count or fingerprint != "none":
            self._note(file, "signers to compare signatures with (--signers FILE)", "none given", Verdict.INCONCLUSIVE)

    @property
    def is_signed(self) -> bool:
        """Whether a known key signed the newest seal and nothing was wrong with any signature."""
        return bool(self._signers and self._head and self._head[2] in self._signers.keys and not self.problems)

    @property
    def notes(self) -> tuple[str, ...]:
        """Keys that are not among the signers and whose seals hold only because a key among them continued."""
        name = self._signers.name if self._signers else ""
        return tuple(
            f"seals {seqs[0]:06d} to {seqs[-1]:06d} are signed by {fingerprint}, which {name} does not list"
            for fingerprint, seqs in self._strangers.items()
        )

    def _fingerprint(self, file: str, content: bytes, text: bytes) -> str:
        try:
            signature = parse_signature(text, file)
            check_signature(signature, content, file)
        except EvidenceError as error:
            self._note(file, "a good signature of the seal", str(error))
            return ""
        return signature.fingerprint

    def _follow(self, file: str, fingerprint: str, rotations: Iterable[tuple[str, str]] | None) -> None:
        if not self._chain.may_follow(fingerprint):
            expected = f"a signature by {self._chain.key}, or its event that {fingerprint} follows it"
            verdict = Verdict.FAIL if self._chain.is_complete else Verdict.INCONCLUSIVE
            found = "neither" if self._chain.is_complete else "neither in the packages looked at"
            self._note(file, expected, found, verdict)
        self._chain.extend(fingerprint, rotations or (), rotations is not None)

    def _check_time(self, seal: Seal | None, file: str, fingerprint: str) -> None:
        key = self._signers.keys.get(fingerprint) if self._signers else None
        if seal and key and not key.may_seal_at(seal.sealed_at):
            self._note(file, f"a seal within the time in which {fingerprint} is valid", f"{seal.sealed_at:%Y-%m-%d %H:%M:%S} UTC")

    def _note(self, file: str, expected: str, found: str, verdict: Verdict = Verdict.FAIL) -> None:
        self.problems.append(Problem(file, expected, found, verdict))

"""Signatures: read strictly, good for one purpose and one seal, by every kind of key that SSH has; and who may continue whom."""

from __future__ import annotations

import hashlib
import re
import struct
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from registry.domain.decision import Verdict
from registry.errors import EvidenceError, EvidenceUnavailableError
from registry.evidence.archive import publish
from registry.evidence.rotation import KeyChain, find_rotations, require_continuity, rotation_event, sealed_by
from registry.evidence.signing import SshSigner, make_key
from registry.evidence.ssh_signature import NAMESPACE, SshSignature, check_signature, parse_signature, render_signature
from registry.evidence.verify import verify_archive
from tests.evidence.archives import FIRST_DAY, a_draft, a_key, an_archive, ledger_of, sealed_at
from tests.evidence.tampering import BUNDLE, ORDER, a_ledger, edit, keys, signers_of, the_archive, with_event

TEXT = b"evidence-seal/v1\n"
KINDS = (["ed25519"], ["ecdsa", "-b", "256"], ["ecdsa", "-b", "384"], ["ecdsa", "-b", "521"], ["rsa", "-b", "2048"])


def made_by_ssh_keygen(folder: Path, kind: list[str]) -> bytes:
    subprocess.run(["ssh-keygen", "-q", "-N", "", "-f", folder / "key", "-t", *kind], check=True)
    return SshSigner(folder / "key").sign(TEXT)


def ssh_keygen_calls_good(folder: Path, text: bytes) -> bool:
    (folder / "text.sig").write_bytes(text)
    words = ["ssh-keygen", "-Y", "check-novalidate", "-n", NAMESPACE, "-s", str(folder / "text.sig")]
    return subprocess.run(words, input=TEXT, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_what_ssh_keygen_signs_is_good_for_that_text_only(tmp_path: Path, kind: list[str]) -> None:
    text = made_by_ssh_keygen(tmp_path, kind)
    signature = parse_signature(text, "it")
    check_signature(signature, TEXT, "it")
    shown = subprocess.run(["ssh-keygen", "-lf", tmp_path / "key"], capture_output=True, text=True, check=True).stdout
    assert signature.fingerprint == shown.split()[1]
    assert render_signature(signature) == text
    with pytest.raises(EvidenceError, match="found one for other bytes"):
        check_signature(signature, TEXT + b"\n", "it")
    for wrong in (replace(signature, namespace="file"), replace(signature, algorithm="md5")):
        with pytest.raises(EvidenceError, match="namespace evidence-seal@v1"):
            check_signature(wrong, TEXT, "it")


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_a_change_of_any_byte_of_a_signature_is_seen(tmp_path: Path, kind: list[str]) -> None:
    text = made_by_ssh_keygen(tmp_path, kind)
    for place in range(len(text)):
        altered = text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :]
        with pytest.raises(EvidenceError):
            check_signature(parse_signature(altered, "it"), TEXT, "it")


def string(field: bytes) -> bytes:
    return struct.pack(">I", len(field)) + field


def signed_by_a_security_key(kind: str) -> SshSignature:
    """Return what a security key would answer: it signs the digest with its application, its flags and its counter."""
    signed = b"SSHSIG" + b"".join(map(string, (NAMESPACE.encode(), b"", b"sha512", hashlib.sha512(TEXT).digest())))
    told = hashlib.sha256(b"ssh:").digest() + b"\x01\x00\x00\x00\x07" + hashlib.sha256(signed).digest()
    if kind == "sk-ssh-ed25519@openssh.com":
        key = ed25519.Ed25519PrivateKey.generate()
        fields, made = [key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)], key.sign(told)
    else:
        curve = ec.generate_private_key(ec.SECP256R1())
        fields = [b"nistp256", curve.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)]
        numbers = utils.decode_dss_signature(curve.sign(told, ec.ECDSA(hashes.SHA256())))
        made = b"".join(string(number.to_bytes(number.bit_length() // 8 + 1, "big")) for number in numbers)
    public = b"".join(map(string, [kind.encode(), *fields, b"ssh:"]))
    return SshSignature(public, NAMESPACE, "sha512", string(kind.encode()) + string(made) + b"\x01\x00\x00\x00\x07")


@pytest.mark.parametrize("kind", ["sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"])
def test_the_signature_of_a_security_key_is_judged_as_ssh_keygen_judges_it(tmp_path: Path, kind: str) -> None:
    signature = signed_by_a_security_key(kind)
    assert ssh_keygen_calls_good(tmp_path, render_signature(signature))
    check_signature(parse_signature(render_signature(signature), "it"), TEXT, "it")
    other_counter = replace(signature, value=signature.value[:-1] + b"\x08")
    assert not ssh_keygen_calls_good(tmp_path, render_signature(other_counter))
    with pytest.raises(EvidenceError, match="found one for other bytes"):
        check_signature(other_counter, TEXT, "it")


def test_a_second_text_that_ssh_keygen_also_calls_good_is_refused(tmp_path: Path) -> None:
    signature = parse_signature(made_by_ssh_keygen(tmp_path, ["ed25519"]), "it")
    number = int.from_bytes(signature.value[-32:], "little") + ORDER
    second = replace(signature, value=signature.value[:-32] + number.to_bytes(32, "little"))
    assert ssh_keygen_calls_good(tmp_path, render_signature(second))
    with pytest.raises(EvidenceError):
        check_signature(second, TEXT, "it")


@pytest.mark.parametrize("text", [b"", b"x", b"-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n", b"\xff" * 300])
def test_other_text_is_no_signature(text: bytes) -> None:
    with pytest.raises(EvidenceError, match="expected one SSH signature"):
        parse_signature(text, "it")


def test_a_key_is_for_its_owner_and_is_never_overwritten(tmp_path: Path) -> None:
    make_key(tmp_path / "deep/key", "sealing")
    assert (tmp_path / "deep/key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(EvidenceError, match="never overwritten"):
        make_key(tmp_path / "deep/key", "sealing")


def test_a_key_that_is_missing_broken_or_locked_signs_nothing(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="expected a key, found no file"):
        _ = SshSigner(tmp_path / "none").fingerprint
    (tmp_path / "broken").write_text("x")
    (tmp_path / "broken").chmod(0o600)
    with pytest.raises(EvidenceError, match="expected ssh-keygen to use this key"):
        SshSigner(tmp_path / "broken").sign(TEXT)


def test_a_machine_without_ssh_keygen_is_an_outage_and_no_reason_not_to_sign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    signer = a_key(tmp_path)
    archive = an_archive(tmp_path, signer=signer)
    monkeypatch.setattr("registry.evidence.signing._PROGRAM", "no-such-program")
    with pytest.raises(EvidenceUnavailableError, match="install OpenSSH"):
        publish(archive, a_draft(tmp_path / "spool", 4), ledger_of(8), sealed_at(4), signer=signer)
    assert not (archive / "seals/000004.seal").exists()


def test_a_signature_by_another_key_than_the_one_asked_for_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = a_key(tmp_path, "first"), a_key(tmp_path, "second")
    signed = second.sign(TEXT)
    monkeypatch.setattr("registry.evidence.signing._run", lambda *_: signed)  # an agent that holds several keys
    with pytest.raises(EvidenceError, match="expected a signature by " + re.escape(first.fingerprint)):
        first.sign(TEXT)


def test_nothing_unsigned_follows_what_was_signed(tmp_path: Path) -> None:
    archive = an_archive(tmp_path, signer=a_key(tmp_path))
    with pytest.raises(EvidenceError, match="expected a key to sign the next one, found none"):
        publish(archive, a_draft(tmp_path / "spool", 4), ledger_of(8), sealed_at(4))
    assert not (archive / "000004").exists()


def test_an_archive_may_begin_to_be_signed(tmp_path: Path) -> None:
    archive, signer = an_archive(tmp_path), keys(tmp_path)[0]
    publish(archive, a_draft(tmp_path / "spool", 4), ledger_of(8), sealed_at(4), signer=signer)
    report = verify_archive(archive, signers=signers_of(tmp_path))
    assert (report.verdict, report.signature_count, report.lines()[2]) == (Verdict.PASS, 1, "level L1 signed chain, 1 of 4 seals signed")


def test_another_key_continues_only_after_its_event_was_sealed_by_the_old_one(tmp_path: Path) -> None:
    first, second, _ = keys(tmp_path)
    archive = an_archive(tmp_path, signer=first)
    rotation = rotation_event(first.fingerprint, second.fingerprint, BUNDLE, FIRST_DAY, date(2020, 3, 4), 'Zo\u00eb "ops"')
    ledger = with_event(ledger_of(12), 8, rotation)
    with pytest.raises(EvidenceError, match="found neither"):
        publish(archive, a_draft(tmp_path / "spool", 4), ledger[:8], sealed_at(4), signer=second)
    for day, signer in ((4, first), (5, first), (6, second)):
        publish(archive, a_draft(tmp_path / "spool", day), ledger[: 2 * day], sealed_at(day), signer=signer)
    assert [sealed_by(archive, seq) for seq in (0, 5, 6)] == ["", first.fingerprint, second.fingerprint]
    assert verify_archive(archive, signers=signers_of(tmp_path)).verdict is Verdict.PASS
    with pytest.raises(EvidenceError, match="found neither"):
        require_continuity(archive, 6, first)


def test_a_leave_to_continue_counts_once(tmp_path: Path) -> None:
    chain = KeyChain()
    chain.extend("a", [("a", "b"), ("c", "d")])
    assert chain.may_follow("b") and chain.may_follow("a") and not chain.may_follow("d")
    chain.extend("b", [])
    assert not chain.may_follow("a")


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.replace(b'"kind":"SealingKeyRotated"', b'"kind":"FeedJudged"'),
        lambda line: line.replace(b'"issue":""', b'"issue":"x"'),
        lambda line: line.replace(b'"subject":"', b'"subject":"x","a":"'),
        lambda line: line.replace(b'"data":{', b'"data":{"a":"",'),
        lambda line: line.replace(b"SHA256:", b"MD5:"),
        lambda line: line.replace(b"sha256:0", b"sha256:"),
        lambda line: line.rstrip(b"\n"),
    ],
)
def test_only_the_exact_event_lets_another_key_continue(tmp_path: Path, change) -> None:  # type: ignore[no-untyped-def]
    archive = the_archive(tmp_path)
    line = (archive / "000003/ledger.jsonl").read_bytes().splitlines(keepends=True)[1]
    first, second, _ = keys(tmp_path)
    assert find_rotations([line]) == ((first.fingerprint, second.fingerprint),)
    assert find_rotations([change(line)]) == ()


def test_a_text_that_quotes_the_event_is_no_event(tmp_path: Path) -> None:
    quoted = ledger_of(1, text='"body":{"kind":"SealingKeyRotated"}')[0]
    assert b"SealingKeyRotated" in quoted.body
    assert find_rotations([b'{"seq":1,"prev":"","hash":"","body":' + quoted.body + b"}\n"]) == ()


def test_the_script_of_another_version_is_replaced_by_the_next_publisher(tmp_path: Path) -> None:
    archive = an_archive(tmp_path)
    edit("verify.sh", lambda text: text + b"#\n")(archive)
    assert verify_archive(archive).verdict is Verdict.INCONCLUSIVE
    publish(archive, a_draft(tmp_path / "spool", 4), ledger_of(8), sealed_at(4))
    assert verify_archive(archive).verdict is Verdict.PASS


def test_the_archive_of_the_mutations_is_a_good_one(tmp_path: Path) -> None:
    report = verify_archive(the_archive(tmp_path), signers=signers_of(tmp_path))
    assert (report.verdict, report.event_count, report.signature_count) == (Verdict.PASS, len(a_ledger(tmp_path)), 5)
    assert "1 files removed under seal 000005" in report.lines()

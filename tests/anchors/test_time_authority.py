"""Time tokens: fetched from a real authority made for the test, verified by our client and, offline, by stock ``openssl``."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from deployments.anchors.time_authority import stamp_head
from registry.domain.anchoring import Head
from registry.errors import EvidenceError
from registry.evidence.anchors_time import verify_token, write_request
from tests.anchors.authority import Authority, an_authority, served
from tests.anchors.sealed import a_sealed_workspace, head_and_path


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return an_authority(tmp_path_factory.mktemp("authority") / "keys")


def stamped(authority: Authority, root: Path) -> tuple[Path, Path, str]:
    head, seal = head_and_path(a_sealed_workspace(root))
    with served(authority.answer) as url:
        said = stamp_head(url, authority.roots, 20, head, seal)
    return seal, seal.with_name(f"{seal.name}.tsr"), said


def test_a_token_is_kept_beside_the_seal_and_openssl_verifies_it_offline(authority: Authority, tmp_path: Path) -> None:
    seal, token, said = stamped(authority, tmp_path)
    assert said.endswith("Z 000003.seal.tsr")
    assert openssl_verifies(seal, token, authority.roots)
    assert {path.name for path in (tmp_path / ".state/archive/.publish").iterdir()} <= {"lock", "index"}


def test_openssl_and_our_client_refuse_another_seal_another_root_and_a_changed_token(authority: Authority, tmp_path: Path) -> None:
    seal, token, _ = stamped(authority, tmp_path / "a")
    other = an_authority(tmp_path / "other")
    changed = tmp_path / "changed.seal"
    changed.write_bytes(seal.read_bytes().replace(b"seq: 000003", b"seq: 000004"))
    cut = tmp_path / "cut.tsr"
    cut.write_bytes(token.read_bytes()[:-1])
    flipped = tmp_path / "flipped.tsr"
    flipped.write_bytes(token.read_bytes()[:-5] + bytes([token.read_bytes()[-5] ^ 1]) + token.read_bytes()[-4:])
    for data, answer, roots in (
        (changed, token, authority.roots),
        (seal, token, other.roots),
        (seal, cut, authority.roots),
        (seal, flipped, authority.roots),
    ):
        assert not openssl_verifies(data, answer, roots)
        with pytest.raises(EvidenceError, match="time token: expected one that holds for these bytes"):
            verify_token(answer, data, roots)


def test_a_token_that_is_there_is_verified_and_not_asked_for_again(authority: Authority, tmp_path: Path) -> None:
    seal, token, said = stamped(authority, tmp_path)
    head = head_and_path_of(tmp_path)
    before = token.read_bytes()
    assert stamp_head("http://127.0.0.1:1/nobody", authority.roots, 1, head, seal) == said
    assert token.read_bytes() == before


def test_an_answer_to_another_request_is_refused_and_not_kept(authority: Authority, tmp_path: Path) -> None:
    head, seal = head_and_path(a_sealed_workspace(tmp_path))
    write_request(seal, tmp_path / "earlier.tsq")
    earlier = authority.answer((tmp_path / "earlier.tsq").read_bytes())
    with served(lambda _request: earlier) as url, pytest.raises(EvidenceError, match="nonce mismatch"):
        stamp_head(url, authority.roots, 20, head, seal)
    assert not seal.with_name(f"{seal.name}.tsr").exists()


@pytest.mark.parametrize("answer", [b"", b"no token", b"x" * 200_000])
def test_what_is_no_token_is_refused_and_not_kept(authority: Authority, tmp_path: Path, answer: bytes) -> None:
    head, seal = head_and_path(a_sealed_workspace(tmp_path))
    with served(lambda _request: answer) as url, pytest.raises(EvidenceError):
        stamp_head(url, authority.roots, 20, head, seal)
    assert not seal.with_name(f"{seal.name}.tsr").exists()


def test_an_authority_out_of_reach_and_roots_that_are_none_are_told(authority: Authority, tmp_path: Path) -> None:
    head, seal = head_and_path(a_sealed_workspace(tmp_path))
    with pytest.raises(EvidenceError, match="time authority: expected an answer"):
        stamp_head("http://127.0.0.1:1/tsr", authority.roots, 5, head, seal)
    (tmp_path / "roots.pem").write_text("none")
    with served(authority.answer) as url, pytest.raises(EvidenceError, match="expected root certificates as PEM"):
        stamp_head(url, tmp_path / "roots.pem", 20, head, seal)
    with pytest.raises(EvidenceError, match="expected an http or https address"):
        stamp_head("file:///etc/hostname", authority.roots, 5, head, seal)


def head_and_path_of(root: Path) -> Head:
    from registry.settings import load_workspace

    return head_and_path(load_workspace(root, {}))[0]


def openssl_verifies(data: Path, token: Path, roots: Path) -> bool:
    command = ["openssl", "ts", "-verify", "-data", str(data), "-in", str(token), "-CAfile", str(roots)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode == 0 and "Verification: OK" in done.stdout

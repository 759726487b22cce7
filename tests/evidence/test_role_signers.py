"""Who holds a role, by the lines of ``allowed_signers``: people, while their line lasts, and no key that was taken back."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest

from registry.evidence.role_signatures import role_lines
from registry.evidence.role_signers import find_shared_key_problems, key_holders, role_holders, shared_keys
from registry.evidence.ssh_signature import fingerprint_of

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ROLES = ("model_risk", "risk_compliance")


def a_key(number: int) -> bytes:
    return b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + bytes([number]) * 32


def line(people: str = "ana@b", options: str = "", number: int = 1) -> str:
    return f'{people} namespaces="model_risk"{options} ssh-ed25519 {base64.b64encode(a_key(number)).decode()} a remark\n'


def holders(folder: Path, text: str, revoked: str = "") -> dict[str, tuple[str, ...]]:
    (folder / "signers").write_text(text)
    (folder / "revoked").write_text(revoked)
    return role_holders(folder / "signers", ROLES, AT, folder / "revoked")


def test_nobody_holds_a_role_without_a_file_or_a_line(tmp_path: Path) -> None:
    assert role_holders(tmp_path / "none", ROLES, AT) == holders(tmp_path, "") == holders(tmp_path, "# " + line()) == {}


def test_a_line_names_its_people(tmp_path: Path) -> None:
    assert holders(tmp_path, line("ben@b,ana@b")) == {"model_risk": ("ana@b", "ben@b")}


@pytest.mark.parametrize(
    ("options", "holds"),
    [
        (',valid-before="20260228"', False),
        (',valid-before="202603011159Z"', False),
        (',valid-before="20260302"', True),
        (',valid-after="20260302Z"', False),
        (',valid-after="20260301120000"', True),
        (',valid-after="20260101",valid-before="20270101"', True),
        (',valid-before="soon"', False),
        (",cert-authority", False),
    ],
)
def test_a_line_holds_while_it_lasts_and_a_certificate_authority_holds_nothing(tmp_path: Path, options: str, holds: bool) -> None:
    assert bool(holders(tmp_path, line(options=options))) is holds


def test_a_revoked_key_holds_no_role_and_another_of_its_person_does(tmp_path: Path) -> None:
    revoked = f"ssh-ed25519 {base64.b64encode(a_key(1)).decode()} lost\n"
    assert holders(tmp_path, line(), revoked) == {}
    assert holders(tmp_path, line(), "# " + revoked) == {"model_risk": ("ana@b",)}
    assert holders(tmp_path, line() + line(number=2), revoked) == {"model_risk": ("ana@b",)}


@pytest.mark.parametrize("name", ["*@b", "a?a@b", "!ana@b"])
def test_a_pattern_is_nobody_even_by_its_own_name(tmp_path: Path, name: str) -> None:
    assert holders(tmp_path, line(name)) == {}
    assert role_lines(line(name), name, "model_risk") == ""


def test_a_key_has_the_names_of_every_line_that_lists_it() -> None:
    bare = line("eve@b", number=1).replace(' namespaces="model_risk"', "")
    text = line("ana@b,oll@b") + line("ben@b", number=2) + line("cy@b", ',valid-before="20200101"') + bare + line("*@b")
    assert key_holders(text, fingerprint_of(a_key(1))) == ("ana@b", "cy@b", "eve@b", "oll@b")
    assert key_holders("", fingerprint_of(a_key(1))) == ()


def test_a_key_of_two_people_is_shared_and_one_of_two_spellings_or_of_an_authority_is_not(tmp_path: Path) -> None:
    signers = tmp_path / "signers"
    assert shared_keys(signers) == {} and find_shared_key_problems(signers) == []
    authority = line("eve@b", ",cert-authority", 3) + line("oll@b", ",cert-authority", 3)
    signers.write_text(line("ana@b") + line("ANA@b") + line("ben@b", number=2) + authority + "# " + line("cy@b"))
    assert shared_keys(signers) == {} and find_shared_key_problems(signers) == []
    signers.write_text(line("ana@b") + line("ben@b", number=2) + line("cy@b", ',valid-before="20200101"'))
    assert shared_keys(signers) == {fingerprint_of(a_key(1)): ("ana@b", "cy@b")}
    (problem,) = find_shared_key_problems(signers)
    assert problem.startswith(f"{signers}: expected each key to be of one person") and "given to ana@b and cy@b (line 1, 3)" in problem

"""Drafting: by content, whole or not at all, and never with a secret inside."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.errors import EvidenceError
from registry.evidence.draft import discard_draft, draft_package, load_draft
from registry.evidence.secret_scan import SecretScanner

KEY_BLOCK = b"-----BEGIN OPENSSH " + b"PRIVATE KEY-----\nb3Blbn"


def test_a_draft_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="expected at least one data file"):
        draft_package(tmp_path, {})


def test_the_bundle_digest_is_the_digest_of_the_sorted_sha256sum_lines(tmp_path: Path) -> None:
    draft = draft_package(tmp_path, {"b.json": b"2", "a.json": b"1"})
    lines = f"{hashlib.sha256(b'1').hexdigest()}  a.json\n{hashlib.sha256(b'2').hexdigest()}  b.json\n"
    assert draft.bundle_digest == "sha256:" + hashlib.sha256(lines.encode()).hexdigest()
    assert [(file.name, file.size_bytes) for file in draft.files] == [("a.json", 1), ("b.json", 1)]


def test_drafting_again_gives_the_same_draft(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"1")
    first = draft_package(tmp_path / "spool", {"a.json": b"1", "b.json": source})
    again = draft_package(tmp_path / "spool", {"b.json": b"1", "a.json": source})
    assert again == first
    assert load_draft(tmp_path / "spool", first.bundle_digest) == first


def test_a_draft_damaged_in_the_spool_is_replaced_when_drafted_again(tmp_path: Path) -> None:
    draft = draft_package(tmp_path, {"a.json": b"1"})
    (draft.path / "a.json").unlink()
    (draft.path / "a.json").symlink_to("/etc/hostname")
    assert draft_package(tmp_path, {"a.json": b"1"}) == draft
    assert (draft.path / "a.json").read_bytes() == b"1"


def test_a_damaged_or_missing_draft_does_not_load(tmp_path: Path) -> None:
    draft = draft_package(tmp_path, {"a.json": b"1"})
    (draft.path / "a.json").write_bytes(b"2")
    with pytest.raises(EvidenceError, match="run the flow of that day again"):
        load_draft(tmp_path, draft.bundle_digest)
    discard_draft(tmp_path, draft.bundle_digest)
    with pytest.raises(EvidenceError, match="found none"):
        load_draft(tmp_path, draft.bundle_digest)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["../x"], "expected letters, digits"),
        (["a/b"], "expected letters, digits"),
        ([".hidden"], "expected letters, digits"),
        (["a\n"], "expected letters, digits"),
        (["é.json"], "expected letters, digits"),
        (["a" * 65], "at most 64"),
        ([""], "expected letters, digits"),
        (["NUL.json"], "reserved by Windows"),
        (["com1"], "reserved by Windows"),
        (["a."], "end in a dot"),
        (["Ledger.jsonl"], "taken by the archive's copy"),
        (["A.json", "a.json"], "when case is ignored"),
    ],
)
def test_a_name_that_some_file_system_would_change_is_refused(tmp_path: Path, names: list[str], message: str) -> None:
    with pytest.raises(EvidenceError, match=message):
        draft_package(tmp_path, dict.fromkeys(names, b"x"))
    assert list(tmp_path.iterdir()) == []


def test_a_source_that_is_a_link_a_folder_or_missing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/hostname")
    (tmp_path / "folder").mkdir()
    for source in ("link", "folder"):
        with pytest.raises(EvidenceError, match=f"expected a regular file, found {source}"):
            draft_package(tmp_path / "spool", {"a.json": tmp_path / source})
    with pytest.raises(EvidenceError, match="expected its content at"):
        draft_package(tmp_path / "spool", {"a.json": tmp_path / "missing"})


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("private key", KEY_BLOCK),
        ("private key", b"-----BEGIN " + b"PRIVATE KEY-----"),
        ("AWS access key", b"id=AKIA" + b"ABCDEFGHIJKLMNOP\n"),
        ("password in a URL", b"postgresql://app:hunter2" + b"@db.example/x"),
        ("GitHub token", b"ghp_" + b"a" * 36),
        ("Slack token", b"xoxb-" + b"1234567890-x"),
        ("Google API key", b"AIza" + b"a" * 35),
        ("JSON web token", b"eyJ" + b"a" * 20 + b".eyJ" + b"b" * 20 + b".c"),
    ],
)
def test_a_secret_refuses_the_draft_and_names_file_line_and_kind_but_not_the_text(tmp_path: Path, kind: str, content: bytes) -> None:
    with pytest.raises(EvidenceError, match=f"log.txt line 3: {kind}") as refused:
        draft_package(tmp_path, {"a.json": b"{}", "log.txt": b"one\ntwo\n" + content})
    assert content.decode().strip() not in str(refused.value)
    assert not any(path.is_dir() for path in tmp_path.iterdir())


@pytest.mark.parametrize("written", ['p"w\\d-ü-12345', "p&lt;ss<word>1", "a b/c%d?efg"])
def test_a_value_of_the_environment_is_found_as_it_would_be_written(tmp_path: Path, written: str) -> None:
    import html
    import json
    from urllib.parse import quote

    for form in (written, json.dumps(written), html.escape(written), quote(written, safe="")):
        with pytest.raises(EvidenceError, match=r"a.txt line 1: value of DB_PASSWORD"):
            draft_package(tmp_path, {"a.txt": f"x {form} y".encode()}, secrets={"DB_PASSWORD": written})


def test_a_value_with_quotes_is_found_on_a_page_that_a_template_wrote(tmp_path: Path) -> None:
    from markupsafe import escape

    written = 'it\'s "<so>" & secret'
    with pytest.raises(EvidenceError, match=r"page.html line 1: value of DB_PASSWORD"):
        draft_package(tmp_path, {"page.html": f"<p>{escape(written)}</p>".encode()}, secrets={"DB_PASSWORD": written})


@pytest.mark.parametrize(
    "harmless",
    [
        b"postgresql://app:${DB_PASSWORD}@db/x",
        b"https://example.test/a:b@c",
        b"mail a@b.example",
        b"http://host:8080/x",
        b"sha AKIA short",
        b"https://x:***@h",
    ],
)
def test_references_masks_and_look_alikes_are_let_through(tmp_path: Path, harmless: bytes) -> None:
    assert draft_package(tmp_path, {"a.txt": harmless}).files


@pytest.mark.parametrize("cut", range(1, len(KEY_BLOCK) - 7))
def test_a_secret_across_two_pieces_is_found_with_its_line(cut: int) -> None:
    content = b"x\n" * 10_000 + KEY_BLOCK
    scanner = SecretScanner("f", {})
    for _ in scanner.pass_through(_pieces(content, 20_000 + cut)):
        pass
    assert {(found.line, found.kind) for found in scanner.findings} == {(10_001, "private key")}


def _pieces(content: bytes, cut: int) -> Iterator[bytes]:
    yield content[:cut]
    yield content[cut:]

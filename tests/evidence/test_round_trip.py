"""Whatever is drafted comes back: formats and archives round trip for any content."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from registry.domain.decision import Verdict
from registry.evidence.archive import publish
from registry.evidence.chain import Link, parse_line, render_line
from registry.evidence.draft import draft_package
from registry.evidence.names import name_problem
from registry.evidence.packages import list_packages
from registry.evidence.seal import Seal, parse_manifest, parse_seal, render_manifest, render_seal
from registry.evidence.verify import verify_against_ledger, verify_archive
from tests.evidence.archives import ledger_of, sealed_at

HEX = st.text("0123456789abcdef", min_size=64, max_size=64)
DIGESTS = HEX.map("sha256:".__add__)
NAMES = st.from_regex(r"[a-z0-9][a-z0-9_.-]{0,63}", fullmatch=True).filter(lambda name: not name_problem(name) and name != "ledger.jsonl")
SEALS = st.builds(
    Seal,
    seq=st.integers(1, 999_999),
    prev=st.one_of(st.just("none"), DIGESTS),
    sealed_at=st.datetimes(min_value=datetime(1, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis wants naive bounds
    manifest_digest=DIGESTS,
    file_count=st.integers(1, 10_000),
    first_event=st.one_of(st.none(), st.integers(1, 10**12)),
    last_event=st.integers(0, 10**12),
    last_hash=HEX,
    bundle_digest=DIGESTS,
)


@given(SEALS)
def test_any_seal_reads_back_as_it_was_written(seal: Seal) -> None:
    assert parse_seal(render_seal(seal), "seal") == seal


@given(st.dictionaries(NAMES, DIGESTS, min_size=1))
def test_any_manifest_reads_back_as_it_was_written(digests: dict[str, str]) -> None:
    assert parse_manifest(render_manifest(digests), "manifest") == digests


@given(st.integers(1, 10**12), HEX, HEX, st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_any_event_body_is_cut_out_of_its_line_exactly(seq: int, prev: str, digest: str, text: str) -> None:
    link = Link(seq, prev, digest, b"{" + text.encode("ascii") + b"}")
    assert parse_line(render_line(link)) == link


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.dictionaries(NAMES, st.binary(max_size=300), min_size=1, max_size=4), st.integers(0, 3)), min_size=1, max_size=5)
)
def test_any_history_of_packages_verifies_and_holds_what_was_drafted(history: list[tuple[dict[str, bytes], int]]) -> None:
    ledger = ledger_of(sum(count for _, count in history))
    with tempfile.TemporaryDirectory() as folder:
        archive, known = Path(folder) / "archive", 0
        sealed: dict[str, dict[str, bytes]] = {}
        for files, count in history:
            known += count
            draft = draft_package(Path(folder) / "spool", files)
            publish(archive, draft, ledger[:known], sealed_at(known))
            sealed[draft.bundle_digest] = files
        report = verify_against_ledger(verify_archive(archive), ledger)
        assert report.verdict is Verdict.PASS, report.lines()
        assert {package.seal.bundle_digest: _data_files(package.path) for package in list_packages(archive)} == sealed


def _data_files(package: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in package.iterdir() if path.name != "ledger.jsonl"}

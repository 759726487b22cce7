"""What an event cites is read whole while another run seals its draft and clears it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from registry.errors import EvidenceError
from registry.evidence.cited import read_cited, read_each
from registry.evidence.draft import discard_draft
from registry.evidence.packages import find_package
from tests.evidence.archives import a_draft, ledger_of, publish_days

_DECISION = b'{"day": 1}\n'


@dataclass
class Sealer:
    """Another run: seals the draft of day 1 and clears it when it is asked to, once."""

    folder: Path
    digest: str = ""
    seen: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.digest = a_draft(self.drafts).bundle_digest

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    @property
    def drafts(self) -> Path:
        return self.folder / "spool"

    def seal(self) -> None:
        if find_package(self.archive, self.digest) is None:
            publish_days(self.archive, self.drafts, [1], ledger_of(2), 2)
            discard_draft(self.drafts, self.digest)

    def names(self, folder: Path) -> list[str]:
        """List the folder as a reader that fails on nothing: of a folder that is gone, no name."""
        self.seen.append(folder)
        self.seal()
        return sorted(path.name for path in folder.glob("*.json"))

    def decision(self, folder: Path) -> bytes:
        self.seen.append(folder)
        self.seal()
        return (folder / "decision.json").read_bytes()

    def decision_or_none(self, folder: Path) -> bytes | None:
        try:
            return self.decision(folder)
        except FileNotFoundError:
            return None


@pytest.fixture
def sealer(tmp_path: Path) -> Sealer:
    return Sealer(tmp_path)


def test_a_draft_is_read_until_it_is_sealed_and_its_package_from_then_on(sealer: Sealer) -> None:
    def read() -> bytes:
        return read_cited(sealer.archive, sealer.drafts, sealer.digest, lambda folder: (folder / "decision.json").read_bytes())

    assert read() == _DECISION
    sealer.seal()
    assert read() == _DECISION


def test_a_draft_that_is_sealed_and_cleared_while_it_is_read_is_read_from_its_package(sealer: Sealer) -> None:
    assert read_cited(sealer.archive, sealer.drafts, sealer.digest, sealer.decision) == _DECISION
    assert [folder.parent for folder in sealer.seen] == [sealer.drafts, sealer.archive]


def test_what_is_missed_of_a_draft_that_is_cleared_meanwhile_does_not_count(sealer: Sealer) -> None:
    assert read_cited(sealer.archive, sealer.drafts, sealer.digest, sealer.names) == ["decision.json"]


def test_a_draft_that_is_sealed_between_the_look_at_the_archive_and_at_the_drafts_is_found(
    sealer: Sealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []

    def find(archive: Path, bundle_digest: str) -> object:
        found = find_package(archive, bundle_digest)
        looked.append(found)
        sealer.seal()
        return found

    monkeypatch.setattr("registry.evidence.cited.find_package", find)
    assert read_cited(sealer.archive, sealer.drafts, sealer.digest, lambda folder: (folder / "decision.json").read_bytes()) == _DECISION
    assert looked[0] is None
    assert looked[1] is not None


def test_what_is_in_neither_place_or_cannot_be_read_is_told_as_that(sealer: Sealer) -> None:
    with pytest.raises(EvidenceError, match=r"expected draft sha256:0{64}, found none; run the flow of that day again"):
        read_cited(sealer.archive, sealer.drafts, "sha256:" + "0" * 64, sealer.decision)
    assert sealer.seen == []
    with pytest.raises(FileNotFoundError):
        read_cited(sealer.archive, sealer.drafts, sealer.digest, lambda folder: (folder / "step.json").read_bytes())


def test_of_many_those_that_are_sealed_and_cleared_meanwhile_are_read_and_those_that_are_nowhere_left_out(sealer: Sealer) -> None:
    other = a_draft(sealer.drafts, 2).bundle_digest
    read = read_each(sealer.archive, sealer.drafts, [sealer.digest, other, "sha256:" + "0" * 64], sealer.decision_or_none)
    assert read == {sealer.digest: _DECISION, other: b'{"day": 2}\n'}

"""The archives that are altered: a small invented one, or the first packages of one that a real run wrote, sealed with keys known here.

Put here what builds them. A copy shares its files with the archive it was made from, so that ten thousand of them cost little.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from registry.domain.decision import Verdict
from registry.evidence.files import refer
from registry.evidence.names import SCRIPT_FILE, SEALS_FOLDER, WORKROOM, seal_path
from registry.evidence.packages import last_seal, package_numbers
from registry.evidence.script import shipped_script
from registry.evidence.signers import Signers, read_signers, signer_line
from registry.evidence.verify import verify_archive
from tests.evidence.archives import an_archive
from tests.torture.forgery import Key, after, put, seal_again

PACKAGES = 6


@dataclass(frozen=True, slots=True)
class Victim:
    """An archive that verifies, whose seals the ``key`` of this run signed; ``head`` is what somebody noted down elsewhere."""

    folder: Path
    key: Key
    stranger: Key
    signers_file: Path

    @property
    def signers(self) -> Signers:
        return read_signers(self.signers_file)

    @property
    def head(self) -> str:
        seal = last_seal(self.folder)
        assert seal
        return seal.digest

    def copy_to(self, folder: Path) -> None:
        """Put a copy at ``folder`` in place of whatever is there."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder, copy_function=os.link)


def a_victim(folder: Path, seed: str, source: Path | None = None, packages: int = PACKAGES) -> Victim:
    """Return an archive below ``folder``: the first ``packages`` of ``source``, or invented ones with a removal and a time token."""
    archive = folder / "archive"
    if source is None:
        an_archive(folder, packages=packages)
    else:
        copy_first_packages(source, archive, packages)
    shutil.rmtree(archive / WORKROOM, ignore_errors=True)
    put(archive / SCRIPT_FILE, shipped_script())
    key, signers_file = Key.named(f"sealer {seed}"), folder / "allowed_signers"
    signers_file.write_text(signer_line(key.public_line, "sealer"))
    seal_again(archive, after(archive, 1), key.signing)
    if source is None and packages >= 4:
        _remove(archive, "000001/report.html", 2, key)
        _add_token(archive, 3, key)
    victim = Victim(archive, key, Key.named(f"stranger {seed}"), signers_file)
    report = verify_archive(archive, victim.head, victim.signers)
    assert report.verdict is Verdict.PASS, report.lines()  # whatever is altered must have been whole
    return victim


def copy_first_packages(source: Path, archive: Path, packages: int) -> None:
    """Copy the first packages with their seal files: they are an archive of their own."""
    for seq in package_numbers(source)[:packages]:
        shutil.copytree(source / f"{seq:06d}", archive / f"{seq:06d}")
        (archive / SEALS_FOLDER).mkdir(exist_ok=True)
        for path in (source / SEALS_FOLDER).glob(f"{seq:06d}.*"):
            shutil.copy(path, archive / SEALS_FOLDER)


def _add_token(archive: Path, seq: int, key: Key) -> None:
    put(seal_path(archive, seq, ".seal.tsr"), b"\x30\x82 a time token that the next manifest lists\n")
    seal_again(archive, after(archive, seq + 1), key.signing)


def _remove(archive: Path, path: str, seq: int, key: Key) -> None:
    """Remove ``path`` as retention does: package ``seq`` lists it."""
    digest = refer(archive / path).digest.removeprefix("sha256:")
    put(archive / f"{seq:06d}" / "removed.sha256", f"{digest}  {path}\n".encode())
    seal_again(archive, after(archive, seq), key.signing)
    (archive / path).unlink()

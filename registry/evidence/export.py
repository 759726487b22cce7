"""The folder of an export: a partial archive and what was made from it, in the form of BagIt, whole or not there at all.

Put the writing of the folder here. Which packages it holds is ``export_choice.py``; its page is made in ``reports``.

 * ``data/archive`` is a partial archive and nothing else, because ``verify.sh`` refuses every file that does not belong there. What is made
   from it lies beside it in ``data``.
 * ``index.html`` is a tag file at the top, where a recipient looks first: the bag's tag manifest lists it, and ``verify.sh`` never sees it.
 * The library writes the bag's files and validates the result. Only its tag manifest is written again, in sorted order and with two blanks,
   so that the same export is the same bytes everywhere and every ``sha256sum`` reads it.
 * The folder is put together beside its target, verified as a recipient would, and renamed: a failure leaves nothing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from registry.domain.issue_export import ARCHIVE_FOLDER, PAGE_FILE
from registry.errors import ConfigurationError, EvidenceError
from registry.evidence.files import read_chunks, refer, remove_tree, storage_errors
from registry.evidence.names import PACKAGES_FILE, SCRIPT_FILE, SEAL_NAME, SEALS_FOLDER, package_name
from registry.evidence.script import shipped_script

_ALGORITHM = "sha256"
_TAG_MANIFEST = f"tagmanifest-{_ALGORITHM}.txt"


def write_export(
    target: Path,
    archive: Path,
    packages: Collection[int],
    head: int,
    made: Mapping[str, bytes],
    info: Mapping[str, str],
    check: Callable[[Path], bytes],
) -> None:
    """Write the export into ``target``, which must not exist yet.

    Args:
        target: The folder to make; the one above it must be there.
        archive: The whole archive; only read.
        packages: The numbers of the packages that go with it.
        head: The newest seal that goes with it; what is sealed meanwhile stays out.
        made: Files made from the archive, by path from the export's top (``data/...``).
        info: What ``bag-info.txt`` says.
        check: Called with the folder when all but its page is there; raises where it does not verify, and returns the page.

    Raises:
        ConfigurationError: the target is taken, lies in the archive, or the folder above it is not there.
        EvidenceError: what was written does not validate.
        EvidenceUnavailableError: the storage does not answer or is full.
    """
    require_room(target, archive)
    with storage_errors(f"export {target}"), _staged(target) as stage:
        _copy_archive(archive, packages, head, stage / "archive")
        for path, file in made.items():
            (stage / path.removeprefix("data/")).write_bytes(file)
        _open_to_readers(stage)
        _make_bag(stage, info)
        (stage / PAGE_FILE).write_bytes(check(stage))
        _list_tag_files(stage)
        _open_to_readers(stage)
        _validate(stage)
        stage.rename(target)


def archive_of(export: Path) -> Path:
    """Return the partial archive inside an export."""
    return export / ARCHIVE_FOLDER


def require_room(target: Path, archive: Path) -> None:
    """Return when ``target`` can be made.

    Raises:
        ConfigurationError: it is taken, lies in the archive, or the folder above it is not there.
    """
    if target.is_symlink() or target.exists():
        raise ConfigurationError([f"{target}: expected a folder that does not exist yet, found one; name another, none is overwritten"])
    if not target.parent.is_dir():
        raise ConfigurationError([f"{target}: expected the folder {target.parent} to put it into, found none; make it first"])
    if target.resolve().is_relative_to(archive.resolve()):
        raise ConfigurationError([f"{target}: expected a folder outside the archive {archive}, found one in it; name another"])


@contextmanager
def _staged(target: Path) -> Iterator[Path]:
    stage = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        yield stage
    finally:
        remove_tree(stage)


def _copy_archive(archive: Path, packages: Collection[int], head: int, target: Path) -> None:
    (target / SEALS_FOLDER).mkdir(parents=True)
    for path in sorted((archive / SEALS_FOLDER).iterdir()):
        match = SEAL_NAME.fullmatch(path.name)
        if match and int(match[1]) <= head:
            _copy(path, target / SEALS_FOLDER / path.name)
    for seq in packages:
        (target / package_name(seq)).mkdir()
        for path in sorted((archive / package_name(seq)).iterdir()):
            _copy(path, target / package_name(seq) / path.name)
    (target / PACKAGES_FILE).write_text("".join(f"{package_name(seq)}\n" for seq in sorted(packages)), encoding="ascii")
    (target / SCRIPT_FILE).write_bytes(shipped_script())


def _copy(source: Path, target: Path) -> None:
    with target.open("xb") as stream:
        for chunk in read_chunks(source):
            stream.write(chunk)


def _open_to_readers(stage: Path) -> None:
    """Set the same modes whoever makes it: sealed files and temporary folders are for their owner alone."""
    for path in (stage, *stage.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _make_bag(stage: Path, info: Mapping[str, str]) -> None:
    import bagit

    with _bag_errors():
        bagit.make_bag(str(stage), dict(info), checksums=[_ALGORITHM])


def _list_tag_files(stage: Path) -> None:
    files = sorted(path for path in stage.iterdir() if path.is_file() and path.name != _TAG_MANIFEST)
    lines = (f"{refer(path).digest.removeprefix('sha256:')}  {path.name}\n" for path in files)
    (stage / _TAG_MANIFEST).write_text("".join(lines), encoding="ascii")


def _validate(stage: Path) -> None:
    import bagit

    with _bag_errors():
        bagit.Bag(str(stage)).validate()


@contextmanager
def _bag_errors() -> Iterator[None]:
    import bagit

    try:
        yield
    except bagit.BagError as error:
        raise EvidenceError(f"export: expected a bag that validates, found {error}; nothing was written, export again") from error

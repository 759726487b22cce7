"""Documents that come with a release, as the bytes that they are: below an allowed root, and of a size that people write.

Put here how such a file is opened. What a card says is ``release_cards.py``, what a record says ``release_records.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

from registry.domain.canonical import digest_bytes
from registry.errors import SourceError
from registry.sources.locations import find_document
from registry.sources.opening import opened
from registry.sources.prediction_rows import PredictionPlace

MAX_BYTES = 256_000


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """A document as it is stored, byte for byte."""

    name: str
    content: bytes

    @property
    def digest(self) -> str:
        return digest_bytes(self.content)

    def text(self) -> str:
        """Return the document as text.

        Raises:
            SourceError: it is not UTF-8.
        """
        try:
            return self.content.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            line = self.content[: error.start].count(b"\n") + 1
            found = f"byte {self.content[error.start]:#04x} on line {line}"
            raise SourceError(f"{self.name}: expected UTF-8 text, found {found}; save the file as UTF-8") from None


def read_release_file(path: str, place: PredictionPlace) -> ReleaseFile:
    """Return the document at ``path``.

    Raises:
        SourceError: there is none, it is outside of the allowed roots, no regular file, not readable, or too large.
        SourceUnavailableError: its storage does not answer, or it is being written (retried).
    """
    found = find_release_file(path, place)
    if found is None:
        raise SourceError(f"{path}: expected a file, found none; write it, or correct its path in the catalogue under release")
    return found


def find_release_file(path: str, place: PredictionPlace) -> ReleaseFile | None:
    """Return the document at ``path``; None where there is no file.

    Raises:
        SourceError: as for ``read_release_file``.
        SourceUnavailableError: as for ``read_release_file``.
    """
    file = find_document(path, place.base, place.roots)
    if file is None:
        return None
    with opened(file) as stream:
        content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise SourceError(f"{path}: expected at most {MAX_BYTES} bytes, found more; keep what is long elsewhere, and point to it")
    return ReleaseFile(path, content)

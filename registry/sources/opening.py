"""Opening a source file: the bytes that were listed, unpacked, counted while they flow.

Put byte-level reading here. What the bytes mean is the readers' business.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from registry.errors import SourceError, SourceUnavailableError
from registry.sources.caps import SourceCaps, refuse_bytes
from registry.sources.locations import SourceFile, file_errors, identify

_CHUNK_BYTES = 1 << 20


@contextmanager
def opened(file: SourceFile) -> Iterator[IO[bytes]]:
    """Open the listed file as it is stored; afterwards make sure that it did not change meanwhile.

    Raises:
        SourceError: it cannot be read.
        SourceUnavailableError: its storage does not answer, or it is being written right now (retry).
    """
    with file_errors(file.name):
        # The path was resolved before, so a link here was put in its place since; a pipe would block without O_NONBLOCK.
        handle = os.open(file.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as stream:
            _refuse_changed(file, stream)
            yield stream
            _refuse_changed(file, stream)


@contextmanager
def unpacked(file: SourceFile, caps: SourceCaps) -> Iterator[io.BufferedReader]:
    """Open the listed file decompressed; reading it raises ``SourceError`` where it is damaged or too large."""
    with opened(file) as stored:
        source = gzip.GzipFile(fileobj=stored) if file.is_gzipped else stored
        yield io.BufferedReader(_Counted(file, source, caps), _CHUNK_BYTES)


def digest_file(file: SourceFile) -> str:
    """Return ``sha256:<hex>`` of the file as it is stored."""
    with opened(file) as stream:
        return "sha256:" + hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]


def _refuse_changed(file: SourceFile, stream: IO[bytes]) -> None:
    if identify(file.path, os.fstat(stream.fileno())) != file.identity:
        raise SourceUnavailableError(
            f"{file.name}: expected a finished file, found it changing while it was read; retry when it is written"
        )


class _Counted(io.RawIOBase):
    """Bytes of a source, counted against the caps as they are unpacked; damage becomes a ``SourceError``.

    The size that a gzip file declares is not asked: it is the first thing to be wrong in one that is cut off or made to harm.
    """

    def __init__(self, file: SourceFile, source: IO[bytes] | gzip.GzipFile, caps: SourceCaps) -> None:
        self._file, self._source, self._caps = file, source, caps
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            chunk = self._source.read(len(buffer))
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise SourceError(
                f"{self._file.name}: expected a whole gzip file, found one that is cut off or damaged ({error}); have it sent again"
            ) from error
        self._count += len(chunk)
        refuse_bytes(self._file.name, self._count, self._file.identity.size_bytes, self._caps)
        buffer[: len(chunk)] = chunk
        return len(chunk)

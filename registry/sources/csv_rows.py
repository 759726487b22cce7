"""Rows of a CSV file: strict quoting, one width, any encoding Python knows.

Put what is peculiar to CSV here. Limits on bytes are ``opening.py``, on rows, columns and cells ``staging.py``.

 * A row of another width, with bad quoting or undecodable bytes is malformed; the rows around it are read.
 * A quote that is never closed costs the line it stands on: the lines it swallowed are read again.
 * Blank lines are not rows. An empty cell is no value.
 * A byte order mark, and any of the three line ends, are understood.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator

from registry.domain.catalogue import SourceSpec
from registry.errors import SourceError
from registry.sources.batches import BATCH_ROWS, Batch, Malformed, malformed
from registry.sources.caps import SourceCaps
from registry.sources.locations import SourceFile
from registry.sources.opening import unpacked

_MAX_REREAD_CHARACTERS = 64_000_000  # runaway quotes cost time quadratically; past this the file is no CSV


def read_csv(file: SourceFile, spec: SourceSpec, caps: SourceCaps, *, tolerant: bool = False) -> Iterator[Batch]:
    """Yield the rows of ``file``. ``tolerant`` reads on after undecodable bytes (slower), naming the rows that hold them.

    Raises:
        UnicodeDecodeError: bytes that are not of the declared encoding, unless ``tolerant``.
        SourceError: no header, or a file that cannot be read as CSV.
    """
    csv.field_size_limit(max(csv.field_size_limit(), caps.max_cell_bytes))
    encoding = "utf-8-sig" if spec.encoding.lower().replace("_", "-") in ("utf-8", "utf8") else spec.encoding
    with unpacked(file, caps) as stream:
        text = io.TextIOWrapper(stream, encoding, errors="surrogateescape" if tolerant else "strict", newline="")
        records = _Records(file.name, text, spec, caps, tolerant)
        yield from records.batches()


class _Lines:
    """Feeds the parser line by line and keeps the lines of the current record, so that they can be read again."""

    def __init__(self, text: io.TextIOWrapper, limit: int) -> None:
        self._text, self._limit = text, limit
        self._again: deque[str] = deque()
        self.held: list[str] = []
        self.number = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._text.readline(self._limit)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) >= self._limit and line[-1] not in "\r\n":
            self._skip_rest(line)
        self.held.append(line)
        return line

    def _skip_rest(self, start: str) -> None:
        if not self.held:
            self.held.append(start)
        while (line := self._text.readline(self._limit)) and line[-1] not in "\r\n":
            pass
        raise csv.Error(f"a line of more than {self._limit} characters")

    def read_again_after_first(self) -> int:
        """Put back all held lines but the first; return how many characters that is."""
        back = self.held[1:]
        self._again.extendleft(reversed(back))
        self.number -= len(back)
        del self.held[1:]
        return sum(map(len, back))


class _Records:
    """The records of one CSV text, good and malformed, in order."""

    def __init__(self, name: str, text: io.TextIOWrapper, spec: SourceSpec, caps: SourceCaps, tolerant: bool) -> None:
        self._name, self._encoding, self._caps, self._tolerant = name, spec.encoding, caps, tolerant
        # A line of some cells at their limit is still read whole.
        self._lines = _Lines(text, 8 * caps.max_cell_bytes)
        self._reader = csv.reader(self._lines, delimiter=spec.delimiter, strict=True)
        self._row_number = self._reread = self._malformed_count = 0
        self._malformed: list[Malformed] = []

    def batches(self) -> Iterator[Batch]:
        header = self._header()
        rows: list[list[str]] = []
        numbers: list[int] = []
        for row in self._rows(len(header)):
            rows.append(row)
            numbers.append(self._row_number)
            if len(rows) == BATCH_ROWS:
                yield self._batch(header, rows, numbers)
                rows, numbers = [], []
        yield self._batch(header, rows, numbers)

    def _header(self) -> tuple[str, ...]:
        try:
            header = next((row for row in self._reader if row), None)
        except csv.Error as error:
            raise SourceError(
                f"{self._name}: expected a header line, found one that is no CSV ({error}); check source.delimiter"
            ) from error
        if header is None:
            raise SourceError(f"{self._name}: expected a header line, found an empty file; have it sent again")
        if self._tolerant and not _is_text("".join(header)):
            raise SourceError(
                f"{self._name}: expected a header in {self._encoding}, found bytes that are not; set source.encoding to the file's own"
            )
        return tuple(header)

    def _rows(self, width: int) -> Iterator[list[str]]:
        while True:
            self._lines.held.clear()
            line = self._lines.number + 1
            try:
                row = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                self._row_number += 1
                self._note_reread(self._lines.read_again_after_first())
                self._reject(line, "malformed_row", f"expected well-formed CSV, found {error}")
                continue
            if not row:
                continue
            self._row_number += 1
            if len(row) != width:
                self._reject(line, "malformed_row", f"expected {width} fields as in the header, found {len(row)}")
            elif self._tolerant and not _is_text("".join(row)):
                self._reject(line, "wrong_encoding", f"expected text in {self._encoding}, found bytes that are not")
            else:
                yield row

    def _reject(self, line: int, code: str, found: str) -> None:
        reason = f"{self._name}, line {line}: {found}; correct the row at its source or set source.encoding and source.delimiter"
        self._malformed.append(malformed(self._row_number, code, reason, "".join(self._lines.held)))
        self._malformed_count += 1
        if self._malformed_count > self._caps.max_malformed_rows:
            raise SourceError(
                f"{self._name}: expected CSV with {self._encoding} text, found more than {self._caps.max_malformed_rows} malformed rows; "
                "check source.encoding, source.delimiter and the export"
            )

    def _note_reread(self, characters: int) -> None:
        self._reread += characters
        if self._reread > _MAX_REREAD_CHARACTERS:
            raise SourceError(f"{self._name}: expected well-formed CSV, found quotes that are never closed; have the export corrected")

    def _batch(self, header: tuple[str, ...], rows: list[list[str]], numbers: list[int]) -> Batch:
        import pyarrow as pa
        import pyarrow.compute as pc

        columns = zip(*rows, strict=True) if rows else ((),) * len(header)
        cells = [pa.array(column, pa.string()) for column in columns]
        cells = [pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column) for column in cells]
        bad, self._malformed = tuple(self._malformed), []
        return Batch(header, tuple(cells), numbers, bad)


def _is_text(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True

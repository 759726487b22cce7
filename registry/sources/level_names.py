"""What a level of a category is called in profiles, findings and records: its text, or without what a person can be known by.

Put here which columns have names that are kept, and how a name is made. What is redacted is a policy and ``checks/redaction.py``.

 * Profiles are sealed and never erased. A text in which redaction finds something is called by its redacted text and a short digest of the
   whole, so that two people stay two levels and the same person is the same level in the reference and in every window.
 * Names are given where rows are read, so that bins, segments, samples and refusals never see another. Numbers are no names.
 * A version like 1.2.3.4 is no address of a computer.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from registry.domain.monitoring import LabelKind, PredictionSpec
from registry.sources.parquet_rows import as_text
from registry.sources.prediction_rows import Chunk, Part, PredictionPlace, PredictionRows, Request, values_told

_MAX_REDACTED = 4_000  # far more of a text than is ever kept of it
_DIGEST = 8
_SEALED = re.compile(rf"\[[a-z]+\].* #[0-9a-f]{{{_DIGEST}}}$", re.DOTALL)
NameLevel = Callable[[str], str]


@dataclass(slots=True)
class _NamedPart:
    """A part of a source whose levels are named before anybody sees them."""

    part: Part
    names: dict[str, NameLevel]

    @property
    def name(self) -> str:
        return self.part.name

    @property
    def digest(self) -> str:
        return self.part.digest

    def chunks(self) -> Iterator[Chunk]:
        for chunk in self.part.chunks():
            with values_told(self.name, chunk):
                named = {column: _named(chunk.columns[column], name) for column, name in self.names.items() if column in chunk.columns}
            yield replace(chunk, columns={**chunk.columns, **named})


def named_rows(rows: PredictionRows, request: Request, place: PredictionPlace) -> PredictionRows:
    """Return ``rows`` with the levels of every category named."""
    if place.redact is None:
        return rows
    names = level_namers(request.system.predictions, place)
    return replace(rows, parts=[_NamedPart(part, names) for part in rows.parts])


def level_namers(spec: PredictionSpec, place: PredictionPlace) -> dict[str, NameLevel]:
    """Return what names the levels of each column whose values are kept or told."""
    label = (spec.label,) if spec.label and spec.label_kind is LabelKind.BINARY else ()  # one that is none is told by its text
    columns = dict.fromkeys((*spec.categorical, *spec.segments, *label))
    namers: dict[str, NameLevel] = {column: lambda text: _name(text, place, frozenset()) for column in columns}
    if spec.version:
        namers[spec.version] = lambda text: _name(text, place, frozenset({"ip"}))
    return namers


def is_redacted(name: str) -> bool:
    """Return whether a level is called otherwise than its text.

    >>> is_redacted("[email] #0a1b2c3d"), is_redacted("[email]"), is_redacted("web")
    (True, False, False)
    """
    return bool(_SEALED.search(name))


def _name(text: str, place: PredictionPlace, allowed: frozenset[str]) -> str:
    if place.redact is None:
        return text
    told, found = place.redact(text[:_MAX_REDACTED])
    if not set(found) - allowed:
        return text
    return f"{told} #{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:_DIGEST]}"


def _named(column: Any, name: NameLevel) -> Any:
    import pyarrow as pa

    if pa.types.is_floating(column.type):
        return column
    if not pa.types.is_dictionary(column.type):
        column = (as_text(column) if pa.types.is_nested(column.type) else column).dictionary_encode()
    texts = as_text(column.dictionary).to_pylist()
    names = [name(text) if text else text for text in texts]
    return column if names == texts else pa.DictionaryArray.from_arrays(column.indices, pa.array(names, pa.string()))

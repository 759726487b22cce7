"""Which cases of a set stand in recorded training data, or in another set: read in one pass, a batch at a time, and nothing of it kept.

Put here the search for the cases of a set in other rows. What is made of cases that are found is ``checks/gate_training.py`` and, of cases
of the reserve in the locked set, ``checks/gate_reserve.py``.

 * Training data may be far larger than memory and than any limit on rows: each batch is looked through and dropped, nothing is staged.
 * A case is there where its id is, however it is written (``id_key``), or where the digest of what it asks is: the digest that the set has
   of it (``digest_columns``).
 * A row without an id, or that asks nothing, is no case. A row that cannot be read may be one, so it is counted.
 * The locked set that a reserve is compared with is the one that was locked, or nothing is known of it.
 * The digest of a file is that of its bytes; of a query, of its rows in whatever order they came.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from registry.domain.decision import InputDigest
from registry.domain.evaluation import EvaluationSet, EvaluationSpec, TrainingRead, TrainingSpec
from registry.sources.batches import Batch
from registry.sources.evaluation_set import refuse_changed
from registry.sources.evaluation_tables import missing_columns, staged_files_once, staged_query_once
from registry.sources.locations import find_files
from registry.sources.prediction_rows import PredictionPlace
from registry.sources.staging import Stage

TRAINING, LOCKED = "training data", "locked set"
_KEYS = {TRAINING: "evaluation.training", LOCKED: "evaluation.set"}
_RING = 1 << 256
_NUMBER = re.compile(r"0*([0-9]+)(?:\.0+)?")


def read_training(spec: TrainingSpec, cases: EvaluationSet, place: PredictionPlace, told: str = TRAINING) -> TrainingRead:
    """Return which of ``cases`` stand in the training data, and the digests of what was read; ``told`` is what it is called.

    Raises:
        SchemaBrokenError: a column is missing.
        SourceError: it cannot be read.
        SourceUnavailableError: its database or storage does not answer.
    """
    search = _Search(spec, frozenset(map(id_key, cases.case_ids)), frozenset(cases.contents), told)
    if not spec.source.path:
        with staged_query_once(spec.source, place, search) as stage:
            search.end(stage)
        inputs = [InputDigest(f"{told}: {search.name}", f"sha256:{search.sum:064x}")]
        return search.found(cases, inputs)
    inputs = []
    for file in find_files(spec.source.path, place.base, place.roots):
        search.name = file.name
        with staged_files_once(spec.source, (file,), place, search) as stage:
            search.end(stage)
            inputs += [InputDigest(f"{told}: {one.name}", one.digest) for one in stage.inputs]
    return search.found(cases, inputs)


def read_shared(locked: EvaluationSpec, cases: EvaluationSet, place: PredictionPlace) -> TrainingRead:
    """Return which of ``cases``, those of the reserve, stand in the locked set too, and the digest of that.

    Raises:
        SourceError: as ``read_training``, or it is not the set that was locked (``set_changed``).
    """
    read = read_training(TrainingSpec(locked.cases, locked.case_id, locked.content), cases, place, LOCKED)
    for one in read.inputs:
        refuse_changed(locked, one.name, one.digest)
    return read


def content_digest(texts: Sequence[str | None]) -> str:
    """Return the digest of what a row asks, as ``digest_columns`` makes it where rows are staged.

    >>> content_digest(["ab", None]) == "sha256:" + hashlib.sha256(b"2:ab-").hexdigest()
    True
    """
    joined = "".join("-" if text is None else f"{len(text)}:{text}" for text in texts)
    return f"sha256:{hashlib.sha256(joined.encode()).hexdigest()}"


def id_key(text: str) -> str:
    """Return what the spellings of one id share: whoever writes training data pads, capitalises, or makes numbers of ids.

    >>> id_key(" C0001 "), id_key("c0001"), id_key("7.0"), id_key("007")
    ('c0001', 'c0001', '7', '7')
    """
    said = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    number = _NUMBER.fullmatch(said)
    return number[1] if number else said


@dataclass(slots=True)
class _Search:
    """Looks through batches for what the set has; hands none of their rows on."""

    spec: TrainingSpec
    known_ids: frozenset[str]
    """The ids of the cases, as ``id_key`` has them; so are ``ids``, those of them that were found."""
    known_contents: frozenset[str]
    told: str = TRAINING
    name: str = ""
    rows: int = 0
    unreadable: int = 0
    ids: set[str] = field(default_factory=set)
    contents: set[str] = field(default_factory=set)
    sum: int = 0
    last: int = 0

    def __post_init__(self) -> None:
        self.name = self.spec.source.path or self.spec.source.query_file

    def __call__(self, batch: Batch) -> Batch:
        """Look through ``batch``.

        Raises:
            SchemaBrokenError: it lacks a column that the catalogue names.
        """
        missing = [name for name in (self.spec.case_id, *self.spec.content) if name and name not in batch.columns]
        if batch.columns and missing:
            raise missing_columns(self.name, missing, batch.columns, _KEYS[self.told])
        if len(batch.row_numbers):
            # Row numbers begin anew with a file, and where one is read again in another way: the last one is how many it has.
            self.last = batch.row_numbers[-1]
            cells = dict(zip(batch.columns, batch.cells, strict=True))
            self._look(cells[self.spec.case_id].to_pylist() if self.spec.case_id else [])
            self._compare([cells[name].to_pylist() for name in self.spec.content])
            if not self.spec.source.path:
                self._add([one.to_pylist() for one in batch.cells])
        return Batch(batch.columns, tuple(cells.slice(0, 0) for cells in batch.cells), [], batch.malformed)

    def end(self, stage: Stage) -> None:
        """Count what a file had, or the query."""
        self.rows, self.last = self.rows + self.last, 0
        self.unreadable += len(stage.malformed)

    def found(self, cases: EvaluationSet, inputs: Sequence[InputDigest]) -> TrainingRead:
        """Return what was found, in the order of the set."""
        asked = [name for name, content in zip(cases.case_ids, cases.contents, strict=False) if content in self.contents]
        return TrainingRead(
            row_count=self.rows,
            unreadable_count=self.unreadable,
            by_id=tuple(name for name in cases.case_ids if id_key(name) in self.ids),
            by_content=tuple(asked),
            inputs=tuple(inputs),
        )

    def _look(self, ids: Sequence[str | None]) -> None:
        self.ids.update(self.known_ids.intersection(id_key(one) for one in ids if one and one.strip()))

    def _compare(self, columns: Sequence[Sequence[str | None]]) -> None:
        rows = [row for row in zip(*columns, strict=True) if any(text and text.strip() for text in row)]
        self.contents |= self.known_contents.intersection(map(content_digest, rows))

    def _add(self, columns: Sequence[Sequence[str | None]]) -> None:
        """Add up the digests of rows: the sum is the same whatever order a database gives them in."""
        self.sum = (self.sum + sum(int(content_digest(row)[7:], 16) for row in zip(*columns, strict=True))) % _RING

"""Scoring a version of MLflow's here: fetched, held against the list of what may run, loaded apart, asked every case.

Put here the way from a version's number to what it answered. What may run is ``scoring_allowed.py``, how it is run ``scoring_process.py``.

The rules:
 * The files are fetched by us and digested before anything of them is run; the model's process sees this copy, read-only.
 * Cases are asked many at a time. Where a question fails, each half is asked again by itself, down to the case that does: that case is an
   error, and the others have their answers. Where nothing at all is answered, it is the version that fails.
 * A case's seconds are its share of the question that it was answered in, measured by us.
 * A whole number is written as one (1, not 1.0), so that it is the label it stands for.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.domain.catalogue import VersionSpec
from registry.errors import ConfigurationError, ScoringError, UnavailableError
from registry.versions.asking import ask, unavailable
from registry.versions.scoring_allowed import AllowedModels, digest_model, refuse_unlisted
from registry.versions.scoring_process import ModelProcess, shown, started
from registry.versions.scoring_room import ScoringLimits

_FAILING = 100
"""So many cases by themselves without one answer, and nothing more is asked."""
_LOGGED, _MISSING, _NOTHING = "models:/m-", "RESOURCE_DOES_NOT_EXIST", Path()

Row = Sequence[str | None]


@dataclass(frozen=True, slots=True)
class ScoringPlace:
    """Where versions are fetched from, which may run, what a run never sees, and how much it may use up."""

    uri: str
    allowed: AllowedModels
    hidden: tuple[Path, ...]
    limits: ScoringLimits


@dataclass(frozen=True, slots=True)
class CaseAnswer:
    """What a version said of one case: its columns as texts, or what went wrong; and the seconds that it took."""

    cells: Mapping[str, str]
    error: str
    seconds: float


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model that was loaded apart and can be asked; ``digest`` is that of its files."""

    name: str
    digest: str
    process: ModelProcess

    def answers(self, columns: Sequence[str], rows: Sequence[Row], at_once: int) -> Iterator[CaseAnswer]:
        """Yield the answer to each of ``rows``, in their order, asking ``at_once`` of them together.

        Raises:
            ScoringError: a column is missing, nothing is answered, or the process ended.
        """
        missing = [name for name, kind in self.process.takes.items() if name not in columns and not kind.endswith("?")]
        if missing:
            listed = ", ".join(missing)
            raise ScoringError(f"{self.name}: expected columns {listed}, which the model's signature asks for, found none; name them too")
        failed, is_answered = 0, False
        for start in range(0, len(rows), at_once):
            for answer in self._answers(columns, rows[start : start + at_once]):
                is_answered = is_answered or not answer.error
                failed += bool(answer.error)
                if failed >= _FAILING and not is_answered:
                    raise ScoringError(f"{self.name}: expected answers, found none to the first {failed} cases: {answer.error[:300]}")
                yield answer

    def _answers(self, columns: Sequence[str], rows: Sequence[Row]) -> Iterator[CaseAnswer]:
        begun = time.perf_counter()
        said = self.process.ask(columns, rows)
        seconds = (time.perf_counter() - begun) / len(rows)
        if "problem" not in said:
            yield from _read(self.name, said, len(rows), seconds)
        elif len(rows) == 1:
            yield CaseAnswer({}, shown(said["problem"]) or "an error without words", seconds)
        else:
            half = len(rows) // 2
            yield from self._answers(columns, rows[:half])
            yield from self._answers(columns, rows[half:])


@contextmanager
def loaded(spec: VersionSpec, version: str, place: ScoringPlace) -> Iterator[LoadedModel]:
    """Lend version ``version`` of the model of ``spec``, loaded apart.

    Raises:
        ScoringError: it is not on the list, cannot be loaded, or took more than it may.
        ConfigurationError: it is no model of MLflow's, or cannot be enclosed here.
        VersionsUnavailableError: MLflow, or the storage of its files, does not answer.
    """
    name = f"{spec.mlflow_model} {version}"
    with fetched(spec, version, place.uri) as (folder, digest), asked_of(name, digest, folder, place) as model:
        yield model


@contextmanager
def asked_of(name: str, digest: str, folder: Path, place: ScoringPlace) -> Iterator[LoadedModel]:
    """Lend the model whose files were fetched into ``folder``, loaded apart.

    Raises:
        ScoringError, ConfigurationError: as ``loaded``.
    """
    refuse_unlisted(name, digest, place.allowed)
    with started(folder, place.hidden, place.limits) as process:
        yield LoadedModel(name, digest, process)


@contextmanager
def fetched(spec: VersionSpec, version: str, uri: str) -> Iterator[tuple[Path, str]]:
    """Lend the files of a version in a folder of our own, with their digest; nothing of them is run.

    Raises:
        ScoringError, ConfigurationError, VersionsUnavailableError: as ``loaded``.
    """
    if not spec.mlflow_model or not uri:
        raise ConfigurationError(
            [f"{spec.artifact}: expected a model that MLflow keeps, and mlflow_uri, found none; give outcomes instead"]
        )
    with tempfile.TemporaryDirectory(prefix="proofloop-model-") as folder:
        found = _fetched(uri, spec.mlflow_model, version, folder)
        digest = digest_model(found)
        for path in (found, *found.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)  # the folder above is closed; the model's process is another user
        yield found, digest


def _fetched(uri: str, name: str, version: str, folder: str) -> Path:
    what = f"the files of version {version} of {name!r}"

    def download(client: Any) -> Path:
        from mlflow.artifacts import download_artifacts

        where = str(client.get_model_version_download_uri(name, version))
        if where.startswith(_LOGGED):
            where = str(client.get_logged_model(where.removeprefix("models:/")).artifact_location)
        return Path(download_artifacts(artifact_uri=where, dst_path=folder, tracking_uri=uri, registry_uri=uri))

    try:
        found = ask(uri, what, "what it answers is unknown", download, lambda code, _text: _NOTHING if code == _MISSING else None)
    except (ConfigurationError, UnavailableError):
        raise
    except Exception as error:  # noqa: BLE001 - every storage fails in its own way, with texts that may hold credentials
        raise unavailable(uri, f"{what}: {type(error).__name__}", "what it answers is unknown") from None
    if found == _NOTHING:
        raise ScoringError(f"expected {what}, found that MLflow has none; register the version with its files")
    return found


def _read(name: str, said: Mapping[str, Any], count: int, seconds: float) -> Iterator[CaseAnswer]:
    columns, rows, errors = said.get("columns"), said.get("rows"), said.get("errors")
    if not (isinstance(columns, list) and isinstance(rows, list) and isinstance(errors, dict)) or len(rows) + len(errors) != count:
        raise ScoringError(f"{name}: expected {count} answers, found another number, or another form; mend the model")
    left = iter(rows)
    for place in range(count):
        if str(place) in errors:
            yield CaseAnswer({}, shown(errors[str(place)]) or "an error without words", seconds)
            continue
        cells = next(left, None)
        if not isinstance(cells, list) or len(cells) != len(columns):
            raise ScoringError(f"{name}: expected {len(columns)} cells in every answer, found another number; mend the model")
        yield CaseAnswer({str(column): _text(cell) for column, cell in zip(columns, cells, strict=True)}, "", seconds)


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
    return cell if isinstance(cell, str) else str(cell)

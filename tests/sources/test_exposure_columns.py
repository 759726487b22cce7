"""Whether a source of exposure has what the catalogue names, before anything is counted in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from registry.domain.catalogue import SourceSpec, TimeField
from registry.domain.exposure import ExposureSpec
from registry.errors import SchemaBrokenError, SourceError, SourceUnavailableError
from registry.sources.exposure_columns import find_exposure_columns
from tests.sources.prediction_scenes import KINDS, Rows, a_place, write_rows
from tests.sources.test_exposure import a_query

TODAY = date(2026, 11, 21)
ROWS: Rows = [{"at": "2026-03-06", "n": 2, "p": "card", "id": "D1"}, {"at": "2026-03-07", "n": 1, "p": "loan", "id": "D2"}]


def an_exposure(name: str = "rows.csv", **changes: Any) -> ExposureSpec:
    return replace(ExposureSpec(SourceSpec(name, path=name), TimeField("at"), "decision"), **changes)


def found(folder: Path, *exposures: ExposureSpec, **place: Any) -> tuple[str, ...]:
    return find_exposure_columns(exposures, a_place(folder, **place), TODAY)


def test_a_table_with_a_header_alone_has_its_columns(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("at,n\n")
    assert found(tmp_path, an_exposure(count="n")) == ("at", "n")


@pytest.mark.parametrize("kind", KINDS)
def test_every_column_that_any_feed_names_is_looked_for(tmp_path: Path, kind: str) -> None:
    write_rows(tmp_path, ROWS, kind)
    asked = (an_exposure(kind, count="n", where="p = 'card'"), an_exposure(kind, segment={"product": "p"}, row_id="id"))
    assert found(tmp_path, *asked) == ("at", "n", "id", "p")
    assert not (tmp_path / "spool").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_all_that_is_missing_is_told_at_once_with_the_nearest_names(tmp_path: Path, kind: str) -> None:
    write_rows(tmp_path, [{"Decided": "2026-03-06", "n": 1}], kind)
    with pytest.raises(SchemaBrokenError) as caught:
        found(tmp_path, an_exposure(kind, time=TimeField("decide"), count="amount"))
    assert str(caught.value) == (
        f"{kind}: expected the columns that exposure names, found none called 'decide' (did you mean 'Decided'?), 'amount'; "
        "correct exposure or have the export corrected"
    )


def test_the_last_of_several_files_is_looked_at_too(tmp_path: Path) -> None:
    write_rows(tmp_path, ROWS, "a.csv")
    write_rows(tmp_path, [{"day": "2026-03-06"}], "b.csv")
    with pytest.raises(SchemaBrokenError, match=r"b\.csv: expected the columns"):
        found(tmp_path, an_exposure("?.csv"))


@pytest.mark.parametrize("where", ["product = 'card'", "p = ", "TRUE; DROP TABLE x", "p IN (SELECT p FROM read_csv('/etc/passwd'))"])
def test_a_condition_that_cannot_be_evaluated_is_told(tmp_path: Path, where: str) -> None:
    write_rows(tmp_path, ROWS, "rows.csv")
    with pytest.raises(SourceError, match=r"exposure\.where: expected a condition that can be evaluated"):
        found(tmp_path, an_exposure(where=where))


def test_a_file_that_is_not_there_and_a_database_that_does_not_answer_are_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="found none"):
        found(tmp_path, an_exposure())
    with pytest.raises(SourceUnavailableError):
        found(tmp_path, an_exposure(source=a_query(tmp_path)), connection_url=lambda _: f"sqlite:///{tmp_path / 'gone' / 'x.db'}")


def test_a_query_is_asked_for_its_columns(tmp_path: Path) -> None:
    source = a_query(tmp_path)
    url = f"sqlite:///{tmp_path / 'bank.db'}"
    assert found(tmp_path, an_exposure(source=source, count="n"), connection_url=lambda _: url) == ("at", "n")
    with pytest.raises(SchemaBrokenError, match=r"rows\.sql: expected the columns that exposure names, found none called 'amount'"):
        found(tmp_path, an_exposure(source=source, count="amount"), connection_url=lambda _: url)

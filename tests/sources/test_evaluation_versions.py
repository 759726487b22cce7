"""Which versions a table of outcomes has: among very many, the one that is asked for is found wherever it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.domain.catalogue import SourceSpec
from registry.sources import evaluation_versions
from registry.sources.evaluation_versions import staged_versions
from tests.sources.evaluation_scenes import a_row, a_spec
from tests.sources.prediction_scenes import a_place, write_rows


def seen(folder: Path, sought: tuple[str, ...]) -> set[str]:
    """Return the names that are known of three versions in as many files, where one batch of names is remembered."""
    for name in ("early", "later", "latest"):
        write_rows(folder, [a_row(name, "c1")], f"{name}.rows.csv")
    with staged_versions(a_spec(folder, outcomes=SourceSpec("outcomes", "*.rows.csv")), (), a_place(folder), sought) as (stage, found):
        assert stage.row_count == 0
        return found.seen


def test_a_version_that_is_asked_for_is_seen_after_more_names_than_are_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation_versions, "_MAX_REMEMBERED", 1)
    assert seen(tmp_path, ()) == {"early"}
    assert seen(tmp_path, ("latest", "nobody")) == {"early", "latest"}


def test_more_names_than_are_remembered_are_not_told_as_if_they_were_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation_versions, "_MAX_REMEMBERED", 8)
    for batch in range(3):
        write_rows(tmp_path, [a_row(f"model-{number}", "c1") for number in range(8 * batch, 8 * batch + 8)], f"{batch}.rows.csv")
    with staged_versions(a_spec(tmp_path, outcomes=SourceSpec("outcomes", "*.rows.csv")), (), a_place(tmp_path)) as (_, found):
        assert found.nearest("model-20").startswith("at least 8 others, nearest 'model-2'")


def test_names_that_are_remembered_anyway_need_not_be_asked_for(tmp_path: Path) -> None:
    assert seen(tmp_path, ()) == {"early", "later", "latest"}

"""Levels that hold personal data are kept by another name, the same one in a reference and in every window."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from checks.redaction import redaction_of
from registry.domain.canonical import record_json
from registry.domain.profile import ReferenceProfile, Segment, WindowProfile
from registry.errors import SourceError
from registry.sources.cell_tallies import MANY_NEW
from registry.sources.level_names import is_redacted
from registry.sources.outcome_counts import count_outcomes
from registry.sources.prediction_rows import PredictionPlace
from registry.sources.profile_reference import freeze_reference
from registry.sources.profile_sample import sample_window
from registry.sources.profile_window import profile_window
from tests.sources.prediction_scenes import FEBRUARY, FROZEN_AT, KINDS, POLICY, Rows, a_monitored, a_place, write_rows

WATCHED: dict[str, Any] = {"categorical": ("channel",), "segments": ("term",), "score": "p"}
ANA, BEN, PHONE = "ana@mail.example", "ben@mail.example", "212-555-0143"


def redacting(folder: Path) -> PredictionPlace:
    return a_place(folder, redact=redaction_of(("email", "phone", "ip")))


def rows_of(first: date, *channels: str | None, **more: Any) -> Rows:
    return [
        {"at": first + timedelta(place % 28), "channel": one, "term": ("36", one)[place % 2], "p": place % 10 / 10, **more}
        for place, one in enumerate(channels)
    ]


def counted(folder: Path, rows: Rows, kind: str = "rows.parquet", **changes: Any) -> tuple[ReferenceProfile, WindowProfile]:
    """Return the reference of January and the profile of February."""
    write_rows(folder, rows, kind)
    system, place = a_monitored(kind, **WATCHED | changes), redacting(folder)
    reference = freeze_reference(system, POLICY, FROZEN_AT, place)
    return reference, profile_window(system, reference, FEBRUARY, place)


@pytest.mark.parametrize("kind", KINDS)
def test_no_level_that_redaction_finds_something_in_is_kept_and_each_is_found_again(tmp_path: Path, kind: str) -> None:
    january = rows_of(date(2026, 1, 1), *[ANA] * 20, *[BEN] * 10, *["web"] * 30)
    reference, found = counted(tmp_path, [*january, *rows_of(date(2026, 2, 1), *[ANA] * 8, *["web"] * 4, *[PHONE] * 2)], kind)
    kept = record_json(reference) + record_json(found)
    assert not [text for text in (ANA, BEN, PHONE, "mail.example") if text.encode() in kept]
    bins, cell = reference.column("channel"), found.cell("channel")
    assert bins is not None and cell is not None
    ana, ben = bins.levels[1:]
    assert bins.levels[0] == "web" and is_redacted(ana) and is_redacted(ben) and ana != ben
    assert cell.counts[:5] == (4, 8, 0, 0, 2)
    assert [(name.partition(" #")[0], count) for name, count in cell.new_levels] == [("[phone]", 2)]
    assert found.rows_in(Segment("term", ana)) == 4


def test_levels_in_which_nothing_is_found_keep_their_names_and_versions_look_like_no_address(tmp_path: Path) -> None:
    rows = [*rows_of(date(2026, 1, 1), *["web", "n/a"] * 20, version="10.2.3.4"), *rows_of(date(2026, 2, 1), "web", version="10.2.3.4")]
    reference, found = counted(tmp_path, rows, version="version")
    assert reference.versions == ("10.2.3.4",)
    assert found.versions == (("10.2.3.4", 1),)
    bins = reference.column("channel")
    assert bins is not None and set(bins.levels) == {"web", "n/a"}


def test_a_sample_and_a_refused_label_show_no_personal_data(tmp_path: Path) -> None:
    rows = [{**row, "y": row["channel"]} for row in rows_of(date(2026, 1, 1), *[ANA] * 40)]
    write_rows(tmp_path, rows)
    system, place = a_monitored(**WATCHED, label="y"), redacting(tmp_path)
    reference = freeze_reference(system, POLICY, FROZEN_AT, place)
    sample = sample_window(system, reference, reference.profile.window, place)
    assert ANA not in repr(sample) and "[email]" in repr(sample)
    with pytest.raises(SourceError, match=r"found '\[email\] #[0-9a-f]{8}' \(40 rows\)"):
        count_outcomes(system, reference, reference.profile.window, datetime(2026, 3, 1, tzinfo=UTC), place)


def test_a_number_that_names_a_kind_is_redacted_as_its_text_is(tmp_path: Path) -> None:
    rows = rows_of(date(2026, 1, 1), *["web"] * 40)
    for row in rows:
        row["channel"] = 2_125_550_143
    write_rows(tmp_path, rows, types={"channel": pa.int64()})
    system = a_monitored(**{**WATCHED, "segments": ()})
    reference = freeze_reference(system, POLICY, FROZEN_AT, redacting(tmp_path))
    told = redaction_of(("email", "phone", "ip"))("2125550143")[1]
    bins = reference.column("channel")
    assert bins is not None and all(is_redacted(level) for level in bins.levels) is bool(told)


def test_so_many_new_levels_that_they_name_rows_are_counted_and_not_named(tmp_path: Path) -> None:
    new = [f"customer {place}" for place in range(MANY_NEW + 1)]
    for names, are_named in ((new[:-1], True), (new, False)):
        _, found = counted(tmp_path, [*rows_of(date(2026, 1, 1), *["web"] * 40), *rows_of(date(2026, 2, 1), *names)], segments=())
        cell = found.cell("channel")
        assert cell is not None
        assert (cell.counts[-2], bool(cell.new_levels)) == (len(names), are_named)

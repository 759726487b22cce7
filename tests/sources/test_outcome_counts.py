"""Known outcomes of a window: only what was known by then, by score bin and segment, equal to sums made row by row."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from registry.domain.catalogue import TimeField
from registry.domain.monitoring import LabelKind, MonitoredSystem
from registry.domain.outcomes import SegmentOutcomes, WindowOutcomes
from registry.domain.profile import WHOLE, Segment
from registry.errors import SchemaBrokenError, SourceError
from registry.sources.outcome_counts import count_outcomes
from tests.sources.prediction_scenes import FEBRUARY, KINDS, Rows, a_monitored, a_place, frozen, in_segment, local, write_rows

SPEC: dict[str, Any] = {"score": "p", "label": "y", "label_known_at": TimeField("known"), "segments": ("term",)}
LATER = datetime(2026, 4, 1, 4, tzinfo=UTC)  # midnight in New York


def predictions(count: int = 300, month: int = 2) -> Rows:
    chance = np.random.default_rng(month)
    rows: Rows = []
    for number in range(count):
        at = local(f"2026-{month:02d}-01") + timedelta(hours=number * 600 / count)
        known = at + timedelta(days=int(chance.integers(5, 60)))
        score = [float(chance.random()), None, math.nan, math.inf][0 if chance.random() < 0.9 else int(chance.integers(1, 4))]
        label = [0, 1, None][int(chance.choice(3, p=[0.5, 0.4, 0.1]))]
        rows.append({"at": at, "p": score, "y": label, "known": known, "term": "36" if chance.random() < 0.7 else "60"})
    return rows


def counted(folder: Path, rows: Rows, known_before: datetime = LATER, kind: str = "rows.parquet", **changes: Any) -> WindowOutcomes:
    reference_rows = predictions(month=1)
    write_rows(folder, reference_rows + rows, kind)
    system = a_monitored(kind, **SPEC | changes)
    return count_outcomes(system, frozen(folder, system), FEBRUARY, known_before, a_place(folder))


def whole(outcomes: WindowOutcomes) -> SegmentOutcomes:
    found = outcomes.of(WHOLE)
    assert found is not None
    return found


def test_a_window_without_predictions_has_no_outcomes(tmp_path: Path) -> None:
    found = whole(counted(tmp_path, []))
    assert (found.prediction_count, found.known_count, found.scored_count, found.median_delay_days) == (0, 0, 0, None)
    assert found.score_total == 0.0


@pytest.mark.parametrize("kind", KINDS)
def test_every_sum_equals_one_made_row_by_row(tmp_path: Path, kind: str) -> None:
    rows = predictions()
    outcomes = counted(tmp_path, rows, kind=kind)
    system = a_monitored(kind, **SPEC)
    edges = _edges(tmp_path, system)
    assert {one.segment for one in outcomes.segments} == {WHOLE, Segment("term", "36"), Segment("term", "60")}
    for one in outcomes.segments:
        ours = in_segment(rows, one.segment)
        scored = [row for row in ours if row["p"] is not None and math.isfinite(row["p"])]
        known = [row for row in scored if row["y"] is not None and row["known"] < local("2026-04-01")]
        assert (one.prediction_count, one.scored_count, one.known_count) == (len(ours), len(scored), len(known))
        assert one.score_total == pytest.approx(sum(row["p"] for row in scored))
        assert one.score_variance_total == pytest.approx(sum(row["p"] * (1 - row["p"]) for row in scored))
        assert one.certainty_total == pytest.approx(sum(max(row["p"], 1 - row["p"]) for row in scored))
        delays = sorted((row["known"].date() - row["at"].date()).days for row in known)
        assert one.median_delay_days == median(delays)
        assert one.delay_steps == _steps(delays, len(ours))
        _assert_bins(one, known, edges)


def _steps(delays: list[int], prediction_count: int) -> tuple[int, ...]:
    """Return after how many days each further twentieth of the predictions was known, in the slow way."""
    needed = [math.ceil(step * prediction_count / 20) for step in range(1, 21)]
    return tuple(delays[count - 1] for count in needed if count <= len(delays))


def _edges(folder: Path, system: MonitoredSystem) -> tuple[float, ...]:
    score = frozen(folder, system).column("p")
    assert score is not None
    return score.edges


def _assert_bins(one: SegmentOutcomes, known: Rows, edges: tuple[float, ...]) -> None:
    assert len(one.bins) == len(edges) + 1
    for place, found in enumerate(one.bins):
        mine = [row for row in known if sum(row["p"] > edge for edge in edges) == place]
        assert (found.row_count, found.label_total) == (len(mine), sum(row["y"] for row in mine))
        assert found.score_total == pytest.approx(sum(row["p"] for row in mine))
        assert found.squared_error_total == pytest.approx(sum((row["p"] - row["y"]) ** 2 for row in mine))
        assert found.absolute_error_total == pytest.approx(sum(abs(row["p"] - row["y"]) for row in mine))
        assert found.correct_count == sum((row["p"] >= 0.5) == (row["y"] == 1) for row in mine)


def test_an_outcome_that_came_later_is_not_known_then(tmp_path: Path) -> None:
    row = {"at": local("2026-02-03"), "p": 0.5, "y": 1, "known": local("2026-03-10"), "term": "36"}
    before, after = datetime(2026, 3, 10, 4, tzinfo=UTC), datetime(2026, 3, 10, 4, 0, 1, tzinfo=UTC)
    assert whole(counted(tmp_path, [row], before)).known_count == 0
    assert whole(counted(tmp_path, [row], before)).immature_count == 1
    assert whole(counted(tmp_path, [row], after)).known_count == 1
    assert whole(counted(tmp_path, [row], after)).median_delay_days == 35


def test_an_outcome_known_before_its_prediction_is_counted_as_such(tmp_path: Path) -> None:
    base = {"p": 0.5, "y": 1, "term": "36", "at": local("2026-02-03")}
    rows = [base | {"known": local(day)} for day in ("2025-12-01", "2026-02-02", "2026-02-03", "2026-02-04")]
    found = whole(counted(tmp_path, rows))
    assert (found.known_count, found.early_count) == (4, 2)
    assert whole(counted(tmp_path, rows, label_known_at=None)).early_count == 0


def test_the_slowest_of_the_known_and_scores_that_are_no_probabilities_are_told(tmp_path: Path) -> None:
    base = {"p": 0.5, "y": 1, "term": "36", "at": local("2026-02-03")}
    rows = (
        [base | {"known": local("2026-02-04")}] * 190 + [base | {"known": local("2026-02-23")}] * 10 + [base | {"p": -1.0, "known": None}]
    )
    found = whole(counted(tmp_path, rows))
    assert (found.late_delay_days, found.improbable_count, found.scored_count) == (20, 1, 200)
    assert whole(counted(tmp_path, rows, label_kind=LabelKind.NUMBER)).improbable_count == 0
    assert whole(counted(tmp_path, rows, label_known_at=None)).late_delay_days is None


def test_days_until_known_are_those_after_which_so_many_of_all_predictions_were(tmp_path: Path) -> None:
    base = {"p": 0.5, "y": 1, "term": "36", "at": local("2026-02-03")}
    rows = [base | {"known": local("2026-02-03") + timedelta(days=day)} for day in (1, 2, 3, 40, 500)]
    outcomes = counted(tmp_path, rows)  # the last is not known then
    assert [outcomes.days_until_known(share) for share in (0.2, 0.6, 0.8, 0.81, 1.0)] == [1, 3, 40, None, None]


def test_without_times_days_until_known_are_as_long_ago_as_the_window_ended(tmp_path: Path) -> None:
    base = {"p": 0.5, "term": "36", "at": local("2026-02-03"), "known": None}
    rows = [base | {"y": label} for label in (0, 1, 1, None)]
    outcomes = counted(tmp_path, rows, label_known_at=None)
    assert (outcomes.days_until_known(0.8), outcomes.days_until_known(0.75)) == (None, 31 + 28 / 4)  # April 1, a quarter of February
    assert counted(tmp_path, [], label_known_at=None).days_until_known(0.8) is None


def test_a_label_whose_time_is_not_known_is_not_known(tmp_path: Path) -> None:
    row = {"at": local("2026-02-03"), "p": 0.5, "y": 1, "known": None, "term": "36"}
    assert whole(counted(tmp_path, [row])).known_count == 0
    without_times = whole(counted(tmp_path, [row], label_known_at=None))
    assert (without_times.known_count, without_times.median_delay_days) == (1, None)


@pytest.mark.parametrize(
    ("labels", "events"), [(["0", "1", ""], 1), (["False", "TRUE", "true"], 2), ([0.0, 1.0, math.nan], 1), ([True, False, None], 1)]
)
def test_a_binary_label_is_0_or_1_true_or_false_in_any_spelling(tmp_path: Path, labels: list[Any], events: int) -> None:
    base = {"p": 0.5, "known": local("2026-03-01"), "term": "36"}
    january = [row | {"y": labels[0]} for row in predictions(month=1)]
    rows = [base | {"at": local("2026-02-03"), "y": label} for label in labels]
    write_rows(tmp_path, january + rows)
    system = a_monitored(**SPEC)
    found = whole(count_outcomes(system, frozen(tmp_path, system), FEBRUARY, LATER, a_place(tmp_path)))
    assert sum(one.label_total for one in found.bins) == events
    assert found.known_count == sum(str(label) not in ("", "None", "nan") for label in labels)


def test_any_other_label_is_refused_by_name(tmp_path: Path) -> None:
    texts = ["Charged Off"] * 2 + ["1", "2", None]
    rows = [{"at": local("2026-02-03"), "p": 0.5, "y": text, "known": local("2026-03-01"), "term": "36"} for text in texts]
    january = [row | {"y": "0"} for row in predictions(month=1)]
    write_rows(tmp_path, january + rows)
    system = a_monitored(**SPEC)
    expected = r"expected labels that are 0 or 1, true or false, found 'Charged Off' \(2 rows\), '2' \(1 rows\); map them in the export"
    with pytest.raises(SourceError, match=expected) as refused:
        count_outcomes(system, frozen(tmp_path, system), FEBRUARY, LATER, a_place(tmp_path))
    assert refused.value.reason_code == "unknown_label"


def test_an_amount_is_summed_and_has_no_decisions(tmp_path: Path) -> None:
    rows = [{"at": local("2026-02-03"), "p": 0.5, "y": 3, "known": local("2026-03-01"), "term": "36"}] * 2
    found = whole(counted(tmp_path, rows, label_kind=LabelKind.NUMBER))
    assert sum(one.label_total for one in found.bins) == 6.0
    assert sum(one.squared_error_total for one in found.bins) == 12.5
    assert (sum(one.correct_count for one in found.bins), found.certainty_total) == (0, 0.0)


def test_a_segment_that_the_reference_had_not_has_outcomes_too(tmp_path: Path) -> None:
    rows = [{"at": local("2026-02-03"), "p": 0.5, "y": 1, "known": local("2026-03-01"), "term": term} for term in ("84", "84", None)]
    found = counted(tmp_path, rows).of(Segment("term", "84"))
    assert found is not None
    assert (found.prediction_count, found.known_count) == (2, 2)


def test_a_system_without_label_or_a_source_without_its_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="expected a score and a label, found none; name them in predictions") as refused:
        counted(tmp_path, [], label="")
    assert refused.value.reason_code == "not_configured"
    with pytest.raises(SchemaBrokenError, match=r"found no column called 'knwon' \(did you mean 'known'\?\); correct predictions"):
        counted(tmp_path, [], label_known_at=TimeField("knwon"))


def test_score_edges_are_those_of_the_reference(tmp_path: Path) -> None:
    write_rows(tmp_path, predictions(month=1), types={"p": pa.float64()})
    system = a_monitored(**SPEC)
    reference = frozen(tmp_path, system)
    (tmp_path / "other").mkdir()
    write_rows(tmp_path, [row | {"p": 0.001} for row in predictions()])
    found = whole(count_outcomes(system, reference, FEBRUARY, LATER, a_place(tmp_path)))
    assert [one.row_count for one in found.bins] == [found.known_count] + [0] * (len(found.bins) - 1)


def test_in_a_file_that_lacks_the_score_or_the_label_nothing_is_scored_or_known(tmp_path: Path) -> None:
    write_rows(tmp_path, predictions(month=1))
    system = a_monitored(**SPEC)
    reference = frozen(tmp_path, system)
    row = {"at": local("2026-02-03"), "p": 0.5, "y": 1, "known": local("2026-03-01"), "term": "36"}
    (tmp_path / "days").mkdir()
    for number, lacking in enumerate(("", "p", "y", "known")):
        write_rows(tmp_path, [{key: value for key, value in row.items() if key != lacking}], f"days/{number}.parquet")
    found = whole(count_outcomes(a_monitored("days/*.parquet", **SPEC), reference, FEBRUARY, LATER, a_place(tmp_path)))
    assert (found.prediction_count, found.scored_count, found.known_count) == (4, 3, 1)

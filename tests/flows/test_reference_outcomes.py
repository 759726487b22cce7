"""A log that is purged or corrected: what is known of a reference stays known, and a broken model stays broken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from deployments.recompute import recompute
from flows.reference_freeze import reference_freeze
from registry.domain.catalogue import OwnerRole
from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.trigger_acts import ReferenceFreeze
from registry.domain.triggers import TriggerDecision, TriggerKind
from tasks import engine
from tests.flows.watched import APRIL, LOANS, MARCH, MAY, Watch, a_watch, calm

FEBRUARY = date(2026, 2, 1)
Row = tuple[str, ...]


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    watch = a_watch(tmp_path / "watch", systems=[LOANS])
    path = watch.root / f"systems/{LOANS}.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("score: pd", "score: pd, label: defaulted, label_known_on: known"), encoding="utf-8")
    return watch


def rows(start_on: date = date(2026, 1, 1), end_on: date = MAY, *, is_worse: bool = False, days: int = 5) -> Iterator[Row]:
    """Yield predictions with outcomes: as often as they were predicted, or much more often; known so many ``days`` later."""
    for number, (made, score, *others) in enumerate(calm(start_on, end_on)):
        due = (number // 40 * 7 + number % 40 * 17) % 40 / 40 < float(score) * (1.6 if is_worse else 1.0)
        yield made, score, *others, str(int(due)), (date.fromisoformat(made) + timedelta(days=days)).isoformat()


def write(watch: Watch, *parts: Iterator[Row]) -> None:
    lines = ["made,pd,amount,channel,term,defaulted,known", *(",".join(row) for part in parts for row in part)]
    (watch.root / f"data/{LOANS}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def frozen(watch: Watch) -> list[dict[str, Any]]:
    return [json.loads(event.body)["data"] for event in watch.ledger.read_events(0, (EventKind.REFERENCE_FROZEN,))]


def judged(watch: Watch, day: date) -> TriggerDecision:
    return watch.run(day).decisions[-1]


def test_outcomes_known_at_freezing_are_frozen_with_the_reference(watch: Watch) -> None:
    write(watch, rows())
    assert judged(watch, MARCH).verdict is Verdict.PASS
    (first,) = frozen(watch)
    assert first["outcomes"] == ["all rows", "term=36", "term=60"]
    judged(watch, APRIL)
    assert len(frozen(watch)) == 1


@pytest.mark.parametrize("becomes", ["purged", "corrected"])
def test_a_loss_is_seen_whatever_becomes_of_the_outcomes_of_the_reference(watch: Watch, becomes: str) -> None:
    write(watch, rows(end_on=FEBRUARY), rows(FEBRUARY, is_worse=True))
    watch.run(FEBRUARY + timedelta(days=9))
    earlier = rows(end_on=FEBRUARY, is_worse=True) if becomes == "corrected" else iter(())

    write(watch, earlier, rows(FEBRUARY, is_worse=True))

    decision = judged(watch, APRIL)
    assert decision.verdict is Verdict.FAIL
    assert "performance|calibration|all rows" in decision.conditions


def test_outcomes_that_come_later_are_added_once_and_nothing_begins_anew(watch: Watch) -> None:
    write(watch, rows(days=40))
    early = judged(watch, MARCH)
    assert "immature_reference" in {one.reason_code for one in early.not_evaluated}

    later = judged(watch, APRIL)
    judged(watch, MAY)

    first, second = frozen(watch)
    assert (first["outcomes"], second["outcomes"]) == ([], ["all rows", "term=36", "term=60"])
    assert (second["replaces"], second["counts_digest"]) == (first["reference_digest"], first["counts_digest"])
    assert early.reference_digest == later.reference_digest == first["counts_digest"]
    assert later.inputs[0].digest == second["reference_digest"]


def test_what_was_judged_before_and_after_is_judged_the_same_again_from_the_archive(watch: Watch) -> None:
    write(watch, rows(days=40))
    for day in (MARCH, APRIL, MAY):
        watch.run(day)
    assert recompute(watch.workspace.archive_dir).verdict is Verdict.PASS


def test_rows_purged_before_their_outcomes_were_known_are_no_pass(watch: Watch) -> None:
    write(watch, rows(days=40))
    watch.run(FEBRUARY)
    write(watch, rows(FEBRUARY, days=40))
    judged(watch, MARCH)
    decision = judged(watch, MAY)  # by now those of later windows are known, and there is nothing to hold them to
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert "reference_outcomes_gone" in {one.code for one in decision.reasons}


def test_new_outcomes_are_counted_from_the_same_days_whatever_is_frozen_later(watch: Watch) -> None:
    write(watch, rows())
    path = watch.root / f"systems/{LOANS}.yaml"
    text = path.read_text(encoding="utf-8") + "  retrain_on_new_labels: true\n"
    path.write_text(text, encoding="utf-8")
    watch.run(MARCH)
    path.write_text(text.replace("from: 2026-01-01, to: 2026-02-01", "from: 2026-02-01, to: 2026-03-01"), encoding="utf-8")
    document = ReferenceFreeze(reason="Version 2 was trained on the customers of February", acknowledge=True)
    who = {"by": "ana@bank.example", "role": OwnerRole.PRODUCT_OWNER, "document": document}
    engine.run(reference_freeze, system_id=LOANS, workspace=str(watch.root), **who)

    look = next(one for one in judged(watch, APRIL).triggers if one.kind is TriggerKind.NEW_LABELS)

    assert look.reason.startswith("1,240 outcomes became known")  # a month of forty a day

"""Freezing a reference by hand and typing it again: nothing is done twice, whatever a run added in between."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

from flows.reference_freeze import reference_freeze
from registry.domain.catalogue import OwnerRole
from registry.domain.events import EventKind
from registry.domain.trigger_acts import ActResult, ReferenceFreeze
from tasks import engine
from tests.flows.watched import LOANS, MAY, Watch, a_watch, calm


def a_watch_with_outcomes(root: Path) -> Watch:
    """Return a workspace in whose log an outcome is known 40 days after its prediction."""
    watch = a_watch(root, systems=[LOANS])
    path = watch.root / f"systems/{LOANS}.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("score: pd", "score: pd, label: defaulted, label_known_on: known"), encoding="utf-8")
    lines = ["made,pd,amount,channel,term,defaulted,known"]
    for number, row in enumerate(calm()):
        due = (number // 40 * 7 + number % 40 * 17) % 40 / 40 < float(row[1])
        lines.append(",".join((*row, str(int(due)), (date.fromisoformat(row[0]) + timedelta(days=40)).isoformat())))
    (watch.root / f"data/{LOANS}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return watch


def freeze(watch: Watch) -> ActResult:
    document = ReferenceFreeze(reason="Version 2 was trained on the customers of January")
    result = engine.run(
        reference_freeze,
        system_id=LOANS,
        workspace=str(watch.root),
        by="ana@bank.example",
        role=OwnerRole.PRODUCT_OWNER,
        document=document,
    )
    assert isinstance(result, ActResult)
    return result


def test_a_freeze_typed_again_after_a_run_added_the_outcomes_is_answered_as_done(tmp_path: Path) -> None:
    watch = a_watch_with_outcomes(tmp_path / "watch")
    first = freeze(watch)
    watch.run(MAY)
    events = [json.loads(event.body) for event in watch.ledger.read_events(0, (EventKind.REFERENCE_FROZEN,))]
    assert [one["actor"] for one in events] == ["ana@bank.example", "machine"]

    again = freeze(watch)

    assert (again.decision.refusals, again.decision.repeated, again.seq) == ((), first.seq, first.seq)
    assert len(list(watch.ledger.read_events(0, (EventKind.REFERENCE_FROZEN,)))) == 2

"""What the retraining triggers decide in a replay where every story of watched predictions was found, for tests to spoil one thing of.

Put builders of whole decisions of the demonstration here; builders of their parts are ``tests/trigger_builders.py``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from deployments.demo.rows import ZONE
from deployments.demo.story import WATCHED_ON
from registry.domain.decision import KnowledgeCut, Verdict
from registry.domain.monitoring import WindowKind, last_window_before
from registry.domain.triggers import TriggerAction, TriggerDecision, TriggerKind, TriggerRequest
from tests.trigger_builders import a_loss

APRIL, MAY, JUNE = WATCHED_ON
Windows = dict[tuple[str, date], TriggerDecision]
_DRIFT, _LOSS, _RECODED = "drift|channel", "performance|calibration|channel=broker", "data_quality|entry_mode|unseen_level"


def true_windows() -> Windows:
    """Return a decision for every watched system and month; the caller may change the mapping."""
    investigate = a_demo_request(TriggerAction.INVESTIGATE, TriggerKind.DATA_DRIFT)
    retrain = a_demo_request(TriggerAction.RETRAIN, TriggerKind.DATA_DRIFT, TriggerKind.PERFORMANCE_DROP)
    reassess = a_demo_request(TriggerAction.REASSESS_CONTROLS, TriggerKind.POLICY_CHANGE)
    lossy: dict[str, Any] = {"verdict": Verdict.FAIL, "conditions": (_DRIFT, _LOSS), "performance": (a_loss("calibration"),)}
    decided = (
        *(a_window("complaint_router", on) for on in WATCHED_ON),
        a_window("credit_model", APRIL, verdict=Verdict.FAIL, opened=(_DRIFT,), conditions=(_DRIFT,), requests=(investigate,)),
        a_window("credit_model", MAY, opened=(_LOSS,), requests=(retrain,), **lossy),
        a_window("credit_model", JUNE, **lossy),
        a_window("fraud_filter", APRIL),
        a_window("fraud_filter", MAY, verdict=Verdict.FAIL, opened=(_RECODED,), conditions=(_RECODED,), requests=(reassess,)),
        a_window("fraud_filter", JUNE, verdict=Verdict.FAIL, conditions=(_RECODED,)),
    )
    return {(one.system, one.as_of.date()): one for one in decided}


def a_window(system: str, on: date, **changes: Any) -> TriggerDecision:
    """Return the decision of the run of ``on`` about the month before: a pass, unless told otherwise."""
    as_of = datetime.combine(on, time(6, 30), ZoneInfo(ZONE))
    base = TriggerDecision(
        kind="retraining_triggers",
        system=system,
        as_of=as_of,
        verdict=Verdict.PASS,
        reasons=(),
        findings=(),
        not_evaluated=(),
        inputs=(),
        policy_digest="sha256:" + "0" * 64,
        knowledge_cut=KnowledgeCut(0, as_of),
        window=last_window_before(on, WindowKind.MONTH),
        window_kind=WindowKind.MONTH,
        reference_digest="sha256:" + "1" * 64,
        row_count=1200,
        cells=(),
        triggers=(),
        requests=(),
        withheld=(),
        conditions=(),
        opened=(),
        cleared=(),
        data_quality=(),
        performance=(),
        performance_not_evaluated=(),
        expected_false_alarms_per_month=0.0,
    )
    return replace(base, **changes)


def a_demo_request(action: TriggerAction, *triggers: TriggerKind) -> TriggerRequest:
    return TriggerRequest("sha256:" + "d" * 64, action, triggers, "asked", APRIL - timedelta(days=31), APRIL)

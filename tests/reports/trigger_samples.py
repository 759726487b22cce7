"""Trigger decisions for pages: a month of loans in which a new product came, a quiet month, and windows of which little is known.

Put a sample of a trigger decision here. Counts are invented after a public loan book; PSIs are computed from them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from typing import Any

from registry.domain.decision import Finding, InputDigest, KnowledgeCut, NotEvaluated, Reason, Verdict
from registry.domain.monitoring import LabelKind, MonitoredSystem, MonitoringSpec, PredictionSpec, Window, WindowKind, window_of
from registry.domain.outcomes import ScoreBin, SegmentOutcomes, WindowOutcomes
from registry.domain.profile import WHOLE, CellCounts, ColumnBins, ColumnRole, ReferenceProfile, Segment, WindowProfile
from registry.domain.trigger_memory import TriggerMemory
from registry.domain.trigger_run import Judged, SystemDay, TriggersDay
from registry.domain.triggers import (
    CellState,
    DriftCell,
    DriftKind,
    PastWindow,
    Trigger,
    TriggerAction,
    TriggerDecision,
    TriggerHistory,
    TriggerInputs,
    TriggerKind,
    TriggerRequest,
    Withheld,
)
from tests.builders import a_source, a_system
from tests.reports.samples import with_text
from tests.trigger_builders import POLICIES, a_category, a_number, a_profile

ZONE = "America/Los_Angeles"
MAY = Window(date(2010, 5, 1), date(2010, 6, 1))
YEAR_2009 = Window(date(2009, 1, 1), date(2010, 1, 1))
JUNE_FIRST = datetime(2010, 6, 1, 13, tzinfo=UTC)
REQUEST = "sha256:7b1f6a0c52d94e0b8a6f0c1d2e3f405162738495a6b7c8d9eafb0c1d2e3f4051"
TERM_60, TERM_36 = Segment("term", "60"), Segment("term", "36")
CAR, EDUCATIONAL, DEBT = Segment("purpose", "car"), Segment("purpose", "educational"), Segment("purpose", "debt_consolidation")


@dataclass(frozen=True)
class Told:
    """A column with its counts in the reference and in the window."""

    bins: ColumnBins
    before: tuple[int, ...]
    now: tuple[int, ...]
    new_levels: tuple[tuple[str, int], ...] = ()


def loan_columns() -> tuple[Told, ...]:
    """Return the columns: a new term, a recoded length of employment, the others as before."""
    grade = (412, 533, 520, 466, 471, 487, 463, 458, 449, 457, 0)
    quiet = (84, 107, 101, 92, 97, 99, 90, 94, 88, 95, 0)
    edges = (4000.0, 5600.0, 7200.0, 8500.0, 10000.0, 12000.0, 14400.0, 17000.0, 20500.0)
    lengths = ("< 1 year", "1 year", "2 years", "3 years", "5 years", "10+ years")
    return (
        Told(a_category("term", ("36",)), (4716, 0, 0, 0), (777, 0, 170, 0), (("60", 170),)),
        Told(
            a_category("emp_length", lengths),
            (611, 540, 702, 633, 1012, 1218, 0, 0, 0),
            (101, 96, 120, 110, 190, 295, 0, 35, 0),
            (("n/a", 35),),
        ),
        Told(
            a_category("verification_status", ("Not Verified", "Source Verified", "Verified")),
            (2544, 1001, 1171, 0, 0, 0),
            (480, 220, 247, 0, 0, 0),
        ),
        Told(
            a_category("purpose", ("debt_consolidation", "credit_card", "car", "educational", "other")),
            (2210, 910, 301, 180, 1115, 0, 0, 0),
            (449, 172, 58, 21, 247, 0, 0, 0),
        ),
        Told(a_number("int_rate", (7.9, 8.94, 10.99, 11.48, 12.18, 12.53, 13.16, 13.57, 14.61), grid=(7.4, 7.9)), grade, quiet),
        Told(a_number("loan_amnt", edges), grade, (*reversed(quiet[:-1]), 0)),
        Told(a_number("annual_inc", tuple(edge * 5 for edge in edges)), grade, quiet),
        Told(a_number("dti", (3.2, 6.1, 8.6, 10.9, 13.0, 15.1, 17.3, 19.6, 22.3)), grade, quiet),
        Told(a_number("revol_util", (5.1, 14.9, 25.6, 36.0, 46.1, 55.8, 65.3, 75.2, 86.3)), (*grade[:-1], 12), (*quiet[:-1], 3)),
        Told(a_number("inq_last_6mths", (0.0, 1.0, 2.0)), (2204, 1311, 702, 499, 0), (478, 251, 128, 90, 0)),
        Told(a_category("home_ownership", ("MORTGAGE", "OWN", "RENT")), (2001, 377, 2338, 0, 0, 0), (418, 71, 458, 0, 0, 0)),
        Told(
            a_category("a_long_name_of_a_column_that_somebody_joined_from_three_tables_and_never_renamed", ("a", "b")),
            (2358, 2358, 0, 0, 0),
            (470, 477, 0, 0, 0),
        ),
        Told(
            a_number("score", (0.07, 0.09, 0.11, 0.12, 0.14, 0.15, 0.17, 0.19, 0.23), role=ColumnRole.SCORE),
            grade,
            (60, 88, 93, 92, 97, 101, 98, 104, 103, 111, 0),
        ),
    )


def psi(before: Sequence[int], now: Sequence[int]) -> float:
    """Return the PSI of two counts with half a row added to every bin that either side fills."""
    filled = [(was + 0.5, is_now + 0.5) for was, is_now in zip(before, now, strict=True) if was or is_now]
    rows = [sum(side) for side in zip(*filled, strict=True)]
    return sum((one / rows[1] - was / rows[0]) * math.log((one / rows[1]) / (was / rows[0])) for was, one in filled)


def a_drift_cell(column: str = "age", segment: Segment = WHOLE, **changes: Any) -> DriftCell:
    base = DriftCell(column, ColumnRole.FEATURE, segment, CellState.QUIET, 947, psi=0.03, threshold=0.2, null_quantile=0.05)
    return replace(base, **changes)


def may_cells() -> tuple[DriftCell, ...]:
    """Return the cells of May: ``term`` drifted, ``emp_length`` is explained, the score moved a little, small segments were not judged."""
    cells = [
        DriftCell(told.bins.name, told.bins.role, WHOLE, CellState.QUIET, 947, psi(told.before, told.now), 0.2, 0.031)
        for told in loan_columns()
    ]
    states = {"term": (CellState.DRIFTED, ""), "emp_length": (CellState.NOT_EVALUATED, "unseen_level")}
    cells = [
        replace(cell, state=states[cell.column][0], because=states[cell.column][1]) if cell.column in states else cell for cell in cells
    ]
    score = replace(cells[-1], segment=TERM_36, row_count=777, psi=0.054, null_quantile=0.04)
    few = [
        replace(
            cell,
            segment=segment,
            state=CellState.NOT_EVALUATED,
            row_count=rows,
            psi=None,
            threshold=None,
            null_quantile=None,
            because="too_few",
        )
        for segment, rows in ((TERM_60, 170), (EDUCATIONAL, 21))
        for cell in cells
    ]
    debt = [replace(cell, segment=DEBT, row_count=449, null_quantile=0.07, psi=(cell.psi or 0) * 1.1) for cell in cells]
    return (*cells, score, *debt, *few)


def a_system_of_loans(**changes: Any) -> MonitoredSystem:
    entry = a_system(
        system_id="loans",
        name="Consumer loan scoring",
        timezone=ZONE,
        owners={
            "product_owner": "product.owner@bank.example",
            "operations_lead": "operations.lead@bank.example",
            "model_owner": "model.owner@bank.example",
        },
    )
    predictions = PredictionSpec(
        a_source(source_id="loans", path="data/loans.parquet"), entry.feeds[0].occurred_at, score="score", label="bad"
    )
    monitoring = MonitoringSpec(YEAR_2009.start_on, YEAR_2009.end_on, WindowKind.MONTH, training_deployment="retrain-loans/weekly")
    return replace(MonitoredSystem(entry, predictions, monitoring), **changes)


def a_loan_reference() -> ReferenceProfile:
    columns = loan_columns()
    cells = tuple(CellCounts(told.bins.name, WHOLE, told.before) for told in columns)
    profile = WindowProfile(
        YEAR_2009, 4716, ((WHOLE, 4716), (TERM_36, 4716), (DEBT, 2210)), cells, day_rows=(393, *(0,) * 29) * 12 + (0,) * 5
    )
    return ReferenceProfile("loans", ZONE, datetime(2010, 1, 4, tzinfo=UTC), tuple(told.bins for told in columns), profile, ("1.3.0",))


def a_loan_window() -> WindowProfile:
    cells = tuple(CellCounts(told.bins.name, WHOLE, told.now, new_levels=told.new_levels) for told in loan_columns())
    return WindowProfile(MAY, 947, ((WHOLE, 947), (TERM_36, 777), (TERM_60, 170), (DEBT, 449)), cells, day_rows=(30,) * 31)


def some_outcomes() -> tuple[WindowOutcomes, ...]:
    """Return the newest window that is old enough for most of its outcomes to be known."""
    month = Window(date(2009, 1, 1), date(2009, 2, 1))
    bins = (ScoreBin(180, 16.2, 15.0, 13.0, 30.0, 165), ScoreBin(160, 28.8, 31.0, 24.0, 60.0, 130))
    whole = SegmentOutcomes(WHOLE, 380, 380, 53.2, 40.1, 330.0, bins, 512.0)
    return (WindowOutcomes(month, LabelKind.BINARY, JUNE_FIRST, (whole,)),)


def a_past(month: int, **changes: Any) -> PastWindow:
    window = window_of(date(2010, month, 1), WindowKind.MONTH)
    base = PastWindow(window, datetime(2010, month + 1, 1, 13, tzinfo=UTC), a_loan_reference().digest, True)
    return replace(base, **changes)


def a_loan_history() -> TriggerHistory:
    """Return January to April: ``verification_status`` drifted for two months and cleared after two clean ones."""
    status, seen = frozenset({"verification_status|all rows"}), frozenset({"data_quality|emp_length|unseen_level"})
    asked = TriggerRequest(
        "sha256:" + "1c" * 32,
        TriggerAction.INVESTIGATE,
        (TriggerKind.DATA_DRIFT,),
        "verification_status drifted",
        date(2010, 1, 1),
        date(2010, 2, 1),
    )
    january = a_past(1, over=status, drifted=status, conditions=seen | {"drift|verification_status"}, requests=(asked,))
    february = a_past(2, over=status, drifted=status, conditions=seen | {"drift|verification_status"})
    march = a_past(3, drifted=status, not_evaluated=frozenset({"revol_util|all rows"}), conditions=seen | {"drift|verification_status"})
    return TriggerHistory(
        118, (january, february, march, a_past(4, conditions=seen)), {asked.request_id: datetime(2010, 2, 18, 16, tzinfo=UTC)}
    )


def may_inputs(**changes: Any) -> TriggerInputs:
    base = TriggerInputs(
        a_system_of_loans(),
        JUNE_FIRST,
        date(2010, 6, 1),
        MAY,
        WindowKind.MONTH,
        POLICIES,
        a_loan_history(),
        a_loan_reference(),
        a_loan_window(),
        None,
        some_outcomes(),
        342,
        JUNE_FIRST,
    )
    return replace(base, **changes)


def may_triggers() -> tuple[Trigger, ...]:
    investigate, retrain = TriggerAction.INVESTIGATE, TriggerAction.RETRAIN
    return (
        Trigger(
            TriggerKind.DATA_DRIFT,
            investigate,
            True,
            "drifted",
            "term drifted over all rows: PSI 1.42, threshold 0.20",
            ("term|all rows",),
            DriftKind.DATA,
        ),
        Trigger(
            TriggerKind.DATA_DRIFT,
            investigate,
            False,
            "quiet",
            "the score stayed within its threshold in every segment that was judged",
            (),
            DriftKind.PREDICTION,
        ),
        Trigger(
            TriggerKind.PERFORMANCE_DROP,
            retrain,
            False,
            "quiet",
            "on outcomes known by now the model is as good as in its reference",
            (),
            DriftKind.CONCEPT,
        ),
        Trigger(
            TriggerKind.QUALITY_DROP,
            TriggerAction.REVIEW_DATASET,
            False,
            "too_few",
            "expected two quarters with known outcomes, found one; it can be told from October on",
            not_evaluated=True,
        ),
        Trigger(TriggerKind.NEW_LABELS, retrain, False, "quiet", "342 outcomes are new since training, fewer than 10,000"),
        Trigger(TriggerKind.SCHEDULE, retrain, False, "not_configured", "no schedule is set for this system"),
        Trigger(TriggerKind.INCIDENTS, TriggerAction.RCA_REVIEW, False, "quiet", "0 incidents in 30 days, at most 3 are allowed"),
        Trigger(TriggerKind.POLICY_CHANGE, TriggerAction.REASSESS_CONTROLS, False, "quiet", "no policy or law took effect in this window"),
    )


def may_decision(**changes: Any) -> TriggerDecision:
    """Return the decision of the run of 1 June 2010 about May."""
    base = TriggerDecision(
        kind="retraining_triggers",
        system="loans",
        as_of=JUNE_FIRST,
        verdict=Verdict.FAIL,
        reasons=(Reason("drift", "term drifted over all rows"),),
        findings=(),
        not_evaluated=(
            NotEvaluated("term=60", "too_few", "170 rows where the reference had none; freeze a new reference once this product is wanted"),
        ),
        inputs=(InputDigest("loans.parquet", "sha256:" + "ab" * 32), InputDigest("reference", a_loan_reference().digest)),
        policy_digest="sha256:" + "0" * 64,
        knowledge_cut=KnowledgeCut(118, JUNE_FIRST),
        window=MAY,
        window_kind=WindowKind.MONTH,
        reference_digest=a_loan_reference().digest,
        row_count=947,
        cells=may_cells(),
        triggers=may_triggers(),
        requests=(a_request(),),
        withheld=(
            Withheld(
                TriggerAction.RETRAIN,
                "immature_labels",
                "34 % of outcomes are known, at least 80 % are asked before a loss counts as measured",
            ),
        ),
        conditions=("data_quality|emp_length|unseen_level", "drift|term"),
        opened=("drift|term",),
        memory=TriggerMemory(
            seen=frozenset({"drift|term", "data_quality|emp_length|unseen_level"}), since=(("drift|term", date(2010, 5, 1)),)
        ),
        cleared=("drift|verification_status",),
        data_quality=(
            Finding(
                "data_quality",
                "emp_length",
                Verdict.FAIL,
                "unseen_level",
                "emp_length: 3.7 % of 947 rows have levels that the reference of 4,716 rows never had, "
                "expected at most 1.0 % (n/a 35); ask the source how it codes them",
                True,
                0.037,
                0.0,
                0.01,
                None,
                947,
            ),
        ),
        performance=some_performance(),
        performance_not_evaluated=(NotEvaluated("term=60", "too_few", "0 of 170 outcomes are known, expected at least 136"),),
        expected_false_alarms_per_month=0.031,
    )
    return replace(base, **changes)


def a_measure(
    measure: str, segment: str, value: float, baseline: float, interval: tuple[float, float], n: int, verdict: Verdict = Verdict.PASS
) -> Finding:
    reason = f"{segment}: {100 * value:.1f} % observed against {100 * baseline:.1f} % predicted, of {n:,}; January to March 2009"
    return Finding("performance", segment, verdict, measure, reason, True, value, baseline, 1.2 * baseline, interval, n)


def some_performance() -> tuple[Finding, ...]:
    return (
        a_measure("calibration", "all rows", 0.135, 0.132, (0.103, 0.176), 340),
        a_measure("calibration", "purpose=car", 0.11, 0.12, (0.03, 0.25), 108),
        a_measure("auc", "all rows", 0.651, 0.657, (0.612, 0.69), 340),
        a_measure("estimated_accuracy", "all rows", 0.861, 0.866, (0.84, 0.88), 947),
    )


def a_quiet_decision() -> TriggerDecision:
    """Return a month in which nothing happened and everything could be judged."""
    cells = tuple(
        replace(cell, state=CellState.QUIET, because="", psi=min(cell.psi or 0.02, 0.02)) for cell in may_cells() if cell.segment == WHOLE
    )
    triggers = tuple(replace(one, fired=False, not_evaluated=False, reason="as before") for one in may_triggers())
    return may_decision(
        verdict=Verdict.PASS,
        cells=cells,
        triggers=triggers,
        requests=(),
        withheld=(),
        conditions=(),
        opened=(),
        cleared=(),
        data_quality=(),
        not_evaluated=(),
        performance_not_evaluated=(),
    )


def a_loss_decision() -> TriggerDecision:
    """Return the month in which the new product's outcomes were known: it ends badly far more often than predicted, unseen in the total."""
    asked = a_request(
        action=TriggerAction.RETRAIN,
        triggers=(TriggerKind.DATA_DRIFT, TriggerKind.PERFORMANCE_DROP),
        reason="term drifted, and term=60 ends badly in 23.2 % of 1,264 against 16.0 % predicted",
        data_from=date(2010, 5, 1),
        data_to=date(2010, 11, 1),
    )
    fail = Verdict.FAIL
    performance = (
        a_measure("calibration", "all rows", 0.151, 0.134, (0.143, 0.159), 7204),
        a_measure("calibration", "term=60", 0.232, 0.16, (0.209, 0.256), 1264, fail),
        a_measure("calibration", "term=36", 0.129, 0.128, (0.12, 0.138), 5940),
        a_measure("calibration", "purpose=car", 0.11, 0.12, (0.08, 0.15), 408),
        a_measure("calibration", "purpose=small_business", 0.27, 0.2, (0.2, 0.35), 190, Verdict.INCONCLUSIVE),
        a_measure("auc", "all rows", 0.638, 0.657, (0.629, 0.682), 7204),
        a_measure("estimated_accuracy", "all rows", 0.861, 0.866, (0.84, 0.88), 947),
    )
    worse = "performance|calibration|term=60"
    return may_decision(
        requests=(asked,),
        performance=performance,
        withheld=(),
        conditions=("data_quality|emp_length|unseen_level", "drift|term", worse),
        opened=(worse,),
        cleared=(),
        memory=TriggerMemory(
            seen=frozenset({worse, "drift|term", "data_quality|emp_length|unseen_level"}),
            since=((worse, date(2010, 8, 1)), ("drift|term", date(2010, 5, 1))),
        ),
    )


def a_large_decision(columns: int = 100, segments: int = 30) -> tuple[TriggerDecision, TriggerInputs]:
    """Return many columns in many segments, every third of which is over its threshold, after twenty earlier windows."""
    names = [f"column_{number:03d}" for number in range(columns)]
    parts = [WHOLE, *(Segment("region", f"R{number:02d}") for number in range(segments))]
    states = (CellState.QUIET, CellState.DRIFTED, CellState.OVER)
    cells = tuple(
        a_drift_cell(name, segment, state=states[(place + number) % 3], psi=((place + number) % 3) * 0.25 + 0.01)
        for place, name in enumerate(names)
        for number, segment in enumerate(parts)
    )
    over = frozenset(cell.key for cell in cells if cell.is_over)
    days = [date(2008 + month // 12, month % 12 + 1, 1) for month in range(20)]
    windows = tuple(replace(a_past(1), window=window_of(day, WindowKind.MONTH), over=over) for day in days)
    bins = tuple(a_category(name, tuple(f"level {number}" for number in range(40))) for name in names)
    counts = tuple(CellCounts(name, segment, (*range(40), 0, 3, 1)) for name in names for segment in parts)
    reference = replace(a_loan_reference(), columns=bins, profile=a_profile(*counts, window=YEAR_2009))
    inputs = may_inputs(reference=reference, profile=a_profile(*counts, window=MAY), history=TriggerHistory(900, windows))
    performance = tuple(a_measure("calibration", segment.name, 0.2, 0.15, (0.18, 0.22), 400, Verdict.FAIL) for segment in (*parts, *parts))
    conditions = tuple(f"drift|{name}" for name in names)
    return may_decision(cells=cells, performance=performance, conditions=conditions, opened=(), cleared=()), inputs


def an_unjudged_decision() -> TriggerDecision:
    """Return a window with rows of which no column could be judged."""
    cells = tuple(
        replace(cell, state=CellState.NOT_EVALUATED, psi=None, threshold=None, null_quantile=None, because="too_few", row_count=12)
        for cell in may_cells()
    )
    return replace(an_empty_decision(), row_count=12, cells=cells, reference_digest=a_loan_reference().digest)


def an_empty_decision() -> TriggerDecision:
    """Return a window without a row and a system without a reference."""
    return may_decision(
        verdict=Verdict.INCONCLUSIVE,
        row_count=0,
        cells=(),
        requests=(),
        withheld=(),
        conditions=(),
        opened=(),
        cleared=(),
        data_quality=(),
        performance=(),
        performance_not_evaluated=(),
        reference_digest="",
        expected_false_alarms_per_month=None,
        inputs=(),
        triggers=tuple(replace(one, fired=False, not_evaluated=True, reason="there is no row to judge") for one in may_triggers()),
        not_evaluated=(
            NotEvaluated("reference", "not_configured", "no reference was frozen; freeze one with `proofloop triggers freeze`"),
        ),
    )


def named_by(texts: Sequence[str]) -> tuple[TriggerDecision, TriggerInputs]:
    """Return a decision with each of ``texts`` in every list at once, over columns, levels and people of these names."""
    decisions = [_hostile_decision(text) for text in texts]
    lists = [field.name for field in fields(TriggerDecision) if isinstance(getattr(decisions[0], field.name), tuple)]
    joined = replace(decisions[0], **{name: tuple(item for one in decisions for item in getattr(one, name)) for name in lists})
    columns = tuple(a_category(text, (text, f"{text} too"), rare_levels=(text,)) for text in texts)
    before, now = (tuple(a_count(text, segment) for text in texts for segment in (WHOLE, Segment(text, text))) for _ in range(2))
    reference = replace(a_loan_reference(), columns=columns, versions=tuple(texts), profile=a_profile(*before, window=YEAR_2009))
    entry = replace(a_system_of_loans().entry, system_id=texts[0], name=texts[0], owners={"model_owner": texts[0]})
    past = a_past(4, requests=tuple(with_text(a_request(), text) for text in texts), conditions=frozenset(joined.conditions))
    inputs = may_inputs(
        reference=reference,
        profile=a_profile(*now, window=MAY),
        history=replace(a_loan_history(), windows=(past,)),
        system=a_system_of_loans(entry=entry, monitoring=replace(a_system_of_loans().monitoring, training_deployment=texts[0])),
    )
    return joined, inputs


def a_run_named_by(texts: Sequence[str]) -> tuple[TriggersDay, tuple[Judged, ...]]:
    """Return a run over one system for each of ``texts``, with the text in every place."""
    days = tuple(SystemDay(text, Verdict.FAIL, MAY, text, text, (with_text(a_request(), text),)) for text in texts)
    judged = tuple(Judged(number, may_inputs(), _hostile_decision(text)) for number, text in enumerate(texts, 1))
    day = TriggersDay(
        kind="triggers_day",
        system="",
        as_of=JUNE_FIRST,
        verdict=Verdict.FAIL,
        reasons=(),
        findings=(),
        not_evaluated=(),
        inputs=(),
        policy_digest=texts[0],
        knowledge_cut=KnowledgeCut(118, JUNE_FIRST),
        business_date=date(2010, 6, 1),
        systems=tuple(texts),
        days=days,
        frozen=(),
    )
    return day, judged


def a_count(column: str, segment: Segment) -> CellCounts:
    return CellCounts(column, segment, (300, 200, 5, 20, 1), new_levels=((column, 20),))


def a_request(**changes: Any) -> TriggerRequest:
    reason = "term drifted over all rows: PSI 1.42, threshold 0.20"
    base = TriggerRequest(REQUEST, TriggerAction.INVESTIGATE, (TriggerKind.DATA_DRIFT,), reason, MAY.start_on, MAY.end_on)
    return replace(base, **changes)


def _hostile_decision(text: str) -> TriggerDecision:
    """Return May's decision with ``text`` in every text; its cells are of all rows of a column of that name, and of a segment of it."""
    cell = a_drift_cell(text, state=CellState.DRIFTED, psi=1.2)
    keys = tuple(f"{kind}|{text}|{text}" for kind in ("data_quality", "performance", "drift"))
    return replace(
        with_text(may_decision(), text),
        cells=(
            cell,
            replace(cell, segment=Segment(text, text)),
            replace(cell, segment=Segment(text, "few"), state=CellState.NOT_EVALUATED, because="too_few"),
        ),
        conditions=keys,
        opened=keys,
        cleared=tuple(f"{key} gone" for key in keys),
    )

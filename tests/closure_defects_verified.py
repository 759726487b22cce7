"""Closures that must be refused because it is not shown that the fix works, or because it harmed others.

Put a defect of the gate verification here. ``tests/closure_defects.py`` has those of the gates before it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from registry.domain.recurrence import SegmentChange
from registry.domain.steps import VerificationKind
from registry.domain.steps_change import EvidenceQuality
from registry.domain.steps_closure import ClosureGate
from registry.domain.work import StepKind
from tests.closure_builders import a_closure, a_shared_effect, a_window, some_work_policies
from tests.closure_documents import ENGINEER
from tests.closure_spoiling import L2, L3, Defect, earlier, placed, told
from tests.closure_story import VERIFIED_AT, a_story
from tests.recurrence_builders import FIX_AT, a_level, a_segment_change

_V, _EVIDENCE, _DAY = ClosureGate.VERIFICATION, StepKind.ADD_EVIDENCE, timedelta(days=1)
_two, _three = a_story(L2), a_story(L3)
_weak = {"kind": VerificationKind.REGRESSION_EVAL}
VERIFICATION = (
    Defect("no evidence", _V, "too_weak", "high", lambda: told(_two.without(_EVIDENCE))),
    Defect("evidence of an earlier occurrence", _V, "too_weak", "high", lambda: told(earlier(_EVIDENCE))),
    Defect("one piece where two are asked", _V, "too_weak", "2 of 2", lambda: told(_two.without(_EVIDENCE, 0))),
    Defect("nothing strong", _V, "too_weak", "high", lambda: told(_two.changed(_EVIDENCE, 0, **_weak).changed(_EVIDENCE, 1, **_weak))),
    Defect("one strong piece at L3", _V, "too_weak", "2 of 2 at L3", lambda: told(_three.changed(_EVIDENCE, 1, **_weak), L3)),
    Defect(
        "no production KRI at L3",
        _V,
        "no_production_kri",
        "production KRI",
        lambda: told(_three.changed(_EVIDENCE, 0, kind=VerificationKind.SHADOW_OR_CANARY), L3),
    ),
    Defect("measured before the release", _V, "before_release", "production kri", lambda: told(_two.at(_EVIDENCE, FIX_AT - _DAY, place=0))),
    Defect("recorded before the plan", _V, "older_plan", "present plan", lambda: told(placed(_EVIDENCE, last=False))),
    Defect("evidence of last year", _V, "stale_evidence", "2021-04-15", lambda: a_closure(as_of=VERIFIED_AT + 300 * _DAY)),
    Defect("evidence of tomorrow", _V, "stale_evidence", "2022", lambda: told(_two.at(_EVIDENCE, VERIFIED_AT + 365 * _DAY))),
    Defect(
        "one piece twice",
        _V,
        "same_piece",
        "again",
        lambda: told(_two.changed(_EVIDENCE, 1, pointers=("https://analyses.bank.example/production_kri",))),
    ),
    Defect(
        "a figure compared with itself",
        _V,
        "same_figure",
        "itself",
        lambda: told(_two.changed(_EVIDENCE, after="12 in 9,000, December to February")),
    ),
    Defect("evidence without a place", _V, "empty_evidence", "where", lambda: told(_two.changed(_EVIDENCE, pointers=()))),
    Defect("evidence that says nothing", _V, "empty_evidence", "summary", lambda: told(_two.changed(_EVIDENCE, summary="tbd"))),
    Defect(
        "a weaker figure after",
        _V,
        "weaker_after",
        "E1",
        lambda: told(_two.changed(_EVIDENCE, quality_before=EvidenceQuality.INSTRUMENTED, quality_after=EvidenceQuality.ANECDOTAL)),
    ),
    Defect(
        "customers restored is no fix",
        _V,
        "too_weak",
        "none",
        lambda: told(_two.changed(_EVIDENCE, 0, kind=VerificationKind.CUSTOMER_REMEDIATION)),
    ),
    Defect(
        "verified by who made the change",
        _V,
        "own_evidence",
        ENGINEER,
        lambda: told(_two.at(_EVIDENCE, VERIFIED_AT, ENGINEER, 0).at(_EVIDENCE, VERIFIED_AT, ENGINEER, 1)),
    ),
    Defect("kinds without a strength", _V, "unknown_strength", "row", lambda: a_closure(work=replace(some_work_policies(), evidence=()))),
    Defect("no window counted", _V, "no_figures", "window", lambda: a_closure(window=None)),
    Defect(
        "nothing decided since",
        _V,
        "no_figures",
        "after",
        lambda: a_closure(window=a_window(segments=_changes(after=a_level(exposure_count=0)))),
    ),
    Defect(
        "nothing known of before",
        _V,
        "no_figures",
        "before",
        lambda: a_closure(window=a_window(segments=_changes(before=a_level(day_count=0)))),
    ),
    Defect(
        "the window compared with itself",
        _V,
        "compared_with_itself",
        "twice",
        lambda: a_closure(window=a_window(segments=_changes(after=a_level()))),
    ),
    Defect("the whole alone", _V, "no_segments", "segment", lambda: a_closure(window=a_window(segments=_changes()[:1]))),
    Defect(
        "another product became worse",
        _V,
        "adverse_segment",
        "Debit card",
        lambda: a_closure(window=a_window(segments=(*_changes(), _worse("product", "Debit card")))),
    ),
    Defect(
        "a segment that is no number",
        _V,
        "adverse_segment",
        "Web",
        lambda: a_closure(
            window=a_window(segments=(*_changes(), a_segment_change(name="channel", value="Web", interval=(float("nan"), 1.0))))
        ),
    ),
    Defect(
        "another system became worse",
        _V,
        "adverse_system",
        "loan_assistant",
        lambda: a_closure(shared=(a_shared_effect(change=_worse("system", "loan_assistant")),)),
    ),
    Defect(
        "another system is not watched",
        _V,
        "shared_unknown",
        "loan_assistant",
        lambda: a_closure(shared=(a_shared_effect(change=a_segment_change(after=a_level(exposure_count=0))),)),
    ),
)


def _changes(**levels: Any) -> tuple[SegmentChange, ...]:
    """Return the whole with other levels, and a segment that did not change."""
    return (a_segment_change(**levels), a_segment_change(name="product", value="Prepaid card"))


def _worse(name: str, value: str) -> SegmentChange:
    return a_segment_change(name=name, value=value, before=a_level(), after=a_level(occurrence_count=60, exposure_count=6_000))

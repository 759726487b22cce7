"""A run over every window in one answer: the worst of what it decided, and what stands in its way.

Put here how the decisions of many windows become one verdict. One window is ``recurrence.py``, the indicators are ``indicators.py``.

The rules, strictest first:
 * FAIL: something came back after a fix.
 * INCONCLUSIVE: a window is still watched, suspended, not open yet, or over without evidence; or what was found on the way is in doubt (a
   package that is not sealed yet, a copy that lags).
 * Without a window there was nothing to judge: INCONCLUSIVE, and it says so.
 * PASS: every window that was looked at is clean.
 * Key risk indicators are told beside; what they mean for a window is the window's own business.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from checks.verdict import find_reasons, grouped, judge_overall
from registry.domain.decision import Finding, KnowledgeCut, NotEvaluated, Reason, Verdict
from registry.domain.recurrence import Indicator, Light, WindowDecision
from registry.domain.recurrence_run import RecurrenceDay, RecurrencePlan

WINDOW, INDICATOR = "recurrence", "indicator"
_CLEAN = Reason("clean", "every window that was looked at is clean")
_NOTHING = Finding(WINDOW, "*", Verdict.INCONCLUSIVE, "no_window", "no issue has a fix in force whose window could be judged")
_LIGHTS = {Light.GREEN: Verdict.PASS, Light.AMBER: Verdict.INCONCLUSIVE, Light.RED: Verdict.FAIL, Light.UNKNOWN: Verdict.INCONCLUSIVE}


def judge_recurrence_day(
    plan: RecurrencePlan,
    windows: Sequence[WindowDecision],
    indicators: Sequence[Indicator],
    events: int,
    findings: tuple[Finding, ...] = (),
) -> RecurrenceDay:
    """Return the summary of a run over ``windows``; ``events`` is the newest event that it knows."""
    day = RecurrenceDay(
        kind="recurrence_day",
        system=plan.system_ids[0] if len(plan.system_ids) == 1 else "*",
        as_of=plan.as_of,
        verdict=Verdict.INCONCLUSIVE,
        reasons=(),
        findings=(),
        not_evaluated=(),
        inputs=(),
        policy_digest=plan.policy.digest,
        knowledge_cut=KnowledgeCut(events, plan.data_before),
        business_date=plan.business_date,
        systems=plan.system_ids,
        windows=tuple(windows),
        indicators=tuple(indicators),
    )
    return summarize(day, findings)


def summarize(day: RecurrenceDay, findings: tuple[Finding, ...]) -> RecurrenceDay:
    """Return ``day`` with what its windows, its indicators and ``findings`` of the run add up to."""
    found = (*_of_windows(day.windows), *findings, *(_of_indicator(one) for one in day.indicators))
    verdict = judge_overall(found)
    return replace(
        day,
        verdict=verdict,
        reasons=(_CLEAN,) if verdict is Verdict.PASS else grouped(find_reasons(found)),
        findings=found,
        not_evaluated=tuple(_not_evaluated(day.windows, day.indicators)),
        inputs=tuple(dict.fromkeys(digest for window in day.windows for digest in window.inputs)),
    )


def _of_windows(windows: Sequence[WindowDecision]) -> Iterator[Finding]:
    if not windows:
        yield _NOTHING
    for window in windows:
        told = "; ".join(reason.text for reason in window.reasons) or f"{window.title}: the window is {window.outcome}"
        yield Finding(WINDOW, window.issue_id, window.verdict, window.outcome.value, told, n=len(window.occurrences))


def _of_indicator(one: Indicator) -> Finding:
    subject = f"{one.system_id}: {one.kind}"
    code = f"{one.kind}_{one.light}"
    return Finding(INDICATOR, subject, _LIGHTS[one.light], code, one.reason, blocking=False, value=one.value, limit=one.limit, n=one.n)


def _not_evaluated(windows: Sequence[WindowDecision], indicators: Sequence[Indicator]) -> Iterator[NotEvaluated]:
    for window in windows:
        for one in window.not_evaluated:
            yield NotEvaluated(f"{window.issue_id}: {one.subject}", one.reason_code, one.reason)
    for indicator in indicators:
        if indicator.light is Light.UNKNOWN:
            yield NotEvaluated(f"{indicator.system_id}: {indicator.kind}", "no_data", indicator.reason)

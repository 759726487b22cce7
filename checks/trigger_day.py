"""A run over the watched systems in one answer: the worst of what it decided, what stands from before, and what is missing.

Put here how the decisions of many windows become one verdict. One window is ``checks/retraining.py``.

The rules, strictest first:
 * No system is watched: INCONCLUSIVE, ``not_configured``; nothing was looked at.
 * A system counts with the worst of its windows of this run, and a wrong reference with them.
 * A system without a new window counts with what its newest decision left standing; one that was never judged is INCONCLUSIVE.
 * A system of which the run leaves windows out for good is no better than INCONCLUSIVE in that run. So is one that has an unsettled window
   among those that persistence looks back on, in every run until that window is older: what it holds would count for what is decided now.
 * What was found on the way (a package that is not sealed yet, a copy that lags) counts as everywhere: PASS needs all of it to be well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from checks.trigger_references import find_reference_changes
from checks.verdict import badness, find_reasons, grouped, judge_overall
from registry.domain.decision import Finding, InputDigest, KnowledgeCut, NotEvaluated, Reason, Verdict
from registry.domain.monitoring import Window, WindowKind, last_window_before, window_of
from registry.domain.times import start_of_day
from registry.domain.trigger_run import Judged, SystemDay, SystemKnown, SystemRead, TriggerPlan, TriggersDay
from registry.domain.trigger_windows import due_windows

CHECK = "triggers"
_NOBODY = Finding(
    CHECK, "*", Verdict.INCONCLUSIVE, "not_configured", "no system of the catalogue is watched; add predictions and monitoring to one"
)
_QUIET = Reason("nothing_asked", "every watched system was judged, and nothing is asked for")


def judge_system_day(
    plan: TriggerPlan, known: SystemKnown, read: SystemRead, judged: Sequence[Judged], records: Sequence[str]
) -> SystemDay:
    """Return one system's line of the run; ``records`` are the files of its decisions, in the order of ``judged``."""
    day = _of_windows(known, read, judged, records)
    if not (left_out := tuple(_left_out(plan, known, read, judged))):
        return day
    verdict = max(day.verdict, Verdict.INCONCLUSIVE, key=badness)
    return replace(day, verdict=verdict, reason="; ".join((*left_out, day.reason)), left_out=left_out)


def _of_windows(known: SystemKnown, read: SystemRead, judged: Sequence[Judged], records: Sequence[str]) -> SystemDay:
    system_id = known.system.entry.system_id
    if judged:
        worst = max(judged, key=lambda one: badness(one.decision.verdict))
        newest = judged[-1].decision.window
        requests = tuple(request for one in judged for request in one.decision.requests)
        return SystemDay(system_id, worst.decision.verdict, newest, records[-1], _told(worst.decision.reasons), requests)
    findings = (*find_reference_changes(known.system, known.frozen, None), *read.reference.findings)
    if findings:
        return SystemDay(system_id, Verdict.INCONCLUSIVE, None, "", "; ".join(finding.reason for finding in findings))
    if known.standing is not None:
        return known.standing
    first = known.frozen.reference_to if known.frozen else known.system.monitoring.reference_to
    kind = known.system.monitoring.window
    text = f"no {kind} has ended and arrived since its reference, the days before {first}; the first one is waited for"
    return SystemDay(system_id, Verdict.INCONCLUSIVE, None, "", text)


def _left_out(plan: TriggerPlan, known: SystemKnown, read: SystemRead, judged: Sequence[Judged]) -> Iterator[str]:
    """Yield what the run does not judge and what that means, newest windows last."""
    kind, most = known.system.monitoring.window, plan.policies.requests.catch_up_windows
    if read.skipped:
        yield (
            f"{_span(read.skipped, kind)} not judged, and no run will: {most} {kind}s are caught up; to have them judged after all, raise "
            "catch_up_windows of the policy; this is said once"
        )
    told = {one.decision.window for one in judged}
    newest = last_window_before(read.data_before_on, kind)
    counted = plan.policies.drift.persistence[kind].of_windows
    recent = due_windows(window_of(known.system.monitoring.reference_from, kind), newest, kind, counted)
    waiting = [one.window for one in known.history.windows if one.window in recent and one.window not in told and not one.settled]
    if waiting:
        yield (
            f"{_span(waiting, kind)} not settled: not to be judged, or short of rows, and still so; read again in every run for {most} "
            f"{kind}s, and no run passes while they are among the last {counted}, which persistence counts"
        )


def _span(windows: Sequence[Window], kind: WindowKind) -> str:
    told = f"{len(windows)} {kind}s" if len(windows) > 1 else f"1 {kind}"
    return f"{told} from {windows[0].start_on} until {windows[-1].end_on}"


def judge_triggers_day(
    plan: TriggerPlan,
    days: Sequence[SystemDay],
    frozen: Sequence[str],
    inputs: tuple[InputDigest, ...],
    events: int,
    findings: tuple[Finding, ...] = (),
) -> TriggersDay:
    """Return the summary of a run: ``days`` are its systems, ``frozen`` those whose reference it froze."""
    found = (*_findings(days), *findings)
    verdict = judge_overall(found)
    return TriggersDay(
        kind="triggers_day",
        system=days[0].system if len(days) == 1 else "*",
        as_of=plan.as_of,
        verdict=verdict,
        reasons=(_QUIET,) if verdict is Verdict.PASS else grouped(find_reasons(found)),
        findings=found,
        not_evaluated=tuple(_not_evaluated(days)),
        inputs=inputs,
        policy_digest=plan.policies.digest,
        knowledge_cut=KnowledgeCut(events, start_of_day(plan.business_date, plan.zone)),
        business_date=plan.business_date,
        systems=tuple(day.system for day in days),
        days=tuple(days),
        frozen=tuple(frozen),
    )


def _findings(days: Sequence[SystemDay]) -> Iterator[Finding]:
    if not days:
        yield _NOBODY
    for day in days:
        yield Finding(CHECK, day.system, day.verdict, _code(day), day.reason)


def _code(day: SystemDay) -> str:
    if day.verdict is Verdict.PASS:
        return "nothing_asked"
    if day.verdict is Verdict.FAIL:
        return "asked" if day.requests else "stands"
    if day.left_out:
        return "windows_left_out"
    return "not_judged" if day.record else "no_window"


def _not_evaluated(days: Sequence[SystemDay]) -> Iterator[NotEvaluated]:
    for day in days:
        if day.verdict is Verdict.INCONCLUSIVE:
            yield NotEvaluated(day.system, _code(day), day.reason)


def _told(reasons: Sequence[Reason]) -> str:
    return "; ".join(reason.text for reason in reasons) or "nothing is asked for"

"""A run over the watched systems in one answer: the worst of what it decided, what stands from before, and what is missing.

Put here how the decisions of many windows become one verdict. One window is ``checks/retraining.py``.

The rules, strictest first:
 * No system is watched: INCONCLUSIVE, ``not_configured``; nothing was looked at.
 * A system counts with the worst of its windows of this run, and a wrong reference with them.
 * A system without a new window counts with what its newest decision left standing; one that was never judged is INCONCLUSIVE, and one
   of which no window was judged since a person froze another reference.
 * A system of which the run leaves windows out, or waits for them, is no better than INCONCLUSIVE (``trigger_left_out.py``).
 * What was found on the way (a package that is not sealed yet, a copy that lags) counts as everywhere: PASS needs all of it to be well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from checks.trigger_left_out import find_left_out, reference_to
from checks.trigger_references import find_reference_changes
from checks.verdict import badness, find_reasons, grouped, judge_overall
from registry.domain.decision import Finding, InputDigest, KnowledgeCut, NotEvaluated, Reason, Verdict
from registry.domain.times import start_of_day
from registry.domain.trigger_run import Judged, SystemDay, SystemKnown, SystemRead, TriggerPlan, TriggersDay

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
    if not (left_out := tuple(find_left_out(plan, known, read, judged))):
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
    if known.standing is not None and not _is_of_another_reference(known):
        return known.standing
    kind = known.system.monitoring.window
    text = f"no {kind} has ended and arrived since its reference, the days before {reference_to(known, read)}; the first one is waited for"
    if known.standing is not None:
        text = f"the first {kind} of the new reference is waited for; what was decided before is of the reference that it replaced"
    return SystemDay(system_id, Verdict.INCONCLUSIVE, None, "", text)


def _is_of_another_reference(known: SystemKnown) -> bool:
    """Return whether a person froze a reference since the newest window was decided; one that could not be read has no digest."""
    counts = known.frozen.counts_digest if known.frozen else ""
    return bool(counts and known.history.windows) and known.history.windows[-1].reference_digest not in ("", counts)


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

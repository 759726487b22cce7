"""Recurrence window: has the problem stayed away long enough, with enough exposure, to call the fix effective?

Put a rule here when it says what follows from everything that was found. Counting belongs to ``recurrence_days.py`` and
``recurrence_occurrences.py``, weighing to ``recurrence_evidence.py``.

The rules, in the order the code applies them:
 * A decision of the fix that shows the problem means it came back, however late it was reported, whether the window is open or not; so does
   a rate that is above its limit for certain. It comes back more severe, as far as the policy says.
 * Without an effective fix no window is open.
 * A window that nobody looks at is suspended; no day that was not observed is evidence of quiet.
 * Where every feed of the symptom left the catalogue, the same but for civil days: once they are over it ends without evidence.
 * It is clean when everything holds at once: coverage, floor, lateness over, and evidence.
 * Where its days are over and nothing more will show anything, or it waited as many floors as the policy says, it ends without evidence:
   somebody may accept that by name, and nobody else can.
 * Feeds that are judged apart are each judged so; the worst of them is how the window stands.
 * Where the policy was changed meanwhile, the stricter of each number holds; reports are waited for as long as they took before.
 * Everything else is watched on. CLEAN alone is a PASS, a return alone a FAIL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from checks.recurrence_days import required_days, watch_days
from checks.recurrence_evidence import weigh
from checks.recurrence_feeds import ends_unread_on
from checks.recurrence_findings import DAY_UNIT, Found, find_findings
from checks.recurrence_fix import find_standing
from checks.recurrence_groups import worst_of
from checks.recurrence_left_out import find_not_evaluated
from checks.recurrence_occurrences import as_occurrences, find_before, find_late, find_returns
from checks.recurrence_policy import find_changed, find_lost, find_other_counts, policy_of
from checks.recurrence_reports import find_slow_reports, waits_days
from checks.recurrence_segments import find_segments
from checks.recurrence_taken_back import weigh_gaps
from checks.verdict import find_reasons, judge_overall
from registry.domain.decision import Finding, InputDigest, KnowledgeCut, NotEvaluated, Verdict
from registry.domain.exposure import EffectKind
from registry.domain.recurrence import Outcome, WindowDecision, WindowInputs

_LISTED = 100  # of signals that are counted one by one; a rate has thousands


def judge_window(inputs: WindowInputs) -> WindowDecision:
    """Return how the window of one issue stands: by all of its feeds together, or by the worst where some are judged apart."""
    judged = [_judged_as_held(one) for one in (inputs, *inputs.beside)]
    return worst_of(judged) if inputs.beside else judged[0]


def _judged_as_held(inputs: WindowInputs) -> WindowDecision:
    held = replace(inputs, policy=policy_of(inputs))
    return _judged(replace(held, lateness_days=waits_days(held)), (*find_changed(inputs), *find_slow_reports(held)))


def _judged(inputs: WindowInputs, told: tuple[NotEvaluated, ...]) -> WindowDecision:
    found = _find(inputs)
    findings = (*find_findings(inputs, found), *find_lost(inputs), *find_other_counts(inputs))
    outcome = _outcome(inputs, found, findings)
    is_back, weighed, watched = outcome is Outcome.RECURRED, found.weighed, found.watched
    raised = inputs.severity.raised(inputs.policy.on_return.raise_levels, inputs.policy.on_return.max_severity)
    listed = _LISTED if inputs.effect.kind is EffectKind.RATE else max(_LISTED, len(found.returns), len(found.late))
    return WindowDecision(
        **_common(inputs, findings, (*find_not_evaluated(inputs, listed, found), *told)),
        issue_id=inputs.issue_id,
        title=inputs.title,
        severity=inputs.severity,
        purpose=inputs.purpose,
        outcome=outcome,
        zone=inputs.zone,
        business_date=inputs.business_date,
        effective=found.effective,
        observed_days=len(watched.observed),
        elapsed_days=len(watched.due),
        required_days=required_days(inputs),
        extended_days=watched.extended_count,
        coverage_ratio=watched.coverage_ratio,
        exposure=weighed.after.exposure_count,
        required_exposure=weighed.required,
        unit=inputs.unit or DAY_UNIT,
        effect=inputs.effect,
        limit=weighed.limit,
        before=weighed.before,
        after=weighed.after,
        normal=weighed.normal,
        occurrences=tuple(as_occurrences(found.returns[-listed:], found.taken_back.gaps, is_late=False)),
        late=tuple(as_occurrences(found.late[-listed:], (), is_late=True)),
        bound=weighed.bound,
        segments=find_segments(inputs, weighed),
        floor_on=watched.floor_on,
        closes_on=watched.closes_on or _ends_unread_on(inputs, found),
        missing=() if is_back else tuple(one.reason for one in findings if one.verdict is Verdict.INCONCLUSIVE),
        severity_after=raised if is_back else inputs.severity,
        feeds=inputs.feeds,
        holder=weighed.holder if inputs.effect.kind is EffectKind.ABSENCE else None,
    )


def _common(inputs: WindowInputs, findings: tuple[Finding, ...], not_evaluated: tuple[NotEvaluated, ...]) -> dict[str, Any]:
    """Return what every decision carries, whatever its kind."""
    return {
        "kind": "recurrence_window",
        "system": inputs.system_id,
        "as_of": inputs.as_of,
        "verdict": judge_overall(findings),
        "reasons": find_reasons(findings),
        "findings": findings,
        "not_evaluated": not_evaluated,
        "inputs": tuple(InputDigest("exposure", digest) for digest in sorted(inputs.exposure_digests)),
        "policy_digest": inputs.policy.digest,
        "knowledge_cut": KnowledgeCut(inputs.events, inputs.data_before),
    }


def _find(inputs: WindowInputs) -> Found:
    fix = find_standing(inputs)
    returns, watched = find_returns(inputs, fix), watch_days(inputs, fix.effective.start_on or inputs.business_date)
    weighed = weigh(inputs, watched, fix.effective.effective_at, find_before(inputs, returns), returns)
    return Found(fix.effective, fix.code, watched, weighed, returns, find_late(inputs, returns), weigh_gaps(inputs, fix, returns, weighed))


def _outcome(inputs: WindowInputs, found: Found, findings: Sequence[Finding]) -> Outcome:
    codes = {one.reason_code for one in findings if one.verdict is not Verdict.PASS}
    verdict = judge_overall(findings)
    if verdict is Verdict.FAIL:
        return Outcome.RECURRED
    if found.code:
        return Outcome.NOT_OPEN
    unread_on = _ends_unread_on(inputs, found)
    is_unread = unread_on is not None and unread_on <= inputs.business_date
    if "suspended" in codes and not is_unread:
        return Outcome.SUSPENDED
    if verdict is Verdict.PASS:
        return Outcome.CLEAN
    is_over = found.watched.closes_on is not None and found.watched.closes_on <= inputs.business_date
    shows_no_more = _has_waited(inputs, found) or (found.weighed.hopeless and "low_coverage" not in codes)
    ends = (is_unread or (is_over and shows_no_more)) and "policy_lost" not in codes
    return Outcome.ELAPSED_UNEVIDENCED if ends else Outcome.WATCHING


def _ends_unread_on(inputs: WindowInputs, found: Found) -> date | None:
    return None if found.code else ends_unread_on(inputs, found.watched.start_on, required_days(inputs))


def _has_waited(inputs: WindowInputs, found: Found) -> bool:
    """Return whether the window has waited for evidence as long as one may."""
    longest = timedelta(days=inputs.policy.watch.unevidenced_after_floors * required_days(inputs))
    return found.watched.start_on + longest <= found.watched.mature_before

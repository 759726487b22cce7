"""Findings of the day beyond its feeds: changes, dips, batches, owners, duties, unjudged rates and earlier parts, a sentence each.

Put the wording and weight of the day's findings here; what is found is decided by the check of its name. Rows that were set aside are
``checks/row_findings.py``.

The rules:
 * What asks somebody to act today is a blocking FAIL; what kept the day from being seen whole is a blocking INCONCLUSIVE.
 * A total is never better than a part of the day that was decided before.
 * A batch is a note: it is named and counted, and stops nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from checks.arrangement import Arrangement
from checks.volume import Dip, dip_level, find_dip
from registry.domain.catalogue import SystemEntry
from registry.domain.decision import Finding, NotEvaluated, Verdict
from registry.domain.history import OpenDip
from registry.domain.triage import Batch, ChangeKind, IssueChange, TriageDay
from registry.domain.triage_run import TriageInputs

_ACT = {ChangeKind.OPENED, ChangeKind.REACTIVATED, ChangeKind.ESCALATED, ChangeKind.ACCEPTANCE_ENDED}


def note_change(change: IssueChange) -> Finding | None:
    """Return the finding of a change that asks somebody to act or to look again; joined and late signals are none."""
    asks = change.kind in _ACT
    if not asks and change.reason_code != "closed_without_fix":
        return None
    spike = change.spike
    return Finding(
        check="issue",
        subject=change.issue.issue_id,
        verdict=Verdict.FAIL if asks else Verdict.INCONCLUSIVE,
        reason_code=f"issue_{change.kind}",
        reason=f"{change.issue.system_id}: {change.issue.title} ({change.issue.severity}): {change.reason}",
        value=float(spike.count) if spike else None,
        baseline=spike.expected if spike else None,
        n=change.signal_count,
    )


def find_dips(inputs: TriageInputs, arrangement: Arrangement) -> tuple[tuple[OpenDip, ...], tuple[Finding, ...]]:
    """Return the dips that are open after the day, and a completeness warning for each."""
    subjects = dict(arrangement.streams)
    for keys in arrangement.streams.values():
        if len(keys) > 1:
            subjects |= {f"{system_id}:{feed}": ((system_id, feed),) for system_id, feed in keys}
    alpha = dip_level(inputs.policies.dip, len(subjects))
    known = {dip.subject: dip for dip in inputs.history.dips}
    found = []
    for subject in sorted(subjects):
        series = arrangement.feed_series(subjects[subject])
        dip = find_dip(subject, series, inputs.business_date, known.get(subject), inputs.policies.dip, alpha)
        found += [dip] if dip else []
    return tuple(dip.state for dip in found), tuple(_dip_finding(dip) for dip in found)


def _dip_finding(dip: Dip) -> Finding:
    since, days = "began" if dip.is_new else "is still low; it began", dip.state.window_days
    seen = f"{dip.count} signals in {days} days against {dip.expected:.0f} expected ({dip.ratio:.0%})"
    if not dip.expected:
        seen = f"none of the last {days} days was observed, so nothing shows a recovery"
    reason = f"{seen}; the dip {since} about {dip.state.since_on}: check that the data are complete before calling this an improvement"
    return Finding(
        check="volume",
        subject=dip.state.subject,
        verdict=Verdict.INCONCLUSIVE,
        reason_code="volume_dip",
        reason=reason,
        value=float(dip.count),
        baseline=dip.expected,
        n=dip.count,
    )


def find_batch_notes(batches: Iterable[Batch]) -> tuple[Finding, ...]:
    """Return one note for each batch: an arrival effect until shown otherwise."""
    return tuple(
        Finding(
            check="batch",
            subject=f"{batch.stream} {batch.on} {batch.channel}",
            verdict=Verdict.PASS,
            reason_code="batch_arrival",
            reason=f"{batch.count} of {batch.day_count} signals of {batch.on} came through {batch.channel}, {batch.expected:.1f} were "
            f"expected there (p {batch.p_value:.1e}): named a batch arrival and set aside from the spike rule",
            blocking=False,
            value=float(batch.count),
            baseline=batch.expected,
            n=batch.day_count,
        )
        for batch in batches
    )


def find_unowned(systems: Sequence[SystemEntry]) -> tuple[Finding, ...]:
    """Return one finding for each system that is not operable because a required owner is missing."""
    return tuple(
        Finding(
            check="owners",
            subject=system.system_id,
            verdict=Verdict.INCONCLUSIVE,
            reason_code="not_operable",
            reason=f"{system.name} has no {', '.join(system.missing_owners)}: name one in its catalogue file before relying on this page",
        )
        for system in systems
        if system.missing_owners
    )


def find_unready(inputs: TriageInputs, arrangement: Arrangement) -> tuple[Finding, ...]:
    """Return one finding for each feed that opens issues on spikes and has too few observed days to tell one."""
    rule = inputs.policies.spike
    end_on = inputs.business_date - timedelta(days=min(rule.window_days))
    start_on = end_on - timedelta(days=rule.baseline_max_days)
    found = []
    for key in sorted(arrangement.specs):
        days = sum(1 for day in arrangement.observed[key] if start_on <= day < end_on)
        if arrangement.specs[key].opens_spike and days < rule.baseline_min_days:
            reason = f"{days} of {rule.baseline_min_days} observed days that a baseline needs: no rise of this feed could be told today"
            found.append(Finding("spike", ": ".join(key), Verdict.INCONCLUSIVE, "baseline_too_short", reason, n=days))
    return tuple(found)


def find_unjudged(skipped: Sequence[NotEvaluated]) -> tuple[Finding, ...]:
    """Return one finding for each symptom that is busy enough to be judged and has too short a past for it."""
    return tuple(Finding("spike", one.subject, Verdict.INCONCLUSIVE, one.reason_code, one.reason) for one in skipped)


def find_parts(days: Iterable[TriageDay]) -> tuple[Finding, ...]:
    """Return one finding for each part of the day that was decided before: a total is never better than its parts."""
    return tuple(
        Finding("part", ", ".join(day.systems), day.verdict, "decided_before", f"decided {day.verdict} before: {day.reasons[0].text}")
        for day in days
    )

"""What is found about one window, one finding for each thing it needs, in words that say what is lacking.

Put here the findings of a window and their reason codes. What follows from them is ``recurrence.py``.

The rules, in the order the code applies them:
 * The fix must be effective.
 * Nothing that should be absent may have come back, and no rate may be above its limit for certain: a FAIL, effective or not, and where
   something came back nothing else is asked.
 * Somebody must be looking, and have looked on enough of the days.
 * The floor of observed days must be reached, and the allowed lateness be over.
 * No more than a few decisions may be told as an older version's since the fix served all traffic: then the version that a row names, or
   the history, is wrong, and what the fix did is among those that do not count.
 * The silence, or the rate, must show something: enough exposure, or an upper bound within the limit; and the value of a segment that the
   issue was held by must have had decisions since.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checks.recurrence_days import Watched, required_days
from checks.recurrence_decisions import as_decisions
from checks.recurrence_evidence import Weighed
from checks.recurrence_rate_text import above_text, rate_evidence
from checks.recurrence_silence_text import silence_evidence
from checks.recurrence_taken_back import TakenBack, returned_text
from registry.domain.decision import Finding, Verdict
from registry.domain.exposure import EffectKind
from registry.domain.issue import EffectiveFix
from registry.domain.recurrence import Seen, WindowInputs

DAY_UNIT = "observed day"


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that was worked out of one window. ``code`` says why the fix is not effective; empty where it is."""

    effective: EffectiveFix
    code: str
    watched: Watched
    weighed: Weighed
    returns: tuple[Seen, ...]
    late: tuple[Seen, ...]
    taken_back: TakenBack

    @property
    def has_returned(self) -> bool:
        return self.weighed.has_returned or self.taken_back.is_above

    @property
    def older(self) -> tuple[Seen, ...]:
        """The issue's own signals about decisions of an older version, made after the fix served all traffic."""
        at = self.effective.effective_at
        return tuple(seen for seen in self.late if at and seen.decided_at >= at and not seen.same_cause_issue)


def find_findings(inputs: WindowInputs, found: Found) -> Iterator[Finding]:
    """Yield what was found about each thing that a window needs."""
    yield _finding(inputs, "effective_fix", found.code, "effective", found.effective.reason)
    if found.has_returned or not (found.code or _has_no_limit(inputs, found)):
        yield _returned(inputs, found)
    if found.has_returned or found.code:
        return
    yield _watch(inputs, found.watched)
    yield _coverage(inputs, found.watched)
    yield _floor(inputs, found.watched)
    yield _versions(inputs, found)
    yield _rate_shown(inputs, found.weighed) if inputs.effect.kind is EffectKind.RATE else _silence_shown(inputs, found.weighed)


def _has_no_limit(inputs: WindowInputs, found: Found) -> bool:
    return inputs.effect.kind is EffectKind.RATE and found.weighed.limit is None


def _returned(inputs: WindowInputs, found: Found) -> Finding:
    weighed = found.weighed
    if inputs.effect.kind is EffectKind.RATE:
        code = "rate_above_limit" if found.has_returned else ""
        return _finding(inputs, "occurrences", code, "not_above_limit", above_text(inputs, weighed, found.taken_back), Verdict.FAIL)
    if not found.returns:
        return _finding(inputs, "occurrences", "", "none_seen", "no decision of the fix, or of a later version, shows the problem")
    return _finding(inputs, "occurrences", "recurred", "", returned_text(found.returns, found.taken_back.gaps), Verdict.FAIL)


def _watch(inputs: WindowInputs, watched: Watched) -> Finding:
    row, most = watched.unobserved_in_a_row, inputs.policy.watch.suspend_after_unobserved_days
    if row < most:
        return _finding(inputs, "watch", "", "watched", f"{row} unobserved days in a row up to yesterday; {most} suspend a window")
    why, last = watched.due[-1].reason or f"no {inputs.unit} was counted", watched.due[-1]
    told = f"{row} unobserved days in a row up to {last.on}: {why}; mend it, and the window goes on"
    return _finding(inputs, "watch", "suspended", "", told)


def _coverage(inputs: WindowInputs, watched: Watched) -> Finding:
    ratio, least = watched.coverage_ratio, inputs.policy.watch.min_coverage_ratio
    if ratio is None:
        over = f"no {inputs.unit} of the days since {watched.start_on} is counted yet"
        told = over if watched.days else f"the first whole day after the fix, {watched.start_on}, is not over"
        return _finding(inputs, "coverage", "no_data", "", told)
    told = f"{len(watched.observed)} of {len(watched.due)} days were observed ({ratio:.0%}); at least {least:.0%} must be"
    told += f"; of {watched.uncounted} more no {inputs.unit} is counted yet" if watched.uncounted else ""
    return _finding(inputs, "coverage", "" if ratio >= least else "low_coverage", "covered", told)


def _floor(inputs: WindowInputs, watched: Watched) -> Finding:
    needed, extended = required_days(inputs), watched.extended_count
    counted = len(watched.observed) - extended
    if watched.closes_on is None:
        told = f"{counted} of {needed} observed days: {needed - counted} more are needed"
        told += f", and {extended} do not count, as an indicator was amber or red on them, or not read" if extended else ""
        return _finding(inputs, "floor", "floor_not_reached", "", told)
    if inputs.business_date < watched.closes_on:
        told = f"{needed} observed days were reached on {watched.floor_on}; reports may still come until {watched.closes_on}"
        return _finding(inputs, "floor", "lateness_not_over", "", told)
    return _finding(inputs, "floor", "", "floor_reached", f"{needed} observed days were reached on {watched.floor_on}")


def _versions(inputs: WindowInputs, found: Found) -> Finding:
    older, most = len(as_decisions(found.older)), inputs.policy.watch.max_older_decision_count
    made = f"{older:,} decision{'' if older == 1 else 's'} of an older version after the fix served all traffic"
    told = f"signals tell of {made}; more than {most} leave the window without an answer"
    if older > most:
        newest = f"{found.older[-1].signal_id} the newest"
        told = f"{told}: find out whom that version still serves, or correct what names it ({newest})"
    return _finding(inputs, "versions", "older_version_decides" if older > most else "", "fix_decides", told)


def _silence_shown(inputs: WindowInputs, weighed: Weighed) -> Finding:
    code, told = silence_evidence(inputs, weighed, inputs.unit or DAY_UNIT)
    return _finding(inputs, "evidence", code, "silence_shown", told)


def _rate_shown(inputs: WindowInputs, weighed: Weighed) -> Finding:
    code, told = rate_evidence(inputs, weighed)
    return _finding(inputs, "evidence", code, "within_limit", told)


def _finding(inputs: WindowInputs, check: str, code: str, good: str, reason: str, bad: Verdict = Verdict.INCONCLUSIVE) -> Finding:
    return Finding(check, inputs.issue_id, bad if code else Verdict.PASS, code or good, reason)

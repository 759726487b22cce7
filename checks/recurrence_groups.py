"""Feeds of one symptom that are judged apart, because of what the fix should achieve: gone is gone, and a rate is a rate.

Put here which signals belong to which of them, and what they add up to. Which feeds are judged apart is ``recurrence_due.py``, how each
group is judged is ``recurrence.py``.

The rules, in the order the code applies them:
 * A signal belongs to the feeds that it came through. One of the same cause that came through none of them, or in another system, belongs
   to each group: what it says of the fix holds for all.
 * The worst outcome is the window's: something that came back before everything, then what is not open, suspended or watched, then what is
   over without evidence. Clean is only what is clean through every feed.
 * Its numbers are those of the worst group, the first of them where several are as bad; what was found of the others is told beside, and
   lacks of theirs are lacks of the window.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from checks.verdict import find_reasons, judge_overall
from registry.domain.decision import Finding, NotEvaluated, Verdict
from registry.domain.exposure import EffectKind
from registry.domain.recurrence import Outcome, Seen, WindowDecision
from registry.domain.recurrence_run import DueWindow, FeedGroup, RecurrenceKnowledge

_WORST_FIRST = (
    Outcome.RECURRED,
    Outcome.NOT_OPEN,
    Outcome.SUSPENDED,
    Outcome.WATCHING,
    Outcome.ELAPSED_UNEVIDENCED,
    Outcome.CLEAN,
)


def is_of(seen: Seen, group: FeedGroup, due: DueWindow, known: RecurrenceKnowledge) -> bool:
    """Return whether a signal counts where the feeds of ``group`` are judged."""
    if seen.same_cause_issue:
        is_elsewhere = known.systems_of.get(seen.same_cause_issue, due.issue.system_id) != due.issue.system_id
        return is_elsewhere or seen.feed not in due.feeds or seen.feed in group.feeds
    return seen.feed in group.feeds


def worst_of(judged: Sequence[WindowDecision]) -> WindowDecision:
    """Return the one answer of several that were judged apart, in the order of their groups."""
    worst = min(judged, key=lambda one: _WORST_FIRST.index(one.outcome))
    others = [one for one in judged if one is not worst]
    findings = (*worst.findings, *_findings(worst, others))
    is_back = worst.outcome is Outcome.RECURRED
    return replace(
        worst,
        verdict=judge_overall(findings),
        reasons=find_reasons(findings),
        findings=findings,
        not_evaluated=(*worst.not_evaluated, *_not_evaluated(worst, others)),
        inputs=tuple(dict.fromkeys(digest for one in judged for digest in one.inputs)),
        late=tuple({late.key: late for one in (worst, *others) for late in one.late}.values()),
        missing=() if is_back else tuple(one.reason for one in findings if one.verdict is Verdict.INCONCLUSIVE),
        rate_feeds=_rate_feeds(judged),
    )


def _findings(worst: WindowDecision, others: Iterable[WindowDecision]) -> Iterator[Finding]:
    """Yield what was found of the others and not of the worst, each with its feeds."""
    told = {(one.check, one.reason) for one in worst.findings}
    for other in others:
        for one in other.findings:
            if (one.check, one.reason) not in told:
                yield replace(one, reason=f"through {_names(other)}: {one.reason}")


def _not_evaluated(worst: WindowDecision, others: Iterable[WindowDecision]) -> Iterator[NotEvaluated]:
    known = set(worst.not_evaluated)
    for other in others:
        told = f"the numbers are those of {_names(worst)}; through {_names(other)} the window by itself is {other.outcome}"
        yield NotEvaluated("feeds", "judged_apart", told)
        yield from (replace(one, reason=f"through {_names(other)}: {one.reason}") for one in other.not_evaluated if one not in known)


def _rate_feeds(judged: Sequence[WindowDecision]) -> tuple[str, ...]:
    """Return the feeds that are rates, where others are not."""
    rates = [one for one in judged if one.effect.kind is EffectKind.RATE]
    return () if len(rates) == len(judged) else tuple(sorted(feed for one in rates for feed in one.feeds))


def _names(decision: WindowDecision) -> str:
    return ", ".join(decision.feeds)

"""Would this gate see a bad candidate in these cases, and none where there is none? Asked of every decision, by the measures themselves.

Put here what is compared to try the gate itself. What is compared to judge the candidate is ``checks/gate_comparisons.py``.

The rules, for each measure of all cases that was compared:
 * Champion against champion: no difference at all, and not worse.
 * A candidate made from the champion's own answers by spoiling some, chosen by the set's seed, until it is worse by twice the margin:
   worse. Right becomes wrong, a score changes sides, an amount is worse by its own size, and by more of it where the margin asks for that:
   an amount can lose any margin. Twice no margin is none, and is not tried: it is said of which measures that is so.
 * Otherwise nothing that these cases say of the candidate counts: too few, or a champion too bad to lose anything. INCONCLUSIVE.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from random import Random

from checks.gate_cases import is_right_or_wrong
from checks.gate_comparisons import Compared, compare, is_worse
from checks.gate_wiring import CHECK
from checks.paired import compare_counts
from registry.domain.decision import Finding, Verdict
from registry.domain.evaluation import MetricKind, MetricSpec, VersionOutcomes
from registry.domain.gate import Comparison, ComparisonState
from registry.domain.paired import PairedCounts, PairedDifference
from registry.domain.segments import WHOLE

_TIMES = 2.0
"""Margins that the spoiled candidate loses."""
_MORE = 1.5
"""By how much more is spoiled where it was not enough."""


def find_control_problems(metric: MetricSpec, compared: Compared, found: Comparison) -> tuple[Finding, ...]:
    """Return what the measure does not tell apart in these cases; ``found`` is its comparison over all of them."""
    if found.segment != WHOLE or found.difference is None:
        return ()
    return tuple(_problems(metric, compared, found))


def controls_held(tried: Sequence[Comparison], cases: int) -> Finding:
    """Return that the measures ``tried`` (their comparisons of all cases) told good from bad, and which had no bad one to be tried on."""
    spoiled, bare = ([one.metric for one in tried if (one.margin > 0) is has_margin] for has_margin in (True, False))
    text = f"champion against itself is no difference, by {', '.join(one.metric for one in tried)}"
    if spoiled:
        text += f"; a candidate worse by {_TIMES:g} margins is seen, by {', '.join(spoiled)}"
    if bare:
        text += f"; {', '.join(bare)}: no loss is allowed, so there is no margin to double, tried against the champion itself only"
    return Finding(CHECK, "controls", Verdict.PASS, "controls_held" if spoiled else "controls_untried", text, blocking=False, n=cases)


def _problems(metric: MetricSpec, compared: Compared, found: Comparison) -> Iterator[Finding]:
    itself = compare_counts(_alike(found), _level(compared)) if is_right_or_wrong(metric) else _whole(metric, compared, compared.champion)
    if itself is None or itself.difference != 0 or is_worse(itself, found.margin, is_shown=_is_shown(itself, compared)):
        text = f"{metric.name}: expected no difference of the champion to itself, found {itself.difference if itself else 'none'}; "
        yield _failed(metric, text + "the measure cannot be trusted here", found.n)
    if found.margin <= 0:
        return
    spoiled = _spoiled_counts(found, compared) if is_right_or_wrong(metric) else _spoiled(metric, compared, found)
    if spoiled is None or not is_worse(spoiled, found.margin, is_shown=_is_shown(spoiled, compared)):
        text = f"{metric.name}: a candidate made worse by {_TIMES:g} margins ({_TIMES * found.margin:.3g}) would not be seen "
        text += f"in these {found.n:,} cases; evaluate on more, or on a champion that has something to lose"
        yield _failed(metric, text, found.n)


def _alike(found: Comparison) -> PairedCounts:
    counts = found.counts or PairedCounts(0, 0, 0, 0)
    return PairedCounts(counts.both_right + counts.lost, 0, 0, counts.won + counts.both_wrong)


def _spoiled_counts(found: Comparison, compared: Compared) -> PairedDifference | None:
    alike, lost = _alike(found), math.ceil(_TIMES * found.margin * found.n - 1e-9)
    if not 0 < lost <= alike.both_right:
        return None
    return compare_counts(PairedCounts(alike.both_right - lost, lost, 0, alike.both_wrong), _level(compared))


def _spoiled(metric: MetricSpec, compared: Compared, found: Comparison) -> PairedDifference | None:
    """Return the comparison with the champion whose answers are spoiled, a longer stretch of one seeded order at a time."""
    places = list(range(len(compared.cases.case_ids)))
    Random(compared.seed).shuffle(places)  # noqa: S311 - chosen alike in every run
    share, times = _share(metric, found)
    while True:
        spoiled = _spoil(metric, compared, places[: math.ceil(share * len(places))], times)
        difference = _whole(metric, compared, spoiled)
        if difference is None or difference.difference <= -_TIMES * found.margin:
            return difference
        if share >= 1.0:
            return None
        share = min(1.0, share * _MORE + 1 / len(places))


def _share(metric: MetricSpec, found: Comparison) -> tuple[float, float]:
    """Return the share of the cases to begin with, and by how many times its size an amount is made worse, so that some are left over.

    All cases spoiled lose one unit, roughly, and an amount its own mean.
    """
    mean = abs(found.difference.champion) if found.difference else 0.0
    if metric.kind is not MetricKind.AMOUNT or not mean:
        return min(1.0, _TIMES * found.margin), 1.0
    needed = _TIMES * found.margin / mean
    times = max(1.0, _MORE * needed)
    return needed / times, times


def _spoil(metric: MetricSpec, compared: Compared, places: Sequence[int], times: float) -> VersionOutcomes:
    champion = compared.champion
    if metric.kind is MetricKind.F1:
        others = sorted(set(compared.cases.labels))
        answers = list(champion.answers)
        for place in places:
            answers[place] = next((label for label in others if label != compared.cases.labels[place]), "")
        return replace(champion, answers=tuple(answers))
    if metric.kind is MetricKind.AMOUNT:
        loss = -times if metric.more_is_better else times
        amounts = _changed(champion.amounts[metric.column], places, lambda value: value + loss * abs(value))
        return replace(champion, amounts={**champion.amounts, metric.column: amounts})
    given = [value for value in champion.scores if value is not None]
    ends = min(given, default=0.0), max(given, default=0.0)
    turned = min(ends[0], 0.0) + max(ends[1], 1.0)
    return replace(champion, scores=_changed(champion.scores, places, lambda value: turned - value))


def _changed(column: Sequence[float | None], places: Sequence[int], spoiled: Callable[[float], float]) -> tuple[float | None, ...]:
    """Return the column with the values of ``places`` spoiled, where there are any."""
    values = list(column)
    for place in places:
        if (value := values[place]) is not None:
            values[place] = spoiled(value)
    return tuple(values)


def _whole(metric: MetricSpec, compared: Compared, candidate: VersionOutcomes) -> PairedDifference | None:
    alone = replace(compared, cases=replace(compared.cases, segments={}), candidate=candidate)
    (found,) = compare(metric, alone)
    return found.difference if found.state is not ComparisonState.TOO_FEW else None


def _level(compared: Compared) -> float:
    return compared.policy.statistics.false_pass_probability


def _is_shown(difference: PairedDifference, compared: Compared) -> bool:
    return difference.harm_p <= compared.policy.statistics.false_alarm_probability


def _failed(metric: MetricSpec, text: str, n: int) -> Finding:
    return Finding(CHECK, metric.name, Verdict.INCONCLUSIVE, "control_failed", text, n=n)

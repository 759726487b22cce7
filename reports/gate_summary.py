"""A gate decision in a sentence: may the candidate replace the champion, why, and the strip of numbers.

Put here what a reader sees before anything else, whatever the medium. The verdict is taken as decided. What is asked of whom is
``gate_asks``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from registry.domain.decision import Finding, Verdict
from registry.domain.evaluation import VersionOutcomes
from registry.domain.gate import Comparison, ComparisonState, GateAction, GateDecision, GateInputs, PinnedVersion
from registry.domain.segments import WHOLE
from reports import gate_cases_view as cases_view
from reports import gate_view as view
from reports import gate_words as words
from reports import wording
from reports.triage_summary import Figure

MAX_CAUSES = 4
# Findings of these codes are about the comparison itself: the candidate was not looked at.
OF_THE_COMPARISON = frozenset({"same_version", "same_outcomes"})
_OPEN = frozenset({"not_shown", "too_few", "too_many_segments", "level_open", "level_at_limit"})


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that speaks against the candidate, or keeps it from being judged; ``code`` in words."""

    tone: str
    code: str
    text: str


def verdict_words(decision: GateDecision) -> str:
    """Return the verdict with what it comes to, in a few words."""
    return f"{wording.VERDICT_WORDS[decision.verdict]}: {words.ACTION_WORDS[decision.action]}"


def question(decision: GateDecision) -> str:
    """Return what was asked."""
    return f"May {_named(decision.candidate)} replace {_named(decision.champion)}?"


def headline(decision: GateDecision) -> str:
    """Return the answer in one sentence."""
    now, before = _named(decision.candidate), _named(decision.champion)
    if decision.verdict is Verdict.FAIL:
        if any(one.reason_code in OF_THE_COMPARISON for one in against(decision)):
            return f"No: {now} and {before} are not two versions that could be compared."
        return f"No: {now} must not replace {before}."
    if decision.verdict is Verdict.INCONCLUSIVE:
        return f"Not yet: it is not shown that {now} may replace {before}."
    if decision.action is GateAction.CANARY:
        return f"On part of the traffic first: some segments had too few cases to judge whether {now} may replace {before} there."
    return f"Yes, as far as these {decision.case_count:,} cases tell: {now} may replace {before}, once people have decided so."


def _named(pinned: PinnedVersion) -> str:
    """Return a version by name; a bare number is hardly one."""
    return f"version {pinned.version}" if pinned.version.isdecimal() else pinned.version


def meaning(decision: GateDecision) -> str:
    """Return what the verdict means for a reader."""
    if decision.verdict is Verdict.FAIL and any(one.reason_code in OF_THE_COMPARISON for one in against(decision)):
        return "Nothing was learned about a candidate: a version is always as good as itself."
    if decision.verdict is Verdict.INCONCLUSIVE and any(one.reason_code not in _OPEN for one in against(decision)):
        return "What is named here kept it from being judged. That nothing bad was found does not make it good enough."
    return words.VERDICT_MEANINGS[decision.verdict]


def against(decision: GateDecision) -> tuple[Finding, ...]:
    """Return the findings that kept the decision from passing, failures first."""
    found = [one for one in decision.findings if one.blocking and words.counted_verdict(one) is not Verdict.PASS]
    return tuple(sorted(found, key=lambda one: words.counted_verdict(one) is not Verdict.FAIL))


def causes(decision: GateDecision, inputs: GateInputs) -> tuple[Cause, ...]:
    """Return why the candidate did not pass; the numbers of a comparison are said in its own unit."""
    compared = {(one.metric, one.segment.name): one for one in decision.comparisons}
    found = tuple(_cause(one, compared.get((one.check, one.subject)), inputs) for one in against(decision))
    if found or decision.verdict is Verdict.PASS:
        return found
    return tuple(Cause(decision.verdict.value, words.reason_words(one.code), one.text) for one in decision.reasons)


def total_text(decision: GateDecision, inputs: GateInputs) -> str:
    """Return how all cases did where only a part of them got worse: people ask for it, and it does not make up for the part."""
    lost = {one.metric for one in decision.comparisons if one.state is ComparisonState.WORSE and one.segment != WHOLE}
    whole = [one for one in decision.comparisons if one.metric in lost and one.segment == WHOLE]
    if not whole or whole[0].state is not ComparisonState.NOT_WORSE:
        return ""
    return f"{view.sentence(whole[0], view.metric_of(whole[0].metric, inputs))}. A good total does not make up for a segment."


def _cause(finding: Finding, one: Comparison | None, inputs: GateInputs) -> Cause:
    tone, code = words.counted_verdict(finding).value, words.reason_words(finding.reason_code)
    if one is None:
        return Cause(tone, code, finding.reason)
    text = view.sentence(one, view.metric_of(one.metric, inputs))
    if words.is_broken(finding):
        text += "; a number was not computed, and that counts as a failure"
    elif one.state is ComparisonState.OPEN:
        text += f". {needed_text(one)}"
    return Cause(tone, code, text if text.endswith(".") else f"{text}.")


def needed_text(one: Comparison) -> str:
    """Return what would decide what is open."""
    if one.segment != WHOLE:
        return f"Among so many segments not even all {one.n:,} lost would be more than chance: compare fewer, or more cases of each."
    if one.cases_needed:
        return f"About {one.cases_needed:,} cases like these would decide."
    if one.counts is None:
        return "More cases would say more; how many would decide is worked out for right and wrong answers alone."
    return "No number of cases like these is near that would decide: the candidate is about as far off as what is allowed."


def passed_text(decision: GateDecision) -> str:
    """Return what a pass rests on, with the losses that are certain and small."""
    whole = [one for one in decision.comparisons if one.segment == WHOLE and one.state is ComparisonState.NOT_WORSE]
    parts = {one.segment for one in decision.comparisons if one.segment != WHOLE and one.state is ComparisonState.NOT_WORSE}
    text = f"{wording.counted(len(whole), 'measure')} shown to be within what is allowed over all cases"
    return f"{text}; no harm found in {wording.counted(len(parts), 'segment')}." if parts else f"{text}."


def small_losses(decision: GateDecision, inputs: GateInputs) -> tuple[str, ...]:
    """Return the losses that are more than chance and within what is allowed, a sentence for each measure: somebody bears them."""
    found: dict[str, list[Comparison]] = {}
    for one in decision.comparisons:
        if one.state is ComparisonState.NOT_WORSE and one.is_shown:
            found.setdefault(one.metric, []).append(one)
    return tuple(_small_loss(losses, inputs) for losses in found.values())


def _small_loss(losses: Sequence[Comparison], inputs: GateInputs) -> str:
    """Return all cases where they lost, otherwise the segment that lost most, and how many more there are."""
    first = min(losses, key=lambda one: (one.segment != WHOLE, one.difference.difference if one.difference else 0.0))
    text = view.sentence(first, view.metric_of(first.metric, inputs))
    more = len(losses) - 1
    return f"{text}; likewise in {wording.counted(more, 'segment' if first.segment == WHOLE else 'more segment')}." if more else f"{text}."


def figures(decision: GateDecision, inputs: GateInputs) -> tuple[Figure, ...]:
    """Return the strip of numbers under the verdict, each with what it is counted out of."""
    whole = [one for one in decision.comparisons if one.segment == WHOLE]
    spec = inputs.spec
    return (
        Figure(f"{decision.case_count:,}" if decision.set_digest else "none", "cases", _set_note(decision), not decision.case_count),
        _pairs_figure(whole, decision.case_count),
        _lost_figure(whole),
        _of_both(("error", "errors"), inputs, cases_view.error_count),
        _of_both(("refusal", "refusals"), inputs, lambda one: cases_view.refusal_count(one, spec), is_defined=bool(spec.refusals)),
        _of_both(
            ("off contract", "off contract"), inputs, lambda one: cases_view.off_contract_count(one, spec), is_defined=bool(spec.answers)
        ),
    )


def _set_note(decision: GateDecision) -> str:
    if decision.on_reserve:
        return "in the reserve, for the last decision" if decision.set_digest else "read: the reserve could not be had"
    return "in the locked set" if decision.set_digest else "read: the locked set could not be had"


def _pairs_figure(whole: Sequence[Comparison], cases: int) -> Figure:
    """Return the pairs of the measure with the fewest, by its name where there are several."""
    if not whole:
        return Figure("none", "pairs", "nothing was compared", True)
    fewest = min(whole, key=lambda one: one.n)
    named = f"; {fewest.metric}" if len(whole) > 1 else ""
    return Figure(f"{fewest.n:,}", "pairs", f"of {cases:,} cases, comparable on both sides{named}", not fewest.n)


def _lost_figure(whole: Sequence[Comparison]) -> Figure:
    one = next((one for one in whole if one.counts), None)
    if one is None or one.counts is None:
        return Figure("none", "lost", "nothing of right or wrong was compared", False)
    return Figure(f"{one.counts.lost:,}", "lost", f"and {one.counts.won:,} won; {one.metric}", one.state is ComparisonState.WORSE)


def _of_both(label: tuple[str, str], inputs: GateInputs, count: Callable[[VersionOutcomes], int], *, is_defined: bool = True) -> Figure:
    now, before = inputs.candidate_outcomes, inputs.champion_outcomes
    if not is_defined:
        return Figure("none", label[1], "defined in the catalogue", False)
    if now is None or before is None:
        return Figure("none", label[1], "known: not both versions were read", True)
    return Figure(f"{count(now):,}", label[count(now) != 1], f"of the candidate; {count(before):,} of the champion", False)

"""Root cause: does the worksheet say why it failed and why no control caught it, or only that it failed?

Put here what a root cause must say. How texts are compared is ``wording.py``, what any answer must be ``answers.py``.

The rules:
 * Every question is answered: no field empty, a placeholder, or shorter than the policy asks.
 * There is a contributing cause, and evidence for the family, each once.
 * No two answers are the same.
 * A cause, and the control failure, say more than the failure did, and more than each other.
 * They say more than general words, the direct cause also beyond the failure's: "the model hallucinated" is nothing to act on.
 * The corrective and the preventive action are two actions.
 * There are five whys, all different, none restating the one before; the last is no general word either.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

from checks.work.answers import Asked, find_unsaid, is_placeholder, quoted
from checks.work.shallow import better_question
from checks.work.wording import meaning, normalised, own_words, share_said
from registry.domain.policy_work import WorkLimits
from registry.domain.steps import RootCause
from registry.domain.work import Case, Refusal
from registry.domain.work_run import StepKnowledge, StepPlan

_WHYS = 5
_FAILURE, _DIRECT, _CONTROL = "confirmed_failure", "direct_cause", "control_failure"
_CORRECTIVE, _PREVENTIVE = "corrective_action", "preventive_action"
_CONTRIBUTING, _WHY, _EVIDENCE = "contributing_causes", "five_whys", "evidence"
_ASKED = {
    _FAILURE: ("say what was observed, where, when and how often", "on 9 March, 41 of 612 chat answers cited the 2024 fee policy"),
    _DIRECT: ("say what made it fail, so that somebody can change it", "the retriever ranked the retired policy summary first"),
    _CONTRIBUTING: ("say what else had to be so", "the procedure of source owners has no step that retires a replaced document"),
    _CONTROL: ("name the control that should have caught it, and why it did not", "the freshness gate read upload, not effective dates"),
    _EVIDENCE: ("link the analysis, replay, log or record that shows it", "trace 8831; evaluation fee-v1; complaint 99102"),
    _CORRECTIVE: ("say what will be changed so that this failure ends", "retire the old source and filter the index by effective date"),
    _PREVENTIVE: ("say what will catch failures of this kind, or make them impossible", "add source retirement to the release checklist"),
    _WHY: ("answer why the line before came about", "the metadata did not mark the old policy as inactive"),
}
Answers = tuple[tuple[Asked, str], ...]


def find_refusals(_case: Case, plan: StepPlan, _known: StepKnowledge) -> tuple[Refusal, ...]:
    """Return what keeps the plan's worksheet from counting."""
    return tuple(_find(plan.submission.document, plan.policies.limits))


def _find(sheet: RootCause, limits: WorkLimits) -> Iterator[Refusal]:
    said, whys = tuple(_causes(sheet)), _listed(_WHY, sheet.five_whys)
    causes = said[1:]
    actions = ((_question(_CORRECTIVE), sheet.corrective_action), (_question(_PREVENTIVE), sheet.preventive_action))
    asks = ((said[:1] + actions, limits.min_answer_words), (causes, limits.min_cause_words), (whys, limits.min_why_words))
    for asked, text, least in ((*answer, least) for answers, least in asks for answer in answers):
        yield from find_unsaid(asked, text, least, limits.placeholders)
    yield from _find_unlisted(sheet, limits)
    yield from _find_same((*said, *actions))
    yield from _find_restated(said, limits)
    yield from _find_shallow((*causes, *whys[_WHYS - 1 : _WHYS]), sheet.confirmed_failure, limits)
    yield from _find_one_action(actions, limits)
    yield from _find_whys(whys, limits)


def _causes(sheet: RootCause) -> Iterator[tuple[Asked, str]]:
    yield _question(_FAILURE), sheet.confirmed_failure
    yield _question(_DIRECT), sheet.direct_cause
    yield from _listed(_CONTRIBUTING, sheet.contributing_causes)
    yield _question(_CONTROL), sheet.control_failure


def _listed(name: str, texts: tuple[str, ...]) -> Answers:
    return tuple((_question(name, f"{name}[{index}]"), text) for index, text in enumerate(texts))


def _question(name: str, shown: str = "") -> Asked:
    return Asked(shown or name, *_ASKED[name])


def _find_unlisted(sheet: RootCause, limits: WorkLimits) -> Iterator[Refusal]:
    if not sheet.contributing_causes:
        yield _question(_CONTRIBUTING).refuse("missing", "at least one contributing cause", "none")
    if not sheet.evidence:
        yield _question(_EVIDENCE).refuse("no_evidence", f"evidence for the family {sheet.family}", "none")
    seen: dict[str, str] = {}
    for asked, text in _listed(_EVIDENCE, sheet.evidence):
        if not text.strip() or is_placeholder(text, limits.placeholders):
            yield asked.refuse("placeholder", "where it can be seen", quoted(text) if text.strip() else "nothing")
        elif (before := seen.setdefault(text.strip(), asked.name)) != asked.name:
            yield asked.refuse("same", "each piece of evidence once", f"that of {before} again")


def _find_same(answers: Answers) -> Iterator[Refusal]:
    for (first, before), (asked, text) in combinations(answers, 2):
        if normalised(text) and normalised(text) == normalised(before):
            yield asked.refuse("same", f"another answer than {first.name}'s", f"the same, {quoted(text)}")


def _find_restated(said: Answers, limits: WorkLimits) -> Iterator[Refusal]:
    """A cause may quote the failure, and a control failure the cause it missed, if they add to it; two causes must not hold each other."""
    for (first, before), (asked, text) in combinations(said, 2):
        both_ways = first.name != _FAILURE and _CONTROL not in (asked.name, first.name)
        share = max(share_said(text, before), share_said(before, text) if both_ways else 0.0)
        if share > limits.max_cause_overlap_ratio and normalised(text) != normalised(before):
            least = f"at most {limits.max_cause_overlap_ratio:.0%} of its words to be those of {first.name}"
            yield asked.refuse("restates", least, f"{share:.0%} in {quoted(text)}, which only restates it")


def _find_shallow(causes: Answers, failure: str, limits: WorkLimits) -> Iterator[Refusal]:
    for asked, text in causes:
        if is_placeholder(text, limits.placeholders):
            continue
        known, least = (meaning(failure), limits.min_direct_own_words) if asked.name == _DIRECT else ((), limits.min_own_words)
        own = own_words(text, limits.vague_words, known)
        if len(own) < least:
            expected = f"a cause that somebody can change, with {least} words of its own"
            yield asked.refuse(
                "shallow", expected, f"{len(own)} beside general ones in {quoted(text)}", better_question(text, asked.remedy)
            )


def _find_one_action(actions: Answers, limits: WorkLimits) -> Iterator[Refusal]:
    (_, corrective), (asked, preventive) = actions
    share = max(share_said(preventive, corrective), share_said(corrective, preventive))
    if share > limits.max_cause_overlap_ratio and normalised(preventive) != normalised(corrective):
        yield asked.refuse("restates", f"another action than {_CORRECTIVE}", f"{share:.0%} of its words in {quoted(preventive)}")


def _find_whys(whys: Answers, limits: WorkLimits) -> Iterator[Refusal]:
    if len(whys) != _WHYS:
        yield _question(_WHY).refuse("not_five", f"{_WHYS} answers, each the reason of the one before", str(len(whys)))
    yield from _find_same(whys)
    for (first, before), (asked, text) in pairwise(whys):
        share = share_said(text, before)
        if share > limits.max_cause_overlap_ratio and normalised(text) != normalised(before):
            yield asked.refuse("restates", f"the reason of {first.name}", f"{share:.0%} of its words again in {quoted(text)}")

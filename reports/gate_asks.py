"""What a gate's decision asks of whom: who reads it, and what that person does next.

Put here what follows from a decision. What it came to is ``gate_summary``.

 * Each thing that kept the candidate from passing has a step of its own, and one page never asks for two that exclude each other: a set
   that was looked at too often is not evaluated on again, and where no number of cases decides nobody is sent for more of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from registry.domain.catalogue import OwnerRole, SystemEntry
from registry.domain.decision import Verdict
from registry.domain.gate import ComparisonState, GateAction, GateDecision
from registry.domain.segments import WHOLE
from reports import wording
from reports.gate_summary import OF_THE_COMPARISON, against

_ASKED = {
    Verdict.PASS: (OwnerRole.PRODUCT_OWNER, OwnerRole.GOVERNANCE_LEAD),
    Verdict.FAIL: (OwnerRole.MODEL_OWNER, OwnerRole.PRODUCT_OWNER),
    Verdict.INCONCLUSIVE: (OwnerRole.EVALOPS_OWNER, OwnerRole.MODEL_OWNER, OwnerRole.PRODUCT_OWNER),
}
_TO_COMPARE = "compare the candidate with what is in force, or have recorded what is in force"
_STEPS = (
    (frozenset({"set_changed", "other_set"}), "put the locked set back, or lock the new one in a change that is reviewed"),
    (
        frozenset({"set_broken", "duplicate_ids", "label_off_contract", "duplicate_cases", "missing_segment", "missing_group"}),
        "repair the set, or what the catalogue says of it, and lock it anew",
    ),
    (frozenset({"level_at_limit"}), "repair the candidate, or have whoever owns the level decide: no number of cases would show it"),
    (frozenset({"taught_cases"}), "lock a set that nothing was trained on, or train without these cases, and evaluate both versions"),
    (frozenset({"shared_cases"}), "lock a reserve of cases that the locked set does not have, and evaluate both versions on it"),
    (frozenset({"looks"}), "lock a new set and evaluate both versions on it"),
    (frozenset({"no_segment", "too_many_segments"}), "name a column with fewer values, or lock a set with more cases of each"),
    (frozenset({"outcomes_changed"}), "put the outcomes back, or ask again with the reason that they were made anew"),
    (frozenset({"not_in_force"}), _TO_COMPARE),
    (frozenset({"none_in_force", "stale"}), "have recorded what is in force, and ask again"),
)
_OPEN = frozenset({"not_shown", "too_few", "control_failed", "level_open"})
_LARGER = "evaluate both versions on a larger locked set"
_AT_THE_MARGIN = "no larger set is near that would decide, so whoever owns the margin has to"
_REPAIR = "repair what is named here and evaluate both versions again"


def ask(decision: GateDecision, entry: SystemEntry) -> str:
    """Return what is asked of whom."""
    roles = _ASKED[decision.verdict]
    role = next((role for role in roles if entry.owners.get(role.value)), roles[0])
    person = entry.owners.get(role.value) or "nobody, since the catalogue names nobody"
    return f"Asked of {person} ({wording.spoken(role.value).lower()}): {_asked(decision)}"


def _asked(decision: GateDecision) -> str:
    codes = {one.reason_code for one in against(decision)}
    if decision.verdict is Verdict.PASS:
        first = ", on part of the traffic first" if decision.action is GateAction.CANARY else ""
        return f"decide with those who sign off whether it goes into force{first}. This page puts nothing in force."
    if codes & OF_THE_COMPARISON:
        return "name the version that was meant, and evaluate that one."
    if decision.verdict is Verdict.FAIL and "not_in_force" in codes:
        return f"keep what is in force; {_TO_COMPARE}."
    if decision.verdict is Verdict.FAIL:
        return "keep the champion, look at the cases lost, repair the candidate and evaluate it as a new version."
    return f"keep the champion; {'; '.join(_steps(codes, decision))}."


def _steps(codes: set[str], decision: GateDecision) -> Iterator[str]:
    asked = [(told, step) for told, step in _STEPS if told & codes]
    yield from (step for _, step in asked)
    if _is_at_the_margin(decision):
        yield _AT_THE_MARGIN
    elif codes & _OPEN and "looks" not in codes:
        yield _LARGER
    if not codes or codes - _OPEN - frozenset().union(*(told for told, _ in asked)):
        yield _REPAIR


def _is_at_the_margin(decision: GateDecision) -> bool:
    """Return whether a measure is open that no number of cases near would decide; only of right and wrong is that number known."""
    is_open = [one for one in decision.comparisons if one.segment == WHOLE and one.state is ComparisonState.OPEN]
    return any(one.counts is not None and not one.cases_needed for one in is_open)

"""Is a comparison one at all? A gate that compares a version with itself, or on cases it was trained on, says yes to everything.

Put here what has to hold before a measure means anything. The measures are ``checks/gate_comparisons.py``.

The rules:
 * Nothing to compare: no set, or no outcome of a version. INCONCLUSIVE; what could not be read has said why.
 * Itself: the candidate's digest is the champion's, or the two answered alike to the last character. FAIL: it is no candidate.
 * Another set: cases of the set that a version never attempted, or rows of cases that the set does not have. The same cases or none.
 * Errors: more than ``max_error_ratio`` of the attempts of a version ended in one. INCONCLUSIVE: its score is that of its machine.
 * Contract: answers that are none of those agreed, by name and number; more than ``max_off_contract_ratio`` by the candidate are a FAIL.
 * Duplicates: one case under several ids counts as evidence twice; with different labels, one of them is wrong.
 * Looks: a set that was looked at too often has been learned. Told; over the budget INCONCLUSIVE.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from registry.domain.decision import Finding, Verdict
from registry.domain.evaluation import EvaluationSet, VersionOutcomes
from registry.domain.gate import GateInputs

CHECK = "wiring"
_NAMED = 5


def find_wiring(inputs: GateInputs) -> tuple[Finding, ...]:
    """Return what is wrong with the comparison itself, and what was looked at and is right."""
    cases, champion, candidate = inputs.cases, inputs.champion_outcomes, inputs.candidate_outcomes
    if cases is None or champion is None or candidate is None or not cases.case_ids:
        return tuple(_nothing(inputs))
    return (
        *_itself(inputs, champion, candidate),
        *(found for one in (champion, candidate) for found in _of_version(one, cases, inputs)),
        *_duplicates(cases, inputs),
        *_looks(inputs),
    )


def _nothing(inputs: GateInputs) -> Iterator[Finding]:
    if not any(one.blocking and one.verdict is not Verdict.PASS for one in inputs.findings):
        yield Finding(
            CHECK, "cases", Verdict.INCONCLUSIVE, "no_data", "expected the cases of the locked set with outcomes of both, found none"
        )


def _itself(inputs: GateInputs, champion: VersionOutcomes, candidate: VersionOutcomes) -> Iterator[Finding]:
    if inputs.candidate.digest == inputs.champion.digest:
        text = f"the candidate {inputs.candidate.asked} is the champion ({inputs.champion.digest}); name another version"
        yield Finding(CHECK, "candidate", Verdict.FAIL, "same_version", text)
    elif _made(candidate) == _made(champion):
        text = "both versions answered every case alike, to the last character; look whether the outcomes are those of two versions"
        yield Finding(CHECK, "candidate", Verdict.FAIL, "same_outcomes", text, n=len(candidate.answers))
    else:
        text = "another version than the champion, and other outcomes"
        yield Finding(CHECK, "candidate", Verdict.PASS, "two_versions", text, n=len(candidate.answers))


def _made(outcomes: VersionOutcomes) -> object:
    """Return what a version made of the cases; how long it took and what it cost differs between two runs of one version too."""
    return outcomes.answers, outcomes.scores, dict(outcomes.passed)


def _of_version(outcomes: VersionOutcomes, cases: EvaluationSet, inputs: GateInputs) -> Iterator[Finding]:
    policy, name, total = inputs.policy.outcomes, outcomes.version, len(cases.case_ids)
    attempted = sum(bool(error) or _has_any(outcomes, place) for place, error in enumerate(outcomes.errors))
    if attempted < total or outcomes.strangers:
        text = f"{name}: {attempted:,} of {total:,} cases of the set attempted and {outcomes.strangers:,} rows of other cases; expected the same "
        text += "cases for both versions: evaluate on this set, or lock the set that was evaluated"
        yield Finding(CHECK, name, Verdict.INCONCLUSIVE, "other_cases", text, value=attempted / total, n=total)
    errors = [error for error in outcomes.errors if error]
    if errors:
        ratio, is_too_many = len(errors) / total, len(errors) > policy.max_error_ratio * total
        text = f"{name}: {len(errors):,} of {total:,} cases ended in an error, mostly {Counter(errors).most_common(1)[0][0]!r}; "
        text += f"expected at most {100 * policy.max_error_ratio:g} %" + ("; repair and evaluate again" if is_too_many else "")
        verdict = Verdict.INCONCLUSIVE if is_too_many else Verdict.PASS
        yield Finding(CHECK, name, verdict, "errored", text, blocking=is_too_many, value=ratio, limit=policy.max_error_ratio, n=total)
    yield from _off_contract(outcomes, inputs, total)


def _has_any(outcomes: VersionOutcomes, place: int) -> bool:
    columns = (outcomes.answers, outcomes.scores, *outcomes.passed.values(), *outcomes.amounts.values())
    return any(column and column[place] is not None for column in columns)


def _off_contract(outcomes: VersionOutcomes, inputs: GateInputs, total: int) -> Iterator[Finding]:
    spec, policy = inputs.spec, inputs.policy.outcomes
    agreed = {*spec.answers, *spec.refusals}
    strange = Counter(answer for answer in outcomes.answers if answer is not None and answer not in agreed)
    declined = sum(answer in spec.refusals for answer in outcomes.answers)
    if spec.answers and strange:
        is_too_many = outcomes is inputs.candidate_outcomes and strange.total() > policy.max_off_contract_ratio * total
        named = ", ".join(f"{answer[:40]!r} {count} times" for answer, count in strange.most_common(_NAMED))
        text = f"{outcomes.version}: {strange.total():,} of {total:,} answers are none of those agreed: {named}; they count as wrong"
        ratio, verdict = strange.total() / total, Verdict.FAIL if is_too_many else Verdict.PASS
        limit = policy.max_off_contract_ratio
        yield Finding(CHECK, outcomes.version, verdict, "off_contract", text, blocking=is_too_many, value=ratio, limit=limit, n=total)
    if declined:
        text = f"{outcomes.version}: declined {declined:,} of {total:,} cases; that counts as wrong unless it is the label"
        yield Finding(CHECK, outcomes.version, Verdict.PASS, "refusals", text, blocking=False, value=declined / total, n=total)


def _duplicates(cases: EvaluationSet, inputs: GateInputs) -> Iterator[Finding]:
    labels: dict[str, list[str]] = {}
    for content, label in zip(cases.contents, cases.labels or cases.contents, strict=True):
        labels.setdefault(content, []).append(label)
    again = sum(len(found) - 1 for found in labels.values())
    conflicting = sum(len(set(found)) > 1 for found in labels.values()) if cases.labels else 0
    if again:
        limit, total = inputs.policy.outcomes.max_duplicate_ratio, len(cases.case_ids)
        is_too_many = again > limit * total
        text = f"{again:,} of {total:,} cases ask what another one asks, {conflicting:,} groups of them with different labels; "
        text += "no version can be right on both: repair the set and lock it anew" if conflicting else "each counts as evidence twice"
        verdict = Verdict.INCONCLUSIVE if is_too_many else Verdict.PASS
        yield Finding(CHECK, "set", verdict, "duplicate_cases", text, blocking=is_too_many, value=again / total, limit=limit, n=total)


def _looks(inputs: GateInputs) -> Iterator[Finding]:
    most = inputs.policy.max_looks_count
    is_over = inputs.looks >= most
    if inputs.looks * 2 >= most:
        text = (
            f"candidates were judged on this set {inputs.looks} times before, expected at most {most}: what is looked at often is learned; "
        )
        text += "lock a new set" if is_over else "prepare a new set"
        verdict = Verdict.INCONCLUSIVE if is_over else Verdict.PASS
        yield Finding(CHECK, "set", verdict, "looks", text, blocking=is_over, value=float(inputs.looks), limit=float(most))

"""Is a comparison one at all? A gate that compares a version with itself, or on other cases, says yes to everything.

Put here what has to hold of the two versions before a measure means anything. The locked set is ``checks/gate_set.py``, columns that hold
something else ``checks/gate_columns.py``, the measures ``checks/gate_comparisons.py``.

The rules:
 * Itself: the candidate's digest, every part of its bundle, or its files as they were scored here, are the champion's. FAIL: it is no
   candidate, whatever was read.
 * Nothing to compare: no set, no case, or no outcome of a version. INCONCLUSIVE; what could not be read has said why.
 * Not lined up: outcomes of another version than the pinned one, or not one entry a case. INCONCLUSIVE, and nothing is compared.
 * Copied: both versions made the same of everything that both gave (``checks/gate_copies.py``). FAIL.
 * Another set: cases of the set that a version never attempted, or rows of cases that the set does not have. The same cases or none.
 * Errors: more than ``max_error_ratio`` of the cases ended in one. INCONCLUSIVE: the score is that of a machine. Fewer are told.
 * Contract: answers that are none of those agreed are told by name and number. More than ``max_off_contract_ratio`` of them: of the
   candidate's a FAIL; of the champion's INCONCLUSIVE, for what has to be kept is not known. Refusals are told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from checks.gate_copies import find_copied
from registry.domain.decision import Finding, Verdict
from registry.domain.evaluation import EvaluationSet, VersionOutcomes
from registry.domain.gate import GateInputs, PinnedVersion, scored_files

CHECK = "wiring"
_NAMED = 5


def find_wiring(inputs: GateInputs) -> tuple[Finding, ...]:
    """Return what is wrong between the two versions, and what was looked at and is right."""
    return tuple(_found(inputs))


def is_lined_up(inputs: GateInputs) -> bool:
    """Return whether there are cases, with one entry of each version for each of them: otherwise nothing can be compared."""
    sides = ((inputs.champion, inputs.champion_outcomes), (inputs.candidate, inputs.candidate_outcomes))
    cases = inputs.cases
    return cases is not None and bool(cases.case_ids) and all(one and _is_of(pinned, one, cases) for pinned, one in sides)


def commonest(texts: Counter[str], most: int = _NAMED) -> list[tuple[str, int]]:
    """Return the texts that are there most often; those that are there equally often by name, so that no order of cases shows.

    >>> commonest(Counter(["b", "a", "c", "c"]), 2)
    [('c', 2), ('a', 1)]
    """
    return sorted(texts.items(), key=lambda found: (-found[1], found[0]))[:most]


def _found(inputs: GateInputs) -> Iterator[Finding]:
    cases, champion, candidate = inputs.cases, inputs.champion_outcomes, inputs.candidate_outcomes
    identity = _shared_identity(inputs)
    if identity:
        text = f"the candidate {inputs.candidate.asked} is the champion ({identity}); name another version"
        yield Finding(CHECK, "candidate", Verdict.FAIL, "same_version", text)
    if cases is None or champion is None or candidate is None or not cases.case_ids:
        yield from _nothing(inputs)
        return
    if not is_lined_up(inputs):
        for pinned, outcomes in ((inputs.champion, champion), (inputs.candidate, candidate)):
            yield from _not_lined_up(pinned, outcomes, cases)
        return
    if not identity:
        yield find_copied(CHECK, champion, candidate)
    for outcomes in (champion, candidate):
        yield from _of_version(outcomes, cases, inputs)
        yield from _off_contract(outcomes, inputs, len(cases.case_ids))


def _shared_identity(inputs: GateInputs) -> str:
    """Return by what candidate and champion are the same thing; empty where they are two."""
    champion, candidate = inputs.champion, inputs.candidate
    if candidate.is_same(champion):
        return ", ".join(f"{name} {value}" for name, value in champion.parts) or champion.digest
    files = scored_files(inputs.sources, champion.version)
    return f"its files under another version, {files}" if files and files == scored_files(inputs.sources, candidate.version) else ""


def _nothing(inputs: GateInputs) -> Iterator[Finding]:
    if not any(one.blocking and one.verdict is not Verdict.PASS for one in inputs.findings):
        text = "expected the cases of the locked set with outcomes of both versions, found none"
        yield Finding(CHECK, "cases", Verdict.INCONCLUSIVE, "no_data", text, n=0)


def _is_of(pinned: PinnedVersion, outcomes: VersionOutcomes, cases: EvaluationSet) -> bool:
    columns = (outcomes.answers, outcomes.errors, *outcomes.amounts.values(), *outcomes.passed.values())
    optional = (one for one in (outcomes.scores, outcomes.repeats) if one)
    return outcomes.version == pinned.version and {len(one) for one in (*columns, *optional)} == {len(cases.case_ids)}


def _not_lined_up(pinned: PinnedVersion, outcomes: VersionOutcomes, cases: EvaluationSet) -> Iterator[Finding]:
    if not _is_of(pinned, outcomes, cases):
        text = (
            f"expected outcomes of {pinned.version}, one entry for each of {len(cases.case_ids):,} cases, found {len(outcomes.answers):,} "
        )
        text += f"of {outcomes.version}; read the outcomes again"
        yield Finding(CHECK, pinned.version, Verdict.INCONCLUSIVE, "not_lined_up", text, n=len(outcomes.answers))


def _of_version(outcomes: VersionOutcomes, cases: EvaluationSet, inputs: GateInputs) -> Iterator[Finding]:
    limit, name, total = inputs.policy.outcomes.max_error_ratio, outcomes.version, len(cases.case_ids)
    columns = [one for one in (outcomes.answers, outcomes.scores, *outcomes.passed.values(), *outcomes.amounts.values()) if one]
    given = [any(one is not None for one in row) for row in zip(*columns, strict=True)]
    attempted = sum(bool(error) or has_any for error, has_any in zip(outcomes.errors, given, strict=True))
    if attempted < total or outcomes.strangers:
        text = (
            f"{name}: {attempted:,} of {total:,} cases of the set attempted and {outcomes.strangers:,} rows of other cases; expected the "
        )
        text += "same cases for both versions: evaluate on this set, or lock the set that was evaluated"
        yield Finding(CHECK, name, Verdict.INCONCLUSIVE, "other_cases", text, value=attempted / total, n=total)
    errors = Counter(error for error in outcomes.errors if error)
    if errors:
        is_too_many = errors.total() > limit * total
        text = f"{name}: {errors.total():,} of {total:,} cases ended in an error, mostly {commonest(errors, 1)[0][0]!r}; "
        text += f"expected at most {100 * limit:g} %" + ("; repair and evaluate again" if is_too_many else "")
        verdict = Verdict.INCONCLUSIVE if is_too_many else Verdict.PASS
        yield Finding(CHECK, name, verdict, "errored", text, is_too_many, value=errors.total() / total, limit=limit, n=total)


def _off_contract(outcomes: VersionOutcomes, inputs: GateInputs, total: int) -> Iterator[Finding]:
    spec, limit = inputs.spec, inputs.policy.outcomes.max_off_contract_ratio
    agreed = {*spec.answers, *spec.refusals}
    strange = Counter(answer for answer in outcomes.answers if answer is not None and answer not in agreed)
    if spec.answers and strange:
        is_too_many, is_candidate = strange.total() > limit * total, outcomes is inputs.candidate_outcomes
        named = ", ".join(f"{answer[:40]!r} ({count:,})" for answer, count in commonest(strange))
        text = f"{outcomes.version}: {strange.total():,} of {total:,} answers are none of those agreed: {named}; they count as wrong"
        text += "" if is_candidate or not is_too_many else ", so what has to be kept is not known: repair the champion's outcomes"
        verdict = Verdict.PASS if not is_too_many else Verdict.FAIL if is_candidate else Verdict.INCONCLUSIVE
        ratio = strange.total() / total
        yield Finding(CHECK, outcomes.version, verdict, "off_contract", text, is_too_many, value=ratio, limit=limit, n=total)
    declined = sum(answer in spec.refusals for answer in outcomes.answers)
    if declined:
        text = f"{outcomes.version}: declined {declined:,} of {total:,} cases; that is wrong, and not passed, unless it is the label"
        yield Finding(CHECK, outcomes.version, Verdict.PASS, "refusals", text, blocking=False, value=declined / total, n=total)

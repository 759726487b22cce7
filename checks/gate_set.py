"""Is the locked set one that a version can be judged on?

Put here what is wrong with the cases themselves, whatever the versions made of them. The versions are ``checks/gate_wiring.py``.

The rules:
 * Another set: its digest is not the one that the catalogue locks. INCONCLUSIVE.
 * Ids: a case id that is there twice, so that nobody can say which outcome is whose. INCONCLUSIVE.
 * Labels: one that is empty, or none of the answers agreed, so that no version can be right. INCONCLUSIVE.
 * Segments and groups: a column that the catalogue names and the set does not have was never looked at. INCONCLUSIVE.
 * Duplicates: one case under several ids counts as evidence twice; with different labels, one of them is wrong. Told, by name; more than
   ``max_duplicate_ratio`` are INCONCLUSIVE. Where nothing says what a case asks they cannot be seen, which is listed.
 * Looks: a set that was looked at too often has been learned. Told from half of the budget on; with all of it used, INCONCLUSIVE.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from checks.gate_wiring import CHECK, commonest
from registry.domain.decision import Finding, NotEvaluated, Verdict
from registry.domain.evaluation import EvaluationSet
from registry.domain.gate import GateInputs

SUBJECT = "set"
_NAMED = 5


def find_set_problems(inputs: GateInputs) -> tuple[Finding, ...]:
    """Return what is wrong with the locked set; nothing where there is none, which is told by the wiring."""
    cases = inputs.cases
    if cases is None or not cases.case_ids:
        return ()
    found = (
        _other_set(inputs, cases),
        _ids(cases),
        _labels(inputs, cases),
        _columns(inputs, cases),
        _duplicates(inputs, cases),
        _looks(inputs),
    )
    return tuple(one for problems in found for one in problems)


def find_unseen(inputs: GateInputs) -> Iterator[NotEvaluated]:
    """Yield what nobody can see in this set, on every decision, whatever else was found."""
    cases = inputs.cases
    if not inputs.spec.content or (cases and cases.case_ids and not cases.contents):
        text = "nothing says what a case asks, so one that is there several times counts as evidence as often; "
        yield NotEvaluated("duplicates", "no_content", text + "name the columns under evaluation, set.content")


def _other_set(inputs: GateInputs, cases: EvaluationSet) -> Iterator[Finding]:
    locked, found = inputs.spec.set_digest, cases.digest
    if locked.removeprefix("sha256:").lower() != found.removeprefix("sha256:").lower():
        yield _unusable("set_changed", f"expected the set that was locked ({locked}), found another ({found}); put the locked one back")


def _ids(cases: EvaluationSet) -> Iterator[Finding]:
    again = sorted(name for name, count in Counter(cases.case_ids).items() if count > 1)
    if again:
        text = f"expected one case an id, found {len(again):,} ids of several: {', '.join(again[:_NAMED])}; repair the set and lock it anew"
        yield _unusable("duplicate_ids", text, n=len(again))


def _labels(inputs: GateInputs, cases: EvaluationSet) -> Iterator[Finding]:
    possible = {*inputs.spec.answers, *inputs.spec.refusals}
    strange = Counter(label for label in cases.labels if not label or (inputs.spec.answers and label not in possible))
    if strange:
        named = ", ".join(f"{label[:40]!r} ({count:,})" for label, count in commonest(strange))
        text = f"expected labels that an answer can be, found {strange.total():,} of {len(cases.labels):,} that are none of those agreed: "
        text += f"{named}; no version can be right there: repair the set, or agree on these answers"
        yield _unusable("label_off_contract", text, n=strange.total())


def _columns(inputs: GateInputs, cases: EvaluationSet) -> Iterator[Finding]:
    total, named = len(cases.case_ids), (inputs.spec.segments, inputs.spec.fairness.columns)
    for told, columns, found in zip(("segment", "group"), named, (cases.segments, cases.groups), strict=True):
        for column in columns:
            if len(found.get(column, ())) != total:
                there = len(found.get(column, ()))
                text = f"expected a {told} of every case in {column!r}, found {there:,} of {total:,}; add the column, or do not name it"
                yield _unusable(f"missing_{told}", text, n=there)


def _duplicates(inputs: GateInputs, cases: EvaluationSet) -> Iterator[Finding]:
    same: dict[str, list[int]] = {}
    for place, content in enumerate(cases.contents):
        same.setdefault(content, []).append(place)
    groups = sorted(sorted(cases.case_ids[place] for place in places) for places in same.values() if len(places) > 1)
    again, total = sum(len(names) - 1 for names in groups), len(cases.case_ids)
    if not again:
        return
    in_conflict = sorted(
        sorted(cases.case_ids[place] for place in places)
        for places in same.values()
        if cases.labels and len({cases.labels[place] for place in places}) > 1
    )
    limit = inputs.policy.outcomes.max_duplicate_ratio
    is_too_many = again > limit * total
    grouped = "1 group" if len(in_conflict) == 1 else f"{len(in_conflict):,} groups"
    text = f"{again:,} of {total:,} cases ask what another one asks, {grouped} of them with different labels"
    text += f" ({_told(in_conflict)}): no version can be right on both; " if in_conflict else f" ({_told(groups)}); "
    text += "repair the set and lock it anew" if in_conflict or is_too_many else "each counts as evidence twice"
    verdict = Verdict.INCONCLUSIVE if is_too_many else Verdict.PASS
    yield Finding(CHECK, SUBJECT, verdict, "duplicate_cases", text, is_too_many, value=again / total, limit=limit, n=total)


def _told(groups: list[list[str]]) -> str:
    more = f" and {len(groups) - _NAMED:,} more" if len(groups) > _NAMED else ""
    return ", ".join(" and ".join(names[:_NAMED]) for names in groups[:_NAMED]) + more


def _looks(inputs: GateInputs) -> Iterator[Finding]:
    most, looks = inputs.policy.most_looks(on_reserve=inputs.spec.on_reserve), inputs.looks
    is_over = looks >= most
    if looks * 2 >= most:
        told = "reserve" if inputs.spec.on_reserve else "set"
        text = f"this {told} was looked at {looks} times before, expected fewer than {most}: what is looked at often is learned; "
        text += "lock a new set" if is_over else "prepare a new set"
        verdict = Verdict.INCONCLUSIVE if is_over else Verdict.PASS
        yield Finding(CHECK, SUBJECT, verdict, "looks", text, is_over, value=float(looks), limit=float(most))


def _unusable(code: str, text: str, n: int | None = None) -> Finding:
    return Finding(CHECK, SUBJECT, Verdict.INCONCLUSIVE, code, text, n=n)

"""Gate decisions for pages: complaints that a new model routes worse in one product, passes, and decisions of which much is missing.

Put a sample of a gate decision here. Counts are invented after a public table of language models; decisions are judged, not written down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from functools import cache
from typing import Any

from checks.eval_gate import judge_gate
from registry.domain.canonical import digest_of
from registry.domain.decision import Finding, InputDigest, NotEvaluated, Verdict
from registry.domain.evaluation import EvaluationSet, FairnessSpec, MetricKind, MetricSpec, VersionOutcomes
from registry.domain.gate import Change, Comparison, ComparisonState, GateDecision, GateInputs, PinnedVersion, ServingVersion
from registry.domain.policy_gate import GatePolicy, MarginPolicy, TooFewAction
from registry.domain.segments import Segment
from tests.builders import a_system
from tests.gate_builders import GATE_POLICY, a_gate_policy, a_set, an_evaluation_spec, gate_inputs, outcomes_of
from tests.reports.samples import with_text

PRODUCTS = ("credit_card", "credit_reporting", "debt_collection", "mortgages_and_loans", "retail_banking")
REFUSAL, STRANGE = "I cannot help with that.", "Retail banking (checking accounts)"
ACCURACY = MetricSpec("routed right", MetricKind.ACCURACY)
SECONDS = MetricSpec("seconds to answer", MetricKind.AMOUNT, column="seconds", more_is_better=False)
OWNERS = {"product_owner": "product.owner@bank.example", "model_owner": "model.owner@bank.example"}
Flips = Mapping[str, tuple[int, int]]
"""Cases lost and won by product."""


def complaints(per_product: int = 200, **changes: Any) -> EvaluationSet:
    """Return a locked set of complaints, so many of each product, in blocks; the channel tells a few from branches."""
    count = per_product * len(PRODUCTS)
    labels = tuple(product for product in PRODUCTS for _ in range(per_product))
    channel = tuple("branch" if place % 50 == 7 else "online" for place in range(count))
    cases = replace(a_set(count, labels=()), labels=labels, **{"segments": {"product": labels, "channel": channel}} | changes)
    return replace(cases, digest=digest_of((cases.case_ids, labels)))


def by_product() -> EvaluationSet:
    """Return the complaints without their channel, so that no segment has too few cases."""
    return complaints(segments={"product": complaints().labels})


def routed(cases: EvaluationSet, flips: Flips) -> tuple[VersionOutcomes, VersionOutcomes]:
    """Return champion and candidate: in each product the first cases are lost, the next won, five are wrong under both."""
    before: set[int] = set()
    now: set[int] = set()
    for product in PRODUCTS:
        places = [place for place, label in enumerate(cases.labels) if label == product]
        lost, won = flips.get(product, (2, 2))
        now |= {*places[:lost], *places[lost + won : lost + won + 5]}
        before |= set(places[lost : lost + won + 5])
    seconds = tuple(1.2 + (place % 7) / 10 for place in range(len(cases.case_ids)))
    return (
        outcomes_of(cases, before, version="gpt-4o", amounts={"seconds": seconds}),
        outcomes_of(cases, now, version="gpt-4.5-preview", amounts={"seconds": tuple(one * 1.04 for one in seconds)}),
    )


def complaint_inputs(flips: Flips, cases: EvaluationSet | None = None, **changes: Any) -> GateInputs:
    """Return what a decision about complaints is judged from."""
    cases = cases or complaints()
    champion, candidate = routed(cases, flips)
    spec = an_evaluation_spec(cases, ACCURACY, SECONDS, answers=PRODUCTS, refusals=(REFUSAL,))
    base = gate_inputs(
        cases,
        champion,
        candidate,
        spec=spec,
        system=a_system(system_id="complaint_router", name="Complaint routing", kind="llm", timezone="America/New_York", owners=OWNERS),
        policy=a_policy(),
        looks=3,
        events=118,
        reason="The provider retires gpt-4o in March.",
    )
    now = PinnedVersion("candidate", "gpt-4.5-preview", "sha256:" + "4b" * 32)
    before = PinnedVersion("champion", "gpt-4o", "sha256:" + "6f" * 32)
    return replace(base, **{"candidate": now, "champion": before, "in_force": (ServingVersion(before.version, 100),)} | changes)


def a_policy(**changes: Any) -> GatePolicy:
    """Return a policy that allows an amount to grow by a tenth, and asks for a canary where a segment is small."""
    margins = GATE_POLICY.margins | {MetricKind.AMOUNT: MarginPolicy(0.1, 0.2)}
    return a_gate_policy(**{"margins": margins, "too_few_segments": TooFewAction.CANARY, "digest": "sha256:" + "c3" * 32} | changes)


def judged(inputs: GateInputs) -> tuple[GateDecision, GateInputs]:
    return judge_gate(inputs), inputs


@cache
def a_loss() -> tuple[GateDecision, GateInputs]:
    """Return a candidate that routes retail banking worse, refuses twice, errs once and answers outside of the contract."""
    inputs = complaint_inputs({"retail_banking": (23, 2), "credit_card": (3, 9), "debt_collection": (2, 7)})
    outcomes = inputs.candidate_outcomes
    assert outcomes is not None
    answers, errors = list(outcomes.answers), list(outcomes.errors)
    answers[800:804] = [REFUSAL, REFUSAL, STRANGE, None]
    errors[803] = "timeout after 30 s"
    seconds = (*outcomes.amounts["seconds"][:803], None, *outcomes.amounts["seconds"][804:])
    told = replace(outcomes, answers=tuple(answers), errors=tuple(errors), amounts={"seconds": seconds})
    return judged(replace(inputs, candidate_outcomes=told))


@cache
def a_hidden_loss() -> tuple[GateDecision, GateInputs]:
    """Return a candidate that is better over all cases and worse in one product."""
    flips = {"retail_banking": (23, 2), **dict.fromkeys(("credit_card", "credit_reporting", "debt_collection"), (1, 22))}
    return judged(complaint_inputs(flips, by_product()))


@cache
def a_small_loss() -> tuple[GateDecision, GateInputs]:
    """Return a candidate that lost 7 cases of a product and won none: more than chance, and within what is allowed."""
    return judged(complaint_inputs({"credit_reporting": (7, 0), "credit_card": (1, 9)}, by_product()))


@cache
def a_pass() -> tuple[GateDecision, GateInputs]:
    """Return a candidate that passes with every segment large enough."""
    return judged(complaint_inputs({"credit_card": (1, 9)}, by_product()))


@cache
def a_canary() -> tuple[GateDecision, GateInputs]:
    """Return a candidate that passes, with a channel that has too few cases."""
    return judged(complaint_inputs({"credit_card": (1, 9)}))


@cache
def an_open_one() -> tuple[GateDecision, GateInputs]:
    """Return a candidate on so few cases that nothing is shown."""
    return judged(complaint_inputs({"credit_card": (3, 2)}, complaints(30)))


@cache
def itself() -> tuple[GateDecision, GateInputs]:
    """Return a champion that was compared with itself."""
    inputs = complaint_inputs({})
    return judged(replace(inputs, candidate=replace(inputs.champion, asked="latest"), candidate_outcomes=inputs.champion_outcomes))


@cache
def nothing() -> tuple[GateDecision, GateInputs]:
    """Return a decision for which neither the set nor outcomes could be read."""
    text = "expected the set locked in the catalogue (sha256:aa), found another (sha256:bb); put the locked file back"
    found = Finding("set", "eval/locked.csv", Verdict.INCONCLUSIVE, "set_changed", text)
    inputs = replace(complaint_inputs({}), cases=None, candidate_outcomes=None, champion_outcomes=None, findings=(found,))
    return judged(replace(inputs, reason="", looks=0))


@cache
def a_large_one() -> tuple[GateDecision, GateInputs]:
    """Return four measures over ninety segments of one column and a few of another, with hundreds of cases lost and won."""
    cases = a_set(5_400, labels=PRODUCTS)
    regions = tuple(f"region {place % 88:02d}" if place % 60 else f"small {place % 120}" for place in range(5_400))
    cases = replace(cases, segments={"region": regions, "product": cases.labels})
    champion = outcomes_of(cases, range(0, 5_400, 11), version="2.0.0")
    candidate = outcomes_of(cases, {*range(0, 5_400, 13), *range(5, 5_400, 88), *range(0, 5_400, 97)}, version="3.0.0-rc1")
    passed = {"grounded": tuple(place % 9 != 0 for place in range(5_400)), "polite": (True,) * 5_400}
    champion, candidate = (replace(one, passed=passed) for one in (champion, candidate))
    metrics = (ACCURACY, *(MetricSpec(name, MetricKind.PASSED, column=name) for name in passed), MetricSpec("F1", MetricKind.F1))
    spec = an_evaluation_spec(cases, *metrics, answers=PRODUCTS)
    read = {"cases": cases, "champion_outcomes": champion, "candidate_outcomes": candidate}
    now, before = (PinnedVersion(one, one, digest_of(one)) for one in ("3.0.0-rc1", "2.0.0"))
    in_force = (ServingVersion(before.version, 100),)
    return judged(replace(complaint_inputs({}), spec=spec, candidate=now, champion=before, in_force=in_force, **read))


@cache
def of_every_kind() -> tuple[GateDecision, GateInputs]:
    """Return a credit score that is judged by measures of every kind, on critical cases and between groups of customers."""
    count = 800
    labels = tuple("1" if place % 4 == 0 else "0" for place in range(count))
    groups = tuple("younger" if place % 3 else "older" for place in range(count))
    critical = tuple(place % 40 == 4 for place in range(count))
    cases = replace(a_set(count, labels=("1", "0")), labels=labels, groups={"age": groups}, critical=critical)
    versions = []
    for version, wrong, shift in (("1", range(0, count, 19), 0), ("2", range(0, count, 23), 3)):
        scores = tuple((0.35 if label == "1" else 0.15) + ((place * 7 + shift) % 50) / 100 for place, label in enumerate(labels))
        right = {place for place in wrong if not cases.critical[place]}
        amounts = {"cents": tuple(0.4 + (place % 11) / (20 + shift) for place in range(count))}
        passed = {"explained": tuple((place + shift) % 9 != 0 for place in range(count))}
        versions.append(outcomes_of(cases, right, version=version, scores=scores, amounts=amounts, passed=passed))
    columns = {MetricKind.AMOUNT: "cents", MetricKind.PASSED: "explained"}
    metrics = tuple(
        MetricSpec(kind.value, kind, columns.get(kind, ""), more_is_better=kind is not MetricKind.AMOUNT) for kind in MetricKind
    )
    fairness = FairnessSpec(("age",), "0")
    spec = an_evaluation_spec(cases, *metrics, answers=("0", "1"), fairness=fairness)
    return judged(replace(gate_inputs(cases, *versions, spec=spec), policy=a_policy()))


def named_by(texts: Sequence[str]) -> tuple[GateDecision, GateInputs]:
    """Return a decision with each of ``texts`` in every list at once, and inputs that name cases, segments and people so."""
    decision, inputs = a_loss()
    small = replace(
        decision,
        comparisons=_one_of_each(decision),
        changes=decision.changes[:1],
        not_evaluated=(NotEvaluated("x", "x", "x"),),
        inputs=(InputDigest("x", "x"),),
    )
    decisions = [_hostile(small, text) for text in texts]
    lists = [field.name for field in fields(GateDecision) if isinstance(getattr(small, field.name), tuple)]
    joined = replace(decisions[0], **{name: tuple(item for one in decisions for item in getattr(one, name)) for name in lists})
    cases = EvaluationSet(texts[0], tuple(texts), tuple(texts), segments={text: tuple(texts) for text in texts[:3]})
    errors = tuple(text if place % 2 else "" for place, text in enumerate(texts))
    outcomes = VersionOutcomes(texts[0], texts[0], tuple(texts), errors)
    metrics = tuple(MetricSpec(text, MetricKind.ACCURACY) for text in texts)
    owner = dict.fromkeys(OWNERS, texts[-1])
    return joined, replace(
        inputs,
        system=replace(inputs.system, system_id=texts[0], name=texts[0], owners=owner),
        spec=replace(with_text(replace(inputs.spec, metrics=()), texts[0]), metrics=metrics),
        cases=cases,
        candidate_outcomes=outcomes,
        champion_outcomes=replace(outcomes, version=texts[-1]),
        reason=texts[0],
    )


def charted_by(texts: Sequence[str]) -> tuple[GateDecision, GateInputs]:
    """Return a decision whose labels, answers, measures and amounts are called by the texts, each several times."""
    labels = tuple(texts) * 3
    cases = EvaluationSet("sha256:" + "5e" * 32, tuple(f"case {place}" for place in range(len(labels))), labels)
    amounts = {text: tuple(float(place % 7) for place in range(len(labels))) for text in texts}
    champion = VersionOutcomes(texts[0], "sha256:1", labels, ("",) * len(labels), amounts=amounts)
    candidate = VersionOutcomes(texts[-1], "sha256:2", (*labels[1:], labels[0]), champion.errors, amounts=amounts)
    decision, inputs = a_loss()
    whole = next(one for one in decision.comparisons if one.segment == Segment() and one.difference)
    measures = tuple(MetricSpec(text, MetricKind.AMOUNT, text) for text in texts)
    return replace(decision, comparisons=tuple(replace(whole, metric=text) for text in texts), case_count=len(labels)), replace(
        inputs,
        system=replace(inputs.system, name=texts[-1]),
        spec=replace(inputs.spec, metrics=measures),
        champion=replace(inputs.champion, version=texts[0]),
        candidate=replace(inputs.candidate, version=texts[-1]),
        cases=cases,
        champion_outcomes=champion,
        candidate_outcomes=candidate,
    )


def _one_of_each(decision: GateDecision) -> tuple[Comparison, ...]:
    """Return one comparison of each state, and one whose loss is more than chance and small."""
    first = {one.state: one for one in decision.comparisons if one.segment != Segment()}
    return (*first.values(), replace(first[ComparisonState.NOT_WORSE], is_shown=True))


def _hostile(decision: GateDecision, text: str) -> GateDecision:
    """Return the decision with ``text`` in every text; its findings are those of a check, of critical cases and of fairness."""
    told = tuple(
        Finding(check, text, Verdict.FAIL, text, text) for check in ("wiring", "critical", "fairness")
    )  # fmt: skip
    changed = with_text(replace(decision, findings=()), text)
    return replace(changed, findings=told, changes=(Change(text, True, text, text, text), Change(text, False, text, text, text)))

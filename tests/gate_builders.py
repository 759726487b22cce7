"""Small sets, outcomes and policies for tests of the evaluation gate: every number can be overridden, none is hidden."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import Any

from registry.domain.canonical import digest_bytes, digest_of
from registry.domain.catalogue import SourceSpec
from registry.domain.evaluation import EvaluationSet, EvaluationSpec, MetricKind, MetricSpec, OutcomeColumns, VersionOutcomes
from registry.domain.gate import GateInputs, PinnedVersion, ServingVersion
from registry.domain.policy_gate import FairnessPolicy, GatePolicy, GateStatistics, MarginPolicy, OutcomePolicy, TooFewAction
from tests.builders import a_system

MORNING = datetime(2026, 3, 2, 8, tzinfo=UTC)
ANSWERS = ("approve", "decline")
CHAMPION, CANDIDATE = "1", "2"
GATE_POLICY = GatePolicy(
    margins={kind: MarginPolicy(max_regression=0.02, max_segment_regression=0.05) for kind in MetricKind},
    statistics=GateStatistics(
        false_pass_probability=0.05,
        false_alarm_probability=0.05,
        target_power=0.8,
        min_case_count=100,
        min_segment_case_count=30,
        normal_from_count=200,
        calibration_bin_count=10,
    ),
    outcomes=OutcomePolicy(max_error_ratio=0.02, max_off_contract_ratio=0.02, max_duplicate_ratio=0.05),
    fairness=FairnessPolicy(max_disparity_increase=0.05, min_group_case_count=50),
    max_looks_count=20,
    too_few_segments=TooFewAction.BLOCK,
    digest="sha256:" + "0" * 64,
)


def a_gate_policy(**changes: Any) -> GatePolicy:
    """Return the policy; a change names any of its keys, whichever part of it holds it: ``a_gate_policy(min_case_count=10)``."""
    made = GATE_POLICY
    for part in ("statistics", "outcomes", "fairness"):
        held = getattr(made, part)
        inside = {one.name: changes.pop(one.name) for one in fields(held) if one.name in changes}
        made = replace(made, **{part: replace(held, **inside)})
    return replace(made, **changes)


def a_metric(kind: MetricKind = MetricKind.ACCURACY, name: str = "", **changes: Any) -> MetricSpec:
    """Return a measure that is named after its kind."""
    return replace(MetricSpec(name or kind.value, kind), **changes)


def a_set(case_count: int = 1000, labels: Sequence[str] = ANSWERS, **changes: Any) -> EvaluationSet:
    """Return a locked set; ``labels`` are taken in turn, and every case asks something else."""
    names = tuple(f"case-{place:06d}" for place in range(case_count))
    turns = tuple(labels[place % len(labels)] for place in range(case_count)) if labels else ()
    made = EvaluationSet("", names, turns, contents=tuple(digest_bytes(name.encode()) for name in names))
    made = replace(made, **changes)
    return made if made.digest else replace(made, digest=digest_of((made.case_ids, made.labels, dict(made.segments))))


def alternating(case_count: int, *values: str) -> tuple[str, ...]:
    """Return a column in runs of two cases, so that each value meets both labels of ``a_set``.

    >>> alternating(5, "north", "south")
    ('north', 'north', 'south', 'south', 'north')
    """
    return tuple(values[place // 2 % len(values)] for place in range(case_count))


def outcomes_of(
    cases: EvaluationSet,
    wrong: Collection[int] = (),
    *,
    version: str = CANDIDATE,
    errors: Mapping[int, str] | None = None,
    **changes: Any,
) -> VersionOutcomes:
    """Return what a version made of the set: right but for the places in ``wrong``, and no answer where ``errors`` names one."""
    wrong, failed = set(wrong), errors or {}
    others = sorted(set(cases.labels))
    mistaken = dict(zip(others, others[1:] + others[:1], strict=True)) if len(others) > 1 else {}
    answers: list[str | None] = list(cases.labels or ("",) * len(cases.case_ids))
    told = [""] * len(answers)
    for place in wrong.intersection(range(len(answers))):
        answers[place] = mistaken.get(str(answers[place]), "something else")
    for place, error in failed.items():
        answers[place], told[place] = None, error
    made = replace(VersionOutcomes(version, "", tuple(answers), tuple(told)), **changes)
    return made if made.digest else replace(made, digest=digest_of((made.version, made.answers, made.errors)))


def a_pair(cases: EvaluationSet, lost: int = 0, won: int = 0, both_wrong: int = 0) -> tuple[VersionOutcomes, VersionOutcomes]:
    """Return champion and candidate: cases lost come first in the set, then those won, then those that both have wrong."""
    between = range(lost, lost + won)
    shared = range(lost + won, lost + won + both_wrong)
    champion, candidate = {*between, *shared}, {*range(lost), *shared}
    return outcomes_of(cases, champion, version=CHAMPION), outcomes_of(cases, candidate, version=CANDIDATE)


def a_pinned(version: str = CANDIDATE, **changes: Any) -> PinnedVersion:
    return replace(PinnedVersion(version, version, digest_bytes(f"version {version}".encode())), **changes)


def an_evaluation_spec(cases: EvaluationSet, *metrics: MetricSpec, **changes: Any) -> EvaluationSpec:
    """Return how the set is evaluated: answers of ``ANSWERS`` and its segments, accuracy unless told otherwise."""
    base = EvaluationSpec(
        artifact="model",
        cases=SourceSpec("eval/locked.csv", path="eval/locked.csv"),
        set_digest=cases.digest,
        case_id="case_id",
        outcomes=SourceSpec("eval/outcomes.csv", path="eval/outcomes.csv"),
        columns=OutcomeColumns(version="version", case_id="case_id", answer="answer", error="error"),
        metrics=metrics or (a_metric(),),
        label="label" if cases.labels else "",
        content=("question",) if cases.contents else (),
        answers=ANSWERS,
        segments=tuple(cases.segments),
        critical="is_critical" if cases.critical else "",
    )
    return replace(base, **changes)


def gate_inputs(
    cases: EvaluationSet | None = None,
    champion: VersionOutcomes | None = None,
    candidate: VersionOutcomes | None = None,
    *metrics: MetricSpec,
    **changes: Any,
) -> GateInputs:
    """Return what one gate is judged from; without changes 10 of 1,000 cases are lost, 30 won, 70 wrong under both, and it passes.

    The champion is what is in force.
    """
    cases = a_set() if cases is None else cases
    if champion is None or candidate is None:
        before, now = a_pair(cases, lost=10, won=30, both_wrong=70)
        champion, candidate = champion or before, candidate or now
    spec = changes.pop("spec", None) or an_evaluation_spec(cases, *metrics)
    base = GateInputs(
        system=a_system(system_id="credit_model", timezone="UTC"),
        spec=spec,
        policy=GATE_POLICY,
        as_of=MORNING,
        business_date=date(2026, 3, 2),
        candidate=a_pinned(CANDIDATE),
        champion=a_pinned(CHAMPION),
        cases=cases,
        candidate_outcomes=candidate,
        champion_outcomes=champion,
    )
    made = replace(base, **changes)
    return made if "in_force" in changes else replace(made, in_force=(ServingVersion(made.champion.version, 100),))

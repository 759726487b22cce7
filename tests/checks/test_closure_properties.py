"""What holds of every closure: taking evidence away never makes it better, and nor does finding one more thing that lacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from checks.closure import judge_closure
from checks.closure_gate import judged
from checks.verdict import badness
from registry.domain.closure import ClosureInputs, Lack
from registry.domain.decision import Verdict
from registry.domain.evidence_graph import NodeKind
from registry.domain.signal import Severity
from registry.domain.steps_closure import ClosureGate
from registry.domain.work import StepKind
from tests.closure_builders import a_closure
from tests.closure_defects_computed import DEFECTS
from tests.closure_spoiling import L2, L3, Defect, without_nodes
from tests.closure_story import ClosureStory, a_story

Removal = Callable[[ClosureInputs], ClosureInputs]
TAKEN = [kind for kind in StepKind if a_story(L3).steps(kind)]
NODES = [kind for kind in NodeKind if any(node.kind is kind for node in a_closure(L3).graph.nodes)]


def without_step(kind: StepKind) -> Removal:
    return lambda one: replace(one, case=replace(one.case, steps=tuple(step for step in one.case.steps if step.kind is not kind)))


def without_node(kind: NodeKind) -> Removal:
    return lambda one: replace(one, graph=without_nodes(one.graph, kind))


def without_package(place: int) -> Removal:
    return lambda one: replace(one, archive=replace(one.archive, packages=one.archive.packages[:place] + one.archive.packages[place + 1 :]))


REMOVALS: dict[str, Removal] = {
    **{f"the step {kind}": without_step(kind) for kind in TAKEN if kind is not StepKind.ASSIGN},
    **{f"the nodes {kind}": without_node(kind) for kind in NODES},
    **{f"package {place}": without_package(place) for place in range(16)},
    "approvals": lambda one: replace(one, case=replace(one.case, approvals=())),
    "the window": lambda one: replace(one, window=None),
    "segments": lambda one: replace(one, window=replace(one.window, segments=()) if one.window else None),
    "the list": lambda one: replace(one, population=None),
    "signals": lambda one: replace(one, signals=()),
    "packages": lambda one: replace(one, archive=replace(one.archive, packages=())),
}


def bad(inputs: ClosureInputs) -> int:
    return badness(judge_closure(inputs).verdict)


def test_each_piece_of_evidence_is_needed_at_l3() -> None:
    passing = {name for name, remove in REMOVALS.items() if judge_closure(remove(a_closure(L3))).verdict is Verdict.PASS}
    assert passing <= {"the nodes implicated_version"}


@given(severity=st.sampled_from([L2, L3]), names=st.lists(st.sampled_from(sorted(REMOVALS)), max_size=6, unique=True))
def test_taking_evidence_away_never_turns_a_refusal_into_a_pass(severity: Severity, names: list[str]) -> None:
    inputs = [a_closure(severity)]
    for name in names:
        inputs.append(REMOVALS[name](inputs[-1]))
    verdicts = [judge_closure(one).verdict is Verdict.PASS for one in inputs]
    assert all(before or not after for before, after in pairwise(verdicts))


@given(severity=st.sampled_from([L2, L3]), kinds=st.lists(st.sampled_from(TAKEN), max_size=6, unique=True))
def test_a_story_with_fewer_steps_is_never_judged_better(severity: Severity, kinds: list[StepKind]) -> None:
    stories: list[ClosureStory] = [a_story(severity)]
    for kind in kinds:
        stories.append(stories[-1].without(kind))
    found = [bad(a_closure(severity, story)) for story in stories]
    assert found == sorted(found)


@given(severity=st.sampled_from([L2, L3]), data=st.data())
def test_an_issue_that_is_not_worked_on_to_its_end_is_judged_and_never_passes(severity: Severity, data: st.DataObject) -> None:
    events = a_story(severity).events
    told = ClosureStory(events[: data.draw(st.integers(1, len(events) - 2))])
    assert judge_closure(a_closure(severity, told)).verdict is not Verdict.PASS


@settings(max_examples=200)
@given(defect=st.sampled_from(DEFECTS), name=st.sampled_from(sorted(set(REMOVALS))))
def test_a_defect_is_not_mended_by_taking_something_else_away(defect: Defect, name: str) -> None:
    assert judge_closure(REMOVALS[name](defect.spoil())).verdict is not Verdict.PASS


LACKS = st.builds(Lack, st.sampled_from(["a", "b", "c"]), st.just("expected x, found y"), st.just("do z"), st.sampled_from(list(Verdict)))


@given(lacks=st.lists(LACKS), more=LACKS)
def test_one_more_lack_never_makes_a_gate_better(lacks: list[Lack], more: Lack) -> None:
    without, with_it = (judged(ClosureGate.SCOPE, found, (), "") for found in (lacks, [*lacks, more]))
    assert badness(with_it.verdict) >= badness(without.verdict)


@given(first=st.sampled_from(DEFECTS))
def test_the_verdict_is_that_of_the_worst_gate(first: Defect) -> None:
    decision = judge_closure(first.spoil())
    assert badness(decision.verdict) == max(badness(gate.verdict) for gate in decision.gates)

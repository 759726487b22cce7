"""What a closure cites: the steps of the present occurrence, the cause that stands, what approved them, and nothing beside."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from checks.closure import judge_closure
from checks.closure_archive import cited_steps, find_cited
from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.evidence_graph import EvidenceGraph
from registry.domain.steps_change import Note
from registry.domain.work import Case, StepKind
from tests.closure_builders import a_closure, an_archive
from tests.closure_documents import LEAD
from tests.closure_spoiling import all_earlier, told, unpackaged
from tests.closure_story import a_story

LATER = datetime(2021, 4, 20, tzinfo=UTC)


def test_an_issue_on_which_nobody_did_anything_cites_nothing() -> None:
    assert find_cited(Case(a_story().issue()), EvidenceGraph((), ())) == ()


def test_every_step_and_approval_is_cited_by_its_package() -> None:
    inputs = a_closure()
    cited = find_cited(inputs.case, inputs.graph)
    assert len(cited) == len(inputs.case.steps) + len(inputs.case.approvals)
    assert {bundle for _, bundle in cited} < {package.bundle_digest for package in inputs.archive.packages}


def test_a_note_is_beside_the_closure_and_its_package_is_not_asked_for() -> None:
    story = a_story().take(LATER, StepKind.NOTE, Note(text="The vendor asked again."), LEAD, "operations_lead")
    inputs = told(story, archive=an_archive(a_story()), window_event=a_story().events[-1][0])
    assert judge_closure(inputs).verdict is Verdict.PASS


def test_what_an_earlier_occurrence_cited_is_not_asked_for_again_but_the_cause_that_stands_is() -> None:
    back = {"from": "closed", "to": "rca_in_progress", "role": "product_owner", "reason": "the same cause"}
    same = told(a_story().add(LATER, EventKind.ISSUE_REOPENED, back, "owner@bank.example"))
    other = told(all_earlier())
    assert [step.kind for step in cited_steps(same.case, same.graph)] == [StepKind.ROOT_CAUSE]
    assert cited_steps(other.case, other.graph) == ()


def test_a_package_that_nobody_cites_may_be_missing() -> None:
    inputs = a_closure()
    beside = replace(inputs.archive.packages[0], bundle_digest="sha256:" + "7" * 64, seal=99)
    more = replace(inputs, archive=replace(inputs.archive, packages=(*inputs.archive.packages, beside)))
    assert judge_closure(more).verdict is judge_closure(unpackaged(more, 99)).verdict is Verdict.PASS


def test_a_window_whose_package_does_not_tell_its_events_is_believed_by_its_digest() -> None:
    inputs = a_closure()
    packages = tuple(replace(one, events=()) for one in inputs.archive.packages)
    assert judge_closure(replace(inputs, archive=replace(inputs.archive, packages=packages))).verdict is Verdict.PASS

"""Releasing a fix: everything linked, in force since the approval, with a way back, and kept so that the triage tells its decisions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from checks.contribution import VersionHistory, is_post_fix
from checks.work.implementation import find_refusals, fix_versions
from registry.domain.catalogue import SystemEntry, VersionSpec
from registry.domain.issue import Fix, IssueState
from registry.domain.steps import Artifact
from registry.domain.steps_change import ChangeLink
from registry.domain.work import Case, StepTaken
from registry.domain.work_run import StepKnowledge
from tests.builders import SYSTEM, a_feed, a_system, a_version, an_issue
from tests.checks.work.cases import a_case, a_step_plan, a_taken
from tests.checks.work.releases import APPROVED_AT, a_link, a_plan, an_action, an_approved_case, an_implementation


def both(**changes: Any) -> tuple[StepTaken, StepTaken]:
    """Return the links of both actions of the plan: of the model, and of a workflow."""
    preventive = a_link(action="code-check", artifact=Artifact.WORKFLOW, name="terminal codes", version="3")
    return a_taken(a_link(**changes), seq=20), a_taken(preventive, seq=21)


def linked(*links: ChangeLink) -> Case:
    """Return a case whose plan has one action for each of ``links``."""
    actions = [an_action(action=f"action-{index}") for index in range(len(links))]
    taken = [
        a_taken(replace(link, action=action.action), seq=20 + at) for at, (link, action) in enumerate(zip(links, actions, strict=True))
    ]
    return an_approved_case(*taken, plan=a_plan(*actions))


def refused(case: Case, system: SystemEntry | None = None, **changes: Any) -> list[tuple[str, str, str]]:
    plan = a_step_plan(an_implementation(**changes), systems=(system or a_system(),))
    return [(found.code, found.reason, found.remedy) for found in find_refusals(case, plan, StepKnowledge())]


def versions(case: Case, system: SystemEntry) -> dict[str, str]:
    return fix_versions(case, a_step_plan(an_implementation(), systems=(system,)))


def test_without_a_plan_nothing_can_be_released() -> None:
    assert [code for code, *_ in refused(a_case())] == ["no_plan"]


def test_every_action_without_a_change_is_named() -> None:
    found = refused(an_approved_case())

    assert [code for code, *_ in found] == ["unlinked_action", "unlinked_action"]
    assert "none for the corrective action new-filter" in found[0][1]
    assert "none for the preventive action code-check" in found[1][1]
    assert found[1][2] == "take the step `link-change` for code-check, which ops@bank.example does"


def test_a_corrective_change_alone_is_not_enough() -> None:
    (found,) = refused(an_approved_case(both()[0]))

    assert "code-check" in found[1]


def test_links_of_an_earlier_plan_do_not_count() -> None:
    old = [replace(step, seq=1 + at) for at, step in enumerate(both())]

    assert [code for code, *_ in refused(an_approved_case(*old))] == ["unlinked_action", "unlinked_action"]


def test_a_release_with_every_change_linked_is_taken() -> None:
    assert refused(an_approved_case(*both())) == []


@pytest.mark.parametrize(("hours", "codes"), [(-1, ["before_approval"]), (0, []), (1, [])])
def test_what_served_before_the_plan_was_approved_is_not_its_release(hours: int, codes: list[str]) -> None:
    found = refused(an_approved_case(*both()), deployed_at=APPROVED_AT + timedelta(hours=hours))

    assert [code for code, *_ in found] == codes


def test_an_issue_in_another_state_is_not_dated_by_it() -> None:
    case = replace(an_approved_case(*both()), issue=an_issue(state=IssueState.TRIAGE, state_since=APPROVED_AT + timedelta(days=9)))

    assert refused(case) == []


@pytest.mark.parametrize(("share", "codes"), [(-1, ["no_share"]), (0, ["no_share"]), (1, []), (100, []), (101, ["no_share"])])
def test_the_share_of_the_traffic_is_a_share(share: int, codes: list[str]) -> None:
    assert [code for code, *_ in refused(an_approved_case(*both()), share_percent=share)] == codes


@pytest.mark.parametrize(("text", "code"), [("", "missing"), ("tbd", "placeholder"), ("none", "placeholder"), ("roll back", "too_short")])
def test_the_way_back_is_said(text: str, code: str) -> None:
    assert [found for found, *_ in refused(an_approved_case(*both()), rollback=text)] == [code]


def test_versions_are_kept_by_the_kinds_that_the_triage_compares() -> None:
    system = a_system(
        versions=(
            VersionSpec(artifact="model", mlflow_model="credit_model", alias="champion"),
            VersionSpec(artifact="reranker", mlflow_model="kb_reranker", alias="champion"),
            VersionSpec(artifact="tool", recorded="1"),
        ),
        feeds=(a_feed(versions={"prompt": "Prompt version"}),),
    )
    case = linked(
        a_link(name="credit_model", version="8"),
        a_link(name="kb_reranker", version="3"),
        a_link(artifact=Artifact.PROMPT, name="answer_prompt", version="5"),
        a_link(artifact=Artifact.TOOL_POLICY, name="refunds", version="12"),
        a_link(artifact=Artifact.INDEX, name="kb_cards", version="2020-10"),
        a_link(artifact=Artifact.EVAL_SET, name="locked", version="4"),
    )

    assert refused(case, system) == []
    assert versions(case, system) == {"model": "8", "reranker": "3", "prompt": "5", "tool": "12", "index:kb_cards": "2020-10"}


def test_one_version_that_carries_out_two_actions_is_one() -> None:
    case = linked(a_link(), a_link())

    assert refused(case) == []
    assert versions(case, a_system()) == {"model": "2.4.0"}


def test_two_versions_of_one_artifact_are_refused() -> None:
    ((code, reason, remedy),) = refused(linked(a_link(), a_link(version="2.5.0")))

    assert code == "two_versions"
    assert reason.endswith("one version of model, found card_fraud_filter 2.4.0 and card_fraud_filter 2.5.0")
    assert remedy == "link the actions to the version that serves"


def test_two_artifacts_of_one_kind_are_refused_until_the_catalogue_tells_them_apart() -> None:
    case = linked(
        a_link(artifact=Artifact.INDEX, name="kb_cards", version="2"), a_link(artifact=Artifact.INDEX, name="kb_loans", version="7")
    )
    one_kind = a_system(versions=(VersionSpec(artifact="index", recorded="1"),))
    apart = a_system(versions=(VersionSpec(artifact="kb_cards", recorded="1"), VersionSpec(artifact="kb_loans", recorded="6")))

    ((code, _, remedy),) = refused(case, one_kind)

    assert (code, remedy) == ("two_versions", "give each a kind of its own, called by its name, in `versions` of systems/fraud_filter.yaml")
    assert refused(case, apart) == []
    assert versions(case, apart) == {"kb_cards": "2", "kb_loans": "7"}


def test_the_newest_link_of_an_action_is_the_one_that_counts() -> None:
    case = an_approved_case(*both(), a_taken(a_link(version="2.5.0"), seq=30))

    assert versions(case, a_system())["model"] == "2.5.0"


def test_the_triage_tells_decisions_of_the_fix_from_those_before_it() -> None:
    system = a_system(versions=(VersionSpec(artifact="model", mlflow_model="credit_model", alias="champion"),))
    deployed_at = APPROVED_AT + timedelta(days=2)
    fix = Fix(deployed_at, versions(linked(a_link(name="credit_model", version="8")), system))
    history = VersionHistory([a_version(version="7"), a_version(version="8", from_at=deployed_at - timedelta(hours=2))])
    canary, later = deployed_at - timedelta(hours=1), deployed_at + timedelta(days=1)

    told = {(version, at): is_post_fix({"model": version}, at, fix, history, SYSTEM) for version in ("7", "8") for at in (canary, later)}

    assert told == {("7", canary): False, ("7", later): False, ("8", canary): True, ("8", later): True}


def test_a_fix_that_changes_nothing_that_decides_names_no_version() -> None:
    case = linked(a_link(artifact=Artifact.COMMUNICATION, name="letter", version="2"))

    assert versions(case, a_system()) == {}

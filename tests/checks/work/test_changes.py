"""Linking a change: the action, the artifact, its exact version, the request and who approved it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checks.work.changes import find_refusals
from registry.domain.catalogue import VersionSpec
from registry.domain.steps import Artifact
from registry.domain.steps_change import ChangeLink
from registry.domain.work import Case
from registry.domain.work_run import StepKnowledge, VersionAnswer
from tests.builders import a_feed, a_system
from tests.checks.work.cases import OWNER, a_case, a_step_plan, shipped_policies
from tests.checks.work.releases import a_link, an_approved_case

DIGEST = "sha256:" + "0123456789abcdef" * 4
MODEL = VersionSpec(artifact="model", mlflow_model="credit_model", alias="champion")
PROMPT = VersionSpec(artifact="prompt", mlflow_prompt="answer_prompt", alias="live-answers")
FOLLOWING = a_system(versions=(MODEL, PROMPT))


def refused(
    link: ChangeLink, case: Case | None = None, known: StepKnowledge | None = None, system: Any = None
) -> dict[str, tuple[str, str]]:
    """Return what is refused of ``link``: reason and remedy by code."""
    plan = a_step_plan(link, systems=(system or a_system(),))
    found = find_refusals(case or an_approved_case(), plan, known or StepKnowledge())
    return {refusal.code: (refusal.reason, refusal.remedy) for refusal in found}


def mlflow_says(exists: bool | None, link: ChangeLink, reason: str = "") -> StepKnowledge:
    return StepKnowledge(versions=(VersionAnswer(link.artifact.value, link.name, link.version, exists, reason),))


def test_an_empty_link_is_told_everything_that_it_lacks_at_once() -> None:
    link = ChangeLink(action="", artifact=Artifact.INDEX, name="", version="", change_request="", approver="")
    plan = a_step_plan(link, systems=(a_system(),))

    codes = [refusal.code for refusal in find_refusals(an_approved_case(), plan, StepKnowledge())]

    asked = sum(Artifact.INDEX in rule.artifacts for rule in shipped_policies().controls)
    assert asked == 7
    assert codes == ["unknown_action", "missing", "missing", "missing", "not_exact", *["unanswered"] * asked]


@pytest.mark.parametrize("artifact", Artifact)
def test_a_complete_link_of_every_kind_of_artifact_is_taken(artifact: Artifact) -> None:
    recorded = tuple(VersionSpec(artifact=kind, recorded="1") for kind in ("model", "prompt"))

    assert refused(a_link(artifact=artifact), system=a_system(versions=recorded)) == {}


def test_a_link_without_a_plan_is_sent_to_plan() -> None:
    assert refused(a_link(), a_case())["no_plan"][1] == "take the step `plan` and have it approved"


def test_an_action_that_the_plan_does_not_have_is_answered_with_the_nearest_one() -> None:
    reason, remedy = refused(a_link(action="new-fliter"))["unknown_action"]

    assert reason == "action: expected one of the plan's new-filter, code-check, found 'new-fliter'"
    assert remedy == "write 'new-filter', or have a plan approved that names this one"


@pytest.mark.parametrize("approver", [OWNER, f" {OWNER.upper()} "])
def test_nobody_approves_the_change_that_they_link(approver: str) -> None:
    assert refused(a_link(approver=approver))["own_change"][0].startswith("approver: expected somebody other than owner@bank.example")


def test_nobody_approves_the_change_that_they_make() -> None:
    found = refused(a_link(approver="Maker@bank.example"))

    assert "the owner of new-filter, who makes the change" in found["own_change"][0]
    assert refused(a_link(approver="ops@bank.example")) == {}


@pytest.mark.parametrize("field", ["name", "change_request", "approver"])
@pytest.mark.parametrize(("text", "code"), [("", "missing"), ("  ", "missing"), ("tbd", "placeholder"), ("N/A", "placeholder")])
def test_a_text_that_says_nothing_is_refused(field: str, text: str, code: str) -> None:
    found = refused(a_link(artifact=Artifact.INDEX, **{field: text}))

    assert found[code][0].startswith(f"{field}: expected an answer, found")


@pytest.mark.parametrize("artifact", [Artifact.DATASET, Artifact.INDEX, Artifact.TOOL_POLICY, Artifact.WORKFLOW])
@pytest.mark.parametrize("version", ["", "latest", "main", "PROD", "champion", "2.x", ">=2", "sha256:abc", "next week", "card-index"])
def test_what_moves_or_is_no_version_is_not_exact(artifact: Artifact, version: str) -> None:
    assert list(refused(a_link(artifact=artifact, version=version))) == ["not_exact"]


def test_an_alias_that_the_catalogue_follows_is_not_exact_for_anything() -> None:
    assert "not_exact" in refused(a_link(artifact=Artifact.INDEX, version="live-answers"), system=FOLLOWING)


@pytest.mark.parametrize("artifact", [Artifact.DATASET, Artifact.EVAL_SET])
def test_the_short_digest_of_a_datasets_first_rows_is_not_exact(artifact: Artifact) -> None:
    assert "short digest of its first rows" in refused(a_link(artifact=artifact, version="4f2a9c1e"))["not_exact"][0]
    assert refused(a_link(artifact=artifact, version="20201015")) == {}
    assert refused(a_link(artifact=artifact, version=DIGEST)) == {}


def test_a_model_that_people_record_is_judged_by_its_text_alone() -> None:
    assert refused(a_link(version=DIGEST)) == {}
    assert list(refused(a_link(version="champion"))) == ["not_exact"]


def test_a_version_that_mlflow_has_is_taken() -> None:
    link = a_link(name="credit_model", version="8")

    assert refused(link, known=mlflow_says(True, link), system=FOLLOWING) == {}


def test_a_version_that_mlflow_does_not_have_is_refused_with_what_it_said() -> None:
    link = a_link(artifact=Artifact.PROMPT, name="answer_prompt", version="9")

    reason, remedy = refused(link, known=mlflow_says(False, link, "it has none"), system=FOLLOWING)["no_such_version"]

    assert reason == "version: expected a version of prompt 'answer_prompt' that MLflow has, by its number, found '9': it has none"
    assert remedy == "register the version first, or correct its number"


@pytest.mark.parametrize("known", [StepKnowledge(), mlflow_says(None, a_link(name="credit_model", version="8"), "no mlflow_uri")])
def test_a_version_that_nobody_looked_up_does_not_pass(known: StepKnowledge) -> None:
    found = refused(a_link(name="credit_model", version="8"), known=known, system=FOLLOWING)

    assert list(found) == ["version_unknown"]
    assert "set mlflow_uri in proofloop.yaml" in found["version_unknown"][1]


def test_an_answer_about_another_version_does_not_count() -> None:
    link = a_link(name="credit_model", version="8")

    assert "version_unknown" in refused(link, known=mlflow_says(True, replace(link, version="7")), system=FOLLOWING)


def test_a_model_that_the_system_does_not_follow_is_answered_with_the_nearest_one() -> None:
    reason, remedy = refused(a_link(name="credit-model", version="8"), system=FOLLOWING)["unknown_artifact"]

    assert reason == "name: expected a model, one that fraud_filter follows in MLflow (credit_model), found 'credit-model'"
    assert remedy.startswith("write 'credit_model', or add it to `versions` in systems/fraud_filter.yaml")


def test_a_prompt_of_a_system_that_declares_none_asks_for_the_catalogue() -> None:
    _, remedy = refused(a_link(artifact=Artifact.PROMPT))["unknown_artifact"]

    assert remedy.startswith("add it to `versions` in systems/fraud_filter.yaml")


def test_a_model_that_only_rows_of_a_feed_name_is_looked_up() -> None:
    system = a_system(versions=(), feeds=(a_feed(versions={"model": "Model version"}),))

    assert list(refused(a_link(), system=system)) == ["version_unknown"]


def test_a_system_that_left_the_catalogue_is_told() -> None:
    plan = replace(a_step_plan(a_link()), systems=())

    assert [found.code for found in find_refusals(an_approved_case(), plan, StepKnowledge())] == ["no_system"]

"""Which of a system's version kinds a changed artifact is."""

from __future__ import annotations

from typing import Any

import pytest

from registry.domain.catalogue import SystemEntry, VersionSpec
from registry.domain.steps import Artifact
from registry.domain.tracking import TrackedVersion, followed_names, serving_key, track
from registry.domain.version_changes import explanations_of
from tests.builders import a_feed, a_system

A = Artifact


def a_bank_system(*versions: VersionSpec, **named: str) -> SystemEntry:
    return a_system(versions=versions, feeds=(a_feed(versions=named),))


def following(kind: str, alias: str = "champion", **names: Any) -> VersionSpec:
    return VersionSpec(artifact=kind, alias=alias, **names)


def recorded(kind: str) -> VersionSpec:
    return VersionSpec(artifact=kind, recorded="1")


@pytest.mark.parametrize("artifact", Artifact)
def test_a_system_that_tracks_nothing_tracks_no_artifact(artifact: Artifact) -> None:
    assert track(a_bank_system(), artifact, "credit_model") is None


def test_the_kind_that_follows_the_name_in_mlflow_is_the_artifacts() -> None:
    system = a_bank_system(
        following("model", mlflow_model="credit_model"), following("reranker", mlflow_model="kb"), following("prompt", mlflow_prompt="kb")
    )

    assert track(system, A.MODEL, "credit_model") == TrackedVersion("model", "model")
    assert track(system, A.MODEL, "kb") == TrackedVersion("reranker", "model")
    assert track(system, A.PROMPT, "kb") == TrackedVersion("prompt", "prompt")
    assert track(system, A.MODEL, "other") is None


def test_of_two_kinds_that_follow_one_name_the_artifacts_own_kind_counts() -> None:
    system = a_bank_system(following("a_shadow", "challenger", mlflow_model="credit"), following("model", mlflow_model="credit"))

    assert track(system, A.MODEL, "credit") == TrackedVersion("model", "model")


def test_an_index_that_is_registered_as_a_model_is_looked_up_as_one() -> None:
    system = a_bank_system(following("index", mlflow_model="kb_cards"))

    assert track(system, A.INDEX, "kb_cards") == TrackedVersion("index", "model")
    assert track(system, A.INDEX, "kb_loans") is None
    assert track(system, A.DATASET, "kb_cards") is None


def test_what_people_record_is_found_by_its_name_and_else_by_its_artifact() -> None:
    system = a_bank_system(recorded("model"), recorded("kb_loans"), recorded("index"), recorded("tool"))

    assert track(system, A.MODEL, "anything") == TrackedVersion("model", "")
    assert track(system, A.INDEX, "kb_loans") == TrackedVersion("kb_loans", "")
    assert track(system, A.INDEX, "kb_cards") == TrackedVersion("index", "")
    assert track(system, A.TOOL_POLICY, "refunds") == TrackedVersion("tool", "")


def test_what_only_rows_name_is_tracked_and_a_model_of_it_looked_up() -> None:
    system = a_bank_system(model="Model version", index="Index version")

    assert track(system, A.MODEL, "credit") == TrackedVersion("model", "model")
    assert track(system, A.INDEX, "kb") == TrackedVersion("index", "")


def test_what_the_catalogue_says_of_a_kind_counts_before_the_rows() -> None:
    assert track(a_bank_system(recorded("model"), model="Model version"), A.MODEL, "credit") == TrackedVersion("model", "")


def test_the_names_to_choose_from_are_those_of_the_artifact() -> None:
    system = a_bank_system(
        following("model", mlflow_model="b"), following("ranker", mlflow_model="a"), following("prompt", mlflow_prompt="p")
    )

    assert (followed_names(system, A.MODEL), followed_names(system, A.PROMPT), followed_names(system, A.INDEX)) == (("a", "b"), ("p",), ())


@pytest.mark.parametrize(
    ("artifact", "key"),
    [
        (A.MODEL, "model"),
        (A.INDEX, "index:kb"),
        (A.TOOL_POLICY, "tool_policy:kb"),
        (A.POLICY, "policy:kb"),
        (A.WORKFLOW, "workflow:kb"),
        (A.DATASET, ""),
        (A.EVAL_SET, ""),
        (A.COMMUNICATION, ""),
    ],
)
def test_what_decides_has_a_key_and_what_does_not_has_none(artifact: Artifact, key: str) -> None:
    assert serving_key(a_bank_system(recorded("model")), artifact, "kb") == key


def test_a_dataset_that_the_catalogue_tracks_has_a_key() -> None:
    assert serving_key(a_bank_system(recorded("dataset")), A.DATASET, "cards") == "dataset"


def test_a_linked_change_explains_a_move_of_the_kind_that_it_is_kept_as() -> None:
    change = {"artifact": "model", "name": "kb", "version": "3"}
    envelope = {"kind": "ChangeLinked", "system": "fraud_filter", "data": {"document": change, "kept_as": "reranker"}}

    assert [(one.artifact, one.version, one.name) for one in explanations_of(7, envelope)] == [
        ("model", "3", "kb"),
        ("reranker", "3", "kb"),
    ]


@pytest.mark.parametrize("told", [{}, {"kept_as": ""}, {"kept_as": "model"}])
def test_a_change_that_is_kept_as_its_artifact_explains_that_one(told: dict[str, str]) -> None:
    envelope = {
        "kind": "ChangeLinked",
        "system": "fraud_filter",
        "data": {"document": {"artifact": "model", "name": "kb", "version": "3"}} | told,
    }

    assert [one.artifact for one in explanations_of(7, envelope)] == ["model"]

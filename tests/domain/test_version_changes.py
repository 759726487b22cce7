"""The built-in feed of unexplained changes: who has it, what its rows say, and which events explain a change."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from registry.domain.catalogue import VersionSpec
from registry.domain.events import EventKind
from registry.domain.steps import Artifact
from registry.domain.version_changes import (
    Explanation,
    UnexplainedChange,
    explanations_of,
    received_at,
    version_change_rows,
    with_built_in_feeds,
)
from tests.builders import NOON, SYSTEM, a_claim, a_system, an_event

ALIAS = VersionSpec("model", mlflow_model="credit_model", alias="champion")
PROMPT = VersionSpec("prompt", mlflow_prompt="answer", alias="production")


def explained(kind, body):
    return list(explanations_of(9, json.loads(an_event(kind=kind, body=body).canonical_body())))


def linked(artifact, **more):
    return {"step": "link-change", "document": {"artifact": artifact, "name": "credit_model", "version": "8", "action": "a", **more}}


def test_a_system_that_follows_no_alias_has_no_such_feed():
    assert with_built_in_feeds(a_system(versions=())) == a_system(versions=())
    recorded = a_system(versions=(VersionSpec("index", recorded="a"),))
    assert with_built_in_feeds(recorded) == recorded


def test_a_system_that_follows_aliases_has_one_feed_more_for_all_of_them():
    plain = a_system(versions=(ALIAS, PROMPT))
    (*before, added) = with_built_in_feeds(plain).feeds

    assert tuple(before) == plain.feeds
    assert (added.name, added.built_in, set(added.versions)) == ("version_changes", True, {"model", "prompt"})


def test_without_a_change_the_source_has_its_header_alone():
    (header,) = version_change_rows([with_built_in_feeds(a_system(versions=(ALIAS, PROMPT)))], ())

    assert {"id", "system", "received_at", "version of model", "version of prompt"} <= set(header)


def test_a_row_names_the_change_its_evidence_and_the_version_it_is_about():
    change = UnexplainedChange(a_claim(version="8", from_at=NOON), "7")
    header, row = version_change_rows([with_built_in_feeds(a_system(versions=(ALIAS, PROMPT)))], [change])
    cells = dict(zip(header, row, strict=True))

    assert (cells["system"], cells["change"], cells["alias"]) == (SYSTEM, "unexplained change of model", "credit_model@champion")
    assert cells["evidence"] == "credit_model@champion was 7, is 8: seen 2020-10-15T12:00:00.000000Z"
    assert (cells["version of model"], cells["version of prompt"]) == ("8", "")


def test_changes_of_systems_that_are_not_of_the_run_are_left_out():
    change = UnexplainedChange(a_claim(system_id="router"), "7")

    assert len(version_change_rows([with_built_in_feeds(a_system(versions=(ALIAS,)))], [change])) == 1


@pytest.mark.parametrize(
    ("seen_at", "counts_at"),
    [
        ("2026-03-08T10:00", "2026-03-08T04:59:59.999999"),  # the clock went forward this morning: the day began at 05:00 UTC
        ("2026-03-09T10:00", "2026-03-09T03:59:59.999999"),
        ("2026-11-01T11:00", "2026-11-01T03:59:59.999999"),  # and back
        ("2026-11-02T11:00", "2026-11-02T04:59:59.999999"),
    ],
)
def test_what_the_mornings_run_read_belongs_to_the_civil_day_before(seen_at, counts_at):
    claim = a_claim(from_at=datetime.fromisoformat(seen_at).replace(tzinfo=UTC))

    assert received_at(claim, "America/New_York") == datetime.fromisoformat(counts_at).replace(tzinfo=UTC)


def test_what_was_read_on_an_event_belongs_to_its_own_instant():
    assert received_at(a_claim(from_at=NOON, on_event=True), "America/New_York") == NOON


def test_a_linked_change_explains_its_artifact_version_and_name():
    assert explained(EventKind.CHANGE_LINKED, linked("model")) == [Explanation(9, SYSTEM, "model", "8", "credit_model")]


def test_a_tools_policy_is_what_a_catalogue_may_call_a_tool():
    assert {one.artifact for one in explained(EventKind.CHANGE_LINKED, linked("tool_policy"))} == {"tool_policy", "tool"}


@pytest.mark.parametrize("artifact", [each.value for each in Artifact])
def test_every_kind_of_change_explains_the_artifact_of_its_name(artifact):
    assert artifact in {one.artifact for one in explained(EventKind.CHANGE_LINKED, linked(artifact))}


def test_a_fix_explains_the_versions_it_names_unless_its_linked_changes_say_more():
    body = {"effective_at": NOON, "versions": {"model": "8", "prompt": "3"}}

    assert [(one.artifact, one.version) for one in explained(EventKind.FIX_RELEASED, body)] == [("model", "8"), ("prompt", "3")]
    assert explained(EventKind.FIX_RELEASED, body | {"step": "implement"}) == []


def test_other_events_explain_nothing():
    assert explained(EventKind.NOTE_ADDED, {"text": "8"}) == []


def test_a_row_is_the_same_however_often_it_is_made():
    changes = [UnexplainedChange(a_claim(from_at=NOON + timedelta(days=place)), "7") for place in range(3)]
    system = with_built_in_feeds(a_system(versions=(ALIAS,)))

    assert version_change_rows([system], changes)[1:3] == version_change_rows([system], changes[:2])[1:]

"""root-cause and plan on the command line: what people hand in, what they are told, and what `schema` says they may write."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from deployments.cli.schema import KINDS, schema_of
from registry.domain.canonical import plain
from registry.domain.steps import RootCause
from registry.domain.work import STEPS, TAKEN_BY_PEOPLE, StepKind
from registry.settings import find_workspace
from tests.catalogue.workspaces import SYSTEM, write_workspace
from tests.checks.work.worksheets import FEE_ANSWER
from tests.cli.calling import Called, an_opening, call, fill_ledger

DAY = "2020-10-16T10:00:00+0000"
OWNER = ("--by", "ana@bank.example", "--role", "product_owner")
CHAT = SYSTEM.replace("id: fraud_filter", "id: chat").replace("name: complaints", "name: chats").replace("name: Fraud filter", "name: Chat")
PLAN = {
    "actions": [
        {
            "action": "new-filter",
            "kind": "corrective",
            "what": "Filter the retriever by effective date",
            "owner": "ana@bank.example",
            "due_on": "2020-11-01",
            "closure_evidence": "No superseded source in 500 sampled answers",
            "reopen_trigger": "Two answers in a week that cite a superseded source",
        },
        {
            "action": "retirement",
            "kind": "preventive",
            "what": "Add source retirement to the release checklist",
            "owner": "ben@bank.example",
            "due_on": "2020-11-10",
            "closure_evidence": "Every release names its retired sources",
            "reopen_trigger": "A release whose retired sources nobody listed",
        },
    ],
    "verification": "Unsupported fee claims before and after, on the locked fee set and 30 days of chats",
}
Take = Callable[..., Called]


@pytest.fixture
def take(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Take:
    """Take steps in a workspace of two systems that read one file of complaints; the issue of the first is contained."""
    root = write_workspace(tmp_path)
    (root / "systems/chat.yaml").write_text(CHAT, encoding="utf-8")
    opening = replace(an_opening("ISS-2", state="triage"), system_id="chat")
    fill_ledger(find_workspace(root, root, {}), an_opening("ISS-1", state="triage"), opening)

    def step(kind: str, *arguments: Any, issue: str = "ISS-1", document: Any = None) -> Called:
        given = list(arguments)
        if document is not None:
            (root / "step.json").write_text(json.dumps(plain(document)), encoding="utf-8")
            given += ["--file", root / "step.json"]
        return call(capsys, "--workspace", root, "issue", kind, issue, *OWNER, "--as-of", DAY, *given)

    for issue in ("ISS-1", "ISS-2"):
        step("assign", "--owner", "ana@bank.example", "--next-step", "contain it", "--due-on", "2020-10-20", issue=issue)
        measure = ("--pattern", "raise_human_gate", "--measure", "holds go to a person", "--evidence", "OPS-1")
        contained = step("contain", *measure, "--in-force-at", "2020-10-16T09:00:00+00:00", issue=issue)
        assert contained.code == 0, contained.out + contained.err
    return step


def test_a_root_cause_of_nothing_is_asked_for_option_by_option(take: Take) -> None:
    called = take("root-cause")

    assert called.code == 2
    assert "--direct-cause: expected a value, found nothing; give this option, or --file" in called.err


def test_a_shallow_root_cause_is_refused_with_every_reason_and_nothing_is_recorded(take: Take) -> None:
    shallow = replace(FEE_ANSWER, direct_cause="The model hallucinated and gave a wrong answer", evidence=())

    called = take("root-cause", document=shallow)

    assert called.code == 1
    assert called.out.startswith("refused: root-cause on ISS-1; nothing was recorded")
    assert "direct_cause: expected a cause that somebody can change" in called.out
    assert "evidence: expected evidence for the family rag_knowledge, found none" in called.out
    assert "-> say why the system let a claim without evidence reach the customer, like: " in called.out


def test_a_root_cause_moves_the_issue_and_names_the_system_to_look_at(take: Take) -> None:
    called = take("root-cause", document=FEE_ANSWER)

    assert called.code == 0
    assert "recorded as event" in called.out
    assert "the issue is in rca_in_progress" in called.out
    assert "look     chat: reads data/complaints.csv (feed chats); look with `proofloop issue list --system chat`" in called.out


def test_the_cause_of_another_systems_live_issue_is_found_again(take: Take) -> None:
    sheet = replace(FEE_ANSWER, reach=replace(FEE_ANSWER.reach, vendors=("Example Scores",)))
    assert take("root-cause", document=sheet).code == 0

    called = take("root-cause", "--json", document=sheet, issue="ISS-2")

    look = {finding["subject"]: finding["reason"] for finding in called.document["findings"]}
    assert "has live issues that came through the same part: ISS-1" in look["fraud_filter"]
    assert "'Example Scores' in none" in look["reach.vendors"]


def test_the_same_root_cause_again_writes_nothing(take: Take) -> None:
    take("root-cause", document=FEE_ANSWER)

    again = take("root-cause", "--json", document=FEE_ANSWER)

    assert (again.code, again.document["repeated"]) == (0, True)


def test_the_same_plan_is_recorded_anew_after_another_root_cause(take: Take) -> None:
    take("root-cause", document=FEE_ANSWER)
    first = take("plan", "--json", document=PLAN).document["receipt"]
    assert take("plan", "--json", document=PLAN).document["repeated"]
    take("root-cause", document=replace(FEE_ANSWER, evidence=(*FEE_ANSWER.evidence, "the log of the index")))

    again = take("plan", "--json", document=PLAN)

    assert (again.code, again.document["repeated"]) == (0, False)
    assert again.document["receipt"]["seq"] > first["seq"]
    assert again.document["receipt"]["bundle_digest"] != first["bundle_digest"]


def test_a_plan_is_asked_for_in_a_file_because_actions_have_parts(take: Take) -> None:
    called = take("plan", "--verification", "none yet")

    assert called.code == 2
    assert "expected actions, which has parts of its own, found options" in called.err
    assert "`proofloop schema step-plan`" in called.err


def test_a_plan_before_its_root_cause_is_refused(take: Take) -> None:
    called = take("plan", document=PLAN)

    assert called.code == 1
    assert "expected a root cause of this occurrence, found none" in called.out


def test_a_plan_is_recorded_after_its_root_cause_and_replaced_by_a_later_one(take: Take) -> None:
    take("root-cause", document=FEE_ANSWER)
    first = take("plan", "--json", document=PLAN)
    second = take("plan", "--json", document={**PLAN, "verification": f"{PLAN['verification']}, by segment"})

    assert (first.code, second.code) == (0, 0)
    assert first.document["receipt"]["document_digest"] != second.document["receipt"]["document_digest"]
    assert second.document["receipt"]["state"] == "rca_in_progress"


@pytest.mark.parametrize("kind", TAKEN_BY_PEOPLE)
def test_the_schema_of_every_step_can_be_printed(kind: StepKind, capsys: pytest.CaptureFixture[str]) -> None:
    printed = call(capsys, "schema", f"step-{kind}").document

    assert printed == schema_of(f"step-{kind}")
    assert set(printed["properties"]) == set(STEPS[kind].document.__dataclass_fields__)
    assert all(field["description"] for field in printed["properties"].values())
    jsonschema.Draft202012Validator.check_schema(printed)


def test_a_schema_accepts_what_a_step_accepts_and_refuses_a_misspelt_field() -> None:
    schema = schema_of("step-root-cause")
    document = plain(FEE_ANSWER)

    jsonschema.validate(document, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document, "direct_cuase": "x"}, schema)
    assert set(document) == set(RootCause.__dataclass_fields__)


def test_every_kind_of_step_has_a_schema() -> None:
    assert {kind for kind in KINDS if kind.startswith("step-")} == {f"step-{kind}" for kind in TAKEN_BY_PEOPLE}

"""link-change, implement and add-evidence on the command line, for a system that follows an alias of a real MLflow store."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from registry.domain.canonical import digest_of, plain
from registry.domain.events import Event, EventKind
from registry.domain.issue import Fix, Issue, IssueState
from registry.domain.steps import Artifact
from registry.domain.steps_change import PreservationHold
from registry.ledger.store import open_ledger
from registry.settings import Workspace, find_workspace
from tests.catalogue.workspaces import SYSTEM, write_workspace
from tests.checks.work.releases import a_link, a_plan, an_action, an_implementation, some_evidence
from tests.cli.calling import OPENED_AT, Called, an_opening, call, fill_ledger
from tests.ledger_writes import approval_body
from tests.versions.servers import register

FOLLOWING = SYSTEM.replace("signals:", "versions: {model: {mlflow_model: credit_model}}\nsignals:", 1)
AT = "2020-10-16T10:00:00+0000"
DEPLOYED_AT = datetime(2020, 10, 16, 8, tzinfo=UTC)
LINK = a_link(name="credit_model", version="2")
HOLD = PreservationHold(reason="r", model="m 1", data_window="d 1", configuration="c 1", logs="l 1")
Take = Callable[..., Called]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real MLflow store to copy: versions 1 and 2 of the model, the second is champion."""
    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    register(f"sqlite:///{path}")
    return path


def way_to_approval(plan: dict[str, Any]) -> Iterator[Event]:
    """Yield how the issue came to an approved plan."""

    def event(kind: EventKind, body: dict[str, Any]) -> Event:
        return Event(kind, "fraud_filter", str(body), OPENED_AT, date(2020, 10, 15), plain(body), "ISS-1", "ben@bank.example")

    yield event(EventKind.ISSUE_MOVED, {"from": "triage", "to": "contained", "role": "operations_lead"})
    yield event(EventKind.ISSUE_MOVED, {"from": "contained", "to": "rca_in_progress", "role": "product_owner"})
    digest = digest_of(plan)
    step = {"step": "plan", "role": "operations_lead", "document": plan, "document_digest": digest, "bundle_digest": "b"}
    yield event(EventKind.ACTIONS_PLANNED, step)
    move = {"from": "rca_in_progress", "to": "action_approved"}
    names = ("product_owner", "risk_compliance", "model_risk")
    for role in names:
        signed = {
            "role": role,
            "name": f"approving.{role}@bank.example",
            "nonce": f"nonce-{role}",
            "kind": "signed",
            "fingerprint": f"SHA256:{role}",
        }
        yield event(EventKind.APPROVAL_RECORDED, approval_body(document_digest=digest) | signed | (move if role == names[-1] else {}))


@pytest.fixture
def workspace(tmp_path: Path, store: Path) -> Workspace:
    """A workspace whose issue has an approved plan of one action."""
    root = write_workspace(tmp_path, system=FOLLOWING, settings="timezone: America/New_York\nmlflow_uri: sqlite:///mlflow.db\n")
    shutil.copy(store, root / "mlflow.db")
    found = find_workspace(root, root, {})
    fill_ledger(found, an_opening("ISS-1", state="triage"), *way_to_approval(plain(a_plan(an_action()))))
    return found


@pytest.fixture
def take(capsys: pytest.CaptureFixture[str], workspace: Workspace) -> Iterator[Take]:
    """Take a step of the product owner with a document written as YAML."""

    def step(kind: str, document: Any) -> Called:
        path = workspace.root / "step.yaml"
        path.write_text(yaml.safe_dump(json.loads(json.dumps(plain(document)))), encoding="utf-8")
        who = ("--by", "ana@bank.example", "--role", "product_owner", "--as-of", AT)
        return call(capsys, "issue", kind, "ISS-1", "--workspace", workspace.root, *who, "--file", path, "--json")

    yield step


def the_issue(workspace: Workspace) -> Issue:
    ledger = open_ledger(workspace.ledger_url({}), lambda: OPENED_AT)
    (issue,) = ledger.read_issues()
    ledger.close()
    return issue


def codes(called: Called) -> list[str]:
    return [refusal["code"] for refusal in called.document["refusals"]]


def test_a_change_to_a_version_that_mlflow_has_is_released_and_proved(take: Take, workspace: Workspace) -> None:
    linked = take("link-change", LINK)
    assert (linked.code, linked.document["accepted"], linked.document["receipt"]["state"]) == (0, True, "action_approved")

    released = take("implement", an_implementation(deployed_at=DEPLOYED_AT))
    assert (released.code, released.document["receipt"]["state"]) == (0, "implemented")

    proved = take("add-evidence", some_evidence())
    assert (proved.code, proved.document["receipt"]["state"]) == (0, "implemented")

    issue = the_issue(workspace)
    assert (issue.state, issue.fix) == (IssueState.IMPLEMENTED, Fix(DEPLOYED_AT, {"model": "2"}))


def test_the_link_says_which_kind_of_the_catalogue_it_is_kept_as(take: Take, workspace: Workspace) -> None:
    take("link-change", LINK)
    ledger = open_ledger(workspace.ledger_url({}), lambda: OPENED_AT)
    told = [json.loads(event.body)["data"] for event in ledger.read_events(kinds=(EventKind.CHANGE_LINKED,))]
    ledger.close()

    assert [(data["kept_as"], data["document"]["version"]) for data in told] == [("model", "2")]


def test_what_mlflow_said_is_sealed_with_the_link(take: Take, workspace: Workspace) -> None:
    digest = take("link-change", LINK).document["receipt"]["bundle_digest"]

    (record,) = [path for path in workspace.root.rglob("step.json") if json.loads(path.read_text())["submission"]["kind"] == "link-change"]
    said = [{"artifact": "model", "exists": True, "name": "credit_model", "reason": "", "version": "2"}]
    assert digest
    assert json.loads(record.read_text())["known"]["versions"] == said


@pytest.mark.parametrize("version", ["3", "7", "02", "champion"])
def test_a_version_that_mlflow_does_not_have_is_refused(take: Take, workspace: Workspace, version: str) -> None:
    refused = take("link-change", replace(LINK, version=version))

    assert (refused.code, codes(refused)) == (1, ["no_such_version"])
    assert take("implement", an_implementation(deployed_at=DEPLOYED_AT)).document["refusals"][0]["code"] == "unlinked_action"


@pytest.mark.parametrize("kind", ["link-change", "hold"])  # a hold waits for its system, whose name only an issue tells
def test_a_step_on_a_mistyped_issue_is_refused_as_every_other(capsys: pytest.CaptureFixture[str], workspace: Workspace, kind: str) -> None:
    document = {"link-change": LINK, "hold": HOLD}[kind]
    path = workspace.root / "step.yaml"
    path.write_text(yaml.safe_dump(json.loads(json.dumps(plain(document)))), encoding="utf-8")
    who = ("--by", "ana@bank.example", "--role", "product_owner", "--file", path, "--workspace", workspace.root)

    refused = call(capsys, "issue", kind, "ISS-l", *who)

    assert refused.code == 1
    assert f"refused: {kind} on ISS-l; nothing was recorded" in refused.out
    assert "expected an existing issue, found 'ISS-l', which is none of the ledger's 1" in refused.out
    assert "-> write ISS-1 if you mean that one; `proofloop issue list` names them all" in refused.out


def test_a_link_that_lacks_several_things_is_told_all_of_them(take: Take) -> None:
    refused = take(
        "link-change", replace(LINK, action="new-fliter", version="latest", approver="ana@bank.example", controls=LINK.controls[1:])
    )

    assert codes(refused) == ["unknown_action", "own_change", "no_such_version", "unanswered"]


def test_an_mlflow_that_is_away_is_an_outage_and_nothing_is_recorded(take: Take, workspace: Workspace) -> None:
    (workspace.root / "mlflow.db").unlink()

    called = take("link-change", LINK)

    assert called.code == 4
    assert "expected a SQLite file, found none" in called.out + called.err
    assert codes(take("implement", an_implementation(deployed_at=DEPLOYED_AT))) == ["unlinked_action"]


def test_an_index_is_linked_while_mlflow_is_away(take: Take, workspace: Workspace) -> None:
    (workspace.root / "mlflow.db").unlink()

    assert take("link-change", a_link(artifact=Artifact.INDEX, name="kb_cards", version="2020-10")).code == 0


def test_a_release_by_somebody_whom_the_legal_moves_do_not_let_is_refused(
    capsys: pytest.CaptureFixture[str], take: Take, workspace: Workspace
) -> None:
    take("link-change", LINK)
    given = ("--deployed-at", "2020-10-16T08:00:00+00:00", "--share-percent", "100", "--rollback", "serve version 1 again: runbook RB-12")
    who = ("--by", "ben@bank.example", "--role", "operations_lead", "--as-of", AT)

    refused = call(capsys, "issue", "implement", "ISS-1", "--workspace", workspace.root, *who, *given, "--json")

    assert (refused.code, codes(refused)) == (1, ["wrong_role"])


def test_evidence_is_added_by_options(capsys: pytest.CaptureFixture[str], workspace: Workspace) -> None:
    given = ("--kind", "regression_eval", "--summary", "Blocked purchases on the locked set", "--before", "33 %, version 1")
    who = ("--by", "ana@bank.example", "--role", "product_owner", "--as-of", AT)

    added = call(
        capsys,
        "issue",
        "add-evidence",
        "ISS-1",
        "--workspace",
        workspace.root,
        *who,
        *given,
        "--after",
        "1 %, version 2",
        "--pointers",
        "EV-12",
    )

    assert (added.code, "add-evidence recorded as event" in added.out) == (0, True)


def test_evidence_of_production_before_the_release_is_refused_in_words(capsys: pytest.CaptureFixture[str], workspace: Workspace) -> None:
    given = (
        "--kind",
        "production_kri",
        "--summary",
        "Blocked purchases a day",
        "--before",
        "33",
        "--after",
        "1 %, April",
        "--pointers",
        "x1",
    )
    who = ("--by", "ana@bank.example", "--role", "product_owner", "--as-of", AT)

    refused = call(capsys, "issue", "add-evidence", "ISS-1", "--workspace", workspace.root, *who, *given)

    assert refused.code == 1
    assert "which needs the changes in force\n    -> take the step `implement` first" in refused.out
    assert "before: expected a figure with its unit and window, found '33' alone" in refused.out

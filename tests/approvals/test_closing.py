"""A closure is proposed, signed with keys by the roles that the policy asks, and closes the issue; the archive verifies it afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checks.closure import judge_closure
from flows.clock import now
from registry.domain.canonical import dense_json, digest_bytes, plain, record_json
from registry.domain.closing import proposal_body
from registry.domain.closure import ClosureInputs
from registry.domain.closure_sealed import sealed_closure
from registry.domain.events import Event
from registry.domain.issue import IssueState, Role
from registry.domain.work import StepKind
from registry.evidence.approval_walk import check_approvals
from registry.evidence.draft import draft_package
from registry.evidence.signed_papers import RoleSigners
from registry.ledger.verification import verify_ledger
from tasks.evidence import drafts_dir, promise_of, publish_pending
from tasks.ledger import open_workspace_ledger
from tests.approvals.scenes import ISSUE, PEOPLE, PLANNER, Scene, copied
from tests.cli.calling import call
from tests.closing import a_proposal, closure_judged, window_judged
from tests.closure_builders import a_closure
from tests.ledger_writes import moved

S = IssueState
_WAY = ((S.ACTION_APPROVED, S.IMPLEMENTED, PLANNER), (S.IMPLEMENTED, S.VERIFYING, "machine"))


def proposed(scene: Scene, outcome: str = "clean", judged: ClosureInputs | None = None, decision_digest: str = "") -> None:
    """Lead the planned issue into verification and propose its closure, each judgement in a sealed package of its own.

    ``judged`` is what the package of the closure says that it was judged from, ``decision_digest`` what the proposal says of its decision.
    """
    workspace, at = scene.workspace, datetime.now(UTC)
    given = {"system_id": "fraud_filter", "as_of": at, "business_date": at.date()}
    papers = judged_files(judged or a_closure_of())
    proposal = a_proposal(business_date=given["business_date"], decision_digest=decision_digest or digest_bytes(papers["decision.json"]))
    submission = {"kind": StepKind.CLOSE, "issue_id": ISSUE, "by": "machine", "role": "machine", "document": plain(proposal)}
    moves = [replace(moved(ISSUE, before, after, Role.PRODUCT_OWNER), actor=by, **given) for before, after, by in _WAY]
    ledger = open_workspace_ledger(workspace, now)
    ledger.append(moves)
    for event, record, beside in (
        (window_judged(ISSUE, outcome), {"kind": "window", "outcome": outcome}, {}),
        (closure_judged(ISSUE, proposal), {"kind": "issue_step", "schema_version": 1, "submission": submission}, papers),
    ):
        draft = draft_package(drafts_dir(workspace), {"step.json": record_json(record), **beside})
        told = proposal_body(ISSUE, proposal) if "submission" in record else {}
        cited: Event = replace(event, body=event.body | told | {"bundle_digest": draft.bundle_digest}, **given)
        ledger.append([cited], [promise_of(draft)])
    ledger.close()


def a_closure_of(**other: str) -> ClosureInputs:
    """Return what a closure of the scene's issue is judged from; ``other`` are fields of the issue that are not its own."""
    inputs, named = a_closure(), {"issue_id": ISSUE, "system_id": "fraud_filter"} | other
    return replace(inputs, case=replace(inputs.case, issue=replace(inputs.case.issue, **named)))


def judged_files(inputs: ClosureInputs) -> dict[str, bytes]:
    """Return what the dossier of the closed issue is drawn from: the decision, and its inputs."""
    return {"decision.json": record_json(judge_closure(inputs)), "inputs.json": dense_json(sealed_closure(inputs, {}))}


@pytest.fixture
def closing(done: Scene, tmp_path: Path) -> Scene:
    """Return a bank of the test's own whose closure waits for signatures."""
    scene = copied(done, tmp_path)
    proposed(scene)
    assert call_publish(scene) == ()
    return scene


def call_publish(scene: Scene) -> tuple[object, ...]:
    from registry.domain.catalogue import OwnerRole
    from registry.domain.work import Submission
    from tasks.steps import load_step_plan

    plan = load_step_plan.fn(str(scene.root), Submission(StepKind.NOTE, ISSUE, "x", OwnerRole.PRODUCT_OWNER, None), now(), now())
    return publish_pending.fn(plan, now)


def sign(scene: Scene, role: str) -> int:
    request = scene.request(role, action="close")
    scene.sign(request, role)
    return scene.record(request)


def test_the_last_signature_closes_the_issue_and_everything_verifies(closing: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    asked = call(capsys, "approve", "list", ISSUE, "--workspace", closing.root)
    assert asked.code == 0 and "close" in asked.out
    *first, last = PEOPLE
    for role in first:
        assert sign(closing, role) == 0
        assert closing.state() == "verifying"
    assert sign(closing, last) == 0
    assert closing.state() == "closed"

    assert verify_ledger(open_workspace_ledger(closing.workspace, now)) == ()
    assert check_approvals(closing.archive, RoleSigners("allowed_signers", closing.signers.read_text())).problems == ()
    page = (closing.approved_package() / "approval.html").read_text()
    assert "proposal to close" in page and "customer_recovery: earned" in page
    dossier = (closing.approved_package() / "dossier.html").read_text()
    assert all(person in dossier for person in PEOPLE.values())


def test_a_proposal_that_a_later_judgement_took_back_is_not_signed(closing: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    request = closing.request("product_owner", action="close")
    closing.sign(request, "product_owner")
    ledger = open_workspace_ledger(closing.workspace, now)
    ledger.append([replace(window_judged(ISSUE, "watching"), system_id="fraud_filter")])
    ledger.close()
    assert closing.record(request) == 1
    assert "which something recorded since took back" in capsys.readouterr().out
    assert closing.state() == "verifying"


def test_who_planned_does_not_sign_the_closure(closing: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--action", "close", "--by", PLANNER, "--role", "product_owner", "--out", closing.root / "mine.json")
    refused = call(capsys, "approve", "request", ISSUE, *words, "--workspace", closing.root)
    assert refused.code != 0 and "took the step `plan`" in refused.out + refused.err


@pytest.mark.parametrize(
    ("other", "decision_digest", "told"),
    [
        ({"issue_id": "FRAUD-9"}, "", f"expected the closure of {ISSUE} (fraud_filter), found that of FRAUD-9 (fraud_filter)"),
        ({"system_id": "loan_scoring"}, "", f"expected the closure of {ISSUE} (fraud_filter), found that of {ISSUE} (loan_scoring)"),
        ({}, "sha256:of another decision", "expected the decision that is signed, sha256:of another decision, found sha256:"),
    ],
)
def test_a_proposal_on_the_closure_of_something_else_is_not_signed_and_no_dossier_is_written(
    done: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str], other: dict[str, str], decision_digest: str, told: str
) -> None:
    scene = copied(done, tmp_path)
    proposed(scene, judged=a_closure_of(**other), decision_digest=decision_digest)
    call_publish(scene)
    *first, last = PEOPLE
    for role in first:
        assert sign(scene, role) == 0
    request = scene.request(last, action="close")
    scene.sign(request, last)
    sealed = len(list(scene.archive.glob("*/seal.json")))

    assert scene.record(request) != 0

    said = capsys.readouterr()
    assert told in said.err and "Traceback" not in said.err
    assert (scene.state(), len(list(scene.archive.glob("*/seal.json")))) == ("verifying", sealed)


def test_a_proposal_whose_papers_lack_the_decision_is_not_signed_and_says_what_to_do(
    closing: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    *first, last = PEOPLE
    for role in first:
        assert sign(closing, role) == 0
    request = closing.request(last, action="close")
    closing.sign(request, last)
    with_decision = next(package for package in closing.archive.glob("*/decision.json") if (package.parent / "step.json").exists())
    with_decision.unlink()
    assert closing.record(request) != 0
    told = capsys.readouterr()
    assert "Traceback" not in told.err and closing.state() == "verifying"

"""Verifying finds what an approval lacks long after it was recorded, although every digest, hash and seal of the archive is right."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from registry.domain.decision import Verdict
from registry.evidence.approval_walk import ApprovalFindings, check_approvals
from registry.evidence.signed_papers import RoleSigners
from registry.evidence.verify import verify_archive
from tests.approvals.forging import Story, later, told
from tests.approvals.scenes import OTHER, Scene, another_plan, copied, plan
from tests.cli.calling import call
from tests.evidence.archives import an_archive
from tests.evidence.test_shell import run as run_script

Capture = pytest.CaptureFixture[str]
Change = Callable[[Story], None]


def signers_of(scene: Scene, revoked: bytes = b"") -> RoleSigners:
    return RoleSigners("allowed_signers", scene.signers.read_text(), revoked)


def checked(story: Story, folder: Path, signers: RoleSigners | None) -> ApprovalFindings:
    """Seal the story, see that both verifiers find nothing wrong with its bytes, and return what is said of its approvals."""
    archive = story.sealed(folder)
    assert (verify_archive(archive).verdict, run_script(archive).returncode) == (Verdict.PASS, 0)
    return check_approvals(archive, signers)


def said(findings: ApprovalFindings) -> str:
    return "\n".join(f"{problem.verdict}: {problem}" for problem in findings.problems)


def nothing(_story: Story) -> None:
    return


def first(**changes: Any) -> Change:
    return lambda story: story.rewrite(story.approvals[0], **changes)


def edit_request(story: Story) -> None:
    files = story.files(story.approvals[0])
    files["request.json"] = files["request.json"].replace(b"I have read", b"I have not read")


def edit_request_and_digest(story: Story) -> None:
    approval = story.approvals[0]
    signature = story.files(approval)["request.json.sig"]
    story.rewrite(approval, meaning="I approve whatever comes.")
    story.files(approval)["request.json.sig"] = signature


def edit_event(story: Story) -> None:
    story.approvals[0]["data"]["meaning"] = "I approve whatever comes."


def edit_document(story: Story) -> None:
    files = story.files(story.approvals[0])
    files["document.json"] = files["document.json"].replace(b"60 days", b"06 days")


def drop(name: str) -> Change:
    return lambda story: story.files(story.approvals[0]).pop(name) and None


def lose_package(story: Story) -> None:
    story.packages.pop(story.approvals[0]["data"]["bundle_digest"])


def call_it_asserted(story: Story) -> None:
    approval = story.approvals[0]
    approval["data"] |= {"kind": "asserted", "fingerprint": ""}
    story.files(approval).pop("request.json.sig")


def replay_nonce(story: Story) -> None:
    story.rewrite(story.approvals[1], nonce=story.approvals[0]["data"]["nonce"])


def leave_out(number: int) -> Change:
    return lambda story: story.envelopes.remove(story.approvals[number])


def planned_by_the_approver(story: Story) -> None:
    story.plan["actor"] = f" {story.approvals[0]['data']['name'].upper()}"


def a_step_of(kind: str, *, before: bool) -> Change:
    def add(story: Story) -> None:
        body = {"step": kind, "role": "model_owner", "document": {}, "document_digest": "sha256:" + "7" * 64}
        event = later(story.plan, actor=story.approvals[0]["data"]["name"], data=body)
        place = story.envelopes.index(story.approvals[0])
        story.envelopes.insert(place if before else len(story.envelopes), event)

    return add


def another_plan_before(story: Story) -> None:
    body = {**story.plan["data"], "document_digest": "sha256:" + "7" * 64, "bundle_digest": ""}
    story.envelopes.insert(story.envelopes.index(story.approvals[0]), later(story.plan, data=body))


def another_cause_before(story: Story) -> None:
    body = {"step": "root-cause", "role": "product_owner", "document": {}, "document_digest": "sha256:" + "7" * 64}
    story.envelopes.insert(story.envelopes.index(story.approvals[0]), later(story.plan, actor="eve@bank.example", data=body))


def same_person_twice(story: Story) -> None:
    story.rewrite(story.approvals[1], name=story.approvals[0]["data"]["name"])


def same_key_twice(story: Story) -> None:
    one, two = story.approvals[:2]
    story.rewrite(two, key=one["data"]["role"], fingerprint=one["data"]["fingerprint"])


def typed_glass(story: Story) -> None:
    call_it_asserted(story)
    story.rewrite(story.approvals[0], is_break_glass=True)


def one_breaks_the_glass(story: Story) -> None:
    leave_out(0)(story)
    story.rewrite(story.approvals[0], is_break_glass=True)


def an_unreadable_rule(story: Story) -> None:
    story.files(story.approvals[-1])["approval.json"] = b"{}\n"


def nobody_approved(story: Story) -> None:
    move = dict(story.approvals[-1]["data"])
    for approval in story.approvals:
        story.envelopes.remove(approval)
    moved = {"from": move["from"], "to": move["to"], "role": move["role"], "reason": "done"}
    story.envelopes.append(later(story.plan, kind="IssueMoved", data=moved))


FORGED: dict[str, tuple[Change, str]] = {
    "nothing": (nothing, ""),
    "the request is edited": (edit_request, "as the event says"),
    "the request is edited and its digest too": (edit_request_and_digest, "bad_signature"),
    "the event says something else": (edit_event, "meaning 'I approve whatever comes.' in the request"),
    "the document is edited": (edit_document, "in document.json"),
    "another key signed": (first(key="model_risk"), "not_allowed"),
    "another role was signed for": (first(namespace="model_risk"), "wrong_namespace"),
    "somebody without the role": (first(name="eve@bank.example"), "not_allowed"),
    "the key of somebody else is named": (first(fingerprint="SHA256:" + "A" * 43), "a signature by SHA256:AAAA"),
    "the signature is gone": (drop("request.json.sig"), "a signature in request.json.sig"),
    "the request is gone": (drop("request.json"), "no file"),
    "the package is gone": (lose_package, "none in the archive"),
    "a typed name where signatures were asked": (call_it_asserted, "approvals by product_owner too"),
    "a nonce is used twice": (replay_nonce, "a nonce that was never used"),
    "it is replayed on another issue": (first(issue=OTHER), "as the newest plan of the issue"),
    "another plan came before it": (another_plan_before, "as the newest plan of the issue recorded before it"),
    "another root cause came before it": (another_cause_before, "a plan that follows the root cause of event"),
    "it had expired": (first(expires_at="2020-01-02T00:00:00.000000Z"), "recorded before it expired"),
    "it was signed later": (first(signed_at="2098-01-01T00:00:00.000000Z"), "signed before it was recorded"),
    "the approver planned": (planned_by_the_approver, "who took the step plan"),
    "the approver implemented before": (a_step_of("implement", before=True), "who took the step implement"),
    "the approver verified before": (a_step_of("add-evidence", before=True), "who took the step add-evidence"),
    "the approver implemented later": (a_step_of("implement", before=False), "who does not carry out"),
    "the approver linked later": (a_step_of("link-change", before=False), "who does not carry out"),
    "one person approved twice": (same_person_twice, "an approval by the same person"),
    "one key approved twice": (same_key_twice, "an approval by the same key"),
    "one approval is left out": (leave_out(0), "approvals by product_owner too"),
    "a typed name breaks the glass": (typed_glass, "a signature of whoever broke the glass"),
    "one person breaks the glass": (one_breaks_the_glass, "too before the plan is carried out"),
    "what was asked cannot be read": (an_unreadable_rule, "approvals by everybody too"),
    "nobody approved and it moved": (nobody_approved, "approvals of the plan that is carried out"),
}


@pytest.mark.parametrize("name", FORGED)
def test_what_was_forged_with_the_keys_of_the_archive_is_found_and_named(done: Scene, tmp_path: Path, name: str) -> None:
    change, expected = FORGED[name]
    story = told(done)
    change(story)
    findings = checked(story, tmp_path, signers_of(done))
    if not expected:
        assert (findings.problems, findings.lines) == ((), ("approvals: 3 signed, 0 asserted",))
        return
    assert expected in said(findings) and Verdict.FAIL in {problem.verdict for problem in findings.problems}, said(findings)


def test_an_archive_without_approvals_says_nothing_of_them(tmp_path: Path) -> None:
    assert check_approvals(an_archive(tmp_path), None) == ApprovalFindings()
    assert check_approvals(tmp_path / "no archive", None) == ApprovalFindings()


def test_without_signers_an_edited_request_is_found_and_the_rest_is_in_doubt(done: Scene, tmp_path: Path) -> None:
    story = told(done)
    edit_request_and_digest(story)
    found = {problem.verdict for problem in checked(story, tmp_path, None).problems}
    assert found == {Verdict.FAIL, Verdict.INCONCLUSIVE}


def test_signers_who_only_seal_say_nothing_of_approvals(done: Scene) -> None:
    (problem,) = check_approvals(done.archive, RoleSigners("sealers", 'sealer namespaces="evidence-seal@v1" ssh-ed25519 AAAA\n')).problems
    assert problem.verdict is Verdict.INCONCLUSIVE and "sealers names nobody who may" in str(problem)


def test_a_key_that_ends_later_keeps_what_it_signed_and_one_that_began_later_signed_nothing(done: Scene) -> None:
    text = done.signers.read_text()
    for options, verdicts in ((',valid-before="20990101Z"', set()), (',valid-after="20990101Z"', {Verdict.FAIL})):
        lines = text.replace('namespaces="model_risk"', f'namespaces="model_risk"{options}')
        found = check_approvals(done.archive, RoleSigners("allowed_signers", lines))
        assert {problem.verdict for problem in found.problems} == verdicts


def test_a_key_that_ended_before_the_approval_was_recorded_gave_none_whenever_the_request_says_it_was_signed(
    done: Scene, tmp_path: Path
) -> None:
    story = told(done)
    story.rewrite(story.approvals[0], signed_at="2020-01-02T00:00:00.000000Z")
    role = story.approvals[0]["data"]["role"]
    archive = story.sealed(tmp_path)
    assert check_approvals(archive, signers_of(done)).problems == ()
    lines = done.signers.read_text().replace(f'namespaces="{role}"', f'namespaces="{role}",valid-before="20210101Z"')
    (problem,) = check_approvals(archive, RoleSigners("allowed_signers", lines)).problems
    assert problem.verdict is Verdict.FAIL and "key_not_valid" in str(problem)


def test_a_disowned_key_leaves_its_approval_in_doubt(done: Scene) -> None:
    revoked = done.key("model_risk").with_suffix(".pub").read_bytes()
    (problem,) = check_approvals(done.archive, signers_of(done, revoked)).problems
    assert problem.verdict is Verdict.INCONCLUSIVE and "key_revoked" in str(problem)


def test_a_later_stretch_is_judged_by_what_came_before_it(done: Scene, tmp_path: Path) -> None:
    story = told(done)
    last = story.approvals[-1]
    story.rewrite(last, nonce=story.approvals[0]["data"]["nonce"])
    archive = story.sealed(tmp_path)
    whole = check_approvals(archive, signers_of(done))
    seals = len(list((archive / "seals").glob("*.seal")))
    late = check_approvals(archive, signers_of(done), since=seals - 2)
    assert (whole.signed_count, late.signed_count) == (3, 1) and "a nonce that was never used" in said(late)
    assert check_approvals(archive, signers_of(done), since=seals) == ApprovalFindings()


def test_of_a_part_of_an_archive_each_approval_is_looked_at_alone(done: Scene, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    shutil.copytree(done.archive, archive)
    kept = sorted(path.parent.name for path in archive.glob("*/approval.html"))
    (archive / "packages.txt").write_text("".join(f"{name}\n" for name in kept))
    for folder in archive.glob("[0-9]*"):
        if folder.name not in kept:
            shutil.rmtree(folder)
    found = check_approvals(archive, signers_of(done))
    assert found.problems == () and "each approval was looked at alone" in found.lines[-1]


def test_an_approval_of_an_earlier_occurrence_does_not_approve_the_next(done: Scene, tmp_path: Path) -> None:
    story = told(done)
    reopened = later(story.plan, kind="IssueReopened", data={"from": "closed", "to": "rca_in_progress", "role": "product_owner"})
    again = later(story.plan, data=story.plan["data"] | {"n": 2})
    story.envelopes += [reopened, again, later(story.approvals[2], data=story.approvals[2]["data"] | {"nonce": "f" * 32})]
    assert "approvals by product_owner, risk_compliance too" in said(check_approvals(story.sealed(tmp_path), signers_of(done)))


def test_the_command_names_package_and_approval_and_can_leave_approvals_out(done: Scene, tmp_path: Path, capsys: Capture) -> None:
    story = told(done)
    planned_by_the_approver(story)
    archive = story.sealed(tmp_path)
    words = ("evidence", "verify", "--archive", archive, "--signers", done.signers)
    bare = call(capsys, *words, "--no-approvals")
    found = call(capsys, *words, "--json")
    assert (bare.code, found.code) == (3, 1)  # these signers name nobody who seals
    (problem,) = [each for each in found.document["problems"] if each["verdict"] == "fail"]
    assert problem["file"].startswith("00000") and "approval by ana@bank.example of issue FRAUD-1 (event" in problem["file"]


def test_a_list_that_cannot_be_read_is_no_pass(done: Scene, tmp_path: Path, capsys: Capture) -> None:
    scene = copied(done, tmp_path)
    scene.signers.write_bytes(b"\xff\xfe")
    said_of = call(capsys, "evidence", "verify", "--workspace", scene.root)
    assert said_of.code == 3 and "approvals: expected lists of signers that can be read" in said_of.out
    assert call(capsys, "evidence", "verify", "--workspace", done.root, "--revoked", tmp_path / "nowhere").code == 2


def test_a_package_of_a_step_or_an_approval_that_went_is_missed_by_the_ledger(done: Scene, tmp_path: Path, capsys: Capture) -> None:
    scene = copied(done, tmp_path)
    plan(scene, OTHER, another_plan())
    last = max(scene.archive.glob("0*"))
    shutil.rmtree(last)
    for path in (scene.archive / "seals").glob(f"{last.name}.*"):
        path.unlink()
    verified = call(capsys, "evidence", "verify", "--workspace", scene.root)
    assert verified.code == 1 and "expected a sealed package, found none in the archive" in verified.out


def test_whatever_breaks_while_looking_is_no_pass(done: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    (problem,) = [each for each in check_approvals(done.archive, signers_of(done)).problems if "to the end" in each.expected]
    assert problem.verdict is Verdict.INCONCLUSIVE and "ssh-keygen" in problem.found

"""Approvals as people type them: asked for, signed with stock tools, recorded, refused; and nothing counts that was not signed so."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows import approving
from registry.domain.approving import ApprovalEntry
from registry.domain.work import StepKind
from tests.approvals.scenes import ISSUE, OTHER, PEOPLE, PLANNER, Scene, another_plan, copied, plan, run
from tests.cli.calling import Called, call
from tests.evidence.test_shell import run as run_script

Capture = pytest.CaptureFixture[str]
RISK = "risk_compliance"


def listed(capsys: Capture, scene: Scene) -> Called:
    return call(capsys, "approve", "list", ISSUE, "--workspace", scene.root, "--json")


def told(capsys: Capture, scene: Scene, request: Path, *more: object, issue: str = ISSUE) -> Called:
    return call(capsys, "approve", "record", issue, "--request", request, *more, "--workspace", scene.root, "--json")


def codes(said: Called) -> list[str]:
    return [refusal["code"] for refusal in said.document["refusals"]]


def test_an_issue_without_a_plan_has_nothing_to_approve(scene: Scene, capsys: Capture) -> None:
    called = call(capsys, "approve", "list", OTHER, "--workspace", scene.root, "--json")
    assert (called.code, called.document["standings"]) == (0, [])
    words = ("approve", "request", OTHER, "--action", "plan", "--by", PEOPLE[RISK], "--role", RISK, "--out", scene.root / "r.json")
    asked = call(capsys, *words, "--workspace", scene.root)
    assert asked.code == 2 and "found none" in asked.err and not (scene.root / "r.json").exists()


def test_three_signatures_approve_a_plan_and_the_archive_verifies(done: Scene, capsys: Capture) -> None:
    assert done.state() == "action_approved"
    (standing,) = listed(capsys, done).document["standings"]
    assert standing["approved"] and [found["kind"] for found in standing["given"]] == ["signed"] * 3 and standing["missing"] == []
    verified = call(capsys, "evidence", "verify", "--workspace", done.root, "--json")
    assert (verified.code, verified.document["approvals"]["signed"]) == (0, 3)
    assert run_script(done.archive).returncode == 0


def test_before_the_last_signature_the_issue_stays_and_who_is_missing_is_told(scene: Scene, capsys: Capture) -> None:
    assert scene.approve(RISK) == 0 and scene.state() == "rca_in_progress"
    (standing,) = listed(capsys, scene).document["standings"]
    assert standing["missing"] == ["product_owner", "model_risk"] and standing["needs_signature"]
    assert "missing" in call(capsys, "approve", "list", ISSUE, "--workspace", scene.root).out


def test_an_approver_compares_the_document_before_signing_with_stock_tools(scene: Scene, capsys: Capture) -> None:
    out = scene.root / "risk.json"
    words = ("approve", "request", ISSUE, "--action", "plan", "--by", PEOPLE[RISK], "--role", RISK, "--out", out)
    said = call(capsys, *words, "--workspace", scene.root)
    summed = subprocess.run(["sha256sum", "risk-document.json"], cwd=scene.root, capture_output=True, text=True, check=True).stdout
    asked = json.loads(out.read_text())
    assert asked["evidence_digest"] == f"sha256:{summed.split()[0]}" and summed.split()[0] in said.out
    assert f"ssh-keygen -Y sign -n {RISK} -f KEY risk.json" in said.out and asked["meaning"] in said.out
    again = call(capsys, *words, "--workspace", scene.root)
    assert again.code == 2 and "never overwritten" in again.err


def test_recording_again_writes_nothing(scene: Scene, capsys: Capture) -> None:
    request = scene.request(RISK)
    scene.sign(request, RISK)
    first, packages = told(capsys, scene, request), len(list(scene.archive.glob("0*")))
    second = told(capsys, scene, request)
    assert (second.code, second.document["repeated"]) == (0, True)
    assert second.document["receipt"] == first.document["receipt"] and len(list(scene.archive.glob("0*"))) == packages


def test_a_typed_name_is_not_enough_for_material_harm(scene: Scene, capsys: Capture) -> None:
    said = told(capsys, scene, scene.request(RISK))
    assert (said.code, codes(said)) == (1, ["needs_signature"])


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("role", "wrong_namespace"),
        ("key", "not_allowed"),
        ("edited", "bad_signature"),
        ("no signature", "not_a_signature"),
        ("bytes after it", "not_a_signature"),
    ],
)
def test_a_signature_that_is_not_of_this_person_role_and_request_is_refused(scene: Scene, capsys: Capture, what: str, code: str) -> None:
    request = scene.request(RISK)
    key, namespace = ("model_risk" if what == "key" else RISK), ("model_risk" if what == "role" else RISK)
    signature = scene.sign(request, RISK, key, namespace)
    if what == "edited":
        nonce = json.loads(request.read_text())["nonce"]
        request.write_text(request.read_text().replace(nonce, nonce[::-1]))
    if what == "no signature":
        signature.write_text("hello\n")
    if what == "bytes after it":
        signature.write_text(signature.read_text().replace("-----BEGIN SSH SIGNATURE-----\n", "-----BEGIN SSH SIGNATURE-----\nAAAA\n"))
    said = told(capsys, scene, request)
    assert (said.code, codes(said)) == (1, [code]), said.out
    assert scene.state() == "rca_in_progress" and listed(capsys, scene).document["standings"][0]["given"] == []


def test_an_approval_is_not_replayed_on_another_issue_nor_after_the_plan_changed(scene: Scene, capsys: Capture) -> None:
    plan(scene, OTHER)
    request = scene.request(RISK)
    scene.sign(request, RISK)
    other = told(capsys, scene, request, issue=OTHER)
    assert (other.code, codes(other)) == (1, ["other_issue"])
    plan(scene, ISSUE, another_plan())
    late = told(capsys, scene, request)
    assert (late.code, "superseded" in codes(late)) == (1, True)


def test_an_approved_plan_that_cannot_be_carried_out_is_replaced_and_its_approvals_do_not_count(
    done: Scene, tmp_path: Path, capsys: Capture
):
    scene = copied(done, tmp_path)
    plan(scene, ISSUE, another_plan() + "reason: The vendor delivers version 2.4.0 in July at the earliest.\n")
    assert scene.state() == "rca_in_progress"
    (standing,) = listed(capsys, scene).document["standings"]
    assert (standing["approved"], standing["given"], standing["missing"]) == (False, [], list(PEOPLE))

    assert [scene.approve(role) for role in list(PEOPLE)[:2]] == [0, 0] and scene.state() == "rca_in_progress"
    assert scene.approve("model_risk") == 0 and scene.state() == "action_approved"
    verified = call(capsys, "evidence", "verify", "--workspace", scene.root, "--json")
    assert (verified.code, verified.document["approvals"]["signed"]) == (0, 6)


def test_the_plan_that_was_approved_first_is_approved_anew_when_people_come_back_to_it(done: Scene, tmp_path: Path, capsys: Capture):
    scene = copied(done, tmp_path)
    plan(scene, ISSUE, another_plan() + "reason: The vendor delivers version 2.4.0 in July at the earliest.\n")
    plan(scene)
    (standing,) = listed(capsys, scene).document["standings"]
    assert (scene.state(), standing["given"], standing["missing"]) == ("rca_in_progress", [], list(PEOPLE))


def test_a_used_nonce_is_refused_in_another_request(scene: Scene, capsys: Capture) -> None:
    first = scene.request(RISK)
    scene.sign(first, RISK)
    assert scene.record(first) == 0
    second = scene.request("model_risk")
    used, fresh = (json.loads(path.read_text())["nonce"] for path in (first, second))
    second.write_text(second.read_text().replace(fresh, used))
    scene.sign(second, "model_risk")
    said = told(capsys, scene, second)
    assert (said.code, codes(said)) == (1, ["nonce_used"])


def test_a_document_that_was_edited_in_the_archive_is_not_approved(scene: Scene, capsys: Capture) -> None:
    request = scene.request(RISK)
    scene.sign(request, RISK)
    step = max(scene.archive.glob("*/step.json"))
    step.chmod(0o644)
    step.write_text(step.read_text().replace("60 days", "06 days"))
    said = told(capsys, scene, request)
    assert (said.code, codes(said)) == (1, ["edited_document"])


def test_the_planner_does_not_even_get_a_request(scene: Scene, capsys: Capture) -> None:
    words = ("approve", "request", ISSUE, "--action", "plan", "--by", PLANNER, "--role", "product_owner", "--out", scene.root / "r.json")
    said = call(capsys, *words, "--workspace", scene.root)
    assert said.code == 2 and "who took the step `plan`" in said.err


def edited_lines(scene: Scene, role: str, options: str) -> None:
    """Give the line of a role more options."""
    lines = [line.replace(f'namespaces="{role}"', f'namespaces="{role}"{options}') for line in scene.signers.read_text().splitlines()]
    scene.signers.write_text("".join(f"{line}\n" for line in lines))


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (',valid-before="20200101Z"', "key_not_valid"),
        (',valid-after="20990101Z"', "key_not_valid"),
        (",cert-authority", "not_allowed"),
        (',valid-after="20200101Z"', ""),
        (',valid-before="20990101120000Z"', ""),
    ],
)
def test_a_key_counts_while_it_is_valid(scene: Scene, capsys: Capture, options: str, code: str) -> None:
    request = scene.request(RISK)
    scene.sign(request, RISK)
    edited_lines(scene, RISK, options)
    said = told(capsys, scene, request)
    assert codes(said) == ([code] if code else []), said.out


@pytest.mark.parametrize(
    "line",
    [
        '*@bank.example namespaces="risk_compliance"',
        "risk@bank.example",
        'risk@bank.example namespaces="*"',
        'risk@bank.example namespaces="risk_*"',
        'risk@bank.example namespaces="file,evidence-seal@v1"',
        '!risk@bank.example,risk@bank.example namespaces="risk_compliance"',
    ],
)
def test_a_line_that_does_not_name_person_and_role_lets_nobody_approve(scene: Scene, capsys: Capture, line: str) -> None:
    request = scene.request(RISK)
    scene.sign(request, RISK)
    kept = [old for old in scene.signers.read_text().splitlines() if RISK not in old]
    kind, text, *_ = scene.key(RISK).with_suffix(".pub").read_text().split()
    scene.signers.write_text("".join(f"{each}\n" for each in (*kept, f"{line} {kind} {text}")))
    said = told(capsys, scene, request)
    assert said.code == 1 and set(codes(said)) & {"not_allowed", "key_not_valid"}, said.out


@pytest.mark.parametrize("form", ["public key", "krl"])
def test_a_revoked_key_approves_nothing(scene: Scene, capsys: Capture, form: str) -> None:
    request, public = scene.request(RISK), scene.key(RISK).with_suffix(".pub")
    scene.sign(request, RISK)
    revoked = scene.workspace.revoked_keys_path
    if form == "krl":
        subprocess.run(["ssh-keygen", "-q", "-k", "-f", revoked, public], check=True)
    else:
        shutil.copy(public, revoked)
    said = told(capsys, scene, request)
    assert (said.code, codes(said)) == (1, ["key_revoked"])


def test_a_list_of_revoked_keys_that_is_none_stops_every_approval(scene: Scene, capsys: Capture) -> None:
    request = scene.request(RISK)
    scene.sign(request, RISK)
    scene.workspace.revoked_keys_path.write_text("what is this\n")
    assert codes(told(capsys, scene, request)) == ["key_revoked"]


def test_a_key_that_was_replaced_keeps_its_old_approvals_and_gives_no_new_ones(scene: Scene, capsys: Capture) -> None:
    assert scene.approve(RISK) == 0
    edited_lines(scene, RISK, ',valid-before="20990101Z"')
    scene.allow(PEOPLE[RISK], RISK, "new-risk", ',valid-after="20990101Z"')
    assert call(capsys, "evidence", "verify", "--workspace", scene.root).code == 0
    plan(scene, ISSUE, another_plan())
    request = scene.request(RISK)
    scene.sign(request, RISK, "new-risk")
    assert codes(told(capsys, scene, request)) == ["key_not_valid"]


def test_a_key_that_ended_between_request_and_record_approves_nothing(
    scene: Scene, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, kept = scene.request(RISK), scene.request("model_risk")
    edited_lines(scene, RISK, f',valid-before="{datetime.now(UTC) + timedelta(hours=1):%Y%m%d%H%M%S}Z"')
    scene.sign(kept, "model_risk")
    scene.sign(request, RISK)  # nobody can tell when this was: after its end the key may be in other hands
    monkeypatch.setattr(approving, "now", lambda: datetime.now(UTC) + timedelta(hours=2))
    said = told(capsys, scene, request)
    assert (said.code, codes(said)) == (1, ["key_not_valid"]), said.out
    assert codes(told(capsys, scene, kept)) == []


def test_what_a_key_approved_before_its_end_is_recorded_once_and_stays(
    scene: Scene, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = scene.request(RISK)
    scene.sign(request, RISK)
    first = told(capsys, scene, request)
    edited_lines(scene, RISK, f',valid-before="{datetime.now(UTC) + timedelta(hours=1):%Y%m%d%H%M%S}Z"')
    monkeypatch.setattr(approving, "now", lambda: datetime.now(UTC) + timedelta(hours=2))
    again = told(capsys, scene, request)
    assert (again.code, again.document["receipt"]) == (0, first.document["receipt"])
    assert call(capsys, "evidence", "verify", "--workspace", scene.root).code == 0


def test_a_key_that_was_disowned_since_leaves_its_approvals_in_doubt(scene: Scene, capsys: Capture) -> None:
    assert scene.approve(RISK) == 0
    shutil.copy(scene.key(RISK).with_suffix(".pub"), scene.workspace.revoked_keys_path)
    said = call(capsys, "evidence", "verify", "--workspace", scene.root)
    assert said.code == 3 and "key_revoked" in said.out and PEOPLE[RISK] in said.out


def test_one_key_is_one_person(scene: Scene, capsys: Capture) -> None:
    assert scene.approve(RISK) == 0
    scene.allow(PEOPLE["model_risk"], "model_risk", RISK)
    request = scene.request("model_risk")
    scene.sign(request, "model_risk", RISK)
    assert codes(told(capsys, scene, request)) == ["shared_key", "same_key"]


def test_a_request_that_ran_out_is_refused_and_may_not_be_written_for_longer(scene: Scene, capsys: Capture) -> None:
    words = ("approve", "request", ISSUE, "--action", "plan", "--by", PEOPLE[RISK], "--role", RISK, "--out", scene.root / "r.json")
    said = call(capsys, *words, "--valid-days", "15", "--workspace", scene.root)
    assert said.code == 2 and "expected 1 to 14, found 15" in said.err
    request = scene.request(RISK)
    asked = json.loads(request.read_text())
    request.write_text(request.read_text().replace(asked["expires"], asked["signed_at"][:4] + "-01-01T00:00:00.000000Z"))
    scene.sign(request, RISK)
    assert {"expired", "valid_too_long"} <= set(codes(told(capsys, scene, request)))


def test_a_request_is_refused_plainly_for_more_days_than_the_calendar_has_and_where_no_file_can_be(scene: Scene, capsys: Capture) -> None:
    words = ("approve", "request", ISSUE, "--action", "plan", "--by", PEOPLE[RISK], "--role", RISK, "--workspace", scene.root)
    said = call(capsys, *words, "--valid-days", "999999999", "--out", scene.root / "r.json")
    assert said.code == 2 and "expected 1 to 14, found 999999999" in said.err
    said = call(capsys, *words, "--out", scene.root / "nowhere/r.json")
    assert said.code == 2 and f"{scene.root}/nowhere/r-document.json: expected a file that can be written" in said.err


@pytest.mark.parametrize("name", ["signed_at", "expires"])
@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_request_of_an_instant_at_an_end_of_the_calendar_is_refused(scene: Scene, capsys: Capture, name: str, instant: str) -> None:
    request = scene.request(RISK)
    request.write_text(json.dumps({**json.loads(request.read_text()), name: instant}))
    said = call(capsys, "approve", "record", ISSUE, "--request", request, "--workspace", scene.root)
    assert f"request: {name}: expected an instant of the years 1970 to 8999, found {instant}" in said.err


@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00+1400", "9999-12-31T23:59:59-1200"])
def test_a_step_and_a_page_of_an_instant_at_an_end_of_the_calendar_are_refused(scene: Scene, capsys: Capture, instant: str) -> None:
    words = ("--as-of", instant, "--workspace", scene.root)
    own = ("--by", PLANNER, "--role", "model_owner", "--text", "The shops were asked how they split payments.")
    for said in (call(capsys, "issue", "note", ISSUE, *own, *words), call(capsys, "issue", "page", ISSUE, "--out", "p.html", *words)):
        assert said.code == 2 and "expected an instant of the years 1970 to 8999" in said.err


def test_two_break_the_glass_and_everybody_sees_it(scene: Scene, capsys: Capture) -> None:
    scene.allow("ben@bank.example", "operations_lead")
    assert scene.approve("operations_lead", "--break-glass", by="ben@bank.example") == 0 and scene.state() == "rca_in_progress"
    assert scene.approve("model_risk", "--break-glass") == 0 and scene.state() == "action_approved"
    assert (
        "THE GLASS WAS BROKEN by ben@bank.example, model.risk@bank.example"
        in call(capsys, "approve", "list", ISSUE, "--workspace", scene.root).out
    )
    verified = call(capsys, "evidence", "verify", "--workspace", scene.root)
    assert verified.code == 0 and "the glass was broken on issue FRAUD-1 by ben@bank.example" in verified.out
    assert "The glass was broken" in (scene.approved_package() / "approval.html").read_text()


def test_who_approved_does_not_carry_it_out(done: Scene, tmp_path: Path, capsys: Capture) -> None:
    scene = copied(done, tmp_path)
    said = call(
        capsys,
        *("issue", "implement", ISSUE, "--by", "ana@bank.example", "--role", "product_owner", "--deployed-at", "2026-01-01T00:00:00Z"),
        *("--share-percent", "100", "--rollback", "back to 2.3.0 by the runbook", "--workspace", scene.root, "--json"),
    )
    assert said.code == 1 and "approved_it" in codes(said)


def test_a_form_takes_what_was_pasted_whatever_became_of_its_lines(scene: Scene) -> None:
    from flows.issue_approve import issue_approve
    from tasks import engine

    request = scene.request(RISK)
    signature = scene.sign(request, RISK).read_text()
    pasted = ApprovalEntry(
        action=StepKind.PLAN, request=" ".join(request.read_text().split()) + "  \r\n", signature=signature.replace("\n", " \r\n ").strip()
    )
    result = engine.run(issue_approve, issue_id=ISSUE, by=PEOPLE[RISK], role=RISK, document=pasted, workspace=str(scene.root))
    assert result.receipt is not None and (scene.approved_package() / "request.json").read_bytes() == request.read_bytes()


def lowered(scene: Scene) -> None:
    """Ask nobody for signatures in this workspace."""
    (scene.root / "policies/approvals.yaml").write_text("plan_L3: {needs_signature: false}\n")


def test_a_typed_yes_names_the_document_that_was_read(scene: Scene, capsys: Capture) -> None:
    from flows.issue_approve import issue_approve
    from registry.errors import ConfigurationError
    from tasks import engine

    lowered(scene)
    (standing,) = listed(capsys, scene).document["standings"]

    def yes(**said: str) -> object:
        entry = ApprovalEntry(action=StepKind.PLAN, **said)
        return engine.run(issue_approve, issue_id=ISSUE, by=PEOPLE[RISK], role=RISK, document=entry, workspace=str(scene.root))

    for said, reason in (
        ({}, "found nothing"),
        ({"document_digest": "sha256:" + "0" * 64}, "read it, then approve that one"),
        ({"signature": "x"}, "hand in both"),
    ):
        with pytest.raises(ConfigurationError, match=reason):
            yes(**said)
    assert yes(document_digest=standing["document_digest"]).receipt is not None  # type: ignore[attr-defined]
    page = (scene.approved_package() / "approval.html").read_text()
    assert "Asserted, not signed" in page and "ssh-keygen" not in page
    assert sorted(path.name for path in scene.approved_package().iterdir() if path.suffix != ".jsonl") == [
        "approval.html",
        "approval.json",
        "document.json",
        "request.json",
    ]


def test_of_two_who_approve_at_the_same_time_one_moves_the_issue(scene: Scene) -> None:
    assert scene.approve("product_owner") == 0
    requests = [scene.request(role) for role in (RISK, "model_risk")]
    for request, role in zip(requests, (RISK, "model_risk"), strict=True):
        scene.sign(request, role)
    command = [sys.executable, "-m", "deployments.cli.main", "approve", "record", ISSUE, "--workspace", scene.root, "--request"]
    running = [subprocess.Popen([*map(str, command), str(request)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) for request in requests]
    ended = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0, 0], ended
    assert scene.state() == "action_approved"
    assert run("evidence", "verify", "--workspace", scene.root) == 0

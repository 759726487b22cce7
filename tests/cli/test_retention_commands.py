"""``retention``: nothing goes without a rule, a date, an approval and a sealed certificate; killed anywhere, the next run finishes."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import flows.clock
from deployments import removal
from registry.domain.anchoring import SealPlan
from registry.domain.canonical import digest_bytes
from registry.domain.decision import Verdict
from registry.domain.events import Event, EventKind
from registry.domain.retention import Approval, ApprovalKind
from registry.errors import ConfigurationError, EvidenceError
from registry.evidence import archive as evidence_archive
from registry.evidence import verify
from registry.evidence.archive import publish
from registry.evidence.draft import draft_package
from registry.evidence.packages import last_seal, list_packages
from registry.evidence.removal import REMOVAL_CHECKPOINTS, finish_removals
from registry.evidence.seal import render_manifest
from registry.evidence.signers import signer_line
from registry.evidence.signing import SshSigner, public_line
from registry.evidence.verify import verify_archive
from registry.ledger.verification import verify_ledger
from tasks import retention
from tasks.ledger import Clock
from tasks.retention import REMOVAL_PROMISE_CHECKPOINTS
from tests.cli.calling import Called, call
from tests.evidence.archives import a_key as make_sealing_key
from tests.evidence.archives import content_of
from tests.flows.workspaces import CREDIT, FRAUD, MONDAY, ROUTER, Bank, Complaint, a_bank, calm_complaints

LATER = datetime(2040, 5, 5, 12, tzinfo=UTC)
BY = ("--by", "legal@bank.example", "--reason", "inquiry 7")
ROLE = "risk_compliance"
APPROVED = ("--reason", "terms ended", "--approved-by", "cora@bank.example", "--role", ROLE, "--yes")


@pytest.fixture(scope="module")
def two_days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a bank after two calm days; tests work on copies."""
    bank = a_bank(tmp_path_factory.mktemp("made") / "bank")
    for day in (MONDAY, MONDAY + timedelta(days=1)):
        bank.triage(day)
    return bank.root


@pytest.fixture
def bank(two_days: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bank]:
    """Return the bank in 2040: the terms of logs have ended, those of decisions count from a retirement that nobody told."""
    shutil.copytree(two_days, tmp_path / "bank")
    for module in (flows.clock, removal):
        monkeypatch.setattr(module, "now", lambda: LATER)
    return Bank(tmp_path / "bank")


def run(capsys: pytest.CaptureFixture[str], bank: Bank, *arguments: object) -> Called:
    return call(capsys, "--workspace", bank.root, "--json", "retention", *arguments)


def data_files(bank: Bank) -> list[str]:
    return sorted(path for path in content_of(bank.workspace.archive_dir) if path.startswith("0") and "ledger" not in path)


def logs_of(paths: list[str]) -> list[str]:
    return [path for path in paths if "signals-" in path or "validation" in path or "quarantine" in path or "rows" in path]


def certificate(bank: Bank) -> dict[str, object]:
    (path,) = bank.workspace.archive_dir.glob("*/certificate.json")
    found: dict[str, object] = json.loads(path.read_bytes())
    return found


def plan_of(bank: Bank) -> SealPlan:
    return SealPlan(str(bank.root), LATER, LATER.date(), "America/New_York")


def test_what_is_due_is_listed_with_its_reason_and_nothing_goes(capsys: pytest.CaptureFixture[str], bank: Bank) -> None:
    before = content_of(bank.workspace.archive_dir)
    found = run(capsys, bank, "due").document
    due = [file["path"] for file in found["files"] if file["status"] == "due"]
    assert due == logs_of(data_files(bank)) and len(due) > 4
    assert "no_rule" not in found["counts"], "a file of a package without a kind in checks/retention.py is kept for ever"
    assert {file["status"] for file in found["files"] if file["name"] == "decision.json"} == {"no_start"}
    assert run(capsys, bank, "due", "--on", "2026-03-20").document["counts"].get("due", 0) == 0
    assert content_of(bank.workspace.archive_dir) == before


def test_on_the_day_after_a_retirement_has_lasted_ten_years_decisions_are_due(capsys: pytest.CaptureFixture[str], bank: Bank) -> None:
    for system in (CREDIT, FRAUD, ROUTER):
        assert run(capsys, bank, "retire", "--system", system, "--on", "2028-02-29", *BY).code == 0
    statuses = {
        on: {file["status"] for file in run(capsys, bank, "due", "--on", on).document["files"] if file["kind"] == "decision"}
        for on in ("2038-02-28", "2038-03-01")
    }
    assert statuses == {"2038-02-28": {"kept"}, "2038-03-01": {"due"}}


def test_without_yes_a_removal_changes_nothing(capsys: pytest.CaptureFixture[str], bank: Bank) -> None:
    before = content_of(bank.workspace.archive_dir)
    done = run(capsys, bank, "delete", *APPROVED[:-1])
    assert (done.code, done.document["dry_run"], done.document["removed"]) == (0, True, [])
    assert [file["path"] for file in done.document["files"]] == logs_of(data_files(bank))
    assert content_of(bank.workspace.archive_dir) == before
    assert list(bank.ledger.read_events(0, [EventKind.EVIDENCE_REMOVED])) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--reason", "x", "--yes"), "expected --approved-by and --role"),
        (("--reason", "x", "--yes", "--approved-by", "a", "--role", "intern"), "expected one of risk_compliance, product_owner"),
        (("--reason", "x", "--yes", "--approved-by", "a", "--role", ROLE, "--signature", "s"), "expected --request with --signature"),
    ],
)
def test_nothing_goes_without_somebody_who_may_answer_for_it(
    capsys: pytest.CaptureFixture[str], bank: Bank, arguments: tuple[str, ...], said: str
) -> None:
    before = data_files(bank)
    done = run(capsys, bank, "delete", *arguments)
    assert done.code == 2 and said in done.err and data_files(bank) == before


def test_what_is_due_goes_after_a_certificate_is_sealed_and_the_archive_still_verifies(
    capsys: pytest.CaptureFixture[str], bank: Bank
) -> None:
    before = data_files(bank)
    done = run(capsys, bank, "delete", *APPROVED)
    assert (done.code, done.document["removed"]) == (0, logs_of(before))
    assert [path for path in data_files(bank) if path in before] == [path for path in before if path not in logs_of(before)]
    told = certificate(bank)
    assert told["approved_by"] == {"key": "", "kind": "asserted", "name": "cora@bank.example", "role": ROLE}
    assert [file["path"] for file in told["files"]] == logs_of(before)  # type: ignore[attr-defined]
    assert told["reason"] == "terms ended" and told["hold_check"] == {"holding_these_files": [], "holds_in_force": []}
    report = verify_archive(bank.workspace.archive_dir)
    assert report.verdict is Verdict.PASS, report.lines()
    assert {found.verdict for found in verify_ledger(bank.ledger)} <= {Verdict.PASS}
    assert call(capsys, "--workspace", bank.root, "evidence", "verify").code == 0
    assert shell_verdict(bank) == 0
    again = run(capsys, bank, "delete", *APPROVED)
    assert (again.code, again.document["removed"]) == (0, []) and len(list_packages(bank.workspace.archive_dir)) == report.package_count


def test_only_the_kinds_and_packages_that_were_named_go(capsys: pytest.CaptureFixture[str], bank: Bank) -> None:
    run(capsys, bank, "delete", "--kind", "validation", "--package", 1, *APPROVED)
    gone = [item["path"] for item in certificate(bank)["files"]]  # type: ignore[attr-defined]
    assert gone and all(path.startswith("000001/validation") for path in gone)
    assert any(path.startswith("000002/validation") for path in data_files(bank))


def test_an_open_issue_keeps_what_its_day_rests_on(capsys: pytest.CaptureFixture[str], tmp_path: Path, bank: Bank) -> None:
    opened = Complaint(77, MONDAY + timedelta(days=1), consequence="no access")
    bank.write_complaints([*calm_complaints(), opened])
    bank.triage(MONDAY + timedelta(days=2))
    found = run(capsys, bank, "due").document["files"]
    assert {file["status"] for file in found if file["package"] == 3} == {"issue_open"}, found
    (issue,) = bank.ledger.read_issues()
    assert run(capsys, bank, "hold", "--issue", issue.issue_id, *BY).code == 0


def test_a_hold_wins_until_it_is_lifted(capsys: pytest.CaptureFixture[str], bank: Bank) -> None:
    held = run(capsys, bank, "hold", "--package", 1, *BY).document["hold"]
    run(capsys, bank, "delete", *APPROVED)
    assert logs_of(data_files(bank)) == [path for path in logs_of(data_files(bank)) if path.startswith("000001/")] != []
    assert certificate(bank)["hold_check"]["holds_in_force"][0]["hold_id"] == held  # type: ignore[index]
    assert run(capsys, bank, "lift", held, *BY).code == 0
    run(capsys, bank, "delete", *APPROVED)
    assert logs_of(data_files(bank)) == [] and verify_archive(bank.workspace.archive_dir).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("hold", *BY), "expected one of --system, --issue and --package, found none"),
        (("hold", "--system", FRAUD, "--package", "1", *BY), "found several"),
        (("hold", "--system", "fraud_filtre", *BY), "expected one that the archive, the ledger or the catalogue knows"),
        (("hold", "--package", "9", *BY), "expected one that the archive"),
        (("lift", "hold-x", *BY), "none is"),
        (("retire", "--system", FRAUD, "--on", "2041-01-01", *BY), "expected a day that has come"),
        (("due", "--on", "soon"), "expected a date like"),
        (("hold", "--system", FRAUD, "--by", "x", "--reason", "AKIA" + "A1B2C3D4E5F6G7H8"), "expected no secret"),
    ],
)
def test_what_names_nothing_or_too_much_is_refused(
    capsys: pytest.CaptureFixture[str], bank: Bank, arguments: tuple[str, ...], said: str
) -> None:
    before = bank.ledger.head()
    done = run(capsys, bank, *arguments)
    assert done.code == 2 and said in done.err and bank.ledger.head() == before


def shell_verdict(bank: Bank) -> int:
    """Return how the verifier that needs no Python ends."""
    script = Path(verify.__file__).with_name("verify.sh")
    return subprocess.run(["sh", script, bank.workspace.archive_dir], capture_output=True, check=False).returncode


class Killed(BaseException):
    """The process ends here; nothing below may catch it."""


def kill_at(point: str, hit: int = 1):
    left = [hit]

    def checkpoint(name: str) -> None:
        left[0] -= name == point
        if left[0] == 0:
            raise Killed

    return checkpoint


def carried_out(bank: Bank, checkpoint) -> None:
    planned = removal.plan_removal(plan_of(bank), LATER.date(), "terms ended")
    removal.carry_out(plan_of(bank), planned, Approval("cora@bank.example", ROLE, ApprovalKind.ASSERTED), b"", checkpoint)


KILLS = [(point, 1) for point in (*REMOVAL_PROMISE_CHECKPOINTS, "removal_sealed", *REMOVAL_CHECKPOINTS)] + [("file_removed", 3)]


@pytest.mark.parametrize(("point", "hit"), KILLS)
def test_killed_anywhere_and_run_again_everything_due_is_gone_once_and_certified_once(
    capsys: pytest.CaptureFixture[str], bank: Bank, point: str, hit: int
) -> None:
    before = data_files(bank)
    with pytest.raises(Killed):
        carried_out(bank, kill_at(point, hit))
    assert verify_archive(bank.workspace.archive_dir).verdict is not Verdict.FAIL
    assert run(capsys, bank, "delete", *APPROVED).code == 0
    assert logs_of(data_files(bank)) == [] and len(before) - len(logs_of(before)) == len(data_files(bank)) - 2
    assert [item["path"] for item in certificate(bank)["files"]] == logs_of(before)  # type: ignore[attr-defined]
    assert verify_archive(bank.workspace.archive_dir).verdict is Verdict.PASS
    assert bank.ledger.pending_outbox() == ()


def test_a_removal_that_another_account_seals_waits_and_is_not_listed_twice(
    capsys: pytest.CaptureFixture[str], bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = data_files(bank)
    with monkeypatch.context() as patched:
        patched.setattr(removal, "publish_pending", lambda _plan, _clock: ())
        for _ in range(2):
            done = run(capsys, bank, "delete", *APPROVED)
            assert done.code == 3 and "not sealed" in done.out and data_files(bank) == before
    assert len(list(bank.ledger.read_events(0, [EventKind.EVIDENCE_REMOVED]))) == 1
    assert run(capsys, bank, "delete", "--reason", "sealed now", "--yes").code == 0
    assert logs_of(data_files(bank)) == [] and verify_archive(bank.workspace.archive_dir).verdict is Verdict.PASS


def test_a_hold_set_between_the_certificate_and_the_removal_still_wins(capsys: pytest.CaptureFixture[str], bank: Bank) -> None:
    with pytest.raises(Killed):
        carried_out(bank, kill_at("removal_begun"))
    held = run(capsys, bank, "hold", "--package", 2, *BY).document["hold"]
    done = run(capsys, bank, "delete", *APPROVED)
    assert done.code == 3 and {path[:6] for path in done.document["waiting"]} == {"000002"}
    assert {path[:6] for path in logs_of(data_files(bank))} == {"000002"}
    assert verify_archive(bank.workspace.archive_dir).verdict is Verdict.INCONCLUSIVE and shell_verdict(bank) == 3
    run(capsys, bank, "lift", held, *BY)
    assert run(capsys, bank, "delete", *APPROVED).code == 0
    assert logs_of(data_files(bank)) == [] and verify_archive(bank.workspace.archive_dir).verdict is Verdict.PASS


def test_an_issue_opened_again_between_the_certificate_and_the_removal_keeps_what_it_rests_on(
    capsys: pytest.CaptureFixture[str], bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Killed):
        carried_out(bank, kill_at("removal_begun"))
    facts = retention.read_retention_facts(plan_of(bank), lambda: LATER)
    touched = tuple(replace(package, issues=("A",)) if package.number == 2 else package for package in facts.packages)
    monkeypatch.setattr(removal, "read_retention_facts", lambda _plan, _clock: replace(facts, packages=touched, issues={"A": None}))
    done = run(capsys, bank, "delete", *APPROVED)
    assert done.code == 3 and {path[:6] for path in done.document["waiting"]} == {"000002"}, done
    assert logs_of(data_files(bank)) == done.document["waiting"]


def test_a_hold_set_while_files_are_removed_waits_for_the_removal_to_end(
    capsys: pytest.CaptureFixture[str], bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[bool] = []
    append = retention.append_retention_event

    def noting(plan: SealPlan, event: Event, clock: Clock) -> int:
        with (bank.workspace.state_dir / "retention/lock").open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                told.append(True)
        return append(plan, event, clock)

    monkeypatch.setattr(retention, "append_retention_event", noting)
    assert run(capsys, bank, "hold", "--package", 2, *BY).code == 0 and told == [True]


def finish_unverified(bank: Bank) -> None:
    """Remove as if the archive had been found sound: what is compared again before each file goes."""
    retention.finish_promised_removals(plan_of(bank), lambda _path: False, lambda: LATER)


def forge_a_list(bank: Bank, tmp_path: Path) -> str:
    """Seal a list that nobody approved behind the last package, and return the path that it names."""
    archive, victim = bank.workspace.archive_dir, logs_of(data_files(bank))[0]
    listing = render_manifest({victim: digest_bytes((archive / victim).read_bytes())})
    draft = draft_package(tmp_path / "forged", {"certificate.json": b"{}\n", "removed.sha256": listing})
    head = last_seal(archive)
    publish(archive, draft, bank.ledger.read_events(head.last_event if head else 0), LATER)
    return victim


def test_a_list_that_no_event_of_the_ledger_cites_removes_nothing(capsys: pytest.CaptureFixture[str], bank: Bank, tmp_path: Path) -> None:
    victim = forge_a_list(bank, tmp_path)
    assert verify_archive(bank.workspace.archive_dir).verdict is Verdict.INCONCLUSIVE, "an unsigned archive cannot tell it from its own"
    before = data_files(bank)
    done = run(capsys, bank, "delete", *APPROVED)
    assert done.code == 2 and "of the ledger cites" in done.err and victim in before == data_files(bank)
    assert list(bank.ledger.read_events(0, [EventKind.EVIDENCE_REMOVED])) == []


def test_an_approved_list_with_another_certificate_removes_nothing(bank: Bank) -> None:
    with pytest.raises(Killed):
        carried_out(bank, kill_at("removal_begun"))
    (cited,) = (json.loads(event.body)["data"] for event in bank.ledger.read_events(0, [EventKind.EVIDENCE_REMOVED]))
    archive, before = bank.workspace.archive_dir, data_files(bank)
    for approved in ({}, {cited["bundle_digest"]: "sha256:" + "0" * 64}):
        with pytest.raises(EvidenceError, match="of the ledger cites"):
            finish_removals(archive, approved, lambda _path: False)
    assert data_files(bank) == before


@pytest.mark.parametrize("are_known", [True, False])
def test_an_unsigned_list_behind_signed_seals_removes_nothing_whether_or_not_signers_are_known(
    capsys: pytest.CaptureFixture[str], bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, are_known: bool
) -> None:
    key = make_sealing_key(tmp_path)
    sealed_by(bank, tmp_path, key)
    if are_known:
        bank.workspace.allowed_signers_path.write_text(signer_line(public_line(key.key), "sealer"))
    monkeypatch.setattr(evidence_archive, "require_continuity", lambda *_: None)  # who forges does not ask our publisher
    forge_a_list(bank, tmp_path)
    before = data_files(bank)
    done = run(capsys, bank, "delete", *APPROVED)
    assert done.code == 2 and "expected one that verifies" in done.err and data_files(bank) == before


def test_a_signed_archive_whose_signers_nobody_knows_loses_nothing(capsys: pytest.CaptureFixture[str], bank: Bank, tmp_path: Path) -> None:
    sealed_by(bank, tmp_path, make_sealing_key(tmp_path))
    before = data_files(bank)
    done = run(capsys, bank, "delete", *APPROVED)
    assert done.code == 2 and "expected signers to compare signatures with" in done.err and data_files(bank) == before


def sealed_by(bank: Bank, tmp_path: Path, signer: SshSigner) -> None:
    """Seal one more package with a key."""
    archive = bank.workspace.archive_dir
    head = last_seal(archive)
    events = bank.ledger.read_events(head.last_event if head else 0)
    publish(archive, draft_package(tmp_path / "signed", {"day.json": b"{}\n"}), events, LATER, signer=signer)


def test_a_file_or_a_list_that_was_altered_is_never_removed_or_followed(capsys: pytest.CaptureFixture[str], bank: Bank) -> None:
    with pytest.raises(Killed):
        carried_out(bank, kill_at("removal_begun"))
    archive = bank.workspace.archive_dir
    first = logs_of(data_files(bank))[0]
    kept = (archive / first).read_bytes()
    (archive / first).write_bytes(kept + b"x")
    with pytest.raises(ConfigurationError, match="expected one that verifies"):
        removal.finish(plan_of(bank))
    with pytest.raises(EvidenceError, match="before its removal"):
        finish_unverified(bank)
    (archive / first).write_bytes(kept)
    (listing,) = archive.glob("*/removed.sha256")
    listing.write_bytes(listing.read_bytes() + b"0" * 64 + b"  000001/zzz\n")
    with pytest.raises(EvidenceError, match="expected the list that was sealed"):
        finish_unverified(bank)
    assert (archive / first).exists()


def test_an_archive_that_fails_loses_nothing(capsys: pytest.CaptureFixture[str], bank: Bank) -> None:
    (bank.workspace.archive_dir / "000001/decision.json").write_bytes(b"{}")
    before = data_files(bank)
    done = run(capsys, bank, "delete", *APPROVED)
    assert done.code == 2 and "expected one that verifies" in done.err and data_files(bank) == before


def a_key(folder: Path, name: str) -> Path:
    path = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path], check=True)
    return path


def allowed(bank: Bank, key: Path, name: str = "cora@bank.example", role: str = ROLE) -> None:
    kind, text, *_ = key.with_suffix(".pub").read_text().split()
    bank.workspace.allowed_signers_path.write_text(f'{name} namespaces="{role}" {kind} {text}\n')


def signed(key: Path, request: Path, namespace: str = ROLE) -> Path:
    made = request.with_name(f"{request.name}.sig")
    made.unlink(missing_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", namespace, request], check=True, capture_output=True)
    return made


def test_a_signed_approval_is_sealed_as_signed_and_checks_with_stock_tools(
    capsys: pytest.CaptureFixture[str], bank: Bank, tmp_path: Path
) -> None:
    key, request = a_key(tmp_path, "cora"), tmp_path / "request.json"
    allowed(bank, key)
    run(capsys, bank, "delete", "--reason", "terms ended", "--request", request)
    signature = signed(key, request)
    done = run(capsys, bank, "delete", *APPROVED, "--request", request, "--signature", signature)
    assert done.code == 0 and logs_of(data_files(bank)) == []
    approved = certificate(bank)["approved_by"]
    assert approved["kind"] == "signed" and approved["key"].startswith("SHA256:")  # type: ignore[index]
    (package,) = (path.parent for path in bank.workspace.archive_dir.glob("*/certificate.json"))
    checked = subprocess.run(
        [
            *("ssh-keygen", "-Y", "verify", "-f", bank.workspace.allowed_signers_path),
            *("-I", "cora@bank.example", "-n", ROLE, "-s", package / "request.json.sig"),
        ],
        input=(package / "request.json").read_bytes(),
        capture_output=True,
        check=False,
    )
    assert checked.returncode == 0 and verify_archive(bank.workspace.archive_dir).verdict is Verdict.PASS


@pytest.mark.parametrize("wrong", ["key", "role", "name", "bytes", "nobody"])
def test_a_signature_of_another_key_role_person_or_request_removes_nothing(
    capsys: pytest.CaptureFixture[str], bank: Bank, tmp_path: Path, wrong: str
) -> None:
    key, request = a_key(tmp_path, "cora"), tmp_path / "request.json"
    if wrong != "nobody":
        allowed(bank, a_key(tmp_path, "other") if wrong == "key" else key, "dan@bank.example" if wrong == "name" else "cora@bank.example")
    run(capsys, bank, "delete", "--reason", "terms ended", "--request", request)
    signature = signed(key, request, "product_owner" if wrong == "role" else ROLE)
    if wrong == "bytes":
        request.write_bytes(request.read_bytes().replace(b"terms ended", b"terms bended"))
    before = data_files(bank)
    done = run(capsys, bank, "delete", *APPROVED, "--request", request, "--signature", signature)
    assert done.code == 2 and data_files(bank) == before


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('*@bank.example namespaces="risk_compliance"', "(none)"),
        ("cora@bank.example", "(none)"),  # a line without roles allows everything, and is not meant for any
        ('cora@bank.example cert-authority,namespaces="risk_compliance"', "(none)"),
        ('cora@bank.example namespaces="risk_compliance",valid-before="20200101"', "which was not"),
        ('cora@bank.example namespaces="risk_compliance"', "revoked_keys does not list"),
        ('cora@bank.example,dan@bank.example namespaces="risk_compliance"', "gives to cora@bank.example and dan@bank.example"),
    ],
)
def test_a_key_that_no_line_gives_this_person_and_role_now_removes_nothing(
    capsys: pytest.CaptureFixture[str], bank: Bank, tmp_path: Path, line: str, found: str
) -> None:
    key, request = a_key(tmp_path, "cora"), tmp_path / "request.json"
    kind, text, *_ = key.with_suffix(".pub").read_text().split()
    bank.workspace.allowed_signers_path.write_text(f"{line} {kind} {text}\n")
    if "revoked" in found:
        bank.workspace.revoked_keys_path.write_text(f"{kind} {text}\n")
    run(capsys, bank, "delete", "--reason", "terms ended", "--request", request)
    before = data_files(bank)
    done = run(capsys, bank, "delete", *APPROVED, "--request", request, "--signature", signed(key, request))
    assert (done.code, found in done.err, data_files(bank)) == (2, True, before), done.err


def test_a_request_for_a_day_that_has_not_come_does_not_remove_a_file_years_early(
    capsys: pytest.CaptureFixture[str], bank: Bank, tmp_path: Path
) -> None:
    early = SealPlan(str(bank.root), LATER, LATER.date() + timedelta(days=20_000), "America/New_York")
    planned = removal.plan_removal(early, early.business_date, "terms ended")
    (tmp_path / "request.json").write_bytes(planned.request_bytes)
    before = data_files(bank)
    done = run(capsys, bank, "delete", *APPROVED, "--request", tmp_path / "request.json")
    assert done.code == 2 and f"expected a day up to today, 2040-05-05, found {early.business_date}" in done.err
    assert data_files(bank) == before and list(bank.ledger.read_events(0, [EventKind.EVIDENCE_REMOVED])) == []
    with pytest.raises(ConfigurationError, match="expected a day up to today"):
        removal.plan_removal(plan_of(bank), early.business_date, "terms ended")


def test_a_request_signed_before_a_hold_was_set_is_no_longer_what_is_due(
    capsys: pytest.CaptureFixture[str], bank: Bank, tmp_path: Path
) -> None:
    key, request = a_key(tmp_path, "cora"), tmp_path / "request.json"
    allowed(bank, key)
    run(capsys, bank, "delete", "--reason", "terms ended", "--request", request)
    signature = signed(key, request)
    run(capsys, bank, "hold", "--package", 1, *BY)
    done = run(capsys, bank, "delete", *APPROVED, "--request", request, "--signature", signature)
    assert done.code == 2 and "as it was when signed" in done.err and logs_of(data_files(bank))

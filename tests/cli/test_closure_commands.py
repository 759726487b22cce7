"""``proofloop closure`` and the signatures that close an issue, as people meet them: from the signal to closed, by real commands."""

from __future__ import annotations

import json
import subprocess
from datetime import timedelta
from pathlib import Path

from deployments.recompute import recompute
from registry.closure_records import read_dossier
from registry.domain.approving import ApprovalEntry
from registry.domain.canonical import digest_bytes
from registry.domain.catalogue import OwnerRole
from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.issue import IssueState
from registry.domain.work import StepKind
from registry.evidence.packages import list_packages
from tasks import engine
from tests.clocks import set_clock
from tests.closed_bank import ANA, CLEAN_ON, MARA, SIGNERS, ClosedBank, at_closing, bank, kept, lacks_of, outcome, settled
from tests.fixed_bank import BOT, FIX_ON, at
from tests.flows.ledger_bytes import events_of

__all__ = ["bank", "settled"]

DAY = timedelta(days=1)
JUDGED = EventKind.CLOSURE_JUDGED


def signing_at(bank: ClosedBank, hour: int = 10) -> None:
    set_clock(at(CLEAN_ON, hour))


def test_an_issue_is_walked_from_its_signal_to_closed_by_commands_and_signatures(bank: ClosedBank, tmp_path: Path) -> None:
    called = bank.verify(CLEAN_ON)
    assert (called.code, called.document["verdict"], lacks_of(called)) == (0, "pass", [])
    assert outcome(called)["asked"] == ["product_owner", "operations_lead"]
    (package,) = called.document["packages"]
    assert Path(package["report"]).is_file()
    signing_at(bank)
    first, last = (bank.record(bank.sign(role)) for role in ("product_owner", "operations_lead"))
    assert [one.document["receipt"]["state"] for one in (first, last)] == ["verifying", "closed"]
    assert bank.issue.state is IssueState.CLOSED
    assert bank.say("evidence", "verify", "--recompute", "--approvals", "--json").document["verdict"] == "pass"
    bank.say("evidence", "export", bank.issue.issue_id, "--to", tmp_path / "bag")
    assert (tmp_path / "bag/data/archive/verify.sh").is_file()
    dossier = (tmp_path / "bag/data/dossier.html").read_text(encoding="utf-8")
    assert "ana@bank.example" in dossier and "ben@bank.example" in dossier and "<script" not in dossier
    checked = subprocess.run(["sh", "verify.sh"], cwd=tmp_path / "bag/data/archive", capture_output=True, text=True, check=False)
    assert checked.returncode in {0, 3}, checked.stdout


def test_a_refused_closure_names_its_gates_and_items_and_how_to_supply_them(bank: ClosedBank) -> None:
    strengths = "{L0: [medium], L1: [medium], L2: [high, high], L3: [high, high], L4: [high, high]}"
    (bank.root / "policies/closure.yaml").write_text(f"evidence:\n  min_strengths: {strengths}\n", encoding="utf-8")
    called = bank.verify(CLEAN_ON)
    assert (called.code, lacks_of(called)) == (3, ["verification:too_weak"])
    told = bank.say("closure", bank.issue.issue_id, "--as-of", CLEAN_ON, code=3).out
    assert "expected a piece of evidence of high strength or more (2 of 2 at L2), found medium" in told
    assert "do       take the step `add-evidence`" in told
    signing_at(bank)
    request = ("--action", "close", "--by", ANA, "--role", "product_owner", "--out", bank.root / "close.json")
    refused = bank.say("approve", "request", bank.issue.issue_id, *request, code=None)
    assert refused.code != 0 and "found none" in refused.out + refused.err


def test_a_proposal_that_became_stale_before_it_was_signed_is_refused(bank: ClosedBank) -> None:
    bank.verify(CLEAN_ON)
    signing_at(bank)
    requests = [bank.sign(role) for role in ("product_owner", "operations_lead")]
    bank.record(requests[0])
    bank.complain((FIX_ON + 3 * DAY, CLEAN_ON))  # decided by the fix, reported a day after the proposal
    bank.live(CLEAN_ON + DAY, CLEAN_ON + DAY)
    assert bank.issue.state is IssueState.RCA_IN_PROGRESS
    set_clock(at(CLEAN_ON + DAY, 10))
    refused = bank.record(requests[1], code=None).document
    assert refused["receipt"] is None and refused["refusals"]
    assert bank.issue.state is IssueState.RCA_IN_PROGRESS


def test_a_late_report_about_the_old_version_takes_the_proposal_back_and_it_is_made_anew(bank: ClosedBank) -> None:
    bank.verify(CLEAN_ON)
    signing_at(bank)
    request = bank.sign("product_owner")
    bank.complain((FIX_ON - DAY, CLEAN_ON))
    bank.live(CLEAN_ON + DAY, CLEAN_ON + DAY)
    set_clock(at(CLEAN_ON + DAY, 8))
    assert (bank.issue.window, bank.issue.closure) == ("clean", "")
    refused = bank.record(request, code=None).document
    assert [one["code"] for one in refused["refusals"]] == ["not_standing"]
    assert bank.verify(CLEAN_ON + DAY).code == 0
    assert bank.issue.closure
    assert bank.approve_on(CLEAN_ON + DAY) == "closed"


def test_what_was_said_before_is_not_recorded_again(bank: ClosedBank) -> None:
    bank.verify(CLEAN_ON)
    bank.live(CLEAN_ON + DAY, CLEAN_ON + DAY)
    called = bank.verify(CLEAN_ON + DAY)
    assert (called.code, called.document["packages"], len(bank.events(JUDGED))) == (0, [], 1)
    assert len(bank.events(EventKind.PORTFOLIO_READ)) == 2
    named = bank.verify(CLEAN_ON + DAY, bank.issue.issue_id)
    assert (named.code, named.document["evidence"]["seal"], len(bank.events(JUDGED))) == (0, 0, 1)


def test_the_run_of_a_date_is_made_once(bank: ClosedBank) -> None:
    first = bank.verify(CLEAN_ON).document
    before = events_of(bank.ledger)
    again = bank.verify(CLEAN_ON).document
    assert (again["repeated"], again["evidence"], events_of(bank.ledger)) == (True, first["evidence"], before)


def test_a_dry_run_shows_and_writes_nothing(bank: ClosedBank) -> None:
    before = events_of(bank.ledger)
    called = bank.verify(CLEAN_ON, "--dry-run")
    assert (called.code, events_of(bank.ledger)) == (0, before)
    named = bank.verify(CLEAN_ON, bank.issue.issue_id, "--dry-run")
    assert (named.code, Path(named.document["report"]).is_file(), events_of(bank.ledger)) == (0, True, before)


def test_an_issue_that_is_not_there_is_an_error_of_usage(bank: ClosedBank) -> None:
    called = bank.verify(CLEAN_ON, "ISS-20200101-00000000")
    assert called.code == 2
    assert "issue 'ISS-20200101-00000000': expected one of the ledger's" in called.out + called.err


def test_an_archive_that_was_altered_closes_nothing(bank: ClosedBank) -> None:
    seal = list_packages(bank.workspace.archive_dir)[3]
    page = seal.path / "report.html"
    page.write_bytes(page.read_bytes() + b" ")
    called = bank.verify(CLEAN_ON)
    assert called.code == 1
    assert "evidence:archive_not_verified" in lacks_of(called)


def test_every_closure_and_its_run_are_judged_again_to_the_byte_and_a_forged_one_is_told(bank: ClosedBank) -> None:
    called = bank.verify(CLEAN_ON)
    archive = bank.workspace.archive_dir
    folder = Path(called.document["packages"][0]["report"]).parent
    seals = frozenset({int(folder.name), called.document["evidence"]["seal"]})
    found = recompute(archive, only=seals)
    assert (found.verdict, found.same_count, found.problems) == (Verdict.PASS, 2, ())
    inputs = kept(folder / "inputs.json")
    inputs["signals"] = inputs["signals"][1:]
    (folder / "inputs.json").write_text(json.dumps(inputs, sort_keys=True, separators=(",", ":")), encoding="ascii")
    forged = recompute(archive, only=frozenset({int(folder.name)}))
    assert forged.verdict is Verdict.FAIL


def test_a_replay_runs_it_after_the_monitoring_and_the_report_finds_its_pages(bank: ClosedBank) -> None:
    words = ("--from", CLEAN_ON, "--to", CLEAN_ON, "--flow", "recurrence-monitoring", "--flow", "closure-verification", "--json")
    (windows, closures) = bank.say("replay", *words).document["days"]
    assert (windows["repeated"], closures["verdict"]) == (True, "pass")
    assert closures["closures"] == [{"issue": bank.issue.issue_id, "system": BOT, "verdict": "pass", "lacking": []}]
    kinds = [one["kind"] for one in bank.say("report", CLEAN_ON, "--json").document["reports"]]
    assert kinds[-2:] == ["closure", "closure_day"]


def test_the_past_tells_the_closure_and_the_window_of_an_issue_apart_as_they_were_sealed(bank: ClosedBank, tmp_path: Path) -> None:
    page = bank.verify(CLEAN_ON).document["packages"][0]["report"]
    ((seq,), windows) = ([event.seq for event in bank.ledger.read_events(0, (kind,))] for kind in (JUDGED, EventKind.WINDOW_JUDGED))
    day, name, archive, last = CLEAN_ON, bank.issue.issue_id, bank.workspace.archive_dir, max(windows)

    for where in ((), ("--archive", archive)):
        both = bank.say("as-of", "--event", seq, "--decision", f"{day}/{name}", *where, code=2)
        assert f"found 2: of this issue; name {day}/{name}/window, {day}/{name}/closure" in both.err
        told = bank.say("as-of", "--event", seq, "--decision", f"{day}/{name}/closure", *where, "--json")
        assert told.out.encode() == (Path(page).parent / "decision.json").read_bytes()
        sealed = bank.say("as-of", "--event", bank.ledger.head().seq, "--decision", f"{day}/{name}/closure", *where)
        assert ("was not sealed yet" in told.err, page in sealed.err) == (True, True)
        window = bank.say("as-of", "--event", seq, "--decision", f"{day}/{name}/window", *where, "--json").document
        assert (window["kind"], window["outcome"]) == ("recurrence_window", "clean")
        before = bank.say("as-of", "--event", seq - 1, "--decision", f"{day}/{name}/closure", *where, code=2)
        assert "expected a decision taken by event" in before.err
        alone = bank.say("as-of", "--event", last, "--decision", f"{day}/{name}", *where, "--json").document
        assert alone == window
    shown = bank.say("as-of", "--event", seq, "--decision", f"{day}/{name}/closure").out
    assert shown.startswith(f"{day}  pass")
    wrong = bank.say("as-of", "--event", seq, "--decision", f"{day}/{name}/dossier", code=2)
    assert "expected window or closure after the issue, found 'dossier'" in wrong.err


def test_a_closure_that_was_judged_twice_on_a_date_is_told_as_it_was_at_each_event(bank: ClosedBank) -> None:
    bank.verify(CLEAN_ON)
    set_clock(at(CLEAN_ON, 9))
    figures = {"before": "60 of 80 right", "after": "79 of 80 right"}
    evidence = {"kind": "regression_eval", "summary": "The locked set again, by another team", **figures, "pointers": ["evaluation 41"]}
    bank.take("add-evidence", MARA, "model_risk", evidence)
    set_clock(at(CLEAN_ON, 10))
    bank.say("closure", bank.issue.issue_id, "--json", code=None)
    events = list(bank.ledger.read_events(0, (JUDGED,)))
    assert len(events) == 2
    for event in events:
        asked = f"{CLEAN_ON}/{bank.issue.issue_id}/closure"
        told = bank.say("as-of", "--event", event.seq, "--decision", asked, "--json")
        assert digest_bytes(told.out.encode()) == json.loads(event.body)["data"]["decision_digest"]


def test_whoever_measured_does_not_sign(bank: ClosedBank) -> None:
    bank.verify(CLEAN_ON)
    signing_at(bank)
    request = ("--action", "close", "--by", MARA, "--role", "model_risk", "--out", bank.root / "close.json")
    refused = bank.say("approve", "request", bank.issue.issue_id, *request, code=2)
    assert "found mara@bank.example, who took the step `add-evidence`" in refused.err


def test_signatures_that_are_pasted_into_the_form_close_it_too(bank: ClosedBank) -> None:
    from flows.issue_approve import issue_approve

    bank.verify(CLEAN_ON)
    signing_at(bank)
    states = []
    for role, name in SIGNERS.items():
        request = bank.sign(role)
        signature = request.with_name(f"{request.name}.sig").read_text(encoding="utf-8")
        entry = ApprovalEntry(action=StepKind.CLOSE, request=request.read_text(encoding="utf-8"), signature=signature)
        result = engine.run(
            issue_approve, issue_id=bank.issue.issue_id, by=name, role=OwnerRole(role), document=entry, workspace=str(bank.root)
        )
        states.append(result.receipt and result.receipt.state)
    assert states == ["verifying", "closed"]
    (closing,) = [one.path for one in list_packages(bank.workspace.archive_dir) if (one.path / "dossier.html").is_file()]
    assert read_dossier((closing / "dossier.json").read_bytes()).closed_at is not None


def test_a_closure_is_due_half_an_hour_after_the_windows() -> None:
    assert at_closing(CLEAN_ON).strftime("%H:%M") == "07:30"

"""scope, recovery, not-applicable, same-cause and review on the command line, held against a ledger with signals and another issue."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import flows.taking
import tasks.preservation
from deployments.cli.main import cli
from deployments.cli.schema import KINDS
from flows.taking import take as take_step
from registry.domain.canonical import digest_bytes, plain
from registry.domain.catalogue import OwnerRole
from registry.domain.events import Event, EventKind
from registry.domain.issue import IssueState, Role
from registry.domain.signal import CustomerImpact
from registry.domain.steps_closure import Recovery
from registry.domain.work import StepKind
from registry.domain.work_run import StepResult
from registry.errors import IllegalMoveError
from registry.ledger.store import open_ledger
from registry.ledger.verification import verify_ledger
from registry.settings import Workspace, find_workspace
from tests.approvals.test_at_once import Meanwhile
from tests.builders import SYSTEM, TODAY
from tests.catalogue.workspaces import write_workspace
from tests.checks.work.closing_steps import a_gate_left_out, a_recovery, a_review, a_same_cause
from tests.checks.work.worksheets import FEE_ANSWER
from tests.cli.calling import OPENED_AT, Called, call
from tests.closing import a_proposal, closure_approved, closure_judged, window_judged
from tests.ledger_writes import ISSUE_ID, a_clock, a_full_day, a_write, approved, claimed, moved, opened, some_signals, spooled

S = IssueState
OTHER_ID = "ISS-20201015-89abcdef"
AT = "2020-10-16T10:00:00+0000"
SCOPE = (
    *("--customers", "Holders of prepaid cards whose purchase was refused", "--segments", "Prepaid card", "--segments", "all channels"),
    *("--journeys", "card use", "--versions", "model 7", "--evidence", "analysis 12"),
    *("--from-at", "2020-10-12T00:00:00-04:00", "--until-at", "2020-10-15T00:00:00-04:00"),
)
Take = Callable[..., Called]


def way_to_verifying() -> Iterator[Event]:
    """Yield how the issue came to a fix that is verified."""
    yield replace(moved(ISSUE_ID, S.TRIAGE, S.CONTAINED, Role.PRODUCT_OWNER), actor="ana@bank.example")
    yield replace(moved(ISSUE_ID, S.CONTAINED, S.RCA_IN_PROGRESS, Role.PRODUCT_OWNER), actor="ana@bank.example")
    move = {"from": "rca_in_progress", "to": "action_approved"}
    yield approved(ISSUE_ID, body=move | {"role": Role.PRODUCT_OWNER}, actor="cora@bank.example")
    yield replace(moved(ISSUE_ID, S.ACTION_APPROVED, S.IMPLEMENTED, Role.PRODUCT_OWNER), actor="ana@bank.example")
    yield moved(ISSUE_ID, S.IMPLEMENTED, S.VERIFYING)


def a_cause(issue_id: str = OTHER_ID) -> Event:
    data = {"step": "root-cause", "role": "product_owner", "document": plain(FEE_ANSWER), "document_digest": "d", "bundle_digest": "b"}
    return Event(EventKind.ROOT_CAUSE_RECORDED, SYSTEM, issue_id, OPENED_AT, TODAY, data, issue_id, "ana@bank.example")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace whose issue is verified, with ten signals of the same decisions, and another issue with its cause."""
    root = write_workspace(tmp_path / "bank")
    found = find_workspace(root, root, {})
    found.state_dir.mkdir(parents=True)
    ledger = open_ledger(found.ledger_url({}), a_clock, create=True)
    ledger.record_triage(a_full_day(ledger, tmp_path / "spool"), tmp_path / "spool")
    ledger.append([*opened(OTHER_ID, fingerprint="fp-other"), a_cause(), *way_to_verifying()])
    ledger.close()
    return found


@pytest.fixture
def take(capsys: pytest.CaptureFixture[str], workspace: Workspace) -> Take:
    """Take a step of the product owner, by options."""

    def step(kind: str, *given: object, issue: str = ISSUE_ID) -> Called:
        who = ("--by", "ana@bank.example", "--role", "product_owner", "--as-of", AT)
        return call(capsys, "--workspace", workspace.root, "issue", kind, issue, *who, *given)

    return step


def options(document: Any, **changes: object) -> list[object]:
    """Return the options that say what ``document`` says."""
    given = plain(replace(document, **changes))
    listed = ((f"--{name.replace('_', '-')}", value if isinstance(value, list) else [value]) for name, value in given.items())
    return [word for name, values in listed for value in values for word in (name, str(value).replace(".000000Z", "+00:00"))]


def a_listed_recovery(workspace: Workspace) -> Recovery:
    """Return a recovery whose list lies in the workspace: 312 cases, one of them not reached."""
    path = workspace.root / "data/refused.csv"
    path.parent.mkdir(exist_ok=True)
    rows = "".join(f"C-{number},remediated,\n" for number in range(311))
    path.write_text(f"case_ref,outcome,reason\n{rows}C-311,residual,moved abroad\n", encoding="utf-8")
    return a_recovery(list_path="data/refused.csv", list_sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def bodies(workspace: Workspace, kind: EventKind) -> list[dict[str, Any]]:
    ledger = open_ledger(workspace.ledger_url({}), a_clock)
    found = [json.loads(event.body)["data"] for event in ledger.read_events(kinds=(kind,))]
    ledger.close()
    return found


def test_a_scope_of_nothing_is_asked_for_option_by_option(take: Take) -> None:
    called = take("scope")

    assert called.code == 2
    assert "--customers: expected a value, found nothing; give this option, or --file" in called.err


def test_a_scope_around_the_reported_decisions_is_recorded(take: Take, workspace: Workspace) -> None:
    called = take("scope", *SCOPE)

    assert called.code == 0, called.out + called.err
    assert "scope recorded as event" in called.out and "the issue is in verifying" in called.out
    (body,) = bodies(workspace, EventKind.SCOPE_RECORDED)
    assert body["reason"] == "Holders of prepaid cards whose purchase was refused"
    assert take("scope", *SCOPE, "--json").document["repeated"]


def test_a_scope_that_leaves_out_what_signals_report_is_told_what(take: Take) -> None:
    called = take("scope", *(word.replace("model 7", "model 8").replace("2020-10-12", "2020-10-14") for word in SCOPE))

    assert called.code == 1
    assert "versions: expected everything that signals of the issue report, found model 7 left out" in called.out
    assert "from_at: expected no later than the first decision that was reported, 2020-10-13T12:00:00+00:00" in called.out


def test_a_recovery_is_recorded_with_its_counts_and_the_digest_of_its_query(take: Take, workspace: Workspace) -> None:
    recovery = a_listed_recovery(workspace)

    called = take("recovery", *options(recovery))

    assert called.code == 0, called.out + called.err
    (body,) = bodies(workspace, EventKind.RECOVERY_RECORDED)
    assert body["query_digest"] == digest_bytes(recovery.query.encode())
    (record,) = workspace.archive_dir.rglob("step.json")
    counted = json.loads(record.read_bytes())["known"]["population"]
    assert (counted["distinct_count"], counted["remediated_count"], counted["residual_count"]) == (312, 311, 1)


def test_a_recovery_whose_list_was_changed_since_is_told_so(take: Take, workspace: Workspace) -> None:
    recovery = a_listed_recovery(workspace)
    (workspace.root / recovery.list_path).write_text("case_ref,outcome,reason\n", encoding="utf-8")

    called = take("recovery", *options(recovery))

    assert called.code == 1
    assert f"expected the file that was cited (sha256 {recovery.list_sha256}), found another" in called.out


def test_a_recovery_that_found_nobody_or_that_its_recorder_checked_is_refused(take: Take) -> None:
    called = take("recovery", *options(a_recovery(), identified_count=0, checker="ana@bank.example"))

    assert called.code == 1
    assert "identified_count: expected at least 1, found 0" in called.out
    assert "found ana@bank.example, who records it" in called.out


def test_a_gate_that_does_not_apply_is_recorded_and_waits_for_its_approval(take: Take, workspace: Workspace) -> None:
    refused = take("not-applicable", *options(a_gate_left_out(), reason="Nobody lost anything that matters"))
    assert refused.code == 1
    assert "expected how much was looked at, since 10 report access" in refused.out

    called = take("not-applicable", *options(a_gate_left_out()))
    assert called.code == 0, called.out + called.err
    assert len(bodies(workspace, EventKind.NOT_APPLICABLE_RECORDED)) == 1


def test_what_hangs_on_no_issue_is_held_against_a_scope_and_a_gate_that_does_not_apply(
    take: Take, workspace: Workspace, tmp_path: Path
) -> None:
    ledger = open_ledger(workspace.ledger_url({}), a_clock)
    lost = [replace(one, impact=CustomerImpact.FUNDS, segment={"product": "Loan"}) for one in some_signals(1, start=90)]
    day = a_write(claimed(ledger, on=TODAY + timedelta(days=1)), [spooled(tmp_path / "spool", lost)], known_events=ledger.head().seq)
    ledger.record_triage(day, tmp_path / "spool")
    assert len(ledger.read_issue_signals(ISSUE_ID)) == 10
    ledger.close()

    refused = take("not-applicable", *options(a_gate_left_out(), reason="Nobody lost anything that matters"))
    assert refused.code == 1
    assert "expected how much was looked at, since 10 report access and 1 report funds" in refused.out
    outside = take("scope", *SCOPE)
    assert outside.code == 1
    assert "found product Loan left out" in outside.out


def test_two_issues_are_linked_once_and_not_in_a_circle(take: Take, workspace: Workspace) -> None:
    document = a_same_cause(issue=OTHER_ID)
    linked = take("same-cause", *options(document))
    assert linked.code == 0, linked.out + linked.err

    again = take("same-cause", *options(document, reason="The unknown terminal code is on these refusals too"))
    back = take("same-cause", *options(document, issue=ISSUE_ID), issue=OTHER_ID)

    assert (again.code, "which is\n    -> nothing is left to record" in again.out) == (1, True)
    assert (back.code, f"found {ISSUE_ID} -> {OTHER_ID}" in back.out) == (1, True)
    assert len(bodies(workspace, EventKind.SAME_CAUSE_RECORDED)) == 1


def test_a_link_of_another_issue_takes_back_the_proposal_to_close_this_one(
    take: Take, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    """Signals of the other count as occurrences from then on: what people would sign was judged without them."""
    ledger = open_ledger(workspace.ledger_url({}), a_clock)
    ledger.append([a_cause(ISSUE_ID), window_judged(ISSUE_ID), closure_judged(ISSUE_ID, a_proposal())])
    proposed = {issue.issue_id: issue.closure for issue in ledger.read_issues()}

    linked = take("same-cause", *options(a_same_cause(issue=ISSUE_ID)), issue=OTHER_ID)

    assert linked.code == 0, linked.out + linked.err
    assert (bool(proposed[ISSUE_ID]), {issue.issue_id: issue.closure for issue in ledger.read_issues()}[ISSUE_ID]) == (True, "")
    with pytest.raises(IllegalMoveError, match="found none"):
        ledger.append([closure_approved(ISSUE_ID, a_proposal())])
    assert verify_ledger(ledger) == ()
    ledger.close()
    assert [told["same_cause_issue"] for told in bodies(workspace, EventKind.CAUSE_SHARED)] == [OTHER_ID]
    shown = call(capsys, "--workspace", workspace.root, "issue", "show", ISSUE_ID)
    assert f"the signals of {OTHER_ID} count as occurrences of this issue: ana@bank.example linked it to {ISSUE_ID}" in shown.out


def test_of_two_issues_that_are_linked_to_each_other_at_once_one_is(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = open_ledger(workspace.ledger_url({}), a_clock)
    ledger.append([a_cause(ISSUE_ID)])
    ledger.close()

    def link(issue: str, other: str) -> StepResult:
        document = a_same_cause(issue=other)
        return take_step(StepKind.SAME_CAUSE, issue, "ana@bank.example", OwnerRole.PRODUCT_OWNER, document, None, str(workspace.root))

    back = Meanwhile(lambda: link(OTHER_ID, ISSUE_ID))
    monkeypatch.setattr(tasks.preservation, "time", SimpleNamespace(sleep=back.poll))
    monkeypatch.setattr(flows.taking, "record_step", back.before(flows.taking.record_step))

    assert link(ISSUE_ID, OTHER_ID).receipt
    assert [refusal.code for refusal in back.result().decision.refusals] == ["goes_in_a_circle"]


def test_an_issue_without_a_cause_or_that_is_not_there_is_not_linked_to(take: Take) -> None:
    uncaused = take("same-cause", *options(a_same_cause(issue=ISSUE_ID)), issue=OTHER_ID)
    nowhere = take("same-cause", *options(a_same_cause(issue="ISS-1")))

    assert (uncaused.code, f"found {ISSUE_ID}, which has none" in uncaused.out) == (1, True)
    assert (nowhere.code, "found 'ISS-1', which is none\n    -> `proofloop issue list --all`" in nowhere.out) == (1, True)


def test_a_review_that_concludes_to_reopen_says_what_to_do_next(take: Take) -> None:
    called = take("review", *options(a_review(), conclusion="reopen"))

    assert called.code == 0, called.out + called.err
    assert f"look     {ISSUE_ID}: the review concludes to reopen it, and moves nothing by itself" in called.out
    assert "the issue is in verifying" in called.out


def test_the_steps_are_shown_with_the_issue(take: Take, capsys: pytest.CaptureFixture[str], workspace: Workspace, tmp_path: Path) -> None:
    for kind, given in (("scope", SCOPE), ("recovery", options(a_listed_recovery(workspace))), ("review", options(a_review()))):
        assert take(kind, *given).code == 0
    take("not-applicable", *options(a_gate_left_out()))
    take("same-cause", *options(a_same_cause(issue=OTHER_ID)))

    shown = call(capsys, "--workspace", workspace.root, "issue", "show", ISSUE_ID)
    assert call(capsys, "--workspace", workspace.root, "issue", "page", ISSUE_ID, "--out", tmp_path / "issue.html").code == 0

    for kind in ("ScopeRecorded", "RecoveryRecorded", "NotApplicableRecorded", "SameCauseRecorded", "WindowReviewed"):
        assert kind in shown.out
    page = (tmp_path / "issue.html").read_text(encoding="utf-8")
    for heading in ("Scope", "Recovery of customers", "Gate that does not apply", "Same cause as another issue", "Review"):
        assert f">{heading}<" in page, heading


def test_nobody_takes_a_closure_and_somebody_may_sign_one(take: Take) -> None:
    called = take("close")
    assert (called.code, "No such command 'close'" in called.err) == (2, True)
    assert f"step-{StepKind.CLOSE}" not in KINDS
    approve = cli.get_command(None, "approve")  # type: ignore[arg-type]
    (action,) = (option for option in approve.commands["request"].params if option.name == "action")  # type: ignore[union-attr]
    assert StepKind.CLOSE.value in action.type.choices  # type: ignore[attr-defined]

"""What every ledger asks before an issue is closed, on each backend: through the program, behind its back, and long after."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from registry.domain import folding
from registry.domain.closing import UNSETTLING, proposal_digest
from registry.domain.events import Event, EventKind
from registry.domain.issue import IssueState, Role
from registry.errors import IllegalMoveError
from registry.ledger.migrations.guards_0005 import _UNSETTLING
from registry.ledger.store import Ledger
from registry.ledger.verification import verify_ledger
from tests.builders import an_event
from tests.closing import a_proposal, closing, closure_approved, closure_judged, gates_judged, window_judged
from tests.contracts.test_ledger_moves import approve, forge_event, undone, walk, write
from tests.contracts.test_ledger_verify import tampered
from tests.ledger_writes import approved, moved

S, R = IssueState, Role
LATER = {
    EventKind.SIGNALS_JOINED: {"signal_count": 1},
    EventKind.LATE_EVIDENCE_RECORDED: {"signal_count": 1},
    EventKind.ISSUE_ESCALATED: {"level_since_on": "2020-10-16", "level_window_days": 7},
    EventKind.SEVERITY_SET: {"severity": "L1"},
    EventKind.FIX_RELEASED: {"effective_at": "2020-10-15T00:00:00.000000Z", "versions": {}},
}
ID = "ISS-1"
DIGEST = proposal_digest(ID, a_proposal())
WAIVED = {"window": "elapsed_unevidenced", "gates": gates_judged(recurrence={"verdict": "pass", "standing": "risk_accepted"})}
OVERTAKEN = {"is_overtaken": True}
SOUND = {"verdict": "pass", "passed_count": 7, "window_outcome": "clean", "risk_accepted": 0, "document_digest": DIGEST}


def accepted(**body: Any) -> Event:
    return approved(ID, "accept-risk", "waived", body={"kind": "signed", **body})


def forge_closure(ledger: Ledger, kind: EventKind = EventKind.CLOSURE_JUDGED, **row: Any) -> str:
    """Insert a judged closure as a stranger would; return what the database says, empty where it takes it."""
    values = ", ".join(f"'{value}'" if isinstance(value, str) else str(value) for value in (SOUND | row).values())
    with undone(ledger) as connection:
        forge_event(connection, kind)
        try:
            connection.execute(text(f"INSERT INTO closure VALUES ((SELECT max(seq) FROM event), '{ID}', {values})"))
        except IntegrityError as error:
            return str(error.orig)
    return ""


def closing_refusal(ledger: Ledger, digest: str = DIGEST) -> str:
    """Approve a proposal and move its issue as a stranger would; return what the database says, empty where it takes both."""
    with undone(ledger) as connection:
        approve(connection, "close", digest)
        try:
            write(connection, S.VERIFYING, S.CLOSED, "product_owner", is_forged=False)
        except IntegrityError as error:
            return str(error.orig)
    return ""


def test_the_database_and_the_program_know_the_same_events_that_unsettle_a_proposal():
    assert set(_UNSETTLING.replace("'", "").split(", ")) == {kind.value for kind in UNSETTLING}


def test_without_a_judged_closure_nothing_is_closed(ledger: Ledger):
    ledger.append(walk(ID, S.VERIFYING))
    assert "must close what was proposed and approved" in closing_refusal(ledger)
    with pytest.raises(IllegalMoveError, match="found none"):
        ledger.append([closure_approved(ID, a_proposal())])


def test_a_proposal_is_closed_by_its_approval_and_the_ledger_is_sound(ledger: Ledger):
    ledger.append([*walk(ID, S.VERIFYING), window_judged(ID), closure_judged(ID, a_proposal())])
    assert closing_refusal(ledger) == ""
    assert "must close what was proposed and approved" in closing_refusal(ledger, "sha256:other")
    ledger.append([closure_approved(ID, a_proposal())])
    assert [issue.state for issue in ledger.read_issues()] == [S.CLOSED]
    assert verify_ledger(ledger) == ()


def test_a_closure_for_a_date_that_was_over_leaves_the_proposal_as_it_stands(ledger: Ledger):
    ledger.append([*walk(ID, S.VERIFYING), window_judged(ID), closure_judged(ID, a_proposal()), closure_judged(ID, body=OVERTAKEN)])
    assert [issue.closure for issue in ledger.read_issues()] == [DIGEST]
    assert verify_ledger(ledger) == ()
    assert closing_refusal(ledger) == ""
    ledger.append([closure_judged(ID)])
    assert [issue.closure for issue in ledger.read_issues()] == [""]
    assert "must close what was proposed and approved" in closing_refusal(ledger)


def test_no_proposal_is_one_for_a_date_that_was_over(ledger: Ledger):
    ledger.append([*walk(ID, S.VERIFYING), window_judged(ID), closure_judged(ID, body=OVERTAKEN)])
    assert [issue.closure for issue in ledger.read_issues()] == [""]
    assert "must close what was proposed and approved" in closing_refusal(ledger)


@pytest.mark.parametrize(
    "row",
    [
        {"passed_count": 6},
        {"passed_count": 8},
        {"window_outcome": "watching"},
        {"window_outcome": "elapsed_unevidenced"},
        {"window_outcome": "elapsed_unevidenced", "risk_accepted": 1},
        {"document_digest": ""},
        {"verdict": "fail"},
        {"risk_accepted": 2},
        {"kind": EventKind.NOTE_ADDED},
    ],
)
def test_the_database_alone_takes_no_pass_that_was_not_earned(ledger: Ledger, row: dict[str, Any]):
    ledger.append([*walk(ID, S.VERIFYING), window_judged(ID)])
    assert forge_closure(ledger) == ""
    assert forge_closure(ledger, **row) != ""


@pytest.mark.parametrize("outcome", ["", "watching", "suspended", "recurred", "not_open", "elapsed_unevidenced"])
def test_an_open_window_is_earned_by_nobody(ledger: Ledger, outcome: str):
    windows = [window_judged(ID, outcome)] if outcome else []
    ledger.append([*walk(ID, S.VERIFYING), *windows])
    assert "must be earned" in forge_closure(ledger)
    assert "must be earned" in forge_closure(ledger, window_outcome=outcome)
    with pytest.raises(IllegalMoveError, match="is not proposed for closure"):
        ledger.append([closure_judged(ID, a_proposal(), body={"window": outcome})])


def test_the_window_of_another_purpose_another_issue_or_before_the_fix_is_not_this_one(ledger: Ledger):
    others = [window_judged(ID, purpose="effectiveness"), *walk("ISS-2", S.VERIFYING), window_judged("ISS-2")]
    implemented = walk(ID, S.IMPLEMENTED)
    ledger.append([*implemented[:-1], window_judged(ID), implemented[-1], *others])
    ledger.append([moved(ID, S.IMPLEMENTED, S.VERIFYING, R.MACHINE, subject="open")])
    assert "must be earned" in forge_closure(ledger)
    with pytest.raises(IllegalMoveError, match="expected the newest judgement of its window, none"):
        ledger.append([closure_judged(ID, a_proposal())])


@pytest.mark.parametrize("more", [[], [accepted(kind="asserted")], [accepted(role="product_owner")], [approved(ID, "plan", "other")]])
def test_a_window_without_evidence_needs_a_risk_that_risk_and_compliance_signed(ledger: Ledger, more: list[Event]):
    ledger.append([*walk(ID, S.VERIFYING), window_judged(ID, "elapsed_unevidenced"), *more])
    with pytest.raises(IllegalMoveError, match="must be earned"):
        ledger.append([closure_judged(ID, a_proposal(), body=WAIVED)])
    ledger.append(
        [
            replace(accepted(nonce="signed"), subject="signed"),
            closure_judged(ID, a_proposal(), body=WAIVED),
            closure_approved(ID, a_proposal()),
        ]
    )
    assert verify_ledger(ledger) == ()


def test_a_risk_accepted_in_an_earlier_occurrence_waives_nothing(ledger: Ledger):
    back = {"from": S.VERIFYING, "to": S.RCA_IN_PROGRESS, "role": R.MACHINE, "signal_count": 0}
    again = [approved(ID, "plan", "again")]
    way = (S.RCA_IN_PROGRESS, S.ACTION_APPROVED, S.IMPLEMENTED, S.VERIFYING)
    again += [moved(ID, *pair, R.PRODUCT_OWNER, subject=f"again {pair}") for pair in pairwise(way)]
    reopened = an_event(kind=EventKind.ISSUE_REOPENED, subject=ID, issue_id=ID, body=back)
    ledger.append([*walk(ID, S.VERIFYING), accepted(), reopened, *again, window_judged(ID, "elapsed_unevidenced")])
    with pytest.raises(IllegalMoveError, match="must be earned"):
        ledger.append([closure_judged(ID, a_proposal(), body=WAIVED)])


@pytest.mark.parametrize("kind", sorted(UNSETTLING))
def test_the_database_alone_closes_nothing_that_was_unsettled_since(ledger: Ledger, kind: EventKind):
    ledger.append([*walk(ID, S.VERIFYING), window_judged(ID), closure_judged(ID, a_proposal())])
    with undone(ledger) as connection:
        forge_event(connection, kind)
        approve(connection, "close")
        with pytest.raises(IntegrityError, match="must close what was proposed and approved"):
            write(connection, S.VERIFYING, S.CLOSED, "product_owner", is_forged=False)


def reviewed(conclusion: str, observed: str = "none of 600") -> Event:
    document = {"forum": "weekly", "conclusion": conclusion, "observed": observed}
    return an_event(
        kind=EventKind.WINDOW_REVIEWED, subject=f"{ID}:{conclusion}", issue_id=ID, body={"step": "review", "document": document}
    )


def test_a_review_that_concludes_to_reopen_closes_nothing_whoever_writes(ledger: Ledger, monkeypatch: pytest.MonkeyPatch):
    ledger.append([*walk(ID, S.VERIFYING), window_judged(ID), closure_judged(ID, a_proposal())])
    with monkeypatch.context() as patched:
        patched.setattr(folding, "unsettles", lambda *_: False)
        ledger.append([reviewed("reopen")])
        assert [issue.closure for issue in ledger.read_issues()] == [DIGEST]
        assert "must close what was proposed and approved" in closing_refusal(ledger)
        with pytest.raises(IllegalMoveError, match="must close what was proposed and approved"):
            ledger.append([closure_approved(ID, a_proposal())])
    assert "not_the_fold" in {finding.reason_code for finding in verify_ledger(ledger)}


def test_a_review_that_lets_the_window_run_on_changes_nothing_even_where_it_quotes_the_other_conclusion(ledger: Ledger):
    quoting = reviewed("carry_on", 'they would write "conclusion":"reopen", and "conclusion": "reopen"; 0 of 600')
    ledger.append([*walk(ID, S.VERIFYING), window_judged(ID), closure_judged(ID, a_proposal()), quoting])
    assert closing_refusal(ledger) == ""
    ledger.append([closure_approved(ID, a_proposal())])
    assert verify_ledger(ledger) == ()


@pytest.mark.parametrize("action", ["plan", "accept-risk", "not-applicable"])
def test_what_else_was_approved_since_takes_a_proposal_back(ledger: Ledger, action: str):
    ledger.append([*walk(ID, S.VERIFYING), window_judged(ID), closure_judged(ID, a_proposal())])
    with undone(ledger) as connection:
        approve(connection, action, nonce="another")
        approve(connection, "close")
        with pytest.raises(IntegrityError, match="must close what was proposed and approved"):
            write(connection, S.VERIFYING, S.CLOSED, "product_owner", is_forged=False)
    ledger.append([approved(ID, action, "other")])
    assert [issue.closure for issue in ledger.read_issues()] == [""]
    with pytest.raises(IllegalMoveError, match="found none"):
        ledger.append([closure_approved(ID, a_proposal())])
    assert verify_ledger(ledger) == ()


def test_late_evidence_takes_a_proposal_back_and_the_next_one_closes(ledger: Ledger):
    late = an_event(kind=EventKind.LATE_EVIDENCE_RECORDED, subject=f"{ID}:late", issue_id=ID, body={"signal_count": 2})
    ledger.append([*walk(ID, S.VERIFYING), window_judged(ID), closure_judged(ID, a_proposal()), late])
    assert "must close what was proposed and approved" in closing_refusal(ledger)
    with pytest.raises(IllegalMoveError, match="found none"):
        ledger.append([closure_approved(ID, a_proposal())])
    anew = a_proposal(residual="judged with what came late")
    ledger.append([closure_judged(ID, anew), closure_approved(ID, anew)])
    assert [issue.state for issue in ledger.read_issues()] == [S.CLOSED]
    assert verify_ledger(ledger) == ()


@pytest.mark.parametrize("later", [window_judged(ID, "watching"), window_judged(ID, "elapsed_unevidenced"), closure_judged(ID)])
def test_a_later_judgement_takes_a_proposal_back(ledger: Ledger, later: Event):
    ledger.append([*walk(ID, S.VERIFYING), window_judged(ID), closure_judged(ID, a_proposal()), later])
    assert "must close what was proposed and approved" in closing_refusal(ledger)
    with pytest.raises(IllegalMoveError, match="found none"):
        ledger.append([closure_approved(ID, a_proposal())])


def test_a_proposal_of_an_earlier_verification_closes_nothing(ledger: Ledger):
    way = (S.VERIFYING, S.RCA_IN_PROGRESS, S.ACTION_APPROVED, S.IMPLEMENTED, S.VERIFYING)
    again = [moved(ID, *pair, R.PRODUCT_OWNER, subject=f"again {pair}") for pair in pairwise(way)]
    ledger.append([*walk(ID, S.VERIFYING), window_judged(ID), closure_judged(ID, a_proposal())])
    ledger.append([again[0], approved(ID, "plan", "again"), *again[1:]])
    assert "must close what was proposed and approved" in closing_refusal(ledger)


def test_an_approval_that_another_event_gave_closes_nothing(ledger: Ledger):
    ledger.append([*walk(ID, S.VERIFYING), window_judged(ID), closure_judged(ID, a_proposal())])
    with undone(ledger) as connection:
        approve(connection, "close")
        with pytest.raises(IntegrityError, match="a transition must"):
            write(connection, S.VERIFYING, S.CLOSED, "product_owner")


def test_a_refused_closing_writes_nothing(ledger: Ledger):
    ledger.append(walk(ID, S.VERIFYING))
    head = ledger.head()
    window, closure, approval = closing(ID)
    with pytest.raises(IllegalMoveError):
        ledger.append([replace(window, body=window.body | {"outcome": "watching"}), closure, approval])
    assert (ledger.head(), [issue.state for issue in ledger.read_issues()]) == (head, [S.VERIFYING])


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("DELETE FROM closure", "missing"),
        ("UPDATE closure SET passed_count = 6", "not_the_fold"),
        ("UPDATE closure SET document_digest = 'other'", "not_the_fold"),
        ("DELETE FROM recurrence_window", "missing"),
        ("UPDATE recurrence_window SET outcome = 'watching'", "not_the_fold"),
        ("INSERT INTO recurrence_window SELECT 1, issue_id, purpose, outcome FROM recurrence_window", "unexplained"),
        ('UPDATE issue SET body = replace(body, \'"window":"clean"\', \'"window":"watching"\')', "not_the_fold"),
    ],
)
def test_a_judgement_that_was_changed_behind_the_ledger_s_back_is_found(ledger: Ledger, statement: str, code: str):
    ledger.append([*walk(ID, S.VERIFYING), *closing(ID)])
    tampered(ledger, statement)
    assert code in {finding.reason_code for finding in verify_ledger(ledger)}


def test_a_closing_that_nobody_waived_is_found_though_the_guards_were_off(ledger: Ledger):
    ledger.append([*walk(ID, S.VERIFYING), window_judged(ID, "elapsed_unevidenced")])
    tampered(ledger, "UPDATE legal_move SET needs_approval = 0")
    ledger.append([closure_judged(ID, a_proposal(), body=WAIVED), closure_approved(ID, a_proposal())])
    assert [finding.reason_code for finding in verify_ledger(ledger)] == ["closed_unwaived"]


@pytest.mark.parametrize("kind", sorted(UNSETTLING - {EventKind.ISSUE_REOPENED}))
def test_a_closing_after_what_took_its_proposal_back_is_found_though_both_locks_were_off(
    ledger: Ledger, kind: EventKind, monkeypatch: pytest.MonkeyPatch
):
    ledger.append([*walk(ID, S.VERIFYING), window_judged(ID), closure_judged(ID, a_proposal())])
    tampered(ledger, "UPDATE legal_move SET needs_approval = 0")
    with monkeypatch.context() as patched:
        patched.setattr(folding, "unsettles", lambda *_: False)
        later = an_event(kind=kind, subject=f"{ID}:later", issue_id=ID, body=LATER.get(kind, {}))
        ledger.append([later, closure_approved(ID, a_proposal())])
    assert "does_not_fold" in {finding.reason_code for finding in verify_ledger(ledger)}


def test_an_issue_that_an_earlier_program_wrote_is_as_it_should_be_until_something_is_judged(ledger: Ledger):
    ledger.append(walk(ID, S.VERIFYING))
    tampered(ledger, """UPDATE issue SET codec = 1, body = replace(replace(body, ',"window":""', ''), '"closure":"",', '')""")
    assert verify_ledger(ledger) == ()
    ledger.append(closing(ID))
    assert verify_ledger(ledger) == ()

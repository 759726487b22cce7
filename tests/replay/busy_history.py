"""Eleven busy days of the small bank, with everything that a day can bring, and what the ledger said after each.

Put here the history that replay tests look back at. On the way people act, a fix is released, versions, policies and the catalogue change,
people take steps, a risk is accepted and comes back, a day is done in parts, and one is made up for after a later one.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from deployments.cli.main import main
from deployments.cli.running import scheduled_instant
from registry.domain.canonical import digest_of, plain
from registry.domain.events import Event, EventKind
from registry.domain.history import TriageHistory
from registry.domain.issue import IssueState, Role, needs_approval
from registry.domain.signal import Severity
from registry.domain.steps import Assignment, Classification, IncidentClass
from registry.domain.steps_change import IssueSuppression, RiskAcceptance
from registry.domain.work import STEPS
from tests.closing import closing
from tests.flows.workspaces import (
    CREDIT,
    FRAUD,
    MONDAY,
    ROUTER,
    ZONE,
    Bank,
    Complaint,
    a_bank,
    a_burst,
    an_override,
    at,
    calm_complaints,
    calm_overrides,
    moved,
)
from tests.ledger_writes import approval_body

_END = moved(MONDAY, 14)
_S, _R = IssueState, Role
_WAY_TO_VERIFYING = (
    (_S.TRIAGE, _S.CONTAINED, _R.PRODUCT_OWNER),
    (_S.CONTAINED, _S.RCA_IN_PROGRESS, _R.PRODUCT_OWNER),
    (_S.RCA_IN_PROGRESS, _S.ACTION_APPROVED, _R.RISK_COMPLIANCE),
    (_S.ACTION_APPROVED, _S.IMPLEMENTED, _R.MODEL_OWNER),
    (_S.IMPLEMENTED, _S.VERIFYING, _R.PRODUCT_OWNER),
)
_SUPPRESSIONS = """\
suppressions:
  - {id: rates, owner: ana@bank.example, reason: a new tariff is explained, expires_on: 2026-03-24, mode: enforce, system: credit_model,
     match: {Issue: Rate unclear}}
"""


@dataclass(frozen=True, slots=True)
class BusyHistory:
    """The bank after its days, the history that each decision rested on by the number of its package, and what was shown after each run.

    ``shown`` maps the last event of a run to what the command line printed then: by the command that was called.
    """

    bank: Bank
    known: dict[int, TriageHistory]
    shown: dict[int, dict[tuple[str, ...], str]]

    @property
    def archive(self) -> Path:
        return self.bank.workspace.archive_dir


def a_busy_history(root: Path) -> BusyHistory:
    """Play the days."""
    bank = a_bank(root, opens="spike")
    (root / "suppressions.yaml").write_text(_SUPPRESSIONS, encoding="utf-8")
    bank.write_complaints(_complaints())
    bank.write_overrides(_overrides())
    history = BusyHistory(bank, {}, {})
    for place in (0, 1, 2):
        _run(history, place)
    issue_id = next(issue.issue_id for issue in bank.ledger.read_issues([ROUTER]))
    _close(bank, issue_id, 2, at(moved(MONDAY, 2), 18))
    _run(history, 3, FRAUD)
    _run(history, 3, CREDIT, ROUTER)
    _record_version(bank, "v2")
    _run(history, 4)
    _set_severity(bank, issue_id, 4)
    (root / "policies/clocks.yaml").write_text("L1: {rca_hours: 71.5}\n", encoding="utf-8")
    _run(history, 6)
    _work_on(bank, issue_id, 6)
    for place in (5, 7, 8, 9, 10):
        _run(history, place)
    return history


def _run(history: BusyHistory, place: int, *systems: str) -> None:
    """Run a day, and keep the history it was compared with as the flow read it."""
    from flows import daily_triage as flow

    read: list[TriageHistory] = []
    original = flow.judge_triage

    def judged(inputs: flow.TriageInputs) -> flow.TriageOutcome:
        read.append(inputs.history)
        return original(inputs)

    flow.judge_triage = judged
    try:
        result = history.bank.triage(moved(MONDAY, place), *systems)
    finally:
        flow.judge_triage = original
    history.known[result.seal] = read[-1]
    issues = [issue.issue_id for issue in history.bank.ledger.read_issues()]
    commands = [("issue", "list"), ("issue", "list", "--all"), *(("issue", "show", issue_id) for issue_id in issues)]
    history.shown[history.bank.ledger.head().seq] = {command: printed(history.bank, *command) for command in commands}


def printed(bank: Bank, *command: str) -> str:
    """Return the one document that a command prints, without what it says of the moment at which it was asked."""
    out = io.StringIO()
    with redirect_stdout(out), suppress(SystemExit):
        main([*command, "--json", "--workspace", str(bank.root)])
    document = json.loads(out.getvalue())
    document.pop("present", None)
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def _complaints() -> list[Complaint]:
    burst = a_burst(40, moved(MONDAY, 5))
    more = a_burst(90, moved(MONDAY, 8), start=800_000)
    bad = [Complaint(500, moved(MONDAY, -1), consequence="?"), Complaint(501, moved(MONDAY, 6), consequence="?", text="call 212-555-0188")]
    return [*calm_complaints(_END), *burst, *more, *bad]


def _overrides() -> list[dict[str, str]]:
    incidents = [
        an_override(800 + place, moved(MONDAY, place), decided=decided.isoformat(), kind="locked out", consequence="no access")
        for place, decided in _decided()
    ]
    return [*calm_overrides(_END), *incidents]


def _decided() -> Iterable[tuple[int, datetime]]:
    """Yield when incidents were received and decided: two before the fix, one late about before it, two after it."""
    for place in (-1, 0):
        yield place, at(moved(MONDAY, -2), 8)
    yield 3, at(MONDAY, 8)
    for place in (4, 6):
        yield place, at(moved(MONDAY, 3), 20)


def _close(bank: Bank, issue_id: str, place: int, fix_at: datetime) -> None:
    moves = []
    for before, after, role in _WAY_TO_VERIFYING:
        if needs_approval(before, after):
            approval = approval_body("plan", f"{issue_id} {after}")
            moves.append(_by_hand(issue_id, place, EventKind.APPROVAL_RECORDED, f"approval {after}", approval))
        body = {"from": before, "to": after, "role": role, "reason": "done"}
        moves.append(_by_hand(issue_id, place, EventKind.ISSUE_MOVED, str(after), body))
    fix = _by_hand(issue_id, place, EventKind.FIX_RELEASED, "fix", {"effective_at": fix_at, "versions": {}})
    day = moved(MONDAY, place)
    ends = closing(issue_id, day, system_id=ROUTER, as_of=scheduled_instant(day, ZONE) + timedelta(hours=2))
    bank.ledger.append([*moves, fix, *map(_citing_nothing, ends)])


def _citing_nothing(event: Event) -> Event:
    """A judgement that was never sealed: these days are about the triage, and what cites a package is judged again from it."""
    return replace(event, body=event.body | {"bundle_digest": ""}) if event.kind is EventKind.CLOSURE_JUDGED else event


def _set_severity(bank: Bank, issue_id: str, place: int) -> None:
    body = {"severity": "L1", "reason": "nobody was kept out for long"}
    bank.ledger.append([_by_hand(issue_id, place, EventKind.SEVERITY_SET, "severity", body)])


def _work_on(bank: Bank, issue_id: str, place: int) -> None:
    """People work on the issue that came back, and live for three days with the one that a burst opened."""
    (burst,) = (issue for issue in bank.ledger.read_issues([FRAUD]) if issue.is_live and issue.title == "Payment refused")
    day = moved(MONDAY, place)
    classified = Classification(
        severity=Severity.L1,
        reason="three customers were kept out, and their data were seen by others",
        deadlines=("gdpr_data_breach", "eu_ai_act_serious_incident"),
        aware_at=at(moved(day, -1), 9),
        causal_link_pending="the replay of the decisions ends on Friday",
        incident=IncidentClass.DATA_BREACH,
    )
    assigned = Assignment(owner="ben@bank.example", next_step="block the queue", due_on=moved(day, 2))
    accepted = RiskAcceptance(owner="cfo@bank.example", reason="two merchants only", proof=("RISK-7",), expires_on=moved(day, 3))
    quiet = IssueSuppression(reason="the terminal is repaired", until_on=moved(day, 2))
    steps = [_step(issue_id, place, ROUTER, document, number) for number, document in enumerate((classified, assigned))]
    steps += [_step(burst.issue_id, place, FRAUD, document, number) for number, document in enumerate((accepted, quiet))]
    approval = approval_body("accept-risk", "burst", document_digest=steps[2].body["document_digest"], expires_at=at(moved(day, 9), 9))
    bank.ledger.append([*steps, _by_hand(burst.issue_id, place, EventKind.APPROVAL_RECORDED, "approval", approval, FRAUD)])


def _step(issue_id: str, place: int, system_id: str, document: Any, number: int) -> Event:
    (kind,) = (kind for kind, rule in STEPS.items() if rule.document is type(document))
    digest = digest_of([issue_id, plain(document)])
    body = {"step": kind, "role": "product_owner", "document": plain(document), "document_digest": digest, "bundle_digest": digest}
    body |= {"issue_severity": "L1" if system_id == ROUTER else "L2"}
    body |= {"severity": document.severity} if isinstance(document, Classification) else {}
    return _by_hand(issue_id, place, STEPS[kind].event, f"step {number}", body, system_id)


def _by_hand(issue_id: str, place: int, kind: EventKind, subject: str, body: dict[str, Any], system_id: str = ROUTER) -> Event:
    day = moved(MONDAY, place)
    done_at = scheduled_instant(day, ZONE) + timedelta(hours=2)
    return Event(kind, system_id, f"{issue_id} {subject}", done_at, day, body, issue_id, "ana@bank.example")


def _record_version(bank: Bank, version: str) -> None:
    path = bank.root / "systems/fraud_filter.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("{recorded: v1}", f"{{recorded: {version}}}"), encoding="utf-8")

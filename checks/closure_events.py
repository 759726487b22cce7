"""The ledger events of one run of the closure verification, and what of it is news.

Put the bodies of a run's events here; what the fold reads of a judged closure is ``registry/domain/closing.py``.

The rules:
 * A closure is recorded where it says something else than the one before of the same occurrence: gates, lacks, who signs, what remains.
 * One that passes is recorded again where its proposal does not stand any more, or is older than the policy allows.
 * Each cites its own package: the decision's digest and, where it passed, the proposal that people sign.
 * The event of each system comes last, on every date: a run that found no news is seen, too. No body holds a fraction.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from checks.closure import proposal_of, substance_of
from checks.closure_evidence import sign_off_of
from registry.domain.approving import Coverage
from registry.domain.canonical import digest_bytes, plain, record_json
from registry.domain.closing import closure_body, proposal_body
from registry.domain.closure import ClosureDecision, ClosureInputs, Dossier
from registry.domain.closure_run import ClosureDay, RecordedJudgement
from registry.domain.decision import Verdict
from registry.domain.events import Event, EventKind

_PORTFOLIO = "portfolio"


def is_news(inputs: ClosureInputs, decision: ClosureDecision, last: RecordedJudgement | None, max_proposal_age_days: int) -> bool:
    """Return whether a judged closure is recorded."""
    if last is None or last.substance != substance_of(decision):
        return True
    stands = inputs.case.issue.closure == last.document_digest and not _is_old(last.at, inputs.as_of, max_proposal_age_days)
    return decision.verdict is Verdict.PASS and not stands


def closure_event(inputs: ClosureInputs, decision: ClosureDecision, bundle_digest: str) -> Event:
    """Return the event that records a closure, citing its package; one that passes is the proposal that people sign."""
    issue, digest = inputs.case.issue, digest_bytes(record_json(decision))
    body = closure_body(decision, inputs.window.outcome.value if inputs.window else "", digest, bundle_digest)
    body |= {
        "severity": decision.severity,
        "window_event": inputs.window_event,
        "lacks": {gate.gate.value: sorted({lack.code for lack in gate.lacks}) for gate in decision.gates if gate.lacks},
        "substance": substance_of(decision),
        "policy_digest": decision.policy_digest,
    }
    if decision.verdict is Verdict.PASS:
        body |= proposal_body(issue.issue_id, proposal_of(decision, digest))
    subject = f"{issue.issue_id}:{digest}"
    return Event(EventKind.CLOSURE_JUDGED, issue.system_id, subject, inputs.as_of, inputs.business_date, plain(body), issue.issue_id)


def dossier_of(inputs: ClosureInputs, decision: ClosureDecision) -> Dossier:
    """Return what the page of a closure shows on the day on which it was judged: proposed where it passed, and signed by nobody yet."""
    rule, limit = sign_off_of(inputs), inputs.work.limits.min_break_glass_approvers
    is_proposed = decision.verdict is Verdict.PASS and rule is not None
    coverage = Coverage(rule, (), rule.roles, (), limit) if is_proposed and rule else None
    return Dossier(decision, inputs.case, inputs.graph, inputs.window, inputs.archive, coverage)


def portfolio_event(system_id: str, day: ClosureDay, bundle_digest: str) -> Event:
    """Return the event that records a run for one system, citing the package that holds the run and the portfolio."""
    body = {
        "verdict": day.verdict,
        "closures": {one.issue_id: one.verdict for one in day.closures if one.system == system_id},
        "bundle_digest": bundle_digest,
        "decision_digest": digest_bytes(record_json(day)),
    }
    return Event(EventKind.PORTFOLIO_READ, system_id, _PORTFOLIO, day.as_of, day.business_date, plain(body))


def _is_old(at: datetime, now: datetime, days: int) -> bool:
    return now - at > timedelta(days=days)

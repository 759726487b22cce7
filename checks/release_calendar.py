"""The line of a release in the release calendar: what changes for whom, what it rests on, the way back, and when it is looked at again.

Put here what the line says and what is asked of it. The cards are ``release_documentation.py``.

The rules:
 * It says what changes and who is affected; a placeholder says neither. FAIL.
 * The review is on the day that the proposal names, or after the days that policy has for the system's risk tier: still to come, and not
   later than that. FAIL. A tier without days is INCONCLUSIVE.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from checks.work.answers import is_placeholder, quoted
from registry.domain.decision import Finding, Verdict
from registry.domain.gate import GateAction
from registry.domain.release import PreDeploymentGate
from registry.domain.release_run import CalendarEntry, ReleaseInputs

CHECK = PreDeploymentGate.DOCUMENTATION.value
SUBJECT = "release calendar"


def find_calendar(inputs: ReleaseInputs) -> tuple[Finding, ...]:
    """Return what the line does not say, and that it is complete where it says everything."""
    against = (*_unsaid(inputs), *_review(inputs))
    text = f"says what changes and for whom; the impact review is on {review_on(inputs)}"
    return against or (Finding(CHECK, SUBJECT, Verdict.PASS, "in_calendar", text),)


def calendar_entry(inputs: ReleaseInputs, release_id: str, action: GateAction) -> CalendarEntry:
    """Return the line of this release; ``action`` is what was decided."""
    proposal, judged = inputs.proposal, inputs.judged
    share = f"alias {inputs.spec.canary_alias}, at most {inputs.policy.max_canary_share_percent} % of the traffic"
    return CalendarEntry(
        release_id=release_id,
        on=inputs.business_date,
        object_type=inputs.spec.object_type,
        change=proposal.change,
        affected_population=proposal.affected_population,
        risk_tier=inputs.system.risk_tier,
        evidence_required=tuple(_evidence(inputs)),
        owner=inputs.system.owners.get("product_owner") or inputs.proposed_by,
        canary=f"needed first: {share}" if action is GateAction.CANARY else f"not needed; if wanted, {share}",
        rollback=proposal.rollback_plan,
        review_on=review_on(inputs),
        decision_log=f"evaluation gate: event {judged.event}, {judged.bundle_digest}" if judged else "evaluation gate: no decision",
    )


def review_on(inputs: ReleaseInputs) -> date:
    """Return the day of the impact review; the soonest that policy knows where it names none for the system's tier."""
    days = inputs.policy.review_after_days
    after = days.get(inputs.system.risk_tier, min(days.values(), default=0))
    return inputs.proposal.review_on or inputs.business_date + timedelta(days=after)


def _unsaid(inputs: ReleaseInputs) -> Iterator[Finding]:
    for key, text in (("change", inputs.proposal.change), ("affected_population", inputs.proposal.affected_population)):
        if is_placeholder(text, inputs.policy.cards.placeholders):
            told = f"{key}: expected what a reader of the calendar understands, found {quoted(text)}; write it in the proposal"
            yield Finding(CHECK, SUBJECT, Verdict.FAIL, "not_said", told)


def _review(inputs: ReleaseInputs) -> Iterator[Finding]:
    tier, days, today = inputs.system.risk_tier, inputs.policy.review_after_days, inputs.business_date
    if tier not in days:
        text = f"expected days after which a release of tier {tier} is reviewed, found none in the policy table release; name them"
        yield Finding(CHECK, SUBJECT, Verdict.INCONCLUSIVE, "not_configured", text)
    elif not today < review_on(inputs) <= today + timedelta(days=days[tier]):
        text = f"review_on: expected a day after {today} and within the {days[tier]} days of tier {tier}, found {review_on(inputs)}; "
        yield Finding(CHECK, SUBJECT, Verdict.FAIL, "review_date", f"{text}choose another, or leave it empty")


def _evidence(inputs: ReleaseInputs) -> Iterator[str]:
    yield from (kind.value.replace("_", " ") for kind in inputs.policy.cards.sections)
    yield "decision of the evaluation gate"
    yield from (kind.value.upper() for kind in inputs.policy.compliance.required.get(inputs.system.risk_tier, ()))
    yield "rollback rehearsal" if inputs.spec.smoke else "rollback drill"
    yield from (f"signature of the {role.replace('_', ' ')}" for role in inputs.policy.sign_off.roles)

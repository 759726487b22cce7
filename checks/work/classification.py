"""Classification: a severity with its reason, and what regulation counts from, so that no deadline is lost or moved.

Put here what a classification must say. What its deadlines come to is ``checks/deadlines.py`` and ``checks/incident_clocks.py``.

The rules:
 * The reason says something.
 * Each deadline is a row of the policy table ``deadlines``.
 * With a deadline comes when the organisation became aware; where one counts from a causal link, the link too, or why there is none yet.
 * Nobody becomes aware of an incident after its cause was established.
 * A start lies no longer before the issue was opened than ``max_start_before_opening_days``: a slip there could not be taken back.
 * A report meets a deadline that was named, was made since the organisation became aware, and has a receipt.
 * A deadline that was met is not named anew without its report: a new incident is a new issue.
 * L0 ends the work on an issue, so neither a deadline without a report is left behind by it, nor harm of L2 or above seen since it opened.
 * Classifying anew takes nothing back: a deadline without a report stays named, no start moves later or goes, an incident stays one. Its
   class may change; the shorter clocks keep running, as do those of a severity that was higher.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from checks.deadlines import classifications_of, starts_at
from checks.work.answers import Asked, find_unsaid, is_placeholder
from checks.work.coverage import severity_asked
from checks.work.nearest import nearest
from registry.domain.policy_work import CountsFrom, DeadlineRule
from registry.domain.signal import Severity
from registry.domain.steps import Classification, DeadlineReport
from registry.domain.work import Case, Refusal
from registry.domain.work_run import StepKnowledge, StepPlan

_REASON = Asked("reason", "say which harm was seen, or looked for and not found", "41 cards held, 3 customers without access for a day")
_PENDING = Asked("causal_link_pending", "say why no causal link is established yet", "the replay of the 41 decisions ends on Friday")
_STARTS = {CountsFrom.AWARE: "aware_at", CountsFrom.CAUSAL_LINK: "causal_link_at"}


def find_refusals(case: Case, plan: StepPlan, _known: StepKnowledge) -> tuple[Refusal, ...]:
    """Return what keeps the plan's classification from counting."""
    document, before = plan.submission.document, classifications_of(case)
    limits = plan.policies.limits
    return (
        *find_unsaid(_REASON, document.reason, limits.min_answer_words, limits.placeholders),
        *_find_deadlines(document, plan, before),
        *_find_order(document),
        *_find_too_early(document, case, limits.max_start_before_opening_days),
        *_find_reports(document, plan, before),
        *_find_met_already(document, before),
        *_find_taken_back(document, before),
        *_find_untracked(document, case, before),
    )


def _find_deadlines(document: Classification, plan: StepPlan, before: tuple[Classification, ...]) -> Iterator[Refusal]:
    rules = {rule.deadline: rule for rule in plan.policies.deadlines}
    yield from (_unknown(name, rules) for name in document.deadlines if name not in rules)
    owed = [rule for name, rule in rules.items() if name in document.deadlines]
    if owed and document.aware_at is None and all(one.aware_at is None for one in before):
        reason = f"aware_at: expected when the organisation became aware, since {owed[0].deadline} applies, found nothing"
        yield Refusal("no_awareness", reason, "give the earliest instant at which somebody of the organisation knew")
    linked = next((rule for rule in owed if rule.counts_from is CountsFrom.CAUSAL_LINK), None)
    if linked and starts_at(linked, (*before, document)) is None:
        placeholders = plan.policies.limits.placeholders
        if list(find_unsaid(_PENDING, document.causal_link_pending, plan.policies.limits.min_answer_words, placeholders)):
            reason = f"causal_link_at: expected an instant, since {linked.deadline} counts from it, found nothing and no reason why"
            remedy = f"give causal_link_at; or in causal_link_pending {_PENDING.remedy}, and it does not run yet"
            yield Refusal("no_causal_link", reason, remedy)


def _unknown(name: str, rules: dict[str, DeadlineRule]) -> Refusal:
    reason = f"deadlines: expected a row of the policy table deadlines, found {name!r}"
    return Refusal("unknown_deadline", reason, f"did you mean {nearest(name, rules)}? the rows are {', '.join(rules)}")


def _find_order(document: Classification) -> Iterator[Refusal]:
    aware_at, link_at = document.aware_at, document.causal_link_at
    if aware_at and link_at and aware_at > link_at:
        reason = f"aware_at: expected at or before causal_link_at, {link_at.isoformat()}, found {aware_at.isoformat()}"
        yield Refusal("aware_after_link", reason, "whoever established the link was aware by then: correct one of the two")


def _find_too_early(document: Classification, case: Case, days: int) -> Iterator[Refusal]:
    for start in _STARTS.values():
        given = getattr(document, start)
        if given and case.issue.opened_at - given > timedelta(days=days):
            first = (case.issue.opened_at - timedelta(days=days)).isoformat()
            reason = f"{start}: expected {first} or later, {days} days before the issue was opened, found {given.isoformat()}"
            yield Refusal("too_early", reason, "correct the year: once recorded it counts, and cannot be moved later")


def _find_reports(document: Classification, plan: StepPlan, before: tuple[Classification, ...]) -> Iterator[Refusal]:
    named = {name for one in (*before, document) for name in one.deadlines}
    aware_at = min((one.aware_at for one in (*before, document) if one.aware_at), default=None)
    for index, report in enumerate(document.reports):
        at = f"reports[{index}]"
        if report.deadline not in named:
            reason = f"{at}.deadline: expected one of the issue's deadlines, found {report.deadline!r}"
            yield Refusal("unknown_report", reason, f"name one of: {', '.join(sorted(named)) or 'none yet; name it in deadlines too'}")
        if aware_at and report.reported_at < aware_at:
            reason = f"{at}.reported_at: expected {aware_at.isoformat()}, the awareness, or later, found {report.reported_at.isoformat()}"
            yield Refusal("report_before_awareness", reason, "give the report of this incident, or correct one of the two instants")
        yield from _find_report_facts(at, report, plan)


def _find_report_facts(at: str, report: DeadlineReport, plan: StepPlan) -> Iterator[Refusal]:
    found = report.reported_at.isoformat()
    if report.reported_at > plan.as_of:
        reason = f"{at}.reported_at: expected an instant that has passed by {plan.as_of.isoformat()}, found {found}"
        yield Refusal("in_the_future", reason, "classify again when the report was made")
    if is_placeholder(report.receipt or "none", plan.policies.limits.placeholders):
        reason = f"{at}.receipt: expected what shows the report, found {report.receipt or 'nothing'}"
        yield Refusal("no_receipt", reason, "give the authority's case number, or a link to its receipt")


def _find_met_already(document: Classification, before: tuple[Classification, ...]) -> Iterator[Refusal]:
    repeated = {report.deadline for report in document.reports}
    for name in sorted({report.deadline for one in before for report in one.reports} & set(document.deadlines) - repeated):
        reason = f"deadlines: expected deadlines still to meet, found {name}, which an earlier report met: nothing would be owed"
        yield Refusal("met_already", reason, "leave it out, or repeat its report; a new incident is a new issue")


def _find_taken_back(document: Classification, before: tuple[Classification, ...]) -> Iterator[Refusal]:
    met = {report.deadline for one in (*before, document) for report in one.reports}
    for name in sorted({name for one in before for name in one.deadlines} - set(document.deadlines) - met):
        reason = f"deadlines: expected {name}, which an earlier classification named, found it left out; it stays owed until it is met"
        yield Refusal("deadline_taken_back", reason, "name it again, or add the report that meets it")
    for start in _STARTS.values():
        earliest = min((at for one in before if (at := getattr(one, start)) is not None), default=None)
        given = getattr(document, start)
        if earliest and (given is None or given > earliest):
            found = given.isoformat() if given else "nothing"
            reason = f"{start}: expected {earliest.isoformat()}, as it was given before, or earlier, found {found}"
            yield Refusal("start_moved", reason, f"repeat {earliest.isoformat()}: what runs is never lengthened")
    if document.incident is None and any(one.incident for one in before):
        reason = "incident: expected the class, since an earlier classification called it an incident, found nothing"
        yield Refusal("incident_taken_back", reason, "repeat the class, or give the right one; the shorter clocks keep running")


def _find_untracked(document: Classification, case: Case, before: tuple[Classification, ...]) -> Iterator[Refusal]:
    if document.severity is not Severity.L0:
        return
    met = {report.deadline for one in (*before, document) for report in one.reports}
    if owed := sorted({name for one in (*before, document) for name in one.deadlines} - met):
        reason = f"severity: expected L1 or above while {', '.join(owed)} is owed, found L0, by which nobody would watch it any more"
        yield Refusal("deadline_owed", reason, "add the report that meets it, or classify as L1")
    worst = severity_asked(case)
    if worst.rank >= Severity.L2.rank:
        reason = f"severity: expected L1 or above, since the issue was {worst} in this occurrence, found L0, by which nobody would work it"
        yield Refusal("harm_seen", reason, "classify as L1 and work it to its end, or accept the risk with `proofloop issue accept-risk`")

"""A release decision in a sentence: may the candidate be put in force, why, what is asked of whom, and the strip of numbers.

Put here what a reader sees before anything else, whatever the medium. The verdict is taken as decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from math import isfinite

from registry.domain.decision import Verdict
from registry.domain.gate import GateAction
from registry.domain.release import PreDeploymentGate
from registry.domain.release_run import GateStanding, ReleaseDecision, ReleaseInputs, SignOff
from reports import wording
from reports.release_words import ACTION_WORDS, named, role_words
from reports.triage_summary import Figure

_HELD = "preservation_hold"
_BUDGET_CODES = frozenset({"budget_left", "budget_frozen"})
_MEANINGS = {
    Verdict.PASS: "What has to be shown before people decide is shown. Nothing is put in force by this page: that takes their signatures.",
    Verdict.INCONCLUSIVE: "Something that has to be shown is not shown. That nothing bad was found does not make it ready.",
    Verdict.FAIL: "At least one thing that policy asks for was looked at and does not hold.",
}


def verdict_words(decision: ReleaseDecision) -> str:
    """Return the verdict with what it comes to, in a few words."""
    return f"{wording.VERDICT_WORDS[decision.verdict]}: {ACTION_WORDS[decision.action]}"


def question(decision: ReleaseDecision) -> str:
    """Return what was asked."""
    if not decision.candidate.version:
        return f"May another {decision.artifact} be put in force?"
    return f"May {named(decision.candidate)} be put in force in place of {named(decision.champion)}?"


def headline(decision: ReleaseDecision) -> str:
    """Return the answer in one sentence."""
    if not decision.candidate.version:
        return "No: the evaluation gate decided nothing about what is proposed; what is in force stays."
    now, before = named(decision.candidate), named(decision.champion)
    if decision.verdict is Verdict.FAIL:
        return f"No: {now} must not be put in force; {before} stays."
    if decision.verdict is Verdict.INCONCLUSIVE:
        return f"Not yet: it is not shown that {now} may be put in force; {before} stays."
    if decision.action is GateAction.CANARY:
        return f"On part of the traffic first, once it is signed off: {now} beside {before}."
    return f"Yes, once it is signed off: {now} may be put in force in place of {before}."


def meaning(decision: ReleaseDecision) -> str:
    """Return what the verdict means for a reader."""
    return _MEANINGS[decision.verdict]


def before_sign_off(decision: ReleaseDecision) -> tuple[GateStanding, ...]:
    """Return the gates that are judged before people sign."""
    return tuple(one for one in decision.gates if one.gate is not PreDeploymentGate.SIGN_OFF)


def sign_until(inputs: ReleaseInputs) -> str:
    """Return the day until which the decision may be signed and carried out, in the system's zone."""
    until = inputs.as_of + timedelta(days=inputs.policy.sign_off.max_decision_age_days)
    return wording.time_text(until, inputs.system.timezone)


def ask(decision: ReleaseDecision, inputs: ReleaseInputs) -> str:
    """Return what is asked of whom, and by when."""
    policy = inputs.policy.sign_off
    if decision.verdict is Verdict.PASS:
        asked = " and ".join(f"{inputs.system.owners.get(role.value) or 'nobody named'} ({role_words(role)})" for role in policy.roles)
        return f"Asked of {asked}: read this page and the gate's, and sign by {sign_until(inputs)}, or do not; without you nothing changes."
    return f"Asked of {decision.proposed_by} ({role_words(inputs.role)}): repair what is named here and propose it again."


def override_text(decision: ReleaseDecision, inputs: ReleaseInputs) -> str:
    """Return what it would take to put a candidate in force whose gates do not pass; what is held is not changed by anybody."""
    if any(one.reason_code == _HELD for one in decision.findings):
        return "A preservation hold is in force: it has to be released first, and no override stands in its place."
    policy = inputs.policy.sign_off
    people = wording.counted(policy.min_override_signer_count, "person", "people")
    days = wording.counted(policy.max_override_valid_days, "day")
    return f"An override takes {people} who sign with a reason, counts for {days} at most, and stands on every page of this release."


def figures(decision: ReleaseDecision, inputs: ReleaseInputs, signed: Sequence[SignOff] | None) -> tuple[Figure, ...]:
    """Return the strip of numbers under the verdict, each with what it is counted out of; ``signed`` is None before anybody could sign."""
    gates = before_sign_off(decision)
    passed = sum(one.verdict is Verdict.PASS for one in gates)
    asked = inputs.policy.sign_off.roles
    roles = {one.role for one in signed or ()}
    return (
        Figure(f"{passed} of {len(gates)}", "gates pass", "before sign-off", passed < len(gates) or not gates),
        Figure(f"{sum(role.value in roles for role in asked)} of {len(asked)}", "signed", "roles that policy asks", False),
        *_way_back(inputs),
        _budget(decision, inputs),
        _review(decision),
    )


def _way_back(inputs: ReleaseInputs) -> tuple[Figure, Figure]:
    found, limit = inputs.rehearsal, inputs.policy.rollback.max_rollback_minutes * 60
    allowed = f"of {limit:,.0f} s allowed"
    drill = next((one for one in inputs.records if one.measured_seconds is not None), None)
    if found is None and drill is not None and drill.measured_seconds is not None:
        seconds = drill.measured_seconds
        return Figure("none", "smoke cases", "a drill's record instead", False), Figure(
            f"{seconds:,} s", "rollback drill", f"{allowed}, by the record", seconds > limit
        )
    if found is None:
        return Figure("none", "smoke cases", "asked", True), Figure("none", "rollback", "tried", True)
    answered = f"{found.answered_count:,} of {found.asked_count:,}"
    return (
        Figure(
            answered, "smoke cases", "answered by the version before", found.answered_count < found.asked_count or not found.asked_count
        ),
        Figure(f"{wording.amount(found.seconds)} s", "rollback rehearsed", allowed, not found.seconds <= limit),
    )


def _budget(decision: ReleaseDecision, inputs: ReleaseInputs) -> Figure:
    """Return how much of the error budget is left, as it was decided: days that nobody observed leave that open."""
    policy = inputs.policy.error_budget
    if inputs.spec.error_budget is None:
        return Figure("none", "error budget", "named in the catalogue", False)
    found = [one for one in decision.findings if one.reason_code in _BUDGET_CODES and one.value is not None and isfinite(one.value)]
    if not found or found[0].value is None:
        return Figure("not known", "error budget left", f"of {policy.budget_minutes:g} minutes in {policy.window_days} days", True)
    note = f"of {policy.budget_minutes:g} minutes in {policy.window_days} days"
    return Figure(f"{100 * max(0.0, found[0].value):.0f} %", "error budget left", note, found[0].verdict is not Verdict.PASS)


def _review(decision: ReleaseDecision) -> Figure:
    days = (decision.calendar.review_on - decision.calendar.on).days
    return Figure(
        f"{days}", "day to its review" if days == 1 else "days to its review", wording.day_text(decision.calendar.review_on), days <= 0
    )

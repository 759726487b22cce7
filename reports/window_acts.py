"""Who must act on a recurrence window, on what, and by when.

Put here what a window's outcome asks of people. What it shows, and in which words, is ``window_view.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from registry.domain.recurrence import Outcome, Purpose, WindowDecision, WindowInputs
from reports import wording

_OWNER, _OPERATIONS, _MODEL, _RISK = "product owner", "operations lead", "model owner", "risk and compliance"


@dataclass(frozen=True, slots=True)
class Act:
    """Who does what, by when."""

    when: str
    who: str
    what: str


_WAITS_FOR = {
    "counted_otherwise": (_MODEL, "Count decisions in the catalogue (exposure) as when the window began; else it ends without evidence."),
    "older_version_decides": (_MODEL, "Find out whom the older version still serves, or correct what names it in the signals."),
    "policy_lost": (_OPERATIONS, "Bring the package of the first judgement back into the archive."),
}
"""What no day of watching mends, by the code of the reason, with who can."""


def acts(decision: WindowDecision, inputs: WindowInputs) -> tuple[Act, ...]:
    """Return who must act by when, as the outcome asks for it."""
    return (*_asked(decision), *_review(inputs))


def waits_for_somebody(decision: WindowDecision) -> bool:
    """Return whether a window is watched in vain until somebody acts."""
    return decision.outcome is Outcome.WATCHING and any(one.code in _WAITS_FOR for one in decision.reasons)


def _asked(decision: WindowDecision) -> Iterator[Act]:
    today = wording.day_text(decision.business_date)
    if decision.purpose is Purpose.EFFECTIVENESS and decision.outcome is Outcome.NOT_OPEN:
        yield Act(f"now: {today}", _MODEL, "Let a version at or after the fix serve all traffic again, or have the issue reopened.")
    elif decision.purpose is Purpose.EFFECTIVENESS and decision.outcome is not Outcome.RECURRED:
        yield Act("at the review that is due", _OPERATIONS, "Record whether the fix held, with `proofloop issue review`.")
    elif decision.outcome is Outcome.CLEAN:
        yield Act(f"from {today}", "the closure verification", "Judges the seven gates; if they pass, people are asked to sign.")
    elif decision.outcome is Outcome.RECURRED:
        why = (
            "find out why its fix was taken back" if was_taken_back(decision) else "analyse its cause anew: what was done did not reach it"
        )
        yield Act(f"now: {today}", _OWNER, f"The issue is open again. Contain it, and {why}.")
        yield Act(
            "within the clocks of its severity", _MODEL, f"Its severity is {decision.severity_after}; clocks stand on the issue's page."
        )
    elif decision.outcome is Outcome.NOT_OPEN:
        yield Act("before the window can open", _MODEL, "Let a version at or after the fix serve all traffic, or say why it cannot.")
    elif decision.outcome is Outcome.SUSPENDED:
        yield Act(
            "today: no day counts meanwhile", _OPERATIONS, "Bring the feed back, or the count of decisions, and read the missed days."
        )
    elif decision.outcome is Outcome.ELAPSED_UNEVIDENCED:
        if was_never_above(decision):
            yield Act("for an answer by numbers", _OWNER, "Set a target for the feed below the level that it had before the fix.")
        yield Act("before it can be closed", _RISK, "Accept the risk that remains, with a signature, or find stronger evidence.")
    elif waiting := [_WAITS_FOR[one.code] for one in decision.reasons if one.code in _WAITS_FOR]:
        yield from (Act(f"now: {today}; it is not clean meanwhile", who, what) for who, what in dict.fromkeys(waiting))
    else:
        yield Act(_earliest(decision), "nobody yet", "The watch goes on by itself; what is missing is told below.")


def _earliest(decision: WindowDecision) -> str:
    if decision.closes_on is not None:
        return f"closes on {wording.day_text(decision.closes_on)} at the earliest"
    lacking = max(0, decision.required_days - decision.observed_days + decision.extended_days)
    return f"in {wording.counted(lacking, 'observed day')} at the earliest"


def _review(inputs: WindowInputs) -> Iterator[Act]:
    every = inputs.policy.review_every_days.get(inputs.severity)
    if every and inputs.purpose is Purpose.CLOSURE:
        yield Act(f"every {wording.counted(every, 'day')}", _OPERATIONS, "A forum looks at the window, and records it as a review.")


def was_taken_back(decision: WindowDecision) -> bool:
    """Return whether what came back was decided while the fix of the closed issue was taken back."""
    return any(one.reason_code == "fix_taken_back" for one in decision.occurrences)


def was_never_above(decision: WindowDecision) -> bool:
    """Return whether the days of a rate are over that was within its limit before the fix as well."""
    is_over = decision.outcome is Outcome.ELAPSED_UNEVIDENCED
    return is_over and any(one.reason_code == "never_above_limit" for one in decision.findings)

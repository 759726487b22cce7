"""What is said of a switch, as lines: what was put in force in whose place, how long it took, or why not.

Put the wording of promotions and rollbacks here, for the terminal and for the Prefect page alike.
"""

from __future__ import annotations

from registry.domain.release_run import SwitchMade
from registry.domain.release_switch import SwitchResult
from registry.domain.versions import WHOLE
from reports.act_text import refusal_lines


def switch_lines(result: SwitchResult) -> list[str]:
    """Return what became of a switch."""
    plan, made = result.decision.plan, result.made
    if result.decision.refusals or made is None:
        what = f"rollback of {plan.document.system_id}" if plan.is_rollback else f"release {plan.document.release}"
        return [f"refused: {what}; nothing was changed", *refusal_lines(result.decision.refusals)]
    if not made.took_effect:
        return _without_effect(result, made)
    seq = made.ended_event
    word = (
        f"had been done before, event {seq}" if result.decision.aim and result.decision.aim.repeated == made else f"recorded as event {seq}"
    )
    return [f"{_named(made)}: {_in_force(made)}, {word}", *_more(result, made)]


def _without_effect(result: SwitchResult, made: SwitchMade) -> list[str]:
    reason = result.problem or f"expected {made.to_version} to be read back, found {made.read_back or 'nothing'}"
    again = "find out who moved it; then do it again, or roll back"
    return [f"not done: {_named(made)}; it was ended without effect as event {made.ended_event}", f"  {reason}", f"    -> {again}"]


def _named(made: SwitchMade) -> str:
    return f"rollback of {made.system_id}" if made.is_rollback else f"release {made.release_id} of {made.system_id}"


def _in_force(made: SwitchMade) -> str:
    share = f" for {made.share_percent} percent of the traffic" if made.share_percent < WHOLE else ""
    return f"{made.artifact} {made.to_version} is in force{share} in place of {made.from_version or 'nothing'}"


def _more(result: SwitchResult, made: SwitchMade) -> list[str]:
    decision = result.decision
    end = "the version that was read back" if decision.expected else "its end there"
    told = [f"  took {made.seconds:.1f} seconds from its start in the ledger to {end}"]
    most = decision.plan.policy.rollback.max_rollback_minutes
    if made.is_rollback:
        told = [f"{told[0]}, {'within' if made.seconds <= most * 60 else 'MORE THAN'} the {most:g} minutes of the policy table release"]
    if decision.uncompared:
        told.append(f"  not compared: whether the files of {made.to_version} are those that were in force; {decision.uncompared}")
    if not decision.expected:
        told.append(f"  no MLflow keeps the {made.artifact}: this is the record; deploy {made.to_version} now, by the team's own means")
    if not made.is_rollback and not (decision.aim and decision.aim.repeated):
        told.append(f"  the way back: `proofloop release rollback {made.system_id}`")
    return told

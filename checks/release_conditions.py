"""May the system be changed at all now? What stands in the way of any release, however good the candidate is.

Put here what blocks a release besides its five gates. What a hold is, is ``registry/domain/preservation.py``.

The rules:
 * Held: a preservation hold of the system in force. FAIL, each by name: whoever released under it would destroy what has to be kept.
 * In force: what the evaluation gate compared with still serves, and with the largest share. INCONCLUSIVE where other versions do, and
   where nobody recorded what does: the candidate was not compared with what it replaces. Shared traffic is told.
 * Frozen: more of the error budget is used up than leaves ``min_left_ratio`` of it. FAIL: only what mends it is released, by override.
 * A day of the budget's window that was not observed, or whose minutes are none, leaves it open. INCONCLUSIVE, whatever the others say,
   but where they freeze it already. A system that keeps no error budget is not evaluated, and listed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Protocol

from registry.domain.decision import Finding, NotEvaluated, Verdict
from registry.domain.policy_release import ReleasePolicy
from registry.domain.preservation import ending_of, told
from registry.domain.release import ReleaseSpec
from registry.domain.release_read import BudgetRead
from registry.domain.release_run import ReleaseInputs
from registry.domain.versions import WHOLE

CHECK = "conditions"
HOLD, IN_FORCE, BUDGET = "hold", "in force", "error budget"
_NAMED, _LONGEST_DAY_MINUTES = 3, 25 * 60


def find_conditions(inputs: ReleaseInputs) -> tuple[Finding, ...]:
    """Return what stands in the way of a release, and what was looked at and does not."""
    return (*_held(inputs), *_in_force(inputs), *find_frozen(inputs))


def find_without_budget(inputs: ReleaseInputs) -> tuple[NotEvaluated, ...]:
    """Return that the error budget was not looked at, where the system keeps none."""
    text = "the catalogue names no minutes under release.error_budget: nothing freezes releases of this system"
    return () if inputs.spec.error_budget else (NotEvaluated(BUDGET, "not_configured", text),)


def _held(inputs: ReleaseInputs) -> Iterator[Finding]:
    ours = [hold for hold in inputs.holds if hold.system_id == inputs.system.system_id]
    for hold in ours:
        text = f"expected {hold.system_id} to be free to change, found {told(hold)}; it ends with `{ending_of(hold)}`"
        yield Finding(CHECK, HOLD, Verdict.FAIL, "preservation_hold", text)
    if not ours:
        yield Finding(CHECK, HOLD, Verdict.PASS, "not_held", f"no preservation hold of {inputs.system.system_id} is in force")


def _in_force(inputs: ReleaseInputs) -> Iterator[Finding]:
    artifact, at, judged = inputs.spec.artifact, f"{inputs.as_of:%Y-%m-%d %H:%M} UTC", inputs.judged
    most = max((one.share_percent for one in inputs.in_force), default=0)
    serving = ", ".join(f"{one.version} with {one.share_percent} %" for one in inputs.in_force)
    if judged is None or most <= 0:
        found = f"no record of which {artifact} was at {at}; record it with `proofloop versions refresh` or `versions record`"
        text = found if judged else "no decision of the evaluation gate says what is replaced"
        yield Finding(CHECK, IN_FORCE, Verdict.INCONCLUSIVE, "in_force_unknown", f"expected the champion in force, found {text}")
    elif judged.champion.version not in {one.version for one in inputs.in_force if one.share_percent == most}:
        text = f"expected the {artifact} {judged.champion.version} in force at {at}, as the evaluation gate had it, found {serving}; "
        yield Finding(CHECK, IN_FORCE, Verdict.INCONCLUSIVE, "champion_replaced", f"{text}judge again with `proofloop gate`")
    else:
        code = "champion_in_force" if most == WHOLE else "traffic_shared"
        yield Finding(CHECK, IN_FORCE, Verdict.PASS, code, f"the {artifact} in force at {at}: {serving}")


class Budgeted(Protocol):
    """What the error budget is judged from, whoever asks: a proposal, or a switch."""

    @property
    def spec(self) -> ReleaseSpec: ...
    @property
    def policy(self) -> ReleasePolicy: ...
    @property
    def budget(self) -> BudgetRead | None: ...
    @property
    def business_date(self) -> date: ...


def find_frozen(inputs: Budgeted) -> Iterator[Finding]:
    """Yield whether the error budget leaves room for a release; nothing where the system keeps none."""
    policy, budget = inputs.policy.error_budget, inputs.budget
    if inputs.spec.error_budget is None:
        return
    if budget is None or budget.problem:
        text = budget.problem if budget else "expected the minutes lost each day, found none read; read release.error_budget"
        yield Finding(CHECK, BUDGET, Verdict.INCONCLUSIVE, "unreadable_budget", text)
        return
    days = [inputs.business_date - timedelta(days=ago) for ago in range(policy.window_days, 0, -1)]
    minutes = {day: budget.minutes_by_day[day] for day in days if day in budget.minutes_by_day}
    broken = [day for day, lost in minutes.items() if not 0 <= lost <= _LONGEST_DAY_MINUTES]
    lost = math.fsum(minutes[day] for day in minutes if day not in broken)
    against = (*_unobserved(days, minutes, broken), *_used_up(lost, inputs))
    yield from against
    if not against:
        left = 1 - lost / policy.budget_minutes
        text = f"{lost:g} of {policy.budget_minutes:g} minutes of the last {policy.window_days} days are used up, {left:.0%} are left"
        yield Finding(CHECK, BUDGET, Verdict.PASS, "budget_left", text, value=left, limit=policy.min_left_ratio, n=len(days))


def _unobserved(days: list[date], minutes: dict[date, float], broken: list[date]) -> Iterator[Finding]:
    missing = [day for day in days if day not in minutes]
    if missing or not days:
        text = f"expected the minutes of each of {len(days)} days, found none of {_listed(missing) if days else 'any'}; have them written, "
        text += "0 where nothing was lost: a day that nobody looked at is no good day"
        yield Finding(CHECK, BUDGET, Verdict.INCONCLUSIVE, "unobserved_days", text, n=len(missing))
    if broken:
        text = f"expected minutes between 0 and those of a day, found others on {_listed(broken)}; have them corrected"
        yield Finding(CHECK, BUDGET, Verdict.INCONCLUSIVE, "no_minutes", text, n=len(broken))


def _used_up(lost: float, inputs: Budgeted) -> Iterator[Finding]:
    policy = inputs.policy.error_budget
    if not policy.budget_minutes > 0:
        text = f"expected a budget of more than 0 minutes in the policy table release, found {policy.budget_minutes:g}; correct it"
        yield Finding(CHECK, BUDGET, Verdict.INCONCLUSIVE, "not_configured", text)
    elif not round(1 - lost / policy.budget_minutes, 9) >= policy.min_left_ratio:
        left = 1 - lost / policy.budget_minutes
        text = f"expected at least {policy.min_left_ratio:.0%} of the {policy.budget_minutes:g} minutes of {policy.window_days} days left, "
        text += f"found {lost:g} used up ({left:.0%} left): only what mends the system is released, with an override"
        yield Finding(CHECK, BUDGET, Verdict.FAIL, "budget_frozen", text, value=left, limit=policy.min_left_ratio)


def _listed(days: list[date]) -> str:
    more = f" and {len(days) - _NAMED} more" if len(days) > _NAMED else ""
    return ", ".join(map(str, days[:_NAMED])) + more

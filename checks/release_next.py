"""What comes next for a release that was proposed: is it held, does it wait for sign-offs, or may it be put in force now?

Put rules here about the step after a proposal, and after each wait. What a promotion requires is ``release_switch.py``, which is asked
every time anew: nothing that was found before a wait is believed after it.

The rules:
 * Nothing is proposed by somebody who may not put it in force too, nor while a preservation hold of the system is in force.
 * Without a share the decision says it: all of the traffic, or for a canary as much as the policy allows.
 * A release is held whose gates do not all pass, and which nobody signed off nevertheless: it waits for nobody.
 * Where sign-offs are all that is missing, it waits for those who hold the missing roles and had no hand in the release.
 * Whatever else keeps it from being put in force refuses it: nobody is asked to sign what could not go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from checks.release_aim import find_aim
from checks.release_signed import find_sign_off_standing
from checks.release_switch import judge_switch
from checks.release_switch_common import find_common, find_held
from registry.domain.approving import person_key
from registry.domain.gate import GateAction
from registry.domain.release_acts import SignOffStanding
from registry.domain.release_next import MissingSigner, NextStep, ReleaseNext
from registry.domain.release_run import KnownRelease
from registry.domain.release_switch import Aim, RegistryNow, SwitchKnown, SwitchPlan
from registry.domain.versions import WHOLE
from registry.domain.work import Refusal

NOT_SIGNED_OFF = "not_signed_off"


def find_waited_for(plan: SwitchPlan, at: datetime, names: Iterable[str], releases: Iterable[KnownRelease]) -> KnownRelease | None:
    """Return the release that a run proposed before it was started again: one that it waited for, or proposed at its own instant."""
    asked, whose = set(names), (plan.document.system_id, person_key(plan.by))
    ours = (one for one in releases if (one.system_id, person_key(one.proposed_by)) == whose)
    return max((one for one in ours if one.release_id in asked or one.proposed_at == at), key=lambda one: one.event, default=None)


def find_start_refusals(plan: SwitchPlan, known: SwitchKnown) -> tuple[Refusal, ...]:
    """Return why the plan's person should not begin a release of its system that they are to put in force as well."""
    system = plan.system(plan.document.system_id)
    if system is None:
        return ()  # whoever loads the proposal's plan says which systems there are
    aim = Aim(system, "", plan.document.share_percent)
    return (*find_common(plan, aim), *find_held(aim, known.holds, "release"))


def with_share(plan: SwitchPlan, known: SwitchKnown, share_percent: int) -> SwitchPlan:
    """Return the plan with the share of the traffic that was asked for; 0 for the one that the decision comes to."""
    aim, _ = find_aim(plan, known)
    is_canary = aim is not None and aim.release is not None and aim.release.action is GateAction.CANARY
    share = share_percent or (plan.policy.max_canary_share_percent if is_canary else WHOLE)
    return replace(plan, document=replace(plan.document, share_percent=share))


def judge_next(plan: SwitchPlan, known: SwitchKnown, registry: RegistryNow) -> ReleaseNext:
    """Return what comes next for the plan's release at the plan's instant."""
    aim, _ = find_aim(plan, known)
    switch = judge_switch(plan, known, registry)
    if aim is None or aim.release is None:
        return ReleaseNext(switch, NextStep.REFUSED)
    release = aim.release
    standing = find_sign_off_standing(release, plan.policy.sign_off, plan.as_of)
    until = release.proposed_at + timedelta(days=plan.policy.sign_off.max_decision_age_days)
    told = ReleaseNext(switch, NextStep.PROMOTE, release, signed=tuple(one.name for one in standing.counted), until=until)
    if switch.refusals and standing.is_override and not standing.is_complete:
        return replace(told, step=NextStep.HELD)
    if {one.code for one in switch.refusals} == {NOT_SIGNED_OFF}:
        return replace(told, step=NextStep.WAIT, missing=tuple(_missing(plan, aim, release, standing)))
    return replace(told, step=NextStep.REFUSED) if switch.refusals else told


def _missing(plan: SwitchPlan, aim: Aim, release: KnownRelease, standing: SignOffStanding) -> Iterator[MissingSigner]:
    out = {person_key(name) for name in (release.proposed_by, *release.made_by, *(one.name for one in standing.counted))}
    for role in standing.missing:
        owner = aim.system.entry.owners.get(role)
        holders = dict.fromkeys((*((owner,) if owner else ()), *plan.deputies.get(role, ())))
        yield MissingSigner(role.value, tuple(name for name in holders if person_key(name) not in out))

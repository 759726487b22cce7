"""What every switch requires, forwards or back: somebody who may, words that may be kept, and a system that is free to change.

Put rules here that a promotion and a rollback share, and what both are called. What each requires beside them is
``release_switch.py`` and ``release_way_back.py``.

The rules:
 * Somebody named acts, in a role that they hold for the system (``work/actor.py``) and that the policy table ``acts`` names for the act.
 * A reason holds no personal data (``work/contents.py``); a rollback has one.
 * No preservation hold of the system is in force.
A switch is in place where its alias names its version, by digest where one was recorded; one that ends a canary, once that is gone. Of
what no MLflow keeps the record says it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from checks.work.actor import find_actor_refusals
from checks.work.contents import find_document_refusals
from registry.domain.preservation import ending_of, told
from registry.domain.release_run import SwitchMade
from registry.domain.release_switch import Aim, RegistryNow, SwitchPlan
from registry.domain.versions import WHOLE
from registry.domain.work import Refusal
from registry.domain.work_run import HoldInForce


def find_common(plan: SwitchPlan, aim: Aim) -> Iterator[Refusal]:
    """Yield what is missing before anybody may make a switch at all."""
    yield from find_actor_refusals(plan.by, plan.role, aim.system_id, aim.system.entry, plan.deputies)
    if plan.role not in plan.roles:
        listed = ", ".join(plan.roles) or "nobody"
        reason = f"{plan.act}: expected one of {listed}, as the policy table acts says, found {plan.role}"
        yield Refusal("wrong_role", reason, "ask one of them to do it")
    if plan.is_rollback and not plan.document.reason.strip():
        yield Refusal("no_reason", "reason: expected why, found nothing", "say it in a sentence")
    said = replace(plan.document, release="", system_id="", version="")  # ids are not people's words
    yield from find_document_refusals(said, plan.as_of, plan.redacted_kinds)


def find_held(aim: Aim, holds: Iterable[HoldInForce], act: str) -> Iterator[Refusal]:
    """Yield the refusal of each hold that keeps the system as it is."""
    for hold in holds:
        if hold.system_id == aim.system_id:
            reason = f"{act}: expected {aim.system_id} to be free to change, found {told(hold)}"
            yield Refusal("preservation_hold", reason, f"it ends with `{ending_of(hold)}`, by somebody other than {hold.by}")


def called(made: SwitchMade) -> str:
    """Return what messages call a switch that was started."""
    return f"the rollback to {made.to_version}" if made.is_rollback else f"release {made.release_id} at {made.share_percent} percent"


def finished_by(made: SwitchMade) -> str:
    """Return the command that finishes a switch without an end."""
    if made.is_rollback:
        return f"proofloop release rollback {made.system_id} --to {made.to_version}"
    return f"proofloop release promote {made.release_id} --share-percent {made.share_percent}"


def is_in_place(aim: Aim, registry: RegistryNow) -> bool:
    """Return whether what the switch is to put in force is so already: by the aliases, or by the record where no MLflow keeps it."""
    if aim.share_percent < WHOLE:
        return registry.canary == aim.to_version
    is_named = registry.serving is not None and registry.serving.version == aim.to_version
    is_same = registry.serving is not None and aim.digest in ("", registry.serving.digest)
    return is_named and is_same and (aim.release is not None or not registry.canary)

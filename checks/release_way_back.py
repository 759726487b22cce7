"""Going back: may the version that served before be put in force again, now?

Put here what a rollback requires. Which version it goes back to is ``release_aim.py``; whether the way back was shown before a release is
``release_rollback.py``.

The rules, all of them told at once:
 * Somebody named acts, in a role that they hold for the system and that the policy table ``acts`` names for a rollback, and says why.
 * The version is not in force already; a canary beside it counts as something to take back, and so does a start without an end.
 * The version in MLflow is still there, and where a digest of it was recorded it is that one. Its files are those that were in force,
   where they are known (``release_files.py``); where nobody can say, that is told and keeps nobody.
 * No preservation hold of the system is in force.
Nobody has to sign: a way back that waits for people is none. One whose alias names its version already is ended, whatever happened since.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checks.release_aim import find_aim
from checks.release_files import find_changed_files, find_uncompared
from checks.release_switch_common import find_common, find_held, is_in_place
from checks.release_switch_events import begun
from registry.domain.release_switch import Aim, RegistryNow, SwitchDecision, SwitchKnown, SwitchPlan
from registry.domain.versions import WHOLE, serving_at
from registry.domain.work import Refusal


def judge_rollback(plan: SwitchPlan, known: SwitchKnown, registry: RegistryNow) -> SwitchDecision:
    """Return whether the plan's system may go back now, and the events of its start if so."""
    aim, refusals = find_aim(plan, known)
    if aim is None:
        return SwitchDecision(plan, refusals)
    common, in_place = tuple(find_common(plan, aim)), is_in_place(aim, registry)
    if not common and in_place and (aim.repeated or aim.resumed):
        return begun(plan, aim, registry)
    refusals = (
        *common,
        *_find_nothing_to_do(plan, aim, known, in_place=in_place),
        *_find_gone(aim, registry),
        *find_held(aim, known.holds, "rollback"),
    )
    if refusals:
        return SwitchDecision(plan, refusals, aim)
    return replace(begun(plan, aim, registry), uncompared=find_uncompared(aim, registry))


def _find_nothing_to_do(plan: SwitchPlan, aim: Aim, known: SwitchKnown, *, in_place: bool) -> Iterator[Refusal]:
    claims = [one for one in known.claims if (one.system_id, one.artifact) == (aim.system_id, aim.artifact)]
    serving = [(one.claim.version, one.share_percent) for one in serving_at(claims, plan.as_of)]
    if in_place and not aim.left_open and serving in ([], [(aim.to_version, WHOLE)]):
        reason = f"version: expected another than what serves, found {aim.to_version}, which serves alone"
        yield Refusal("already_in_force", reason, "nothing is left to do; name another with --to")


def _find_gone(aim: Aim, registry: RegistryNow) -> Iterator[Refusal]:
    if registry.target is None:
        reason = f"version: expected {aim.artifact} {aim.to_version} to be there, found that {registry.problem}"
        yield Refusal("version_gone", reason, "name another version that served before with --to")
    elif aim.digest and registry.target.digest != aim.digest:
        reason = f"version: expected {aim.to_version} with digest {aim.digest}, found {registry.target.digest}"
        yield Refusal("other_digest", reason, "another version has its name now: name one that served before with --to")
    elif not (registry.serves(aim.to_version) or registry.files_unread):
        yield from find_changed_files(aim, registry, "version", "name another version that served before with --to")

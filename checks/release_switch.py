"""Putting a release in force: is it still right, still free to change, and signed off by everybody?

Put here what a promotion requires. What it is about is ``release_aim.py``, who signed it off ``release_signed.py``, the way back
``release_way_back.py``, and the events ``release_switch_events.py``.

The rules, all of them told at once:
 * Somebody named acts, in a role that they hold for the system and that the policy table ``acts`` names for a switch.
 * Everybody whose sign-off the policy asks for gave it, about this decision, and it counts now; none of them had a hand in the release.
 * The decision is still the answer (``release_decided.py``): it lies in the archive as it was signed, and is not too old. The gate decided
   nothing else since, and the share is one that both allow.
 * Nothing is taken up again that was taken back, and no other switch of the artifact is without an end.
 * The candidate in MLflow is, by digest, the one that was decided about: a decision for one version promotes no other of its name. Its
   files are those that were judged, where the gate scored them (``release_candidate.py``).
 * The champion that was compared with is still in force, by the record and by the alias, and no other version has the canary's alias.
 * No preservation hold of the system is in force, and enough of the error budget is left, unless an override answers for that.
A promotion that was done is said to be; one whose alias names its version already is ended, whatever happened since: that is a record.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.release_aim import find_aim
from checks.release_candidate import find_other_candidate
from checks.release_conditions import find_frozen
from checks.release_decided import find_outdated
from checks.release_evaluation import find_judged_since
from checks.release_signed import find_sign_off_standing
from checks.release_switch_common import called, find_common, find_held, finished_by, is_in_place
from checks.release_switch_events import begun
from registry.domain.approving import person_key
from registry.domain.decision import Verdict
from registry.domain.gate import GateAction
from registry.domain.release_acts import needs_override
from registry.domain.release_run import KnownRelease
from registry.domain.release_switch import Aim, BudgetNow, RegistryNow, SwitchDecision, SwitchKnown, SwitchPlan, switches_on
from registry.domain.times import local_date
from registry.domain.versions import WHOLE, serving_at
from registry.domain.work import Refusal


def judge_switch(plan: SwitchPlan, known: SwitchKnown, registry: RegistryNow) -> SwitchDecision:
    """Return whether the plan's release may be put in force now, and the events of its start if so."""
    aim, refusals = find_aim(plan, known)
    if aim is None or aim.release is None:
        return SwitchDecision(plan, refusals)
    common = tuple(find_common(plan, aim))
    if not common and is_in_place(aim, registry) and (aim.repeated or aim.resumed):
        return begun(plan, aim, registry)
    refusals = (
        *common,
        *_find_share(plan, aim.release),
        *_find_unsigned(plan, aim.release),
        *find_outdated(plan, aim.release, known.sealed),
        *find_judged_since(aim.release, known.judged, plan.document.share_percent),
        *_find_taken_back(aim, aim.release, known),
        *_find_left_open(aim),
        *find_other_candidate(aim, registry),
        *_find_other_champion(plan, aim, aim.release, known, registry),
        *find_held(aim, known.holds, "promote"),
        *_find_budget(plan, aim, aim.release, registry),
    )
    return SwitchDecision(plan, refusals, aim) if refusals else begun(plan, aim, registry)


def _find_share(plan: SwitchPlan, release: KnownRelease) -> Iterator[Refusal]:
    share, most = plan.document.share_percent, plan.policy.max_canary_share_percent
    if not 1 <= share <= WHOLE:
        yield Refusal("bad_share", f"share_percent: expected 1 to {WHOLE}, found {share}", f"{WHOLE} puts it in force for everybody")
    elif share < WHOLE and share > most:
        reason = f"share_percent: expected at most {most} for a canary, as the policy table release says, found {share}"
        yield Refusal("bad_share", reason, f"take {most} or less, or {WHOLE} to put it in force for everybody")
    elif share == WHOLE and release.action is GateAction.CANARY:
        reason = f"share_percent: expected at most {most}, as the decision is to try a canary, found {share}"
        yield Refusal("canary_only", reason, f"give it --share-percent {most} or less; all of it takes a decision to approve")


def _find_unsigned(plan: SwitchPlan, release: KnownRelease) -> Iterator[Refusal]:
    standing = find_sign_off_standing(release, plan.policy.sign_off, plan.as_of)
    if not standing.is_complete:
        missing = " and ".join(standing.missing) or f"{standing.people_missing} more"
        what = "overrides of a decision whose gates do not all pass" if standing.is_override else "sign-offs of this decision"
        late = ", ".join(sorted(one.name for one in release.sign_offs if one.expires_at <= plan.as_of))
        disowned = ", ".join(sorted(one.name for one in release.disowned))
        found = f"missing {missing}" + (f"; no longer valid: {late}" if late else "") + (f"; disowned: {disowned}" if disowned else "")
        remedy = f"`proofloop release request {release.release_id}`, then `release sign`"
        yield Refusal("not_signed_off", f"sign-off: expected all {what}, found {found}", remedy)
    hands = {person_key(name) for name in (release.proposed_by, *release.made_by)}
    if theirs := sorted(one.name for one in standing.counted if person_key(one.name) in hands):
        reason = f"sign-off: expected people who had no hand in the release, found {', '.join(theirs)}"
        yield Refusal("own_work", reason, "let somebody else who holds the role sign it")


def _find_taken_back(aim: Aim, release: KnownRelease, known: SwitchKnown) -> Iterator[Refusal]:
    ours = [one for one in switches_on(known.switches, aim.system_id, aim.artifact) if one.took_effect]
    mine = max((one.started_event for one in ours if one.release_id == release.release_id), default=0)
    back = next((one for one in ours if one.is_rollback and mine and one.started_event > mine), None)
    if back:
        reason = f"release {release.release_id}: expected one that nobody took back, found that {back.by} did (event {back.started_event})"
        yield Refusal("taken_back", reason, "find out why; a version that is right now is a release of its own: propose it")


def _find_left_open(aim: Aim) -> Iterator[Refusal]:
    for one in aim.left_open:
        reason = f"{aim.artifact}: expected no switch without an end, found {called(one)}, started by {one.by} (event {one.started_event})"
        yield Refusal("unfinished_switch", reason, f"finish it with `{finished_by(one)}`, or roll back")


def _find_other_champion(plan: SwitchPlan, aim: Aim, release: KnownRelease, known: SwitchKnown, now: RegistryNow) -> Iterator[Refusal]:
    champion, again = release.champion, "the candidate was not compared with it: propose the release against what serves"
    claims = [one for one in known.claims if (one.system_id, one.artifact) == (aim.system_id, aim.artifact)]
    recorded = [one.claim.version for one in serving_at(claims, plan.as_of)] or [aim.spec.recorded or champion.version]
    if champion.version not in recorded or set(recorded) - {champion.version, aim.to_version}:
        reason = f"champion: expected {champion.version} in force by the record, found {', '.join(recorded)}"
        yield Refusal("other_champion", reason, again)
    if not now.is_kept:
        return
    if now.serving is None or (now.serving.version, now.serving.digest) != (champion.version, champion.digest):
        found = f"{now.serving.version} ({now.serving.digest})" if now.serving else "nothing"
        reason = f"champion: expected the alias {aim.spec.alias} to name {champion.version} ({champion.digest}), found {found}"
        yield Refusal("alias_moved", reason, again)
    if now.canary not in ("", aim.to_version):
        reason = f"canary: expected the alias {aim.system.release.canary_alias} to name {aim.to_version} or nothing, found {now.canary}"
        remedy = f"end it first: with `proofloop release rollback {aim.system_id}` where a release set it, else in MLflow"
        yield Refusal("other_canary", reason, remedy)


def _find_budget(plan: SwitchPlan, aim: Aim, release: KnownRelease, registry: RegistryNow) -> Iterator[Refusal]:
    if needs_override(release):
        return
    today = local_date(plan.as_of, aim.system.entry.timezone)
    for finding in find_frozen(BudgetNow(aim.system.release, plan.policy, registry.budget, today)):
        if finding.verdict is not Verdict.PASS:
            remedy = "wait until enough of it is left and every day is written down; what mends the system is proposed anew, and overridden"
            yield Refusal(finding.reason_code, f"error budget: {finding.reason}", remedy)

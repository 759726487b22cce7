"""What a switch is about: which release or which way back, from the ledger alone.

Put here how what somebody asked for becomes a system, a version and its digest. Whether the switch may be made is ``release_switch.py``
and ``release_way_back.py``.

The rules:
 * A release is named by its id, or by enough of its beginning; its system is still released, and so is what it releases.
 * The same release with the same share that was put in force last is no second switch; one that was started and not ended is finished.
 * Without a version, the way back is to what was in force before the promotion that is in force now: never to what a rollback took away.
 * A rollback asked for again says what the first one did; a start without an end is taken back to where it came from.
 * A version to go back to has served all of the traffic before and was not taken back, whoever names it. Where MLflow says what serves,
   that somebody wrote down that it did counts for nothing: otherwise one person puts in force by two commands what nobody signed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.release_files import known_files
from checks.work.nearest import nearest
from registry.domain.release import ReleasedSystem
from registry.domain.release_history import find_releases
from registry.domain.release_run import KnownRelease, SwitchMade
from registry.domain.release_switch import Aim, SwitchKnown, SwitchPlan, spec_of, switches_on
from registry.domain.versions import BY_PERSON, WHOLE, stretches
from registry.domain.work import Refusal

Aimed = tuple[Aim | None, tuple[Refusal, ...]]


def find_aim(plan: SwitchPlan, known: SwitchKnown) -> Aimed:
    """Return what the plan's switch comes to, or why that cannot be told."""
    return _way_back(plan, known) if plan.is_rollback else _promotion(plan, known)


def _promotion(plan: SwitchPlan, known: SwitchKnown) -> Aimed:
    found = find_releases(plan.document.release, known.releases)
    if len(found) != 1:
        return None, (_not_one(plan.document.release, found, known.releases),)
    release = found[0]
    system = plan.system(release.system_id)
    if system is None or system.release.artifact != release.artifact:
        reason = f"release {release.release_id}: expected the {release.artifact} of {release.system_id} to be released, found it is not"
        return None, (
            Refusal("not_released", reason, f"correct release: in systems/{release.system_id}.yaml, or propose what it names now"),
        )
    share, ours = plan.document.share_percent, switches_on(known.switches, release.system_id, release.artifact)
    same = [one for one in ours if one.release_id == release.release_id and one.share_percent == share]
    opened = [one for one in same if not one.ended_event]
    last = _last(ours)
    repeated = last if last in same and not any(not one.ended_event for one in ours) else None
    resumed = opened[-1] if opened else None
    left = tuple(one for one in ours if not one.ended_event and one is not resumed)
    candidate = release.candidate
    files = (release.files_digest,) if release.files_digest else ()
    return Aim(system, candidate.version, share, candidate.digest, release, resumed, repeated, left, files), ()


def _way_back(plan: SwitchPlan, known: SwitchKnown) -> Aimed:
    system = plan.system(plan.document.system_id.strip())
    if system is None:
        listed = ", ".join(one.entry.system_id for one in plan.released) or "none: no system has release:"
        reason = f"system: expected one whose versions are released ({listed}), found {plan.document.system_id!r}"
        return None, (Refusal("unknown_system", reason, "name one of them; see systems/"),)
    ours = switches_on(known.switches, system.entry.system_id, system.release.artifact)
    opened, last = [one for one in ours if not one.ended_event], _last(ours)
    wanted = plan.document.version.strip()
    if not opened and last and last.is_rollback and wanted in ("", last.to_version):
        return _back(system, known, last.to_version, repeated=last), ()
    target = wanted or (_before(opened[-1]) if opened else _before_last(last))
    served = _served(system, known, ours)
    if not target or target not in served:
        return None, (_nowhere(system, target, served),)
    resumed = next((one for one in reversed(opened) if one.is_rollback and one.to_version == target), None)
    return _back(system, known, target, resumed=resumed, left=tuple(one for one in opened if one is not resumed)), ()


def _back(
    system: ReleasedSystem,
    known: SwitchKnown,
    target: str,
    *,
    resumed: SwitchMade | None = None,
    repeated: SwitchMade | None = None,
    left: tuple[SwitchMade, ...] = (),
) -> Aim:
    digest = _digest(system, known, target)
    return Aim(system, target, WHOLE, digest, None, resumed, repeated, left, known_files(system, known, target, digest))


def _last(ours: Sequence[SwitchMade]) -> SwitchMade | None:
    return next((one for one in reversed(ours) if one.took_effect), None)


def _before(opened: SwitchMade) -> str:
    """Return where a start without an end goes back to: a rollback that was cut off is finished."""
    return opened.to_version if opened.is_rollback else opened.from_version


def _before_last(last: SwitchMade | None) -> str:
    """Return what was in force before the newest promotion; a canary beside it was taken back with it."""
    if last is None or last.is_rollback:
        return ""
    return last.from_version


def _served(system: ReleasedSystem, known: SwitchKnown, ours: Sequence[SwitchMade]) -> list[str]:
    """Return the versions that served all of the traffic at some time, newest first, but those that were taken back since."""
    key = (system.entry.system_id, system.release.artifact)
    claims = (one for one in known.claims if (one.system_id, one.artifact) == key)
    told = (one for one in claims if one.source != BY_PERSON or not spec_of(system).alias)
    whole = (one for one in stretches(told) if one.share_percent == WHOLE)
    replaced = (one.from_version for one in reversed(ours) if not one.is_rollback)
    taken = {one.from_version: one.started_event for one in ours if one.is_rollback and one.took_effect}
    again = {one.to_version: one.started_event for one in ours if not one.is_rollback and one.took_effect}
    found = dict.fromkeys([*reversed([one.claim.version for one in whole]), *replaced])
    return [one for one in found if taken.get(one, 0) <= again.get(one, 0)]


def _digest(system: ReleasedSystem, known: SwitchKnown, version: str) -> str:
    """Return the digest under which a version was last recorded; empty where none was."""
    return next(iter(reversed(list(_digests(system, known, version)))), "")


def _digests(system: ReleasedSystem, known: SwitchKnown, version: str) -> Iterator[str]:
    key = (system.entry.system_id, system.release.artifact)
    for release in known.releases:
        if (release.system_id, release.artifact) == key:
            yield from (one.digest for one in (release.champion, release.candidate) if one.version == version)
    yield from (one.to_digest for one in switches_on(known.switches, *key) if one.to_version == version and one.to_digest)


def _not_one(name: str, found: Sequence[KnownRelease], releases: Sequence[KnownRelease]) -> Refusal:
    if found:
        listed = ", ".join(one.release_id for one in found)
        return Refusal("ambiguous_release", f"release: expected the beginning of one id, found that of {listed}", "write more of it")
    near = nearest(name, (one.release_id for one in releases)) if releases else ()
    remedy = f"did you mean {near}? " if near else ""
    return Refusal("unknown_release", f"release: expected one that was proposed, found {name!r}", f"{remedy}see `proofloop release list`")


def _nowhere(system: ReleasedSystem, target: str, served: Sequence[str]) -> Refusal:
    listed = ", ".join(served) or "none that is recorded"
    if target:
        reason = f"version: expected one that served before and was not taken back ({listed}), found {target!r}"
        return Refusal("no_way_back", reason, "any other needs a release: `proofloop release propose`")
    reason = f"{system.entry.system_id}: expected a promotion that can be taken back, found none that is in force"
    return Refusal("nothing_to_take_back", reason, f"name the version to go back to with --to; these served: {listed}")

"""Are a version's files, as MLflow hands them out now, those that were judged?

Put here what is made of the files behind a version, before it is put in force or gone back to. Fetching them is ``tasks/release_files.py``.

The rules:
 * Of a candidate its files are, by digest, those that the gate scored. What cannot be fetched is not known to be the same.
 * A version to go back to is held against every release that was put in force and whose decision scored it, as the candidate or as the
   champion: any of these files were in force by signatures. Others were put in their place since; nobody judged or signed them, and the
   way back needs no signature. So they are refused, and files that are gone too.
 * What was never scored here, or cannot be fetched now, does not keep anybody from going back: that it was not compared is told.
 * A version that serves already comes into force by no switch: its files are not asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from registry.domain.release import ReleasedSystem
from registry.domain.release_switch import Aim, RegistryNow, SwitchKnown, switches_on
from registry.domain.work import Refusal

_ELSEWHERE = "no release that was put in force had it scored here"
_PUT_BACK = "find out who wrote to the artifact store; put those files back"


def known_files(system: ReleasedSystem, known: SwitchKnown, version: str, digest: str) -> tuple[str, ...]:
    """Return the digests of a version's files as they were judged for releases that were put in force, oldest first."""
    key = (system.entry.system_id, system.release.artifact)
    begun = {one.release_id for one in switches_on(known.switches, *key) if one.release_id}
    ours = [one for one in known.releases if one.release_id in begun]
    sides = [side for one in ours for side in ((one.champion, one.champion_files_digest), (one.candidate, one.files_digest))]
    return tuple(dict.fromkeys(files for pinned, files in sides if files and pinned.version == version and digest in ("", pinned.digest)))


def find_changed_files(aim: Aim, registry: RegistryNow, what: str, instead: str) -> Iterator[Refusal]:
    """Yield that the files of the version to switch to are others than were judged; ``instead`` is what else can be done."""
    if aim.files and registry.files_digest not in aim.files:
        found = registry.files_digest or registry.files_problem or "none"
        reason = f"{what}: expected version {aim.to_version} with the files that were judged ({', '.join(aim.files)}), found {found}"
        yield Refusal("files_changed", reason, f"{_PUT_BACK}, or {instead}")


def find_uncompared(aim: Aim, registry: RegistryNow) -> str:
    """Return why the files of a version to go back to are not compared; empty where they are, or where it serves already."""
    if registry.serves(aim.to_version):
        return ""
    return registry.files_unread if aim.files else _ELSEWHERE

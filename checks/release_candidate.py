"""Is what MLflow has under the candidate's version what was decided about: by its digest, and by its files?

Put rules here that compare the candidate of a promotion with what the registry hands out now.

The rules:
 * The version is there, with the digest that was decided about.
 * Where the gate scored the version itself its files are, by digest, those that were scored (``release_files.py``): whoever may write to
   an artifact store can put others in their place, and the version's own digest stays what it was.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.release_files import find_changed_files
from registry.domain.release_switch import Aim, RegistryNow
from registry.domain.work import Refusal


def find_other_candidate(aim: Aim, registry: RegistryNow) -> Iterator[Refusal]:
    """Yield that the candidate is gone, that another version has its name, or that its files are others."""
    if registry.target is None:
        reason = f"candidate: expected {aim.artifact} {aim.to_version} to be there, found that {registry.problem}"
        yield Refusal("candidate_gone", reason, "a version that is gone cannot serve: propose another")
    elif registry.target.digest != aim.digest:
        reason = f"candidate: expected version {aim.to_version} with digest {aim.digest}, found {registry.target.digest}"
        remedy = "another version has its name now; a decision promotes only what it was about: propose it anew"
        yield Refusal("other_digest", reason, remedy)
    else:
        yield from find_changed_files(aim, registry, "candidate", "register the new ones as a version and judge it")

"""The sign-offs of an archive, and the switches that rest on them, judged by what was sealed around them.

Put the rules here that need more than one event; one sign-off alone is ``registry/evidence/sign_off_package.py``. What sign-offs add up to
is asked of the same check that lets a release go (``checks/release_signed.py``), by the policy that was sealed with its decision: the
digest of that table is part of what people signed.

 * A sign-off is about a release that was proposed before, and about the decision sealed with it. It is an override where that decision does
   not let the release go, and nowhere else.
 * No nonce is used twice. Nobody, and no key, signs a release off twice while the sign-off before counts: one does not whose key was
   disowned by the list that was sealed with the later one.
 * Who signs neither proposed the release nor made its candidate.
 * A release is put in force only once everybody signed whom the policy asks, and with the version, by its digest, that was decided about.
   Where only the policy of the last sign-off was met, which is another, that is INCONCLUSIVE.
 * Sign-offs without signers known from outside are INCONCLUSIVE, as the signatures of seals are.
 * In a partial archive each sign-off is looked at alone, and the report says so.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from checks.release_signed import find_sign_off_standing
from registry.domain.approving import SignatureVerdict, person_key
from registry.domain.canonical import digest_bytes
from registry.domain.catalogue import OwnerRole
from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.policy_release import SignOffPolicy
from registry.domain.release_acts import SIGN_OFF, needs_override
from registry.domain.release_history import releases_of
from registry.domain.release_run import KnownRelease, SignOff
from registry.domain.times import parse_instant
from registry.errors import EvidenceError, UnavailableError
from registry.evidence.names import LEDGER_FILE, PACKAGES_FILE
from registry.evidence.packages import list_packages
from registry.evidence.report import Problem
from registry.evidence.role_signatures import REVOKED_COPY, names_roles
from registry.evidence.sealed_days import DECISION, POLICIES
from registry.evidence.sealed_events import package_events
from registry.evidence.sign_off_package import RecordedSignOff, find_sign_off_problems
from registry.evidence.signed_papers import RoleSigners, judge_kept, read_file
from registry.policies.release import read_release_policy

_I = Verdict.INCONCLUSIVE


@dataclass(frozen=True, slots=True)
class SignOffFindings:
    """What was found of all sign-offs: problems, how many there are, and lines for people about overrides."""

    problems: tuple[Problem, ...] = ()
    signed_count: int = 0
    notes: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """Return what is said beside the problems; nothing where nobody signed a release off."""
        return (*((f"sign-offs of releases: {self.signed_count} signed",) if self.signed_count else ()), *self.notes)


def check_sign_offs(archive: Path, signers: RoleSigners | None, since: int = 0) -> SignOffFindings:
    """Look at every sign-off of an archive that was sealed after ``since``. Never raises: what cannot be judged is INCONCLUSIVE."""
    walk = _Walk(archive, signers, since)
    try:
        walk.run()
    except (EvidenceError, UnavailableError, OSError) as error:
        walk.problems.append(Problem("sign-offs", "sign-offs that can be judged to the end", str(error), _I))
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the answer must not be a pass
        found = f"{type(error).__name__}: {error}"
        walk.problems.append(Problem("sign-offs", "sign-offs that can be judged to the end", found, _I))
    return walk.findings()


class _Walk:
    """One walk along the sealed events."""

    def __init__(self, archive: Path, signers: RoleSigners | None, since: int) -> None:
        self._archive, self._since = archive, since
        # a file that names only those who seal says nothing of sign-offs
        self._signers = signers if signers and names_roles(signers.text, [role.value for role in OwnerRole]) else None
        self._is_partial = (archive / PACKAGES_FILE).exists()
        self._told: dict[str, list[tuple[int, dict[str, Any]]]] = defaultdict(list)  # what became of each release
        self._nonces: dict[str, int] = {}
        self._seen: list[RecordedSignOff] = []
        self._folders: dict[str, Path] = {}
        self.problems: list[Problem] = []

    def findings(self) -> SignOffFindings:
        over = [one for one in self._seen if one.data.get("is_override")]
        told = (f"release {one.data.get('release_id')} was overridden by {one.data.get('name')} (event {one.seq})" for one in over)
        alone = (
            ("each sign-off was looked at alone: a part of an archive lacks what others did",) if self._is_partial and self._seen else ()
        )
        return SignOffFindings(tuple(self.problems), len(self._seen), (*told, *alone))

    def run(self) -> None:
        packages = list_packages(self._archive) if self._archive.is_dir() else ()
        self._folders = {package.seal.bundle_digest: package.path for package in packages if package.path.is_dir()}
        for package in packages:
            for seq, envelope in package_events(package.path / LEDGER_FILE):
                found = list(self._see(seq, envelope, is_wanted=package.seal.seq > self._since))
                self.problems += found if package.seal.seq > self._since else []
        if self._seen and self._signers is None:
            expected = "signers in their roles to compare sign-offs with (--signers FILE)"
            self.problems.append(Problem("sign-offs", expected, "none that names a role", _I))

    def _see(self, seq: int, envelope: dict[str, Any], *, is_wanted: bool) -> Iterator[Problem]:
        kind, data = envelope["kind"], envelope["data"]
        if kind == EventKind.RELEASE_PROPOSED:
            self._told[envelope["subject"]].append((seq, envelope))
        elif kind == EventKind.RELEASE_SIGNED:
            folder = self._folders.get(data.get("bundle_digest", ""))
            given = RecordedSignOff(seq, envelope["system"], envelope["actor"], parse_instant(envelope["as_of"]), data, folder)
            yield from self._signed(given, is_wanted=is_wanted)
            self._told[data["release_id"]].append((seq, envelope))
        elif kind == EventKind.SWITCH_STARTED and data["release_id"] and not self._is_partial:
            yield from self._switched(seq, envelope)

    def _signed(self, given: RecordedSignOff, *, is_wanted: bool) -> Iterator[Problem]:
        before = self._nonces.setdefault(str(given.data.get("nonce")), given.seq)
        if before != given.seq:
            yield Problem(given.place, "a nonce that was never used", f"that of event {before}")
        if is_wanted:
            self._seen.append(given)
            yield from find_sign_off_problems(given, self._signers)
        if self._is_partial:
            return
        if (release := self._release(str(given.data.get("release_id")))) is None:
            yield Problem(given.place, "a release that was proposed before", "none of this id")
            return
        yield from _otherwise(given, release)
        yield from _own_work(given, release)
        counting = [one for one in release.sign_offs if given.at < one.expires_at and not self._is_disowned(one, given)]
        yield from _given_twice(given, counting)

    def _is_disowned(self, before: SignOff, given: RecordedSignOff) -> bool:
        """Return whether the key of a sign-off ``before`` this one was on the list of revoked keys that was sealed with it."""
        folder, revoked = self._folders.get(before.bundle_digest), read_file(given.package / REVOKED_COPY) if given.package else b""
        if folder is None or not revoked:
            return False
        try:
            return judge_kept(folder, before.name, before.role, before.signed_at, revoked) is SignatureVerdict.KEY_REVOKED
        except OSError:  # a paper that is gone is told where it is looked for; it excuses nothing
            return False

    def _switched(self, seq: int, envelope: dict[str, Any]) -> Iterator[Problem]:
        data, at = envelope["data"], parse_instant(envelope["as_of"])
        place = f"ledger event {seq}: release {data['release_id']} put in force"
        if (release := self._release(data["release_id"])) is None:
            yield Problem(place, "a release that was proposed before", "none of this id")
            return
        target = release.candidate.version, release.candidate.digest
        if (data["to_version"], data["to_digest"]) != target:
            yield Problem(place, f"version {target[0]}, {target[1]}, as decided", f"{data['to_version']}, {data['to_digest']}")
        yield from self._uncovered(release, at, place)

    def _uncovered(self, release: KnownRelease, at: datetime, place: str) -> Iterator[Problem]:
        """Yield that not everybody signed whom the policy asks that was sealed with the decision."""
        policy = self._sealed_policy(release)
        if isinstance(policy, Verdict):
            expected = f"the decision {release.decision_digest} with the policy that it names in its package {release.bundle_digest}"
            yield Problem(place, expected, "none" if policy is _I else "another", policy)
            return
        standing = find_sign_off_standing(release, policy, at)
        if standing.is_complete:
            return
        missing = ", ".join(standing.missing) or f"{standing.people_missing} more people"
        later = self._later_policy(release.sign_offs[-1]) if release.sign_offs else None
        if later and find_sign_off_standing(release, later, at).is_complete:
            found = f"without {missing}, as only the policy of the last sign-off lets go, which is another"
            yield Problem(place, "sign-offs by everybody whom the policy of the decision asks", found, _I)
        else:
            yield Problem(place, "sign-offs by everybody whom the policy asks, before it", f"none that counts by {missing}")

    def _sealed_policy(self, release: KnownRelease) -> SignOffPolicy | Verdict:
        """Return the policy that the signed decision names; INCONCLUSIVE where a file of it is gone, FAIL where one is another."""
        folder = self._folders.get(release.bundle_digest)
        decision, policies = (read_file(folder / name) if folder else b"" for name in (DECISION, POLICIES))
        if not decision or not policies:
            return _I
        if digest_bytes(decision) != release.decision_digest or digest_bytes(policies) != json.loads(decision)["policy_digest"]:
            return Verdict.FAIL
        return read_release_policy(policies).sign_off

    def _later_policy(self, given: SignOff) -> SignOffPolicy | None:
        """Return the policy that a sign-off was recorded under, as it was sealed with it; None where it cannot be read."""
        folder = self._folders.get(given.bundle_digest)
        try:
            kept = json.loads(read_file(folder / SIGN_OFF))["policy"] if folder else {}
            return SignOffPolicy(**{**kept, "roles": tuple(map(OwnerRole, kept["roles"]))})
        except (ValueError, KeyError, TypeError):
            return None

    def _release(self, release_id: str) -> KnownRelease | None:
        return next(iter(releases_of(self._told.get(release_id, ()))), None)


def _otherwise(given: RecordedSignOff, release: KnownRelease) -> Iterator[Problem]:
    if (found := given.data.get("evidence_digest")) != release.decision_digest:
        yield Problem(given.place, f"the decision {release.decision_digest} of event {release.event}", f"{found}")
    if bool(given.data.get("is_override")) is not needs_override(release):
        expected = "an override, since not every gate passes" if needs_override(release) else "a sign-off that is no override"
        yield Problem(given.place, expected, "the other")


def _own_work(given: RecordedSignOff, release: KnownRelease) -> Iterator[Problem]:
    if person_key(str(given.data.get("name"))) in {person_key(name) for name in (release.proposed_by, *release.made_by)}:
        found = f"{given.data.get('name')}, who proposed or made it (event {release.event})"
        yield Problem(given.place, "somebody who had no hand in the release", found)


def _given_twice(given: RecordedSignOff, counting: Iterable[SignOff]) -> Iterator[Problem]:
    for before in counting:
        if person_key(before.name) == person_key(str(given.data.get("name"))):
            yield Problem(given.place, "somebody who had not signed it off yet", f"a sign-off by the same person, event {before.seq}")
        elif before.fingerprint == given.data.get("fingerprint"):
            yield Problem(given.place, "a key that had not signed it off yet", f"a sign-off with the same key, event {before.seq}")

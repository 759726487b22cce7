"""What a sealed triage day was judged from, read from its package.

Put here what turns the files of one package into the inputs of its decision, and the reasons why that may not be possible. Judging again is
``deployments/recompute.py``.

The rules:
 * A file that the manifest names and that is gone was removed since: INCONCLUSIVE, like a package made before inputs were sealed.
 * Policy tables whose digest is not the decision's are other tables: FAIL.
 * A record of another schema version is INCONCLUSIVE; one of this version that cannot be read was not written by us: FAIL.
 * Where the file of new signals is still there, the counts a day was judged from must be those of its signals.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from registry.domain.canonical import digest_bytes
from registry.domain.catalogue import SystemEntry
from registry.domain.decision import Verdict
from registry.domain.feed import FeedDelivery
from registry.domain.policy import TriagePolicies
from registry.domain.sealed_inputs import READABLE_VERSIONS, SCHEMA_VERSION, SealedInputs
from registry.errors import EvidenceError
from registry.evidence.names import SEALS_FOLDER, seal_path
from registry.evidence.packages import PackageSummary
from registry.evidence.report import Problem
from registry.evidence.seal import parse_manifest
from registry.policies.sealed import read_triage_policies
from registry.records import read_sealed_inputs, read_systems, schema_version_of

DECISION, INPUTS, POLICIES, CATALOGUE = "decision.json", "inputs.json", "policies.json", "catalogue.json"


@dataclass(frozen=True, slots=True)
class SealedDay:
    """One package of a triage day: its decision as sealed, and what it was judged from, history aside."""

    package: PackageSummary
    decision: bytes
    events: int
    inputs: SealedInputs
    systems: tuple[SystemEntry, ...]
    policies: TriagePolicies


class NotReadableError(EvidenceError):
    """A package that a decision cannot be judged again from; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


def read_day_inputs(package: PackageSummary) -> SealedInputs:
    """Return the inputs that a package holds.

    Raises:
        NotReadableError: they are not there, or not readable.
    """
    content = _content(package, INPUTS)
    try:
        version = schema_version_of(content)
        if version in READABLE_VERSIONS:
            return read_sealed_inputs(content)
    except (EvidenceError, ValueError) as error:
        raise NotReadableError(Problem(_name(package, INPUTS), "the inputs of a triage", str(error))) from error
    raise NotReadableError(
        Problem(_name(package, INPUTS), f"inputs of schema version {SCHEMA_VERSION}", f"version {version}", Verdict.INCONCLUSIVE)
    )


def read_sealed_day(package: PackageSummary, inputs: SealedInputs) -> SealedDay:
    """Return a whole day, given its inputs.

    Raises:
        NotReadableError: a file is not there, not readable, or the policies are not those of the decision.
    """
    decision, tables, catalogue = (_content(package, name) for name in (DECISION, POLICIES, CATALOGUE))
    try:
        said: Any = json.loads(decision)
        policy_digest, events = str(said["policy_digest"]), int(said["knowledge_cut"]["events"])
        systems = read_systems(catalogue)
    except (EvidenceError, ValueError, KeyError, TypeError) as error:
        found = str(error) if isinstance(error, EvidenceError) else f"{type(error).__name__}: {error}"
        raise NotReadableError(Problem(package.path.name, "a decision and a catalogue that can be read", found)) from error
    if digest_bytes(tables) != policy_digest:
        expected = f"policy tables with the decision's policy_digest, {policy_digest}"
        raise NotReadableError(Problem(_name(package, POLICIES), expected, digest_bytes(tables)))
    try:
        policies = read_triage_policies(tables)
    except EvidenceError as error:
        problem = Problem(_name(package, POLICIES), "policy tables that this version reads", str(error), Verdict.INCONCLUSIVE)
        raise NotReadableError(problem) from error
    return SealedDay(package, decision, events, inputs, systems, policies)


def count_problems(day: SealedDay) -> list[Problem]:
    """Return what does not fit between the counts of a day and its signals; files removed since sealing are passed over."""
    found = []
    for feed in day.inputs.feeds():
        if feed.signals is None or _is_removed(day.package, feed.signals.path):
            continue
        name = _name(day.package, feed.signals.path)
        try:
            content = _content(day.package, feed.signals.path)
            counted = _counted(content)
        except NotReadableError as error:
            found.append(error.problem)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            found.append(Problem(name, "one signal a line", f"{type(error).__name__}: {error}"))
        else:
            found += _differences(feed, digest_bytes(content), counted, name, _name(day.package, INPUTS))
    return found


def _differences(feed: FeedDelivery, digest: str, counted: Counter[tuple[Any, ...]], name: str, inputs: str) -> list[Problem]:
    if feed.signals is not None and digest != feed.signals.digest:
        return [Problem(name, f"{feed.signals.digest} as {inputs} says", digest)]
    judged: Counter[tuple[Any, ...]] = Counter()
    for cell in feed.cells:
        judged[cell.fingerprint, cell.on.isoformat(), cell.channel, cell.pre_fix] += cell.count
    for key in sorted(judged.keys() | counted.keys()):
        if judged[key] != counted[key]:
            what = f"{counted[key]} signals of {key[0]} on {key[1]} through {key[2] or 'no channel'} as {name} holds"
            return [Problem(inputs, what, str(judged[key]))]
    return []


def _counted(content: bytes) -> Counter[tuple[Any, ...]]:
    counted: Counter[tuple[Any, ...]] = Counter()
    for line in content.splitlines():
        signal = json.loads(line)
        if not signal["synthetic"]:
            counted[signal["fingerprint"], signal["business_date"], signal["segment"].get("channel", ""), signal["pre_fix"]] += 1
    return counted


def _content(package: PackageSummary, name: str) -> bytes:
    path = package.path / name
    if path.is_file():
        return path.read_bytes()
    if _is_removed(package, name):
        problem = Problem(_name(package, name), "the file that was sealed", "none: removed since", Verdict.INCONCLUSIVE)
    else:
        problem = Problem(_name(package, name), "inputs sealed with the decision", "none: made before they were", Verdict.INCONCLUSIVE)
    raise NotReadableError(problem)


def _is_removed(package: PackageSummary, name: str) -> bool:
    """Return whether the manifest names a file that is not here any more."""
    if (package.path / name).is_file():
        return False
    manifest = seal_path(package.path.parent, package.seal.seq, ".sha256")
    try:
        return _name(package, name) in parse_manifest(manifest.read_bytes(), f"{SEALS_FOLDER}/{manifest.name}")
    except (OSError, EvidenceError):
        return False


def _name(package: PackageSummary, name: str) -> str:
    return f"{package.path.name}/{name}"

"""Unexplained changes: an alias that moved, and nobody had said that it would.

Put the reconciliation of what the model registry says with what people recorded here. Reading the registry is ``registry/versions``; what
becomes of a change that nobody explains is a signal like any other (``registry/domain/version_changes.py``).

The rules:
 * An alias has moved where it was read with another version than the last time it was read.
 * The first version ever seen of a system's artifact is not unexplained.
 * A change linked to an issue of the system explains a move of its artifact to its version; where it names a model or prompt, only of that
   one. So does a released fix that names the version, a version that people recorded, by hand or in the catalogue, and a release or a
   rollback that put it in force for everybody, or was about to.
 * An explanation explains one move: the next one to its version after it was given, or the standing one where it was given later.
   A version that comes back is a move of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from checks.verdict import badness
from registry.domain.decision import Verdict
from registry.domain.version_changes import Explanation, UnexplainedChange, VersionKnowledge
from registry.domain.version_run import RefreshResult, VersionsRead
from registry.domain.versions import BY_RELEASE, MLFLOW, VersionClaim


def find_unexplained(claims: Iterable[VersionClaim], explanations: Sequence[Explanation]) -> tuple[UnexplainedChange, ...]:
    """Return every move of an alias that nothing explains, by system, artifact and time."""
    ordered = sorted(claims, key=lambda claim: (claim.system_id, claim.artifact, claim.seq))
    found: list[UnexplainedChange] = []
    for (system_id, artifact), group in groupby(ordered, key=lambda claim: (claim.system_id, claim.artifact)):
        mine = list(group)
        known = [one for one in explanations if (one.system_id, one.artifact) == (system_id, artifact)]
        known += [Explanation(one.seq, system_id, artifact, one.version) for one in mine if one.source not in (MLFLOW, BY_RELEASE)]
        found += _moves_without(known, _moves(mine), mine[0])
    return tuple(found)


def judge_refresh(read: VersionsRead, known: VersionKnowledge) -> RefreshResult:
    """Return what a refresh found: FAIL where an alias stands at a version that nothing explains, INCONCLUSIVE where one is not known."""
    found = find_unexplained(known.claims, known.explanations)
    standing = tuple(one for one in found if _stands(one, known.claims))
    worst = max((finding.verdict for finding in read.findings), key=badness, default=Verdict.PASS)
    return RefreshResult(read.changes, standing, read.findings, Verdict.FAIL if standing else worst)


def _stands(change: UnexplainedChange, claims: Iterable[VersionClaim]) -> bool:
    read = (one for one in claims if one.source == MLFLOW and one.seq > change.claim.seq)
    mine = (one for one in read if (one.system_id, one.artifact) == (change.claim.system_id, change.claim.artifact))
    return all(one.version == change.claim.version for one in mine)


def _moves(claims: Sequence[VersionClaim]) -> list[tuple[VersionClaim, str]]:
    """Return each reading that differs from the reading before it, with what was read before."""
    read = [claim for claim in claims if claim.source == MLFLOW]
    before = ["", *(claim.version for claim in read)]
    return [(claim, earlier) for claim, earlier in zip(read, before, strict=False) if claim.version != earlier]


def _moves_without(known: Sequence[Explanation], moves: Sequence[tuple[VersionClaim, str]], first: VersionClaim) -> list[UnexplainedChange]:
    ends = [move.seq for move, _ in moves[1:]]
    found = []
    for place, (move, before) in enumerate(moves):
        if move is first:
            continue
        begins = max((earlier.seq for earlier, _ in moves[:place] if earlier.version == move.version), default=0)
        ends_at = ends[place] if place < len(ends) else None
        if not any(_explains(one, move, begins, ends_at) for one in known):
            found.append(UnexplainedChange(move, before))
    return found


def _explains(explanation: Explanation, move: VersionClaim, begins: int, ends: int | None) -> bool:
    """``begins`` is the move before to the same version, ``ends`` the move after."""
    is_named = not explanation.name or not move.alias or explanation.name == move.alias.rpartition("@")[0]
    is_in_time = begins < explanation.seq and (ends is None or explanation.seq < ends)
    return explanation.version == move.version and is_named and is_in_time

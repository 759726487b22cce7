"""The signals of an issue as they count now: which versions decided, and whether that was after its fix, by what is known today.

Put here how a signal that was read before is told again. Which signals an issue has is ``registry/ledger/recurrence.py``, how versions are
found is ``contribution.py``.

The rules:
 * A version that the row itself named stands. Every other is found anew in the history of what served: it may have been told better since.
 * Of a feed that no system of the catalogue has, nobody knows what its rows named: what was found when the signal came counts as well as
   what is found now, where either says that the fix decided.
 * Where the history says nothing of that instant, what was found when the signal came stands. Where versions shared the traffic, none does.
 * A signal of another issue with the same cause is told by the versions of that issue's own system, also in a run that is not about it.
   Where the two systems do not serve the same artifact, a version called like the fix is not the fix: it counts when it first came into
   force there after it.
 * What was decided at or after the instant of the run is not known yet.
 * The decision that a signal is about has the name that its feed gives it by the catalogue of now: its row's, its only pointer, or none.
"""

from __future__ import annotations

from dataclasses import replace

from checks.contribution import VersionHistory, find_versions, is_post_fix
from checks.work.parts import is_one_artifact
from registry.domain.exposure import NamedBy
from registry.domain.issue import Fix, Issue
from registry.domain.recurrence import Seen
from registry.domain.recurrence_run import RecurrenceKnowledge, RecurrencePlan


def seen_now(plan: RecurrencePlan, known: RecurrenceKnowledge, issue: Issue, fix: Fix, history: VersionHistory) -> tuple[Seen, ...]:
    """Return the signals of ``issue``, each with its versions and its side of the fix as they are known now."""
    systems = (*plan.systems, *plan.others)
    named = {(system.system_id, feed.name): frozenset(feed.versions) for system in systems for feed in system.feeds}
    told = (one for one in known.seen.get(issue.issue_id, ()) if one.decided_at < plan.as_of)
    names = {(watch.system_id, watch.feed): watch.named_by for watch in (*plan.watches, *plan.other_watches)}
    fixes = {system_id: _fix_in(plan, issue.system_id, system_id, fix) for system_id in {issue.system_id, *known.systems_of.values()}}
    return tuple(
        _told(
            _named(one, names.get((system_id, one.feed))),
            fixes[system_id],
            history,
            system_id,
            named.get((system_id, one.feed)),
        )
        for one in told
        for system_id in (known.systems_of.get(one.same_cause_issue, issue.system_id),)
    )


def _fix_in(plan: RecurrencePlan, own: str, other: str, fix: Fix) -> Fix:
    """Return the fix as another system may serve it: without the versions of artifacts that are not the same there."""
    if own == other:
        return fix
    specs = {system.system_id: system.versions for system in (*plan.systems, *plan.others)}
    ours = {spec.artifact: spec for spec in specs.get(own, ())}
    shared = {
        theirs.artifact for theirs in specs.get(other, ()) if theirs.artifact in ours and is_one_artifact(ours[theirs.artifact], theirs)
    }
    return replace(fix, versions={name: version if name in shared else "" for name, version in fix.versions.items()})


def _named(one: Seen, named_by: NamedBy | None) -> Seen:
    if named_by is NamedBy.POINTER:
        return one
    return replace(one, decision_ref=one.signal_id if named_by is NamedBy.ROW else "")


def _told(one: Seen, fix: Fix, history: VersionHistory, system_id: str, named: frozenset[str] | None) -> Seen:
    explicit = {artifact: version for artifact, version in one.versions.items() if named is not None and artifact in named}
    found = _by(one, find_versions(explicit, history, one.versions, system_id, one.decided_at)[0], fix, history, system_id)
    if named is None and not found.is_after_fix:
        return _by(one, one.versions, fix, history, system_id)
    return found


def _by(one: Seen, versions: dict[str, str], fix: Fix, history: VersionHistory, system_id: str) -> Seen:
    return replace(one, versions=versions, is_after_fix=is_post_fix(versions, one.decided_at, fix, history, system_id))

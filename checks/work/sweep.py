"""Does it exist elsewhere? Other systems that share what a failure came through, so that somebody looks there before it happens again.

Put here which systems are proposed; how parts are recognised is ``parts.py``.

The rules:
 * A system is proposed where it has a part that the worksheet names, or where one of its live issues came through such a part.
 * So is one that serves a model or prompt of the failed system, reads its signals from the same rows, or, in the family ``vendor``, is
   built on one of its vendors. Its own issues are not proposed, and its own columns say nothing: a column of the same name in other rows
   is another column.
 * A part that the worksheet names and no entry of the catalogue has is told: a misspelt name must not pass for "nowhere else".
 * Where there is no other system, or the failed one has left the catalogue, that is told too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.work.parts import is_same, named_parts, parts_of
from registry.domain.catalogue import SystemEntry
from registry.domain.decision import Finding, Verdict
from registry.domain.steps import CauseFamily, Reach, RootCause
from registry.domain.sweep import Basis, IssueReach, LinkProposal, Part, PartKind
from registry.domain.work import Case
from registry.domain.work_run import StepKnowledge, StepPlan

CHECK = "elsewhere"
_OWN = frozenset({PartKind.MODEL, PartKind.PROMPT, PartKind.DATA_SOURCE})
_SAID = {
    PartKind.MODEL: "serves the model",
    PartKind.PROMPT: "serves the prompt",
    PartKind.DATA_SOURCE: "reads",
    PartKind.VENDOR: "is built on",
    PartKind.FEATURE: "uses the column",
}


def find_elsewhere(case: Case, plan: StepPlan, known: StepKnowledge) -> tuple[LinkProposal, ...]:
    """Return the other systems to look at, those that share what the worksheet names first."""
    sheet, own_id = plan.submission.document, case.issue.system_id
    own = _own_parts(sheet, plan.system(own_id))
    found = [
        _proposal(system.system_id, _shared(sheet.reach, own, system), _akin(sheet.reach, own, system.system_id, known.reaches))
        for system in plan.systems
        if system.system_id != own_id
    ]
    return tuple(sorted((one for one in found if one.shared or one.issues), key=_rank))


def find_sweep_findings(case: Case, plan: StepPlan, proposals: Sequence[LinkProposal]) -> Iterator[Finding]:
    """Yield what somebody has to do about the sweep: look at a system, or correct a name that no system has."""
    for proposal in proposals:
        looked = f"{proposal.why}; look with `proofloop issue list --system {proposal.system}`"
        yield _finding(proposal.system, "shared_part", looked + (f", at {', '.join(proposal.issues)} first" if proposal.issues else ""))
    others = [system for system in plan.systems if system.system_id != case.issue.system_id]
    if not others:
        yield _finding(
            "catalogue", "no_other_system", "expected other systems to look at, found none in the catalogue; add systems/<id>.yaml"
        )
    elif len(others) == len(plan.systems):
        gone = f"expected {case.issue.system_id} in the catalogue, found it gone; only what the worksheet names was looked for"
        yield _finding(case.issue.system_id, "no_entry", gone)
    yield from _find_unknown(plan)


def _own_parts(sheet: RootCause, entry: SystemEntry | None) -> tuple[Part, ...]:
    kinds = _OWN | {PartKind.VENDOR} if sheet.family is CauseFamily.VENDOR else _OWN
    return tuple(part for part in parts_of(entry) if part.kind in kinds and not _is_whole_connection(part)) if entry else ()


def _is_whole_connection(part: Part) -> bool:
    """A database that two systems query is no failure that they share, unless somebody says so."""
    return part.kind is PartKind.DATA_SOURCE and not any(mark in part.name for mark in "/:.")


def _shared(reach: Reach, own: Sequence[Part], system: SystemEntry) -> tuple[Part, ...]:
    found: dict[tuple[PartKind, str], Part] = {}
    for part in parts_of(system):
        named = any(part.kind in kinds and is_same(part.kind, part.name, name) for _, kinds, name in named_parts(reach))
        if named or any(part.kind is mine.kind and is_same(part.kind, part.name, mine.name) for mine in own):
            basis = Basis.WORKSHEET if named else Basis.CATALOGUE
            found.setdefault((part.kind, part.name), Part(part.kind, part.name, part.where, basis))
    return tuple(sorted(found.values(), key=lambda part: (part.basis is Basis.CATALOGUE, list(PartKind).index(part.kind), part.name)))


def _akin(reach: Reach, own: Sequence[Part], system_id: str, reaches: Sequence[IssueReach]) -> tuple[str, ...]:
    """Return the live issues of a system that came through what this one came through."""
    mine = [*named_parts(reach), *(("", (part.kind,), part.name) for part in own)]
    return tuple(
        sorted(
            other.issue_id
            for other in reaches
            if other.system_id == system_id
            and any(
                set(kinds) & set(theirs) and is_same(kinds[0], name, named)
                for _, kinds, name in mine
                for _, theirs, named in named_parts(other.reach)
            )
        )
    )


def _proposal(system_id: str, shared: tuple[Part, ...], issues: tuple[str, ...]) -> LinkProposal:
    said = [f"{_SAID[part.kind]} {part.name} ({part.where})" for part in shared]
    said += [f"has live issues that came through the same part: {', '.join(issues)}"] if issues else []
    return LinkProposal(system_id, shared, issues, ", ".join(said))


def _rank(proposal: LinkProposal) -> tuple[bool, bool, str]:
    named = any(part.basis is Basis.WORKSHEET for part in proposal.shared)
    return not proposal.issues, not named, proposal.system


def _find_unknown(plan: StepPlan) -> Iterator[Finding]:
    have = [part for system in plan.systems for part in parts_of(system)]
    for field, kinds, name in named_parts(plan.submission.document.reach):
        if not any(part.kind in kinds and is_same(part.kind, part.name, name) for part in have):
            reason = f"expected a name that some entry of the catalogue has, found {name!r} in none; correct it, or ask the other owners"
            yield _finding(f"reach.{field}", "unknown_part", reason)


def _finding(subject: str, code: str, reason: str) -> Finding:
    return Finding(CHECK, subject, Verdict.INCONCLUSIVE, code, reason, blocking=False)

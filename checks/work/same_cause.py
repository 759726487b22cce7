"""The same cause elsewhere: is the other issue there, with a cause, and does the chain of such issues end somewhere?

Put here what keeps two issues from being linked. How signals of one count against the fix of the other is ``checks/recurrence.py``.

The rules:
 * The other issue is one of the ledger, and not this one; the systems of both are in the catalogue.
 * Its root cause is on record: without one nobody can say that it is the same.
 * The two are not linked yet, and the other does not lead back here: occurrences that go round in a circle have no fix to count against.
 * The reason says why, and evidence shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checks.work.answers import Asked, find_unsaid
from checks.work.scope import find_bad_list
from registry.domain.steps_closure import SameCause
from registry.domain.work import Case, Refusal
from registry.domain.work_run import OtherIssue, StepKnowledge, StepPlan

_LIST = "`proofloop issue list --all` names them all"
_REASON = Asked(
    "reason", "write what shows that it is the same cause", "these refusals carry the terminal code U2, which the filter did not know"
)
_EVIDENCE = Asked("evidence", "write where it can be seen", "https://analyses.bank.example/refusals-by-terminal")


def find_refusals(case: Case, plan: StepPlan, known: StepKnowledge) -> tuple[Refusal, ...]:
    """Return what keeps the plan's issue from being linked to the other."""
    document, limits = plan.submission.document, plan.policies.limits
    return (
        *_find_other(case, plan, known),
        *find_unsaid(_REASON, document.reason, limits.min_answer_words, limits.placeholders),
        *find_bad_list(_EVIDENCE, document.evidence, limits),
    )


def _find_other(case: Case, plan: StepPlan, known: StepKnowledge) -> Iterator[Refusal]:
    document: SameCause = plan.submission.document
    own_id, other = case.issue.issue_id, known.other
    if document.issue == own_id:
        yield Refusal("same_issue", f"issue: expected another issue than {own_id}, found it again", f"name the other one; {_LIST}")
    elif other is None or other.issue_id != document.issue:
        yield Refusal("unknown_issue", f"issue: expected one of the ledger, found {document.issue!r}, which is none", _LIST)
    else:
        yield from _find_unknown_systems(case, plan, other)
        yield from _find_uncaused(other)
        yield from _find_circle(own_id, other.issue_id, known.same_cause)


def _find_unknown_systems(case: Case, plan: StepPlan, other: OtherIssue) -> Iterator[Refusal]:
    for system_id in dict.fromkeys((case.issue.system_id, other.system_id)):
        if plan.system(system_id) is None:
            reason = f"expected {system_id} in the catalogue, found no such system"
            yield Refusal("no_system", reason, "bring its file back to systems/: without it nothing says which versions serve")


def _find_uncaused(other: OtherIssue) -> Iterator[Refusal]:
    if not other.direct_cause.strip():
        reason = f"issue: expected one whose root cause is recorded, found {other.issue_id}, which has none"
        yield Refusal("no_known_cause", reason, f"record it first: `proofloop issue root-cause {other.issue_id}`")


def _find_circle(own_id: str, other_id: str, links: tuple[tuple[str, str], ...]) -> Iterator[Refusal]:
    if (own_id, other_id) in links:
        reason = f"issue: expected one that is not linked yet, found {other_id}, which is"
        yield Refusal("linked_already", reason, "nothing is left to record; keep what you have to add with the step `note`")
    elif way := _way(other_id, own_id, links):
        reason = f"issue: expected one that does not lead back to {own_id}, found {' -> '.join(way)}"
        yield Refusal("goes_in_a_circle", reason, f"leave it: {other_id} counts as the same cause already")


def _way(start: str, end: str, links: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return a shortest way from ``start`` to ``end`` along ``links``; empty where there is none."""
    after = tuple(links)
    ways: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    while ways:
        way = ways.pop(0)
        if way[-1] == end:
            return way
        further = [target for source, target in after if source == way[-1] and target not in seen]
        seen.update(further)
        ways += [(*way, target) for target in further]
    return ()

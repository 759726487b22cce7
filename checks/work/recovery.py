"""Recovery: is there a counted list of everybody who was harmed, and did somebody else look at it?

Put here what a recovery must say. Its list is counted anew when the issue is to be closed, and judged there with who was not reached.

The rules:
 * The query says something, and so do the check, with how many were checked, and the pointers.
 * It was run when nobody was harmed any more: not before the containment, nor before the issue came back.
 * At least one customer was found: where there was nobody to restore, the gate does not apply (``not_applicable.py``).
 * The list is named, with its whole sha256. It is the file of that digest, every row of it can be counted, and it holds as many cases as
   were found: a list that is wrong today is mended today.
 * Its checker is neither who records it, or recorded it before, nor anybody who planned, linked, implemented or verified in the present
   occurrence, nor the owner of a planned action.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.work.answers import Asked, find_unsaid, quoted
from checks.work.scope import find_bad_list
from registry.domain.approving import person_key
from registry.domain.hands import HANDS, owners_of
from registry.domain.policy_work import WorkLimits
from registry.domain.steps_closure import Recovery
from registry.domain.work import Case, Refusal, StepKind
from registry.domain.work_run import StepKnowledge, StepPlan

_SHA256 = re.compile(r"[0-9a-f]{64}")
_FIGURE = re.compile(r"\d")
_SHOWN = 3
_QUERY = Asked("query", "write the query word for word", "select case_ref from decisions where terminal_type = 'U2' and decision = 'block'")
_LIST = Asked("list_path", "write where the list is, below an allowed root", "recovery/blocked-at-terminals.csv")
_CHECKER = Asked("checker", "name who checked a sample of it against the customers' records")
_CHECK = Asked("check", "write what was checked, how many, and what came out", "30 of 312 cases against the card ledger: all refunded")
_EVIDENCE = Asked("evidence", "write where it can be seen", "https://recovery.bank.example/letters-0412")


def find_refusals(case: Case, plan: StepPlan, known: StepKnowledge) -> tuple[Refusal, ...]:
    """Return what is missing before the plan's recovery counts."""
    document: Recovery = plan.submission.document
    limits = plan.policies.limits
    return (
        *_find_texts(document, limits),
        *_find_early(case, document),
        *_find_count(document),
        *_find_bad_list(document, known),
        *find_bad_checker(case, document.checker, plan.submission.by),
        *find_bad_list(_EVIDENCE, document.evidence, limits),
    )


def find_bad_checker(case: Case, checker: str, by: str) -> Iterator[Refusal]:
    """Yield why ``checker`` is nobody else's eyes on a recovery that ``by`` recorded; nothing where they are."""
    taken = (step for kind in HANDS | {StepKind.RECOVERY} for step in case.current(kind))
    hands = owners_of(case) | {person_key(step.by): f"took the step `{step.kind}`" for step in taken}
    hands[person_key(by)] = "records it"
    if did := hands.get(person_key(checker)):
        who = f"somebody other than {by} and whoever made the change"
        yield _CHECKER.refuse("own_check", who, f"{checker}, who {did}", "let somebody else check it")


def _find_texts(document: Recovery, limits: WorkLimits) -> Iterator[Refusal]:
    yield from find_unsaid(_QUERY, document.query, limits.min_why_words, limits.placeholders)
    yield from find_unsaid(_LIST, document.list_path, 1, limits.placeholders)
    yield from find_unsaid(_CHECKER, document.checker, 1, limits.placeholders)
    unsaid = tuple(find_unsaid(_CHECK, document.check, limits.min_answer_words, limits.placeholders))
    yield from unsaid
    if not unsaid and not _FIGURE.search(document.check):
        yield _CHECK.refuse("no_figure", "how many were checked", f"no figure in {quoted(document.check)}")


def _find_early(case: Case, document: Recovery) -> Iterator[Refusal]:
    contained = next((step for step in reversed(case.steps) if step.kind is StepKind.CONTAIN), None)
    instants = [("the issue was contained", contained.document.in_force_at if contained else None)]
    instants.append(("the issue came back", case.reopened_at))
    for what, at in instants:
        if at and document.counted_at < at:
            reason = f"counted_at: expected an instant after {what}, {at.isoformat()}, found {document.counted_at.isoformat()}"
            yield Refusal("counted_too_early", reason, "run the query again: whoever was harmed since is not on the list")


def _find_count(document: Recovery) -> Iterator[Refusal]:
    if document.identified_count < 1:
        reason = f"identified_count: expected at least 1, found {document.identified_count}"
        remedy = "mend the query until it finds who complained; where there was nobody to restore, take the step `not-applicable`"
        yield Refusal("nobody_found", reason, remedy)


def _find_bad_list(document: Recovery, known: StepKnowledge) -> Iterator[Refusal]:
    read = known.population
    if not _SHA256.fullmatch(document.list_sha256):
        reason = f"list_sha256: expected 64 digits of 0 to 9 and a to f, found {quoted(document.list_sha256)}"
        yield Refusal("no_digest", reason, "copy what `sha256sum` prints for the list")
    elif read is None or read.reason:
        reason = f"list_path: expected a list that can be counted, found {read.reason if read else 'that nobody read it'}"
        yield Refusal("list_not_read", reason, "bring the file there, and hand the step in again")
    elif read.bad_rows:
        reason = f"list_path: expected every row to count, found {len(read.bad_rows)} that do not: {'; '.join(read.bad_rows[:_SHOWN])}"
        yield Refusal("rows_not_counted", reason, "correct them, and write the sha256 of the new file")
    elif read.distinct_count != document.identified_count:
        reason = f"identified_count: expected the {read.distinct_count} cases of the list, found {document.identified_count}"
        yield Refusal("not_reconciled", reason, "list each case that the query found, once, with its outcome")

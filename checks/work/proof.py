"""Evidence of a fix: does it show figures that can be compared, and where they come from?

Put here what one piece of evidence must say. Whether all of it is enough is judged when an issue is closed.

The rules:
 * What needs the changes in force is not shown before they are.
 * The summary says what was compared and what came out.
 * Before and after are figures with their unit and window, and not the same text: an unchanged figure has another window.
 * Pointers say where data and report are: at least one, each once, none a placeholder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.work.answers import Asked, find_unsaid, quoted
from checks.work.wording import normalised
from registry.domain.issue import IssueState
from registry.domain.policy_work import WorkPolicies
from registry.domain.steps_change import VerificationEvidence
from registry.domain.work import Case, Refusal
from registry.domain.work_run import StepKnowledge, StepPlan

_FIGURE = re.compile(r"\d")
_UNIT = re.compile(r"[^\W\d_]|[%‰€$£¥°]")
_SUMMARY = Asked(
    "summary", "write what was compared, and what came out", "share of blocked purchases, from the switch's log: 33 before, 1 after"
)
_BEFORE = Asked("before", "write the figure with its unit and window", "33 in 100 purchases, 3 to 10 March")
_AFTER = Asked("after", "write the same figure with its unit and window", "1 in 100 purchases, 24 March to 7 April")
_POINTER = "write where the data and the report are"


def find_refusals(case: Case, plan: StepPlan, _known: StepKnowledge) -> tuple[Refusal, ...]:
    """Return what is missing before the plan's evidence counts."""
    document: VerificationEvidence = plan.submission.document
    limits = plan.policies.limits
    return (
        *_find_too_soon(case, document, plan.policies),
        *find_unsaid(_SUMMARY, document.summary, limits.min_answer_words, limits.placeholders),
        *_find_figure(_BEFORE, document.before, limits.placeholders),
        *_find_figure(_AFTER, document.after, limits.placeholders),
        *_find_unchanged(document),
        *_find_pointers(document, limits.placeholders),
    )


def _find_too_soon(case: Case, document: VerificationEvidence, policies: WorkPolicies) -> Iterator[Refusal]:
    rule = next((rule for rule in policies.evidence if rule.kind is document.kind), None)
    if rule is None:
        reason = f"kind: expected one whose strength the policy table verification gives, found {document.kind}"
        yield Refusal("unknown_strength", reason, "bring its row back")
    elif rule.needs_release and case.issue.state is IssueState.ACTION_APPROVED:
        reason = f"kind: expected evidence that can be had before the release, found {document.kind}, which needs the changes in force"
        yield Refusal("before_release", reason, "take the step `implement` first, and measure from then on")


def _find_figure(asked: Asked, text: str, placeholders: tuple[str, ...]) -> Iterator[Refusal]:
    if not _FIGURE.search(text):
        no_figure = asked.refuse("no_figure", "a figure", f"none in {quoted(text)}")
        yield next(find_unsaid(asked, text, 1, placeholders), no_figure)
    elif not _UNIT.search(text):
        yield asked.refuse("no_unit", "a figure with its unit and window", f"{quoted(text)} alone")


def _find_unchanged(document: VerificationEvidence) -> Iterator[Refusal]:
    if document.before and normalised(document.before) == normalised(document.after):
        reason = f"after: expected the figure after the fix, found that of before, {quoted(document.after)}"
        yield Refusal("same_figure", reason, "write each figure with its own window; one that did not change is evidence too")


def _find_pointers(document: VerificationEvidence, placeholders: tuple[str, ...]) -> Iterator[Refusal]:
    if not document.pointers:
        yield Refusal("no_pointers", "pointers: expected where it can be seen, found nothing", _POINTER)
    for index, pointer in enumerate(document.pointers):
        asked = Asked(f"pointers[{index}]", _POINTER, "https://analyses.bank.example/blocked-after-release")
        yield from find_unsaid(asked, pointer, 1, placeholders)
        if pointer and pointer.strip() in {earlier.strip() for earlier in document.pointers[:index]}:
            yield asked.refuse("repeated", "another place", f"{quoted(pointer)} again", "leave it out")

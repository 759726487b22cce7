"""Scope: does it say who and what was affected, from when to when, and is what was reported inside it?

Put here what a scope must say. Whether it still covers what was reported since is judged when an issue is closed.

The rules:
 * It says which customers were affected, and shows where that can be seen.
 * Segments, journeys and versions are there, each once, none a placeholder; a version is an artifact with one exact version.
 * It began before it ended.
 * What the issue's signals report of the time before the fix lies inside it: the decisions by their instants, the versions that made them,
   and every segment and journey by its name. ``all``, or ``all`` with the segment's name, covers those that are many.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checks.work.answers import Asked, find_unsaid, quoted
from checks.work.wording import meaning, normalised, words
from registry.domain.exactness import find_inexact
from registry.domain.policy_work import WorkLimits
from registry.domain.reported import Reported
from registry.domain.steps_closure import Scope
from registry.domain.work import Case, Refusal
from registry.domain.work_run import StepKnowledge, StepPlan

_CUSTOMERS = Asked(
    "customers", "write which customers, and how they are told from others", "holders who paid at an unattended terminal: 312 in the log"
)
_LISTS = {
    "segments": Asked("segments", "name the product, channel, region or language, or write `all`", "Debit card"),
    "journeys": Asked("journeys", "name the step of the customer's journey, or write `all`", "card payment"),
    "versions": Asked("versions", "name the artifact and its version", "model 2.3.0"),
    "evidence": Asked("evidence", "write where it can be seen", "https://analyses.bank.example/blocked-by-terminal"),
}
_ALL = "all"
_SHOWN = 5


def find_refusals(_case: Case, plan: StepPlan, known: StepKnowledge) -> tuple[Refusal, ...]:
    """Return what is missing before the plan's scope counts."""
    document, limits = plan.submission.document, plan.policies.limits
    return (
        *find_unsaid(_CUSTOMERS, document.customers, limits.min_answer_words, limits.placeholders),
        *(found for name, asked in _LISTS.items() for found in find_bad_list(asked, getattr(document, name), limits)),
        *_find_inexact(document),
        *_find_order(document),
        *find_outside(document, known.reported),
    )


def find_bad_list(asked: Asked, items: tuple[str, ...], limits: WorkLimits) -> Iterator[Refusal]:
    """Yield why a list of a document says nothing: it is empty, or an item is a placeholder or stands there twice."""
    if not items:
        yield asked.refuse("missing", "at least one", "nothing")
    for index, item in enumerate(items):
        one = Asked(f"{asked.name}[{index}]", asked.how, asked.example)
        yield from find_unsaid(one, item, 1, limits.placeholders)
        if item.strip() and normalised(item) in map(normalised, items[:index]):
            yield one.refuse("repeated", "another one", f"{quoted(item)} again", "leave it out")


def _find_inexact(document: Scope) -> Iterator[Refusal]:
    for index, item in enumerate(document.versions):
        artifact, _, version = item.strip().rpartition(" ")
        inexact = find_inexact(version) if artifact else "one word"
        if item.strip() and inexact:
            reason = f"versions[{index}]: expected an artifact and its exact version, like model 2.3.0, found {quoted(item)}: {inexact}"
            yield Refusal("not_exact", reason, "write the versions that decided, one item each: `proofloop versions at` lists them")


def _find_order(document: Scope) -> Iterator[Refusal]:
    if document.from_at >= document.until_at:
        reason = f"until_at: expected an instant after from_at, {document.from_at.isoformat()}, found {document.until_at.isoformat()}"
        yield Refusal("ends_before_it_begins", reason, "write since when, and until when, it happened")


def find_outside(document: Scope, reported: Reported) -> Iterator[Refusal]:
    """Yield what was reported and lies outside a scope; nothing where all of it lies inside."""
    """Yield what was reported of the time before the fix and lies outside of the scope."""
    if reported.first_at and document.from_at > reported.first_at:
        reason = f"from_at: expected no later than the first decision that was reported, {reported.first_at.isoformat()}"
        yield Refusal("begins_too_late", f"{reason}, found {document.from_at.isoformat()}", "begin with it, or earlier")
    if reported.last_at and document.until_at < reported.last_at:
        reason = f"until_at: expected no earlier than the last decision that was reported, {reported.last_at.isoformat()}"
        yield Refusal("ends_too_early", f"{reason}, found {document.until_at.isoformat()}", "end with it, or later")
    versions = {" ".join(item.casefold().split()) for item in document.versions}
    yield from _left_out("versions", (f"{a} {v}" for a, v in reported.versions if f"{a} {v}".casefold() not in versions), "")
    journeys = (step for step in reported.journeys if not _covers(document.journeys, step, "journey"))
    yield from _left_out("journeys", journeys, "`all`")
    segments = (f"{name} {value}" for name, value in reported.segments if not _covers(document.segments, value, name))
    yield from _left_out("segments", segments, "`all`, or `all` with the segment's name,")


def _covers(items: Iterable[str], value: str, name: str) -> bool:
    """Return whether one of ``items`` says ``value``, or that everything of the name is meant."""
    return any(f" {normalised(value)} " in f" {normalised(item)} " or _is_all(item, name) for item in items)


def _is_all(item: str, name: str) -> bool:
    return _ALL in words(item) and (words(item) == (_ALL,) or meaning(item) == meaning(name))


def _left_out(name: str, left_out: Iterable[str], otherwise: str) -> Iterator[Refusal]:
    listed = tuple(left_out)
    if listed:
        more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
        reason = f"{name}: expected everything that signals of the issue report, found {', '.join(listed[:_SHOWN])}{more} left out"
        yield Refusal("left_out", reason, "name it too" + (f", or write {otherwise} where it was everybody" if otherwise else ""))

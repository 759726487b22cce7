"""Steps of people that lead from a fix to a closure: scope, recovery of customers, reviews, what does not apply, the same cause elsewhere.

Put documents here that a closure is judged by and that people hand in. What a closure concludes belongs to ``closure.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from registry.domain.steps import DOCUMENT
from registry.domain.times import Timed


class ClosureGate(StrEnum):
    """The seven gates, in their order."""

    SCOPE = "scope"
    ROOT_CAUSE = "root_cause"
    CHANGE = "change"
    VERIFICATION = "verification"
    CUSTOMER_RECOVERY = "customer_recovery"
    RECURRENCE = "recurrence"
    EVIDENCE = "evidence"


class ReviewConclusion(StrEnum):
    """What a review of a running window, or of a closed issue, concludes."""

    CARRY_ON = "carry_on"
    EFFECTIVE = "effective"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope(Timed):
    """Who and what was affected: customers, segments, journeys, versions and the time between."""

    __pydantic_config__ = DOCUMENT
    customers: str
    """Which customers were affected, and how they are told from others."""
    segments: tuple[str, ...]
    """Which products, channels, regions, languages; one item each. Write `all` where it was everybody."""
    journeys: tuple[str, ...]
    """Which steps of the customer's journey; one item each."""
    versions: tuple[str, ...]
    """Which versions decided, as artifact and version, like model 2.3.1; one item each."""
    from_at: datetime
    """Since when it happened, as an instant with its offset."""
    until_at: datetime
    """Until when, as an instant with its offset."""
    evidence: tuple[str, ...]
    """Where it can be seen; at least one link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery(Timed):
    """What was done for the customers who were harmed: a list that is counted for you, with somebody else's check of it."""

    __pydantic_config__ = DOCUMENT
    query: str
    """The query, word for word, that found the affected population; its digest is kept with the counts."""
    counted_at: datetime
    """When it was run, as an instant with its offset; the population is frozen from then on."""
    identified_count: int
    """How many it found, each counted once."""
    list_path: str
    """Where the list of them is: a CSV file in a folder that the workspace may read, with one row each and the columns case_ref, outcome,
    reason. Outcome is contacted, remediated, excluded or residual; these last two need a reason. No names: references of cases."""
    list_sha256: str
    """The sha256 of that file, as `sha256sum` prints it."""
    checker: str
    """Who checked a sample of it against the customers' records: neither you nor whoever implemented the change."""
    check: str
    """What was checked, how many, and what came out."""
    evidence: tuple[str, ...]
    """Where refunds, letters, restored accesses can be seen; at least one link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotApplicable:
    """One closure gate does not apply to this issue, with the reason; it counts once it is approved."""

    __pydantic_config__ = DOCUMENT
    gate: ClosureGate
    """The gate: customer_recovery is the only one that may not apply."""
    reason: str
    """Why there was nothing to restore: what was looked at, and what was not found."""
    evidence: tuple[str, ...]
    """Where it can be seen; at least one link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SameCause:
    """This issue and another have the same root cause: signals of this one count as occurrences of the other."""

    __pydantic_config__ = DOCUMENT
    issue: str
    """The other issue, whose fix it is about."""
    reason: str
    """Why the cause is the same."""
    evidence: tuple[str, ...]
    """What shows it; at least one link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowReview:
    """A forum looked at a running window, or at a closed issue."""

    __pydantic_config__ = DOCUMENT
    forum: str
    """Which meeting, like weekly operations review."""
    conclusion: ReviewConclusion
    """carry_on, effective (for a closed issue), or reopen: then take the step `reopen` as well."""
    observed: str
    """What was looked at and what it showed, with its numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureProposal:
    """What the required people sign: seven gates passed on this evidence. Written by the machine; nobody types one."""

    __pydantic_config__ = DOCUMENT
    decision_digest: str
    """The digest of the decision's record in the package."""
    business_date: date
    """The day it was judged for."""
    gates: tuple[str, ...]
    """Each gate with how it passed."""
    window: str
    """How the recurrence window ended."""
    residual: str
    """What remains, and who accepted it; empty where nothing does."""
